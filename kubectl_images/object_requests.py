"""Requests about live objects, at the paths where the cluster serves their kinds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from urllib.parse import quote

from .kinds import Kinds
from .kube_answers import Answer
from .kube_client import JSON, KubeClient, Query
from .kube_stream import Stream
from .objects import Body, ObjectKey, Resource


class ObjectRequests:
    """Sends requests about objects; safe to use from several threads."""

    def __init__(self, client: KubeClient, kinds: Kinds) -> None:
        self._client = client
        self._kinds = kinds

    def send(
        self,
        method: str,
        key: ObjectKey,
        resource: Resource,
        query: Query = (),
        *,
        body: Body | list[Body] | None = None,
        content_type: str = JSON,
        may_repeat: bool = False,
    ) -> Answer:
        """Return the answer for an object, or for all of its kind (`name` ""); as KubeClient.request does.

        What another run has left about its kind may be wrong by now, so a path that is not there is asked about.
        """
        sent = partial(
            self._client.request, method, query=query, body=body, content_type=content_type, may_repeat=may_repeat
        )
        answer = sent(_path(key, resource))
        if answer.status != 404 or answer.is_without_namespace or is_missing(answer, key):
            return answer
        now = self._kinds.confirmed(key.api_version, key.kind)
        return answer if now in {None, resource} else sent(_path(key, now))

    def watch(
        self, key: ObjectKey, resource: Resource, version: str, selected: Query, silent_s: float
    ) -> Answer | Stream:
        """Return what happens to the objects of a kind and namespace after a version of their list, or the refusal."""
        query = [("watch", "true"), ("resourceVersion", version), ("allowWatchBookmarks", "true")]
        query += [("timeoutSeconds", f"{silent_s:.0f}"), *selected]
        return self._client.stream(_path(replace(key, name=""), resource), query, silent_s=silent_s + 10)


def is_missing(answer: Answer, key: ObjectKey) -> bool:
    """Tell whether the object alone is not there, for its path is served."""
    return answer.status == 404 and bool(key.name) and answer.named == key.name


def selection(key: ObjectKey, fields: str) -> Query:
    """Return the part of a query that picks the object that a key names, if it does, and what has these fields."""
    selectors = [selector for selector in (f"metadata.name={key.name}" if key.name else "", fields) if selector]
    return [("fieldSelector", ",".join(selectors))] if selectors else []


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _path(key: ObjectKey, resource: Resource) -> str:
    namespace = f"/namespaces/{quote(key.namespace, safe='')}" if resource.namespaced and key.namespace else ""
    name = f"/{quote(key.name, safe='')}" if key.name else ""
    return f"{_root(key.api_version)}{namespace}/{resource.plural}{name}"
