"""A relay in front of a server that remembers how each connection began, to prove what was never sent.

with Wiretap(server.host) as tap:
    ...                               # talk to tap.host
    tap.spoke_tls                     # [True, True]: one for each connection
"""

from __future__ import annotations

import socket
import socketserver
import threading
from types import TracebackType
from typing import Any

from relays import relay

_TLS_HANDSHAKE = b"\x16"


class Wiretap:
    """Passes every byte on, in both directions; `spoke_tls` says of each connection whether it began with TLS."""

    def __init__(self, host: str) -> None:
        self.spoke_tls: list[bool] = []
        self._server = _Server(self, host)

    @property
    def host(self) -> str:
        """Host and port of the relay."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Wiretap:  # noqa: PYI034 - `Self` came with Python 3.11
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, tap: Wiretap, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.tap = tap
        self.target = host

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _Relay(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        first = self.request.recv(1, socket.MSG_PEEK)
        self.server.tap.spoke_tls.append(first == _TLS_HANDSHAKE)
        relay(self.request, self.server.target)
