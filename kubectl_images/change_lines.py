"""The lines of an image change in a plan: in two where one is too short, long names cut in their middle."""

from __future__ import annotations

import re

from .plan import ImageChange

_TAG_AND_DIGEST = re.compile(r"(?P<tag>:[\w.-]{1,128})?(?P<digest>@[\w.+-]+:[0-9a-f]+)?$", re.ASCII)
# Enough of a digest to tell it from others: its algorithm and 12 digits.
_SHORT_DIGEST = len("@sha256:") + 12


def change_lines(head: str, change: ImageChange, tail: str, columns: int) -> list[str]:
    """Return `HEADold -> new (source)TAIL`, in two lines where it is too long for one, each cut in its middle."""
    old, new, end = change.before, change.decision.image, f" ({change.decision.source}){tail}"
    line = f"{head}{old} -> {new}{end}"
    if len(line) <= columns:
        return [line]
    indent = " " * (len(head) - len(head.lstrip()) + 2) + "-> "
    head = _shortened(head, columns // 2)
    return [
        head + _short_image(old, columns - len(head)),
        indent + _short_image(new, columns - len(indent) - len(end)) + end,
    ]


def _short_image(image: str, width: int) -> str:
    """Return the image in this width, if its tag, which is never cut, leaves so much."""
    if len(image) <= width:
        return image
    found = _TAG_AND_DIGEST.search(image)
    assert found is not None, "tag and digest may be missing"
    digest = found["digest"] or ""
    if len(digest) > _SHORT_DIGEST:
        digest = digest[:_SHORT_DIGEST] + "..."
    end = (found["tag"] or "") + digest
    return _shortened(image[: found.start()], width - len(end)) + end


def _shortened(text: str, width: int) -> str:
    """Return the text with dots instead of its middle; what remains has ten characters at least."""
    if len(text) <= max(width, 10):
        return text
    kept = max(width, 10) - 3
    return f"{text[: kept // 2]}...{text[len(text) - (kept - kept // 2) :]}"
