"""Why a pod does not become ready, as the kubelet, the scheduler and their events tell it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.objects import Body
from kubectl_images.pod_faults import Fault, Severity, pod_faults

IMAGE = "example.com/web:2"


def pod(*containers: Body, init: Body | None = None, debug: Body | None = None, **status: Any) -> Body:
    """Return a pod with the states of its containers, by name in the order app, sidecar, and one for each other list."""
    names = ("app", "sidecar")
    lists: dict[str, Any] = {
        "containerStatuses": [{"name": name, **state} for name, state in zip(names, containers, strict=False)]
    }
    lists |= {"initContainerStatuses": [{"name": "setup", **init}]} if init else {}
    lists |= {"ephemeralContainerStatuses": [{"name": "debug", **debug}]} if debug else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "uid": "1"},
        "spec": {
            "containers": [{"name": name, "image": IMAGE} for name in names],
            "initContainers": [{"name": "setup", "image": "example.com/setup:1"}],
        },
        "status": lists | status,
    }


def waits(reason: str, message: str = "", **more: Any) -> Body:
    return {"state": {"waiting": {"reason": reason, "message": message}}, **more}


def ended(code: int, reason: str = "Error") -> Body:
    return {"terminated": {"exitCode": code, "reason": reason}}


RUNS: Body = {"state": {"running": {}}, "ready": True}
NOT_READY: Body = {"state": {"running": {}}, "ready": False}


def condition(type_: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": status, "reason": reason, "message": message}]}


def event(reason: str, message: str) -> Body:
    return {"reason": reason, "message": message, "type": "Warning"}


def app(severity: Severity, reason: str, message: str) -> Fault:
    return Fault(severity, reason, message, "web-1", "app", IMAGE)


@pytest.mark.parametrize(
    ("reason", "severity"),
    [
        ("ImagePullBackOff", "final"),
        ("ErrImageNeverPull", "final"),
        ("InvalidImageName", "final"),
        ("SignatureValidationFailed", "final"),
        ("CreateContainerConfigError", "passing"),
        ("CreateContainerError", "passing"),
        ("RunContainerError", "passing"),
        ("RegistryUnavailable", "passing"),
        ("ErrImagePull", "told"),
    ],
)
def test_what_a_container_waits_for_is_told_in_the_kubelets_words(reason: str, severity: Severity) -> None:
    assert pod_faults(pod(waits(reason, "as the\nkubelet says"))) == (app(severity, reason, "as the kubelet says"),)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param(pod(), (), id="nothing-is-known"),
        pytest.param(pod(waits("ContainerCreating")), (), id="it-has-just-begun"),
        pytest.param(pod(RUNS, **condition("Ready", "True", "")), (), id="ready"),
        pytest.param(
            pod(RUNS, waits("ImagePullBackOff"), **condition("Ready", "False", "ContainersNotReady")),
            (Fault("final", "ImagePullBackOff", "", "web-1", "sidecar", IMAGE),),
            id="a-sidecar",
        ),
        pytest.param(
            pod(waits("PodInitializing"), init=waits("ErrImageNeverPull", "no image")),
            (Fault("final", "ErrImageNeverPull", "no image", "web-1", "setup", "example.com/setup:1"),),
            id="before-the-others",
        ),
        pytest.param(pod(RUNS, debug=waits("ImagePullBackOff")), (), id="for-debugging"),
        pytest.param(
            pod(waits("CrashLoopBackOff", "back-off 10s", lastState=ended(1), restartCount=1)),
            (app("final", "CrashLoopBackOff", "it ended with exit code 1, and was restarted 1 time"),),
            id="crashes",
        ),
        pytest.param(
            pod(waits("CrashLoopBackOff", lastState=ended(137, "OOMKilled"), restartCount=3)),
            (app("final", "CrashLoopBackOff", "it ended with exit code 137 (OOMKilled), and was restarted 3 times"),),
            id="is-out-of-memory",
        ),
        pytest.param(
            pod(waits("CrashLoopBackOff")),
            (app("final", "CrashLoopBackOff", "it ended with exit code ?, and was restarted 0 times"),),
            id="crashes-without-details",
        ),
        pytest.param(
            pod({"state": ended(2)}), (app("told", "Error", "ended with exit code 2"),), id="ended-for-the-first-time"
        ),
        pytest.param(pod({"state": ended(0, "Completed")}), (), id="ended-well"),
        pytest.param(pod(NOT_READY), (app("told", "", "it runs, and is not ready"),), id="runs"),
        pytest.param(
            pod(waits("ErrImagePull"), waits("CrashLoopBackOff", lastState=ended(1))),
            (
                Fault(
                    *("final", "CrashLoopBackOff", "it ended with exit code 1, and was restarted 0 times", "web-1"),
                    *("sidecar", IMAGE),
                ),
                app("told", "ErrImagePull", ""),
            ),
            id="the-worst-first",
        ),
        pytest.param(
            pod(phase="Pending", **condition("PodScheduled", "False", "Unschedulable", "0/2 nodes are available")),
            (Fault("unscheduled", "Unschedulable", "0/2 nodes are available", "web-1"),),
            id="no-node",
        ),
        pytest.param(
            pod(nominatedNodeName="node-1", **condition("PodScheduled", "False", "Unschedulable", "0/2 nodes")),
            (Fault("told", "Unschedulable", "0/2 nodes", "web-1"),),
            id="a-node-is-being-cleared",
        ),
        pytest.param(
            pod(**condition("PodScheduled", "False", "SchedulingGated", "Scheduling is blocked")),
            (Fault("told", "SchedulingGated", "Scheduling is blocked", "web-1"),),
            id="gated",
        ),
        pytest.param(
            pod(RUNS, **condition("Ready", "False", "ReadinessGatesNotReady", 'condition "a/b" is not True')),
            (Fault("told", "ReadinessGatesNotReady", 'condition "a/b" is not True', "web-1"),),
            id="a-readiness-gate",
        ),
        pytest.param(
            pod(phase="Failed", reason="Evicted", message="The node was low on memory."),
            (Fault("told", "Evicted", "The node was low on memory.", "web-1"),),
            id="evicted",
        ),
        pytest.param(pod(phase="Failed"), (Fault("told", "Failed", "", "web-1"),), id="failed"),
        pytest.param(pod({"state": ended(0, "Completed")}, phase="Succeeded"), (), id="succeeded"),
    ],
)
def test_a_pod_has_the_faults_of_its_containers_and_its_own(live: Body, expected: tuple[Fault, ...]) -> None:
    assert pod_faults(live) == expected


MISSING = 'MountVolume.SetUp failed for volume "config" : configmap "settings" not found'
CREATING = pod(waits("ContainerCreating"))


@pytest.mark.parametrize(
    ("live", "events", "expected"),
    [
        pytest.param(
            CREATING,
            [event("FailedMount", MISSING)],
            (Fault("passing", "FailedMount", MISSING, "web-1"),),
            id="missing",
        ),
        pytest.param(
            CREATING,
            [event("FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "tls" not found')],
            (
                Fault(
                    "passing",
                    "FailedMount",
                    'MountVolume.SetUp failed for volume "tls" : secret "tls" not found',
                    "web-1",
                ),
            ),
            id="secret",
        ),
        pytest.param(
            CREATING,
            [event("FailedMount", 'MountVolume.SetUp failed for volume "c" : references non-existent secret key: a')],
            (
                Fault(
                    "passing",
                    "FailedMount",
                    'MountVolume.SetUp failed for volume "c" : references non-existent secret key: a',
                    "web-1",
                ),
            ),
            id="key",
        ),
        pytest.param(
            pod(waits("PodInitializing")),
            [event("FailedAttachVolume", "Multi-Attach error")],
            (Fault("told", "FailedAttachVolume", "Multi-Attach error", "web-1"),),
            id="it-may-pass",
        ),
        pytest.param(
            CREATING,
            [event("FailedMount", "the first"), event("FailedMount", "the last")],
            (Fault("told", "FailedMount", "the last", "web-1"),),
            id="the-last-one",
        ),
        pytest.param(pod(RUNS), [event("FailedMount", MISSING)], (), id="it-has-passed"),
        pytest.param(CREATING, [event("Unhealthy", "probe failed")], (), id="of-another-time"),
        pytest.param(
            pod(NOT_READY),
            [event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")],
            (
                app(
                    *("told", ""),
                    "it runs, and is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503",
                ),
            ),
            id="probe",
        ),
        pytest.param(
            pod(waits("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"')),
            [event("Failed", f'Failed to pull image "{IMAGE}": not found'), event("Failed", "Error: ImagePullBackOff")],
            (app("final", "ImagePullBackOff", f'Failed to pull image "{IMAGE}": not found'),),
            id="an-old-kubelets-reason",
        ),
        pytest.param(
            pod(waits("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"')),
            [],
            (app("final", "ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'),),
            id="an-old-kubelet-without-events",
        ),
    ],
)
def test_events_tell_what_the_status_does_not(live: Body, events: list[Body], expected: tuple[Fault, ...]) -> None:
    assert pod_faults(live, events) == expected


@pytest.mark.parametrize(
    ("at", "severity"),
    [
        pytest.param({"lastTimestamp": "2026-01-01T12:00:04Z"}, "told", id="before"),
        pytest.param({"lastTimestamp": "2026-01-01T12:00:05Z"}, "passing", id="since"),
        pytest.param(
            {"lastTimestamp": "2026-01-01T11:00:00Z", "series": {"lastObservedTime": "2026-01-01T12:00:05.1Z"}},
            "passing",
            id="again",
        ),
    ],
)
def test_an_event_that_is_not_repeated_may_have_passed(at: Body, severity: Severity) -> None:
    found = pod_faults(CREATING, [event("FailedMount", MISSING) | at], stale_before="2026-01-01T12:00:05Z")

    assert found == (Fault(severity, "FailedMount", MISSING, "web-1"),)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param("True", (), id="they-are-there"),
        pytest.param("False", (Fault("passing", "FailedMount", MISSING, "web-1"),), id="not-yet"),
    ],
)
def test_a_pod_whose_volumes_are_there_is_not_held_back_by_them(status: str, expected: tuple[Fault, ...]) -> None:
    live = pod(waits("ContainerCreating"), **condition("PodReadyToStartContainers", status, ""))

    assert pod_faults(live, [event("FailedMount", MISSING)]) == expected


def test_a_pod_for_which_the_cluster_gets_a_node_has_more_time() -> None:
    live = pod(**condition("PodScheduled", "False", "Unschedulable", "0/2 nodes are available"))

    found = pod_faults(live, [event("TriggeredScaleUp", "pod triggered scale-up")])

    assert found == (Fault("scaling", "Unschedulable", "0/2 nodes are available", "web-1"),)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        pytest.param(
            app("final", "ImagePullBackOff", "not found"),
            f'pod web-1, container "app", image {IMAGE}: ImagePullBackOff: not found',
            id="container",
        ),
        pytest.param(Fault("told", "Evicted", "", "web-1"), "pod web-1: Evicted", id="pod"),
        pytest.param(Fault("final", "FailedCreate", "denied"), "FailedCreate: denied", id="no-pod"),
        pytest.param(app("told", "", "it runs"), f'pod web-1, container "app", image {IMAGE}: it runs', id="no-reason"),
    ],
)
def test_a_fault_names_pod_container_and_image(fault: Fault, text: str) -> None:
    assert str(fault) == text
