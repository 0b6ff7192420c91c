"""Directories that project files name: each lies in the project, and its name is as users write it."""

from __future__ import annotations

import difflib
import posixpath
from pathlib import Path

from .errors import InputError
from .fields import Field
from .text_files import exists, lies_in

_ENDINGS = (".yaml", ".yml", ".json", ".yaml.j2", ".yml.j2", ".json.j2")


def directory_named(written: Field, below: str, root: Path) -> str:
    """Return the directory that a project file in the directory `below` names; both are relative to the root.

    Raises InputError, with the place, for one that is not there or not in the project.
    """
    text, key = written.text(), written.path[-1]
    if text.startswith("/"):
        raise written.error(f"{key} is absolute: {text}", "write it relative to the directory of this file")
    relative = posixpath.normpath(posixpath.join(below, text))
    if relative == ".." or relative.startswith("../"):
        raise written.error(
            f"{key} leads out of the project: {text}",
            f"a project is all in one directory, here {_shown(root)}; --project can name one above it",
        )
    directory = root / relative
    if not exists(directory):
        raise written.error(f"there is no directory {directory}", _meant(directory, text))
    if not directory.is_dir():
        raise written.error(f"{directory} is a file, and {key} names a directory", _parent(text, str(key)))
    if not lies_in(directory, root):
        raise written.error(
            f"{key} leads out of the project: {directory} is or lies in a symbolic link to {directory.resolve()}",
            "copy the directory into the project",
        )
    return relative


def file_named(directory: Path, names: tuple[str, ...], root: Path | None = None) -> Path | None:
    """Return the file of a directory that has one of these names; None when there is none.

    Raises InputError where there are two, and for a link that leads out of the project, whose `root` is the directory
    itself if no other is given.
    """
    try:
        found = [file for name in names if (file := directory / name).is_file()]
    except OSError as exc:
        raise InputError(f"{directory}: cannot be read: {exc.strerror}") from exc
    if len(found) > 1:
        raise InputError(f"{found[0]}: there is {found[1]} too", hint="one of them is enough: remove the other")
    if found and not lies_in(found[0], root or directory):
        to = found[0].resolve()
        raise InputError(
            f"{found[0]} leads out of the project: it is a symbolic link to {to}", hint="copy the file into the project"
        )
    return found[0] if found else None


def holds_manifests(directory: Path) -> bool:
    """Tell whether there are files in a directory whose names are those of manifests."""
    return any(file.name.endswith(_ENDINGS) and not file.name.startswith(".") for file in entries(directory))


def close_directory(directory: Path) -> str | None:
    """Return the name of a directory beside one that is not there which looks like it; None when none does."""
    beside = [entry.name for entry in entries(directory.parent) if entry.is_dir()]
    return next(iter(difflib.get_close_matches(directory.name, beside, 1)), None)


def entries(directory: Path) -> list[Path]:
    """Return what is in a directory, for advice: nothing where it cannot be read."""
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def _meant(directory: Path, text: str) -> str | None:
    """Ask for the directory beside it that may have been meant."""
    close = close_directory(directory)
    return f"did you mean {posixpath.join(posixpath.dirname(text.rstrip('/')), close)}?" if close else None


def _parent(text: str, key: str) -> str:
    return f"{key}: {posixpath.dirname(text) or '.'}"


def _shown(root: Path) -> str:
    return "the working directory" if str(root) == "." else str(root)
