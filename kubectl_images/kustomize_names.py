"""What makes a directory one of kustomize, and an argument one of `-k`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .text_files import exists

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
# The address of a repository or a file, as far as kustomize may see one: URLs, git@host:path, github.com/owner/name.
_ADDRESS = re.compile(r"[\w+.-]+://|git::|gh:|[\w.-]+@|[\w-]+(\.[\w-]+)+(:\d+)?[/:]")


@dataclass(frozen=True)
class Kustomized:
    """A directory that kustomize builds, or, when it is `remote`, the address of one; `argument` is how it was given."""

    directory: str
    argument: str
    remote: bool = False


def kustomized(directory: str) -> Kustomized:
    """Return what `-k` means; raise InputError for what is no directory of kustomize."""
    path, argument = Path(directory), f"-k {directory}"
    if not directory or not exists(path):
        if may_be_address(directory):
            return Kustomized(directory, argument, remote=True)
        raise InputError(f"{argument}: there is no such directory")
    if not path.is_dir():
        meant = f"-k {shlex.quote(str(path.parent))}" if is_kustomization(path) else f"-f {shlex.quote(directory)}"
        raise InputError(f"{argument}: this is a file, not a directory", hint=f"did you mean {meant}?")
    if not kustomizations_in(path):
        names = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"
        hint = f"-f {shlex.quote(directory)} reads its files as they are"
        raise InputError(f"{argument}: there is no {names} in this directory", hint=hint)
    return Kustomized(directory, argument)


def is_kustomization(file: Path) -> bool:
    """Tell whether a file is a kustomization, by its name."""
    return file.name.removesuffix(".j2") in NAMES


def kustomizations_in(directory: Path) -> tuple[Path, ...]:
    """Return the kustomization files of a directory, or their .j2 forms; more than one is for kustomize to refuse.

    Raises InputError for a directory that cannot be read.
    """
    forms = (form for name in NAMES for form in (directory / name, directory / f"{name}.j2"))
    try:
        return tuple(file for file in forms if file.is_file())
    except OSError as exc:
        raise InputError(f"{directory}: cannot be read: {exc.strerror}") from exc


def may_be_address(text: str) -> bool:
    """Tell whether kustomize may fetch what this names."""
    return _ADDRESS.match(text) is not None
