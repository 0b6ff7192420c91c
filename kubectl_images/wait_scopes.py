"""Which scopes are followed for objects that are not ready yet: they themselves, and what says why they are not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from .following import Scope
from .objects import ObjectKey
from .rollout import ROLLOUTS

_CLAIM = ("", "PersistentVolumeClaim")


def scopes_of(keys: Sequence[ObjectKey]) -> list[Scope]:
    """Return what to follow for these objects: each alone, or together those of one kind and namespace."""
    groups: dict[ObjectKey, list[ObjectKey]] = {}
    for key in keys:
        groups.setdefault(replace(key, name=""), []).append(key)
    return [Scope(group[0] if len(group) == 1 else kind, keys=tuple(group)) for kind, group in groups.items()]


def around(keys: Collection[ObjectKey], unscheduled: Collection[str]) -> list[Scope]:
    """Return what else to follow for these objects; in the namespaces `unscheduled` there are pods without a node."""
    return [
        scope
        for namespace in sorted({key.namespace for key in keys})
        for scope in _around(
            namespace, {(key.group, key.kind) for key in keys if key.namespace == namespace}, namespace in unscheduled
        )
    ]


def _around(namespace: str, kinds: Collection[tuple[str, str]], is_unscheduled: bool) -> list[Scope]:
    workloads = {kind for kind in kinds if kind in ROLLOUTS}
    events = ObjectKey("v1", "Event", namespace, "")
    scopes = []
    if ("apps", "Deployment") in workloads:
        scopes.append(Scope(ObjectKey("apps/v1", "ReplicaSet", namespace, "")))
    if workloads - {("", "Pod")}:
        scopes.append(Scope(ObjectKey("v1", "Pod", namespace, "")))
    if workloads:
        scopes.append(Scope(events, fields="type=Warning"))
    if is_unscheduled:
        # Of the cluster autoscaler; it is no warning.
        scopes.append(Scope(events, fields="reason=TriggeredScaleUp"))
    if _CLAIM in kinds:
        # What is said of claims is no warning either, most of it.
        scopes.append(Scope(events, fields="involvedObject.kind=PersistentVolumeClaim"))
    return scopes
