"""The copies of files: each is rendered once, for all that refer to it, and must be the same for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .copied_trees import CopiedTree
from .errors import InputError
from .fields import Field
from .template_choice import Scope
from .territories import Territory


@dataclass(frozen=True)
class _Copy:
    """What the copy of a file holds, and why: `by` is what refers to the file, or the file itself."""

    content: bytes
    raw: bool
    scope: Scope
    by: Field | Path

    @property
    def place(self) -> str:
        """The line that refers to it, or the file."""
        return str(self.by.place if isinstance(self.by, Field) else self.by)


class CopiedFiles:
    """Writes the files of a territory into a tree."""

    def __init__(self, tree: CopiedTree, territory: Territory) -> None:
        self._tree = tree
        self._territory = territory
        self._copies: dict[Path, _Copy] = {}

    def add(self, path: Path, source: Path, scope: Scope, by: Field | Path, *, data: bool = False) -> bytes:
        """Write what the `source` becomes to the copy of the path, unless it is there, and return what it holds.

        Raises InputError where two that refer to the file make different things of it.
        """
        before = self._copies.get(path)
        raw = self._territory.choice.is_raw(source, data=data)
        if before is not None and (before.raw, before.scope) == (raw, scope):
            return before.content
        found = _Copy(self._territory.content(source, scope, data=data), raw, scope, by)
        if before is not None and before.content != found.content:
            what = f"{found.place}: {self._territory.shown(source)} {_difference(before, found)}"
            raise InputError(what, hint="make two files of it")
        self._copies[path] = found
        self._tree.write(path, found.content)
        return found.content


def _difference(before: _Copy, found: _Copy) -> str:
    """Say why a copy cannot be what two references make of it."""
    if before.raw != found.raw:
        here, there = ("read as it is", "a template") if found.raw else ("a template", "read as it is")
        return f"is {here} here, and {there} at {before.place}"
    return f"is rendered with other variables here than at {before.place}"
