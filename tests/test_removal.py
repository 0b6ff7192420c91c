from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from builders import a_manifest

from kubectl_images.apply import Mode, apply_all
from kubectl_images.errors import ClusterError
from kubectl_images.objects import Body, Manifest, ObjectKey, Place
from kubectl_images.prerequisites import Patience
from kubectl_images.removal import consequence, remove, tried

OLD = ObjectKey("v1", "ConfigMap", "shop", "old")
PATIENCE = Patience(limit_s=0, poll_s=0)


def live(uid: str = "1", **metadata: Any) -> Body:
    return {"metadata": {"name": "old", "uid": uid, **metadata}}


@dataclass
class Cluster:
    """Answers `get` with these states, one after the other; notes what it is told to delete, or refuses it."""

    states: list[Body | None] = field(default_factory=list)
    refusal: ClusterError | None = None
    deleted: list[tuple[str, str, bool]] = field(default_factory=list)

    def get(self, key: ObjectKey) -> Body | None:
        return self.states.pop(0)

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        if self.refusal:
            raise self.refusal
        self.deleted.append((uid, resource_version, dry_run))


def test_the_object_that_was_read_is_deleted_in_whatever_version_it_is_now() -> None:
    cluster = Cluster([None])

    remove(cluster, OLD, live(), PATIENCE)

    assert cluster.deleted == [("1", "", False)]


def test_a_trial_deletes_nothing() -> None:
    cluster = Cluster()

    tried(cluster, OLD, live())

    assert cluster.deleted == [("1", "", True)]


@pytest.mark.parametrize(
    "states",
    [
        pytest.param([None], id="gone"),
        pytest.param([live(), live(), None], id="gone-later"),
        pytest.param([live(), live("2")], id="created-anew-by-somebody"),
    ],
)
def test_the_end_of_the_object_is_waited_for(states: list[Body | None]) -> None:
    cluster = Cluster(states)

    remove(cluster, OLD, live(), Patience(limit_s=60, poll_s=0))

    assert cluster.states == []


def test_what_holds_the_object_is_told_each_time_that_it_is_still_there() -> None:
    told: list[str] = []

    remove(Cluster([live(), live(finalizers=["a", "b"]), None]), OLD, live(), Patience(60, 0), told.append)

    assert told == ["is being deleted", "is being deleted: a and b hold it"]


def test_what_something_holds_is_an_error_that_names_it() -> None:
    with pytest.raises(ClusterError) as caught:
        remove(Cluster([live(finalizers=["example.com/hold"])]), OLD, live(), PATIENCE)

    assert (str(caught.value), caught.value.hint) == (
        "configmap/old is being deleted, but is still there after 0 s: example.com/hold holds it",
        "look at the controller that has to let it go; when it is gone, the same command does the rest",
    )


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (
            ClusterError("UID in the precondition", status=409),
            "configmap/old was deleted and created anew since it was read, so it is not deleted",
        ),
        (ClusterError("cannot delete configmap/old: no right", status=403), "cannot delete configmap/old: no right"),
    ],
)
def test_a_refusal_is_told(refusal: ClusterError, message: str) -> None:
    with pytest.raises(ClusterError) as caught:
        remove(Cluster(refusal=refusal), OLD, live(), PATIENCE)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("api_version", "kind", "spec", "expected"),
    [
        ("v1", "ConfigMap", {}, ""),
        ("v1", "Namespace", {}, "everything in it goes with it"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, "every object of its kind goes with it"),
        ("v1", "PersistentVolume", {}, "the volume goes with it, and perhaps the data on it"),
        ("v1", "PersistentVolumeClaim", {}, "the data on its volume goes with it"),
        ("apps/v1", "Deployment", {}, "its pods end with it"),
        ("batch/v1", "CronJob", {}, "its jobs and their pods end with it"),
        ("v1", "Service", {}, "its cluster IP and its load balancer are given up"),
        ("apps/v1", "StatefulSet", {}, "its pods end with it; their volumes stay"),
        (
            "apps/v1",
            "StatefulSet",
            {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}},
            "its pods end with it, and the data on their volumes goes as its retention policy says",
        ),
        ("example.com/v1", "Database", {}, "what belongs to it goes with it, perhaps data"),
    ],
)
def test_what_goes_with_an_object_is_told(api_version: str, kind: str, spec: Body, expected: str) -> None:
    assert consequence(ObjectKey(api_version, kind, "", "x"), {"spec": spec}) == expected


@dataclass
class Everything(Cluster):
    """A cluster that takes everything, and notes in which order."""

    done: list[str] = field(default_factory=list)

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        self.done.append(f"delete {key}")
        self.states.append(None)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Any:
        self.done.append(f"apply {key}")
        raise ClusterError("refused", status=422)


def to_delete(name: str, stage: int) -> Manifest:
    return Manifest(ObjectKey("v1", "ConfigMap", "shop", name), {}, Place("deployment.yaml", 3), stage, deleted=True)


def in_order(*manifests: Manifest) -> Sequence[str]:
    cluster = Everything()
    before: dict[ObjectKey, Body | None] = {item.key: live() if item.deleted else None for item in manifests}
    apply_all(cluster, manifests, before, Mode(poll_s=0), lambda _outcome: None)  # type: ignore[arg-type] # what it has
    return cluster.done


def test_each_stage_begins_with_what_is_deleted() -> None:
    namespace = a_manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})

    assert in_order(namespace, to_delete("old", 0)) == ["delete configmap/old", "apply namespace/a"]


def test_what_a_later_stage_deletes_is_not_tried_after_a_failure() -> None:
    namespace = a_manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})

    assert in_order(to_delete("old", 1), namespace) == ["apply namespace/a"]
