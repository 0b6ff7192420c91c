from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from worlds import Done

from kubectl_images import __version__, documents
from kubectl_images.cli import run
from kubectl_images.terminal import Terminal

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
PROGRAM = (sys.executable, "-c", "import sys; from kubectl_images.cli import main; sys.exit(main())")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def cli(*argv: str, stdin: str = "", environ: Mapping[str, str] | None = None, screen: bool = False) -> Done:
    out, err = (Screen(), Screen()) if screen else (io.StringIO(), io.StringIO())
    terminal = Terminal(io.TextIOWrapper(io.BytesIO(stdin.encode())), out, err)
    code = run(argv, terminal, {"HOME": "/nowhere", **(environ or {})})
    return Done(code, out.getvalue(), err.getvalue())


def process(*argv: str, shell: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a process, or a shell command in which `"$@"` is the program."""
    command = ["/bin/sh", "-c", shell, "sh", *PROGRAM, *argv] if shell else [*PROGRAM, *argv]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere", **environ},
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_command_help_is_printed() -> None:
    done = cli()

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: kubectl images COMMAND [flags]\n")


@pytest.mark.parametrize(
    ("argv", "usage"),
    [
        pytest.param(["--help"], "usage: kubectl images COMMAND", id="help-flag"),
        pytest.param(["-h"], "usage: kubectl images COMMAND", id="h"),
        pytest.param(["help"], "usage: kubectl images COMMAND", id="help-alone"),
        pytest.param(["help", "deploy"], "usage: kubectl images deploy", id="help-of-a-command"),
        pytest.param(["deploy", "--help"], "usage: kubectl images deploy", id="command-help"),
        pytest.param(["diff", "-f", "x", "-h"], "usage: kubectl images diff", id="help-of-diff"),
        pytest.param(["help", "list-images"], "usage: kubectl images list", id="help-of-the-alias"),
    ],
)
def test_help_can_be_asked_for_in_any_way(argv: list[str], usage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(*argv).code == 0
    assert capsys.readouterr().out.startswith(usage)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        pytest.param(["nope"], 1, id="unknown-command"),
        pytest.param(["help", "nope"], 1, id="help-of-nothing"),
        pytest.param(["--nope"], 1, id="unknown-flag"),
        pytest.param(["deploy", "--nope"], 1, id="deploy-unknown-flag"),
        pytest.param(["deploy", "-f", "nowhere"], 1, id="deploy-no-file"),
        pytest.param(["deploy"], 1, id="deploy-nothing"),
        pytest.param(["list", "-f", "nowhere"], 1, id="list-no-file"),
        pytest.param(["render", "-f", "nowhere"], 1, id="render-no-file"),
        pytest.param(["tags"], 1, id="tags-nothing"),
        pytest.param(["version", "-o", "nope"], 1, id="version-unknown-form"),
        pytest.param(["diff"], 2, id="diff-nothing"),
        pytest.param(["diff", "-f", "nowhere"], 2, id="diff-no-file"),
        pytest.param(["diff", "--nope"], 2, id="diff-unknown-flag"),
        pytest.param(["diff", "-o", "json"], 2, id="diff-flag-of-another-command"),
        pytest.param(["--nope", "diff"], 2, id="unknown-flag-before-diff"),
        pytest.param(["-v=x", "diff"], 2, id="bad-value-before-diff"),
        pytest.param(["diff", "--request-timeout=x"], 2, id="bad-value-after-diff"),
        pytest.param(["-n", "diff", "deploy", "--nope"], 1, id="diff-as-a-value"),
    ],
)
def test_an_error_has_its_exit_code_and_one_cause(argv: list[str], code: int) -> None:
    done = cli(*argv)

    assert (done.code, done.out) == (code, "")
    assert re.fullmatch(r"error: \S.*\n(hint: \S.*\n)*", done.err)


def test_render_prints_the_objects_and_needs_neither_cluster_nor_kubeconfig() -> None:
    text = f"{CONFIG}data: {{a: '{{{{ args.x }}}}'}}\n"

    done = cli("render", "-f", "-", "-a", "x=1.10", stdin=text)

    assert (done.code, done.err) == (0, "")
    assert [document.value for document in documents.read(done.out, "output")] == [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1.10"}}
    ]


def test_render_without_templates_leaves_code_of_other_tools_alone() -> None:
    done = cli("render", "-f", "-", "--no-templates", stdin=f"{CONFIG}data: {{a: '{{{{ $labels.x }}}}'}}\n")

    assert (done.code, "{{ $labels.x }}" in done.out) == (0, True)


def test_a_client_dry_run_prints_what_would_be_sent() -> None:
    done = cli("deploy", "-f", "-", "--dry-run=client", stdin=CONFIG)

    assert done == Done(0, "configmap/c (dry run)\n", "")


IMAGE = """\
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec: {template: {spec: {containers: [{name: c, image: "{{ images.get_image('team/web') }}"}]}}}
"""


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        pytest.param(["--simple", "-o", "table"], "IMAGE      RESULT\nteam/web   team/web:1\n", id="simple-table"),
        pytest.param(
            ["-o", "table"],
            "OBJECT          CONTAINER   RESULT       SOURCE   DEPLOYED   NEWEST\n"
            "default/Job/j   c           team/web:1   fixed\n",
            id="table",
        ),
    ],
)
def test_a_list_is_printed_as_a_table(flags: list[str], out: str) -> None:
    done = cli("list", "-f", "-", "--offline", "-u", "-F", "team/web=team/web:1", *flags, stdin=IMAGE)

    assert (done.code, done.out) == (0, out)


def test_a_simple_list_that_cannot_tell_results_apart_warns() -> None:
    other = IMAGE.replace("name: j", "name: k")
    pins = ["-F", "team/web=team/web:1", "-F", "team/web::Job/k=team/web:2"]

    done = cli("list", "--simple", "-o", "json", "-f", "-", "--offline", *pins, stdin=f"{IMAGE}---\n{other}")

    assert [entry["resultImage"] for entry in json.loads(done.out)["images"]] == ["team/web:1", "team/web:2"]
    assert done.err == (
        "warning: team/web: more than one result, which a simple list cannot tell apart; "
        "leave out --simple to get a file that reproduces all of them\n"
    )


def test_a_cluster_scoped_object_is_listed_without_a_namespace() -> None:
    text = "apiVersion: v1\nkind: Node\nmetadata: {name: node}\nspec: {image: \"{{ images.get_image('a') }}\"}\n"

    done = cli("list", "-f", "-", "--offline", "-u", "-F", "a=a:1", "-o", "table", stdin=text)

    assert done.out.splitlines()[1] == "Node/node   spec.image   a:1      fixed"


def test_the_version_is_printed_in_each_form() -> None:
    text, as_json, as_yaml = (cli("version", "-o", form).out for form in ("text", "json", "yaml"))

    value = {
        "version": f"v{__version__}",
        "python": platform.python_version(),
        "yaml": "libyaml" if yaml.__with_libyaml__ else "PyYAML",
        "path": str(Path(sys.argv[0]).absolute()),
    }
    assert (
        text == f"kubectl-images v{__version__}\nPython {value['python']}, YAML by {value['yaml']}\n{value['path']}\n"
    )
    assert json.loads(as_json) == documents.read(as_yaml, "output")[0].value == value


@pytest.mark.parametrize(
    ("argv", "environ", "painted"),
    [
        pytest.param([], {}, True, id="terminal"),
        pytest.param([], {"NO_COLOR": ""}, False, id="no-color"),
        pytest.param(["--color=never"], {}, False, id="never"),
        pytest.param(["--color=always"], {"NO_COLOR": "1"}, True, id="always"),
    ],
)
def test_an_error_on_a_terminal_is_red(argv: list[str], environ: dict[str, str], painted: bool) -> None:
    done = cli("render", "-f", "nowhere", *argv, environ=environ, screen=True)

    red = "\x1b[31;1merror:\x1b[0m" if painted else "error:"
    assert done.err == f"{red} -f nowhere: there is no such file or directory\n"


def test_a_usage_error_on_a_terminal_is_red_too() -> None:
    done = cli("--nope", screen=True)

    assert done.err == "\x1b[31;1merror:\x1b[0m unknown flag --nope\n\x1b[36mhint:\x1b[0m kubectl images --help\n"


def test_a_process_ends_with_the_exit_code() -> None:
    done, version = process("diff", "-f", "nowhere"), process("version")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: -f nowhere: there is no such file or directory\n"
    assert (version.returncode, version.stderr) == (0, "")


def test_results_are_utf_8_whatever_the_locale() -> None:
    done = process("render", "-f", "-", shell=f"printf '{CONFIG}data: {{a: é}}' | \"$@\"", LC_ALL="C", PYTHONUTF8="0")

    assert (done.returncode, done.stderr) == (0, "")
    assert "é" in done.stdout


def test_a_reader_that_has_seen_enough_ends_the_program_silently() -> None:
    done = process("tags", "--from", "-", shell='{ { seq 50000 | "$@"; echo "code $?" >&2; } | head -1; }')

    assert done.stdout.startswith("TAG")
    assert done.stderr == "code 141\n"


def test_a_disk_that_is_full_is_an_error_without_a_traceback() -> None:
    render, diff = (
        process(*argv, shell='"$@" >/dev/full') for argv in (["version"], ["tags", "--from", "/dev/null", "diff"])
    )

    assert (render.returncode, render.stderr) == (1, "error: [Errno 28] No space left on device\n")
    assert diff.returncode == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(closed: str) -> None:
    works, fails = process("version", shell=f'"$@" {closed}'), process("tags", "--from", "-", shell=f'"$@" {closed}')

    assert (works.returncode, fails.returncode) == (0, 1)
    assert "Traceback" not in works.stderr + fails.stderr


@pytest.mark.parametrize("argv", [["version"], ["render", "-f", "missing.yaml"]])
def test_the_program_ends_whatever_other_threads_still_wait_for(argv: list[str]) -> None:
    python, option, main = PROGRAM
    waiting = "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()"

    ended = subprocess.run(
        [python, option, f"{waiting}; {main}", *argv], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    wanted = process(*argv)
    assert (ended.returncode, ended.stdout, ended.stderr) == (wanted.returncode, wanted.stdout, wanted.stderr)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        pytest.param(["diff", "-f", "a"], 2, id="diff"),
        pytest.param(["--context=x", "diff", "-f", "a"], 2, id="diff-after-a-flag"),
        pytest.param(["render", "-f", "diff"], 1, id="another"),
    ],
)
def test_a_bug_shows_its_traceback_and_is_never_a_difference(argv: list[str], code: int) -> None:
    python, option, main = PROGRAM
    # Half an installation, which no code of ours expects.
    broken = "import sys; sys.modules['kubectl_images.prepare'] = None"

    ended = subprocess.run(
        [python, option, f"{broken}; {main}", *argv], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == code
    assert ended.stderr.startswith("Traceback (most recent call last):\n")


def test_ctrl_c_ends_the_program_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "tags"
    os.mkfifo(pipe)
    # Whoever started the tests may have had Ctrl-C ignored, which programs inherit.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    python, option, main = PROGRAM
    command = [python, option, f"{code}; {main}", "tags", "--from", str(pipe)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        writer = _opened_for_writing(pipe, program)
        program.send_signal(signal.SIGINT)
        # It may come just before the program begins to read, which then has nothing to wake it but the end of the file.
        os.close(writer)
        out, err = program.communicate(timeout=30)

    assert (program.returncode, out, err) == (130, b"", b"\n")


def _opened_for_writing(pipe: Path, program: subprocess.Popen[bytes]) -> int:
    """Return the pipe's writing end, once the program has begun to read it."""
    while program.poll() is None:
        with contextlib.suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    raise AssertionError("the program ended before it read anything")
