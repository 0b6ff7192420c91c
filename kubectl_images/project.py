"""A project: its tree of deployment.yaml files, and the items of it that take part."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from .errors import FixedImageError, InputError
from .fields import Field
from .fixed_images import FixedImage
from .ignore_diff import Rule
from .inclusion import Inclusion, Names, own_tags
from .objects import Item
from .project_file import ProjectFile, ProjectItem
from .project_files import find_included, read_included, read_root
from .project_images import parse_images
from .project_items import Deletion, LoadedItem
from .project_paths import directory_named
from .project_rules import parse_rules
from .render import Renderer
from .variable_texts import Texts
from .variables import Loader, Variables

# How deep includes may be, and how many of them a message shows.
_MAX_DEPTH = 100
_MAX_SHOWN = 10
_INCLUDED_AT = "\n    included at "


@dataclass(frozen=True)
class Project:
    """What takes part, in the order of the project; `root` is its directory.

    `images` are pinned for the objects of their scope. `ignored` are the fields that a comparison leaves out, with the
    scope that they are for. `of_directory` loads an item of a directory, the first in each scope, also one that takes no
    part: what other directories refer to is the same in every run.
    """

    root: Path
    items: tuple[LoadedItem, ...]
    deletions: tuple[Deletion, ...] = ()
    images: tuple[FixedImage, ...] = ()
    ignored: tuple[tuple[tuple[int, ...], Rule], ...] = ()
    of_directory: Mapping[str, Mapping[tuple[int, ...], Callable[[], LoadedItem]]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Here:
    """A project file as it is read: its directory, relative to the root, and what it and the files above it say.

    `above` are the directories of the files that include it.
    """

    variables: Variables
    directory: str = "."
    above: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    scope: tuple[int, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = None
    excludes: tuple[tuple[Path, str], ...] = ()


def load(
    root: Path, loader: Loader, variables: Variables, inclusion: Inclusion, *, only_render: bool = False
) -> Project:
    """Read the project in a directory, with these variables to begin with, args among them.

    With `only_render` the items take part that are only rendered. What does not take part is not read, and its
    variables are not loaded. Raises InputError or FixedImageError naming file and line, and UsageError where the flags
    leave nothing.
    """
    tree = _Tree(root, loader, inclusion, only_render=only_render)
    file = tree.read_root(variables)
    names = Names(frozenset(tree.tags), frozenset(tree.directories), tuple(tree.left_out))
    inclusion.refuse_misspelt(names)
    inclusion.refuse_unknown(names)
    if not tree.items and not tree.deletions:
        inclusion.refuse_nothing(names)
        raise InputError(
            f"{file}: no item of this project takes part",
            hint="it has none, or each has a `when` that is not true, or is onlyRender",
        )
    for warning in inclusion.warnings(names):
        loader.warn(warning)
    return Project(
        root,
        tuple(tree.items),
        tuple(tree.deletions),
        tuple(tree.images),
        tuple(tree.ignored),
        tree.of_directory,
    )


class _Tree:
    """The files of a project as they are read, one within the other, and what was found in them."""

    def __init__(self, root: Path, loader: Loader, inclusion: Inclusion, *, only_render: bool) -> None:
        self.root = root
        self.loader = loader
        self.inclusion = inclusion
        self.only_render = only_render
        self.items: list[LoadedItem] = []
        self.deletions: list[Deletion] = []
        self.images: list[FixedImage] = []
        self.ignored: list[tuple[tuple[int, ...], Rule]] = []
        self.of_directory: dict[str, dict[tuple[int, ...], Callable[[], LoadedItem]]] = {}
        self.tags: set[str] = set()
        self.left_out: list[str] = []
        self.directories: set[str] = set()
        self.stage = 0

    def read_root(self, variables: Variables) -> Path:
        """Read the project file of the root, and those that it includes; return its path."""
        here = _Here(variables)
        path, file = read_root(self.root, self._renderer(here))
        self._take_all(file, self._with_file(file, here))
        return path

    def _include(self, item: ProjectItem, written: Field, here: _Here, number: int) -> None:
        """Read an included project file; an error in it says where it is included."""
        directory = directory_named(written, here.directory, self.root)
        file = find_included(self.root, directory, written)
        if directory in (*here.above, here.directory):
            raise written.error(f"{file} is included within itself, without end")
        if len(here.above) == _MAX_DEPTH:
            raise written.error(
                f"{file} is the end of {_MAX_DEPTH + 1} includes within each other: {_MAX_DEPTH} are the most"
            )
        below = replace(
            here,
            variables=self.loader.load(item.vars, here.variables, self._around(here)),
            directory=directory,
            above=(*here.above, here.directory),
            tags=(*here.tags, *own_tags(item.tags, written.text())),
            scope=(*here.scope, number),
        )
        try:
            self._read_included(file, below)
        except (InputError, FixedImageError) as exc:
            text = str(exc)
            nearest = text.count(_INCLUDED_AT) < _MAX_SHOWN
            raise type(exc)(f"{text}{_INCLUDED_AT}{item.place}" if nearest else text, hint=exc.hint) from exc

    def _read_included(self, path: Path, below: _Here) -> None:
        file = read_included(path, self.root, self._renderer(below))
        here = self._with_file(file, below)
        if self._holds(file.when, here):
            self._take_all(file, here)
        else:
            self.left_out.append(str(path))

    def _with_file(self, file: ProjectFile, here: _Here) -> _Here:
        """Return what a file says besides those above it."""
        around = self._around(here)
        return replace(
            here,
            variables=self.loader.load(file.vars, here.variables, around),
            tags=(*here.tags, *file.tags),
            labels={**here.labels, **(file.labels or {})},
            annotations={**here.annotations, **(file.annotations or {})},
            namespace=file.namespace or here.namespace,
            excludes=(*here.excludes, *((around[0], pattern) for pattern in file.excludes)),
        )

    def _take_all(self, file: ProjectFile, here: _Here) -> None:
        entries = parse_images(file.images) if file.images else ()
        self.images += [replace(entry, scope=here.scope) for entry in entries]
        self.ignored += [(here.scope, rule) for entry in file.ignore_for_diff for rule in parse_rules(entry)]
        for number, item in enumerate(file.items):
            self._note_names(item, here)
            if self._holds(item.when, here):
                self._take(item, here, number)
            elif item.include:
                self.left_out.append(f"{item.include.text()} at {item.place}")

    def _note_names(self, item: ProjectItem, here: _Here) -> None:
        """Note how flags can name an item, also one whose condition is not true in this run."""
        written = item.path or item.include
        self.tags.update((*here.tags, *own_tags(item.tags, written.text() if written else "")))
        if item.path:
            self.directories.add(posixpath.normpath(posixpath.join(here.directory, item.path.text())))

    def _holds(self, when: Field | None, here: _Here) -> bool:
        """Tell whether a condition is true, or there is none."""
        if when is None or when.value == "":
            return True
        return Texts(self._renderer(here), self.root).holds(when)

    def _renderer(self, here: _Here) -> Renderer:
        return self.loader.renderer.with_variables(here.variables, self._around(here))

    def _around(self, here: _Here) -> tuple[Path, ...]:
        """Return the directory of a project file, and those of the files that include it, the nearest first."""
        return tuple(self.root / directory for directory in (here.directory, *reversed(here.above)))

    def _take(self, item: ProjectItem, here: _Here, number: int) -> None:
        if item.include:
            self._include(item, item.include, here, number)
        else:
            self._take_own(item, here)
        self.stage += item.barrier

    def _take_own(self, item: ProjectItem, here: _Here) -> None:
        """Take the directory of an item, if it has one, and what it says to delete, when it takes part."""
        directory = directory_named(item.path, here.directory, self.root) if item.path else ""
        tags = tuple(sorted({*here.tags, *own_tags(item.tags, item.path.text() if item.path else "")}))
        identity = Item(directory, tags, here.scope, item.wait)
        if item.path:
            in_scopes = self.of_directory.setdefault(directory, {})
            in_scopes.setdefault(here.scope, partial(self._loaded, item, here, identity, self.stage))
        if not self.inclusion.includes(tags, directory, always=item.always or item.only_render):
            return
        if item.only_render and not self.only_render:
            return
        self.deletions += [Deletion(found, self.stage, here.namespace) for found in item.delete]
        if item.path:
            self.items.append(self._loaded(item, here, identity, self.stage))

    def _loaded(self, item: ProjectItem, here: _Here, identity: Item, stage: int) -> LoadedItem:
        directory, around = self.root / identity.directory, self._around(here)
        return LoadedItem(
            directory=directory,
            item=identity,
            place=item.place,
            variables=self.loader.load(item.vars, here.variables, around),
            stage=stage,
            labels=here.labels,
            annotations=here.annotations,
            namespace=here.namespace,
            excludes=here.excludes,
            recursive=item.recursive,
            only_render=item.only_render,
            around=(directory, *around),
        )
