"""Applying objects: in waves, several at a time, and with an account of every one of them.

Waves: Namespaces and CRDs, then what others refer to (roles before their bindings, service accounts before their
Secrets), then workloads and all other kinds, then webhooks and APIServices, which could refuse what comes after them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from . import apply_object, prerequisites, replacing
from .cluster import Applied
from .diff import are_equal
from .errors import ImagesError, ImmutableFieldError
from .ignore_diff import FieldPath, Rule, ignored_fields
from .objects import Body, Manifest, ObjectKey
from .prerequisites import Patience

Status = Literal["created", "configured", "replaced", "unchanged", "applied", "failed", "not tried"]

AT_ONCE = 8
# What nothing else is there without.
_FIRST = frozenset(("Namespace", "CustomResourceDefinition"))
# What others refer to, and what refers to nothing itself.
_REFERRED_TO = frozenset(
    [
        "ServiceAccount",
        "Role",
        "ClusterRole",
        "StorageClass",
        "VolumeAttributesClass",
        "CSIDriver",
        "PersistentVolume",
        "LimitRange",
        "ResourceQuota",
        "PriorityClass",
        "RuntimeClass",
        "IngressClass",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "ValidatingAdmissionPolicy",
        "MutatingAdmissionPolicy",
    ]
)
# What workloads refer to, and what refers to those above: a binding whose role is not there is refused.
_BETWEEN = frozenset(
    [
        "Secret",
        "ConfigMap",
        "RoleBinding",
        "ClusterRoleBinding",
        "PersistentVolumeClaim",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicyBinding",
    ]
)
_LAST = frozenset(("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"))


class Target(apply_object.Target, replacing.Target, prerequisites.Target, Protocol):
    """The cluster, as far as applying needs it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one object; `live` is its new state, or None when there is none to tell.

    `warnings` are the server's, and what a dry run has to warn of; `notes` what was done besides.
    """

    manifest: Manifest
    status: Status
    live: Body | None = None
    error: ImagesError | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mode:
    """How to apply; `usable_s` bounds the wait for a CRD or Namespace, `gone_s` that for the end of an object.

    Both are asked for every `poll_s`. With `force` fields of other managers are taken over, with `replace` an object
    whose immutable fields change is deleted and created anew. A dry run does not count a change of `ignored` fields.
    """

    force: bool = False
    replace: bool = False
    dry_run: bool = False
    ignored: Sequence[Rule] = ()
    usable_s: float = 30
    gone_s: float = 60
    poll_s: float = 0.1


def waves(manifests: Sequence[Manifest]) -> tuple[tuple[Manifest, ...], ...]:
    """Return the manifests in the groups that are applied one after the other; none is empty."""
    groups: dict[tuple[int, int], list[Manifest]] = {}
    for manifest in manifests:
        groups.setdefault((manifest.stage, _wave(manifest.key.kind)), []).append(manifest)
    return tuple(tuple(groups[number]) for number in sorted(groups))


def _wave(kind: str) -> int:
    early = (_FIRST, _REFERRED_TO, _BETWEEN)
    number = next((number for number, kinds in enumerate(early) if kind in kinds), len(early))
    return number + 1 if kind in _LAST else number


def apply_all(
    target: Target,
    manifests: Sequence[Manifest],
    before: Mapping[ObjectKey, Body | None],
    mode: Mode,
    done: Callable[[Outcome], None],
    warn: Callable[[str], None] = lambda _text: None,
    settled: Mapping[ObjectKey, Outcome] = MappingProxyType({}),
) -> tuple[Outcome, ...]:
    """Apply every manifest and return what became of each, in the order of the waves.

    `before` has the live objects as far as they were read; None means that there was none. A failure does not stop
    its wave, but the waves after it are not tried. `done` is told of each outcome, in order, as soon as it is known,
    and `warn`, from any thread, of what cannot be undone, just before it is done. Objects that are `settled` have
    their outcome already: there is nothing to do.
    """
    outcomes: list[Outcome] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for wave in waves(manifests):
            stopped = not mode.dry_run and any(outcome.status == "failed" for outcome in outcomes)
            attempts = (
                (settled.get(manifest.key) or Outcome(manifest, "not tried") for manifest in wave)
                if stopped
                else pool.map(
                    lambda manifest: settled.get(manifest.key) or _attempt(target, manifest, before, mode, warn), wave
                )
            )
            for outcome in attempts:
                outcomes.append(outcome)
                done(outcome)
    finally:
        # After Ctrl-C nothing new is begun, and what is under way is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(outcomes)


def _attempt(
    target: Target,
    manifest: Manifest,
    before: Mapping[ObjectKey, Body | None],
    mode: Mode,
    warn: Callable[[str], None],
) -> Outcome:
    key = manifest.key
    try:
        live = before[key] if key in before else apply_object.read(target, key)
        try:
            outcome = _applied(target, manifest, live, before, mode)
        except ImmutableFieldError as exc:
            outcome = _replaced(target, manifest, live, mode, warn, exc)
        if outcome.live is not None and not mode.dry_run:
            prerequisites.await_usable(target, key, outcome.live, Patience(mode.usable_s, mode.poll_s))
    except ImagesError as exc:
        return Outcome(manifest, "failed", error=exc)
    return outcome


def _applied(
    target: Target, manifest: Manifest, live: Body | None, before: Mapping[ObjectKey, Body | None], mode: Mode
) -> Outcome:
    submit = apply_object.try_out if mode.dry_run else apply_object.apply
    done = submit(target, manifest.body, manifest.key, live, force=mode.force)
    notes = (f"taken over from {', '.join(done.taken_over)}",) if done.taken_over else ()
    ignored = ignored_fields(manifest, mode.ignored) if mode.dry_run else ()
    status = _status(done.applied, before.get(manifest.key), ignored)
    return Outcome(manifest, status, done.applied.live, warnings=done.applied.warnings, notes=notes)


def _status(applied: Applied, old: Body | None, ignored: Sequence[FieldPath]) -> Status:
    if applied.created:
        return "created"
    if old is None:
        return "applied"
    return "unchanged" if are_equal(old, applied.live, ignored) else "configured"


def _replaced(
    target: Target,
    manifest: Manifest,
    live: Body | None,
    mode: Mode,
    warn: Callable[[str], None],
    error: ImmutableFieldError,
) -> Outcome:
    key = manifest.key
    if not mode.replace or not replacing.is_replaceable(key, live):
        raise replacing.advised(error, key, live) from error
    consequence = replacing.consequence(key)
    if mode.dry_run:
        # What a create would give cannot be asked for while the object is there.
        return Outcome(manifest, "replaced", manifest.body, warnings=(consequence,))
    warn(f"{key}: {consequence}")
    patience = Patience(mode.gone_s, mode.poll_s)
    applied = replacing.replace(target, manifest.body, key, patience)
    return Outcome(manifest, "replaced", applied.live, warnings=applied.warnings)
