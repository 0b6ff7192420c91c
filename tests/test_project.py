"""The tree of deployment.yaml files: what of it takes part, and what each item inherits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_images import documents, project
from kubectl_images.errors import InputError, UsageError
from kubectl_images.fixed_images import FixedImage
from kubectl_images.ignore_diff import Rule
from kubectl_images.inclusion import Inclusion
from kubectl_images.objects import Body, Item, ObjectKey
from kubectl_images.placeholders import Placeholders
from kubectl_images.project import Project
from kubectl_images.project_files import read_args
from kubectl_images.project_items import LoadedItem
from kubectl_images.render import Renderer
from kubectl_images.variables import Loader

TABLE = json.loads((Path(__file__).parent / "vectors" / "inclusion.json").read_text(encoding="utf-8"))


@dataclass
class Cluster:
    """Surroundings that note which objects are asked for, and have each as an empty one."""

    environ: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def kubectl(self, command: str, namespace: str) -> str:
        return f"kubectl {command} --namespace={namespace or 'own'} --context=here"

    def read_object(self, key: ObjectKey) -> Body | None:
        self.asked.append(key.name)
        return {"data": {"vars": "{}"}}


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")


def load(
    files: Mapping[str, str],
    inclusion: Inclusion | None = None,
    *,
    args: Mapping[str, Any] | None = None,
    only_render: bool = False,
    cluster: Cluster | None = None,
    directories: str = "",
) -> Project:
    """Load a project in the working directory of these files, and of empty directories."""
    write(files)
    for name in directories.split():
        Path(name).mkdir(parents=True, exist_ok=True)
    loader = Loader(
        Path(), Renderer(Placeholders(), {}), cluster or Cluster(), lambda _warning: None, lambda _secret: None
    )
    return project.load(Path(), loader, {"args": args or {}}, inclusion or Inclusion(), only_render=only_render)


def paths(loaded: Project) -> list[str]:
    return [item.item.directory for item in loaded.items]


def item_of(loaded: Project, directory: str) -> LoadedItem:
    (found,) = (item for item in loaded.items if item.item.directory == directory)
    return found


def tree(items: list[dict[str, Any]]) -> Mapping[str, str]:
    """Return the project files of one of the table's projects, with the includes that its paths show."""
    below: dict[str, list[dict[str, Any]]] = {"": []}
    for item in items:
        above, _, name = item["path"].rpartition("/")
        if above not in below:
            own = [tag for tag in item["parent_tags"] if tag != above]
            below[""].append({"include": above, "tags": own})
            below[above] = []
        flags: dict[str, Any] = {key: item[key] for key in ("alwaysDeploy", "onlyRender", "barrier") if key in item}
        below[above].append({"path": name, "tags": item["tags"], **flags})
    return {
        f"{above}/deployment.yaml".lstrip("/"): documents.write([{"deployments": entries}])
        for above, entries in below.items()
    }


# The names in these mean no item: by the table what is always deployed takes part even so, or all that is not excluded.
REFUSED = frozenset(
    {
        *("default-tag-not-the-path", "tag-is-exact", "tag-case", "dir-is-no-tag"),
        *("dir-parent-never-matches", "dir-glob-never-matches"),
        *("dir-dot-slash-never-matches", "dir-slash-last-never-matches"),
    }
)
ROWS = [row for row in TABLE["vectors"] if "error" not in row]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS if row["id"] in REFUSED])
def test_names_of_no_item_of_a_real_tree_are_refused(row: Mapping[str, Any]) -> None:
    items = TABLE["projects"][row["project"]]
    inclusion = Inclusion(**{name: tuple(values) for name, values in row["flags"].items()})

    with pytest.raises(UsageError):
        load(tree(items), inclusion, only_render=True, directories=" ".join(item["path"] for item in items))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS if row["id"] not in REFUSED])
def test_items_of_a_real_tree_take_part_by_tags_and_directories(row: Mapping[str, Any]) -> None:
    items = TABLE["projects"][row["project"]]
    inclusion = Inclusion(**{name: tuple(values) for name, values in row["flags"].items()})
    directories = " ".join(item["path"] for item in items)

    try:
        included = paths(load(tree(items), inclusion, only_render=True, directories=directories))
    except UsageError:
        included = []

    assert included == row["included"]


def test_an_item_inherits_what_the_files_above_it_say() -> None:
    loaded = load(
        {
            "deployment.yaml": """\
commonLabels: {a: root, b: root}
commonAnnotations: {c: root}
overrideNamespace: outer
tags: [all]
templateExcludes: ["*.txt"]
vars: [{values: {one: 1, two: 1}}]
deployments:
- path: app
- include: sub
  vars: [{values: {two: 2}}]
""",
            "sub/deployment.yaml": """\
commonLabels: {b: sub}
commonAnnotations: {d: sub}
overrideNamespace: inner
tags: [part]
templateExcludes: rules
vars: [{values: {three: "{{ one + two }}"}}]
deployments:
- path: app
  tags: [own]
  waitReadiness: true
  recursive: true
  vars: [{values: {own: true}}]
""",
        },
        directories="app sub/app",
    )

    outer, inner = loaded.items
    assert (outer.labels, outer.annotations, outer.namespace) == ({"a": "root", "b": "root"}, {"c": "root"}, "outer")
    assert (outer.item.tags, outer.item.scope, outer.excludes) == (("all", "app"), (), ((Path(), "*.txt"),))
    assert outer.variables == {"args": {}, "one": 1, "two": 1}
    assert (inner.labels, inner.annotations) == ({"a": "root", "b": "sub"}, {"c": "root", "d": "sub"})
    assert (inner.namespace, inner.item.tags) == ("inner", ("all", "own", "part", "sub"))
    assert (inner.item.scope, inner.item.wait, inner.recursive) == ((1,), True, True)
    assert inner.excludes == ((Path(), "*.txt"), (Path("sub"), "rules"))
    assert inner.variables == {"args": {}, "one": 1, "two": 2, "three": "3", "own": True}
    assert (str(outer.place), str(inner.place), inner.directory) == (
        "deployment.yaml:8",
        "sub/deployment.yaml:8",
        Path("sub/app"),
    )


def test_the_same_file_included_twice_has_two_scopes() -> None:
    loaded = load(
        {
            "deployment.yaml": "deployments:\n- include: a\n- barrier: true\n- include: a\n",
            "a/deployment.yaml": "deployments:\n- barrier: true\n- include: ../b\n",
            "b/deployment.yaml": "deployments:\n- path: app\n- path: app\n",
        },
        directories="b/app",
    )

    assert [(item.item.directory, item.item.scope, item.stage) for item in loaded.items] == [
        ("b/app", (0, 1), 1),
        ("b/app", (0, 1), 1),
        ("b/app", (2, 1), 3),
        ("b/app", (2, 1), 3),
    ]


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        pytest.param("- path: a\n- path: b\n", {"a": 0, "b": 0}, id="none"),
        pytest.param("- path: a\n- barrier: true\n- path: b\n", {"a": 0, "b": 1}, id="of-its-own"),
        pytest.param("- path: a\n  barrier: true\n- path: b\n", {"a": 0, "b": 1}, id="after-the-item"),
        pytest.param("- path: a\n- barrier: false\n- path: b\n", {"a": 0, "b": 0}, id="false"),
        pytest.param("- path: a\n- {barrier: true, message: wait}\n- path: b\n", {"a": 0, "b": 1}, id="message"),
        pytest.param("- include: sub\n  barrier: true\n- path: b\n", {"sub/x": 0, "sub/z": 1, "b": 2}, id="include"),
        pytest.param("- path: a\n- path: c\n  barrier: true\n- path: b\n", {"a": 0, "b": 1}, id="excluded-item"),
        pytest.param("- path: a\n- path: c\n  barrier: true\n  when: false\n- path: b\n", {"a": 0, "b": 0}, id="when"),
    ],
)
def test_a_barrier_begins_a_stage(text: str, stages: Mapping[str, int]) -> None:
    files = {
        "deployment.yaml": f"deployments:\n{text}",
        "sub/deployment.yaml": "deployments:\n- path: x\n  barrier: true\n- path: z\n",
    }

    loaded = load(files, Inclusion(exclude_tags=("c",)), directories="a b c sub/x sub/z")

    assert {item.item.directory: item.stage for item in loaded.items} == stages


@pytest.mark.parametrize(
    ("when", "taken"),
    [
        pytest.param("args.env == 'prod'", True, id="true"),
        pytest.param("args.env == 'dev'", False, id="false"),
        pytest.param("of_file == 1 and own is not defined", True, id="sees-the-file's-variables-and-not-its-own"),
        pytest.param("true", True, id="boolean"),
        pytest.param("false", False, id="boolean-false"),
        pytest.param('""', True, id="empty"),
        pytest.param("null", True, id="null"),
    ],
)
def test_a_condition_decides_whether_an_item_is_there(when: str, taken: bool) -> None:
    text = f"""\
vars: [{{values: {{of_file: 1}}}}]
deployments:
- path: other
- path: app
  when: {when}
  vars: [{{values: {{own: 1}}}}]
"""

    loaded = load({"deployment.yaml": text}, args={"env": "prod"}, directories="app other")

    assert paths(loaded) == (["other", "app"] if taken else ["other"])


@pytest.mark.parametrize(("x", "taken"), [(1, ["app", "sub/app"]), (2, ["app"])])
def test_an_included_file_has_a_condition_of_its_own(x: int, taken: list[str]) -> None:
    loaded = load(
        {
            "deployment.yaml": f"deployments:\n- path: app\n- include: sub\n  vars: [{{values: {{x: {x}}}}}]\n",
            "sub/deployment.yaml": "when: x == z\nvars: [{values: {z: 1}}]\ndeployments:\n- path: app\n",
        },
        directories="app sub/app",
    )

    assert paths(loaded) == taken


def test_a_file_is_a_template_of_the_variables_above_it() -> None:
    loaded = load(
        {
            "deployment.yaml": "vars: [{values: {names: [a, b]}}]\ndeployments:\n- include: sub\n",
            "sub/deployment.yaml": "deployments:\n{% for name in names %}\n- path: {{ name }}\n{% endfor %}\n",
        },
        directories="sub/a sub/b",
    )

    assert [(item.item.directory, str(item.place)) for item in loaded.items] == [
        ("sub/a", "sub/deployment.yaml (rendered):3"),
        ("sub/b", "sub/deployment.yaml (rendered):5"),
    ]


def test_what_is_excluded_is_not_read() -> None:
    cluster = Cluster()
    source = "vars: [{clusterConfigMap: {name: %s, key: vars}}]"
    write({"out/broken.yaml": "{{ nothing"})

    loaded = load(
        {
            "deployment.yaml": f"""\
deployments:
- path: app
  {source % "app"}
- path: out
  {source % "out"}
- path: rendered
  onlyRender: true
  {source % "rendered"}
- path: never
  when: false
  {source % "never"}
- include: sub
  tags: [sub]
""",
            "sub/deployment.yaml": f"deployments:\n- path: out\n  {source % 'sub-out'}\n",
        },
        Inclusion(include_tags=("app",)),
        cluster=cluster,
        directories="app out rendered sub/out",
    )

    assert (paths(loaded), cluster.asked) == (["app"], ["app"])


@pytest.mark.parametrize(("only_render", "taken"), [(False, ["app"]), (True, ["app", "docs"])])
def test_what_is_only_rendered_takes_part_in_rendering_alone(only_render: bool, taken: list[str]) -> None:
    text = "deployments:\n- path: app\n- path: docs\n  onlyRender: true\n"

    loaded = load(
        {"deployment.yaml": text}, Inclusion(exclude_tags=("docs",)), only_render=only_render, directories="app docs"
    )

    assert paths(loaded) == taken


def test_deletions_belong_to_the_stage_of_their_item() -> None:
    text = """\
deployments:
- deleteObjects: [{kind: ConfigMap, name: first}]
- barrier: true
- path: app
  deleteObjects: [{kind: ConfigMap, name: second}, {kind: ConfigMap, name: third}]
- deleteObjects: [{kind: ConfigMap, name: excluded}]
  tags: [out]
"""

    loaded = load({"deployment.yaml": text}, Inclusion(exclude_tags=("out",)), directories="app")

    assert [(found.field.value["name"], found.stage) for found in loaded.deletions] == [
        ("first", 0),
        ("second", 1),
        ("third", 1),
    ]


def test_a_project_may_only_delete() -> None:
    loaded = load({"deployment.yaml": "deployments:\n- deleteObjects: [{kind: ConfigMap, name: old}]\n"})

    assert (loaded.items, len(loaded.deletions)) == ((), 1)


def test_images_and_ignored_fields_are_for_the_items_below_their_file() -> None:
    loaded = load(
        {
            "deployment.yaml": """\
images:
- {image: nginx, resultImage: nginx:1}
ignoreForDiff:
- {kind: Deployment, group: apps, fieldPath: spec.replicas}
deployments:
- path: app
- include: sub
""",
            "sub/deployment.yaml": """\
images:
- {image: nginx, resultImage: nginx:2}
ignoreForDiff:
- {group: "", fieldPath: [data.a, data.b]}
deployments: []
""",
        },
        directories="app",
    )

    assert tuple(replace(image, origin=str(image.origin)) for image in loaded.images) == (
        FixedImage("nginx:1", "nginx", origin="deployment.yaml:2", in_project=True),
        FixedImage("nginx:2", "nginx", origin="sub/deployment.yaml:2", in_project=True, scope=(1,)),
    )
    assert loaded.ignored == (
        ((), Rule(("spec", "replicas"), group="apps", kind="Deployment")),
        ((1,), Rule(("data", "a"), group="")),
        ((1,), Rule(("data", "b"), group="")),
    )


@pytest.mark.parametrize("written", ["./app", "app/", "sub/../app", "./sub/.././app/."])
def test_a_directory_has_one_name_however_it_is_written(written: str) -> None:
    assert paths(load({"deployment.yaml": f"deployments:\n- path: {written}\n"}, directories="app sub")) == ["app"]


def test_an_included_file_may_refer_to_directories_beside_its_own() -> None:
    files = {
        "deployment.yaml": "deployments:\n- include: sub\n",
        "sub/deployment.yaml": "deployments:\n- path: ../shared\n",
    }

    assert paths(load(files, directories="shared")) == ["shared"]


def test_a_symbolic_link_within_the_project_is_followed() -> None:
    write({"real/app.yaml": ""})
    Path("link").symlink_to("real")

    loaded = load({"deployment.yaml": "deployments:\n- path: link\n"})

    assert [item.directory for item in loaded.items] == [Path("link")]


def test_an_item_may_be_the_directory_of_the_project() -> None:
    loaded = load({"deployment.yaml": "deployments:\n- path: .\n"})

    assert [(item.item, item.directory) for item in loaded.items] == [(Item("."), Path())]


@pytest.mark.parametrize("where", ["item", "file"])
def test_a_tag_below_an_include_that_is_left_out_is_no_slip(where: str) -> None:
    condition = 'when: "1 == 2"\n'
    item, file = (condition, "") if where == "item" else ("", condition)
    files = {
        "deployment.yaml": f"deployments:\n- {{path: ns, alwaysDeploy: true}}\n- include: inc\n  {item}\n",
        "inc/deployment.yaml": f"{file}deployments: [{{path: z}}]\n",
    }

    found = load(files, Inclusion(include_tags=("z",)), directories="ns inc/z")

    assert paths(found) == ["ns"]


def test_an_included_file_may_be_left_out_by_its_own_template() -> None:
    files = {
        "deployment.yaml": "deployments:\n- path: app\n- include: sub\n",
        "sub/deployment.yaml": "{% if false %}\ndeployments: []\n{% endif %}\n",
    }

    assert paths(load(files, directories="app")) == ["app"]


def test_every_include_on_the_way_to_an_error_is_told() -> None:
    files = {
        "deployment.yaml": "deployments:\n- include: a\n",
        "a/deployment.yaml": "deployments:\n- path: ok\n- include: b\n",
        "a/b/deployment.yaml": "vars:\n- file: nowhere.yaml\ndeployments: []\n",
    }

    with pytest.raises(InputError) as caught:
        load(files, directories="a/ok")

    assert str(caught.value).splitlines()[-2:] == [
        "    included at a/deployment.yaml:3",
        "    included at deployment.yaml:2",
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("deployments: []\n", None, id="none"),
        pytest.param("args:\ndeployments: []\n", None, id="null"),
        pytest.param("args:\n- name: a\ndeployments: []\n", ["a"], id="plain"),
        pytest.param("deployments:\n- path: x\nargs:\n  - name: a\n  - name: b\n", ["a", "b"], id="last"),
        pytest.param("args: [{name: a}]\n{% if args.a %}\nvars: []\n{% endif %}\n", ["a"], id="block-after"),
        pytest.param(
            "{% set x = 1 %}\nargs:\n# comment\n\n- name: a\ndeployments:\n- path: {{ x }}\n", ["a"], id="between"
        ),
    ],
)
def test_args_are_read_before_the_file_is_rendered(text: str, names: list[str] | None) -> None:
    write({"deployment.yaml": text})

    found = read_args(Path())

    assert (found and [entry.value["name"] for entry in found.items()]) == names


def test_the_args_of_a_file_with_blocks_keep_their_lines() -> None:
    write({"deployment.yaml": "{% set x = 1 %}\nargs:\n- name: a\n{% if args.a %}\n{% endif %}\n"})

    found = read_args(Path())

    assert found is not None
    assert str(found.at(0).place) == "deployment.yaml:3"


@pytest.mark.parametrize(
    ("files", "who"),
    [
        pytest.param(["common/vars.yaml", "envs/prod/vars.yaml", "envs/vars.yaml", "vars.yaml"], "common", id="own"),
        pytest.param(["envs/prod/vars.yaml", "envs/vars.yaml", "vars.yaml"], "envs/prod", id="including"),
        pytest.param(["envs/vars.yaml", "vars.yaml"], ".", id="not-above-the-including"),
        pytest.param(["vars.yaml"], ".", id="including-that-one"),
    ],
)
@pytest.mark.parametrize("where", ["file", "item"])
def test_variables_are_looked_for_beside_the_files_that_include_theirs(files: list[str], who: str, where: str) -> None:
    variables, item = "vars: [{file: vars.yaml}]\n", "deployments: [{path: app}]\n"
    if where == "item":
        variables, item = "", "deployments: [{path: app, vars: [{file: vars.yaml}]}]\n"
    tree_ = {
        "deployment.yaml": "deployments: [{include: envs/prod}]\n",
        "envs/prod/deployment.yaml": "deployments: [{include: ../../common}]\n",
        "common/deployment.yaml": variables + item,
        **{name: f"who: {Path(name).parent.as_posix()}\n" for name in files},
    }

    assert item_of(load(tree_, directories="common/app"), "common/app").variables == {"args": {}, "who": who}


def test_the_directories_around_an_item_are_its_own_and_those_of_the_files_that_lead_to_it() -> None:
    tree_ = {
        "deployment.yaml": "deployments: [{include: envs/prod}]\n",
        "envs/prod/deployment.yaml": "deployments: [{include: ../../common}]\n",
        "common/deployment.yaml": "deployments: [{path: a/b}]\n",
    }

    found = item_of(load(tree_, directories="common/a/b"), "common/a/b")

    assert found.around == (Path("common/a/b"), Path("common"), Path("envs/prod"), Path())


@pytest.mark.parametrize("statement", ["{% include 'part.j2' %}", "{{ load_template('part.j2') }}"])
def test_a_project_file_includes_from_the_files_that_include_it(statement: str) -> None:
    tree_ = {
        "deployment.yaml": "deployments: [{include: envs/prod}]\n",
        "envs/prod/deployment.yaml": "deployments: [{include: ../../common}]\n",
        "envs/prod/part.j2": "path: prod",
        "part.j2": "path: root",
        "common/deployment.yaml": f"deployments: [{{ {statement} }}]\n",
    }

    assert paths(load(tree_, directories="common/prod common/root")) == ["common/prod"]


def nested(depth: int) -> dict[str, str]:
    """Return a chain of that many includes, the last of which has an item."""
    names = ["deployment.yaml", *(f"i{number}/deployment.yaml" for number in range(depth))]
    prefixes = ["", *["../"] * depth]
    includes = [f"deployments: [{{include: {prefix}i{number}}}]\n" for number, prefix in enumerate(prefixes[:-1])]
    return dict(zip(names, [*includes, "deployments: [{path: app}]\n"], strict=True))


def test_a_hundred_includes_within_each_other_are_read() -> None:
    assert paths(load(nested(100), directories="i99/app")) == ["i99/app"]


def test_more_than_a_hundred_includes_within_each_other_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        load(nested(101))

    first, *rest = str(caught.value).splitlines()
    assert first == (
        "i99/deployment.yaml:1: i100/deployment.yaml is the end of 101 includes within each other: 100 are the most"
    )
    assert rest == [f"    included at i{number}/deployment.yaml:1" for number in range(98, 88, -1)]
