"""Waiting until what was applied is ready, or it is clear that it will not be.

It ends at once with a pod that cannot run: its image is not there, it crashes, its creation is denied. What may pass is
told at once, and is a failure only when it lasts: a ConfigMap or Secret that is missing may be made by a controller of
this very deploy, a full quota has room when old pods are gone, a cluster that is full may get a node.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

from .cluster import Cluster
from .errors import ClusterError, DeployError, ImagesError
from .following import Broken, Follower, News, Refused, Scope, scopes_of
from .live_view import LiveView
from .objects import Body, ObjectKey
from .pod_faults import Fault
from .progress import READY, Failed, Pending, Ready
from .readiness import progress, unbound_class
from .rollout import ROLLOUTS
from .wait_errors import Unready, in_vain, named, too_late
from .workload_faults import Neighbours, workload_faults

# Where much happens, several things are looked at together.
_TOGETHER_S = 0.05


@dataclass(frozen=True)
class Limits:
    """How long to wait; `timeout_s` 0 is for ever.

    What may pass is a failure after `passing_s`, and a pod without a node after `unscheduled_s`. A custom resource that
    nobody says anything about counts as ready after `silent_s`. An API server that does not answer is asked again every
    `poll_s`, for `lost_s`.
    """

    timeout_s: float = 300
    passing_s: float = 10
    unscheduled_s: float = 30
    silent_s: float = 2
    lost_s: float = 60
    poll_s: float = 1


class Report(Protocol):
    """Whoever wants to know how it goes."""

    def ready(self, key: ObjectKey, note: str) -> None:
        """Learn that an object is ready, or by `note` why it is not waited for."""
        ...

    def waiting(self, waited_s: float, pending: Mapping[ObjectKey, str]) -> None:
        """Learn how far the others are, about every second."""
        ...

    def warn(self, text: str) -> None:
        """Learn what may come to nothing."""
        ...


def wait_for(cluster: Cluster, live: Mapping[ObjectKey, Body], limits: Limits, report: Report) -> None:
    """Wait until these objects are ready; `live` is their state after they were applied.

    Raises DeployError: at once when one of them will not be ready, or at the timeout.
    """
    pending = _to_wait_for(cluster, live, report)
    if pending:
        wait = _Wait(cluster, pending, limits, report)
        try:
            wait.run()
        finally:
            wait.close()


def _to_wait_for(cluster: Cluster, live: Mapping[ObjectKey, Body], report: Report) -> dict[ObjectKey, Body]:
    """Return the objects that are not ready; report those that are not waited for."""
    notes = cache(partial(_binding_note, cluster))
    pending: dict[ObjectKey, Body] = {}
    for key, body in live.items():
        found = progress(body)
        if isinstance(found, Pending) and (name := unbound_class(body)) and (note := notes(name)):
            found = Ready(note)
        if not isinstance(found, Ready):
            pending[key] = body
        elif found.note:
            report.ready(key, found.note)
    return pending


def _binding_note(cluster: Cluster, name: str) -> str:
    """Return why claims of a StorageClass are not waited for; "" when they are."""
    try:
        storage_class = cluster.get(ObjectKey("storage.k8s.io/v1", "StorageClass", "", name))
    except ClusterError as exc:
        if exc.status != 403:
            raise
        return f"its StorageClass {name} may not be read, which says when it is bound"
    mode = (storage_class or {}).get("volumeBindingMode")
    return "it is bound when the first pod uses it" if mode == "WaitForFirstConsumer" else ""


class _Wait:
    """The objects that are not ready yet, and all that is known about them."""

    def __init__(self, cluster: Cluster, live: Mapping[ObjectKey, Body], limits: Limits, report: Report) -> None:
        self._kubectl = cluster.kubectl
        self._limits = limits
        self._report = report
        self._began = time.monotonic()
        self._pending = dict.fromkeys(live, "")
        self._since: dict[tuple[ObjectKey, str], float] = {}
        self._warned: set[tuple[object, ...]] = set()
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        scopes = [*scopes_of(tuple(live)), *_around(live)]
        self._view = LiveView(live, scopes)
        self._followers = [Follower(cluster, scope, self._news.put, limits.poll_s) for scope in scopes]

    def run(self) -> None:
        """Return when all objects are ready; raise DeployError when that will not be, or not in time."""
        while self._pending:
            self._learn()
            now = time.monotonic()
            unready = self._judge(now)
            waited_s = now - self._began
            if self._pending and 0 < self._limits.timeout_s <= waited_s:
                raise too_late(self._limits.timeout_s, unready, self._kubectl)
            self._check_lost(now)
            self._report.waiting(waited_s, self._pending)

    def close(self) -> None:
        """End all watches."""
        for follower in self._followers:
            follower.close()

    def _learn(self) -> None:
        """Take in what happened, or wait for it for a while, or until the time is over."""
        tick_s = self._limits.poll_s
        left_s = self._began + self._limits.timeout_s - time.monotonic() if self._limits.timeout_s else tick_s
        until = time.monotonic() + max(0.0, min(tick_s, left_s))
        while (wait_s := until - time.monotonic()) >= 0:
            try:
                news = self._news.get(timeout=wait_s)
            except queue.Empty:
                return
            self._take(news)
            until = min(until, time.monotonic() + _TOGETHER_S)

    def _take(self, news: News) -> None:
        if isinstance(news, Broken):
            if isinstance(news.error, ImagesError):
                raise _not_known(news.error) from news.error
            raise news.error
        if isinstance(news, Refused):
            about = f"{news.error}; so it may not be known why something does not become ready"
            self._warn((news.scope.key.kind,), about)
        self._view.take(news, time.monotonic())

    def _judge(self, now: float) -> list[Unready]:
        """Report what is ready, and return what is not; raise DeployError when something will not be."""
        around = self._view.neighbours()
        failed, unready = list[Unready](), list[Unready]()
        since = self._since
        self._since = {}
        for key in list(self._pending):
            found, faults = self._state(key, around, since, now)
            match found:
                case Ready(note):
                    del self._pending[key]
                    self._report.ready(key, note)
                case Failed(reason, command):
                    failed.append(Unready(key, reason, faults, command))
                case Pending(text):
                    self._pending[key] = text
                    unready.append(Unready(key, text, faults))
        if failed and self._view.is_complete:
            raise in_vain(failed, unready, self._kubectl)
        return failed + unready

    def _state(
        self, key: ObjectKey, around: Neighbours, since: Mapping[tuple[ObjectKey, str], float], now: float
    ) -> tuple[Ready | Pending | Failed, tuple[Fault, ...]]:
        """Return how far an object is, and what keeps its pods; `since` is when each of its troubles began."""
        found = progress(self._view.live[key])
        if isinstance(found, Ready):
            return found, ()
        if key in self._view.gone:
            return Failed("it was deleted meanwhile"), ()
        faults = workload_faults(self._view.live[key], around) if (key.group, key.kind) in ROLLOUTS else ()
        if isinstance(found, Failed):
            return found, faults
        for trouble, patience_s in self._troubles(found, faults):
            began = self._since[key, trouble] = since.get((key, trouble), now)
            if now - began >= patience_s:
                return (READY if trouble == "silent" else Failed(found.text)), faults
        for fault in faults:
            if fault.severity in {"passing", "unscheduled"}:
                self._warn((key, fault.reason, fault.container), f"{named(key)}: {fault}")
        return found, faults

    def _troubles(self, found: Pending, faults: Iterable[Fault]) -> Iterable[tuple[str, float]]:
        """Return what must not last, and how long it may."""
        patience_s = {"final": 0.0, "passing": self._limits.passing_s, "unscheduled": self._limits.unscheduled_s}
        severities = dict.fromkeys(fault.severity for fault in faults)
        silent = [("silent", self._limits.silent_s)] if found.silent else []
        return silent + [(severity, patience_s[severity]) for severity in severities if severity in patience_s]

    def _warn(self, about: tuple[object, ...], text: str) -> None:
        """Warn once about each thing."""
        if about not in self._warned:
            self._warned.add(about)
            self._report.warn(text)

    def _check_lost(self, now: float) -> None:
        for scope, (began, error) in self._view.lost.items():
            if scope.keys and now - began >= self._limits.lost_s:
                raise _not_known(error) from error


def _not_known(error: ImagesError) -> DeployError:
    return DeployError(f"applied, but it is not known whether it is ready: {error}", hint=error.hint)


def _around(keys: Iterable[ObjectKey]) -> list[Scope]:
    """Return what else is followed for the sake of workloads: it says why they do not become ready."""
    workloads = {key for key in keys if (key.group, key.kind) in ROLLOUTS}
    scopes = []
    for namespace in sorted({key.namespace for key in workloads}):
        kinds = {key.kind for key in workloads if key.namespace == namespace}
        if "Deployment" in kinds:
            scopes.append(Scope(ObjectKey("apps/v1", "ReplicaSet", namespace, "")))
        if kinds != {"Pod"}:
            scopes.append(Scope(ObjectKey("v1", "Pod", namespace, "")))
        scopes.append(Scope(ObjectKey("v1", "Event", namespace, ""), fields="type=Warning"))
    return scopes
