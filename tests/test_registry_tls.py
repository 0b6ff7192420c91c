"""TLS towards registries: certificates of both sides, CAs, and plain http."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Certificate, certificate_for
from fake_registry import FakeRegistry, Rules
from registry_client import list_tags


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
        f"put its CA into /etc/docker/certs.d/{registry.host}/ca.crt, or export KLUCTL_REGISTRY_HOST={registry.host}"
        " KLUCTL_REGISTRY_CA_BUNDLE=ca.crt\n"
        "KLUCTL_REGISTRY_TLSVERIFY=false instead turns verification off, which is not safe"
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
        pytest.param(ssl.TLSVersion.TLSv1_2, {"it wants a client certificate"}, id="1.2"),
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
