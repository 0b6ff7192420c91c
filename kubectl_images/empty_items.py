"""Items of a project that give no objects: a slip in the name of a file or in a key, which would go unseen."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

from .errors import InputError
from .objects import Place
from .project_file import NAMES
from .project_items import LoadedItem
from .project_paths import entries
from .sources import manifest_files

_ENDINGS = (".yaml", ".yml", ".json")
_MAX_SHOWN = 5
# How much of two endings is alike when one of them is a slip for the other.
_ALIKE = 0.7


def warning(item: LoadedItem) -> str:
    """Return what is said of an item whose directory holds no manifests."""
    advice = _advice(item)
    return f"{_holds_nothing(item)}: {advice}" if advice else _holds_nothing(item)


def no_objects(items: Sequence[LoadedItem], empty: Collection[Place]) -> InputError:
    """Return the error about items of which none gives an object; those at the `empty` places hold no manifests."""
    lines = [
        _holds_nothing(item) if item.place in empty else f"{item.place}: {item.directory} gives no objects"
        for item in items[:_MAX_SHOWN]
    ]
    if len(items) > _MAX_SHOWN:
        lines.append(f"and {len(items) - _MAX_SHOWN} more")
    advice = {str(item.directory): _advice(item) for item in items[:_MAX_SHOWN] if item.place in empty}
    hints = [f"{directory}: {text}" for directory, text in advice.items() if text]
    return InputError("\n    ".join(lines), hint="\n".join(hints) or None)


def _holds_nothing(item: LoadedItem) -> str:
    return f"{item.place}: {item.directory} holds no manifests"


def _advice(item: LoadedItem) -> str | None:
    """Return what is there in their place, if it may be what is meant."""
    files = [file for file in entries(item.directory) if file.is_file()]
    if meant := next((file.name for file in files if _is_misspelt(file)), None):
        return f"{meant} is no {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]} file"
    if item.item.directory != "." and any(file.name in NAMES for file in files):
        return f"include: in place of path: takes its {NAMES[0]}"
    deeper = () if item.recursive else manifest_files(item.directory, recursive=True)
    if any(file.parent != item.directory for file in deeper):
        return "recursive: true reads what is below it"
    return None


def _is_misspelt(file: Path) -> bool:
    """Tell whether a file has nearly one of the endings of manifests: web.ymal, web.YAML."""
    ending = Path(file.name.removesuffix(".j2")).suffix
    if file.name.startswith(".") or ending in _ENDINGS:
        return False
    return bool(difflib.get_close_matches(ending.lower(), _ENDINGS, 1, _ALIKE))
