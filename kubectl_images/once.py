"""Work that is done once, however many threads ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, NoReturn, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class _Cell(Generic[V]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    outcome: Callable[[], V] | None = None


class OncePerKey(Generic[K, V]):
    """Remembers, by key, what a computation returned, or which of the `expected` errors it raised."""

    def __init__(self, *expected: type[Exception]) -> None:
        self._expected = expected
        self._lock = threading.Lock()
        self._cells: dict[K, _Cell[V]] = {}

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """Return the key's value; the first thread computes it, those that come meanwhile wait for it."""
        with self._lock:
            cell = self._cells.setdefault(key, _Cell())
        with cell.lock:
            if cell.outcome is None:
                cell.outcome = self._outcome(compute)
        return cell.outcome()

    def forget(self, key: K, is_stale: Callable[[V], bool]) -> None:
        """Let the next `get` compute the value anew, unless somebody did already: only a stale one is dropped."""
        with self._lock:
            cell = self._cells.get(key)
            if cell is None or cell.outcome is None:
                return
            try:
                drop = is_stale(cell.outcome())
            except self._expected:
                drop = True
            if drop:
                del self._cells[key]

    def _outcome(self, compute: Callable[[], V]) -> Callable[[], V]:
        try:
            value = compute()
        except self._expected as exc:
            return _raising(exc)
        return lambda: value


def _raising(error: Exception) -> Callable[[], NoReturn]:
    def outcome() -> NoReturn:
        raise error

    return outcome
