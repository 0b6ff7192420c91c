"""The built archive, as a user runs it: alone, through kubectl, on a terminal, in a pipe."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from terminals import CTRL_C, CTRL_D, on_terminal, plugin
from test_main_job import WEB, deployment
from worlds import World

from kubectl_images import __version__

QUESTION = b"[y/N] "


def run(world: World, *argv: str, program: Sequence[str] = (), stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the archive (or a program that leads to it) in a world."""
    path = f"{plugin().parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*(program or [str(plugin())]), *argv],
        env={**world.all_environ(), "PATH": path},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def web(world: World) -> str:
    world.registry.push("team/web", "main-9", "main-10")
    return world.write("web.yaml", deployment(f"app: {WEB}"))


def test_the_archive_does_the_main_job(world: World, web: str) -> None:
    image = f"{world.host}/team/web"

    first = run(world, "deploy", "-f", web)
    world.registry.push("team/web", "main-11")
    compared = run(world, "diff", "-u", "-f", web)
    updated = run(world, "deploy", "-u", "-f", web)
    listed = run(world, "list", "--simple", "-o", "json", "-f", web)

    assert (first.returncode, first.stderr) == (0, "1 object: applied 1, unchanged 0, failed 0\n")
    assert (compared.returncode, compared.stderr) == (
        1,
        f"deployment.apps/web app: {image}:main-10 -> {image}:main-11 (registry)\n",
    )
    assert (updated.returncode, updated.stderr) == (0, "1 object: applied 1, unchanged 0, failed 0\n")
    assert json.loads(listed.stdout) == {"images": [{"image": image, "resultImage": f"{image}:main-11"}]}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
def test_kubectl_finds_the_plugin_and_passes_on_arguments_and_exit_codes(world: World, web: str) -> None:
    kubectl = ["kubectl", "images"]

    deployed = run(world, "deploy", "-f", web, program=kubectl)
    same = run(world, "diff", "-f", web, program=kubectl)
    other = run(world, "diff", "-f", web, "-F", f"{world.host}/team/web=nginx:1", program=kubectl)
    wrong = run(world, "diff", "-f", "nowhere", program=kubectl)

    assert deployed.stdout.startswith("deployment.apps/web created\n")
    assert [same.returncode, other.returncode, wrong.returncode] == [0, 1, 2]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
def test_kubectl_lists_the_plugin_without_a_warning(fakes: World, tmp_path: Path) -> None:
    directory = plugin().parent
    kubectl = shutil.which("kubectl")
    assert kubectl is not None, "the mark above looked for it"

    done = subprocess.run(
        [kubectl, "plugin", "list"],
        env={**fakes.all_environ(), "PATH": f"{directory}{os.pathsep}/usr/bin{os.pathsep}/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    own = [line for line in (done.stdout + done.stderr).splitlines() if "images" in line or "arning" in line]
    assert own == [str(directory / "kubectl-images")]


def test_on_a_terminal_the_plan_is_shown_and_a_yes_applies_it(world: World, web: str) -> None:
    command = [str(plugin()), "deploy", "-f", web]

    code, screen = on_terminal(command, world.all_environ(), wait_for=QUESTION, answer=b"y\n")

    image = f"{world.host}/team/web:main-10"
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen)
    plan = f"deployment.apps/web to create\n    app: (none) -> {image} (registry)\nplan for 1 object: 1 to create\n"
    assert plain.startswith(f"{plan}Apply to namespace {world.namespace} of context ")
    assert plain.endswith(
        f"deployment.apps/web created\n    app: (none) -> {image} (registry)\n1 object: applied 1, unchanged 0, failed 0\n"
    )
    assert code == 0
    assert world.image() == image


def test_on_a_terminal_the_question_is_asked_also_when_the_manifests_come_through_a_pipe(fakes: World) -> None:
    file = fakes.write("web.yaml", deployment("app: nginx:1"))
    command = ["/bin/sh", "-c", f"cat '{file}' | '{plugin()}' deploy -f -"]

    code, screen = on_terminal(command, fakes.all_environ(), wait_for=QUESTION, answer=b"n\n")

    assert code == 1
    assert "nothing was applied" in screen
    assert fakes.image() is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(b"n\n", 1, id="no"),
        pytest.param(b"\n", 1, id="nothing"),
        pytest.param(CTRL_D, 1, id="end-of-input"),
        pytest.param(CTRL_C, 130, id="ctrl-c"),
    ],
)
def test_on_a_terminal_any_other_answer_applies_nothing(fakes: World, answer: bytes, code: int) -> None:
    fakes.registry.push("team/web", "main-1")
    command = [str(plugin()), "deploy", "-f", fakes.write("web.yaml", deployment(f"app: {WEB}"))]

    ended, screen = on_terminal(command, fakes.all_environ(), wait_for=QUESTION, answer=answer)

    assert ended == code, screen
    assert "Traceback" not in screen
    assert fakes.image() is None


def test_yes_and_a_dry_run_do_not_ask(fakes: World) -> None:
    fakes.registry.push("team/web", "main-1")
    command = [str(plugin()), "deploy", "-f", fakes.write("web.yaml", deployment(f"app: {WEB}"))]

    dry = on_terminal([*command, "--dry-run=server"], fakes.all_environ(), wait_for=QUESTION, answer=CTRL_C)
    yes = on_terminal([*command, "-y"], fakes.all_environ(), wait_for=QUESTION, answer=CTRL_C)

    assert "(server dry run)" in dry[1]
    assert (dry[0], yes[0]) == (0, 0)


def test_a_reader_that_has_seen_enough_is_no_error(fakes: World) -> None:
    tags = "\n".join(str(number) for number in range(50_000))
    command = f"'{plugin()}' tags --from - 2>&1 | head -1"

    done = subprocess.run(
        ["/bin/sh", "-c", command], env=fakes.all_environ(), input=tags, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines() == ["TAG     RESULT"]
    assert done.stderr == ""


def start(environ: dict[str, str], *argv: str) -> subprocess.Popen[str]:
    """Start the archive with nothing but these variables, so that its cache is new."""
    return subprocess.Popen(
        [str(plugin()), *argv],
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate()
    return process.returncode, out.partition("\n")[0], err


VERSION = (0, f"kubectl-images v{__version__}", "")


@pytest.mark.parametrize("environ", [{"HOME": "/proc/none"}, {"HOME": "/dev/null"}, {"XDG_CACHE_HOME": "/proc/none"}])
def test_where_nothing_can_be_written_it_runs_and_leaves_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    found = ended(start({**environ, "TMPDIR": str(tmp_path)}, "version"))

    assert found == VERSION
    assert list(tmp_path.iterdir()) == []


def test_many_first_runs_at_once_unpack_one_copy(tmp_path: Path) -> None:
    runs = [start({"XDG_CACHE_HOME": str(tmp_path)}, "version") for _ in range(8)]

    assert [ended(process) for process in runs] == [VERSION] * 8
    cache = tmp_path / "kubectl-images"
    assert len(list(cache.iterdir())) == 1
    assert cache.stat().st_mode & 0o777 == 0o700


def test_the_unpacked_copy_is_compiled_though_python_is_told_to_write_no_bytecode(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}

    assert ended(start(environ, "version")) == VERSION
    (package,) = tmp_path.glob("kubectl-images/*/site-packages/kubectl_images")
    sources = {path.stem for path in package.glob("*.py")}
    assert {path.name.partition(".")[0] for path in package.glob("__pycache__/*.pyc")} == sources


def test_a_cache_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    cache = tmp_path / "kubectl-images"
    cache.mkdir()
    cache.chmod(0o777)

    assert ended(start({"XDG_CACHE_HOME": str(tmp_path)}, "version")) == VERSION
    assert list(cache.iterdir()) == []


def test_a_module_of_the_same_name_on_pythonpath_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "kubectl_images").mkdir()
    (tmp_path / "kubectl_images" / "__init__.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    environ = {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    assert [ended(start(environ, "version")) for _ in range(2)] == [VERSION, VERSION]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_deploy_that_is_interrupted_says_how_far_it_came(fakes: World, number: int, code: int) -> None:
    objects = "---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c-{i}}}\n" for i in range(2000))
    process = subprocess.Popen(
        [str(plugin()), "deploy", "-f", fakes.write("all.yaml", objects)],
        env=dict(fakes.all_environ()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None, "it was opened as a pipe"
    process.stdout.readline()

    process.send_signal(number)
    _, err = process.communicate()

    assert process.returncode == code
    said = re.fullmatch(
        r"\ninterrupted: 2000 objects: (\d+) applied, (\d+) being worked on, and perhaps done, (\d+) not tried\n"
        r"hint: the same command again does the rest\n\n",
        err,
    )
    assert said, err
    assert sum(map(int, said.groups())) == 2000
