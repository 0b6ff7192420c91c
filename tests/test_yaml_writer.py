"""Written YAML: block style, and the same values in every reader."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kubectl_images.documents import read, write
from kubectl_images.yaml_scalars import json_value

# Characters and texts at which YAML readers part.
AWKWARD = st.one_of(
    st.text(),
    st.text("ab \n\t:#-'\"|>%@`!&*{}[],?~=<.01_ey\r\x85\u2028é\N{GRINNING FACE}\x00\x7f\ufeff"),
    st.sampled_from(
        ["y", "no", "012", "1_000", "1:30", "2022-01-01", "~", ".5", "1e3", "=", "<<", "\n", "\n a", "a\n\n"]
    ),
)
# A large integral float is read as its shortest digits, an int that may differ from the float in its last places.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(json_value)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        FLOATS,
        AWKWARD,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(AWKWARD, inner, max_size=3)),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"b": 1, "a": {"c": None}}, "b: 1\na:\n  c: null\n", id="keys-in-their-order"),
        pytest.param({"a": [1, {"b": 2, "c": 3}]}, "a:\n- 1\n- b: 2\n  c: 3\n", id="list-of-maps"),
        pytest.param([[1, [2]], []], "- - 1\n  - - 2\n- []\n", id="lists-in-lists"),
        pytest.param({"a": [{"b": [{"c": "x\ny\n"}]}]}, "a:\n- b:\n  - c: |\n      x\n      y\n", id="deep-block-text"),
        pytest.param({}, "{}\n", id="empty-map"),
        pytest.param({"a": {}, "b": []}, "a: {}\nb: []\n", id="empty-collections"),
        pytest.param([True, False, None, -1], "- true\n- false\n- null\n- -1\n", id="words"),
        pytest.param([1.5, 2.0, 1e20, 1e-7], "- 1.5\n- 2.0\n- 1.0e+20\n- 1.0e-07\n", id="floats"),
        pytest.param(["y", "012", "1:30", ""], '- "y"\n- "012"\n- "1:30"\n- ""\n', id="quoted"),
        pytest.param({"no": "no"}, '"no": "no"\n', id="quoted-key"),
        pytest.param(["é", "日本"], "- é\n- 日本\n", id="readable-unicode"),
        pytest.param(["a\x7f\u2028\ufeff\x00\r"], '- "a\\x7F\\L\\uFEFF\\0\\r"\n', id="escapes"),
        pytest.param(["127.0.0.1:5000/web:1"], "- 127.0.0.1:5000/web:1\n", id="image-on-an-address"),
        pytest.param({"a": "x\n", "b": "x\ny", "c": "x\n\n"}, "a: |\n  x\nb: |-\n  x\n  y\nc: |+\n  x\n\n", id="ends"),
        pytest.param({"a": "  x\ny\n"}, "a: |2\n    x\n  y\n", id="indented-first-line"),
        pytest.param({"b": "x\r\ny"}, 'b: "x\\r\\ny"\n', id="no-block-text"),
        pytest.param("x\ny", "|-\n  x\n  y\n", id="top-text"),
        pytest.param("x", "x\n", id="top-word"),
        pytest.param({"k" * 128: 1}, f"{'k' * 128}: 1\n", id="longest-key-for-one-line"),
    ],
)  # fmt: skip
def test_a_value_is_written_in_block_style(value: Any, text: str) -> None:
    assert write([value]) == text
    assert [document.value for document in read(text, "x")] == [value]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        pytest.param([], "", id="none"),
        pytest.param([{"a": 1}], "a: 1\n", id="one"),
        pytest.param([{"a": 1}, None, [2]], "a: 1\n---\nnull\n---\n- 2\n", id="many"),
    ],
)
def test_documents_are_separated(values: list[Any], text: str) -> None:
    assert write(values) == text


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        pytest.param({"a": {1, 2}}, TypeError, "no JSON value: {1, 2}", id="set"),
        pytest.param({1: 2}, TypeError, "a key of an object is no text: 1", id="key"),
        pytest.param([float("nan")], ValueError, "no JSON number: nan", id="nan"),
    ],
)
def test_what_is_no_json_is_refused(value: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        write([value])

    assert str(caught.value) == message


@given(st.lists(VALUES, max_size=3))
@example([{"\n\x85": None, "a": "x\n\u2028y"}])
@example([{"a": "\tx\n y"}, {"a": "x\n  "}, {"a": "x\n \n\n"}, ["\n x"]])
def test_what_is_written_is_read_as_the_same_whoever_wrote_and_reads_it(values: list[Any]) -> None:
    for pure in (False, True):
        text = write(values, pure=pure)

        assert [document.value for document in read(text, "x")] == values
        assert [document.value for document in read(text, "x", pure=True)] == values


@given(VALUES)
@example("...\n")
def test_other_readers_of_yaml_read_the_same(value: Any) -> None:
    assert yaml.safe_load(write([value])) == value
