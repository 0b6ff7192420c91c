from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_images.terminal import Size, Terminal, use_colour


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def a_terminal(
    *,
    typed: str = "",
    err: io.StringIO | None = None,
    colour: bool = False,
    colour_err: bool = False,
    verbosity: int = 0,
) -> Terminal:
    return Terminal(io.StringIO(typed), io.StringIO(), err or io.StringIO(), colour, verbosity, colour_err)


def written(stream: object) -> str:
    assert isinstance(stream, io.StringIO), "these tests write into memory"
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("", ""), ("a", "a\n"), ("a\n", "a\n"), ("a\n\n", "a\n\n")],
    ids=["nothing", "open", "ended", "two"],
)
def test_a_result_ends_in_a_newline_unless_it_is_empty(text: str, shown: str) -> None:
    terminal = a_terminal()

    terminal.result(text)

    assert (written(terminal.out), written(terminal.err)) == (shown, "")


def test_lines_for_the_user_go_to_standard_error() -> None:
    terminal = a_terminal()

    terminal.say("a")
    terminal.warn("b")

    assert (written(terminal.out), written(terminal.err)) == ("", "a\nwarning: b\n")


@pytest.mark.parametrize(
    ("screen", "verbosity", "shown"),
    [
        pytest.param(False, 0, "", id="a-file"),
        pytest.param(False, 1, "notice\nstep\n", id="a-file-v-1"),
        pytest.param(False, 2, "notice\nstep\nnote\n", id="a-file-v-2"),
        pytest.param(True, 0, "notice\n", id="a-terminal"),
        pytest.param(True, 2, "notice\nstep\nnote\n", id="a-terminal-v-2"),
    ],
)
def test_progress_is_for_who_watches_and_details_for_who_asks(screen: bool, verbosity: int, shown: str) -> None:
    terminal = a_terminal(err=Screen() if screen else io.StringIO(), verbosity=verbosity)

    terminal.notice("notice")
    terminal.detail("step")
    terminal.note("note")

    assert written(terminal.err) == shown


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        pytest.param("y\n", True, id="y"),
        pytest.param("Y\n", True, id="capital-y"),
        pytest.param("yes\n", True, id="yes"),
        pytest.param("YES\n", True, id="capital-yes"),
        pytest.param(" y ", True, id="without-return"),
        pytest.param("n\n", False, id="n"),
        pytest.param("\n", False, id="nothing"),
        pytest.param("yep\n", False, id="something-else"),
        pytest.param("y y\n", False, id="twice"),
    ],
)
def test_only_a_yes_is_a_yes(typed: str, answer: bool) -> None:
    terminal = Terminal(Screen(typed), io.StringIO(), Screen())

    assert terminal.ask("Apply?") is answer
    assert written(terminal.err) == "Apply? [y/N] "


@pytest.mark.parametrize("screen", [Screen(), io.StringIO()], ids=["end-of-input", "nobody-is-there"])
def test_without_an_answer_it_is_a_no_and_the_line_ends(screen: io.StringIO) -> None:
    terminal = Terminal(Screen(), io.StringIO(), screen)

    assert terminal.ask("Apply?") is False
    assert written(terminal.err) == "Apply? [y/N] \n"


def test_where_the_input_is_a_file_the_answer_is_typed_on_the_terminal_itself(tmp_path: Path) -> None:
    typed = tmp_path / "tty"
    typed.write_text("y\n", encoding="utf-8")
    terminal = Terminal(io.StringIO("kind: List"), io.StringIO(), Screen(), controlling=str(typed))

    assert terminal.interactive
    assert terminal.ask("Apply?")
    assert terminal.stdin.read() == "kind: List"


@pytest.mark.parametrize(
    ("colour", "colour_err", "out", "err"),
    [
        pytest.param(False, False, "a", "a", id="none"),
        pytest.param(True, True, "\x1b[31;1ma\x1b[0m", "\x1b[31;1ma\x1b[0m", id="both"),
        pytest.param(True, False, "\x1b[31;1ma\x1b[0m", "a", id="errors-into-a-file"),
        pytest.param(False, True, "a", "\x1b[31;1ma\x1b[0m", id="results-into-a-file"),
    ],
)
def test_painted_text_has_colour_only_on_the_stream_that_shows_it(
    colour: bool, colour_err: bool, out: str, err: str
) -> None:
    terminal = a_terminal(colour=colour, colour_err=colour_err)

    terminal.result(terminal.paint("a", "red", "bold"))
    terminal.say(terminal.paint("a", "red", "bold"))

    assert (written(terminal.out), written(terminal.err)) == (f"{out}\n", f"{err}\n")


@pytest.mark.parametrize(
    ("stdin", "err", "interactive"),
    [
        pytest.param(Screen(), Screen(), True, id="both"),
        pytest.param(io.StringIO(), Screen(), False, id="input-from-a-file"),
        pytest.param(Screen(), io.StringIO(), False, id="nobody-sees-the-question"),
    ],
)
def test_someone_can_be_asked_who_reads_and_types(stdin: io.StringIO, err: io.StringIO, interactive: bool) -> None:
    assert Terminal(stdin, io.StringIO(), err, controlling="/nowhere/tty").interactive is interactive


@pytest.mark.parametrize(
    ("choice", "screen", "environ", "colour"),
    [
        pytest.param("auto", True, {}, True, id="terminal"),
        pytest.param("auto", False, {}, False, id="file"),
        pytest.param("auto", True, {"NO_COLOR": "1"}, False, id="no-color"),
        pytest.param("auto", True, {"NO_COLOR": ""}, False, id="no-color-empty"),
        pytest.param("auto", True, {"TERM": "dumb"}, False, id="dumb"),
        pytest.param("auto", True, {"TERM": "xterm"}, True, id="xterm"),
        pytest.param("always", False, {"NO_COLOR": "1", "TERM": "dumb"}, True, id="always"),
        pytest.param("never", True, {}, False, id="never"),
    ],
)
def test_colour_is_what_the_flag_the_environment_and_the_stream_say(
    choice: str, screen: bool, environ: dict[str, str], colour: bool
) -> None:
    assert use_colour(choice, Screen() if screen else io.StringIO(), environ) is colour


def test_a_status_is_written_over_by_the_next_and_gives_way_to_lines() -> None:
    terminal = a_terminal(err=Screen())

    terminal.status("1 of 2")
    terminal.status("2")
    terminal.say("a line")
    terminal.status("3")
    terminal.status("")

    cleared = "      \r"
    assert written(terminal.err) == f"1 of 2\r{cleared}2\r \ra line\n3\r \r"


def test_a_status_gives_way_to_results_and_questions() -> None:
    terminal = a_terminal(err=Screen())

    terminal.status("1")
    terminal.result("a result")
    terminal.status("2")
    terminal.ask("Apply?")

    assert written(terminal.err) == "1\r \r2\r \rApply? [y/N] \n"


def test_a_status_is_cut_to_the_width_of_the_terminal() -> None:
    terminal = a_terminal(err=Screen())

    terminal.status("x" * 200)

    # Nobody knows the width of this one, so it counts as 80 columns, of which the last stays free.
    assert written(terminal.err) == "x" * 79 + "\r"


class Window:
    """A terminal whose window can be resized, what is written to it, and what it then shows."""

    def __init__(self, columns: int) -> None:
        self.master, slave = pty.openpty()
        self.resize(columns)
        tty.setraw(slave)
        self.err = open(slave, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - the fixture closes it

    def resize(self, columns: int, rows: int = 24) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def written(self, end: str) -> str:
        """Return what was written, up to these letters: it may arrive in pieces."""
        text = ""
        while not text.endswith(end):
            text += os.read(self.master, 65536).decode()
        return text

    def close(self) -> None:
        self.err.close()
        os.close(self.master)


@pytest.fixture
def window() -> Iterator[Window]:
    made = Window(40)
    yield made
    made.close()


def test_the_size_is_that_of_the_window_at_this_moment(window: Window) -> None:
    terminal = Terminal(io.StringIO(), io.StringIO(), window.err)
    before = terminal.size
    window.resize(30, rows=10)

    assert (before, terminal.size) == (Size(40, 24), Size(30, 10))


def test_a_size_that_nobody_knows_is_that_of_an_old_terminal(window: Window) -> None:
    window.resize(0, rows=0)

    assert Terminal(io.StringIO(), io.StringIO(), window.err).size == Size(80, 24)
    assert a_terminal().size == Size(80, 24)


@pytest.mark.parametrize("reflows", [True, False], ids=["moves-its-text", "cuts-its-text"])
@pytest.mark.parametrize("columns", [60, 40, 20, 7], ids=["wider", "same", "half", "narrow"])
def test_a_status_leaves_nothing_behind_when_the_window_gets_another_width(
    window: Window, columns: int, reflows: bool
) -> None:
    terminal, shown = Terminal(io.StringIO(), io.StringIO(), window.err), Shown(40, reflows)
    terminal.say("before")
    terminal.status("s" * 40)
    shown.write(window.written("s\r"))

    window.resize(columns)
    shown.resize(columns)
    terminal.status("t" * 40)
    terminal.say("after")
    shown.write(window.written("after\n"))

    assert shown.rows() == ["before", "after", ""]


class Shown:
    """What a terminal shows: it moves the text of a row that no longer fits into further rows, or it cuts it."""

    def __init__(self, columns: int, reflows: bool) -> None:
        self.columns = columns
        self.reflows = reflows
        self.lines = [""]
        self.row = self.column = 0

    def resize(self, columns: int) -> None:
        self.columns = columns
        if not self.reflows:
            self.lines = [line[:columns] for line in self.lines]
            return
        pieces = [[line[at : at + columns] for at in range(0, max(len(line), 1), columns)] for line in self.lines]
        # The cursor stays at its letter.
        self.row = sum(map(len, pieces[: self.row])) + self.column // columns
        self.column %= columns
        self.lines = [piece for line in pieces for piece in line]

    def write(self, text: str) -> None:
        for token in re.findall(r"\x1b\[J|[\s\S]", text):
            match token:
                case "\x1b[J":
                    self.lines[self.row :] = [self.lines[self.row][: self.column]]
                case "\r":
                    self.column = 0
                case "\n":
                    self._down()
                case _:
                    self._put(token)

    def _put(self, letter: str) -> None:
        if self.column == self.columns:
            self._down()
            self.column = 0
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1

    def _down(self) -> None:
        self.row += 1
        self.column = 0
        if self.row == len(self.lines):
            self.lines.append("")

    def rows(self) -> list[str]:
        return [line.rstrip() for line in self.lines]


def test_where_nobody_watches_there_is_no_status() -> None:
    terminal = a_terminal()

    terminal.status("1 of 2")

    assert written(terminal.err) == ""


def secret_terminal(*, colour: bool) -> Terminal:
    terminal = a_terminal(err=Screen(), typed="", colour=colour, colour_err=colour, verbosity=2)
    terminal.secrets.add({"password": "hunter2"})
    return terminal


@pytest.mark.parametrize("colour", [True, False])
def test_a_secret_is_shown_in_no_line(colour: bool) -> None:
    terminal = secret_terminal(colour=colour)

    for print_ in (terminal.say, terminal.warn, terminal.notice, terminal.status, terminal.detail, terminal.note):
        print_("the hunter2")
        print_(terminal.paint("hunter2", "red"))
    terminal.result("a: hunter2")
    terminal.result(terminal.paint("hunter2", "green") + "\n")

    assert "hunter2" not in written(terminal.err) + written(terminal.out)
    assert written(terminal.err).count("***") == 12
    assert written(terminal.out) == ("a: ***\n\x1b[32m***\x1b[0m\n" if colour else "a: ***\n***\n")


def test_a_question_always_says_where_it_is_about_to_deploy_to() -> None:
    terminal = secret_terminal(colour=False)

    terminal.ask("Apply to namespace hunter2?")

    assert written(terminal.err) == "Apply to namespace hunter2? [y/N] \n"


def test_a_result_that_was_asked_for_is_whole() -> None:
    terminal = secret_terminal(colour=False)

    terminal.result("a: hunter2", whole=True)

    assert written(terminal.out) == "a: hunter2\n"
