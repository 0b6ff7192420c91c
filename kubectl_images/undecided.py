"""Why nothing decides an image, in words: for each image and filter the cause, the places, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent

from .errors import RegistryError, RepositoryUnknownError, UndecidedImageError
from .filter_advice import advice
from .filters import Filter, Regex, ordered
from .images import Use, in_container

# The tags of a repository, or why there are none.
Answer = tuple[str, ...] | RegistryError


def undecided(answers: Mapping[Use, Answer | None], *, update: bool) -> UndecidedImageError:
    """Return the error for the uses, with what the registry said to each (None: it was not asked)."""
    groups: dict[tuple[str, Filter | None], list[Use]] = {}
    for use, answer in answers.items():
        # A registry that fails is one cause, whatever is looked for in it.
        filter_ = None if isinstance(answer, RegistryError) else use.call.filter
        groups.setdefault((use.call.image, filter_), []).append(use)
    causes = [(uses[0], *_cause(uses[0], answers[uses[0]], update=update)) for uses in groups.values()]
    texts = [
        "\n".join([cause, *_places(uses, answers[uses[0]])])
        for (_, cause, _), uses in zip(causes, groups.values(), strict=True)
    ]
    if len(causes) == 1:
        return UndecidedImageError(texts[0], hint=causes[0][2])
    count = len({use.call.image for use, _, _ in causes})
    headline = f"{count} {'image' if count == 1 else 'images'} cannot be decided"
    hints = _hints((use.call.image, hint) for use, _, hint in causes)
    return UndecidedImageError("\n".join([headline, *(indent(text, "    ") for text in texts)]), hint=hints)


def _hints(found: Iterable[tuple[str, str | None]]) -> str | None:
    """Return each hint once, after the images that it is for."""
    images: dict[str, list[str]] = {}
    for image, hint in dict.fromkeys(found):
        if hint:
            images.setdefault(hint, []).append(image)
    return "\n".join(f"{', '.join(names)}: {hint}" for hint, names in images.items()) or None


def _cause(use: Use, answer: Answer | None, *, update: bool) -> tuple[str, str | None]:
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


def _places(uses: Sequence[Use], answer: Answer | None) -> list[str]:
    lines = [f"    for {_place(use)}" for use in uses[:3]]
    if len(uses) > 3:
        lines.append(f"    and {len(uses) - 3} more {'use' if len(uses) == 4 else 'uses'}")
    if isinstance(answer, tuple) and answer:
        seen = ", ".join(_newest_seen(answer)) or "signatures only"
        lines[-1] += f"; {len(answer)} {'tag' if len(answer) == 1 else 'tags'}, newest seen: {seen}"
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
