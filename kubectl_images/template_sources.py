"""The texts of templates by their names: where their lines stand in files, and how they are shown in messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from .errors import InputError
from .objects import Place
from .shown_lines import TEMPLATE_LINE_END, ShownText
from .template_files import found_file, read_template, search_path


@dataclass(frozen=True)
class Source:
    """The text of a template, the line of its file it begins at (from 1), and what to do when it is none of ours.

    `top` is the directory of the input that it belongs to, `around` those of the project that lead to it, the nearest
    first. `shown` is what the user wrote, where that is another text.
    """

    text: str
    hint: str = ""
    top: Path = Path()
    first_line: int = 1
    shown: str = ""
    around: Sequence[Path] = ()

    def error(
        self, place: Place, cause: str, hint: str | None, *, led_here: Iterable[str] = (), in_secret: bool = False
    ) -> InputError:
        """Return the error: the place, the cause's first line, the template's line, the rest, and what led there.

        `in_secret` tells that the text is a part of a Secret that stands elsewhere.
        """
        first, *rest = cause.splitlines() or ["it cannot be rendered"]
        number = place.line - self.first_line + 1 if place.line else 0
        shown = ShownText(self.shown or self.text, line_end=TEMPLATE_LINE_END, in_secret=in_secret)
        line = shown.line(number).text.strip() if number > 0 else ""
        return InputError("\n    ".join([f"{place}: {first}", *([line] if line else []), *rest, *led_here]), hint=hint)


@dataclass
class Sources:
    """The templates of a run that were rendered or included so far; `root` is the one that is rendered now."""

    by_name: dict[str, Source] = field(default_factory=dict)
    root: str = ""
    # The code of included files, which every rendering of them runs.
    code: dict[str, CodeType] = field(default_factory=dict)
    # What was looked for, by the path that stands for it: the name as it is written, and where.
    searches: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def begin(self, name: str, source: Source) -> None:
        """Make it the template that is rendered now."""
        self.by_name[name] = source
        self.root = name

    def place(self, name: str, line: int) -> Place:
        """Return the place in the file of a line of a template."""
        source = self.by_name.get(name)
        return Place(name, line + source.first_line - 1 if source and line else line)

    def path(self, name: str, template: str) -> str:
        """Return the path of a file that a template names, which need not be there; raise InputError where it may not."""
        source = self.by_name[self.root]
        directories = search_path(name, template, self.root, source.top, source.around)
        path = found_file(name, directories, source.top)
        self.searches[path] = self.searches[name] = (name, directories)
        return path

    def read(self, path: str) -> str | None:
        """Return the text of a file that is included, without its last line's end; None when there is none."""
        data = read_template(path)
        if data is None:
            return None
        try:
            text = without_last_line_end(data.decode("utf-8-sig"))
        except UnicodeDecodeError as exc:
            raise InputError(f"the template {path!r} cannot be read: {exc}") from exc
        if path != self.root:
            self.by_name[path] = Source(text, self.by_name[self.root].hint)
        return text

    def not_found(self, names: Iterable[str]) -> str:
        """Return what is said when none of the files is there."""
        searches = [self.searches.get(name, (name, ())) for name in names]
        directories = dict.fromkeys(directory for _, found in searches for directory in found)
        written = " or ".join(repr(name) for name, _ in searches)
        where = f"\nlooked for in {', '.join(directories)}" if directories else ""
        return f"there is no template {written}{where}"


def without_last_line_end(text: str) -> str:
    """Return the text as Jinja2 inserts it, so that what follows an include stands on the same line."""
    return text[:-2] if text.endswith("\r\n") else text[:-1] if text.endswith(("\n", "\r")) else text
