"""The projects below `projects`: each rule family in a small tree, with its expected rendering and images.

`runs.yaml` has the command lines: flags, and what is in the environment. `expected/ID.yaml` is what `render` prints,
`expected/ID.images.yaml` what `list` does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fake_helm import put_on_path, real_helm
from fake_registry import FakeRegistry
from worlds import Done, World

from kubectl_images import documents

PROJECTS = Path(__file__).resolve().parent / "projects"
HOST = "registry.example.com"
NEED_KUBECTL = ("helm-kustomized", "kustomize-all", "kluctl-2022")
TAGS = {"team/web": ("main-9", "main-41", "develop-57"), "team/sidecar": ("1.4", "1.5")}


def runs() -> Iterator[Any]:
    """Yield the parameters of every run: the project's directory, and what runs.yaml says."""
    for file in sorted(PROJECTS.glob("*/runs.yaml")):
        for run in documents.read(file.read_text(encoding="utf-8"), str(file))[0].value:
            name = f"{file.parent.name}-{run['id']}"
            missing = name.startswith(NEED_KUBECTL) and not shutil.which("kubectl")
            marks = pytest.mark.skipif(missing, reason="needs kubectl on PATH")
            yield pytest.param(file.parent, run, id=name, marks=marks)


def copied(project: Path, world: World) -> Path:
    """Copy a project, with the registry of this world for the one that is written; runs and results stay behind."""
    copy = world.directory / project.name
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("runs.yaml", "expected"))
    for file in filter(Path.is_file, copy.rglob("*")):
        file.write_text(file.read_text(encoding="utf-8").replace(HOST, world.host), encoding="utf-8")
    return copy


@pytest.fixture
def shop(fakes: World) -> World:
    """A world whose registry has the tags that the projects are about, and whose cluster their targets name."""
    furnish(fakes)
    return fakes


def furnish(world: World) -> None:
    for repository, tags in TAGS.items():
        world.registry.push(repository, *tags)
    config = documents.read(world.kubeconfig.read_text(encoding="utf-8"), "kubeconfig")[0].value
    config["contexts"] += [{**context, "name": "dev.example.com"} for context in config["contexts"]]
    world.kubeconfig.write_text(documents.write([config]), encoding="utf-8")
    world.environ["PATH"] = put_on_path(world.directory / "bin", "real" if real_helm() else "fake")


def done(world: World, command: str, run: Mapping[str, Any]) -> Done:
    world.environ.update(run.get("environ", {}))
    found = world.run(command, *(flag.replace(HOST, world.host) for flag in run.get("flags", ())))
    return Done(found.code, found.out.replace(world.host, HOST), found.err.replace(world.host, HOST))


def expected(project: Path, name: str) -> str:
    return (project / "expected" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("project", "run"), list(runs()))
def test_a_project_is_rendered_as_expected(
    project: Path, run: Mapping[str, Any], shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(project, shop))

    found = done(shop, "render", run)

    assert (found.out, found.err, found.code) == (expected(project, f"{run['id']}.yaml"), run.get("said", ""), 0)


@pytest.mark.parametrize(("project", "run"), list(runs()))
def test_the_images_of_a_project_are_as_expected(
    project: Path, run: Mapping[str, Any], shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(project, shop))

    found = done(shop, "list", run)

    assert (found.out, found.err, found.code) == (expected(project, f"{run['id']}.images.yaml"), run.get("said", ""), 0)


@pytest.mark.parametrize(("project", "run"), list(runs()))
def test_a_list_fed_back_gives_the_same_without_a_registry(
    project: Path, run: Mapping[str, Any], shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied(project, shop))
    fixed = shop.write("list.yaml", expected(project, f"{run['id']}.images.yaml").replace(HOST, shop.host))

    found = done(shop, "render", {**run, "flags": [*run.get("flags", ()), "--fixed-images-file", fixed, "--offline"]})

    assert isinstance(shop.registry, FakeRegistry)
    assert (found.out, found.code, shop.registry.paths()) == (expected(project, f"{run['id']}.yaml"), 0, [])
