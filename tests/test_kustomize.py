"""Directories of kustomize, by -k and in projects, as whole command lines with the kubectl that is on PATH."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kustomize_trees import CALL, FIXED, IMAGE, NO_CALL, config_map, data, failed, rendered, write
from worlds import World

from kubectl_images import kustomize
from kubectl_images.errors import InputError
from kubectl_images.kustomize import Built, Kustomize
from kubectl_images.programs import Programs

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
pytestmark = needs_kubectl

WEB = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
      - name: app
        image: "{CALL}"
"""
PROJECT = "deployments: [{path: app}]\n"


def image(objects: list[dict[str, object]]) -> object:
    found: object = objects[0]
    for step in ("spec", "template", "spec", "containers"):
        assert isinstance(found, dict)
        found = found[step]
    assert isinstance(found, list)
    return found[0]["image"]


@pytest.mark.parametrize("flag", ["-k", "-f"])
@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization", "kustomization.yaml.j2"])
def test_a_directory_of_kustomize_is_rendered_and_built(fakes: World, tree: Path, flag: str, name: str) -> None:
    write(tree, {f"app/{name}": "namePrefix: {{ args.prefix }}\nresources: [web.yaml]\n", "app/web.yaml": WEB})

    found = rendered(fakes, flag, "app", "-a", "prefix=my-")

    assert (found[0]["metadata"], image(found)) == ({"name": "my-web"}, f"{IMAGE}:1")


def test_a_component_alone_is_nothing(fakes: World, tree: Path) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: a-\n"
    write(tree, {"deployment.yaml": "deployments: [{path: part, onlyRender: true}, {path: app}]"})
    write(tree, {"part/kustomization.yaml": component, "app/x.yaml": config_map("x", a="b")})

    assert data(fakes) == {"x": {"a": "b"}}


def test_what_lies_outside_of_the_directory_is_copied_too(fakes: World, tree: Path) -> None:
    write(
        tree,
        {
            "overlays/prod/kustomization.yaml": "resources: [../../base]\ncomponents: [../../part]\n",
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "base/web.yaml": WEB,
            "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "patches: [{path: patch.yaml}]\n",
            "part/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
            "spec: {replicas: {{ args.count }}}\n",
        },
    )

    found = rendered(fakes, "-k", "overlays/prod", "-a", "count=3")

    assert (found[0]["spec"]["replicas"], image(found)) == (3, f"{IMAGE}:1")


@pytest.mark.parametrize(
    "kustomization",
    [
        pytest.param(
            'patches: [{patch: \'[{"op": "add", "path": "/metadata/x", "value": "y"}]\', target: {kind: X}}]', id="json"
        ),
        pytest.param("images: [{name: registry.example.com/team/web, newTag: '9'}]", id="images"),
        pytest.param("labels: [{pairs: {a: b}, includeSelectors: true}]", id="labels"),
        pytest.param(
            "replacements: [{source: {kind: Deployment, fieldPath: metadata.name}, targets: [{select: {kind: Deployment},"
            " fieldPaths: [metadata.annotations.x], options: {create: true}}]}]",
            id="replacements",
        ),
    ],
)
def test_images_go_through_transformers(fakes: World, tree: Path, kustomization: str) -> None:
    write(tree, {"app/kustomization.yaml": f"resources: [web.yaml]\n{kustomization}\n", "app/web.yaml": WEB})

    assert image(rendered(fakes, "-k", "app")) == f"{IMAGE}:1"


@pytest.mark.parametrize(
    ("named", "file"),
    [
        pytest.param("x.yaml", "x.yaml", id="itself"),
        pytest.param("x.yaml", "x.yaml.j2", id="without-j2"),
        pytest.param("x.yaml.j2", "x.yaml.j2", id="with-j2"),
    ],
)
def test_a_template_may_be_named_with_or_without_its_ending(fakes: World, tree: Path, named: str, file: str) -> None:
    write(tree, {"app/kustomization.yaml": f"resources: [{named}]", f"app/{file}": config_map("x", a="{{ 1 + 1 }}")})

    assert data(fakes, "-k", "app") == {"x": {"a": "2"}}


GENERATED = {
    "app/kustomization.yaml": "configMapGenerator:\n- name: x\n  files: [a.yaml, b=b.txt]\n  envs: [c.env]\n"
    "  options: {disableNameSuffixHash: true}\n",
    "app/a.yaml": "a: {{ 1 + 1 }}",
    "app/b.txt": "b: {{ 1 + 1 }}",
    "app/c.env": "c={{ 1 + 1 }}",
}


def test_what_generators_read_is_no_template_with_k(fakes: World, tree: Path) -> None:
    write(tree, GENERATED)

    assert data(fakes, "-k", "app") == {"x": {"a.yaml": "a: {{ 1 + 1 }}", "b": "b: {{ 1 + 1 }}", "c": "{{ 1 + 1 }}"}}


def test_what_generators_read_is_a_template_in_a_project(fakes: World, tree: Path) -> None:
    write(tree, GENERATED | {"deployment.yaml": PROJECT})

    assert data(fakes) == {"x": {"a.yaml": "a: 2", "b": "b: 2", "c": "2"}}


def test_binary_files_of_a_project_are_left_alone(fakes: World, tree: Path) -> None:
    kustomization = "configMapGenerator: [{name: x, files: [a], options: {disableNameSuffixHash: true}}]"
    write(tree, {"deployment.yaml": PROJECT, "app/kustomization.yaml": kustomization})
    (tree / "app/a").write_bytes(b"\xff{{ 1 + 1 }}")

    assert rendered(fakes)[0]["binaryData"] == {"a": "/3t7IDEgKyAxIH19"}


def test_a_name_with_a_hash_cannot_depend_on_an_image(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": f'configMapGenerator: [{{name: x, literals: ["a={CALL}"]}}]'})

    assert failed(fakes, "-k", "app") == (
        "error: app (kustomize): ConfigMap x holds an image, which is decided later, and kustomize makes its name from "
        "what it holds\n"
        "hint: give its name no hash, in the generator: options: {disableNameSuffixHash: true}\n"
    )


@pytest.mark.parametrize("ignored", [".templateignore", "--no-templates"])
def test_of_files_that_are_no_templates_the_calls_are_evaluated(fakes: World, tree: Path, ignored: str) -> None:
    write(
        tree,
        {"app/kustomization.yaml": "resources: [x.yaml]", "app/x.yaml": config_map("x", a=f"{CALL}", b="{{ .x }}")},
    )
    if ignored == ".templateignore":
        write(tree, {"app/.templateignore": "x.yaml"})

    found = data(fakes, "-k", "app", *([ignored] if ignored.startswith("--") else []))

    assert found == {"x": {"a": f"{IMAGE}:1", "b": "{{ .x }}"}}


def test_a_directory_that_is_an_item_keeps_its_own_variables(fakes: World, tree: Path) -> None:
    write(
        tree,
        {
            "deployment.yaml": "vars: [{values: {color: blue}}]\ndeployments:\n"
            "- {path: base, onlyRender: true, vars: [{values: {color: red}}]}\n- {path: app}\n",
            "base/kustomization.yaml": "resources: [x.yaml]",
            "base/x.yaml": config_map("x", color="{{ color }}"),
            "other/kustomization.yaml": "resources: [y.yaml]",
            "other/y.yaml": config_map("y", color="{{ color }}"),
            "app/kustomization.yaml": "resources: [../base, ../other]\nnamePrefix: app-\n",
        },
    )

    assert data(fakes) == {
        "x": {"color": "red"},
        "app-x": {"color": "red"},
        "app-y": {"color": "blue"},
    }


@pytest.mark.parametrize("kind", ["", "onlyRender: true, "])
@pytest.mark.parametrize(
    "flags",
    [["render", "-I", "app"], ["render", "-E", "base"], ["deploy", "--dry-run=client", "-o", "yaml", "-I", "app"]],
)
def test_what_an_item_refers_to_is_the_same_whatever_takes_part(
    fakes: World, tree: Path, kind: str, flags: list[str]
) -> None:
    write(
        tree,
        {
            "deployment.yaml": "vars: [{values: {color: blue}}]\ndeployments:\n"
            f"- {{path: base, {kind}vars: [{{values: {{color: red}}}}]}}\n- {{path: app}}\n",
            "base/kustomization.yaml": "resources: [x.yaml]",
            "base/x.yaml": config_map("x", color="{{ color }}"),
            "app/kustomization.yaml": "resources: [../base]\nnamePrefix: app-\n",
        },
    )

    done = fakes.run(*flags)

    assert (done.err, done.code) == ("", 0)
    assert "blue" not in done.out
    assert done.out.count("name: app-x") == 1


def test_the_directory_of_a_project_may_be_one_of_kustomize(fakes: World, tree: Path) -> None:
    write(
        tree,
        {
            "deployment.yaml": "deployments: [{path: .}]\nvars: [{values: {color: red}}]\n",
            "kustomization.yaml": "resources: [x.yaml]",
            "x.yaml": config_map("x", color="{{ color }}"),
        },
    )

    assert data(fakes) == {"x": {"color": "red"}}


INCLUDED_TWICE = """\
deployments:
- {include: i, vars: [{values: {ns: one}}]}
- {include: i, vars: [{values: {ns: two}}]}
"""


@pytest.mark.parametrize(
    ("files", "names"),
    [
        pytest.param(
            {
                "deployment.yaml": INCLUDED_TWICE,
                "i/deployment.yaml": "deployments: [{path: app}, {path: base}]\n",
            },
            ["app-one-one", "one", "app-two-two", "two"],
            id="of-the-same-file",
        ),
        pytest.param(
            {
                "deployment.yaml": f"{INCLUDED_TWICE}- {{path: i/base, vars: [{{values: {{ns: root}}}}]}}\n",
                "i/deployment.yaml": "deployments: [{path: app}]\n",
            },
            ["app-one-root", "app-two-root", "root"],
            id="of-the-including-file",
        ),
        pytest.param(
            {
                "deployment.yaml": "deployments: [{include: p, vars: [{values: {ns: p}}]}, {include: q}, {include: i}]\n"
                "vars: [{values: {ns: root}}]\n",
                "p/deployment.yaml": "deployments: [{path: ../i/base}]\n",
                "q/deployment.yaml": "vars: [{values: {ns: q}}]\ndeployments: [{path: ../i/base}]\n",
                "i/deployment.yaml": "deployments: [{path: app}]\n",
            },
            ["p", "q", "app-root-p"],
            id="first-of-others",
        ),
    ],
)
def test_what_is_an_item_several_times_is_that_of_the_nearest_file(
    fakes: World, tree: Path, files: dict[str, str], names: list[str]
) -> None:
    write(tree, files)
    write(
        tree,
        {
            "i/app/kustomization.yaml": "resources: [../base]\nnamePrefix: app-{{ ns }}-\n",
            "i/base/kustomization.yaml": "resources: [x.yaml]",
            "i/base/x.yaml": config_map("{{ ns }}", a="b"),
        },
    )

    assert [body["metadata"]["name"] for body in rendered(fakes)] == names


def test_what_is_only_rendered_is_in_no_list(fakes: World, tree: Path) -> None:
    write(tree, {"deployment.yaml": "deployments: [{path: base, onlyRender: true}, {path: app}]"})
    write(tree, {"base/x.yaml": config_map("x", a=CALL), "app/z.yaml": config_map("z", a="b")})

    done = fakes.run("list", *FIXED)

    assert (done.code, done.out, done.err) == (0, "images: []\n", NO_CALL)


@pytest.mark.parametrize(
    ("kustomization", "namespace"),
    [
        pytest.param("resources: [x.yaml]", "shop", id="none"),
        pytest.param("{resources: [x.yaml]}", "shop", id="flow-style"),
        pytest.param("namespace: own\nresources: [x.yaml]", "own", id="its-own"),
    ],
)
def test_the_namespace_of_the_project_is_that_of_a_kustomization_without(
    fakes: World, tree: Path, kustomization: str, namespace: str
) -> None:
    write(tree, {"deployment.yaml": f"overrideNamespace: shop\n{PROJECT}", "app/kustomization.yaml": kustomization})
    write(tree, {"app/x.yaml": config_map("x", a="b")})

    assert rendered(fakes)[0]["metadata"] == {"name": "x", "namespace": namespace}


@pytest.mark.parametrize(
    ("kustomization", "said"),
    [
        pytest.param(
            "resources: [nix.yaml]", "app/kustomization.yaml:1: there is no file or directory nix.yaml", id="missing"
        ),
        pytest.param(
            "resources:\n- ../../out", "app/kustomization.yaml:2: ../../out leads out of the project .", id="above"
        ),
        pytest.param(
            "resources: [/etc/x]", "app/kustomization.yaml:1: /etc/x leads out of the project .", id="absolute"
        ),
        pytest.param("resources: [link]", "app/kustomization.yaml:1: link leads out of the project .", id="link"),
        pytest.param("resources: [bad.yaml]", "app/bad.yaml:1: 'nix' is undefined", id="template"),
        pytest.param(
            "metadata: {annotations: {kluctl.io/barrier: 'true'}}",
            "app/kustomization.yaml:1: kluctl.io/barrier is not supported in a kustomization",
            id="barrier",
        ),
    ],
)
def test_a_mistake_in_a_kustomization_names_its_place(fakes: World, tree: Path, kustomization: str, said: str) -> None:
    write(tree, {"project/deployment.yaml": PROJECT, "project/app/kustomization.yaml": kustomization})
    write(tree, {"out/kustomization.yaml": "", "project/app/bad.yaml": "a: {{ nix }}"})
    (tree / "project/app/link").symlink_to("../../out")
    os.chdir("project")

    assert failed(fakes).splitlines()[0] == f"error: {said}"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({"kustomization.yaml": ""}, "kustomization.yaml is empty", id="empty"),
        pytest.param(
            {"kustomization.yaml": "resources: []", "Kustomization": "resources: []"},
            "Found multiple kustomization files under: app",
            id="two",
        ),
        pytest.param(
            {"kustomization.yaml": "resorces: []"},
            'invalid Kustomization: json: unknown field "resorces"',
            id="misspelt",
        ),
    ],
)
@pytest.mark.parametrize("project", [True, False], ids=["project", "-k"])
def test_what_kustomize_refuses_is_said_in_its_words(
    fakes: World, tree: Path, files: dict[str, str], said: str, project: bool
) -> None:
    write(tree, {"deployment.yaml": PROJECT, **{f"app/{name}": text for name, text in files.items()}})

    found = failed(fakes, *([] if project else ["-k", "app"]))

    what = "deployment.yaml:1: app" if project else "-k app"
    assert found == f"error: {what}: kustomize cannot build it:\n    {said}\n"


def test_with_k_a_file_must_be_in_its_directory_as_kubectl_has_it(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [../x.yaml]", "x.yaml": config_map("x", a="b")})

    found = failed(fakes, "-k", "app")

    assert "security; file 'x.yaml' is not in or below 'app'" in found
    assert "temporary" not in found


def test_with_k_a_link_that_leads_out_is_refused_too(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [link.yaml]", "x.yaml": config_map("x", a="b")})
    (tree / "app/link.yaml").symlink_to("../x.yaml")

    assert failed(fakes, "-k", "app") == (
        "error: app/kustomization.yaml:1: link.yaml is a symbolic link that leads out of app, which kustomize does not "
        "follow\n"
    )


def test_a_linked_directory_is_built_where_it_is(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [link]", "real/deep/kustomization.yaml": "resources: [../base]"})
    write(tree, {"real/base/kustomization.yaml": "resources: [x.yaml]", "real/base/x.yaml": config_map("x", a="b")})
    (tree / "app/link").symlink_to("../real/deep")

    assert data(fakes, "-k", "app") == {"x": {"a": "b"}}


def test_files_that_only_a_plugin_names_are_copied(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [x.yaml]\ntransformers: [patcher.yaml]"})
    write(tree, {"app/x.yaml": config_map("x", a="b"), "app/patch.yaml": config_map("x", a="{{ 1 + 1 }}")})
    patcher = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: patch.yaml\n"
    write(tree, {"app/patcher.yaml": f"{patcher}target: {{kind: ConfigMap}}\n"})

    assert data(fakes, "-k", "app") == {"x": {"a": "2"}}


def test_an_annotation_of_a_kustomization_makes_the_item_wait(fakes: World, tree: Path) -> None:
    annotated = "metadata: {annotations: {kluctl.io/wait-readiness: 'true'}}\nresources: [x.yaml]"
    write(tree, {"deployment.yaml": PROJECT, "app/kustomization.yaml": annotated, "app/x.yaml": config_map("x", a="b")})

    assert data(fakes) == {"x": {"a": "b"}}


@pytest.mark.parametrize("where", ["", "sub/"])
def test_recursive_is_for_directories_without_kustomization(fakes: World, tree: Path, where: str) -> None:
    write(tree, {"deployment.yaml": "deployments: [{path: app, recursive: true}]"})
    write(tree, {f"app/{where}kustomization.yaml": "resources: []"})

    assert failed(fakes).startswith("error: deployment.yaml:1: recursive is for ")


def test_each_warning_of_kustomize_is_shown_once(fakes: World, tree: Path) -> None:
    write(tree, {"deployment.yaml": "deployments:\n- path: a\n- path: b\n"})
    for name in "ab":
        write(tree, {f"{name}/kustomization.yaml": f"commonLabels: {{a: b}}\nresources: [x.yaml]\nnamePrefix: {name}"})
        write(tree, {f"{name}/x.yaml": config_map("x", a="b")})

    done = fakes.run("render")

    assert (done.code, done.err.count("'commonLabels' is deprecated")) == (0, 1)
    assert done.err.startswith("warning: deployment.yaml:2: a: kustomize: 'commonLabels' is deprecated.")


def test_objects_come_in_the_order_of_the_project(fakes: World, tree: Path) -> None:
    names = [f"i{number}" for number in range(6)]
    write(tree, {"deployment.yaml": "deployments:\n" + "".join(f"- path: {name}\n" for name in names)})
    for number, name in enumerate(names):
        write(tree, {f"{name}/x.yaml": config_map(name, a="b")})
        if number % 2:
            write(tree, {f"{name}/kustomization.yaml": "resources: [x.yaml]"})

    assert list(data(fakes)) == names


def test_without_kustomize_the_error_says_what_is_looked_for(fakes: World, tree: Path) -> None:
    fakes.environ["PATH"] = str(tree)
    write(tree, {"app/kustomization.yaml": "resources: []", "deployment.yaml": PROJECT})

    said = "kustomize is needed, and there is none: neither $KUBECTL_PATH nor kubectl nor kustomize on PATH"
    assert failed(fakes, "-k", "app").splitlines()[0] == f"error: -k app: {said}"
    assert failed(fakes, "--project", ".").splitlines()[0] == f"error: deployment.yaml:1: app: {said}"


def test_items_without_kustomization_start_no_program(fakes: World, tree: Path) -> None:
    fakes.environ["PATH"] = str(tree)
    write(tree, {"deployment.yaml": PROJECT, "app/x.yaml": config_map("x", a="b"), "app/sub/y.yaml": "a: b"})
    write(
        tree, {"app/helm-values.yaml": "a: b", "app/deployment.yaml": "a: b", "app/z.json.j2": config_map("z", a="b")}
    )

    assert data(fakes) == {"x": {"a": "b"}, "z": {"a": "b"}}


def test_nothing_of_the_private_copies_is_left(fakes: World, tree: Path) -> None:
    write(tree, {"app/kustomization.yaml": "resources: [web.yaml]", "app/web.yaml": WEB, "bad/kustomization.yaml": ""})

    rendered(fakes, "-k", "app")
    failed(fakes, "-k", "bad")

    assert list((tree / "temporary").iterdir()) == []


@pytest.mark.parametrize(("name", "expected"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_an_interruption_ends_kustomize_and_removes_the_copies(tree: Path, name: str, expected: int) -> None:
    started = tree / "started"
    os.mkfifo(started)
    write(tree, {"slow": f"#!/bin/sh\necho $$ > {started}\nexec sleep 60\n", "app/kustomization.yaml": "resources: []"})
    (tree / "slow").chmod(0o755)
    environ = {
        **os.environ,
        "KUBECTL_PATH": str(tree / "slow"),
        "TMPDIR": str(tree / "temporary"),
        "KUBECONFIG": "none",
    }
    environ["PYTHONPATH"] = str(Path(kustomize.__file__).parent.parent)
    # Tests may be run by nohup, which is none of what is started here.
    program = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    program += "from kubectl_images.cli import main; sys.exit(main())"
    with subprocess.Popen([sys.executable, "-c", program, "render", "-k", "app", "-n", "x"], env=environ) as process:
        pid = int(started.read_text())
        copies = len(list((tree / "temporary").iterdir()))
        process.send_signal(getattr(signal, name))
        code = process.wait(timeout=20)

    assert (copies, code, list((tree / "temporary").iterdir())) == (1, expected, [])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def program(directory: Path, name: str, text: str = "") -> str:
    file = directory / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_an_address_is_left_to_kustomize(fakes: World, tree: Path) -> None:
    text = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x}\\ndata: {asked: '%s', braces: '{{ x }}'}\\n"
    fakes.environ["KUBECTL_PATH"] = program(tree, "mine", f'printf "{text}" "$*"')

    found = data(fakes, "-k", "https://example.com/x?ref=v1")

    assert found == {"x": {"asked": "kustomize https://example.com/x?ref=v1", "braces": "{{ x }}"}}


@pytest.mark.parametrize(
    ("names", "command"),
    [
        pytest.param(["mine", "kubectl", "kustomize"], ("mine", "kustomize"), id="variable"),
        pytest.param(["kubectl", "kustomize"], ("kubectl", "kustomize"), id="kubectl"),
        pytest.param(["kustomize"], ("kustomize", "build"), id="kustomize"),
    ],
)
def test_the_first_program_that_is_there_builds(tmp_path: Path, names: list[str], command: tuple[str, str]) -> None:
    for name in names:
        program(tmp_path, name)
    named = str(tmp_path / "mine") if "mine" in names else ""

    found = kustomize.find({"PATH": str(tmp_path), "KUBECTL_PATH": named})

    assert found == Kustomize((str(tmp_path / command[0]), command[1]))


def test_without_any_program_there_is_an_error() -> None:
    with pytest.raises(InputError):
        kustomize.find({})


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        pytest.param("DIR/none", "there is no such file", id="missing"),
        pytest.param("DIR/directory", "it is a directory", id="directory"),
        pytest.param("DIR/file", "it is not executable", id="not-executable"),
        pytest.param("none", "there is no such program on PATH", id="name"),
    ],
)
def test_a_program_that_is_named_and_cannot_be_run_is_an_error(tmp_path: Path, name: str, cause: str) -> None:
    name = name.replace("DIR", str(tmp_path))
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").touch()
    program(tmp_path, "kubectl")

    with pytest.raises(InputError) as caught:
        kustomize.find({"PATH": str(tmp_path), "KUBECTL_PATH": name})

    assert str(caught.value) == f"KUBECTL_PATH={name}: {cause}"
    assert caught.value.hint == "set it to the path of kubectl, or to nothing: unset KUBECTL_PATH"


def test_what_builds_to_nothing_is_named(fakes: World, tree: Path) -> None:
    fakes.environ["KUBECTL_PATH"] = program(tree, "mine")
    write(tree, {"app/kustomization.yaml": "resources: []", "other/kustomization.yaml": "resources: []"})

    assert failed(fakes, "-k", "app", "-k", "other") == (
        "error: there are no objects in -k app, -k other: kustomize makes none of it\n"
        "hint: the kustomization lists files with objects: resources: [FILE]\n"
    )


def test_a_build_that_was_killed_says_so(fakes: World, tree: Path) -> None:
    fakes.environ["KUBECTL_PATH"] = program(tree, "mine", "kill -KILL $$")
    write(tree, {"app/kustomization.yaml": "resources: []"})

    assert failed(fakes, "-k", "app") == (
        "error: -k app: kustomize cannot build it:\n"
        "    it was ended by a signal: Killed, perhaps because there is not enough memory\n"
    )


LOGGED = "E1124 15:49:14.900557   11010 run.go:72]"


@pytest.mark.parametrize(
    ("words", "built"),
    [
        pytest.param("Error: it is bad", Built("", (), "it is bad"), id="kustomize"),
        pytest.param("error: it is bad", Built("", (), "it is bad"), id="kubectl"),
        pytest.param(f'{LOGGED} "command failed" err="say \\"x\\""', Built("", (), 'say "x"'), id="logged"),
        pytest.param(
            f'{LOGGED} "command failed" err=<\n\tone\n\ttwo\n >', Built("", (), "one\ntwo"), id="logged-lines"
        ),
        pytest.param(
            "# Warning: 'bases' is old\nError: it is bad", Built("", ("'bases' is old",), "it is bad"), id="warning"
        ),
        pytest.param("", Built("", (), "exit code 1, without a word"), id="nothing"),
    ],
)
def test_the_words_of_a_failure_are_kustomizes_own(tmp_path: Path, words: str, built: Built) -> None:
    (tmp_path / "words").write_text(words)
    failing = Kustomize((program(tmp_path, "kubectl", f"cat {tmp_path}/words >&2; exit 1"),))
    programs = Programs({"PATH": os.environ["PATH"]}, lambda _text: None)

    found = failing.build(programs, "app", anywhere=False)
    programs.close()

    assert found == built


def test_files_may_lie_anywhere_when_that_is_asked_for(tmp_path: Path) -> None:
    echoing = Kustomize((program(tmp_path, "kubectl", 'echo "$@"'), "kustomize"))
    programs = Programs({"PATH": os.environ["PATH"]}, lambda _text: None)

    found = [echoing.build(programs, "app", anywhere=anywhere).output for anywhere in (False, True)]
    programs.close()

    assert found == ["kustomize app\n", "kustomize app --load-restrictor LoadRestrictionsNone\n"]
