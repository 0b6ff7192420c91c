"""Fields that hold one image and nothing else: those of containers, and of volumes that are images.

What stands around a `get_image` there becomes a part of the image: a registry's mirror before it, or nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InvalidImageError
from .paths import Element, Step
from .placeholders import Call
from .references import ImageRef, with_tag

CONTAINERS = frozenset(("containers", "initContainers", "ephemeralContainers"))
# A tag that every image may have.
_ANY_TAG = "0"
_AFTER = (":", "@")


@dataclass(frozen=True)
class Fault:
    """Why a field holds no image, and the way out."""

    cause: str
    hint: str


def is_image_field(steps: Sequence[Step]) -> bool:
    """Tell whether a field is the image of a container, or of a volume."""
    match steps:
        case [*_, str() as field, Element(), "image"]:
            return field in CONTAINERS
        case [*_, "volumes", Element(), "image", "reference"]:
            return True
        case _:
            return False


def fault_as_written(texts: Sequence[str], calls: Sequence[Call]) -> Fault | None:
    """Return why `texts` with the images of the calls between them are no image, whatever is decided; None if they are.

    A tag or digest after a call is one too many, since images come with theirs.
    """
    images = [with_tag(call.image, _ANY_TAG) for call in calls]
    if not any(text.startswith(_AFTER) for text in texts[1:]) and not _invalid(joined(texts, images)):
        return None
    written = joined(texts, [f"{{{{ images.get_image({call.image!r}) }}}}" for call in calls])
    return Fault(f"{json.dumps(written, ensure_ascii=False)} is no image, whatever is decided", _way_out(texts))


def fault_as_decided(texts: Sequence[str], images: Sequence[str]) -> Fault | None:
    """Return why `texts` with the decided images between them are no image; None when they are one."""
    cause = _invalid(joined(texts, images))
    return Fault(cause, _way_out(texts)) if cause else None


def joined(texts: Sequence[str], images: Sequence[str]) -> str:
    """Return the texts with an image between each and the next."""
    first, *rest = texts
    return first + "".join(image + text for image, text in zip(images, rest, strict=True))


def _invalid(text: str) -> str:
    """Return why the text is no image; "" when it is one."""
    try:
        ImageRef.parse(text)
    except InvalidImageError as exc:
        return str(exc)
    return ""


def _way_out(texts: Sequence[str]) -> str:
    match texts:
        case [_, ""]:
            return "before the image may stand a registry and a path, such as mirror.example.com/"
        case [_, after]:
            return f"leave out {json.dumps(after, ensure_ascii=False)} after it: the image comes with its tag"
        case _:
            return "a container has one image: get_image once, and nothing after it"
