from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from builders import PLACEHOLDER, RUN, a_call, a_deployment, a_manifest, inserted
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.images import Use, fill, find_uses, in_container, where
from kubectl_images.objects import Body, Manifest
from kubectl_images.placeholders import Call, Placeholders

HINT = "insert the image as it is, without filters or string operations on it"


def written(body: Any, placeholder: str = PLACEHOLDER) -> Any:
    """Return the body with the placeholder in the place of every @."""
    return json.loads(json.dumps(body).replace("@", placeholder))


def found(body: Body, *calls: Call) -> tuple[Use, ...]:
    """Return the uses in a written body; @ is the placeholder of the first call."""
    placeholders, _ = inserted(*(calls or (a_call(),)))
    return find_uses([a_manifest(written(body))], placeholders)


def an_object(**fields: Any) -> Body:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, **fields}


# Where it ends up.


@pytest.mark.parametrize(
    ("fields", "container", "path"),
    [
        pytest.param(
            {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "@"}]}}}},
            "app",
            "spec.template.spec.containers[app].image",
            id="container",
        ),
        pytest.param(
            {"spec": {"initContainers": [{"image": "@", "name": "init"}]}},
            "init",
            "spec.initContainers[init].image",
            id="init-container-with-its-name-last",
        ),
        pytest.param(
            {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "j", "image": "@"}]}}}}}},
            "j",
            "spec.jobTemplate.spec.template.spec.containers[j].image",
            id="cron-job",
        ),
        pytest.param(
            {"spec": {"volumes": [{"name": "model", "image": {"reference": "@"}}]}},
            "",
            "spec.volumes[model].image.reference",
            id="image-volume",
        ),
        pytest.param({"spec": {"image": "@"}}, "", "spec.image", id="custom-resource"),
        pytest.param({"spec": {"env": [{"name": "IMG", "value": "@"}]}}, "IMG", "spec.env[IMG].value", id="env"),
        pytest.param(
            {"spec": {"containers": [{"name": "app", "args": ["-v", "--image=@"]}]}},
            "app",
            "spec.containers[app].args[1]",
            id="argument-inside-a-longer-text",
        ),
        pytest.param({"spec": {"images": ["@"]}}, "", "spec.images[0]", id="list-without-names"),
        pytest.param({"data": {"app.yaml": "image: @\n"}}, "", 'data["app.yaml"]', id="file-in-a-config-map"),
        pytest.param(
            {"spec": {"parts": [{"name": "a"}, {"name": "a", "image": "@"}]}},
            "a",
            "spec.parts[1].image",
            id="a-name-that-two-share",
        ),
        pytest.param({"spec": {"images": [{"name": "@"}]}}, "", "spec.images[0].name", id="the-name-itself"),
        pytest.param({"spec": {"name": 7, "image": "@"}}, "", "spec.image", id="a-name-that-is-no-text"),
        pytest.param({"spec": {"image": "@", "name": ""}}, "", "spec.image", id="an-empty-name"),
        pytest.param({"metadata": {"name": "w", "labels": {"a": "@"}}}, "", "metadata.labels.a", id="label"),
    ],
)
def test_a_use_is_found_anywhere(fields: dict[str, Any], container: str, path: str) -> None:
    (use,) = found(an_object(**fields))

    assert (use.call, use.container, use.path, use.number) == (a_call(), container, path, 0)


def test_several_uses_in_one_text_are_numbered() -> None:
    placeholders, (first, second) = inserted(a_call("a"), a_call("b"))
    manifest = a_manifest(an_object(spec={"args": f"{first},{second},{first}"}))

    uses = find_uses([manifest], placeholders)

    assert [(use.call.image, use.path, use.number) for use in uses] == [
        ("a", "spec.args", 0),
        ("b", "spec.args#2", 1),
        ("a", "spec.args#3", 2),
    ]
    assert {use.texts for use in uses} == {("", ",", ",", "")}


@pytest.mark.parametrize(
    ("metadata", "placed"),
    [({"name": "w"}, False), ({"name": "w", "namespace": ""}, False), ({"name": "w", "namespace": "prod"}, True)],
    ids=["none", "empty", "own"],
)
def test_a_use_tells_whether_its_object_names_a_namespace(metadata: Body, placed: bool) -> None:
    (use,) = found(an_object(metadata=metadata, image="@"))

    assert use.placed is placed


def test_uses_keep_the_order_of_objects_and_fields() -> None:
    placeholders, (first, second) = inserted(a_call("a"), a_call("b"))
    manifests = [a_manifest(a_deployment({"x": second, "y": first})), a_manifest(an_object(image=first))]

    uses = find_uses(manifests, placeholders)

    assert [(str(use.key), use.container, use.call.image) for use in uses] == [
        ("deployment.apps/web", "x", "b"),
        ("deployment.apps/web", "y", "a"),
        ("widget.example.com/w", "", "a"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.just("@"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "a", "b.c", "a#2", "0", "]", '"', "", "[0]"]), inner, max_size=4)
        | st.builds(
            lambda name, child: {"name": name, "of": child}, st.sampled_from(["a", "0", "b", "a].of", '"0"']), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_two_uses_of_an_object_have_the_same_path(spec: object) -> None:
    uses = found(an_object(spec=spec))

    assert len({use.path for use in uses}) == json.dumps(spec).count("@")


@pytest.mark.parametrize(
    ("spec", "inside", "text"),
    [
        pytest.param({"containers": [{"name": "app", "image": "@"}]}, ("app", "image"), "app", id="image"),
        pytest.param(
            {"containers": [{"name": "app", "args": ["-v", "@"]}]}, ("app", "args[1]"), "app args[1]", id="argument"
        ),
        pytest.param(
            {"containers": [{"name": "app", "env": [{"name": "IMG", "value": "@"}]}]},
            ("app", "env[IMG].value"),
            "app env[IMG].value",
            id="variable",
        ),
        pytest.param(
            {"initContainers": [{"name": "a].b", "args": ["@"]}]}, ("a].b", "args[0]"), "a].b args[0]", id="quoted"
        ),
        pytest.param({"parts": [{"name": "a", "image": "@"}]}, ("a", "image"), "a", id="custom-resource"),
        pytest.param(
            {"parts": [{"name": "a", "args": ["@"]}]}, ("", "spec.parts[a].args[0]"), "spec.parts[a].args[0]", id="part"
        ),
        pytest.param({"name": "a", "image": "@"}, ("", "spec.image"), "spec.image", id="a-name-outside-of-lists"),
        pytest.param(
            {"containers": [{"name": "a", "image": "@"}, {"name": "a"}]},
            ("", "spec.containers[0].image"),
            "spec.containers[0].image",
            id="a-name-that-two-share",
        ),
        pytest.param({"image": "@"}, ("", "spec.image"), "spec.image", id="no-container"),
    ],
)
def test_a_use_is_named_by_its_container_and_by_what_tells_it_from_others_there(
    spec: Body, inside: tuple[str, str], text: str
) -> None:
    (use,) = found(an_object(spec=spec))

    assert (in_container(use), where(use)) == (inside, text)


def test_the_second_use_of_a_string_is_named_as_such() -> None:
    uses = found(an_object(spec={"containers": [{"name": "app", "args": "@@"}]}))

    assert [where(use) for use in uses] == ["app args", "app args#2"]


# What arrives broken.


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text[:20], id="cut"),
        pytest.param(lambda text: text[:8], id="cut-short"),
        pytest.param(lambda text: text[1:], id="cut-at-the-front"),
        pytest.param(lambda text: text.rpartition("/")[2], id="last-part"),
        pytest.param(lambda text: text.partition("/")[0], id="first-part"),
        pytest.param(str.upper, id="upper-case"),
        pytest.param(lambda text: text.replace("/", "-"), id="replaced"),
        pytest.param(lambda text: text.replace("placeholder", "registry"), id="replaced-host"),
        pytest.param(lambda text: text.replace("0", "1"), id="another-number"),
        pytest.param(lambda text: base64.b64encode(text.encode()).decode(), id="base64"),
        pytest.param(lambda text: base64.b64encode(f"image: {text}\n".encode()).decode(), id="base64-of-more"),
        pytest.param(lambda text: text + text[:-1], id="one-whole-and-one-cut"),
        pytest.param(lambda text: text.replace(RUN, "lmnpqrst"), id="of-another-run"),
    ],
)
def test_a_broken_placeholder_is_an_error_that_names_template_and_call(change: Callable[[str], str]) -> None:
    placeholders, (placeholder,) = inserted(a_call("reg.example.com/team/web"))
    manifest = a_manifest(an_object(spec={"image": change(placeholder)}), file="w.yaml")

    with pytest.raises(InputError) as caught:
        find_uses([manifest], placeholders)

    assert str(caught.value) == (
        "w.yaml:1: Widget: spec.image holds a part of an image that is not decided yet; a template or tool cut or "
        "changed it\n"
        "    web.yaml.j2:3: images.get_image('reg.example.com/team/web')"
    )
    assert caught.value.hint == HINT


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            an_object(spec={"images": {"@": "x"}}),
            "web.yaml:1: Widget: a key of spec.images cannot hold an image",
            id="key",
        ),
        pytest.param(
            an_object(spec={PLACEHOLDER[:20]: "x"}),
            "web.yaml:1: Widget: a key of spec cannot hold an image",
            id="part-in-a-key",
        ),
        pytest.param(
            an_object() | {"@": "x"},
            "web.yaml:1: Widget: a key of the object cannot hold an image",
            id="key-at-the-top",
        ),
        pytest.param(
            an_object(metadata={"name": "web-@"}),
            "web.yaml:1: Widget: metadata.name cannot hold an image: it identifies the object",
            id="name",
        ),
        pytest.param(
            an_object(metadata={"name": "w", "namespace": "@"}),
            "web.yaml:1: Widget: metadata.namespace cannot hold an image: it identifies the object",
            id="namespace",
        ),
    ],
)
def test_an_image_where_none_can_be_is_an_error_that_names_template_and_call(body: Body, message: str) -> None:
    with pytest.raises(InputError) as caught:
        found(body)

    assert str(caught.value) == f"{message}\n    web.yaml.j2:3: images.get_image('nginx')"
    assert caught.value.hint == HINT


CALL = "{{ images.get_image('nginx') }}"


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        pytest.param({"containers": [{"name": "app", "image": CALL}]}, "spec.containers[app].image", id="container"),
        pytest.param({"initContainers": [{"image": f"a/{CALL}"}]}, "spec.initContainers[0].image", id="within"),
        pytest.param(
            {"volumes": [{"name": "v", "image": {"reference": CALL}}]}, "spec.volumes[v].image.reference", id="volume"
        ),
    ],
)
def test_a_call_that_was_not_rendered_is_no_image(spec: dict[str, Any], path: str) -> None:
    prefix = "a/" if "initContainers" in spec else ""

    with pytest.raises(InputError) as caught:
        found(an_object(spec=spec))

    assert str(caught.value) == f"web.yaml:1: widget.example.com/w: {path}: this call was not rendered: {prefix}{CALL}"


@pytest.mark.parametrize("spec", [{"image": CALL}, {"containers": [{"image": "{{ .Values.image }}"}]}])
def test_other_fields_and_other_templates_may_hold_braces(spec: dict[str, Any]) -> None:
    assert found(an_object(spec=spec)) == ()


@pytest.mark.parametrize(
    ("count", "change", "lines"),
    [
        pytest.param(0, lambda _: PLACEHOLDER, [], id="none"),
        pytest.param(2, lambda inserts: inserts[1].upper(), ["i1"], id="the-one-whose-number-is-left"),
        pytest.param(2, lambda inserts: inserts[1][:8], ["i0", "i1"], id="both-without-a-number"),
        pytest.param(5, lambda inserts: inserts[0][:8], ["i0", "i1", "i2", "i3", "i4"], id="five"),
        pytest.param(7, lambda inserts: inserts[0][:8], ["i0", "i1", "i2", "i3", "i4", 2], id="seven"),
    ],
)
def test_a_broken_placeholder_names_the_calls_it_may_come_from(
    count: int, change: Callable[[list[str]], str], lines: list[str | int]
) -> None:
    placeholders, inserts = inserted(*(a_call(f"i{number}", line=number + 1) for number in range(count)))

    with pytest.raises(InputError) as caught:
        find_uses([a_manifest(an_object(spec=change(inserts)))], placeholders)

    assert str(caught.value).splitlines()[1:] == [
        f"    or one of {line} more"
        if isinstance(line, int)
        else f"    web.yaml.j2:{int(line[1]) + 1}: images.get_image('{line}')"
        for line in lines
    ]


# How it is filled in.


def filled(manifests: list[Manifest], placeholders: Placeholders, image: Callable[[Use], str]) -> tuple[Manifest, ...]:
    return fill(manifests, placeholders, {use: image(use) for use in find_uses(manifests, placeholders)})


def test_every_use_is_filled_with_its_own_image() -> None:
    placeholders, (first, second) = inserted(a_call("a"), a_call("b"))
    spec = {"image": first, "args": ["-v", f"--images={second},{first}"], "replicas": 2, "paused": None}
    manifest = a_manifest(an_object(spec=spec))

    (result,) = filled([manifest], placeholders, lambda use: f"{use.call.image}:{use.path}")

    assert result.body["spec"] == {
        "image": "a:spec.image",
        "args": ["-v", "--images=b:spec.args[1],a:spec.args[1]#2"],
        "replicas": 2,
        "paused": None,
    }
    assert (result.key, result.place) == (manifest.key, manifest.place)


def test_what_is_filled_in_leaves_the_written_object_as_it_was() -> None:
    placeholders, (placeholder,) = inserted(a_call())
    manifest = a_manifest(a_deployment({"app": placeholder}))
    before = copy.deepcopy(manifest.body)

    filled([manifest], placeholders, lambda _: "nginx:1")

    assert manifest.body == before


def test_an_object_without_uses_stays_the_same() -> None:
    placeholders, (placeholder,) = inserted(a_call())
    plain, other = a_manifest(an_object(spec="nginx:1")), a_manifest(a_deployment({"app": placeholder}))

    result = filled([plain, other], placeholders, lambda _: "nginx:1")

    assert result[0] is plain
    assert result[1].body == a_deployment({"app": "nginx:1"})


def test_objects_of_one_name_in_two_namespaces_are_filled_apart() -> None:
    placeholders, (placeholder,) = inserted(a_call())
    bodies = [a_deployment({"app": placeholder}, namespace=namespace) for namespace in ("a", "b")]
    manifests = [a_manifest(body) for body in bodies]

    result = filled(manifests, placeholders, lambda use: f"nginx:{use.key.namespace}")

    assert [manifest.body for manifest in result] == [
        a_deployment({"app": f"nginx:{namespace}"}, namespace=namespace) for namespace in ("a", "b")
    ]
