"""What any registry must do for us, held against the fake and against a real one, however they are reached."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import real_registry
from certificates import Certificate, authority_in, certificate_for
from fake_registry import FakeRegistry, Rules
from real_registry import PASSWORD, USER, RealRegistry
from wiretap import Wiretap

from kubectl_images.cli import run
from kubectl_images.errors import RegistryError, RepositoryUnknownError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry
from kubectl_images.terminal import Terminal

AnyRegistry = FakeRegistry | RealRegistry

MANIFEST = """\
kind: Job
apiVersion: batch/v1
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
      - {{name: web, image: "{{{{ images.get_image('{host}/team/web', 'prefix(\"main-\")') }}}}"}}
"""


@dataclass(frozen=True)
class Mode:
    """How a registry is set up; with `certs_d`, its CA is trusted by a file there, else by CA_BUNDLE."""

    auth: bool = False
    tls: bool = False
    clients: bool = False
    certs_d: bool = False


MODES = {
    "plain": Mode(),
    "htpasswd": Mode(auth=True),
    "tls": Mode(tls=True),
    "tls-certs.d": Mode(tls=True, certs_d=True),
    "tls-htpasswd": Mode(tls=True, auth=True),
    "tls-client": Mode(tls=True, clients=True, certs_d=True),
    "tls-client-htpasswd": Mode(tls=True, clients=True, certs_d=True, auth=True),
}
CLOSED = pytest.mark.parametrize("mode", ["htpasswd", "tls-htpasswd"])
WITH_TLS = pytest.mark.parametrize("mode", ["tls", "tls-htpasswd"])
WITH_AND_WITHOUT_TLS = pytest.mark.parametrize("mode", ["plain", "tls"])
REAL = pytest.mark.parametrize("kind", ["real"], indirect=True)
WITH_CLIENTS = pytest.mark.parametrize("mode", ["tls-client", "tls-client-htpasswd"])


@dataclass(frozen=True)
class Certificates:
    """A private CA and what it issued."""

    authority: Certificate
    server: Certificate
    client: Certificate


@dataclass(frozen=True)
class Place:
    """A registry, and what a user of it has: the variables that open it, and a home with files."""

    registry: AnyRegistry
    home: Path
    trust: Mapping[str, str]
    login: Mapping[str, str]

    def image(self, repository: str) -> ImageRef:
        """Return a repository of the registry."""
        return ImageRef.parse(f"{self.registry.host}/{repository}")

    def client(self, said: list[str], environ: Mapping[str, str] | None = None) -> Registry:
        """Return a run that can get in; with these variables instead of the usual. What it has to say is in `said`."""
        environ = {**self.trust, **self.login} if environ is None else environ
        return Registry(environ, notice=said.append, progress=said.append, home=self.home)

    def tags(self, repository: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """List the tags, in a run of its own that has nothing to say."""
        said: list[str] = []
        with self.client(said, environ) as client:
            tags = client.list_tags(self.image(repository))
        assert said == []
        # Debian's registry has no order of its own.
        return sorted(tags)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    authority = authority_in(folder / "authority")
    server = certificate_for("IP:127.0.0.1", folder / "server", issuer=authority)
    return Certificates(authority, server, certificate_for("DNS:robot", folder / "client", issuer=authority))


@pytest.fixture(params=["fake", "real"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    if kind == "real" and not real_registry.is_installed():
        reason = f"{real_registry.PROGRAM} is not on PATH"
        (pytest.fail if os.environ.get("KUBECTL_IMAGES_TEST_REQUIRE_REAL") == "1" else pytest.skip)(reason)
    return kind


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    mode: str = request.param
    return mode


@pytest.fixture
def place(kind: str, mode: str, certificates: Certificates, tmp_path: Path) -> Iterator[Place]:
    wanted = MODES[mode]
    with _fake(wanted, certificates) if kind == "fake" else _real(wanted, certificates, tmp_path) as registry:
        home = tmp_path / "home"
        home.mkdir()
        trust = _trust(wanted, certificates, registry.host, home) if wanted.tls else {}
        login = {"KLUCTL_REGISTRY_USERNAME": USER, "KLUCTL_REGISTRY_PASSWORD": PASSWORD} if wanted.auth else {}
        named = {"KLUCTL_REGISTRY_HOST": registry.host} if login or trust else {}
        yield Place(registry, home, {**named, **trust}, {**named, **login})


def a_real_one(place: Place) -> RealRegistry:
    assert isinstance(place.registry, RealRegistry), "it is a process, which can end"
    return place.registry


def _fake(mode: Mode, certificates: Certificates) -> FakeRegistry:
    context = None
    if mode.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.server.file, certificates.server.key)
    if context and mode.clients:
        context.load_verify_locations(certificates.authority.file)
        context.verify_mode = ssl.CERT_REQUIRED
    users = {USER: PASSWORD} if mode.auth else {}
    return FakeRegistry(rules=Rules("basic" if mode.auth else "anonymous", users, tls=context))


def _real(mode: Mode, certificates: Certificates, folder: Path) -> RealRegistry:
    server = certificates.server if mode.tls else None
    clients = certificates.authority if mode.clients else None
    return RealRegistry(folder / "registry", auth=mode.auth, tls=server, clients=clients)


def _trust(mode: Mode, certificates: Certificates, host: str, home: Path) -> dict[str, str]:
    """Return the variables that make the CA trusted, or fill the directory that does."""
    if not mode.certs_d:
        return {"KLUCTL_REGISTRY_CA_BUNDLE": str(certificates.authority.file)}
    directory = _certs_d(home, host)
    directory.mkdir(parents=True)
    shutil.copy(certificates.authority.file, directory / "ca.crt")
    if mode.clients:
        shutil.copy(certificates.client.file, directory / "client.cert")
        shutil.copy(certificates.client.key, directory / "client.key")
    return {}


def _certs_d(home: Path, host: str) -> Path:
    return home / ".config" / "containers" / "certs.d" / host


# --- Lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 150])
def test_every_tag_is_listed(place: Place, count: int) -> None:
    tags = sorted(f"main-{number}" for number in range(count))
    place.registry.push("team/web", *tags)

    assert place.tags("team/web") == tags


def test_a_tag_pushed_later_is_listed_by_the_next_run(place: Place) -> None:
    place.registry.push("team/web", "main-1")
    place.tags("team/web")

    place.registry.push("team/web", "main-2")

    assert place.tags("team/web") == ["main-1", "main-2"]


def test_a_repository_without_tags_is_known_and_empty(place: Place) -> None:
    place.registry.push("team/web", "main-1")
    place.registry.remove("team/web", "main-1")

    assert place.tags("team/web") == []


def test_a_repository_that_was_never_pushed_is_unknown(place: Place) -> None:
    with pytest.raises(RepositoryUnknownError) as caught:
        place.tags("team/web")

    host = place.registry.host
    assert str(caught.value) == (
        f"cannot list the tags of {host}/team/web: the registry has no such repository:"
        f' 404 Not Found: "repository name not known to registry" (registry {host})'
    )
    assert caught.value.hint == "check the name of the image"


# --- Logins -----------------------------------------------------------------------------------------------------


@CLOSED
def test_a_login_of_docker_opens_a_registry(place: Place) -> None:
    place.registry.push("team/web", "main-1")
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    config = place.home / ".docker" / "config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"auths": {place.registry.host: {"auth": auth}}}), encoding="utf-8")

    assert place.tags("team/web", place.trust) == ["main-1"]


@CLOSED
def test_a_wrong_password_is_told_with_its_source(place: Place) -> None:
    with pytest.raises(RegistryError) as caught:
        place.tags("team/web", {**place.trust, **place.login, "KLUCTL_REGISTRY_PASSWORD": "wrong-password"})

    host = place.registry.host
    assert str(caught.value) == (
        f"cannot list the tags of {host}/team/web: it refused the login from KLUCTL_REGISTRY_USERNAME,"
        f' or that login may not read the repository: 401 Unauthorized: "authentication required"'
        f" (registry {host})"
    )
    assert caught.value.hint == "correct or unset KLUCTL_REGISTRY_USERNAME, or ask for the right to pull"


@CLOSED
def test_without_a_login_a_closed_registry_tells_how_to_log_in(place: Place) -> None:
    with pytest.raises(RegistryError) as caught:
        place.tags("team/web", place.trust)

    host = place.registry.host
    assert str(caught.value) == (
        f"cannot list the tags of {host}/team/web: the repository does not exist or is private;"
        f' it answered 401 Unauthorized: "authentication required" (registry {host})'
    )
    assert caught.value.hint == (
        f"check the name, or run `docker login {host}`, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD"
    )


# --- Certificates -----------------------------------------------------------------------------------------------


@WITH_TLS
def test_a_ca_that_is_not_trusted_is_an_error_and_nothing_is_sent_without_tls(place: Place) -> None:
    place.registry.push("team/web", "main-1")

    with Wiretap(place.registry.host) as tap:
        login = {**place.login, "KLUCTL_REGISTRY_HOST": tap.host}
        client = Registry(login, notice=print, home=place.home)
        with client, pytest.raises(RegistryError) as caught:
            client.list_tags(ImageRef.parse(f"{tap.host}/team/web"))

    assert str(caught.value) == (
        f"cannot list the tags of {tap.host}/team/web: its certificate is not trusted: its CA is unknown here"
        f" (registry {tap.host})"
    )
    assert set(tap.spoke_tls) == {True}


@WITH_CLIENTS
def test_without_its_client_certificate_a_registry_refuses(place: Place) -> None:
    directory = _certs_d(place.home, place.registry.host)
    for name in ("client.cert", "client.key"):
        (directory / name).unlink()

    with pytest.raises(RegistryError) as caught:
        place.tags("team/web")

    # With TLS 1.3, the refusal races with the end of the connection.
    causes = ("it wants a client certificate", "it closed the connection without an answer")
    host = place.registry.host
    assert str(caught.value) in {
        f"cannot list the tags of {host}/team/web: {cause} (registry {host})" for cause in causes
    }


# --- A registry that ends in the middle of a run ----------------------------------------------------------------


@REAL
@WITH_AND_WITHOUT_TLS
def test_a_registry_that_ended_fails_what_is_not_known_yet(place: Place) -> None:
    registry = a_real_one(place)
    registry.push("team/web", "main-1")
    names = [f"team/app-{number}" for number in range(40)]
    with place.client([]) as client:
        web = place.image("team/web")
        client.list_tags(web)
        registry.stop()

        found = client.list_many([web, *map(place.image, names)])

    causes = {str(error).partition(": ")[2] for error in found.values() if isinstance(error, RegistryError)}
    assert found.pop(web.repository_key) == ("main-1",)
    assert len(found) == len(names)
    assert causes == {f"nothing listens there (registry {registry.host})"}


@REAL
@pytest.mark.parametrize("mode", ["htpasswd"])
def test_a_registry_that_ends_between_two_requests_is_told_by_the_command(place: Place, tmp_path: Path) -> None:
    registry = a_real_one(place)
    registry.push("team/web", "main-1")
    file = tmp_path / "web.yaml"
    file.write_text(MANIFEST.format(host=registry.host), encoding="utf-8")
    # The login is asked for after the first answer of the registry, and before the list.
    helper = tmp_path / "docker-credential-last"
    login = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\nkill -9 {registry.process_id}\necho '{login}'\n", encoding="ascii")
    helper.chmod(0o700)
    environ = {
        "HOME": str(place.home),
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "DOCKER_AUTH_CONFIG": '{"credsStore": "last"}',
    }
    out, err = io.StringIO(), io.StringIO()

    code = run(["list", "--simple", "-u", "-f", str(file)], Terminal(io.TextIOWrapper(io.BytesIO()), out, err), environ)

    assert (code, out.getvalue()) == (1, "")
    assert err.getvalue() == (
        f"error: cannot list the tags of {registry.host}/team/web: nothing listens there (registry {registry.host})\n"
        f'    for job.batch/web, container "web", in {file}:8\n'
        "hint: check that the registry is up and that the port is right\n"
    )


@REAL
@WITH_AND_WITHOUT_TLS
def test_a_registry_that_was_restarted_in_the_middle_of_a_run_goes_on_silently(place: Place) -> None:
    registry = a_real_one(place)
    names = [f"team/app-{number}" for number in range(40)]
    for name in names:
        registry.push(name, "main-1")
    notices: list[str] = []
    with place.client(notices) as client:
        before = client.list_many(map(place.image, names[:20]))
        registry.stop()
        registry.start()

        after = client.list_many(map(place.image, names[20:]))

    assert [*before.values(), *after.values()] == [("main-1",)] * len(names)
    assert notices == []
