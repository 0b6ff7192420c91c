"""What is taken over and what is not, where it cannot be tried, and objects that are going; on both API servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sides import CLIENT_SIDE, Side, config_map, containers, deployment, managers
from test_contract_discovery import CRDS, a_crd
from test_contract_takeover import LAST_APPLIED, a_manifest_of, deployed, patched_by, path_of, state, tried, written_by

from kubectl_images.errors import ConflictError
from kubectl_images.kube_client import JSON_PATCH, KubeClient
from kubectl_images.objects import Body

UNCHECKED = "not checked before: the server cannot try a takeover whose fields exclude each other"
NAMED = {"valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}

Change = Callable[[Body], Any]
EXCLUSIVE = [
    pytest.param({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", **NAMED}]}, id="variable"),
    pytest.param(
        {"livenessProbe": {"tcpSocket": {"port": 80}}},
        {"livenessProbe": {"httpGet": {"path": "/", "port": 80}}},
        id="probe",
    ),
]


def a_web(container: Body) -> Body:
    body = deployment(replicas=0)
    containers(body)[0].update(container)
    return body


@pytest.mark.parametrize(("old", "new"), EXCLUSIVE)
def test_fields_that_exclude_the_old_ones_are_taken_over_unchecked(side: Side, old: Body, new: Body) -> None:
    written_by(side, CLIENT_SIDE, a_web(old))
    after = a_web(new)

    expected, real = tried(side, after), deployed(side, after)

    assert (expected.status, expected.notes) == ("applied", (f"taken over from {CLIENT_SIDE}", UNCHECKED))
    assert state(expected) == {**after, "metadata": {**after["metadata"], "namespace": side.namespace}}
    assert (real.status, real.error) == ("configured", None)
    (field,) = new
    found = containers(state(real))[0][field]
    assert ("value" in str(found), "tcpSocket" in str(found)) == (field == "env", False)
    assert tried(side, after).status == "unchanged"


@pytest.mark.parametrize(("old", "new"), EXCLUSIVE)
def test_what_is_wrong_by_itself_is_refused_all_the_same(side: Side, old: Body, new: Body) -> None:
    written_by(side, CLIENT_SIDE, a_web(old))
    after = a_web(new)
    containers(after)[0]["image"] = ""

    outcome = tried(side, after)

    assert outcome.status == "failed"
    assert "containers[0].image: Required value" in str(outcome.error)


def without_owners(side: Side, manager: str, body: Body) -> None:
    written_by(side, manager, body)
    patched_by(side, "x", body, {"op": "replace", "path": "/metadata/managedFields", "value": []})


def test_of_an_object_that_nobody_declared_the_rest_stays(side: Side) -> None:
    without_owners(side, "x", config_map(a="1", b="2"))

    expected, outcome = tried(side, config_map(a="3")), deployed(side, config_map(a="3"))

    assert state(expected)["data"] == state(outcome)["data"] == {"a": "3", "b": "2"}
    assert expected.notes == outcome.notes == ()
    assert state(deployed(side, config_map(a="4")))["data"] == {"a": "4", "b": "2"}


def applied_by_kubectl(side: Side, body: Body, *operations: Body) -> None:
    """Change an object as `kubectl apply` does, which keeps a copy beside it."""
    copied = {"op": "add", "path": "/metadata/annotations", "value": {LAST_APPLIED: "{}"}}
    patched_by(side, CLIENT_SIDE, body, copied, *operations)


def test_a_later_apply_of_kubectl_is_a_conflict(side: Side) -> None:
    deployed(side, config_map(a="1", b="1"))
    applied_by_kubectl(side, config_map(), {"op": "replace", "path": "/data/a", "value": "2"})

    outcomes = [tried(side, config_map(a="1", b="1")), deployed(side, config_map(a="1", b="1"))]

    for outcome in outcomes:
        assert isinstance(outcome.error, ConflictError)
        assert [(conflict.field, conflict.manager) for conflict in outcome.error.conflicts] == [
            (".data.a", CLIENT_SIDE)
        ]


def test_force_takes_a_later_apply_of_kubectl_over_wholly(side: Side) -> None:
    deployed(side, config_map(a="1", b="1"))
    changed, added = ({"op": "add", "path": f"/data/{name}", "value": "2"} for name in "ac")
    applied_by_kubectl(side, config_map(), changed, added)
    after = config_map(a="1", b="1")

    expected, outcome = tried(side, after, force=True), deployed(side, after, force=True)

    assert state(expected) == state(outcome)
    assert state(outcome)["data"] == {"a": "1", "b": "1"}
    assert expected.notes == outcome.notes == (f"taken over from {CLIENT_SIDE}",)
    assert managers(outcome.live or {}) == [("kubectl-images", "Apply")]


def test_an_object_that_is_being_deleted_is_an_error(side: Side) -> None:
    held = config_map(a="1")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    deployed(side, held)
    KubeClient(side.admin).request("DELETE", path_of(side, held))
    going = side.cluster.get(side.key("ConfigMap", "settings")) or {}

    outcomes = [tried(side, held), deployed(side, held)]

    since = going["metadata"]["deletionTimestamp"]
    said = f"configmap/settings is being deleted (since {since}; example.com/hold holds it), so it would be gone after"
    assert [str(outcome.error) for outcome in outcomes] == [f"{said} the deploy"] * 2
    side.cluster.patch(side.key("ConfigMap", "settings"), [{"op": "remove", "path": "/metadata/finalizers"}])


def test_a_status_that_is_a_field_like_any_other_is_applied(side: Side) -> None:
    group = f"{side.namespace}.example.com"
    crd = a_manifest_of(side, a_crd(group))
    thing: Body = {"apiVersion": f"{group}/v1", "kind": "Rollout", "metadata": {"name": "r"}, "status": {"a": "1"}}
    try:
        assert deployed(side, crd.body).error is None
        assert deployed(side, thing).error is None
        after = {**thing, "status": {"a": "2"}}

        outcomes = [tried(side, after), deployed(side, after)]

        assert [outcome.status for outcome in outcomes] == ["configured", "configured"]
        assert [state(outcome)["status"] for outcome in outcomes] == [{"a": "2"}, {"a": "2"}]
    finally:
        side.send("DELETE", f"{CRDS}/{crd.key.name}")


def test_what_was_written_in_two_versions_becomes_ours_in_the_manifests(side: Side) -> None:
    group = f"{side.namespace}.example.com"
    crd = a_manifest_of(side, a_crd(group, versions=("v1", "v2")))
    one, three = (
        {"apiVersion": f"{group}/{version}", "kind": "Rollout", "metadata": {"name": "r", "labels": {label: "x"}}}
        for version, label in (("v1", "one"), ("v2", "three"))
    )
    path = f"/apis/{group}/v2/namespaces/{side.namespace}/rollouts/r"
    labelled = [{"op": "add", "path": "/metadata/labels/two", "value": "x"}]
    try:
        assert deployed(side, crd.body).error is None
        assert deployed(side, one).error is None
        answer = KubeClient(side.admin).request(
            "PATCH", path, [("fieldManager", CLIENT_SIDE)], body=labelled, content_type=JSON_PATCH
        )
        assert answer.status == 200, answer.message

        outcome = deployed(side, three, force=True)

        assert state(outcome)["metadata"]["labels"] == {"three": "x"}
        assert managers(outcome.live or {}) == [("kubectl-images", "Apply")]
    finally:
        side.send("DELETE", f"{CRDS}/{crd.key.name}")
