"""What is wrong with a command line, in our words: argparse's say neither what is allowed nor what was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .errors import UsageError
from .help_texts import COMMANDS, PROGRAM
from .kluctl_command_line import COMMANDS as COMMANDS_OF_KLUCTL
from .kluctl_command_line import FLAGS as FLAGS_OF_KLUCTL

if TYPE_CHECKING:
    import argparse

# What argparse says of a flag: its names, and what is wrong with it.
_COMPLAINT = re.compile(r"argument (?P<names>\S+): (?P<wrong>.*)", re.DOTALL)
_WRONG_CHOICE = re.compile(r"invalid choice: (?P<value>.*) \(choose from", re.DOTALL)
_WRONG_SWITCH = re.compile(r"ignored explicit argument (?P<value>.*)", re.DOTALL)
# kubectl takes it without a value, too, and has told for years not to.
_DRY_RUN_HINT = "--dry-run=server or --dry-run=client"
# Flags of kubectl that are none here, and what to do instead.
_INSTEAD = {
    "--server-side": "leave it out: objects are always applied by server-side apply",
    "--force": "--force-conflicts takes over fields of other managers, --replace-immutable deletes and creates anew",
}


def complaint(message: str, prog: str, flags: Mapping[str, argparse.Action]) -> UsageError:
    """Return the error for what argparse complains of; `flags` are those that it knows, by their spellings."""
    help_hint = f"{prog} --help"
    if unknown := re.match(r"argument COMMAND: invalid choice: '([^']*)'", message):
        return UsageError(f"unknown command {unknown[1]!r}", hint=f"{_command_hint(unknown[1])}{help_hint}")
    said = _COMPLAINT.match(message)
    flag = said and flags.get(said["names"].split("/")[0])
    if not (said and flag):
        return UsageError(message, hint=help_hint)
    text, hints = _explained(flag, said["names"], said["wrong"])
    return UsageError(text, hint="\n".join([*hints, help_hint]))


def _command_hint(word: str) -> str:
    """Return the line for who typed this as a command, if there is something to say."""
    if instead := COMMANDS_OF_KLUCTL.get(word):
        return f"{instead}\n"
    if similar := "deploy" if word == "apply" else _similar(word, COMMANDS):
        return f"did you mean {PROGRAM} {similar}?\n"
    is_file = "." in word or "/" in word
    return f"the command comes first: {PROGRAM} deploy -f {word}\n" if is_file else ""


def _explained(flag: argparse.Action, names: str, wrong: str) -> tuple[str, list[str]]:
    """Return what is wrong with a flag of these names, in our words, and the ways out."""
    choices = [str(choice) for choice in flag.choices or ()]
    values = _listed(choices, "or") if choices else str(flag.metavar)
    hints = [_DRY_RUN_HINT] if flag.dest == "dry_run" else []
    if wrong == "expected one argument":
        return f"{names} needs a value: {values}", hints
    if found := _WRONG_CHOICE.match(wrong):
        similar = _similar(found["value"].strip("'"), choices)
        hints = [f"did you mean {similar}?"] if similar else hints
        return f"{names}: {found['value']} is not one of {values}", hints
    if found := _WRONG_SWITCH.match(wrong):
        text = f"{names} takes no value but true or false, and here stands {found['value']}"
        return text, [flag.option_strings[-1]]
    return f"{names}: {wrong}", hints


def unknown_argument(argument: str, command: str | None, flags_of: Callable[[str | None], Sequence[str]]) -> UsageError:
    """Return the error for an argument that no flag explains; `flags_of` gives the flags that a command takes."""
    help_hint = f"{PROGRAM} {command} --help" if command else f"{PROGRAM} --help"
    hint = help_hint
    if not argument.startswith("-"):
        if argument in ("true", "false"):
            hint = f"with its flag it is one word, as in --wait={argument}\n{help_hint}"
        elif "-f" in flags_of(command):
            hint = f"for a file: -f {argument}\n{help_hint}"
        return UsageError(f"{command} takes no argument {argument!r}", hint=hint)
    flag = argument.partition("=")[0]
    if flag in _INSTEAD:
        return UsageError(f"unknown flag {flag}", hint=_INSTEAD[flag].format(command=command or "deploy"))
    if owners := [name for name in COMMANDS if flag in flags_of(name)]:
        hint = f"{flag} is a flag of {_listed(owners, 'and')}\n{help_hint}"
    elif instead := FLAGS_OF_KLUCTL.get(flag.removeprefix("--")):
        hint = f"{instead.typed()} does this" if instead.flag else f"leave it out: {instead.why}"
        hint = f"{hint}\n{help_hint}"
    elif similar := _similar(flag.lstrip("-"), [known[2:] for known in flags_of(command) if known.startswith("--")]):
        hint = f"did you mean --{similar}?\n{help_hint}"
    return UsageError(f"unknown flag {flag}", hint=hint)


def _listed(words: Sequence[str], last: str) -> str:
    """Return `a, b or c`, with this word before the last one."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _similar(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)
