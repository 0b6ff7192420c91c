"""What may not stand beside each other among the flags of the input, and a project that is not where it is looked for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from .errors import UsageError
from .project_file import NAMES
from .project_files import instead_of_a_project
from .project_paths import close_directory, file_named
from .text_files import exists


def check_flags(files: Sequence[str], kustomize: Sequence[str], of_project: Sequence[str], *, recursive: bool) -> None:
    """Raise UsageError for flags of a project beside -f or -k, and for -R without -f; `of_project` are as typed."""
    given = [*(f"-f {file}" for file in files), *(f"-k {directory}" for directory in kustomize)]
    if given and of_project:
        raise UsageError(
            f"{given[0]} and {of_project[0]} exclude each other: {of_project[0].split()[0]} is for a project",
            hint=f"leave out {of_project[0].split()[0]}, or leave out {given[0][:2]} to deploy a project: "
            "the one in this directory, or that of --project DIR",
        )
    if recursive and not files:
        raise UsageError("-R is for directories of -f, which is not given", hint="-R -f DIR")


def check_root(named: str | None) -> None:
    """Raise UsageError where there is no project in the directory of --project, or, without it, in this one."""
    root = Path(named or ".")
    if named is None:
        if not _has_project_file(root):
            raise _no_input(root)
    elif not named or not exists(root):
        raise UsageError(f"--project {named}: there is no such directory", hint=_meant(root))
    elif not root.is_dir():
        is_project = root.name in NAMES
        better = f"--project {shlex.quote(str(root.parent))}" if is_project else f"-f {shlex.quote(named)}"
        raise UsageError(f"--project {named}: this is a file, and a project is a directory", hint=better)
    elif not _has_project_file(root):
        raise UsageError(
            f"--project {named}: there is no {NAMES[0]} in this directory", hint=instead_of_a_project(root)
        )


def _has_project_file(root: Path) -> bool:
    return file_named(root, NAMES) is not None


def _no_input(root: Path) -> UsageError:
    instead = instead_of_a_project(root) or "give files with objects: -f FILE, -f DIR or -f -"
    return UsageError(
        f"no input: -f is missing, and there is no project in this directory (no {NAMES[0]})", hint=instead
    )


def _meant(root: Path) -> str | None:
    close = close_directory(root)
    return f"did you mean --project {shlex.quote(str(root.parent / close))}?" if close else None
