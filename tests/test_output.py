from __future__ import annotations

import json

import pytest

from kubectl_images import documents
from kubectl_images.output import serialised, table


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        pytest.param([], "NAME   IMAGE\n", id="none"),
        pytest.param([("a", "b")], "NAME   IMAGE\na      b\n", id="one"),
        pytest.param([("longer", "b"), ("a", "")], "NAME     IMAGE\nlonger   b\na\n", id="two"),
    ],
)
def test_a_table_has_columns_as_wide_as_their_widest_cell(rows: list[tuple[str, str]], text: str) -> None:
    assert table(("NAME", "IMAGE"), rows) == text


VALUE = {"images": [{"image": "é", "tags": []}]}


def test_json_is_indented_and_keeps_letters() -> None:
    text = serialised(VALUE, "json")

    assert json.loads(text) == VALUE
    assert text.splitlines()[:3] == ["{", '    "images": [', "        {"]
    assert text.endswith("}\n")
    assert "é" in text


def test_yaml_is_one_document() -> None:
    text = serialised(VALUE, "yaml")

    assert [document.value for document in documents.read(text, "output")] == [VALUE]
    assert not text.startswith("---")
