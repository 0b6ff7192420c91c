"""Which kinds the cluster serves, and how: by the table of built-in kinds, else by asking the API server.

It is asked for all kinds at once, for those of one API version where it cannot tell all, and what it says is kept in
a file for the runs that follow. A kind that is not known there is asked for once in each run.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import discovery, discovery_cache
from .cluster_errors import no_api_server
from .discovery import Catalogue, ServedKind
from .errors import ClusterError, ImagesError
from .kube_answers import Answer
from .kube_client import JSON, KubeClient
from .kube_commands import kubectl
from .object_answers import kinds_of
from .objects import Body, Resource, built_in, group_of


class Kinds:
    """The kinds of one API server; safe to use from several threads. `cache_file` is where they are kept."""

    def __init__(self, client: KubeClient, cache_file: Path | None = None) -> None:
        self._client = client
        self._cache_file = cache_file
        self._lock = threading.Lock()
        # Requests that failed in this run, and those of them that failed while the one who has the lock waited for it.
        self._failures: list[ImagesError] = []
        self._missed: list[ImagesError] = []
        # What this run has asked: "/api", "/apis", and API versions.
        self._asked = set[str]()
        # Of these the answer was complete, but for the stale API versions.
        self._complete = set[str]()
        self._stale = frozenset[str]()
        self._asked_once_more = set[str]()
        self._catalogue: Catalogue | None = None
        self._refused: dict[str, ClusterError] = {}
        self._versions: dict[str, Sequence[str]] = {}

    def resource(self, api_version: str, kind: str) -> Resource | None:
        """Return how a kind is served; None when the cluster does not know it (yet).

        Built-in kinds need no request, all others together one or two.
        """
        known = built_in(api_version, kind)
        if known is None and (served := self._served(api_version, kind)):
            return served.resource
        return known

    def words(self, api_version: str, kind: str) -> Sequence[str]:
        """Return what a kind is called besides: plural, singular and short names; empty when it is not served."""
        served = self._served(api_version, kind)
        return served.words if served else ()

    def asked_again(self, api_version: str, kind: str) -> Resource | None:
        """Return how a kind is served now: its definition may have been applied meanwhile."""
        with self._turn():
            self._ask_version(api_version)
            return self._known_resource(api_version, kind)

    def asked_once_more(self, api_version: str, kind: str) -> Resource | None:
        """Return how a kind is served; one that is not known may be new, and its API version is asked once a run."""
        resource = self.resource(api_version, kind)
        if resource is not None:
            return resource
        with self._turn():
            if api_version not in self._asked_once_more:
                self._ask_version(api_version)
                self._asked_once_more.add(api_version)
            return self._known_resource(api_version, kind)

    def confirmed(self, api_version: str, kind: str) -> Resource | None:
        """Return how a kind is served by what this run was told, not by what another run has left."""
        known = built_in(api_version, kind)
        if known is None:
            with self._turn():
                self._ask(api_version)
                return self._known_resource(api_version, kind)
        return known

    def versions(self, group: str, kind: str) -> Sequence[str]:
        """Return the API versions that serve a kind, the preferred one first; of an old server all of the group."""
        with self._turn():
            if not group:
                return ("v1",)
            if "/apis" in self._complete:
                return tuple(name for name, kinds in self._known.items() if group_of(name) == group and kind in kinds)
            if group not in self._versions:
                self._versions[group] = self._group_versions(group)
            return self._versions[group]

    def named(self, kind: str, group: str | None) -> Sequence[ServedKind]:
        """Return the kinds with this name in a group (None: in any), each in the version that its group prefers.

        An old server cannot be asked for all groups: then those are found that are known already.
        """
        with self._turn():
            for root in ("/api", "/apis"):
                self._ask_root(root)
            if group is not None and _root(f"{group}/" if group else "") not in self._complete:
                for api_version in self._group_versions(group) if group else ("v1",):
                    self._ask(api_version)
            found: dict[str, ServedKind] = {}
            for api_version, kinds in self._known.items():
                if kind in kinds and group in {None, group_of(api_version)}:
                    found.setdefault(group_of(api_version), kinds[kind])
            return tuple(found.values())

    def names(self) -> Sequence[tuple[str, str]]:
        """Return group and kind of all that is known to be served; of an old server only what was asked for."""
        with self._turn():
            with contextlib.suppress(ClusterError):
                self._ask_root("/apis")
            return [(group_of(api_version), kind) for api_version, kinds in self._known.items() for kind in kinds]

    def _group_versions(self, group: str) -> Sequence[str]:
        """Return the API versions of a group; none where it cannot be asked, since this only helps to explain."""
        with contextlib.suppress(ClusterError):
            return discovery.of_group(self._answer(f"/apis/{group}").json() or {})
        return ()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread at a time look and ask."""
        before = len(self._failures)
        with self._lock:
            self._missed = self._failures[before:]
            yield

    def _answer(self, path: str, accept: str = JSON) -> Answer:
        """Ask the server; those who waited while it did not answer another one have the same failure."""
        if self._missed:
            raise self._missed[0]
        try:
            return self._client.request("GET", path, accept=accept)
        except ImagesError as exc:
            self._failures.append(exc)
            raise

    @property
    def _known(self) -> Catalogue:
        """What other runs have left, and what this one was told; to be read with the lock."""
        if self._catalogue is None:
            self._catalogue = (discovery_cache.load(self._cache_file) if self._cache_file else None) or {}
        return self._catalogue

    def _served(self, api_version: str, kind: str) -> ServedKind | None:
        with self._turn():
            if kind not in self._known.get(api_version, {}):
                self._ask(api_version)
            return self._known.get(api_version, {}).get(kind)

    def _known_resource(self, api_version: str, kind: str) -> Resource | None:
        served = self._known.get(api_version, {}).get(kind)
        return served.resource if served else None

    def _ask(self, api_version: str) -> None:
        """Ask for the kinds of an API version, unless this run has done so."""
        root = _root(api_version)
        self._ask_root(root)
        if root in self._complete and api_version not in self._stale:
            return
        if refused := self._refused.get(api_version):
            raise refused
        if api_version not in self._asked:
            self._ask_version(api_version)

    def _ask_root(self, root: str) -> None:
        """Ask for all kinds of all groups, or of the core group; an old server, or one that refuses, says nothing."""
        if root in self._asked:
            return
        answer = self._answer(root, accept=discovery.ACCEPT)
        self._asked.add(root)
        document = answer.json() if answer.status == 200 else None
        if answer.status == 200 and not discovery.is_root(document):
            raise no_api_server(self._client.access, answer)
        found = discovery.aggregated(document)
        if found is None:
            return
        self._complete.add(root)
        self._stale |= found.stale
        kept = {name: kinds for name, kinds in self._known.items() if _root(name) != root or name in found.stale}
        self._learn({**kept, **{name: {**kept.get(name, {}), **kinds} for name, kinds in found.catalogue.items()}})

    def _ask_version(self, api_version: str) -> None:
        root = _root(api_version)
        answer = self._answer(f"{root}/{api_version}")
        self._asked.add(api_version)
        try:
            body = self._body(answer, api_version) or {}
        except ClusterError as exc:
            self._refused[api_version] = exc
            raise
        self._refused.pop(api_version, None)
        self._learn({**self._known, api_version: discovery.of_version(api_version, body)})

    def _body(self, answer: Answer, api_version: str) -> Body | None:
        access = self._client.access
        is_stale = api_version in self._stale and answer.status != 200
        if is_stale or answer.is_without_server:
            group, _, version = api_version.rpartition("/")
            service = f"{version}.{group}"
            raise ClusterError(
                f"{access} cannot tell the kinds of {api_version}: the API service {service}, which serves them, "
                f"is not available",
                hint=f"what is wrong with it: {kubectl(access, f'describe apiservice {service}')}",
                status=answer.status,
            )
        return kinds_of(access, answer, api_version)

    def _learn(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        if self._cache_file:
            discovery_cache.store(self._cache_file, catalogue)


def _root(api_version: str) -> str:
    return "/apis" if "/" in api_version else "/api"
