"""The command line: its parser, and what flags may not stand beside each other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from .command_flags import add_flags
from .connection_flags import add_connection
from .errors import UsageError
from .help_texts import COMMANDS, DESCRIPTION, EPILOG, PROGRAM, USAGE

# As long as kluctl waits.
DEFAULT_WAIT_S = 300.0


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are our errors."""

    @property
    def flags(self) -> list[str]:
        """The flags in all their spellings, but without a value."""
        return [name for name in self._option_string_actions if "=" not in name]

    def error(self, message: str) -> NoReturn:
        from .flag_mistakes import complaint

        raise complaint(message, self.prog, self._option_string_actions)


def parse(argv: Sequence[str], given: argparse.Namespace) -> None:
    """Set what the command line says on `given`; a flag that is not there leaves no attribute behind.

    Even after a UsageError `given` has the `command`, where that much could be read. Ends in SystemExit for --help.
    """
    _, unknown = new_parser().parse_known_args(argv, given)
    if given.command == "tags":
        # argparse takes words only where they stand together, and not after flags between them.
        given.words = [*getattr(given, "words", []), *(word for word in unknown if not word.startswith("-"))]
        unknown = [word for word in unknown if word.startswith("-")]
    if unknown:
        from .flag_mistakes import unknown_argument

        raise unknown_argument(unknown[0], given.command, _flags_of)
    groups = (*vars(given).pop("as_groups_before", ()), *vars(given).pop("as_groups", ()))
    given.as_groups = groups
    _check_platform(given)
    _check_timeout(given)


def _check_timeout(given: argparse.Namespace) -> None:
    # A project may have items that are waited for anyway.
    of_project = "filename" not in given and "kustomize" not in given
    if "timeout_s" in given and not getattr(given, "wait", False) and not of_project:
        raise UsageError("--timeout is for --wait, which is not given", hint="add --wait, or leave out --timeout")


def _check_platform(given: argparse.Namespace) -> None:
    if "platform" not in given:
        return
    if not getattr(given, "pin_digests", False):
        hint = "add --pin-digests, or leave out --platform"
        raise UsageError("--platform is a demand on images with digests, and --pin-digests is not given", hint=hint)
    if getattr(given, "offline", False):
        hint = "leave out --platform or --offline"
        raise UsageError("--platform asks registries what images are for, and --offline asks none", hint=hint)


def _flags_of(command: str | None) -> list[str]:
    """Return the flags of a command and those of every command."""
    parser = _Parser(argument_default=argparse.SUPPRESS)
    add_connection(parser)
    if command:
        add_flags("list" if command == "list-images" else command, parser)
    return parser.flags


def new_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; the flags of cluster and terminal may stand before the command."""
    style: dict[str, Any] = {
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
        "argument_default": argparse.SUPPRESS,
    }
    parser = _Parser(prog=PROGRAM, usage=USAGE, description=DESCRIPTION, epilog=EPILOG, **style)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=_Parser)
    for name, words in COMMANDS.items():
        aliases = ["list-images"] if name == "list" else []
        style |= {"usage": words.usage, "description": words.description, "epilog": words.epilog}
        command = commands.add_parser(name, aliases=aliases, prog=f"{PROGRAM} {name}", help=words.summary, **style)
        add_flags(name, command)
        add_connection(command, of_command=True)
    add_connection(parser)
    return parser
