from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.helm_charts import HelmChart, located, parse_chart, pulled_path
from kubectl_images.objects import Place

REPO = "repo: https://charts.example.com, chartName: redis, chartVersion: 1.2.3, releaseName: cache"


def parsed(keys: str) -> HelmChart:
    text = f"helmChart: {{{keys}}}\n"
    return parse_chart(text, "a/helm-chart.yaml", text)


def shape(chart: HelmChart) -> tuple[object, ...]:
    source = chart.path or chart.repo
    assert source is not None, "a chart has a source"
    return source.value, chart.name, chart.version, chart.release, chart.namespace, chart.output


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        pytest.param(
            REPO, ("https://charts.example.com", "redis", "1.2.3", "cache", None, "helm-rendered.yaml"), id="repo"
        ),
        pytest.param(
            "repo: oci://r.example.com/charts/redis, chartVersion: 1.2.3, releaseName: a, namespace: b, output: ./c.yaml",
            ("oci://r.example.com/charts/redis", "", "1.2.3", "a", "b", "c.yaml"),
            id="oci",
        ),
        pytest.param("path: ../x, releaseName: a", ("../x", "", "", "a", None, "helm-rendered.yaml"), id="path"),
        pytest.param(
            f"{REPO}, updateConstraints: ~1.2.0, skipUpdate: true, skipPrePull: false, credentialsId: x, skipCRDs: null",
            ("https://charts.example.com", "redis", "1.2.3", "cache", None, "helm-rendered.yaml"),
            id="what-others-read",
        ),
    ],
)
def test_a_chart_is_read(keys: str, found: tuple[object, ...]) -> None:
    assert shape(parsed(keys)) == found


def test_a_chart_knows_its_place_and_its_flags() -> None:
    found = parsed(f"{REPO}, skipCRDs: true, skipPrePull: true")

    assert (found.place, found.skip_crds, found.skip_pre_pull) == (Place("a/helm-chart.yaml", 1), True, True)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param(
            "releaseName: a", "helmChart: repo or path is missing: a chart is found by one of them", id="neither"
        ),
        pytest.param(
            f"{REPO}, path: x", "helmChart: repo and path are both given: a chart is found by one of them", id="both"
        ),
        pytest.param("path: x", "helmChart: releaseName is missing", id="no-release"),
        pytest.param(
            "path: x, releaseName: a, chartName: b",
            "helmChart: chartName cannot be given with path",
            id="name-and-path",
        ),
        pytest.param(
            "repo: https://x, chartName: b, releaseName: a",
            "helmChart: chartVersion is missing, which is needed with repo",
            id="no-version",
        ),
        pytest.param(
            "repo: oci://x/y, chartName: b, chartVersion: '1', releaseName: a",
            "helmChart: chartName cannot be given with an oci:// repo, which names the chart",
            id="oci-and-name",
        ),
        pytest.param(
            "path: x, releaseName: a, output: ../y.yaml",
            "helmChart: output ../y.yaml is not in the directory of the file",
            id="output-outside",
        ),
        pytest.param("git: {url: x}, releaseName: a", "git is not supported", id="git"),
        pytest.param("path: x, relaseName: a", "unknown key 'relaseName'; did you mean releaseName?", id="misspelt"),
        pytest.param("path: 1, releaseName: a", "helmChart.path is a number, not a text", id="no-text"),
    ],
)
def test_what_a_chart_cannot_be_is_an_error(keys: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(keys)

    assert str(caught.value) == f"a/helm-chart.yaml:1: {message}"


@pytest.mark.parametrize("text", ["", "{}", "helmChart: null"])
def test_a_file_without_a_chart_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_chart(text, "helm-chart.yaml", text)

    assert str(caught.value) == "helm-chart.yaml: helmChart is missing"


@pytest.mark.parametrize(
    ("repo", "name", "path"),
    [
        pytest.param("https://charts.example.com", "redis", "https_charts.example.com/redis/1.2.3", id="host"),
        pytest.param("https://X.example.com/Stable/", "redis", "https_x.example.com/stable/redis/1.2.3", id="path"),
        pytest.param("https://x.com:443", "redis", "https_x.com/redis/1.2.3", id="usual-port"),
        pytest.param("http://x.com:8080", "redis", "http_8080_x.com/redis/1.2.3", id="port"),
        pytest.param("oci://r.example.com/charts/redis", "", "oci_r.example.com/charts/redis/1.2.3", id="oci"),
        pytest.param("oci://r.example.com:5000/redis", "", "oci_5000_r.example.com/redis/1.2.3", id="oci-port"),
    ],
)
def test_a_pulled_chart_lies_where_kluctl_puts_it(repo: str, name: str, path: str) -> None:
    assert pulled_path(repo, name, "1.2.3") == path


def with_chart(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "Chart.yaml").touch()
    return directory


PULLED = ".helm-charts/https_charts.example.com/redis/1.2.3"


@pytest.mark.parametrize("where", [f"apps/cache/{PULLED}", f"apps/{PULLED}", PULLED, "apps/cache/charts/redis"])
def test_a_chart_that_was_pulled_is_found(tmp_path: Path, where: str) -> None:
    (tmp_path / "apps/cache").mkdir(parents=True)
    chart = with_chart(tmp_path / where) if not (tmp_path / where).exists() else tmp_path / where

    assert located(parsed(REPO), tmp_path / "apps/cache", tmp_path) == chart


def a_version(directory: Path, version: str) -> None:
    (with_chart(directory) / "Chart.yaml").write_text(f"apiVersion: v2\nname: redis\nversion: {version}\n")


@pytest.mark.parametrize(
    ("keys", "where", "fetched"),
    [
        pytest.param(REPO, PULLED, "redis --repo https://charts.example.com --version 1.2.3", id="helm-charts"),
        pytest.param(REPO, "app/charts/redis", "redis --repo https://charts.example.com --version 1.2.3", id="charts"),
        pytest.param(
            "repo: oci://r.io/redis, chartVersion: v1.2.3, releaseName: a",
            "app/charts/redis",
            "oci://r.io/redis --version v1.2.3",
            id="oci",
        ),
    ],
)
def test_a_chart_of_another_version_is_an_error(tmp_path: Path, keys: str, where: str, fetched: str) -> None:
    (tmp_path / "app").mkdir()
    a_version(tmp_path / where, "1.0.0")
    text = f"helmChart: {{{keys}}}\n"
    chart = parse_chart(text, f"{tmp_path}/app/helm-chart.yaml", text)

    with pytest.raises(InputError) as caught:
        located(chart, tmp_path / "app", tmp_path)

    assert str(caught.value) == (
        f"{tmp_path}/app/helm-chart.yaml:1: helmChart: the chart in {tmp_path / where} has the version 1.0.0, and "
        f"chartVersion is {chart.version}"
    )
    assert caught.value.hint == (
        f"rm -r {tmp_path / where} && helm pull {fetched} --untar --untardir {tmp_path}/app/charts"
    )


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        pytest.param("1.2.3", "1.2.3", id="equal"),
        pytest.param("v1.2.3", "1.2.3", id="v-is-wanted"),
        pytest.param("1.2.3", "v1.2.3", id="v-is-there"),
        pytest.param("1.x", "1.0.0", id="range"),
        pytest.param("~1.2", "1.0.0", id="another-range"),
        pytest.param("1.2.3", "null", id="none"),
    ],
)
def test_a_chart_of_the_version_is_taken(tmp_path: Path, wanted: str, version: str) -> None:
    a_version(tmp_path / "charts/redis", version)

    found = located(parsed(REPO.replace("1.2.3", f'"{wanted}"')), tmp_path, tmp_path)

    assert found == tmp_path / "charts/redis"


def test_what_was_not_pulled_is_for_helm(tmp_path: Path) -> None:
    with_chart(tmp_path / ".helm-charts/https_charts.example.com/redis/1.0.0")

    assert located(parsed(REPO), tmp_path, tmp_path) is None


def test_a_chart_that_is_not_to_be_pulled_before_is_for_helm(tmp_path: Path) -> None:
    with_chart(tmp_path / PULLED)

    assert located(parsed(f"{REPO}, skipPrePull: true"), tmp_path, tmp_path) is None


def test_a_local_chart_is_found_in_the_project(tmp_path: Path) -> None:
    chart = with_chart(tmp_path / "charts/shop")

    assert located(parsed("path: ../charts/shop, releaseName: a"), tmp_path / "app", tmp_path) == chart


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("../..", "helmChart: path ../.. leads out of the project", id="above"),
        pytest.param("/charts", "helmChart: path /charts leads out of the project", id="absolute"),
        pytest.param("link", "helmChart: path link leads out of the project", id="link"),
        pytest.param("nowhere", "helmChart: there is no chart in nowhere: a chart has a Chart.yaml", id="missing"),
        pytest.param(".", "helmChart: there is no chart in .: a chart has a Chart.yaml", id="no-chart"),
    ],
)
def test_a_local_chart_that_is_none_is_an_error(tmp_path: Path, path: str, message: str) -> None:
    (tmp_path / "project/app").mkdir(parents=True)
    (tmp_path / "project/app/link").symlink_to(with_chart(tmp_path / "chart"))

    with pytest.raises(InputError) as caught:
        located(parsed(f"path: {path}, releaseName: a"), tmp_path / "project/app", tmp_path / "project")

    assert str(caught.value) == f"a/helm-chart.yaml:1: {message}"
