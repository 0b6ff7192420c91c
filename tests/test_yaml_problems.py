"""What is wrong with a YAML text is said in words, with the line and a caret, alike for both loaders."""

from __future__ import annotations

import pytest

from kubectl_images.documents import read
from kubectl_images.errors import InputError
from kubectl_images.yaml_problems import YamlText, unreadable

QUOTE = "put quotes around the value"
QUOTE_TEMPLATE = "template code was left here: put quotes around the value that holds {{"
INDENTATION = "check the indentation and the quotes"


def _problem(text: str, *, pure: bool) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        read(text, "x.yaml", pure=pure)
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param(
            "a:\n\tb: 1\n",
            "x.yaml:2: a tab is used for indentation\n     b: 1\n    ^",
            "indent with spaces",
            id="tab-before-a-key",
        ),
        pytest.param(
            "a:\n  - b\n\t- c\n",
            "x.yaml:3: a tab is used for indentation\n     - c\n    ^",
            "indent with spaces",
            id="tab-before-a-dash",
        ),
        pytest.param(
            "a: b: c\n",
            "x.yaml:1: a key is not allowed here\n    a: b: c\n        ^",
            'put quotes around a value that holds ": ", or give the line the indentation of the line above',
            id="two-colons",
        ),
        pytest.param(
            "a: 1\n b: 2\n",
            "x.yaml:2: a key is not allowed here\n     b: 2\n      ^",
            'put quotes around a value that holds ": ", or give the line the indentation of the line above',
            id="indented-too-far",
        ),
        pytest.param(
            'é: 日本 x: "\n',
            "x.yaml:1: a key is not allowed here\n    é: 日本 x: \"\n             ^",
            'put quotes around a value that holds ": ", or give the line the indentation of the line above',
            id="wide-characters",
        ),
        pytest.param(
            'b: 1\na: "foo\nc: 1\n', 'x.yaml:2: the quote is not closed\n    a: "foo\n       ^', None, id="open-double-quote"
        ),
        pytest.param("a: 'b\n---\n", "x.yaml:1: the quote is not closed\n    a: 'b\n       ^", None, id="open-quote"),
        pytest.param(
            "a: {{ x }}\n",
            "x.yaml:1: a map or a list cannot be a key\n    a: {{ x }}\n        ^",
            QUOTE_TEMPLATE,
            id="template",
        ),
        pytest.param(
            "a: {{- x }}\n",
            "x.yaml:1: a map or a list cannot be a key\n    a: {{- x }}\n        ^",
            QUOTE_TEMPLATE,
            id="template-that-trims",
        ),
        pytest.param(
            "a: [{{ x }} b\n",
            "x.yaml:1: a map or a list cannot be a key\n    a: [{{ x }} b\n         ^",
            QUOTE_TEMPLATE,
            id="template-in-a-list",
        ),
        pytest.param(
            "{% if x %}\na: 1\n",
            "x.yaml:1: a value cannot begin with '%'\n    {% if x %}\n     ^",
            "template code was left here: put quotes around the value that holds {%",
            id="template-statement",
        ),
        pytest.param("a: `x`\n", "x.yaml:1: a value cannot begin with '`'\n    a: `x`\n       ^", QUOTE, id="backquote"),
        pytest.param("a: @x\n", "x.yaml:1: a value cannot begin with '@'\n    a: @x\n       ^", QUOTE, id="at"),
        pytest.param(
            "a: *\n", "x.yaml:1: a name is missing after '*'\n    a: *\n       ^", QUOTE, id="star"
        ),
        pytest.param(
            "a:\n    b: 1\n  c: 2\n",
            "x.yaml:3: this does not continue the map of line 1\n      c: 2\n      ^",
            INDENTATION,
            id="indented-between",
        ),
        pytest.param(
            "a: 'it's'\n",
            "x.yaml:1: this does not continue the map of line 1\n    a: 'it's'\n           ^",
            INDENTATION,
            id="text-after-a-quote",
        ),
        pytest.param(
            "- a\nb: 1\n",
            "x.yaml:2: this does not continue the list of line 1\n    b: 1\n    ^",
            "check the indentation",
            id="key-in-a-list",
        ),
        pytest.param(
            "a: 1\nb\nc: 2\n",
            "x.yaml:2: there is no ':' after the key\n    b\n    ^",
            'write "key: value", or "- value" in a list',
            id="key-without-colon",
        ),
        pytest.param(
            "a: [1, 2\nb: 3\n", "x.yaml:2: ',' or ']' is missing for the '[' of line 1\n    b: 3\n     ^", None, id="open-list"
        ),
        pytest.param(
            "a: {b: 1\nc: 3\n", "x.yaml:2: ',' or '}' is missing for the '{' of line 1\n    c: 3\n     ^", None, id="open-map"
        ),
        pytest.param("\na: {b\n", "x.yaml:3: ',' or '}' is missing for the '{' of line 2", None, id="open-at-the-end"),
        pytest.param("a: }\n", "x.yaml:1: a value is missing here\n    a: }\n       ^", None, id="only-closed"),
        pytest.param(
            "a: - b\n",
            "x.yaml:1: a list cannot begin here\n    a: - b\n       ^",
            "put the list on the lines after its key",
            id="dash-after-a-key",
        ),
        pytest.param(
            "a: 1\n...\nb: 2\n",
            "x.yaml:3: the document has ended before\n    b: 2\n    ^",
            "begin another document with ---",
            id="after-the-end",
        ),
        pytest.param(
            "a: |x\n", "x.yaml:1: only | or > with + - or a digit can stand here\n    a: |x\n        ^", None, id="block-text"
        ),
        pytest.param("a: !e!f 1\n", "x.yaml:1: the tag is not known\n    a: !e!f 1\n       ^", None, id="tag-prefix"),
        pytest.param(
            'a: "\\xZZ"\n',
            'x.yaml:1: the escape is not known in double quotes\n    a: "\\xZZ"\n          ^',
            r"write \\ for a backslash, or use single quotes",
            id="escape",
        ),
        pytest.param(
            "é:\r\n b: \x1b[31m\n",
            "x.yaml:2: the character U+001B is not allowed\n     b: \N{REPLACEMENT CHARACTER}[31m\n        ^",
            "write it as an escape in double quotes",
            id="control-character",
        ),
        pytest.param(
            "a: \ud800\n",
            "x.yaml:1: the character U+D800 is not allowed\n    a: \N{REPLACEMENT CHARACTER}\n       ^",
            "write it as an escape in double quotes",
            id="half-a-character",
        ),
        pytest.param(
            f"a: {'x' * 200}: y\n",
            f"x.yaml:1: a key is not allowed here\n    {'x' * 60}: y\n    {' ' * 60}^",
            'put quotes around a value that holds ": ", or give the line the indentation of the line above',
            id="long-line",
        ),
    ],
)  # fmt: skip
def test_a_problem_is_shown_at_its_place(text: str, message: str, hint: str | None, *, pure: bool) -> None:
    assert _problem(text, pure=pure) == (message, hint)


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("%YAML 3.0\n---\na: 1\n", "x.yaml:1: found incompatible YAML document", id="version"),
        pytest.param('a: "\\UFFFFFFFF"\n', "x.yaml:1: ", id="escape-too-large"),
        pytest.param('b: 1\na: "\\ud83d"\n', "x.yaml:2: the escape is ", id="half-an-escape"),
    ],
)
def test_a_problem_that_the_loaders_see_differently_has_its_line(text: str, message: str, *, pure: bool) -> None:
    found, _ = _problem(text, pure=pure)

    assert found.startswith(message)


def test_a_text_that_only_the_parser_cannot_read_is_named() -> None:
    assert str(unreadable(YamlText("x.yaml", "a: 1"))) == "x.yaml: the text cannot be read as YAML"
