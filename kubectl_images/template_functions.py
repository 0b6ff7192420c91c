"""What templates can call besides Jinja2's own filters, and what they may do with an image that is not decided yet.

The names are those that old kluctl's templates use.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from . import documents
from .errors import InputError
from .images import HOST, Call, Placeholder, Placeholders

# The filters that leave a text whole.
_KEEP_TEXT = frozenset(
    {"d", "default", "e", "escape", "forceescape", "from_yaml", "indent", "join", "pprint", "safe", "string"}
    | {"to_json", "to_yaml", "tojson", "trim"}
)


@dataclass(frozen=True)
class Guard:
    """Keeps the text that stands for an image whole, up to where the image is filled in.

    Text made from it is marked, by being a Placeholder, and only what leaves marked text whole may be done with it:
    what a template cuts, encodes or looks into would not be the image's own text.
    """

    placeholders: Placeholders

    def joined(self, parts: Iterable[str]) -> str:
        """Return the parts as one text, marked when it holds an image."""
        text = "".join(parts)
        return Placeholder(text) if HOST in text else text

    def filter(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        """Return the filter, guarded; Jinja2's marks on it stay."""
        # A filter with such a mark is given the context, or a part of it, before the value.
        first = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> object:
            if isinstance(args[first], Placeholder) and name not in _KEEP_TEXT:
                self.refuse(args[first], f"the filter {name}")
            inserted = (*args, *kwargs.values()) if name == "format" else args[first : first + 1]
            return self.kept(function(*args, **kwargs), inserted, f"the filter {name}")

        return guarded

    def kept(self, result: object, inserted: Iterable[object], operation: str) -> object:
        """Return the result, marked when it holds an image; an error when an inserted one is not whole in it."""
        for text in inserted:
            if isinstance(text, Placeholder) and set(self._calls_in(text)) - set(self._calls_in(str(result))):
                self.refuse(text, operation)
        return self.joined((result,)) if isinstance(result, str) else result

    def refuse(self, text: str, operation: str) -> NoReturn:
        """Raise InputError: the operation is no use on text that holds an image."""
        calls = dict.fromkeys(f"images.get_image({call.image!r})" for call in self._calls_in(text))
        raise InputError(
            f"{' and '.join(calls)}: the image is decided after the templates, so {operation} cannot use its text",
            hint="insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )

    def _calls_in(self, text: str) -> tuple[Call, ...]:
        return self.placeholders.split(str(text))[1]


def b64encode(value: object) -> str:
    """Return the base64 of the text's UTF-8 bytes."""
    return base64.b64encode(_text(value, "b64encode").encode()).decode()


def b64decode(value: object) -> str:
    """Return the text whose UTF-8 bytes are encoded, in one line or several; raise InputError for anything else."""
    encoded = "".join(_text(value, "b64decode").split())
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError) as exc:
        raise InputError(f"b64decode: this is not the base64 of a text: {exc}") from exc


def sha256(value: object, digest_len: int | None = None) -> str:
    """Return the hex digest of the text's UTF-8 bytes, or its first `digest_len` digits."""
    return hashlib.sha256(_text(value, "sha256").encode()).hexdigest()[:digest_len]


def slugify(value: object) -> str:
    """Return the text as lower-case ASCII letters and digits with single dashes between them."""
    ascii_text = unicodedata.normalize("NFKD", _text(value, "slugify")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _text(value: object, name: str) -> str:
    """Return the text; of a number too, since `-a port=80` is one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
        raise InputError(f"{name} needs a text, not {value!s}")
    return str(value)


def to_yaml(value: object) -> str:
    """Return the value as YAML, without a newline at its end."""
    return documents.write([_plain(value)]).rstrip("\n")


def to_json(value: object) -> str:
    """Return the value as JSON on one line."""
    return json.dumps(_plain(value), ensure_ascii=False)


def from_yaml(text: object) -> object:
    """Return what the YAML text holds: None for an empty one, a list for several documents."""
    values = [document.value for document in documents.read(str(text), "from_yaml")]
    return values[0] if len(values) == 1 else values or None


def _plain(value: object) -> object:
    """Return the value with nothing in it but JSON's types; raise InputError for one that has no such form."""
    match value:
        case str():
            return str(value)
        case Mapping():
            return {str(key): _plain(child) for key, child in value.items()}
        case list() | tuple():
            return [_plain(child) for child in value]
        case None | bool() | int() | float():
            return value
        case _:
            raise InputError(f"a value without a form in YAML and JSON: {value!s}")


def raise_(message: object) -> NoReturn:
    """Stop rendering with the template's own message."""
    raise InputError(str(message))


FILTERS: Mapping[str, Callable[..., object]] = {
    "b64encode": b64encode,
    "b64decode": b64decode,
    "from_yaml": from_yaml,
    "sha256": sha256,
    "slugify": slugify,
    "to_json": to_json,
    "to_yaml": to_yaml,
}
GLOBALS: Mapping[str, Callable[..., object]] = {"raise": raise_}
