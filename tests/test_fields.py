"""Maps with known keys: places, and what is said of values that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_images.errors import InputError
from kubectl_images.fields import Field, read_fields
from kubectl_images.placeholders import HOST

TEXT = """\
name: web
list:
- a: 1
- b:
    c: true
nothing:
empty: ""
"""


def field(text: str = TEXT, template: str | None = None) -> Field:
    found = read_fields(text, "file.yaml", template=template)
    assert found is not None
    return found


def test_a_file_of_nothing_but_comments_has_no_field() -> None:
    assert read_fields("# nothing\n", "file.yaml") is None


def test_null_is_as_if_the_key_were_not_there() -> None:
    keys = field("a: 1\nb: null\n").map(("a", "b"))

    assert [(key, found.value) for key, found in keys.items()] == [("a", 1)]


@pytest.mark.parametrize(
    ("path", "place", "key_place", "name"),
    [
        pytest.param((), "file.yaml:1", "file.yaml:1", "", id="document"),
        pytest.param(("name",), "file.yaml:1", "file.yaml:1", "name", id="text"),
        pytest.param(("list",), "file.yaml:3", "file.yaml:2", "list", id="block"),
        pytest.param(("list", 1), "file.yaml:4", "file.yaml:4", "list[1]", id="element"),
        pytest.param(("list", 1, "b"), "file.yaml:5", "file.yaml:4", "list[1].b", id="nested"),
    ],
)
def test_a_value_has_the_place_where_it_is_written(
    path: tuple[str | int, ...], place: str, key_place: str, name: str
) -> None:
    found = field()
    for step in path:
        found = found.at(step)

    assert (str(found.place), str(found.key_place), found.name) == (place, key_place, name)


@pytest.mark.parametrize(
    ("template", "place"),
    [
        pytest.param("name: {{ x }}\nlist: [a]\n", "file.yaml:2", id="same-lines"),
        pytest.param("{% if x %}\nname: web\nlist: [a]\n{% endif %}\n", "file.yaml (rendered):2", id="other-lines"),
    ],
)
def test_lines_of_a_rendered_text_are_said_to_be_such(template: str, place: str) -> None:
    assert str(field("name: web\nlist: [a]\n", template).at("list").place) == place


def message(fails: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        fails()
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize(
    ("fails", "said", "hint"),
    [
        pytest.param(
            lambda: field().map(("nam", "list", "nothing", "empty")),
            "file.yaml:1: unknown key 'name'; did you mean nam?",
            "known here: nam, list, nothing, empty",
            id="unknown-key",
        ),
        pytest.param(
            lambda: field("7: x\n").map(("a",)), "file.yaml:1: unknown key '7'", "known here: a", id="key-is-a-number"
        ),
        pytest.param(
            lambda: field().map((), {"name": "write title", "list": ""}),
            "file.yaml:1: name is not supported",
            "write title",
            id="unsupported",
        ),
        pytest.param(
            lambda: field("git:\n  url: x\n").map((), {"git": ""}),
            "file.yaml:1: git is not supported",
            None,
            id="unsupported-block",
        ),
        pytest.param(
            lambda: field("git:\n").map(("a",), {"git": "hint"}),
            "file.yaml:1: git is not supported",
            "hint",
            id="unsupported-and-null",
        ),
        pytest.param(
            lambda: field("- a\n").map(("a",)), "file.yaml:1: the file is a list, not a map", None, id="no-map"
        ),
        pytest.param(lambda: field().at("name").items(), "file.yaml:1: name is a text, not a list", None, id="no-list"),
        pytest.param(
            lambda: field().at("nothing").items(), "file.yaml:6: nothing is null, not a list", None, id="null"
        ),
        pytest.param(
            lambda: field().at("list").at(0).at("a").text(),
            "file.yaml:3: list[0].a is a number, not a text",
            "put quotes around it",
            id="no-text",
        ),
        pytest.param(lambda: field().at("list").text(), "file.yaml:3: list is a list, not a text", None, id="list"),
        pytest.param(lambda: field().at("empty").text(), "file.yaml:7: empty is empty", None, id="empty-text"),
        pytest.param(
            lambda: field(f"a: x{HOST.upper()}/y\n").at("a").text(),
            "file.yaml:1: a cannot hold an image, which is decided later",
            None,
            id="image",
        ),
        pytest.param(
            lambda: field("a: [x, 1]\n").at("a").texts(),
            "file.yaml:1: a[1] is a number, not a text",
            "put quotes around it",
            id="no-texts",
        ),
        pytest.param(
            lambda: field().at("name").boolean(),
            "file.yaml:1: name is a text, not true or false",
            None,
            id="no-boolean",
        ),
        pytest.param(
            lambda: field("a: 1\n---\na: 2\n"),
            "file.yaml:3: a second document: this file holds one",
            None,
            id="two-documents",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(fails: Callable[[], Any], said: str, hint: str | None) -> None:
    assert message(fails) == (said, hint)


@pytest.mark.parametrize(
    ("text", "texts"), [("a: x\n", ("x",)), ("a: [x, z]\n", ("x", "z")), ("a: []\n", ())], ids=["one", "two", "none"]
)
def test_a_text_alone_is_a_list_of_one(text: str, texts: tuple[str, ...]) -> None:
    assert field(text).at("a").texts() == texts
