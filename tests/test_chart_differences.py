from __future__ import annotations

import copy
from typing import Any

import pytest
from builders import PLACEHOLDER, RUN, a_call
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.chart_differences import Difference, Twin, difference, refusal
from kubectl_images.objects import Place
from kubectl_images.placeholders import HOST, Placeholders


def an_object(**fields: Any) -> dict[str, Any]:
    return {"kind": "Widget", "metadata": {"name": "w"}, **fields}


A, B = an_object(a="x"), an_object(a="y")


@pytest.mark.parametrize(
    ("first", "second", "again", "found"),
    [
        pytest.param([], [], [], None, id="nothing"),
        pytest.param([A], [A], [A], None, id="alike"),
        pytest.param([A], [B], [A], Difference("Widget/w", "a"), id="text"),
        pytest.param([A], [B], [B], None, id="by-chance"),
        pytest.param([A], [B], [], None, id="another-number-by-chance"),
        pytest.param([A], [A, A], [A], Difference("the number of its objects", ""), id="more"),
        pytest.param([A, A], [A], [A], None, id="more-by-chance"),
        pytest.param([A, A], [A, B], [A, A], Difference("Widget/w", "a"), id="second-object"),
        pytest.param([A], [an_object(b="x")], [A], Difference("Widget/w", ""), id="other-keys"),
        pytest.param(
            [an_object(a=[1, {"b": 1}])],
            [an_object(a=[1, {"b": 2}])],
            [an_object(a=[1, {"b": 1}])],
            Difference("Widget/w", "a[1].b"),
            id="list",
        ),
        pytest.param(
            [an_object(a=[1])], [an_object(a=[1, 1])], [an_object(a=[1])], Difference("Widget/w", "a"), id="longer-list"
        ),
        pytest.param(
            [an_object(a=1, b=1)],
            [an_object(a=2, b=2)],
            [an_object(a=3, b=1)],
            Difference("Widget/w", "b"),
            id="one-of-two-by-chance",
        ),
        pytest.param(
            [{"kind": "a", "metadata": 1}], [1], [{"kind": "a", "metadata": 1}], Difference("a/None", ""), id="no-map"
        ),
        pytest.param(["x"], ["y"], ["x"], Difference("an object", ""), id="no-object"),
    ],
)
def test_what_differs_only_with_the_texts_is_found(
    first: list[Any], second: list[Any], again: list[Any], found: Difference | None
) -> None:
    assert difference(first, second, again) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, JSON)
def test_what_is_alike_again_differs_where_the_values_do(one: object, other: object) -> None:
    found = difference([one], [other], [copy.deepcopy(one)])

    assert (found is None) is (one == other)


def test_a_twin_has_no_part_of_a_name_in_common_and_leads_back() -> None:
    twin = Twin(Placeholders(run=RUN))
    text = f'image: "{PLACEHOLDER}" # z0z'

    renamed = twin.renamed(text)

    assert (RUN in renamed, HOST in renamed, len(renamed) != len(text)) == (False, False, True)
    assert twin.original(renamed) == text


def test_of_many_calls_the_first_are_named() -> None:
    calls = [a_call(f"i{number}") for number in range(7)]

    message = refusal(Place("helm-chart.yaml", 2), "helm template my", Difference("Widget/w", "a"), calls)

    first, *lines = message.splitlines()
    assert first == (
        "helm-chart.yaml:2: helm template my: a of Widget/w is made from the text of an image, which is decided after "
        "the chart is rendered"
    )
    assert lines == [
        *(f"    web.yaml.j2:3: images.get_image('i{number}')" for number in range(5)),
        "    or one of 2 more",
    ]
