"""The args that a project declares: which there are, their defaults, and whether what is given fits.

- name: env                     # has to be given
- name: web.replicas            # args.web.replicas
  default: 1                    # what is given is a number too
- name: note
  default: null                 # may be left out, and is anything
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InputError
from .fields import Field
from .json_values import MAX_STEPS, kind_of, merged, nested

_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_ABSENT = object()


@dataclass(frozen=True)
class _Arg:
    """A declared arg; without `has_default` it has to be given."""

    name: str
    field: Field
    has_default: bool
    default: Any = None

    @classmethod
    def of(cls, field: Field) -> _Arg:
        keys = field.map(("name", "default"))
        if "name" not in keys:
            raise field.error("name is missing", "write - name: env, and default: VALUE if it has one")
        name = keys["name"].text()
        parts = name.split(".")
        if not all(parts) or len(parts) > MAX_STEPS:
            raise keys["name"].error(f"{name}: this is no name of an arg", "write env, or web.replicas")
        # A default that is null is there all the same.
        return cls(name, field, "default" in field.value, field.value.get("default"))

    def value_in(self, args: Mapping[str, Any]) -> Any:
        """Return what is given, _ABSENT when nothing is."""
        value: Any = args
        for step in self.name.split("."):
            if not isinstance(value, Mapping) or step not in value:
                return _ABSENT
            value = value[step]
        return value

    def as_args(self, value: Any) -> Mapping[str, Any]:
        """Return the args that have a value at the name of this one."""
        return nested(self.name.split("."), value)

    def fitting(self, value: Any) -> Any:
        """Return what is given as the type of the default; raise InputError where it is none of that type."""
        wanted, given = kind_of(self.default), kind_of(value)
        if self.default is None or wanted == given:
            return value
        # Flags tell numbers and true from text, without knowing what is wanted; these are what was written.
        if wanted == "a text" and isinstance(value, bool | int):
            return str(value).lower()
        if wanted == "a number" and isinstance(value, str) and _DECIMAL.fullmatch(value):
            return float(value)
        hint = f"its default is at {self.field.place}; one of null lets it be anything"
        raise InputError(f"the arg {self.name} is {given}, and its default is {wanted}", hint=hint)


def with_defaults(declared: Sequence[Field], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the args with the defaults of those that are not given; a default that is a map is merged key by key.

    `declared` are lists of declarations. Raises InputError for an arg that is missing or of another type than its
    default, and, where any are declared, for one that is not.
    """
    known = _by_name(item for entry in declared for item in entry.items())
    if not known:
        return given
    _refuse_unknown(known, given)
    _refuse_missing(known, given)
    args: Mapping[str, Any] = {}
    for arg in known.values():
        args = merged(args, arg.as_args(arg.default)) if arg.has_default else args
    args = merged(args, given)
    for arg in known.values():
        value = arg.value_in(given)
        args = args if value is _ABSENT else merged(args, arg.as_args(arg.fitting(value)))
    return args


def _by_name(fields: Iterator[Field]) -> Mapping[str, _Arg]:
    known: dict[str, _Arg] = {}
    for field in fields:
        arg = _Arg.of(field)
        first = known.setdefault(arg.name, arg)
        if first is not arg:
            raise field.error(f"the arg {arg.name} is declared twice; first at {first.field.place}")
    return known


def _refuse_unknown(known: Mapping[str, _Arg], given: Mapping[str, Any]) -> None:
    unknown = next(_unknown(known, given, ""), None)
    if unknown is None:
        return
    close = difflib.get_close_matches(unknown, known, 1)
    meant = f"; is {close[0]} meant?" if close else ""
    file = next(iter(known.values())).field.place.file
    raise InputError(f"there is no arg {unknown}{meant}", hint=f"args that {file} declares: {', '.join(sorted(known))}")


def _unknown(known: Mapping[str, _Arg], given: Mapping[str, Any], above: str) -> Iterator[str]:
    for key, value in given.items():
        name = f"{above}{key}"
        if name in known:
            continue
        if isinstance(value, Mapping) and any(other.startswith(f"{name}.") for other in known):
            yield from _unknown(known, value, f"{name}.")
        else:
            yield name


def _refuse_missing(known: Mapping[str, _Arg], given: Mapping[str, Any]) -> None:
    missing = [arg for arg in known.values() if not arg.has_default and arg.value_in(given) is _ABSENT]
    if not missing:
        return
    first, *others = missing
    lines = [f"{first.field.place}: the arg {first.name} is not given"]
    lines += [f"    {other.field.place}: nor is {other.name}" for other in others]
    hint = f"give {'it' if not others else 'them'}: {' '.join(f'-a {arg.name}=...' for arg in missing)}"
    raise InputError("\n".join(lines), hint=f"{hint}\nor write a default there")
