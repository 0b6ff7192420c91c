"""What happened to the objects of a fake API server, and those who watch it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from typing import TYPE_CHECKING, Protocol

from fake_refusals import status
from fake_selectors import is_selected

if TYPE_CHECKING:
    from fake_apply import Body
    from fake_kinds import Target

# Group, plural, namespace and name.
Id = tuple[str, str, str, str]


class Stored(Protocol):
    """An object as it is kept: another one after each change."""

    def shown(self) -> Body:
        """Return it as the server shows it."""
        ...


@dataclass(frozen=True)
class _Happened:
    """A change of one object; `before` is None when it is new, `after` when it is gone. Without an `id` it is a bookmark."""

    version: int
    id: Id | None
    before: Stored | None
    after: Stored | None

    def shown(self, query: Mapping[str, str]) -> Body | None:
        """Return the event for one who watches with these selectors; None when it is none of his."""
        before = self.before.shown() if self.before else None
        after = self.after.shown() if self.after else None
        was = before is not None and is_selected(before, query)
        is_ = after is not None and is_selected(after, query)
        body = after or before
        if body is None or not (was or is_):
            return None
        body = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        return {"type": ("MODIFIED" if was else "ADDED") if is_ else "DELETED", "object": body}


class History:
    """Every change, in order; streams of it wait for the next one.

    One that `is_mute` ends each stream at once without a word, as some proxies do.
    """

    def __init__(self) -> None:
        self.is_mute = False
        self._happened: list[_Happened] = []
        self._known: dict[Id, Stored] = {}
        self._oldest = 0
        self._newest = 0
        self._interruptions = 0
        self._changed = threading.Condition()

    def record(self, stored: Mapping[Id, Stored], next_version: Callable[[], int]) -> None:
        """Compare what is stored now with what was; `next_version` counts what is gone as a change."""
        if stored == self._known:
            return
        with self._changed:
            for id_ in sorted({*stored, *self._known}):
                before, after = self._known.get(id_), stored.get(id_)
                if before is not after:
                    version = int(after.shown()["metadata"]["resourceVersion"]) if after else next_version()
                    self._happened.append(_Happened(version, id_, before, after))
                    self._newest = max(self._newest, version)
            self._known = dict(stored)
            self._changed.notify_all()

    def bookmark(self) -> None:
        """Tell all who watch which version they have seen, as the real server does every minute."""
        with self._changed:
            self._happened.append(_Happened(self._newest, None, None, None))
            self._changed.notify_all()

    def forget(self) -> None:
        """Forget what happened: watches must begin with what there is now."""
        with self._changed:
            self._oldest = self._newest

    def interrupt(self) -> None:
        """Break off all streams, as a lost connection does."""
        with self._changed:
            self._interruptions += 1
            self._changed.notify_all()

    def watch(self, target: Target, query: Mapping[str, str]) -> Iterator[Body]:
        """Yield what happens after a version, until the time is over; raise ConnectionError when it is broken off."""
        version, begun = int(query["resourceVersion"]), self._interruptions
        if version < self._oldest:
            said = f"too old resource version: {version} ({self._newest})"
            yield {"type": "ERROR", "object": status(410, "Expired", said)}
            return
        if self.is_mute:
            return
        ends = time.monotonic() + float(query.get("timeoutSeconds", "1800"))
        seen = 0
        while (new := self._wait(seen, ends, begun)) is not None:
            seen += len(new)
            for item in new:
                if item.id is None and query.get("allowWatchBookmarks") == "true":
                    kind = {"kind": target.kind.kind, "apiVersion": target.kind.api_version}
                    yield {"type": "BOOKMARK", "object": kind | {"metadata": {"resourceVersion": str(item.version)}}}
                if item.version > version and _is_of(item.id, target) and (event := item.shown(query)):
                    yield event

    def _wait(self, seen: int, ends: float, begun: int) -> list[_Happened] | None:
        """Return what happened since, waiting for it; None when the time is over."""
        with self._changed:
            while len(self._happened) == seen:
                if self._interruptions != begun:
                    raise ConnectionError
                if not self._changed.wait(max(0.0, ends - time.monotonic())) and time.monotonic() >= ends:
                    return None
            return self._happened[seen:]


def write_chunked(events: Iterator[Body], stream: BufferedIOBase) -> None:
    """Write each event as it comes, as a chunk of a line."""
    for event in events:
        line = json.dumps(event).encode() + b"\n"
        stream.write(b"%x\r\n%s\r\n" % (len(line), line))
        stream.flush()
    stream.write(b"0\r\n\r\n")
    stream.flush()


def _is_of(id_: Id | None, target: Target) -> bool:
    if id_ is None:
        return False
    group, plural, namespace, _ = id_
    return (group, plural) == (target.group, target.plural) and target.namespace in {"", namespace}
