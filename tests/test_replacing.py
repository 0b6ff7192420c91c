from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from builders import a_deployment

from kubectl_images.apply import Mode, apply_all
from kubectl_images.cluster import Applied
from kubectl_images.errors import ClusterError, ImmutableFieldError
from kubectl_images.objects import Body, Manifest, ObjectKey, Place
from kubectl_images.prerequisites import Patience
from kubectl_images.replacing import advised, consequence, is_replaceable, replace, tried

WEB = ObjectKey("apps/v1", "Deployment", "prod", "web")
BODY = a_deployment({"app": "web:1"})
REFUSED = ClusterError("quota exceeded", hint="ask for more", status=403)


LIVE = {"metadata": {"uid": "a", "resourceVersion": "1"}}


@dataclass
class Cluster:
    """Has an object of these uids, one after the other; a delete is refused as another writer's this often."""

    uids: list[str]
    conflicts: int = 0
    refused: ClusterError | None = None
    undeletable: ClusterError | None = None
    deleted: list[str] = field(default_factory=list)

    def get(self, key: ObjectKey) -> Body | None:
        uid = self.uids.pop(0)
        return {"metadata": {"uid": uid, "resourceVersion": "1"}} if uid else None

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise ClusterError("modified", status=409)
        if self.undeletable:
            raise self.undeletable
        if not dry_run:
            self.deleted.append(uid)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        if self.refused:
            raise self.refused
        return Applied(body, created=True)


@pytest.mark.parametrize(
    ("uids", "conflicts", "deleted"),
    [
        pytest.param(["a", ""], 0, ["a"], id="gone-at-once"),
        pytest.param(["a", "a", "a", ""], 0, ["a"], id="gone-later"),
        pytest.param(["a", "b"], 0, ["a"], id="another-one-in-its-place"),
        pytest.param([""], 0, [], id="not-there"),
        pytest.param(["a", "a", ""], 1, ["a"], id="written-to-meanwhile"),
    ],
)
def test_an_object_is_created_when_the_old_one_is_gone(uids: list[str], conflicts: int, deleted: list[str]) -> None:
    cluster = Cluster(uids, conflicts)

    assert replace(cluster, BODY, WEB, Patience(30, 0)) == Applied(BODY, created=True)
    assert (cluster.deleted, cluster.uids) == (deleted, [])


def test_a_failure_after_the_deletion_says_plainly_that_it_is_gone() -> None:
    with pytest.raises(ClusterError) as caught:
        replace(Cluster(["a", ""], refused=REFUSED), BODY, WEB, Patience(30, 0))

    assert str(caught.value) == "deployment.apps/web is deleted, and not there again: quota exceeded"
    assert caught.value.hint == "ask for more\nwhen that is solved, the same command creates it"


def test_one_that_others_write_to_without_end_is_left_alone() -> None:
    cluster = Cluster(["a"] * 9, conflicts=9)

    with pytest.raises(ClusterError, match="modified"):
        replace(cluster, BODY, WEB, Patience(30, 0))

    assert cluster.deleted == []


def test_what_may_not_be_deleted_is_found_out_before() -> None:
    with pytest.raises(ClusterError, match="no right"):
        tried(Cluster([], undeletable=ClusterError("no right", status=403)), BODY, WEB, LIVE)


@pytest.mark.parametrize("live", [LIVE, None], ids=["changed-meanwhile", "not-read"])
def test_what_is_there_in_another_state_can_be_deleted_all_the_same(live: Body | None) -> None:
    cluster = Cluster([], conflicts=1)

    tried(cluster, BODY, WEB, live)

    assert cluster.deleted == []


def test_what_could_not_be_created_anew_is_found_out_before() -> None:
    with pytest.raises(ClusterError) as caught:
        tried(Cluster([], refused=REFUSED), BODY, WEB, LIVE)

    said = "deployment.apps/web would be deleted, and could not be created anew: quota exceeded"
    assert (str(caught.value), caught.value.hint) == (said, "ask for more")


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_could_not_be_created_anew_is_not_deleted(dry_run: bool) -> None:
    class Fixed(Cluster):
        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
            raise ImmutableFieldError("fixed", status=422) if key == WEB else REFUSED

        def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Applied:
            raise AssertionError("nothing is taken over")

        def serves(self, api_version: str, kind: str) -> bool:
            raise AssertionError("no kind is defined")

    cluster = Fixed(["a", ""])
    warned: list[str] = []
    manifest = Manifest(WEB, BODY, Place("web.yaml"))
    mode = Mode(replace=True, dry_run=dry_run)

    (outcome,) = apply_all(cluster, [manifest], {WEB: None}, mode, lambda _outcome: None, warned.append)

    assert str(outcome.error) == "deployment.apps/web would be deleted, and could not be created anew: quota exceeded"
    assert (cluster.deleted, warned) == ([], [])


def test_what_could_be_created_anew_may_be_deleted() -> None:
    assert tried(Cluster([]), BODY, WEB, LIVE) == {**BODY, "metadata": {**BODY["metadata"], "name": WEB.name}}


SET = ObjectKey("apps/v1", "StatefulSet", "prod", "db")
DELETES: Body = {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}}
RETAINS: Body = {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain"}}}


@pytest.mark.parametrize(
    ("key", "live", "expected"),
    [
        pytest.param(WEB, None, True, id="deployment"),
        pytest.param(ObjectKey("v1", "Service", "prod", "s"), {}, True, id="service"),
        pytest.param(ObjectKey("example.com/v1", "Thing", "prod", "t"), {}, False, id="custom-kind"),
        pytest.param(SET, RETAINS, True, id="set-that-keeps-its-volumes"),
        pytest.param(SET, DELETES, False, id="set-that-deletes-its-volumes"),
        pytest.param(ObjectKey("v1", "Namespace", "", "n"), {}, False, id="namespace"),
        pytest.param(ObjectKey("v1", "PersistentVolume", "", "v"), {}, False, id="volume"),
        pytest.param(ObjectKey("v1", "PersistentVolumeClaim", "prod", "v"), {}, False, id="claim"),
        pytest.param(
            ObjectKey("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "c"), {}, False, id="definition"
        ),
    ],
)
def test_what_nobody_can_bring_back_is_not_replaced(key: ObjectKey, live: Body | None, expected: bool) -> None:
    hint = advised(ImmutableFieldError("x"), key, live).hint or ""

    assert is_replaceable(key, live) is expected
    assert hint.endswith(": --replace-immutable") is expected
    assert ("would be lost" in hint) is not expected


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (WEB, "which ends its pods"),
        (SET, "which ends its pods; their volumes stay"),
        (ObjectKey("v1", "Service", "prod", "s"), "which gives it another cluster IP and another load balancer"),
        (ObjectKey("policy/v1", "PodDisruptionBudget", "prod", "b"), "which ends what belongs to it"),
    ],
)
def test_the_consequence_is_said(key: ObjectKey, what: str) -> None:
    assert consequence(key) == f"a field that cannot change changes, so it is deleted and created anew, {what}"
