"""What templates can call besides Jinja2's own filters: the names that old kluctl's templates use."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NoReturn

from . import documents
from .errors import InputError


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
    """Return the value as YAML, without a newline at its end, unless that belongs to the last text of the value."""
    plain = _plain(value)
    written = documents.write([plain])
    return written if _last_text(plain).endswith("\n") else written.rstrip("\n")


def _last_text(value: object) -> str:
    """Return the text that is written last, "" where that is something else."""
    while isinstance(value, (dict, list)) and value:
        value = [*value.values()][-1] if isinstance(value, dict) else value[-1]
    return value if isinstance(value, str) else ""


def to_json(value: object) -> str:
    """Return the value as JSON on one line."""
    return json.dumps(_plain(value), ensure_ascii=False)


def from_yaml(text: object) -> object:
    """Return what the YAML text holds: None for an empty one, a list for several documents."""
    try:
        # The text may be a secret: an error shows no line of it.
        found = documents.read(str(text), "from_yaml", template="")
    except InputError as exc:
        raise InputError(str(exc).splitlines()[0], hint=exc.hint) from exc
    values = [document.value for document in found]
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
