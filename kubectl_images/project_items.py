"""What of a project takes part, one by one: directories with their variables, and objects to delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .fields import Field
from .objects import Item, Place
from .variables import Variables


@dataclass(frozen=True)
class LoadedItem:
    """An item with its variables: its directory, and what its project files say about it.

    `directory` is the path as the user knows it; `around` are it and those of the project files that lead to it, the
    nearest first. `namespace` overrides that of its objects, None does not; `excludes` are patterns of files that are no
    templates, each with the directory it counts from.
    """

    directory: Path
    item: Item
    place: Place
    variables: Variables
    stage: int
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = None
    excludes: tuple[tuple[Path, str], ...] = ()
    recursive: bool = False
    only_render: bool = False
    around: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Deletion:
    """An object that an item says to delete, before the other items of its stage are applied; `field` says which.

    `namespace` is that of one which names none; None: no file says.
    """

    field: Field
    stage: int
    namespace: str | None = None
