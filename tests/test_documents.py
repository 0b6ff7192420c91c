"""Documents as kubectl reads them, with libyaml and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.documents import Document, read
from kubectl_images.errors import InputError

VECTORS = Path(__file__).parent / "vectors" / "yaml_scalars.json"


def _as_kubectl_decodes(digits: str) -> float:
    value = int(digits)
    return value if -(2**63) <= value < 2**63 else float(value)


SCALARS: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"), parse_int=_as_kubectl_decodes)[
    "vectors"
]


@pytest.fixture(params=[False, True], ids=["libyaml", "pure"])
def pure(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["yaml"] or "empty") for row in SCALARS if "error" not in row])
def test_a_scalar_is_read_as_kubectl_reads_it(row: dict[str, Any], *, pure: bool) -> None:
    documents = read(f"spec:\n  v: {row['yaml']}\n", "x", pure=pure)

    found = documents[0].value["spec"]["v"]
    assert (found, type(found)) == (row["json"], type(row["json"]))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["yaml"]) for row in SCALARS if "error" in row])
def test_a_scalar_that_kubectl_refuses_is_refused_with_its_line(row: dict[str, Any], *, pure: bool) -> None:
    with pytest.raises(InputError) as caught:
        read(f"spec:\n  v: {row['yaml']}\n", "x", pure=pure)

    place, line, _caret = str(caught.value).splitlines()
    assert place.startswith("x:2: ")
    assert line == f"      v: {row['yaml']}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", (), id="empty"),
        pytest.param("# one\n---\n# two\n---\n", (), id="only-comments"),
        pytest.param("a: 1", (Document({"a": 1}, 1),), id="one"),
        pytest.param("---\n\n# c\na: 1\n---\nb: 2\n...\n", (Document({"a": 1}, 4), Document({"b": 2}, 6)), id="two"),
        pytest.param("--- a\n---\n- b\n--- {c: 1}\n", (Document("a", 1), Document(["b"], 3), Document({"c": 1}, 4)), id="many"),
        pytest.param("null\n--- ''\n", (Document(None, 1), Document("", 2)), id="explicitly-nothing"),
        pytest.param("\ufeffa: 1\n---\n\ufeffb: 2\n", (Document({"a": 1}, 1), Document({"b": 2}, 3)), id="byte-order-marks"),
        pytest.param("a: 1\r\nb: |\r\n  x\r\n  y\r\n", (Document({"a": 1, "b": "x\ny\n"}, 1),), id="crlf"),
        pytest.param('{"a": 1}\n', (Document({"a": 1}, 1),), id="json"),
        pytest.param("%YAML 1.2\n---\na: http://x:80/\n", (Document({"a": "http://x:80/"}, 3),), id="directive"),
        pytest.param("{1: a, yes: b, 1.5: c, 1e6: d, '2': e}", (Document({"1": "a", "true": "b", "1.5": "c", "1e+06": "d", "2": "e"}, 1),), id="keys"),
        pytest.param("a: &x 1\n*x : b\n", (Document({"a": 1, "1": "b"}, 1),), id="alias-as-a-key"),
        pytest.param("&k 1e3: *k\n", (Document({"1000": 1000}, 1),), id="anchor-on-a-key"),
        pytest.param("a: &x 1\nb: &x 2\nc: *x\n", (Document({"a": 1, "b": 2, "c": 2}, 1),), id="anchor-set-again"),
        pytest.param("a: !!map {b: !!seq [! 12]}\n", (Document({"a": {"b": ["12"]}}, 1),), id="tags-of-collections"),
    ],
)  # fmt: skip
def test_a_text_is_read_as_its_documents(text: str, expected: tuple[Document, ...], *, pure: bool) -> None:
    assert read(text, "x", pure=pure) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("<<: *x\na: 1", {"a": 1, "b": 0}, id="before-the-key"),
        pytest.param("a: 1\n<<: *x", {"a": 0, "b": 0}, id="after-the-key-it-overrides-it"),
        pytest.param("<<: [{a: 2}, *x]", {"a": 2, "b": 0}, id="the-first-of-a-list-wins"),
        pytest.param("<<: []", {}, id="of-nothing"),
        pytest.param("<<: {a: 2}\n<<: {c: 3}", {"a": 2, "c": 3}, id="twice"),
        pytest.param("'<<': *x", {"<<": {"a": 0, "b": 0}}, id="in-quotes-it-is-a-key"),
        pytest.param("!!merge <<: *x", {"a": 0, "b": 0}, id="tagged"),
        pytest.param("!!str <<: *x", {"<<": {"a": 0, "b": 0}}, id="tagged-as-a-key"),
    ],
)
def test_a_merge_key_works_as_in_kubectl(text: str, expected: dict[str, Any], *, pure: bool) -> None:
    indented = text.replace("\n", "\n  ")

    documents = read(f"x: &x {{a: 0, b: 0}}\nv:\n  {indented}\n", "x", pure=pure)

    assert documents[0].value["v"] == expected


def test_each_use_of_an_anchor_is_its_own_copy(*, pure: bool) -> None:
    (document,) = read("a: &x {l: [1]}\nb: *x\nc: {<<: *x}\n", "x", pure=pure)

    document.value["b"]["l"].append(2)
    document.value["c"]["l"].append(3)

    assert document.value == {"a": {"l": [1]}, "b": {"l": [1, 2]}, "c": {"l": [1, 3]}}


def test_strings_are_replaced_once_as_written_and_keys_are_not(*, pure: bool) -> None:
    calls: list[tuple[str, int]] = []

    def on_string(value: str, line: int) -> str:
        calls.append((value, line))
        return f"<{value}>"

    (document,) = read('a: &x b\nc: [*x, "1", 2, null]\nd: |\n  e\n', "x", on_string=on_string, pure=pure)

    assert document.value == {"a": "<b>", "c": ["<b>", "<1>", 2, None], "d": "<e\n>"}
    assert calls == [("b", 1), ("1", 2), ("e\n", 4)]


def test_strings_of_json_are_replaced_too() -> None:
    (document,) = read('{"a":\n"b"}', "x", on_string=lambda value, line: f"{value}{line}")

    assert document.value == {"a": "b2"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 10_000, id="lists"),
        pytest.param("{a: " * 10_000, id="maps"),
        pytest.param("- " * 500 + "x", id="block-lists"),
        pytest.param('{"a":' * 10_000, id="json"),
        pytest.param("a: &a " + "[" * 150 + "]" * 150 + "\nb: " + "[" * 150 + "*a" + "]" * 150, id="aliases"),
    ],
)
def test_very_deep_nesting_is_refused(text: str, *, pure: bool) -> None:
    with pytest.raises(InputError, match=r"^x:[12]: the nesting is deeper than 200 levels\n"):
        read(text, "x", pure=pure)


def test_two_hundred_levels_are_read(*, pure: bool) -> None:
    assert len(read("[" * 200 + "]" * 200, "x", pure=pure)) == 1


def test_aliases_that_multiply_are_refused(*, pure: bool) -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))

    with pytest.raises(InputError, match=r"^x:\d+: aliases repeat more than 500,000 values\n"):
        read(f"a0: &a0 x\n{levels}", "x", pure=pure)


@given(
    st.one_of(
        st.text(), st.text("ab \n\t:#-'\"|>%@`!&*{}[],?~=<.01_eyxuU\\\r\x85\u2028é\x00\ufeff\ud800", max_size=60)
    ),
    st.booleans(),
)
def test_any_text_is_read_or_refused_with_its_name(text: str, pure: bool) -> None:
    refusal = _refusal(text, pure=pure)

    assert refusal is None or refusal.startswith("x:")


def _refusal(text: str, *, pure: bool) -> str | None:
    try:
        read(text, "x", pure=pure)
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("text", "kubectl", "kluctl"),
    [
        pytest.param("a: no", {"a": False}, {"a": "no"}, id="no"),
        pytest.param("a: Y", {"a": True}, {"a": "Y"}, id="y"),
        pytest.param("a: on", {"a": True}, {"a": "on"}, id="on"),
        pytest.param("n: 5", {"false": 5}, {"n": 5}, id="key"),
        pytest.param("a: True", {"a": True}, {"a": True}, id="true"),
        pytest.param("a: [FALSE, ~, 0x10]", {"a": [False, None, 16]}, {"a": [False, None, 16]}, id="others"),
        pytest.param("a: !!bool no", {"a": False}, {"a": False}, id="tag"),
    ],
)
def test_yes_and_no_are_texts_where_kluctl_reads_them_so(text: str, kubectl: object, kluctl: object) -> None:
    values = [read(text, "a.yaml", yes_is_text=yes_is_text)[0].value for yes_is_text in (False, True)]

    assert values == [kubectl, kluctl]
