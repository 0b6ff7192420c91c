from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import a_manifest

from kubectl_images.apply import Outcome, Status
from kubectl_images.errors import ClusterError, DeployError, ImmutableFieldError
from kubectl_images.not_yet import NOTE, judged
from kubectl_images.objects import Body

ADVICE = "if it needs what the same deploy brings, deploy that first"
GROUPS = {
    "Widget": "example.com/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "RuntimeClass": "node.k8s.io/v1",
    "StorageClass": "storage.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
}
OF_NO_NAMESPACE = {"Namespace", "ClusterRole", "PriorityClass", "RuntimeClass", "StorageClass"}


def an_object(kind: str, name: str = "x", namespace: str = "shop", **fields: object) -> Body:
    where = {} if kind in {*OF_NO_NAMESPACE, "CustomResourceDefinition"} else {"namespace": namespace}
    return {"apiVersion": GROUPS.get(kind, "v1"), "kind": kind, "metadata": {"name": name, **where}, **fields}


def a_definition(group: str = "example.com", kind: str = "Widget") -> Body:
    return an_object("CustomResourceDefinition", spec={"group": group, "names": {"kind": kind}})


def an_outcome(body: Body, status: Status = "created", stage: int = 0) -> Outcome:
    return Outcome(replace(a_manifest(body), stage=stage), status, body)


def refusal(status: int, said: str) -> ClusterError:
    return ClusterError(f"the server refuses it: {said}", status=status)


def judged_beside(others: Sequence[Outcome], body: Body, error: ClusterError, *, is_live: bool = False) -> Outcome:
    """Return what becomes of a refused object beside others, which are there where they are not created."""
    refused = Outcome(a_manifest(body), "failed", error=error)
    live = {item.manifest.key: None if item.status == "created" else item.manifest.body for item in others}
    *_, found = judged([*others, refused], live | {refused.manifest.key: body if is_live else None})
    return found


NO_SCHEMA = refusal(500, ".spec.b: field not declared in schema")
NO_KIND = refusal(404, "the API server knows no kind Widget in example.com/v2")
NO_NAMESPACE = refusal(404, 'namespace "shop" does not exist')
NO_ROLE = refusal(404, 'rolebindings.rbac.authorization.k8s.io "x" not found')
NO_ACCOUNT = refusal(
    403, 'pods "p" is forbidden: error looking up service account shop/x: serviceaccount "x" not found'
)
NO_PRIORITY = refusal(403, 'pods "p" is forbidden: no PriorityClass with name x was found')
NO_RUNTIME = refusal(403, 'pods "p" is forbidden: pod rejected: RuntimeClass "x" not found')
OVER_QUOTA = refusal(403, 'configmaps "c" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2')
MUST_SPECIFY = refusal(403, 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: app')
MOST = refusal(403, 'pods "p" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi')
LEAST = refusal(403, 'pods "p" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, another]')
RATIO = refusal(
    403, 'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4'
)
NO_RESIZE = refusal(403, 'persistentvolumeclaims "c" is forbidden: the storageclass that … must support resize')
INSECURE = refusal(
    403, 'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != …'
)
DENIED = refusal(403, 'admission webhook "a.example.com" denied the request: no')
NO_RIGHT = refusal(403, 'User "me" cannot patch resource "pods" in API group ""')


@pytest.mark.parametrize(
    ("other", "status", "kind", "error"),
    [
        pytest.param(an_object("Namespace", "shop"), "created", "Pod", NO_NAMESPACE, id="namespace"),
        pytest.param(an_object("Namespace", "shop"), "configured", "Pod", INSECURE, id="pod-security"),
        pytest.param(a_definition(), "created", "Widget", NO_KIND, id="kind"),
        pytest.param(a_definition(), "configured", "Widget", NO_KIND, id="version"),
        pytest.param(a_definition(), "configured", "Widget", NO_SCHEMA, id="field"),
        pytest.param(a_definition(), "configured", "Widget", refusal(422, "it is invalid"), id="value"),
        pytest.param(a_definition(), "configured", "Widget", refusal(400, 'unknown field "a"'), id="strict"),
        pytest.param(a_definition(), "configured", "Widget", ImmutableFieldError("a", status=422), id="rule"),
        pytest.param(an_object("Role"), "created", "RoleBinding", NO_ROLE, id="role"),
        pytest.param(an_object("ClusterRole"), "created", "RoleBinding", NO_ROLE, id="cluster-role"),
        pytest.param(an_object("ServiceAccount"), "created", "Pod", NO_ACCOUNT, id="service-account"),
        pytest.param(an_object("PriorityClass"), "created", "Pod", NO_PRIORITY, id="priority-class"),
        pytest.param(an_object("RuntimeClass"), "created", "Pod", NO_RUNTIME, id="runtime-class"),
        pytest.param(an_object("ResourceQuota"), "configured", "ConfigMap", OVER_QUOTA, id="quota"),
        pytest.param(an_object("LimitRange"), "created", "Pod", MUST_SPECIFY, id="default-for-a-quota"),
        pytest.param(an_object("LimitRange"), "configured", "Pod", MOST, id="maximum"),
        pytest.param(an_object("LimitRange"), "configured", "Pod", LEAST, id="minimum"),
        pytest.param(an_object("LimitRange"), "configured", "Pod", RATIO, id="ratio"),
        pytest.param(an_object("StorageClass"), "configured", "PersistentVolumeClaim", NO_RESIZE, id="resize"),
        pytest.param(an_object("ServiceAccount"), "failed", "Pod", NO_ACCOUNT, id="what-is-refused-itself"),
        pytest.param(an_object("ServiceAccount"), "applied", "Pod", NO_ACCOUNT, id="what-may-not-be-read"),
        pytest.param(an_object("LimitRange"), "replaced", "Pod", MOST, id="what-is-replaced"),
    ],
)
def test_a_refusal_for_what_changes_before_is_not_final(
    other: Body, status: Status, kind: str, error: ClusterError
) -> None:
    body = an_object(kind, "p")

    assert judged_beside([an_outcome(other, status)], body, error) == Outcome(
        a_manifest(body), "created", body, notes=(NOTE,)
    )
    assert judged_beside([an_outcome(other, status)], body, error, is_live=True) == Outcome(
        a_manifest(body), "applied", body, notes=(NOTE,)
    )


def test_of_an_object_that_may_not_be_read_one_cannot_tell_whether_it_is_there() -> None:
    refused = Outcome(a_manifest(an_object("Pod")), "failed", error=NO_NAMESPACE)

    (_, found) = judged([an_outcome(an_object("Namespace", "shop")), refused], {})

    assert (found.status, found.notes) == ("applied", (NOTE,))


@pytest.mark.parametrize(
    ("others", "kind", "error"),
    [
        pytest.param([], "Pod", NO_NAMESPACE, id="no-other-object"),
        pytest.param([an_outcome(an_object("ServiceAccount"), "unchanged")], "Pod", NO_ACCOUNT, id="nothing-changes"),
        pytest.param([an_outcome(an_object("Role"), stage=1)], "RoleBinding", NO_ROLE, id="behind-a-barrier"),
        pytest.param([an_outcome(an_object("Widget"))], "Pod", DENIED, id="in-the-same-wave"),
        pytest.param([an_outcome(a_definition())], "Widget", ClusterError("no answer", status=0), id="no-answer"),
        pytest.param([an_outcome(an_object("Namespace", "shop"))], "Pod", refusal(422, "invalid"), id="a-wrong-value"),
    ],
)
def test_any_other_refusal_is_final(others: Sequence[Outcome], kind: str, error: ClusterError) -> None:
    body = an_object(kind, "p")

    assert judged_beside(others, body, error) == Outcome(a_manifest(body), "failed", error=error)


@pytest.mark.parametrize(
    ("other", "kind", "error"),
    [
        pytest.param(an_object("Namespace", "other"), "Pod", NO_NAMESPACE, id="another-namespace"),
        pytest.param(a_definition("example.org"), "Widget", NO_KIND, id="another-group"),
        pytest.param(a_definition(kind="Gadget"), "Widget", NO_KIND, id="another-kind"),
        pytest.param({**a_definition(), "spec": None}, "Widget", NO_KIND, id="a-definition-of-nothing"),
        pytest.param(an_object("ServiceAccount", "y"), "Pod", NO_ACCOUNT, id="another-name"),
        pytest.param(an_object("ServiceAccount", namespace="y"), "Pod", NO_ACCOUNT, id="elsewhere"),
        pytest.param(an_object("PersistentVolume"), "Pod", NO_ACCOUNT, id="another-kind-of-this-name"),
        pytest.param(an_object("LimitRange", namespace="y"), "Pod", MOST, id="a-limit-elsewhere"),
        pytest.param(an_object("ServiceAccount", "p"), "Pod", MOST, id="a-limit-and-something-new"),
        pytest.param(an_object("LimitRange"), "Pod", NO_RIGHT, id="a-missing-right"),
        pytest.param(an_object("Namespace", "shop"), "Pod", DENIED, id="a-webhook"),
        pytest.param(a_definition(), "Widget", DENIED, id="a-webhook-on-a-new-kind"),
        pytest.param(
            a_definition(),
            "Widget",
            refusal(422, "ValidatingAdmissionPolicy 'x' with binding 'y' denied"),
            id="a-policy",
        ),
        pytest.param(
            a_definition(), "Widget", refusal(500, 'failed calling webhook "a.example.com": no answer'), id="broken"
        ),
    ],
)
def test_where_something_else_changes_before_a_final_refusal_says_what_to_try(
    other: Body, kind: str, error: ClusterError
) -> None:
    found = judged_beside([an_outcome(other)], an_object(kind, "p"), error)

    assert found.status == "failed"
    assert isinstance(found.error, ClusterError)
    assert (str(found.error), found.error.hint, found.error.status) == (str(error), ADVICE, error.status)


def test_what_to_try_stands_below_the_hint_that_is_there() -> None:
    error = ClusterError("User cannot", hint="add the rule", status=403, cause="User cannot")

    found = judged_beside([an_outcome(an_object("Role"))], an_object("Pod"), error)

    assert isinstance(found.error, ClusterError)
    assert (found.error.hint, found.error.cause) == (f"add the rule\n{ADVICE}", "User cannot")


def test_what_is_no_refusal_of_the_server_stays_as_it_is() -> None:
    ours = Outcome(a_manifest(an_object("Pod")), "failed", error=DeployError("no"))
    outcomes = (an_outcome(an_object("Namespace", "shop")), ours, an_outcome(an_object("Pod", "q"), "unchanged"))

    assert judged(outcomes, {}) == outcomes
    assert judged((), {}) == ()


def a_service(name: str, port: int | None = None) -> Body:
    return an_object("Service", name, spec={"ports": [{"port": 80, **({"nodePort": port} if port else {})}]})


PORT_TAKEN = refusal(
    422, "invalid\n    spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
)


@pytest.mark.parametrize(
    ("before", "after", "status", "error", "passes"),
    [
        pytest.param(a_service("a", 30080), a_service("a"), "configured", PORT_TAKEN, True, id="port-removed"),
        pytest.param(a_service("a", 30080), a_service("a", 30081), "configured", PORT_TAKEN, True, id="port-changed"),
        pytest.param(a_service("a", 30080), a_service("a"), "replaced", PORT_TAKEN, True, id="replaced"),
        pytest.param(a_service("a", 30080), None, "deleted", PORT_TAKEN, True, id="deleted"),
        pytest.param(a_service("a", 30080), None, "failed", PORT_TAKEN, False, id="refused-itself"),
        pytest.param(a_service("a", 30080), a_service("a", 30080), "configured", PORT_TAKEN, False, id="kept"),
        pytest.param(a_service("a", 30090), a_service("a"), "configured", PORT_TAKEN, False, id="another-port"),
        pytest.param(None, a_service("a"), "created", PORT_TAKEN, False, id="had-none"),
    ],
)
def test_a_port_is_free_when_another_service_gives_it_up(
    before: Body | None, after: Body | None, status: Status, error: ClusterError, passes: bool
) -> None:
    other = Outcome(a_manifest(a_service("a")), status, after, PORT_TAKEN if status == "failed" else None)
    refused = Outcome(a_manifest(a_service("b", 30080)), "failed", error=error)

    *_, found = judged([other, refused], {other.manifest.key: before, refused.manifest.key: None})

    assert found.status == ("created" if passes else "failed")
    assert found.error == (None if passes else error)


# Stages.

UNKNOWN = refusal(404, "the API server knows no kind Widget in example.com/v1")
NO_ANSWER = refusal(500, 'Internal error occurred: failed calling webhook "a.example.com": no endpoints available')


@pytest.mark.parametrize(
    ("kind", "error"),
    [pytest.param("Widget", UNKNOWN, id="kind"), pytest.param("ConfigMap", NO_ANSWER, id="webhook")],
)
@pytest.mark.parametrize(
    ("stage", "status", "passes"),
    [
        pytest.param(0, "configured", True, id="stage-before"),
        pytest.param(1, "configured", False, id="same-stage"),
        pytest.param(0, "unchanged", False, id="unchanged"),
    ],
)
def test_what_a_stage_before_may_bring_is_left_to_the_write(
    kind: str, error: ClusterError, stage: int, status: Status, passes: bool
) -> None:
    operator = an_outcome(an_object("ConfigMap", "operator"), status, stage)
    refused = Outcome(replace(a_manifest(an_object(kind, "w")), stage=1), "failed", error=error)

    *_, found = judged([operator, refused], {})

    assert (found.notes == (NOTE,)) is passes


def test_no_stage_brings_a_kind_to_a_group_of_kubernetes() -> None:
    operator = an_outcome(an_object("ConfigMap", "operator"), "configured")
    body = {**an_object("Deploymnt", "w"), "apiVersion": "apps/v1"}
    error = refusal(404, "the API server knows no kind Deploymnt in apps/v1")
    refused = Outcome(replace(a_manifest(body), stage=1), "failed", error=error)

    *_, found = judged([operator, refused], {})

    assert found.status == "failed"


def test_what_cannot_be_deleted_is_a_failure_whatever_else_changes() -> None:
    namespace = an_outcome(an_object("Namespace", "shop"))
    manifest = replace(a_manifest(an_object("ConfigMap", "old")), stage=1, deleted=True)
    refused = Outcome(manifest, "failed", error=refusal(403, "no right"))

    *_, found = judged([namespace, refused], {})

    assert found is refused


@pytest.mark.parametrize(
    ("namespace", "status", "stage", "error", "passes"),
    [
        pytest.param("shop", "deleted", 0, OVER_QUOTA, True, id="same-stage"),
        pytest.param("shop", "deleted", 1, OVER_QUOTA, False, id="later-stage"),
        pytest.param("other", "deleted", 0, OVER_QUOTA, False, id="another-namespace"),
        pytest.param("shop", "configured", 0, OVER_QUOTA, False, id="changed"),
        pytest.param("shop", "failed", 0, OVER_QUOTA, False, id="refused-itself"),
        pytest.param("shop", "deleted", 0, MUST_SPECIFY, False, id="no-matter-of-room"),
    ],
)
def test_a_quota_has_room_when_something_is_deleted_before(
    namespace: str, status: Status, stage: int, error: ClusterError, passes: bool
) -> None:
    manifest = replace(a_manifest(an_object("Pod", "old", namespace)), stage=stage, deleted=status == "deleted")
    refused = Outcome(a_manifest(an_object("ConfigMap", "c")), "failed", error=error)

    *_, found = judged([Outcome(manifest, status), refused], {refused.manifest.key: None})

    assert (found.notes == (NOTE,)) is passes
