"""Fields that a comparison leaves out, since others change them: rules, and annotations as kluctl has them.

    kluctl.io/ignore-diff: "true"                 the whole object
    kluctl.io/ignore-diff-field: PATH             these fields; for more of them -1, -2 and so on after its name

PATH := ["$."] step (step)*
step := ["."] NAME | ["."] "*" | "[" NUMBER | NAME | "*" | a quoted text "]"

A name picks a field, and of a list the elements with this `name`. They concern what `diff` shows, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import InputError
from .objects import Body, Manifest, ObjectKey

_WHOLE = "kluctl.io/ignore-diff"
_FIELD = re.compile(r"kluctl\.io/ignore-diff-field(-[0-9]*)?")
_TRUE = frozenset(("1", "t", "T", "true", "True", "TRUE"))
_STEP = re.compile(
    r"""\.?(?:(?P<name>[^.\[\]"'*$?@()]+)|(?P<any>\*))"""
    r"""|\[(?:(?P<number>[0-9]+)|(?P<each>\*)|(?P<plain>[^\[\]"'*?@()]+)|"(?P<double>[^"]*)"|'(?P<single>[^']*)')\]"""
)


@dataclass(frozen=True)
class Anything:
    """The step that picks every field or element."""


Step = str | int | Anything
FieldPath = tuple[Step, ...]


@dataclass(frozen=True)
class Rule:
    """Fields of the objects that it names; None names all."""

    field_path: FieldPath
    group: str | None = None
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None

    def matches(self, key: ObjectKey) -> bool:
        """Tell whether the rule is about an object."""
        pairs = ((self.group, key.group), (self.kind, key.kind), (self.name, key.name), (self.namespace, key.namespace))
        return all(wanted in {None, found} for wanted, found in pairs)


def rules_for(manifest: Manifest, rules: Iterable[tuple[tuple[int, ...], Rule]]) -> list[Rule]:
    """Return the rules of the project files that an object is below, each of which is given with its scope."""
    scope = manifest.item.scope if manifest.item else ()
    return [rule for of, rule in rules if scope[: len(of)] == of]


def parse_path(text: str) -> FieldPath:
    """Return the steps of a path; raise ValueError with what is wrong with it."""
    rest = text.strip().removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise ValueError(f"the path {text!r} cannot be read from {rest[at:]!r} on")
        steps.append(_step(found))
        at = found.end()
    if not steps:
        raise ValueError(f"the path {text!r} names no field")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["any"] or found["each"]:
        return Anything()
    if found["number"]:
        return int(found["number"])
    return next(text for name in ("name", "plain", "double", "single") if (text := found[name]) is not None)


def ignored_fields(manifest: Manifest, rules: Sequence[Rule] = ()) -> tuple[FieldPath, ...]:
    """Return the paths of an object that are not compared; `()` alone among them is the whole object.

    Raises InputError for an annotation that is no path.
    """
    found = [rule.field_path for rule in rules if rule.matches(manifest.key)]
    annotations = (manifest.body.get("metadata") or {}).get("annotations")
    if isinstance(annotations, dict):
        found += _annotated(manifest, annotations)
    return tuple(found)


def _annotated(manifest: Manifest, annotations: Body) -> Iterator[FieldPath]:
    if annotations.get(_WHOLE) in _TRUE:
        yield ()
    for name, value in annotations.items():
        if _FIELD.fullmatch(name):
            try:
                yield parse_path(str(value))
            except ValueError as exc:
                raise InputError(
                    f"{manifest.place}: {manifest.key}: annotation {name}: {exc}",
                    hint="write a path as spec.replicas, spec.template.spec.containers[app].image or"
                    ' metadata.labels["a.b/c"]',
                ) from exc


def without_ignored(body: Body, paths: Iterable[FieldPath]) -> Body:
    """Return the object without these fields."""
    for path in paths:
        body = _without(body, path) if path else {}
    return body


def _without(value: Any, path: FieldPath) -> Any:
    step, *rest = path
    match value:
        case dict():
            parts = [(key, child, _picks_field(step, key)) for key, child in value.items()]
            return {
                key: _without(child, tuple(rest)) if picked else child
                for key, child, picked in parts
                if rest or not picked
            }
        case list():
            items = [(item, _picks_element(step, index, item)) for index, item in enumerate(value)]
            return [_without(item, tuple(rest)) if picked else item for item, picked in items if rest or not picked]
        case _:
            return value


def _picks_field(step: Step, key: str) -> bool:
    return isinstance(step, Anything) or str(step) == key


def _picks_element(step: Step, index: int, item: Any) -> bool:
    if isinstance(step, int):
        return step == index
    return isinstance(step, Anything) or (isinstance(item, dict) and item.get("name") == step)
