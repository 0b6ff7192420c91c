"""What is known of the objects that are waited for, and of what is around them, as the news of followers tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .errors import ClusterError
from .following import Change, Lost, Refused, Scope, Snapshot
from .objects import Body, ObjectKey
from .workload_faults import Neighbours, neighbours


class LiveView:
    """The last known state of objects: `live` by their keys, and which of them are `gone`.

    `lost` is since when the server has not answered for a scope, and how it failed.
    """

    def __init__(self, live: Mapping[ObjectKey, Body]) -> None:
        self.live = dict(live)
        self.gone: set[ObjectKey] = set()
        self.lost: dict[Scope, tuple[float, ClusterError]] = {}
        self._around: dict[Scope, dict[str, Body]] = {}
        self._heard: dict[Scope, bool] = {}

    @property
    def is_complete(self) -> bool:
        """Whether there was news of every scope, so that a failure can be told with its reason."""
        return all(self._heard.values())

    def follow(self, scopes: Iterable[Scope]) -> None:
        """Take news of these scopes from now on, and forget what is around in others."""
        self._heard = {scope: self._heard.get(scope, False) for scope in scopes}
        self.lost = {scope: lost for scope, lost in self.lost.items() if scope in self._heard}
        self._around = {scope: bodies for scope, bodies in self._around.items() if scope in self._heard}

    def neighbours(self, stale_before: str) -> Neighbours:
        """Return what is around the workloads; events before this time explain nothing any more."""
        replica_sets, pods, events = (self._of_kind(kind) for kind in ("ReplicaSet", "Pod", "Event"))
        return neighbours(replica_sets, pods, events, stale_before=stale_before)

    def take(self, news: Snapshot | Change | Refused | Lost, now: float) -> None:
        """Take in what a follower tells."""
        if news.scope not in self._heard:
            return
        self._heard[news.scope] = True
        if isinstance(news, Lost):
            self.lost.setdefault(news.scope, (now, news.error))
            return
        self.lost.pop(news.scope, None)
        match news:
            case Snapshot(scope, bodies) if scope.keys:
                for key in scope.keys:
                    self._put(key, bodies.get(key.name), gone=key.name not in bodies)
            case Snapshot(scope, bodies):
                self._around[scope] = dict(bodies)
            case Change(scope, body, gone) if scope.keys:
                self._put(replace(scope.key, name=body["metadata"]["name"]), body, gone=gone)
            case Change(scope, body, gone):
                known = self._around.setdefault(scope, {})
                known[body["metadata"]["name"]] = body
                if gone:
                    del known[body["metadata"]["name"]]
            case Refused(scope):
                # What was seen before would never change any more.
                self._around.pop(scope, None)

    def _put(self, key: ObjectKey, body: Body | None, *, gone: bool) -> None:
        """Keep the state of an object, when it is one of ours: the last one of what is gone says how it ended."""
        if key not in self.live:
            return
        if body is not None:
            self.live[key] = body
        (self.gone.add if gone else self.gone.discard)(key)

    def _of_kind(self, kind: str) -> list[Body]:
        return [body for scope, bodies in self._around.items() if scope.key.kind == kind for body in bodies.values()]
