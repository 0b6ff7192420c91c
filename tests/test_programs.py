from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.programs import Ended, Programs


@pytest.fixture
def programs() -> Iterator[Programs]:
    made = Programs({"PATH": os.environ["PATH"], "WORD": "hello"})
    yield made
    made.close()


def test_a_program_tells_its_code_its_output_and_its_words(programs: Programs) -> None:
    assert programs.run(["sh", "-c", "echo $WORD; echo oops >&2; exit 3"]) == Ended(3, "hello\n", "oops\n")


def test_a_program_has_nothing_to_read(programs: Programs) -> None:
    assert programs.run(["cat"]) == Ended(0, "", "")


def test_a_program_that_cannot_be_run_is_an_error(programs: Programs) -> None:
    with pytest.raises(InputError) as caught:
        programs.run(["/nowhere/kustomize"])

    assert str(caught.value) == "/nowhere/kustomize: cannot be run: No such file or directory"


def test_output_beyond_all_use_is_not_read(programs: Programs) -> None:
    with pytest.raises(InputError) as caught:
        programs.run(["sh", "-c", "truncate -s 101M /dev/stdout"])

    assert str(caught.value) == "sh: its output is 101 MiB; at most 100 are read"


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


def test_what_still_runs_is_ended_with_us(programs: Programs, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    job = programs.submit(lambda: programs.run(["sh", "-c", f"echo x > {started}; exec sleep 60"]))
    started.read_text()

    programs.close()

    assert job.result(timeout=10).code == -9


def test_nothing_begins_any_more_after_the_end(programs: Programs) -> None:
    programs.close()

    with pytest.raises(OSError, match="No such file"):
        programs.run(["true"])
