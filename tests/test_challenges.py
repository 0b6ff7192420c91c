from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nonsense import many_cases, texts

from kubectl_images.challenges import Challenge, parse_challenges, usable_challenge

VECTORS = json.loads((Path(__file__).parent / "vectors" / "challenges.json").read_text(encoding="utf-8"))["vectors"]
ROWS = [pytest.param(row, id=row["id"]) for row in VECTORS]


@pytest.mark.parametrize("row", ROWS)
def test_challenges_are_read_in_their_order(row: dict[str, Any]) -> None:
    expected = tuple(Challenge(item["scheme"], item["params"]) for item in row["challenges"])

    assert parse_challenges(row["lines"]) == expected


@pytest.mark.parametrize("row", ROWS)
def test_bearer_is_used_before_basic_and_nothing_else(row: dict[str, Any]) -> None:
    challenges = parse_challenges(row["lines"])

    expected = None if row["use"] is None else challenges[row["use"]]
    assert usable_challenge(challenges) == expected


@pytest.mark.parametrize(
    ("line", "schemes"),
    [
        pytest.param('Bearer realm="https://r/t, Basic realm="x"', [], id="an-open-quote-takes-the-rest-of-the-line"),
        pytest.param('Bearer realm="a"b, Basic realm="x"', ["basic"], id="text-after-a-quote-spoils-one-challenge"),
        pytest.param('@, Basic realm="x"', ["basic"], id="no-scheme-at-all"),
        pytest.param('Bearer realm=, Basic realm="x"', ["bearer", "basic"], id="a-name-without-value-is-token68"),
    ],
)
def test_a_malformed_challenge_does_not_spoil_the_others(line: str, schemes: list[str]) -> None:
    assert [challenge.scheme for challenge in parse_challenges([line])] == schemes


def test_a_realm_that_is_no_address_is_not_used() -> None:
    assert usable_challenge([Challenge("bearer", {"realm": "https://[::1/token"})]) is None


@many_cases
@given(st.lists(texts("Bearer", "Basic ", "a", "realm", "=", '"', "\\", ",", " ", "\t", ":", "/", "@"), max_size=3))
def test_any_header_is_read_without_an_error(lines: list[str]) -> None:
    usable_challenge(parse_challenges(lines))


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_quoted_value_is_read_back(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')

    assert parse_challenges([f'Basic realm="{quoted}", charset=UTF-8']) == (
        Challenge("basic", {"realm": value, "charset": "UTF-8"}),
    )
