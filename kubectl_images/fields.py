"""Maps with known keys in a YAML file: read with errors that name file and line, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from . import documents
from .errors import InputError
from .json_values import kind_of
from .objects import Place
from .placeholders import HOST
from .shown_lines import have_same_lines

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Text:
    """The text of a file of one document, under the name that places show.

    The name says so where the lines are not those of the file, but of what was rendered from it.
    """

    name: str
    text: str


@dataclass(frozen=True)
class Field:
    """A JSON value of a file, and where in it the value stands: in which document, counted from 0, and at which path."""

    value: Any
    file: Text
    path: Path = ()
    document: int = 0

    @property
    def place(self) -> Place:
        """The file and the line, which is looked up: many items together should not ask for it without need."""
        return Place(self.file.name, documents.line_of(self.file.text, self.document, self.path))

    @property
    def key_place(self) -> Place:
        """The file and the line of its key, which is above a value that is a block of lines; it is looked up."""
        return Place(self.file.name, documents.line_of(self.file.text, self.document, self.path, of_key=True))

    @property
    def name(self) -> str:
        """The path as one reads it: `deployments[0].path`; "" for the whole document."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(parts).removeprefix(".")

    def error(self, what: str, hint: str | None = None) -> InputError:
        """Return the error about it: the place and what is wrong there."""
        return InputError(f"{self.place}: {what}", hint=hint)

    def at(self, step: str | int) -> Field:
        """Return the value of a key or an element that is there."""
        return Field(self.value[step], self.file, (*self.path, step), self.document)

    def map(self, known: Collection[str], unsupported: Mapping[str, str] | None = None) -> dict[str, Field]:
        """Return the values of a map by key, without those that are null.

        Raises InputError for what is no map, for an unknown key, and for one that is not supported, whose value in
        `unsupported` says what to do instead.
        """
        for key in self.free_map():
            if key in (unsupported or {}):
                place = self.at(key).key_place
                raise InputError(f"{place}: {key} is not supported", hint=(unsupported or {})[key] or None)
            if key not in known:
                close = difflib.get_close_matches(str(key), known, 1)
                meant = f"; did you mean {close[0]}?" if close else ""
                place = self.at(key).key_place
                raise InputError(f"{place}: unknown key {key!r}{meant}", hint=f"known here: {', '.join(known)}")
        return {key: self.at(key) for key, value in self.value.items() if value is not None}

    def free_map(self) -> Mapping[str, Any]:
        """Return a map of any keys; raise InputError for what is none."""
        if not isinstance(self.value, dict):
            raise self._wrong("a map")
        return self.value

    def items(self) -> tuple[Field, ...]:
        """Return the elements of a list; raise InputError for what is none."""
        if not isinstance(self.value, list):
            raise self._wrong("a list")
        return tuple(self.at(index) for index in range(len(self.value)))

    def text(self) -> str:
        """Return a text that is not empty and holds no image; raise InputError for anything else."""
        if not isinstance(self.value, str):
            hint = None if isinstance(self.value, dict | list | None) else "put quotes around it"
            raise self._wrong("a text", hint)
        if not self.value:
            raise self.error(f"{self.name} is empty")
        if HOST in self.value.lower():
            raise self.error(f"{self.name} cannot hold an image, which is decided later")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return the texts of a list, or a text alone as the only one."""
        return (self.text(),) if isinstance(self.value, str) else tuple(item.text() for item in self.items())

    def boolean(self) -> bool:
        """Return true or false; raise InputError for anything else."""
        if not isinstance(self.value, bool):
            raise self._wrong("true or false")
        return self.value

    def _wrong(self, wanted: str, hint: str | None = None) -> InputError:
        return self.error(f"{self.name or 'the file'} is {kind_of(self.value)}, not {wanted}", hint)


def read_fields(text: str, name: str, *, template: str | None = None) -> Field | None:
    """Return the document of a YAML file; None for an empty one.

    `template` is what the text was rendered from. Raises InputError for what is no YAML, and for several documents.
    """
    found = read_all_fields(text, name, template=template)
    if len(found) > 1:
        raise InputError(f"{found[1].place}: a second document: this file holds one")
    return found[0] if found else None


def read_all_fields(text: str, name: str, *, template: str | None = None) -> tuple[Field, ...]:
    """Return the documents of a YAML file, as `read_fields` does."""
    if template is not None and not have_same_lines(template, text):
        name = f"{name} (rendered)"
    found = documents.read(text, name, template=template, yes_is_text=True)
    return tuple(Field(document.value, Text(name, text), (), number) for number, document in enumerate(found))
