"""The paths of `get_var`, the part of JSONPath that names one value.

path := name step* | "$" step+        step := "." name | "['" text "']" | '["' text '"]' | "[" index "]"
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .errors import InputError

_NAME = r"[^\W\d][\w-]*"
_FIRST = re.compile(rf"\$|(?P<name>{_NAME})")
_STEP = re.compile(
    rf"""\.(?P<name>{_NAME})|\['(?P<single>[^']*)'\]|\["(?P<double>[^"]*)"\]|\[(?P<index>[0-9]{{1,9}})\]"""
)
_FORM = "write a path of one value: a.b, a['b'], a[\"b\"], a[0] or $.a"

Step = str | int


def parse_path(path: object) -> tuple[str, tuple[Step, ...]]:
    """Return the variable that a path begins with, and the keys and indexes that follow; raise InputError for another."""
    if not isinstance(path, str):
        # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
        str(path)
        raise InputError("get_var: a path is a text, or a list of them", hint=_FORM)
    steps = _steps(path)
    if not steps or not isinstance(steps[0], str):
        raise InputError(f"get_var: this is no path of one value: {path}", hint=_FORM)
    return steps[0], tuple(steps[1:])


def _steps(path: str) -> list[Step]:
    """Return the names and indexes of a path; none when it is not one."""
    first = _FIRST.match(path)
    if first is None:
        return []
    steps: list[Step] = [first["name"]] if first["name"] else []
    at = first.end()
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return []
        text = found[found.lastgroup or 0]
        steps.append(int(text) if found.lastgroup == "index" else text)
        at = found.end()
    return steps


def holds(value: object, step: Step) -> bool:
    """Tell whether a value has that key or index."""
    if isinstance(step, int):
        return isinstance(value, list | tuple) and step < len(value)
    return isinstance(value, Mapping) and step in value
