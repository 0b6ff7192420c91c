"""The input as a whole: a target, its args and images, and what the command line adds to them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_images import documents
from kubectl_images.cli import run
from kubectl_images.objects import Body
from kubectl_images.terminal import Terminal

SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  args: "{{ args | to_json }}"
"""
FILES = {
    "app/settings.yaml": SETTINGS.replace('"{{ args | to_json }}"', "'{{ args | to_json }}'"),
    "deployment.yaml": "deployments:\n- path: app\n",
}


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rendered(files: Mapping[str, str], *flags: str) -> list[Body]:
    """Return the objects that `render` prints for a project of these files."""
    for name, text in {**FILES, **files}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    code = run(["render", *flags], Terminal(io.TextIOWrapper(io.BytesIO()), out, err), {"HOME": str(Path.cwd())})
    assert (code, err.getvalue()) == (0, "")
    return [document.value for document in documents.read(out.getvalue(), "out")]


def only(files: Mapping[str, str], *flags: str) -> Body:
    (body,) = rendered(files, *flags)
    return body


@pytest.mark.parametrize(
    ("flags", "args"),
    [
        pytest.param(("-t", "dev"), {"env": "dev", "replicas": 1, "size": {"cpu": 1, "memory": 2}}, id="target"),
        pytest.param(
            ("-t", "dev", "--args-from-file", "more.yaml"),
            {"env": "file", "replicas": 1, "size": {"cpu": 3, "memory": 2}},
            id="file-wins-over-target",
        ),
        pytest.param(
            ("-t", "dev", "--args-from-file", "more.yaml", "-a", "env=flag", "-a", "replicas=5"),
            {"env": "flag", "replicas": 5, "size": {"cpu": 3, "memory": 2}},
            id="flag-wins-over-all",
        ),
    ],
)
@pytest.mark.parametrize("where", [".kluctl.yaml", "deployment.yaml"])
def test_args_come_from_defaults_the_target_files_and_flags(where: str, flags: tuple[str, ...], args: Body) -> None:
    declared = "args:\n- name: env\n- {name: replicas, default: 1}\n- {name: size, default: {cpu: 1, memory: 2}}\n"
    files = {".kluctl.yaml": "targets:\n- name: dev\n  args: {env: dev}\n", "deployment.yaml": FILES["deployment.yaml"]}
    files[where] = declared + files[where]

    body = only({**files, "more.yaml": "env: file\nsize: {cpu: 3}\n"}, *flags)

    assert json.loads(body["data"]["args"]) == args


def test_the_discriminator_of_the_target_is_a_label_of_every_object() -> None:
    files = {
        ".kluctl.yaml": "discriminator: 'shop-{{ target.name }}'\ntargets: [{name: dev}, {name: prod}]\n",
        "deployment.yaml": "commonLabels: {a: b, kluctl.io/discriminator: other}\ndeployments:\n- path: app\n",
    }

    body = only(files, "-t", "prod")

    assert body["metadata"]["labels"] == {"a": "b", "kluctl.io/discriminator": "shop-prod"}


@pytest.mark.parametrize(
    ("flags", "image"),
    [
        pytest.param((), "nginx:target", id="target"),
        pytest.param(("--fixed-images-file", "fixed.yaml"), "nginx:file", id="file"),
        pytest.param(("--fixed-images-file", "fixed.yaml", "-F", "nginx=nginx:flag"), "nginx:flag", id="flag"),
    ],
)
def test_images_of_the_target_win_over_those_of_project_files(flags: tuple[str, ...], image: str) -> None:
    pinned = "images: [{image: nginx, resultImage: 'nginx:%s'}]\n"
    files = {
        ".kluctl.yaml": f"targets:\n- name: dev\n  {pinned % 'target'}",
        "deployment.yaml": pinned % "project" + FILES["deployment.yaml"],
        "app/settings.yaml": SETTINGS.replace('"{{ args | to_json }}"', "\"{{ images.get_image('nginx') }}\""),
        "fixed.yaml": pinned % "file",
    }

    body = only(files, "-t", "dev", "--offline", "-n", "shop", *flags)

    assert body["data"] == {"args": image}


def test_the_project_of_another_directory_is_read_from_there() -> None:
    files = {f"shop/{name}": text for name, text in FILES.items()}

    assert only(files, "--project", "shop", "-a", "x=1")["data"] == {"args": '{"x": 1}'}


def test_a_project_that_only_deletes_renders_nothing() -> None:
    text = "deployments:\n- deleteObjects: [{kind: ConfigMap, name: old}]\n"

    assert rendered({"deployment.yaml": text}) == []


def test_an_item_may_be_the_directory_of_the_project() -> None:
    project = {"deployment.yaml": "deployments: [{path: .}]\n", ".kluctl.yaml": "targets: [{name: prod}]\n"}

    body = only({**project, "web.yaml": SETTINGS.replace("settings", "web")}, "-t", "prod")

    assert body["metadata"] == {"name": "web"}


@pytest.mark.parametrize(
    ("files", "flags", "name"),
    [
        pytest.param({}, (), "", id="no-file-of-targets"),
        pytest.param({}, ("-T", "x"), "x", id="by-the-flag"),
        pytest.param({".kluctl.yaml": "args: [{name: a, default: 1}]\n"}, (), "", id="no-targets"),
        pytest.param({".kluctl.yaml": "targets: [{name: y}]\n"}, ("-t", "y"), "y", id="target"),
    ],
)
def test_a_target_always_has_a_name(files: Mapping[str, str], flags: tuple[str, ...], name: str) -> None:
    body = only({**files, "app/settings.yaml": SETTINGS.replace("args | to_json", "target.name")}, *flags)

    assert body["data"]["args"] == name
