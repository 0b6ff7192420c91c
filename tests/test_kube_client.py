from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from closed_ports import closed_port
from fake_api_server import FakeApiServer, Request
from relays import relay

from kubectl_images import kube_tls
from kubectl_images.access import Access, Password, Token, TokenFile
from kubectl_images.errors import ClusterError, KubeconfigError
from kubectl_images.kube_client import APPLY_PATCH, KubeClient
from kubectl_images.kube_connections import connections
from kubectl_images.kube_retries import Retries
from kubectl_images.kube_stream import Stream
from kubectl_images.kube_tls import ClientCertificate, Trust
from kubectl_images.proxies import Proxy

TLS = json.loads((Path(__file__).parent / "vectors" / "cluster_tls.json").read_text(encoding="utf-8"))
AUTHORITY = TLS["authority"].encode()
CLIENT = ClientCertificate(TLS["client_certificate"].encode(), TLS["client_key"].encode())
# The real policy, without its waits.
QUICK = Retries(sleep=lambda _wait_s: None)
NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer() as running:
        yield running


def _client(server: FakeApiServer, /, **changes: Any) -> KubeClient:
    """Return a client of the server, with some fields of its access changed."""
    access = Access(server.url, login=Token("fake-token"), context="fake")
    return KubeClient(replace(access, **changes), QUICK)


def _server_context(directory: Path, *, asks_for_certificate: bool = False) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name in ("server_certificate", "server_key"):
        (directory / name).write_text(TLS[name], encoding="ascii")
    made.load_cert_chain(directory / "server_certificate", directory / "server_key")
    if asks_for_certificate:
        made.load_verify_locations(cadata=TLS["authority"])
        made.verify_mode = ssl.CERT_REQUIRED
    return made


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[FakeApiServer]:
    with FakeApiServer(tls=_server_context(tmp_path)) as running:
        yield running


def _error(client: KubeClient) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        client.request("GET", NAMESPACES)
    assert caught.value.status == 0
    return caught.value


# What is sent.


def test_a_request_says_who_sends_it_and_as_whom(server: FakeApiServer) -> None:
    impersonation = (("Impersonate-User", "jane"), ("Impersonate-Group", "a"))

    answer = _client(server, impersonation=impersonation).request("GET", NAMESPACES, (("limit", "1"),))

    (request,) = server.requests
    assert answer.status == 200
    assert (request.method, request.path, request.query) == ("GET", NAMESPACES, {"limit": "1"})
    assert request.headers["authorization"] == "Bearer fake-token"
    assert request.headers["user-agent"].startswith("kubectl-images/")
    assert request.headers["impersonate-user"] == "jane"
    assert request.headers["impersonate-group"] == "a"


def test_names_are_sent_in_utf_8(server: FakeApiServer) -> None:
    impersonation = (("Impersonate-User", "用户"), ("Impersonate-Group", "\udcff"))

    assert _client(server, impersonation=impersonation).request("GET", NAMESPACES).status == 200

    # The fake server reads headers as Latin-1.
    sent = [server.requests[0].headers[name].encode("latin-1") for name in ("impersonate-user", "impersonate-group")]
    assert sent == ["用户".encode(), b"\xff"]


def test_each_impersonated_group_has_its_own_header() -> None:
    heard: list[bytes] = []
    groups = (("Impersonate-User", "jane"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        access = Access(f"http://127.0.0.1:{listener.getsockname()[1]}", impersonation=groups, request_timeout_s=0.2)
        with pytest.raises(ClusterError):
            KubeClient(access, QUICK).request("GET", "/api")
        connection, _ = listener.accept()
        with connection:
            heard += [line for line in connection.recv(65536).split(b"\r\n") if b"Group" in line]

    assert heard == [b"Impersonate-Group: a", b"Impersonate-Group: b"]


@pytest.mark.parametrize(
    ("login", "header"),
    [
        pytest.param(Token("t"), "Bearer t", id="token"),
        pytest.param(Password("me", "geheim:ü"), "Basic bWU6Z2VoZWltOsO8", id="password"),
        pytest.param(None, None, id="none"),
    ],
)
def test_a_login_is_a_header(server: FakeApiServer, login: object, header: str | None) -> None:
    _client(server, login=login).request("GET", NAMESPACES)

    assert server.requests[0].headers.get("authorization") == header


def test_a_token_file_that_changed_is_read_again_when_the_server_refuses(server: FakeApiServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("fake-token\n", encoding="utf-8")
    client = _client(server, login=TokenFile(file))
    assert client.request("GET", NAMESPACES).status == 200
    server.tokens = {"new-token": "admin"}
    file.write_text("new-token\n", encoding="utf-8")

    assert client.request("GET", NAMESPACES).status == 200


def test_a_watch_begins_with_a_new_token_when_the_old_one_is_refused(server: FakeApiServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old", encoding="utf-8")
    listed = _client(server).request("GET", NAMESPACES).json() or {}

    def renew(_request: Request) -> None:
        file.write_text("new", encoding="utf-8")

    server.on_request = renew
    server.tokens = {"new": "admin"}
    server.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})

    stream = _client(server, login=TokenFile(file)).stream(
        NAMESPACES, (("watch", "true"), ("resourceVersion", listed["metadata"]["resourceVersion"])), silent_s=5
    )

    assert isinstance(stream, Stream)
    assert [item["type"] for item in itertools.islice(stream, 1)] == ["ADDED"]
    stream.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "token file FILE is empty", id="empty"),
        pytest.param(None, "token file FILE cannot be read: No such file or directory", id="missing"),
    ],
)
def test_a_token_file_that_cannot_be_used_is_named(
    server: FakeApiServer, tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "token"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(KubeconfigError) as caught:
        _client(server, login=TokenFile(file)).request("GET", NAMESPACES)

    assert str(caught.value) == message.replace("FILE", str(file))


def test_warnings_of_the_server_are_kept(server: FakeApiServer) -> None:
    server.warnings = ['apps/v1beta1 is \\"old\\"', "second"]
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}

    answer = _client(server).request("PATCH", f"{NAMESPACES}/a", body=body, content_type=APPLY_PATCH)

    assert answer.warnings == ('apps/v1beta1 is "old"', "second")


def test_a_client_that_was_closed_connects_anew(server: FakeApiServer) -> None:
    client = _client(server)
    client.close()
    assert client.request("GET", NAMESPACES).status == 200

    client.close()

    assert client.request("GET", NAMESPACES).status == 200


# Trying again.


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (429, "slow down"),
        (502, "bad gateway"),
        (503, "not now"),
        (504, "Timeout: request did not complete"),
        (500, "etcdserver: leader changed"),
        (500, "Internal error occurred: etcdserver: request timed out"),
        (500, "rpc error: code = Unavailable desc = transport is closing"),
    ],
)
def test_a_passing_failure_is_tried_again(server: FakeApiServer, status: int, message: str) -> None:
    server.fail(status, times=5, message=message)

    assert _client(server).request("GET", NAMESPACES).status == 200
    assert len(server.requests) == 6


def test_a_failure_that_stays_is_the_answer(server: FakeApiServer) -> None:
    server.fail(503, times=10, message="not now")

    answer = _client(server).request("GET", NAMESPACES)

    assert (answer.status, answer.message, len(server.requests)) == (503, "not now", 6)


def test_when_one_has_waited_in_vain_the_others_do_not(server: FakeApiServer) -> None:
    client = _client(server)
    server.fail(503, times=8)
    client.request("GET", NAMESPACES)

    assert [client.request("GET", NAMESPACES).status for _ in range(3)] == [503, 503, 200]
    assert len(server.requests) == 9


@pytest.mark.parametrize(
    "refuse",
    [
        pytest.param(lambda server: server.fail(503, method="POST"), id="what-may-not-be-repeated"),
        pytest.param(lambda server: server.fail(500, method="POST", message="failed calling webhook"), id="webhook"),
    ],
)
def test_a_failure_that_was_not_waited_for_lets_others_wait(
    server: FakeApiServer, refuse: Callable[[FakeApiServer], None]
) -> None:
    client = _client(server)
    refuse(server)
    client.request("POST", NAMESPACES, body={})
    server.fail(503, times=5)

    assert client.request("GET", NAMESPACES).status == 200


def test_what_a_busy_server_refuses_is_tried_again_whatever_it_is(server: FakeApiServer) -> None:
    server.fail(429, times=5)

    assert _client(server).request("DELETE", f"{NAMESPACES}/missing").status == 404
    assert len(server.requests) == 6


def test_after_an_answer_failures_are_waited_for_again(server: FakeApiServer) -> None:
    client = _client(server)
    server.fail(503, times=6)
    client.request("GET", NAMESPACES)
    client.request("GET", NAMESPACES)
    server.fail(503, times=5)

    assert client.request("GET", NAMESPACES).status == 200


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(400, "bad", id="400"),
        pytest.param(403, "no", id="403"),
        pytest.param(409, "conflict", id="409"),
        pytest.param(500, "failed to create typed patch object (/a; v1, Kind=A): .timeout: no", id="wrong-manifest"),
        pytest.param(
            500, 'Internal error occurred: failed calling webhook "a": Post: i/o timeout', id="webhook-that-is-down"
        ),
        pytest.param(503, "service unavailable", id="api-service-that-is-down"),
        pytest.param(503, "error trying to reach service: dial tcp", id="api-service-that-is-not-reached"),
    ],
)
def test_a_refusal_is_not_tried_again(server: FakeApiServer, status: int, message: str) -> None:
    server.fail(status, message=message)

    assert _client(server).request("GET", NAMESPACES).status == status
    assert len(server.requests) == 1


def test_a_broken_connection_is_tried_again(server: FakeApiServer) -> None:
    server.drop(times=5)

    assert _client(server).request("GET", NAMESPACES).status == 200


def test_a_connection_that_always_breaks_is_an_error(server: FakeApiServer) -> None:
    server.drop(times=6)

    error = _error(_client(server))

    assert str(error) == (
        f'API server {server.url} (context "fake") broke the connection: Remote end closed connection without response'
    )


class _Entrance:
    """Passes connections on to a server; shut, nobody listens on its port, or each connection is closed at once."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._accepted: list[socket.socket] = []
        self.closes = False
        self._serve()

    def shut(self) -> None:
        for connection in (self._listener, *self._accepted):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._accepted.clear()

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve()

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                if self.closes:
                    connection.close()
                    continue
                self._accepted.append(connection)
                threading.Thread(target=relay, args=(connection, self._host), daemon=True).start()


def test_a_server_that_restarts_is_waited_for(server: FakeApiServer) -> None:
    entrance = _Entrance(server.url.removeprefix("http://"))
    waits: list[float] = []

    def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        if len(waits) == 3:
            entrance.open()

    access = Access(f"http://127.0.0.1:{entrance.port}", login=Token("fake-token"))
    client = KubeClient(access, Retries(sleep=sleep))
    assert client.request("GET", NAMESPACES).status == 200
    entrance.shut()

    assert client.request("GET", NAMESPACES).status == 200
    assert len(waits) == 3
    entrance.shut()


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_was_never_sent_is_sent_again_whatever_it_is(server: FakeApiServer, method: str) -> None:
    entrance = _Entrance(server.url.removeprefix("http://"))
    client = KubeClient(
        Access(f"http://127.0.0.1:{entrance.port}", login=Token("fake-token")),
        Retries(sleep=lambda _wait_s: entrance.open()),
    )
    assert client.request("GET", NAMESPACES).status == 200
    entrance.shut()
    client.close()

    assert client.request(method, f"{NAMESPACES}/missing").status == 404
    entrance.shut()


def test_connections_that_are_closed_in_the_middle_of_tls_are_waited_for(tls_server: FakeApiServer) -> None:
    entrance = _Entrance(tls_server.url.removeprefix("https://"))
    waits: list[float] = []

    def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        entrance.closes = len(waits) < 3

    access = Access(f"https://localhost:{entrance.port}", trust=Trust(AUTHORITY), login=Token("fake-token"))
    client = KubeClient(access, Retries(sleep=sleep))
    assert client.request("GET", NAMESPACES).status == 200
    entrance.closes = True
    client.close()

    assert client.request("GET", NAMESPACES).status == 200
    assert len(waits) == 3
    entrance.shut()


def test_connections_that_are_always_closed_in_the_middle_of_tls_are_an_error(tls_server: FakeApiServer) -> None:
    entrance = _Entrance(tls_server.url.removeprefix("https://"))
    url = f"https://localhost:{entrance.port}"
    client = KubeClient(Access(url, trust=Trust(AUTHORITY), login=Token("fake-token")), QUICK)
    assert client.request("GET", NAMESPACES).status == 200
    entrance.closes = True
    client.close()

    error = _error(client)

    assert str(error).startswith(f"API server {url} broke the connection: ")
    assert error.hint == "if the server restarts, run the same command again a little later"
    entrance.shut()


def test_a_long_wait_is_told(server: FakeApiServer) -> None:
    told: list[str] = []
    access = Access(server.url, login=Token("fake-token"), context="fake")
    server.fail(429, headers={"Retry-After": "7"})

    KubeClient(access, QUICK, told.append).request("GET", NAMESPACES)

    assert told == [f'API server {server.url} (context "fake") answered 429; it is asked again in 7 s']


def test_a_short_wait_is_not_told(server: FakeApiServer) -> None:
    told: list[str] = []
    server.fail(503, times=3)

    KubeClient(Access(server.url, login=Token("fake-token")), QUICK, told.append).request("GET", NAMESPACES)

    assert told == []


def test_what_its_sender_calls_repeatable_is_tried_again(server: FakeApiServer) -> None:
    server.fail(503)
    server.drop()

    answer = _client(server).request("DELETE", f"{NAMESPACES}/missing", may_repeat=True)

    assert (answer.status, len(server.requests)) == (404, 3)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_may_not_be_repeated_is_sent_once(server: FakeApiServer, method: str) -> None:
    server.fail(503, times=2)

    answer = _client(server).request(method, NAMESPACES, body={})

    assert (answer.status, len(server.requests)) == (503, 1)


@pytest.mark.parametrize(
    ("failures", "retry_after", "least_s", "most_s"),
    [
        pytest.param(1, None, 0.75, 1.25, id="first"),
        pytest.param(3, None, 3.0, 5.0, id="third"),
        pytest.param(9, None, 10.0, 10.0, id="bounded"),
        pytest.param(1, "7", 7.0, 7.0, id="asked-for"),
        pytest.param(1, "60", 60.0, 60.0, id="asked-for-a-minute"),
        pytest.param(1, "3600", 60.0, 60.0, id="asked-for-too-long"),
        pytest.param(1, "\u00b2", 0.75, 1.25, id="another-digit"),
        pytest.param(1, "-1", 0.75, 1.25, id="negative"),
        pytest.param(1, "Wed, 21 Oct 2026 07:28:00 GMT", 0.75, 1.25, id="a-date"),
    ],
)
def test_waits_grow_and_follow_the_server(
    failures: int, retry_after: str | None, least_s: float, most_s: float
) -> None:
    retries = Retries(first_wait_s=1.0, longest_wait_s=10.0)

    assert least_s <= retries.wait_s(failures, retry_after) <= most_s


# No answer.


def test_a_server_that_is_not_there_is_named_at_once() -> None:
    waits: list[float] = []
    with closed_port() as host:
        url = f"http://{host}"
        client = KubeClient(Access(url, login=Token("fake-token"), context="fake"), Retries(sleep=waits.append))

        error = _error(client)

    assert waits == [], "one that never answered is not waited for"
    assert str(error) == f'API server {url} (context "fake") cannot be reached: Connection refused'
    assert error.hint == "is the cluster running, and its network connected? Another cluster: --context NAME"


def test_a_host_that_is_not_known_is_named(server: FakeApiServer) -> None:
    error = _error(_client(server, server="http://cluster.invalid:6443"))

    assert str(error).startswith('API server http://cluster.invalid:6443 (context "fake") cannot be reached: ')
    assert "Errno" not in str(error)


def test_a_server_that_is_silent_is_given_up_after_the_timeout(server: FakeApiServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        error = _error(_client(server, server=url, request_timeout_s=0.1))

    assert str(error) == f'API server {url} (context "fake") did not answer within 0.1 s'
    assert error.hint == "is its network connected? To wait longer: --request-timeout=5m"


# TLS.


def test_the_clusters_own_authority_is_trusted(tls_server: FakeApiServer) -> None:
    assert _client(tls_server, trust=Trust(AUTHORITY)).request("GET", NAMESPACES).status == 200


def test_no_authority_besides_the_clusters_own_is_trusted(tls_server: FakeApiServer) -> None:
    access = Access(tls_server.url, trust=Trust(AUTHORITY))

    trusted = connections(access, None, block=True).connection_pool_kw["ssl_context"].get_ca_certs()

    assert [certificate["subject"] for certificate in trusted] == [((("commonName", "test ca"),),)]


def test_the_authority_may_be_a_file(tls_server: FakeApiServer, tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_bytes(AUTHORITY)

    assert _client(tls_server, trust=Trust(file)).request("GET", NAMESPACES).status == 200


@pytest.mark.parametrize(
    "authority", [pytest.param(TLS["other_authority"].encode(), id="another"), pytest.param(None, id="the-systems")]
)
def test_another_authority_is_not_trusted(tls_server: FakeApiServer, authority: bytes | None) -> None:
    error = _error(_client(tls_server, trust=Trust(authority)))

    assert str(error).startswith(f'the certificate of API server {tls_server.url} (context "fake") is not trusted: ')
    assert error.hint == (
        "name the cluster's own authority: --certificate-authority FILE (or certificate-authority in the kubeconfig)"
    )
    assert tls_server.requests == []


def test_the_certificate_must_have_the_servers_name(tls_server: FakeApiServer) -> None:
    url = tls_server.url.replace("localhost", "127.0.0.1")

    error = _error(_client(tls_server, server=url, trust=Trust(AUTHORITY)))

    assert "IP address mismatch" in str(error)
    assert error.hint == (
        "if this is the cluster, call it as its certificate does: --tls-server-name=NAME\n"
        f"the names in it: openssl s_client -connect {url.removeprefix('https://')} </dev/null"
        " | openssl x509 -noout -ext subjectAltName"
    )


def test_the_certificate_may_have_another_name_that_is_given(tls_server: FakeApiServer) -> None:
    url = tls_server.url.replace("localhost", "127.0.0.1")
    trust = Trust(AUTHORITY, server_name="api.example.test")

    assert _client(tls_server, server=url, trust=trust).request("GET", NAMESPACES).status == 200


def test_verification_can_be_turned_off(tls_server: FakeApiServer) -> None:
    assert _client(tls_server, trust=Trust(insecure=True)).request("GET", NAMESPACES).status == 200


def test_https_to_a_server_that_speaks_http_is_explained(server: FakeApiServer) -> None:
    url = server.url.replace("http:", "https:")

    error = _error(_client(server, server=url))

    assert str(error).startswith(f'no TLS connection to API server {url} (context "fake"): ')
    assert error.hint == "check the scheme and port of the server"


def test_a_client_certificate_is_the_login(tmp_path: Path) -> None:
    files = ClientCertificate(tmp_path / "client.crt", tmp_path / "client.key")
    (tmp_path / "client.crt").write_text(TLS["client_certificate"], encoding="ascii")
    (tmp_path / "client.key").write_text(TLS["client_key"], encoding="ascii")
    with FakeApiServer(tls=_server_context(tmp_path, asks_for_certificate=True)) as server:
        for certificate in (CLIENT, files):
            client = _client(server, trust=Trust(AUTHORITY), certificate=certificate)

            assert client.request("GET", NAMESPACES).status == 200


@pytest.mark.parametrize(
    ("trust", "client", "message"),
    [
        pytest.param(
            Trust(b"junk"),
            None,
            "certificate authority of certificate-authority-data holds no certificate in PEM form",
            id="no-pem",
        ),
        pytest.param(
            Trust(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            None,
            "certificate authority of certificate-authority-data holds a certificate that cannot be read",
            id="broken-pem",
        ),
        pytest.param(
            Trust(Path("/missing/ca.crt")),
            None,
            "certificate authority /missing/ca.crt cannot be read: No such file or directory",
            id="no-file",
        ),
        pytest.param(
            Trust(),
            ClientCertificate(Path("/missing/c"), Path("/missing/k")),
            "client certificate /missing/c cannot be read: No such file or directory",
            id="no-client-file",
        ),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(
    trust: Trust, client: ClientCertificate | None, message: str
) -> None:
    with pytest.raises(KubeconfigError) as caught:
        kube_tls.context(trust, client)

    assert str(caught.value) == message


def test_a_key_of_another_certificate_is_refused() -> None:
    mixed = ClientCertificate(CLIENT.certificate, TLS["server_key"].encode())

    with pytest.raises(KubeconfigError, match="client certificate or its key cannot be used"):
        kube_tls.context(Trust(), mixed)


# Proxies.


def test_a_proxy_is_asked_with_its_login(server: FakeApiServer) -> None:
    proxy = Proxy(server.url, "proxy-url", "me:secret")

    answer = _client(server, server="http://cluster.example.test", proxy=proxy).request("GET", NAMESPACES)

    assert answer.status == 200
    assert server.requests[0].headers["host"] == "cluster.example.test"
    assert server.requests[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"


@contextlib.contextmanager
def _tunnel(target: str, heard: list[str]) -> Iterator[str]:
    """Run a proxy that leads its first caller to a server and keeps what it was asked with; yield its URL."""

    def lead(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            heard.extend(connection.recv(65536).decode().split("\r\n"))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(connection, target)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lead, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("login", "headers"),
    [
        pytest.param("me:secret", ["proxy-authorization: Basic bWU6c2VjcmV0"], id="login"),
        pytest.param("", [], id="none"),
    ],
)
@pytest.mark.parametrize(
    "trust",
    [
        pytest.param(Trust(AUTHORITY, server_name="localhost"), id="by-another-name"),
        pytest.param(Trust(insecure=True), id="not-at-all"),
    ],
)
def test_a_proxy_leads_to_https_and_keeps_its_login_to_itself(
    tls_server: FakeApiServer, trust: Trust, login: str, headers: list[str]
) -> None:
    heard: list[str] = []
    with _tunnel(tls_server.url.removeprefix("https://"), heard) as url:
        proxy = Proxy(url, "proxy-url", login)
        client = _client(tls_server, server="https://cluster.example.test", proxy=proxy, trust=trust)
        answer = client.request("GET", NAMESPACES)
        client.close()

    assert answer.status == 200
    assert heard[0].startswith("CONNECT cluster.example.test:443 ")
    assert [line for line in heard if "authorization" in line.lower()] == headers
    assert "proxy-authorization" not in tls_server.requests[0].headers


def test_the_environments_proxy_is_not_looked_at_again(server: FakeApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert _client(server).request("GET", NAMESPACES).status == 200


def test_a_proxy_that_is_not_there_is_an_error_that_names_the_settings(server: FakeApiServer) -> None:
    with closed_port() as host:
        proxy = Proxy(f"http://{host}", "proxy-url", "me:secret")
        error = _error(_client(server, server="https://cluster.example.test", proxy=proxy))

    assert str(error) == (
        'API server https://cluster.example.test (context "fake") cannot be reached through the proxy:'
        " Connection refused"
    )
    assert error.hint == "check proxy-url of the cluster in the kubeconfig, HTTPS_PROXY and NO_PROXY"


# Start-up.


_FIRST_REQUEST = """
import sys
imported = set()
class Recorder:
    def find_spec(name, path=None, target=None):
        imported.add(name)
sys.meta_path.insert(0, Recorder)
from kubectl_images.access import Access
from kubectl_images.cluster import Cluster
from kubectl_images.errors import ClusterError
from kubectl_images.objects import ObjectKey
assert not {"kubernetes", "urllib3", "requests", "yaml"} & imported
try:
    Cluster(Access("https://127.0.0.1:1")).get(ObjectKey("v1", "Node", "", "a"))
except ClusterError:
    pass
"""


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    return done.stdout


def test_a_first_request_imports_little() -> None:
    show = "print(len(sys.modules), *sorted({'kubernetes', 'requests', 'certifi', 'yaml', 'jinja2'} & imported))"

    count, *names = _run(_FIRST_REQUEST + show).split()

    assert int(count) < 400
    assert names == []
