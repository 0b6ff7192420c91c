from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.template_functions import (
    b64decode,
    b64encode,
    from_yaml,
    raise_,
    sha256,
    slugify,
    to_json,
    to_yaml,
)

TEXT = st.text(st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab1:# "), inner),
    max_leaves=10,
)
HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.mark.parametrize(
    ("function", "value", "result"),
    [
        pytest.param(b64encode, "", "", id="b64encode-empty"),
        pytest.param(b64encode, "é", "w6k=", id="b64encode-utf-8"),
        pytest.param(b64encode, 80, "ODA=", id="b64encode-number"),
        pytest.param(b64decode, "w6k=", "é", id="b64decode"),
        pytest.param(b64decode, "YWJj\nZGVm\n", "abcdef", id="b64decode-several-lines"),
        pytest.param(sha256, "hello", HELLO, id="sha256"),
        pytest.param(slugify, "", "", id="slugify-empty"),
        pytest.param(slugify, "  Feature/ÄB_c--1 ", "feature-ab-c-1", id="slugify"),
        pytest.param(slugify, "Straße, Ærø & Łódź", "strasse-aero-lodz", id="slugify-latin-letters"),
        pytest.param(slugify, "1,000 reasons", "1000-reasons", id="slugify-thousands"),
        pytest.param(to_yaml, {"a": [1, "1"], "b": {}}, 'a:\n- 1\n- "1"\nb: {}', id="to-yaml"),
        pytest.param(to_yaml, "a", "a", id="to-yaml-scalar"),
        pytest.param(to_json, {"é": (1, None), 2: True}, '{"é": [1, null], "2": true}', id="to-json"),
        pytest.param(from_yaml, "", None, id="from-yaml-nothing"),
        pytest.param(from_yaml, "a: [1]", {"a": [1]}, id="from-yaml-one"),
        pytest.param(from_yaml, "1\n---\n2\n", [1, 2], id="from-yaml-two"),
        pytest.param(from_yaml, 1, 1, id="from-yaml-number"),
    ],
)
def test_a_function_returns(function: Any, value: object, result: object) -> None:
    assert function(value) == result


def test_a_digest_can_be_cut_to_its_first_digits() -> None:
    assert sha256("hello", 8) == HELLO[:8]


@given(TEXT)
def test_base64_of_any_text_decodes_to_it(text: str) -> None:
    assert b64decode(b64encode(text)) == text


@given(TEXT)
def test_a_slug_is_a_part_of_a_dns_name(text: str) -> None:
    slug = slugify(text)

    assert slugify(slug) == slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-") | slug.endswith("-")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("a", "a", id="text"),
        pytest.param("a\nb", "|-\n  a\n  b", id="lines"),
        pytest.param("a\n", "|\n  a\n", id="last-line-ends"),
        pytest.param("a\n\n", "|+\n  a\n\n", id="last-lines-end"),
        pytest.param({"a": ["b\n"]}, "a:\n- |\n  b\n", id="inside"),
        pytest.param({"a": "b\n", "c": 1}, "a: |\n  b\nc: 1", id="not-last"),
        pytest.param('a"\n', '|\n  a"\n', id="last-line-ends-in-a-quote"),
        pytest.param("\n", '"\\n"\n', id="quoted"),
        pytest.param({}, "{}", id="empty"),
    ],
)
def test_yaml_ends_in_a_newline_where_that_is_a_part_of_the_value(value: Any, text: str) -> None:
    assert to_yaml(value) == text
    assert from_yaml(text) == value


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_as_yaml_or_json_is_read_back(value: Any) -> None:
    assert from_yaml(to_yaml(value)) == value
    assert json.loads(to_json(value)) == value


@pytest.mark.parametrize(
    ("function", "value", "message"),
    [
        pytest.param(b64encode, None, "b64encode needs a text, not null", id="b64encode-none"),
        pytest.param(sha256, ["a"], "sha256 needs a text, not a list", id="sha256-list"),
        pytest.param(slugify, True, "slugify needs a text, not true or false", id="slugify-boolean"),
        pytest.param(
            b64decode,
            "a",
            "b64decode: this is not the base64 of a text: Invalid base64-encoded string: "
            "number of data characters (1) cannot be 1 more than a multiple of 4",
            id="b64decode-length",
        ),
        pytest.param(
            b64decode,
            "/w==",
            "b64decode: this is not the base64 of a text: 'utf-8' codec can't decode byte 0xff in position 0: "
            "invalid start byte",
            id="b64decode-bytes",
        ),
        pytest.param(
            b64decode,
            "é",
            "b64decode: this is not the base64 of a text: string argument should contain only ASCII characters",
            id="b64decode-letters",
        ),
        pytest.param(to_json, {"a": [b64encode]}, "a function has no form in YAML and JSON", id="to-json"),
        pytest.param(to_yaml, {1}, "a set has no form in YAML and JSON", id="to-yaml"),
        pytest.param(from_yaml, "a: 1\na: 2\n", "from_yaml:2: ", id="from-yaml"),
        pytest.param(raise_, 1, "1", id="raise"),
    ],
)
def test_a_value_that_a_function_cannot_use_is_an_error(function: Any, value: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        function(value)

    assert str(caught.value)[: len(message) if message.endswith(" ") else None] == message
