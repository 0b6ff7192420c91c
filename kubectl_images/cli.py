"""The program: reads the command line, runs one command, and prints the error if there is one.

Nothing heavy is imported before a command needs it, so that help and usage errors come at once.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import traceback
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from . import endings
from .errors import ImagesError
from .flags import DEFAULT_WAIT_S, new_parser, parse
from .terminal import Terminal, use_colour

if TYPE_CHECKING:
    from .prepare import Run
    from .registry_policy import Policy


def main() -> int:
    """Run the command line of this process and return its exit code."""
    terminal = _standard_streams()
    endings.listen()
    try:
        code = _run_to_its_end(terminal)
    except KeyboardInterrupt as interrupt:
        with suppress(OSError):
            # The terminal may be what is gone.
            terminal.say("")
        endings.end_at_once(endings.code_of(interrupt))
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        # After an error others may still wait for a server, and Python would wait for them.
        endings.end_at_once(code)
    return code


def _run_to_its_end(terminal: Terminal) -> int:
    try:
        code = run(sys.argv[1:], terminal, os.environ)
        terminal.out.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _discard(terminal.out)
        return 141
    except OSError as exc:
        # The disk is full, or something else that no other place expects.
        _discard(terminal.out)
        print_error(ImagesError(str(exc)), terminal)
        return _code_of_an_error(sys.argv[1:])
    except Exception:  # noqa: BLE001 - Python would end with 1, which of diff means that there are differences
        terminal.err.write(terminal.secrets.hidden(traceback.format_exc()))
        return _code_of_an_error(sys.argv[1:])
    return code


def _code_of_an_error(argv: Sequence[str]) -> int:
    """Return the exit code of an error: 2 of `diff`, whose 1 is another answer.

    A command line that cannot be read to its command may still be one of diff.
    """
    given = Namespace()
    with suppress(ImagesError, SystemExit):
        parse(argv, given)
    command = getattr(given, "command", None)
    return 2 if command == "diff" or (command is None and "diff" in argv) else 1


def _standard_streams() -> Terminal:
    """Return the streams of this process, in UTF-8; one that is closed reads and writes nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return Terminal(
        sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY), "r"),
        sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"),
        sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"),
    )


def _discard(stream: TextIO) -> None:
    """Send what is still to be written nowhere, or Python would complain about it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def run(
    argv: Sequence[str], terminal: Terminal, environ: Mapping[str, str], registry_policy: Policy | None = None
) -> int:
    """Run one command line and return its exit code: 0 done, 1 an error (`diff`: 1 differences, 2 an error).

    `registry_policy` are other limits towards registries than the usual ones.
    """
    given = Namespace()
    try:
        terminal = _coloured(terminal, "auto", environ)
        parse([*argv[1:], "--help"] if list(argv[:1]) == ["help"] else argv, given)
        if given.command is None:
            terminal.result(new_parser().format_help())
            return 0
        terminal = _coloured(terminal, getattr(given, "colour", "auto"), environ)
        terminal = replace(terminal, verbosity=getattr(given, "verbosity", 0))
        if given.command == "version":
            from .commands import version

            return version(terminal, output=getattr(given, "output", "text"))
        run_ = _new_run(vars(given), terminal, environ, registry_policy)
        try:
            return _run_command(given.command, run_, vars(given))
        finally:
            run_.close()
    except ImagesError as error:
        print_error(error, terminal)
        return _code_of_an_error(argv)
    except SystemExit as done:
        # argparse ends --help this way.
        return int(done.code or 0)


def _coloured(terminal: Terminal, choice: str, environ: Mapping[str, str]) -> Terminal:
    return replace(
        terminal,
        colour=use_colour(choice, terminal.out, environ),
        colour_err=use_colour(choice, terminal.err, environ),
    )


def print_error(error: ImagesError, terminal: Terminal) -> None:
    """Print what led to it, the cause and the ways out."""
    for warning in error.warnings:
        terminal.warn(warning)
    terminal.say(f"{terminal.paint('error:', 'red', 'bold')} {error}")
    for line in (error.hint or "").splitlines():
        terminal.say(f"{terminal.paint('hint:', 'cyan')} {line}")


def _new_run(
    flags: Mapping[str, Any], terminal: Terminal, environ: Mapping[str, str], registry_policy: Policy | None
) -> Run:
    from . import kubeconfig
    from .inclusion import Inclusion
    from .prepare import ImageFlags, Run
    from .read_input import Input

    connection = {name: value for name, value in flags.items() if name in kubeconfig.Options.__dataclass_fields__}
    return Run(
        terminal,
        environ,
        Input(
            files=tuple(flags.get("filename", ())),
            recursive=flags.get("recursive", False),
            templates=not flags.get("no_templates", False),
            args=tuple(flags.get("arg", ())),
            args_files=tuple(flags.get("args_from_file", ())),
            kustomize=tuple(flags.get("kustomize", ())),
            project=flags.get("project"),
            target=flags.get("target"),
            target_name=flags.get("target_name_override"),
            inclusion=Inclusion(
                include_tags=tuple(flags.get("include_tag", ())),
                exclude_tags=tuple(flags.get("exclude_tag", ())),
                include_dirs=tuple(flags.get("include_deployment_dir", ())),
                exclude_dirs=tuple(flags.get("exclude_deployment_dir", ())),
            ),
            selector=flags.get("selector"),
            only_render=flags.get("command") == "render",
        ),
        ImageFlags(
            update=flags.get("update_images", False),
            offline=flags.get("offline", False),
            fixed=tuple(flags.get("fixed_image", ())),
            fixed_files=tuple(flags.get("fixed_images_file", ())),
            pin_digests=flags.get("pin_digests", False),
            platform=flags.get("platform"),
        ),
        kubeconfig.Options(**connection),
        registry_policy,
    )


def _run_command(command: str, run_: Run, flags: Mapping[str, Any]) -> int:
    match command:
        case "deploy":
            from .deploy_command import DeployFlags, deploy

            return deploy(
                run_,
                DeployFlags(
                    dry_run=flags.get("dry_run", "none"),
                    output=flags.get("output", "text"),
                    force=flags.get("force_conflicts", False),
                    replace=flags.get("replace_immutable", False),
                    yes=flags.get("yes", False),
                    wait_s=flags.get("timeout_s", DEFAULT_WAIT_S) if flags.get("wait") else None,
                    barrier_s=flags.get("timeout_s", DEFAULT_WAIT_S),
                    gone_s=flags.get("timeout_s", DeployFlags.gone_s),
                ),
            )
        case "poke":
            from .poke_command import PokeFlags, poke

            return poke(
                run_,
                PokeFlags(
                    dry_run=flags.get("dry_run", "none"),
                    output=flags.get("output", "text"),
                    yes=flags.get("yes", False),
                    wait_s=flags.get("timeout_s", DEFAULT_WAIT_S) if flags.get("wait") else None,
                ),
            )
        case "diff":
            from .diff_command import diff

            return diff(run_, force=flags.get("force_conflicts", False), replace=flags.get("replace_immutable", False))
        case "list" | "list-images":
            from .commands import list_images

            return list_images(run_, simple=flags.get("simple", False), output=flags.get("output", "yaml"))
        case "render":
            from .commands import render

            return render(run_)
        case _:
            from .tags_command import TagsFlags, tags

            return tags(
                run_,
                TagsFlags(tuple(flags.get("words", ())), flags.get("from_file"), flags.get("output", "table")),
            )
