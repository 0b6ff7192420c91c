"""A registry in this process: one small server that behaves like distribution 2.8.2 until it is told otherwise.

    with FakeRegistry({"team/web": ["main-1", "main-2"]}) as registry:
        registry.host                         # 127.0.0.1:PORT
        registry.push("team/web", "main-3")
        registry.requests                     # what it was asked so far

`tests/test_contract_registry.py` holds it to what a real registry answers.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    import ssl

Auth = Literal["anonymous", "basic", "bearer"]


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `path` has its query."""

    method: str
    path: str
    authorization: str | None
    form: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer that is given as it stands, or one of the ways to give none."""

    status: int = 200
    headers: Mapping[str, str | Iterable[str]] = field(default_factory=dict)
    body: bytes = b""
    how: Literal["whole", "cut", "closed", "silent", "endless"] = "whole"


@dataclass(frozen=True)
class Rules:
    """How the registry behaves.

    `users` are the logins it takes; none means that everyone gets a token. `page_size` is what it sends without `n`,
    `max_page_size` the most it sends with one (None: `n` means nothing to it, as in 2.8.2). With a `gate`, tag lists
    are answered when as many are asked for at the same time as the barrier has parties; it breaks when they never are.
    """

    auth: Auth = "anonymous"
    users: Mapping[str, str] = field(default_factory=dict)
    page_size: int | None = None
    max_page_size: int | None = None
    realm: str | None = None
    tls: ssl.SSLContext | None = None
    gate: threading.Barrier | None = None


class FakeRegistry:
    """The server; its tags, its log, and what it answers instead of the truth (`script`)."""

    def __init__(
        self,
        repositories: Mapping[str, Iterable[str]] | None = None,
        *,
        auth: Auth = "anonymous",
        users: Mapping[str, str] | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.rules = rules or Rules(auth, users or {})
        self.requests: list[Received] = []
        self._tags = {name: list(tags) for name, tags in (repositories or {}).items()}
        self._scripts: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.arrived = threading.Event()
        self._server = _Server(self)

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

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; the repository stays."""
        self._tags[repository].remove(tag)

    def script(self, path: str, *replies: Reply) -> None:
        """Answer the next requests to a path, whatever their query, with these replies."""
        self._scripts[path].extend(replies)

    def revoke_tokens(self) -> None:
        """Take no token any more that was handed out so far."""
        self._tokens.clear()

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
        self.arrived.set()
        return self._answer(received)

    def _answer(self, received: Received) -> Reply:
        # A proxy is asked for a host and a port, which is no path.
        path = received.path if received.method == "CONNECT" else urlsplit(received.path).path
        if self.rules.gate and path.endswith("/tags/list"):
            with suppress(threading.BrokenBarrierError):
                self.rules.gate.wait()
        with self._lock:
            if self._scripts[path]:
                return self._scripts[path].popleft()
        if path == "/token":
            return self._token(received)
        repository = path.removeprefix("/v2/").removesuffix("/tags/list")
        is_list = path.startswith("/v2/") and path.endswith("/tags/list")
        if not self._may_enter(received, repository):
            return self._challenge(repository if is_list else "")
        if path == "/v2/":
            return as_json({})
        return self._tag_list(repository, received) if is_list else _not_found()

    def _may_enter(self, received: Received, repository: str) -> bool:
        match self.rules.auth:
            case "anonymous":
                return True
            case "basic":
                return self._knows(received)
            case "bearer":
                token = (received.authorization or "").removeprefix("Bearer ")
                return self._tokens.get(token) == f"repository:{repository}:pull"

    def _knows(self, received: Received) -> bool:
        expected = [
            "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
            for user, password in self.rules.users.items()
        ]
        return received.authorization in expected

    def _challenge(self, repository: str) -> Reply:
        realm = self.rules.realm or f"{self.url}/token"
        scope = f',scope="repository:{repository}:pull"' if repository else ""
        challenge = {"basic": 'Basic realm="fake"', "bearer": f'Bearer realm="{realm}",service="fake"{scope}'}
        error = {"code": "UNAUTHORIZED", "message": "authentication required", "detail": None}
        return as_json({"errors": [error]}, 401, {"WWW-Authenticate": challenge[self.rules.auth]})

    def _token(self, received: Received) -> Reply:
        if self.rules.users and not self._knows(received):
            return as_json({"errors": [{"code": "UNAUTHORIZED", "message": "incorrect username or password"}]}, 401)
        with self._lock:
            token = f"token-{len(self.requests)}"
            self._tokens[token] = parse_qs(urlsplit(received.path).query)["scope"][0]
        return as_json({"token": token, "expires_in": 300})

    def _tag_list(self, repository: str, received: Received) -> Reply:
        if repository not in self._tags:
            error = {"code": "NAME_UNKNOWN", "message": "repository name not known to registry"}
            return as_json({"errors": [error | {"detail": {"name": repository}}]}, 404)
        query = parse_qs(urlsplit(received.path).query)
        tags = self._tags[repository]
        first = tags.index(query["last"][0]) + 1 if "last" in query else 0
        size = self._page_size(query)
        page = tags[first:] if size is None else tags[first : first + size]
        headers = {}
        if first + len(page) < len(tags):
            last = f"last={quote(page[-1])}&n={size}"
            headers["Link"] = f'</v2/{repository}/tags/list?{last}>; rel="next"'
        return as_json({"name": repository, "tags": page or None}, 200, headers)

    def _page_size(self, query: Mapping[str, list[str]]) -> int | None:
        if self.rules.max_page_size is None or "n" not in query:
            return self.rules.page_size
        return min(int(query["n"][0]), self.rules.max_page_size)


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with JSON in it."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(status, {**kind, **(headers or {})}, json.dumps(content).encode())


def _not_found() -> Reply:
    return Reply(404, {"Content-Type": "text/plain; charset=utf-8"}, b"404 page not found\n")


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

    def do_CONNECT(self) -> None:
        self._respond("")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("content-length", 0))).decode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Say nothing."""

    def _respond(self, form: str) -> None:
        registry = self.server.registry
        reply = registry.answer(Received(self.command, self.path, self.headers.get("authorization"), form))
        if reply.how == "silent":
            registry.closing.wait()
        if reply.how in {"silent", "closed"}:
            self.close_connection = True
            return
        length = len(reply.body) + {"whole": 0, "cut": 1000, "endless": 2**40}[reply.how]
        self.wfile.write(_head(reply, length) + reply.body)
        self.close_connection = reply.how != "whole"
        while reply.how == "endless":
            self.wfile.write(b" " * 1024)


def _head(reply: Reply, length: int) -> bytes:
    phrase = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Content-Length: {length}"]
    for name, values in reply.headers.items():
        lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
