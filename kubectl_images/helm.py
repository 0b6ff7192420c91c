"""helm: run as `helm template`, and what is made of its output."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import documents
from .custom_kinds import defined_by
from .errors import InputError
from .helm_charts import HelmChart
from .objects import Body, built_in, group_of

if TYPE_CHECKING:
    from .programs import Programs

# What helm does with hooks of these events alone has no place in a deployment.
_NEVER_DEPLOYED = frozenset(
    ("pre-delete", "post-delete", "pre-rollback", "post-rollback", "test", "test-success", "test-failure")
)
_HOOK = "helm.sh/hook"


@dataclass(frozen=True)
class Release:
    """A chart to render: what its helm-chart.yaml says, where it is (None: helm fetches it), and its values.

    `output` is the file to write; paths are those of the private copy, which `readable` makes the user's.
    """

    chart: HelmChart
    source: Path | None
    values: Path | None
    output: Path
    readable: Callable[[str], str]


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

    Raises InputError with helm's own words.
    """
    chart = release.chart
    ended = programs.run((program, *_arguments(release)))
    if ended.code != 0:
        said = release.readable(re.sub(r"(?i)^error:\s*", "", ended.words.strip(), flags=re.M))
        raise InputError(f"{chart.place}: helm template {chart.release}: {said or f'exit code {ended.code}'}")
    name = f"{chart.place.file} (helm)"
    found = [document.value for document in documents.read(ended.output, name)]
    kept, left_out = _without_hooks_of_deletion(found)
    if chart.namespace:
        kept = _in_namespace(kept, chart.namespace)
    release.output.parent.mkdir(parents=True, exist_ok=True)
    release.output.write_text(documents.write(kept), encoding="utf-8")
    return (
        (f"{chart.place}: left out, since helm runs them only when it deletes or rolls back: {', '.join(left_out)}",)
        if left_out
        else ()
    )


def _arguments(release: Release) -> Sequence[str]:
    chart = release.chart
    return (
        *("template", chart.release, *_source(release)),
        *("--namespace", chart.namespace or "default"),
        *("--skip-crds" if chart.skip_crds else "--include-crds", "--skip-tests"),
        *(("--values", str(release.values)) if release.values else ()),
    )


def _source(release: Release) -> Sequence[str]:
    chart = release.chart
    if release.source:
        return (str(release.source),)
    assert chart.repo is not None, "a chart that is not there has a repo"
    repo = chart.repo.text()
    found = (repo,) if repo.startswith("oci://") else (chart.name, "--repo", repo)
    return (*found, "--version", chart.version)


def _without_hooks_of_deletion(found: Sequence[object]) -> tuple[list[object], list[str]]:
    """Return the objects that are deployed, and the names of the others."""
    kept, left_out = [], []
    for value in found:
        events = _events(value)
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
