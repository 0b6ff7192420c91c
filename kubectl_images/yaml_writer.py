"""JSON values as YAML in block style that every YAML 1.1 and 1.2 reader reads alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from .yaml_scalars import is_always_text

if TYPE_CHECKING:
    import yaml

# Control characters, line ends other than \n, and what readers skip or refuse.
_NOT_LITERAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# libyaml counts columns in a C int.
_NO_FOLDING = 2**31 - 1


def write(values: Iterable[object], *, pure: bool = False) -> str:
    """Return JSON values as documents, with `---` between them; keys keep their order.

    Without libyaml, or with `pure`, PyYAML's own emitter writes them, more slowly. Raises TypeError for what is no
    JSON value, and ValueError for a number that is not finite or a text that is no Unicode.
    """
    import yaml

    try:
        return "---\n".join(_document(value, pure) for value in values)
    except yaml.representer.RepresenterError as exc:
        raise TypeError(f"no JSON value: {exc.args[-1]!r}") from exc


def _document(value: object, pure: bool) -> str:
    import yaml

    text: str = yaml.dump(
        value,
        Dumper=_dumper(pure),
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=_NO_FOLDING,
    )
    # A document of one plain scalar gets an end mark, which says nothing here.
    return text.removesuffix("...\n") if text.endswith("\n...\n") else text


@cache
def _dumper(pure: bool) -> type[yaml.SafeDumper | yaml.CSafeDumper]:
    import yaml

    base = yaml.SafeDumper if pure else getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    known: dict[Any, Any] = base.yaml_representers
    own: dict[Any, Any] = {dict: _mapping, str: _text, float: _number}
    json_types = {kind: known[kind] for kind in (type(None), bool, int, list)}
    members = {
        "ignore_aliases": lambda _dumper, _value: True,
        # None is what refuses every other type.
        "yaml_representers": {**json_types, **own, None: known[None]},
    }
    return type("_Dumper", (base,), members)


def _mapping(dumper: yaml.SafeDumper, value: dict[object, object]) -> yaml.MappingNode:
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"a key of an object is no text: {key!r}")
    return dumper.represent_dict(value)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write a text plainly, as a literal block, or in quotes where some reader could take it for something else."""
    style = None if is_always_text(text) else "|" if "\n" in text and _is_literal(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_literal(text: str) -> bool:
    """Tell whether a block text keeps every character; one of line ends alone has nothing to keep them at."""
    return not _NOT_LITERAL.search(text) and not text.isspace()


def _number(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    if not math.isfinite(number):
        raise ValueError(f"no JSON number: {number}")
    return dumper.represent_float(number)
