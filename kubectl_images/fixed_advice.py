"""What is probably wrong with a fixed image: it matches nothing, or all but its namespace, or pins no tag."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .errors import FixedImageError
from .fixed_choice import Choice, choose
from .fixed_images import FixedImage
from .images import Use, where
from .references import ImageRef

_SHOWN = 3


def warnings(choice: Choice) -> list[str]:
    """Return what is doubtful about the entries: results without a tag, and entries that match no use.

    A project pins for all that it may deploy, of which only some takes part: its entries need not match.
    """
    loose = [text for entry in choice.entries if (text := _without_tag(entry))]
    unused = [entry for entry in choice.unmatched if not entry.in_project]
    near = [_unmatched(entry, choice.uses) for entry in unused[:_SHOWN]]
    return [
        *loose[:_SHOWN],
        *_more(len(loose), "has a result without tag or digest", "have results without tag or digest"),
        *near,
        *_more(len(unused), "matched nothing", "matched nothing"),
    ]


def _more(count: int, one: str, many: str) -> Iterator[str]:
    rest = count - _SHOWN
    if rest > 0:
        yield f"1 more fixed image {one}" if rest == 1 else f"{rest} more fixed images {many}"


def _without_tag(entry: FixedImage) -> str | None:
    """Return a warning for a result that pins nothing; one without "/" may be a tag that lost its image."""
    result, written = ImageRef.parse(entry.result_image), entry.result_image
    if result.tag or result.digest:
        return None
    text = f"{entry.origin}: {written} has neither tag nor digest and means {result.name}:{result.tag_or_latest}"
    if entry.image is None or "/" in written or result.same_repository(ImageRef.parse(entry.image)):
        return text
    return f"{text}; if {written} is a tag, the result is written {entry.image}:{written}"


def _unmatched(entry: FixedImage, uses: Iterable[Use]) -> str:
    doubt = f"; {entry.doubt}" if entry.doubt else ""
    return f"{entry.origin}: this fixed image matched nothing{_near_miss(entry, uses)}{doubt}"


def _near_miss(entry: FixedImage, uses: Iterable[Use]) -> str:
    """Return what would have to be different for a match, where that is a single part; else ""."""
    found = [(use, parts[0]) for use in uses if len(parts := tuple(entry.differences(use))) == 1]
    if not found:
        return ""
    # Another image of the same object says less than the same image elsewhere.
    use, (part, asked, has) = min(found, key=lambda item: item[1][0] == "image")
    if not entry.is_image_only:
        return f'; {use.key} differs from it in the {part} alone: "{has}", not "{asked}"'
    close = difflib.get_close_matches(asked, {use.call.image for use, _ in found}, n=1, cutoff=0.8)
    return f"; is {close[0]} meant?" if close else ""


def check_namespaces(choice: Choice) -> None:
    """Raise FixedImageError where a file that `list` wrote fixes the image of just this place in another namespace.

    Another rule would choose an image for a use that no entry decides, although the file names it. An entry
    without a path was written by hand, and one that matches elsewhere is where it belongs.
    """
    exact = [entry for entry in choice.unmatched if entry.in_file and entry.deployment and entry.path]
    of_any = {replace(entry, namespace=None): entry for entry in exact}
    open_uses = [use for use in choice.uses if use not in choice.decided]
    missed = [(use, of_any[found]) for use, found in choose([*of_any], open_uses).decided.items()]
    if not missed:
        return
    lines = [line for use, entry in missed[:_SHOWN] for line in _elsewhere(use, entry)]
    if len(missed) > _SHOWN:
        lines.append(f"and {len(missed) - _SHOWN} more")
    raise FixedImageError("\n    ".join(lines), hint=_to_be_fixed_here(missed))


def _elsewhere(use: Use, entry: FixedImage) -> tuple[str, str]:
    cause = f"is fixed in namespace {entry.namespace}, and nothing fixes it in {use.key.namespace or 'none'}"
    return f"{entry.origin}: {use.call.image} {cause}", f"for {use.key}, {where(use)}, in {use.place}"


def _to_be_fixed_here(missed: Sequence[tuple[Use, FixedImage]]) -> str:
    """Return the ways out: another namespace only where all objects can go to it."""
    namespaces = {entry.namespace for _, entry in missed}
    if len(namespaces) > 1 or any(use.placed or use.item for use, _ in missed):
        return "take a file that fits any namespace: `kubectl images list --simple` writes one"
    return (
        f"deploy to that namespace: -n {namespaces.pop()}\n"
        "or take a file that fits any namespace: `kubectl images list --simple` writes one"
    )
