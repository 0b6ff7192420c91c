"""ignoreForDiff of project files: the fields that a comparison leaves out.

- kind: Deployment              group, kind, name and namespace may be left out
  fieldPath: spec.replicas      or a list of paths
"""

from __future__ import annotations

from .fields import Field
from .ignore_diff import FieldPath, Rule, parse_path

_OBJECT = ("group", "kind", "name", "namespace")
_HINT = 'write a path as spec.replicas, spec.template.spec.containers[app].image or metadata.labels["a.b/c"]'


def parse_rules(entry: Field) -> tuple[Rule, ...]:
    """Return the rules of an entry, one for each path; raise InputError naming file and line."""
    keys = entry.map(
        (*_OBJECT, "fieldPath"), {"fieldPathRegex": f"write it as fieldPath, where * is any field; {_HINT}"}
    )
    if "fieldPath" not in keys:
        raise entry.error("ignoreForDiff without fieldPath", _HINT)
    # The core group is written as "".
    wanted = {name: keys[name].text() if keys[name].value != "" else "" for name in _OBJECT if name in keys}
    paths = keys["fieldPath"]
    fields = (paths,) if isinstance(paths.value, str) else paths.items()
    return tuple(Rule(_path(field), **wanted) for field in fields)


def _path(field: Field) -> FieldPath:
    try:
        return parse_path(field.text())
    except ValueError as exc:
        raise field.error(str(exc), _HINT) from exc
