"""Version filters: which tags of a repository count, in which order, and which of them is the newest.

Filter
├── Semver   dotted integers at the start, then anything
├── Number   digits only
├── Regex    the whole text matches a pattern
└── Prefix   a literal text, then what another filter accepts
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from .carets import one_line, pointed
from .errors import FilterSyntaxError
from .versions import leading_numbers, loose_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .versions import LooseKey, Piece

# How many prefixes may stand around a filter.
MAX_NESTING = 20

REGEX_HINT = "the pattern is a Python regular expression that matches the whole text; .* stands for any text"

# What cosign and others store beside an image, under the digest of the image.
_SIGNATURE = re.compile(r"sha256-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?")


@dataclass(frozen=True)
class Semver:
    """Dotted integers at the start, then anything; `allow_no_nums` lets other texts in, below all these."""

    allow_no_nums: bool = False

    def __str__(self) -> str:
        return "semver(allow_no_nums=true)" if self.allow_no_nums else "semver()"


@dataclass(frozen=True)
class Number:
    """ASCII digits only, compared as a number."""

    def __str__(self) -> str:
        return "number()"


@dataclass(frozen=True)
class Regex:
    """A Python pattern that the whole text matches; raises FilterSyntaxError when `regex_fault` finds one."""

    pattern: str

    def __post_init__(self) -> None:
        if fault := regex_fault(self.pattern):
            text = str(self)
            place = pointed(text, len("regex("), len(text) - len(")"))
            raise FilterSyntaxError(f"bad regex: {fault}\n{place}", hint=REGEX_HINT)

    def __str__(self) -> str:
        return f"regex({_quoted(self.pattern)})"


@dataclass(frozen=True)
class Prefix:
    """A literal text at the start; `suffix` judges and orders the rest.

    Raises FilterSyntaxError when more than MAX_NESTING prefixes stand in one another.
    """

    prefix: str
    suffix: Filter = field(default_factory=Semver)

    def __post_init__(self) -> None:
        if _nesting(self) > MAX_NESTING:
            place = pointed(str(self), 0, len("prefix"))
            raise FilterSyntaxError(f"filters are nested deeper than {MAX_NESTING}\n{place}")

    def __str__(self) -> str:
        suffix = "" if self.suffix == Semver() else f", suffix={self.suffix}"
        return f"prefix({_quoted(self.prefix)}{suffix})"


Plain: TypeAlias = Semver | Number | Regex
Filter: TypeAlias = Plain | Prefix


class Version:
    """The name `version` of templates: each method returns the filter that its text form stands for.

    Raises FilterSyntaxError for a value of another type than the text form wants.
    """

    def semver(self, allow_no_nums: object = False) -> Semver:
        """Return the filter `semver(allow_no_nums=...)`."""
        if not isinstance(allow_no_nums, bool):
            raise _wrong_type("semver", "allow_no_nums", allow_no_nums, "true or false")
        return Semver(allow_no_nums)

    def number(self) -> Number:
        """Return the filter `number()`."""
        return Number()

    def regex(self, pattern: object) -> Regex:
        """Return the filter `regex(pattern)`."""
        if not isinstance(pattern, str):
            raise _wrong_type("regex", "pattern", pattern, "a string")
        return Regex(pattern)

    def prefix(self, prefix: object, suffix: object = None) -> Prefix:
        """Return the filter `prefix(prefix, suffix=...)`."""
        if not isinstance(prefix, str):
            raise _wrong_type("prefix", "prefix", prefix, "a string")
        if suffix is None:
            return Prefix(prefix)
        if not isinstance(suffix, Semver | Number | Regex | Prefix):
            hint = "such as suffix=version.number(), without quotes"
            raise _wrong_type("prefix", "suffix", suffix, "a filter", hint=hint)
        return Prefix(prefix, suffix)


def newest(filter_: Filter, tags: Iterable[str]) -> str | None:
    """Return the newest tag that the filter keeps, as it was written; None when it keeps none."""
    start = len(flattened(filter_)[0])
    return max(_with_highest_numbers(_kept(filter_, tags), start), key=_rank(filter_), default=None)


def ordered(filter_: Filter, tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags that the filter keeps, each once, oldest first."""
    return tuple(sorted(_kept(filter_, tags), key=_rank(filter_)))


def reason_left_out(filter_: Filter, tag: str) -> str | None:
    """Return in a few words, on one line, why the filter does not keep the tag; None when it does."""
    return _reason(*flattened(filter_), tag)


def flattened(filter_: Filter) -> tuple[str, Plain]:
    """Return all the text that the filter's prefixes ask for, and the filter for the rest."""
    prefix = ""
    while isinstance(filter_, Prefix):
        prefix += filter_.prefix
        filter_ = filter_.suffix
    return prefix, filter_


def regex_fault(pattern: str) -> str | None:
    """Return on one line why Python cannot compile the pattern, or what it warns about; None when all is well."""
    with warnings.catch_warnings():
        # Only what `re` warns with: threads share these settings, and theirs must not become errors.
        warnings.simplefilter("error", FutureWarning)
        warnings.simplefilter("error", DeprecationWarning)
        try:
            re.compile(pattern)
        except re.error as exc:
            place = "" if exc.pos is None else f" at position {exc.pos}"
            return one_line(exc.msg + place)
        except (FutureWarning, DeprecationWarning) as exc:
            return one_line(f"Python warns: {exc}")
        except RecursionError:
            return "groups are nested too deep"
        except (OverflowError, ValueError):
            return "a number in it is too large"
    return None


def _kept(filter_: Filter, tags: Iterable[str]) -> set[str]:
    prefix, plain = flattened(filter_)
    return {tag for tag in tags if _reason(prefix, plain, tag) is None}


def _with_highest_numbers(tags: Iterable[str], start: int) -> list[str]:
    """Return those tags whose leading numbers, from `start` on, are above all others'."""
    highest: tuple[Piece, ...] = ()
    found: list[str] = []
    for tag in tags:
        numbers = leading_numbers(tag[start:])
        if numbers > highest:
            highest, found = numbers, [tag]
        elif numbers == highest:
            found.append(tag)
    return found


def _rank(filter_: Filter) -> Callable[[str], tuple[LooseKey, str]]:
    """Return the sort key of kept tags: by what follows the prefix, then by the whole tag's code points."""
    start = len(flattened(filter_)[0])
    return lambda tag: (loose_key(tag[start:]), tag)


def _reason(prefix: str, plain: Plain, tag: str) -> str | None:
    if _SIGNATURE.fullmatch(tag):
        return "a signature or attestation"
    if not tag.startswith(prefix):
        return one_line(f'does not start with "{prefix}"')
    rest = tag[len(prefix) :]
    fault = _fault(plain, rest)
    if fault is None:
        return None
    return one_line(f'rest "{rest}" {fault}' if prefix else fault)


def _fault(plain: Plain, rest: str) -> str | None:
    match plain:
        case Semver():
            kept = plain.allow_no_nums or "0" <= rest[:1] <= "9"
            return None if kept else "does not start with a number"
        case Number():
            return None if rest.isascii() and rest.isdigit() else "is not a number"
        case Regex():
            return None if re.fullmatch(plain.pattern, rest) else f"does not match {plain}"


def _nesting(filter_: Filter) -> int:
    depth = 0
    while isinstance(filter_, Prefix):
        depth += 1
        filter_ = filter_.suffix
    return depth


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _wrong_type(
    method: str, argument: str, value: object, wanted: str, *, hint: str | None = None
) -> FilterSyntaxError:
    # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
    shown = repr(value) if isinstance(value, str) else str(value)
    before = f"version.{method}({argument}="
    place = pointed(f"{before}{shown})", len(before), len(before) + len(shown))
    return FilterSyntaxError(f"expected {wanted}\n{place}", hint=hint)
