"""What is said when something does not become ready."""

from __future__ import annotations

import pytest

from kubectl_images.objects import ObjectKey
from kubectl_images.pod_faults import Fault
from kubectl_images.wait_errors import Unready, in_vain, too_late

WEB = ObjectKey("apps/v1", "Deployment", "prod", "web")
ISSUER = ObjectKey("example.com/v1", "Issuer", "", "ca")


def kubectl(command: str, namespace: str) -> str:
    return f"kubectl {command} -n {namespace}" if namespace else f"kubectl {command}"


def fault(number: int = 1, reason: str = "ImagePullBackOff", *, told: bool = False) -> Fault:
    return Fault("told" if told else "final", reason, "no", f"web-{number}", "app", "web:1")


def unready(*faults: Fault, key: ObjectKey = WEB, command: str = "", advice: str = "") -> Unready:
    return Unready(key, "it waits", faults, command, advice)


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        pytest.param(unready(fault()), "more about it: kubectl describe pod/web-1 -n prod", id="pod"),
        pytest.param(
            unready(fault(reason="CrashLoopBackOff")),
            "what it wrote before it ended: kubectl logs web-1 --container=app --previous -n prod",
            id="crash",
        ),
        pytest.param(
            unready(fault(reason="", told=True)),
            "what it writes: kubectl logs web-1 --container=app -n prod",
            id="not-ready",
        ),
        pytest.param(
            unready(Fault("told", "Evicted", "", "web-1")),
            "more about it: kubectl describe pod/web-1 -n prod",
            id="evicted",
        ),
        pytest.param(
            unready(Fault("final", "FailedCreate", "denied")),
            "more about it: kubectl describe deployment.apps/web -n prod",
            id="no-pod",
        ),
        pytest.param(unready(command="logs job/a"), "more about it: kubectl logs job/a -n prod", id="command"),
        pytest.param(
            unready(fault(), command="delete pod web-1", advice="to let it go"),
            "to let it go: kubectl delete pod web-1 -n prod",
            id="advice-before-faults",
        ),
        pytest.param(unready(advice="run it again"), "run it again", id="advice-without-a-command"),
        pytest.param(
            unready(key=ISSUER), "more about it: kubectl describe issuer.example.com/ca", id="without-namespace"
        ),
    ],
)
def test_the_hint_is_the_command_that_tells_more(item: Unready, hint: str) -> None:
    assert in_vain([item], [], kubectl).hint == hint


@pytest.mark.parametrize(
    ("faults", "lines"),
    [
        pytest.param([], [], id="none"),
        pytest.param([fault(1, told=True)], [fault(1, told=True)], id="only-what-explains"),
        pytest.param([fault(1, told=True), fault(2)], [fault(2)], id="what-explains-is-left-out"),
        pytest.param([fault(n) for n in range(7)], [fault(n) for n in range(5)], id="the-first-five"),
    ],
)
def test_the_faults_that_matter_are_told(faults: list[Fault], lines: list[Fault]) -> None:
    error = in_vain([unready(*faults)], [], kubectl)

    assert str(error).splitlines() == [
        "applied, but deployment.apps/web in namespace prod will not be ready: it waits",
        *(f"    {line}" for line in lines),
    ]


def test_failures_come_before_what_is_not_ready_yet() -> None:
    error = in_vain([unready(fault()), unready(key=ISSUER)], [unready(), unready(fault(2), key=ISSUER)], kubectl)

    assert str(error).splitlines() == [
        "applied, but 2 objects will not be ready",
        "    deployment.apps/web in namespace prod: it waits",
        f"        {fault()}",
        "    issuer.example.com/ca: it waits",
        "    not ready yet: 2 objects",
        "        deployment.apps/web in namespace prod: it waits",
        "        issuer.example.com/ca: it waits",
        f"            {fault(2)}",
    ]


def test_hints_are_few_and_each_is_given_once() -> None:
    keys = [ObjectKey("v1", "Pod", "prod", name) for name in "aabcd"]

    error = too_late(90, [unready(key=key) for key in keys], kubectl)

    assert (error.hint or "").splitlines() == [
        "more about it: kubectl describe pod/a -n prod",
        "more about it: kubectl describe pod/b -n prod",
        "more about it: kubectl describe pod/c -n prod",
        "to wait longer: --timeout=TIME, such as 10m; 0 is for ever",
    ]
    assert str(error).splitlines()[0] == "applied, but after 90 s 5 objects are not ready"
