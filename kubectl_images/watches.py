"""Lists of live objects, and what happens to them afterwards, as the API server tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .kube_stream import Stream
from .objects import Body


@dataclass(frozen=True)
class Listed:
    """Objects, and the version of the list that they are from: the one to watch from."""

    items: tuple[Body, ...] = field(repr=False)
    version: str


@dataclass(frozen=True)
class Event:
    """What happened to an object: ADDED, MODIFIED, DELETED, or BOOKMARK, which only has a new version.

    ERROR ends a watch: its `body` is a Status, mostly of code 410: begin anew with a list.
    """

    type: str
    body: Body = field(repr=False)


class Watch:
    """Events of a kind as they come, until the server, the network or `close` ends them."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[Event]:
        """Yield what happens, waiting for it."""
        for item in self._stream:
            yield Event(item["type"], item["object"])

    def close(self) -> None:
        """End it from any thread."""
        self._stream.close()
