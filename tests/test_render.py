from __future__ import annotations

import itertools
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.filters import Number, Prefix, Regex, Semver
from kubectl_images.objects import Place
from kubectl_images.placeholders import Call, Placeholders
from kubectl_images.render import Renderer

IMAGE = "images.get_image('team/web')"
FILE_HINT = (
    "when these braces belong to another tool: --no-templates, a line for the file in .templateignore, "
    "or {% raw %} ... {% endraw %} around them"
)
STRING_HINT = "when these braces belong to another tool: {% raw %} ... {% endraw %} around them"
UNDEFINED_HINT = f"give it with -a NAME=VALUE and write args.NAME, or write | default('...')\n{FILE_HINT}"
FORM = "write images.get_image(image, latest_version='semver()', default=None)"
INSERT_HINT = "insert the image as it is; a tag that other fields need too belongs into args: -a tag=..."


def rendered(text: str, **args: object) -> str:
    return Renderer(Placeholders(), args).render(text, "web.yaml")


def calls(text: str) -> list[Call]:
    placeholders = Placeholders()
    Renderer(placeholders, {}).render(text, "web.yaml")
    return placeholders.calls


def error(text: str, **args: object) -> InputError:
    with pytest.raises(InputError) as caught:
        rendered(text, **args)
    return caught.value


def file_error(file: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        Renderer(Placeholders(), {}).render(file.read_text(encoding="utf-8"), str(file), file.parent)
    return caught.value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("a: b\r\n", "a: b\r\n", id="no-template"),
        pytest.param("a: {{ args.n + 1 }}\n", "a: 3\n", id="args"),
        pytest.param("{{ args.absent | default('x') }}", "x", id="default-of-an-undefined"),
        pytest.param("{# a note #}a\n", "a\n", id="comment"),
        pytest.param(
            "{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1", id="break"
        ),
        pytest.param(
            "{% for i in [1, 2] %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "2", id="next"
        ),
        pytest.param("{% raw %}{{ $labels.pod }}{% endraw %}", "{{ $labels.pod }}", id="raw"),
        pytest.param("{{ 'a' ~ 1 ~ none }}", "a1None", id="tilde"),
        pytest.param("{{ '%s-%d' % ('a', 2) }}{{ '%(k)s' % {'k': 1} }}{{ '%s' % 'x' }}", "a-21x", id="percent"),
        pytest.param(
            "{{ 'abc'[1:] }}{{ [1, 2][0] }}{{ 'a,b'.split(',')[1] }}{{ 'a'|upper }}", "bc1bA", id="plain-text"
        ),
        pytest.param("{{ ['b', 'a']|map('upper')|sort|join('-') }}", "A-B", id="filters-with-a-context"),
        pytest.param("{{ 'x' | b64encode }}{{ {'a': 1} | to_json }}", 'eA=={"a": 1}', id="own-filters"),
    ],
)
def test_a_template_is_rendered(text: str, result: str) -> None:
    assert rendered(text, n=2) == result


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(IMAGE, Call("team/web", Semver(), None, Place("web.yaml", 2)), id="image-alone"),
        pytest.param(
            "images.get_image('a', \"prefix('v', suffix=number())\")",
            Call("a", Prefix("v", Number()), None, Place("web.yaml", 2)),
            id="filter-as-text",
        ),
        pytest.param(
            "images.get_image('a', version.prefix('v', suffix=version.number()))",
            Call("a", Prefix("v", Number()), None, Place("web.yaml", 2)),
            id="filter-natively",
        ),
        pytest.param(
            "images.get_image('reg:5000/a', latest_version=version.regex('x.*'), default='a:seed')",
            Call("reg:5000/a", Regex("x.*"), "a:seed", Place("web.yaml", 2)),
            id="by-name-with-default",
        ),
    ],
)
def test_a_call_is_noted_with_its_place(call: str, expected: Call) -> None:
    assert calls(f"a: 1\nb: {{{{ {call} }}}}\n") == [expected]


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("img", id="as-it-is"),
        pytest.param("img ~ ':x'", id="tilde"),
        pytest.param("'--image=' + img + '!'", id="plus"),
        pytest.param("'%s!' % img", id="percent"),
        pytest.param("'%(i)s' % {'i': img}", id="percent-of-a-map"),
        pytest.param("'%s %s' | format('a', img)", id="format-filter"),
        pytest.param("'{}={}'.format('a', img)", id="format-method"),
        pytest.param("img | string", id="string"),
        pytest.param("img | default('x')", id="default"),
        pytest.param("none | default(img, true)", id="as-a-default"),
        pytest.param("img | trim", id="trim"),
        pytest.param("('a\n' ~ img) | indent(4)", id="indent"),
        pytest.param("img | e", id="escape"),
        pytest.param("[img, 'b'] | join(',')", id="join"),
        pytest.param("','.join(['b', img])", id="join-method"),
        pytest.param("{'i': [img]} | tojson", id="tojson"),
        pytest.param("{'i': [img]} | to_json", id="to-json"),
        pytest.param("{'i': [img]} | to_yaml", id="to-yaml"),
        pytest.param("('i: ' ~ img) | from_yaml", id="from-yaml"),
        pytest.param("[img]", id="list"),
        pytest.param("'<I>' | replace('<I>', img)", id="replaced-by"),
        pytest.param("'a' if not img else img", id="condition"),
        pytest.param("m(img)", id="macro"),
        pytest.param("[img] | map('default', 'x') | first", id="map"),
    ],
)
def test_an_image_that_is_inserted_arrives_whole(expression: str) -> None:
    placeholders = Placeholders()
    text = f"{{% macro m(x) %}}({{{{ x }}}}){{% endmacro %}}{{% set img = {IMAGE} %}}{{{{ {expression} }}}}"

    result = Renderer(placeholders, {}).render(text, "web.yaml")

    assert placeholders.split(result)[1] == tuple(placeholders.calls)


@pytest.mark.parametrize(
    ("expression", "operation"),
    [
        pytest.param("img | upper", "the filter upper", id="upper"),
        pytest.param("img | replace('a', 'b')", "the filter replace", id="replace"),
        pytest.param("img | b64encode", "the filter b64encode", id="b64encode"),
        pytest.param("('a' ~ img) | b64encode", "the filter b64encode", id="joined-b64encode"),
        pytest.param("m(img) | sha256", "the filter sha256", id="macro-sha256"),
        pytest.param("block | slugify", "the filter slugify", id="block-slugify"),
        pytest.param("('a' + img) | urlencode", "the filter urlencode", id="urlencode"),
        pytest.param("('%s' % img) | length", "the filter length", id="length"),
        pytest.param("([img] | tojson) | first", "the filter first", id="first"),
        pytest.param("[img] | map('lower') | list", "the filter lower", id="map"),
        pytest.param("img | trim('abcdefghijklmnopqrstuvwxyz./')", "the filter trim", id="trim-of-more"),
        pytest.param("'%.3s' | format(img)", "the filter format", id="precision"),
        pytest.param("'%.3s' % img", "the operator %", id="percent-precision"),
        pytest.param("'%s%.3s' % ('a', img)", "the operator %", id="percent-of-several"),
        pytest.param("'%(i).3s' % {'i': img}", "the operator %", id="percent-of-a-map"),
        pytest.param("img.split('/')[0]", ".split", id="split"),
        pytest.param("(img ~ '').startswith('a')", ".startswith", id="startswith"),
        pytest.param("img[0]", "[0]", id="index"),
    ],
)
def test_what_would_change_an_image_is_an_error_that_names_place_and_call(expression: str, operation: str) -> None:
    text = (
        "{% macro m(x) %}({{ x }}){% endmacro %}\n"
        f"{{% set img = {IMAGE} %}}{{% set block %}}a{{{{ img }}}}{{% endset %}}\n"
        f"a: {{{{ {expression} }}}}\n"
    )

    found = error(text)

    assert str(found) == (
        "web.yaml:3: images.get_image('team/web'): the image is decided after the templates, "
        f"so {operation} cannot use its text\n    a: {{{{ {expression} }}}}"
    )
    assert found.hint == INSERT_HINT


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("img[:3]", id="slice"),
        pytest.param("(img ~ '')[:3]", id="joined-slice"),
        pytest.param("m(img)[-3:]", id="macro-slice"),
        pytest.param("'{:.3}'.format(img)", id="precision"),
        pytest.param("img * 2", id="times"),
        pytest.param("[img, 'x'] | join | list", id="characters"),
    ],
)
def test_what_would_cut_an_image_is_an_error(expression: str) -> None:
    found = error(f"{{% macro m(x) %}}{{{{ x }}}}{{% endmacro %}}{{% set img = {IMAGE} %}}\n{{{{ {expression} }}}}\n")

    assert str(found).startswith("web.yaml:2: ")
    assert "the image is decided after the templates, so " in str(found)
    assert found.hint == INSERT_HINT


def test_two_images_in_one_text_are_both_named() -> None:
    found = error("{{ (images.get_image('a') ~ images.get_image('b')) | upper }}")

    assert str(found).startswith("web.yaml:1: images.get_image('a') and images.get_image('b'): the image")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param(
            "a\n{{ $labels.x }}", "web.yaml:2: unexpected char '$'\n    {{ $labels.x }}", FILE_HINT, id="prometheus"
        ),
        pytest.param(
            '"{{ images.get_image(\\"a\\") }}"',
            'web.yaml:1: unexpected char \'\\\\\'\n    "{{ images.get_image(\\"a\\") }}"',
            'a template is read before YAML: write " without a backslash, and no quotes around the braces\n'
            + FILE_HINT,
            id="escaped-for-yaml",
        ),
        pytest.param("{{ .Values.x }}", "web.yaml:1: unexpected '.'\n    {{ .Values.x }}", FILE_HINT, id="helm"),
        pytest.param(
            "echo ${#list[@]}\n", "web.yaml:1: Missing end of comment tag\n    echo ${#list[@]}", FILE_HINT, id="shell"
        ),
        pytest.param("\n  {{ x }}\n", "web.yaml:2: 'x' is undefined\n    {{ x }}", UNDEFINED_HINT, id="undefined"),
        pytest.param(
            "{{ cluster.name }}",
            "web.yaml:1: 'cluster' is undefined\n    {{ cluster.name }}",
            "clusters are not read: give their values as args of the targets, and write args.NAME",
            id="cluster-of-kluctl",
        ),
        pytest.param(
            "{{ time.now() }}",
            "web.yaml:1: 'time' is undefined\n    {{ time.now() }}",
            'templates cannot ask for the time: -a now="$(date -u +%FT%TZ)", and write args.now',
            id="time-of-kluctl",
        ),
        pytest.param(
            "{{ load_latest_git_commit('a') }}",
            "web.yaml:1: 'load_latest_git_commit' is undefined\n    {{ load_latest_git_commit('a') }}",
            "templates cannot ask git: load_sha256(FILE) changes with a file too, or give it: "
            '-a commit="$(git log -1 --format=%H -- FILE)", and write args.commit',
            id="git-of-kluctl",
        ),
        pytest.param(
            "{{ args.cluster.name }}",
            "web.yaml:1: 'dict object' has no attribute 'cluster'\n    {{ args.cluster.name }}",
            UNDEFINED_HINT,
            id="an-arg-of-such-a-name",
        ),
        pytest.param(
            "{{ args.a.b }}",
            "web.yaml:1: 'dict object' has no attribute 'b'\n    {{ args.a.b }}",
            UNDEFINED_HINT,
            id="arg",
        ),
        pytest.param(
            "{{ x | to_json }}{{ 1 }}",
            "web.yaml:1: 'x' is undefined\n    {{ x | to_json }}{{ 1 }}",
            UNDEFINED_HINT,
            id="filter",
        ),
        pytest.param(
            "{{ 1 | nope }}", "web.yaml:1: No filter named 'nope'.\n    {{ 1 | nope }}", FILE_HINT, id="no-filter"
        ),
        pytest.param("{{\n\n x\n}}", "web.yaml:3: 'x' is undefined\n    x", UNDEFINED_HINT, id="several-lines"),
        pytest.param(
            "a\r\nb\r{{ x }}\r\n", "web.yaml:3: 'x' is undefined\n    {{ x }}", UNDEFINED_HINT, id="line-ends"
        ),
        pytest.param(
            "a\u2028b\n{{ x }}", "web.yaml:2: 'x' is undefined\n    {{ x }}", UNDEFINED_HINT, id="no-line-end"
        ),
        pytest.param(
            "{{ 1 // 0 }}", "web.yaml:1: integer division or modulo by zero\n    {{ 1 // 0 }}", None, id="zero"
        ),
        pytest.param("{{ 'x' * 10**18 }}", "web.yaml:1: MemoryError\n    {{ 'x' * 10**18 }}", None, id="memory"),
        pytest.param(
            "{{ cycler() }}", "web.yaml:1: at least one item has to be provided\n    {{ cycler() }}", None, id="call"
        ),
        pytest.param("{{ raise('no') }}", "web.yaml:1: no\n    {{ raise('no') }}", None, id="raise"),
        pytest.param(
            "{{ raise('') }}", "web.yaml:1: it cannot be rendered\n    {{ raise('') }}", None, id="raise-nothing"
        ),
        pytest.param("a\n{% break %}", "web.yaml: 'break' outside loop", None, id="break-outside"),
        pytest.param(
            "{{ ''.__class__ }}",
            "web.yaml:1: access to attribute '__class__' of 'str' object is unsafe.\n    {{ ''.__class__ }}",
            None,
            id="class",
        ),
        pytest.param(
            "{{ images.get_image._placeholders }}",
            "web.yaml:1: access to attribute '_placeholders' of 'GetImage' object is unsafe.\n    {{ images.get_image._placeholders }}",
            None,
            id="private",
        ),
    ],
)
def test_an_error_names_file_and_line_and_shows_the_line(text: str, message: str, hint: str | None) -> None:
    found = error(text, a={})

    assert (str(found), found.hint) == (message, hint)


@pytest.mark.parametrize(
    ("call", "message", "hint"),
    [
        pytest.param(
            """images.get_image('a', "prefix('b', suffix=numbr())")""",
            "unknown version filter 'numbr'\n    b: {{ images.get_image('a', \"prefix('b', suffix=numbr())\") }}\n"
            "        prefix('b', suffix=numbr())\n                           ^^^^^",
            "known filters: number, prefix, regex, semver",
            id="filter",
        ),
        pytest.param(
            "images.get_image('A')",
            "invalid image \"A\": the repository must be lower case\n    b: {{ images.get_image('A') }}",
            "write a",
            id="image",
        ),
        pytest.param(
            "images.get_image('reg:5000/a:1@sha256:" + "0" * 64 + "')",
            f"get_image needs an image without tag or digest, not 'reg:5000/a:1@sha256:{'0' * 64}'\n"
            f"    b: {{{{ images.get_image('reg:5000/a:1@sha256:{'0' * 64}') }}}}",
            "write images.get_image('reg:5000/a'), and a filter or -F to say which tag",
            id="tag-and-digest",
        ),
        pytest.param(
            "images.get_image(1)",
            "get_image needs the name of an image, not 1\n    b: {{ images.get_image(1) }}",
            FORM,
            id="no-text",
        ),
        pytest.param(
            "images.get_image('a', 1)",
            "latest_version is a filter such as 'semver()' or version.semver(), not 1\n"
            "    b: {{ images.get_image('a', 1) }}",
            FORM,
            id="no-filter",
        ),
        pytest.param(
            "images.get_image('a', default=1)",
            "default is an image such as 'nginx:1.25', not 1\n    b: {{ images.get_image('a', default=1) }}",
            FORM,
            id="no-default",
        ),
        pytest.param(
            "images.get_image('a', default='B')",
            "invalid image \"B\": the repository must be lower case\n    b: {{ images.get_image('a', default='B') }}",
            "write b",
            id="bad-default",
        ),
        pytest.param(
            "images.get_image(x)",
            "'x' is undefined\n    b: {{ images.get_image(x) }}",
            UNDEFINED_HINT,
            id="undefined-image",
        ),
        pytest.param(
            "images.get_image('a', version.prefix(x))",
            "'x' is undefined\n    b: {{ images.get_image('a', version.prefix(x)) }}",
            UNDEFINED_HINT,
            id="undefined-prefix",
        ),
    ],
)
def test_an_error_of_a_call_carries_the_place_of_the_template(call: str, message: str, hint: str | None) -> None:
    found = error(f"a: 1\nb: {{{{ {call} }}}}\n")

    assert (str(found), found.hint) == (f"web.yaml:2: {message}", hint)


@pytest.mark.parametrize(
    ("call", "cause"),
    [
        pytest.param("images.get_image()", "get_image: missing a required argument: 'image'", id="none"),
        pytest.param(
            "images.get_image(latest='x')", "get_image: missing a required argument: 'image'", id="without-image"
        ),
        pytest.param(
            "images.get_image('a', lastest_version='number()')",
            "get_image: got an unexpected keyword argument 'lastest_version'",
            id="misspelled",
        ),
        pytest.param("images.get_image(1, 2, 3, 4)", "get_image: too many positional arguments", id="too-many"),
        pytest.param("images.get_imag('a')", "images has only get_image, not 'get_imag'", id="misspelled-name"),
        pytest.param("images['x']('a')", "images has only get_image, not 'x'", id="other-name"),
    ],
)
def test_a_wrong_call_is_told_the_form(call: str, cause: str) -> None:
    found = error(f"a: {{{{ {call} }}}}")

    assert (str(found), found.hint) == (f"web.yaml:1: {cause}\n    a: {{{{ {call} }}}}", FORM)


ARGUMENTS = ["", "(2)", "(-1)", "(0)", "('a')", "(none)", "(x=1)", "('a', 'b')", "(9, 9, 9)"]
VALUES = ["'abcdef'", "[1, 'a']", "{'a': 1}", "none", "1.5", "args"]


def outcome(renderer: Renderer, text: str) -> str:
    try:
        renderer.render(text, "web.yaml")
    except InputError as found:
        return str(found).partition(" ")[0]
    return "rendered"


@pytest.mark.parametrize("name", sorted(jinja2.Environment().filters))
def test_a_filter_that_is_used_wrongly_is_an_input_error(name: str) -> None:
    renderer = Renderer(Placeholders(), {"x": 1})
    pairs = itertools.product(ARGUMENTS, VALUES)

    found = {outcome(renderer, f"{{{{ {value}|{name}{argument}|string }}}}") for argument, value in pairs}

    assert found <= {"rendered", "web.yaml:1:"}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("['a'].index(args.pw)", "'***' is not in list", id="python"),
        pytest.param("{}[args.l[0]]", "'dict object' has no attribute '***'", id="undefined"),
        pytest.param("args.pw|from_yaml", "from_yaml:1: a key is not allowed here", id="from-yaml"),
    ],
)
def test_an_error_does_not_show_the_value_of_an_argument(expression: str, message: str) -> None:
    found = error(f"pw: {{{{ {expression} }}}}", pw="abc: s3cret: x", l=["s3cret"])

    assert str(found) == f"web.yaml:1: {message}\n    pw: {{{{ {expression} }}}}"


def test_an_error_in_a_secret_shows_the_key_alone() -> None:
    found = error("kind: Secret\nstringData:\n  pw: s3cret {{ x }}\n---\nkind: ConfigMap\n")

    assert str(found) == "web.yaml:3: 'x' is undefined\n    pw: ***"


@pytest.mark.parametrize(
    "expression", ["images", "images.get_image", "images.get_image ~ ''", "[images]", "'%s' % images.get_image"]
)
def test_what_is_no_text_is_not_inserted(expression: str) -> None:
    found = error(f"{{{{ {expression} }}}}")

    assert str(found).startswith("web.yaml:1: images")
    assert found.hint == FORM


def test_an_assertion_of_a_filter_is_an_input_error() -> None:
    assert str(error("{{ 'abcdef'|truncate(2) }}")) == (
        "web.yaml:1: expected length >= 3, got 2\n    {{ 'abcdef'|truncate(2) }}"
    )


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("images.get_image(img)", id="image"),
        pytest.param("images.get_image('a', img)", id="filter"),
        pytest.param("images.get_image('a', version.prefix(img))", id="native-filter"),
        pytest.param("images.get_image('a', default=img)", id="default"),
    ],
)
def test_an_image_cannot_be_used_in_another_call(call: str) -> None:
    found = error(f"{{% set img = {IMAGE} %}}{{{{ {call} }}}}")

    assert str(found).startswith("web.yaml:1: the image is decided after the templates, so its text cannot be")


def test_includes_and_imports_are_relative_to_the_template_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "lib" / "a.j2").write_text("\ufeff{% include 'deep/b.j2' %}", encoding="utf-8")
    (tmp_path / "lib" / "deep" / "b.j2").write_text("{% from '../../m.j2' import m %}{{ m(args.x) }}", encoding="utf-8")
    (tmp_path / "m.j2").write_text("{% macro m(x) %}<{{ x }}>{% endmacro %}", encoding="utf-8")

    text = Renderer(Placeholders(), {"x": 1}).render("{% include 'lib/a.j2' %}", str(tmp_path / "web.yaml"), tmp_path)

    assert text == "<1>"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        pytest.param("/etc/hostname", "an absolute path cannot be included", id="absolute"),
        pytest.param("C:/x", "an absolute path cannot be included", id="drive"),
        pytest.param(
            "../other/secret.txt", "this leads out of the directories that templates are included from", id="beside"
        ),
        pytest.param("link.j2", "this leads out of the directories that templates are included from", id="link"),
    ],
)
@pytest.mark.parametrize(
    "statement", ["{{% include '{}' %}}", "{{% import '{}' as m %}}", "{{% include ['{}'] ignore missing %}}"]
)
def test_a_file_outside_cannot_be_included(tmp_path: Path, name: str, cause: str, statement: str) -> None:
    (tmp_path / "top").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.txt").write_text("s3cret", encoding="utf-8")
    top = tmp_path / "top" / "web.yaml"
    (tmp_path / "top" / "link.j2").symlink_to("../other/secret.txt")
    text = statement.format(name)
    top.write_text(text, encoding="utf-8")

    found = file_error(top)

    assert str(found) == f"{top}:1: {name}: {cause}\n    {text}"
    assert found.hint == (
        f"include a file in or below {top.parent} or the working directory, or run this in the directory that holds both"
    )


def test_a_file_above_the_input_can_be_included_from_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.j2").write_text("a", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert Renderer(Placeholders(), {}).render("{% include '../a.j2' %}", "sub/web.yaml", Path("sub")) == "a"


def test_an_absent_include_can_be_ignored() -> None:
    assert rendered("a{% include 'nowhere.j2' ignore missing %}") == "a"


def test_an_error_in_a_macro_names_the_file_and_line_of_the_macro(tmp_path: Path) -> None:
    macro = tmp_path / "m.j2"
    macro.write_text("{% macro m(x) %}\n  {{ x.y }}\n{% endmacro %}", encoding="utf-8")
    top = tmp_path / "web.yaml"
    top.write_text("{% import 'm.j2' as lib %}\n{{ lib.m({}) }}\n", encoding="utf-8")

    found = file_error(top)

    assert str(found) == (f"{macro}:2: 'dict object' has no attribute 'y'\n    {{{{ x.y }}}}\n    called at {top}:2")


def test_a_syntax_error_in_an_include_names_the_include(tmp_path: Path) -> None:
    part = tmp_path / "part.j2"
    part.write_text("a\n{{ $x }}\n", encoding="utf-8")
    top = tmp_path / "web.yaml"
    top.write_text("{% include 'part.j2' %}", encoding="utf-8")

    assert str(file_error(top)) == f"{part}:2: unexpected char '$'\n    {{{{ $x }}}}\n    included at {top}:1"


def test_a_call_in_a_macro_is_noted_with_the_place_in_the_macro(tmp_path: Path) -> None:
    macro = tmp_path / "m.j2"
    macro.write_text(f"{{% macro m() %}}\n{{{{ {IMAGE} }}}}{{% endmacro %}}", encoding="utf-8")
    placeholders = Placeholders()

    Renderer(placeholders, {}).render("{% from 'm.j2' import m %}{{ m() }}", str(tmp_path / "web.yaml"), tmp_path)

    assert [call.place for call in placeholders.calls] == [Place(str(macro), 2)]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param("{% include 'no.j2' %}", "there is no template 'no.j2'", id="include"),
        pytest.param("{% import 'no.j2' as x %}", "there is no template 'no.j2'", id="import"),
        pytest.param("{% include ['a.j2', 'b.j2'] %}", "there is no template 'a.j2' or 'b.j2'", id="one-of-two"),
        pytest.param("{% include '.' %}", "the template DIR cannot be read: Is a directory", id="directory"),
        pytest.param("{% include x %}", "'x' is undefined", id="undefined-include"),
        pytest.param("{% import x as y %}", "'x' is undefined", id="undefined-import"),
    ],
)
def test_a_template_that_cannot_be_included_is_named(tmp_path: Path, statement: str, message: str) -> None:
    top = tmp_path / "web.yaml"
    top.write_text(f"a\n{statement}\n", encoding="utf-8")

    message = message.replace("DIR", str(tmp_path))
    looked = f"\n    looked for in {tmp_path}" if "there is no" in message else ""
    assert str(file_error(top)) == f"{top}:2: {message}\n    {statement}{looked}"


def test_an_included_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_bytes(b"\xff")
    top = tmp_path / "web.yaml"
    top.write_text("{% include 'part.j2' %}", encoding="utf-8")

    assert str(file_error(top)).startswith(f"{top}:1: the template '{tmp_path}/part.j2' cannot be read: 'utf-8' codec")


@pytest.mark.parametrize(
    ("statement", "other"),
    [
        pytest.param("{% include 'web.yaml' %}", None, id="itself"),
        pytest.param("{% include 'other.j2' %}", "{% include 'web.yaml' %}", id="each-other"),
        pytest.param("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", None, id="macro"),
    ],
)
def test_a_loop_is_an_error_where_it_begins(tmp_path: Path, statement: str, other: str | None) -> None:
    top = tmp_path / "web.yaml"
    top.write_text(f"a\n{statement}\n", encoding="utf-8")
    if other:
        (tmp_path / "other.j2").write_text(other, encoding="utf-8")

    found = file_error(top)

    assert str(found) == f"{top}:2: includes, macros or expressions nest without end\n    {statement}"


def test_an_expression_that_nests_too_deep_is_an_error() -> None:
    assert str(error("{{" + "(" * 5000 + "}}")) == "web.yaml: includes, macros or expressions nest without end"


def test_a_string_of_a_file_that_is_no_template_has_the_line_it_stands_in() -> None:
    placeholders = Placeholders()
    renderer = Renderer(placeholders, {})

    renderer.render_string(f"--image\n{{{{ {IMAGE} }}}}", "web.yaml", 7)
    with pytest.raises(InputError) as caught:
        renderer.render_string(f"{{{{ {IMAGE} }}}} {{{{ $x }}}}", "web.yaml", 7)

    assert [call.place for call in placeholders.calls] == [Place("web.yaml", 8)]
    assert str(caught.value) == f"web.yaml:7: unexpected char '$'\n    {{{{ {IMAGE} }}}} {{{{ $x }}}}"
    assert caught.value.hint == STRING_HINT


PIECES = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "images", ".get_image", "('team/web')", "version.prefix", "('a', ", "args"),
    *(" if ", " for ", " x in ", "endif", "endfor", " set x = ", "macro m()", "m()", "endmacro", "include 'x'", "raw"),
    *(
        "|upper",
        "|default",
        "|b64encode",
        "|from_yaml",
        "|map('upper')",
        "~",
        "+",
        "%",
        "*",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
    ),
    *(
        "1",
        "'a'",
        "None",
        ".x",
        ".__class__",
        "is ",
        "not ",
        ",",
        ":",
        "=",
        "\n",
        "\\",
        "\x00",
        "é",
        "\ud800",
        "$",
        "break",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text().map("{{{}".format))
def test_any_text_is_rendered_or_is_an_input_error(text: str) -> None:
    placeholders = Placeholders()
    result, message = "", "web.yaml"
    try:
        result = Renderer(placeholders, {"x": [1]}).render(text, "web.yaml")
    except InputError as found:
        message = str(found)

    assert message.startswith("web.yaml")
    # What is left of the placeholders, whole ones taken out, holds nothing of them.
    assert not placeholders.traced("".join(placeholders.split(result)[0]))


TEXT_FILTERS = [
    "trim",
    "upper",
    "replace('a', 'b')",
    "indent",
    "string",
    "title",
    "tojson",
    "wordwrap(5)",
    "reverse",
    "e",
]


@given(st.lists(st.sampled_from(TEXT_FILTERS), max_size=4), st.text("ab \n"), st.booleans())
def test_no_chain_of_filters_lets_a_broken_image_through(filters: list[str], text: str, joined: bool) -> None:
    placeholders = Placeholders()
    value = f"({text!r} ~ {IMAGE})" if joined else IMAGE
    expression = " | ".join([value, *filters])
    try:
        result = Renderer(placeholders, {}).render(f"{{{{ {expression} }}}}", "web.yaml")
    except InputError:
        return
    assert len(placeholders.split(result)[1]) == 1


def test_args_that_a_file_without_images_changed_are_changed_in_the_next_file() -> None:
    placeholders = Placeholders()
    renderer = Renderer(placeholders, {"names": ["a"]})

    renderer.render("{% set _ = args.update({'port': 80}) %}{% set _ = args.names.append('b') %}", "a.yaml")
    text = renderer.render("{{ args.port }} {{ args.names | join }} {{ images.get_image('x') }}", "b.yaml")

    assert text == f"80 ab {placeholders.run}.placeholder.invalid/{placeholders.run}z0z{placeholders.run}"


@pytest.mark.parametrize(
    "text",
    [
        "{% if image != '' %}yes{% endif %}",
        "{% if image is ne('') %}yes{% endif %}",
        "{% if not image == '' %}yes{% endif %}",
        "{% for item in [{'image': image}] | selectattr('image', 'ne', '') %}yes{% endfor %}",
    ],
)
def test_an_image_is_never_empty(text: str) -> None:
    assert rendered(f"{{% set image = images.get_image('x') %}}{text}") == "yes"


def test_a_line_that_may_be_included_in_a_secret_is_shown_up_to_its_key(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("kind: Secret\nstringData:\n{% include 'data.j2' %}\n", encoding="utf-8")
    (tmp_path / "data.j2").write_text("  pw: hunter2-{{ args.nope }}\n", encoding="utf-8")

    found = file_error(secret)

    assert (
        str(found)
        == f"{tmp_path / 'data.j2'}:1: 'dict object' has no attribute 'nope'\n    pw: ***\n    included at {secret}:3"
    )


@pytest.mark.parametrize("other", ["['a']", "{'a': 1}", "'a'"])
def test_an_image_compared_with_anything_else_is_refused_by_name(other: str) -> None:
    found = error(f"{{{{ images.get_image('x') is eq({other}) }}}}")

    assert "images.get_image('x')" in str(found)
    assert "the test eq cannot use its text" in str(found)
