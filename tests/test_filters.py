from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import FilterSyntaxError
from kubectl_images.filter_parser import parse_filter
from kubectl_images.filters import (
    Filter,
    Number,
    Prefix,
    Regex,
    Semver,
    Version,
    flattened,
    newest,
    ordered,
    reason_left_out,
    regex_fault,
)

VECTORS = json.loads((Path(__file__).parent / "vectors" / "filters.json").read_text(encoding="utf-8"))
ORDER = [pytest.param(row, id=row["id"]) for row in VECTORS["order"]["vectors"]]
NEWEST = [pytest.param(row, id=row["id"]) for row in VECTORS["newest"]["vectors"]]
NATIVE = [
    pytest.param(row["native"], row.get("canonical") or str(parse_filter(row["filter"])), id=f"{group}-{row['id']}")
    for group in ("newest", "syntax")
    for row in VECTORS[group]["vectors"]
    if "native" in row
]

DIGEST = "0123456789abcdef" * 4
TAGS = st.lists(st.text(alphabet="v012.-_aB", max_size=6) | st.just(f"sha256-{DIGEST}.sig"), max_size=12)
FILTERS = st.sampled_from(
    [
        Semver(),
        Semver(allow_no_nums=True),
        Number(),
        Regex(".*"),
        Regex("[0-9.]+"),
        Prefix(""),
        Prefix("v"),
        Prefix("a-", Number()),
        Prefix("v", Prefix("1.", Regex(".+"))),
    ]
)


def _native(text: str, **variables: object) -> Filter:
    """Return what a template's expression evaluates to."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    expression = environment.compile_expression(text, undefined_to_none=False)
    filter_ = expression(version=Version(), **variables)
    assert isinstance(filter_, Semver | Number | Regex | Prefix)
    return filter_


@pytest.mark.parametrize("row", ORDER)
def test_of_two_tags_the_greater_is_newer(row: dict[str, Any]) -> None:
    filter_, expected = parse_filter(row["filter"]), (row["less"], row["greater"])

    assert ordered(filter_, expected) == expected
    assert ordered(filter_, expected[::-1]) == expected


@pytest.mark.parametrize("row", NEWEST)
def test_the_kept_tags_are_in_order_and_the_last_is_the_newest(row: dict[str, Any]) -> None:
    filter_ = parse_filter(row["filter"])

    assert ordered(filter_, row["tags"]) == tuple(row["kept"])
    assert newest(filter_, row["tags"]) == row["newest"]


@pytest.mark.parametrize(("native", "canonical"), NATIVE)
def test_a_template_writes_a_filter_natively(native: str, canonical: str) -> None:
    filter_ = _native(native)

    assert str(filter_) == canonical
    assert filter_ == parse_filter(canonical)


@pytest.mark.parametrize(
    ("filter_", "tag", "reason"),
    [
        pytest.param(Semver(), "1.0", None, id="semver-kept"),
        pytest.param(Semver(), "v1", "does not start with a number", id="semver"),
        pytest.param(Semver(), "", "does not start with a number", id="semver-empty"),
        pytest.param(Semver(), "٣", "does not start with a number", id="semver-other-digit"),
        pytest.param(Semver(allow_no_nums=True), "", None, id="allow-no-nums-empty"),
        pytest.param(Number(), "12", None, id="number-kept"),
        pytest.param(Number(), "", "is not a number", id="number-empty"),
        pytest.param(Number(), "1.0", "is not a number", id="number-dotted"),
        pytest.param(Number(), "٣", "is not a number", id="number-other-digit"),
        pytest.param(Number(), "1\n", "is not a number", id="number-and-a-newline"),
        pytest.param(Regex("a|b"), "b", None, id="regex-kept"),
        pytest.param(Regex("a|b"), "bb", "does not match regex('a|b')", id="regex"),
        pytest.param(Regex("1$"), "1\n", "does not match regex('1$')", id="regex-and-a-newline"),
        pytest.param(Prefix("main-", Number()), "main-1", None, id="prefix-kept"),
        pytest.param(Prefix("main-", Number()), "dev-1", 'does not start with "main-"', id="prefix"),
        pytest.param(Prefix("main-", Number()), "main-x", 'rest "x" is not a number', id="prefix-rest"),
        pytest.param(Prefix("main-"), "main-", 'rest "" does not start with a number', id="prefix-empty-rest"),
        pytest.param(Prefix("a-", Prefix("v")), "a-1", 'does not start with "a-v"', id="prefix-in-prefix"),
        pytest.param(Prefix("a-", Prefix("v")), "a-vx", 'rest "x" does not start with a number', id="rest-in-prefix"),
        pytest.param(Prefix("a"), "a\x1b\n", 'rest "\ufffd " does not start with a number', id="one-printable-line"),
        pytest.param(Regex(".*"), f"sha256-{DIGEST}", "a signature or attestation", id="signature-without-end"),
        pytest.param(Regex(".*"), f"sha256-{DIGEST}.sig", "a signature or attestation", id="signature"),
        pytest.param(Semver(), f"sha256-{DIGEST}.att", "a signature or attestation", id="signature-before-all-else"),
        pytest.param(Regex(".*"), f"sha256-{DIGEST}0", None, id="65-digits-are-no-signature"),
    ],
)
def test_a_tag_is_kept_or_there_is_a_reason(filter_: Filter, tag: str, reason: str | None) -> None:
    assert reason_left_out(filter_, tag) == reason


@pytest.mark.parametrize(
    ("filter_", "parts"),
    [
        pytest.param(Number(), ("", Number()), id="no-prefix"),
        pytest.param(Prefix("a"), ("a", Semver()), id="one-prefix"),
        pytest.param(Prefix("a", Prefix("", Prefix("b", Number()))), ("ab", Number()), id="three-prefixes"),
    ],
)
def test_a_filter_is_a_prefix_and_a_plain_filter(filter_: Filter, parts: tuple[str, Filter]) -> None:
    assert flattened(filter_) == parts


def test_tags_are_read_only_once() -> None:
    assert newest(Number(), iter(["1", "3", "2"])) == "3"
    assert ordered(Number(), iter(["1", "3", "2", "1"])) == ("1", "2", "3")


@given(FILTERS, TAGS, st.randoms(use_true_random=False))
def test_the_order_of_the_tags_never_matters(filter_: Filter, tags: list[str], random: Any) -> None:
    shuffled = random.sample(tags, len(tags))

    assert ordered(filter_, shuffled) == ordered(filter_, tags)
    assert newest(filter_, shuffled) == newest(filter_, tags)


@given(FILTERS, TAGS)
def test_the_newest_is_the_last_of_the_kept_tags(filter_: Filter, tags: list[str]) -> None:
    kept = ordered(filter_, tags)

    assert newest(filter_, tags) == (kept[-1] if kept else None)
    assert set(kept) == {tag for tag in tags if reason_left_out(filter_, tag) is None}


@given(FILTERS, TAGS)
def test_a_prefix_only_shifts_what_its_suffix_keeps(filter_: Filter, tags: list[str]) -> None:
    shifted = ordered(Prefix("main-", filter_), [f"main-{tag}" for tag in tags])

    # With the prefix before it, a signature is an ordinary tag.
    assert [tag for tag in shifted if "sha256" not in tag] == [f"main-{tag}" for tag in ordered(filter_, tags)]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("[0-9]+", None, id="a-pattern"),
        pytest.param("[", "unterminated character set at position 0", id="an-error"),
        pytest.param("a\n(", "missing ), unterminated subpattern at position 2", id="an-error-on-the-second-line"),
        pytest.param("(?\n)", "unknown extension ?  at position 1", id="an-error-that-quotes-a-newline"),
        pytest.param("[[a]", "Python warns: Possible nested set at position 1", id="a-warning"),
        pytest.param("a{99999999999999999999}", "a number in it is too large", id="more-than-the-engine-counts"),
        pytest.param("a{" + "9" * 5_000 + "}", "a number in it is too large", id="more-than-python-converts"),
        pytest.param("(" * 5_000 + ")" * 5_000, "groups are nested too deep", id="more-groups-than-python-nests"),
    ],
)
def test_a_pattern_that_python_does_not_compile_quietly_has_a_fault(pattern: str, fault: str | None) -> None:
    assert regex_fault(pattern) == fault


def test_a_pattern_is_tried_without_changing_how_warnings_are_treated() -> None:
    before = list(warnings.filters)

    regex_fault("[[b]")

    assert list(warnings.filters) == before


def test_filters_are_values() -> None:
    assert Prefix("a", Number()) == Prefix("a", Number())
    assert len({Semver(), Semver(allow_no_nums=False), Number(), Prefix("a"), Prefix("a", Semver())}) == 3


@pytest.mark.parametrize(
    ("native", "message", "hint"),
    [
        pytest.param(
            "version.semver('true')",
            "expected true or false\n    version.semver(allow_no_nums='true')\n                                 ^^^^^^",
            None,
            id="a-string-for-a-bool",
        ),
        pytest.param(
            "version.semver(1)",
            "expected true or false\n    version.semver(allow_no_nums=1)\n                                 ^",
            None,
            id="a-number-for-a-bool",
        ),
        pytest.param(
            "version.regex(version.number())",
            "expected a string\n    version.regex(pattern=number())\n                          ^^^^^^^^",
            None,
            id="a-filter-for-a-pattern",
        ),
        pytest.param(
            "version.prefix(none)",
            "expected a string\n    version.prefix(prefix=None)\n                          ^^^^",
            None,
            id="none-for-a-prefix",
        ),
        pytest.param(
            "version.prefix('a', suffix='number()')",
            "expected a filter\n    version.prefix(suffix='number()')\n                          ^^^^^^^^^^",
            "such as suffix=version.number(), without quotes",
            id="a-string-for-a-filter",
        ),
        pytest.param(
            "version.regex('[')",
            "bad regex: unterminated character set at position 0\n    regex('[')\n          ^^^",
            "the pattern is a Python regular expression that matches the whole text; .* stands for any text",
            id="bad-regex",
        ),
    ],
)
def test_a_native_filter_of_wrong_values_is_a_filter_error(native: str, message: str, hint: str | None) -> None:
    with pytest.raises(FilterSyntaxError) as caught:
        _native(native)

    assert str(caught.value) == message
    assert caught.value.hint == hint


def test_an_undefined_variable_in_a_native_filter_is_named() -> None:
    with pytest.raises(jinja2.UndefinedError, match=re.escape("'branch' is undefined")):
        _native("version.prefix(branch)")


def test_native_prefixes_are_nested_at_most_20_deep() -> None:
    deepest = _native("version.number()")
    for _ in range(20):
        deepest = Version().prefix("a", deepest)

    with pytest.raises(FilterSyntaxError) as caught:
        Version().prefix("b", deepest)
    cause, text, carets = str(caught.value).split("\n")
    assert cause == "filters are nested deeper than 20"
    assert text == f"    prefix('b', suffix={deepest})"
    assert carets == "    ^^^^^^"
