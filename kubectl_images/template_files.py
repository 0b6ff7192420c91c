"""Which files a template may include, import or load: those near it and above it, up to the top of the input.

In a project the files that include its own are near it too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from .errors import InputError
from .web_addresses import is_address

# How a path begins that is looked for beside the template alone.
_BESIDE = ("./", "../")


def search_path(name: str, template: str, root: str, top: Path, around: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the directories where a file is looked for whose name stands in `template`, the nearest first.

    They are that of the template; then, as in kluctl, those `around` it, which are a project's; then those above it up
    to `top`, and above `root`, the file that began it all. Only the first is there for a name like ./x and ../x. Raises
    InputError for a template from a web address, which whoever wrote it could have read any file.
    """
    if is_address(root):
        raise InputError(f"{name}: a template from a web address includes no files", hint="download all of them first")
    beside, *above = _up_to(template, top)
    if name.startswith(_BESIDE):
        return (beside,)
    near = (posixpath.normpath(directory.as_posix()) for directory in around)
    return tuple(dict.fromkeys((beside, *near, *above, *_up_to(root, top))))


def _up_to(template: str, top: Path) -> tuple[str, ...]:
    directory = posixpath.dirname(Path(template).as_posix()) or "."
    steps = PurePosixPath(posixpath.relpath(top.as_posix(), directory)).parts
    # `top` lies elsewhere where not all steps lead up.
    levels = len(steps) if set(steps) <= {".."} else 0
    return tuple(posixpath.normpath(posixpath.join(directory, *[".."] * level)) for level in range(levels + 1))


def found_file(name: str, directories: Sequence[str], top: Path) -> str:
    """Return the path of the first file of that name; where there is none, the one that it would have nearest.

    Raises InputError for an absolute path, and for one that leads out of `top` and of the working directory.
    """
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        raise _refused(f"{name}: an absolute path cannot be included", top)
    paths = [posixpath.normpath(posixpath.join(directory, name)) for directory in directories]
    try:
        path = next((path for path in paths if Path(path).is_file()), paths[0])
        resolved = Path(path).resolve()
        allowed = any(resolved.is_relative_to(directory.resolve()) for directory in (top, Path()))
    except OSError as exc:
        raise InputError(f"the template {name!r} cannot be found: {exc.strerror}") from exc
    if not allowed:
        raise _refused(f"{name}: this leads out of the directories that templates are included from", top)
    return path


def read_template(name: str) -> bytes | None:
    """Return what a file holds; None when there is none of that name."""
    try:
        return Path(name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise InputError(f"the template {name} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise InputError(f"the template {name!r} cannot be read: {exc}") from exc


def _refused(what: str, top: Path) -> InputError:
    directories = "the working directory" if top == Path() else f"{top} or the working directory"
    return InputError(
        what, hint=f"include a file in or below {directories}, or run this in the directory that holds both"
    )
