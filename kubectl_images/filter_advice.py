"""What a person should hear about a filter's answer: a better filter when it keeps nothing, a doubt about its winner."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from .filters import Filter, Number, Plain, Prefix, Regex, Semver, flattened, newest, ordered, regex_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What may stand between a prefix and a number: words that end in a separator, a `v`, or both.
_LEAD = re.compile(r"(?:[^0-9]*[-._+])?[vV]?(?=[0-9])")
_MOST_TRIED = 5

# Signs that a prefix, which is literal text, was meant as a pattern: it was one in kluctl.
_PATTERN_SIGNS = re.compile(r"[][(){}*+?|\\^$]")

_GIT_HASH = re.compile(r"(?=[0-9]*[a-fA-F])[0-9a-fA-F]{7,40}")


def advice(filter_: Filter, tags: Iterable[str]) -> str | None:
    """Return a filter to try, as words, when this one keeps none of the tags; None without such a filter.

    What it suggests has been tried on the tags, and says what it would take.
    """
    known = tuple(tags)
    if newest(filter_, known) is not None:
        return None
    for better in _alternatives(*flattened(filter_), known):
        if kept := ordered(better, known):
            return f"try {better}, which accepts {_count(kept)}, newest {kept[-1]}"
    return None


def hash_warning(filter_: Filter, tags: Iterable[str]) -> str | None:
    """Return a warning when the winner of semver() looks like a git hash, whose order means nothing.

    It names the tag that would win without such tags.
    """
    prefix, plain = flattened(filter_)
    if not isinstance(plain, Semver):
        return None
    known = tuple(tags)
    hashes = {tag for tag in known if tag.startswith(prefix) and _GIT_HASH.fullmatch(tag, len(prefix))}
    # The order of all tags is only worth its time when there is something to warn about.
    winner = newest(filter_, known) if hashes else None
    if winner not in hashes:
        return None
    other = newest(filter_, (tag for tag in known if tag not in hashes))
    without = "no other tag is accepted" if other is None else f"without such tags {other} is the newest"
    return f"{winner} looks like a git hash, and {filter_} takes it for a version; {without}"


def _alternatives(prefix: str, plain: Plain, tags: Sequence[str]) -> Iterator[Filter]:
    """Yield the filters that may have been meant, the likeliest first; most of them will keep nothing either."""
    for lead in _most_common(_LEAD.match(tag, len(prefix)) for tag in tags if tag.startswith(prefix)):
        yield Prefix(prefix + lead, plain)
    if prefix:
        same_letters = re.compile(re.escape(prefix), re.IGNORECASE)
        for start in _most_common(map(same_letters.match, tags)):
            yield Prefix(start, plain)
    if prefix in {"v", "V"}:
        yield plain
    if _PATTERN_SIGNS.search(prefix) and regex_fault(prefix) is None:
        yield from _regexes(_grouped(prefix) + _pattern_of(plain))
    match plain:
        case Number():
            yield _prefixed(prefix, Semver())
        case Regex(pattern):
            part = _grouped(pattern)
            for regex in _regexes(f"{part}.*", f".*{part}", f".*{part}.*"):
                yield _prefixed(prefix, regex)
        case Semver():
            pass


def _most_common(matches: Iterable[re.Match[str] | None]) -> list[str]:
    """Return the few texts that were matched most often; equally frequent ones in the order of the texts."""
    counts = Counter(match[0] for match in matches if match and match[0])
    return sorted(counts, key=lambda text: (-counts[text], text))[:_MOST_TRIED]


def _regexes(*patterns: str) -> Iterator[Regex]:
    """Yield those patterns that are one: putting them together may have broken them, such as a `(?i)` inside."""
    return (Regex(pattern) for pattern in patterns if regex_fault(pattern) is None)


def _grouped(pattern: str) -> str:
    return f"(?:{pattern})" if "|" in pattern else pattern


def _pattern_of(plain: Plain) -> str:
    match plain:
        case Semver(allow_no_nums):
            return ".*" if allow_no_nums else "[0-9].*"
        case Number():
            return "[0-9]+"
        case Regex(pattern):
            return _grouped(pattern)


def _prefixed(prefix: str, plain: Plain) -> Filter:
    return Prefix(prefix, plain) if prefix else plain


def _count(tags: Sequence[str]) -> str:
    return "1 tag" if len(tags) == 1 else f"{len(tags)} tags"
