from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from builders import PLACEHOLDER, a_call, a_deployment, a_manifest, inserted
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.images import Use, fill, find_uses
from kubectl_images.live_images import LiveImage, ambiguous, live_image
from kubectl_images.objects import Body

HOST = "127.0.0.1:5000"


def an_object(spec: Any) -> Body:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}


def uses_in(spec: Any, *images: str) -> tuple[Use, ...]:
    """Return the uses of a spec in which each @ stands for a call of the next image."""
    placeholders, inserts = inserted(*map(a_call, images))
    text = json.dumps(spec)
    for placeholder in inserts:
        text = text.replace("@", placeholder, 1)
    return find_uses([a_manifest(an_object(json.loads(text)))], placeholders)


def spec_of(**images: str) -> Body:
    return dict(a_deployment(images)["spec"])


@pytest.mark.parametrize(
    ("spec", "live", "expected"),
    [
        pytest.param(spec_of(app="@"), spec_of(app="nginx:1"), LiveImage("nginx:1"), id="same-place"),
        pytest.param(
            spec_of(app="@"),
            spec_of(app="docker.io/library/nginx:1@sha256:" + 64 * "a"),
            LiveImage("docker.io/library/nginx:1@sha256:" + 64 * "a"),
            id="normalised",
        ),
        pytest.param(spec_of(app="@"), spec_of(app="other:1"), LiveImage(text="other:1"), id="another-repository"),
        pytest.param(spec_of(app="@"), spec_of(app="no image"), LiveImage(text="no image"), id="no-image"),
        pytest.param(
            spec_of(app="@", log="fluentd"), spec_of(log="fluentd", app="nginx:1"), LiveImage("nginx:1"), id="reordered"
        ),
        pytest.param(
            spec_of(app="@"), spec_of(proxy="nginx:9", app="nginx:1"), LiveImage("nginx:1"), id="sidecar-first"
        ),
        pytest.param(spec_of(app="@"), spec_of(web="nginx:1"), LiveImage(), id="another-name-at-the-index"),
        pytest.param(spec_of(app="@"), {}, LiveImage(), id="no-such-field"),
        pytest.param(spec_of(app="@"), spec_of(app=""), LiveImage(), id="empty"),
        pytest.param({"image": "@"}, {"image": 7}, LiveImage(), id="no-text"),
        pytest.param(
            {"images": ["a", "@"]}, {"images": ["a", "nginx:1"]}, LiveImage("nginx:1"), id="by-index-without-names"
        ),
        pytest.param({"images": ["a", "@"]}, {"images": ["a"]}, LiveImage(), id="shorter-list"),
        pytest.param({"arg": "--image=@"}, {"arg": "--image=nginx:1"}, LiveImage("nginx:1"), id="in-a-longer-text"),
        pytest.param(
            {"arg": "--image=@"}, {"arg": "--image=other:1"}, LiveImage(text="other:1"), id="another-in-a-longer-text"
        ),
        pytest.param(
            {"arg": "--image=@"}, {"arg": "--img=nginx:1"}, LiveImage(text="--img=nginx:1"), id="other-text-around"
        ),
        pytest.param({"arg": "--image=@"}, {"arg": "--image="}, LiveImage(text="--image="), id="nothing-between"),
        pytest.param({"arg": "aa@aa"}, {"arg": "aaa"}, LiveImage(text="aaa"), id="texts-that-overlap"),
        pytest.param({"arg": "a.b=@"}, {"arg": "axb=nginx:1"}, LiveImage(text="axb=nginx:1"), id="no-pattern"),
        pytest.param(
            {"of": [{"name": "a", "image": "@"}, {"name": "a", "image": "x"}]},
            {"of": [{"name": "a", "image": "nginx:1"}, {"name": "a", "image": "x"}]},
            LiveImage(),
            id="a-name-that-two-share",
        ),
        pytest.param(
            {"of": [{"name": "a", "image": "@"}]},
            {"of": [{"name": "a", "image": "nginx:1"}, {"name": "a", "image": "nginx:2"}]},
            LiveImage(),
            id="a-name-that-two-share-in-the-cluster",
        ),
    ],
)
def test_what_is_deployed_is_what_stands_in_the_same_place(spec: Body, live: Body, expected: LiveImage) -> None:
    (use,) = uses_in(spec, "nginx")

    assert live_image(an_object(live), use) == expected


def test_nothing_is_deployed_where_there_is_no_object() -> None:
    (use,) = uses_in({"image": "@"}, "nginx")

    assert live_image(None, use) == LiveImage()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param({"conf": base64.b64encode(b"image: nginx:1\n").decode()}, "nginx:1", id="encoded"),
        pytest.param({}, None, id="missing"),
        pytest.param({"conf": "%"}, None, id="no-base64"),
        pytest.param({"conf": base64.b64encode(b"\xff").decode()}, None, id="no-text"),
    ],
)
def test_what_a_secret_was_given_as_text_is_read_from_its_data(data: Body, expected: str | None) -> None:
    secret: Body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    placeholders, _ = inserted(a_call("nginx"))
    (use,) = find_uses([a_manifest({**secret, "stringData": {"conf": f"image: {PLACEHOLDER}\n"}})], placeholders)

    assert live_image({**secret, "data": data}, use) == LiveImage(expected)


# Several in one string.


@pytest.mark.parametrize(
    ("written", "images", "live", "expected"),
    [
        pytest.param("@-@", ["nginx", "redis"], "nginx:1-redis:2", ["nginx:1", "redis:2"], id="a-dash"),
        pytest.param(
            "@-@",
            [f"{HOST}/nginx", f"{HOST}/redis"],
            f"{HOST}/nginx:1.1-alpine-{HOST}/redis:7.1",
            [f"{HOST}/nginx:1.1-alpine", f"{HOST}/redis:7.1"],
            id="a-dash-that-a-tag-has-too",
        ),
        pytest.param("@@", ["nginx", "redis"], "nginx:1redis:2", ["nginx:1", "redis:2"], id="nothing-between"),
        pytest.param("@:@", ["nginx", "redis"], "nginx:1:redis", ["nginx:1", "redis"], id="a-colon"),
        pytest.param("@/@", ["a/b", "b"], "a/b:1/b", ["a/b:1", "b"], id="a-slash"),
        pytest.param("@.@", ["a", "a"], "a:1.2.a", ["a:1.2", "a"], id="a-dot-and-one-repository"),
        pytest.param("@@@", ["a", "b", "a"], "abb:1a", [None] * 3, id="one-too-many"),
        pytest.param("@/library", ["library"], "library:1/library", ["library:1"], id="a-name-like-a-part-of-a-name"),
        pytest.param("@/library@", ["library", "a"], "library/librarya", ["library", "a"], id="the-shorter-name"),
        pytest.param("@ @", ["a", "[::1]:5000/b"], "a [::1]:5000/b", ["a", "[::1]:5000/b"], id="an-address"),
        pytest.param("x=@,y=@", ["a", "b"], f"x=a:1,y=b@sha256:{64 * '0'}", ["a:1", f"b@sha256:{64 * '0'}"], id="text"),
        pytest.param("@,@", ["a", "b"], "a:1,other:1", [None, None], id="one-of-another-repository"),
        pytest.param("@\n@\n", ["a", "b"], "a\nb\nc\n", [None, None], id="one-more-line"),
        pytest.param("@-@", ["a", "b"], "a-b-", [None, None], id="text-after-the-end"),
    ],
)
def test_several_uses_of_one_string_are_told_apart_by_their_repositories(
    written: str, images: list[str], live: str, expected: list[str | None]
) -> None:
    found = [live_image(an_object(live), use) for use in uses_in(written, *images)]

    assert found == [LiveImage(image, None if image else live) for image in expected]


def test_what_can_be_read_in_several_ways_is_not_known_and_an_error_names_two() -> None:
    uses = uses_in({"cmd": "@-@-@"}, "a", "a", "a")
    live = "a:1-a-a:2-a"

    found = live_image(an_object({"cmd": live}), uses[1])
    error = ambiguous(uses[1], found.readings)

    assert found.image is None
    assert found.text == live
    assert found.readings == (("a:1", "a", "a:2-a"), ("a:1-a", "a:2", "a"))
    assert str(error) == (
        "widget.example.com/w: spec.cmd can be read in two ways, so what is deployed there is not known\n"
        "    as a:1, a, a:2-a\n"
        "    or a:1-a, a:2, a\n"
        "    in web.yaml.j2:3"
    )
    assert error.hint == "pin what is right: --fixed-image a=a:TAG"


@pytest.mark.parametrize(
    ("written", "live"),
    [
        pytest.param(json.dumps(["@"] * 30), json.dumps(["a:1"] * 45), id="a-list"),
        pytest.param("-".join(["@"] * 30), "-".join(["a:1"] * 45), id="dashes"),
        pytest.param("-".join(["@"] * 30), "-".join(["a"] * 2000), id="dashes-without-tags"),
        pytest.param("@" * 30, "a:" + "a" * 2000, id="nothing-between"),
        pytest.param("@" * 5, "a:1@sha256:" + "a" * 5000, id="a-long-digest"),
    ],
)
def test_a_long_text_of_many_images_is_compared_in_no_time(written: str, live: str) -> None:
    uses = uses_in(written, *["a"] * written.count("@"))

    assert {live_image(an_object(live), use).image for use in uses} == {None}


COMPONENTS = ["a", "b", "a-a", "a.b", "a_a", "team/a", "a/a", "library/a"]
HOSTS = ["", "", "docker.io/", "index.docker.io/", "REG/", "reg:5000/", "[::1]:5000/", "a.b/", "localhost/"]
REPOSITORIES = st.builds("{}{}".format, st.sampled_from(HOSTS), st.sampled_from(COMPONENTS))
TAGS = st.sampled_from(["", ":1", ":a", ":1-a", ":1.a", ":5000", ":a-a", ":library"])
DIGESTS = st.sampled_from(["", "", "@sha256:" + 64 * "a", "@b:" + 40 * "c"])
SEPARATORS = st.sampled_from(["", "-", ":", "/", ".", "@", "_", "a", "-a", "a-", ", ", "\n", ":1", "library/", "b"])


@given(st.data())
def test_what_was_filled_in_is_found_again_or_can_be_read_in_several_ways(data: st.DataObject) -> None:
    images = data.draw(st.lists(REPOSITORIES, min_size=1, max_size=4))
    placeholders, inserts = inserted(*map(a_call, images))
    written = data.draw(SEPARATORS) + "".join(insert + data.draw(SEPARATORS) for insert in inserts)
    manifest = a_manifest(an_object({"text": written}))
    results = {
        use: use.call.image + data.draw(TAGS) + data.draw(DIGESTS) for use in find_uses([manifest], placeholders)
    }

    (filled,) = fill([manifest], placeholders, results)
    found = {use: live_image(filled.body, use) for use in results}

    assert {use: live.image for use, live in found.items()} in (results, dict.fromkeys(results))
    assert all((live.image is None) == (len(set(live.readings)) == 2) for live in found.values())
