"""Fields that cannot change: what is said, and an object that is deleted and created anew, on both API servers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from builders import a_manifest
from sides import Side, config_map, deployment

from kubectl_images.apply import Mode, Outcome, apply_all
from kubectl_images.diff import without_noise
from kubectl_images.errors import ImmutableFieldError
from kubectl_images.objects import Body, Manifest, ObjectKey

AGAIN = "when that is solved, the same command creates it"
KEEP = "keep these fields as they run"


def run(side: Side, body: Body, *, replace: bool = False, dry_run: bool = False) -> tuple[Outcome, list[str]]:
    """Apply one object; return what became of it, and what was warned of."""
    manifest = a_manifest(body)
    key = manifest.key
    manifest = Manifest(ObjectKey(key.api_version, key.kind, side.namespace, key.name), body, manifest.place)
    before = {manifest.key: side.cluster.get(manifest.key)}
    warned: list[str] = []
    mode = Mode(replace=replace, dry_run=dry_run, gone_s=10, poll_s=0.02)
    (outcome,) = apply_all(side.cluster, [manifest], before, mode, lambda _outcome: None, warned.append)
    return outcome, warned


def a_deployment(app: str) -> Body:
    body = deployment(replicas=0, selector={"matchLabels": {"app": app}})
    body["spec"]["template"]["metadata"]["labels"] = {"app": app}
    return body


def a_job(image: str) -> Body:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate"},
        "spec": {"suspend": True, "template": {"spec": pod}},
    }


def a_secret(kind: str) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": kind, "data": {"a": "MQ=="}}


def a_role_binding(role: str) -> Body:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "readers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
    }


def a_claim(storage_class: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def fixed(value: str) -> Body:
    return {**config_map("fixed", a=value), "immutable": True}


def shown(outcome: Outcome) -> Body:
    """Return the new state as a comparison shows it, with a fixed text for the uid that the pods of a Job are told."""
    assert outcome.live is not None, "it was replaced"
    text = json.dumps(without_noise(outcome.live)).replace(outcome.live["metadata"]["uid"], "UID")
    body: Body = json.loads(text)
    return body


CASES = [
    pytest.param(a_deployment("a"), a_deployment("b"), "which ends its pods", id="selector"),
    pytest.param(a_job("x:1"), a_job("x:2"), "which ends its pods", id="template-of-a-job"),
    pytest.param(a_secret("Opaque"), a_secret("x/y"), "so that for a moment it is not there", id="type-of-a-secret"),
    pytest.param(fixed("1"), fixed("2"), "so that for a moment it is not there", id="immutable-config-map"),
    pytest.param(
        a_role_binding("a"), a_role_binding("b"), "so that for a moment nobody has its rights", id="role-of-a-binding"
    ),
]


@pytest.mark.parametrize(("old", "new", "consequence"), CASES)
def test_an_object_is_replaced_when_that_is_asked_for(side: Side, old: Body, new: Body, consequence: str) -> None:
    first, _ = run(side, old)

    tried, _ = run(side, new, replace=True, dry_run=True)
    outcome, warned = run(side, new, replace=True)

    said = f"a field that cannot change changes, so it is deleted and created anew, {consequence}"
    assert (tried.status, tried.warnings) == ("replaced", (said,))
    assert (outcome.status, outcome.error) == ("replaced", None)
    assert shown(tried) == shown(outcome)
    assert warned == [f"{outcome.manifest.key}: {said}"]
    assert first.live is not None
    assert outcome.live is not None
    assert outcome.live["metadata"]["uid"] != first.live["metadata"]["uid"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("old", "new", "consequence"), CASES)
def test_it_is_an_error_otherwise_that_says_how(
    side: Side, old: Body, new: Body, consequence: str, dry_run: bool
) -> None:
    run(side, old)

    outcome, warned = run(side, new, dry_run=dry_run)

    keep = "give the ConfigMap a new name wherever it is mentioned" if old.get("immutable") else KEEP
    assert isinstance(outcome.error, ImmutableFieldError)
    assert outcome.error.hint == (f"{keep}, or have it deleted and created anew, {consequence}: --replace-immutable")
    assert warned == []


def test_a_claim_is_never_replaced(side: Side) -> None:
    run(side, a_claim("one"))

    outcome, warned = run(side, a_claim("two"), replace=True)

    assert isinstance(outcome.error, ImmutableFieldError)
    assert str(side.named(outcome.error)) == (
        "cannot apply persistentvolumeclaim/data in namespace NAMESPACE: it is invalid\n"
        "    spec: Forbidden: spec is immutable after creation except resources.requests and"
        " volumeAttributesClassName for bound claims"
    )
    assert outcome.error.hint == (
        f"{KEEP}; it is never replaced, since the data on its volume would be lost, so delete it by hand when that is"
        " meant"
    )
    assert warned == []


def test_what_holds_an_object_that_does_not_go_is_named(side: Side) -> None:
    held = fixed("1")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    run(side, held)
    manifest = a_manifest(fixed("2"))
    key = side.key("ConfigMap", "fixed")
    before = {key: side.cluster.get(key)}
    mode = Mode(replace=True, gone_s=0, poll_s=0)

    # The second time it is being deleted already.
    for _ in range(2):
        (outcome,) = apply_all(
            side.cluster, [Manifest(key, manifest.body, manifest.place)], before, mode, lambda _outcome: None
        )

        assert str(outcome.error) == (
            "configmap/fixed is being deleted, but is still there after 0 s: example.com/hold holds it"
        )
        assert outcome.error is not None
        assert outcome.error.hint == (
            "look at the controller that has to let it go; when it is gone, the same command creates it"
        )
    side.cluster.patch(key, [{"op": "remove", "path": "/metadata/finalizers"}])


def test_an_object_that_is_wrong_otherwise_too_is_not_deleted(side: Side) -> None:
    first, _ = run(side, a_deployment("a"))
    wrong: Any = copy.deepcopy(a_deployment("b"))
    wrong["spec"]["template"]["spec"]["containers"][0]["image"] = ""

    outcome, warned = run(side, wrong, replace=True)

    assert (outcome.status, warned) == ("failed", [])
    assert not isinstance(outcome.error, ImmutableFieldError)
    assert side.cluster.get(side.key("Deployment", "web")) is not None
    assert first.status == "created"
