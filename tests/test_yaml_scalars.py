"""Scalars are what kubectl takes them for; the tables hold the answers of kubectl 1.32."""

from __future__ import annotations

import math

import pytest

from kubectl_images.yaml_scalars import (
    Scalar,
    is_always_text,
    is_collection_tag,
    json_value,
    key_text,
    plain_value,
    tagged_value,
)

PREFIX = "tag:yaml.org,2002:"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("+0b1", 1, id="plus-binary"),
        pytest.param("-0o7", -7, id="minus-octal"),
        pytest.param("0B11", 3, id="capital-binary"),
        pytest.param("0_7", 7, id="octal-underscore"),
        pytest.param("0x_f", 15, id="hexadecimal-underscore"),
        pytest.param("-_1", -1, id="minus-underscore"),
        pytest.param("0o", "0o", id="octal-without-digits"),
        pytest.param("0x", "0x", id="hexadecimal-without-digits"),
        pytest.param("-0b", "-0b", id="binary-without-digits"),
        pytest.param("-e", "-e", id="option"),
        pytest.param("-", "-", id="dash"),
        pytest.param(".", ".", id="dot"),
        pytest.param("._5", "._5", id="dot-underscore"),
        pytest.param("1e400", "1e400", id="too-large-for-a-float"),
        pytest.param("1e-400", 0, id="too-small-for-a-float"),
        pytest.param("-0.0", 0, id="minus-zero"),
        pytest.param("0.1e0_1", 1, id="underscore-in-exponent"),
        pytest.param("000000000000000000000000001", 1, id="many-zeros"),
        pytest.param("0" * 30 + "17", 15, id="octal-with-many-zeros"),
        pytest.param("07777777777777777777777777", 7.777777777777778e24, id="octal-too-large"),
        pytest.param("0xFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFF", id="hexadecimal-too-large"),
        pytest.param("0xFFFFFFFFFFFFFFFF", 18446744073709552000.0, id="hexadecimal-of-64-bits"),
        pytest.param("9" * 5_000, "9" * 5_000, id="thousands-of-digits"),
        pytest.param("9223372036854775808", 9223372036854775808.0, id="one-more-than-64-bits-signed"),
        pytest.param("-9223372036854775809", -9223372036854775809.0, id="one-less-than-64-bits-signed"),
        pytest.param("9223372036854774784.0", 9223372036854775000, id="shortest-digits-of-a-large-float"),
        pytest.param("123456789012345678.0", 123456789012345680, id="shortest-digits"),
        pytest.param("9007199254740991.0", 9007199254740991, id="largest-exact-float"),
    ],
)
def test_an_unquoted_scalar_is_read_as_kubectl_reads_it(text: str, expected: Scalar) -> None:
    found = json_value(plain_value(text))

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", ".nan"])
def test_a_number_that_is_not_finite_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a number must be finite$"):
        json_value(plain_value(text))


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        pytest.param("!", "12", "12", id="the-tag-of-no-type"),
        pytest.param(PREFIX + "str", "12", "12", id="str"),
        pytest.param(PREFIX + "int", "0o7", 7, id="int"),
        pytest.param(PREFIX + "float", "0x10", 16, id="float"),
        pytest.param(PREFIX + "float", "1_0", 10, id="float-underscore"),
        pytest.param(PREFIX + "bool", "off", False, id="bool"),
        pytest.param(PREFIX + "null", "", None, id="null"),
        pytest.param(PREFIX + "timestamp", "2001-12-14", "2001-12-14", id="timestamp"),
        pytest.param(PREFIX + "binary", "aGVs\nbG8=", "hello", id="binary"),
        pytest.param(PREFIX + "binary", "4w==", "\N{REPLACEMENT CHARACTER}", id="binary-that-is-no-text"),
        pytest.param(PREFIX + "merge", "<<", "<<", id="merge"),
    ],
)
def test_a_tag_decides_what_a_scalar_is(tag: str, text: str, expected: Scalar) -> None:
    found = json_value(tagged_value(tag, text))

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("tag", "text", "message"),
    [
        pytest.param("!mine", "x", "the tag is not known; a text that begins with ! needs quotes", id="own-tag"),
        pytest.param(
            PREFIX + "map", "x", "the tag is not known; a text that begins with ! needs quotes", id="collection-tag"
        ),
        pytest.param(PREFIX + "int", "1.0", "the value is not of its type !!int", id="int"),
        pytest.param(PREFIX + "int", "", "the value is not of its type !!int", id="empty-int"),
        pytest.param(PREFIX + "bool", "1", "the value is not of its type !!bool", id="bool"),
        pytest.param(PREFIX + "float", "x", "the value is not of its type !!float", id="float"),
        pytest.param(PREFIX + "null", "x", "the value is not of its type !!null", id="null"),
        pytest.param(PREFIX + "timestamp", "x", "the value is not of its type !!timestamp", id="timestamp"),
        pytest.param(PREFIX + "binary", "x", "the value is not of its type !!binary", id="binary"),
        pytest.param(PREFIX + "binary", "é", "the value is not of its type !!binary", id="binary-not-ascii"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(tag: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        tagged_value(tag, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a", "a", id="text"),
        pytest.param("1", "1", id="int"),
        pytest.param("0x10", "16", id="hexadecimal"),
        pytest.param("yes", "true", id="true"),
        pytest.param("n", "false", id="false"),
        pytest.param("2022-01-01", "2022-01-01", id="date"),
        pytest.param("1.5", "1.5", id="float"),
        pytest.param("-0.0", "-0", id="minus-zero"),
        pytest.param("100000.0", "100000", id="six-digits"),
        pytest.param("1e6", "1e+06", id="seven-digits"),
        pytest.param("1234567.0", "1.234567e+06", id="exponent"),
        pytest.param("16777217.0", "1.6777216e+07", id="only-32-bits"),
        pytest.param("0.0001", "0.0001", id="small"),
        pytest.param("0.00001", "1e-05", id="smaller"),
        pytest.param("0.30000000000000004", "0.3", id="shortest-of-32-bits"),
        pytest.param("1e40", ".inf", id="more-than-32-bits"),
        pytest.param("-1e40", "-.inf", id="less-than-32-bits"),
        pytest.param(".inf", ".inf", id="infinity"),
        pytest.param(".NaN", ".nan", id="not-a-number"),
    ],
)
def test_a_key_becomes_the_text_that_kubectl_makes_of_it(text: str, expected: str) -> None:
    assert key_text(plain_value(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("~", "null cannot be a key", id="null"),
        pytest.param("18446744073709551615", "18446744073709551615 cannot be a key", id="64-bits-unsigned"),
    ],
)
def test_a_key_that_kubectl_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        key_text(plain_value(text))


@pytest.mark.parametrize(
    "text",
    ["a", "web-1", "é", "/bin/sh", "--port=8080", "-v", "registry.example.com/team/web:1.2.3", "500m", "1Gi", "a b",
     "$(VAR)", "a@b", "noon"],
)  # fmt: skip
def test_a_text_that_no_reader_misreads_needs_no_quotes(text: str) -> None:
    assert is_always_text(text)


@pytest.mark.parametrize(
    "text",
    ["", "y", "N", "Yes", "on", "OFF", "true", "null", "~", "012", "0o14", "1_000", "1:30", "2022-01-01", ".5", "1e3", "1E",
     "=", "<<", "nan", ".inf", " a", "a ", "a  b", "a: b", "a:", "a #b", "#a", "- a", "-", "--", "---", "...", "-1", "-.5",
     "[a", "{a", "!a", "&a", "*a", "|", ">", "@a", "`a", "%a", "'a", '"a', "a\n", "a\tb", "\\", "a\u2028"],
)  # fmt: skip
def test_a_text_that_some_reader_takes_for_something_else_needs_quotes(text: str) -> None:
    assert not is_always_text(text)


def test_only_the_two_standard_tags_fit_a_collection() -> None:
    assert is_collection_tag(PREFIX + "map", "map")
    assert is_collection_tag("!", "seq")
    assert not is_collection_tag(PREFIX + "map", "seq")
    assert not is_collection_tag(PREFIX + "set", "map")


def test_a_float_with_a_fraction_stays_as_it_is() -> None:
    assert json_value(math.pi) == math.pi
