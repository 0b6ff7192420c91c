"""What YAML allows and we refuse, at its place."""

from __future__ import annotations

import pytest

from kubectl_images.documents import read
from kubectl_images.errors import InputError


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "- a: 1\n  b: 2\n  a: 3\n",
            'x:3: the key "a" is there twice, first in line 1\n      a: 3\n      ^',
            id="key-twice",
        ),
        pytest.param(
            "{1: a, '1': b}", "x:1: the key \"1\" is there twice, first in line 1\n    {1: a, '1': b}\n           ^",
            id="two-keys-of-one-text",
        ),
        pytest.param(
            '{"a": 1,\n"a": 2}', 'x:2: the key "a" is there twice, first in line 1\n    "a": 2}\n    ^', id="key-twice-in-json"
        ),
        pytest.param("a: .nan", "x:1: a number must be finite\n    a: .nan\n       ^", id="nan"),
        pytest.param("&a .inf : 1", "x:1: a number must be finite\n    &a .inf : 1\n    ^", id="anchor-on-infinity"),
        pytest.param("a: !mine 1", "x:1: the tag is not known; a text that begins with ! needs quotes\n    a: !mine 1\n       ^", id="tag"),
        pytest.param("a: !!int x", "x:1: the value is not of its type !!int\n    a: !!int x\n       ^", id="tag-of-a-type"),
        pytest.param("a: !mine {}", "x:1: the tag is none of a map\n    a: !mine {}\n       ^", id="tag-of-a-map"),
        pytest.param("a: !!set []", "x:1: the tag is none of a list\n    a: !!set []\n       ^", id="tag-of-a-list"),
        pytest.param("~: 1", "x:1: null cannot be a key\n    ~: 1\n    ^", id="null-key"),
        pytest.param("? [a]\n: 1", "x:1: a map or a list cannot be a key\n    ? [a]\n      ^", id="list-as-a-key"),
        pytest.param(
            "a: &a {}\n*a : 1", "x:2: a map or a list cannot be a key\n    *a : 1\n    ^", id="alias-of-a-map-as-a-key"
        ),
        pytest.param("a: *b", "x:1: an alias repeats nothing before it; a text that begins with * needs quotes\n    a: *b\n       ^", id="no-anchor"),
        pytest.param(
            "a: &a 1\n---\nb: *a", "x:3: an alias repeats nothing before it; a text that begins with * needs quotes\n    b: *a\n       ^",
            id="anchor-of-another-document",
        ),
        pytest.param(
            "a: &a [*a]", "x:1: an alias stands within the value that it repeats\n    a: &a [*a]\n           ^", id="cycle"
        ),
        pytest.param("<<: 1", "x:1: << takes a map or a list of maps\n    <<: 1\n        ^", id="merge-of-a-number"),
        pytest.param(
            "<<: [{}, 1]", "x:1: << takes a map or a list of maps\n    <<: [{}, 1]\n        ^", id="merge-of-a-list"
        ),
    ],
)  # fmt: skip
def test_what_has_no_clear_meaning_is_refused_at_its_place(text: str, message: str, *, pure: bool) -> None:
    with pytest.raises(InputError) as caught:
        read(text, "x", pure=pure)

    assert str(caught.value) == message


def test_an_error_of_the_replacement_of_a_string_is_passed_on() -> None:
    def on_string(value: str, line: int) -> str:
        raise InputError(f"{line}: {value}")

    with pytest.raises(InputError, match=r"^2: x$"):
        read("a:\n  x\n", "x", on_string=on_string)
