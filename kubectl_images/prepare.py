"""From what the user gave to objects with their images decided: the common first half of most commands.

The cluster and the registry are opened when the first question to them comes up, and not before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from . import fixed_images, fixed_images_file, fixed_kinds, kubeconfig, target_contexts
from .custom_kinds import defined_by
from .deleted_objects import DeletedObject, parse_deletions
from .errors import KubeconfigError, RegistryError
from .fixed_images import FixedImage
from .ignore_diff import Rule
from .images import fill, find_uses
from .manifests import Namespaces
from .objects import Body, Manifest, ObjectKey
from .pinning import Lookups, pin
from .placeholders import Placeholders
from .project import Project
from .read_input import Input, Reader
from .render import Renderer
from .resolve import Decision, Rules, resolve
from .server_fields import without_server_fields
from .targets import Target
from .template_args import parse_args
from .terminal import Terminal
from .text_files import read_file
from .undecided import Answer

if TYPE_CHECKING:
    from .cluster import Cluster
    from .platforms import Platform
    from .references import ImageRef, Repository
    from .registry import Registry
    from .registry_policy import Policy


@dataclass(frozen=True)
class ImageFlags:
    """The flags that say how images are decided, and whether with their digests; a `platform` only with those."""

    update: bool = False
    offline: bool = False
    fixed: tuple[str, ...] = ()
    fixed_files: tuple[str, ...] = ()
    pin_digests: bool = False
    platform: Platform | None = None


@dataclass
class Run:
    """One run of the program: its flags, its surroundings, the target once it is known, and the connections it opened."""

    terminal: Terminal
    environ: Mapping[str, str]
    input: Input = field(default_factory=Input)
    images: ImageFlags = field(default_factory=ImageFlags)
    connection: kubeconfig.Options = field(default_factory=kubeconfig.Options)
    registry_policy: Policy | None = None
    target: Target | None = None

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster of the kubeconfig and the flags."""
        from . import discovery_cache
        from .cluster import Cluster

        try:
            access = kubeconfig.load(self.connection, self.environ, warn=self.terminal.warn)
        except KubeconfigError as exc:
            raise target_contexts.explained(exc, self.connection, self.target) from exc
        return Cluster(
            access,
            progress=self.terminal.notice,
            cache_directory=discovery_cache.directory(self.environ),
        )

    @cached_property
    def registry(self) -> Registry:
        """The client of all registries."""
        from .registry import Registry
        from .registry_policy import Policy

        return Registry(
            self.environ,
            notice=self.terminal.warn,
            progress=self.terminal.notice,
            status=self.terminal.status,
            policy=(self.registry_policy or Policy()).within(self.connection.request_timeout_s),
        )

    def list_tags(self, images: Collection[ImageRef]) -> Mapping[Repository, Answer]:
        """Return the tags, or the error, of each repository."""
        self.terminal.detail(f"asking for the tags of {', '.join(image.name for image in images)}")
        return self.registry.list_many(images)

    def find_digests(self, images: Collection[ImageRef]) -> Mapping[ImageRef, str | RegistryError]:
        """Return the digest, or the error, of each image."""
        self.terminal.detail(f"asking for the digests of {', '.join(map(str, images))}")
        return self.registry.digests(images)

    def find_platforms(self, images: Collection[ImageRef]) -> Mapping[ImageRef, tuple[Platform, ...] | RegistryError]:
        """Return the platforms, or the error, of each image."""
        self.terminal.detail(f"asking for the platforms of {', '.join(map(str, images))}")
        return self.registry.platforms_of(images)

    def read_address(self, address: str) -> str:
        """Return the text that is at a web address."""
        from .web_files import read_address

        return read_address(address, self.environ, self.connection.request_timeout_s)

    def words(self, api_version: str, kind: str) -> Collection[str]:
        """Return what the cluster calls a kind besides its name."""
        return self.cluster.words(api_version, kind)

    def read_object(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none. The namespace "" is that of the context."""
        return self.cluster.get(replace(key, namespace=key.namespace or self.context_namespace()))

    def kubectl(self, command: str, namespace: str) -> str:
        """Return a command of kubectl for the same cluster, as one types it; the namespace "" is that of the context."""
        return self.cluster.kubectl(command, namespace or self.context_namespace())

    def context_namespace(self) -> str:
        """Return the namespace of the kubeconfig's context.

        A kubeconfig that cannot be read is a mistake only where a cluster is needed, unless its flags are given.
        """
        try:
            return kubeconfig.context_namespace(self.connection, self.environ) or "default"
        except KubeconfigError as exc:
            if self.connection.kubeconfig or target_contexts.is_typed(self.connection, self.target):
                raise
            self.terminal.warn(f"objects without a namespace count as in default: {exc}")
            return "default"

    def close(self) -> None:
        """Close the connections that were opened."""
        for name in ("cluster", "registry"):
            if name in vars(self):
                vars(self)[name].close()


@dataclass(frozen=True)
class Prepared:
    """The objects, images filled in; the decisions; and the live objects that were read for them (None: none).

    `deletions` are the objects that the project says to delete, `ignored` the fields that a comparison leaves out, with
    the scope that they are for, and `target` the name of the project's target, "" without one.
    """

    manifests: tuple[Manifest, ...]
    decisions: tuple[Decision, ...]
    live: Mapping[ObjectKey, Body | None]
    deletions: tuple[DeletedObject, ...] = ()
    ignored: tuple[tuple[tuple[int, ...], Rule], ...] = ()
    target: str = ""


def prepare(run: Run, *, report: bool = False) -> Prepared:
    """Read, render and decide everything; nothing is written anywhere.

    With `report` the images that decide nothing are found out too. Warnings are printed.
    """
    placeholders = Placeholders()
    read, project, deletions = _read(run, placeholders)
    manifests, notes = without_server_fields(read)
    for note in notes:
        run.terminal.say(f"note: {note}")
    uses = find_uses(manifests, placeholders)
    fixed = (*(project.images if project else ()), *_fixed(run))
    defined = {name: kind.words for name, kind in defined_by(manifest.body for manifest in manifests).items()}
    fixed = fixed_kinds.in_full(fixed, uses, defined, run.words)
    live: dict[ObjectKey, Body | None] = {}

    def read_live(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
        run.terminal.detail(f"reading {len(keys)} live objects, to see what runs")
        found = run.cluster.read_live(keys)
        live.update({key: found.get(key) for key in keys})
        return found

    rules = Rules(fixed, run.images.update, run.images.offline, report)
    resolution = resolve(uses, rules, read_live, run.list_tags)
    for warning in resolution.warnings:
        run.terminal.warn(warning)
    for note in resolution.notes:
        run.terminal.note(note)
    resolution = replace(resolution, decisions=_pinned(run, resolution.decisions))
    return Prepared(
        fill(manifests, placeholders, resolution.images()),
        resolution.decisions,
        live,
        deletions,
        project.ignored if project else (),
        run.target.title if run.target else "",
    )


def _fixed(run: Run) -> tuple[FixedImage, ...]:
    """Return all fixed images in one list: of the files, then of the command line."""
    entries: list[FixedImage] = []
    for name in run.images.fixed_files:
        found, warnings = fixed_images_file.read_file(read_file(name), name)
        entries += found
        for warning in warnings:
            run.terminal.warn(warning)
    return (*entries, *map(fixed_images.parse_argument, run.images.fixed))


def _pinned(run: Run, decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    if not run.images.pin_digests:
        return decisions
    lookups = None if run.images.offline else Lookups(run.find_digests, run.find_platforms)
    return pin(decisions, lookups, run.images.platform)


def _read(
    run: Run, placeholders: Placeholders
) -> tuple[tuple[Manifest, ...], Project | None, tuple[DeletedObject, ...]]:
    """Return the objects of the input, the project that they are of, and what it says to delete.

    The project's target says which cluster is meant.
    """
    args = parse_args(run.input.args, [(name, read_file(name)) for name in run.input.args_files])
    terminal = run.terminal
    reader = Reader(
        run.input,
        args,
        Renderer(placeholders, args, say=terminal.say),
        run,
        terminal.stdin.buffer,
        terminal.warn,
        run.read_address,
        lambda note: terminal.say(f"note: {note}"),
        terminal.secrets.add,
        terminal.status,
    )
    file, target = reader.target()
    if target:
        run.target = target
        run.connection = target_contexts.chosen(
            run.connection, target, run.environ, terminal, others_have_one=file.has_contexts
        )
    project = reader.project(file, target) if run.input.is_project else None
    explicit = run.connection.namespace
    namespaces = Namespaces(explicit or run.context_namespace(), explicit=explicit is not None)
    manifests = reader.manifests(project, namespaces)
    terminal.detail(f"read {len(manifests)} objects")
    deletions = parse_deletions(project.deletions, manifests, namespaces) if project else ()
    if deletions and run.input.selector:
        terminal.say(f"note: -l {run.input.selector} picks objects, so none of deleteObjects is deleted")
        deletions = ()
    return manifests, project, deletions
