#!/usr/bin/env python3
"""Build, test and show kubectl-images; needs only Python 3.10 or newer and a package index.

.build/development-<python>-<key>/  the virtual environment, exactly .requirements/development.txt
.build/packages-<python>-<key>/     the packages that go into the archive, exactly .requirements/runtime.txt
dist/kubectl-images                 the archive; dist/ holds nothing else and can be put on PATH
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / ".build"
REQUIREMENTS = ROOT / ".requirements"
PACKAGE = ROOT / "kubectl_images"
ARCHIVE = ROOT / "dist" / "kubectl-images"

OLDEST_PYTHON = (3, 10)
COVERAGE_AT_LEAST = 95
SOURCES = ("kubectl_images", "tests", "build.py")
CHECKS = (
    ("ruff", "check", *SOURCES),
    ("ruff", "format", "--check", *SOURCES),
    ("mypy",),
)

# What pip installs and the archive does without, as patterns below its site-packages.
LEFT_OUT = (
    # pip's own notes: they differ from machine to machine.
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    # It has a twin in Python, and is not faster for what the plugin does.
    "markupsafe/*.c",
    "markupsafe/*.so",
    "markupsafe/*.pyd",
    # Types, which nothing reads at run time.
    "**/*.pyi",
)


class BuildError(Exception):
    """A step failed; the message says which and what to do."""


def archive(output: Path) -> None:
    """Write the plugin as one executable file; equal sources and packages give equal bytes."""
    python = environment("development")
    packages = made_once("packages", _pins("runtime") + repr(LEFT_OUT), _install_packages)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as directory:
        own = Path(directory, "site-packages")
        shutil.copytree(PACKAGE, own / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        _normalise_modes(own)
        unfinished = Path(directory, output.name)
        _run(
            "build the archive",
            *(python, "-m", "shiv", "--reproducible", "--python", "/usr/bin/env python3"),
            *("--site-packages", packages / "site-packages", "--site-packages", own),
            *("--entry-point", "kubectl_images.cli:main", "--output-file", unfinished),
        )
        _with_own_main(unfinished)
        unfinished.chmod(0o755)
        # Where both are on one file system, whoever runs the archive at this moment has the old one or the new one.
        shutil.move(unfinished, output)


def _with_own_main(shiv_archive: Path) -> None:
    """Replace shiv's start-up code by ours, which knows the archive by the identity that shiv gave it."""
    with zipfile.ZipFile(shiv_archive) as file:
        identity = json.loads(file.read("environment.json"))["build_id"][:16]
        members = [(info, file.read(info)) for info in file.infolist() if info.filename.startswith("site-packages/")]
        main = file.getinfo("__main__.py")
    text = (PACKAGE / "archive_main.py").read_text(encoding="utf-8").replace("@BUILD_ID@", identity)
    with shiv_archive.open("wb") as output:
        output.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(output, "w") as file:
            for info, content in [*members, (main, text.encode())]:
                file.writestr(info, content, zipfile.ZIP_DEFLATED)


def environment(name: str) -> Path:
    """Return the Python of a virtual environment that holds exactly `.requirements/<name>.txt`."""
    directory = made_once(name, _pins(name), lambda directory: _make_environment(directory, name))
    return _python_of(directory)


def made_once(name: str, inputs: str, make: Callable[[Path], None], below: Path = BUILD) -> Path:
    """Return the directory that `make` filled, now or earlier, from the same inputs with this Python.

    The mark is written last, so that a making that was interrupted is never taken for a finished one.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    key = hashlib.sha256(f"{sys.version} {sys.base_prefix} {inputs}".encode()).hexdigest()[:12]
    directory = below / f"{name}-{version}-{key}"
    mark = directory / "complete"
    if not mark.exists():
        for outdated in below.glob(f"{name}-{version}-*"):
            shutil.rmtree(outdated)
        _say(f"make {below.name}/{directory.name}")
        make(directory)
        mark.touch()
    return directory


def _pins(name: str) -> str:
    return (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")


def _python_of(directory: Path) -> Path:
    return directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make_environment(directory: Path, name: str) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise BuildError(
                f"{sys.executable} cannot make a virtual environment: its module {module} is missing"
                "\nhint: install it (Debian and Ubuntu: apt-get install python3-venv), or use another Python"
            )
    _run("make a virtual environment", sys.executable, "-m", "venv", directory)
    _pip_install(_python_of(directory), name)


def _install_packages(directory: Path) -> None:
    site_packages = directory / "site-packages"
    # Bytecode belongs to one Python.
    _pip_install(environment("development"), "runtime", "--no-compile", "--target", site_packages)
    for path in left_out(site_packages):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    _normalise_modes(site_packages)


def left_out(site_packages: Path) -> list[Path]:
    """Return the files and directories that LEFT_OUT names, none of them inside another."""
    found = sorted({path for pattern in LEFT_OUT for path in site_packages.glob(pattern)})
    return [path for path in found if not any(parent in found for parent in path.parents)]


def _pip_install(python: Path, name: str, *options: str | Path) -> None:
    _run(
        f"install .requirements/{name}.txt",
        *(python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"),
        # Everything is listed, so pip need not look for more. Pip 23 would: where a package asks for another one with
        # an extra, as `coverage[toml]`, it takes the newest and not the one that is pinned.
        *("--require-hashes", "--only-binary=:all:", "--no-deps", *options),
        *("--requirement", REQUIREMENTS / f"{name}.txt"),
    )


def _normalise_modes(directory: Path) -> None:
    for path in directory.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def build(_arguments: Sequence[str] = ()) -> int:
    """Write dist/kubectl-images."""
    _say(f"build {ARCHIVE.relative_to(ROOT)}")
    archive(ARCHIVE)
    return 0


def test(arguments: Sequence[str]) -> int:
    """Run everything that CI runs; with pytest's arguments, only those tests."""
    build()
    python = environment("development")
    if arguments:
        return subprocess.call([python, "-m", "pytest", *arguments], cwd=ROOT)
    # One failure does not hide the others, and pytest's closing line stays the last one.
    failed = [" ".join(check) for check in CHECKS if not _passes(python, *check)]
    colour = "yes" if sys.stdout.isatty() else "no"
    # A file's tests share servers and the archive that they build, so that each file stays on one processor.
    at_once = ("--numprocesses=auto", "--dist=loadfile", "--cov", "--cov-report=")
    _say(f"pytest {' '.join(at_once)}")
    status, closing_line = pass_on(python, "-m", "pytest", *at_once, f"--color={colour}")
    if not _passes(python, "coverage", "report", f"--fail-under={COVERAGE_AT_LEAST}"):
        failed.append(f"branch coverage of at least {COVERAGE_AT_LEAST} % (the lines above are not covered)")
    for name in failed:
        print(f"error: failed: {name}", flush=True)
    _write(closing_line)
    return status or (1 if failed else 0)


def _passes(python: Path, *module: str) -> bool:
    _say(" ".join(module))
    return subprocess.call([python, "-m", *module], cwd=ROOT) == 0


def pass_on(*command: str | Path) -> tuple[int, bytes]:
    """Run a command and print what it prints but for the last line; return its exit status and that line."""
    held = b""
    with subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE) as process:
        for line in process.stdout or ():
            _write(held)
            held = line
    return process.returncode, held


def demo(_arguments: Sequence[str]) -> int:
    """Build, then do the main job with the archive on a registry and an API server on loopback."""
    build()
    _say("demo on loopback servers")
    # The fakes know the package from this checkout.
    _run("show the demo", environment("development"), "tests/demo.py", ARCHIVE, variables={"PYTHONPATH": str(ROOT)})
    return 0


def lock(arguments: Sequence[str]) -> int:
    """Write .requirements/*.txt from *.in; pins that still fit are kept unless --upgrade is given."""
    python = environment("lock")
    for name in ("lock", "runtime", "development"):
        _say(f"lock .requirements/{name}.txt")
        _run(
            f"lock .requirements/{name}.in",
            *(python, "-m", "uv", "pip", "compile", "--quiet", "--no-config", "--generate-hashes"),
            # One set of versions for every platform and Python, the oldest included.
            *("--universal", "--fork-strategy", "fewest", "--python-version", ".".join(map(str, OLDEST_PYTHON))),
            *("--custom-compile-command", "python3 build.py lock"),
            *(*arguments, f"{name}.in", "--output-file", f"{name}.txt"),
            directory=REQUIREMENTS,
        )
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"build": build, "test": test, "demo": demo, "lock": lock}


def _run(what: str, *command: str | Path, directory: Path = ROOT, variables: Mapping[str, str] | None = None) -> None:
    """Run a command; a failure is said as `what` cannot be done, below the command's own words."""
    status = subprocess.call(command, cwd=directory, env={**os.environ, **(variables or {})})
    if status:
        raise BuildError(f"could not {what}: {Path(command[0]).name} ended with exit code {status}, see above")


def _say(step: str) -> None:
    print(f"==> {step}", flush=True)


def _write(line: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def main(argv: Sequence[str]) -> int:
    """Run one command of the table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="build.py",
        description="Build, test and show kubectl-images.",
        epilog="\n".join(f"{name:<7}{command.__doc__}" for name, command in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="build")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="pytest's for test, uv's for lock")
    options = parser.parse_args(argv)
    if options.arguments and options.command not in {"test", "lock"}:
        parser.error(f"{options.command} takes no arguments, but got {' '.join(options.arguments)}")
    if sys.version_info < OLDEST_PYTHON:
        print(
            f"error: build.py needs Python 3.10 or newer, {sys.executable} is {sys.version.split()[0]}", file=sys.stderr
        )
        return 1
    os.umask(0o022)
    try:
        return COMMANDS[options.command](options.arguments)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
