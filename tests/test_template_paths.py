from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.template_paths import Step, holds, parse_path


@pytest.mark.parametrize(
    ("path", "name", "steps"),
    [
        ("a", "a", ()),
        ("$.a", "a", ()),
        ("$['a b']", "a b", ()),
        ("a.b", "a", ("b",)),
        ("a-b_1.c-d", "a-b_1", ("c-d",)),
        ("é.ü", "é", ("ü",)),
        ("a['b.c'].d", "a", ("b.c", "d")),
        ('a["it\'s"]', "a", ("it's",)),
        ("a['']", "a", ("",)),
        ("a[0]", "a", (0,)),
        ("a[10][2].b", "a", (10, 2, "b")),
    ],
)
def test_a_path_is_a_variable_and_steps(path: str, name: str, steps: tuple[Step, ...]) -> None:
    assert parse_path(path) == (name, steps)


@pytest.mark.parametrize(
    "path",
    [
        *("", "$", "$.", ".a", "a.", "a..b", "$..a", "a.*", "a[*]", "a[-1]", "a[1:2]", "a[b]", "a['b]", "a[", "a]"),
        *("a b", "a.b | c", "a[?(@.b)]", "$[0]", "1a", "a.0", "a['b']c", "$a", " a", "a[1234567890]"),
    ],
)
def test_any_other_path_is_an_error(path: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_path(path)

    assert str(caught.value) == f"get_var: this is no path of one value: {path}"


@given(st.text())
def test_any_text_is_a_path_or_an_input_error(text: str) -> None:
    try:
        name, steps = parse_path(text)
    except InputError:
        return
    assert isinstance(name, str)
    assert all(isinstance(step, str | int) for step in steps)


@pytest.mark.parametrize(
    ("value", "step", "is_there"),
    [
        ({"a": None}, "a", True),
        ({}, "a", False),
        ({0: 1}, 0, False),
        ([1], 0, True),
        ([1], 1, False),
        ([], 0, False),
        ("text", 0, False),
        (None, "a", False),
    ],
)
def test_a_value_holds_a_step(value: object, step: Step, is_there: bool) -> None:
    assert holds(value, step) is is_there
