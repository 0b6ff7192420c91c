"""Waiting until what was applied is ready, or it is clear that it will not be.

It ends at once with a pod that cannot run: its image is not there, it crashes, its creation is denied. What may pass is
told at once, and is a failure only when it lasts: a ConfigMap or Secret that is missing may be made by a controller of
this very deploy, a full quota has room when old pods are gone, a cluster that is full may get a node.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from typing import Protocol

from .claim_faults import claim_faults
from .cluster import Cluster
from .errors import ClusterError, DeployError, ImagesError
from .followers import Followers
from .following import Broken, News, Refused
from .live_view import LiveView
from .objects import Body, ObjectKey
from .patience import Limits, Troubles
from .pod_faults import Fault
from .progress import Failed, Pending, Progress, Ready
from .readiness import progress, unbound_class
from .rollout import ROLLOUTS
from .wait_errors import Unready, in_vain, too_late
from .wait_scopes import around, scopes_of
from .workload_faults import Neighbours, blocking_fault, workload_faults

# Where much happens, several things are looked at together.
_TOGETHER_S = 0.05
# A kubelet tries again, and says so again, at least this often.
_STALE_S = 120
_MAY_PASS = {"passing", "unscheduled", "scaling", "unbound"}


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
        self._troubles = Troubles(limits)
        self._warned: set[tuple[object, ...]] = set()
        self._unscheduled: set[str] = set()
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._own = scopes_of(tuple(live))
        self._view = LiveView(live)
        self._followers = Followers(cluster, self._news.put, limits.poll_s)
        self._follow(())

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
        self._followers.close()

    def _follow(self, unclear: Collection[ObjectKey]) -> None:
        """Follow what is not ready, and what says why some of it is not."""
        own = [scope for scope in self._own if any(key in self._pending for key in scope.keys)]
        scopes = own + around(unclear, self._unscheduled)
        self._view.follow(scopes)
        self._followers.follow(scopes)

    def _settle_s(self) -> float:
        """Return how long most things need to be ready, which nobody has to explain."""
        settle_s = self._limits.settle_s
        return min(settle_s, self._limits.timeout_s / 10) if self._limits.timeout_s else settle_s

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
        stale_before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - _STALE_S))
        neighbours = self._view.neighbours(stale_before)
        failed, unready = list[Unready](), list[Unready]()
        for key in list(self._pending):
            found, faults = self._state(key, neighbours, now)
            match found:
                case Ready(note):
                    del self._pending[key]
                    self._report.ready(key, note)
                case Failed(reason, command, advice):
                    failed.append(Unready(key, reason, faults, command, advice))
                case Pending(text):
                    self._pending[key] = text
                    unready.append(Unready(key, text, faults))
        is_settled = now - self._began >= self._settle_s()
        self._follow({item.key for item in (failed + unready if is_settled else failed)})
        if failed and self._view.is_complete:
            raise in_vain(failed, unready, self._kubectl)
        return failed + unready

    def _state(self, key: ObjectKey, neighbours: Neighbours, now: float) -> tuple[Progress, tuple[Fault, ...]]:
        """Return how far an object is, and what keeps it or its pods."""
        live = self._view.live[key]
        found = progress(live)
        if isinstance(found, Ready):
            return found, ()
        if key in self._view.gone:
            return Failed("it was deleted meanwhile", advice="the same command creates it again"), ()
        faults = _faults(key, live, neighbours)
        if isinstance(found, Failed):
            return found, faults
        if blocking := blocking_fault(live, neighbours):
            return _blocked(blocking), (blocking,)
        judged = self._troubles.judged(key, found, faults, now)
        if judged == found:
            self._tell(key, faults)
        return judged, faults

    def _tell(self, key: ObjectKey, faults: Iterable[Fault]) -> None:
        """Warn of what may pass."""
        for fault in faults:
            if fault.severity in _MAY_PASS:
                self._warn((key, fault.reason, fault.container), f"{key.in_full}: {fault}")
            if fault.severity == "unscheduled":
                self._unscheduled.add(key.namespace)

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


def _faults(key: ObjectKey, live: Body, neighbours: Neighbours) -> tuple[Fault, ...]:
    if (key.group, key.kind) in ROLLOUTS:
        return workload_faults(live, neighbours)
    return claim_faults(live, neighbours) if (key.group, key.kind) == ("", "PersistentVolumeClaim") else ()


def _blocked(fault: Fault) -> Failed:
    reason = f"pod {fault.pod} of the old revision blocks the rollout"
    return Failed(reason, f"delete pod {fault.pod}", "to let a new pod take its place")
