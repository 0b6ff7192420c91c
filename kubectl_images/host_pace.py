"""How one host wants to be asked: pauses it asked for, how many requests at once it takes, and whether it is dead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .registry_answers import Kind, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry_policy import Policy

_NO_CONNECTION = frozenset({Kind.NOT_THERE, Kind.UNREACHABLE, Kind.PLAIN_HTTP, Kind.TLS})


class Pace:
    """The state that all threads which talk to one host share; `progress` takes what they wait for."""

    def __init__(self, host: str, policy: Policy, progress: Callable[[str], None]) -> None:
        self.host = host
        self.progress = progress
        self._policy = policy
        self._changed = threading.Condition()
        self._at_once = policy.at_once_per_host
        self._running = 0
        self._resume_at = 0.0
        self._pauses = 0
        self._faults_in_a_row = 0
        self._dead: RequestError | None = None

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Wait until the host may be asked, and hold one of its places; yields what `limited` wants to know."""
        while (pauses := self._taken_place()) is None:
            pause_s = self._resume_at - self._policy.clock.monotonic()
            if pause_s > 0:
                self._policy.clock.sleep(pause_s)
        try:
            yield pauses
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify()

    def _taken_place(self) -> int | None:
        """Take one of the places as soon as one is free; None when the host wants a pause first."""
        with self._changed:
            while self._running >= self._at_once and not self._dead:
                self._changed.wait()
            self.check()
            if self._resume_at > self._policy.clock.monotonic():
                # Whoever waits for a place waits for the pause as well.
                self._changed.notify()
                return None
            self._running += 1
            return self._pauses

    def limited(self, turn: int, wait_s: float) -> None:
        """Let everyone pause after a 429, and ask half as much at once; answers to one burst of requests count once."""
        with self._changed:
            self._resume_at = max(self._resume_at, self._policy.clock.monotonic() + wait_s)
            if turn == self._pauses:
                self._pauses += 1
                self._at_once = max(1, self._at_once // 2)

    def answered(self) -> None:
        """Note that the host lives."""
        with self._changed:
            self._faults_in_a_row = 0

    def gave_up(self, fault: RequestError) -> None:
        """Note that a request was given up; after some without any connection in a row, the host counts as dead."""
        with self._changed:
            if fault.kind in _NO_CONNECTION:
                self._faults_in_a_row += 1
                if self._faults_in_a_row >= self._policy.dead_after:
                    self._give_up_host(fault)
            elif fault.kind is not Kind.CLOSED:
                self._faults_in_a_row = 0

    def stop(self, fault: RequestError) -> None:
        """Ask the host no more: it said that it will not answer for longer than anybody waits."""
        with self._changed:
            self._give_up_host(fault)

    def _give_up_host(self, fault: RequestError) -> None:
        self._dead = fault
        # A place that gets free wakes one of those who wait for it; now all of them have to know.
        self._changed.notify_all()

    def check(self) -> None:
        """Raise what the last requests ended in, when the host is not to be asked any more."""
        if self._dead:
            raise self._dead


class Paces:
    """One Pace for each host, made when it is first asked for."""

    def __init__(self, policy: Policy, progress: Callable[[str], None]) -> None:
        self._policy = policy
        self._progress = progress
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}

    def of(self, host: str) -> Pace:
        """Return the pace of a host, which may have a port."""
        with self._lock:
            return self._paces.setdefault(host, Pace(host, self._policy, self._progress))
