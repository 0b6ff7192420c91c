from __future__ import annotations

import doctest
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images import versions
from kubectl_images.versions import loose_key

TEXTS = st.text(alphabet="012a bRz.-_vé٣", max_size=12) | st.text(max_size=12)

OLDEST_FIRST = [
    "abc",
    "abc-1",
    "-1",
    "0",
    "1-",
    "1-A",
    "1-a",
    "1-a9",
    "1-0",
    "1-1",
    "1",
    "1.0-a",
    "1.0",
    "1.0.0",
    "1.1",
    "1.10",
    "2",
]


def test_the_examples_of_the_documentation_hold() -> None:
    assert doctest.testmod(versions).failed == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("", ((), True, ()), id="nothing"),
        pytest.param("0", (((0, ""),), True, ()), id="zero"),
        pytest.param("007", (((1, "7"),), True, ()), id="zeros-before-a-number"),
        pytest.param("1.2", (((1, "1"), (1, "2")), True, ()), id="two-numbers"),
        pytest.param("1.2.", (((1, "1"), (1, "2")), False, ()), id="only-a-separator-follows"),
        pytest.param("1..2", (((1, "1"),), False, ((1, "2"),)), id="an-empty-number-ends-the-numbers"),
        pytest.param("v1", ((), False, ((-1, "v"), (1, "1"))), id="a-v-is-a-letter"),
        pytest.param("1Rc-x", (((1, "1"),), False, ((-1, "Rc"), (-1, "x"))), id="letters-of-both-cases-are-one-piece"),
        pytest.param("1é2", (((1, "1"),), False, ((1, "2"),)), id="other-letters-separate"),
        pytest.param("1٣", (((1, "1"),), False, ()), id="other-digits-separate"),
    ],
)
def test_a_key_has_the_numbers_then_the_pieces(text: str, key: versions.LooseKey) -> None:
    assert loose_key(text) == key


@pytest.mark.parametrize(
    ("less", "greater"), [pytest.param(*pair, id="<".join(pair)) for pair in pairwise(OLDEST_FIRST)]
)
def test_each_rule_of_the_order_has_its_pair(less: str, greater: str) -> None:
    assert loose_key(less) < loose_key(greater)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("1.0-rc.1", "1.0-rc1", id="separators"),
        pytest.param("1.02", "1.2", id="zeros-before-a-leading-number"),
        pytest.param("1-a01", "1-a1", id="zeros-before-a-number-of-the-suffix"),
        pytest.param("0.00", "00.0", id="zeros-alone"),
    ],
)
def test_texts_of_one_rank_have_equal_keys(text: str, same: str) -> None:
    assert loose_key(text) == loose_key(same)


def test_numbers_longer_than_python_converts_are_compared() -> None:
    long = "9" * 5_000

    assert loose_key(long + "8") < loose_key(long + "9")
    assert loose_key("1-" + long) < loose_key("1-1" + long)


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_single_numbers_are_ordered_as_numbers(one: int, other: int) -> None:
    assert (loose_key(str(one)) < loose_key(str(other))) == (one < other)


@given(TEXTS, TEXTS)
def test_any_two_texts_are_less_equal_or_greater(one: str, other: str) -> None:
    first, second = loose_key(one), loose_key(other)

    assert [first < second, first == second, first > second].count(True) == 1


@given(TEXTS, TEXTS, TEXTS)
def test_the_order_is_transitive(one: str, two: str, three: str) -> None:
    low, middle, high = sorted((loose_key(one), loose_key(two), loose_key(three)))

    assert low <= middle <= high
    assert low <= high
