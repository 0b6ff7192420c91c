"""Files at web addresses, read from servers on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from certificates import Certificate, authority_in, certificate_for
from closed_ports import closed_port
from worlds import World

from kubectl_images import __version__
from kubectl_images.errors import InputError
from kubectl_images.web_addresses import is_address, shown
from kubectl_images.web_files import read_address

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@dataclass(frozen=True)
class Reply:
    """What a server answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """A web server; `asked` are the paths, with the headers, that it was asked for."""

    url: str
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


@contextmanager
def web_server(replies: Mapping[str, Reply], certificate: Certificate | None = None) -> Iterator[Server]:
    """Serve these replies by path, without the query; with a certificate by https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, dict(self.headers)))
            reply = replies.get(self.path.partition("?")[0], Reply(status=404))
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that hang up."""

    with Quiet(("127.0.0.1", 0), Handler) as listener:
        if certificate:
            listener.socket = certificate.context.wrap_socket(listener.socket, server_side=True)
        scheme = "https" if certificate else "http"
        server = Server(f"{scheme}://127.0.0.1:{listener.server_address[1]}")
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def failed(address: str, environ: Mapping[str, str] | None = None, timeout_s: float | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read_address(address, environ or {}, timeout_s)
    return caught.value


def test_the_file_at_an_address_is_an_input_as_any_other(fakes: World) -> None:
    template = OBJECT.replace("name: a", "name: {{ args.name }}").encode()
    with web_server({"/a.yaml": Reply(template)}) as server:
        done = fakes.run("render", "-f", f"{server.url}/a.yaml?token=secret", "-a", "name=b")

    assert (done.code, done.err) == (0, "")
    assert "name: b\n" in done.out
    ((path, headers),) = server.asked
    assert (path, headers["user-agent"]) == ("/a.yaml?token=secret", f"kubectl-images/{__version__}")


def test_a_mistake_in_the_file_names_its_address_without_the_query(fakes: World) -> None:
    with web_server({"/a.yaml": Reply(b"kind: {{ nothing }}\n")}) as server:
        done = fakes.run("render", "-f", f"{server.url}/a.yaml?token=secret")

    assert done.code == 1
    assert done.err.startswith(f"error: {server.url}/a.yaml:1: ")
    assert "secret" not in done.err


@pytest.mark.parametrize("name", ["b.yaml", "./b.yaml", "../../../b.yaml"])
def test_a_template_from_an_address_includes_no_file_of_this_computer(
    fakes: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fakes.directory)
    fakes.write("b.yaml", OBJECT)
    with web_server({"/a.yaml": Reply(f"{{% include '{name}' %}}".encode())}) as server:
        done = fakes.run("render", "-f", f"{server.url}/a.yaml")

    assert (done.code, done.out) == (1, "")
    assert f"{name}: a template from a web address includes no files" in done.err


def test_redirects_are_followed() -> None:
    moved = Reply(status=302, headers={"location": "/b.yaml"})
    with web_server({"/a.yaml": moved, "/b.yaml": Reply(OBJECT.encode())}) as server:
        assert read_address(f"{server.url}/a.yaml", {}) == OBJECT


def test_nothing_leads_from_https_to_http(tmp_path: Path) -> None:
    authority = authority_in(tmp_path / "ca")
    certificate = certificate_for("IP:127.0.0.1", tmp_path / "server", issuer=authority)
    with web_server({"/b.yaml": Reply(OBJECT.encode())}) as plain:
        moved = Reply(status=302, headers={"location": f"{plain.url}/b.yaml"})
        with web_server({"/a.yaml": moved}, certificate) as server:
            error = failed(f"{server.url}/a.yaml", {"SSL_CERT_FILE": str(authority.file)})

    assert str(error) == f"-f {server.url}/a.yaml: it redirects to {plain.url}, which is refused"
    assert plain.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    certificate = certificate_for("IP:127.0.0.1", tmp_path / "server", issuer=authority_in(tmp_path / "ca"))
    with web_server({}, certificate) as server:
        error = failed(f"{server.url}/a.yaml", {"HOME": str(tmp_path)})

    assert str(error) == f"-f {server.url}/a.yaml: its certificate is not trusted: its CA is unknown here"
    assert "registry" not in (error.hint or "").lower().replace("kluctl_registry", "")


@pytest.mark.parametrize(
    ("reply", "message", "hint"),
    [
        pytest.param(
            Reply(status=404),
            "the server answered 404 Not Found",
            "check the address; some servers answer so where a login is missing",
            id="not-found",
        ),
        pytest.param(
            Reply(status=401),
            "the server answered 401 Unauthorized",
            "it wants a login; read it with a program that can, and pipe it in: curl ... | kubectl images deploy -f -",
            id="login",
        ),
        pytest.param(Reply(status=503), "the server answered 503 Service Unavailable", None, id="down"),
        pytest.param(
            Reply(b"<!DOCTYPE html><html></html>"),
            "this is a web page, not a file of objects",
            "use the address of the file itself, which sites call raw",
            id="web-page",
        ),
        pytest.param(Reply(b" " * (20 * 1024 * 1024 + 1)), "its answer is larger than 20 MiB", None, id="too-large"),
    ],
)
def test_an_answer_that_is_no_file_is_an_error(reply: Reply, message: str, hint: str | None) -> None:
    with web_server({"/a.yaml": reply}) as server:
        error = failed(f"{server.url}/a.yaml?token=secret")

    assert (str(error), error.hint) == (f"-f {server.url}/a.yaml: {message}", hint)


def test_what_is_as_large_as_allowed_is_read() -> None:
    with web_server({"/a.yaml": Reply(b" " * (20 * 1024 * 1024))}) as server:
        assert len(read_address(f"{server.url}/a.yaml", {})) == 20 * 1024 * 1024


def test_text_that_is_not_utf_8_is_an_error_with_its_line() -> None:
    with web_server({"/a.yaml": Reply(b"a: b\nc: \xff\n")}) as server:
        assert str(failed(f"{server.url}/a.yaml")) == f"{server.url}/a.yaml:2: this is not UTF-8 text: byte 0xff"


def test_a_port_where_nobody_listens_is_told() -> None:
    with closed_port() as host:
        error = failed(f"http://{host}/a.yaml")

    assert (str(error), error.hint) == (
        f"-f http://{host}/a.yaml: nothing listens there",
        "check that the server is up and that the port is right",
    )


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_allowed() -> None:
    silent = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            silent.wait(5)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        error = failed(f"http://127.0.0.1:{listener.server_address[1]}/a.yaml", timeout_s=0.05)
        silent.set()
        listener.shutdown()
        thread.join()

    assert str(error).endswith("/a.yaml: it took the request but sent nothing for 0.05 s")
    assert error.hint == "try again, or allow more with --request-timeout"


def test_a_proxy_of_the_environment_is_used() -> None:
    with web_server({"http://files.example.com/a.yaml": Reply(OBJECT.encode())}) as proxy:
        text = read_address("http://files.example.com/a.yaml", {"HTTP_PROXY": proxy.url})

    assert text == OBJECT


@pytest.mark.parametrize(
    ("address", "message"),
    [
        pytest.param(
            "https://me:secret@example.com/a.yaml",
            "-f https://example.com/a.yaml: a user and password in an address are not sent",
            id="login",
        ),
        pytest.param("http:///a.yaml?secret", "-f http:///a.yaml: this is no web address", id="no-host"),
        pytest.param("http://a b/c?secret", "-f http://a b/c: this is no web address", id="space"),
    ],
)
def test_an_address_that_is_not_asked_for_is_told_without_secrets(address: str, message: str) -> None:
    assert str(failed(address)) == message


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("http://a/b", True),
        ("HTTPS://a/b", True),
        ("https:/a/b", False),
        ("ftp://a/b", False),
        ("./http://a", False),
        ("", False),
    ],
)
def test_a_web_address_is_told_from_a_file(argument: str, expected: bool) -> None:
    assert is_address(argument) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a/b?token=x", "https://a/b"),
        ("https://a?token=x", "https://a"),
        ("https://a/b#x?y", "https://a/b"),
        ("https://u:p@a:8/b@c", "https://a:8/b@c"),
        ("https://a", "https://a"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(address: str, expected: str) -> None:
    assert shown(address) == expected
