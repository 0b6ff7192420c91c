"""What any registry must do for us, held against the fake and against a real one."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import real_registry
from fake_registry import FakeRegistry
from real_registry import PASSWORD, USER, RealRegistry

from kubectl_images.errors import RegistryError, RepositoryUnknownError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry

AnyRegistry = FakeRegistry | RealRegistry
Start = Callable[..., AnyRegistry]


@pytest.fixture(params=["fake", "real"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    if request.param == "real" and not real_registry.is_installed():
        reason = f"{real_registry.PROGRAM} is not on PATH"
        if os.environ.get("KUBECTL_IMAGES_TEST_REQUIRE_REAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with ExitStack() as stack:

        def start(*, auth: bool = False) -> AnyRegistry:
            if request.param == "real":
                return stack.enter_context(RealRegistry(tmp_path / "registry", auth=auth))
            users = {USER: PASSWORD} if auth else {}
            return stack.enter_context(FakeRegistry(auth="basic" if auth else "anonymous", users=users))

        yield start


def _list(registry: AnyRegistry, repository: str, home: Path, **environ: str) -> list[str]:
    notices: list[str] = []
    with Registry(environ, notice=notices.append, home=home) as client:
        tags = client.list_tags(ImageRef.parse(f"{registry.host}/{repository}"))
    assert notices == []
    # Debian's registry has no order of its own.
    return sorted(tags)


@pytest.mark.parametrize("count", [1, 2, 150])
def test_every_tag_is_listed(start: Start, tmp_path: Path, count: int) -> None:
    registry = start()
    tags = sorted(f"main-{number}" for number in range(count))
    registry.push("team/web", *tags)

    assert _list(registry, "team/web", tmp_path) == tags


def test_a_tag_pushed_later_is_listed_by_the_next_run(start: Start, tmp_path: Path) -> None:
    registry = start()
    registry.push("team/web", "main-1")
    _list(registry, "team/web", tmp_path)

    registry.push("team/web", "main-2")

    assert _list(registry, "team/web", tmp_path) == ["main-1", "main-2"]


def test_a_repository_without_tags_is_known_and_empty(start: Start, tmp_path: Path) -> None:
    registry = start()
    registry.push("team/web", "main-1")
    registry.remove("team/web", "main-1")

    assert _list(registry, "team/web", tmp_path) == []


def test_a_repository_that_was_never_pushed_is_unknown(start: Start, tmp_path: Path) -> None:
    registry = start()

    with pytest.raises(RepositoryUnknownError) as caught:
        _list(registry, "team/web", tmp_path)

    assert str(caught.value) == (
        f"cannot list the tags of {registry.host}/team/web: the registry has no such repository:"
        f' 404 Not Found: "repository name not known to registry" (registry {registry.host})'
    )
    assert caught.value.hint == "check the name of the image"


def test_a_login_from_the_environment_opens_a_registry(start: Start, tmp_path: Path) -> None:
    registry = start(auth=True)
    registry.push("team/web", "main-1")
    login = {
        "KLUCTL_REGISTRY_0_HOST": registry.host,
        "KLUCTL_REGISTRY_0_USERNAME": USER,
        "KLUCTL_REGISTRY_0_PASSWORD": PASSWORD,
    }

    assert _list(registry, "team/web", tmp_path, **login) == ["main-1"]


def test_a_login_of_docker_opens_a_registry(start: Start, tmp_path: Path) -> None:
    registry = start(auth=True)
    registry.push("team/web", "main-1")
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}), encoding="utf-8")

    assert _list(registry, "team/web", tmp_path, DOCKER_CONFIG=str(tmp_path)) == ["main-1"]


def test_a_wrong_password_is_told_with_its_source(start: Start, tmp_path: Path) -> None:
    registry = start(auth=True)
    login = {
        "KLUCTL_REGISTRY_HOST": registry.host,
        "KLUCTL_REGISTRY_USERNAME": USER,
        "KLUCTL_REGISTRY_PASSWORD": "wrong-password",
    }

    with pytest.raises(RegistryError) as caught:
        _list(registry, "team/web", tmp_path, **login)

    assert str(caught.value) == (
        f"cannot list the tags of {registry.host}/team/web: it refused the login from KLUCTL_REGISTRY_USERNAME,"
        f' or that login may not read the repository: 401 Unauthorized: "authentication required"'
        f" (registry {registry.host})"
    )
    assert caught.value.hint == f"run `docker login {registry.host}`, or ask for the right to pull"


def test_without_a_login_a_closed_registry_tells_how_to_log_in(start: Start, tmp_path: Path) -> None:
    registry = start(auth=True)

    with pytest.raises(RegistryError) as caught:
        _list(registry, "team/web", tmp_path)

    assert str(caught.value) == (
        f"cannot list the tags of {registry.host}/team/web: the repository does not exist or is private;"
        f' it answered 401 Unauthorized: "authentication required" (registry {registry.host})'
    )
    assert caught.value.hint == (
        f"check the name, or run `docker login {registry.host}`, or set KLUCTL_REGISTRY_HOST, _USERNAME and _PASSWORD"
    )
