"""All that is followed at a time: a watch for each scope, and beyond a number of them one thread that lists the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from .cluster import Cluster
from .following import Broken, Follower, News, Reader, Scope

# Each has a thread and a connection.
MOST_WATCHES = 32
# What is around the objects that are waited for is not needed as soon as they are.
_UNHURRIED = 5


class Followers:
    """Threads that tell the news of some scopes; `pause_s` is between two requests for one of them."""

    def __init__(
        self, cluster: Cluster, tell: Callable[[News], None], pause_s: float, most: int = MOST_WATCHES
    ) -> None:
        self._cluster = cluster
        self._listener = tell
        self._pause_s = pause_s
        self._most = most
        self._scopes: frozenset[Scope] = frozenset()
        self._watched: dict[Scope, Follower] = {}
        self._turns: _Turns | None = None
        self._in_turn: dict[Scope, Reader] = {}

    def follow(self, scopes: Sequence[Scope]) -> None:
        """Follow these scopes from now on, the first ones by watches, and no others."""
        self._scopes = frozenset(scopes)
        for scope in [scope for scope in self._watched if scope not in scopes]:
            self._watched.pop(scope).close()
        in_turn = {scope: reader for scope, reader in self._in_turn.items() if scope in scopes}
        for scope in scopes:
            if scope in self._watched or scope in in_turn:
                continue
            pause_s = self._pause_s * (1 if scope.keys else _UNHURRIED)
            if len(self._watched) < self._most:
                self._watched[scope] = Follower(self._cluster, scope, self._tell, pause_s)
            else:
                in_turn[scope] = Reader(self._cluster, scope, self._tell, pause_s)
        self._in_turn = in_turn
        if in_turn and self._turns is None:
            self._turns = _Turns(self._tell, self._pause_s)
        if self._turns is not None:
            self._turns.take(tuple(in_turn.values()))

    def _tell(self, news: News) -> None:
        """Hand on some news, unless they are of what is not followed any more: a thread may still be reading it."""
        if isinstance(news, Broken) or news.scope in self._scopes:
            self._listener(news)

    def close(self) -> None:
        """Tell no more news."""
        self.follow(())
        if self._turns is not None:
            self._turns.close()


class _Turns:
    """A thread that reads scopes one after the other, again and again until `close`."""

    def __init__(self, tell: Callable[[News], None], pause_s: float) -> None:
        self._tell = tell
        self._pause_s = pause_s
        self._readers: tuple[Reader, ...] = ()
        self._closed = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def take(self, readers: tuple[Reader, ...]) -> None:
        """Read these from now on."""
        self._readers = readers

    def close(self) -> None:
        """Read no more."""
        self._closed.set()

    def _run(self) -> None:
        try:
            while not self._closed.wait(self._pause_s):
                self._round()
        except BaseException as exc:  # noqa: BLE001 - handed to the thread that waits for it
            self._tell(Broken(exc))

    def _round(self) -> None:
        """Read each once; after each the server rests for a part of what it would alone."""
        for reader in (readers := self._readers):
            if self._closed.is_set():
                return
            if reader in self._readers and reader.may_read:
                reader.read()
                self._closed.wait(reader.rest_s / len(readers))
