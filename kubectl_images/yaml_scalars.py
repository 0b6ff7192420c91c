"""What a YAML scalar means to kubectl, and which texts every YAML reader takes for a string.

Source: sigs.k8s.io/yaml and its go-yaml v2 (resolve.go, decode.go), and the answers of kubectl 1.32.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable, Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
# What go-yaml reads: an int may exceed 64 bits signed (Go's uint64), a float may be integral or not a number.
Scalar: TypeAlias = "bool | int | float | str | None"

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_EXACT_FLOATS = range(-(2**53), 2**53)

# Booleans of YAML 1.1 alone.
_OLD_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_WORDS: Mapping[str, bool | float | None] = {
    **_OLD_BOOLEANS,
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
# Only a scalar that begins with one of these can be anything but a string.
_SUSPECT_FIRST = frozenset("+-.0123456789yYnNtTfFoO~")

_INT = re.compile(
    r"([-+]?)(?:0[xX]0*([0-9a-fA-F]{1,16})|0[bB]0*([01]{1,64})|0[oO]0*([0-7]{1,22})|0+([0-7]{0,22})|([1-9][0-9]{0,19}))"
)
_INT_BASES = (16, 2, 8, 8, 10)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:[Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?"
)

# Begins as a word, a path, a variable or an option and holds nothing that has a meaning in block style; or a quantity;
# or an image on a host that is an address.
_TEXT = re.compile(
    r"(?:[^\W\d_]|[/$]|--?[A-Za-z])(?:[\w./@+=~()*$%^<>&;!?\[\]-]|:(?=[\w/])|[ ](?=[\w./(*$%<>&+=-]))*"
    r"|[0-9]+(?:[mksh]|[KMGTPE]i|[MGTP])"
    r"|[0-9]+(?:\.[0-9]+){3}(?::[0-9]+)?/[\w./:@-]*\w"
)
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})

_TAG_PREFIX = "tag:yaml.org,2002:"


def plain_value(text: str, *, yes_is_text: bool = False) -> Scalar:
    """Return what an unquoted scalar without a tag means; with `yes_is_text` only true and false are booleans."""
    if text and text[0] not in _SUSPECT_FIRST:
        return text
    if yes_is_text and text in _OLD_BOOLEANS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _float(text, text)
    if text[0] in "+-0123456789":
        return _number(text)
    return text


def tagged_value(tag: str, text: str) -> Scalar:
    """Return what a scalar with an explicit tag means.

    Raises ValueError, with a reason to show, for an unknown tag and for a text that does not fit the tag.
    """
    convert = _BY_TAG.get(tag)
    if convert is None:
        # Its name is not repeated: it may be a password that begins with an exclamation mark.
        raise ValueError("the tag is not known; a text that begins with ! needs quotes")
    try:
        return convert(text)
    except (TypeError, ValueError) as exc:
        raise ValueError(f"the value is not of its type {short_tag(tag)}") from exc


def short_tag(tag: str) -> str:
    """Return the tag as it is written: `!!str`, `!mine`."""
    return f"!!{tag[len(_TAG_PREFIX) :]}" if tag.startswith(_TAG_PREFIX) else tag


def is_collection_tag(tag: str, kind: str) -> bool:
    """Tell whether the tag adds nothing to a collection of this kind, `map` or `seq`."""
    return tag in {"!", _TAG_PREFIX + kind}


def json_value(value: Scalar) -> Scalar:
    """Return the scalar as it is after its way through JSON: integral floats become ints where 64 bits hold them.

    Raises ValueError for NaN and the infinities.
    """
    if isinstance(value, int) and value not in _INT64:
        return float(value)
    if isinstance(value, float):
        return _json_number(value)
    return value


def key_text(value: Scalar) -> str:
    """Return the JSON key of a scalar key; raises ValueError for one that kubectl refuses."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() if value in _INT64:
            return str(value)
        case float():
            return _float_key(value)
        case _:
            raise ValueError(f"{'null' if value is None else value} cannot be a key")


def is_always_text(text: str) -> bool:
    """Tell whether every YAML 1.1 and 1.2 reader takes the text, unquoted in block style, for this very string."""
    return _TEXT.fullmatch(text) is not None and text.lower() not in _RESERVED


def _number(text: str) -> Scalar:
    plain = text.replace("_", "")
    match = _INT.fullmatch(plain)
    if match is None:
        return _float(plain, text)
    sign, *groups = match.groups()
    digits, base = next((item, base) for item, base in zip(groups, _INT_BASES, strict=True) if item is not None)
    value = int(sign + (digits or "0"), base)
    if value in _INT64 or (not sign and value in _UINT64):
        return value
    return _float(plain, text)


def _float(plain: str, text: str) -> Scalar:
    """Return the number that `plain`, the text without underscores, is; the text when there is none."""
    if not _FLOAT.fullmatch(plain):
        return text
    value = float(plain)
    return text if math.isinf(value) else value


def _json_number(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a number must be finite")
    if not value.is_integer():
        return value
    integer = int(value)
    if integer not in _EXACT_FLOATS:
        # JSON carries the shortest digits that give the float back, not all of its digits.
        from decimal import Decimal

        integer = int(Decimal(repr(value)))
    return integer if integer in _INT64 else value


def _float_key(value: float) -> str:
    """Return what Go's strconv.FormatFloat(value, 'g', -1, 32) gives, in YAML's words where it is no number."""
    if math.isnan(value):
        return ".nan"
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", math.copysign(math.inf, value))
    single: float = struct.unpack("<f", packed)[0]
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    shortest = next(text for text in (f"{single:.{n}e}" for n in range(9)) if struct.pack("<f", float(text)) == packed)
    mantissa, _, exponent = shortest.partition("e")
    if not -4 <= int(exponent) < 6:
        return shortest
    decimals = len(mantissa.partition(".")[2]) - int(exponent)
    return f"{single:.{max(decimals, 0)}f}"


def _exactly(*kinds: type) -> Callable[[str], Scalar]:
    def convert(text: str) -> Scalar:
        value = plain_value(text)
        if type(value) not in kinds:
            raise TypeError
        return value

    return convert


def _as_float(text: str) -> Scalar:
    value = _exactly(int, float)(text)
    return float(value) if isinstance(value, int) else value


def _as_timestamp(text: str) -> Scalar:
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError
    return text


def _as_binary(text: str) -> Scalar:
    try:
        return base64.b64decode(text.replace("\n", ""), validate=True).decode("utf-8", "replace")
    except binascii.Error as exc:
        raise ValueError from exc


_BY_TAG: Mapping[str, Callable[[str], Scalar]] = {
    "!": str,
    _TAG_PREFIX + "str": str,
    _TAG_PREFIX + "merge": str,
    _TAG_PREFIX + "bool": _exactly(bool),
    _TAG_PREFIX + "int": _exactly(int),
    _TAG_PREFIX + "float": _as_float,
    _TAG_PREFIX + "null": _exactly(type(None)),
    _TAG_PREFIX + "timestamp": _as_timestamp,
    _TAG_PREFIX + "binary": _as_binary,
}
