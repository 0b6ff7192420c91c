"""The cluster as the rest of the program sees it: read live objects, apply objects, know kinds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import discovery_cache
from .access import Access
from .cluster_errors import no_answer, not_served, refusal
from .discovery import ServedKind
from .errors import ClusterError
from .kinds import Kinds
from .kube_answers import Answer
from .kube_client import APPLY_PATCH, JSON_PATCH, KubeClient, Query
from .kube_commands import kubectl
from .kube_retries import Retries
from .many_reads import read_many
from .object_answers import check_deleted, list_of, object_of, written_of
from .object_requests import ObjectRequests, selection
from .objects import Body, ObjectKey, Resource
from .watches import Listed, Watch

# Our name in managedFields; what we own is found by it, so it never changes.
FIELD_MANAGER = "kubectl-images"
_PAGE_SIZE = 500
_DRY_RUN = {False: (), True: (("dryRun", "All"),)}


@dataclass(frozen=True)
class Applied:
    """What the server made of an object; `created` says that it was not there before."""

    live: Body = field(repr=False)
    created: bool
    warnings: tuple[str, ...] = ()


class Cluster:
    """One API server; safe to use from several threads, at most 8 requests at a time.

    `progress` is told of waits that take long. Below `cache_directory` it is kept which kinds a cluster serves.
    """

    def __init__(
        self,
        access: Access,
        *,
        retries: Retries | None = None,
        progress: Callable[[str], None] | None = None,
        cache_directory: Path | None = None,
    ) -> None:
        self._access = access
        self._client = KubeClient(access, retries, progress)
        cache_file = discovery_cache.file_for(cache_directory, access) if cache_directory else None
        self._kinds = Kinds(self._client, cache_file)
        self._requests = ObjectRequests(self._client, self._kinds)

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
        """Return how a kind is served; None when the cluster does not know it (yet)."""
        return self._kinds.resource(api_version, kind)

    def serves(self, api_version: str, kind: str) -> bool:
        """Say whether the cluster serves a kind now, by asking it."""
        return self._kinds.asked_again(api_version, kind) is not None

    def words(self, api_version: str, kind: str) -> Sequence[str]:
        """Return what a custom kind is called besides: plural, singular and short names; empty for an unknown one."""
        return self._kinds.words(api_version, kind)

    def kinds_named(self, kind: str, group: str | None) -> Sequence[ServedKind]:
        """Return the kinds with this name in a group (None: in any), each in the version that its group prefers."""
        return self._kinds.named(kind, group)

    def get(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when it, its namespace or its kind is not there."""
        resource = _for(key, "cannot read", self._kinds.resource)
        if resource is None:
            return None
        return object_of(self._access, self._requests.send("GET", key, resource), "cannot read", key)

    def read_live(self, keys: Collection[ObjectKey]) -> dict[ObjectKey, Body]:
        """Return the live objects among `keys`: one list for several of a kind and namespace, else single reads.

        Objects that are not there are left out. A kind that may not be listed is read one by one.
        """
        return read_many(self, keys)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        """Apply an object on the server's side as `kubectl-images`; with `dry_run` nothing is stored.

        Raises ClusterError: an unknown field, a conflict (unless `force`), no right, no such namespace or kind.
        """
        failed = "the server refuses" if dry_run else "cannot apply"
        resource = self._resource(failed, key)
        query = [
            ("fieldManager", FIELD_MANAGER),
            ("fieldValidation", "Strict"),
            ("force", "true" if force else "false"),
            *_DRY_RUN[dry_run],
        ]
        try:
            answer = self._requests.send("PATCH", key, resource, query, body=body, content_type=APPLY_PATCH)
        except ClusterError as exc:
            raise no_answer(exc, "cannot check" if dry_run else "cannot apply", key) from exc
        live = self._written(answer, failed, key, body)
        return Applied(live, created=answer.status == 201, warnings=answer.warnings)

    def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Applied:
        """Change a live object by a JSON patch (RFC 6902) as `kubectl-images`; with `dry_run` nothing is stored.

        Raises ClusterError: 404 when it is not there, 409 when its resourceVersion is not the one that the patch
        sets, 422 when a test of the patch fails or a value is refused.
        """
        failed = "the server refuses" if dry_run else "cannot change"
        resource = self._resource(failed, key)
        query = [("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict"), *_DRY_RUN[dry_run]]
        try:
            answer = self._requests.send(
                "PATCH",
                key,
                resource,
                query,
                body=operations,
                content_type=JSON_PATCH,
                may_repeat=dry_run or _sets_version(operations),
            )
        except ClusterError as exc:
            raise no_answer(exc, "cannot check" if dry_run else "cannot change", key) from exc
        return Applied(self._written(answer, failed, key, None), created=False, warnings=answer.warnings)

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        """Begin to delete an object as it was read, and what belongs to it, which ends later; or only ask whether one may.

        A `resource_version` of "" is any. Raises ClusterError: 409 when the object is another one, or was changed. One
        that is not there is fine, and one that is being deleted, as by a request of ours whose answer was lost.
        """
        resource = self._resource("cannot delete", key)
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": "Background",
            "preconditions": {"uid": uid, **({"resourceVersion": resource_version} if resource_version else {})},
            **({"dryRun": ["All"]} if dry_run else {}),
        }
        try:
            # Its preconditions let it meet no object but this one.
            answer = self._requests.send("DELETE", key, resource, body=options, may_repeat=True)
        except ClusterError as exc:
            raise no_answer(exc, "cannot delete", key) from exc
        if answer.status == 409 and self._is_ending(key, uid):
            return
        check_deleted(self._access, answer, key)

    def list(self, key: ObjectKey, *, fields: str = "") -> Listed:
        """Return the live objects of a kind and namespace that a field selector picks; a `name` picks this one alone.

        Raises ClusterError (403: no right). A kind that is not there has no objects.
        """
        resource = _for(key, "cannot list", self._kinds.resource)
        if resource is None:
            return Listed((), "")
        pages = list(self._pages(replace(key, name=""), resource, selection(key, fields)))
        return Listed(tuple(item for page in pages for item in page.items), pages[-1].version if pages else "")

    def watch(self, key: ObjectKey, version: str, *, fields: str = "", silent_s: float = 300) -> Watch:
        """Return what happens to the objects of a list, made in the same way, after its version.

        Raises ClusterError: no right, or 410 when the version is too old.
        """
        resource = self._resource("cannot watch", key)
        opened = self._requests.watch(key, resource, version, selection(key, fields), silent_s)
        if isinstance(opened, Answer):
            raise refusal(self._access, opened, "cannot watch", key)
        return Watch(opened)

    def kubectl(self, command: str, namespace: str = "") -> str:
        """Return a command of kubectl with the flags that lead to this cluster."""
        return kubectl(self._access, command, namespace)

    def check_served(self, failed: str, key: ObjectKey) -> None:
        """Raise ClusterError, whose message begins with `failed`, when the cluster does not know the kind of an object."""
        self._resource(failed, key)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()

    def _resource(self, failed: str, key: ObjectKey) -> Resource:
        """Return how the kind of an object is served; asks again for one that is not known, which may be new."""
        resource = _for(key, failed, self._kinds.asked_once_more)
        if resource is None:
            raise not_served(self._access, failed, key, self._kinds)
        return resource

    def _is_ending(self, key: ObjectKey, uid: str) -> bool:
        metadata = (self.get(key) or {}).get("metadata", {})
        return metadata.get("uid") == uid and bool(metadata.get("deletionTimestamp"))

    def _written(self, answer: Answer, failed: str, key: ObjectKey, body: Body | None) -> Body:
        """Return the object as the server has stored it, or would."""
        # It names what it misses: this object, or another one that it needs, a binding its role.
        if answer.is_absence and not answer.is_without_namespace and not answer.named:
            raise not_served(self._access, failed, key, self._kinds)
        return written_of(self._access, answer, failed, key, body)

    def _pages(self, key: ObjectKey, resource: Resource, selected: Query) -> Iterator[Listed]:
        token = ""
        while True:
            query = [("limit", str(_PAGE_SIZE)), *selected] + ([("continue", token)] if token else [])
            answer = self._requests.send("GET", key, resource, query)
            page = list_of(self._access, answer, "cannot list", key) or {}
            # Items of a list do not repeat what they are.
            items = ({"apiVersion": key.api_version, "kind": key.kind, **item} for item in page.get("items") or [])
            metadata = page.get("metadata", {})
            yield Listed(tuple(items), metadata.get("resourceVersion", ""))
            token = metadata.get("continue", "")
            if not token:
                return


def _for(key: ObjectKey, failed: str, ask: Callable[[str, str], Resource | None]) -> Resource | None:
    """Return how the kind of an object is served; an error is told with the object that it was asked for."""
    try:
        return ask(key.api_version, key.kind)
    except ClusterError as exc:
        raise no_answer(exc, failed, key) from exc


def _sets_version(operations: Sequence[Body]) -> bool:
    """Tell whether a JSON patch fits one version of its object alone, so that a repeat is answered by 409."""
    return any(
        operation["path"] == "/metadata/resourceVersion" and operation["op"] != "test" for operation in operations
    )
