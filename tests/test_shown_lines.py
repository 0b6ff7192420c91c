"""What a message may show of a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.documents import read
from kubectl_images.errors import InputError
from kubectl_images.shown_lines import ShownText

SECRET = "kind: Secret\nstringData:\n  pw: s3cret\n"


@pytest.mark.parametrize(
    ("text", "number", "shown"),
    [
        pytest.param("a: 1\nb: 2", 2, ("b: 2", 5), id="plain"),
        pytest.param("a: 1", 2, ("", 1), id="after-the-last"),
        pytest.param(SECRET, 3, ("  pw: ***", 5), id="secret"),
        pytest.param("kind: 'Secret'\npw: abc: s3cret", 2, ("pw: ***", 3), id="quoted-kind-two-colons"),
        pytest.param('"kind" : "Secret"\n- s3cret', 2, ("***", 0), id="no-key"),
        pytest.param('{"kind":"Secret","data":{"pw":"s3cret"}}', 1, ('{"kind": ***', 8), id="json"),
        pytest.param('kind:\n  !!str Secret\n"p.w": \'s3cret', 3, ('"p.w": ***', 6), id="tag"),
        pytest.param("kind: Secret\n\n", 2, ("", 1), id="empty-line"),
        pytest.param("kind: List\nitems:\n- kind: Secret\n  - pw: s", 4, ("  - pw: ***", 7), id="in-a-list"),
        pytest.param(f"{SECRET}---\na: 1", 5, ("a: 1", 5), id="document-after"),
        pytest.param(f"a: 1\n---\n{SECRET}", 1, ("a: 1", 5), id="document-before"),
        pytest.param(f"a: 1\n---\n{SECRET}", 5, ("  pw: ***", 5), id="second-document"),
        pytest.param(f"---\nurl: http://x\n--- # b\n{SECRET}", 2, ("url: http://x", 14), id="between-markers"),
        pytest.param("kind: Secret\nhttps://a:s3cret@b", 2, ("***", 0), id="address"),
    ],
)
def test_a_line_of_a_secret_is_shown_up_to_its_key(text: str, number: int, shown: tuple[str, int]) -> None:
    assert ShownText(text).line(number) == shown


@pytest.mark.parametrize(
    ("template", "text", "shown"),
    [
        pytest.param("a: {{ x }}\nb: {{ y }}", "a: 1\nb: 2", ("b: {{ y }}", 0), id="changed-line"),
        pytest.param("a: {{ x }}\nb: 2", "a: 1\nb: 2", ("b: 2", 5), id="line-as-written"),
        pytest.param("{{ x }}", "a: 1\nb: 2", ("", 0), id="other-lines"),
        pytest.param("kind: {{ k }}\npw: {{ y }}", "kind: Secret\npw: 2", ("pw: ***", 0), id="becomes-a-secret"),
    ],
)
def test_of_a_rendered_text_the_template_is_shown(template: str, text: str, shown: tuple[str, int]) -> None:
    assert ShownText(text, template).line(2) == shown


@given(
    st.lists(
        st.sampled_from(
            [
                "'",
                '"',
                "- ",
                "{",
                "[",
                "\n",
                "\n  ",
                "\t",
                "@",
                "%",
                "*",
                "&",
                "!",
                "s3cret",
                " ",
                "|",
                ">",
                "\\x",
                "#",
                ",",
            ]
        )
    )
)
def test_no_error_in_a_secret_shows_its_value(pieces: list[str]) -> None:
    message = ""
    try:
        read(f"kind: Secret\nstringData:\n  pw: {''.join(pieces)}\n", "x.yaml")
    except InputError as found:
        message = str(found)

    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("kind: Secret\npw: abc: s3cret\n", "x.yaml:2: a key is not allowed here\n    pw: ***", id="yaml"),
        pytest.param(
            "kind: Secret\npw: @s3cret\n",
            "x.yaml:2: a value cannot begin with this character\n    pw: ***",
            id="character",
        ),
        pytest.param(
            "kind: Secret\nkind: Secret\n",
            'x.yaml:2: the key "kind" is there twice, first in line 1\n    kind: ***\n    ^',
            id="caret-into-the-key",
        ),
    ],
)
def test_errors_of_a_secret_point_at_its_keys_only(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, "x.yaml")

    assert str(caught.value) == message
