"""A proxy that makes servers of this process answer under public names, and knows every host that was asked for.

with Tunnels({"registry.example.com:443": server.host}) as proxy:
    ...                               # HTTPS_PROXY=http://HOST
    proxy.asked                       # ["registry.example.com:443"]
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from relays import relay


class Tunnels:
    """Leads to `targets`, by host and port; there is no way to any other place, but `asked` has it."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self.targets = targets
        self.asked: list[str] = []
        self._server = _Server(self)

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Tunnels:  # noqa: PYI034 - `Self` came with Python 3.11
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tunnels: Tunnels) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tunnels = tunnels

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_CONNECT(self) -> None:
        self.server.tunnels.asked.append(self.path)
        target = self.server.tunnels.targets.get(self.path)
        if target is None:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        relay(self.connection, target)

    def do_GET(self) -> None:
        self.server.tunnels.asked.append(self.path)
        self.send_error(502)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Say nothing."""
