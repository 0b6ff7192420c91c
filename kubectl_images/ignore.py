"""The rules of a .gitignore file, which .templateignore follows.

Source: git's documentation, gitignore(5), "PATTERN FORMAT".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    negated: bool
    directories_only: bool


@dataclass(frozen=True)
class IgnoreRules:
    """The rules of one file; the last one that matches a path decides."""

    rules: tuple[_Rule, ...] = ()

    def says(self, path: str, *, directory: bool = False) -> bool | None:
        """Tell whether the path is ignored, as far as it alone is concerned; None when no rule matches it.

        `path` is relative to the rules' directory, with slashes.
        """
        for rule in reversed(self.rules):
            if (directory or not rule.directories_only) and rule.pattern.fullmatch(path):
                return not rule.negated
        return None


def is_ignored(path: str, rules_of: Callable[[str], IgnoreRules]) -> bool:
    """Tell whether a file is ignored by the rules of the directories above it, of which those of the nearest win.

    `path` is relative to the highest of them, with slashes; `rules_of` returns the rules of a directory, "" for that
    one. A file below an ignored directory is ignored, whatever the rules say of itself.
    """
    parts = path.split("/")
    return any(_says(parts[:end], rules_of, directory=end < len(parts)) for end in range(1, len(parts) + 1))


def _says(parts: Sequence[str], rules_of: Callable[[str], IgnoreRules], *, directory: bool) -> bool:
    for depth in reversed(range(len(parts))):
        said = rules_of("/".join(parts[:depth])).says("/".join(parts[depth:]), directory=directory)
        if said is not None:
            return said
    return False


def parse_rules(text: str) -> IgnoreRules:
    """Return the rules of a file's text; a pattern that cannot be read matches nothing, as in git."""
    return IgnoreRules(tuple(_rules(text.split("\n"))))


def _rules(lines: Iterable[str]) -> Iterable[_Rule]:
    for line in lines:
        pattern = _without_spaces_at_the_end(line.removesuffix("\r"))
        if not pattern or pattern.startswith("#"):
            continue
        negated = pattern.startswith("!")
        pattern = pattern[1:] if negated else pattern
        regex = _regex(pattern.removesuffix("/"))
        if regex is not None:
            yield _Rule(re.compile(regex, re.DOTALL), negated, pattern.endswith("/"))


def _without_spaces_at_the_end(line: str) -> str:
    """Return the line up to its last character that is no space, or a space after a backslash."""
    kept = re.match(r"((?:\\.|.)*?) *$", line)
    return kept[1] if kept else line


_TOKENS = re.compile(
    r"(?P<directories>(?:^|/)(?:\*\*/)+)|(?P<below>/\*\*$)|(?P<part>\*+)|(?P<character>\?)"
    r"|\[(?P<negation>[!^]?)(?P<set>\]?(?:\[:[a-z]*:\]|\\.|[^\]\\])*)\]"
    r"|\\(?P<escaped>.)|(?P<broken>[\[\\])|(?P<text>.)",
    re.DOTALL,
)
_SET_ITEMS = re.compile(r"\[:(?P<named>[a-z]*):\]|(?P<low>\\.|.)(?:-(?P<high>\\.|.))?", re.DOTALL)
_NAMED_SETS = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


def _regex(pattern: str) -> str | None:
    """Return the regex of a pattern: from the top when it has a slash, else for a name at any depth; None if broken."""
    tokens = list(_TOKENS.finditer(pattern.removeprefix("/")))
    if not tokens or any(token.lastgroup == "broken" for token in tokens):
        return None
    depth = "" if "/" in pattern else "(?:.*/)?"
    return depth + "".join(map(_translated, tokens))


def _translated(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "directories":
            return "/(?:.*/)?" if token[0].startswith("/") else "(?:.*/)?"
        case "below" | "part" | "character" as name:
            return {"below": "/.+", "part": "[^/]*", "character": "[^/]"}[name]
        case "set":
            return _set(token["negation"], "".join(map(_set_item, _SET_ITEMS.finditer(token["set"]))))
        case _:
            return re.escape(token["escaped"] or token["text"])


def _set(negation: str, items: str) -> str:
    if negation:
        return f"[^/{items}]"
    return f"(?!/)[{items}]" if items else "(?!)"


def _set_item(item: re.Match[str]) -> str:
    """Return one character, range or named set as it stands in a regex's set; a range backwards holds nothing."""
    if item["named"] is not None:
        return _NAMED_SETS.get(item["named"], "")
    low, high = item["low"][-1], (item["high"] or item["low"])[-1]
    if low > high:
        return ""
    return f"{re.escape(low)}-{re.escape(high)}"
