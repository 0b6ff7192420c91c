from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import ImagesError, InputError, UsageError
from kubectl_images.template_args import parse_args


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("prod", "prod", id="text"),
        pytest.param("a=b", "a=b", id="equals"),
        pytest.param("true", True, id="true"),
        pytest.param("false", False, id="false"),
        pytest.param("null", None, id="null"),
        pytest.param("0", 0, id="zero"),
        pytest.param("-12", -12, id="negative"),
        pytest.param("20240101120000123456789", 20240101120000123456789, id="long"),
        pytest.param("9" * 640, int("9" * 640), id="longest-integer"),
        pytest.param("-" + "9" * 641, "-" + "9" * 641, id="too-many-digits-stay-text"),
        pytest.param("9" * 5000, "9" * 5000, id="very-many-digits-stay-text"),
        pytest.param("1.10", "1.10", id="decimal-stays-text"),
        pytest.param("012", "012", id="leading-zero-stays-text"),
        pytest.param("-0", "-0", id="minus-zero-stays-text"),
        pytest.param("yes", "yes", id="yes-stays-text"),
        pytest.param("True", "True", id="upper-case-stays-text"),
        pytest.param(" 1", " 1", id="space-stays-text"),
        pytest.param("٣", "٣", id="other-digits-stay-text"),
        pytest.param("[]", [], id="empty-list"),
        pytest.param("[a, 1]", ["a", 1], id="list"),
        pytest.param("{a: {b: true}}", {"a": {"b": True}}, id="map"),
        pytest.param("[1,\n2]", [1, 2], id="several-lines"),
        pytest.param('"12"', "12", id="quoted-integer"),
        pytest.param("'true'", "true", id="single-quoted-true"),
        pytest.param('""', "", id="quoted-nothing"),
        pytest.param("'it''s'", "it's", id="doubled-quote"),
        pytest.param(r'"a\"b\n"', 'a"b\n', id="escapes"),
        pytest.param('"[1]"', "[1]", id="quoted-list"),
        pytest.param('"@file"', "@file", id="quoted-at"),
        pytest.param("me@example.com", "me@example.com", id="at-within"),
        pytest.param('"', '"', id="a-quote-stays-text"),
        pytest.param('"a" and "b"', '"a" and "b"', id="quotes-within-stay-text"),
        pytest.param("'a", "'a", id="open-quote-stays-text"),
        pytest.param("'a\"", "'a\"", id="other-quote-stays-text"),
        pytest.param(' "12"', ' "12"', id="space-before-quotes-stays-text"),
    ],
)
def test_a_value_is_text_unless_it_cannot_be_meant_so(text: str, value: object) -> None:
    found = parse_args([f"x={text}"])

    assert found == {"x": value}
    assert type(found["x"]) is type(value)


@given(
    st.text().filter(
        lambda text: not text.startswith(("@", "[", "{", '"', "'")) and text not in {"true", "false", "null"}
    )
)
def test_any_other_text_is_itself_or_its_integer(text: str) -> None:
    assert str(parse_args([f"x={text}"])["x"]) == text


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_any_text_can_be_given_in_quotes(text: str) -> None:
    assert parse_args([f"x={json.dumps(text)}"]) == {"x": text}


@pytest.mark.parametrize(
    ("arguments", "args"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["a=1", "b=2"], {"a": 1, "b": 2}, id="two"),
        pytest.param(["a=1", "a=2"], {"a": 2}, id="the-later-wins"),
        pytest.param(["a.b=1", "a.c.d=2"], {"a": {"b": 1, "c": {"d": 2}}}, id="nested"),
        pytest.param(["a=1", "a.b=2"], {"a": {"b": 2}}, id="a-map-over-a-value"),
        pytest.param(["a.b=2", "a=1"], {"a": 1}, id="a-value-over-a-map"),
        pytest.param(["a={b: 1}", "a.c=2"], {"a": {"b": 1, "c": 2}}, id="into-a-flow-map"),
        pytest.param(["a=[1]", "a=[2]"], {"a": [2]}, id="lists-are-not-merged"),
    ],
)
def test_arguments_are_merged_key_by_key(arguments: list[str], args: dict[str, Any]) -> None:
    assert parse_args(arguments) == args


def test_later_files_win_over_earlier_ones_and_arguments_over_all() -> None:
    files = [("1.yaml", "a: 1\nb: {c: 1, d: 1}\n"), ("2.yaml", "# nothing\n"), ("3.yaml", "b: {d: 2, e: 2}\nf: 2\n")]

    assert parse_args(["b.e=3"], files) == {"a": 1, "b": {"c": 1, "d": 2, "e": 3}, "f": 2}


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        pytest.param("a", "a", id="no-equals"),
        pytest.param("=x", "", id="no-name"),
        pytest.param(".a=hunter2", ".a", id="begins-with-a-dot"),
        pytest.param("a.=hunter2", "a.", id="ends-with-a-dot"),
        pytest.param("a..b=hunter2", "a..b", id="two-dots"),
    ],
)
def test_an_argument_that_is_no_name_and_value_is_a_usage_error_without_its_value(argument: str, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_args([argument])

    assert str(caught.value) == f"-a {name}: this is not NAME=VALUE"
    assert caught.value.hint == "write -a env=prod, or -a web.replicas=3"


def test_a_name_has_at_most_a_hundred_parts() -> None:
    longest = ".".join(["a"] * 100)

    assert parse_args([f"{longest}=1", f"{longest}=2"]) == parse_args([f"{longest}=2"])
    with pytest.raises(UsageError) as caught:
        parse_args([f"{longest}.a=hunter2"])
    assert str(caught.value) == "-a a...: a name has at most 100 parts"


@pytest.mark.parametrize("value", ["@", "@secrets/hunter2.yaml"])
def test_a_value_that_is_a_file_for_kluctl_is_refused(value: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_args([f"a.b={value}"])

    assert str(caught.value) == "-a a.b: a value that begins with @ names a file for kluctl, and here none is read"
    assert caught.value.hint == ("--args-from-file FILE reads a file of args\nfor the text itself: -a 'a.b=\"@...\"'")


@pytest.mark.parametrize(
    ("arguments", "files", "message"),
    [
        pytest.param(["a.b=[1"], [], "-a a.b:2: ", id="flow-style"),
        pytest.param(['a={"b": 1} {"c": 2}'], [], "-a a: this is more than one value", id="two-values"),
        pytest.param([], [("args.yaml", "a: 1\na: 2\n")], "args.yaml:2: the key", id="yaml"),
        pytest.param([], [("args.yaml", "\n- a\n")], "args.yaml:2: a file of args is a map", id="no-map"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_place(
    arguments: list[str], files: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_args(arguments, files)

    assert str(caught.value).startswith(message)


@given(st.text())
def test_any_argument_is_read_or_is_an_error_of_ours(argument: str) -> None:
    try:
        args = parse_args([argument])
    except ImagesError:
        return
    assert len(args) == 1
