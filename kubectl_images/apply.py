"""Applying objects: in waves, several at a time, and with an account of every one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Literal, Protocol

from . import apply_object, prerequisites, removal, replacing
from .diff import are_equal
from .errors import ClusterError, ImagesError, ImmutableFieldError
from .objects import Body, Manifest, ObjectKey, built_in
from .prerequisites import Patience
from .under_way import UnderWay
from .waves import waves

Status = Literal["deleted", "created", "configured", "replaced", "unchanged", "applied", "failed", "not tried"]

AT_ONCE = 8


class Target(apply_object.Target, removal.Target, replacing.Target, prerequisites.Target, Protocol):
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

    `known_s` is how long the server may not know what it was just told. All are asked for every `poll_s`. With `force`
    fields of other managers are taken over, with `replace` an object whose immutable fields change is deleted and
    created anew. Those of `late` need others, perhaps of their wave. `is_followed`: something is applied after these.
    `under_way` learns what is worked on.
    """

    force: bool = False
    replace: bool = False
    dry_run: bool = False
    late: Collection[ObjectKey] = frozenset()
    is_followed: bool = False
    under_way: UnderWay = field(default_factory=UnderWay)
    usable_s: float = 30
    gone_s: float = 60
    known_s: float = 2
    poll_s: float = 0.1


def apply_all(
    target: Target,
    manifests: Sequence[Manifest],
    before: Mapping[ObjectKey, Body | None],
    mode: Mode,
    done: Callable[[Outcome], None],
    warn: Callable[[str], None] = lambda _text: None,
    settled: Mapping[ObjectKey, Outcome] = MappingProxyType({}),
) -> tuple[Outcome, ...]:
    """Apply every manifest, or delete its object, and return what became of each, in the order of the waves.

    `before` has the live objects as far as they were read; None means that there was none. A failure does not stop
    its wave, but the waves after it are not tried. `done` is told of each outcome, in order, as soon as it is known,
    and `warn`, from any thread, of what cannot be undone, just before it is done. Objects that are `settled` have
    their outcome already: there is nothing to do, but to await those that something still to be applied may need.
    """
    outcomes: list[Outcome] = []
    groups = waves(manifests, mode.late)
    unsettled = [at for at, wave in enumerate(groups) if any(item.key not in settled for item in wave)]
    last = len(groups) if mode.is_followed else max(unsettled, default=-1)

    def attempt(manifest: Manifest, *, is_last: bool) -> Outcome:
        known = settled.get(manifest.key)
        if known is not None:
            return known if is_last else _usable(target, known, mode)
        once = partial(_attempt, target, manifest, before, mode, warn)
        return _patiently(target, manifest.key, once, mode) if manifest.key in mode.late else once()

    def work(manifest: Manifest, *, is_last: bool) -> Outcome:
        return mode.under_way.follows(manifest.key, partial(attempt, manifest, is_last=is_last))

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        stopped = False
        for at, wave in enumerate(groups):
            attempts = (
                (settled.get(manifest.key) or Outcome(manifest, "not tried") for manifest in wave)
                if stopped
                else pool.map(partial(work, is_last=at >= last), wave)
            )
            for outcome in attempts:
                outcomes.append(outcome)
                done(outcome)
            stopped = not mode.dry_run and any(outcome.status == "failed" for outcome in outcomes)
    finally:
        # After Ctrl-C nothing new is begun, and what is under way is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(outcomes)


def _patiently(target: Target, key: ObjectKey, attempt: Callable[[], Outcome], mode: Mode) -> Outcome:
    """Attempt what needs others of this deploy until the server knows of them: it may be a moment behind itself."""
    outcomes: list[Outcome] = []

    def is_final() -> bool:
        outcomes.append(attempt())
        error = outcomes[-1].error
        if not isinstance(error, ClusterError) or error.status == 409:
            return True
        is_custom = built_in(key.api_version, key.kind) is None
        if error.status == 404 and is_custom:
            # A controller of this very deploy may have defined it meanwhile.
            with suppress(ClusterError):
                target.serves(key.api_version, key.kind)
        return not (error.status in {403, 404} or (is_custom and 400 <= error.status <= 500))

    Patience(mode.known_s, mode.poll_s).waits(is_final)
    return outcomes[-1]


def _attempt(
    target: Target,
    manifest: Manifest,
    before: Mapping[ObjectKey, Body | None],
    mode: Mode,
    warn: Callable[[str], None],
) -> Outcome:
    key = manifest.key
    try:
        if manifest.deleted:
            return _deleted(target, manifest, before[key], mode, warn)
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


def _deleted(
    target: Target,
    manifest: Manifest,
    live: Body | None,
    mode: Mode,
    warn: Callable[[str], None],
) -> Outcome:
    assert live is not None, "only what is there is deleted"
    key = manifest.key
    consequence = removal.consequence(key, live)
    if mode.dry_run:
        removal.tried(target, key, live)
        return Outcome(manifest, "deleted", warnings=(consequence,) if consequence else ())
    if consequence:
        warn(f"{key}: {consequence}")
    removal.remove(target, key, live, Patience(mode.gone_s, mode.poll_s), partial(mode.under_way.waits, key))
    return Outcome(manifest, "deleted")


def _usable(target: Target, settled: Outcome, mode: Mode) -> Outcome:
    """Return the outcome of an object that is not to be applied, when others can use it: it may be broken as before."""
    assert settled.live is not None, "what would not change is there"
    try:
        prerequisites.await_usable(
            target, settled.manifest.key, settled.live, Patience(mode.usable_s, mode.poll_s), is_new=False
        )
    except ImagesError as exc:
        return Outcome(settled.manifest, "failed", error=exc)
    return settled


def _applied(
    target: Target, manifest: Manifest, live: Body | None, before: Mapping[ObjectKey, Body | None], mode: Mode
) -> Outcome:
    submit = apply_object.try_out if mode.dry_run else apply_object.apply
    done = submit(target, manifest.body, manifest.key, live, force=mode.force)
    notes = (f"taken over from {', '.join(done.taken_over)}",) if done.taken_over else ()
    if done.unchecked:
        return Outcome(manifest, "applied", done.applied.live, notes=(*notes, done.unchecked))
    status = _status(done, before.get(manifest.key))
    return Outcome(manifest, status, done.applied.live, warnings=done.applied.warnings, notes=notes)


def _status(done: apply_object.Submitted, old: Body | None) -> Status:
    if done.applied.created:
        return "created"
    if old is None:
        return "applied"
    # Who owns a field is no small thing: what is taken over is changed.
    return "unchanged" if are_equal(old, done.applied.live) and not done.taken_over else "configured"


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
    anew = replacing.tried(target, manifest.body, key, live)
    consequence = replacing.consequence(key)
    if mode.dry_run:
        return Outcome(manifest, "replaced", anew, warnings=(consequence,))
    warn(f"{key}: {consequence}")
    patience = Patience(mode.gone_s, mode.poll_s)
    applied = replacing.replace(target, manifest.body, key, patience, partial(mode.under_way.waits, key))
    return Outcome(manifest, "replaced", applied.live, warnings=applied.warnings)
