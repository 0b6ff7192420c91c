"""Where the files of a private copy come from, what they are called, and which of them may be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .template_choice import Scope, TemplateChoice


@dataclass(frozen=True)
class Territory:
    """Where the files come from: `top` as the user names it, and how the files below it and around it are rendered.

    In a project nothing outside of it may be referred to; elsewhere kustomize's own limits hold. `scope_of` returns the
    scope of a directory that has one of its own, given the scope of the one that refers to it; others are rendered as
    that one. Paths are without symbolic links, but perhaps the last part of one.
    """

    top: Path
    choice: TemplateChoice
    scope_of: Callable[[Path, Scope], Scope | None] = lambda _directory, _referring: None

    @cached_property
    def root(self) -> Path:
        """The top without symbolic links."""
        return self.top.resolve()

    def shown(self, path: Path) -> Path:
        """Return the name that a path has for the user: below `top` as that is named, elsewhere from where they are."""
        if path.is_relative_to(self.root):
            return self.top / path.relative_to(self.root)
        return path if self.top.is_absolute() else Path(os.path.relpath(path))

    def content(self, file: Path, scope: Scope, *, data: bool = False) -> bytes:
        """Return what the copy of a file holds, as TemplateChoice has it."""
        return self.choice.content(file, scope, name=self.shown(file), top=self._top_of(file), data=data)

    def _top_of(self, file: Path) -> Path:
        """Return up to where its includes are looked for: outside of `top` what both have in common."""
        if file.is_relative_to(self.root):
            return self.top
        return self.shown(Path(os.path.commonpath((self.root, file))))

    def allows(self, path: Path) -> bool:
        """Tell whether a project holds a path, also where it is a symbolic link; elsewhere all are allowed."""
        if not self.choice.in_project:
            return True
        return path.is_relative_to(self.root) and path.resolve().is_relative_to(self.root)

    def link_outside(self, file: Path, directory: Path) -> str | None:
        """Return in words that a file of the directory is a symbolic link that may not be followed; None if it may.

        In the copy it would be a file like others.
        """
        if self.choice.in_project:
            return None if self.allows(file) else f"is a symbolic link that leads out of the project {self.top}"
        if file.is_relative_to(directory) and not file.resolve().is_relative_to(directory):
            return f"is a symbolic link that leads out of {self.shown(directory)}, which kustomize does not follow"
        return None
