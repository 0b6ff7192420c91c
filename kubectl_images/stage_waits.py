"""Between two stages of a deploy: waiting until the objects that the project waits for are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .apply import Outcome
from .errors import DeployError, ImagesError
from .objects import Body, ObjectKey
from .plan import counted


class IdleInterrupt(KeyboardInterrupt):
    """Ctrl-C while nothing was being applied."""


@dataclass
class StageWaits:
    """What was waited for after each stage; `wait` waits for objects with these states, and raises DeployError."""

    wait: Callable[[Mapping[ObjectKey, Body]], None]
    _ready: set[ObjectKey] = field(default_factory=set)
    _error: ImagesError | None = None

    def may_go_on(self, outcomes: Sequence[Outcome]) -> bool:
        """Wait for what the items of a stage wait for, and say whether all of it is ready, so that the next may begin."""
        live = states(outcome for outcome in outcomes if outcome.manifest.item and outcome.manifest.item.wait)
        if not live:
            return True
        try:
            self.wait(live)
        except ImagesError as exc:
            self._error = exc
            return False
        except KeyboardInterrupt as exc:
            raise IdleInterrupt from exc
        self._ready |= live.keys()
        return True

    def check(self, outcomes: Sequence[Outcome]) -> None:
        """Raise DeployError when something that was waited for did not become ready."""
        if self._error is None:
            return
        rest = sum(outcome.status == "not tried" for outcome in outcomes)
        was = f"\n    {counted(rest)} of later stages {'was' if rest == 1 else 'were'} not tried" if rest else ""
        raise DeployError(f"{self._error}{was}", hint=self._error.hint) from self._error

    def others(self, outcomes: Iterable[Outcome]) -> dict[ObjectKey, Body]:
        """Return the states of the objects that were not waited for yet."""
        return {key: body for key, body in states(outcomes).items() if key not in self._ready}


def states(outcomes: Iterable[Outcome]) -> dict[ObjectKey, Body]:
    """Return the live states of the objects that have one."""
    return {outcome.manifest.key: outcome.live for outcome in outcomes if outcome.live is not None}
