from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.filter_advice import advice, hash_warning
from kubectl_images.filter_parser import parse_filter
from kubectl_images.filters import newest

VECTORS = json.loads((Path(__file__).parent / "vectors" / "filters.json").read_text(encoding="utf-8"))
NEWEST = [pytest.param(row, id=row["id"]) for row in VECTORS["newest"]["vectors"]]

TAGS = st.lists(st.text(alphabet="vVz01.-_a", max_size=6), max_size=10)
TEXTS = [
    "semver()",
    "number()",
    "regex('v')",
    "regex('(?i)v|1')",
    "regex('(?i)Z')",
    "prefix('v')",
    "prefix('z', suffix=number())",
    "prefix('Z')",
    "prefix('[a-z')",
    "prefix('v|z', suffix=regex('0|1'))",
]


@pytest.mark.parametrize("row", NEWEST)
def test_advice_suggests_what_the_table_says_and_only_when_nothing_is_kept(row: dict[str, Any]) -> None:
    advised = advice(parse_filter(row["filter"]), row["tags"])

    assert row.get("suggests", "") in (advised or "")
    assert advised is None or not row["kept"]


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        pytest.param("semver()", [], None, id="no-tags"),
        pytest.param("semver()", ["latest", "main"], None, id="no-tag-with-a-number"),
        pytest.param("semver()", ["v1.0"], "try prefix('v'), which accepts 1 tag, newest v1.0", id="v"),
        pytest.param(
            "semver()", ["v9", "V1", "v10"], "try prefix('v'), which accepts 2 tags, newest v10", id="v-often"
        ),
        pytest.param("semver()", ["v1", "V1"], "try prefix('V'), which accepts 1 tag, newest V1", id="v-as-often-as-V"),
        pytest.param("semver()", ["abc1234", "ltsc2022"], None, id="letters-without-separator-are-no-prefix"),
        pytest.param(
            "semver()",
            ["release-v1.9", "release-v1.10", "dev-3"],
            "try prefix('release-v'), which accepts 2 tags, newest release-v1.10",
            id="words-before-the-v",
        ),
        pytest.param(
            "number()",
            ["main-1.0", "main-2.0", "dev-3"],
            "try prefix('dev-', suffix=number()), which accepts 1 tag, newest dev-3",
            id="a-rarer-prefix-that-leaves-a-number",
        ),
        pytest.param(
            "number()", ["1.2", "1.10"], "try semver(), which accepts 2 tags, newest 1.10", id="dotted-numbers"
        ),
        pytest.param(
            "prefix('a-', suffix=number())",
            ["a-1.2", "a-1.10"],
            "try prefix('a-'), which accepts 2 tags, newest a-1.10",
            id="dotted-numbers-after-a-prefix",
        ),
        pytest.param(
            "prefix('z')", ["z-10", "z-1"], "try prefix('z-'), which accepts 2 tags, newest z-10", id="separator"
        ),
        pytest.param(
            "prefix('a', suffix=prefix('b', suffix=number()))",
            ["ab-1"],
            "try prefix('ab-', suffix=number()), which accepts 1 tag, newest ab-1",
            id="separator-after-two-prefixes",
        ),
        pytest.param(
            "prefix('main-')", ["Main-1"], "try prefix('Main-'), which accepts 1 tag, newest Main-1", id="case"
        ),
        pytest.param("prefix('v')", ["1.9", "1.10"], "try semver(), which accepts 2 tags, newest 1.10", id="no-v"),
        pytest.param("prefix('main-')", ["1.9", "dev-1"], None, id="another-prefix-is-not-guessed"),
        pytest.param(
            "prefix('[a-z]+-', suffix=number())",
            ["main-1", "z-2", "z-x"],
            "try regex('[a-z]+-[0-9]+'), which accepts 2 tags, newest z-2",
            id="a-pattern-as-prefix",
        ),
        pytest.param(
            "prefix('(dev|main)-')",
            ["main-1.0"],
            "try regex('(?:(dev|main)-)[0-9].*'), which accepts 1 tag, newest main-1.0",
            id="alternatives-as-prefix",
        ),
        pytest.param(
            "prefix('[a-z]+-', suffix=semver(allow_no_nums=true))",
            ["main-x"],
            "try regex('[a-z]+-.*'), which accepts 1 tag, newest main-x",
            id="a-pattern-as-prefix-of-anything",
        ),
        pytest.param(
            "prefix('[a-z]+-', suffix=regex('x|y'))",
            ["main-y", "main-z"],
            "try regex('[a-z]+-(?:x|y)'), which accepts 1 tag, newest main-y",
            id="a-pattern-as-prefix-of-a-pattern",
        ),
        pytest.param("prefix('[a-z')", ["main-1"], None, id="a-broken-pattern-as-prefix"),
        pytest.param(
            "regex('main-')",
            ["main-1", "main-2", "dev-3"],
            "try regex('main-.*'), which accepts 2 tags, newest main-2",
            id="a-pattern-of-the-start",
        ),
        pytest.param(
            "regex('-alpine|-slim')",
            ["1.2-alpine", "1.3"],
            "try regex('.*(?:-alpine|-slim)'), which accepts 1 tag, newest 1.2-alpine",
            id="a-pattern-of-the-end",
        ),
        pytest.param(
            "prefix('main-', suffix=regex('rc'))",
            ["main-1-rc-2"],
            "try prefix('main-', suffix=regex('.*rc.*')), which accepts 1 tag, newest main-1-rc-2",
            id="a-pattern-of-the-middle-after-a-prefix",
        ),
        pytest.param(
            "regex('[0-9.]+')",
            ["v1.2", "v1.10"],
            "try prefix('v', suffix=regex('[0-9.]+')), which accepts 2 tags, newest v1.10",
            id="v-before-a-pattern",
        ),
    ],
)
def test_advice_names_a_filter_and_what_it_would_take(text: str, tags: list[str], expected: str | None) -> None:
    assert advice(parse_filter(text), iter(tags)) == expected


@given(st.sampled_from(TEXTS), TAGS)
def test_the_advised_filter_takes_what_the_advice_says(text: str, tags: list[str]) -> None:
    advised = advice(parse_filter(text), tags)

    if advised is not None:
        better, _, taken = advised.removeprefix("try ").rpartition(", which accepts ")
        assert newest(parse_filter(text), tags) is None
        assert newest(parse_filter(better), tags) == taken.partition(", newest ")[2]


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        pytest.param("semver()", [], None, id="no-tags"),
        pytest.param("semver()", ["1.2.3", "abc1234"], None, id="the-hash-is-not-accepted"),
        pytest.param("semver()", ["1.2.3", "0f3b2c1"], None, id="the-hash-does-not-win"),
        pytest.param("semver()", ["1.2.3", "20240101"], None, id="a-date-has-no-letter"),
        pytest.param("semver()", ["1.2.3", "9f3b2c"], None, id="6-digits"),
        pytest.param("semver()", ["1.2.3", "9" * 40 + "a"], None, id="41-digits"),
        pytest.param(
            "semver()",
            ["1.2.3", "9f3b2c1", "10a0000", "1.2.4"],
            "10a0000 looks like a git hash, and semver() takes it for a version; without such tags 1.2.4 is the newest",
            id="7-digits",
        ),
        pytest.param(
            "semver()",
            ["9" * 39 + "a"],
            "9" * 39 + "a looks like a git hash, and semver() takes it for a version; no other tag is accepted",
            id="40-digits-and-nothing-else",
        ),
        pytest.param(
            "prefix('main-')",
            ["main-12", "main-99abcde", "99abcdef"],
            "main-99abcde looks like a git hash, and prefix('main-') takes it for a version; "
            "without such tags main-12 is the newest",
            id="after-a-prefix",
        ),
        pytest.param(
            "semver(allow_no_nums=true)",
            ["dev", "deadbeef"],
            None,
            id="letters-below-a-tag-that-is-no-hash",
        ),
        pytest.param("number()", ["12", "1234567"], None, id="number-keeps-them-out"),
        pytest.param("regex('[0-9a-f]+')", ["9f3b2c1"], None, id="a-pattern-asks-for-them"),
    ],
)
def test_a_winner_that_looks_like_a_git_hash_is_doubted(text: str, tags: list[str], expected: str | None) -> None:
    assert hash_warning(parse_filter(text), iter(tags)) == expected
