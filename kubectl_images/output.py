"""The forms of a result: a table, JSON or YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from . import documents


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows below their header, in columns three spaces apart, as kubectl prints them."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    padded = ("   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(line.rstrip() + "\n" for line in padded)


def serialised(value: object, form: str) -> str:
    """Return the value as `json` or `yaml`."""
    if form == "json":
        return json.dumps(value, indent=4, ensure_ascii=False) + "\n"
    return documents.write([value])
