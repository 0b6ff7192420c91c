"""Poking: the JSON patch that makes the images of a live object those that were decided, and touches nothing else.

A list element with a name is found by it, wherever it stands. The patch tests that the names and the old texts are
still there: what somebody else changes in between is refused by the server, and not written over.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .errors import ClusterError, InputError
from .images import Use
from .live_images import live_image
from .objects import Body, Manifest, ObjectKey
from .paths import Element, Step, path_text, text_at
from .resolve import Decision


@dataclass(frozen=True)
class Change:
    """A string of a live object, before and after as it is stored (a Secret's in base64).

    `pointer` is its JSON pointer, and `names` are the pointers of the names that lead there, with the names.
    """

    steps: tuple[Step, ...]
    pointer: str
    names: tuple[tuple[str, str], ...]
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True)
class Patch:
    """A live object, and what makes its images those that were decided; without changes they are already."""

    manifest: Manifest
    live: Body = field(repr=False)
    changes: tuple[Change, ...] = ()

    def operations(self) -> list[Body]:
        """Return the operations of the JSON patch (RFC 6902): all tests, then all changes."""
        tests = {pointer: name for change in self.changes for pointer, name in change.names}
        tests |= {change.pointer: change.old for change in self.changes}
        return [
            *({"op": "test", "path": pointer, "value": value} for pointer, value in tests.items()),
            *({"op": "replace", "path": change.pointer, "value": change.new} for change in self.changes),
        ]


def patch_of(manifest: Manifest, decisions: Iterable[Decision], live: Body) -> Patch:
    """Return the patch for a live object from all decisions about it; raise InputError where it does not fit them."""
    strings: dict[tuple[Step, ...], list[Decision]] = {}
    for decision in decisions:
        strings.setdefault(decision.use.steps, []).append(decision)
    changes = (_change(found, live) for found in strings.values())
    return Patch(manifest, live, tuple(change for change in changes if change.old != change.new))


def outdated(patch: Patch, now: Body | None) -> ClusterError | None:
    """Return the error for a patch whose object is not as it was read any more; None when it is, where it matters."""
    key = patch.manifest.key
    if now is None:
        return ClusterError(f"cannot change {key.in_full}: it was deleted since it was read")
    lines = [f"    {line}" for change in patch.changes for line in _differences(key, change, now)]
    if not lines:
        return None
    return ClusterError(
        "\n".join([f"cannot change {key.in_full}: somebody else changed it since it was read", *lines]),
        hint="look at it, and run the same command again",
    )


def _differences(key: ObjectKey, change: Change, now: Body) -> Iterator[str]:
    path, text = path_text(change.steps), text_at(now, change.steps)
    if text != change.old:
        found = "(none)" if text is None else _shown(key, text)
        yield f"{path}: {_shown(key, change.old)} -> {found}"
    elif _find(key, change.steps, now).pointer != change.pointer:
        yield f"{path} stands elsewhere in its list"


def _change(decisions: Sequence[Decision], live: Body) -> Change:
    """Return what becomes of the string of these decisions."""
    use, steps = decisions[0].use, decisions[0].use.steps
    if use.key.kind != "Secret" or steps[0] != "stringData":
        found = _find(use.key, steps, live)
        return Change(steps, found.pointer, found.names, found.text, _new_text(decisions, found.text, live))
    # It can only be written: what it held is in `data`.
    steps = ("data", *steps[1:])
    found = _find(use.key, steps, live)
    new = _new_text(decisions, _decoded(use.key, steps, found.text), live)
    return Change(steps, found.pointer, found.names, found.text, base64.b64encode(new.encode()).decode())


def _decoded(key: ObjectKey, steps: Sequence[Step], encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        raise _unfit(key, f"{path_text(steps)} holds no text") from None


def _new_text(decisions: Sequence[Decision], text: str, live: Body) -> str:
    """Return the live text with its images replaced; the texts around them have to be as they are written.

    A field that is nothing but an image is replaced whatever it holds, if it is found by names alone: at an index
    something else may stand by now.
    """
    use = decisions[0].use
    images = {decision.use.number: decision.image for decision in decisions}
    new = _joined(use, [images[number] for number in range(len(use.calls))])
    found = live_image(live, use)
    # Where it can be read in several ways, each of them is the text of the manifest with other tags.
    if found.image is not None or found.readings:
        return new
    by_index = any(isinstance(step, Element) and step.name is None for step in use.steps)
    if text == new or (use.texts == ("", "") and not by_index):
        return new
    written = _joined(use, [call.image for call in use.calls])
    raise _unfit(
        use.key,
        f"{path_text(use.steps)} is not the text of the manifest with other tags\n"
        f"    live: {_shown(use.key, text)}\n    manifest: {_shown(use.key, written)}",
    )


def _joined(use: Use, images: Sequence[str]) -> str:
    """Return the string of the use with these images in it."""
    first, *rest = use.texts
    return first + "".join(image + text for image, text in zip(images, rest, strict=True))


@dataclass(frozen=True)
class _Found:
    """A string of a live object, its JSON pointer, and the names that lead there."""

    text: str
    pointer: str
    names: tuple[tuple[str, str], ...]


def _find(key: ObjectKey, steps: Sequence[Step], live: Body) -> _Found:
    """Return the string at the path in a live object; raise InputError when it, or an element on the way, is not."""
    value: object = live
    pointer, names = "", list[tuple[str, str]]()
    for number, step in enumerate(steps, start=1):
        child = _child(value, step)
        if child is None:
            raise _unfit(key, _missing(steps[:number], value))
        index, value = child
        pointer += "/" + str(index).replace("~", "~0").replace("/", "~1")
        if isinstance(step, Element) and step.name is not None:
            names.append((f"{pointer}/name", step.name))
    if not isinstance(value, str):
        raise _unfit(key, f"{path_text(steps)} holds no text")
    return _Found(value, pointer, tuple(names))


def _child(value: object, step: Step) -> tuple[str | int, object] | None:
    """Return the key or index that the step leads to, and what is there; None when it leads nowhere."""
    match step, value:
        case str(), dict() if step in value:
            return step, value[step]
        case Element(name=None, index=index), list() if index < len(value):
            return index, value[index]
        case Element(name=str() as name, shared=False), list():
            found = [(index, item) for index, item in enumerate(value) if _name(item) == name]
            return found[0] if len(found) == 1 else None
        case _:
            return None


def _name(item: object) -> object:
    return item.get("name") if isinstance(item, dict) else None


def _missing(steps: Sequence[Step], value: object) -> str:
    """Say that the last step leads nowhere, and which names there are instead."""
    path, step = path_text(steps), steps[-1]
    if not isinstance(step, Element) or step.name is None or not isinstance(value, list):
        return f"it has no {path}"
    names = [str(name) for name in map(_name, value) if name is not None]
    if step.shared or step.name in names:
        return f'{path} is one of several elements with the name "{step.name}"'
    return f"it has no {path}, only {', '.join(names)}" if names else f"it has no {path}"


def _unfit(key: ObjectKey, cause: str) -> InputError:
    return InputError(
        f"cannot change {key.in_full}: {cause}", hint="deploy writes all of the manifest, images and rest"
    )


def _shown(key: ObjectKey, text: str) -> str:
    """Return a text for a message: not what a Secret holds, and not all of a long one."""
    if key.kind == "Secret":
        return "***"
    if "\n" in text:
        return f"a text of {len(text.splitlines())} lines"
    return text if len(text) <= 200 else f"{text[:200]}..."
