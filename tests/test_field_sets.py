from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.field_sets import Fields, Path, as_tree, parse, released, without

NAME_A = 'k:{"name":"a"}'
NAME_B = 'k:{"name":"b"}'


def fields(*paths: str) -> Fields:
    """Return paths written as `f:spec f:replicas`."""
    return frozenset(tuple(path.split(" ")) for path in paths)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        pytest.param({}, fields(), id="empty"),
        pytest.param({"f:data": {}}, fields("f:data"), id="one"),
        pytest.param({"f:data": {"f:a": {}, "f:b": {}}}, fields("f:data f:a", "f:data f:b"), id="in-a-map"),
        pytest.param({"f:data": {".": {}, "f:a": {}}}, fields("f:data", "f:data f:a"), id="with-the-map"),
        pytest.param(
            {"f:env": {NAME_A: {".": {}, "f:name": {}}, 'v:"x y"': {}}},
            frozenset([("f:env", NAME_A), ("f:env", NAME_A, "f:name"), ("f:env", 'v:"x y"')]),
            id="elements",
        ),
    ],
)
def test_a_tree_is_read_and_written(tree: dict[str, Any], expected: Fields) -> None:
    assert parse(tree) == expected
    assert as_tree(expected) == tree


KEYS = st.sampled_from(["f:a", "f:b", "f:.", "f:k:x", NAME_A, 'v:"x"', "i:0"])
PATHS: st.SearchStrategy[Path] = st.lists(KEYS, min_size=1, max_size=4).map(tuple)
SETS = st.frozensets(PATHS, max_size=8)


@given(SETS)
def test_what_was_written_is_read_back(paths: Fields) -> None:
    assert parse(json.loads(json.dumps(as_tree(paths)))) == paths


@given(SETS, SETS)
def test_what_is_kept_is_never_released(old: Fields, kept: Fields) -> None:
    gone = released(old, kept)

    assert not any(path[: len(field)] == field for path in kept for field in gone)


@given(SETS, SETS)
def test_what_nobody_keeps_is_released(old: Fields, kept: Fields) -> None:
    alone = {path for path in old if not any(held[: len(path)] == path for held in kept)}

    assert alone <= released(old, kept)


@given(SETS)
def test_one_who_keeps_all_releases_nothing(paths: Fields) -> None:
    assert released(paths, paths) == fields()


@pytest.mark.parametrize(
    ("old", "kept", "expected"),
    [
        pytest.param(fields(), fields("f:a"), fields(), id="none"),
        pytest.param(fields("f:a f:b"), fields(), fields("f:a", "f:a f:b"), id="the-map-around-it-too"),
        pytest.param(fields("f:a f:b"), fields("f:a f:c"), fields("f:a f:b"), id="not-the-map-of-another"),
        pytest.param(fields("f:a"), fields("f:a f:c"), fields(), id="not-a-map-with-something-kept"),
    ],
)
def test_a_map_goes_with_its_last_field(old: Fields, kept: Fields, expected: Fields) -> None:
    assert released(old, kept) == expected


BODY: dict[str, Any] = {
    "labels": {"a": "1", "x/y": "2"},
    "env": [{"name": "a", "value": "1"}, {"name": "b"}],
    "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}],
    "finalizers": ["one", "two", "1"],
    "args": ["p", "q", "r"],
}


@pytest.mark.parametrize(
    ("gone", "changed"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param([("f:labels", "f:x/y")], {"labels": {"a": "1"}}, id="field"),
        pytest.param([("f:env", NAME_B)], {"env": [{"name": "a", "value": "1"}]}, id="element"),
        pytest.param([("f:env", NAME_A, "f:value")], {"env": [{"name": "a"}, {"name": "b"}]}, id="field-of-an-element"),
        pytest.param(
            [("f:ports", 'k:{"containerPort":80,"protocol":"UDP"}')],
            {"ports": [{"containerPort": 80, "protocol": "TCP"}]},
            id="element-by-two-keys",
        ),
        pytest.param([("f:finalizers", 'v:"one"'), ("f:finalizers", "v:1")], {"finalizers": ["two", "1"]}, id="value"),
        pytest.param([("f:args", "i:0"), ("f:args", "i:2")], {"args": ["q"]}, id="by-index"),
        pytest.param(
            [("f:labels",), ("f:labels", "f:a"), ("f:none", "f:a"), ("f:args", "f:a"), ("f:env", 'k:{"name":"c"}')],
            {"labels": None},
            id="what-is-not-there",
        ),
    ],
)
def test_fields_are_taken_away(gone: list[Path], changed: dict[str, Any]) -> None:
    before = copy.deepcopy(BODY)

    found = without(BODY, gone)

    assert found == {key: value for key, value in {**BODY, **changed}.items() if value is not None}
    assert before == BODY
