"""Deleting an object because the project says so, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from . import deletion
from .errors import ClusterError
from .losses import full_kind, loss
from .objects import Body, ObjectKey
from .prerequisites import Patience

# What ends, or stays, with what is no loss in itself.
_CONSEQUENCES = {
    **dict.fromkeys(
        ("apps/Deployment", "apps/DaemonSet", "apps/ReplicaSet", "batch/Job", "ReplicationController"),
        "its pods end with it",
    ),
    "apps/StatefulSet": "its pods end with it; their volumes stay",
    "batch/CronJob": "its jobs and their pods end with it",
    "Service": "its cluster IP and its load balancer are given up",
    "PersistentVolume": "the volume goes with it, and perhaps the data on it",
    "PersistentVolumeClaim": "the data on its volume goes with it",
    "Namespace": "everything in it goes with it",
    "apiextensions.k8s.io/CustomResourceDefinition": "every object of its kind goes with it",
}
_OF_SET_WITH_VOLUMES = "its pods end with it, and the data on their volumes goes as its retention policy says"
_OF_CUSTOM_KIND = "what belongs to it goes with it, perhaps data"


class Target(deletion.Target, Protocol):
    """The cluster, as far as deleting needs it."""

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        """Begin to delete an object as it was read, or only ask whether one may; raise ClusterError."""
        ...


def consequence(key: ObjectKey, live: Body) -> str:
    """Return what goes with an object that is deleted; "" when it is the object alone."""
    kind, lost = full_kind(key), loss(key, live)
    if kind == "apps/StatefulSet" and lost:
        return _OF_SET_WITH_VOLUMES
    return _CONSEQUENCES.get(kind, _OF_CUSTOM_KIND if lost else "")


def tried(target: Target, key: ObjectKey, live: Body) -> None:
    """Raise ClusterError when the server would not delete an object that was read; nothing is deleted."""
    target.delete(key, uid=live["metadata"]["uid"], resource_version="", dry_run=True)


def remove(
    target: Target, key: ObjectKey, live: Body, patience: Patience, waits: Callable[[str], None] = lambda _text: None
) -> None:
    """Delete the object that was read, and wait until it is gone; raise ClusterError. `waits` learns what holds it."""
    uid = live["metadata"]["uid"]
    try:
        target.delete(key, uid=uid, resource_version="")
    except ClusterError as exc:
        if exc.status != 409:
            raise
        raise ClusterError(
            f"{key} was deleted and created anew since it was read, so it is not deleted",
            hint="somebody else deploys too: look at it, and run the same command again",
            status=exc.status,
        ) from exc
    deletion.await_end(target, key, uid, patience, "does the rest", waits)
