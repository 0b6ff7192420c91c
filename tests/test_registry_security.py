"""What a registry can make us do: never show a login to somebody else, never talk to an address inside.

Two registries of this process answer over TLS under public names. They are reached through a proxy, so what the proxy
was asked for is every place that we turned to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from certificates import Certificate, certificate_for
from fake_registry import FakeRegistry, Reply, Rules
from registry_client import BASIC, LIST, PASSWORD, USER, Listed, list_tags, login, page
from tunnels import Tunnels

HOST, OTHER = "registry.example.com", "other.example.com"
USERS = {USER: PASSWORD}
OWN_REALM = f"https://{HOST}/token"
CLOSED = Rules("basic", USERS)
WITH_TOKENS = Rules("bearer", USERS, realm=OWN_REALM)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for(f"DNS:{HOST},DNS:{OTHER}", tmp_path_factory.mktemp("certificate"))


@dataclass
class Net:
    """The registry that we have a login for, another host, and the way to them."""

    certificate: Certificate
    home: Path
    stack: ExitStack
    servers: dict[str, FakeRegistry] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def start(self, rules: Rules, other: Rules | None = None) -> tuple[FakeRegistry, FakeRegistry]:
        """Start both; the other one is open when nothing is said about it."""
        for name, given in ((HOST, rules), (OTHER, other or Rules())):
            with_tls = Rules(**{**vars(given), "tls": self.certificate.context})
            server = FakeRegistry({"team/web": [f"tag-of-{name}"]}, rules=with_tls)
            self.servers[name] = self.stack.enter_context(server)
        return self.servers[HOST], self.servers[OTHER]

    def list_tags(self) -> Listed:
        """List the tags of a repository of the registry, with its login."""
        targets = {f"{name}:443": server.host for name, server in self.servers.items()}
        with Tunnels(targets) as proxy:
            ways = {"HTTPS_PROXY": proxy.url, "HTTP_PROXY": proxy.url, "SSL_CERT_FILE": str(self.certificate.file)}
            found = list_tags(f"{HOST}/team/web", self.home, ways | login(HOST))
        self.asked = proxy.asked
        return found


@pytest.fixture
def net(certificate: Certificate, tmp_path: Path) -> Iterator[Net]:
    with ExitStack() as stack:
        yield Net(certificate, tmp_path, stack)


def cannot(cause: str) -> str:
    return f"cannot list the tags of {HOST}/team/web: {cause} (registry {HOST})"


def to(url: str) -> Reply:
    return Reply(307, {"Location": url})


# --- Logins -----------------------------------------------------------------------------------------------------


def test_a_redirect_to_another_host_takes_no_login_along(net: Net) -> None:
    registry, other = net.start(CLOSED)
    registry.script(LIST, to(f"https://{OTHER}{LIST}"))

    found = net.list_tags()

    assert found.tags == (f"tag-of-{OTHER}",)
    assert registry.authorizations() == [BASIC]
    assert other.authorizations() == []


def test_a_host_behind_a_redirect_that_wants_a_login_gets_none(net: Net) -> None:
    registry, other = net.start(CLOSED, CLOSED)
    registry.script(LIST, to(f"https://{OTHER}{LIST}"))

    found = net.list_tags()

    assert found.message == cannot(
        'the repository does not exist or is private; it answered 401 Unauthorized: "authentication required"'
    )
    assert (other.paths(), other.authorizations()) == ([LIST], [])


def test_a_host_behind_a_redirect_gives_an_anonymous_token_of_its_own(net: Net) -> None:
    registry, other = net.start(WITH_TOKENS, Rules("bearer", realm=f"https://{OTHER}/token"))
    registry.script(LIST, to(f"https://{OTHER}{LIST}"))

    found = net.list_tags()

    assert found.message == ""
    assert found.tags == (f"tag-of-{OTHER}",)
    assert [(request.path.partition("?")[0], request.authorization) for request in other.requests] == [
        (LIST, None),
        ("/token", None),
        (LIST, "Bearer token-2"),
    ]
    assert registry.authorizations() == [BASIC, "Bearer token-2"]


def test_a_login_does_not_come_back_by_another_host(net: Net) -> None:
    registry, other = net.start(CLOSED)
    registry.script(LIST, to(f"https://{OTHER}{LIST}"))
    other.script(LIST, to(f"https://{HOST}{LIST}?back"))

    found = net.list_tags()

    # What comes back without a login is asked for one, as anybody is.
    assert found.message == ""
    assert found.tags == (f"tag-of-{HOST}",)
    assert [request.authorization for request in registry.requests] == [None, BASIC, None, BASIC]
    assert other.authorizations() == []


def test_a_redirect_of_the_first_contact_is_no_demand_of_the_registry(net: Net) -> None:
    registry, other = net.start(Rules(), CLOSED)
    registry.script("/v2/", to(f"https://{OTHER}/v2/"))

    found = net.list_tags()

    assert found.tags == (f"tag-of-{HOST}",)
    assert registry.authorizations() + other.authorizations() == []


def test_a_redirect_of_the_login_service_takes_no_login_along(net: Net) -> None:
    registry, other = net.start(WITH_TOKENS)
    registry.script("/token", to(f"https://{OTHER}/token?scope=x"))
    registry.script(LIST, page("1"))

    found = net.list_tags()

    assert found.tags == ("1",)
    assert other.authorizations() == []


def test_a_login_service_elsewhere_gets_the_login_and_never_a_token(net: Net) -> None:
    realm = f"https://{OTHER}/token"
    registry, other = net.start(Rules("bearer", USERS, realm=realm), Rules("bearer", USERS))
    registry.script(LIST, page("1"))

    found = net.list_tags()

    assert found.tags == ("1",)
    assert registry.authorizations() == ["Bearer token-1"]
    assert other.authorizations() == [BASIC]


def test_a_link_to_another_host_is_not_followed_there(net: Net) -> None:
    registry, other = net.start(WITH_TOKENS)
    link = f'<https://{OTHER}{LIST}?last=a>; rel="next"'
    registry.script(LIST, page("a", link=link), page("a", link=link), page("b"))

    found = net.list_tags()

    assert found.tags == ("a", "b")
    assert other.requests == []
    assert set(net.asked) == {f"{HOST}:443"}


# --- Places -----------------------------------------------------------------------------------------------------

REFUSED_REDIRECTS = [
    pytest.param(f"http://{OTHER}{LIST}", f"http://{OTHER}", id="http"),
    pytest.param(f"http://{HOST}{LIST}", f"http://{HOST}", id="http-on-the-same-host"),
    pytest.param("http://169.254.169.254/latest/meta-data/", "http://169.254.169.254", id="metadata"),
    pytest.param("https://169.254.169.254/", "https://169.254.169.254", id="link-local"),
    pytest.param("https://[fe80::1]/", "https://[fe80::1]", id="link-local-ipv6"),
    pytest.param("https://0.0.0.0/", "https://0.0.0.0", id="unspecified"),
    pytest.param("https://127.0.0.1:LOCAL/", "https://127.0.0.1:LOCAL", id="loopback"),
    pytest.param("https://localhost:LOCAL/", "https://localhost:LOCAL", id="localhost"),
    pytest.param("https://2130706433:LOCAL/", "https://2130706433:LOCAL", id="loopback-as-a-number"),
    pytest.param("https://[::ffff:127.0.0.1]:LOCAL/", "https://[::ffff:127.0.0.1]:LOCAL", id="loopback-in-ipv6"),
]


@pytest.mark.parametrize(("location", "target"), REFUSED_REDIRECTS)
@pytest.mark.parametrize("path", ["/v2/", LIST])
def test_nothing_is_sent_where_no_redirect_may_lead(net: Net, path: str, location: str, target: str) -> None:
    registry, other = net.start(CLOSED)
    port = other.host.partition(":")[2]
    registry.script(path, to(location.replace("LOCAL", port)))

    found = net.list_tags()

    assert found.message == cannot(f"it redirects to {target.replace('LOCAL', port)}, which is refused")
    assert other.requests == []
    assert set(net.asked) == {f"{HOST}:443"}


@pytest.mark.parametrize(
    "location",
    [
        pytest.param(f"https://{USER}:{PASSWORD}@{OTHER}{LIST}", id="with-a-login"),
        pytest.param(f"//{USER}@{OTHER}{LIST}", id="with-a-user"),
        pytest.param("ftp://ftp.example.com/", id="ftp"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("https://[::1/", id="broken"),
        pytest.param(f"https://{OTHER}:99999/", id="no-port"),
    ],
)
def test_a_redirect_to_something_else_than_an_address_is_refused(net: Net, location: str) -> None:
    registry, other = net.start(CLOSED)
    registry.script(LIST, to(location))

    found = net.list_tags()

    assert found.message == cannot("it redirects to something that is not an address")
    assert other.requests == []
    assert set(net.asked) == {f"{HOST}:443"}


@pytest.mark.parametrize(
    ("realm", "shown"),
    [
        pytest.param(f"http://{OTHER}/token", f"http://{OTHER}", id="http"),
        pytest.param(f"http://{HOST}/token", f"http://{HOST}", id="http-on-the-same-host"),
        pytest.param("http://169.254.169.254/token", "http://169.254.169.254", id="metadata"),
        pytest.param("https://169.254.169.254/token", "https://169.254.169.254", id="link-local"),
        pytest.param("https://10.0.0.1/token", "https://10.0.0.1", id="private"),
        pytest.param("https://[fd00::1]/token", "https://[fd00::1]", id="private-ipv6"),
        pytest.param("https://127.0.0.1:LOCAL/token", "https://127.0.0.1:LOCAL", id="loopback"),
        pytest.param("https://localhost:LOCAL/token", "https://localhost:LOCAL", id="localhost"),
        pytest.param("https://0.0.0.0:LOCAL/token", "https://0.0.0.0:LOCAL", id="unspecified"),
        pytest.param("https://0x7f000001:LOCAL/token", "https://0x7f000001:LOCAL", id="loopback-as-a-number"),
    ],
)
def test_no_login_is_sent_where_no_login_service_may_be(net: Net, realm: str, shown: str) -> None:
    registry, other = net.start(Rules("bearer", USERS, realm=realm))
    port = other.host.partition(":")[2]
    challenge = f'Bearer realm="{realm.replace("LOCAL", port)}",service="fake"'
    registry.script("/v2/", Reply(401, {"WWW-Authenticate": challenge}))

    found = net.list_tags()

    assert found.message == cannot(f"it names {shown.replace('LOCAL', port)} as its login service, which is refused")
    assert registry.authorizations() == []
    assert other.requests == []
    assert set(net.asked) == {f"{HOST}:443"}


def test_a_login_service_that_redirects_inside_is_not_followed(net: Net) -> None:
    registry, _ = net.start(WITH_TOKENS)
    registry.script("/token", to("https://169.254.169.254/token"))

    found = net.list_tags()

    assert found.message == cannot(
        f"its login service {HOST} gave no token: it redirects to https://169.254.169.254, which is refused"
    )
    assert set(net.asked) == {f"{HOST}:443"}


def test_a_login_service_without_a_name_gets_no_login(net: Net) -> None:
    registry, _ = net.start(Rules("bearer", USERS, realm=f"https://{USER}:{PASSWORD}@{OTHER}/token"))

    found = net.list_tags()

    assert found.message == cannot("it names a login service that is not an address")
    assert registry.authorizations() == []
    assert set(net.asked) == {f"{HOST}:443"}
