"""The flags of each command, as argparse knows them: kubectl's names wherever kubectl has one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .flag_values import add_switch, duration_s, platform

_Add = Callable[..., argparse.Action]


def add_flags(command: str, parser: argparse.ArgumentParser) -> None:
    """Add what a command takes besides the flags of cluster and terminal."""
    _ADD[command](parser)


def _add_decision(parser: argparse.ArgumentParser) -> None:
    """Add what says which objects are read, and how their images are decided."""
    _add_input(parser)
    _add_project(parser)
    _add_images(parser)


def _add_input(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input")
    add = group.add_argument
    add(
        "-f",
        "--filename",
        metavar="FILE",
        action="append",
        help="a file, a directory, or - for standard input (repeatable)",
    )
    add_switch(add, "-R", "--recursive", help="also read the directories below a directory")
    add("-k", "--kustomize", metavar="DIR", action="append", help="a directory that kustomize builds (repeatable)")
    add("-l", "--selector", metavar="LABELS", help="only objects with these labels, such as app=web,tier!=db")
    add(
        "-a",
        "--arg",
        metavar="NAME=VALUE",
        action="append",
        help="a value for the templates' args; NAME can be nested, as in web.replicas=3 (repeatable)",
    )
    add("--args-from-file", metavar="FILE", action="append", help="a YAML file of args; -a wins (repeatable)")
    add_switch(
        add,
        "--no-templates",
        help="the files are no templates: evaluate only the strings that call images.get_image",
    )


def _add_project(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("project").add_argument
    add(
        "--project",
        "--project-dir",
        metavar="DIR",
        help="the directory of a project, with its deployment.yaml (default: this one, without -f and -k)",
    )
    add("-t", "--target", metavar="NAME", help="the target of .kluctl.yaml; needed where there are several")
    add("-T", "--target-name-override", metavar="NAME", help="what the templates see as the target's name")
    for letter, verb, words in (("I", "include", "take only"), ("E", "exclude", "leave out")):
        add(
            f"-{letter}",
            f"--{verb}-tag",
            metavar="TAG",
            action="append",
            help=f"{words} items with this tag (repeatable)",
        )
        add(
            f"--{verb}-deployment-dir",
            metavar="DIR",
            action="append",
            help=f"{words} the item of this directory, relative to the project (repeatable)",
        )


def _add_images(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("images")
    add = group.add_argument
    add_switch(add, "-u", "--update-images", help="take the newest tags, whatever runs; fixed images stay")
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
    add_switch(
        add,
        "--offline",
        help="ask no registry; every image must be fixed, be deployed or have a default",
    )
    add_switch(
        add,
        "--pin-digests",
        help="write every image with its digest: nginx:1.27 becomes nginx:1.27@sha256:...",
    )
    add(
        "--platform",
        type=platform,
        metavar="OS/ARCH[/VARIANT]",
        help="with --pin-digests: refuse an image that is not for this platform, such as linux/arm64",
    )


def _add_deploy(parser: argparse.ArgumentParser) -> None:
    _add_decision(parser)
    add = parser.add_argument_group("deploy").add_argument
    _add_caution(add)
    add_switch(add, "--force-conflicts", help="take over fields that another manager owns")
    add_switch(
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
    add_switch(add, "-y", "--yes", help="do not ask before anything is changed")
    add(
        "--dry-run",
        choices=("none", "client", "server"),
        help="change nothing: client prints what would be sent, server lets the server check it (default: none)",
    )


def _add_wait(add: _Add) -> None:
    add_switch(add, "--wait", help="wait until what was applied is ready, or it is clear that it will not be")
    add(
        "--timeout",
        dest="timeout_s",
        type=duration_s,
        metavar="DURATION",
        help="how long --wait waits, such as 90s or 10m; 0 is for ever (default: 5m)",
    )


def _add_poke(parser: argparse.ArgumentParser) -> None:
    _add_decision(parser)
    add = parser.add_argument_group("poke").add_argument
    _add_caution(add)
    _add_wait(add)
    add("-o", "--output", choices=("text", "name"), help="what to print (default: text)")


def _add_diff(parser: argparse.ArgumentParser) -> None:
    _add_decision(parser)
    add = parser.add_argument_group("diff").add_argument
    add_switch(add, "--force-conflicts", help="compare as if fields of other managers were taken over")
    add_switch(
        add,
        "--replace-immutable",
        help="compare as if objects whose immutable fields change were created anew",
    )


def _add_list(parser: argparse.ArgumentParser) -> None:
    _add_decision(parser)
    add = parser.add_argument_group("list").add_argument
    add_switch(add, "--simple", help="only the pairs of image and result")
    add("-o", "--output", choices=("yaml", "json", "table"), help="the form of the list (default: yaml)")


def _add_render(parser: argparse.ArgumentParser) -> None:
    _add_decision(parser)


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
