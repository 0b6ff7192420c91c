"""Variables from the environment: `NAME`, or `NAME:default`, at any place of a map or list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import documents
from .errors import InputError
from .fields import Field
from .variable_texts import Read


def read_environment(names: Field, environ: Mapping[str, str], *, ignore_missing: bool) -> Read:
    """Return the map with the values of the environment in the place of the names.

    Values are read as YAML, so that 5 and true are no texts, and "5" is one. With `ignore_missing` a name that is
    not there is left out. Raises InputError naming file, line and the name.
    """
    names.free_map()
    reader = _Reader(environ, ignore_missing)
    return Read(reader.value(names))


class _Reader:
    """Reads the values."""

    def __init__(self, environ: Mapping[str, str], ignore_missing: bool) -> None:
        self.environ = environ
        self.ignore_missing = ignore_missing

    def value(self, field: Field) -> Any:
        match field.value:
            case dict():
                return {
                    key: self.value(child) for key, child in self.present((key, field.at(key)) for key in field.value)
                }
            case list():
                return [self.value(child) for _, child in self.present(enumerate(field.items()))]
            case _:
                return self.variable(field)

    def present(self, children: Iterator[tuple[Any, Field]]) -> Iterator[tuple[Any, Field]]:
        """Yield the children that are not to be left out."""
        for step, child in children:
            if not (self.ignore_missing and isinstance(child.value, str) and self.is_missing(child.value)):
                yield step, child

    def is_missing(self, text: str) -> bool:
        name, colon, _ = text.partition(":")
        return not colon and name not in self.environ

    def variable(self, field: Field) -> Any:
        name, colon, default = field.text().partition(":")
        if not name:
            raise field.error("the name of the environment variable is missing", "write NAME, or NAME:default")
        if name in self.environ:
            return _typed(self.environ[name], field, f"the value of the environment variable {name}")
        if not colon:
            hint = f'set it, or give it a default: "{name}:default"'
            raise field.error(f"there is no environment variable {name}, for {field.name}", hint)
        return _typed(default, field, f"the default of {name}")


def _typed(text: str, field: Field, what: str) -> Any:
    """Return what the YAML of a text is; the text itself when it is empty or a comment."""
    try:
        found = documents.read(text, what, template="", yes_is_text=True)
    except InputError as exc:
        # The cause quotes the value, which may be a secret.
        raise field.error(f"{what} is no YAML", "put quotes into it, as in NAME='\"text\"'") from exc
    if len(found) > 1:
        raise field.error(f"{what} is more than one YAML document", "put quotes into it, as in NAME='\"text\"'")
    return found[0].value if found else text
