"""How long something may keep an object from being ready before it counts as a failure, or as ready after all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .objects import ObjectKey
from .pod_faults import Fault
from .progress import Failed, Pending, Progress


@dataclass(frozen=True)
class Limits:
    """How long to wait; `timeout_s` 0 is for ever.

    What may pass is a failure after `passing_s`, a pod without a node after `unscheduled_s`, or after `scaling_s` when
    the cluster gets a new one, and a claim without a class after `unbound_s`: the server looks again every 15 s.
    A custom resource that nobody says anything about is not waited for after `silent_s`, and a pod whose kubelet calls
    its image by another name after `stopping_s`. An API server that does not answer is asked again every `poll_s`, for
    `lost_s`. Where something is not ready after `settle_s` it is looked for the reason.
    """

    timeout_s: float = 300
    passing_s: float = 10
    unscheduled_s: float = 30
    scaling_s: float = 600
    unbound_s: float = 30
    silent_s: float = 15
    stopping_s: float = 60
    lost_s: float = 60
    poll_s: float = 1
    settle_s: float = 1


@dataclass(frozen=True)
class _Trouble:
    """What must not last; `about` tells it from others of its object."""

    about: tuple[str, ...]
    patience_s: float
    then: Progress


class Troubles:
    """Since when objects have their troubles."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since: dict[ObjectKey, dict[tuple[str, ...], float]] = {}

    def judged(self, key: ObjectKey, found: Pending, faults: Iterable[Fault], now: float) -> Progress:
        """Return what an object counts as that has these faults now, and nothing else but those."""
        troubles = [*self._of_faults(found, faults), *self._of_object(found)]
        began = self._since.get(key, {})
        self._since[key] = {trouble.about: began.get(trouble.about, now) for trouble in troubles}
        lasting = (item.then for item in troubles if now - self._since[key][item.about] >= item.patience_s)
        return next(lasting, found)

    def _of_faults(self, found: Pending, faults: Iterable[Fault]) -> Iterator[_Trouble]:
        limits = self._limits
        patience_s = {
            "final": 0.0,
            "passing": limits.passing_s,
            "unscheduled": limits.unscheduled_s,
            "scaling": limits.scaling_s,
            "unbound": limits.unbound_s,
        }
        for fault in faults:
            if fault.severity in patience_s:
                about = (fault.severity, fault.reason, fault.container, fault.pod)
                yield _Trouble(about, patience_s[fault.severity], Failed(found.text))

    def _of_object(self, found: Pending) -> Iterator[_Trouble]:
        limits = self._limits
        patience_s = {"passing": limits.passing_s, "silent": limits.silent_s, "stopping": limits.stopping_s}
        if found.then is not None:
            yield _Trouble((found.patience,), patience_s[found.patience], found.then)
