"""A Kubernetes API server on loopback, in this process: discovery, read, list, create, delete, server-side apply.

It answers as the real one does, which `test_contract_cluster.py` verifies; there are no controllers behind it.

    with FakeApiServer() as server:
        kubeconfig = server.write_kubeconfig(tmp_path / "kubeconfig")
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, final
from urllib.parse import parse_qsl, unquote, urlsplit

import fake_discovery
from fake_objects import Objects
from fake_refusals import RefusedError, status
from fake_rights import Rights, Rule
from fake_selectors import check_fields
from fake_watch import History, write_chunked

from kubectl_images.objects import BUILT_IN

if TYPE_CHECKING:
    import ssl

    from fake_apply import Body
    from fake_kinds import Target

_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?"
)
_GROUP_VERSION = re.compile(r"/(?:api/(v1)|apis/([^/]+/[^/]+))")
_BUILT_IN_GROUPS = {group for group, _ in BUILT_IN}
_TOKEN = "fake-token"


@dataclass(frozen=True)
class Request:
    """A request that the server received, before any fault."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass
class _Fault:
    """What the next matching requests get; status 0 closes the connection instead of answering."""

    status: int
    left: int
    method: str
    path: str
    headers: Mapping[str, str]
    message: str
    body: bytes | None

    def matches(self, method: str, path: str) -> bool:
        return self.left > 0 and self.method in {"", method} and self.path in path


@dataclass(frozen=True)
class _Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    events: Iterator[Body] | None = None


@final
class FakeApiServer:
    """A fresh, empty cluster with the namespaces of every cluster; stops when the `with` ends.

    `tokens` maps each accepted bearer token to its user; with `tls` it is https on the name localhost. `on_request` is
    told of each request before it is looked at. Before Kubernetes 1.26 discovery was not `aggregated`.
    """

    def __init__(
        self, tokens: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None, *, aggregated: bool = True
    ) -> None:
        self.tokens = {_TOKEN: "admin"} if tokens is None else dict(tokens)
        self.requests: list[Request] = []
        self.warnings: list[str] = []
        # API versions whose own server is down.
        self.stale = set[str]()
        self._aggregated = aggregated
        self.most_at_once = 0
        self.on_request: Callable[[Request], None] = lambda _request: None
        self._under_way = 0
        self._count_lock = threading.Lock()
        self._objects = Objects()
        self.history = History()
        self._record()
        self.history.forget()
        self._faults: list[_Fault] = []
        self._rights = Rights()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> FakeApiServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self.history.interrupt()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The server's URL, without a slash at its end."""
        host = "127.0.0.1" if self._scheme == "http" else "localhost"
        return f"{self._scheme}://{host}:{self._server.server_address[1]}"

    def write_kubeconfig(self, path: Path, namespace: str = "default", token: str = _TOKEN) -> Path:
        """Write a kubeconfig whose context `fake` leads here, and return its path."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "fake",
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "admin", "namespace": namespace}}],
        }
        path.write_text(json.dumps(config, indent=2), encoding="utf-8")
        return path

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request from its arrival to its answer."""
        with self._count_lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            with self._count_lock:
                self._under_way -= 1

    def put(self, body: Body, manager: str = "kubectl-client-side-apply") -> Body:
        """Store an object as another manager writes it (an Update, not an Apply); return it as stored."""
        with self._lock:
            stored = self._objects.put(body, manager)
            self._record()
            return stored

    def remove(self, api_version: str, kind: str, namespace: str, name: str) -> None:
        """Delete an object, without a request."""
        with self._lock:
            self._objects.delete(self._objects._target(api_version, kind, namespace, name), {})
            self._record()

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return the object as stored, without a request; None when it is not there."""
        with self._lock:
            return self._objects.find(api_version, kind, namespace, name)

    def forbid(self, verb: str, plural: str, namespace: str | None = None, user: str | None = None) -> None:
        """Refuse a verb (get, list, watch, patch, create, delete) on a resource, in one namespace or all, to one or all."""
        self._rights.forbid(verb, plural, namespace, user)

    def allow_only(self, user: str, rules: Sequence[Rule]) -> None:
        """Refuse a user everything that none of these rules of a Role allows."""
        self._rights.allow_only(user, rules)

    def fail(
        self,
        status_code: int,
        *,
        times: int = 1,
        method: str = "",
        path: str = "",
        headers: Mapping[str, str] | None = None,
        message: str = "injected",
        body: bytes | None = None,
    ) -> None:
        """Answer the next matching requests with a failure: a Status with `message`, or `body` as it is."""
        self._faults.append(_Fault(status_code, times, method, path, headers or {}, message, body))

    def drop(self, *, times: int = 1, method: str = "", path: str = "") -> None:
        """Close the connection of the next matching requests without an answer."""
        self.fail(0, times=times, method=method, path=path)

    def answer(self, method: str, target: str, headers: Mapping[str, str], data: bytes) -> _Reply | None:
        """Return the reply to a request, None to close the connection."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = unquote(parts.path)
        with self._lock:
            self.requests.append(Request(method, path, query, headers))
            self.on_request(self.requests[-1])
            fault = next((fault for fault in self._faults if fault.matches(method, path)), None)
            if fault is not None:
                fault.left -= 1
                return None if fault.status == 0 else _fault_reply(fault)
            try:
                return self._handle(method, path, query, headers, data)
            except RefusedError as refused:
                return _json(refused.code, refused.status)
            finally:
                self._record()

    def _handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], data: bytes
    ) -> _Reply:
        user = self._user(headers.get("authorization", ""))
        found = _PATH.fullmatch(path)
        if any(path.startswith(f"/apis/{name}") for name in self.stale):
            return _Reply(503, b"service unavailable\n", content_type="text/plain; charset=utf-8")
        if method == "GET" and not found:
            return self._discovery(path, headers)
        target = self._objects.target(found.groupdict()) if found else None
        if target is None:
            return _not_found(path)
        self._authorize(user, method, target, query)
        if method == "GET":
            return self._read(target, query)
        if method == "DELETE":
            return _json(200, self._objects.delete(target, json.loads(data or b"{}")))
        code, live = self._write(headers.get("content-type", ""), target, json.loads(data), query, method)
        return _json(code, live, self._warning_headers())

    def _read(self, target: Target, query: Mapping[str, str]) -> _Reply:
        if target.name:
            return _json(200, self._objects.read(target))
        if query.get("watch") == "true":
            check_fields(target.kind.kind, query)
            return _Reply(200, b"", events=self.history.watch(target, query))
        return _json(200, self._objects.list(target, query))

    def _record(self) -> None:
        self.history.record(self._objects.stored(), self._objects.next_version)

    def _write(
        self, content_type: str, target: Target, body: Any, query: Mapping[str, str], method: str
    ) -> tuple[int, Body]:
        if method == "POST":
            return self._objects.create(target, body, query)
        if content_type == "application/json-patch+json":
            return 200, self._objects.patch(target, body, query)
        if content_type != "application/apply-patch+yaml":
            raise RefusedError(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
        return self._objects.apply(target, body, query)

    def _warning_headers(self) -> Mapping[str, str]:
        return {"Warning": ", ".join(f'299 - "{text}"' for text in self.warnings)} if self.warnings else {}

    def _user(self, authorization: str) -> str:
        if not authorization:
            return "system:anonymous"
        user = self.tokens.get(authorization.removeprefix("Bearer "))
        if user is None:
            raise RefusedError(401, "Unauthorized", "Unauthorized")
        return user

    def _authorize(self, user: str, method: str, target: Target, query: Mapping[str, str]) -> None:
        read = "watch" if query.get("watch") == "true" else "get" if target.name else "list"
        verb = {"GET": read, "PATCH": "patch", "POST": "create", "DELETE": "delete"}[method]
        self._rights.check(user, verb, target)
        if method == "PATCH" and not self._objects.exists(target):
            self._rights.check(user, "create", target)

    def _discovery(self, path: str, headers: Mapping[str, str]) -> _Reply:
        kinds, stale = self._objects.kinds(), self.stale
        if path in {"/api", "/apis"} and self._aggregated and fake_discovery.wants_aggregated(headers):
            return _json(200, fake_discovery.aggregated(kinds, core=path == "/api", stale=stale))
        if not fake_discovery.is_acceptable(headers):
            accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
            raise RefusedError(406, "NotAcceptable", f"only the following media types are accepted: {accepted}")
        if path == "/api":
            return _json(200, {"kind": "APIVersions", "versions": ["v1"]})
        if path == "/apis":
            return _json(200, fake_discovery.group_list(kinds, stale))
        if path == "/version":
            return _json(200, {"major": "1", "minor": "34", "gitVersion": "v1.34.4"})
        found = _GROUP_VERSION.fullmatch(path)
        body = (
            fake_discovery.resource_list(kinds, found[1] or found[2])
            if found
            else fake_discovery.group(kinds, path.removeprefix("/apis/"), stale)
        )
        return _json(200, body) if body else _not_found(path)


def _not_found(path: str) -> _Reply:
    found = _GROUP_VERSION.match(path)
    if found and (found[1] or found[2].partition("/")[0] in _BUILT_IN_GROUPS):
        return _json(404, status(404, "NotFound", "the server could not find the requested resource", {}))
    return _Reply(404, b"404 page not found\n", content_type="text/plain; charset=utf-8")


def _fault_reply(fault: _Fault) -> _Reply:
    if fault.body is not None:
        return _Reply(fault.status, fault.body, fault.headers, "text/plain")
    return _json(fault.status, status(fault.status, "", fault.message), fault.headers)


def _json(code: int, body: Body, headers: Mapping[str, str] | None = None) -> _Reply:
    return _Reply(code, json.dumps(body).encode(), headers or {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Several clients connect at the same moment.
    request_queue_size = 64
    fake: FakeApiServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet when a client goes away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        data = self.rfile.read(int(headers.get("content-length", "0")))
        with self.server.fake.under_way():
            reply = self.server.fake.answer(self.command, self.path, headers, data)
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        if reply.events is not None:
            self._stream(reply.events)
            return
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    def _stream(self, events: Iterator[Body]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            write_chunked(events, self.wfile)
        except OSError:
            # Broken off by a test, or the client is gone.
            self.close_connection = True

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Print nothing."""
