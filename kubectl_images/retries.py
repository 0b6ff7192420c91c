"""Trying again: which faults are worth it, how long to wait, and when there is no time left."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .registry_answers import Kind, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .host_pace import Pace
    from .registry_policy import Clock, Policy

T = TypeVar("T")
_RANDOM = random.SystemRandom()


@dataclass
class Deadline:
    """The moment at which the work on one repository ends; waiting for its turn at the host does not count."""

    at: float
    limit_s: float
    clock: Clock

    @classmethod
    def of(cls, policy: Policy) -> Deadline:
        """Return the deadline of a repository whose work begins now."""
        return cls(policy.clock.monotonic() + policy.repository_s, policy.repository_s, policy.clock)

    def extend(self, seconds: float) -> None:
        """Allow that much more."""
        self.at += seconds

    def left_s(self) -> float:
        """Return the seconds that are left, always more than 0. Raises a RequestError when there are none."""
        left_s = self.at - self.clock.monotonic()
        if left_s > 0:
            return left_s
        raise RequestError(
            f"its answer was not complete after {self.limit_s:g} s",
            hint="try again, or allow more with --request-timeout",
        )


def retrying(attempt: Callable[[], T], policy: Policy, pace: Pace, deadline: Deadline) -> T:
    """Return the attempt's result, trying again after the faults that allow it.

    Raises the last RequestError as final: when its tries are used up, or when the wait it needs is too long.
    """
    count = 0
    while True:
        pace.check()
        queued_at = policy.clock.monotonic()
        with pace.turn() as turn:
            deadline.extend(policy.clock.monotonic() - queued_at)
            try:
                result = attempt()
            except RequestError as exc:
                fault, wait_s = exc, _wait_s(exc, count + 1, policy)
                _tell_the_others(fault, wait_s, pace, turn, policy)
            else:
                pace.answered()
                return result
        count += 1
        if count >= fault.tries:
            pace.gave_up(fault)
            raise fault.final() from fault
        if wait_s > policy.longest_wait_s or wait_s >= deadline.left_s():
            raise _too_long(fault, wait_s, policy) from fault
        _announce(fault, wait_s, pace)
        if fault.kind is not Kind.LIMITED:
            policy.clock.sleep(wait_s)


def _tell_the_others(fault: RequestError, wait_s: float, pace: Pace, turn: int, policy: Policy) -> None:
    """Let everyone who talks to the host know that it limits requests, before the place is free for the next."""
    if fault.kind is not Kind.LIMITED:
        return
    if wait_s > policy.longest_wait_s:
        pace.stop(_too_long(fault, wait_s, policy))
    else:
        pace.limited(turn, wait_s)


def _wait_s(fault: RequestError, count: int, policy: Policy) -> float:
    if fault.wait_s is not None:
        return fault.wait_s
    # A kept connection that the other side closed meanwhile is no sign of trouble: a new one is tried at once.
    if fault.kind is Kind.CLOSED and count == 1:
        return 0
    return policy.waits_s[min(count, len(policy.waits_s)) - 1] * _RANDOM.uniform(*policy.jitter)


def _too_long(fault: RequestError, wait_s: float, policy: Policy) -> RequestError:
    if fault.wait_s is None:
        return fault.final()
    moment = time.strftime("%H:%M", time.localtime(policy.clock.time() + wait_s))
    return RequestError(f"{fault.cause}; it allows the next request at {moment}, in {_span(wait_s)}", hint=fault.hint)


def _announce(fault: RequestError, wait_s: float, pace: Pace) -> None:
    # A retry that succeeds is silent; only a registry that says itself that it is in trouble is worth a line.
    if wait_s and (fault.kind is Kind.LIMITED or fault.cause.startswith("it has a problem")):
        pace.progress(f"{pace.host}: {fault.cause}; waiting {_span(wait_s)}")


def _span(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
