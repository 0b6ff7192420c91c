"""Waiting as the user sees it, on a terminal and elsewhere, and Ctrl-C."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from fake_api_server import FakeApiServer
from sides import deployment
from waits import HASTY, PATIENT, Site, key_of
from worlds import World

from kubectl_images.terminal import Terminal
from kubectl_images.wait_report import TerminalReport, wait_until_ready


class Screen(io.StringIO):
    """A stream that says it is a terminal; what `interrupts` stands for Ctrl-C at the moment that it is shown."""

    def __init__(self, interrupts: str = "") -> None:
        super().__init__()
        self.interrupts = interrupts

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self.interrupts and self.interrupts in text:
            raise KeyboardInterrupt
        return super().write(text)


@pytest.fixture
def site() -> Iterator[Site]:
    with FakeApiServer() as server:
        yield Site(server)


def test_where_nobody_watches_there_is_a_line_for_each_object_that_is_ready(site: Site) -> None:
    out, err = io.StringIO(), io.StringIO()
    widget = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    status = {"observedGeneration": 1, "updateRevision": "b", "currentRevision": "a"}
    database = site.put("StatefulSet", "db", status, spec={"updateStrategy": {"type": "OnDelete"}})
    web = site.deployment()
    site.deployment(ready=1)

    live = {key_of(body): body for body in (widget, database, web)}
    wait_until_ready(Terminal(io.StringIO(), out, err), site.cluster, live, HASTY)

    assert out.getvalue() == ""
    assert err.getvalue() == (
        "statefulset.apps/db is not waited for: its update strategy is OnDelete: "
        "its pods are replaced when somebody deletes them\n"
        "deployment.apps/web ready\n"
    )


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        pytest.param(["1 of 3 pods are ready"], "waiting 12 s: deployment.apps/a: 1 of 3 pods are ready", id="one"),
        pytest.param(["it waits", "b"], "waiting 12 s: deployment.apps/a: it waits; 1 more object", id="two"),
        pytest.param(["", "b", "c"], "waiting 12 s: deployment.apps/a; 2 more objects", id="many"),
        pytest.param([], "", id="none"),
    ],
)
def test_a_terminal_shows_the_first_that_is_not_ready(site: Site, texts: list[str], shown: str) -> None:
    err = Screen()
    keys = [key_of(site.deployment(name)) for name in ("a", "b", "c")]

    TerminalReport(Terminal(io.StringIO(), io.StringIO(), err)).waiting(12.3, dict(zip(keys, texts, strict=False)))

    assert err.getvalue().rstrip("\r") == shown


def test_ctrl_c_says_that_everything_is_applied(site: Site) -> None:
    err = Screen("waiting")
    web = site.deployment()

    with pytest.raises(KeyboardInterrupt):
        wait_until_ready(Terminal(io.StringIO(), io.StringIO(), err), site.cluster, {key_of(web): web}, PATIENT)

    assert err.getvalue().rpartition("\r")[2] == "\ninterrupted: applied, but 1 object is not ready yet\n"


def test_deploy_says_what_is_applied_and_not_ready_in_time(fakes: World) -> None:
    file = fakes.write("web.yaml", json.dumps(deployment()))

    done = fakes.run("deploy", "-f", file, "--wait", "--timeout=100ms")

    assert (done.code, done.out) == (1, "deployment.apps/web created\n")
    assert done.err.partition("error: ")[2].splitlines()[:2] == [
        "applied, but after 0.1 s 1 object is not ready",
        "    deployment.apps/web in namespace default: its change is not observed yet",
    ]
