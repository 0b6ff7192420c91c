"""JSON texts: read by the JSON library, many times faster than as YAML, and with the escapes and tabs YAML lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .yaml_scalars import Json, json_value

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


def read_json(
    text: str, max_depth: int, on_string: Callable[[str, int], str] | None = None
) -> list[tuple[Json, int]] | None:
    """Return the values of a text of JSON objects, each with its line from 1.

    None when the text begins with no object, as kubectl decides it, or holds anything that YAML must explain: a syntax
    error, a duplicate key, a number that is not finite, half a surrogate pair, a deeper nesting.
    """
    if not text.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        found = list(_values(text))
    except (ValueError, RecursionError):
        return None
    values = [value for value, _ in found]
    if _is_deeper(values, max_depth) or (_SURROGATE.search(text) and not _is_unicode(values)):
        return None
    if on_string is None:
        return found
    lines = _string_lines(text)
    return [(_evaluated(value, on_string, lines), line) for value, line in found]


def _values(text: str) -> Iterator[tuple[Json, int]]:
    decoder = json.JSONDecoder(
        object_pairs_hook=_unique, parse_int=_number, parse_float=_number, parse_constant=_refused
    )
    end, line, at = 0, 1, 0
    while (start := _end_of_space(text, end)) < len(text):
        line, at = line + text.count("\n", at, start), start
        value, end = decoder.raw_decode(text, start)
        yield value, line


def _end_of_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key is there twice")
    return result


def _number(text: str) -> Any:
    return json_value(int(text) if text.lstrip("-").isdigit() else float(text))


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _is_unicode(values: list[Json]) -> bool:
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_deeper(values: list[Json], levels: int) -> bool:
    """Tell whether collections lie in each other on more than so many levels; a recursion could not tell."""
    collections = _collections(values)
    for _ in range(levels):
        collections = [
            inner
            for outer in collections
            for inner in _collections(outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(collections)


def _collections(values: Iterable[Json]) -> list[list[Json] | dict[str, Json]]:
    return [value for value in values if isinstance(value, (dict, list))]


def _string_lines(text: str) -> Iterator[int]:
    """Yield the line of each string of a JSON text, keys included, in the text's order."""
    line, at = 1, 0
    for match in _STRING.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        yield line


def _evaluated(value: Json, on_string: Callable[[str, int], str], lines: Iterator[int]) -> Json:
    """Replace the string values; a dict keeps the order of its text, so `lines` runs along."""
    if isinstance(value, str):
        return on_string(value, next(lines))
    if isinstance(value, list):
        return [_evaluated(item, on_string, lines) for item in value]
    if isinstance(value, dict):
        result: dict[str, Json] = {}
        for key, item in value.items():
            next(lines)
            result[key] = _evaluated(item, on_string, lines)
        return result
    return value
