"""Pinning: every decided image with the digest that its tag has now, or one error that names all that get none.

Nothing here reads a network: what registries know comes from two callables, which are asked once each, and only for
what is not known already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .errors import RegistryError
from .platforms import Platform
from .references import ImageRef, with_digest
from .resolve import Decision
from .undecided import Cause, in_one, places

FindDigests = Callable[[Collection[ImageRef]], Mapping[ImageRef, str | RegistryError]]
FindPlatforms = Callable[[Collection[ImageRef]], Mapping[ImageRef, tuple[Platform, ...] | RegistryError]]

Groups = Mapping[ImageRef, Sequence[Decision]]

_MAX_SHOWN = 20


@dataclass(frozen=True)
class Lookups:
    """What registries are asked for several images at once; the answers are by the images that were handed over."""

    digests: FindDigests
    platforms: FindPlatforms


def pin(decisions: Sequence[Decision], lookups: Lookups | None, wanted: Platform | None = None) -> tuple[Decision, ...]:
    """Return the decisions with a digest in each image: the one it has, or else the one that its tag has now.

    Raises UndecidedImageError, which names all images that get none, and all that are not for the `wanted` platform.
    Without `lookups` an image must have its digest already, and no platform can be wanted.
    """
    groups: dict[ImageRef, list[Decision]] = {}
    for decision in decisions:
        groups.setdefault(_pulled(decision.image), []).append(decision)
    digests = _digests(groups, lookups)
    causes = [found for found in digests.values() if isinstance(found, Cause)]
    if wanted:
        assert lookups, "whoever wants a platform asks registries"
        exact = {image: replace(image, digest=found) for image, found in digests.items() if isinstance(found, str)}
        answers = lookups.platforms(tuple(dict.fromkeys(exact.values()))) if exact else {}
        causes += _without_platform({image: answers[pinned] for image, pinned in exact.items()}, groups, wanted)
    if causes:
        raise in_one(causes, "cannot be pinned")
    return tuple(_pinned(decision, digests) for decision in decisions)


def _pulled(image: str) -> ImageRef:
    """Return the reference with the tag that is pulled; what it is equal for is asked once."""
    reference = ImageRef.parse(image)
    return replace(reference, tag=reference.tag_or_latest)


def _digests(groups: Groups, lookups: Lookups | None) -> dict[ImageRef, str | Cause]:
    """Return the digest of each image, or why there is none."""
    missing = tuple(image for image in groups if image.digest is None)
    answers = lookups.digests(missing) if lookups and missing else {}
    return {image: image.digest or _answer(answers.get(image), uses) for image, uses in groups.items()}


def _answer(answer: str | RegistryError | None, decisions: Sequence[Decision]) -> str | Cause:
    """Return the digest in an answer, or why there is none; None is that nobody was asked."""
    if isinstance(answer, str):
        return answer
    if answer is not None:
        return _cause(decisions, str(answer), answer.hint, answer.cause)
    image, name = decisions[0].image, decisions[0].use.call.image
    hint = f"pin it: --fixed-image {name}={image}@sha256:DIGEST, or leave out --pin-digests or --offline"
    return _cause(decisions, f"{image} has no digest, and --offline asks no registry", hint)


def _without_platform(
    answers: Mapping[ImageRef, tuple[Platform, ...] | RegistryError], groups: Groups, wanted: Platform
) -> Iterator[Cause]:
    """Yield why images are not for the wanted platform, or cannot be known to be."""
    for image, answer in answers.items():
        decisions = groups[image]
        if isinstance(answer, RegistryError):
            yield _cause(decisions, str(answer), answer.hint, answer.cause)
        elif not any(platform.serves(wanted) for platform in answer):
            offered = f"only for {_listed(answer)}" if answer else "for no platform"
            hint = f"build it for {wanted}, or leave out --platform"
            yield _cause(decisions, f"{decisions[0].image} is {offered}, wanted {wanted}", hint)


def _listed(platforms: Sequence[Platform]) -> str:
    more = len(platforms) - _MAX_SHOWN
    return ", ".join(map(str, platforms[:_MAX_SHOWN])) + (f" and {more} more" if more > 0 else "")


def _cause(decisions: Sequence[Decision], reason: str, hint: str | None, registry_fault: str = "") -> Cause:
    lines = places([decision.use for decision in decisions])
    return Cause(decisions[0].image, "\n".join([reason, *lines]), hint, registry_fault)


def _pinned(decision: Decision, digests: Mapping[ImageRef, str | Cause]) -> Decision:
    image = _pulled(decision.image)
    if image.digest:
        return decision
    digest = digests[image]
    assert isinstance(digest, str), "a cause has been raised"
    return replace(decision, image=with_digest(decision.image, digest))
