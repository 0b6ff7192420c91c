"""What may not stand beside each other among the flags of the input, and a project that is not where it is looked for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from .errors import InputError, UsageError
from .project_file import NAMES
from .project_files import instead_of_a_project
from .project_paths import close_directory, file_named
from .targets import NAMES as TARGETS_NAMES
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
            raise _half_a_project(root) or _no_input(root)
        _refuse_part(root)
    elif not named or not exists(root):
        raise UsageError(f"--project {named}: there is no such directory", hint=_meant(root))
    elif not root.is_dir():
        is_project = root.name in (*NAMES, *TARGETS_NAMES)
        better = f"--project {shlex.quote(str(root.parent))}" if is_project else f"-f {shlex.quote(named)}"
        raise UsageError(f"--project {named}: this is a file, and a project is a directory", hint=better)
    elif not _has_project_file(root):
        raise _half_a_project(root) or UsageError(
            f"--project {named}: there is no {NAMES[0]} in this directory", hint=instead_of_a_project(root)
        )


def no_objects(files: Sequence[str], kustomize: Sequence[str]) -> InputError:
    """Return the error for files and directories of kustomize without an object."""
    if kustomize:
        given = [*(f"-f {file}" for file in files), *(f"-k {directory}" for directory in kustomize)]
        return InputError(
            f"there are no objects in {', '.join(given)}: kustomize makes none of it",
            hint="the kustomization lists files with objects: resources: [FILE]",
        )
    return InputError("there are no objects in the input", hint="give files with objects: -f FILE, -f DIR or -f -")


def _has_project_file(root: Path) -> bool:
    return file_named(root, NAMES) is not None


def _refuse_part(root: Path) -> None:
    """Raise UsageError for a directory whose project begins above it: without that its targets would be missed."""
    above = _targets_above(root)
    if above and file_named(root, TARGETS_NAMES) is None:
        raise UsageError(
            f"this looks like a part of the project {above.parent}, which has the targets ({above})",
            hint=f"--project {above.parent}\nto deploy this directory alone, without them: --project .",
        )


def _targets_above(root: Path) -> Path | None:
    """Return the nearest file with targets above a directory, but not above its repository; None without one."""
    here, up = root.resolve(), Path()
    for directory in here.parents:
        if _is_there(here / ".git"):
            break
        here, up = directory, up / ".."
        if found := next((name for name in TARGETS_NAMES if _is_there(here / name)), None):
            return up / found
    return None


def _is_there(path: Path) -> bool:
    """Tell whether there is a file; one that cannot be looked for counts as none."""
    try:
        return path.exists()
    except OSError:
        return False


def _half_a_project(root: Path) -> UsageError | None:
    """Return the error about a directory with targets and no project file; None for others.

    Of anything else than a project the targets, which say which cluster is meant, would be missed.
    """
    targets = file_named(root, TARGETS_NAMES)
    if targets is None:
        return None
    hint = f"write {NAMES[0]}; this one takes what is in the directory: deployments: [{{path: .}}]"
    return UsageError(f"{targets}: there is no {NAMES[0]} beside it", hint=hint)


def _no_input(root: Path) -> UsageError:
    instead = instead_of_a_project(root) or "give files with objects: -f FILE, -f DIR or -f -"
    if above := _targets_above(root):
        instead = f"to deploy the project above it: --project {above.parent}\n{instead}"
    return UsageError(
        f"no input: -f is missing, and there is no project in this directory (no {NAMES[0]})", hint=instead
    )


def _meant(root: Path) -> str | None:
    close = close_directory(root)
    return f"did you mean --project {shlex.quote(str(root.parent / close))}?" if close else None
