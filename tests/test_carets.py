from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.carets import one_line, pointed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("a b", "a b", id="printable-text-stays"),
        pytest.param("a\tb\nc\r\n", "a b c  ", id="every-blank-is-a-space"),
        pytest.param("a\u2028b\x85c\xa0d", "a b c d", id="other-ends-of-lines-and-blanks-too"),
        pytest.param("\x1b[31mred", "\ufffd[31mred", id="a-terminal-gets-no-command"),
        pytest.param("a\u202eb\u200bc", "a\ufffdb\ufffdc", id="what-cannot-be-seen-is-shown"),
    ],
)
def test_a_text_is_shown_on_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [
        pytest.param("abc", 1, 2, "    abc\n     ^", id="one-character"),
        pytest.param("abc", 0, 3, "    abc\n    ^^^", id="all-of-it"),
        pytest.param("abc", 3, 3, "    abc\n       ^", id="past-the-end"),
        pytest.param("", 0, 0, "    \n    ^", id="nothing"),
        pytest.param("a\tb", 2, 3, "    a b\n      ^", id="after-a-tab"),
        pytest.param("a\nb", 2, 3, "    a b\n      ^", id="on-the-second-line"),
        pytest.param("日本x", 2, 3, "    日本x\n        ^", id="after-wide-characters"),
        pytest.param("日本x", 0, 2, "    日本x\n    ^^^^", id="under-wide-characters"),
        pytest.param("e\u0301x", 2, 3, "    e\u0301x\n     ^", id="after-an-accent"),
        pytest.param("e\u0301x", 1, 2, "    e\u0301x\n     ^", id="under-an-accent"),
    ],
)
def test_carets_stand_under_the_place(text: str, start: int, end: int, shown: str) -> None:
    assert pointed(text, start, end) == shown


@given(st.text())
def test_a_shown_text_is_printable_and_as_long_as_the_text(text: str) -> None:
    shown = one_line(text)

    assert shown.isprintable()
    assert len(shown) == len(text)
