"""How an input file becomes what a tool or a reader of YAML gets: rendered, evaluated string by string, or as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import documents
from .found_objects import evaluated
from .placeholders import holds_call
from .render import Renderer
from .sources import Source
from .template_ignores import Patterns, TemplateIgnores
from .text_files import decoded, read_bytes

_YAML = re.compile(r".*\.(yaml|yml|json)(\.j2)?|Kustomization(\.j2)?")


@dataclass(frozen=True)
class Scope:
    """What the files of a directory are rendered with, and the patterns of those that are no templates.

    `number` is the scope of the project file that says so, as Item has it.
    """

    renderer: Renderer
    excludes: Patterns = ()
    number: tuple[int, ...] = ()


@dataclass(frozen=True)
class TemplateChoice:
    """Which files below a directory, `top`, are templates.

    In a project every text file is one, elsewhere only YAML, JSON and .j2 files are; never those that are ignored, nor
    those of a Helm chart. Without `templates` none is.
    """

    top: Path
    templates: bool
    in_project: bool
    _charts: dict[Path, bool] = field(default_factory=dict)

    def is_template(self, file: Path, excludes: Patterns) -> bool:
        """Tell whether a file, which is named as the user knows it, is a template."""
        return self.templates and not self._in_chart(file.parent) and not self._ignores.ignore(file, excludes)

    def content(self, file: Path, scope: Scope, *, name: Path, top: Path, data: bool = False) -> bytes:
        """Return what a copy of the file holds; `data` tells that it goes into a ConfigMap or Secret as it is.

        Data is a template only in a project, or when its name ends in .j2; what is no data is one whatever its name.
        Messages call the file `name`, and its includes are looked for up to `top`. Raises InputError naming file and
        line.
        """
        found = read_bytes(file, str(name))
        if self.is_raw(file, data=data):
            return found
        is_yaml = not data or _YAML.fullmatch(file.name) is not None
        if not (is_yaml or _is_text(found)):
            return found
        if self.is_template(name, scope.excludes):
            return scope.renderer.render(decoded(found, str(name)), str(name), top).encode()
        return _evaluated(found, name, top, scope) if is_yaml else found

    def is_raw(self, file: Path, *, data: bool) -> bool:
        """Tell whether the copy of a file is the file itself, whatever it holds."""
        return data and not self.in_project and file.suffix != ".j2"

    @cached_property
    def _ignores(self) -> TemplateIgnores:
        return TemplateIgnores(self.top)

    def _in_chart(self, directory: Path) -> bool:
        """Tell whether a directory belongs to a Helm chart, whose templates are Helm's."""
        if not self.in_project:
            return False
        if directory not in self._charts:
            is_chart = (directory / "Chart.yaml").is_file()
            above = directory not in (self.top, directory.parent) and self._in_chart(directory.parent)
            self._charts[directory] = is_chart or above
        return self._charts[directory]


def _evaluated(found: bytes, name: Path, top: Path, scope: Scope) -> bytes:
    """Return a file as it is, or, where it holds a call, with the strings evaluated that do."""
    if not (_is_text(found) and holds_call(text := decoded(found, str(name)))):
        return found
    source = Source(str(name), text, template=False, top=top)
    return documents.write(document.value for document in evaluated(source, scope.renderer)).encode()


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True
