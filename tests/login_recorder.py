"""A server on loopback that answers every request with {} and remembers who asked, and under which name.

with LoginRecorder(tmp_path) as recorder:
    ...                               # https://localhost:PORT, and http://127.0.0.1:PORT, also as a proxy
    recorder.heard                    # [Heard(path="/x", authorization="Bearer t", ...)]
"""

from __future__ import annotations

import json
import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

TLS = json.loads((Path(__file__).parent / "vectors" / "cluster_tls.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Heard:
    """A request: its login, and the name of the server and of the client's certificate in TLS, "" for none."""

    path: str
    authorization: str
    impersonation: tuple[str, ...]
    client: str
    server_name: str


class LoginRecorder:
    """Two servers, with TLS and without; clients may show a certificate, and need not."""

    def __init__(self, directory: Path) -> None:
        self.heard: list[Heard] = []
        # The name that the client asks for comes before its request, on the same thread as nothing else.
        self.server_name = ""
        self._servers = [_Server(self), _Server(self)]
        self._servers[0].socket = self._context(directory).wrap_socket(self._servers[0].socket, server_side=True)

    @property
    def https(self) -> str:
        return f"https://localhost:{self._servers[0].server_address[1]}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}"

    def __enter__(self) -> LoginRecorder:  # noqa: PYI034 - `Self` came with Python 3.11
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _context(self, directory: Path) -> ssl.SSLContext:
        for name in ("server_certificate", "server_key"):
            (directory / name).write_text(TLS[name], encoding="ascii")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "server_certificate", directory / "server_key")
        context.load_verify_locations(cadata=TLS["authority"])
        context.verify_mode = ssl.CERT_OPTIONAL
        context.sni_callback = self._remember
        return context

    def _remember(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.server_name = name or ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, recorder: LoginRecorder) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorder = recorder

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that do not trust us are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        recorder = self.server.recorder
        is_tls = isinstance(self.connection, ssl.SSLSocket)
        headers = ((name.lower(), value) for name, value in self.headers.items())
        recorder.heard.append(
            Heard(
                self.path,
                self.headers.get("Authorization", ""),
                tuple(sorted(f"{name}: {value}" for name, value in headers if name.startswith("impersonate"))),
                _common_name(self.connection) if is_tls else "",
                recorder.server_name if is_tls else "",
            )
        )
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Say nothing."""


def _common_name(connection: Any) -> str:
    subject = (connection.getpeercert() or {}).get("subject", ())
    return str(next((value for ((name, value), *_) in subject if name == "commonName"), ""))
