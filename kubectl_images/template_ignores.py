"""Which files are no templates: the rules of the .templateignore files above them, and patterns of a project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .ignore import IgnoreRules, is_ignored, parse_rules
from .text_files import read_text

_FILE = ".templateignore"
_NOTHING = IgnoreRules()
# Patterns, each with the directory that it counts from.
Patterns = tuple[tuple[Path, str], ...]


class TemplateIgnores:
    """The rules of the .templateignore files around files, each read when it is needed.

    They count from the working directory where `top` lies in it, else from `top`, down to the file's own directory;
    for a file outside of that from the nearest directory that holds both the file and `top`.
    """

    def __init__(self, top: Path) -> None:
        absolute, working = _absolute(top), Path.cwd()
        self._top = top
        self._highest = working if absolute.is_relative_to(working) else absolute
        self._rules: dict[Path, IgnoreRules] = {}
        self._excludes: dict[Patterns, Mapping[Path, IgnoreRules]] = {}

    def ignore(self, file: Path, excludes: Patterns = ()) -> bool:
        """Tell whether the rules of a directory above the file, or the patterns, say that it is no template."""
        file = _absolute(file)
        highest = self._highest if file.is_relative_to(self._highest) else self._above(file)
        path = file.relative_to(highest).as_posix()
        return is_ignored(path, lambda directory: self._of(highest / directory)) or self._excluded(file, excludes)

    def _above(self, file: Path) -> Path:
        return Path(os.path.commonpath((self._top.resolve(), file)))

    def _excluded(self, file: Path, patterns: Patterns) -> bool:
        """Tell whether the patterns match the file; those of a directory below others win, as if each had its file."""
        if not patterns:
            return False
        if patterns not in self._excludes:
            self._excludes[patterns] = _by_directory(patterns)
        rules = self._excludes[patterns]
        highest = min(rules, key=lambda directory: len(directory.parts))
        if not file.is_relative_to(highest):
            return False
        path = file.relative_to(highest).as_posix()
        return is_ignored(path, lambda directory: rules.get(highest / directory, _NOTHING))

    def _of(self, directory: Path) -> IgnoreRules:
        if directory not in self._rules:
            file = directory / _FILE
            self._rules[directory] = parse_rules(read_text(file)) if file.is_file() else _NOTHING
        return self._rules[directory]


def _by_directory(patterns: Patterns) -> dict[Path, IgnoreRules]:
    lines: dict[Path, list[str]] = {}
    for directory, pattern in patterns:
        lines.setdefault(_absolute(directory), []).append(pattern)
    return {directory: parse_rules("\n".join(found)) for directory, found in lines.items()}


def _absolute(path: Path) -> Path:
    """Return the path from the root, without `..`; symbolic links stay."""
    return Path(os.path.normpath(Path.cwd() / path))
