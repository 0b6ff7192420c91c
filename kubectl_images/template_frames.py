"""Which template is running, and what it knows that its context does not: Jinja2 keeps those names as Python's own."""

from __future__ import annotations

import inspect
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from types import FrameType
from typing import TYPE_CHECKING

from .objects import Place
from .template_sources import Sources

if TYPE_CHECKING:
    from jinja2 import Template

# Jinja2's name for a variable, after the depth of what it is in. What is not in anything is in the context too.
_INNER_NAME = re.compile(r"l_[1-9][0-9]*_(.+)", re.DOTALL)


def calling_place(sources: Sources) -> Place:
    """Return the place in a file of the template that is running."""
    for frame, template in _running():
        if template.filename is not None and template.filename in sources.by_name:
            return sources.place(template.filename, _line_of(template, frame.f_lineno))
    raise AssertionError("this is called by a template only")


def inner_names() -> frozenset[str]:
    """Return the names that the running template has in a loop, macro or `with` alone."""
    from jinja2.utils import missing

    frame, _ = next(_running())
    names = ((_INNER_NAME.fullmatch(name), value) for name, value in frame.f_locals.items())
    return frozenset(found[1] for found, value in names if found and value is not missing)


def _running() -> Iterator[tuple[FrameType, Template]]:
    frame = inspect.currentframe()
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            yield frame, template
        frame = frame.f_back


def _line_of(template: Template, code_line: int) -> int:
    """Return the template's line of a line of its code.

    Jinja2's own function takes apart the whole table for each call, which makes it the square of a long template.
    """
    code_lines, lines = _line_table(template)
    at = bisect_right(code_lines, code_line) - 1
    return lines[at] if at >= 0 else 1


@lru_cache(maxsize=8)
def _line_table(template: Template) -> tuple[list[int], list[int]]:
    """Return the lines of the code where the template's line changes, and the template's lines that begin there."""
    pairs = template.debug_info
    return [code_line for _, code_line in pairs], [line for line, _ in pairs]
