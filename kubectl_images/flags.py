"""The flags of every command, as argparse knows them: kubectl's names wherever kubectl has one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .errors import UsageError
from .help_texts import COMMANDS, DESCRIPTION, EPILOG, PROGRAM, USAGE
from .platforms import Platform

# What no socket can count to (2**31 milliseconds, a little more than this) is as good as for ever.
_FOR_EVER_S = 2_000_000
# As long as kluctl waits.
DEFAULT_WAIT_S = 300.0
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


_Add = Callable[..., argparse.Action]


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
    if "timeout_s" in given and not getattr(given, "wait", False):
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
    _add_connection(parser)
    if command:
        _ADD["list" if command == "list-images" else command](parser)
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
        _ADD[name](command)
        _add_connection(command, of_command=True)
    _add_connection(parser)
    return parser


def _add_switch(add: _Add, *names: str, help: str) -> None:  # noqa: A002
    """Add a flag that is there or not, and kubectl's way to say so: `--wait=true` or `--wait=false`."""
    switch = add(*names, action="store_true", help=help)
    for value, action in (("true", "store_true"), ("false", "store_false")):
        spelled_out = [f"{name}={value}" for name in names]
        add(*spelled_out, dest=switch.dest, action=action, help=argparse.SUPPRESS)


def _add_input(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input")
    add = group.add_argument
    add(
        "-f",
        "--filename",
        metavar="FILE",
        action="append",
        help="a file, a directory, or - for standard input; needed (repeatable)",
    )
    _add_switch(add, "-R", "--recursive", help="also read the directories below a directory")
    add(
        "-a",
        "--arg",
        metavar="NAME=VALUE",
        action="append",
        help="a value for the templates' args; NAME can be nested, as in web.replicas=3 (repeatable)",
    )
    add("--args-from-file", metavar="FILE", action="append", help="a YAML file of args; -a wins (repeatable)")
    _add_switch(
        add,
        "--no-templates",
        help="the files are no templates: evaluate only the strings that call images.get_image",
    )


def _add_images(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("images")
    add = group.add_argument
    _add_switch(add, "-u", "--update-images", help="take the newest tags, whatever runs; fixed images stay")
    add(
        "-F",
        "--fixed-image",
        metavar="IMAGE=RESULT",
        action="append",
        help="pin an image, such as nginx=nginx:1.27; IMAGE can be narrowed to IMAGE:NAMESPACE:Kind/name:CONTAINER, where"
        " an empty part stands for any; the last match wins (repeatable)",
    )
    add(
        "--fixed-images-file",
        metavar="FILE",
        action="append",
        help="a file of pinned images, as list writes it; -F wins (repeatable)",
    )
    _add_switch(
        add,
        "--offline",
        help="ask no registry; every image must be fixed, be deployed or have a default",
    )
    _add_switch(
        add,
        "--pin-digests",
        help="write every image with its digest: nginx:1.27 becomes nginx:1.27@sha256:...",
    )
    add(
        "--platform",
        type=_platform,
        metavar="OS/ARCH[/VARIANT]",
        help="with --pin-digests: refuse an image that is not for this platform, such as linux/arm64",
    )


def _add_deploy(parser: argparse.ArgumentParser) -> None:
    _add_input(parser)
    _add_images(parser)
    add = parser.add_argument_group("deploy").add_argument
    _add_caution(add)
    _add_switch(add, "--force-conflicts", help="take over fields that another manager owns")
    _add_switch(
        add,
        "--replace-immutable",
        help="delete an object whose immutable fields change and create it anew, which ends what it runs; never a"
        " volume, a Namespace, a CustomResourceDefinition or a custom resource",
    )
    _add_wait(add)
    add(
        "-o",
        "--output",
        choices=("text", "name", "json", "yaml"),
        help="what to print; json and yaml: the objects as applied (default: text)",
    )


def _add_caution(add: _Add) -> None:
    _add_switch(add, "-y", "--yes", help="do not ask before anything is changed")
    add(
        "--dry-run",
        choices=("none", "client", "server"),
        help="change nothing: client prints what would be sent, server lets the server check it (default: none)",
    )


def _add_wait(add: _Add) -> None:
    _add_switch(add, "--wait", help="wait until what was applied is ready, or it is clear that it will not be")
    add(
        "--timeout",
        dest="timeout_s",
        type=duration_s,
        metavar="DURATION",
        help="how long --wait waits, such as 90s or 10m; 0 is for ever (default: 5m)",
    )


def _add_poke(parser: argparse.ArgumentParser) -> None:
    _add_input(parser)
    _add_images(parser)
    add = parser.add_argument_group("poke").add_argument
    _add_caution(add)
    _add_wait(add)
    add("-o", "--output", choices=("text", "name"), help="what to print (default: text)")


def _add_diff(parser: argparse.ArgumentParser) -> None:
    _add_input(parser)
    _add_images(parser)
    add = parser.add_argument_group("diff").add_argument
    _add_switch(add, "--force-conflicts", help="compare as if fields of other managers were taken over")
    _add_switch(
        add,
        "--replace-immutable",
        help="compare as if objects whose immutable fields change were created anew",
    )


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_input(parser)
    _add_images(parser)
    add = parser.add_argument_group("list").add_argument
    _add_switch(add, "--simple", help="only the pairs of image and result")
    add("-o", "--output", choices=("yaml", "json", "table"), help="the form of the list (default: yaml)")


def _add_render(parser: argparse.ArgumentParser) -> None:
    _add_input(parser)
    _add_images(parser)


def _add_tags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="REPO [FILTER]",
        help="the repository, and a filter in quotes (default: semver()); beside --from the filter alone",
    )
    add = parser.add_argument_group("tags").add_argument
    add(
        "--from",
        dest="from_file",
        metavar="FILE",
        help="a file with a tag in each line, or - for standard input, instead of a registry",
    )
    add(
        "-o",
        "--output",
        choices=("table", "name", "json", "yaml"),
        help="what to print; name: the newest tag alone (default: table)",
    )


def _add_version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", choices=("text", "json", "yaml"), help="what to print (default: text)")


_ADD = {
    "deploy": _add_deploy,
    "diff": _add_diff,
    "poke": _add_poke,
    "list": _add_list,
    "render": _add_render,
    "tags": _add_tags,
    "version": _add_version,
}


def _add_connection(parser: argparse.ArgumentParser, *, of_command: bool = False) -> None:
    """Add kubectl's flags; a command takes them too, and leaves them out of its help, which they would bury."""
    group = parser.add_argument_group("flags of cluster and terminal, before or after the command, as kubectl's")

    def add(*names: str, help: str, **settings: Any) -> argparse.Action:  # noqa: A002
        return group.add_argument(*names, help=argparse.SUPPRESS if of_command else help, **settings)

    add("-n", "--namespace", metavar="NAMESPACE", help="the namespace of objects that name none")
    add("--kubeconfig", metavar="FILE", help="the kubeconfig, instead of $KUBECONFIG or ~/.kube/config")
    add("--context", metavar="NAME", help="the kubeconfig's context to use")
    add("--cluster", metavar="NAME", help="the kubeconfig's cluster to use")
    add("--user", metavar="NAME", help="the kubeconfig's user to use")
    add("-s", "--server", metavar="URL", help="the address of the API server")
    add("--token", metavar="TOKEN", help="a bearer token for the API server")
    add("--as", dest="as_user", metavar="USER", help="the user to impersonate")
    add(
        "--as-group",
        dest="as_groups" if of_command else "as_groups_before",
        metavar="GROUP",
        action="append",
        help="a group to impersonate (repeatable)",
    )
    add("--as-uid", metavar="UID", help="the UID to impersonate")
    add("--certificate-authority", metavar="FILE", help="the CA certificates to trust")
    add("--client-certificate", metavar="FILE", help="a client certificate")
    add("--client-key", metavar="FILE", help="the key of the client certificate")
    add("--tls-server-name", metavar="NAME", help="the name to expect in the server's certificate")
    _add_switch(add, "--insecure-skip-tls-verify", help="do not check the server's certificate")
    add(
        "--request-timeout",
        dest="request_timeout_s",
        type=duration_s,
        metavar="DURATION",
        help="how long one request may take, such as 30s, 1m30s or 5; 0 is for ever",
    )
    add(
        "-v",
        "--v",
        dest="verbosity",
        type=_number,
        metavar="N",
        help="how much to say; 1: the steps, 2: also why an image that runs is not used",
    )
    add(
        "--color",
        dest="colour",
        choices=("auto", "always", "never"),
        help="colour in the output (default: auto, on a terminal unless NO_COLOR is set)",
    )


def _platform(text: str) -> Platform:
    try:
        return Platform.parse(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from None


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 1") from None


def duration_s(text: str) -> float:
    """Return the seconds of one of kubectl's durations: `5`, `30s`, `1m30s`, `500ms`; 0 is for ever."""
    if re.fullmatch(r"[0-9]+", text):
        seconds = float(text)
    elif re.fullmatch(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+", text):
        seconds = sum(float(number) * _UNITS_S[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", text))
    else:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 30s, 1m30s or 5")
    return seconds if seconds < _FOR_EVER_S else 0
