"""Which files a template may include or import: those near the input, by a relative path."""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePosixPath, PureWindowsPath

from .errors import InputError


def included_name(name: str, parent: str, top: Path) -> str:
    """Return the path of a template that `parent` includes; `top` is the directory of the -f argument.

    Raises InputError for an absolute path, and for one that leads out of `top` and of the working directory.
    """
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        raise _refused(f"{name}: an absolute path cannot be included", top)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(Path(parent).as_posix()), name))
    try:
        resolved = Path(path).resolve()
        allowed = any(resolved.is_relative_to(directory.resolve()) for directory in (top, Path()))
    except OSError as exc:
        raise InputError(f"the template {name!r} cannot be found: {exc.strerror}") from exc
    if not allowed:
        raise _refused(f"{name}: this leads out of the directories that templates are included from", top)
    return path


def _refused(what: str, top: Path) -> InputError:
    directories = "the working directory" if top == Path() else f"{top} or the working directory"
    return InputError(
        what, hint=f"include a file in or below {directories}, or run this in the directory that holds both"
    )
