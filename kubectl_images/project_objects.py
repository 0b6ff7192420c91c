"""The objects of a project's items: what their directories hold, with what the project says of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from . import kustomize_names, project_file, targets
from .builds import Build, Builder, new_builder
from .built_objects import objects_of_part
from .custom_kinds import defined_by
from .empty_items import no_objects, warning
from .errors import InputError
from .fields import Field
from .found_objects import Found
from .helm import Release
from .helm_charts import CHART_NAMES, VALUES_NAMES
from .item_metadata import with_metadata
from .kustomize_names import kustomizations_in
from .project import Project
from .project_items import LoadedItem
from .render import Renderer
from .sources import Source, manifest_files
from .template_choice import Scope, TemplateChoice
from .territories import Territory
from .text_files import read_text

# Files of an item that hold no objects of it.
_NO_MANIFESTS = frozenset(
    form
    for name in (
        *project_file.NAMES,
        *targets.NAMES,
        *VALUES_NAMES,
        *kustomize_names.NAMES,
    )
    for form in (name, f"{name}.j2")
)
_BARRIER = "kluctl.io/barrier"
_WAIT = "kluctl.io/wait-readiness"


def objects_of(
    project: Project,
    renderer: Renderer,
    environ: Mapping[str, str],
    warn: Callable[[str], None],
    status: Callable[[str], None],
    *,
    templates: bool,
    only_render: bool = False,
) -> Iterator[Found]:
    """Yield the objects of every item, in the project's order; with `only_render` those that are only rendered too.

    Programs run in the environment, and `status` shows the one that is waited for. Raises InputError naming the place.
    """
    with new_builder(environ, warn, status) as builder:
        items = _Items(project, renderer, builder, templates=templates)
        started = [items.start(item) for item in project.items if only_render or not item.only_render]
        read = [(one.item, tuple(items.objects(one))) for one in started]
    empty = [one.item for one in started if not one.parts]
    if project.items and not project.deletions and not any(found for _, found in read):
        raise no_objects([item for item, _ in read], {item.place for item in empty})
    for item in empty:
        warn(warning(item))
    custom = defined_by(one.body for _, found in read for one in found)
    for item, found in read:
        yield from with_metadata(found, item, custom)


@dataclass(frozen=True)
class _Started:
    """An item whose programs, if it has any, are running: what its objects come from, in their order."""

    item: LoadedItem
    parts: Sequence[Source | Build]


class _Items:
    """The items of a project, and how their files are read."""

    def __init__(self, project: Project, renderer: Renderer, builder: Builder, *, templates: bool) -> None:
        self._renderer = renderer
        self._builder = builder
        self._choice = TemplateChoice(project.root, templates, in_project=True)
        self._of: dict[Path, dict[tuple[int, ...], Callable[[], Scope]]] = {}
        for directory, in_scopes in project.of_directory.items():
            known = self._of.setdefault((project.root / directory).resolve(), {})
            for number, load in in_scopes.items():
                known.setdefault(number, cache(partial(self._loaded_scope, load)))
        self._territory = Territory(project.root, self._choice, self._scope_of)

    def start(self, item: LoadedItem) -> _Started:
        """Begin with an item: what programs have to do is under way when this returns."""
        if kustomizations_in(item.directory):
            return self._kustomized(item)
        return _Started(item, tuple(self._parts(item)))

    def objects(self, started: _Started) -> Iterator[Found]:
        """Yield the objects of an item, which waits for its programs."""
        renderer = self._renderer.with_variables(started.item.variables, started.item.around)
        for part in started.parts:
            yield from objects_of_part(part, renderer)

    def _scope_of(self, directory: Path, referring: Scope) -> Scope | None:
        """Return the scope of a directory that is an item too: one of the same project file, or of those that include it.

        Where it is only one of others, it is the first.
        """
        known = self._of.get(directory)
        if not known:
            return None
        enclosing = (referring.number[:length] for length in range(len(referring.number), -1, -1))
        nearest = next((number for number in enclosing if number in known), next(iter(known)))
        return known[nearest]()

    def _loaded_scope(self, load: Callable[[], LoadedItem]) -> Scope:
        return self._scope(load())

    def _scope(self, item: LoadedItem) -> Scope:
        return Scope(self._renderer.with_variables(item.variables, item.around), item.excludes, item.item.scope)

    def _kustomized(self, item: LoadedItem) -> _Started:
        if item.recursive:
            what = f"recursive is for a directory without kustomization, and {item.directory} has one"
            raise InputError(f"{item.place}: {what}")
        what = f"{item.place}: {item.item.directory}"
        scope = self._scope(item)
        build = self._builder.kustomized(what, item.directory, self._territory, scope, item.namespace)
        # kustomize has put the objects into the namespace.
        done = replace(item, namespace=None)
        return _Started(_as_annotated(done, build.kustomization) if build.kustomization else done, (build,))

    def _parts(self, item: LoadedItem) -> Iterator[Source | Build]:
        """Yield the manifests of a directory without kustomization, and in the place of a chart what it becomes."""
        files = manifest_files(item.directory, recursive=item.recursive)
        charts = {file.parent for file in files if file.name in CHART_NAMES}
        releases = {directory: self._release(item, directory) for directory in sorted(charts)}
        outputs = {directory / release.chart.output for directory, release in releases.items()}
        for file in files:
            if file.name in CHART_NAMES:
                yield self._builder.chart(f"{file.parent} (helm)", releases[file.parent])
            elif file.name not in _NO_MANIFESTS and file not in outputs:
                self._refuse_outside(file, item)
                yield Source(
                    str(file), read_text(file), self._choice.is_template(file, item.excludes), self._choice.top
                )
            elif item.recursive and file.parent != item.directory and file.name in kustomize_names.NAMES:
                what = f"recursive is for directories without kustomization, and there is {file}"
                raise InputError(f"{item.place}: {what}", hint=f"an item of its own: - path: {file.parent.name}")

    def _release(self, item: LoadedItem, directory: Path) -> Release:
        copy = self._builder.copy(self._territory)
        release = copy.add_chart(directory.resolve(), self._scope(item))
        assert release is not None, "there is a helm-chart.yaml"
        return release

    def _refuse_outside(self, file: Path, item: LoadedItem) -> None:
        directory = file.parent.resolve()
        if cause := self._territory.link_outside(directory / file.name, directory):
            raise InputError(f"{item.place}: {file} {cause}", hint="copy the file into the project")


def _as_annotated(item: LoadedItem, kustomization: Field) -> LoadedItem:
    """Return the item as the annotations of its kustomization have it; kluctl reads them there, and nowhere else."""
    metadata = kustomization.value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict):
        return item
    if str(annotations.get(_BARRIER)).lower() == "true":
        raise (
            kustomization.at("metadata")
            .at("annotations")
            .at(_BARRIER)
            .error(f"{_BARRIER} is not supported in a kustomization", f"write it in {item.place.file}: barrier: true")
        )
    waits = str(annotations.get(_WAIT)).lower() == "true"
    return replace(item, item=replace(item.item, wait=True)) if waits else item
