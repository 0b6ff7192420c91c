"""helm: run as `helm template`, and what is made of its output."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import documents
from .chart_differences import Twin, difference, refusal
from .custom_kinds import defined_by
from .errors import InputError
from .helm_charts import HelmChart
from .objects import Body, built_in, group_of
from .placeholders import Placeholders
from .temporary_files import writing

if TYPE_CHECKING:
    from .programs import Ended, Programs

# Hooks of these events alone are no part of a deployment: tests, which nobody expects in one, and what ends it.
_TESTS = frozenset(("test", "test-success", "test-failure"))
_NEVER_DEPLOYED = _TESTS | {"pre-delete", "post-delete", "pre-rollback", "post-rollback"}
_HOOK = "helm.sh/hook"
# What helm says of where it is in its own source: `coalesce.go:286: warning: skipped value ...`.
_LOGGED = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d )?\w+\.go:\d+: (warning: )?|^warning: ", re.IGNORECASE)
# What it says of each chart that it fetches.
_PULLED = ("Pulled: ", "Digest: ")
_OWN_VALUE = (
    "let the chart insert the image as it is; a tag that it computes with belongs into a value of its own, from args: "
    'tag: "{{ args.tag }}", and -a tag=...'
)
# What helm advises after its own words, about a command line that is not the user's.
_DEBUG = "Use --debug flag to render out invalid YAML"


@dataclass(frozen=True)
class Release:
    """A chart to render: what its helm-chart.yaml says, where it is (None: helm fetches it), and its values.

    `output` is the file to write; paths are those of the private copy, which `readable` makes the user's. The values may
    hold `placeholders`.
    """

    chart: HelmChart
    source: Path | None
    values: Path | None
    output: Path
    readable: Callable[[str], str]
    placeholders: Placeholders


def find(environ: Mapping[str, str], chart: HelmChart) -> str:
    """Return the path of helm; raise InputError, with the chart's place, when there is none."""
    program = shutil.which("helm", path=environ.get("PATH", ""))
    if program is None:
        raise InputError(
            f"{chart.place}: helm is needed to render this chart, and there is no helm on PATH",
            hint="install helm (https://helm.sh/docs/intro/install/), or exclude the item: -E TAG",
        )
    return program


def render(programs: Programs, program: str, release: Release) -> tuple[str, ...]:
    """Write the objects of a chart into its output, and return what the user is to be told.

    Raises InputError with helm's own words, and where the chart makes something of the text of an image.
    """
    chart = release.chart
    ended = _rendered(programs, program, release)
    kept, left_out = _without_hooks_of_deletion(_objects(release, ended.output))
    if chart.namespace:
        kept = _in_namespace(kept, chart.namespace)
    with writing():
        release.output.parent.mkdir(parents=True, exist_ok=True)
        release.output.write_text(documents.write(kept), encoding="utf-8")
    notes = [f"{chart.place}: helm: {warning}" for warning in _warnings(release.readable(ended.words))]
    if left_out:
        why = "left out, since helm runs them only when it deletes or rolls back"
        notes.append(f"{chart.place}: {why}: {', '.join(left_out)}")
    return tuple(notes)


def _rendered(programs: Programs, program: str, release: Release) -> Ended:
    """Return what helm wrote; with images among the values it renders twice, with placeholders of different names."""
    placeholders, values = release.placeholders, release.values
    text = values.read_text(encoding="utf-8") if values else ""
    command = (program, *_arguments(release, values))
    if values is None or not placeholders.traced(text):
        return _succeeded(release, programs.run(command))
    twin = Twin(placeholders)
    renamed = values.with_name(f"{values.name}.renamed")
    with writing():
        renamed.write_text(twin.renamed(text), encoding="utf-8")
    first, second = programs.run_beside([command, (program, *_arguments(release, renamed))])
    second = replace(second, output=twin.original(second.output), words=twin.original(second.words))
    if _succeeded(release, first).output != _succeeded(release, second).output:
        again = _succeeded(release, programs.run(command))
        found = difference(*(_objects(release, ended.output) for ended in (first, second, again)))
        if found:
            what = f"helm template {release.chart.release}"
            raise InputError(refusal(release.chart.place, what, found, placeholders.split(text)[1]), hint=_OWN_VALUE)
    return first


def _succeeded(release: Release, ended: Ended) -> Ended:
    """Return what ended well; raise InputError with helm's words where it did not."""
    if ended.code == 0:
        return ended
    words = re.sub(r"(?i)^error:\s*", "", ended.words.replace(_DEBUG, "").strip(), flags=re.M)
    said = release.readable(ended.failure(words))
    raise InputError(f"{release.chart.place}: helm template {release.chart.release}: {said}")


def _objects(release: Release, output: str) -> list[object]:
    return [document.value for document in documents.read(output, f"{release.chart.place.file} (helm)")]


def _warnings(words: str) -> list[str]:
    """Return what helm says of a success, each line once, without where in its source it says so."""
    lines = (_LOGGED.sub("", line.strip()) for line in words.splitlines())
    return list(dict.fromkeys(line for line in lines if line and not line.startswith(_PULLED)))


def _arguments(release: Release, values: Path | None) -> Sequence[str]:
    chart = release.chart
    return (
        *("template", chart.release, *((str(release.source),) if release.source else chart.fetched)),
        *("--namespace", chart.namespace or "default"),
        "--skip-crds" if chart.skip_crds else "--include-crds",
        *(("--values", str(values)) if values else ()),
    )


def _without_hooks_of_deletion(found: Sequence[object]) -> tuple[list[object], list[str]]:
    """Return the objects that are deployed, and the names of the others but for tests."""
    kept, left_out = [], []
    for value in found:
        events = _events(value)
        if events and events <= _TESTS:
            continue
        if events and events <= _NEVER_DEPLOYED:
            assert isinstance(value, dict), "only maps have annotations"
            left_out.append(f"{value.get('kind')}/{value['metadata'].get('name')} ({', '.join(sorted(events))})")
        else:
            kept.append(value)
    return kept, left_out


def _events(value: object) -> frozenset[str]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    hook = annotations.get(_HOOK) if isinstance(annotations, dict) else None
    return frozenset(event.strip() for event in hook.split(",")) if isinstance(hook, str) else frozenset()


def _in_namespace(found: Sequence[object], namespace: str) -> list[object]:
    """Return the objects with the namespace where they name none; helm gives it to them when it installs them.

    A kind that is neither built in nor defined in the chart counts as namespaced, as everywhere.
    """
    custom = defined_by(value for value in found if isinstance(value, dict))

    def is_namespaced(body: Body) -> bool:
        api_version, kind = str(body.get("apiVersion", "")), str(body.get("kind", ""))
        scope = built_in(api_version, kind) or custom.get((group_of(api_version), kind))
        return scope is None or scope.namespaced

    def placed(value: object) -> object:
        if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
            return value
        if value["metadata"].get("namespace") or not is_namespaced(value):
            return value
        return {**value, "metadata": {**value["metadata"], "namespace": namespace}}

    return [placed(value) for value in found]
