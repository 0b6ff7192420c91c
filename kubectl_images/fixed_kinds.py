"""Kinds that a fixed image names as kubectl's users do, by plural, singular or short name: `ro/web` is `Rollout/web`.

The words of built-in workloads are known (`fixed_images`); those of custom kinds are told by their definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from .errors import ClusterError, FixedImageError, KubeconfigError
from .fixed_images import FixedImage
from .images import Use
from .objects import built_in, group_of

# What a kind, by its group and name, is called besides.
Words = Mapping[tuple[str, str], Collection[str]]


def in_full(
    entries: Sequence[FixedImage], uses: Sequence[Use], defined: Words, ask: Callable[[str, str], Collection[str]]
) -> tuple[FixedImage, ...]:
    """Return the entries with their kinds in full.

    Nothing is asked for that the definitions among the objects tell, by `ask` with apiVersion and kind; where that
    cannot be, an entry that matches nothing says so.
    """
    known = spelled_out(entries, uses, defined)
    try:
        asked = {
            (group_of(api_version), kind): ask(api_version, kind) for api_version, kind in to_ask(known, uses, defined)
        }
    except (ClusterError, KubeconfigError) as exc:
        return doubted(known, uses, str(exc))
    return spelled_out(known, uses, asked)


def spelled_out(entries: Sequence[FixedImage], uses: Sequence[Use], words: Words) -> tuple[FixedImage, ...]:
    """Return the entries with their kinds in full, where the words tell them; a word that is a use's kind stays.

    Raises FixedImageError for a word that means several kinds.
    """
    short = {*_short(entries, uses)}
    return tuple(_spelled_out(entry, words) if entry in short else entry for entry in entries)


def to_ask(entries: Sequence[FixedImage], uses: Sequence[Use], known: Words) -> tuple[tuple[str, str], ...]:
    """Return apiVersion and kind of the uses whose words have to be asked for; none when no entry needs them."""
    if not any(_short(entries, uses)):
        return ()
    kinds = dict.fromkeys(
        (use.key.api_version, use.key.kind) for use in uses if (use.key.group, use.key.kind) not in known
    )
    return tuple((api_version, kind) for api_version, kind in kinds if built_in(api_version, kind) is None)


def doubted(entries: Sequence[FixedImage], uses: Sequence[Use], reason: str) -> tuple[FixedImage, ...]:
    """Return the entries, with the reason why nobody could be asked at those whose kind is written short."""
    short = {*_short(entries, uses)}
    return tuple(replace(entry, doubt=_doubt(entry, reason)) if entry in short else entry for entry in entries)


def _short(entries: Sequence[FixedImage], uses: Sequence[Use]) -> Iterator[FixedImage]:
    """Yield the entries whose kind is a word of lower case, which is the kind of no use."""
    kinds = {use.key.kind.lower() for use in uses}
    for entry in entries:
        word, _ = _parts(entry)
        if word and word == word.lower() and word not in kinds:
            yield entry


def _spelled_out(entry: FixedImage, words: Words) -> FixedImage:
    word, name = _parts(entry)
    meant = [found for found, called in words.items() if word in called and entry.group in {None, found[0]}]
    if not meant:
        return entry
    if len(meant) > 1:
        kinds = " and ".join(f"{kind} of {group}" for group, kind in meant)
        raise FixedImageError(
            f'{entry.origin}: "{word}" is the name of several kinds: {kinds}',
            hint=f"write the kind in full, as in {meant[0][1]}/{name}, or with its group: {word}.{meant[0][0]}/{name}",
        )
    group, kind = meant[0]
    return replace(entry, deployment=f"{kind}/{name}", group=group)


def _doubt(entry: FixedImage, reason: str) -> str:
    word, name = _parts(entry)
    return (
        f'the cluster could not be asked which kind "{word}" is: {reason}; write the kind in full, as in Rollout/{name}'
    )


def _parts(entry: FixedImage) -> tuple[str, str]:
    kind, _, name = (entry.deployment or "").partition("/")
    return kind, name
