"""What templates can call besides Jinja2's own filters: the names that old kluctl's templates use."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from . import documents
from .errors import InputError
from .json_values import kind_of, merged

# Latin letters that are no others with marks, so that Unicode does not take them apart.
_SPELLED_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H"}
)


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
    """Return the text as lower-case ASCII letters and digits with single dashes between them.

    As python-slugify, which kluctl used, for texts in Latin letters; those of other scripts are left out.
    """
    spelled_out = _text(value, "slugify").translate(_SPELLED_OUT)
    ascii_text = unicodedata.normalize("NFKD", spelled_out).encode("ascii", "ignore").decode()
    ascii_text = re.sub(r"(?<=[0-9]),(?=[0-9])", "", ascii_text)
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")


def _text(value: object, name: str) -> str:
    """Return the text; of a number too, since `-a port=80` is one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{name} needs a text, not {kind_of(value)}")
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
            raise InputError(f"{kind_of(value)} has no form in YAML and JSON")


def merge_dict(first: object, second: object) -> dict[Any, Any]:
    """Return a copy of the first map with the second merged into it, key by key; lists are values as others are.

    None is an empty map.
    """
    result: dict[Any, Any] = copied(merged(_map(first, "merge_dict"), _map(second, "merge_dict")))
    return result


def update_dict(first: object, second: object) -> str:
    """Merge the second map into the first, which is changed; return "", so that the call leaves no text."""
    merge_into(_map(first, "update_dict"), _map(second, "update_dict"))
    return ""


def _map(value: object, name: str) -> dict[Any, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{name} needs two maps, not {kind_of(value)}")
    return value


def merge_into(target: dict[Any, Any], source: Mapping[Any, Any]) -> None:
    """Merge the source into the target, which shares nothing with it then."""
    # A copy of the items: the source may be the target, or hold it.
    for key, value in list(source.items()):
        old = target.get(key)
        if isinstance(old, dict) and isinstance(value, Mapping):
            merge_into(old, value)
        else:
            target[key] = copied(value)


def copied(value: Any) -> Any:
    """Return the value, with lists and maps in it that nothing else has."""
    match value:
        case Mapping():
            return {key: copied(child) for key, child in value.items()}
        case list() | tuple():
            return [copied(child) for child in value]
        case _:
            return value


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
FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "merge_dict": merge_dict,
    "raise": raise_,
}
