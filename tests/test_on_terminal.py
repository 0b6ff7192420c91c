"""Deploy and poke where somebody sits before them: a process on a pseudo-terminal, from the plan to the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from terminals import CTRL_C, CTRL_D, Resize, Typed, from_sources, on_terminal, plain
from test_main_job import WEB, deployment
from worlds import World

QUESTION = b"[y/N] "


@pytest.fixture
def web(fakes: World) -> str:
    """Return the file of a Deployment that is there with main-1, while main-2 is the newest."""
    fakes.registry.push("team/web", "main-1")
    file = fakes.write("web.yaml", deployment(f"app: {WEB}"))
    assert fakes.run("deploy", "-f", file).code == 0
    fakes.registry.push("team/web", "main-2")
    return file


def asked(
    world: World, *argv: str, answers: Sequence[bytes | Resize] = (), size: Resize | None = None
) -> tuple[int, str]:
    """Run the program, give the answers when the question is there, and return exit code and plain screen."""
    steps = [Typed(QUESTION if number == 0 else b"", answer) for number, answer in enumerate(answers)]
    code, screen = on_terminal([*from_sources(), *argv], world.all_environ(), then=steps, size=size)
    assert "Traceback" not in screen
    return code, plain(screen)


@pytest.mark.parametrize(("command", "request_"), [("deploy", "Apply to"), ("poke", "Change the images in")])
def test_a_yes_does_what_the_plan_says(fakes: World, web: str, command: str, request_: str) -> None:
    code, screen = asked(fakes, command, "-u", "-f", web, answers=[b"y\n"], size=Resize(120, 24))

    image = f"{fakes.host}/team/web"
    change = f"    app: {image}:main-1 -> {image}:main-2 (registry)\n"
    assert screen == (
        f"deployment.apps/web to change\n{change}plan for 1 object: 1 to change\n"
        f"{request_} namespace default of context fake ({fakes.server.url})? [y/N] y\n"
        f"deployment.apps/web configured\n{change}1 object: applied 1, unchanged 0, failed 0\n"
    )
    assert code == 0
    assert fakes.image() == f"{image}:main-2"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(b"n\n", 1, id="no"),
        pytest.param(CTRL_D, 1, id="end-of-input"),
        pytest.param(CTRL_C, 130, id="ctrl-c"),
    ],
)
@pytest.mark.parametrize(("command", "verb"), [("deploy", "applied"), ("poke", "changed")])
def test_any_other_answer_changes_nothing(
    fakes: World, web: str, command: str, verb: str, answer: bytes, code: int
) -> None:
    ended, screen = asked(fakes, command, "-u", "-f", web, answers=[answer])

    assert ended == code, screen
    assert (f"nothing was {verb}\n" in screen) == (code == 1)
    assert fakes.image() == f"{fakes.host}/team/web:main-1"


@pytest.mark.parametrize(
    ("answer", "code", "tag"), [(b"y\n", 0, "main-2"), (b"n\n", 1, "main-1"), (CTRL_C, 130, "main-1")]
)
def test_a_question_is_still_answered_after_the_window_was_resized(
    fakes: World, web: str, answer: bytes, code: int, tag: str
) -> None:
    ended, screen = asked(
        fakes, "deploy", "-u", "-f", web, answers=[Resize(40, 10), Resize(20, 5), Resize(200, 60), answer]
    )

    assert ended == code, screen
    assert fakes.image() == f"{fakes.host}/team/web:{tag}"


@pytest.mark.parametrize("size", [Resize(80, 24), Resize(60, 12), Resize(100, 40)], ids=lambda size: f"{size.columns}")
def test_the_plan_of_many_objects_fits_the_window(fakes: World, size: Resize) -> None:
    fakes.registry.push("team/web", "main-1")
    fakes.registry.push("team/other", "main-1")
    objects = [deployment(f"app: {WEB}", name=f"web-{number}") for number in range(60)]
    objects += [deployment(f"app: {WEB.replace('team/web', 'team/other')}", name="other")]
    objects += [f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c-{number}}}\n" for number in range(30)]
    file = fakes.write("all.yaml", "---\n".join(objects))

    code, screen = asked(fakes, "deploy", "-f", file, answers=[b"n\n"], size=size)

    plan = screen.partition("[y/N] ")[0].splitlines()
    assert sum(-(-len(line) // size.columns) for line in plan) < size.rows
    assert "/web:main-1 (registry) in 60 objects\n" in screen
    assert "plan for 91 objects: 91 to create\n" in screen
    assert "--dry-run=server\n" in screen
    assert code == 1


@pytest.mark.parametrize("command", ["deploy", "poke"])
def test_where_nothing_would_change_nothing_is_asked(fakes: World, web: str, command: str) -> None:
    code, screen = asked(fakes, command, "-f", web)

    assert screen == "deployment.apps/web unchanged\n1 object: applied 0, unchanged 1, failed 0\n"
    assert code == 0


@pytest.mark.parametrize("flags", [["-y"], ["--dry-run=server"], ["--dry-run=client"]], ids=lambda flags: flags[0])
@pytest.mark.parametrize("command", ["deploy", "poke"])
def test_who_says_yes_beforehand_or_only_tries_is_not_asked(
    fakes: World, web: str, command: str, flags: list[str]
) -> None:
    code, screen = asked(fakes, command, "-u", "-f", web, *flags, answers=[CTRL_C])

    assert code == 0
    assert "[y/N]" not in screen
    assert (fakes.image() == f"{fakes.host}/team/web:main-2") == (flags == ["-y"])


def test_the_words_of_the_plan_have_colours(fakes: World, web: str) -> None:
    command = [*from_sources(), "deploy", "-u", "-f", web]

    _, screen = on_terminal(command, fakes.all_environ(), wait_for=QUESTION, answer=b"n\n")

    assert re.match(r"deployment\.apps/web \x1b\[33mto change\x1b\[0m\n", screen)
