"""Why nothing decides an image, in words: for each image and filter the cause, the places, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

from .errors import RegistryError, RepositoryUnknownError, UndecidedImageError
from .filter_advice import advice
from .filters import Filter, Regex, ordered
from .images import Use, in_container
from .references import ImageRef

# How many causes are told one by one: whoever has more than these has one mistake in common.
_MAX_CAUSES = 10
# The tags of a repository, or why there are none.
Answer = tuple[str, ...] | RegistryError


@dataclass(frozen=True)
class Cause:
    """Why an image is not decided: the cause, with its places in the lines below it, and the way out.

    `registry_fault` is equal for images that one fault of a registry concerns; "" for any other cause.
    """

    image: str
    text: str
    hint: str | None
    registry_fault: str = ""


def undecided(answers: Mapping[Use, Answer | None], *, update: bool) -> UndecidedImageError:
    """Return the error for the uses, with what the registry said to each (None: it was not asked)."""
    groups: dict[tuple[str, Filter | None], list[Use]] = {}
    for use, answer in answers.items():
        # A registry that fails is one cause, whatever is looked for in it.
        filter_ = None if isinstance(answer, RegistryError) else use.call.filter
        groups.setdefault((use.call.image, filter_), []).append(use)
    causes = [_cause(uses, answers[uses[0]], update=update) for uses in groups.values()]
    return in_one(causes, "cannot be decided")


def in_one(causes: Sequence[Cause], failed: str) -> UndecidedImageError:
    """Return one error for all causes, of which there is at least one; `failed` says what became of the images."""
    count = len({cause.image for cause in causes})
    causes = _merged(causes)
    if len(causes) == 1:
        return UndecidedImageError(causes[0].text, hint=causes[0].hint)
    more = len(causes) - _MAX_CAUSES
    causes = causes[:_MAX_CAUSES]
    headline = f"{count} {'image' if count == 1 else 'images'} {failed}"
    lines = [
        headline,
        *(indent(cause.text, "    ") for cause in causes),
        *([f"    and {more} more"] if more > 0 else []),
    ]
    return UndecidedImageError("\n".join(lines), hint=_hints(causes))


def _merged(causes: Sequence[Cause]) -> list[Cause]:
    """Return the causes, one for all images of a registry that failed in one way: fifty lines would say no more."""
    groups: dict[object, list[Cause]] = {}
    for number, cause in enumerate(causes):
        groups.setdefault((cause.registry_fault, cause.hint) if cause.registry_fault else number, []).append(cause)
    return [group[0] if len(group) == 1 else _in_common(group) for group in groups.values()]


def _in_common(causes: Sequence[Cause]) -> Cause:
    lines = [f"{len(causes)} images cannot be looked up: {causes[0].registry_fault}"]
    for cause in causes[:3]:
        first_place = cause.text.splitlines()[1].strip()
        lines.append(f"    {cause.image} {first_place}")
    if len(causes) > 3:
        lines.append(f"    and {len(causes) - 3} more")
    return Cause(ImageRef.parse(causes[0].image).registry, "\n".join(lines), causes[0].hint)


def _hints(causes: Iterable[Cause]) -> str | None:
    """Return each hint once, after the images that it is for."""
    images: dict[str, list[str]] = {}
    for image, hint in dict.fromkeys((cause.image, cause.hint) for cause in causes):
        if hint:
            images.setdefault(hint, []).append(image)
    return "\n".join(f"{', '.join(names)}: {hint}" for hint, names in images.items()) or None


def _cause(uses: Sequence[Use], answer: Answer | None, *, update: bool) -> Cause:
    reason, hint = _reason(uses[0], answer, update=update)
    lines = places(uses)
    if isinstance(answer, tuple) and answer:
        seen = ", ".join(_newest_seen(answer)) or "signatures only"
        lines[-1] += f"; {len(answer)} {'tag' if len(answer) == 1 else 'tags'}, newest seen: {seen}"
    unknown = isinstance(answer, RepositoryUnknownError)
    fault = answer.cause if isinstance(answer, RegistryError) and not unknown else ""
    return Cause(uses[0].call.image, "\n".join([reason, *lines]), hint, fault)


def _reason(use: Use, answer: Answer | None, *, update: bool) -> tuple[str, str | None]:
    """Return why a use is not decided, and the way out."""
    image, filter_ = use.call.image, use.call.filter
    pin = f"--fixed-image {image}={image}:TAG"
    match answer:
        case RepositoryUnknownError():
            return str(answer), f"{answer.hint or 'check the name of the image'}, or pin it: {pin}"
        case RegistryError():
            return str(answer), answer.hint
        case None if update:
            return f"{image} is not fixed, -u looks for a new tag, and --offline asks no registry", f"pin it: {pin}"
        case None:
            return f"{image} is neither fixed nor deployed, and --offline asks no registry", f"pin it: {pin}"
        case ():
            return f"{image} has no tags", f"push one, or pin the image: {pin}"
        case _:
            better = advice(filter_, answer)
            return f"no tag of {image} is accepted by {filter_}", f"{better or 'widen the filter'}, or pin it: {pin}"


def places(uses: Sequence[Use]) -> list[str]:
    """Return a line for each of the first uses, and one for the number of the others."""
    lines = [f"    for {_place(use)}" for use in uses[:3]]
    if len(uses) > 3:
        lines.append(f"    and {len(uses) - 3} more {'use' if len(uses) == 4 else 'uses'}")
    return lines


def _newest_seen(tags: Sequence[str]) -> list[str]:
    """Return the newest tag of each kind, of the three commonest kinds; of a single kind the newest three.

    Tags are of a kind when the same text stands before their first digit, which is what a prefix would name.
    """
    kinds: dict[str, list[str]] = {}
    for tag in reversed(ordered(Regex(".*"), tags)):
        kinds.setdefault(re.split("[0-9]", tag, maxsplit=1)[0], []).append(tag)
    commonest = sorted(kinds.values(), key=len, reverse=True)
    return commonest[0][:3] if len(commonest) == 1 else [kind[0] for kind in commonest[:3]]


def _place(use: Use) -> str:
    container, path = in_container(use)
    inside = f', container "{container}"' if container else ""
    field = "" if container and path == "image" else f", {path}"
    return f"{use.key}{inside}{field}, in {use.call.place}"
