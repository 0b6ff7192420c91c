from __future__ import annotations

import json
import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kubectl_images.carets import pointed
from kubectl_images.errors import FilterSyntaxError
from kubectl_images.filter_parser import parse_filter
from kubectl_images.filters import Filter, Number, Prefix, Regex, Semver, regex_fault

SYNTAX = json.loads((Path(__file__).parent / "vectors" / "filters.json").read_text(encoding="utf-8"))["syntax"][
    "vectors"
]
TEXTS = [pytest.param(row, id=row["id"]) for row in SYNTAX if "text" in row and "canonical" in row]
ERRORS = [pytest.param(row, id=row["id"]) for row in SYNTAX if "error" in row]

FRAGMENTS = [
    "semver",
    "number",
    "prefix",
    "regex",
    "suffix",
    "(",
    ")",
    ",",
    "=",
    "'",
    '"',
    "'a-'",
    "true",
    " ",
    "\\",
    "\n",
    "日",
]
PLAIN = st.builds(Semver, st.booleans()) | st.just(Number()) | st.builds(Regex, st.text().map(re.escape))


def _prefixed(prefixes: list[str], filter_: Filter) -> Filter:
    return reduce(lambda suffix, prefix: Prefix(prefix, suffix), prefixes, filter_)


def _nested(prefixes: int) -> str:
    return "prefix('a', suffix=" * prefixes + "number()" + ")" * prefixes


def _syntax_error(text: str) -> FilterSyntaxError:
    with pytest.raises(FilterSyntaxError) as caught:
        parse_filter(text)
    return caught.value


@pytest.mark.parametrize("row", TEXTS)
def test_a_text_is_read_as_the_filter_of_its_canonical_text(row: dict[str, Any]) -> None:
    filter_ = parse_filter(row["text"])

    assert str(filter_) == row["canonical"]
    assert parse_filter(row["canonical"]) == filter_


@pytest.mark.parametrize("row", ERRORS)
def test_an_error_points_at_the_leftmost_wrong_token(row: dict[str, Any]) -> None:
    cause, text, carets = str(_syntax_error(row["text"])).split("\n")

    assert row["error"].get("message", "") in cause
    assert text == "    " + row["text"]
    assert carets.index("^") - 4 == row["error"]["column"]


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        pytest.param("semver()", Semver(), id="semver"),
        pytest.param("semver(True)", Semver(allow_no_nums=True), id="semver-with-a-positional-argument"),
        pytest.param("number()", Number(), id="number"),
        pytest.param(r"regex('\d+')", Regex(r"\d+"), id="regex"),
        pytest.param("prefix('v')", Prefix("v", Semver()), id="prefix"),
        pytest.param("prefix(suffix=number(), prefix='v')", Prefix("v", Number()), id="prefix-with-named-arguments"),
        pytest.param("prefix(\n\t'a',\n\tnumber()\n)\n", Prefix("a", Number()), id="several-lines"),
        pytest.param("prefix('a\nb')", Prefix("a\nb"), id="a-string-of-two-lines"),
    ],
)
def test_a_text_stands_for_a_filter(text: str, filter_: Filter) -> None:
    assert parse_filter(text) == filter_


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param(
            "prefix('master-', suffix=numbr())",
            "unknown version filter 'numbr'\n    prefix('master-', suffix=numbr())\n                             ^^^^^",
            "known filters: number, prefix, regex, semver",
            id="unknown-name",
        ),
        pytest.param(
            "main-*",
            "unknown version filter 'main-*'\n    main-*\n    ^^^^^^",
            "known filters: number, prefix, regex, semver",
            id="a-glob",
        ),
        pytest.param(
            "",
            "expected a filter\n    \n    ^",
            "known filters: number, prefix, regex, semver",
            id="nothing",
        ),
        pytest.param(
            "number() x",
            "expected the end of the filter\n    number() x\n             ^",
            None,
            id="text-after-the-end",
        ),
        pytest.param(
            "number() number()",
            "expected the end of the filter\n    number() number()\n             ^^^^^^",
            None,
            id="two-filters",
        ),
        pytest.param("semver", "expected '('\n    semver\n          ^", "such as semver()", id="no-parentheses"),
        pytest.param("semver(", "expected ')'\n    semver(\n           ^", None, id="only-the-opening-parenthesis"),
        pytest.param(
            "regex(",
            "expected a string\n    regex(\n          ^",
            "a string stands in quotes, such as 'main-'",
            id="the-end-where-an-argument-must-be",
        ),
        pytest.param("number(,)", "expected ')'\n    number(,)\n           ^", None, id="a-comma-alone"),
        pytest.param(
            "semver(true,)", "expected an argument\n    semver(true,)\n                ^", None, id="a-comma-at-the-end"
        ),
        pytest.param(
            "prefix('a', number() number())",
            "expected ')'\n    prefix('a', number() number())\n                         ^^^^^^",
            None,
            id="no-comma-where-all-arguments-are-given",
        ),
        pytest.param(
            "prefix('a' number())",
            "expected ',' or ')'\n    prefix('a' number())\n               ^^^^^^",
            None,
            id="no-comma",
        ),
        pytest.param(
            "number('x')",
            "too many arguments\n    number('x')\n           ^^^",
            "it takes no arguments",
            id="too-many-arguments",
        ),
        pytest.param(
            "prefix('a', suffi=number())",
            "unknown argument 'suffi'\n    prefix('a', suffi=number())\n                ^^^^^",
            "known arguments: prefix, suffix",
            id="unknown-argument",
        ),
        pytest.param(
            "prefix('a', prefix='b')",
            "duplicate argument 'prefix'\n    prefix('a', prefix='b')\n                ^^^^^^",
            None,
            id="duplicate-argument",
        ),
        pytest.param(
            "prefix(prefix='a', number())",
            "positional argument after a named one\n    prefix(prefix='a', number())\n                       ^^^^^^",
            "write its name and = before it",
            id="positional-after-named",
        ),
        pytest.param(
            "prefix(suffix=number())",
            "missing argument 'prefix'\n    prefix(suffix=number())\n                          ^",
            "such as prefix('main-')",
            id="missing-argument",
        ),
        pytest.param(
            "semver('true')",
            "expected true or false\n    semver('true')\n           ^^^^^^",
            "such as allow_no_nums=true, without quotes",
            id="a-string-for-a-bool",
        ),
        pytest.param(
            "prefix('a', suffix='number()')",
            "expected a filter\n    prefix('a', suffix='number()')\n                       ^^^^^^^^^^",
            "such as number(), without quotes; known filters: number, prefix, regex, semver",
            id="a-string-for-a-filter",
        ),
        pytest.param(
            "prefix(main-)",
            "expected a string\n    prefix(main-)\n           ^^^^^",
            "a string stands in quotes, such as 'main-'",
            id="a-word-for-a-string",
        ),
        pytest.param(
            "prefix('main-)",
            "unclosed string\n    prefix('main-)\n           ^",
            "end the string with '; inside it, \\' stands for '",
            id="unclosed-string",
        ),
        pytest.param(
            'number("x)',
            'unclosed string\n    number("x)\n           ^',
            'end the string with "; inside it, \\" stands for "',
            id="unclosed-string-where-nothing-may-be",
        ),
        pytest.param(
            "regex('[') x",
            "bad regex: unterminated character set at position 0\n    regex('[') x\n          ^^^",
            "the pattern is a Python regular expression that matches the whole text; .* stands for any text",
            id="bad-regex-before-other-errors",
        ),
        pytest.param(
            "regex('[[a]')",
            "bad regex: Python warns: Possible nested set at position 1\n    regex('[[a]')\n          ^^^^^^",
            "the pattern is a Python regular expression that matches the whole text; .* stands for any text",
            id="a-regex-that-python-warns-about",
        ),
        pytest.param(
            "prefix('日本',\n\tx())",
            "unknown version filter 'x'\n    prefix('日本',  x())\n                    ^",
            "known filters: number, prefix, regex, semver",
            id="after-wide-characters-a-newline-and-a-tab",
        ),
        pytest.param(
            "\x1b[31m()",
            "unknown version filter '\ufffd[31m'\n    \ufffd[31m()\n    ^^^^^",
            "known filters: number, prefix, regex, semver",
            id="a-command-to-the-terminal",
        ),
    ],
)
def test_an_error_shows_the_cause_the_place_and_a_way_out(text: str, message: str, hint: str | None) -> None:
    error = _syntax_error(text)

    assert str(error) == message
    assert error.hint == hint


def test_twenty_prefixes_may_stand_in_one_another() -> None:
    assert str(parse_filter(_nested(20))) == _nested(20)


@pytest.mark.parametrize("prefixes", [21, 22, 5_000])
def test_the_twenty_first_prefix_is_too_deep(prefixes: int) -> None:
    text = _nested(prefixes)
    column = 20 * len("prefix('a', suffix=")

    assert str(_syntax_error(text)) == (
        f"filters are nested deeper than 20\n{pointed(text, column, column + len('prefix'))}"
    )


@given(st.builds(_prefixed, st.lists(st.text(), max_size=20), PLAIN))
@example(Prefix("\\'\"\n", Regex(r"\\'\d")))
def test_the_canonical_text_of_a_filter_is_read_as_an_equal_filter(filter_: Filter) -> None:
    assert parse_filter(str(filter_)) == filter_


@given(st.text() | st.lists(st.sampled_from(FRAGMENTS)).map("".join))
@example("'\\")
@example("regex('a{" + "9" * 5_000 + "}')")
def test_any_text_is_a_filter_or_an_error_with_carets_under_it(text: str) -> None:
    try:
        parse_filter(text)
    except FilterSyntaxError as error:
        _cause, shown, carets = str(error).split("\n")
        places = {pointed(text, start, start).split("\n")[1] for start in range(len(text) + 1)}
        assert shown == pointed(text, 0, 0).split("\n")[0]
        assert carets.rstrip("^") + "^" in places


@given(st.text(alphabet=r"ab1(){}[]|*+?^$\.-:!=<>P&~#,iLux'", max_size=30))
def test_any_pattern_is_a_regex_or_a_filter_error(pattern: str) -> None:
    escaped = pattern.replace("\\", "\\\\").replace("'", "\\'")
    text = f"regex('{escaped}')"
    fault = regex_fault(pattern)

    if fault is None:
        assert parse_filter(text) == Regex(pattern)
    else:
        assert str(_syntax_error(text)).startswith(f"bad regex: {fault}\n")
