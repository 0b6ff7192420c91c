from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.external_diff import run

CHANGES = [
    ("v1.ConfigMap.a.b", "old\n", "new\n"),
    ("v1.ConfigMap.a.c", "", "added\n"),
    ("v1.ConfigMap.a.d", "gone ä\n", ""),
]
SHOWS_ALL = """
import pathlib, sys
for directory in sys.argv[1:3]:
    for file in sorted(pathlib.Path(directory).iterdir()):
        print(pathlib.Path(directory).name.partition("-")[0], file.name, file.read_text(encoding="utf-8").strip())
print(sys.argv[3:])
"""
HINT = "set KUBECTL_EXTERNAL_DIFF to a program that compares two directories, or unset it"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return tmp_path / "program"


def write(program: Path, code: str) -> str:
    """Write a Python program and return its path."""
    program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_the_program_gets_both_states_of_every_object(program: Path) -> None:
    assert run(write(program, SHOWS_ALL), CHANGES).splitlines() == [
        "LIVE v1.ConfigMap.a.b old",
        "LIVE v1.ConfigMap.a.d gone ä",
        "MERGED v1.ConfigMap.a.b new",
        "MERGED v1.ConfigMap.a.c added",
        "[]",
    ]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        pytest.param("", [], id="none"),
        pytest.param(" -u", ["-u"], id="one"),
        pytest.param(" -u  --color=always between", ["-u", "--color=always", "between"], id="many"),
        pytest.param(" -u;ls /x $HOME *", [], id="what-is-no-flag-does-not-count"),
    ],
)
def test_words_that_look_like_flags_follow_the_directories(program: Path, words: str, given: list[str]) -> None:
    assert run(write(program, SHOWS_ALL) + words, []) == f"{given}\n"


@pytest.mark.parametrize("code", [0, 1])
def test_differences_are_no_failure(program: Path, code: int) -> None:
    assert run(write(program, f"print('seen'); raise SystemExit({code})"), CHANGES) == "seen\n"


@pytest.mark.parametrize(
    ("ending", "ended"),
    [
        pytest.param("raise SystemExit(2)", "exit code 2", id="exit-code"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "ended by signal SIGKILL", id="killed"),
        pytest.param("import os; os.kill(os.getpid(), 40)", "ended by signal 40", id="signal-without-name"),
    ],
)
def test_a_program_that_fails_is_an_error_with_its_words(program: Path, ending: str, ended: str) -> None:
    command = write(program, f"import sys; print('no such thing', file=sys.stderr, flush=True); {ending}")

    with pytest.raises(InputError) as caught:
        run(command, CHANGES)

    assert str(caught.value) == f"KUBECTL_EXTERNAL_DIFF={command}: {ended}: no such thing"
    assert caught.value.hint == (
        "the program must end with 0 or 1, as diff does; without KUBECTL_EXTERNAL_DIFF our own differences are shown"
    )


def test_a_program_that_fails_without_a_word_is_an_error(program: Path) -> None:
    command = write(program, "raise SystemExit(3)")

    with pytest.raises(InputError) as caught:
        run(command, CHANGES)

    assert str(caught.value) == f"KUBECTL_EXTERNAL_DIFF={command}: exit code 3"


@pytest.mark.parametrize("command", ["/does/not/exist -u", " "])
def test_a_program_that_is_not_there_is_an_error_with_a_way_out(command: str) -> None:
    with pytest.raises(InputError) as caught:
        run(command, CHANGES)

    program = command.partition(" ")[0]
    assert re.fullmatch(
        rf"KUBECTL_EXTERNAL_DIFF={command}: cannot run '{program}': (No such file or directory|Permission denied)",
        str(caught.value),
    )
    assert caught.value.hint == HINT


def test_nothing_is_left_behind(program: Path) -> None:
    command = write(program, "import sys; print(sys.argv[1]); print(sys.argv[2])")

    live, merged = run(command, CHANGES).splitlines()

    assert not Path(live).exists()
    assert not Path(merged).exists()


KILLS_US = """
import os, pathlib, signal, sys, time
os.kill(os.getppid(), signal.SIGKILL)
while any(os.path.exists(directory) for directory in sys.argv[1:3]):
    time.sleep(0.01)
pathlib.Path(os.environ["WHEN_GONE"]).write_text("nothing is left")
"""


def test_nothing_is_left_behind_when_we_are_killed(program: Path, tmp_path: Path) -> None:
    when_gone = tmp_path / "when-gone"
    os.mkfifo(when_gone)
    code = f"from kubectl_images.external_diff import run; run({write(program, KILLS_US)!r}, {CHANGES!r})"

    killed = subprocess.run([sys.executable, "-c", code], env={**os.environ, "WHEN_GONE": str(when_gone)}, check=False)

    assert killed.returncode == -9
    assert when_gone.read_text(encoding="utf-8") == "nothing is left"
