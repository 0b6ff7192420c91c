"""Applying objects: in waves, several at a time, and with an account of every one of them.

Waves: Namespaces and CRDs, then what others refer to, then workloads and all other kinds, then webhooks and
APIServices, which could refuse what comes after them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, Protocol

from .cluster import Applied
from .diff import without_noise
from .errors import ClusterError, ImagesError
from .objects import Body, Manifest, ObjectKey

Status = Literal["created", "configured", "unchanged", "applied", "failed", "not tried"]

AT_ONCE = 8
_FIRST = frozenset(("Namespace", "CustomResourceDefinition"))
_REFERRED_TO = frozenset(
    [
        "ServiceAccount",
        "Secret",
        "ConfigMap",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
        "StorageClass",
        "VolumeAttributesClass",
        "CSIDriver",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "LimitRange",
        "ResourceQuota",
        "PriorityClass",
        "RuntimeClass",
        "IngressClass",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
    ]
)
_LAST = frozenset(("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"))


class Target(Protocol):
    """The cluster, as far as applying needs it."""

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply one object; raise ClusterError."""
        ...

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What became of one object; `live` is its new state, or None when there is none to tell."""

    manifest: Manifest
    status: Status
    live: Body | None = None
    error: ImagesError | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mode:
    """How to apply; `established_s` bounds the wait for a CRD, which is asked for every `poll_s`."""

    force: bool = False
    dry_run: bool = False
    established_s: float = 30
    poll_s: float = 0.1


def waves(manifests: Sequence[Manifest]) -> tuple[tuple[Manifest, ...], ...]:
    """Return the manifests in the groups that are applied one after the other; none is empty."""
    groups: dict[int, list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault(_wave(manifest.key.kind), []).append(manifest)
    return tuple(tuple(groups[number]) for number in sorted(groups))


def _wave(kind: str) -> int:
    if kind in _FIRST:
        return 0
    if kind in _REFERRED_TO:
        return 1
    return 3 if kind in _LAST else 2


def apply_all(
    target: Target,
    manifests: Sequence[Manifest],
    before: Mapping[ObjectKey, Body | None],
    mode: Mode,
    done: Callable[[Outcome], None],
) -> tuple[Outcome, ...]:
    """Apply every manifest and return what became of each, in the order of the waves.

    `before` has the live objects as far as they were read; None means that there was none. A failure does not stop
    its wave, but the waves after it are not tried. `done` is told of each outcome, in order, as soon as it is known.
    """
    outcomes: list[Outcome] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for wave in waves(manifests):
            stopped = not mode.dry_run and any(outcome.status == "failed" for outcome in outcomes)
            attempts = (
                (Outcome(manifest, "not tried") for manifest in wave)
                if stopped
                else pool.map(lambda manifest: _attempt(target, manifest, before, mode), wave)
            )
            for outcome in attempts:
                outcomes.append(outcome)
                done(outcome)
    finally:
        # After Ctrl-C nothing new is begun, and what is under way is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(outcomes)


def _attempt(target: Target, manifest: Manifest, before: Mapping[ObjectKey, Body | None], mode: Mode) -> Outcome:
    try:
        applied = target.apply(manifest.body, manifest.key, dry_run=mode.dry_run, force=mode.force)
        if manifest.key.kind == "CustomResourceDefinition" and not mode.dry_run:
            _await_established(target, manifest.key, mode)
    except ImagesError as exc:
        return Outcome(manifest, "failed", error=exc)
    return Outcome(manifest, _status(applied, manifest.key, before), applied.live, warnings=applied.warnings)


def _status(applied: Applied, key: ObjectKey, before: Mapping[ObjectKey, Body | None]) -> Status:
    if applied.created:
        return "created"
    old = before.get(key)
    if old is None:
        return "applied"
    return "unchanged" if without_noise(old) == without_noise(applied.live) else "configured"


def _await_established(target: Target, key: ObjectKey, mode: Mode) -> None:
    """Wait until the API server serves the kind that a CRD defines; raise ClusterError when it does not."""
    deadline = time.monotonic() + mode.established_s
    while not _is_established(target.get(key)):
        if time.monotonic() >= deadline:
            raise ClusterError(f"{key} is applied, but the API server does not serve it after {mode.established_s:g} s")
        time.sleep(mode.poll_s)


def _is_established(crd: Body | None) -> bool:
    conditions = ((crd or {}).get("status") or {}).get("conditions") or ()
    return any(condition.get("type") == "Established" and condition.get("status") == "True" for condition in conditions)
