"""The variables that templates see: copies, made once for all renderers that have the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple


class _Copy(NamedTuple):
    """A list or map and its copy; the original is kept so that its identity is not given to another."""

    original: object
    copy: Any


class SharedCopies:
    """Copies of lists and maps, by the identity of what was copied, which nobody changes.

    A project has hundreds of items, each with variables of its own that are mostly those of all.
    """

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._copies: dict[int, _Copy] = {}
        # By identity too: what each copy is made of, and the originals that hold an original.
        self._original_of: dict[int, int] = {}
        self._held_by: dict[int, set[int]] = {}

    def copy_of(self, value: Any) -> Any:
        """Return the copy of a JSON value, its texts changed by `text_of`."""
        if id(value) in self._copies:
            return self._copies[id(value)].copy
        match value:
            case str():
                return self._text_of(value)
            case list():
                new: object = [self._child(child, value) for child in value]
            case Mapping():
                new = {self.copy_of(key): self._child(child, value) for key, child in value.items()}
            case _:
                return value
        self._copies[id(value)] = _Copy(value, new)
        self._original_of[id(new)] = id(value)
        return new

    def _child(self, child: object, parent: object) -> Any:
        if isinstance(child, Mapping | list):
            self._held_by.setdefault(id(child), set()).add(id(parent))
        return self.copy_of(child)

    def has(self, value: object) -> bool:
        """Tell whether the value is one of the copies."""
        return id(value) in self._original_of

    def forget(self, copy: object) -> None:
        """Copy anew, from now on, what is the original of a copy that was changed, and all that holds it."""
        changed = {self._original_of[id(copy)]} if self.has(copy) else set()
        while changed:
            original = changed.pop()
            if found := self._copies.pop(original, None):
                del self._original_of[id(found.copy)]
                changed |= self._held_by.pop(original, set())


class Variables:
    """The variables of one renderer: shared with others, until a template changes something in them."""

    def __init__(self, originals: Mapping[str, Any], shared: SharedCopies) -> None:
        self._originals = originals
        self._shared = shared
        self._own: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The variables by their names, as the last template left them."""
        if self._own is not None:
            return self._own
        values: dict[str, Any] = self._shared.copy_of(self._originals)
        return values

    def has(self, value: object) -> bool:
        """Tell whether a change of the value may be a change of the variables."""
        return self._own is not None or self._shared.has(value)

    def keep(self, changed: Iterable[object]) -> None:
        """Keep what a template has changed for these variables alone."""
        self._own = self.values
        for value in changed:
            self._shared.forget(value)
