"""The cluster as the rest of the program sees it: read live objects, apply objects, know kinds."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

from .access import Access
from .cluster_errors import no_answer, no_api_server, not_served, refusal
from .errors import ClusterError
from .kube_client import APPLY_PATCH, MOST_CONNECTIONS, Answer, KubeClient, Retries
from .objects import Body, ObjectKey, Resource, built_in

# Our name in managedFields; what we own is found by it, so it never changes.
FIELD_MANAGER = "kubectl-images"
_PAGE_SIZE = 500

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Applied:
    """What the server made of an object; `created` says that it was not there before."""

    live: Body = field(repr=False)
    created: bool
    warnings: tuple[str, ...] = ()


class Cluster:
    """One API server; safe to use from several threads, at most 8 requests at a time."""

    def __init__(self, access: Access, *, retries: Retries | None = None) -> None:
        self._access = access
        self._client = KubeClient(access, retries)
        self._lock = threading.Lock()
        self._kinds: dict[str, Mapping[str, Resource]] = {}

    @property
    def namespace(self) -> str:
        """The namespace for objects that name none."""
        return self._access.namespace

    @property
    def context(self) -> str:
        """The kubeconfig's name for this cluster and login; "" when there is none."""
        return self._access.context

    @property
    def server(self) -> str:
        """The API server's URL."""
        return self._access.server

    def resource(self, api_version: str, kind: str) -> Resource | None:
        """Return how a kind is served; None when the cluster does not know it (yet).

        Built-in kinds need no request, the others one for each group and version.
        """
        known = built_in(api_version, kind)
        return known or self._served(api_version).get(kind)

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when it, its namespace or its kind is not there."""
        resource = self.resource(key.api_version, key.kind)
        if resource is None:
            return None
        answer = self._client.request("GET", _path(key, resource))
        return self._found(answer, key)

    def read_live(self, keys: Collection[ObjectKey]) -> dict[ObjectKey, Body]:
        """Return the live objects among `keys`: one list for several of a kind and namespace, else single reads.

        Objects that are not there are left out. A kind that may not be listed is read one by one.
        """
        several, single = _grouped(keys)
        listed = _parallel(self._read_list, several)
        refused = [key for group, found in zip(several, listed, strict=True) if found is None for key in group]
        alone = [*single, *refused]
        live = {key: body for found in listed if found is not None for key, body in found.items()}
        live |= {key: body for key, body in zip(alone, _parallel(self.get, alone), strict=True) if body is not None}
        return live

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply an object on the server's side as `kubectl-images`; with `dry_run` nothing is stored.

        Raises ClusterError: an unknown field, a conflict (unless `force`), no right, no such namespace or kind.
        """
        resource = self.resource(key.api_version, key.kind) or self._asked_again(key.api_version).get(key.kind)
        failed = "the server refuses" if dry_run else "cannot apply"
        if resource is None:
            raise not_served(self._access, failed, key, self._versions)
        query = [
            ("fieldManager", FIELD_MANAGER),
            ("fieldValidation", "Strict"),
            ("force", "true" if force else "false"),
        ]
        if dry_run:
            query.append(("dryRun", "All"))
        try:
            answer = self._client.request("PATCH", _path(key, resource), query, body=body, content_type=APPLY_PATCH)
        except ClusterError as exc:
            raise no_answer(exc, "cannot check" if dry_run else "cannot apply", key) from exc
        live = answer.json()
        if answer.status == 404 and not answer.message.startswith("namespaces "):
            raise not_served(self._access, failed, key, self._versions)
        if answer.status not in {200, 201}:
            raise refusal(self._access, answer, failed, key, body)
        if live is None:
            raise no_api_server(self._access, answer)
        return Applied(live, created=answer.status == 201, warnings=answer.warnings)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()

    def _served(self, api_version: str) -> Mapping[str, Resource]:
        with self._lock:
            if api_version not in self._kinds:
                self._kinds[api_version] = self._discover(api_version)
            return self._kinds[api_version]

    def _asked_again(self, api_version: str) -> Mapping[str, Resource]:
        """Ask for the kinds once more: the definition of a new kind may have been applied meanwhile."""
        with self._lock:
            self._kinds.pop(api_version, None)
        return self._served(api_version)

    def _discover(self, api_version: str) -> Mapping[str, Resource]:
        answer = self._client.request("GET", _root(api_version))
        body = self._found(answer, ObjectKey(api_version, "kinds", "", ""), "list")
        resources = (body or {}).get("resources") or []
        # Names with a slash are parts of objects, such as deployments/scale.
        return {
            item["kind"]: Resource(item["name"], bool(item["namespaced"]))
            for item in resources
            if "/" not in item["name"]
        }

    def _versions(self, group: str) -> Sequence[str]:
        """Return the API versions of a group that are served; the preferred one comes first."""
        if not group:
            return ("v1",)
        found = (self._client.request("GET", f"/apis/{group}").json() or {}).get("versions") or []
        return tuple(version["groupVersion"] for version in found)

    def _read_list(self, keys: Sequence[ObjectKey]) -> dict[ObjectKey, Body] | None:
        """Return the live ones of several keys of one kind and namespace; None when they cannot be listed."""
        first = keys[0]
        resource = self.resource(first.api_version, first.kind)
        if resource is None:
            return {}
        wanted = {key.name: key for key in keys}
        one_kind = ObjectKey(first.api_version, first.kind, first.namespace, "")
        try:
            bodies = list(self._pages(one_kind, resource))
        except ClusterError as exc:
            # 410: the list changed so much between two pages that the rest is no longer there.
            if exc.status in {403, 410}:
                return None
            raise
        names = ((body["metadata"]["name"], body) for body in bodies)
        return {wanted[name]: body for name, body in names if name in wanted}

    def _pages(self, key: ObjectKey, resource: Resource) -> Iterator[Body]:
        query = [("limit", str(_PAGE_SIZE))]
        token = ""
        while True:
            answer = self._client.request("GET", _path(key, resource), query + ([("continue", token)] if token else []))
            page = self._found(answer, key, "list") or {}
            for item in page.get("items") or []:
                # Items of a list do not repeat what they are.
                yield {"apiVersion": key.api_version, "kind": key.kind, **item}
            token = page.get("metadata", {}).get("continue", "")
            if not token:
                return

    def _found(self, answer: Answer, key: ObjectKey, verb: str = "read") -> Body | None:
        body = answer.json()
        if answer.status == 200 and body is not None:
            return body
        if answer.status == 404 and (body is not None or answer.body == b"404 page not found\n"):
            return None
        if answer.status in {200, 404}:
            raise no_api_server(self._access, answer)
        raise refusal(self._access, answer, f"cannot {verb}", key)


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _path(key: ObjectKey, resource: Resource) -> str:
    namespace = f"/namespaces/{quote(key.namespace, safe='')}" if resource.namespaced and key.namespace else ""
    name = f"/{quote(key.name, safe='')}" if key.name else ""
    return f"{_root(key.api_version)}{namespace}/{resource.plural}{name}"


def _grouped(keys: Collection[ObjectKey]) -> tuple[list[list[ObjectKey]], list[ObjectKey]]:
    """Return the keys that share kind and namespace with others, by these, and the keys that stand alone."""
    groups: dict[tuple[str, str, str], list[ObjectKey]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        groups[key.api_version, key.kind, key.namespace].append(key)
    several = [group for group in groups.values() if len(group) > 1]
    return several, [key for group in groups.values() if len(group) == 1 for key in group]


def _parallel(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Return the results in order, 8 at a time; the first failure, or Ctrl-C, starts no further ones."""
    if len(items) < 2:
        return [function(item) for item in items]
    executor = ThreadPoolExecutor(min(len(items), MOST_CONNECTIONS))
    try:
        return list(executor.map(function, items))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
