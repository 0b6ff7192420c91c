"""Directories of files for the tests of kustomize and Helm, and what `render` prints of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worlds import Done, World

from kubectl_images import documents

IMAGE = "registry.example.com/team/web"
CALL = "{{ images.get_image('" + IMAGE + "') }}"
NO_CALL = f"warning: --fixed-image {IMAGE}={IMAGE}:1: this fixed image matched nothing\n"
FIXED = ("-F", f"{IMAGE}={IMAGE}:1")


def write(directory: Path, files: Mapping[str, str]) -> Path:
    """Write files below a directory, and return it."""
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory


def config_map(name: str, **data: str) -> str:
    """Return a ConfigMap as YAML; values may be templates."""
    lines = "".join(f"  {key}: {value!r}\n" for key, value in data.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{lines}"


def rendered(world: World, *flags: str) -> list[Any]:
    """Return the objects that `render` prints, which must succeed without a word; CALL is one of what they may hold."""
    done = world.run("render", *FIXED, *flags)
    assert (done.code, done.err) in {(0, ""), (0, NO_CALL)}, done
    return [document.value for document in documents.read(done.out, "render")]


def data(world: World, *flags: str) -> dict[str, Any]:
    """Return the data of each object that `render` prints, by name."""
    return {found["metadata"]["name"]: found.get("data") for found in rendered(world, *flags)}


def failed(world: World, *flags: str) -> str:
    """Return what `render` says, which must fail."""
    done: Done = world.run("render", *FIXED, *flags)
    assert (done.code, done.out) == (1, ""), done
    return done.err
