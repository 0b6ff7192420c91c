"""What the user of registries decides: every limit, in one value that tests can shrink, and where words go."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol


class Clock(Protocol):
    """Time, as the module `time` has it."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def time(self) -> float:
        """Return the seconds since 1970."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


@dataclass(frozen=True)
class Policy:
    """The limits; a wait is one of `waits_s` times a random factor between the two of `jitter`."""

    connect_s: float = 5
    read_s: float = 30
    repository_s: float = 60
    helper_s: float = 30
    waits_s: tuple[float, ...] = (0.5, 1, 2)
    jitter: tuple[float, float] = (0.5, 1.5)
    # A registry that asks for a longer wait than this gets an error that says when to come back.
    longest_wait_s: float = 30
    at_once: int = 16
    at_once_per_host: int = 8
    # A host that could not be connected to this many times in a row is not asked again.
    dead_after: int = 3
    # Work that takes longer is worth a line that counts.
    status_after_s: float = 1
    max_list_bytes: int = 128 * 1024 * 1024
    # Errors and tokens.
    max_small_bytes: int = 64 * 1024
    max_pages: int = 1000
    max_tags: int = 1_000_000
    max_redirects: int = 10
    clock: Clock = time

    def within(self, timeout_s: float | None) -> Policy:
        """Return the policy in which no request, and no repository as a whole, takes longer than the user allows.

        0 allows any time, as kubectl's --request-timeout does; None leaves the policy as it is.
        """
        if timeout_s is None:
            return self
        if timeout_s == 0:
            return replace(self, connect_s=math.inf, read_s=math.inf, repository_s=math.inf)
        return replace(
            self,
            connect_s=min(self.connect_s, timeout_s),
            read_s=timeout_s,
            repository_s=timeout_s,
            helper_s=min(self.helper_s, timeout_s),
        )


@dataclass(frozen=True)
class Outlets:
    """Where words for the user go: warnings, what happens just now, and how far the work is ("" at its end)."""

    notice: Callable[[str], None]
    progress: Callable[[str], None]
    status: Callable[[str], None]
