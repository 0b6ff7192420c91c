"""Connections to registries on which the head of an answer takes no longer than one read may.

The timeout of a socket bounds each `recv`, so a server that drips its headers byte by byte would hold a thread for
ever; the body is bounded by who reads it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool
    from urllib3.response import HTTPResponse


@contextmanager
def _ending_after(sock: socket.socket | None, timeout_s: float | None) -> Iterator[None]:
    """Shut the connection down when the work takes longer. Raises TimeoutError in its place then."""
    if sock is None or timeout_s is None:
        yield
        return
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if not is_over.is_set():
            raise
    finally:
        timer.cancel()
    # Headers that end in the middle of a line are read as if they were whole.
    if is_over.is_set():
        raise TimeoutError("timed out")


@cache
def pool_classes() -> dict[str, type[HTTPConnectionPool]]:
    """Return what `PoolManager.pool_classes_by_scheme` is to be."""
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            with _ending_after(self.sock, self.timeout):
                return super().getresponse()

    class Tls(HTTPSConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            with _ending_after(self.sock, self.timeout):
                return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
