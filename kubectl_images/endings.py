"""How the process ends before its work is done: by Ctrl-C, when it is told to, or when its terminal goes away."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType


class _ToldError(KeyboardInterrupt):
    """The process was told to end, by a signal: what is under way ends as by Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def listen() -> None:
    """Take the signals that tell the process to end for a KeyboardInterrupt."""
    for name in ("SIGTERM", "SIGHUP"):
        # Windows has no terminals that hang up.
        number = getattr(signal, name, None)
        # Who starts us by nohup wants us to outlive the terminal.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _told)


def _told(number: int, _frame: FrameType | None) -> NoReturn:
    raise _ToldError(number)


def code_of(interrupt: KeyboardInterrupt) -> int:
    """Return the exit code that tells of an interruption, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + (interrupt.number if isinstance(interrupt, _ToldError) else signal.SIGINT)


def end_at_once(code: int) -> NoReturn:
    """End without waiting for the requests that are under way in other threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError):
            stream.flush()
    # What others want done at the end, such as removing files, is done; waiting for threads is not among it.
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to have one without the other
    os._exit(code)
