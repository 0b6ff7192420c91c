"""Variables are copied as seldom as can be, and what one renderer's templates change stays with that renderer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer
from kubectl_images.template_functions import merge_dict, update_dict
from kubectl_images.template_variables import SharedCopies

IMAGE = "images.get_image('x')"
B: dict[str, object] = {"c": {}}
CHANGES = [
    pytest.param("{% set _ = map.update({'a': 2}) %}", id="update"),
    pytest.param("{% set _ = map['update']({'a': 2}) %}", id="by-key"),
    pytest.param("{% set _ = (map | attr('update'))({'a': 2}) %}", id="attr"),
    pytest.param("{{ update_dict(map, {'a': 2}) }}", id="update-dict"),
    pytest.param("{% set m = {'m': map} %}{{ update_dict(m.m, {'a': 2}) }}", id="by-another-name"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_by_the_next_template_of_that_renderer_alone(change: str) -> None:
    variables = {"map": {"a": 1}}
    begin = Renderer(Placeholders(), {})
    before, changing, after = (begin.with_variables(variables) for _ in range(3))
    show = "{{ map.a }}"

    texts = [
        before.render(show, "1"),
        changing.render(change, "2"),
        *(r.render(show, "3") for r in (before, changing, after)),
    ]

    assert texts == ["1", "", "1", "2", "1"]
    assert variables == {"map": {"a": 1}}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_before_the_first_image_is_seen_in_both_runs(change: str) -> None:
    placeholders = Placeholders()
    renderer = Renderer(placeholders, {}).with_variables({"map": {"a": 1}})

    renderer.render(change, "a.yaml")
    renderer.render("{{ update_dict(map, {'b': map.a}) }}", "a.yaml")
    text = renderer.render(f"{{{{ map.a }}}}{{{{ map.b }}}}-{{{{ {IMAGE} }}}}", "b.yaml")

    assert placeholders.split(text)[0] == ("22-", "")


def test_a_change_beside_an_image_is_seen_in_both_runs() -> None:
    placeholders = Placeholders()
    begin = Renderer(placeholders, {})
    renderer, other = (begin.with_variables({"names": ["a"]}) for _ in range(2))

    renderer.render(f"{{% set _ = names.append({IMAGE}) %}}", "a.yaml")

    assert len(placeholders.split(renderer.render("{{ names | join(' ') }}", "b.yaml"))[1]) == 1
    assert other.render("{{ names | join(' ') }}", "b.yaml") == "a"


def test_an_image_in_a_variable_is_inserted_by_each_renderer_that_has_it() -> None:
    placeholders = Placeholders()
    begin = Renderer(placeholders, {})
    image = begin.render(f"{{{{ {IMAGE} }}}}", "vars.yaml")
    renderers = [begin.with_variables({"v": {"image": image, image: [image]}}) for _ in range(2)]

    texts = [renderer.render("{{ v.image }} {{ v | to_json }}", "web.yaml") for renderer in renderers]

    assert [len(placeholders.split(text)[1]) for text in texts] == [4, 4]


def test_values_that_are_the_same_are_copied_once() -> None:
    copied: list[str] = []

    def noted(text: str) -> str:
        copied.append(text)
        return text

    copies = SharedCopies(noted)
    big = {"a": ["b"]}

    first, second = copies.copy_of({"big": big, "x": "1"}), copies.copy_of({"big": big, "x": "2"})

    assert (first, second) == ({"big": big, "x": "1"}, {"big": big, "x": "2"})
    assert first["big"] is second["big"] is not big
    assert copied == ["big", "a", "b", "x", "1", "big", "x", "2"]


def test_what_was_changed_and_what_holds_it_is_copied_anew_and_nothing_else() -> None:
    copies = SharedCopies(str)
    original = {"a": [1], "b": [2]}
    copy = copies.copy_of(original)
    copy["a"].append(2)

    assert copies.has(copy["a"])
    copies.forget(copy["a"])
    assert not copies.has(copy["a"])
    assert copies.copy_of(original) == {"a": [1], "b": [2]}
    assert copies.copy_of(original)["b"] is copy["b"]


def test_an_update_of_a_map_within_a_map_stays_with_its_renderer() -> None:
    begin = Renderer(Placeholders(), {})
    one, other = (begin.with_variables({"b": B}) for _ in range(2))

    one.render("{{ update_dict(b, {'c': {'x': 1}}) }}", "1")

    assert [renderer.render("{{ b }}", "2") for renderer in (one, other)] == ["{'c': {'x': 1}}", "{'c': {}}"]


def test_a_list_that_stands_in_two_places_is_one_there_too() -> None:
    copies = SharedCopies(str)
    names = [1]
    copy = copies.copy_of({"a": names, "b": {"c": names}})
    copies.forget(copy["a"])

    assert copy["a"] is copy["b"]["c"]
    assert not copies.has(copy) | copies.has(copy["b"])


def test_a_change_by_the_type_itself_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        Renderer(Placeholders(), {}).render("{{ dict.update(args, {'a': 1}) }}", "web.yaml")

    assert str(caught.value) == (
        "web.yaml:1: access to attribute 'update' of 'type' object is unsafe.\n    {{ dict.update(args, {'a': 1}) }}"
    )


def test_what_a_renderer_changes_after_its_first_change_stays_with_it_too() -> None:
    begin = Renderer(Placeholders(), {})
    one, other = (begin.with_variables({"a": {}, "b": B}) for _ in range(2))

    one.render("{{ update_dict(a, {'x': 1}) }}", "1")
    one.render("{{ update_dict(b.c, {'x': 1}) }}", "2")

    assert [renderer.render("{{ a }}{{ b }}", "3") for renderer in (one, other)] == [
        "{'x': 1}{'c': {'x': 1}}",
        "{}{'c': {}}",
    ]


MAPS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from("ab"),
    st.recursive(
        st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2),
        lambda inner: st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=4,
    ),
)


@given(MAPS)
def test_a_merge_with_nothing_or_with_itself_is_itself(value: dict[str, Any]) -> None:
    assert merge_dict(value, {}) == merge_dict({}, value) == merge_dict(value, value) == value


@given(MAPS, MAPS)
def test_the_later_map_wins_as_a_whole(first: dict[str, Any], second: dict[str, Any]) -> None:
    merged = merge_dict(first, second)

    assert merge_dict(merged, second) == merged
    assert set(merged) == {*first, *second}
    assert all(merged[key] == value for key, value in second.items() if not isinstance(value, dict))


@given(MAPS, MAPS)
def test_a_merge_changes_neither_map_and_an_update_is_the_merge_in_place(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    before = merge_dict(first, {}), merge_dict(second, {})

    merged = merge_dict(first, second)
    merge_dict(merged, {"a": {"a": {"a": 1}}, "b": 5})

    assert (first, second) == before
    assert update_dict(first, second) == ""
    assert (first, second) == (merged, before[1])
