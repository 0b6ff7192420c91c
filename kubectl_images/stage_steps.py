"""A deploy in steps: of each stage first what is deleted, then what is applied, with waits and a new look in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from .apply import Outcome
from .errors import DeployError, ImagesError
from .objects import Body, Manifest, ObjectKey
from .plan import ImageChange, counted
from .refused_annotations import is_true

_WAIT = "kluctl.io/wait-readiness"
# After these, what was read before is old.
_TAKES_TIME = frozenset(("deleted", "replaced"))


class IdleInterrupt(KeyboardInterrupt):
    """Ctrl-C while nothing was being applied."""


@dataclass(frozen=True)
class Known:
    """What is known of objects before a step: their state, as far as it was read (None: there is none).

    Those that are settled have their outcome already; `changes` are the images that become others.
    """

    before: Mapping[ObjectKey, Body | None]
    settled: Mapping[ObjectKey, Outcome] = field(default_factory=dict)
    changes: Mapping[ObjectKey, Sequence[ImageChange]] = field(default_factory=dict)


class Work(Protocol):
    """What is done in the steps, and between them."""

    def apply(self, step: Sequence[Manifest], known: Known, *, is_followed: bool) -> Sequence[Outcome]:
        """Do one step, and return what became of each object; `is_followed`: something is applied after it."""
        ...

    def wait(self, live: Mapping[ObjectKey, Body]) -> None:
        """Wait until objects with these states are ready; raise ImagesError when they will not be."""
        ...

    def look(self, rest: Sequence[Manifest], known: Known) -> Known:
        """Return what is known now of the objects that are left; raise ImagesError when they must not be applied."""
        ...


@dataclass
class Steps:
    """The steps as they are done, what was waited for, and why they ended early."""

    work: Work
    _ready: set[ObjectKey] = field(default_factory=set)
    _error: ImagesError | None = None

    def carry_out(self, manifests: Iterable[Manifest], known: Known) -> tuple[Outcome, ...]:
        """Do all steps, until one fails, and return what became of each object, in the order of the steps."""
        steps = _steps(manifests)
        outcomes: list[Outcome] = []
        for number, step in enumerate(steps, 1):
            rest = [manifest for later in steps[number:] for manifest in later]
            is_followed = any(manifest.key not in known.settled for manifest in rest)
            done = self.work.apply(step, known, is_followed=is_followed)
            outcomes += done
            now = self._known_after(done, rest, known)
            if now is None:
                return (*outcomes, *(Outcome(manifest, "not tried") for manifest in rest))
            known = now
        return tuple(outcomes)

    def _known_after(self, done: Sequence[Outcome], rest: Sequence[Manifest], known: Known) -> Known | None:
        """Wait for what a stage waits for, and return what is known after a step; None where it is the last one."""
        if any(outcome.status == "failed" for outcome in done):
            return None
        ends_stage = not rest or rest[0].stage != done[0].manifest.stage
        try:
            waited = ends_stage and self._wait(done)
            if rest and (waited or any(outcome.status in _TAKES_TIME for outcome in done)):
                return self.work.look(rest, known)
        except ImagesError as exc:
            self._error = exc
            return None
        return known

    def _wait(self, done: Sequence[Outcome]) -> bool:
        """Wait for what the items of a stage wait for, and tell whether there was something."""
        live = states(outcome for outcome in done if _is_awaited(outcome.manifest))
        if live:
            try:
                self.work.wait(live)
            except KeyboardInterrupt as exc:
                raise IdleInterrupt from exc
        self._ready |= live.keys()
        return bool(live)

    def check(self, outcomes: Sequence[Outcome]) -> None:
        """Raise DeployError when the steps ended early though nothing failed in them."""
        if self._error is None:
            return
        rest = sum(outcome.status == "not tried" for outcome in outcomes)
        was = f"\n    {counted(rest, 'later object')} {'was' if rest == 1 else 'were'} not tried" if rest else ""
        raise DeployError(f"{self._error}{was}", hint=self._error.hint) from self._error

    def others(self, outcomes: Iterable[Outcome]) -> dict[ObjectKey, Body]:
        """Return the states of the objects that were not waited for yet."""
        return {key: body for key, body in states(outcomes).items() if key not in self._ready}


def _steps(manifests: Iterable[Manifest]) -> list[list[Manifest]]:
    ordered = sorted(manifests, key=_step)
    return [list(step) for _, step in groupby(ordered, key=_step)]


def _step(manifest: Manifest) -> tuple[int, bool]:
    return manifest.stage, not manifest.deleted


def _is_awaited(manifest: Manifest) -> bool:
    """Tell whether the project waits for an object, as its item says or its own annotation."""
    if manifest.item is None:
        return False
    annotations = manifest.body.get("metadata", {}).get("annotations")
    return manifest.item.wait or (isinstance(annotations, dict) and is_true(annotations.get(_WAIT)))


def states(outcomes: Iterable[Outcome]) -> dict[ObjectKey, Body]:
    """Return the live states of the objects that have one."""
    return {outcome.manifest.key: outcome.live for outcome in outcomes if outcome.live is not None}
