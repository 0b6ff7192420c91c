"""Each of the forty faults, through the command line: what is said, how long it takes, and that no secret gets out."""

from __future__ import annotations

import io
import os
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from certificates import authority_in, certificate_for
from fake_api_server import FakeApiServer
from fake_registry import FakeRegistry
from registry_client import SECRETS, FakeClock, login
from registry_faults import FAULTS, Fault
from tunnels import Tunnels

from kubectl_images.cli import run
from kubectl_images.registry_policy import Policy
from kubectl_images.terminal import Terminal

_ROWS = [pytest.param(fault, id=name) for name, fault in FAULTS.items()]


@dataclass
class Scene:
    """The servers of one fault, the user's surroundings, and the clock that nobody waits for."""

    registry: FakeRegistry
    names: dict[str, str]
    environ: dict[str, str]
    policy: Policy
    clock: FakeClock

    def run(self, *argv: str) -> tuple[int, str, str]:
        """Run a command line; return exit code, output and standard error with the names that FAULTS uses."""
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(io.TextIOWrapper(io.BytesIO(b"")), out, err)
        code = run([self.named(argument) for argument in argv], terminal, self.environ, self.policy)
        text = err.getvalue()
        for name, value in [*self.names.items()][1:]:
            text = text.replace(value, name)
        return code, out.getvalue(), re.sub(r"\b\d\d:\d\d\b", "TIME", text)

    def named(self, text: str) -> str:
        """Return a text with the hosts and the directory of this scene."""
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    def files(self) -> dict[Path, bytes]:
        """Return every file in the user's directory."""
        return {path: path.read_bytes() for path in Path(self.names["HOME"]).rglob("*") if path.is_file()}


@pytest.fixture
def scene(fault: Fault, tmp_path: Path) -> Iterator[Scene]:
    with ExitStack() as stack:
        home = tmp_path / "home"
        home.mkdir()
        rules = replace(fault.rules, tls=_context(fault, tmp_path))
        registry = stack.enter_context(FakeRegistry({"team/web": ["a", "b"]}, rules=rules))
        proxy = stack.enter_context(Tunnels({"registry.example.com:443": registry.host}))
        names = {
            "IMAGE": fault.image,
            "REGISTRY": registry.host,
            "PROXY": proxy.url,
            "DEAD": _dead_host(),
            "FULL": stack.enter_context(_FullHost()).name,
            "HOME": str(home),
        }
        clock = FakeClock(fault.clock_step_s)
        made = Scene(registry, names, {}, replace(fault.policy, jitter=(1, 1), clock=clock), clock)
        made.environ |= {"HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        made.environ |= login(registry.host) if fault.login else {}
        if rules.tls and fault.certificate not in {"unknown-ca", "self-signed"}:
            made.environ["SSL_CERT_FILE"] = str(tmp_path / "certificate" / "cert.pem")
        made.environ |= {name: made.named(value) for name, value in fault.environ.items()}
        for name, text in fault.files.items():
            file = Path(made.named(name))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(made.named(text), encoding="utf-8")
            file.chmod(0o700)
        for path, replies in fault.replies.items():
            registry.script(path, *replies)
        yield made


def _context(fault: Fault, folder: Path) -> ssl.SSLContext | None:
    match fault.certificate:
        case "":
            return None
        case "unknown-ca":
            issuer = authority_in(folder / "ca")
            return certificate_for("IP:127.0.0.1", folder / "certificate", issuer=issuer).context
        case "another-name":
            return certificate_for("DNS:other.example.com", folder / "certificate").context
        case "expired":
            return certificate_for("IP:127.0.0.1", folder / "certificate", days=-1).context
        case _:
            return certificate_for("IP:127.0.0.1", folder / "certificate").context


def _dead_host() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


class _FullHost:
    """A port whose queue is full, so that it drops whoever comes next."""

    def __enter__(self) -> _FullHost:  # noqa: PYI034 - `Self` came with Python 3.11
        self._sockets = [socket.create_server(("127.0.0.1", 0), backlog=0)]
        address = self._sockets[0].getsockname()
        self.name = f"127.0.0.1:{address[1]}"
        self._sockets.append(socket.create_connection(address))
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(address)
        self._sockets.append(waiting)
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()


@pytest.mark.parametrize("fault", _ROWS)
def test_a_fault_is_told_with_its_host_cause_and_way_out(scene: Scene, fault: Fault) -> None:
    code, out, stderr = scene.run(*fault.command)

    assert stderr == fault.stderr
    assert (code, bool(out)) == (fault.code, fault.code == 0)
    assert len(scene.registry.requests) == fault.requests
    if not fault.clock_step_s:
        assert scene.clock.waited_s == pytest.approx(fault.waited_s)


@pytest.mark.parametrize("fault", _ROWS)
def test_no_fault_brings_a_secret_to_light(scene: Scene, fault: Fault) -> None:
    before = scene.files()

    _, out, stderr = scene.run("-v=9", *fault.command)

    assert not [secret for secret in SECRETS if secret in out + stderr]
    assert scene.files() == before


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: app, image: "{{ images.get_image('IMAGE', \"regex('.*')\", default='IMAGE:old') }}"}]}
"""
_LASTING = [
    pytest.param(FAULTS[name], id=name)
    for name in (
        "02-connection-refused",
        "04-read-timeout",
        "07-short-body",
        "19-web-page",
        "29-login-refused",
        "36-requests-limited",
        "39-a-page-is-lost",
    )
]


@pytest.mark.parametrize("fault", _LASTING)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("deploy", "-u"), id="deploy"),
        pytest.param(("list", "-u", "--simple"), id="list"),
        pytest.param(("render", "-u"), id="render"),
    ],
)
def test_a_registry_that_fails_decides_nothing_and_changes_nothing(
    scene: Scene, fault: Fault, command: tuple[str, ...]
) -> None:
    file = Path(scene.names["HOME"]) / "pod.yaml"
    file.write_text(scene.named(POD), encoding="utf-8")
    with FakeApiServer() as cluster:
        scene.environ["KUBECONFIG"] = str(cluster.write_kubeconfig(file.parent / "kubeconfig"))
        code, out, stderr = scene.run(*command, "-f", str(file))

    # What was to be done for whom, and with which filter, stands between the cause and the hints.
    assert stderr.splitlines()[0] == fault.stderr.splitlines()[0]
    assert (code, out) == (1, "")
    assert [request for request in cluster.requests if request.method != "GET"] == []
