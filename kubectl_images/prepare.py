"""From what the user gave to objects with their images decided: the common first half of most commands.

The cluster and the registry are opened when the first question to them comes up, and not before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from . import fixed_images, fixed_images_file, fixed_kinds, kubeconfig
from .custom_kinds import defined_by
from .errors import ClusterError, KubeconfigError, RegistryError
from .fixed_images import FixedImage
from .images import Use, fill, find_uses
from .manifests import Namespaces, read_manifests
from .objects import Body, Manifest, ObjectKey, group_of
from .pinning import Lookups, pin
from .placeholders import Placeholders
from .render import Renderer
from .resolve import Decision, Rules, resolve
from .server_fields import without_server_fields
from .sources import read_file, read_sources
from .template_args import parse_args
from .terminal import Terminal
from .undecided import Answer

if TYPE_CHECKING:
    from .cluster import Cluster
    from .platforms import Platform
    from .references import ImageRef, Repository
    from .registry import Registry
    from .registry_policy import Policy


@dataclass(frozen=True)
class Input:
    """The flags that say what to read and how."""

    files: tuple[str, ...] = ()
    recursive: bool = False
    templates: bool = True
    args: tuple[str, ...] = ()
    args_files: tuple[str, ...] = ()


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
    """One run of the program: its flags, its surroundings, and the connections it has opened."""

    terminal: Terminal
    environ: Mapping[str, str]
    input: Input = field(default_factory=Input)
    images: ImageFlags = field(default_factory=ImageFlags)
    connection: kubeconfig.Options = field(default_factory=kubeconfig.Options)
    registry_policy: Policy | None = None

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster of the kubeconfig and the flags."""
        from . import discovery_cache
        from .cluster import Cluster

        return Cluster(
            kubeconfig.load(self.connection, self.environ, warn=self.terminal.warn),
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

    def close(self) -> None:
        """Close the connections that were opened."""
        for name in ("cluster", "registry"):
            if name in vars(self):
                vars(self)[name].close()


@dataclass(frozen=True)
class Prepared:
    """The objects, images filled in; the decisions; and the live objects that were read for them (None: none)."""

    manifests: tuple[Manifest, ...]
    decisions: tuple[Decision, ...]
    live: Mapping[ObjectKey, Body | None]


def prepare(run: Run, *, report: bool = False) -> Prepared:
    """Read, render and decide everything; nothing is written anywhere.

    With `report` the images that decide nothing are found out too. Warnings are printed.
    """
    fixed = _fixed(run)
    placeholders = Placeholders()
    manifests, notes = without_server_fields(_manifests(run, placeholders))
    for note in notes:
        run.terminal.say(f"note: {note}")
    uses = find_uses(manifests, placeholders)
    fixed = _with_kinds_in_full(run, fixed, manifests, uses)
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
    return Prepared(fill(manifests, placeholders, resolution.images()), resolution.decisions, live)


def _fixed(run: Run) -> tuple[FixedImage, ...]:
    """Return all fixed images in one list: of the files, then of the command line."""
    entries: list[FixedImage] = []
    for name in run.images.fixed_files:
        found, warnings = fixed_images_file.read_file(read_file(name), name)
        entries += found
        for warning in warnings:
            run.terminal.warn(warning)
    return (*entries, *map(fixed_images.parse_argument, run.images.fixed))


def _with_kinds_in_full(
    run: Run, fixed: tuple[FixedImage, ...], manifests: tuple[Manifest, ...], uses: Sequence[Use]
) -> tuple[FixedImage, ...]:
    """Return the fixed images with the kinds that are written short, as in ro/web, in full.

    The cluster is asked for nothing that the definitions among the objects tell, and where it cannot be asked an
    entry that matches nothing says so.
    """
    defined = {name: kind.words for name, kind in defined_by(manifest.body for manifest in manifests).items()}
    fixed = fixed_kinds.spelled_out(fixed, uses, defined)
    try:
        asked = {
            (group_of(api_version), kind): run.cluster.words(api_version, kind)
            for api_version, kind in fixed_kinds.to_ask(fixed, uses, defined)
        }
    except (ClusterError, KubeconfigError) as exc:
        return fixed_kinds.doubted(fixed, uses, str(exc))
    return fixed_kinds.spelled_out(fixed, uses, asked)


def _pinned(run: Run, decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    if not run.images.pin_digests:
        return decisions
    lookups = None if run.images.offline else Lookups(run.find_digests, run.find_platforms)
    return pin(decisions, lookups, run.images.platform)


def _manifests(run: Run, placeholders: Placeholders) -> tuple[Manifest, ...]:
    args_files = [(name, read_file(name)) for name in run.input.args_files]
    renderer = Renderer(placeholders, parse_args(run.input.args, args_files))
    sources = read_sources(
        run.input.files, run.terminal.stdin.buffer, recursive=run.input.recursive, templates=run.input.templates
    )
    run.terminal.detail(f"read {len(sources)} files")
    explicit = run.connection.namespace
    return read_manifests(sources, renderer, Namespaces(explicit or _namespace(run), explicit=explicit is not None))


def _namespace(run: Run) -> str:
    """Return the namespace of the kubeconfig's context.

    A kubeconfig that cannot be read is a mistake only where a cluster is needed, unless its flags are given.
    """
    try:
        return kubeconfig.context_namespace(run.connection, run.environ) or "default"
    except KubeconfigError as exc:
        if run.connection.kubeconfig or run.connection.context:
            raise
        run.terminal.warn(f"objects without a namespace count as in default: {exc}")
        return "default"
