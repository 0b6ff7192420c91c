from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

import pytest
from builders import a_call, a_use
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import RegistryError, UndecidedImageError
from kubectl_images.pinning import Lookups, pin
from kubectl_images.platforms import Platform
from kubectl_images.references import ImageRef
from kubectl_images.resolve import Decision

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
S390X = Platform.parse("linux/s390x")
TAGS = st.from_regex("[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True)
NAMES = st.sampled_from(["nginx", "docker.io/library/nginx", "reg.example.com:5000/a/b", "LOCALHOST/x", "[::1]/a"])
IMAGES = st.builds(lambda name, tag: f"{name}:{tag}" if tag else name, NAMES, st.none() | TAGS)


def not_asked(images: Collection[ImageRef]) -> NoReturn:
    raise AssertionError(f"no registry is needed, but one was asked for {images}")


def answering(
    digests: Mapping[str, str | RegistryError] | None = None,
    platforms: Mapping[str, Sequence[str] | RegistryError] | None = None,
) -> Lookups:
    """Return a registry that knows the digest of images by their full name and tag, and platforms by their digest."""

    def find_digests(images: Collection[ImageRef]) -> Mapping[ImageRef, str | RegistryError]:
        assert len(set(images)) == len(images)
        return {image: (digests or {})[str(image)] for image in images}

    def find_platforms(images: Collection[ImageRef]) -> Mapping[ImageRef, tuple[Platform, ...] | RegistryError]:
        assert len(set(images)) == len(images)
        found = {image: (platforms or {})[image.digest or "none"] for image in images}
        return {
            image: known if isinstance(known, RegistryError) else tuple(map(Platform.parse, known))
            for image, known in found.items()
        }

    return Lookups(find_digests, find_platforms)


def decided(*images: str) -> list[Decision]:
    """Return a decision for each image, in a container of its own."""
    return [
        Decision(a_use(a_call("nginx"), container=f"c{number}"), image, "registry")
        for number, image in enumerate(images)
    ]


def images_of(decisions: Sequence[Decision]) -> list[str]:
    return [decision.image for decision in decisions]


def the_error(
    decisions: Sequence[Decision], lookups: Lookups | None, wanted: Platform | None = None
) -> tuple[str, str]:
    with pytest.raises(UndecidedImageError) as caught:
        pin(decisions, lookups, wanted)
    return str(caught.value), caught.value.hint or ""


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        pytest.param("nginx:1.27", f"nginx:1.27@{A}", id="tag"),
        pytest.param("nginx", f"nginx:latest@{A}", id="no-tag"),
        pytest.param("docker.io/library/nginx:1.27", f"docker.io/library/nginx:1.27@{A}", id="as-written"),
        pytest.param(f"nginx:1.27@{B}", f"nginx:1.27@{B}", id="tag-and-digest"),
        pytest.param(f"nginx@{B}", f"nginx@{B}", id="digest"),
    ],
)
def test_an_image_is_written_with_its_digest(image: str, pinned: str) -> None:
    known = dict.fromkeys(["docker.io/library/nginx:1.27", "docker.io/library/nginx:latest"], A)

    assert images_of(pin(decided(image), answering(known))) == [pinned]


def test_only_the_image_of_a_decision_is_changed() -> None:
    before = Decision(a_use(), "nginx:1", "deployed", deployed="nginx:1", registry="nginx:2")

    (after,) = pin([before], answering({"docker.io/library/nginx:1": A}))

    assert after == Decision(before.use, f"nginx:1@{A}", "deployed", deployed="nginx:1", registry="nginx:2")


@pytest.mark.parametrize("lookups", [pytest.param(Lookups(not_asked, not_asked), id="online"), None])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_images_that_have_a_digest_need_no_registry(lookups: Lookups | None, count: int) -> None:
    decisions = decided(*[f"nginx:1@{A}", f"redis@{B}"][:count])

    assert pin(decisions, lookups) == tuple(decisions)


def test_one_image_under_several_names_is_one_question() -> None:
    decisions = decided("nginx", "docker.io/nginx:latest", "index.docker.io/library/nginx:latest", f"nginx@{B}")

    assert images_of(pin(decisions, answering({"docker.io/library/nginx:latest": A}))) == [
        f"nginx:latest@{A}",
        f"docker.io/nginx:latest@{A}",
        f"index.docker.io/library/nginx:latest@{A}",
        f"nginx@{B}",
    ]


@given(st.lists(IMAGES, max_size=4))
def test_a_pinned_image_is_the_same_image_with_the_digest_and_stays_as_it_is(images: list[str]) -> None:
    def find_digests(asked: Collection[ImageRef]) -> Mapping[ImageRef, str | RegistryError]:
        return dict.fromkeys(asked, A)

    pinned = pin(decided(*images), Lookups(find_digests, not_asked))

    for image, decision in zip(images, pinned, strict=True):
        before, after = ImageRef.parse(image), ImageRef.parse(decision.image)
        assert (after.name, after.tag, after.digest) == (before.name, before.tag_or_latest, A)
        assert decision.image.startswith(image)
    assert pin(pinned, None) == pinned


def test_an_image_without_a_digest_offline_is_an_error_with_its_place() -> None:
    message, hint = the_error(decided("nginx:1"), None)

    assert message == (
        "nginx:1 has no digest, and --offline asks no registry\n"
        '    for deployment.apps/web, container "c0", in web.yaml.j2:3'
    )
    assert hint == "pin it: --fixed-image nginx=nginx:1@sha256:DIGEST, or leave out --pin-digests or --offline"


def test_a_failure_of_the_registry_is_an_error_with_every_place() -> None:
    decisions = decided("nginx:1", "nginx:1", "nginx:1", "docker.io/nginx:1")
    gone = RegistryError("cannot find the digest of docker.io/library/nginx:1: gone", hint="look again")

    message, hint = the_error(decisions, answering({"docker.io/library/nginx:1": gone}))

    assert message == (
        "cannot find the digest of docker.io/library/nginx:1: gone\n"
        '    for deployment.apps/web, container "c0", in web.yaml.j2:3\n'
        '    for deployment.apps/web, container "c1", in web.yaml.j2:3\n'
        '    for deployment.apps/web, container "c2", in web.yaml.j2:3\n'
        "    and 1 more use"
    )
    assert hint == "look again"


def test_all_failures_are_named_in_one_error() -> None:
    decisions = decided("a:1", f"b@{B}", f"c@{A}", "d:1")
    known: dict[str, str | RegistryError] = {
        "docker.io/library/a:1": RegistryError("no digest of a", hint="look again"),
        "docker.io/library/d:1": A,
    }
    lookups = answering(known, {A: ["linux/s390x"], B: RegistryError("no platforms of b", hint="look again")})

    message, hint = the_error(decisions, lookups, S390X)

    assert message == (
        "2 images cannot be pinned\n"
        "    no digest of a\n"
        '        for deployment.apps/web, container "c0", in web.yaml.j2:3\n'
        "    no platforms of b\n"
        '        for deployment.apps/web, container "c1", in web.yaml.j2:3'
    )
    assert hint == f"a:1, b@{B}: look again"


@pytest.mark.parametrize(
    ("platforms", "wanted"),
    [
        pytest.param(["linux/s390x"], "linux/s390x", id="alone"),
        pytest.param(["linux/amd64", "linux/arm64/v8"], "linux/arm64", id="one-of-several"),
    ],
)
def test_an_image_for_the_wanted_platform_is_pinned(platforms: list[str], wanted: str) -> None:
    lookups = answering({"docker.io/library/nginx:1": A}, {A: platforms, B: platforms})

    pinned = pin(decided("nginx:1", f"nginx@{B}"), lookups, Platform.parse(wanted))

    assert images_of(pinned) == [f"nginx:1@{A}", f"nginx@{B}"]


MANY = [f"linux/a{number}" for number in range(22)]


@pytest.mark.parametrize(
    ("platforms", "offered"),
    [
        pytest.param([], "is for no platform", id="none"),
        pytest.param(["linux/amd64"], "is only for linux/amd64", id="one"),
        pytest.param(["linux/amd64", "linux/arm64"], "is only for linux/amd64, linux/arm64", id="two"),
        pytest.param(MANY, f"is only for {', '.join(MANY[:20])} and 2 more", id="many"),
    ],
)
def test_an_image_for_other_platforms_is_an_error_that_names_them(platforms: list[str], offered: str) -> None:
    lookups = answering({"docker.io/library/nginx:1": A}, {A: platforms})

    assert the_error(decided("nginx:1"), lookups, S390X) == (
        f'nginx:1 {offered}, wanted linux/s390x\n    for deployment.apps/web, container "c0", in web.yaml.j2:3',
        "build it for linux/s390x, or leave out --platform",
    )


def test_a_tag_and_the_digest_it_has_are_both_named_where_they_lack_the_platform() -> None:
    lookups = answering({"docker.io/library/nginx:1": A}, {A: ["linux/amd64"]})

    message, _ = the_error(decided("nginx:1", f"nginx:1@{A}"), lookups, S390X)

    assert message.splitlines()[::2] == [
        "2 images cannot be pinned",
        '        for deployment.apps/web, container "c0", in web.yaml.j2:3',
        '        for deployment.apps/web, container "c1", in web.yaml.j2:3',
    ]
