"""The objects of -f and -k: of files as they are, and of what kustomize makes of directories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from .builds import Build, Builder, new_builder
from .built_objects import objects_of_part
from .found_objects import Found
from .kustomize_names import Kustomized
from .render import Renderer
from .sources import Source
from .template_choice import Scope, TemplateChoice
from .territories import Territory


def objects_of_input(
    parts: Sequence[Source | Kustomized],
    renderer: Renderer,
    environ: Mapping[str, str],
    warn: Callable[[str], None],
    status: Callable[[str], None],
    *,
    templates: bool,
) -> Iterator[Found]:
    """Yield the objects, in the order of the input.

    Programs run in the environment, and `status` shows the one that is waited for. Raises InputError naming the place.
    """
    with new_builder(environ, warn, status) as builder:
        started = [
            part if isinstance(part, Source) else _build(part, renderer, builder, templates=templates) for part in parts
        ]
        for part in started:
            yield from objects_of_part(part, renderer)


def _build(part: Kustomized, renderer: Renderer, builder: Builder, *, templates: bool) -> Build:
    if part.remote:
        return builder.remote(part.directory)
    directory = Path(part.directory)
    territory = Territory(directory, TemplateChoice(directory, templates, in_project=False))
    return builder.kustomized(part.argument, directory, territory, Scope(renderer))
