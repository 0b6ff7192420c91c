"""JSON texts are read as JSON, and what is wrong with them is left to the YAML reader to explain."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.documents import read
from kubectl_images.errors import InputError
from kubectl_images.json_documents import read_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{}", [({}, 1)], id="empty-object"),
        pytest.param(' \n{"a":\n1}\n\n{"b": 2} {"c": 3}\n', [({"a": 1}, 2), ({"b": 2}, 5), ({"c": 3}, 5)], id="many"),
        pytest.param('{\n\t"a": [1.0, 1E3, -1, 1.5]}', [({"a": [1, 1000, -1, 1.5]}, 1)], id="tabs-and-numbers"),
        pytest.param('{"a": "\\ud83d\\ude00"}', [({"a": "\N{GRINNING FACE}"}, 1)], id="surrogate-pair"),
        pytest.param('{"a": 18446744073709551615}', [({"a": 18446744073709552000.0}, 1)], id="64-bits-unsigned"),
        pytest.param('{"<<": {"y": "\x7f"}}', [({"<<": {"y": "\x7f"}}, 1)], id="no-merge-no-boolean"),
    ],
)
def test_objects_are_read_with_their_lines(text: str, expected: list[tuple[Any, int]]) -> None:
    assert read_json(text, 10) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[1]", id="list"),
        pytest.param("a: 1", id="yaml"),
        pytest.param("{a: 1}", id="flow-map"),
        pytest.param('{"a": 1}\n---\n{"b": 2}', id="separator"),
        pytest.param('{"a": 1, "a": 2}', id="duplicate-key"),
        pytest.param('{"a": NaN}', id="nan"),
        pytest.param('{"a": 1e400}', id="infinite"),
        pytest.param(f'{{"a": {"9" * 5000}}}', id="thousands-of-digits"),
        pytest.param('{"a": "\\ud83d"}', id="half-a-pair-escaped"),
        pytest.param('{"a": "\ud83d"}', id="half-a-pair"),
        pytest.param('{"a":' * 11 + "1" + "}" * 11, id="too-deep"),
        pytest.param('{"a":' + "[" * 100_000, id="much-too-deep"),
    ],
)
def test_what_is_no_plain_json_is_left_to_the_yaml_reader(text: str) -> None:
    assert read_json(text, 10) is None


def test_the_deepest_nesting_is_read() -> None:
    text = '{"a":' * 9 + "[1]" + "}" * 9

    assert read_json(text, 10) is not None
    assert read_json(text, 9) is None


def test_strings_are_replaced_with_their_lines_and_keys_are_not() -> None:
    text = '{"a": "x",\n "b": [1, "y",\n "z"],\n\n "c": {"d": "\\"q"}}\n{"e": null, "f": "w"}'

    found = read_json(text, 10, on_string=lambda value, line: f"{value}@{line}")

    assert found == [({"a": "x@1", "b": [1, "y@2", "z@3"], "c": {"d": '"q@5'}}, 1), ({"e": None, "f": "w@6"}, 6)]


def test_a_syntax_error_of_json_is_explained_with_its_line() -> None:
    with pytest.raises(InputError) as caught:
        read('{"a": 1,\n "b: 2}\n', "x.json")

    assert str(caught.value) == 'x.json:2: the quote is not closed\n     "b: 2}\n     ^'
