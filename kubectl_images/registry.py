"""Registries: every tag of a repository, digests and platforms of images, each asked once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from .credentials import Credentials
from .crew import ask_all
from .errors import RegistryError, RepositoryUnknownError
from .once import OncePerKey
from .platforms import Platform
from .references import ImageRef, Repository
from .registries_conf import RegistryRules, load_rules, located, rule_for, toml_parser
from .registry_answers import Answer, Kind, RequestError
from .registry_host import Question, RegistryHost
from .registry_http import Http
from .registry_manifests import MAX_BYTES, Ask, find_digest, find_platforms
from .registry_policy import Outlets, Policy
from .registry_trust import Trusts
from .retries import Deadline
from .tag_pages import TagList, read_page, whole_list

T = TypeVar("T")
V = TypeVar("V")
Tags = tuple[str, ...]


def _silent(_: str) -> None:
    """Say nothing."""


class Registry:
    """The registries of one run: their connections, their tokens and the tag lists that are known already.

    `notice` takes warnings, each at most once; `progress` takes what a person at a terminal may want to know
    while waiting. Both take one line without a prefix, from any thread. `status` takes how far the work is, which
    replaces what it took before, and "" at the end. `home` and `etc` are where the files of docker and podman are.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        notice: Callable[[str], None],
        progress: Callable[[str], None] = _silent,
        status: Callable[[str], None] = _silent,
        home: Path | None = None,
        etc: Path = Path("/etc"),
        policy: Policy | None = None,
    ) -> None:
        home = home or _home(environ)
        self._environ = environ
        self._policy = policy or Policy()
        self._new_trusts = partial(Trusts, environ, home, etc)
        self._https: OncePerKey[str, Http] = OncePerKey()
        self._opened: list[Http] = []
        self._credentials = Credentials(environ, home, self._policy.helper_s)
        self._outlets = Outlets(_once(notice), progress, status)
        self._load_rules = partial(load_rules, environ, home, etc, toml_parser())
        self._rules: OncePerKey[None, RegistryRules] = OncePerKey(RegistryError)
        self._hosts: OncePerKey[tuple[str, str], RegistryHost] = OncePerKey()
        self._lists: OncePerKey[Repository, Tags] = OncePerKey(RegistryError)
        self._digests: OncePerKey[tuple[Repository, str | None], str] = OncePerKey(RegistryError)
        self._platforms: OncePerKey[tuple[Repository, str], tuple[Platform, ...]] = OncePerKey(RegistryError)
        self._slots = threading.BoundedSemaphore(self._policy.at_once)

    def __enter__(self) -> Registry:  # noqa: PYI034 - `Self` came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        for http in self._opened:
            http.close()

    def list_tags(self, image: ImageRef, /) -> Tags:
        """Return every tag of the image's repository, in the registry's order; may be empty.

        Raises RepositoryUnknownError when the registry says that it has no such repository, and RegistryError for
        everything else that keeps the list from being complete.
        """
        return _or_raise(self.list_many([image])[image.repository_key])

    def list_many(self, images: Iterable[ImageRef], /) -> dict[Repository, Tags | RegistryError]:
        """Return the tags of each image's repository, or why there are none, by `repository_key`, in the images' order.

        Asks several repositories at once.
        """
        wanted = {image.repository_key: image for image in images}
        work = {key: partial(self._lists.get, key, partial(self._list, image)) for key, image in wanted.items()}
        return ask_all(work, lambda key: key[0], self._policy, partial(self._status, "repositories"))

    def digest(self, image: ImageRef, /) -> str:
        """Return the image's digest: its own, or the one that its tag has now, of the index where there is one.

        Raises RegistryError.
        """
        return _or_raise(self.digests([image])[image])

    def digests(self, images: Iterable[ImageRef], /) -> dict[ImageRef, str | RegistryError]:
        """Return the digest of each image, or why there is none; asks several registries at once."""
        work = {image: partial(self._digest, image) for image in images}
        return ask_all(work, lambda image: image.repository_key[0], self._policy, partial(self._status, "images"))

    def platforms(self, image: ImageRef, /) -> tuple[Platform, ...]:
        """Return what the image can run on, in the order of its index. Raises RegistryError, for what is no image too."""
        return _or_raise(self.platforms_of([image])[image])

    def platforms_of(self, images: Iterable[ImageRef], /) -> dict[ImageRef, tuple[Platform, ...] | RegistryError]:
        """Return the platforms of each image, or why they are not known; asks several registries at once."""
        work = {image: partial(self._platforms_by_digest, image) for image in images}
        return ask_all(work, lambda image: image.repository_key[0], self._policy, partial(self._status, "images"))

    def _status(self, things: str, counts: Mapping[str, tuple[int, int]]) -> None:
        lines = [f"{host}: {done} of {total} {things}" for host, (done, total) in counts.items()]
        self._outlets.status(", ".join(lines))

    def _digest(self, image: ImageRef) -> str:
        if image.digest:
            return image.digest
        tagged = replace(image, tag=image.tag_or_latest)
        find = partial(self._found, tagged, f"find the digest of {tagged}", find_digest)
        return self._digests.get((tagged.repository_key, tagged.tag), find)

    def _platforms_by_digest(self, image: ImageRef) -> tuple[Platform, ...]:
        digest = self._digest(image)
        find = partial(self._found, replace(image, digest=digest), f"find the platforms of {image}", find_platforms)
        return self._platforms.get((image.repository_key, digest), find)

    def _found(self, image: ImageRef, to_do: str, find: Callable[[Ask, ImageRef], T]) -> T:
        def ask(host: RegistryHost, repository: str, deadline: Deadline) -> T:
            def send(method: str, path: str, accept: str, read: Callable[[Answer], V], /) -> V:
                below = f"/v2/{repository}/{path}"
                return host.ask(Question(repository, below, MAX_BYTES, method, accept), deadline, read)

            return find(send, image)

        return self._asked(image, to_do, ask)[1]

    def _list(self, image: ImageRef) -> Tags:
        def ask(host: RegistryHost, repository: str, deadline: Deadline) -> TagList:
            max_bytes = self._policy.max_list_bytes
            return whole_list(
                lambda path: host.ask(Question(repository, path, max_bytes), deadline, read_page),
                f"/v2/{repository}/tags/list",
                self._policy,
            )

        host, found = self._asked(image, f"list the tags of {image.name}", ask)
        for remark in found.remarks:
            self._outlets.notice(f"the tag list of {image.name}: {remark} (registry {host.name})")
        return found.tags

    def _asked(
        self, image: ImageRef, to_do: str, ask: Callable[[RegistryHost, str, Deadline], T]
    ) -> tuple[RegistryHost, T]:
        """Return the host of an image and what it answered when it was asked about a repository of its own.

        Raises a RegistryError that says what could not be done.
        """
        host, repository = self._located(image)
        try:
            host.connect()
            with self._slots:
                # The image's time begins when it is its turn.
                return host, ask(host, repository, Deadline.of(self._policy))
        except RequestError as exc:
            kind = RepositoryUnknownError if exc.kind is Kind.UNKNOWN_REPOSITORY else RegistryError
            cause = f"{exc.cause} (registry {host.name})"
            raise kind(f"cannot {to_do}: {cause}", hint=exc.hint, cause=cause) from exc

    def _located(self, image: ImageRef) -> tuple[RegistryHost, str]:
        """Return where the repository of an image really is. Raises RegistryError when that is blocked."""
        rules = self._rules.get(None, self._load_rules)
        for warning in rules.warnings:
            self._outlets.notice(warning)
        registry, repository = image.repository_key
        rule = rule_for(rules.rules, registry, repository)
        if rule is None:
            return self._host(registry, ""), repository
        if rule.blocked:
            hint = "take `blocked = true` out of that table"
            raise RegistryError(f"{image.name} is blocked by {rule.place}", hint=hint)
        target = located(rule, registry, repository)
        if target != (registry, repository):
            self._outlets.notice(f"{rule.prefix} is looked up at {rule.location} ({rule.place})")
        registry, repository = target
        return self._host(registry, rule.place if rule.insecure else ""), repository

    def _host(self, registry: str, insecure: str) -> RegistryHost:
        return self._hosts.get((registry, insecure), lambda: self._new_host(registry, insecure))

    def _new_host(self, registry: str, insecure: str) -> RegistryHost:
        # What is insecure keeps its connections to itself: another prefix of the same host may not be.
        http = self._https.get(insecure, self._open)
        return RegistryHost(registry, http, self._credentials, self._policy, self._outlets, insecure)

    def _open(self) -> Http:
        http = Http(self._environ, self._policy, self._new_trusts())
        self._opened.append(http)
        return http


def _or_raise(answer: T | RegistryError) -> T:
    if isinstance(answer, RegistryError):
        raise answer
    return answer


def _home(environ: Mapping[str, str]) -> Path:
    named = environ.get("HOME") or environ.get("USERPROFILE")
    try:
        return Path(named) if named else Path.home()
    except RuntimeError:
        # A user without an entry in the system's list, as in many containers, has no files there.
        return Path(os.devnull)


def _once(notice: Callable[[str], None]) -> Callable[[str], None]:
    told: set[str] = set()
    lock = threading.Lock()

    def tell(text: str) -> None:
        with lock:
            if text in told:
                return
            told.add(text)
        notice(text)

    return tell
