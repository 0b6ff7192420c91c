"""The deployment.yaml files of a project on disk: found, rendered and read, or told what is there in their place."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from .errors import InputError
from .fields import Field, read_fields
from .kustomize_names import kustomizations_in
from .project_file import NAMES, ProjectFile, parse_project_file
from .project_paths import file_named, holds_manifests
from .render import Renderer
from .text_files import read_text

_OF_OBJECT = (re.compile(r"^apiVersion\s*:", re.MULTILINE), re.compile(r"^kind\s*:", re.MULTILINE))
_ARGS = re.compile(r"^args[ \t]*:")
_WITHIN_ARGS = re.compile(r"[ \t#-]|$")


def find_root(root: Path) -> Path:
    """Return the project file of a project; raise InputError where there is none, or a Kubernetes object in its place."""
    file = file_named(root, NAMES)
    if file is None:
        raise InputError(f"{root}: there is no {NAMES[0]} in this directory", hint=instead_of_a_project(root))
    if _is_object(read_text(file)):
        whole, alone = shlex.quote(str(root)), shlex.quote(str(file))
        raise InputError(
            f"{file}: this is a Kubernetes object, and no project file",
            hint=f"to deploy what is in it: -f {alone}\nto deploy all manifests of the directory: -f {whole}",
        )
    return file


def instead_of_a_project(directory: Path) -> str | None:
    """Return how to deploy a directory that is no project."""
    if kustomizations_in(directory):
        return f"kustomize builds this directory: -k {shlex.quote(str(directory))}"
    if holds_manifests(directory):
        return f"to deploy the manifests in it: -f {shlex.quote(str(directory))}"
    return None


def read_root(root: Path, renderer: Renderer) -> tuple[Path, ProjectFile]:
    """Return the project file of a project, and what it says; raise InputError naming file and line."""
    path = find_root(root)
    found = _parsed(read_text(path), path, root, renderer)
    if found.when:
        raise found.when.error("the project file of the root has no `when`", "write it at the items")
    return path, found


def find_included(root: Path, directory: str, written: Field) -> Path:
    """Return the project file of an included directory; `written` is what includes it, and where an error is."""
    found = root / directory
    file = file_named(found, NAMES, root)
    as_path = f"write path: {written.value} in place of include"
    if file is None:
        is_path = bool(kustomizations_in(found)) or holds_manifests(found)
        raise written.error(f"there is no {NAMES[0]} in {found}", as_path if is_path else None)
    if _is_object(read_text(file)):
        raise written.error(f"{file} is a Kubernetes object, and no project file", as_path)
    return file


def read_included(file: Path, root: Path, renderer: Renderer) -> ProjectFile:
    """Return what an included project file says; raise InputError naming file and line."""
    found = _parsed(read_text(file), file, root, renderer)
    if found.args:
        raise found.args.error("args stand in the project file of the root alone", "write them as vars here")
    return found


def read_args(root: Path) -> Field | None:
    """Return the args that the root's project file declares, as they are written there; None when it declares none.

    They are needed to render the file, so it is read as if it were no template. Where that is no YAML, only the lines
    of the args are.
    """
    path = find_root(root)
    text = read_text(path)
    if not any(map(_ARGS.match, text.splitlines())):
        return None
    try:
        document = read_fields(text, str(path))
    except InputError:
        document = read_fields(_lines_of_args(text), str(path))
    keys = document.free_map() if document else {}
    return document.at("args") if document and keys.get("args") is not None else None


def _lines_of_args(text: str) -> str:
    """Return the text with only the lines of its args; the others are empty."""
    within = False
    lines = []
    for line in text.splitlines():
        within = _ARGS.match(line) is not None or (within and _WITHIN_ARGS.match(line) is not None)
        lines.append(line if within else "")
    return "\n".join(lines)


def _is_object(text: str) -> bool:
    return all(pattern.search(text) for pattern in _OF_OBJECT)


def _parsed(text: str, path: Path, root: Path, renderer: Renderer) -> ProjectFile:
    """Return what a project file says: nothing where all of it was left out by its template."""
    document = read_fields(renderer.render(text, str(path), root), str(path), template=text)
    if document is None and not text.strip():
        raise InputError(f"{path}: the file is empty: deployments is missing")
    return parse_project_file(document) if document else ProjectFile()
