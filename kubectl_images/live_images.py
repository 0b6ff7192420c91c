"""What a live object has in the place of a use: the image that is deployed there, or what else it is.

Several uses of one string are taken apart by the repositories that they ask for, since the texts between them
(`-`, `/`, `:`, or none at all) may be parts of an image as well.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .errors import InputError, InvalidImageError
from .images import Use
from .objects import Body
from .paths import path_text, text_at
from .references import ImageRef, Repository, spellings

# What may follow the name of an image: tag and digest.
_TAG_AND_DIGEST = re.compile(r"(:[\w.-]{1,128})?(@[\w.+-]+:[0-9a-f]+)?", re.ASCII)
# The images of one string, one for each of its uses.
Reading = tuple[str, ...]


@dataclass(frozen=True)
class LiveImage:
    """What stands in the place of a use.

    `image` is the deployed image, None unless there is one of the use's repository; `text` is what stands there
    instead, as far as it can be told from what is around it (None: nothing); `readings` are two of the ways to take
    the string apart, where there are several.
    """

    image: str | None = None
    text: str | None = None
    readings: tuple[Reading, ...] = ()


def live_image(body: Body | None, use: Use) -> LiveImage:
    """Return what a live object has where the use stands in the written one; list elements go by their name."""
    text = _live_text(body, use) if body else None
    if not text:
        return LiveImage()
    match _readings(text, use.texts, tuple(_repository(call.image) for call in use.calls)):
        case ():
            return LiveImage(text=_between(text, use.texts))
        case (reading,):
            return LiveImage(image=reading[use.number])
        case readings:
            return LiveImage(text=text, readings=readings)


def ambiguous(use: Use, readings: Iterable[Reading]) -> InputError:
    """Return the error for a use whose deployed image is not known, because the live string has several readings."""
    first, second = (", ".join(reading) for reading in readings)
    pins = " ".join(f"--fixed-image {image}={image}:TAG" for image in dict.fromkeys(call.image for call in use.calls))
    return InputError(
        f"{use.key}: {path_text(use.steps)} can be read in two ways, so what is deployed there is not known\n"
        f"    as {first}\n    or {second}\n    in {use.call.place}",
        hint=f"pin what is right: {pins}",
    )


def _live_text(body: Body, use: Use) -> str | None:
    first, *rest = use.steps
    if use.key.kind == "Secret" and first == "stringData":
        # It can only be written: what it held is read from `data`.
        return _decoded(text_at(body, ("data", *rest)))
    return text_at(body, use.steps)


def _decoded(encoded: str | None) -> str | None:
    try:
        return base64.b64decode(encoded or "", validate=True).decode()
    except ValueError:
        return None


def _between(text: str, around: Sequence[str]) -> str:
    """Return what stands between the texts around a single use, where they are as written; else all of the text."""
    if len(around) != 2 or not (text.startswith(around[0]) and text.endswith(around[1])):
        return text
    return text[len(around[0]) : len(text) - len(around[1])] or text


@lru_cache(maxsize=1024)
def _readings(text: str, texts: tuple[str, ...], repositories: tuple[Repository, ...]) -> tuple[Reading, ...]:
    """Return how `texts` with an image of each repository between them make the text: up to two of the ways."""
    before, *after = texts
    end = len(text) - len(after[-1])
    if not (text.startswith(before) and text.endswith(after[-1])):
        return ()
    # Where the next image begins, with up to two ways to get there.
    reached: dict[int, list[Reading]] = {len(before): [()]}
    for number, repository in enumerate(repositories):
        ways: dict[int, list[Reading]] = {}
        for start, readings in reached.items():
            last = number == len(repositories) - 1
            for stop in (end,) if last else _stops(text, start, repository):
                if text.startswith(after[number], stop) and _is_image_of(text[start:stop], repository):
                    known = ways.setdefault(stop + len(after[number]), [])
                    known += [(*reading, text[start:stop]) for reading in readings][: 2 - len(known)]
        reached = ways
    return tuple(reached.get(len(text), ()))


def _stops(text: str, start: int, repository: Repository) -> Iterator[int]:
    """Yield where an image of the repository that begins at `start` may end."""
    for name in spellings(repository):
        stop = start + len(name)
        if text[start:stop].lower() == name:
            rest = _TAG_AND_DIGEST.match(text, stop)
            assert rest is not None, "tag and digest may be missing"
            yield from range(stop, rest.end() + 1)


def _is_image_of(text: str, repository: Repository) -> bool:
    try:
        return ImageRef.parse(text).repository_key == repository
    except InvalidImageError:
        return False


@lru_cache(maxsize=4096)
def _repository(image: str) -> Repository:
    return ImageRef.parse(image).repository_key
