"""What a request carries, compared with kubectl's own requests, which are recorded in tests/vectors/kubeconfig_logins.json.

`heard` is what a server hears of `kubectl get --raw /x`, or `error` what kubectl says instead. Where we differ on
purpose, `differs` says why, and `ours` is what is heard of us; without it we refuse.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from login_recorder import TLS, Heard, LoginRecorder

from kubectl_images.errors import ImagesError
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_retries import Retries
from kubectl_images.kubeconfig import Options, load

Situation = Mapping[str, Any]

VECTORS = json.loads((Path(__file__).parent / "vectors" / "kubeconfig_logins.json").read_text(encoding="utf-8"))
SITUATIONS = [pytest.param(vector, id=vector["id"]) for vector in VECTORS]
FILES = {
    "ca.crt": "authority",
    "other.crt": "other_authority",
    "client.crt": "client_certificate",
    "client.key": "client_key",
}
LOGIN = """\
#!/bin/sh
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"of-the-plugin"}}'
"""
# The flags whose name is not that of their option.
OPTIONS = {"as": "as_user", "as-group": "as_groups"}


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoginRecorder]:
    """A server to ask, and the files of the situations in the current directory."""
    monkeypatch.chdir(tmp_path)
    for name, key in FILES.items():
        Path(name).write_text(TLS[key], encoding="ascii")
    Path("token").write_text("of-the-file\n", encoding="ascii")
    Path("login").write_text(LOGIN, encoding="ascii")
    Path("login").chmod(0o755)
    with LoginRecorder(tmp_path) as running:
        yield running


def _filled(value: Any, recorder: LoginRecorder) -> Any:
    """Return a part of a situation with its capital words replaced by the server's URLs and by data of the files."""
    words = {"HTTPS": recorder.https, "HTTP": recorder.http, "PORT": recorder.https.rpartition(":")[2]}
    data = {f"DATA:{name}": base64.b64encode(TLS[key].encode()).decode() for name, key in FILES.items()}
    text = json.dumps(value)
    for word, meaning in {**data, **words}.items():
        text = text.replace(word, meaning)
    return json.loads(text)


def _write_kubeconfig(situation: Situation, recorder: LoginRecorder) -> None:
    def entries(section: str, key: str) -> list[Mapping[str, Any]]:
        return [{"name": name, key: value} for name, value in situation[section].items()]

    config = {
        "current-context": "one",
        "clusters": entries("clusters", "cluster"),
        "users": entries("users", "user"),
        "contexts": entries("contexts", "context"),
    }
    Path("config").write_text(json.dumps(_filled(config, recorder)), encoding="utf-8")


def _options(flags: list[str]) -> Options:
    given: dict[str, Any] = {"kubeconfig": "config"}
    for flag in flags:
        name, equals, value = flag.removeprefix("--").partition("=")
        option = OPTIONS.get(name, name.replace("-", "_"))
        given[option] = (*given.get(option, ()), value) if option == "as_groups" else value if equals else True
    return Options(**given)


def _heard(recorded: Mapping[str, Any]) -> Heard:
    return Heard(**{**recorded, "impersonation": tuple(recorded["impersonation"])})


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_request_carries_what_kubectls_would(situation: Situation, recorder: LoginRecorder) -> None:
    _write_kubeconfig(situation, recorder)
    options = _options(_filled(situation["flags"], recorder))
    heard = situation.get("ours") if "differs" in situation else situation.get("heard")

    if heard is None:
        with pytest.raises(ImagesError):
            KubeClient(load(options, os.environ), Retries(tries=1)).request("GET", "/x")
        assert recorder.heard == []
    else:
        assert KubeClient(load(options, os.environ)).request("GET", "/x").status == 200
        assert recorder.heard == [_heard(heard)]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH, and its requests are recorded")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_kubectls_request_is_still_the_recorded_one(situation: Situation, recorder: LoginRecorder) -> None:
    _write_kubeconfig(situation, recorder)
    command = ["kubectl", "get", "--raw", "/x", "--kubeconfig=config", *_filled(situation["flags"], recorder)]
    environ = {"PATH": os.environ["PATH"], "HOME": str(Path.cwd())}

    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    # Some kubectls ask for the server's version before.
    heard = [request for request in recorder.heard if request.path.endswith("/x")]
    assert (done.returncode != 0) == ("error" in situation), done.stderr
    assert heard == ([_heard(situation["heard"])] if "heard" in situation else [])
