from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.same import are_same


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(None, None, True, id="nothing"),
        pytest.param(True, True, True, id="true"),
        pytest.param(True, 1, False, id="true-and-one"),
        pytest.param(False, 0, False, id="false-and-zero"),
        pytest.param(False, 0.0, False, id="false-and-zero-as-float"),
        pytest.param(False, None, False, id="false-and-nothing"),
        pytest.param(1, 1.0, True, id="one-number-in-two-forms"),
        pytest.param(1, "1", False, id="a-number-and-its-text"),
        pytest.param(0, "", False, id="zero-and-an-empty-text"),
        pytest.param({}, [], False, id="an-empty-map-and-an-empty-list"),
        pytest.param({}, {}, True, id="empty-maps"),
        pytest.param({"a": 1, "b": 2}, {"b": 2, "a": 1}, True, id="maps-in-another-order"),
        pytest.param({"a": None}, {}, False, id="a-key-with-nothing"),
        pytest.param({"a": 1}, {"b": 1}, False, id="another-key"),
        pytest.param([], [], True, id="empty-lists"),
        pytest.param([1, 2], [2, 1], False, id="lists-in-another-order"),
        pytest.param([1], [1, 2], False, id="a-longer-list"),
        pytest.param({"a": [{"b": [1]}]}, {"a": [{"b": [True]}]}, False, id="deep-inside"),
    ],
)
def test_values_are_the_same_as_in_json(one: object, other: object, expected: bool) -> None:
    assert are_same(one, other) is expected
    assert are_same(other, one) is expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "0", "1", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_without_floats_the_same_value_is_what_is_written_in_the_same_way(one: object, other: object) -> None:
    written, others = (json.dumps(value, sort_keys=True) for value in (one, other))

    assert are_same(one, other) is (written == others)
    assert are_same(one, copy.deepcopy(one))
