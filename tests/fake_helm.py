"""A small helm: `helm template` for charts of plain substitutions. The real one answers the same tests.

Known are .Values.NAME, .Release.Name and .Release.Namespace, each with `| quote`; hooks, crds, and the
errors of a chart that is missing or asks for another value.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "KUBECTL_IMAGES_TEST_HELM"
_CALL = re.compile(
    r"\{\{-? *(?:(?P<required>required) \"(?P<message>[^\"]*)\" )?\.(?P<path>[\w.]+) *(?P<quote>\| *quote)? *-?\}\}"
)


def real_helm() -> str | None:
    """Return the path of the real helm, when there is one."""
    return shutil.which(os.environ.get(VARIABLE) or "helm")


def put_on_path(directory: Path, kind: str) -> str:
    """Write a helm, the "fake" or the "real" one, into a directory, and return a PATH with it."""
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "helm"
    if kind == "real":
        found = real_helm()
        assert found is not None, "the caller has looked for it"
        program.symlink_to(Path(found).resolve())
    else:
        here = Path(__file__).resolve()
        path = f"{here.parent}:{here.parent.parent}"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={path} exec {sys.executable} {here} "$@"\n')
        program.chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def main(arguments: list[str]) -> int:
    """Run a command line of helm."""
    command, release_name, chart, *flags = arguments
    assert command == "template", "no other command is known"
    directory = Path(chart)
    if chart.startswith("oci://") or "--repo" in flags:
        return _failed(f"looked for {json.dumps(arguments)}")
    if not (directory / "Chart.yaml").is_file():
        return _failed(f'path "{chart}" not found')
    values = _read(directory / "values.yaml") | (_read(Path(_after("--values", flags))) if "--values" in flags else {})
    release = {"Name": release_name, "Namespace": _after("--namespace", flags)}
    crds = sorted(directory.glob("crds/*.yaml")) if "--include-crds" in flags else []
    shown = [f"---\n# Source: {directory.name}/crds/{file.name}\n{file.read_text().rstrip()}" for file in crds]
    hooks: list[str] = []
    for file in sorted(directory.glob("templates/**/*.yaml")):
        name = f"{directory.name}/{file.relative_to(directory)}"
        try:
            text = _CALL.sub(lambda call: _value(call, values, release), file.read_text()).strip()
        except LookupError as exc:
            return _failed(f"execution error at ({name}:1:3): {exc.args[0]}\n\nUse --debug flag to see more")
        (hooks if "helm.sh/hook" in text else shown).append(f"---\n# Source: {name}\n{text}")
    sys.stdout.write("".join(f"{text}\n" for text in (*shown, *hooks)))
    return 0


def _failed(words: str) -> int:
    sys.stderr.write(f"Error: {words}\n")
    return 1


def _after(flag: str, flags: list[str]) -> str:
    return flags[flags.index(flag) + 1]


def _read(file: Path) -> dict[str, object]:
    from kubectl_images import documents

    found = documents.read(file.read_text(), str(file)) if file.is_file() else ()
    return dict(found[0].value) if found else {}


def _value(call: re.Match[str], values: Mapping[str, object], release: Mapping[str, object]) -> str:
    group, name = call["path"].split(".")
    value = {"Values": values, "Release": release}[group].get(name)
    if call["required"] and value is None:
        raise LookupError(call["message"])
    return json.dumps(str(value)) if call["quote"] else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
