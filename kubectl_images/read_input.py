"""Everything that a command is given to read: files, directories of kustomize, or a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from . import project, targets, unheeded_annotations
from .declared_args import with_defaults
from .errors import InputError, UsageError
from .fields import Field
from .found_objects import Found
from .inclusion import Inclusion
from .input_mistakes import check_flags, check_root, no_objects
from .input_objects import objects_of_input
from .json_values import merged
from .kluctl_command_line import check_environment
from .label_selectors import parse_selector
from .manifests import Namespaces, as_manifests
from .objects import Manifest
from .project import Project
from .project_files import read_args
from .project_objects import objects_of
from .render import Renderer
from .sources import read_sources
from .targets import KluctlFile, Target, Wish
from .variables import Loader, Surroundings

# kluctl's, which tells the objects of one target from those of others.
_DISCRIMINATOR = "kluctl.io/discriminator"
# What templates see as `target` where nothing is said about any.
_NO_TARGET = {"name": ""}


@dataclass(frozen=True)
class Input:
    """The flags that say what to read and how; without `files` and `kustomize` it is a project, by default that of ".".

    `target_name` is what the target is called in place of its name. With `only_render` the items take part too that are
    only rendered.
    """

    files: tuple[str, ...] = ()
    recursive: bool = False
    templates: bool = True
    args: tuple[str, ...] = ()
    args_files: tuple[str, ...] = ()
    kustomize: tuple[str, ...] = ()
    project: str | None = None
    target: str | None = None
    target_name: str | None = None
    inclusion: Inclusion = field(default_factory=Inclusion)
    selector: str | None = None
    only_render: bool = False

    @property
    def is_project(self) -> bool:
        """Whether a project is read."""
        return not self.files and not self.kustomize

    @property
    def root(self) -> Path:
        """The directory of the project."""
        return Path(self.project or ".")

    def check(self) -> None:
        """Raise UsageError for flags that exclude each other, and where there is no project though one is meant."""
        named = (("--project", self.project), ("-t", self.target), ("-T", self.target_name))
        of_project = [*(f"{flag} {value}" for flag, value in named if value is not None), *self.inclusion.flags]
        check_flags(self.files, self.kustomize, of_project, recursive=self.recursive)
        if self.is_project:
            check_root(self.project)


@dataclass(frozen=True)
class Reader:
    """Reads the input, with all that it takes.

    `args` are those of the command line; `fetch` returns the text that is at a web address, `note` says what was chosen
    without being asked for, `keep_secret` is given what nothing may show, and `status` shows what is waited for.
    """

    input: Input
    args: Mapping[str, Any]
    renderer: Renderer
    surroundings: Surroundings
    stdin: BinaryIO
    warn: Callable[[str], None]
    fetch: Callable[[str], str]
    note: Callable[[str], None]
    keep_secret: Callable[[object], None]
    status: Callable[[str], None]

    def target(self) -> tuple[KluctlFile, Target | None]:
        """Return what .kluctl.yaml and the project's args say, and the target; nothing where no project is read.

        Raises InputError naming file and line, and UsageError for flags that are not for each other.
        """
        self.input.check()
        if not self.input.is_project:
            return KluctlFile(), None
        check_environment(self.surroundings.environ)
        with self._readable():
            file = targets.read_kluctl_file(self.input.root)
            file = replace(file, args=self._declared(file))
            wish = Wish(self.input.target, self.input.target_name)
            return file, targets.choose(file, wish, lambda own: self._args(file, own), self.renderer, self.note)

    def _declared(self, file: KluctlFile) -> Field | None:
        """Return the args that are declared, in .kluctl.yaml or in the project file; None when none are."""
        in_root = read_args(self.input.root)
        if file.args and in_root:
            raise in_root.error(f"args are declared in {file.args.place} already", "declare them in one of both files")
        return file.args or in_root

    def _args(self, file: KluctlFile, own: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return all args: those of a target, of the command line, which win, and the defaults of the others."""
        return with_defaults([file.args] if file.args else [], merged(own, self.args))

    def project(self, file: KluctlFile, target: Target | None) -> Project:
        """Return the project; raise InputError naming file and line."""
        given = self.input
        variables = {
            "args": self._args(file, target.args if target else {}),
            "target": target.values if target else _NO_TARGET,
        }
        loader = Loader(given.root, self.renderer, self.surroundings, self.warn, self.keep_secret)
        with self._readable():
            loaded = project.load(given.root, loader, variables, given.inclusion, only_render=given.only_render)
        return _of_target(loaded, target) if target else loaded

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Show calls in the place of their placeholders in an error."""
        try:
            yield
        except InputError as exc:
            readable = self.renderer.readable
            raise InputError(readable(str(exc)), hint=exc.hint and readable(exc.hint)) from exc

    def manifests(self, loaded: Project | None, namespaces: Namespaces) -> tuple[Manifest, ...]:
        """Return the objects that are selected, in their order; none only where a project says to delete some."""
        with self._readable():
            return self._manifests(loaded, namespaces)

    def _manifests(self, loaded: Project | None, namespaces: Namespaces) -> tuple[Manifest, ...]:
        found = self._found(loaded)
        if not found and loaded and loaded.deletions:
            return ()
        if not found:
            raise no_objects(self.input.files, self.input.kustomize)
        selects = parse_selector(self.input.selector) if self.input.selector else lambda _body: True
        manifests = as_manifests(found, namespaces, selects)
        if not manifests:
            raise UsageError(f"-l {self.input.selector} selects none of the {len(found)} objects in the input")
        for warning in unheeded_annotations.warnings(manifests):
            self.warn(warning)
        return manifests

    def _found(self, loaded: Project | None) -> list[Found]:
        given = self.input
        if loaded is not None:
            return list(
                objects_of(
                    loaded,
                    self.renderer,
                    self.surroundings.environ,
                    self.warn,
                    self.status,
                    templates=given.templates,
                    only_render=given.only_render,
                )
            )
        parts = read_sources(
            given.files,
            self.stdin,
            kustomize=given.kustomize,
            recursive=given.recursive,
            templates=given.templates,
            fetch=self.fetch,
        )
        environ = self.surroundings.environ
        return list(objects_of_input(parts, self.renderer, environ, self.warn, self.status, templates=given.templates))


def _of_target(loaded: Project, target: Target) -> Project:
    """Return the project with what the target says of all its objects."""
    items = loaded.items
    if target.discriminator:
        label = {_DISCRIMINATOR: target.discriminator}
        items = tuple(replace(item, labels={**item.labels, **label}) for item in items)
    return replace(loaded, items=items, images=(*loaded.images, *target.images))
