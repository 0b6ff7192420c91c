"""Our reading of kubeconfigs, compared with kubectl's own, which is recorded in tests/vectors/kubeconfigs.json.

`answer` is what `kubectl config view --minify --flatten --raw -o json` prints, or `error` what it says instead.
Where we differ on purpose, `differs` says why, and `ours` is our answer; without it we refuse.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kubectl_images.access import Access, Password, Token, TokenFile
from kubectl_images.errors import KubeconfigError
from kubectl_images.exec_plugin import ExecPlugin
from kubectl_images.kubeconfig import Options, load

Situation = Mapping[str, Any]
Picture = Mapping[str, Any]

VECTORS = json.loads((Path(__file__).parent / "vectors" / "kubeconfigs.json").read_text(encoding="utf-8"))
SITUATIONS = [pytest.param(vector, id=vector["id"]) for vector in VECTORS]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that relative names start from."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _environ(situation: Situation, directory: Path) -> dict[str, str]:
    """Write the situation's files, and return the environment that leads to them."""
    for name, text in situation["files"].items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    named = situation["KUBECONFIG"]
    return {"HOME": str(directory), **({} if named is None else {"KUBECONFIG": named})}


def _options(flags: list[str]) -> Options:
    given: dict[str, Any] = {name: value for name, _, value in (flag[2:].partition("=") for flag in flags)}
    return Options(**given)


def _kubectls(answer: Mapping[str, Any], kubeconfig: str | None) -> Picture:
    """Return what kubectl's answer means for a connection."""
    cluster = answer["clusters"][0]["cluster"]
    nobody: Mapping[str, Any] = {"name": "", "user": {}}
    user = answer["users"][0] if answer["users"] else nobody
    context, login = answer["contexts"][0]["context"], user["user"]
    plugin = login.get("exec")
    return {
        "context": answer["current-context"],
        "namespace": context.get("namespace", "default"),
        "server": cluster["server"],
        "authority": _decoded(cluster, "certificate-authority"),
        "tls-server-name": cluster.get("tls-server-name"),
        "insecure": cluster.get("insecure-skip-tls-verify", False),
        "proxy-url": cluster.get("proxy-url"),
        "user": user["name"],
        "certificate": (_decoded(login, "client-certificate"), _decoded(login, "client-key")),
        "token": login.get("token", ""),
        "token-file": login.get("tokenFile", ""),
        "password": (login.get("username", ""), login.get("password", "")),
        "impersonation": _impersonation(login),
        "exec": plugin and _plugin(plugin, Path(kubeconfig or "")),
    }


def _decoded(entry: Mapping[str, str], name: str) -> bytes | None:
    data = entry.get(f"{name}-data")
    return base64.b64decode(data) if data else None


def _impersonation(login: Mapping[str, Any]) -> list[tuple[str, str]]:
    user = [("Impersonate-User", login["as"])] if "as" in login else []
    uid = [("Impersonate-Uid", login["as-uid"])] if "as-uid" in login else []
    groups = [("Impersonate-Group", group) for group in login.get("as-groups", [])]
    extra = login.get("as-user-extra", {})
    headers = [(f"Impersonate-Extra-{quote(key, safe='')}", value) for key in extra for value in extra[key]]
    return sorted([*user, *uid, *groups, *headers])


def _plugin(plugin: Mapping[str, Any], kubeconfig: Path) -> Mapping[str, Any]:
    command = plugin["command"]
    return {
        "command": str(kubeconfig.parent.absolute() / command) if "/" in command else command,
        "args": plugin["args"] or [],
        "env": {item["name"]: item["value"] for item in plugin["env"] or []},
        "apiVersion": plugin["apiVersion"],
        "interactiveMode": plugin["interactiveMode"],
        "installHint": plugin.get("installHint", ""),
        "is told": plugin["provideClusterInfo"],
    }


def _ours(access: Access, outer: Mapping[str, str]) -> Picture:
    """Return the same of our own reading."""
    login, certificate, proxy = access.login, access.certificate, access.proxy
    return {
        "context": access.context,
        "namespace": access.namespace,
        "server": access.server,
        "authority": _bytes(access.trust.authority),
        "tls-server-name": access.trust.server_name,
        "insecure": access.trust.insecure,
        "proxy-url": proxy and proxy.url.replace("://", f"://{proxy.login}@"),
        "user": access.user,
        "certificate": (_bytes(certificate.certificate), _bytes(certificate.key)) if certificate else (None, None),
        "token": login.value if isinstance(login, Token) else login.otherwise if isinstance(login, TokenFile) else "",
        "token-file": str(login.path) if isinstance(login, TokenFile) else "",
        "password": (login.username, login.password) if isinstance(login, Password) else ("", ""),
        "impersonation": sorted(access.impersonation),
        "exec": _our_plugin(login, outer) if isinstance(login, ExecPlugin) else None,
    }


def _bytes(pem: Path | bytes | None) -> bytes | None:
    return pem.read_bytes() if isinstance(pem, Path) else pem


def _our_plugin(plugin: ExecPlugin, outer: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "command": plugin.command,
        "args": list(plugin.args),
        "env": {name: value for name, value in plugin.environ.items() if name not in outer},
        "apiVersion": plugin.api_version,
        "interactiveMode": plugin.interactive_mode,
        "installHint": plugin.install_hint,
        "is told": plugin.cluster_info is not None,
    }


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_kubeconfig_means_what_it_means_to_kubectl(situation: Situation, directory: Path) -> None:
    environ = _environ(situation, directory)
    options = _options(situation["flags"])
    answer = situation.get("ours") if "differs" in situation else situation.get("answer")

    if answer is None:
        with pytest.raises(KubeconfigError):
            load(options, environ)
    else:
        kubeconfig = options.kubeconfig or situation["KUBECONFIG"]
        assert _ours(load(options, environ), environ) == _kubectls(answer, kubeconfig)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH, and its answers are recorded")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_kubectls_answer_is_still_the_recorded_one(situation: Situation, directory: Path) -> None:
    environ = _environ(situation, directory) | {"PATH": os.environ["PATH"]}
    command = ["kubectl", "config", "view", "--minify", "--flatten", "--raw", "-o", "json", *situation["flags"]]

    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert (done.returncode != 0) == ("error" in situation), done.stderr
    if done.returncode == 0:
        told = json.loads(done.stdout)
        assert {name: told[name] for name in situation["answer"]} == situation["answer"]
