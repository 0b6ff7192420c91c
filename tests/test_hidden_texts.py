"""What is hidden of secret values, wherever it stands, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images import documents
from kubectl_images.hidden_texts import Secrets


def secrets(*values: object) -> Secrets:
    found = Secrets()
    for value in values:
        found.add(value)
    return found


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        pytest.param("", "a", "a", id="none"),
        pytest.param("abc", "abc", "abc", id="three-characters"),
        pytest.param("   a", "    a", "    a", id="mostly-spaces"),
        pytest.param("prod", "a prod, 'prod'", "a ***, '***'", id="four-characters"),
        pytest.param("prod", "prod\n", "***\n", id="ends-alone"),
        *(pytest.param("prod", f"a{sign}prod", f"a{sign}prod", id=f"after-{sign}") for sign in "/._-x1é"),
        *(pytest.param("prod", f"prod{sign}a", f"prod{sign}a", id=f"before-{sign}") for sign in "/._-x1é"),
        *(pytest.param("prod", f"a{sign}prod", f"a{sign}***", id=f"beside-{sign}") for sign in "=:@,( \"'"),
        pytest.param("hunter2", "hunter22", "hunter22", id="seven-characters"),
        pytest.param("hunter22", "xhunter22.y", "x***.y", id="eight-characters"),
        pytest.param("a+b*c", "a+b*c aabbc", "*** aabbc", id="no-pattern"),
        pytest.param("first line\nsecond", "first line", "***", id="a-line"),
        pytest.param("first line\nsecond", "  a: first line\n  second\n", "  a: ***\n  second\n", id="lines"),
        pytest.param(
            "kind: Deployment\ntoken: abc-123-def\nspec:\n  containers:\n",
            "kind: Deployment\ncontainers:\nx: abc-123-def",
            "kind: Deployment\ncontainers:\nx: ***",
            id="what-lines-say-but-not-keys-and-words",
        ),
        pytest.param({"port": 5432}, "port 5432", "port 5432", id="short-number"),
        pytest.param("- x: first line\n  second line", "second line", "***", id="an-indented-line"),
        pytest.param('say "hello"', r'{"a": "say \"hello\""}', '{"a": "***"}', id="json"),
        pytest.param("grüße-an-alle", r"gr\u00fc\u00dfe-an-alle", "***", id="json-in-ascii"),
        pytest.param("it's a secret", "a: 'it''s a secret'", "a: '***'", id="yaml"),
        pytest.param("a\\b secret", str({"a": "a\\b secret"}), "{'a': '***'}", id="python"),
        pytest.param({"a": [48151623, 1.5e10, True, None, {"b": "hunter22"}]}, "48151623", "***", id="number"),
        pytest.param({"a": ["x", {"b": "hunter22"}]}, "hunter22", "***", id="within"),
        pytest.param({"password": "x"}, "password", "password", id="no-key"),
        pytest.param([True, None], "True true None null", "True true None null", id="no-truth"),
    ],
)
def test_secret_texts_are_hidden(secret: object, text: str, shown: str) -> None:
    assert secrets(secret).hidden(text) == shown


def test_the_longer_of_two_is_hidden_first() -> None:
    assert secrets("hunter22", "hunter22-and-more").hidden("hunter22-and-more hunter22") == "*** ***"


def test_what_is_added_later_is_hidden_too() -> None:
    found = secrets("first-secret")
    before = found.hidden("first-secret second-secret")
    found.add("second-secret")

    assert (before, found.hidden("first-secret second-secret")) == ("*** second-secret", "*** ***")


def test_in_objects_each_text_and_number_is_hidden_but_no_key_and_no_name() -> None:
    value = {
        "kind": "hunter22",
        "metadata": {"name": "hunter22", "namespace": "hunter22", "labels": {"name": "hunter22"}},
        "hunter22": ["x hunter22", 48151623, 4815162342, True, None, 1.5],
        "a": {"kind": "hunter22"},
    }

    hidden = secrets("hunter22", 48151623).hidden_in(value)

    assert hidden == {
        "kind": "hunter22",
        "metadata": {"name": "hunter22", "namespace": "hunter22", "labels": {"name": "***"}},
        "hunter22": ["x ***", "***", "***42", True, None, 1.5],
        "a": {"kind": "***"},
    }


def test_the_objects_of_a_list_keep_their_names_too() -> None:
    listed = {"kind": "List", "items": [{"metadata": {"name": "hunter22"}, "data": {"a": "hunter22"}}]}

    assert secrets("hunter22").hidden_in(listed) == {
        "kind": "List",
        "items": [{"metadata": {"name": "hunter22"}, "data": {"a": "***"}}],
    }


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=8).filter(lambda text: len(text.strip()) >= 8)


@given(TEXTS, st.sampled_from([json.dumps, str, repr]))
def test_no_form_of_a_long_text_is_left(text: str, form: Any) -> None:
    assert text not in secrets(text).hidden(f"a: {form({'a': text})}")


@given(st.text("ab'\"\\: #-\n", min_size=8).filter(lambda text: min(map(len, text.split("\n"))) >= 8))
def test_yaml_shows_no_line_of_a_text(text: str) -> None:
    shown = secrets(text).hidden(documents.write([{"key": text}]))

    assert [line for line in text.split("\n") if len(line.strip()) >= 8 and line.strip() in shown] == []
