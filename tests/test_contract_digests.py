"""What any registry must tell us of manifests, held against the fake and against a real one."""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import real_registry
from fake_manifests import (
    DOCKER_IMAGE,
    DOCKER_LIST,
    EMPTY,
    OCI_IMAGE,
    OCI_INDEX,
    Stored,
    an_image,
    an_index,
    upload,
)
from fake_registry import FakeRegistry
from real_registry import RealRegistry

from kubectl_images.errors import RegistryError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry

T = TypeVar("T")
AnyRegistry = FakeRegistry | RealRegistry

AMD64, ARM64 = an_image("linux/amd64"), an_image("linux/arm64/v8")
DOCKER_AMD64 = an_image("linux/amd64", docker=True)
STORED = {
    "oci-image": AMD64,
    "oci-index": an_index({"linux/amd64": AMD64, "linux/arm64/v8": ARM64}),
    "docker-image": DOCKER_AMD64,
    "docker-list": an_index(
        {"linux/amd64": DOCKER_AMD64, "linux/arm64": an_image("linux/arm64", docker=True)}, docker=True
    ),
}
ALL = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_IMAGE}, {DOCKER_IMAGE}"
NONE = f"sha256:{'0' * 64}"


@pytest.fixture(params=["fake", "real"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyRegistry]:
    if request.param == "fake":
        with FakeRegistry() as fake:
            yield fake
        return
    if not real_registry.is_installed():
        reason = f"{real_registry.PROGRAM} is not on PATH"
        (pytest.fail if os.environ.get("KUBECTL_IMAGES_TEST_REQUIRE_REAL") == "1" else pytest.skip)(reason)
    with RealRegistry(tmp_path / "registry") as real:
        yield real


def put(registry: AnyRegistry, tag: str, stored: Stored) -> None:
    if isinstance(registry, FakeRegistry):
        registry.put("team/web", tag, stored)
    else:
        upload(registry.host, "team/web", tag, stored)


def asked(registry: AnyRegistry, home: Path, work: Callable[[Registry], T]) -> T:
    """Return what a client of ours finds out, which has nothing to remark."""
    notices: list[str] = []
    with Registry({}, notice=notices.append, home=home) as client:
        found = work(client)
    assert notices == []
    return found


def image(registry: AnyRegistry, rest: str) -> ImageRef:
    return ImageRef.parse(f"{registry.host}/team/web{rest}")


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_a_tag_has_the_digest_of_what_was_pushed(registry: AnyRegistry, tmp_path: Path, stored: Stored) -> None:
    put(registry, "main-1", stored)

    found = asked(registry, tmp_path, lambda client: client.digest(image(registry, ":main-1")))

    assert found == stored.digest


def test_an_image_without_a_tag_has_the_digest_of_latest(registry: AnyRegistry, tmp_path: Path) -> None:
    put(registry, "latest", AMD64)

    assert asked(registry, tmp_path, lambda client: client.digest(image(registry, ""))) == AMD64.digest


def test_what_is_only_pushed_is_an_empty_image(registry: AnyRegistry, tmp_path: Path) -> None:
    registry.push("team/web", "main-1", "main-2")

    for tag in ("main-1", "main-2"):
        found = asked(registry, tmp_path, lambda client, tag=tag: client.digest(image(registry, f":{tag}")))  # type: ignore[misc]
        assert found == EMPTY.digest


def test_a_tag_that_moves_has_another_digest_in_the_next_run(registry: AnyRegistry, tmp_path: Path) -> None:
    put(registry, "main-1", AMD64)
    before = asked(registry, tmp_path, lambda client: client.digest(image(registry, ":main-1")))

    put(registry, "main-1", ARM64)

    assert before == AMD64.digest
    assert asked(registry, tmp_path, lambda client: client.digest(image(registry, ":main-1"))) == ARM64.digest


def test_an_unknown_tag_is_an_error(registry: AnyRegistry, tmp_path: Path) -> None:
    put(registry, "main-1", AMD64)

    with pytest.raises(RegistryError) as caught:
        asked(registry, tmp_path, lambda client: client.digest(image(registry, ":main-2")))

    assert str(caught.value) == (
        f"cannot find the digest of {registry.host}/team/web:main-2: the repository has no tag main-2:"
        f' 404 Not Found: "manifest unknown" (registry {registry.host})'
    )
    assert caught.value.hint == f"look at its tags: kubectl images tags {registry.host}/team/web"


def test_an_unknown_digest_is_an_error(registry: AnyRegistry, tmp_path: Path) -> None:
    put(registry, "main-1", AMD64)

    with pytest.raises(RegistryError) as caught:
        asked(registry, tmp_path, lambda client: client.platforms(image(registry, f"@{NONE}")))

    assert str(caught.value) == (
        f"cannot find the platforms of {registry.host}/team/web@{NONE}: the repository has no manifest {NONE}:"
        f' 404 Not Found: "manifest unknown" (registry {registry.host})'
    )


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        pytest.param("oci-image", ["linux/amd64"], id="oci-image"),
        pytest.param("oci-index", ["linux/amd64", "linux/arm64/v8"], id="oci-index"),
        pytest.param("docker-image", ["linux/amd64"], id="docker-image"),
        pytest.param("docker-list", ["linux/amd64", "linux/arm64"], id="docker-list"),
    ],
)
@pytest.mark.parametrize("by", ["tag", "digest", "both"])
def test_the_platforms_of_an_image_are_found(
    registry: AnyRegistry, tmp_path: Path, name: str, platforms: list[str], by: str
) -> None:
    put(registry, "main-1", STORED[name])
    rest = {"tag": ":main-1", "digest": f"@{STORED[name].digest}", "both": f":main-1@{STORED[name].digest}"}[by]

    found = asked(registry, tmp_path, lambda client: client.platforms(image(registry, rest)))

    assert list(map(str, found)) == platforms


def test_an_index_without_images_is_for_no_platform(registry: AnyRegistry, tmp_path: Path) -> None:
    put(registry, "main-1", an_index({}))

    assert asked(registry, tmp_path, lambda client: client.platforms(image(registry, ":main-1"))) == ()


# What a client gets that does not take every type: the fake alone is tested here, against the real one.


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
@pytest.mark.parametrize("by_tag", [True, False], ids=["by-tag", "by-digest"])
@pytest.mark.parametrize(
    "accept", [None, "*/*", OCI_INDEX, OCI_IMAGE, DOCKER_LIST, DOCKER_IMAGE, ALL], ids=lambda value: str(value)[-26:]
)
def test_what_is_not_accepted_is_refused_or_replaced(
    registry: AnyRegistry, stored: Stored, by_tag: bool, accept: str | None
) -> None:
    put(registry, "main-1", stored)
    path = f"/v2/team/web/manifests/{'main-1' if by_tag else stored.digest}"

    for method in ("HEAD", "GET"):
        status, media_type, digest = raw(registry.host, method, path, accept)
        assert (status, media_type, digest) == expected(stored, by_tag=by_tag, accept=accept or "")


def expected(stored: Stored, *, by_tag: bool, accept: str) -> tuple[int, str | None, str | None]:
    """Return what distribution 2.8.2 answers."""
    takes = stored.media_type in accept
    oci = stored.media_type in (OCI_INDEX, OCI_IMAGE)
    if takes or (not by_tag and not oci):
        return 200, stored.media_type, stored.digest
    if stored.media_type == DOCKER_LIST and DOCKER_IMAGE in accept:
        return 200, DOCKER_IMAGE, DOCKER_AMD64.digest
    return 404 if oci else 400, "application/json; charset=utf-8", None


def raw(host: str, method: str, path: str, accept: str | None) -> tuple[int, str | None, str | None]:
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, headers={"Accept": accept} if accept else {})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers["Content-Type"], response.headers["Docker-Content-Digest"]
    finally:
        connection.close()
