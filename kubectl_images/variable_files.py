"""Files of variables: where they are looked for, and that they lie inside of the project."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from .errors import InputError
from .fields import Field
from .text_files import lies_in, read_text
from .variable_texts import Missing, Read, Texts


def read_variables_file(written: Field, around: Sequence[Path], texts: Texts) -> Read | Missing:
    """Return what the YAML of the file holds, which is a template.

    It is looked for from the directories of its deployment.yaml and of those that include it, `around` it, then from
    those above the first, up to the project's. Raises InputError naming file and line.
    """
    name = written.text()
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        raise written.error(f"{name}: an absolute path leads out of the project", "write a path relative to this file")
    directories = tuple(dict.fromkeys((*around, *_up_to(around[0], texts.root))))
    beside, *others = [Path(posixpath.normpath((each / name).as_posix())) for each in directories]
    # What lies beside the project, by chance, is not looked at.
    paths = [beside, *(path for path in others if _is_below(path, texts.root))]
    file = next((path for path in paths if _is_file(path, written)), None)
    if file is None:
        looked = ", ".join(map(str, directories))
        hint = f"looked in {looked}\nmay it be missing? ignoreMissing: true"
        return Missing(written.error(f"there is no file {name}", hint))
    if not lies_in(file, texts.root):
        link = f"; {file} is, or is below, a symbolic link" if ".." not in PurePosixPath(name).parts else ""
        raise written.error(f"{name}: this leads out of the project{link}", "copy the file into the project")
    return texts.read_template(read_text(file), str(file))


def _is_below(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and ".." not in path.relative_to(root).parts


def _up_to(directory: Path, root: Path) -> list[Path]:
    """Return the directory and those above it up to the root."""
    above = [parent for parent in directory.parents if parent.is_relative_to(root)]
    return [directory, *above] if directory != root else [directory]


def _is_file(path: Path, written: Field) -> bool:
    try:
        if path.is_dir():
            raise written.error(f"{path} is a directory, not a file of variables")
        return path.is_file()
    except (OSError, ValueError) as exc:
        raise InputError(f"{written.place}: {path}: cannot be read: {exc}") from exc
