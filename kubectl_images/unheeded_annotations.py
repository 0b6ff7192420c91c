"""Annotations that kluctl heeds and nothing here does: a warning for each of them, with what there is instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .objects import Manifest

_PREFIX = "kluctl.io/"
# A second one of the same has something after its name: kluctl.io/force-apply-field-1.
_NUMBERED = re.compile(r"(.*-(?:field|manager|regex))-.*")
_FALSE = frozenset(("", "0", "f", "F", "false", "False", "FALSE"))
_FORCE = "deploy --force-conflicts takes over all fields of other managers, and nothing only some of them"
_KEEP = "a field of another manager is a conflict: leave it out of the manifest"
_INSTEAD: Mapping[str, str] = {
    "force-apply": _FORCE,
    "force-apply-field": _FORCE,
    "force-apply-manager": _FORCE,
    "ignore-conflicts": _KEEP,
    "ignore-conflicts-field": _KEEP,
    "ignore-conflicts-manager": _KEEP,
    "ignore-diff-field-regex": "diff leaves out what kluctl.io/ignore-diff-field names, by its path",
    "is-ready": "--wait and waitReadiness look at the object itself",
    "diff-name": "diff compares objects of the same name, and one whose name changes is shown as created",
}
_SWITCHES = ("force-apply", "ignore-conflicts")


def warnings(manifests: Sequence[Manifest]) -> list[str]:
    """Return a warning for each kind of annotation, with the first object that has it, and how many have."""
    having: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        for name in dict.fromkeys(_unheeded(manifest)):
            having.setdefault(name, []).append(manifest)
    return [_warning(name, found) for name, found in having.items()]


def _unheeded(manifest: Manifest) -> Iterator[str]:
    """Yield the names of its annotations that are not heeded, without prefix and number."""
    annotations = (manifest.body.get("metadata") or {}).get("annotations")
    for key, value in annotations.items() if isinstance(annotations, dict) else ():
        if not isinstance(key, str) or not key.startswith(_PREFIX):
            continue
        name = key.removeprefix(_PREFIX)
        numbered = _NUMBERED.fullmatch(name)
        name = numbered[1] if numbered and name not in _INSTEAD else name
        if name in _INSTEAD and not (name in _SWITCHES and str(value) in _FALSE):
            yield name


def _warning(name: str, found: Sequence[Manifest]) -> str:
    first = found[0]
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{first.place}: annotation {_PREFIX}{name} of {first.key}{others} has no effect here: {_INSTEAD[name]}"
