from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

from kubectl_images.errors import InputError
from kubectl_images.programs import Ended, Programs


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs({"PATH": os.environ["PATH"], "WORD": "hello"}, lambda _text: None)
    yield made
    made.close()


def test_a_program_tells_its_code_its_output_and_its_words(programs: Programs) -> None:
    assert programs.run(["sh", "-c", "echo $WORD; echo oops >&2; exit 3"]) == Ended(3, "hello\n", "oops\n")


def test_a_program_has_nothing_to_read(programs: Programs) -> None:
    assert programs.run(["cat"]) == Ended(0, "", "")


def test_programs_run_beside_each_other(programs: Programs, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    found = programs.run_beside([["cat", str(tmp_path / "fifo")], ["sh", "-c", f"echo x > {tmp_path}/fifo; exit 2"]])

    assert found == [Ended(0, "x\n", ""), Ended(2, "", "")]


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        pytest.param(None, "No such file or directory", id="missing"),
        pytest.param(
            "#!/nowhere/sh -e\n", "its first line is #!/nowhere/sh -e, and that program is not there", id="sh"
        ),
        pytest.param("\x7f", "Exec format error", id="no-program"),
    ],
)
def test_a_program_that_cannot_be_run_is_an_error(
    programs: Programs, tmp_path: Path, script: str | None, cause: str
) -> None:
    file = tmp_path / "kustomize"
    if script is not None:
        file.write_text(script)
        file.chmod(0o755)

    with pytest.raises(InputError) as caught:
        programs.run([str(file)])

    assert str(caught.value) == f"{file}: cannot be run: {cause}"


@pytest.mark.parametrize(
    ("code", "cause", "failure"),
    [
        pytest.param(1, "bad", "bad", id="words"),
        pytest.param(1, "", "exit code 1, without a word", id="no-words"),
        pytest.param(-15, "", "it was ended by a signal: Terminated", id="signal"),
        pytest.param(-11, "oh", "oh\nit was ended by a signal: Segmentation fault", id="signal-after-words"),
        pytest.param(
            -9, "", "it was ended by a signal: Killed, perhaps because there is not enough memory", id="killed"
        ),
    ],
)
def test_a_failure_is_told_in_words(code: int, cause: str, failure: str) -> None:
    assert Ended(code, "", "").failure(cause) == failure


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("more", ["", "; exec sleep 60"], ids=["ended", "goes-on"])
def test_a_program_that_writes_beyond_all_use_is_ended(programs: Programs, stream: str, more: str) -> None:
    job = programs.submit(lambda: programs.run(["sh", "-c", f"truncate -s 101M /dev/{stream}{more}"]))

    with pytest.raises(InputError) as caught:
        programs.result(job, "it")

    assert str(caught.value) == "sh: it writes more than 100 MiB, and is not read further"


def test_of_many_words_the_first_are_kept(programs: Programs) -> None:
    assert programs.run(["sh", "-c", "yes abc | head -c 200000 >&2"]).words == "abc\n" * 16384


def test_the_directory_is_private_and_goes_away(programs: Programs) -> None:
    directory = programs.directory
    (directory / "a").write_text("secret")
    mode = stat.S_IMODE(directory.stat().st_mode)

    programs.close()

    assert (mode, directory.exists()) == (0o700, False)


def test_jobs_are_done_beside_each_other(programs: Programs) -> None:
    both = threading.Barrier(2, timeout=10)

    first, second = programs.submit(both.wait), programs.submit(both.wait)

    assert {first.result(), second.result()} == {0, 1}


def test_what_still_runs_is_ended_with_us_and_what_it_started(programs: Programs, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    # The second sleep keeps the pipe open after the first one has ended.
    script = f"exec > {started}; echo x; sleep 60 & exec sleep 60"
    job = programs.submit(lambda: programs.run(["sh", "-c", script]))
    with started.open() as pipe:
        pipe.readline()

        programs.close()

        assert (job.result(timeout=10).code, pipe.read()) == (-9, "")


def test_nothing_begins_any_more_after_the_end(programs: Programs) -> None:
    programs.close()

    with pytest.raises(InputError, match="temporary files cannot be written"):
        programs.run(["true"])


def test_what_takes_long_is_shown_while_it_is_waited_for(tmp_path: Path) -> None:
    shown: list[str] = []
    os.mkfifo(tmp_path / "fifo")

    def show(text: str) -> None:
        shown.append(text)
        if len(shown) == 1:
            (tmp_path / "fifo").write_text("x")

    programs = Programs({"PATH": os.environ["PATH"]}, show)
    job = programs.submit(lambda: programs.run(["cat", str(tmp_path / "fifo")]))
    found = programs.result(job, "helm template my")
    programs.close()

    assert found.output == "x"
    assert (shown[0], shown[-1]) == ("waiting for helm template my", "")


def codes(frame: FrameType | None) -> Iterator[CodeType]:
    """Yield what a thread is doing, innermost first."""
    while frame:
        yield frame.f_code
        frame = frame.f_back


def test_an_interruption_that_does_not_wake_us_is_seen_all_the_same(programs: Programs) -> None:
    seen = threading.Event()
    main = threading.get_ident()

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    def interrupted() -> bool:
        while Programs.result.__code__ not in codes(sys._current_frames()[main]):
            pass
        # Another thread gets the signal: the one that waits is not woken by it, as if it came just before the wait.
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        return seen.wait(10)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        job = programs.submit(interrupted)
        with pytest.raises(KeyboardInterrupt):
            programs.result(job, "it")
    finally:
        seen.set()
        signal.signal(signal.SIGUSR1, before)

    assert job.result(10) is True
