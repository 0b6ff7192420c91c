"""The image of a container is one whole image, whatever stands around the call of get_image."""

from __future__ import annotations

from typing import Any

import pytest
from builders import a_call, a_manifest, inserted
from hypothesis import example, given
from hypothesis import strategies as st

from kubectl_images.errors import InputError, InvalidImageError
from kubectl_images.image_fields import fault_as_decided, fault_as_written, is_image_field
from kubectl_images.images import fill, find_uses
from kubectl_images.objects import Manifest
from kubectl_images.paths import Element
from kubectl_images.placeholders import Placeholders
from kubectl_images.references import ImageRef

AFTER = 'leave out "{}" after it: the image comes with its tag'
BEFORE = "before the image may stand a registry and a path, such as mirror.example.com/"
ONE = "a container has one image: get_image once, and nothing after it"
CONTAINERS = ("containers", Element("app", 0), "image")


def a_pod(image: str, **other: Any) -> tuple[Manifest, Placeholders]:
    """Return a Pod; @ in the image is the placeholder of a call."""
    placeholders, (placeholder,) = inserted(a_call("r.io/web"))
    container = {"name": "app", "image": image.replace("@@", placeholder), **other}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    return a_manifest(body, "p.yaml"), placeholders


@pytest.mark.parametrize(
    ("steps", "is_one"),
    [
        pytest.param(("spec", *CONTAINERS), True, id="container"),
        pytest.param(("spec", "initContainers", Element(None, 0), "image"), True, id="init-container"),
        pytest.param(("spec", "ephemeralContainers", Element("a", 0), "image"), True, id="ephemeral-container"),
        pytest.param(("spec", "volumes", Element("a", 0), "image", "reference"), True, id="volume"),
        pytest.param(("spec", "template", "spec", *CONTAINERS), True, id="template"),
        pytest.param(("spec", "containers", Element("app", 0), "args", Element(None, 0)), False, id="argument"),
        pytest.param(("spec", "containers", "image"), False, id="no-list"),
        pytest.param(("spec", "parts", Element("app", 0), "image"), False, id="other-list"),
        pytest.param(("spec", "image"), False, id="custom-resource"),
        pytest.param((), False, id="the-object"),
    ],
)
def test_images_of_containers_and_volumes_hold_nothing_else(steps: tuple[Any, ...], is_one: bool) -> None:
    assert is_image_field(steps) is is_one


@pytest.mark.parametrize(
    ("image", "written", "hint"),
    [
        pytest.param("@@:latest", "{}:latest", AFTER.format(":latest"), id="tag"),
        pytest.param(
            "@@@sha256:" + "a" * 64, "{}@sha256:" + "a" * 64, AFTER.format("@sha256:" + "a" * 64), id="digest"
        ),
        pytest.param("@@/web", "{}/web", AFTER.format("/web"), id="path"),
        pytest.param("@@\n", "{}\\n", AFTER.format("\\n"), id="end-of-line"),
        pytest.param("https://@@", "https://{}", BEFORE, id="scheme"),
        pytest.param("web:@@", "web:{}", BEFORE, id="after-a-name"),
        pytest.param("@@@@", "{}{}", ONE, id="twice"),
    ],
)
def test_text_that_no_image_holds_is_an_error_before_anything_is_decided(image: str, written: str, hint: str) -> None:
    manifest, placeholders = a_pod(image)

    with pytest.raises(InputError) as caught:
        find_uses([manifest], placeholders)

    shown = written.replace("{}", "{{ images.get_image('r.io/web') }}")
    assert str(caught.value) == (
        f'p.yaml:1: pod/p: spec.containers[app].image: "{shown}" is no image, whatever is decided\n'
        "    web.yaml.j2:3: images.get_image('r.io/web')"
    )
    assert caught.value.hint == hint


@pytest.mark.parametrize("image", ["@@", "mirror.example.com/@@", "mirror.example.com:5000/a/@@", "@@-alpine"])
def test_what_is_an_image_as_a_whole_is_none_of_our_business(image: str) -> None:
    manifest, placeholders = a_pod(image)

    (use,) = find_uses([manifest], placeholders)
    (filled,) = fill([manifest], placeholders, {use: "r.io/web:7"})

    assert filled.body["spec"]["containers"][0]["image"] == image.replace("@@", "r.io/web:7")


def test_other_fields_may_hold_any_text_around_an_image() -> None:
    manifest, placeholders = a_pod("nginx", args=["@@:latest".replace("@@", inserted(a_call("r.io/web"))[1][0])])

    assert [use.texts for use in find_uses([manifest], placeholders)] == [("", ":latest")]


@pytest.mark.parametrize(
    ("image", "decided", "cause", "hint"),
    [
        pytest.param(
            "@@-alpine",
            "r.io/web:7@sha256:" + "a" * 64,
            "the digest is not sha256: and 64 lower-case hexadecimal digits",
            AFTER.format("-alpine"),
            id="digest",
        ),
        pytest.param(
            "mirror.example.com/@@",
            "other.io:5000/web:7",
            'the tag "5000/web:7" may hold only A-Z a-z 0-9 _ . - and must not begin with . or -',
            BEFORE,
            id="another-registry",
        ),
    ],
)
def test_what_is_no_image_with_what_was_decided_is_an_error(image: str, decided: str, cause: str, hint: str) -> None:
    manifest, placeholders = a_pod(image)
    (use,) = find_uses([manifest], placeholders)

    with pytest.raises(InputError) as caught:
        fill([manifest], placeholders, {use: decided})

    assert str(caught.value) == (
        f'p.yaml:1: pod/p: spec.containers[app].image: invalid image "{image.replace("@@", decided)}": {cause}\n'
        "    web.yaml.j2:3: images.get_image('r.io/web')"
    )
    assert caught.value.hint == hint


def is_valid(text: str) -> bool:
    try:
        ImageRef.parse(text)
    except InvalidImageError:
        return False
    return True


AROUND = st.text("ab0A./:@-_ ", max_size=8)


@given(before=AROUND, after=AROUND, tag=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}", fullmatch=True))
@example(before="mirror.example.com/", after="", tag="1")
@example(before="", after=":a", tag="1")
def test_what_is_accepted_is_an_image_with_every_tag_and_nothing_else_is(before: str, after: str, tag: str) -> None:
    texts, whole = (before, after), f"{before}r.io/web:{tag}{after}"

    accepted = fault_as_written(texts, [a_call("r.io/web")]) is None

    assert accepted is (is_valid(whole) and not after.startswith((":", "@")))
    assert (fault_as_decided(texts, [f"r.io/web:{tag}"]) is None) is is_valid(whole)
