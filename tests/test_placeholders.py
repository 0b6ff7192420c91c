"""What a template inserts for an image that is not decided yet."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from builders import PLACEHOLDER, RUN, a_call, inserted
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.placeholders import Placeholder, Placeholders, refuse_as_argument
from kubectl_images.references import ImageRef

TEXTS = st.text(max_size=12) | st.sampled_from(["--image=", ":", "/", "z0z", "0", ".", '{"a": "', "@", RUN[:7]])


def test_a_placeholder_is_a_valid_image_without_tag_and_digest() -> None:
    placeholder = str(Placeholders().insert(a_call()))

    parsed = ImageRef.parse(placeholder)

    assert (parsed.tag, parsed.digest) == (None, None)
    assert str(parsed) == placeholder


@given(st.data())
def test_placeholders_survive_any_text_around_them(data: st.DataObject) -> None:
    calls = data.draw(st.lists(st.builds(a_call, line=st.integers(1, 99)), max_size=12))
    placeholders, inserts = inserted(*calls)
    texts = [data.draw(TEXTS.filter(lambda text: not placeholders.traced(text))) for _ in range(len(calls) + 1)]
    joined = texts[0] + "".join(insert + text for insert, text in zip(inserts, texts[1:], strict=True))

    assert placeholders.split(joined) == (tuple(texts), tuple(calls))
    assert placeholders.traced(joined) == bool(calls)


@given(st.integers(0, len(PLACEHOLDER)), st.integers(0, len(PLACEHOLDER)))
def test_a_piece_of_a_placeholder_is_known_for_what_it_is(start: int, end: int) -> None:
    placeholders, _ = inserted(a_call())
    piece = PLACEHOLDER[start:end]

    assert placeholders.traced(piece) or len(piece) < (len(RUN) if 0 in {start, end - len(PLACEHOLDER)} else 27)


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_a_placeholder_is_known_in_base64_wherever_it_stands(before: bytes, after: bytes) -> None:
    placeholders, _ = inserted(a_call())
    encoded = base64.b64encode(before + PLACEHOLDER.encode() + after).decode()

    assert placeholders.traced(encoded)


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda text: text[:5], id="slice"),
        pytest.param(lambda text: text[0], id="index"),
        pytest.param(lambda text: text.upper(), id="upper"),
        pytest.param(lambda text: text.replace("a", "b"), id="replace"),
        pytest.param(lambda text: text.split("/"), id="split"),
        pytest.param(lambda text: text.encode(), id="encode"),
        pytest.param(list, id="list"),
        pytest.param(lambda text: text * 2, id="times"),
        pytest.param(lambda text: f"{text:.5}", id="precision"),
        pytest.param(lambda text: text.removeprefix("a"), id="removeprefix"),
    ],
)
def test_a_placeholder_refuses_to_be_cut_or_changed(operation: Callable[[Placeholder], object]) -> None:
    with pytest.raises(InputError) as caught:
        operation(Placeholders().insert(a_call()))

    assert str(caught.value) == "the image is decided after the templates, so its text cannot be cut or changed here"
    assert (
        caught.value.hint == "insert the image as it is; a tag that other fields need too belongs into args: -a tag=..."
    )


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(lambda text: f"--image={text}", id="format"),
        pytest.param(lambda text: "--image=" + text, id="add"),
        pytest.param(lambda text: "--image=%s" % text, id="percent"),  # noqa: UP031
        pytest.param(lambda text: "".join(["--image=", *[text]]), id="join"),
    ],
)
def test_a_placeholder_can_be_inserted_and_joined(operation: Callable[[Placeholder], str]) -> None:
    placeholders = Placeholders()

    assert placeholders.split(operation(placeholders.insert(a_call()))) == (("--image=", ""), (a_call(),))


@pytest.mark.parametrize("text", [PLACEHOLDER, f"a {PLACEHOLDER.upper()} b"])
def test_an_image_that_is_not_decided_is_no_argument_of_another(text: str) -> None:
    with pytest.raises(InputError) as caught:
        refuse_as_argument(text)

    assert str(caught.value) == (
        "the image is decided after the templates, so its text cannot be used in another get_image"
    )
    assert caught.value.hint == (
        "give get_image a text of its own: the name of an image, a filter, or an image as the default"
    )


def test_any_other_text_is_an_argument() -> None:
    refuse_as_argument("nginx:1.25")


@given(st.text())
def test_any_other_text_is_no_trace(text: str) -> None:
    assert not Placeholders().traced(text)


def test_a_renamed_run_differs_in_its_length_and_in_each_letter() -> None:
    placeholders, inserts = inserted(a_call())
    others = placeholders.renamed()

    assert len(others.run) == len(RUN) + 1
    assert all(one != other for one, other in zip(RUN, others.run, strict=False))
    assert others.anonymous(str(others.insert(a_call()))) == placeholders.anonymous(inserts[0])


def test_a_message_shows_the_call_in_the_place_of_a_placeholder() -> None:
    placeholders, (one,) = inserted(a_call("team/web"))

    assert placeholders.readable(f"a {one}: b") == "a images.get_image('team/web'): b"
