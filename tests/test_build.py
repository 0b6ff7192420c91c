from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import build

LOCKS = ("runtime", "development", "lock")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dist") / "kubectl-images"
    build.archive(path)
    return path


def _requirements(name: str) -> list[str]:
    text = (build.REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _pins(name: str) -> set[str]:
    return {requirement.partition(" --hash=")[0].strip() for requirement in _requirements(name)}


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_of_a_lock_is_one_version_with_hashes(name: str) -> None:
    pin = re.compile(r"[a-z0-9-]+==[0-9][^ ;]*( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+")

    assert _requirements(name) != []
    assert [requirement for requirement in _requirements(name) if not pin.fullmatch(requirement)] == []


@pytest.mark.parametrize("path", sorted(build.REQUIREMENTS.iterdir()), ids=lambda path: path.name)
def test_requirements_name_no_index_and_no_place_of_one_machine(path: Path) -> None:
    assert (
        re.search(r"https?:|index-url|find-links|trusted-host|file:|(?m:\s/)", path.read_text(encoding="utf-8")) is None
    )


def test_the_runtime_requirements_are_the_three_libraries() -> None:
    lines = (build.REQUIREMENTS / "runtime.in").read_text(encoding="utf-8").splitlines()

    assert [line.partition("#")[0].strip() for line in lines if not line.startswith("#")] == [
        "jinja2",
        "pyyaml",
        "urllib3",
    ]


def test_the_package_asks_for_the_libraries_that_are_pinned() -> None:
    project = (build.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (asked_for,) = re.findall(r"^dependencies = (.*)$", project, re.MULTILINE)
    lines = (build.REQUIREMENTS / "runtime.in").read_text(encoding="utf-8").splitlines()

    assert [re.split("[<>=]", name)[0] for name in ast.literal_eval(asked_for)] == [
        line for line in lines if not line.startswith("#")
    ]


def test_tests_run_with_the_packages_that_are_shipped() -> None:
    assert _pins("runtime") - _pins("development") == set()


def test_the_top_level_is_what_a_reader_expects() -> None:
    made = {"dist", "__pycache__"}

    assert {path.name for path in build.ROOT.iterdir() if not path.name.startswith(".")} - made == {
        *("kubectl_images", "tests", "build.py", "pyproject.toml", "krew-manifest.yaml"),
        *("README.md", "LICENSE", "CHANGELOG.md"),
    }


def test_the_krew_manifest_is_a_template_for_every_platform() -> None:
    manifest = yaml.safe_load((build.ROOT / "krew-manifest.yaml").read_text(encoding="utf-8"))

    assert (manifest["metadata"]["name"], manifest["spec"]["version"]) == ("images", "@VERSION@")
    # Longer ones are cut in krew's lists.
    assert len(manifest["spec"]["shortDescription"]) <= 50
    assert [(platform["sha256"], platform["bin"]) for platform in manifest["spec"]["platforms"]] == [
        ("@SHA256_LINUX_AMD64@", "kubectl-images"),
        ("@SHA256_LINUX_ARM64@", "kubectl-images"),
        ("@SHA256_ANY@", "kubectl-images"),
        ("@SHA256_DARWIN_AMD64@", "kubectl-images"),
        ("@SHA256_DARWIN_ARM64@", "kubectl-images"),
        ("@SHA256_WINDOWS_AMD64@", "kubectl-images.exe"),
    ]


def test_of_what_is_left_out_only_the_outermost_is_named(tmp_path: Path) -> None:
    for name in (
        "jinja2-3.1.6.dist-info/METADATA",
        "jinja2-3.1.6.dist-info/RECORD",
        "outer.pyi/inner.pyi",
        "markupsafe/_native.py",
        "markupsafe/_speedups.so",
        "yaml/_yaml.so",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert [path.relative_to(tmp_path).as_posix() for path in build.left_out(tmp_path)] == [
        "jinja2-3.1.6.dist-info/RECORD",
        "markupsafe/_speedups.so",
        "outer.pyi",
    ]


def _fill(directory: Path) -> None:
    directory.mkdir()
    (directory / "content").touch()


def test_a_directory_is_kept_while_its_inputs_are_the_same(tmp_path: Path) -> None:
    first = build.made_once("packages", "pins", _fill, tmp_path)
    (first / "kept").touch()

    again = build.made_once("packages", "pins", _fill, tmp_path)

    assert again == first
    assert (first / "kept").exists()


def test_a_directory_of_other_inputs_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old = build.made_once("packages", "pins", _fill, tmp_path)

    new = build.made_once("packages", "other pins", _fill, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [new.name] != [old.name]


def test_a_directory_whose_making_was_interrupted_is_made_from_the_start(tmp_path: Path) -> None:
    def fill_half(directory: Path) -> None:
        directory.mkdir()
        (directory / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.made_once("packages", "pins", fill_half, tmp_path)
    directory = build.made_once("packages", "pins", _fill, tmp_path)

    assert sorted(path.name for path in directory.iterdir()) == ["complete", "content"]


@pytest.mark.parametrize(
    ("printed", "passed_on", "held"),
    [
        pytest.param("", b"", b"", id="nothing"),
        pytest.param("one\n", b"", b"one\n", id="one-line"),
        pytest.param("one\ntwo\nthree\n", b"one\ntwo\n", b"three\n", id="many-lines"),
    ],
)
def test_the_last_line_of_a_command_is_held_back(
    printed: str, passed_on: bytes, held: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code = f"import sys; sys.stdout.write({printed!r}); sys.exit(3)"

    assert build.pass_on(sys.executable, "-c", code) == (3, held)
    assert capfdbinary.readouterr().out == passed_on


def test_a_failing_step_is_named_with_its_exit_code() -> None:
    with pytest.raises(build.BuildError) as caught:
        build._run("install it", sys.executable, "-c", "import sys; sys.exit(3)")

    assert str(caught.value) == f"could not install it: {Path(sys.executable).name} ended with exit code 3, see above"


def test_a_python_without_ensurepip_says_what_to_install() -> None:
    code = """
import sys
import build
sys.modules["ensurepip"] = None
try:
    build._make_environment(build.BUILD / "never-made", "runtime")
except build.BuildError as error:
    print(error)
"""

    done = subprocess.run([sys.executable, "-c", code], cwd=build.ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"{sys.executable} cannot make a virtual environment: its module ensurepip is missing",
        "hint: install it (Debian and Ubuntu: apt-get install python3-venv), or use another Python",
    ]


def test_pythons_that_are_too_old_can_read_build_py_and_say_so() -> None:
    text = (build.ROOT / "build.py").read_text(encoding="utf-8")

    ast.parse(text, feature_version=(3, 7))


@pytest.mark.parametrize("command", ["build", "demo"])
def test_a_command_without_arguments_refuses_them(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        build.main([command, "-x", "y"])

    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: {command} takes no arguments, but got -x y\n")


def test_the_archive_is_an_executable_for_the_python_on_path(archive: Path) -> None:
    assert archive.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert stat.S_IMODE(archive.stat().st_mode) == 0o755


def test_the_archive_holds_no_bytecode_no_tests_and_nothing_of_the_machine_that_built_it(archive: Path) -> None:
    names = zipfile.ZipFile(archive).namelist()

    unwanted = re.compile(r"\.pyc$|\.pyi$|/tests/|/bin/|/RECORD$|/INSTALLER$|/REQUESTED$|/direct_url\.json$")

    assert [name for name in names if unwanted.search(name)] == []
    assert {Path(name).parent.name for name in names if name.endswith((".so", ".pyd"))} <= {"yaml"}


def test_the_archive_keeps_the_licences_of_what_it_holds(archive: Path) -> None:
    names = zipfile.ZipFile(archive).namelist()
    licensed = {name.split("/")[1] for name in names if re.search(r"\.dist-info/.*(LICEN[CS]E|COPYING)", name)}

    assert {name.split("/")[1] for name in names if ".dist-info/" in name} - licensed == set()


def test_the_archive_holds_every_module_that_the_plugin_imports(archive: Path) -> None:
    modules = sorted(f"kubectl_images.{path.stem}" for path in build.PACKAGE.glob("[a-z]*.py"))
    code = f"""
import importlib, sys
sys.path.insert(0, {str(archive / "site-packages")!r})
for name in {modules!r} + ["yaml", "jinja2.sandbox"]:
    importlib.import_module(name)
import urllib3
print(urllib3.__file__)
"""

    # Isolated, so that nothing but the archive and the standard library can be imported.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == (f"{archive}/site-packages/urllib3/__init__.py\n", "")


def test_another_checkout_with_other_modes_umask_and_time_zone_gives_the_same_bytes(
    archive: Path, tmp_path: Path
) -> None:
    for name in ("build.py", ".requirements", "kubectl_images"):
        subprocess.run(["cp", "-R", build.ROOT / name, tmp_path], check=True)
    subprocess.run(["chmod", "-R", "go=", tmp_path], check=True)
    (tmp_path / ".build").symlink_to(build.BUILD)
    code = "import os, build; os.umask(0o077); build.archive(build.ARCHIVE)"

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "TZ": "Asia/Tokyo"}, check=True)

    assert (tmp_path / "dist" / "kubectl-images").read_bytes() == archive.read_bytes()
