"""Helm charts of a project's items, as whole command lines, with a small helm of our own and with the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_helm import VARIABLE, put_on_path, real_helm
from kustomize_trees import CALL, FIXED, IMAGE, failed, rendered, write
from worlds import World

from kubectl_images import cli

CHART = {
    "charts/shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "charts/shop/values.yaml": "color: none\nimage: none\n",
    "charts/shop/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-a\n"
    "data:\n  color: {{ .Values.color | quote }}\n  image: {{ .Values.image | quote }}\n"
    "  namespace: {{ .Release.Namespace }}\n",
}
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}}
"""
FILE = "helmChart:\n  path: ../charts/shop\n  releaseName: my\n"
PROJECT = "vars: [{values: {color: blue}}]\ndeployments: [{path: app}]\n"


@pytest.fixture(params=["fake", "real"])
def helm(request: pytest.FixtureRequest, fakes: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a project with a chart; a helm is on PATH."""
    if request.param == "real" and real_helm() is None:
        pytest.skip(f"needs helm on PATH or in {VARIABLE}")
    fakes.environ["PATH"] = put_on_path(tmp_path / "bin", request.param)
    monkeypatch.chdir(write(tmp_path / "project", {**CHART, "deployment.yaml": PROJECT, "app/helm-chart.yaml": FILE}))
    return tmp_path / "project"


@pytest.mark.parametrize("name", ["helm-values.yaml", "helm-values.yml"])
def test_the_values_of_a_chart_are_a_template(fakes: World, helm: Path, name: str) -> None:
    write(helm, {f"app/{name}": f'color: {{{{ color }}}}\nimage: "{CALL}"\n'})

    [found] = rendered(fakes)

    assert found["metadata"]["name"] == "my-a"
    assert found["data"] == {"color": "blue", "image": f"{IMAGE}:1", "namespace": "default"}


def test_a_chart_has_values_of_its_own(fakes: World, helm: Path) -> None:
    assert rendered(fakes)[0]["data"]["color"] == "none"


def test_objects_get_the_namespace_of_the_chart(fakes: World, helm: Path) -> None:
    write(helm, {"app/helm-chart.yaml": f'{FILE}  namespace: "{{{{ color }}}}"\n', "charts/shop/crds/crd.yaml": CRD})
    write(helm, {"charts/shop/templates/b.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: own}\n"})
    write(helm, {"charts/shop/templates/c.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n"})

    found = {item["metadata"]["name"]: item["metadata"].get("namespace") for item in rendered(fakes)}

    assert found == {"things.example.com": None, "my-a": "blue", "p": "own", "t": None}


@pytest.mark.parametrize(
    ("skip", "kinds"), [("false", ["CustomResourceDefinition", "ConfigMap"]), ("true", ["ConfigMap"])]
)
def test_definitions_can_be_left_out(fakes: World, helm: Path, skip: str, kinds: list[str]) -> None:
    write(helm, {"app/helm-chart.yaml": f"{FILE}  skipCRDs: {skip}\n", "charts/shop/crds/crd.yaml": CRD})

    assert [item["kind"] for item in rendered(fakes)] == kinds


def hook(event: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: {event}\n"


@pytest.mark.parametrize(
    ("event", "names", "said"),
    [
        pytest.param("test", ["my-a"], "", id="test"),
        pytest.param("pre-install,test", ["my-a", "hook"], "", id="install-and-test"),
        pytest.param("pre-install", ["my-a", "hook"], "", id="install"),
        pytest.param("pre-delete,post-upgrade", ["my-a", "hook"], "", id="one-of-two"),
        pytest.param(
            "pre-delete",
            ["my-a"],
            "warning: app/helm-chart.yaml:2: left out, since helm runs them only when it deletes or rolls back: "
            "Pod/hook (pre-delete)\n",
            id="delete",
        ),
    ],
)
def test_hooks_that_no_deployment_runs_are_left_out(
    fakes: World, helm: Path, event: str, names: list[str], said: str
) -> None:
    write(helm, {"charts/shop/templates/hook.yaml": hook(event)})

    done = fakes.run("render")

    assert done.err == said
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("  name: ")] == names


@pytest.mark.parametrize("output", ["helm-rendered.yaml", "made.yaml"])
def test_kustomize_takes_what_helm_made(fakes: World, helm: Path, output: str) -> None:
    write(helm, {"app/helm-chart.yaml": f"{FILE}  output: {output}\n"})
    write(helm, {"app/kustomization.yaml": f"resources: [{output}]\nnameSuffix: -x\n"})

    assert rendered(fakes)[0]["metadata"]["name"] == "my-a-x"


def test_a_base_with_a_chart_is_rendered_for_who_refers_to_it(fakes: World, helm: Path) -> None:
    write(helm, {"deployment.yaml": "deployments: [{path: over}]", "over/kustomization.yaml": "resources: [../app]"})
    write(helm, {"app/kustomization.yaml": "resources: [helm-rendered.yaml]"})

    assert rendered(fakes)[0]["metadata"]["name"] == "my-a"


def test_a_chart_may_lie_below_the_kustomization(fakes: World, helm: Path) -> None:
    write(
        helm,
        {"deployment.yaml": "deployments: [{path: over}]", "over/sub/helm-chart.yaml": FILE.replace("..", "../..")},
    )
    write(helm, {"over/kustomization.yaml": "resources: [sub/helm-rendered.yaml]"})

    assert rendered(fakes)[0]["metadata"]["name"] == "my-a"


def test_a_kustomization_must_list_what_helm_makes(fakes: World, helm: Path) -> None:
    write(helm, {"app/kustomization.yaml": "resources: []"})

    assert failed(fakes) == (
        "error: app/helm-chart.yaml:2: the chart is rendered into helm-rendered.yaml, which app/kustomization.yaml does "
        "not list\n"
        "hint: add to its resources: - helm-rendered.yaml\n"
    )


def test_a_chart_beside_manifests_stands_in_the_place_of_its_file(fakes: World, helm: Path) -> None:
    for name in ("a", "z"):
        write(helm, {f"app/{name}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"})
    write(helm, {"app/helm-rendered.yaml": "of an earlier run"})

    assert [item["metadata"]["name"] for item in rendered(fakes)] == ["a", "my-a", "z"]


def test_charts_of_items_below_are_rendered_too(fakes: World, helm: Path) -> None:
    write(helm, {"deployment.yaml": "deployments: [{path: all, recursive: true}]"})
    write(helm, {"all/sub/helm-chart.yaml": FILE.replace("..", "../..")})

    assert rendered(fakes)[0]["metadata"]["name"] == "my-a"


def test_what_helm_refuses_is_said_in_its_words(fakes: World, helm: Path) -> None:
    write(helm, {"charts/shop/templates/b.yaml": 'a: {{ required "give a size" .Values.size }}\n'})

    found = failed(fakes)

    assert found.startswith("error: app/helm-chart.yaml:2: helm template my: ")
    assert "give a size" in found


def test_advice_for_the_command_line_of_helm_is_left_out(fakes: World, tmp_path: Path) -> None:
    program = tmp_path / "helm"
    advice = "Use --debug flag to render out invalid YAML"
    program.write_text(f'#!/bin/sh\nprintf "Error: YAML parse error on a.yaml\\n\\n{advice}\\n" >&2\nexit 1\n')
    program.chmod(0o755)
    fakes.environ["PATH"] = str(tmp_path) + os.pathsep + os.environ["PATH"]
    write(
        tmp_path / "project",
        {"deployment.yaml": PROJECT, "app/helm-chart.yaml": FILE, "charts/shop/Chart.yaml": "a: b"},
    )

    found = fakes.run("render", "--project", str(tmp_path / "project"))

    assert found.err.endswith("helm template my: YAML parse error on a.yaml\n")


COMPUTED = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {d: [{x: "%s"}]}\n'


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
@pytest.mark.parametrize("helm", ["real"], indirect=True)
@pytest.mark.parametrize(
    "made",
    [
        pytest.param("{{ sha256sum .Values.image }}", id="hash"),
        pytest.param("{{ trunc 3 .Values.image }}", id="cut"),
        pytest.param('{{ splitList "/" .Values.image | first | splitList "." | last }}', id="domain"),
        pytest.param("{{ b32enc .Values.image }}", id="base32"),
        pytest.param('{{ include (print $.Template.BasePath "/a.yaml") . | sha256sum }}', id="hash-of-another-file"),
        pytest.param("{{ len .Values.image }}", id="length"),
    ],
)
def test_what_a_chart_makes_of_the_text_of_an_image_is_an_error(fakes: World, helm: Path, made: str) -> None:
    write(
        helm, {"app/helm-values.yaml": f'color: x\nimage: "{CALL}"\n', "charts/shop/templates/b.yaml": COMPUTED % made}
    )

    assert failed(fakes) == (
        "error: app/helm-chart.yaml:2: helm template my: data.d[0].x of ConfigMap/b is made from the text of an image, "
        "which is decided after the chart is rendered\n"
        f"    app/helm-values.yaml:2: images.get_image('{IMAGE}')\n"
        "hint: let the chart insert the image as it is; a tag that it computes with belongs into a value of its own, "
        'from args: tag: "{{ args.tag }}", and -a tag=...\n'
    )


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
@pytest.mark.parametrize("helm", ["real"], indirect=True)
def test_what_a_chart_makes_by_chance_is_not_from_the_image(fakes: World, helm: Path) -> None:
    made = "{{ randAlphaNum 20 }}{{ randInt 0 1000000000 }}"
    write(helm, {"app/helm-values.yaml": f'image: "{CALL}"\n', "charts/shop/templates/b.yaml": COMPUTED % made})

    assert [found["metadata"]["name"] for found in rendered(fakes)] == ["my-a", "b"]


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
@pytest.mark.parametrize("helm", ["real"], indirect=True)
def test_an_image_that_the_chart_does_not_take_is_no_difference(fakes: World, helm: Path) -> None:
    write(helm, {"app/helm-values.yaml": f'color: x\nunknown: "{CALL}"\n'})

    assert rendered(fakes)[0]["data"]["image"] == "none"


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
@pytest.mark.parametrize("helm", ["real"], indirect=True)
def test_a_chart_that_fails_with_the_text_of_an_image_shows_the_call(fakes: World, helm: Path) -> None:
    write(helm, {"app/helm-values.yaml": f'image: "{CALL}"\n'})
    write(helm, {"charts/shop/templates/b.yaml": "{{ fail .Values.image }}\n"})

    assert failed(fakes) == (
        "error: app/helm-chart.yaml:2: helm template my: execution error at (shop/templates/b.yaml:1:3): "
        f"images.get_image('{IMAGE}')\n"
    )


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
@pytest.mark.parametrize("helm", ["real"], indirect=True)
def test_a_tag_after_an_image_is_an_error(fakes: World, helm: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: app\n    image: %s\n"
    image = '"{{ .Values.image }}{{ if not (contains ":" .Values.image) }}:{{ .Chart.Version }}{{ end }}"'
    write(helm, {"app/helm-values.yaml": f'image: "{CALL}"\n', "charts/shop/templates/b.yaml": pod % image})

    done = fakes.run("render", "-F", f"{IMAGE}={IMAGE}:1")

    assert done.code == 1
    assert done.err == (
        f"error: app (helm): pod/p: spec.containers[app].image: \"{{{{ images.get_image('{IMAGE}') }}}}:1.0.0\" is no "
        f"image, whatever is decided\n    app/helm-values.yaml:1: images.get_image('{IMAGE}')\n"
        'hint: leave out ":1.0.0" after it: the image comes with its tag\n'
    )


def test_what_helm_warns_of_is_passed_on_once(fakes: World, tmp_path: Path) -> None:
    program = tmp_path / "helm"
    said = "coalesce.go:286: warning: skipped value for c.image: Not a table."
    program.write_text(f'#!/bin/sh\nprintf "{said}\n{said}\nPulled: x\nDigest: y\nWARNING: odd\n" >&2\n')
    program.chmod(0o755)
    fakes.environ["PATH"] = str(tmp_path) + os.pathsep + os.environ["PATH"]
    write(tmp_path, {**CHART, "deployment.yaml": "deployments: [{path: app}, {path: b}]", "app/helm-chart.yaml": FILE})
    write(tmp_path, {"b/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"})

    done = fakes.run("render", "--project", str(tmp_path))

    place = f"{tmp_path}/app/helm-chart.yaml:2"
    assert (done.code, done.err) == (
        0,
        f"warning: {place}: helm: skipped value for c.image: Not a table.\nwarning: {place}: helm: odd\n",
    )


def test_a_mistake_in_the_values_names_the_users_file(fakes: World, helm: Path) -> None:
    write(helm, {"app/helm-values.yaml": "a: b\ncolor: {{ colour }}\n"})

    assert failed(fakes).splitlines()[:2] == [
        "error: app/helm-values.yaml:2: 'colour' is undefined",
        "    color: {{ colour }}",
    ]


def test_without_helm_the_error_says_so(fakes: World, helm: Path) -> None:
    fakes.environ["PATH"] = str(helm)

    assert failed(fakes) == (
        "error: app/helm-chart.yaml:2: helm is needed to render this chart, and there is no helm on PATH\n"
        "hint: install helm (https://helm.sh/docs/intro/install/), or exclude the item: -E TAG\n"
    )


@pytest.mark.parametrize(
    ("repo", "arguments"),
    [
        pytest.param(
            "repo: http://127.0.0.1:9/x\n  chartName: redis", "redis --repo http://127.0.0.1:9/x --version 1", id="repo"
        ),
        pytest.param("repo: oci://127.0.0.1:9/x", "oci://127.0.0.1:9/x --version 1", id="oci"),
    ],
)
def test_a_chart_that_is_not_there_is_left_to_helm(fakes: World, tmp_path: Path, repo: str, arguments: str) -> None:
    program = tmp_path / "helm"
    program.write_text('#!/bin/sh\necho "Error: $*" >&2\nexit 1\n')
    program.chmod(0o755)
    fakes.environ["PATH"] = str(tmp_path) + os.pathsep + os.environ["PATH"]
    text = f"helmChart:\n  {repo}\n  chartVersion: '1'\n  releaseName: my\n"
    write(tmp_path / "project", {"deployment.yaml": PROJECT, "app/helm-chart.yaml": text})

    assert failed(fakes, "--project", str(tmp_path / "project")) == (
        f"error: {tmp_path}/project/app/helm-chart.yaml:2: helm template my: template my {arguments} --namespace default "
        "--include-crds\n"
    )


def test_another_tools_templates_pass_through_a_pipe(fakes: World) -> None:
    text = f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: "{CALL}", b: "{{{{ $labels.instance }}}}"}}\n'

    done = fakes.run("render", "-f", "-", "--no-templates", *FIXED, stdin=text)

    assert (done.code, done.err) == (0, "")
    assert f"  a: {IMAGE}:1\n" in done.out
    assert '  b: "{{ $labels.instance }}"\n' in done.out


@pytest.mark.skipif(real_helm() is None, reason=f"needs helm on PATH or in {VARIABLE}")
def test_render_is_a_post_renderer_of_helm(tmp_path: Path) -> None:
    write(tmp_path, {**CHART, "values.yaml": "image: \"{{ images.get_image('nginx', default='nginx:1') }}\"\n"})
    program = "import sys; from kubectl_images.cli import main; sys.exit(main())"
    script = tmp_path / "post-renderer"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" render -f - --offline -u -n x\n')
    script.chmod(0o755)
    environ = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent), "KUBECONFIG": "none"}
    helm = real_helm()
    assert helm is not None, "it is there, or the test is left out"

    done = subprocess.run(
        [helm, "template", "my", "charts/shop", "-f", "values.yaml", "--post-renderer", script],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "  image: nginx:1\n" in done.stdout
