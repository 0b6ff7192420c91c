"""YAML and JSON documents, read as kubectl reads them, and written so that every reader reads the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .json_documents import read_json
from .yaml_problems import YamlText
from .yaml_writer import write

__all__ = ["Document", "line_of", "parser_name", "read", "write"]

_MAX_DEPTH = 200


@dataclass(frozen=True)
class Document:
    """One document: a JSON value, and the line where it begins, from 1."""

    value: Any
    line: int


def read(
    text: str,
    name: str,
    *,
    on_string: Callable[[str, int], str] | None = None,
    pure: bool = False,
    template: str | None = None,
    secret: bool = False,
    yes_is_text: bool = False,
) -> tuple[Document, ...]:
    """Return the documents of a YAML or JSON text, as kubectl reads them; those of nothing but comments are left out.

    `on_string(value, line)` replaces each string that is not a key, once for each time it is written: an alias copies
    what came back. `pure` reads without libyaml even where it is there. `template` is what the text was rendered from:
    messages show its lines, not the text's, and of a text that is `secret` only the keys. With `yes_is_text` only true
    and false are booleans, as in kluctl's files. Raises InputError with file, line and the line itself for all that is no
    YAML, and for what kubectl refuses or should: keys that are there twice, NaN and the
    infinities, unknown tags, more than 200 levels, aliases that multiply beyond all use.
    """
    text = _without_byte_order_marks(text)
    found = read_json(text, _MAX_DEPTH, on_string)
    if found is None:
        # The reader needs the YAML library, which a start without documents does not.
        from .yaml_reader import read_yaml

        found = read_yaml(
            YamlText(name, text, template, secret), _MAX_DEPTH, on_string, pure=pure, yes_is_text=yes_is_text
        )
    return tuple(Document(value, line) for value, line in found)


def line_of(text: str, document: int, path: Sequence[str | int], *, of_key: bool = False) -> int:
    """Return the line, from 1, of the value at a path of a document that `read` returned, counted from 0.

    With `of_key` it is the line of the value's key.
    Where the path leads nowhere, it is the line of the last value on it; 0 without such a document. It is for
    messages: the text is parsed again, and only the last one is remembered.
    """
    from .yaml_lines import find_line

    return find_line(_without_byte_order_marks(text), document, path, of_key=of_key)


def parser_name() -> str:
    """Return what parses YAML here: libyaml, or PyYAML alone, which takes ten times as long."""
    from .yaml_reader import loader

    return "PyYAML" if loader(pure=False) is loader(pure=True) else "libyaml"


def _without_byte_order_marks(text: str) -> str:
    """Remove the marks at the beginning of files, also of files that were joined; not every parser skips those."""
    return text.removeprefix("\ufeff").replace("\n\ufeff", "\n") if "\ufeff" in text else text
