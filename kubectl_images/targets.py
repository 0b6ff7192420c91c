""".kluctl.yaml: the targets of a project, and the one that a command is for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import InputError, UsageError
from .fields import Field, read_fields
from .fixed_images import FixedImage
from .metadata_rules import label_fault
from .objects import Place
from .project_images import parse_images
from .project_paths import file_named
from .render import Renderer
from .text_files import read_text

NAMES = (".kluctl.yaml", ".kluctl.yml")

_KEYS = ("targets", "args", "discriminator")
_SEALED = "seal the secrets beforehand, and leave the SealedSecret objects among the manifests"
_AWS = "leave it out: nothing is read from AWS; what runs this can put a secret into an environment variable"
_LOCAL = "the project is one directory: --project DIR names it"
_UNSUPPORTED = {
    "deployment": _LOCAL,
    "sealedSecrets": _SEALED,
    "secretsConfig": _SEALED,
    "clusters": "write into each target the context of the kubeconfig that it is for: context: NAME",
    "aws": _AWS,
}
_TARGET_KEYS = ("name", "context", "args", "images", "discriminator")
_DYNAMIC = "write each target into this list; what differs from run to run can be given with -a NAME=VALUE"
_UNSUPPORTED_OF_TARGET = {
    "cluster": "write the context of the kubeconfig that the target is for: context: NAME",
    "targetConfig": _DYNAMIC,
    "dynamicArgs": "leave it out: every arg can be given with -a NAME=VALUE",
    "sealingConfig": _SEALED,
    "aws": _AWS,
}
_SEEN = "a target sees args and target: write args.NAME, and give it with -a NAME=VALUE or among the target's args"
# As often as kluctl does it.
_MAX_RENDERINGS = 10


@dataclass(frozen=True)
class Target:
    """A target, rendered; `values` is what templates see as `target`. `context` None is the current one.

    `name` is "" where a project has no targets. `chosen` is its name in the file where it goes by another one, else "".
    `place` is where its context is written.
    """

    name: str
    context: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    images: tuple[FixedImage, ...] = ()
    discriminator: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    chosen: str = ""

    @property
    def title(self) -> str:
        """What messages call it: `prod`, or `prod (as dev)` where it goes by another name."""
        return f"{self.chosen} (as {self.name})" if self.chosen else self.name


@dataclass(frozen=True)
class KluctlFile:
    """What .kluctl.yaml says: its targets by name, and the args that it declares; `path` None: there is none."""

    path: Path | None = None
    targets: Mapping[str, Field] = field(default_factory=dict)
    args: Field | None = None
    discriminator: Field | None = None

    @property
    def has_contexts(self) -> bool:
        """Tell whether one of the targets at least names a context."""
        return any("context" in target.value for target in self.targets.values())


@dataclass(frozen=True)
class Wish:
    """The target that the command line asks for, if it does, and the name that it is to go by."""

    name: str | None = None
    override: str | None = None


def read_kluctl_file(root: Path) -> KluctlFile:
    """Return what the project's .kluctl.yaml says; nothing where there is none. Raises InputError."""
    path = file_named(root, NAMES)
    document = read_fields(read_text(path), str(path)) if path else None
    if document is None:
        return KluctlFile(path)
    keys = document.map(_KEYS, _UNSUPPORTED)
    listed = keys["targets"].items() if "targets" in keys else ()
    return KluctlFile(path, _by_name(listed), keys.get("args"), keys.get("discriminator"))


def _by_name(listed: tuple[Field, ...]) -> Mapping[str, Field]:
    targets: dict[str, Field] = {}
    for target in listed:
        # What is not supported in it matters when it is the one that is meant.
        keys = target.map((*_TARGET_KEYS, *_UNSUPPORTED_OF_TARGET))
        if "name" not in keys:
            raise target.error("a target without name")
        name = keys["name"].text()
        if name in targets:
            raise keys["name"].error(f"a second target {name}; the first is in {targets[name].place}")
        targets[name] = target
    return targets


def choose(
    file: KluctlFile,
    wish: Wish,
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    renderer: Renderer,
    note: Callable[[str], None],
) -> Target | None:
    """Return the target that is meant, or the only one, which is noted; None where nothing is said about any.

    `complete` returns all args, given those of the target. Raises InputError and UsageError.
    """
    by_default = {"discriminator": file.discriminator} if file.discriminator else {}
    keys: Mapping[str, Field] = {**by_default, **_meant(file, wish, note)}
    if not keys and wish.override is None:
        return None
    keys = _rendered(keys, complete, renderer)
    values: dict[str, Any] = {"name": "", **{key: field.value for key, field in keys.items()}}
    name = wish.override or values["name"]
    return Target(
        name,
        context=keys["context"].text() if "context" in keys else None,
        args=values.get("args", {}),
        images=parse_images(keys["images"]) if "images" in keys else (),
        discriminator=_discriminator(keys),
        values={**values, "name": name},
        place=keys["context"].place if "context" in keys else None,
        chosen=values["name"] if name != values["name"] else "",
    )


def _meant(file: KluctlFile, wish: Wish, note: Callable[[str], None]) -> Mapping[str, Field]:
    """Return what .kluctl.yaml says of the target, by key; nothing where it has no targets."""
    if not file.targets:
        if wish.name is not None:
            where = f"{file.path} has no targets" if file.path else f"this project has no {NAMES[0]}, so no targets"
            raise UsageError(f"-t {wish.name}: {where}", hint="leave out -t; -T gives templates a name as target.name")
        return {}
    name = _the_only(file, note) if wish.name is None else wish.name
    if name not in file.targets:
        close = difflib.get_close_matches(name, file.targets, 1)
        meant = f"; did you mean {close[0]}?" if close else ""
        raise UsageError(
            f"-t {name}: {file.path} has no such target{meant}", hint=f"targets: {', '.join(file.targets)}"
        )
    keys = file.targets[name].map(_TARGET_KEYS, _UNSUPPORTED_OF_TARGET)
    if "args" in keys:
        keys["args"].free_map()
    return keys


def _the_only(file: KluctlFile, note: Callable[[str], None]) -> str:
    if len(file.targets) > 1:
        raise UsageError(
            f"{file.path} has several targets, and none is chosen",
            hint="\n".join(f"-t {name}" for name in file.targets),
        )
    (name,) = file.targets
    note(f"target {name}, the only one of {file.path}")
    return name


def _rendered(
    keys: Mapping[str, Field], complete: Callable[[Mapping[str, Any]], Mapping[str, Any]], renderer: Renderer
) -> Mapping[str, Field]:
    """Return a target with its texts rendered, each of which may refer to others, until nothing changes any more."""
    for _ in range(_MAX_RENDERINGS):
        values = {key: field.value for key, field in keys.items()}
        renderer = renderer.with_variables({"target": values, "args": complete(values.get("args", {}))})
        mistakes: list[InputError] = []
        new = {key: replace(field, value=_rendered_value(field, renderer, mistakes)) for key, field in keys.items()}
        if new == keys:
            if mistakes:
                raise InputError(str(mistakes[0]), hint=_SEEN) from mistakes[0]
            return keys
        keys = new
    first = next(iter(keys.values()))
    raise first.error("the texts of this target refer to each other without end")


def _rendered_value(found: Field, renderer: Renderer, mistakes: list[InputError]) -> Any:
    """Return the value with its texts rendered; those that cannot be stay, and why is added to the mistakes."""
    match found.value:
        case dict():
            return {key: _rendered_value(found.at(key), renderer, mistakes) for key in found.value}
        case list():
            return [_rendered_value(found.at(index), renderer, mistakes) for index in range(len(found.value))]
        case str() if "{" in found.value:
            try:
                return renderer.render_string(found.value, found.file.name, found.place.line)
            except InputError as exc:
                mistakes.append(exc)
                return found.value
        case _:
            return found.value


def _discriminator(keys: Mapping[str, Field]) -> str | None:
    if "discriminator" not in keys:
        return None
    text = keys["discriminator"].text()
    if fault := label_fault(text):
        raise keys["discriminator"].error(f"the discriminator {text!r} is no valid label: {fault}")
    return text
