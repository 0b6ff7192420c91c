"""The lines of single values in a YAML text, for messages about what the values mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from .yaml_reader import loader
from .yaml_scalars import key_text, plain_value

if TYPE_CHECKING:
    import yaml


def find_line(text: str, document: int, path: Sequence[str | int], *, of_key: bool = False) -> int:
    """Return the line, from 1, of the value at the path, or of the last one on it; 0 without such a document.

    `of_key` asks for the line of its key instead, which is above a value that is a block of lines.
    The library cannot compose all that we read: an anchor that is set twice, and without libyaml tabs between tokens.
    """
    roots = _roots(text)
    if document >= len(roots):
        return 0
    node = begins = roots[document]
    for step in path:
        child = _child(node, step)
        if child is None:
            break
        key, node = child
        begins = key if of_key else node
    return int(begins.start_mark.line) + 1


@lru_cache(maxsize=1)
def _roots(text: str) -> tuple[yaml.Node, ...]:
    import yaml

    try:
        roots = tuple(yaml.compose_all(text, Loader=loader(pure=False)))
    except (yaml.YAMLError, RecursionError):
        return ()
    return tuple(node for node in roots if not isinstance(node, yaml.ScalarNode) or node.value or node.style)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the key of a value, or an element twice, and the value; None when there is none."""
    import yaml

    children: list[tuple[yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(key, value) for key, value in node.value if step in {_key_of(key), key.value}]
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        children = [(element, element) for element in node.value[step : step + 1]]
    return children[0] if children else None


def _key_of(node: yaml.ScalarNode) -> str:
    try:
        return key_text(node.value if node.style else plain_value(node.value))
    except ValueError:
        return ""  # Only a tag makes a key of such a text, and what is written and what is guessed look alike here.
