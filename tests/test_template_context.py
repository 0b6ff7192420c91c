"""The functions of templates that see variables or load files, with kluctl's own examples."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer

# What kluctl's own tests of these functions have as variables.
KLUCTL = {"g1": "v1", "g2": "v2", "g3": {"nested": "v3"}, "list": [{"x": "i1"}, {"x": "i2"}]}
IMAGE = "images.get_image('nginx')"


def rendered(text: str, directory: Path = Path(), variables: Mapping[str, object] = MappingProxyType({})) -> str:
    renderer = Renderer(Placeholders(), {}).with_variables({"args": {}, **variables})
    return renderer.render(text, str(directory / "web.yaml"), directory)


def error(text: str, directory: Path = Path(), variables: Mapping[str, object] = MappingProxyType({})) -> InputError:
    with pytest.raises(InputError) as caught:
        rendered(text, directory, variables)
    return caught.value


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ get_var('missing') }}", "None"),
        ("{{ get_var('missing', 'default') }}", "default"),
        ("{{ get_var(['missing']) }}", "None"),
        ("{{ get_var(['missing'], 'default') }}", "default"),
        ("{{ get_var(['missing1', 'missing2'], 'default') }}", "default"),
        ("{{ get_var(['g1', 'missing']) }}", "v1"),
        ("{{ get_var(['missing', 'g1']) }}", "v1"),
        ("{{ get_var(['g1', 'g2']) }}", "v1"),
        ("{{ get_var(['g2', 'g1']) }}", "v2"),
        ("{{ get_var('list') }}", "[{'x': 'i1'}, {'x': 'i2'}]"),
        ("{{ get_var('list[0].x') }}", "i1"),
        ("{% set loc = 'l1' %}{{ get_var('loc') }}", "l1"),
        ("{% for e in list %}{% set e=e %}{{ get_var('e.x') }}{% endfor %}", "i1i2"),
        ("{% set loc = 'l1' %}{{ '{{ loc }}' | render }}", "l1"),
        ("{% for e in list %}{% set e=e %}{{ render('{{ e.x }}') }}{% endfor %}", "i1i2"),
        ("{{ 'test' | sha256 }}", digest("test")),
        ("{{ 'test' | sha256(6) }}", "9f86d0"),
    ],
)
def test_a_template_gives_what_it_gives_in_kluctl(text: str, result: str) -> None:
    assert rendered(text, variables=KLUCTL) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param("{{ get_var('g3.nested') }}", "v3", id="key"),
        pytest.param("{{ get_var('$.g3[\"nested\"]') }}", "v3", id="root-and-brackets"),
        pytest.param("{{ get_var('g3.nested.deeper', 1) }}", "1", id="key-of-a-text"),
        pytest.param("{{ get_var('list[2].x', 'd') }}", "d", id="index-after-the-last"),
        pytest.param("{{ get_var('list.x', 'd') }}", "d", id="key-of-a-list"),
        pytest.param("{{ get_var('g3[0]', 'd') }}", "d", id="index-of-a-map"),
        pytest.param("{{ get_var('nothing', 'd') }}", "None", id="null-is-a-value"),
        pytest.param("{{ get_var([], 'd') }}", "d", id="no-paths"),
        pytest.param("{{ get_var(path='g1', default=2) }}", "v1", id="by-name"),
        pytest.param("{% macro m(g1) %}{{ get_var('g1') }}{% endmacro %}{{ m(1) }}", "v1", id="outer-one-as-in-kluctl"),
        pytest.param("{% for x in list %}{% endfor %}{{ get_var('x', 'd') }}", "d", id="after-the-loop"),
        pytest.param("{{ render('') }}|{{ render('a\n') }}", "|a", id="render-nothing-and-a-line"),
        pytest.param("{{ render('{{ a ~ g1 }}', a='x') }}", "xv1", id="render-with-variables"),
        pytest.param("{{ render(\"{{ render('{{ g1 }}') }}\") }}", "v1", id="render-within"),
        pytest.param("{{ merge_dict({}, {}) }}", "{}", id="merge-nothing"),
        pytest.param("{{ merge_dict(none, {'a': 1}) }}{{ merge_dict({'a': 1}, none) }}", "{'a': 1}" * 2, id="none"),
        pytest.param(
            "{{ merge_dict({'a': {'b': 1, 'c': [1]}}, {'a': {'c': [2]}, 'd': 3}) }}",
            "{'a': {'b': 1, 'c': [2]}, 'd': 3}",
            id="merge",
        ),
        pytest.param("{{ merge_dict(g3, {'x': 1}) }}{{ g3 }}", "{'nested': 'v3', 'x': 1}{'nested': 'v3'}", id="copy"),
        pytest.param("{{ update_dict(g3, {'x': 1}) }}{{ g3 }}", "{'nested': 'v3', 'x': 1}", id="update"),
        pytest.param("{% set d = {} %}{{ update_dict(d, {'d': d}) }}{{ d }}", "{'d': {}}", id="update-with-itself"),
        pytest.param("{{ debug_print(1) }}", "", id="debug-print"),
    ],
)
def test_a_function_gives(text: str, result: str) -> None:
    assert rendered(text, variables={**KLUCTL, "nothing": None}) == result


def test_a_loaded_template_sees_variables_what_was_set_and_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ g1 }}{{ top }}{{ round }}{{ given }}\n", encoding="utf-8")

    text = rendered(
        "{% set top = 'T' %}{% for e in [1, 2] %}{% set round = e %}<{{ load_template('a.j2', given='G') }}>{% endfor %}",
        tmp_path,
        KLUCTL,
    )

    assert text == "<v1T1G><v1T2G>"


def test_a_hash_is_that_of_the_rendered_text_as_kluctl_makes_it(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("x: {{ g1 }}\n", encoding="utf-8")

    text = rendered("{{ load_sha256('a.j2') }} {{ load_sha256('a.j2', 6) }}", tmp_path, KLUCTL)

    assert text == f"{digest('x: v1')} {digest('x: v1')[:6]}"


def test_a_template_can_name_itself_by_its_own_hash(tmp_path: Path) -> None:
    text = "name: x-{{ load_sha256('web.yaml', 8) }}\n"
    (tmp_path / "web.yaml").write_text(text, encoding="utf-8")

    assert rendered(text, tmp_path) == f"name: x-{digest('name: x-__self_sha256__')[:8]}\n"


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        pytest.param("", "AP8QCg==", id="one-line"),
        pytest.param(", 0", "AP8QCg==", id="0"),
        pytest.param(", 1", "A\nP\n8\nQ\nC\ng\n=\n=", id="1"),
        pytest.param(", width=3", "AP8\nQCg\n==", id="3"),
        pytest.param(", 8", "AP8QCg==", id="all"),
        pytest.param(", none", "AP8QCg==", id="none"),
    ],
)
def test_a_file_is_loaded_as_base64_of_its_bytes(tmp_path: Path, arguments: str, result: str) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00\xff\x10\n")

    assert rendered(f"{{{{ load_base64('a.bin'{arguments}) }}}}", tmp_path) == result


def test_what_is_loaded_as_base64_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ $x }}", encoding="utf-8")

    assert base64.b64decode(rendered("{{ load_base64('a.j2') }}", tmp_path)) == b"{{ $x }}"


PATH_HINT = "write a path of one value: a.b, a['b'], a[\"b\"], a[0] or $.a"


@pytest.mark.parametrize(
    ("call", "cause", "hint"),
    [
        pytest.param("get_var('a[*]')", "get_var: this is no path of one value: a[*]", PATH_HINT, id="wildcard"),
        pytest.param("get_var(1)", "get_var: a path is a text, or a list of them", PATH_HINT, id="path-number"),
        pytest.param("get_var()", "get_var: missing a required argument: 'path'", "write get_var('a.b', default), or with a list of paths", id="no-path"),
        pytest.param("merge_dict([], {})", "merge_dict needs two maps, not a list", None, id="merge-list"),
        pytest.param("update_dict({}, 'a')", "update_dict needs two maps, not a text", None, id="update-text"),
        pytest.param("merge_dict({})", "merge_dict: missing a required argument: 'second'", "write merge_dict(map, map)", id="merge-one"),
        pytest.param("render(1)", "render needs a text, not a number", None, id="render-number"),
        pytest.param("none | render", "render needs a text, not null", None, id="render-none"),
        pytest.param("load_template(1)", "the path of a template is a text, not a number", None, id="path"),
        pytest.param("load_base64('web.yaml', -1)", "load_base64: width is a number of characters, 0 for one line, not a number", None, id="width"),
        pytest.param("raise()", "raise: missing a required argument: 'message'", "write raise(message)", id="raise"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_is_an_error_that_says_what_can(call: str, cause: str, hint: str | None) -> None:
    found = error(f"a: {{{{ {call} }}}}")

    assert (str(found), found.hint) == (f"web.yaml:1: {cause}\n    a: {{{{ {call} }}}}", hint)


@pytest.mark.parametrize("function", ["load_template", "load_sha256", "load_base64"])
def test_a_file_that_is_not_there_is_named_with_where_it_was_looked_for(tmp_path: Path, function: str) -> None:
    (tmp_path / "app").mkdir()
    with pytest.raises(InputError) as caught:
        Renderer(Placeholders(), {}).render(
            f"{{{{ {function}('no.j2') }}}}", str(tmp_path / "app" / "web.yaml"), tmp_path
        )

    assert str(caught.value) == (
        f"{tmp_path}/app/web.yaml:1: there is no template 'no.j2'\n    {{{{ {function}('no.j2') }}}}\n"
        f"    looked for in {tmp_path}/app, {tmp_path}"
    )


SET_HINT = "write {% set e = e %} inside of the loop before it; in a macro write e.x itself, with | default(...)"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{% for e in [{'x': 1}] %}{{ get_var('e.x', 'd') }}{% endfor %}", id="loop-with-default"),
        pytest.param("{% for e in [{'x': 1}] %}{{ get_var(['no', 'e.x']) }}{% endfor %}", id="second-path"),
        pytest.param("{% macro m(e) %}{{ get_var('e.x', 1) }}{% endmacro %}{{ m({}) }}", id="macro"),
        pytest.param("{% for k, e in {'a': 1}.items() %}{{ get_var('e.x', 1) }}{% endfor %}", id="one-of-two"),
    ],
)
def test_a_loop_variable_is_no_silent_default(text: str) -> None:
    found = error(text)

    assert str(found).splitlines()[0] == (
        "web.yaml:1: 'e' is undefined here: get_var does not see the variables of a loop or macro that it is called in"
    )
    assert found.hint == SET_HINT


@pytest.mark.parametrize(
    ("call", "function", "way_out"),
    [
        pytest.param("load_template('a.j2')", "load_template", "load_template('a.j2', e=e)", id="load-template"),
        pytest.param("load_sha256('a.j2')", "load_sha256", "load_sha256('a.j2', e=e)", id="load-sha256"),
        pytest.param("render('{{ e }}')", "render", "render(..., e=e)", id="render"),
    ],
)
def test_a_loop_variable_that_a_loaded_text_misses_has_a_hint_that_works(
    tmp_path: Path, call: str, function: str, way_out: str
) -> None:
    (tmp_path / "a.j2").write_text("a\n{{ e }}", encoding="utf-8")
    loop = "{{% for e in [1] %}}{}{{{{ {} }}}}{{% endfor %}}"

    found = error(loop.format("", call), tmp_path)

    assert (
        f"'e' is undefined here: {function} does not see the variables of a loop or macro that it is called in"
        in str(found)
    )
    assert found.hint == f"write {way_out}, or {{% set e = e %}} inside of the loop before it"
    assert rendered(loop.format("", way_out.replace("...", "'{{ e }}'")), tmp_path)
    assert rendered(loop.format("{% set e = e %}", call), tmp_path)


def test_the_filter_render_says_to_use_the_function() -> None:
    found = error("{% for e in [1] %}{% set e = e %}{{ '{{ e }}' | render }}{% endfor %}")

    assert found.hint == "write render(..., e=e) in place of the filter"


def test_a_name_that_is_undefined_everywhere_has_no_hint_of_loops() -> None:
    found = error("{% for e in [1] %}{{ render('{{ f }}') }}{% endfor %}")

    assert str(found) == (
        "web.yaml:1: 'f' is undefined\n    {% for e in [1] %}{{ render('{{ f }}') }}{% endfor %}\n"
        "    in line 1 of the text given to render"
    )
    assert found.hint is not None
    assert found.hint.splitlines()[0] == (
        "give it with -a NAME=VALUE and write args.NAME, define it in vars of deployment.yaml, or write | default('...')"
    )


@pytest.mark.parametrize("text", ["a\n{{ 1 +* }}", "\n{% break %}"])
def test_a_text_that_is_no_template_is_not_shown(text: str) -> None:
    found = error("a: {{ render(text) }}", variables={"text": text})

    assert str(found).startswith("web.yaml:1: ")
    assert "\n    a: {{ render(text) }}" in str(found)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("load_template('image.j2')", id="load-template"),
        pytest.param("load_template('given.j2', img=img)", id="given-to-a-template"),
        pytest.param("render('{{ img }}')", id="render"),
        pytest.param("render('<' ~ img ~ '>')", id="in-the-rendered-text"),
        pytest.param("img | render", id="filter"),
        pytest.param("get_var('img')", id="get-var"),
        pytest.param("get_var('no', img)", id="as-the-default"),
        pytest.param("merge_dict({'a': {}}, {'a': {'i': img}}).a.i", id="merge-dict"),
        pytest.param("update_dict(map, {'i': img}) ~ map.i", id="update-dict"),
    ],
)
def test_an_image_goes_through_whole_and_is_still_guarded(tmp_path: Path, expression: str) -> None:
    (tmp_path / "image.j2").write_text(f"{{{{ {IMAGE} }}}}", encoding="utf-8")
    (tmp_path / "given.j2").write_text("{{ img }}", encoding="utf-8")
    start = f"{{% set img = {IMAGE} %}}{{% set map = {{}} %}}"
    placeholders = Placeholders()

    text = Renderer(placeholders, {}).render(f"{start}{{{{ {expression} }}}}", str(tmp_path / "web.yaml"), tmp_path)

    assert len(placeholders.split(text)[1]) == 1
    assert "the filter upper cannot use its text" in str(error(f"{start}{{{{ ({expression}) | upper }}}}", tmp_path))


def test_the_hash_of_a_text_with_an_image_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text(f"i: {{{{ {IMAGE} }}}}\n", encoding="utf-8")

    assert str(error("{{ load_sha256('a.j2') }}", tmp_path)) == (
        f"{tmp_path}/web.yaml:1: {IMAGE}: the image is decided after the templates, so load_sha256 cannot use its text\n"
        "    {{ load_sha256('a.j2') }}"
    )


def test_an_image_that_a_text_for_render_looks_into_is_an_error() -> None:
    found = error(f'{{{{ render("{{{{ \'" ~ {IMAGE} ~ "\' | sha256 }}}}") }}}}')

    assert "depends on its text" in str(found)


def test_a_message_is_shown_once_though_a_text_with_an_image_is_rendered_twice() -> None:
    said: list[str] = []
    renderer = Renderer(Placeholders(), {}, say=said.append)

    renderer.render(f"{{{{ debug_print({{'i': {IMAGE}}}) }}}}{{{{ debug_print('x') }}}}", "web.yaml")

    assert said == ["debug_print: {'i': 'images.get_image('nginx')'}", "debug_print: x"]


NAMES = st.text("ab", min_size=1, max_size=2)
MAPS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(NAMES, st.integers() | st.lists(st.integers(), max_size=2), max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | st.integers(), max_size=3),
    max_leaves=6,
)


def paths(value: object, path: str) -> list[tuple[str, object]]:
    children: list[tuple[str, object]] = []
    if isinstance(value, dict):
        children = [(f"{path}.{key}", child) for key, child in value.items()]
        children += [(f"{path}['{key}']", child) for key, child in value.items()]
    if isinstance(value, list):
        children = [(f"{path}[{index}]", child) for index, child in enumerate(value)]
    return [(path, value), *(found for place, child in children for found in paths(child, place))]


@settings(deadline=None, max_examples=30)
@given(MAPS)
def test_get_var_finds_what_is_there_at_every_path(value: dict[str, Any]) -> None:
    renderer = Renderer(Placeholders(), {}).with_variables({"v": value})
    found = paths(value, "v") + paths(value, "$.v")
    text = "\n".join(f'{{{{ get_var("{path}", "absent") }}}}' for path, _ in found)

    assert renderer.render(text, "web.yaml").split("\n") == [str(child) for _, child in found]
