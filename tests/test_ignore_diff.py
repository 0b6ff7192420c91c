from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from builders import a_manifest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.ignore_diff import Anything, FieldPath, Rule, ignored_fields, parse_path, rules_for, without_ignored
from kubectl_images.objects import Body, Item, ObjectKey

WEB = ObjectKey("apps/v1", "Deployment", "prod", "web")


def annotated(**annotations: Any) -> Body:
    names = {name.replace("_", "-"): value for name, value in annotations.items()}
    metadata = {"name": "web", "namespace": "prod", "annotations": {f"kluctl.io/{key}": names[key] for key in names}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec", ("spec",)),
        ("spec.replicas", ("spec", "replicas")),
        ("$.spec.replicas", ("spec", "replicas")),
        ("spec.containers[0].image", ("spec", "containers", 0, "image")),
        ("spec.containers[app].image", ("spec", "containers", "app", "image")),
        ("spec.containers[*].image", ("spec", "containers", Anything(), "image")),
        ("spec.containers.*.image", ("spec", "containers", Anything(), "image")),
        ('metadata.labels["a.b/c"]', ("metadata", "labels", "a.b/c")),
        ("metadata.labels['a.b/c']", ("metadata", "labels", "a.b/c")),
        ('data["config.yaml"]', ("data", "config.yaml")),
        ("data.my-key", ("data", "my-key")),
    ],
)
def test_a_path_is_read(text: str, path: FieldPath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the path '' names no field"),
        ("$", "the path '$' names no field"),
        ("spec..replicas", "the path 'spec..replicas' cannot be read from '..replicas' on"),
        ("spec[?(@.a)]", "the path 'spec[?(@.a)]' cannot be read from '[?(@.a)]' on"),
        ("spec[0", "the path 'spec[0' cannot be read from '[0' on"),
        ("spec.", "the path 'spec.' cannot be read from '.' on"),
    ],
)
def test_what_is_no_path_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_path(text)


BODY: Body = {
    "spec": {
        "replicas": 1,
        "list": [{"name": "a", "x": 1, "y": 1}, {"name": "b", "x": 2}, "c"],
        "map": {"0": 1, "a.b": 2},
    }
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("none", "at", "all"), BODY["spec"], id="not-there"),
        pytest.param(("spec", "replicas"), {"list": BODY["spec"]["list"], "map": BODY["spec"]["map"]}, id="field"),
        pytest.param(
            ("spec", "list", "a", "x"),
            {**BODY["spec"], "list": [{"name": "a", "y": 1}, {"name": "b", "x": 2}, "c"]},
            id="by-name",
        ),
        pytest.param(("spec", "list", 2), {**BODY["spec"], "list": BODY["spec"]["list"][:2]}, id="by-index"),
        pytest.param(
            ("spec", "list", Anything(), "x"),
            {**BODY["spec"], "list": [{"name": "a", "y": 1}, {"name": "b"}, "c"]},
            id="each",
        ),
        pytest.param(("spec", "map", 0), {**BODY["spec"], "map": {"a.b": 2}}, id="number-of-a-map"),
        pytest.param(("spec", "map", Anything()), {**BODY["spec"], "map": {}}, id="all-of-a-map"),
        pytest.param(("spec", "replicas", "deeper"), BODY["spec"], id="below-a-value"),
    ],
)
def test_the_fields_of_a_path_are_left_out(path: FieldPath, expected: Body) -> None:
    assert without_ignored(BODY, [path]) == {"spec": expected}


def test_the_whole_object_is_left_out() -> None:
    assert without_ignored(BODY, [("spec", "replicas"), ()]) == {}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(annotated(), (), id="none"),
        pytest.param(annotated(ignore_diff="true"), ((),), id="whole"),
        pytest.param(annotated(ignore_diff="false"), (), id="not-the-whole"),
        pytest.param(annotated(ignore_diff_field="spec.replicas"), (("spec", "replicas"),), id="field"),
        pytest.param(
            annotated(ignore_diff_field="a", **{"ignore-diff-field-1": "b", "ignore-diff-field-22": "c"}),
            (("a",), ("b",), ("c",)),
            id="several",
        ),
        pytest.param(annotated(**{"ignore-diff-fields": "a", "ignore-diff-field-x": "b"}), (), id="other-annotations"),
        pytest.param({**annotated(), "metadata": {"name": "web", "annotations": None}}, (), id="no-annotations"),
    ],
)
def test_annotations_say_what_is_not_compared(body: Body, expected: tuple[FieldPath, ...]) -> None:
    assert ignored_fields(a_manifest(body)) == expected


def test_an_annotation_that_is_no_path_names_its_place() -> None:
    with pytest.raises(InputError) as caught:
        ignored_fields(a_manifest(annotated(ignore_diff_field="spec[?(@)]")))

    assert str(caught.value) == (
        "web.yaml:1: deployment.apps/web: annotation kluctl.io/ignore-diff-field: the path 'spec[?(@)]' cannot be read"
        " from '[?(@)]' on"
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule(("a",)), True),
        (Rule(("a",), group="apps", kind="Deployment", name="web", namespace="prod"), True),
        (Rule(("a",), group=""), False),
        (Rule(("a",), kind="Secret"), False),
        (Rule(("a",), name="other"), False),
        (Rule(("a",), namespace="test"), False),
    ],
)
def test_a_rule_is_about_the_objects_that_it_names(rule: Rule, expected: bool) -> None:
    assert rule.matches(WEB) is expected
    assert (ignored_fields(a_manifest(annotated()), [rule]) == (("a",),)) is expected


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([1, "x", None]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=8,
)
PATHS = st.lists(st.one_of(st.sampled_from("ab"), st.just(Anything())), min_size=1, max_size=3)


@given(st.dictionaries(st.sampled_from("ab"), VALUES), PATHS)
def test_once_more_leaves_out_no_more(body: Body, path: list[Any]) -> None:
    once = without_ignored(body, [tuple(path)])

    assert without_ignored(once, [tuple(path)]) == once


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(None, ["root"], id="no-project"),
        pytest.param(Item("a"), ["root"], id="root"),
        pytest.param(Item("a", scope=(2,)), ["root", "second"], id="include"),
        pytest.param(Item("a", scope=(2, 0)), ["root", "second", "inner"], id="include-of-an-include"),
        pytest.param(Item("a", scope=(1,)), ["root"], id="other-include"),
    ],
)
def test_a_rule_of_a_project_file_is_for_what_is_below_it(item: Item | None, expected: list[str]) -> None:
    scopes = {"root": (), "second": (2,), "inner": (2, 0)}
    rules = [(scope, Rule((name,))) for name, scope in scopes.items()]

    assert [rule.field_path[0] for rule in rules_for(replace(a_manifest(annotated()), item=item), rules)] == expected
