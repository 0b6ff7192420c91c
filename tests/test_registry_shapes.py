"""Whatever a registry is like, all of its tags are listed, and logins stay where they belong."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from certificates import certificate_for
from fake_registry import FakeRegistry, Reply, Rules, an_error
from registry_client import PASSWORD, USER, login, page
from registry_client import list_tags as listed
from registry_shapes import COUNTS, SHAPES, Shape
from tunnels import Tunnels

from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry

REPOSITORY = "docker-local/team/web"
LIST = f"/v2/{REPOSITORY}/tags/list"
WAYS = [
    pytest.param(shape, has_login, id=f"{name}-{'with' if has_login else 'without'}-login")
    for name, shape in SHAPES.items()
    for has_login in ([True, False] if shape.without_login else [True])
]


@dataclass(frozen=True)
class Servers:
    """A registry with tags, and the login service beside it, which only some registries name."""

    registry: FakeRegistry
    service: FakeRegistry

    def requests(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return what arrived: method, path without query, and the scheme of the Authorization ("": none)."""
        return {
            name: [
                (request.method, urlsplit(request.path).path, (request.authorization or "").partition(" ")[0])
                for request in server.requests
            ]
            for name, server in vars(self).items()
        }


@pytest.fixture
def servers(shape: Shape, count: int, *, has_login: bool) -> Iterator[Servers]:
    users = {USER: PASSWORD} if has_login and not shape.rules.identity_token else {}
    rules = replace(shape.rules, users=users, identity_token=shape.rules.identity_token if has_login else "")
    with (
        FakeRegistry(rules=rules) as service,
        FakeRegistry(
            {REPOSITORY: _tags(count)}, rules=rules, login_service=service if shape.login_service_elsewhere else None
        ) as registry,
    ):
        yield Servers(registry, service)


def _tags(count: int) -> list[str]:
    # In the order in which they were pushed, which is no other order.
    return [f"main-{number * 7919 % 10007}" for number in range(count)]


@pytest.mark.parametrize(("shape", "has_login"), WAYS)
@pytest.mark.parametrize("count", COUNTS)
def test_every_tag_is_listed(servers: Servers, shape: Shape, count: int, tmp_path: Path, *, has_login: bool) -> None:
    notices: list[str] = []
    environ = _login(servers.registry.host, shape) if has_login else {}

    with Registry(environ, notice=notices.append, home=tmp_path) as client:
        found = client.list_tags(ImageRef.parse(f"{servers.registry.host}/{REPOSITORY}"))

    assert sorted(found) == sorted(_tags(count))
    assert notices == []
    assert servers.requests() == _expected(shape, count, has_login=has_login)


def _login(host: str, shape: Shape) -> dict[str, str]:
    if not shape.rules.identity_token:
        return login(host)
    auth = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
    entry = {"auth": auth, "identitytoken": shape.rules.identity_token}
    return {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {host: entry}})}


def _expected(shape: Shape, count: int, *, has_login: bool) -> dict[str, list[tuple[str, str, str]]]:
    """Return the requests that a list takes: nobody but who asked for a login gets one, and nothing is asked twice."""
    rules, pages = shape.rules, shape.pages[COUNTS.index(count)]
    token: list[tuple[str, str, str]] = []
    if rules.auth == "bearer":
        by_post = has_login and rules.identity_token
        scheme = "Basic" if has_login and not by_post else ""
        token = [("POST" if by_post else "GET", rules.token_path, scheme)]
    shown = {"anonymous": [""], "basic": ["Basic"], "bearer": ["Bearer"]}[rules.auth]
    if rules.challenge_to_useless_token:
        shown = ["Bearer", "Basic"]
    lists = [("GET", LIST, scheme) for scheme in shown * pages]
    ping = [("GET", "/v2/", "")]
    if shape.login_service_elsewhere:
        return {"registry": ping + lists, "service": token}
    return {"registry": ping + token + lists, "service": []}


# --- What only some of them do ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "has_login", "cause"),
    [
        pytest.param(
            "docker-hub",
            False,
            'the repository does not exist or is private; it answered 401 Unauthorized: "authentication required"',
            id="docker-hub",
        ),
        pytest.param(
            "docker-hub",
            True,
            "it refused the login from KLUCTL_REGISTRY_USERNAME, or that login may not read the repository:"
            ' 401 Unauthorized: "authentication required"',
            id="docker-hub-with-login",
        ),
        pytest.param(
            "ghcr",
            False,
            "the repository does not exist or is private; its login service HOST answered 403 Forbidden:"
            ' "requested access to the resource is denied"',
            id="ghcr",
        ),
        pytest.param(
            "distribution-3",
            False,
            'the registry has no such repository: 404 Not Found: "repository name not known to registry"',
            id="distribution",
        ),
    ],
)
def test_a_repository_that_is_missing_or_private_is_told(
    tmp_path: Path, name: str, cause: str, *, has_login: bool
) -> None:
    rules = replace(SHAPES[name].rules, users={USER: PASSWORD} if has_login else {})
    with FakeRegistry({REPOSITORY: ["1"]}, rules=rules) as registry:
        found = listed(f"{registry.host}/team/missing", tmp_path, login(registry.host) if has_login else None)

    cause = cause.replace("HOST", registry.host)
    assert found.message == f"cannot list the tags of {registry.host}/team/missing: {cause} (registry {registry.host})"


def test_the_scope_of_the_first_contact_is_a_placeholder(tmp_path: Path) -> None:
    rules = Rules("bearer", placeholder_scope="repository:user/image:pull")
    with FakeRegistry({"age": ["1"]}, rules=rules) as registry:
        found = listed(f"{registry.host}/age", tmp_path)

    assert found.tags == ("1",)
    assert len(registry.requests) == 3


@pytest.mark.parametrize("lost", [1, 2], ids=["once", "twice"])
def test_a_list_begins_again_once_when_the_tag_before_a_page_was_deleted(tmp_path: Path, lost: int) -> None:
    small = page("a", link=f'<{LIST}?last=a>; rel="next"')
    with FakeRegistry({REPOSITORY: []}) as registry:
        registry.script(LIST, *[small, small, Reply(404)] * lost, small, small, page("b"))
        found = listed(f"{registry.host}/{REPOSITORY}", tmp_path)

    message = (
        f"cannot list the tags of {registry.host}/{REPOSITORY}: the tag list is incomplete: page 2 failed after 1 tag:"
        f" no registry answers at this path: 404 Not Found (registry {registry.host})"
    )
    assert (found.tags, found.message) == ((("a", "b"), "") if lost == 1 else ((), message))
    assert len(registry.requests) == 7


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(an_error(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested"), id="400"),
        pytest.param(an_error(405, "UNSUPPORTED", "Invalid parameter at 'maxResults'"), id="405"),
        pytest.param(an_error(413, "TOO_MANY_TAGS_REQUESTED", "ask for fewer"), id="413"),
    ],
)
def test_a_registry_that_will_not_send_everything_is_asked_for_a_hundred(tmp_path: Path, refusal: Reply) -> None:
    with FakeRegistry({REPOSITORY: ["1"]}) as registry:
        registry.script(LIST, refusal)
        found = listed(f"{registry.host}/{REPOSITORY}", tmp_path)

    assert found.tags == ("1",)
    assert [request.path for request in registry.requests] == ["/v2/", LIST, f"{LIST}?n=100"]


def test_what_a_registry_wants_to_be_known_is_told_once(tmp_path: Path) -> None:
    warnings = ['299 - "Read \\"this\\":\tplease", 299 - "And, this"', '110 - "not for us"']
    with FakeRegistry({REPOSITORY: []}) as registry:
        first = page("a", link=f'<{LIST}?last=a>; rel="next"')
        told = replace(first, headers={**first.headers, "Warning": warnings})
        registry.script(LIST, told, told, page("b"))
        found = listed(f"{registry.host}/{REPOSITORY}", tmp_path)

    assert found.tags == ("a", "b")
    assert found.notices == [f'{registry.host} says: Read "this": please', f"{registry.host} says: And, this"]


def test_an_answer_whose_compression_is_damaged_is_asked_for_without(tmp_path: Path) -> None:
    certificate = certificate_for("DNS:registry.example.com", tmp_path / "certificate")
    with (
        FakeRegistry({REPOSITORY: ["1"]}, rules=Rules(tls=certificate.context)) as registry,
        Tunnels({"registry.example.com:443": registry.host}) as proxy,
    ):
        registry.script(LIST, Reply(200, {"Content-Encoding": "gzip"}, b"no gzip"))
        environ = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(certificate.file)}
        found = listed(f"registry.example.com/{REPOSITORY}", tmp_path, environ)

    assert found.tags == ("1",)
    assert [request.accept_encoding for request in registry.requests] == ["gzip", "gzip", "identity"]
