"""Registries: every tag of a repository, each repository asked once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType

from .credentials import Credentials
from .errors import RegistryError, RepositoryUnknownError
from .once import OncePerKey
from .references import ImageRef, Repository
from .registry_answers import Kind, RequestError
from .registry_host import RegistryHost
from .registry_http import Http
from .registry_policy import Outlets, Policy
from .retries import Deadline
from .tag_pages import TagList, read_page, whole_list

Tags = tuple[str, ...]


class Registry:
    """The registries of one run: their connections, their tokens and the tag lists that are known already.

    `notice` takes warnings, each at most once; `progress` takes what a person at a terminal may want to know
    while waiting. Both take one line without a prefix, from any thread. `home` is where docker's files are looked for.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        notice: Callable[[str], None],
        progress: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
        home: Path | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._policy = (policy or Policy()).within(timeout_s)
        self._http = Http(environ, self._policy)
        self._credentials = Credentials(environ, home or _home(environ), self._policy.helper_s)
        self._outlets = Outlets(_once(notice), progress or _silent)
        self._hosts: OncePerKey[str, RegistryHost] = OncePerKey()
        self._lists: OncePerKey[Repository, Tags] = OncePerKey(RegistryError)
        self._slots = threading.BoundedSemaphore(self._policy.at_once)

    def __enter__(self) -> Registry:  # noqa: PYI034 - `Self` came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def list_tags(self, image: ImageRef, /) -> Tags:
        """Return every tag of the image's repository, in the registry's order; may be empty.

        Raises RepositoryUnknownError when the registry says that it has no such repository, and RegistryError for
        everything else that keeps the list from being complete.
        """
        return self._lists.get(image.repository_key, lambda: self._list(image))

    def list_many(self, images: Iterable[ImageRef], /) -> dict[Repository, Tags | RegistryError]:
        """Return the tags of each image's repository, or why there are none, by `repository_key`, in the images' order.

        Asks several repositories at once; the threads never keep the process from ending.
        """
        by_host: dict[str, list[ImageRef]] = {}
        wanted = {image.repository_key: image for image in images}
        for (registry, _), image in wanted.items():
            by_host.setdefault(registry, []).append(image)
        done: queue.SimpleQueue[tuple[Repository, Tags | BaseException]] = queue.SimpleQueue()
        for group in by_host.values():
            self._start_threads(group, done)
        found = dict(_expected(*done.get()) for _ in wanted)
        return {repository: found[repository] for repository in wanted}

    def _start_threads(
        self, images: list[ImageRef], done: queue.SimpleQueue[tuple[Repository, Tags | BaseException]]
    ) -> None:
        waiting = iter(images)
        lock = threading.Lock()

        def work() -> None:
            while True:
                with lock:
                    image = next(waiting, None)
                if image is None:
                    return
                try:
                    done.put((image.repository_key, self.list_tags(image)))
                except BaseException as exc:  # noqa: BLE001 - handed to the thread that waits for it
                    done.put((image.repository_key, exc))

        for _ in range(min(len(images), self._policy.at_once_per_host)):
            threading.Thread(target=work, daemon=True).start()

    def _list(self, image: ImageRef) -> Tags:
        registry, repository = image.repository_key
        host = self._hosts.get(registry, lambda: self._host(registry))
        try:
            found = self._ask(host, repository)
        except RequestError as exc:
            kind = RepositoryUnknownError if exc.kind is Kind.UNKNOWN_REPOSITORY else RegistryError
            message = f"cannot list the tags of {image.name}: {exc.cause} (registry {host.name})"
            raise kind(message, hint=exc.hint) from exc
        for remark in found.remarks:
            self._outlets.notice(f"the tag list of {image.name}: {remark} (registry {host.name})")
        return found.tags

    def _host(self, registry: str) -> RegistryHost:
        return RegistryHost(registry, self._http, self._credentials, self._policy, self._outlets)

    def _ask(self, host: RegistryHost, repository: str) -> TagList:
        host.connect()
        with self._slots:
            # The repository's time begins when it is its turn.
            deadline = Deadline.of(self._policy)
            return whole_list(
                lambda path: host.get(path, repository, deadline, read_page),
                f"/v2/{repository}/tags/list",
                self._policy,
            )


def _expected(repository: Repository, outcome: Tags | BaseException) -> tuple[Repository, Tags | RegistryError]:
    if isinstance(outcome, BaseException) and not isinstance(outcome, RegistryError):
        raise outcome
    return repository, outcome


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())


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


def _silent(_: str) -> None:
    """Say nothing."""
