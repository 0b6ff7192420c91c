"""Private copies of directories, for programs that read files: rendered, and with nothing in them but what is needed.

COPY/home/me/shop/overlays/prod/kustomization.yaml
COPY/home/me/shop/base/kustomization.yaml           referred to as ../../base
COPY/home/me/shop/base/web.yaml                     from web.yaml, or web.yaml.j2
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from . import documents
from .copied_files import CopiedFiles
from .copied_trees import CopiedTree
from .errors import InputError
from .fields import Field, read_all_fields, read_fields
from .helm import Release
from .helm_charts import CHART_NAMES, VALUES_NAMES, HelmChart, located, parse_chart
from .kustomizations import Reference, plugin_references, references
from .kustomize_names import kustomizations_in, may_be_address
from .template_choice import Scope
from .territories import Territory
from .text_files import decoded, read_text

_ONE = "one of them is enough: remove the other"
_COPY_IT = "copy the file into the project"


class PrivateCopy:
    """A copy of one directory and of all that it refers to, each file at its own place in the directory `place`.

    A file that is referred to by a name which only its .j2 form has is written under that name.
    """

    def __init__(self, place: Path, territory: Territory) -> None:
        self._tree = CopiedTree(place)
        self._territory = territory
        self._in_project = territory.choice.in_project
        self._added: set[tuple[Path, Path | None]] = set()
        self._documents: dict[Path, tuple[Field, ...]] = {}
        self._copies = CopiedFiles(self._tree, territory)
        self._charts: dict[Path, HelmChart | None] = {}
        self.releases: list[Release] = []
        self.kustomization: Field | None = None

    def at(self, path: Path) -> Path:
        """Return where the copy of a path is."""
        return self._tree.at(path)

    def readable(self, text: str) -> str:
        """Return a program's words with the user's paths for those of the copy."""
        return self._tree.readable(text)

    def add_directory(self, directory: Path, scope: Scope, namespace: str | None = None) -> None:
        """Copy a directory of kustomize, which is without symbolic links; all its objects into a namespace, if given.

        What its kustomization says is then in `kustomization`. Raises InputError naming file and line.
        """
        self._add_directory(directory, scope, None, namespace)

    def _add_directory(
        self, directory: Path, scope: Scope, of_plugins: Path | None, namespace: str | None = None
    ) -> None:
        """Copy a directory; if its files configure plugins, the paths in them count from the directory `of_plugins`."""
        if (directory, of_plugins) in self._added:
            return
        self._added.add((directory, of_plugins))
        if directory not in self._documents:
            self._tree.add_directory(directory)
            self._documents[directory] = tuple(self._copied_kustomizations(directory, scope, namespace))
        for document in self._documents[directory]:
            self._refuse_unlisted_chart(directory, scope, document)
            for reference in references(document):
                self._follow(reference, directory, scope, directory if reference.plugin else of_plugins)

    def _copied_kustomizations(self, directory: Path, scope: Scope, namespace: str | None) -> Iterator[Field]:
        """Yield what the kustomizations of a directory say, as far as they say anything."""
        shown = kustomizations_in(self._territory.shown(directory))
        for name in shown:
            if (other := name.with_name(f"{name.name}.j2")) in shown:
                raise InputError(f"{name}: there is {other} too", hint=_ONE)
            document = self._copied_kustomization(directory / name.name, scope, namespace)
            namespace = None
            if document is not None and isinstance(document.value, dict):
                self.kustomization = self.kustomization or document
                yield document

    def _copied_kustomization(self, file: Path, scope: Scope, namespace: str | None) -> Field | None:
        shown = self._own_file(file)
        path = file.with_name(file.name.removesuffix(".j2"))
        text = decoded(self._copies.add(path, file, scope, shown), str(shown))
        document = read_fields(text, str(shown), template=read_text(file, str(shown)))
        if namespace and document and isinstance(document.value, dict) and not document.value.get("namespace"):
            self._tree.write(path, documents.write([{**document.value, "namespace": namespace}]).encode())
        return document

    def _follow(self, reference: Reference, directory: Path, scope: Scope, of_plugins: Path | None) -> None:
        """Copy what is referred to; what may be remote, or what only kustomize can refuse, is left to kustomize."""
        path = Path(os.path.normpath(directory / reference.path))
        absolute = Path(reference.path).is_absolute()
        if self._in_project and (absolute or not self._territory.allows(path)):
            raise reference.field.error(
                f"{reference.path} leads out of the project {self._territory.top}",
                "refer to files in the project by relative paths; what is outside can be copied into it",
            )
        if absolute:
            return
        try:
            self._follow_path(path, reference, directory, scope, of_plugins)
        except OSError as exc:
            raise reference.field.error(f"{reference.path} cannot be read: {exc.strerror}") from exc

    def _follow_path(
        self, written: Path, reference: Reference, directory: Path, scope: Scope, of_plugins: Path | None
    ) -> None:
        path = self._tree.linked(written.parent) / written.name
        chart = None if reference.data else self._chart(path.parent, scope)
        if chart is not None and path == path.parent / chart.output:
            return
        if path.is_dir():
            found = self._tree.linked(path)
            self._add_directory(found, self._territory.scope_of(found, scope) or scope, of_plugins)
        elif source := _file(path, reference):
            if cause := self._territory.link_outside(source, directory):
                raise reference.field.error(f"{reference.path} {cause}", _COPY_IT if self._in_project else None)
            content = self._copies.add(path, source, scope, reference.field, data=reference.data)
            if of_plugins and not reference.data:
                self._follow_configuration(source, content, of_plugins, scope)
        elif not may_be_address(reference.path):
            raise reference.field.error(f"there is no file or directory {reference.path}")
        elif of_plugins and self._in_project:
            cause = f"{reference.path} is not in the project, and what configures a plugin may read any file"
            raise reference.field.error(cause, _COPY_IT)

    def _follow_configuration(self, file: Path, content: bytes, directory: Path, scope: Scope) -> None:
        """Copy what the configuration of a plugin refers to, from the directory that its paths count from."""
        shown = str(self._territory.shown(file))
        for document in read_all_fields(decoded(content, shown), shown, template=read_text(file, shown)):
            for reference in plugin_references(document):
                self._follow(reference, directory, scope, None)

    def _own_file(self, file: Path) -> Path:
        """Return the name of a file that nothing refers to; raise InputError for a link that may not be followed."""
        shown = self._territory.shown(file)
        if cause := self._territory.link_outside(file, file.parent):
            raise InputError(f"{shown} {cause}", hint=_COPY_IT if self._in_project else None)
        return shown

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
        shown = str(self._own_file(file))
        source = read_text(file, shown)
        chart = parse_chart(decoded(self._territory.content(file, scope), shown), shown, source)
        directory = file.parent
        values = next((found for name in VALUES_NAMES if (found := directory / name).is_file()), None)
        if values:
            self._copies.add(values, values, scope, self._own_file(values))
        self.releases.append(
            Release(
                chart,
                located(chart, directory, self._territory.root),
                self.at(values) if values else None,
                self.at(directory / chart.output),
                self.readable,
                scope.renderer.placeholders,
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


def _file(path: Path, reference: Reference) -> Path | None:
    """Return the file, or else its .j2 form; None when neither is there, and an error when both are."""
    forms = [form for form in (path, path.with_name(f"{path.name}.j2")) if form.is_file()]
    if len(forms) > 1:
        raise reference.field.error(f"{reference.path}: there is {reference.path}.j2 too", _ONE)
    return forms[0] if forms else None
