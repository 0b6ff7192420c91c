"""An answer that never ends: JSON objects, one a line, as the API server sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from .objects import Body

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_MOST_BYTES = 65536


class Stream:
    """The objects of a watch, as they come; `close` ends it from any thread."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[Body]:
        """Yield each object; ends when the server, the network or `close` ends it, or when nothing comes any more."""
        from urllib3.exceptions import HTTPError

        rest = b""
        try:
            for chunk in self._chunks():
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (json.loads(line) for line in lines if line.strip())
        except (HTTPError, OSError, ValueError):
            # A watch is begun anew where it ended, for whatever reason; ValueError: a half of a line, or closed.
            return

    def _chunks(self) -> Iterator[bytes]:
        """Return what comes, piece by piece, without waiting until there is more of it."""
        # `stream` would wait for as many bytes as it is told to read: chunks come as the server sends them.
        if self._response.chunked:
            return self._response.read_chunked()
        # A proxy may take the chunks apart, and end the answer by closing the connection.
        return iter(partial(self._response.read1, _MOST_BYTES), b"")

    def close(self) -> None:
        """End the stream; one who waits for its next object gets no more."""
        with suppress(OSError, ValueError, RuntimeError):
            self._response.shutdown()
