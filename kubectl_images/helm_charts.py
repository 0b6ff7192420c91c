"""helm-chart.yaml of a project's item: which chart it means, and where that chart is.

helmChart:
  repo: https://charts.example.com     # or oci://..., or path: ../charts/shop
  chartName: redis
  chartVersion: 12.1.1
  releaseName: cache
  namespace: cache                     # default
  output: helm-rendered.yaml           # what it is without this key
"""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import documents
from .errors import InputError
from .fields import Field, read_fields
from .objects import Place
from .text_files import read_text

CHART_NAMES = ("helm-chart.yaml", "helm-chart.yml")
VALUES_NAMES = ("helm-values.yaml", "helm-values.yml")

_KEYS = (
    *("repo", "path", "chartName", "chartVersion", "releaseName", "namespace", "output", "skipCRDs"),
    *("skipUpdate", "skipPrePull", "updateConstraints", "credentialsId"),
)
_UNSUPPORTED = {"git": "supported are path and repo; check the chart out into the project, and give its path"}
_EXAMPLE = "helmChart: {path: ../charts/shop, releaseName: shop}"
# One version, and no range of them.
_VERSION = re.compile(r"v?\d+\.\d+\.\d+([-+].*)?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class HelmChart:
    """What a helm-chart.yaml says; exactly one of `repo` and `path` is given, and a repo has a `version`.

    `output` is relative to the directory of the file, with slashes.
    """

    place: Place
    release: str
    repo: Field | None = None
    path: Field | None = None
    name: str = ""
    version: str = ""
    namespace: str | None = None
    output: str = "helm-rendered.yaml"
    skip_crds: bool = False
    skip_pre_pull: bool = False

    @property
    def fetched(self) -> tuple[str, ...]:
        """What tells helm which chart to fetch, where it is one of a repo."""
        assert self.repo is not None, "a chart that is fetched has a repo"
        repo = self.repo.text()
        found = (repo,) if repo.startswith("oci://") else (self.name, "--repo", repo)
        return (*found, "--version", self.version)


def parse_chart(text: str, name: str, template: str) -> HelmChart:
    """Return what the file says; raise InputError naming file and line for whatever it may not say."""
    document = read_fields(text, name, template=template)
    keys = document.map(("helmChart",)) if document else {}
    if "helmChart" not in keys:
        raise InputError(f"{name}: helmChart is missing", hint=_EXAMPLE)
    field = keys["helmChart"]
    given = field.map(_KEYS, _UNSUPPORTED)
    _refuse_contradictions(field, given)
    texts = {key: given[key].text() for key in ("chartName", "chartVersion", "namespace", "output") if key in given}
    if "output" in texts:
        _refuse_outside(given["output"])
    return HelmChart(
        place=field.place,
        release=given["releaseName"].text(),
        repo=given.get("repo"),
        path=given.get("path"),
        name=texts.get("chartName", ""),
        version=texts.get("chartVersion", ""),
        namespace=texts.get("namespace"),
        output=posixpath.normpath(texts.get("output", HelmChart.output)),
        skip_crds="skipCRDs" in given and given["skipCRDs"].boolean(),
        skip_pre_pull="skipPrePull" in given and given["skipPrePull"].boolean(),
    )


def _refuse_contradictions(field: Field, given: dict[str, Field]) -> None:
    if ("repo" in given) == ("path" in given):
        both = "repo and path are both given" if "repo" in given else "repo or path is missing"
        raise field.error(f"helmChart: {both}: a chart is found by one of them")
    given["path" if "path" in given else "repo"].text()
    if "releaseName" not in given:
        raise field.error("helmChart: releaseName is missing")
    forbidden: tuple[str, ...]
    needed: tuple[str, ...]
    if "path" in given:
        forbidden, needed, because = ("chartName", "chartVersion", "updateConstraints"), (), "with path"
    elif given["repo"].text().startswith("oci://"):
        forbidden, needed, because = ("chartName",), ("chartVersion",), "with an oci:// repo, which names the chart"
    else:
        forbidden, needed, because = (), ("chartName", "chartVersion"), "with repo"
    for key in forbidden:
        if key in given:
            raise given[key].error(f"helmChart: {key} cannot be given {because}")
    for key in needed:
        if key not in given:
            raise field.error(f"helmChart: {key} is missing, which is needed {because}")


def _refuse_outside(output: Field) -> None:
    path = posixpath.normpath(output.text())
    if path.startswith(("/", "..")):
        raise output.error(
            f"helmChart: output {path} is not in the directory of the file", "output: helm-rendered.yaml"
        )


def located(chart: HelmChart, directory: Path, root: Path) -> Path | None:
    """Return the chart's directory, or archive; None where helm is to fetch it.

    `directory` is that of the helm-chart.yaml, in the project's `root`, both without symbolic links. A chart that was
    pulled before is found as kluctl leaves it: in the nearest .helm-charts above, or in charts beside the file. Raises
    InputError for a path without a chart, for one that leads out of the project, and for a chart of another version.
    """
    if chart.path:
        return _local(chart.path, directory, root)
    if chart.skip_pre_pull:
        return None
    pulled = _pulled(chart, directory, root)
    if not (pulled / "Chart.yaml").is_file():
        return None
    _check_version(chart, pulled, directory)
    return pulled


def _local(path: Field, directory: Path, root: Path) -> Path:
    found = (directory / path.text()).resolve()
    if Path(path.text()).is_absolute() or not found.is_relative_to(root):
        raise path.error(f"helmChart: path {path.text()} leads out of the project")
    if not ((found / "Chart.yaml").is_file() or found.is_file()):
        raise path.error(f"helmChart: there is no chart in {path.text()}: a chart has a Chart.yaml")
    return found


def _check_version(chart: HelmChart, pulled: Path, directory: Path) -> None:
    """Raise InputError for a chart that was pulled before in another version; a range of versions is Helm's matter."""
    version = _version_of(pulled / "Chart.yaml")
    if not (_VERSION.fullmatch(chart.version) and version) or version.lstrip("v") == chart.version.lstrip("v"):
        return
    here = Path(chart.place.file).parent
    shown, charts = (
        os.path.normpath(here / os.path.relpath(path, directory)) for path in (pulled, directory / "charts")
    )
    into = f"--untar --untardir {shlex.quote(charts)}"
    raise InputError(
        f"{chart.place}: helmChart: the chart in {shown} has the version {version}, and chartVersion is {chart.version}",
        hint=f"rm -r {shlex.quote(shown)} && helm pull {' '.join(map(shlex.quote, chart.fetched))} {into}",
    )


def _version_of(file: Path) -> str:
    found = documents.read(read_text(file), str(file))
    version = found[0].value.get("version") if found and isinstance(found[0].value, dict) else None
    return version if isinstance(version, str) else ""


def _pulled(chart: HelmChart, directory: Path, root: Path) -> Path:
    assert chart.repo is not None, "a chart without path has a repo"
    repo = chart.repo.text()
    above = (parent for parent in (directory, *directory.parents) if parent.is_relative_to(root))
    base = next((parent / ".helm-charts" for parent in above if (parent / ".helm-charts").is_dir()), None)
    if base is not None:
        found = base / pulled_path(repo, chart.name, chart.version)
        if found.is_dir() and found.resolve().is_relative_to(root):
            return found
    return directory / "charts" / (chart.name or repo.rpartition("/")[2])


def pulled_path(repo: str, name: str, version: str) -> str:
    """Return where in .helm-charts kluctl keeps a pulled chart: `https_charts.example.com/stable/redis/12.1.1`."""
    url = urlsplit(repo)
    port = f"_{url.port}" if url.port and url.port != _PORTS.get(url.scheme) else ""
    parts = (f"{url.scheme}{port}_{url.hostname or ''}", url.path.strip("/").lower(), name, version)
    return "/".join(part for part in parts if part)
