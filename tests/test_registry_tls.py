"""TLS towards registries: certificates of both sides, CAs, and plain http."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Certificate, authority_in, certificate_for
from fake_registry import FakeRegistry, Rules
from registry_client import BASIC, PASSWORD, USER, FakeClock, list_tags, login
from wiretap import Wiretap

from kubectl_images.origins import is_loopback
from kubectl_images.references import is_host
from kubectl_images.registries_conf import toml_parser
from kubectl_images.registry_policy import Policy


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    with FakeRegistry({"team/web": ["main-1", "main-2"]}) as registry:
        yield registry


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[FakeRegistry, Certificate]]:
    certificate = certificate_for("IP:127.0.0.1", tmp_path)
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(tls=certificate.context)) as registry:
        yield registry, certificate


def test_a_certificate_that_is_not_trusted_is_never_answered_with_plain_http(
    secure: tuple[FakeRegistry, Certificate], tmp_path: Path
) -> None:
    registry, _ = secure

    found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: its certificate is self-signed (registry {registry.host})"
    )
    assert found.hint == (
        f"put its CA into {tmp_path}/.config/containers/certs.d/{registry.host}/ca.crt, or export KLUCTL_REGISTRY_HOST={registry.host}"
        " KLUCTL_REGISTRY_CA_BUNDLE=ca.crt\n"
        f"export KLUCTL_REGISTRY_HOST={registry.host} KLUCTL_REGISTRY_TLSVERIFY=false turns verification off, which is not safe"
    )
    assert registry.requests == []


def test_a_ca_bundle_makes_a_certificate_trusted(secure: tuple[FakeRegistry, Certificate], tmp_path: Path) -> None:
    registry, certificate = secure
    environ = {"KLUCTL_REGISTRY_HOST": registry.host, "KLUCTL_REGISTRY_CA_BUNDLE": str(certificate.file)}

    found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    assert (found.tags, found.notices) == (("1",), [])


def test_ssl_cert_file_makes_a_certificate_trusted(secure: tuple[FakeRegistry, Certificate], tmp_path: Path) -> None:
    registry, certificate = secure

    assert list_tags(f"{registry.host}/team/web", tmp_path, {"SSL_CERT_FILE": str(certificate.file)}).tags == ("1",)


@pytest.mark.parametrize("variable", ["KLUCTL_REGISTRY_3_TLSVERIFY", "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY"])
def test_verification_that_is_off_is_told(
    secure: tuple[FakeRegistry, Certificate], tmp_path: Path, variable: str
) -> None:
    registry, _ = secure
    environ = {"KLUCTL_REGISTRY_3_HOST": registry.host, variable: "false"}

    found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    assert found.tags == ("1",)
    assert found.notices == [f"the certificate of {registry.host} is not verified ({variable})"]


@pytest.mark.parametrize(
    ("version", "causes"),
    [
        # With TLS 1.3, the refusal races with the end of the connection.
        pytest.param(
            ssl.TLSVersion.TLSv1_3,
            {
                "it wants a client certificate",
                "it closed the connection without an answer",
            },
            id="1.3",
        ),
        pytest.param(ssl.TLSVersion.TLSv1_2, {"it refuses the TLS handshake"}, id="1.2"),
    ],
)
def test_a_server_that_wants_a_client_certificate_is_told(
    tmp_path: Path, version: ssl.TLSVersion, causes: set[str]
) -> None:
    certificate = certificate_for("IP:127.0.0.1", tmp_path)
    certificate.context.verify_mode = ssl.CERT_REQUIRED
    certificate.context.maximum_version = version
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(tls=certificate.context)) as registry:
        environ = {"KLUCTL_REGISTRY_HOST": registry.host, "KLUCTL_REGISTRY_CA_BUNDLE": str(certificate.file)}
        found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    name, host = f"{registry.host}/team/web", registry.host
    assert found.message in {f"cannot list the tags of {name}: {cause} (registry {host})" for cause in causes}


@pytest.mark.parametrize(
    ("name", "days", "cause"),
    [
        pytest.param("DNS:other.example.com", 30, "is for another name", id="name"),
        pytest.param("IP:127.0.0.1", -1, "has expired", id="expired"),
    ],
)
def test_a_certificate_that_does_not_fit_is_told(tmp_path: Path, name: str, days: int, cause: str) -> None:
    certificate = certificate_for(name, tmp_path, days=days)
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(tls=certificate.context)) as registry:
        environ = {"KLUCTL_REGISTRY_HOST": registry.host, "KLUCTL_REGISTRY_CA_BUNDLE": str(certificate.file)}
        found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: its certificate {cause} (registry {registry.host})"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("no certificate", "there is no certificate in PEM form in it", id="not-pem"),
        pytest.param(None, "it cannot be read: No such file or directory", id="missing"),
    ],
)
def test_a_ca_bundle_that_cannot_be_used_is_named(
    fake: FakeRegistry, tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    environ = {"KLUCTL_REGISTRY_HOST": fake.host, "KLUCTL_REGISTRY_CA_BUNDLE": str(file)}

    found = list_tags(f"{fake.host}/team/web", tmp_path, environ)

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: cannot use the certificates in {file}"
        f" (KLUCTL_REGISTRY_CA_BUNDLE): {reason} (registry {fake.host})"
    )
    assert fake.requests == []


# --- Certificates in certs.d ------------------------------------------------------------------------------------


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[FakeRegistry]:
    """A registry that wants a client certificate; it is trusted, and the certificate lies in certs.d of the home."""
    authority = authority_in(tmp_path / "authority")
    server = certificate_for("IP:127.0.0.1", tmp_path / "server", issuer=authority)
    client = certificate_for("DNS:robot", tmp_path / "client", issuer=authority)
    server.context.verify_mode = ssl.CERT_REQUIRED
    server.context.load_verify_locations(authority.file)
    # With TLS 1.3, a refusal races with the end of the connection.
    server.context.maximum_version = ssl.TLSVersion.TLSv1_2
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(tls=server.context)) as registry:
        folder = certs_d(tmp_path, registry)
        folder.mkdir(parents=True)
        shutil.copy(authority.file, folder / "ca.crt")
        shutil.copy(client.file, folder / "client.cert")
        shutil.copy(client.key, folder / "client.key")
        yield registry


def certs_d(home: Path, registry: FakeRegistry) -> Path:
    return home / ".config/containers/certs.d" / registry.host


def test_certs_d_makes_a_registry_trusted_and_shows_it_our_certificate(closed: FakeRegistry, tmp_path: Path) -> None:
    found = list_tags(f"{closed.host}/team/web", tmp_path)

    assert (found.tags, found.notices, found.message) == (("1",), [], "")


def test_without_a_client_certificate_the_place_for_it_is_told(closed: FakeRegistry, tmp_path: Path) -> None:
    folder = certs_d(tmp_path, closed)
    (folder / "client.cert").unlink()
    (folder / "client.key").unlink()

    found = list_tags(f"{closed.host}/team/web", tmp_path)

    assert (found.message, found.hint) == (
        f"cannot list the tags of {closed.host}/team/web: it refuses the TLS handshake (registry {closed.host})",
        f"if it wants a client certificate, put client.cert and client.key into {folder}",
    )


def test_a_client_certificate_that_is_refused_is_named(closed: FakeRegistry, tmp_path: Path) -> None:
    folder = certs_d(tmp_path, closed)
    other = certificate_for("DNS:robot", tmp_path / "other")
    shutil.copy(other.file, folder / "client.cert")
    shutil.copy(other.key, folder / "client.key")

    found = list_tags(f"{closed.host}/team/web", tmp_path)

    host, cause = closed.host, "it does not accept our client certificate"
    assert (found.message, found.hint) == (
        f"cannot list the tags of {host}/team/web: {cause} (registry {host})",
        f"ask the registry's owner for another one than {folder / 'client.cert'}",
    )


_KEY = "cannot use the key of the client certificate in FOLDER/client.key"
_IN_PEM = "put in a certificate and its key in PEM form, the key without a password"


@pytest.mark.parametrize(
    ("name", "content", "cause", "hint"),
    [
        pytest.param(
            "client.cert",
            "hello",
            "cannot use the client certificate in FOLDER/client.cert: there is no certificate in PEM form in it",
            _IN_PEM,
            id="text",
        ),
        pytest.param("client.key", "hello", f"{_KEY}: there is no private key in PEM form in it", _IN_PEM, id="no-key"),
        pytest.param(
            "client.key",
            "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
            f"{_KEY}: it holds no private key that can be read",
            _IN_PEM,
            id="broken-key",
        ),
        pytest.param(
            "client.key", "OTHER", f"{_KEY}: it does not belong to FOLDER/client.cert", _IN_PEM, id="other-key"
        ),
        pytest.param(
            "client.key",
            "ENCRYPTED",
            f"{_KEY}: it is encrypted",
            "`openssl pkey -in FOLDER/client.key -out new.key` asks for its password; put new.key in its place",
            id="encrypted",
        ),
    ],
)
def test_a_client_certificate_that_cannot_be_used_is_told_before_any_request(
    closed: FakeRegistry, tmp_path: Path, name: str, content: str, cause: str, hint: str
) -> None:
    folder = certs_d(tmp_path, closed)
    other = certificate_for("DNS:robot", tmp_path / "other")
    encrypted = ["openssl", "pkey", "-in", str(other.key), "-aes256", "-passout", "pass:secret"]
    texts = {
        "OTHER": other.key.read_text(encoding="ascii"),
        "ENCRYPTED": subprocess.run(encrypted, check=True, capture_output=True, text=True).stdout,
    }
    (folder / name).write_text(texts.get(content, content), encoding="ascii")

    found = list_tags(f"{closed.host}/team/web", tmp_path)

    cause, hint = (text.replace("FOLDER", str(folder)) for text in (cause, hint))
    message = f"cannot list the tags of {closed.host}/team/web: {cause} (registry {closed.host})"
    assert (found.message, found.hint) == (message, hint)
    assert closed.requests == []


# --- Plain http and variables -----------------------------------------------------------------------------------


def test_http_before_the_host_means_http_alone(fake: FakeRegistry, tmp_path: Path) -> None:
    with Wiretap(fake.host) as tap:
        found = list_tags(f"{tap.host}/team/web", tmp_path, {"KLUCTL_REGISTRY_HOST": f"http://{tap.host}"})

    assert (found.tags, found.notices) == (("main-1", "main-2"), [])
    assert set(tap.spoke_tls) == {False}


@pytest.mark.parametrize(
    ("variables", "warning"),
    [
        pytest.param(
            {"HOST": "other.example.com", "TLSVERIFY": "maybe"},
            "KLUCTL_REGISTRY_TLSVERIFY is 'maybe'; it must be true or false (also 1, yes, 0, no)",
            id="switch",
        ),
        pytest.param(
            {"HOST": "other.example.com", "AUTH": "s3cr3t"},
            "KLUCTL_REGISTRY_AUTH is not base64 of user:password; it is ignored",
            id="auth",
        ),
        pytest.param(
            {"HOST": "other.example.com", "USERNAME": "robot"},
            "KLUCTL_REGISTRY_USERNAME is set without KLUCTL_REGISTRY_PASSWORD; it is ignored",
            id="half-a-login",
        ),
        pytest.param(
            {"HOST": "other example"},
            "KLUCTL_REGISTRY_HOST is 'other example', which is not a host and takes no effect",
            id="host",
        ),
    ],
)
def test_a_variable_of_another_registry_that_cannot_be_used_is_a_warning(
    fake: FakeRegistry, tmp_path: Path, variables: dict[str, str], warning: str
) -> None:
    environ = {f"KLUCTL_REGISTRY_{name}": value for name, value in variables.items()}

    found = list_tags(f"{fake.host}/team/web", tmp_path, environ)

    assert (found.tags, found.notices) == (("main-1", "main-2"), [warning])


@pytest.mark.parametrize("variable", ["KLUCTL_REGISTRY_TLSVERIFY", "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY"])
def test_a_switch_that_decides_about_the_host_is_told_once_as_the_error(
    fake: FakeRegistry, tmp_path: Path, variable: str
) -> None:
    found = list_tags(f"{fake.host}/team/web", tmp_path, {"KLUCTL_REGISTRY_HOST": fake.host, variable: "maybe"})

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: {variable} is 'maybe';"
        f" it must be true or false (also 1, yes, 0, no) (registry {fake.host})"
    )
    assert (found.hint, found.notices) == ("correct the variable, or unset it", [])
    assert fake.requests == []


def test_a_login_goes_over_plain_http_where_the_host_is_written_with_it(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="basic", users={USER: PASSWORD}) as registry:
        environ = {**login(registry.host), "KLUCTL_REGISTRY_HOST": registry.url}
        found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    assert found.tags == ("1",)
    assert set(registry.authorizations()) == {BASIC}


def test_plain_http_to_a_name_that_need_not_be_this_computer_is_told(fake: FakeRegistry, tmp_path: Path) -> None:
    name = _public(fake)

    found = list_tags(f"{name}/team/web", tmp_path, {"KLUCTL_REGISTRY_HOST": f"http://{name}"})

    assert found.tags == ("main-1", "main-2")
    assert found.notices == [
        f"{name} is asked over plain http, which anyone in between can read (KLUCTL_REGISTRY_HOST)"
    ]


def test_plain_http_to_such_a_name_needs_the_word_of_the_user(fake: FakeRegistry, tmp_path: Path) -> None:
    name = _public(fake)

    found = list_tags(f"{name}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {name}/team/web: it does not speak TLS (https) (registry {name})"
    )
    assert found.hint == (
        "check the port\n"
        f"if it is plain http on purpose, and you trust the network: export KLUCTL_REGISTRY_HOST=http://{name}"
    )
    assert fake.requests == []


@pytest.mark.skipif(toml_parser() is None, reason="the standard library reads TOML since Python 3.11")
@pytest.mark.parametrize("demanded", [False, True])
def test_what_a_file_calls_insecure_may_be_plain_http_until_a_variable_demands_verification(
    fake: FakeRegistry, tmp_path: Path, *, demanded: bool
) -> None:
    name = _public(fake)
    file = tmp_path / ".config/containers/registries.conf"
    file.parent.mkdir(parents=True)
    file.write_text(f'[[registry]]\nlocation = "{name}"\ninsecure = true\n', encoding="utf-8")
    environ = {"KLUCTL_REGISTRY_HOST": name, "KLUCTL_REGISTRY_TLSVERIFY": "true"} if demanded else {}

    found = list_tags(f"{name}/team/web", tmp_path, environ)

    assert found.tags == (() if demanded else ("main-1", "main-2"))
    assert found.notices == (
        []
        if demanded
        else [
            f"the certificate of {name} is not verified ({file}:1)",
            f"{name} is asked over plain http, which anyone in between can read ({file}:1)",
        ]
    )


def _public(fake: FakeRegistry) -> str:
    """Return the host of a registry by a name that does not say that it is this computer."""
    return f"{_name_of_this_computer()}:{fake.host.rpartition(':')[2]}"


def _name_of_this_computer() -> str:
    name = socket.gethostname().lower()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        address = ""
    if address != "127.0.0.1" or is_loopback(name) or not is_host(name):
        pytest.skip("the name of this computer does not lead to its loopback address")
    return name


def test_a_ca_that_did_not_issue_the_certificate_is_named(
    secure: tuple[FakeRegistry, Certificate], tmp_path: Path
) -> None:
    registry, _ = secure
    other = authority_in(tmp_path / "other")
    environ = {"KLUCTL_REGISTRY_HOST": registry.host, "KLUCTL_REGISTRY_CA_BUNDLE": str(other.file)}

    found = list_tags(f"{registry.host}/team/web", tmp_path, environ)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: its certificate is self-signed"
        f" and not in {other.file} (KLUCTL_REGISTRY_CA_BUNDLE) (registry {registry.host})"
    )


def test_https_before_the_host_means_no_plain_http_even_on_this_computer(fake: FakeRegistry, tmp_path: Path) -> None:
    found = list_tags(f"{fake.host}/team/web", tmp_path, {"KLUCTL_REGISTRY_HOST": f"https://{fake.host}"})

    assert "it does not speak TLS (https)" in found.message
    assert fake.requests == []


def test_a_handshake_that_never_ends_is_not_taken_for_a_request(tmp_path: Path) -> None:
    policy = Policy(connect_s=0.2, read_s=30, jitter=(1, 1), clock=FakeClock())
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        found = list_tags(f"{host}/team/web", tmp_path, policy=policy)

    assert found.message == (
        f"cannot list the tags of {host}/team/web: it took the connection but not the TLS handshake within 0.2 s"
        f" (registry {host})"
    )
