"""When a request is worth another attempt, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .unreachable import is_distrust

if TYPE_CHECKING:
    from urllib3.exceptions import HTTPError

_JITTER = random.SystemRandom()


@dataclass(frozen=True)
class Retries:
    """How often a request that may be sent again is tried, and the waits between: doubled, and up to the last.

    A server that asks for more has it, up to `longest_asked_s`.
    """

    tries: int = 6
    first_wait_s: float = 0.25
    longest_wait_s: float = 20.0
    longest_asked_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, failures: int, retry_after: str | None) -> float:
        """Return how long to wait after so many failures; what the server asks for goes first."""
        is_number = retry_after is not None and retry_after.isascii() and retry_after.isdigit()
        asked = float(retry_after or 0) if is_number else 0.0
        own = self.first_wait_s * float(2 ** (failures - 1)) * _JITTER.uniform(0.75, 1.25)
        return max(min(asked, self.longest_asked_s), min(own, self.longest_wait_s))


def may_pass(exc: HTTPError, *, has_answered: bool) -> bool:
    """Say whether a server that gave no answer may well give one a little later; one that never did is not there."""
    from urllib3 import exceptions

    # It closed a kept connection, or restarts.
    if isinstance(exc, exceptions.ProtocolError):
        return True
    # While it restarts nobody listens, or what stands before it accepts connections and closes them.
    broken = (exceptions.SSLError, exceptions.NewConnectionError, exceptions.ConnectTimeoutError, exceptions.ProxyError)
    return has_answered and isinstance(exc, broken) and not is_distrust(exc)


def was_never_sent(exc: HTTPError) -> bool:
    """Say whether there was no connection over which anything could have been sent."""
    from urllib3 import exceptions

    return isinstance(exc, exceptions.NewConnectionError | exceptions.ConnectTimeoutError | exceptions.ProxyError)
