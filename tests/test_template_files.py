"""Where templates are looked for, and what is said of those that led to an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer
from kubectl_images.template_files import search_path

IMAGE = "images.get_image('nginx')"


def written(directory: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def rendered(project: Path, name: str = "app/web/web.yaml") -> str:
    text = (project / name).read_text(encoding="utf-8")
    return Renderer(Placeholders(), {}).render(text, str(project / name), project)


def error(project: Path, name: str = "app/web/web.yaml") -> InputError:
    with pytest.raises(InputError) as caught:
        rendered(project, name)
    return caught.value


@pytest.mark.parametrize(
    ("name", "template", "root", "top", "directories"),
    [
        pytest.param("x", "web.yaml", "web.yaml", ".", (".",), id="top"),
        pytest.param("x", "a/b/web.yaml", "a/b/web.yaml", ".", ("a/b", "a", "."), id="below"),
        pytest.param("x", "p/a/web.yaml", "p/a/web.yaml", "p", ("p/a", "p"), id="up-to-the-top"),
        pytest.param("x", "/p/a/web.yaml", "/p/a/web.yaml", "/p", ("/p/a", "/p"), id="absolute"),
        pytest.param("x", "../p/a/w.yaml", "../p/a/w.yaml", "../p", ("../p/a", "../p"), id="beside-us"),
        pytest.param("x", "../w.yaml", "../w.yaml", ".", ("..",), id="outside-of-the-top"),
        pytest.param("x", "q/w.yaml", "q/w.yaml", "p", ("q",), id="beside-the-top"),
        pytest.param("x", "../a/w.yaml", "../a/w.yaml", "..", ("../a", ".."), id="above-us"),
        pytest.param("x", "../w.yaml", "../w.yaml", "../..", ("..", "../.."), id="above-what-is-above-us"),
        pytest.param("x", "lib/m.j2", "a/b/w.yaml", ".", ("lib", ".", "a/b", "a"), id="then-of-the-root"),
        pytest.param("./x", "lib/m.j2", "a/b/w.yaml", ".", ("lib",), id="dot"),
        pytest.param("../x", "a/m.j2", "a/b/w.yaml", ".", ("a",), id="dot-dot"),
    ],
)
def test_a_file_is_looked_for_in(name: str, template: str, root: str, top: str, directories: tuple[str, ...]) -> None:
    assert search_path(name, template, root, Path(top)) == directories


@pytest.mark.parametrize(
    ("name", "around", "directories"),
    [
        pytest.param("x", (), ("lib/a", "lib", ".", "app/web", "app"), id="none"),
        pytest.param("x", ("app/web",), ("lib/a", "app/web", "lib", ".", "app"), id="one"),
        pytest.param("x", ("app", "envs/./b", "."), ("lib/a", "app", "envs/b", ".", "lib", "app/web"), id="many"),
        pytest.param("./x", ("app", "."), ("lib/a",), id="beside-alone"),
    ],
)
def test_the_directories_around_a_template_come_before_those_above_it(
    name: str, around: tuple[str, ...], directories: tuple[str, ...]
) -> None:
    assert search_path(name, "lib/a/m.j2", "app/web/w.yaml", Path(), tuple(map(Path, around))) == directories


@pytest.mark.parametrize(
    ("files", "result"),
    [
        pytest.param({"app/web/m.j2": "beside", "app/m.j2": "above"}, "beside", id="nearest"),
        pytest.param({"app/m.j2": "above", "m.j2": "top"}, "above", id="above"),
        pytest.param({"m.j2": "top"}, "top", id="top"),
        pytest.param({"app/web/m.j2/x": "directory", "m.j2": "file"}, "file", id="no-directory"),
    ],
)
@pytest.mark.parametrize(
    "statement", ["{% include 'm.j2' %}", "{{ load_template('m.j2') }}", "{% include ['no.j2', 'm.j2'] %}"]
)
def test_the_nearest_file_is_taken(tmp_path: Path, files: dict[str, str], result: str, statement: str) -> None:
    assert rendered(written(tmp_path, {"app/web/web.yaml": statement, **files})) == result


@pytest.mark.parametrize(
    ("files", "result"),
    [
        pytest.param({"lib/a.j2": "{% include './b.j2' %}", "lib/b.j2": "lib"}, "lib", id="dot"),
        pytest.param(
            {"lib/a.j2": "{% include 'b.j2' %}", "lib/b.j2": "lib", "app/b.j2": "no"}, "lib", id="its-own-first"
        ),
        pytest.param({"lib/a.j2": "{% include 'b.j2' %}", "app/web/b.j2": "caller"}, "caller", id="of-the-caller"),
        pytest.param({"lib/a.j2": "{% include '../b.j2' %}", "b.j2": "top"}, "top", id="dot-dot"),
    ],
)
def test_an_included_template_includes(tmp_path: Path, files: dict[str, str], result: str) -> None:
    assert rendered(written(tmp_path, {"app/web/web.yaml": "{% include 'lib/a.j2' %}", **files})) == result


def test_a_path_that_begins_with_a_dot_is_not_looked_for_above(tmp_path: Path) -> None:
    project = written(tmp_path, {"app/web/web.yaml": "{% include './m.j2' %}", "m.j2": "top"})

    assert str(error(project)).endswith(f"\n    looked for in {project}/app/web")


def test_nothing_above_the_top_is_looked_at(tmp_path: Path) -> None:
    project = written(tmp_path, {"p/web.yaml": "{% include 'm.j2' %}", "m.j2": "above"}) / "p"

    assert str(error(project, "web.yaml")) == (
        f"{project}/web.yaml:1: there is no template 'm.j2'\n    {{% include 'm.j2' %}}\n    looked for in {project}"
    )


@pytest.mark.parametrize(
    "call", ["{{% include '{}' %}}", "{{{{ load_template('{}') }}}}", "{{{{ load_sha256('{}') }}}}", "{{{{ load_base64('{}') }}}}"]
)  # fmt: skip
@pytest.mark.parametrize("name", ["../../../secret", "link.j2", "app/../../secret", "ABSOLUTE"])
def test_nothing_outside_of_the_top_is_read(tmp_path: Path, call: str, name: str) -> None:
    name = name.replace("ABSOLUTE", str(tmp_path / "secret"))
    files = {"secret": "s3cret", "p/app/web/web.yaml": call.format(name)}
    project = written(tmp_path, files) / "p"
    (project / "link.j2").symlink_to("../secret")

    found = error(project)

    assert "s3cret" not in str(found)
    assert f"{name}: " in str(found)


def test_a_link_within_the_project_is_followed(tmp_path: Path) -> None:
    project = written(tmp_path, {"app/web/web.yaml": "{% include 'l.j2' %}", "lib/x.j2": "x"})
    (project / "l.j2").symlink_to("lib/x.j2")

    assert rendered(project) == "x"


def test_what_follows_an_include_stands_on_its_line(tmp_path: Path) -> None:
    project = written(tmp_path, {"web.yaml": "a: {% include 'n.j2' %}-x\n", "n.j2": "name\n"})

    assert rendered(project, "web.yaml") == "a: name-x\n"


@pytest.mark.parametrize("name", ["version", "images", "namespace", "get_var"])
def test_a_variable_is_seen_everywhere_in_the_place_of_what_is_ours(tmp_path: Path, name: str) -> None:
    files = {
        "web.yaml": f"{{{{ {name} }}}}{{% include 'i.j2' %}}",
        "i.j2": f"{{{{ {name} }}}}{{% from 'm.j2' import m %}}{{{{ m() }}}}",
        "m.j2": f"{{% macro m() %}}{{{{ {name} }}}}{{% endmacro %}}",
    }
    project = written(tmp_path, files)
    renderer = Renderer(Placeholders(), {}).with_variables({"args": {}, name: "v"})

    assert renderer.render(files["web.yaml"], str(project / "web.yaml"), project) == "vvv"


def test_each_renderer_has_its_own_variables_in_the_same_macros(tmp_path: Path) -> None:
    text = "{% from 'm.j2' import m %}{{ m() }}"
    name = str(written(tmp_path, {"m.j2": "{% macro m() %}{{ x | default('none') }}{% endmacro %}"}) / "web.yaml")
    first = Renderer(Placeholders(), {})

    texts = [
        renderer.render(text, name, tmp_path)
        for renderer in (first.with_variables({"x": 1}), first.with_variables({"x": 2}), first)
    ]

    assert texts == ["1", "2", "none"]


def test_an_error_says_through_which_templates_it_was_reached_the_nearest_first(tmp_path: Path) -> None:
    files = {
        "web.yaml": "a\n{% include 'a.j2' %}\n",
        "a.j2": "{% from 'm.j2' import m %}\n\n{{ m() }}",
        "m.j2": "{% macro m() %}{{ load_template('b.j2') }}{% endmacro %}",
        "b.j2": "\n  {{ nope }}",
    }
    project = written(tmp_path, files)

    assert str(error(project, "web.yaml")) == (
        f"{project}/b.j2:2: 'nope' is undefined\n    {{{{ nope }}}}\n    included at {project}/m.j2:1\n"
        f"    called at {project}/a.j2:3\n    included at {project}/web.yaml:2"
    )


@pytest.mark.parametrize(
    ("part", "message"),
    [
        pytest.param("{% include 'no.j2' %}", "{0}/part.j2:1: there is no template 'no.j2'\n    {1}", id="not-there"),
        pytest.param("\n{{ 1 // 0 }}", "{0}/part.j2:2: integer division or modulo by zero\n    {{{{ 1 // 0 }}}}", id="python"),
        pytest.param("\n{# x", "{0}/part.j2:2: Missing end of comment tag\n    {{# x", id="no-end"),
        pytest.param("\n{% break %}", "{0}/part.j2: 'break' outside loop", id="break"),
        pytest.param("{{ images.get_image('A') }}", "{0}/part.j2:1: invalid image \"A\": the repository must be lower case\n    {1}", id="image"),
    ],
)  # fmt: skip
def test_every_error_in_an_included_file_says_where_it_is_included(tmp_path: Path, part: str, message: str) -> None:
    project = written(tmp_path, {"web.yaml": "\n\n{% include 'part.j2' %}", "part.j2": part})

    found = str(error(project, "web.yaml"))

    assert found.startswith(message.format(project, part))
    assert found.endswith(f"\n    included at {project}/web.yaml:3")
    assert found.count("web.yaml") == 1


def test_no_place_is_said_twice(tmp_path: Path) -> None:
    text = "{% macro m(n) %}{{ m(n - 1) if n else nope }}{% endmacro %}\n{{ m(3) }}"
    project = written(tmp_path, {"web.yaml": text})

    assert str(error(project, "web.yaml")) == (
        f"{project}/web.yaml:1: 'nope' is undefined\n    {text.splitlines()[0]}\n    called at {project}/web.yaml:2"
    )


def test_a_file_that_is_included_in_a_secret_later_is_hidden_too(tmp_path: Path) -> None:
    files = {
        "a.yaml": "{% include 'part.j2' %}",
        "part.j2": "{% if args.fail is defined %}pw: hunter2{{ nope }}{% endif %}",
        "b.yaml": "kind: Secret\n{% include 'part.j2' %}",
    }
    project = written(tmp_path, files)
    renderer = Renderer(Placeholders(), {})
    renderer.render(files["a.yaml"], str(project / "a.yaml"), project)

    with pytest.raises(InputError) as caught:
        renderer.with_variables({"args": {"fail": True}}).render(files["b.yaml"], str(project / "b.yaml"), project)

    assert str(caught.value) == f"{project}/part.j2:1: 'nope' is undefined\n    ***\n    included at {project}/b.yaml:2"
