"""JSON values of any shape."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.json_values import kind_of, leaves, merged, nested, texts_in


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(False, "true or false", id="boolean"),
        pytest.param("", "a text", id="text"),
        pytest.param(0, "a number", id="integer"),
        pytest.param(1.5, "a number", id="float"),
        pytest.param({}, "a map", id="map"),
        pytest.param([], "a list", id="list"),
        pytest.param((), "a list", id="tuple"),
        pytest.param(range(3), "a range", id="something-of-templates"),
    ],
)
def test_a_kind_is_told_in_words(value: object, words: str) -> None:
    assert kind_of(value) == words


VALUE = {"a": ["b", {"c": "d"}], "e": 1, "f": None, "g": (True, [])}


def test_leaves_are_all_but_maps_lists_and_keys() -> None:
    assert list(leaves(VALUE)) == ["b", "d", 1, None, True]


def test_texts_are_those_of_values() -> None:
    assert list(texts_in(VALUE)) == ["b", "d"]


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"a": 1}, {"b": 2}, {"a": 1, "b": 2}, id="two-keys"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 2}, id="the-second-wins"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}, id="key-by-key"),
        pytest.param({"a": [1]}, {"a": [2]}, {"a": [2]}, id="lists-are-values"),
        pytest.param({"a": {"b": 1}}, {"a": None}, {"a": None}, id="null-over-a-map"),
        pytest.param({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}, id="a-map-over-a-value"),
    ],
)
def test_maps_are_merged_key_by_key(first: dict[str, Any], second: dict[str, Any], both: dict[str, Any]) -> None:
    assert merged(first, second) == both


JSON = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
MAPS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(MAPS, MAPS)
def test_merging_changes_neither_and_shares_what_stays(first: dict[str, Any], second: dict[str, Any]) -> None:
    before = deepcopy((first, second))

    result = merged(first, second)

    assert (first, second) == before
    assert all(result[key] is first[key] for key in first.keys() - second.keys())
    assert merged(result, second) == result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(["a"], {"a": 1}, id="one-step"),
        pytest.param(["a", "b"], {"a": {"b": 1}}, id="two-steps"),
        pytest.param(["a", "b", "c"], {"a": {"b": {"c": 1}}}, id="three-steps"),
    ],
)
def test_a_value_stands_at_its_path(path: list[str], value: dict[str, Any]) -> None:
    assert nested(path, 1) == value
