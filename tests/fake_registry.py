"""A registry in this process: one small server that behaves like distribution 2.8.2 until it is told otherwise.

    with FakeRegistry({"team/web": ["main-1", "main-2"]}) as registry:
        registry.host                         # 127.0.0.1:PORT
        registry.push("team/web", "main-3")
        registry.requests                     # what it was asked so far

`tests/test_contract_registry.py` holds it to what a real registry answers, `registry_shapes` knows the others.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from fake_manifests import Manifests, Stored
from fake_registry_logins import Logins
from fake_registry_pages import tag_page
from fake_registry_rules import Auth, Received, Reply, Rules, an_error, as_json

__all__ = ["FakeRegistry", "Received", "Reply", "Rules", "an_error", "as_json"]

_IN_REPOSITORY = re.compile("/v2/(.+)/(tags|manifests|blobs)/([^/]+)")


class FakeRegistry:
    """The server; its tags, its log, and what it answers instead of the truth (`script`).

    With a `login_service` that one hands out its tokens.
    """

    def __init__(
        self,
        repositories: Mapping[str, Iterable[str]] | None = None,
        *,
        auth: Auth = "anonymous",
        users: Mapping[str, str] | None = None,
        rules: Rules | None = None,
        login_service: FakeRegistry | None = None,
    ) -> None:
        self.rules = rules or Rules(auth, users or {})
        self.requests: list[Received] = []
        self._tags = {name: list(tags) for name, tags in (repositories or {}).items()}
        self._manifests = Manifests()
        self._scripts: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.arrived = threading.Event()
        self._server = _Server(self)
        service = login_service or self
        realm = self.rules.realm or f"{service.url}{self.rules.token_path}"
        tokens: dict[str, str] = login_service._logins.tokens if login_service else {}
        self._logins: Logins = Logins(self.rules, realm, self._tags, tokens)

    @property
    def host(self) -> str:
        """Host and port, as they stand in an image."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"{'https' if self.rules.tls else 'http'}://{self.host}"

    def __enter__(self) -> FakeRegistry:  # noqa: PYI034 - `Self` came with Python 3.11
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def push(self, repository: str, *tags: str) -> None:
        """Add tags, as the newest of a repository that is made when it is missing."""
        self._tags.setdefault(repository, []).extend(tags)

    def put(self, repository: str, tag: str, manifest: Stored) -> None:
        """Give a tag, which may be new, to a manifest; what is only pushed is an empty image."""
        self._manifests.put(repository, tag, manifest)
        if tag not in self._tags.get(repository, ()):
            self.push(repository, tag)

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; the repository stays."""
        self._tags[repository].remove(tag)

    def script(self, path: str, *replies: Reply) -> None:
        """Answer the next requests to a path, whatever their query, with these replies."""
        self._scripts[path].extend(replies)

    def revoke_tokens(self) -> None:
        """Take no token any more that was handed out so far."""
        self._logins.tokens.clear()

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in their order, without query."""
        return [urlsplit(request.path).path for request in self.requests]

    def authorizations(self) -> list[str]:
        """Return every `Authorization` that arrived."""
        return [request.authorization for request in self.requests if request.authorization is not None]

    def answer(self, received: Received) -> Reply:
        """Log a request and return what it gets."""
        with self._lock:
            self.requests.append(received)
            number = len(self.requests)
        self.arrived.set()
        return self._answer(received, number)

    def _answer(self, received: Received, number: int) -> Reply:
        # A proxy is asked for a host and a port, which is no path.
        path = received.path if received.method == "CONNECT" else urlsplit(received.path).path
        if self.rules.gate and path.endswith("/tags/list"):
            with suppress(threading.BrokenBarrierError):
                self.rules.gate.wait()
        with self._lock:
            if self._scripts[path]:
                return self._scripts[path].popleft()
        if path == self.rules.token_path:
            return self._logins.token(received, number)
        if not (found := _IN_REPOSITORY.fullmatch(path)):
            return self._logins.refusal(received, "") or self._root(path)
        repository, kind, name = found.groups()
        return self._logins.refusal(received, repository) or self._in_repository(received, repository, kind, name)

    def _root(self, path: str) -> Reply:
        if path == "/v2/":
            return as_json({}, headers=self._logins.greeting())
        return Reply(404, {"Content-Type": "text/plain; charset=utf-8"}, b"404 page not found\n")

    def _in_repository(self, received: Received, repository: str, kind: str, name: str) -> Reply:
        match kind:
            case "tags":
                return self._tag_list(repository, urlsplit(received.path).query)
            case "manifests":
                tags = self._tags.get(repository, ())
                return Reply(*self._manifests.manifest(repository, name, received.accept, tags))
            case _:
                return Reply(*self._manifests.blob(repository, name))

    def _tag_list(self, repository: str, query: str) -> Reply:
        if repository not in self._tags:
            return an_error(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": repository})
        return tag_page(self.rules, repository, self._tags[repository], query)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, registry: FakeRegistry) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.registry = registry
        if registry.rules.tls:
            self.socket = registry.rules.tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        registry = self.server.registry
        # A TLS greeting on a plain port has no end of line to wait for; Go's server answers it like this, too.
        if not registry.rules.tls and self.connection.recv(1, socket.MSG_PEEK) == b"\x16":
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n")
            self.close_connection = True
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        self._respond("")

    def do_HEAD(self) -> None:
        self._respond("")

    def do_CONNECT(self) -> None:
        self._respond("")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("content-length", 0))).decode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Say nothing."""

    def _respond(self, form: str) -> None:
        registry = self.server.registry
        reply = registry.answer(
            Received(
                self.command,
                self.path,
                self.headers.get("authorization"),
                form,
                self.headers.get("accept", ""),
                self.headers.get("accept-encoding", ""),
            )
        )
        if reply.how == "silent":
            registry.closing.wait()
        if reply.how in {"silent", "closed"}:
            self.close_connection = True
            return
        self.wfile.write(_head(reply) + (b"" if self.command == "HEAD" else reply.body))
        self.close_connection = reply.how != "whole"
        while reply.how == "endless":
            self.wfile.write(b" " * 1024)


def _head(reply: Reply) -> bytes:
    phrase = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Unknown"
    missing = {"cut": 1000, "endless": 2**40}.get(reply.how, 0)
    is_chunked = reply.how == "cut-chunk"
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(reply.body) + missing}"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", length]
    for name, values in reply.headers.items():
        lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)]
    return ("\r\n".join(lines) + "\r\n\r\n" + ("1000\r\n" if is_chunked else "")).encode("latin-1")
