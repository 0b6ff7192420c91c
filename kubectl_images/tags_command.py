"""The command `tags`: what a version filter makes of a repository's tags, or of a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InputError, UsageError
from .filter_advice import advice, hash_warning
from .filter_parser import parse_filter
from .filters import Filter, Semver, ordered, reason_left_out
from .objects import Body
from .output import serialised, table
from .prepare import Run
from .references import ImageRef
from .sources import STANDARD_INPUT
from .text_files import decoded, read_file

_DEFAULT = "semver()"
_QUOTE = """put the filter in quotes: "prefix('v')\""""


@dataclass(frozen=True)
class TagsFlags:
    """What `tags` alone is given: `words` are REPO and FILTER, or FILTER alone beside `from_file`."""

    words: tuple[str, ...] = ()
    from_file: str | None = None
    output: str = "table"


def tags(run: Run, flags: TagsFlags) -> int:
    """Print every tag, the newest last, with why it counts or not; an error when none does."""
    repository, filter_ = _subject(flags)
    found = _from_file(run, flags.from_file) if repository is None else _from_registry(run, repository)
    subject = repository or (STANDARD_INPUT if flags.from_file == "-" else flags.from_file)
    if not found:
        raise InputError(f"{subject} has no tags")
    kept = ordered(filter_, found)
    if flags.output == "name":
        run.terminal.result("".join(f"{tag}\n" for tag in kept[-1:]))
    else:
        rows = _rows(filter_, found, kept)
        run.terminal.result(
            _table(rows) if flags.output == "table" else serialised(_document(filter_, rows), flags.output)
        )
    if not kept:
        tags = "the only tag" if len(found) == 1 else f"any of the {len(found)} tags"
        raise InputError(f"{filter_} does not accept {tags} of {subject}", hint=advice(filter_, found))
    if doubt := hash_warning(filter_, found):
        run.terminal.warn(doubt)
    return 0


def _subject(flags: TagsFlags) -> tuple[str | None, Filter]:
    """Return the repository (None: the tags come from a file) and the filter."""
    words = list(flags.words)
    repository = None
    if flags.from_file is None:
        if not words:
            raise UsageError("tags needs a repository, or --from FILE", hint="kubectl images tags nginx 'semver()'")
        repository = words.pop(0)
    if len(words) > 1:
        taken = "a repository and one filter" if repository else "one filter beside --from, and no repository"
        raise UsageError(f"tags takes {taken}, not also {words[1]!r}", hint=_QUOTE)
    return repository, parse_filter(words[0] if words else _DEFAULT)


def _from_registry(run: Run, repository: str) -> tuple[str, ...]:
    reference = ImageRef.parse(repository)
    if reference.tag or reference.digest:
        raise UsageError(
            f"tags needs a repository without tag or digest, not {repository}", hint=f"write {reference.name}"
        )
    return run.registry.list_tags(reference)


def _from_file(run: Run, name: str | None) -> tuple[str, ...]:
    """Return the tags of a file, one a line; empty lines do not count."""
    assert name is not None, "there is a repository or a file"
    text = decoded(run.terminal.stdin.buffer.read(), STANDARD_INPUT) if name == "-" else read_file(name)
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _rows(filter_: Filter, found: Sequence[str], kept: Sequence[str]) -> list[tuple[str, str]]:
    """Return (tag, what became of it): what is left out, then what is kept, each oldest first."""
    versions = ordered(Semver(allow_no_nums=True), found)
    signatures = sorted(set(found).difference(versions))
    left_out = [
        (tag, reason) for tag in (*signatures, *versions) if (reason := reason_left_out(filter_, tag)) is not None
    ]
    return [*left_out, *((tag, "kept") for tag in kept[:-1]), *((tag, "newest") for tag in kept[-1:])]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return table(("TAG", "RESULT"), [(tag, f"* {what}" if what == "newest" else f"  {what}") for tag, what in rows])


def _document(filter_: Filter, rows: Sequence[tuple[str, str]]) -> Body:
    newest = next((tag for tag, what in rows if what == "newest"), None)
    tags = [{"tag": tag, "kept": what in ("kept", "newest"), "reason": what} for tag, what in rows]
    return {"filter": str(filter_), "newest": newest, "tags": tags}
