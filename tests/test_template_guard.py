"""Nothing that a template can do makes what it renders depend on the text that stands for an image."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer

IMAGE = "images.get_image('nginx')"
SETUP = (
    f"{{% set x = {IMAGE} %}}{{% macro m(v) %}}({{{{ v }}}}){{% endmacro %}}"
    "{% macro around() %}<{{ caller() }}>{% endmacro %}{% set ns = namespace(v=x) %}"
    "{% set block %}a{{ x }}{% endset %}\n"
)


def rendered(text: str) -> tuple[str, Placeholders]:
    placeholders = Placeholders()
    return Renderer(placeholders, {"list": [], "map": {}}).render(SETUP + text, "web.yaml"), placeholders


@pytest.mark.parametrize(
    ("expression", "operation"),
    [
        pytest.param("'{}'.format(x)|sha256", "the filter sha256", id="format"),
        pytest.param("'{i}'.format_map({'i': x})|sha256", "the filter sha256", id="format-map"),
        pytest.param("','.join([x])|sha256", "the filter sha256", id="join"),
        pytest.param("'a'.replace('a', x)|sha256", "the filter sha256", id="replace"),
        pytest.param("'A{}'.format(x)|length", "the filter length", id="length"),
        pytest.param("({'i': x}|to_yaml|from_yaml).i|sha256", "the filter sha256", id="from-yaml"),
        pytest.param("({x: 1}|to_yaml|from_yaml|list)[0]|sha256", "the filter sha256", id="key-of-from-yaml"),
        pytest.param("([x]|to_json|from_yaml)[0]|upper", "the filter upper", id="json-from-yaml"),
        pytest.param("m(x)|sha256", "the filter sha256", id="macro"),
        pytest.param("ns.v|sha256", "the filter sha256", id="namespace"),
        pytest.param("block|sha256", "the filter sha256", id="set-block"),
        pytest.param("[x]|string|sha256", "the filter sha256", id="text-of-a-list"),
        pytest.param("[x]|upper|sha256", "the filter sha256", id="changed-text-of-a-list"),
        pytest.param("dict(v=x).v|sha256", "the filter sha256", id="dict"),
        pytest.param("cycler(x).next()|sha256", "the filter sha256", id="cycler"),
        pytest.param("'abc'.startswith(x)", ".startswith()", id="startswith"),
        pytest.param("'abc'.find(x)", ".find()", id="find"),
        pytest.param("'abc'.strip(x)", ".strip()", id="strip"),
        pytest.param("'abc'.replace(x, 'b')", ".replace()", id="replaced"),
        pytest.param("'abc'.startswith((x, 'a'))", ".startswith()", id="in-a-tuple"),
        pytest.param("'abc'|trim(x)", "the filter trim", id="trim-argument"),
        pytest.param("'abc'|replace(x, 'b')", "the filter replace", id="replace-argument"),
        pytest.param("x is lower", "the test lower", id="test-lower"),
        pytest.param("x is eq('a')", "the test eq", id="test-eq"),
        pytest.param("[x]|select('in', 'abc')|list", "the test in", id="select"),
    ],
)
def test_a_look_into_an_image_is_an_error_that_names_it(expression: str, operation: str) -> None:
    with pytest.raises(InputError) as caught:
        rendered(f"a: {{{{ {expression} }}}}\n")

    assert str(caught.value) == (
        f"web.yaml:2: {IMAGE}: the image is decided after the templates, so {operation} cannot use its text\n"
        f"    a: {{{{ {expression} }}}}"
    )


@pytest.mark.parametrize(
    "expression",
    [
        *("'1.1' in x", "x > 'm'", "'m' > x", "x <= 'm'", "x == 'a'", "'a' != x", "x in ['a']", "[x].index('a')"),
        *("['m', x]|sort", "[x]|unique|list", "{'a': 1}[x]", "'abc'.count(m(x))"),
    ],
)
def test_a_comparison_with_an_image_is_an_error(expression: str) -> None:
    with pytest.raises(InputError) as caught:
        rendered(f"{{{{ {expression} }}}}\n")

    assert str(caught.value).startswith("web.yaml:2: ")
    assert "placeholder" not in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        pytest.param("'yes' if x else 'no'", "yes", id="truth"),
        pytest.param("x is defined and x is string", "True", id="kind"),
        pytest.param("x == none or x == 1", "False", id="no-text"),
        pytest.param("x == ns.v", "True", id="itself"),
        pytest.param("x != m(x)", "True", id="another-text"),
        pytest.param("{x: 1}[x]", "1", id="key"),
        pytest.param("[x]|length", "1", id="length-of-a-list"),
        pytest.param("[1, 2, 3]|random * 0", "0", id="by-chance"),
    ],
)
def test_what_does_not_look_into_an_image_may_be_asked(expression: str, result: str) -> None:
    assert rendered(f"{{{{ {expression} }}}}")[0].strip() == result


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ ','.join([x, 'a']) }}", id="join"),
        pytest.param("{{ '{}'.format(x) }}", id="format"),
        pytest.param("{{ 'a-b'.replace('-', x) }}", id="replace"),
        pytest.param("{{ ({'i': x}|to_yaml|from_yaml).i }}", id="from-yaml"),
        pytest.param("{% call around() %}{{ x }}{% endcall %}", id="caller"),
        pytest.param("{% set ns.v = x ~ '' %}{{ ns.v }}", id="namespace"),
        pytest.param("{{ block }}", id="set-block"),
        pytest.param("{% set l = [] %}{% if l.append(x) %}{% endif %}{{ l[0] }}", id="append"),
    ],
)
def test_an_image_that_is_only_inserted_is_whole(text: str) -> None:
    result, placeholders = rendered(text)

    assert placeholders.split(result)[1] == tuple(placeholders.calls)


# Jinja2 marks this text itself, as HTML, and takes our mark away.
UNMARKED = "{% autoescape true %}{% set ns.v %}{{ x }}{% endset %}{% endautoescape %}"


@pytest.mark.parametrize(
    "expression", ["ns.v[:6]", "ns.v.split('.')[0]|sha256", "1 if ns.v > 'm' else 2", "ns.v|list|length"]
)
def test_what_differs_between_two_runs_is_an_error_where_the_guard_sees_nothing(expression: str) -> None:
    with pytest.raises(InputError) as caught:
        rendered(f"{UNMARKED}\na: {{{{ {expression} }}}}\n")

    assert str(caught.value) == (
        f"web.yaml:3: {IMAGE}: the image is decided after the templates, and what is rendered here depends on its text\n"
        f"    a: {{{{ {expression} }}}}"
    )


def test_a_difference_without_a_line_of_its_own_names_the_file() -> None:
    with pytest.raises(InputError) as caught:
        rendered(f"{UNMARKED}{{% for c in ns.v|list %}}\n{{% endfor %}}")

    assert str(caught.value).startswith(f"web.yaml: {IMAGE}: the image is decided after the templates")


def test_a_second_rendering_leaves_no_second_call_and_no_trace_in_the_args() -> None:
    result, placeholders = rendered("{% if args.list.append(1) %}{% endif %}{{ args.list }}{{ x }}")

    assert len(placeholders.calls) == 1
    assert result.strip().startswith("[1]")


STEPS = [
    *("'{{}}'.format({})", "','.join(['a', {}])", "'a-b'.replace('-', {})", "({} ~ 'a')", "('a' + {})", "'%s' % {}"),
    *("({{'i': {}}}|to_yaml|from_yaml).i", "([{}]|to_json|from_yaml)[0]", "m({})", "dict(v={}).v", "[{}]|first"),
    *(
        "({}|sha256)",
        "({}|b64encode)",
        "({}|upper)",
        "({}|length)",
        "{}[:5]",
        "([{}]|string)",
        "({}|trim)",
        "(1 if {} > 'm' else 2)",
    ),
    *(
        "(1 if 'b' in {} else 2)",
        "(1 if {} == 'a' else 2)",
        "([{}, 'm']|sort)",
        "([{}]|upper)",
        "([{}]|map('first')|list)",
    ),
    *(
        "({}|string)",
        "({}|e)",
        "({}|indent)",
        "({}|tojson)",
        "({}|default('a'))",
        "('abc'|replace('b', {}))",
        "('a'.strip({}))",
    ),
    *(
        "({}|list|length)",
        "('x' * ([{}]|string|length))",
        "({{{}: 1}}|list)[0]",
        "({{{}: 1}}|urlencode)",
        "({}|wordwrap(9))",
    ),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=5))
def test_no_chain_of_operations_makes_a_text_that_depends_on_the_run(steps: list[str]) -> None:
    expression = "x"
    for step in steps:
        expression = step.format(expression)
    text = f"{{{{ {expression} }}}}"
    try:
        (first, one), (second, two) = rendered(text), rendered(text)
    except InputError:
        return

    assert one.anonymous(first) == two.anonymous(second)
    assert one.split(first)[1] or first == second or one.traced(first)
