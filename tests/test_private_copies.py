"""What is copied for kustomize, and what is refused: links, plugins, files that are named twice, and the borders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from kustomize_trees import CALL, IMAGE, config_map, data, failed, rendered, write
from worlds import World

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")

PROJECT = "deployments: [{path: app}]\n"
WEB = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{template: {{spec: {{containers: [{{name: app, image: "{CALL}"}}]}}}}}}
"""
NO_HASH = "options: {disableNameSuffixHash: true}"
COPY = "hint: copy the file into the project\n"


def plugin(kind: str, fields: str, name: str = "p") -> str:
    return f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: {name}}}\n{fields}\n"


def linked_overlay(tree: Path) -> None:
    """Make a link to an overlay, whose base is another one when it is looked for beside the link."""
    for directory, who in (("releases/v2/base", "right"), ("base", "wrong"), ("deploy/base", "wrong")):
        write(tree, {f"{directory}/kustomization.yaml": "resources: [x.yaml]"})
        write(tree, {f"{directory}/x.yaml": config_map("x", who=who, sum="{{ 1 + 1 }}")})
    write(tree, {"releases/v2/overlays/prod/kustomization.yaml": "resources: [../../base]", "deploy/readme": ""})
    (tree / "deploy/current").symlink_to("../releases/v2/overlays/prod")


@pytest.mark.parametrize("flag", ["-k", "-f"])
@pytest.mark.parametrize("top", ["deploy/current", "deploy/../deploy/current", "./deploy/current/"])
def test_a_link_to_an_overlay_has_the_base_of_the_overlay(fakes: World, tree: Path, flag: str, top: str) -> None:
    linked_overlay(tree)

    assert data(fakes, flag, top) == {"x": {"who": "right", "sum": "2"}}


def test_an_absolute_link_to_an_overlay_has_the_base_of_the_overlay(fakes: World, tree: Path) -> None:
    linked_overlay(tree)

    assert data(fakes, "-k", str(tree / "deploy/current")) == {"x": {"who": "right", "sum": "2"}}


@pytest.mark.parametrize(
    ("file", "said"),
    [
        pytest.param("overlays/prod/y.yaml", "deploy/current/y.yaml:1", id="below"),
        pytest.param("base/x.yaml", "releases/v2/base/x.yaml:1", id="outside"),
    ],
)
def test_files_below_a_link_are_named_below_it_and_others_from_here(
    fakes: World, tree: Path, file: str, said: str
) -> None:
    linked_overlay(tree)
    write(tree, {"releases/v2/overlays/prod/kustomization.yaml": "resources: [../../base, y.yaml]"})
    write(tree, {"releases/v2/overlays/prod/y.yaml": config_map("y", a="b")})
    write(tree, {f"releases/v2/{file}": "{{ nix }}"})

    assert failed(fakes, "-k", "deploy/current").splitlines()[0] == f"error: {said}: 'nix' is undefined"


@pytest.mark.parametrize("resources", ["[link/sub, link]", "[link, link/sub]", "[link/x.yaml, link]"])
def test_links_to_directories_are_followed_in_any_order(fakes: World, tree: Path, resources: str) -> None:
    write(tree, {"app/kustomization.yaml": f"resources: {resources}", "real/kustomization.yaml": "resources: [y.yaml]"})
    write(tree, {"real/sub/kustomization.yaml": "resources: [z.yaml]", "real/sub/z.yaml": config_map("z", a="b")})
    write(tree, {"real/y.yaml": config_map("y", a="{{ 1 + 1 }}"), "real/x.yaml": config_map("x", a="b")})
    write(tree, {"deployment.yaml": PROJECT})
    (tree / "app/link").symlink_to("../real")

    assert set(data(fakes)) == ({"y", "x"} if "x.yaml" in resources else {"y", "z"})


def test_a_patch_is_a_template_whatever_its_name(fakes: World, tree: Path) -> None:
    kustomization = "resources: [web.yaml]\npatches: [{path: web.patch}]"
    write(
        tree,
        {"app/kustomization.yaml": kustomization, "app/web.yaml": WEB.replace(CALL, "nginx"), "app/web.patch": WEB},
    )

    (found,) = rendered(fakes, "-k", "app")

    assert found["spec"]["template"]["spec"]["containers"] == [{"name": "app", "image": f"{IMAGE}:1"}]


AS_DATA = f"configMapGenerator:\n- name: files\n  files: [web.yaml]\n  {NO_HASH}\n"


@pytest.mark.parametrize(
    ("kustomization", "said"),
    [
        pytest.param(
            f"resources:\n- web.yaml\n{AS_DATA}",
            "app/kustomization.yaml:5: app/web.yaml is read as it is here, and a template at app/kustomization.yaml:2",
            id="data",
        ),
        pytest.param(
            "configMapGenerator: [{name: x, files: [kustomization.yaml, web.yaml]}]\nnamePrefix: '{{ 1 }}'",
            "app/kustomization.yaml:1: app/kustomization.yaml is read as it is here, and a template at "
            "app/kustomization.yaml",
            id="kustomization",
        ),
    ],
)
def test_a_file_is_not_both_a_template_and_data(fakes: World, tree: Path, kustomization: str, said: str) -> None:
    write(tree, {"app/kustomization.yaml": kustomization, "app/web.yaml": WEB})

    assert failed(fakes, "-k", "app") == f"error: {said}\nhint: make two files of it\n"


def test_a_file_without_templates_is_both_a_resource_and_data(fakes: World, tree: Path) -> None:
    text = config_map("x", a="b")
    write(tree, {"app/kustomization.yaml": f"resources: [web.yaml]\n{AS_DATA}", "app/web.yaml": text})

    assert data(fakes, "-k", "app") == {"files": {"web.yaml": text}, "x": {"a": "b"}}


def test_in_a_project_data_is_the_template_that_the_resource_is(fakes: World, tree: Path) -> None:
    write(tree, {"deployment.yaml": PROJECT, "app/web.yaml": config_map("x", a=CALL)})
    write(tree, {"app/kustomization.yaml": f"resources: [web.yaml]\n{AS_DATA}"})

    found = data(fakes)

    assert found == {
        "files": {"web.yaml": config_map("x", a=CALL).replace(CALL, f"{IMAGE}:1")},
        "x": {"a": f"{IMAGE}:1"},
    }


def test_a_file_has_the_variables_of_one_item(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [../base]\npatches:\n- path: ../x.yaml\n"})
    write(tree, {"base/kustomization.yaml": "resources: [../x.yaml]", "x.yaml": config_map("x", a="{{ color }}")})
    write(
        tree,
        {
            "deployment.yaml": "deployments:\n- {path: base, onlyRender: true, vars: [{values: {color: red}}]}\n"
            "- {path: app, vars: [{values: {color: blue}}]}\n"
        },
    )

    assert failed(fakes) == (
        "error: app/kustomization.yaml:3: x.yaml is rendered with other variables here than at base/kustomization.yaml:1\n"
        "hint: make two files of it\n"
    )


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            {"kustomization.yaml": "resources: []", "kustomization.yaml.j2": "resources: []"},
            "app/kustomization.yaml: there is app/kustomization.yaml.j2 too",
            id="kustomization",
        ),
        pytest.param(
            {"kustomization.yaml": "resources:\n- x.yaml", "x.yaml": "", "x.yaml.j2": ""},
            "app/kustomization.yaml:2: x.yaml: there is x.yaml.j2 too",
            id="resource",
        ),
        pytest.param(
            {"kustomization.yaml": "configMapGenerator:\n- {name: a, files: [x]}", "x": "", "x.j2": ""},
            "app/kustomization.yaml:2: x: there is x.j2 too",
            id="data",
        ),
    ],
)
def test_a_file_beside_its_template_is_an_error(fakes: World, tree: Path, files: dict[str, str], said: str) -> None:
    write(tree, {f"app/{name}": text for name, text in files.items()})

    assert failed(fakes, "-k", "app") == f"error: {said}\nhint: one of them is enough: remove the other\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            {
                "g.yaml": plugin("ConfigMapGenerator", "files:\n- ../../s.txt"),
                "kustomization.yaml": "generators: [g.yaml]",
            },
            "app/g.yaml:5: ../../s.txt",
            id="generator",
        ),
        pytest.param(
            {
                "g.yaml": config_map("a") + "---\n" + plugin("SecretGenerator", "envs: [a=b/../../../s.txt]"),
                "kustomization.yaml": "generators: [g.yaml]",
            },
            "app/g.yaml:10: a=b/../../../s.txt",
            id="second-document",
        ),
        pytest.param(
            {"kustomization.yaml": "generators:\n- |\n  kind: ConfigMapGenerator\n  files: [../../s.txt]\n"},
            "app/kustomization.yaml:2: ../../s.txt",
            id="in-the-kustomization",
        ),
        pytest.param(
            {
                "kustomization.yaml": "generators: [g]",
                "g/kustomization.yaml": "resources: [g.yaml]",
                "g/g.yaml": plugin("ConfigMapGenerator", "files: [../../s.txt]"),
            },
            "app/g/g.yaml:4: ../../s.txt",
            id="in-a-directory",
        ),
        pytest.param(
            {"kustomization.yaml": "ConfigmapGenerator: [{name: x, FILES: [../../s.txt]}]"},
            "app/kustomization.yaml:1: ../../s.txt",
            id="in-capitals",
        ),
        pytest.param(
            {"kustomization.yaml": "configMapGenerator: [{name: x, files: ['a=x://../../../s.txt']}]"},
            "app/kustomization.yaml:1: x://../../../s.txt",
            id="like-an-address",
        ),
        pytest.param(
            {"kustomization.yaml": f"configMapGenerator: [{{name: x, files: ['{'a' * 256}/../../../s.txt']}}]"},
            f"app/kustomization.yaml:1: {'a' * 256}/../../../s.txt",
            id="long-on-the-way",
        ),
        pytest.param(
            {"kustomization.yaml": "generators: [/g.yaml]"}, "app/kustomization.yaml:1: /g.yaml", id="absolute"
        ),
    ],
)
def test_nothing_outside_of_a_project_is_read(fakes: World, tree: Path, files: dict[str, str], said: str) -> None:
    write(tree, {"s.txt": "foreign", "project/deployment.yaml": PROJECT})
    write(tree, {f"project/app/{name}": text for name, text in files.items()})
    os.chdir("project")

    assert failed(fakes) == (
        f"error: {said} leads out of the project .\n"
        "hint: refer to files in the project by relative paths; what is outside can be copied into it\n"
    )


def test_a_plugin_is_not_configured_from_elsewhere(fakes: World, tree: Path) -> None:
    write(tree, {"deployment.yaml": PROJECT, "app/kustomization.yaml": "generators: [https://example.com/g.yaml]"})

    assert failed(fakes) == (
        "error: app/kustomization.yaml:1: https://example.com/g.yaml is not in the project, and what configures a plugin "
        f"may read any file\n{COPY}"
    )


@pytest.mark.parametrize(
    "kustomization",
    [
        pytest.param("generators: [g.yaml]", id="file"),
        pytest.param("generators: [g]", id="directory"),
        pytest.param(
            "generators:\n- |\n  "
            + plugin("ConfigMapGenerator", f"files: [../shared/t]\n{NO_HASH}").replace("\n", "\n  "),
            id="in-the-kustomization",
        ),
    ],
)
def test_what_a_plugin_names_in_the_project_is_copied(fakes: World, tree: Path, kustomization: str) -> None:
    generator = plugin("ConfigMapGenerator", f"files: [../shared/t]\n{NO_HASH}")
    write(tree, {"deployment.yaml": PROJECT, "app/kustomization.yaml": kustomization, "app/g.yaml": generator})
    write(tree, {"app/g/kustomization.yaml": "resources: [g.yaml]", "app/g/g.yaml": generator})
    write(tree, {"shared/t": "{{ 1 + 1 }}"})

    assert data(fakes) == {"p": {"t": "2"}}


def test_with_k_what_a_plugin_generates_from_is_data(fakes: World, tree: Path) -> None:
    generator = plugin("ConfigMapGenerator", f"files: [t.yaml]\n{NO_HASH}")
    write(tree, {"app/kustomization.yaml": "generators: [g.yaml]", "app/g.yaml": generator, "app/t.yaml": "{{ a }}"})

    assert data(fakes, "-k", "app") == {"p": {"t.yaml": "{{ a }}"}}


@pytest.mark.parametrize(
    ("configuration", "patch"),
    [
        pytest.param(plugin("PatchTransformer", "path: tr/p.yaml"), config_map("x", a="{{ 1 + 1 }}"), id="patch"),
        pytest.param(
            plugin("PatchStrategicMergeTransformer", "paths: [tr/p.yaml]"), config_map("x", a="{{ 1 + 1 }}"), id="merge"
        ),
        pytest.param(
            plugin("PatchJson6902Transformer", "path: tr/p.yaml\ntarget: {kind: ConfigMap, name: x, version: v1}"),
            '[{"op": "replace", "path": "/data/a", "value": "{{ 1 + 1 }}"}]',
            id="json",
        ),
        pytest.param(
            plugin("ReplacementTransformer", "replacements: [{path: tr/p.yaml}]"),
            "source: {kind: ConfigMap, name: x, fieldPath: data.b}\n"
            "targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a]}]",
            id="replacement",
        ),
    ],
)
def test_the_paths_of_a_plugin_in_a_directory_count_from_who_names_it(
    fakes: World, tree: Path, configuration: str, patch: str
) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [x.yaml]\ntransformers: [tr]"})
    write(tree, {"app/x.yaml": config_map("x", a="1", b="2"), "app/tr/kustomization.yaml": "resources: [t.yaml]"})
    write(tree, {"app/tr/t.yaml": configuration, "app/tr/p.yaml": patch})

    assert data(fakes, "-k", "app") == {"x": {"a": "2", "b": "2"}}


@pytest.mark.parametrize("name", ["kustomization.yaml", "helm-chart.yaml", "helm-values.yaml", "x.yaml.j2"])
def test_no_link_leads_out_of_a_project(fakes: World, tree: Path, name: str) -> None:
    files = {
        "kustomization.yaml": "resources: [x.yaml, helm-rendered.yaml]",
        "helm-chart.yaml": "helmChart: {path: ../chart, releaseName: x}",
        "helm-values.yaml": "a: b",
        "x.yaml.j2": config_map("x", a="b"),
    }
    write(tree, {f"project/app/{file}": text for file, text in files.items()})
    write(tree, {"project/deployment.yaml": PROJECT, "project/chart/Chart.yaml": "name: chart", "out": files[name]})
    (tree / "project/app" / name).unlink()
    (tree / "project/app" / name).symlink_to("../../out")
    os.chdir("project")

    what = "app/kustomization.yaml:1: x.yaml" if name == "x.yaml.j2" else f"app/{name}"
    assert failed(fakes) == f"error: {what} is a symbolic link that leads out of the project .\n{COPY}"


def test_with_k_a_kustomization_is_no_link_that_leads_out(fakes: World, tree: Path) -> None:
    write(tree, {"out": "resources: []", "app/x": ""})
    (tree / "app/kustomization.yaml").symlink_to("../out")

    assert failed(fakes, "-k", "app") == (
        "error: app/kustomization.yaml is a symbolic link that leads out of app, which kustomize does not follow\n"
    )


@pytest.mark.parametrize(("here", "top"), [(".", "inc/o"), ("inc", "o"), ("inc/o", "."), ("inc/base/deep", "../../o")])
def test_the_working_directory_decides_nothing_around_a_base(fakes: World, tree: Path, here: str, top: str) -> None:
    write(tree, {"inc/o/kustomization.yaml": "resources: [../base]", "inc/.templateignore": "base/y.yaml"})
    write(tree, {"inc/base/kustomization.yaml": "resources: [x.yaml, y.yaml]", "inc/base/deep/z": ""})
    write(
        tree,
        {
            "inc/base/x.yaml": "{% include 'beside' %}\n{% include 'above' %}",
            "inc/base/y.yaml": config_map("y", a="{{"),
        },
    )
    write(tree, {"inc/base/beside": config_map("x", a="b"), "inc/above": "---\n" + config_map("z", a="b")})
    os.chdir(here)

    assert data(fakes, "-k", top) == {"x": {"a": "b"}, "y": {"a": "{{"}, "z": {"a": "b"}}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("ä" * 128, "file name too long", id="bytes-of-a-name"),
        pytest.param("/".join(["a" * 200] * 21), "kustomize cannot build it", id="bytes-of-a-path"),
        pytest.param("/".join(["a" * 194] * 21), "File name too long", id="together-with-its-directory"),
    ],
)
def test_a_name_that_no_file_has_is_an_error_with_its_place(fakes: World, tree: Path, name: str, said: str) -> None:
    write(tree, {"app/kustomization.yaml": f"resources: [{name}]"})

    found = failed(fakes, "-k", "app")

    assert found.startswith(("error: app/kustomization.yaml:1: ", "error: -k app: "))
    assert said in found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every directory")
def test_a_base_that_cannot_be_read_is_named(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [../base]", "base/kustomization.yaml": ""})
    (tree / "base").chmod(0)

    assert failed(fakes, "-k", "app") == "error: base: cannot be read: Permission denied\n"


def test_where_temporary_files_cannot_be_written_the_way_out_is_said(
    fakes: World, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tree, {"app/kustomization.yaml": "resources: []", "full": ""})
    monkeypatch.setattr("tempfile.tempdir", "full")

    assert failed(fakes, "-k", "app") == (
        "error: temporary files cannot be written to full: Not a directory\n"
        "hint: TMPDIR=DIR names another directory for them\n"
    )


def test_charts_of_a_kustomization_have_another_way(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "helmCharts: [{name: x, repo: 'https://example.com'}]"})

    found = failed(fakes, "-k", "app").splitlines()

    assert "must specify --enable-helm" in found[-2]
    assert found[-1] == (
        "hint: charts are rendered by a helm-chart.yaml in an item of a project; elsewhere: "
        "helm template RELEASE CHART | kubectl images deploy -f -"
    )


def test_recursion_is_no_use_for_a_directory_of_kustomize(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: []"})

    assert failed(fakes, "-f", "app", "-R") == (
        "error: -f app: -R is for directories without kustomization, and this one has one\nhint: -k app builds it\n"
    )


def test_a_call_in_what_others_wrote_is_no_image(fakes: World, tree: Path) -> None:
    write(
        tree, {"mine": "#!/bin/sh\ncat app/out.yaml\n", "app/out.yaml": WEB, "app/kustomization.yaml": "resources: []"}
    )
    (tree / "mine").chmod(0o755)
    fakes.environ["KUBECTL_PATH"] = str(tree / "mine")

    assert failed(fakes, "-k", "app").splitlines()[0] == (
        "error: app (kustomize): deployment.apps/web: spec.template.spec.containers[app].image: this call was not "
        f"rendered: {CALL}"
    )
