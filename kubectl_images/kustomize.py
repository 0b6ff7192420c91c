"""kustomize, as kubectl has it or by itself: how it is found and run, and what it says.

Images that are not decided yet are placeholders to it. They pass through every transformer, and `images:` in a
kustomization, which finds an image by its name, leaves them alone: get_image decides, and -F.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InputError

if TYPE_CHECKING:
    from .programs import Programs

_VARIABLE = "KUBECTL_PATH"
_PREFIX = re.compile(r"(?i)^error:\s*")
# How newer kubectl log their last words: E1124 15:49:14.900557 11010 run.go:72] "command failed" err="..."
_LOGGED = re.compile(
    r'^E\d{4} [^\]]*\] "command failed" err=(?:(?P<quoted>".*")|<\n(?P<lines>.*?)\n >)\s*$', re.M | re.S
)
_WARNING = re.compile(r"^(?:# )?Warning: *")


@dataclass(frozen=True)
class Kustomize:
    """The command that builds a directory: `kubectl kustomize` or `kustomize build`."""

    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """The command as one says it: `kubectl kustomize`."""
        program, *verb = self.command
        return " ".join((Path(program).name, *verb))

    def build(self, programs: Programs, directory: str, *, anywhere: bool) -> Built:
        """Build a directory, or the address of one; with `anywhere` files may lie outside of their kustomization's."""
        flags = ("--load-restrictor", "LoadRestrictionsNone") if anywhere else ()
        ended = programs.run((*self.command, directory, *flags))
        lines = ended.words.splitlines()
        warnings = tuple(_WARNING.sub("", line) for line in lines if _WARNING.match(line))
        words = "\n".join(line for line in lines if not _WARNING.match(line))
        if ended.code != 0:
            return Built("", warnings, ended.failure(_cause(words)))
        return Built(ended.output, warnings)


@dataclass(frozen=True)
class Built:
    """What kustomize wrote, what it warned of, and why it failed, if it did."""

    output: str
    warnings: tuple[str, ...] = ()
    failure: str | None = None


def find(environ: Mapping[str, str]) -> Kustomize:
    """Return what $KUBECTL_PATH names, else the first on PATH of kubectl and kustomize.

    Raises InputError without any, and for a $KUBECTL_PATH that cannot be run.
    """
    path = environ.get("PATH", "")
    if named := environ.get(_VARIABLE, ""):
        return Kustomize((_named(named, path), "kustomize"))
    for name, verb in (("kubectl", "kustomize"), ("kustomize", "build")):
        if program := shutil.which(name, path=path):
            return Kustomize((program, verb))
    raise InputError(
        f"kustomize is needed, and there is none: neither ${_VARIABLE} nor kubectl nor kustomize on PATH",
        hint="install kubectl (https://kubernetes.io/docs/tasks/tools/) or kustomize (https://kubectl.docs.kubernetes.io"
        "/installation/kustomize/)",
    )


def _named(name: str, path: str) -> str:
    if program := shutil.which(name, path=path):
        return program
    file = Path(name)
    if file.is_dir():
        cause = "it is a directory"
    elif file.exists():
        cause = "it is not executable"
    else:
        cause = "there is no such file" if file.name != name else "there is no such program on PATH"
    raise InputError(
        f"{_VARIABLE}={name}: {cause}", hint=f"set it to the path of kubectl, or to nothing: unset {_VARIABLE}"
    )


def _cause(words: str) -> str:
    """Return kustomize's own words, without what the program around it puts before them."""
    logged = _LOGGED.search(words)
    if logged is None:
        return _PREFIX.sub("", words.strip())
    if logged["lines"] is not None:
        return "\n".join(line.removeprefix("\t") for line in logged["lines"].splitlines())
    try:
        return str(json.loads(logged["quoted"]))
    except ValueError:
        return logged["quoted"].strip('"')
