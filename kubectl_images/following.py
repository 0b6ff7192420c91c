"""Following live objects of a kind and namespace: they are listed, and then it is watched what happens to them.

Where they may not be watched they are listed every now and then, and where they may not be listed they are read one by
one. A watch that ends is begun anew where it ended, and with a list when the server does not know this place any more,
or when it had nothing to tell: something between may keep back what the server says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .cluster import Cluster
from .errors import ClusterError
from .objects import Body, ObjectKey
from .watches import Watch

# A watch is begun anew so often; a connection that was cut without a word is noticed as soon.
_WATCH_S = 60.0
# A server is busy with long lists for a tenth of the time at most.
_REST = 10


@dataclass(frozen=True)
class Scope:
    """What is followed: the objects of a kind and namespace, or the one that `key` names.

    `fields` is a field selector. `keys` are those to read one by one where they may not be listed; none: then they are
    not followed.
    """

    key: ObjectKey
    fields: str = ""
    keys: tuple[ObjectKey, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """All objects of a scope, by name."""

    scope: Scope
    bodies: Mapping[str, Body] = field(repr=False)


@dataclass(frozen=True)
class Change:
    """The new state of one object, or its last one when it is gone."""

    scope: Scope
    body: Body = field(repr=False)
    gone: bool = False


@dataclass(frozen=True)
class Refused:
    """The objects of a scope may not be read, and are not followed."""

    scope: Scope
    error: ClusterError


@dataclass(frozen=True)
class Lost:
    """The API server does not answer; it is asked again."""

    scope: Scope
    error: ClusterError


@dataclass(frozen=True)
class Broken:
    """A thread has ended for a reason that nobody expects."""

    error: BaseException


News = Snapshot | Change | Refused | Lost | Broken


class Reader:
    """Tells all objects of a scope, as often as it is asked to; `rest_s` is how long to leave the server alone then."""

    def __init__(self, cluster: Cluster, scope: Scope, tell: Callable[[News], None], pause_s: float) -> None:
        self._cluster = cluster
        self._scope = scope
        self._tell = tell
        self._pause_s = self.rest_s = pause_s
        self._may_list = True

    @property
    def may_read(self) -> bool:
        """Whether the objects may be read in some way."""
        return self._may_list or bool(self._scope.keys)

    def read(self) -> str:
        """Tell all objects, and return the version of their list; "" when there is none."""
        began = time.monotonic()
        try:
            version = self._read_list() if self._may_list else ""
            if not self._may_list and self._scope.keys:
                self._read_each()
        except ClusterError as exc:
            self.fail(exc)
            return ""
        self.rest_s = max(self._pause_s, _REST * (time.monotonic() - began))
        return version

    def fail(self, exc: ClusterError) -> None:
        """Tell that the server does not answer; raise what is no such error."""
        if exc.status and exc.status != 429 and exc.status < 500:
            raise exc
        self._tell(Lost(self._scope, exc))

    def _read_list(self) -> str:
        """Tell all objects and return the version of their list; "" when they may not be listed."""
        try:
            listed = self._cluster.list(self._scope.key, fields=self._scope.fields)
        except ClusterError as exc:
            if exc.status == 410:
                # The rest of a long list is not there any more.
                return ""
            if exc.status != 403:
                raise
            self._may_list = False
            if not self._scope.keys:
                self._tell(Refused(self._scope, exc))
            return ""
        self._tell(Snapshot(self._scope, _by_name(listed.items)))
        return listed.version

    def _read_each(self) -> None:
        found = [self._cluster.get(key) for key in self._scope.keys]
        self._tell(Snapshot(self._scope, _by_name([body for body in found if body is not None])))


class Follower:
    """A thread that tells the news of one scope until `close`."""

    def __init__(self, cluster: Cluster, scope: Scope, tell: Callable[[News], None], pause_s: float) -> None:
        self._cluster = cluster
        self._scope = scope
        self._tell = tell
        self._reader = Reader(cluster, scope, tell, pause_s)
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._watch: Watch | None = None
        self._may_watch = True
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Tell no more news, and end the watch."""
        with self._lock:
            self._closed.set()
            if self._watch is not None:
                self._watch.close()

    def _run(self) -> None:
        version = ""
        try:
            while not self._closed.is_set() and self._reader.may_read:
                version = version or self._reader.read()
                version = self._follow(version) if version and self._may_watch else ""
                self._closed.wait(self._reader.rest_s)
        except BaseException as exc:  # noqa: BLE001 - handed to the thread that waits for it
            if not self._closed.is_set():
                self._tell(Broken(exc))

    def _follow(self, version: str) -> str:
        """Tell what happens after a version until the watch ends; return the version to go on from, "" for a list."""
        try:
            watch = self._cluster.watch(self._scope.key, version, fields=self._scope.fields, silent_s=_WATCH_S)
        except ClusterError as exc:
            if exc.status == 403:
                self._may_watch = False
            elif exc.status != 410:
                self._reader.fail(exc)
            return ""
        with self._lock:
            self._watch = watch
            if self._closed.is_set():
                watch.close()
        last = ""
        for event in watch:
            if event.type == "ERROR":
                return ""
            last = event.body["metadata"].get("resourceVersion", version)
            if event.type != "BOOKMARK":
                self._tell(Change(self._scope, event.body, gone=event.type == "DELETED"))
        return last


def _by_name(bodies: Sequence[Body]) -> Mapping[str, Body]:
    return {body["metadata"]["name"]: body for body in bodies}
