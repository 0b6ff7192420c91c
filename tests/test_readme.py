"""README is true: its transcripts are what happens, its commands can be typed, and it names every flag."""

from __future__ import annotations

import argparse
import re
import shlex
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World

from kubectl_images.flags import new_parser, parse

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOST = "registry.example.com"


def blocks(language: str) -> list[str]:
    """Return the texts of the fenced blocks in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def steps(transcript: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a transcript and what it printed."""
    for step in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


def typed(world: World, command: str) -> str:
    """Do what a line of a transcript does, and return what a terminal shows."""
    if pushed := re.match(r"# CI pushes ([\w/]+):(\S+?);", command):
        world.registry.push(*pushed.groups())
        return ""
    before, _, command = command.rpartition(" | ")
    stdin = before.removeprefix("printf '").removesuffix("'").replace(r"\n", "\n")
    words = shlex.split(command.replace(HOST, world.host))
    assert words[:2] == ["kubectl", "images"], command
    done = world.run(*words[2:], stdin=stdin)
    return (done.out + done.err).replace(world.host, HOST)


@pytest.mark.parametrize("transcript", blocks("console"))
def test_a_transcript_is_what_happens(fakes: World, transcript: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fakes.directory)
    fakes.registry.push("team/web", "main-9", "main-41", "develop-57")
    fakes.write("web.yaml", blocks("yaml")[0].replace(HOST, fakes.host))

    shown = [(command, typed(fakes, command)) for command, _ in steps(transcript)]

    assert shown == list(steps(transcript))


def commands() -> list[str]:
    """Return the command lines of ours in README's shell blocks."""
    lines = "".join(blocks("sh")).splitlines()
    return [re.split(" [>|] ", line.rpartition("kubectl images ")[2])[0] for line in lines if "kubectl images " in line]


@pytest.mark.parametrize("command", commands())
def test_a_command_can_be_typed(command: str) -> None:
    given = Namespace()

    parse(shlex.split(command), given)

    assert given.command


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return every flag of a parser and of its commands, without those that only spell out `=true` or `=false`."""
    found: set[str] = set()
    for action in parser._actions:
        found |= {flag for flag in action.option_strings if "=" not in flag}
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                found |= {name} | flags_of(command)
    return found


def test_every_command_and_flag_is_named() -> None:
    named = set(re.findall(r"(?<![\w-])-{0,2}[a-zA-Z][\w-]*", README))

    assert flags_of(new_parser()) - named == set()


def test_the_fixed_images_file_of_the_readme_is_one(fakes: World) -> None:
    text = next(block for block in blocks("yaml") if block.startswith("images:"))
    file = fakes.write("fixed.yaml", text)
    fakes.registry.push("team/web", "main-41")
    manifests = fakes.write("web.yaml", blocks("yaml")[0])

    done = fakes.run("render", "-f", manifests, "-n", "prod", "--offline", "--fixed-images-file", file)

    assert (done.code, done.err) == (0, "")
    assert f"image: {HOST}/team/web:main-41\n" in done.out


OF_DEV = "note: target dev has no context: current context fake\n"


@pytest.mark.parametrize(
    ("flags", "named", "said"),
    [
        pytest.param("-t dev", ["namespaces", "database", "api"], OF_DEV, id="dev"),
        pytest.param(
            "-t prod -n shop",
            ["namespaces", "database", "api", "monitoring"],
            "note: target prod: context prod-cluster\n",
            id="prod",
        ),
        pytest.param("-t dev -I backend", ["api"], OF_DEV, id="backend"),
    ],
)
def test_the_project_of_the_readme_is_one(
    fakes: World, flags: str, named: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in blocks("yaml"):
        if found := re.match(r"# (deployment\.yaml|\.kluctl\.yaml)\n", block):
            fakes.write(found[1], block)
    fakes.write("services/deployment.yaml", "deployments:\n- path: api\n")
    for env in ("dev", "prod"):
        fakes.write(f"vars/{env}.yaml", "port: 80\n")
    for directory in ("namespaces", "database", "services/api", "monitoring"):
        name = directory.rpartition("/")[2]
        fakes.write(
            f"{directory}/config.yaml",
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{port: '{{{{ port }}}}'}}\n",
        )
    monkeypatch.chdir(fakes.directory)

    done = fakes.run("render", *flags.split())

    assert (done.err, done.code) == (said, 0)
    assert re.findall(r"^  name: (.*)$", done.out, re.MULTILINE) == named
    assert done.out.count("example.com/project: shop") == len(named)
