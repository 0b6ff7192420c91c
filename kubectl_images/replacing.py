"""Deleting an object and creating it anew, where a field that cannot change has to, and only when that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from . import trial
from .cluster import Applied
from .deletion import await_end
from .errors import ClusterError, ImagesError, ImmutableFieldError
from .losses import full_kind, loss
from .objects import Body, ObjectKey
from .prerequisites import Patience
from .secret_values import sent

FLAG = "--replace-immutable"
# As often as another writer may come in between.
_TRIES = 5

# What ends with the object, or is another one afterwards.
_CONSEQUENCES = {
    **dict.fromkeys(
        ("apps/Deployment", "apps/DaemonSet", "apps/ReplicaSet", "batch/Job", "ReplicationController"),
        ", which ends its pods",
    ),
    "apps/StatefulSet": ", which ends its pods; their volumes stay",
    "batch/CronJob": ", which ends its jobs and their pods",
    "Pod": ", which ends it",
    "Service": ", which gives it another cluster IP and another load balancer",
    "networking.k8s.io/Ingress": ", which may give it another address",
    **dict.fromkeys(
        ("rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"),
        ", so that for a moment nobody has its rights",
    ),
    **dict.fromkeys(("ConfigMap", "Secret"), ", so that for a moment it is not there"),
}
_OTHER_CONSEQUENCE = ", which ends what belongs to it"


class Target(Protocol):
    """The cluster, as far as replacing an object needs it."""

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none."""
        ...

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        """Begin to delete an object as it was read, or only ask whether one may; raise ClusterError."""
        ...

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object; raise ClusterError."""
        ...


def consequence(key: ObjectKey) -> str:
    """Return what is said before an object is replaced."""
    what = _CONSEQUENCES.get(full_kind(key), _OTHER_CONSEQUENCE)
    return f"a field that cannot change changes, so it is deleted and created anew{what}"


def advised(error: ImmutableFieldError, key: ObjectKey, live: Body | None) -> ImmutableFieldError:
    """Return the refusal with the ways out that this object has."""
    keep = "keep these fields as they run"
    if key.kind in {"ConfigMap", "Secret"} and "`immutable`" in str(error):
        keep = f"give the {key.kind} a new name wherever it is mentioned"
    if lost := loss(key, live):
        hint = f"{keep}; it is never replaced, since {lost} would be lost, so delete it by hand when that is meant"
    else:
        hint = f"{keep}, or have it deleted and created anew{_CONSEQUENCES.get(full_kind(key), _OTHER_CONSEQUENCE)}: {FLAG}"
    return ImmutableFieldError(str(error), hint=hint, status=error.status)


def is_replaceable(key: ObjectKey, live: Body | None) -> bool:
    """Say whether nothing is lost with an object that comes again from its manifest."""
    return not loss(key, live)


def tried(target: Target, body: Body, key: ObjectKey, live: Body | None) -> Body:
    """Return what would come in the place of the object, as written where the server cannot tell; nothing is stored.

    Raises ClusterError when the server would not delete the object, or not create it anew.
    """
    if live is not None:
        metadata = live["metadata"]
        try:
            target.delete(key, uid=metadata["uid"], resource_version=metadata["resourceVersion"], dry_run=True)
        except ClusterError as exc:
            # It was changed since it was read, which a right to delete does not depend on.
            if exc.status != 409:
                raise
    created = trial.creation(target, body, key)
    if isinstance(created, ClusterError):
        raise ClusterError(
            f"{key} would be deleted, and could not be created anew: {created}",
            hint=created.hint,
            status=created.status,
        )
    return body if created is None else created


def replace(
    target: Target, body: Body, key: ObjectKey, patience: Patience, waits: Callable[[str], None] = lambda _text: None
) -> Applied:
    """Delete an object, wait until it is gone, and create it; raise ClusterError. `waits` learns what holds it."""
    if uid := _delete(target, key):
        await_end(target, key, uid, patience, "creates it", waits)
    try:
        return target.apply(sent(body, key), key)
    except ImagesError as exc:
        hints = [exc.hint] if exc.hint else []
        raise ClusterError(
            f"{key} is deleted, and not there again: {exc}",
            hint="\n".join([*hints, "when that is solved, the same command creates it"]),
        ) from exc


def _delete(target: Target, key: ObjectKey) -> str:
    """Delete an object, and return its uid; "" when it is not there any more."""
    for tries_left in reversed(range(_TRIES)):
        live = target.get(key)
        if live is None:
            break
        uid = str(live["metadata"]["uid"])
        try:
            target.delete(key, uid=uid, resource_version=live["metadata"]["resourceVersion"])
        except ClusterError as exc:
            # A controller wrote to it after it was read.
            if exc.status != 409 or not tries_left:
                raise
        else:
            return uid
    return ""
