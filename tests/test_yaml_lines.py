"""The line of a value in a text, for messages about the value."""

from __future__ import annotations

import pytest

from kubectl_images.documents import line_of

TEXT = """\
# a comment
---
a: 1
b:
  - x
  - name: app
    image: nginx
1.5: {yes: z}
---
---
c: &anchor
  d: 1
e: *anchor
? !!str
: empty
"""


@pytest.mark.parametrize(
    ("document", "path", "line"),
    [
        pytest.param(0, (), 3, id="document"),
        pytest.param(0, ("a",), 3, id="key"),
        pytest.param(0, ("b",), 5, id="list"),
        pytest.param(0, ("b", 1), 6, id="element"),
        pytest.param(0, ("b", 1, "image"), 7, id="deep"),
        pytest.param(0, ("1.5", "true"), 8, id="keys-as-they-are-read"),
        pytest.param(0, ("b", 1, "missing", "more"), 6, id="nearest-parent"),
        pytest.param(0, ("b", 2), 5, id="after-the-last-element"),
        pytest.param(0, ("b", -1), 5, id="negative-index"),
        pytest.param(0, ("b", "x"), 5, id="key-of-a-list"),
        pytest.param(0, ("a", "x"), 3, id="key-of-a-scalar"),
        pytest.param(1, ("c", "d"), 12, id="second-document"),
        pytest.param(1, ("e", "d"), 12, id="where-an-alias-leads"),
        pytest.param(2, (), 0, id="no-such-document"),
    ],
)
def test_a_path_leads_to_its_line(document: int, path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, document, path) == line


@pytest.mark.parametrize("text", [pytest.param("a: b: c", id="no-yaml"), pytest.param("# nothing", id="empty")])
def test_a_text_without_documents_has_no_lines(text: str) -> None:
    assert line_of(text, 0, ("a",)) == 0


def test_a_byte_order_mark_counts_for_nothing() -> None:
    assert line_of("\ufeff{\n'a': 1}", 0, ("a",)) == 2
