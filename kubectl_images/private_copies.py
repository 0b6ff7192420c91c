"""Private copies of directories, for programs that read files: rendered, and with nothing in them but what is needed.

COPY/home/me/shop/overlays/prod/kustomization.yaml
COPY/home/me/shop/base/kustomization.yaml           referred to as ../../base
COPY/home/me/shop/base/web.yaml                     from web.yaml, or web.yaml.j2
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import documents
from .errors import InputError
from .fields import Field, read_fields
from .helm import Release
from .helm_charts import CHART_NAMES, VALUES_NAMES, HelmChart, located, parse_chart
from .kustomizations import Reference, may_be_path, references, texts
from .kustomize_names import kustomizations_in, may_be_address
from .shown_lines import have_same_lines
from .template_choice import Scope, TemplateChoice
from .text_files import decoded, read_text


@dataclass(frozen=True)
class Territory:
    """Where the files come from: `top` as the user names it, and how the files below it and around it are rendered.

    In a project nothing outside of it may be referred to; elsewhere kustomize's own limits hold. `scope_of` returns the
    scope of a directory that has one of its own; others are rendered as the one that refers to them.
    """

    top: Path
    choice: TemplateChoice
    scope_of: Callable[[Path], Scope | None] = lambda _directory: None

    @cached_property
    def root(self) -> Path:
        """The top without symbolic links."""
        return self.top.resolve()

    def shown(self, path: Path) -> Path:
        """Return a path without symbolic links as the user knows it."""
        return Path(os.path.normpath(self.top / os.path.relpath(path, self.root)))


class PrivateCopy:
    """A copy of one directory and of all that it refers to, each file at its own place in the directory `place`.

    A file that is referred to by a name which only its .j2 form has is written under that name.
    """

    def __init__(self, place: Path, territory: Territory) -> None:
        self._place = place
        self._territory = territory
        self._in_project = territory.choice.in_project
        self._added: set[Path] = set()
        self._charts: dict[Path, HelmChart | None] = {}
        self.releases: list[Release] = []
        self.kustomization: Field | None = None

    def at(self, path: Path) -> Path:
        """Return where the copy of a path is."""
        return self._place / path.relative_to(path.anchor)

    def readable(self, text: str) -> str:
        """Return a program's words with the user's paths for those of the copy."""
        here = Path.cwd().resolve()
        text = text.replace(f"{self.at(here)}{os.sep}", "").replace(str(self.at(here)), ".")
        return text.replace(str(self._place), "")

    def add_directory(self, directory: Path, scope: Scope, namespace: str | None = None) -> None:
        """Copy a directory of kustomize, which is without symbolic links; all its objects into a namespace, if given.

        What its kustomization says is then in `kustomization`. Raises InputError naming file and line.
        """
        if directory in self._added:
            return
        self._added.add(directory)
        self.at(directory).mkdir(parents=True, exist_ok=True)
        for file in kustomizations_in(directory):
            document = self._copied_kustomization(file, scope, namespace)
            namespace = None
            if document is None:
                continue
            self._refuse_unlisted_chart(directory, scope, document)
            for reference in references(document):
                self._follow(reference, directory, scope)

    def _copied_kustomization(self, file: Path, scope: Scope, namespace: str | None) -> Field | None:
        shown = self._territory.shown(file)
        content = self._territory.choice.content(shown, scope)
        text, source = decoded(content, str(shown)), read_text(shown)
        name = str(shown) if have_same_lines(source, text) else f"{shown} (rendered)"
        document = read_fields(text, name, template=source)
        readable = document is not None and isinstance(document.value, dict)
        if namespace and document and readable and document.value.get("namespace") in (None, ""):
            content = documents.write([{**document.value, "namespace": namespace}]).encode()
        self._write(file.with_name(file.name.removesuffix(".j2")), content)
        if readable and self.kustomization is None:
            self.kustomization = document
        return document if readable else None

    def _follow(self, reference: Reference, directory: Path, scope: Scope) -> None:
        """Copy what is referred to; what may be remote, or what only kustomize can refuse, is left to kustomize."""
        path = Path(os.path.normpath(directory / reference.path))
        if self._in_project and "://" not in reference.path:
            self._refuse_outside(path, reference, absolute=Path(reference.path).is_absolute())
        elif Path(reference.path).is_absolute():
            return
        chart = None if reference.data else self._chart(path.parent, scope)
        if chart is not None and path == path.parent / chart.output:
            return
        if path.is_dir():
            self._follow_directory(path, scope)
        elif source := _file(path):
            self._refuse_link_outside(source, directory, reference)
            self._write(path, self._territory.choice.content(self._territory.shown(source), scope, data=reference.data))
            if reference.plugin:
                self._follow_names(path, directory, scope)
        elif not may_be_address(reference.path):
            raise reference.field.error(f"there is no file or directory {reference.path}")

    def _follow_directory(self, path: Path, scope: Scope) -> None:
        directory = path.resolve()
        self.add_directory(directory, self._territory.scope_of(directory) or scope)
        if directory != path and not self.at(path).exists():
            self.at(path).parent.mkdir(parents=True, exist_ok=True)
            self.at(path).symlink_to(self.at(directory))

    def _follow_names(self, configuration: Path, directory: Path, scope: Scope) -> None:
        """Copy each file of the directory that is named in the configuration of a plugin, in whatever field."""
        shown = str(self._territory.shown(configuration))
        for document in documents.read(decoded(self.at(configuration).read_bytes(), shown), shown):
            for text in filter(may_be_path, texts(document.value)):
                path = Path(os.path.normpath(directory / text))
                source = _file(path) if path.is_relative_to(directory) and not self.at(path).exists() else None
                if source and source.resolve().is_relative_to(directory):
                    self._write(path, self._territory.choice.content(self._territory.shown(source), scope))

    def _refuse_outside(self, path: Path, reference: Reference, *, absolute: bool) -> None:
        root = self._territory.root
        if not absolute and path.is_relative_to(root) and path.resolve().is_relative_to(root):
            return
        raise reference.field.error(
            f"{reference.path} leads out of the project {self._territory.top}",
            "refer to files in the project by relative paths; what is outside can be copied into it",
        )

    def _refuse_link_outside(self, source: Path, directory: Path, reference: Reference) -> None:
        """Refuse a symbolic link that kustomize would refuse: in the copy it is a file like others."""
        outside = source.is_relative_to(directory) and not source.resolve().is_relative_to(directory)
        if outside and not self._in_project:
            cause = f"{reference.path} is a symbolic link that leads out of {self._territory.shown(directory)}"
            raise reference.field.error(f"{cause}, which kustomize does not follow")

    def add_chart(self, directory: Path, scope: Scope) -> Release | None:
        """Add the Helm chart of a helm-chart.yaml in the directory, to be rendered into the copy; None without one."""
        chart = self._chart(directory, scope)
        if chart is None:
            return None
        return next(release for release in self.releases if release.chart is chart)

    def _chart(self, directory: Path, scope: Scope) -> HelmChart | None:
        if not self._in_project:
            return None
        if directory not in self._charts:
            file = next((file for name in CHART_NAMES if (file := directory / name).is_file()), None)
            self._charts[directory] = self._added_chart(file, scope) if file else None
        return self._charts[directory]

    def _added_chart(self, file: Path, scope: Scope) -> HelmChart:
        territory = self._territory
        shown = territory.shown(file)
        text, source = decoded(territory.choice.content(shown, scope), str(shown)), read_text(shown)
        chart = parse_chart(text, str(shown) if have_same_lines(source, text) else f"{shown} (rendered)", source)
        directory = file.parent
        values = next((found for name in VALUES_NAMES if (found := directory / name).is_file()), None)
        if values:
            self._write(values, territory.choice.content(territory.shown(values), scope))
        self.releases.append(
            Release(
                chart,
                located(chart, directory, territory.root),
                self.at(values) if values else None,
                self.at(directory / chart.output),
                self.readable,
            )
        )
        return chart

    def _refuse_unlisted_chart(self, directory: Path, scope: Scope, document: Field) -> None:
        chart = self._chart(directory, scope)
        if chart is None:
            return
        listed = document.value.get("resources")
        if isinstance(listed, list) and any(
            isinstance(path, str) and os.path.normpath(path) == chart.output for path in listed
        ):
            return
        raise InputError(
            f"{chart.place}: the chart is rendered into {chart.output}, which {document.file.name} does not list",
            hint=f"add to its resources: - {chart.output}",
        )

    def _write(self, path: Path, content: bytes) -> None:
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _file(path: Path) -> Path | None:
    """Return the file, or else its .j2 form; None when neither is there."""
    return next((form for form in (path, path.with_name(f"{path.name}.j2")) if form.is_file()), None)
