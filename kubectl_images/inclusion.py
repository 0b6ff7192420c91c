"""Which items of a project take part: by their tags, and by the directories of the items themselves."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .errors import UsageError

# How many names a message shows.
_MAX_SHOWN = 30
_INCLUDING = ("-I", "--include-deployment-dir")


@dataclass(frozen=True)
class Names:
    """The tags and the directories of all items of a project, those that do not take part among them.

    `left_out` are the includes whose condition is not true, so that nobody knows what is below them.
    """

    tags: frozenset[str] = frozenset()
    directories: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inclusion:
    """What -I, -E, --include-deployment-dir and --exclude-deployment-dir say."""

    include_tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    exclude_dirs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for flag, directories in (("include", self.include_dirs), ("exclude", self.exclude_dirs)):
            for directory in directories:
                if directory.startswith("/"):
                    raise UsageError(
                        f"--{flag}-deployment-dir {directory}: it is relative to the directory of the project",
                        hint="write it as in apps/web, without / at its ends",
                    )

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags as they are typed: `-I web`."""
        return tuple(f"{flag} {name}" for flag, name, _ in self._named())

    def includes(self, tags: Collection[str], directory: str, *, always: bool = False) -> bool:
        """Tell whether an item takes part; `directory` is relative to the project's root, with slashes, or "".

        Tags and directories are one set each of what is included and excluded: what matches an exclusion is out,
        and then, where anything is to be included, what matches no inclusion. With `always` it takes part anyway.
        """
        if always:
            return True
        if directory in self.exclude_dirs or not set(tags).isdisjoint(self.exclude_tags):
            return False
        if not self.include_tags and not self.include_dirs:
            return True
        return directory in self.include_dirs or not set(tags).isdisjoint(self.include_tags)

    def refuse_misspelt(self, names: Names) -> None:
        """Raise UsageError for the path of a directory that is not written as the one that it means: ./web or web/."""
        for flag, name, is_tag in self._named():
            meant = posixpath.normpath(name)
            if not is_tag and name not in names.directories and meant in names.directories:
                raise UsageError(f"{flag} {name}: the directory is called {meant} here", hint=f"{flag} {meant}")

    def refuse_unknown(self, names: Names) -> None:
        """Raise UsageError where there is nothing of what is to be included: whatever takes part is not what is meant."""
        wanted = [entry for entry in self._named() if entry[0] in _INCLUDING]
        unknown = [_unknown(flag, name, names, is_tag=is_tag) for flag, name, is_tag in wanted]
        faults = [fault for fault in unknown if fault]
        # What is left out by its condition in this run may have them.
        if wanted and len(faults) == len(wanted) and not names.left_out:
            lines = [f"{what}: {_listed(known)}" for what, known in self._known(names) if known]
            raise UsageError("\n    ".join(faults), hint="\n".join(lines) or None)

    def warnings(self, names: Names) -> Iterator[str]:
        """Yield a warning for each flag that no item is meant by: a slip, which may deploy what should stay."""
        for flag, name, is_tag in self._named():
            if fault := _unknown(flag, name, names, is_tag=is_tag):
                known = names.tags if is_tag else names.directories
                end = "" if fault.endswith("?") else "."
                yield f"{fault}{end} {'Tags' if is_tag else 'Directories'}: {_listed(known)}" if known else fault

    def refuse_nothing(self, names: Names) -> None:
        """Raise UsageError, since no item takes part, where there are flags that may be the reason."""
        if self.flags:
            lines = [f"{what}: {_listed(known)}" for what, known in self._known(names) if known]
            lines += [f"left out by its `when`: {include}" for include in names.left_out]
            raise UsageError(
                f"{' '.join(self.flags)}: no item of the project takes part", hint="\n".join(lines) or None
            )

    def _named(self) -> Iterator[tuple[str, str, bool]]:
        """Yield each flag with its value, and whether that is a tag."""
        yield from (("-I", tag, True) for tag in self.include_tags)
        yield from (("-E", tag, True) for tag in self.exclude_tags)
        yield from (("--include-deployment-dir", directory, False) for directory in self.include_dirs)
        yield from (("--exclude-deployment-dir", directory, False) for directory in self.exclude_dirs)

    def _known(self, names: Names) -> Iterator[tuple[str, Collection[str]]]:
        if self.include_tags or self.exclude_tags:
            yield "tags", names.tags
        if self.include_dirs or self.exclude_dirs:
            yield "directories", names.directories


def _unknown(flag: str, name: str, names: Names, *, is_tag: bool) -> str | None:
    """Return what is said of a flag that no item is meant by; None for another one."""
    known = names.tags if is_tag else names.directories
    if name in known:
        return None
    close = difflib.get_close_matches(name.strip("./"), known, 1)
    meant = f"; did you mean {close[0]}?" if close else ""
    of = f"that is read (without {', '.join(names.left_out)})" if names.left_out else "of the project"
    return f"{flag} {name}: no item {of} has this {'tag' if is_tag else 'directory'}{meant}"


def own_tags(written: Iterable[str], path: str) -> tuple[str, ...]:
    """Return the tags of an item or include: those that are written, or else the last part of its path."""
    last = path.rstrip("/").rpartition("/")[2]
    return tuple(written) or ((last,) if last not in {"", ".", ".."} else ())


def _listed(names: Collection[str]) -> str:
    shown = sorted(names)[:_MAX_SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"{', '.join(shown)}{more}"
