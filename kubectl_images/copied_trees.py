"""A directory that holds copies of files, each below it at its own path; links on the way are there too."""

from __future__ import annotations

import os
from pathlib import Path

from .temporary_files import writing


class CopiedTree:
    """Copies below the directory `place`. Raises InputError where they cannot be written."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def at(self, path: Path) -> Path:
        """Return where the copy of a path is."""
        return self._place / path.relative_to(path.anchor)

    def readable(self, text: str) -> str:
        """Return a program's words with the user's paths for those of the copy."""
        here = Path.cwd().resolve()
        text = text.replace(f"{self.at(here)}{os.sep}", "").replace(str(self.at(here)), ".")
        return text.replace(str(self._place), "")

    def add_directory(self, path: Path) -> None:
        """Make a directory, whose path is without symbolic links."""
        with writing():
            self.at(path).mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file, whose directory is without symbolic links."""
        self.add_directory(path.parent)
        with writing():
            self.at(path).write_bytes(content)

    def linked(self, path: Path) -> Path:
        """Return the path without symbolic links, each of which is made on the way."""
        real = Path(path.anchor)
        for part in path.parts[1:]:
            step = real = real / part
            if not step.is_symlink():
                continue
            real = Path(os.path.realpath(step))
            if not self.at(step).is_symlink():
                self.add_directory(step.parent)
                with writing():
                    self.at(step).symlink_to(self.at(real))
        return real
