"""Asking many registries at once: some threads for each host, and a count for whoever watches."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from .errors import RegistryError
from .registry_policy import Clock, Policy

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
# What is done and how much there is, for each host that is not done yet; empty at the end.
Status = Callable[[Mapping[str, tuple[int, int]]], None]


def ask_all(
    work: Mapping[K, Callable[[], V]], host_of: Callable[[K], str], policy: Policy, status: Status
) -> dict[K, V | RegistryError]:
    """Return what each piece of work returned, or the RegistryError it ended in, in their order.

    Anything else that is raised goes on to the caller. The threads never keep the process from ending.
    """
    done: queue.SimpleQueue[tuple[K, V | BaseException]] = queue.SimpleQueue()
    by_host: dict[str, list[K]] = {}
    for key in work:
        by_host.setdefault(host_of(key), []).append(key)
    for keys in by_host.values():
        _start_threads(keys, work, done, policy.at_once_per_host)
    count = _Count(policy.clock, policy.status_after_s, status, {host: len(keys) for host, keys in by_host.items()})
    found: dict[K, V | RegistryError] = {}
    try:
        while len(found) < len(work):
            try:
                key, outcome = done.get(timeout=policy.status_after_s or None)
            except queue.Empty:
                count.show()
                continue
            if isinstance(outcome, BaseException) and not isinstance(outcome, RegistryError):
                raise outcome
            found[key] = outcome
            count.add(host_of(key))
    finally:
        count.end()
    return {key: found[key] for key in work}


def _start_threads(
    keys: Iterable[K],
    work: Mapping[K, Callable[[], V]],
    done: queue.SimpleQueue[tuple[K, V | BaseException]],
    at_once: int,
) -> None:
    keys = list(keys)
    waiting = iter(keys)
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                if (key := next(waiting, None)) is None:
                    return
            try:
                done.put((key, work[key]()))
            except BaseException as exc:  # noqa: BLE001 - handed to the thread that waits for it
                done.put((key, exc))

    for _ in range(min(len(keys), at_once)):
        threading.Thread(target=run, daemon=True).start()


@dataclass
class _Count:
    """Says how far the work is, once it has taken a while."""

    clock: Clock
    after_s: float
    status: Status
    totals: Mapping[str, int]
    done: Counter[str] = field(default_factory=Counter)
    began: float = field(init=False)
    shown: bool = False

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()

    def add(self, host: str) -> None:
        self.done[host] += 1
        self.show()

    def show(self) -> None:
        if self.clock.monotonic() - self.began < self.after_s:
            return
        counts = {host: (self.done[host], total) for host, total in self.totals.items() if self.done[host] < total}
        if counts:
            self.status(counts)
            self.shown = True

    def end(self) -> None:
        if self.shown:
            self.status({})
