from __future__ import annotations

import base64
import copy
import json
from collections.abc import Sequence
from typing import Any

import fake_json_patch
import pytest
from builders import a_call, a_key, a_manifest, inserted, key_of
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.images import find_uses
from kubectl_images.objects import Body, Manifest
from kubectl_images.poke import Patch, outdated, patch_of
from kubectl_images.resolve import Decision

HINT = "deploy writes all of the manifest, images and rest"


def decided(body: Body, *images: str) -> tuple[Manifest, list[Decision]]:
    """Return a manifest, @1 to @9 in it being calls for the repository of each of the images, and their decisions."""
    placeholders, inserts = inserted(*(a_call(image.partition(":")[0], line=line) for line, image in enumerate(images)))
    text = json.dumps(body)
    for number, insert in enumerate(inserts, start=1):
        text = text.replace(f"@{number}", insert)
    manifest = a_manifest(json.loads(text))
    uses = find_uses([manifest], placeholders)
    by_call = {placeholders.calls[number]: image for number, image in enumerate(images)}
    return manifest, [Decision(use, by_call[use.call], "fixed") for use in uses]


def patched(written: Body, live: Body, *images: str) -> Patch:
    return patch_of(*decided(written, *images), live)


def pod(containers: Sequence[Body], **more: object) -> Body:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": list(containers), **more}}},
    }


def widget(spec: object, kind: str = "Widget") -> Body:
    metadata = {"name": "w", "namespace": "prod"}
    return {
        "apiVersion": "v1" if kind == "Secret" else "example.com/v1",
        "kind": kind,
        "metadata": metadata,
        **spec_of(kind, spec),
    }


def spec_of(kind: str, spec: object) -> Body:
    return {"stringData": spec} if kind == "Secret" else {"spec": spec}


CONTAINERS = "/spec/template/spec/containers"


def test_a_container_is_found_by_its_name_wherever_it_stands_and_both_are_tested() -> None:
    written = pod([{"name": "app", "image": "@1", "command": ["new"]}])
    live = pod([{"name": "injected", "image": "istio:1"}, {"name": "app", "image": "web:1", "command": ["old"]}])

    assert patched(written, live, "web:2").operations() == [
        {"op": "test", "path": f"{CONTAINERS}/1/name", "value": "app"},
        {"op": "test", "path": f"{CONTAINERS}/1/image", "value": "web:1"},
        {"op": "replace", "path": f"{CONTAINERS}/1/image", "value": "web:2"},
    ]


def test_what_is_as_decided_needs_no_patch() -> None:
    written = pod([{"name": "app", "image": "@1"}, {"name": "side", "image": "@2"}])
    live = pod([{"name": "app", "image": "web:2"}, {"name": "side", "image": "proxy:1"}])

    assert patched(written, live, "web:2", "proxy:1") == Patch(
        patched(written, live, "web:2", "proxy:1").manifest, live
    )
    assert [operation["value"] for operation in patched(written, live, "web:2", "proxy:2").operations()] == [
        "side",
        "proxy:1",
        "proxy:2",
    ]


def test_all_tests_come_before_all_changes() -> None:
    written = pod([{"name": "app", "image": "@1"}], initContainers=[{"name": "init", "image": "@2"}])
    live = pod([{"name": "app", "image": "web:1"}], initContainers=[{"name": "init", "image": "web:1"}])

    operations = patched(written, live, "web:2", "init:2").operations()

    assert [operation["op"] for operation in operations] == ["test"] * 4 + ["replace"] * 2


@pytest.mark.parametrize(
    ("written", "live", "images", "expected"),
    [
        pytest.param({"image": "@1"}, {"image": "other/thing:7"}, ["web:2"], {"image": "web:2"}, id="other-repository"),
        pytest.param({"image": "@1"}, {"image": ""}, ["web:2"], {"image": "web:2"}, id="empty"),
        pytest.param({"a/b~c": "@1"}, {"a/b~c": "web:1"}, ["web:2"], {"a/b~c": "web:2"}, id="letters-of-pointers"),
        pytest.param({"args": ["@1"]}, {"args": ["web:1"]}, ["web:2"], {"args": ["web:2"]}, id="at-an-index"),
        pytest.param(
            {"arg": "--image=@1 -v"},
            {"arg": "--image=docker.io/library/web:1 -v"},
            ["web:2"],
            {"arg": "--image=web:2 -v"},
            id="in-a-longer-text",
        ),
        pytest.param({"arg": "@1,@2"}, {"arg": "a:1,b:1"}, ["a:2", "b:1"], {"arg": "a:2,b:1"}, id="two-in-one-text"),
        pytest.param({"arg": "@1-@1"}, {"arg": "a-a"}, ["a:2"], {"arg": "a:2-a:2"}, id="twice-in-one-text"),
        pytest.param(
            {"items": [{"name": "x", "with": ["@1"]}]},
            {"items": [{"name": "y"}, {"name": "x", "with": ["web:1"], "more": 1}]},
            ["web:2"],
            {"items": [{"name": "y"}, {"name": "x", "with": ["web:2"], "more": 1}]},
            id="deep",
        ),
    ],
)
def test_only_the_images_change(written: Any, live: Any, images: Sequence[str], expected: Any) -> None:
    patch = patched(widget(written), widget(live), *images)

    assert fake_json_patch.patched(widget(live), patch.operations()) == widget(expected)


@pytest.mark.parametrize(
    ("written", "live", "images", "cause"),
    [
        pytest.param({"image": "@1"}, {}, ["web:2"], "it has no spec.image", id="no-field"),
        pytest.param({"image": "@1"}, {"image": {"tag": "1"}}, ["web:2"], "spec.image holds no text", id="a-map"),
        pytest.param({"args": ["-i", "@1"]}, {"args": ["web:1"]}, ["web:2"], "it has no spec.args[1]", id="no-index"),
        pytest.param(
            {"items": [{"name": "x", "image": "@1"}]},
            {"items": [{"name": "y", "image": "web:1"}, {"name": "z"}]},
            ["web:2"],
            "it has no spec.items[x], only y, z",
            id="no-container",
        ),
        pytest.param(
            {"items": [{"name": "x", "image": "@1"}]},
            {"items": []},
            ["web:2"],
            "it has no spec.items[x]",
            id="no-items",
        ),
        pytest.param(
            {"items": [{"name": "x", "image": "@1"}]},
            {"items": [{"name": "x", "image": "web:1"}, {"name": "x"}]},
            ["web:2"],
            'spec.items[x] is one of several elements with the name "x"',
            id="name-twice",
        ),
        pytest.param(
            {"items": [{"name": "x", "image": "@1"}, {"name": "x", "image": "a"}]},
            {"items": [{"name": "x", "image": "web:1"}]},
            ["web:2"],
            'spec.items[0] is one of several elements with the name "x"',
            id="name-written-twice",
        ),
        pytest.param(
            {"args": ["@1"]},
            {"args": ["--verbose"]},
            ["web:2"],
            "spec.args[0] is not the text of the manifest with other tags\n    live: --verbose\n    manifest: web",
            id="something-else-at-the-index",
        ),
        pytest.param(
            {"arg": "--image=@1 -v"},
            {"arg": "--image=web:1 -q"},
            ["web:2"],
            "spec.arg is not the text of the manifest with other tags\n"
            "    live: --image=web:1 -q\n    manifest: --image=web -v",
            id="other-text-around",
        ),
        pytest.param(
            {"file": "image: @1\nreplicas: 1\n"},
            {"file": "image: web:1\nreplicas: 2\nmore: 1\n"},
            ["web:2"],
            "spec.file is not the text of the manifest with other tags\n"
            "    live: a text of 3 lines\n    manifest: a text of 2 lines",
            id="a-file",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_what_is_there(
    written: Any, live: Any, images: Sequence[str], cause: str
) -> None:
    with pytest.raises(InputError) as caught:
        patched(widget(written), widget(live), *images)

    assert str(caught.value) == f"cannot change widget.example.com/w in namespace prod: {cause}"
    assert caught.value.hint == HINT


@pytest.mark.parametrize(
    ("images", "expected"), [(("a:1", "a", "a:2-a"), "a:1-a-a:2-a"), (("a:1", "a:1", "a:1"), "a:1-a:1-a:1")]
)
def test_a_text_that_can_be_read_in_two_ways_becomes_the_same_in_both(images: Sequence[str], expected: str) -> None:
    live = widget({"image": "a:1-a-a:2-a"})

    patch = patched(widget({"image": "@1-@2-@3"}), live, *images)

    assert fake_json_patch.patched(live, patch.operations()) == widget({"image": expected})


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**data: str) -> Body:
    body = widget({}, "Secret")
    del body["stringData"]
    return {**body, "data": data}


def test_what_a_secret_holds_is_changed_where_it_is_stored() -> None:
    live = secret(config=encoded("image=web:1"), password="aHVudGVyMg==")

    patch = patched(widget({"config": "image=@1"}, "Secret"), live, "web:2")

    after = fake_json_patch.patched(live, patch.operations())
    assert after == secret(config=encoded("image=web:2"), password="aHVudGVyMg==")
    assert "aHVudGVyMg" not in repr(patch)
    assert encoded("web:1") not in repr(patch)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        pytest.param({}, "it has no data.config", id="nothing"),
        pytest.param({"config": encoded("hunter2")}, "data.config is not the text", id="something-else"),
        pytest.param({"config": "//79"}, "data.config holds no text", id="bytes"),
    ],
)
def test_no_error_shows_what_a_secret_holds(data: dict[str, str], cause: str) -> None:
    with pytest.raises(InputError) as caught:
        patched(widget({"config": "password=@1 hunter3"}, "Secret"), secret(**data), "web:2")

    message = str(caught.value)
    assert cause in message.replace("stringData", "data")
    assert "hunter" not in message


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        pytest.param({"items": [{"name": "x", "image": "web:1"}], "other": 1}, None, id="another-field"),
        pytest.param({"items": [{"name": "x", "image": "web:3"}]}, ["spec.items[x].image: web:1 -> web:3"], id="text"),
        pytest.param({"items": []}, ["spec.items[x].image: web:1 -> (none)"], id="gone"),
        pytest.param(
            {"items": [{"name": "y"}, {"name": "x", "image": "web:1"}]},
            ["spec.items[x].image stands elsewhere in its list"],
            id="order",
        ),
    ],
)
def test_a_patch_is_outdated_when_somebody_else_changed_what_it_changes(now: Any, lines: Sequence[str] | None) -> None:
    patch = patched(
        widget({"items": [{"name": "x", "image": "@1"}]}), widget({"items": [{"name": "x", "image": "web:1"}]}), "web:2"
    )

    error = outdated(patch, widget(now))

    told = ["cannot change widget.example.com/w in namespace prod: somebody else changed it since it was read"]
    assert (error and str(error)) == (lines and "\n    ".join([*told, *lines]))


def test_a_patch_is_outdated_when_its_object_was_deleted() -> None:
    error = outdated(Patch(a_manifest(widget({})), widget({})), None)

    assert str(error) == "cannot change widget.example.com/w in namespace prod: it was deleted since it was read"


def test_what_an_outdated_secret_holds_is_not_shown() -> None:
    patch = patched(widget({"a": "@1"}, "Secret"), secret(a=encoded("web:1")), "web:2")

    error = outdated(patch, secret(a=encoded("hunter2")))

    assert str(error).endswith("\n    data.a: *** -> ***")


@given(
    order=st.permutations(["app", "side", "log"]),
    tags=st.lists(st.integers(1, 3), min_size=3, max_size=3),
    injected=st.integers(0, 3),
)
def test_a_patched_object_is_the_live_one_but_for_the_images(
    order: Sequence[str], tags: Sequence[int], injected: int
) -> None:
    """Whatever the order of its containers, and whatever else somebody put between them."""
    containers: list[Body] = [{"name": name, "image": f"{name}:0", "args": [name]} for name in order]
    containers.insert(injected, {"name": "injected", "image": "istio:1"})
    live = pod(containers)
    written = pod([{"name": name, "image": f"@{number}"} for number, name in enumerate(["app", "side", "log"], 1)])
    images = {name: f"{name}:{tag}" for name, tag in zip(["app", "side", "log"], tags, strict=True)}

    after = fake_json_patch.patched(live, patched(written, live, *images.values()).operations())

    expected = copy.deepcopy(live)
    for container in expected["spec"]["template"]["spec"]["containers"]:
        container["image"] = images.get(container["name"], container["image"])
    assert after == expected
    assert key_of(after) == a_key()
