"""Objects that others deployed before us become ours, and a dry run says what that will do; on both API servers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from builders import a_manifest
from sides import CLIENT_SIDE, Side, config_map, containers, deployment, managers

from kubectl_images.apply import Mode, Outcome, apply_all
from kubectl_images.diff import without_noise
from kubectl_images.dry_run import compare
from kubectl_images.errors import ClusterError, ConflictError
from kubectl_images.kube_client import APPLY_PATCH, JSON_PATCH, KubeClient
from kubectl_images.objects import Body, Manifest, ObjectKey

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# A controller of a real cluster writes it whenever it comes to it.
REVISION = "deployment.kubernetes.io/revision"
PLURALS = {"Deployment": "/apis/apps/v1 deployments", "ConfigMap": "/api/v1 configmaps"}
PLURALS |= {"Secret": "/api/v1 secrets", "Service": "/api/v1 services"}


def path_of(side: Side, body: Body, *, name: bool = True) -> str:
    root, plural = PLURALS[body["kind"]].split()
    return f"{root}/namespaces/{side.namespace}/{plural}" + (f"/{body['metadata']['name']}" if name else "")


def written_by(side: Side, manager: str, body: Body) -> None:
    """Create an object as kubectl or kluctl does; `kubectl apply` leaves a copy of it beside it."""
    body = copy.deepcopy(body)
    if manager == CLIENT_SIDE:
        body["metadata"].setdefault("annotations", {})[LAST_APPLIED] = json.dumps(body)
    answer = (
        KubeClient(side.admin).request(
            "PATCH", path_of(side, body), [("fieldManager", manager)], body=body, content_type=APPLY_PATCH
        )
        if manager == "kluctl"
        else side.send("POST", path_of(side, body, name=False), body, fieldManager=manager)
    )
    assert answer.status == 201, answer.message


def patched_by(side: Side, manager: str, body: Body, *operations: Body) -> Body:
    answer = KubeClient(side.admin).request(
        "PATCH", path_of(side, body), [("fieldManager", manager)], body=list(operations), content_type=JSON_PATCH
    )
    assert answer.status == 200, answer.message
    return answer.json() or {}


def a_manifest_of(side: Side, body: Body) -> Manifest:
    manifest = a_manifest(body)
    key = manifest.key
    return Manifest(ObjectKey(key.api_version, key.kind, side.namespace, key.name), body, manifest.place)


def tried(side: Side, body: Body, *, force: bool = False) -> Outcome:
    manifest = a_manifest_of(side, body)
    (outcome,) = compare(side.cluster, [manifest], {manifest.key: side.cluster.get(manifest.key)}, force=force).outcomes
    return outcome


def deployed(side: Side, body: Body, *, force: bool = False, known: bool = True) -> Outcome:
    manifest = a_manifest_of(side, body)
    before = {manifest.key: side.cluster.get(manifest.key)} if known else {}
    (outcome,) = apply_all(side.cluster, [manifest], before, Mode(force=force), lambda _outcome: None)
    return outcome


def state(outcome: Outcome) -> Body:
    """Return what an outcome made of an object, without what nobody deployed."""
    assert outcome.live is not None, outcome.error
    body = copy.deepcopy(without_noise(outcome.live))
    annotations = body["metadata"].get("annotations", {})
    annotations.pop(REVISION, None)
    if not annotations:
        body["metadata"].pop("annotations", None)
    return body


def a_web() -> Body:
    body = deployment(replicas=2, minReadySeconds=3)
    body["metadata"] |= {"labels": {"team": "one", "old": "yes"}, "annotations": {"a": "1", "b": "2"}}
    containers(body)[0] |= {
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "ports": [{"containerPort": 80}, {"containerPort": 81}],
        "args": ["one", "two"],
    }
    containers(body).append({"name": "sidecar", "image": "example.com/sidecar:1"})
    return body


def a_service() -> Body:
    ports = [{"name": "http", "port": 80}, {"name": "admin", "port": 81}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"ports": ports, "selector": {"app": "web"}},
    }


def a_secret() -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "1", "b": "2"}}


Change = Callable[[Body], Any]
CHANGES: Mapping[str, tuple[Callable[[], Body], Change]] = {
    "nothing": (a_web, lambda body: None),
    "variable": (a_web, lambda body: containers(body)[0]["env"].pop()),
    "all-variables": (a_web, lambda body: containers(body)[0].pop("env")),
    "container": (a_web, lambda body: containers(body).pop()),
    "port": (a_web, lambda body: containers(body)[0]["ports"].pop(0)),
    "arguments": (a_web, lambda body: containers(body)[0].pop("args")),
    "replicas": (a_web, lambda body: body["spec"].pop("replicas")),
    "a-number": (a_web, lambda body: body["spec"].pop("minReadySeconds")),
    "label": (a_web, lambda body: body["metadata"]["labels"].pop("old")),
    "all-labels": (a_web, lambda body: body["metadata"].pop("labels")),
    "annotation": (a_web, lambda body: body["metadata"]["annotations"].pop("a")),
    "image": (a_web, lambda body: containers(body)[0].update(image="example.com/web:2")),
    "key": (lambda: config_map(a="1", b="2"), lambda body: body["data"].pop("a")),
    "all-keys": (lambda: config_map(a="1", b="2"), lambda body: body.pop("data")),
    "service-port": (a_service, lambda body: body["spec"]["ports"].pop()),
    "secret-key": (a_secret, lambda body: body["stringData"].pop("b")),
    "secret-value": (a_secret, lambda body: body["stringData"].update(a="3")),
}


@pytest.mark.parametrize("manager", [CLIENT_SIDE, "kubectl-create", "kluctl"])
def test_what_the_manifest_no_longer_has_goes_and_the_dry_run_says_so(side: Side, manager: str) -> None:
    for number, (build, change) in enumerate(CHANGES.values()):
        before = build()
        before["metadata"]["name"] += f"-{number}"
        after = copy.deepcopy(before)
        change(after)
        written_by(side, manager, before)

        expected = tried(side, after)
        real = deployed(side, after)

        assert (state(expected), expected.notes) == (state(real), real.notes)
        assert real.notes == (f"taken over from {manager}",)
        assert real.live is not None
        assert managers(real.live) in ([("kubectl-images", "Apply")], [])
        assert LAST_APPLIED not in real.live["metadata"].get("annotations", {})


def test_a_field_that_is_gone_from_the_manifest_is_gone(side: Side) -> None:
    written_by(side, CLIENT_SIDE, a_web())
    after = a_web()
    for name in ("variable", "container", "label", "annotation", "replicas"):
        CHANGES[name][1](after)

    live = state(deployed(side, after))

    assert live["metadata"]["labels"] == {"team": "one"}
    assert live["metadata"]["annotations"] == {"b": "2"}
    assert live["spec"]["replicas"] == 1
    assert [item["name"] for item in containers(live)] == ["app"]
    assert containers(live)[0]["env"] == [{"name": "A", "value": "1"}]


@pytest.mark.parametrize("manager", ["kubectl-images", CLIENT_SIDE, "kluctl"])
def test_a_plain_text_that_is_gone_from_a_secret_is_gone(side: Side, manager: str) -> None:
    if manager == "kubectl-images":
        deployed(side, a_secret())
    else:
        written_by(side, manager, a_secret())
    after = a_secret()
    del after["stringData"]["a"]

    assert state(deployed(side, after))["data"] == {"b": "Mg=="}


def test_a_dry_run_stores_nothing(side: Side) -> None:
    written_by(side, CLIENT_SIDE, config_map(a="1", b="2"))
    before = side.cluster.get(side.key("ConfigMap", "settings"))

    outcome = tried(side, config_map(a="2"))

    assert (outcome.status, state(outcome)["data"]) == ("configured", {"a": "2"})
    assert side.cluster.get(side.key("ConfigMap", "settings")) == before


def test_who_ends_between_the_two_requests_leaves_what_the_next_run_finishes(side: Side) -> None:
    written_by(side, "kubectl-create", config_map(a="1", b="2"))
    manifest = a_manifest_of(side, config_map(a="1"))
    live = side.cluster.get(manifest.key)
    cluster = side.cluster

    class KilledError(Exception):
        """The process ends."""

    class Dying:
        def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Any:
            return cluster.patch(key, operations, dry_run=dry_run)

        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Any:
            raise KilledError

        get, delete, serves = cluster.get, cluster.delete, cluster.serves

    with pytest.raises(KilledError):
        apply_all(Dying(), [manifest], {manifest.key: live}, Mode(), lambda _outcome: None)

    outcome = deployed(side, config_map(a="1"))
    assert (outcome.status, state(outcome)["data"]) == ("configured", {"a": "1"})


def test_others_keep_what_is_theirs(side: Side) -> None:
    written_by(side, CLIENT_SIDE, config_map(a="1", b="2", c="3"))
    side.apply_as_other(config_map(b="2"))

    expected, outcome = tried(side, config_map(a="1")), deployed(side, config_map(a="1"))

    assert state(expected) == state(outcome)
    assert state(outcome)["data"] == {"a": "1", "b": "2"}
    assert managers(outcome.live or {}) == [("kubectl-images", "Apply"), ("other", "Apply")]


def test_a_conflict_with_another_manager_stays_one_and_names_nobody_else(side: Side) -> None:
    written_by(side, CLIENT_SIDE, config_map(a="1", b="2"))
    side.apply_as_other(config_map(b="2"))
    outcomes = [tried(side, config_map(a="5", b="5")), deployed(side, config_map(a="5", b="5"))]

    for outcome in outcomes:
        assert isinstance(outcome.error, ConflictError)
        assert [(conflict.field, conflict.manager) for conflict in outcome.error.conflicts] == [(".data.b", "other")]
        assert '1 field is owned by another manager\n    .data.b is owned by "other"' in str(outcome.error)
    assert state(deployed(side, config_map(a="5", b="5"), force=True))["data"] == {"a": "5", "b": "5"}


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-label", "kubectl-scale"])
def test_a_hand_edit_of_what_is_ours_is_a_conflict(side: Side, manager: str) -> None:
    deployed(side, config_map(a="1", b="1"))
    patched_by(side, manager, config_map(), {"op": "replace", "path": "/data/a", "value": "2"})

    outcome = deployed(side, config_map(a="3", b="1"))

    assert isinstance(outcome.error, ConflictError)
    assert [conflict.manager for conflict in outcome.error.conflicts] == [manager]


def test_leaving_the_field_out_ends_the_conflict(side: Side) -> None:
    deployed(side, config_map(a="1", b="1"))
    patched_by(side, "kubectl-edit", config_map(), {"op": "replace", "path": "/data/a", "value": "2"})

    outcome = deployed(side, config_map(b="1"))

    assert state(outcome)["data"] == {"a": "2", "b": "1"}


def test_what_poke_wrote_is_ours_again(side: Side) -> None:
    deployed(side, deployment())
    key = side.key("Deployment", "web")
    image = "/spec/template/spec/containers/0/image"
    side.cluster.patch(key, [{"op": "replace", "path": image, "value": "example.com/web:9"}])

    outcome = deployed(side, deployment())

    assert (outcome.status, outcome.notes) == ("configured", ())
    assert containers(state(outcome))[0]["image"] == "example.com/web:1"
    assert managers(outcome.live or {}) == [("kubectl-images", "Apply")]


def test_an_object_without_any_owner_becomes_ours(side: Side) -> None:
    written_by(side, CLIENT_SIDE, config_map(a="1", b="2"))
    patched_by(side, "x", config_map(), {"op": "replace", "path": "/metadata/managedFields", "value": []})

    expected, outcome = tried(side, config_map(a="3")), deployed(side, config_map(a="3"))

    assert state(expected)["data"] == state(outcome)["data"] == {"a": "3"}
    assert expected.notes == outcome.notes == ("taken over from before-first-apply",)


def test_an_object_by_its_name_alone_is_taken_over_once_at_most(side: Side) -> None:
    written_by(side, "kubectl-create", config_map(a="1"))
    bare = config_map()
    del bare["data"]

    runs = [(tried(side, bare), deployed(side, bare)) for _ in range(3)]

    assert [expected.notes for expected, _ in runs] == [("taken over from kubectl-create",), (), ()]
    assert [outcome.notes for _, outcome in runs] == [("taken over from kubectl-create",), (), ()]
    assert [outcome.status for _, outcome in runs] == ["configured", "unchanged", "unchanged"]


def test_who_may_not_read_takes_over_all_the_same(side: Side) -> None:
    written_by(side, CLIENT_SIDE, config_map(a="1", b="2"))

    outcome = deployed(side, config_map(a="1"), known=False)

    assert (outcome.status, state(outcome)["data"]) == ("applied", {"a": "1"})


def test_an_object_that_changed_after_it_was_read_is_taken_over_as_it_is(side: Side) -> None:
    written_by(side, "kubectl-create", config_map(a="1", b="2"))
    manifest = a_manifest_of(side, config_map(a="1"))
    stale = side.cluster.get(manifest.key)
    patched_by(side, "kubectl-edit", config_map(), {"op": "add", "path": "/data/c", "value": "3"})

    (outcome,) = apply_all(side.cluster, [manifest], {manifest.key: stale}, Mode(), lambda _outcome: None)

    assert state(outcome)["data"] == {"a": "1"}
    assert outcome.notes == ("taken over from kubectl-create, kubectl-edit",)


# The requests themselves.


@pytest.mark.parametrize(
    ("operations", "status", "message"),
    [
        pytest.param(
            [{"op": "test", "path": "/data/a", "value": "9"}],
            422,
            "the server rejected our request due to an error in our request",
            id="failed-test",
        ),
        pytest.param(
            [{"op": "remove", "path": "/data/none"}],
            422,
            "the server rejected our request due to an error in our request",
            id="nothing-to-remove",
        ),
        pytest.param(
            [{"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}],
            409,
            'Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your'
            " changes to the latest version and try again",
            id="another-version",
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(side: Side, operations: list[Body], status: int, message: str) -> None:
    side.apply(config_map(a="1"))

    with pytest.raises(ClusterError) as caught:
        side.cluster.patch(side.key("ConfigMap", "settings"), operations)

    assert caught.value.status == status
    assert str(side.named(caught.value)) == f"cannot change configmap/settings in namespace NAMESPACE: {message}"


def test_an_object_that_is_not_there_cannot_be_patched(side: Side) -> None:
    with pytest.raises(ClusterError) as caught:
        side.cluster.patch(side.key("ConfigMap", "settings"), [])

    assert caught.value.status == 404
    assert str(side.named(caught.value)) == (
        'cannot change configmap/settings in namespace NAMESPACE: configmaps "settings" not found'
    )


def test_a_patch_is_an_update_of_ours(side: Side) -> None:
    side.create_as_other(config_map(a="1", b="2"))

    live = side.cluster.patch(
        side.key("ConfigMap", "settings"), [{"op": "replace", "path": "/data/a", "value": "2"}]
    ).live

    owners = {entry["manager"]: entry for entry in live["metadata"]["managedFields"]}
    assert owners["kubectl-images"]["operation"] == "Update"
    assert owners["kubectl-images"]["fieldsV1"] == {"f:data": {"f:a": {}}}
    assert "f:a" not in owners[CLIENT_SIDE]["fieldsV1"]["f:data"]


@pytest.mark.parametrize(
    ("uid", "version", "message"),
    [
        pytest.param(
            "another",
            "",
            "the UID in the precondition (another) does not match the UID in record (UID). The object might have been"
            " deleted and then recreated",
            id="another-object",
        ),
        pytest.param(
            "",
            "1",
            "the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (VERSION). The"
            " object might have been modified",
            id="changed",
        ),
    ],
)
def test_only_what_was_read_is_deleted(side: Side, uid: str, version: str, message: str) -> None:
    metadata = side.apply(config_map(a="1"))["metadata"]
    key = side.key("ConfigMap", "settings")

    with pytest.raises(ClusterError) as caught:
        side.cluster.delete(key, uid=uid or metadata["uid"], resource_version=version or metadata["resourceVersion"])

    said = str(side.named(caught.value)).replace(metadata["uid"], "UID")
    assert said.replace(f"({metadata['resourceVersion']})", "(VERSION)") == (
        "cannot delete configmap/settings in namespace NAMESPACE: Operation cannot be fulfilled on ConfigMap"
        f' "settings": {message}'
    )
    assert side.cluster.get(key) is not None


def test_what_was_read_is_deleted_and_what_is_not_there_is_fine(side: Side) -> None:
    metadata = side.apply(config_map(a="1"))["metadata"]
    key = side.key("ConfigMap", "settings")

    for _ in range(2):
        side.cluster.delete(key, uid=metadata["uid"], resource_version=metadata["resourceVersion"])

    assert side.cluster.get(key) is None
