"""What is being done at this moment, and what has become of the rest: told by whoever works on it, from any thread."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TypeVar

from .objects import ObjectKey


class Ended(Protocol):
    """What a piece of work comes to."""

    @property
    def status(self) -> str:
        """What became of the object: `created`."""
        ...


_Result = TypeVar("_Result", bound=Ended)


class UnderWay:
    """The objects that are being worked on; `show` shows a line in the place of the one before, "" none."""

    def __init__(self, show: Callable[[str], None] = lambda _text: None) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._began = 0
        self._became: Counter[str] = Counter()
        self._awaited: dict[ObjectKey, tuple[float, str]] = {}
        self._shown = ""

    def follows(self, key: ObjectKey, work: Callable[[], _Result]) -> _Result:
        """Do the work on an object, count it as long as it lasts, and then what became of the object."""
        with self._lock:
            self._began += 1
        result = work()
        with self._lock:
            self._became[result.status] += 1
            if self._awaited.pop(key, None):
                self._tell()
        return result

    def waits(self, key: ObjectKey, text: str) -> None:
        """Show that an object is waited for, and what it is about: `is being deleted`."""
        with self._lock:
            since, _ = self._awaited.get(key, (time.monotonic(), ""))
            self._awaited[key] = since, text
            self._tell()

    def _tell(self) -> None:
        """Show for what is waited, where that is something else than is shown."""
        line = ""
        if self._awaited:
            key, (since, text) = next(iter(self._awaited.items()))
            more = len(self._awaited) - 1
            rest = f"; {more} more {'object' if more == 1 else 'objects'}" if more else ""
            line = f"waiting {time.monotonic() - since:.0f} s: {key} {text}{rest}"
        if line != self._shown:
            self._shown = line
            self._show(line)

    def is_done(self, total: int) -> bool:
        """Tell whether the work on all of so many objects has ended."""
        with self._lock:
            return sum(self._became.values()) == total

    def how_far(self, total: int, verb: str) -> str:
        """Return `26 deleted, 3 applied, 27 not tried` of so many objects; `verb` is what is done to them: applied."""
        with self._lock:
            became, began = self._became, self._began
            own = ("deleted", "unchanged", "failed")
            counts = {
                "deleted": became["deleted"],
                verb: sum(count for status, count in became.items() if status not in own),
                "unchanged": became["unchanged"],
                "failed": became["failed"],
                "being worked on, and perhaps done": began - sum(became.values()),
                "not tried": total - began,
            }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)
