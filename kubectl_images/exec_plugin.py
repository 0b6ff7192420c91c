"""Logins by a program that the kubeconfig names: `users[].user.exec`, as client-go runs it.

Contract: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import login_process
from .errors import KubeconfigError
from .kube_tls import ClientCertificate, Trust, authority_pem
from .kubeconfig_files import Entry

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_MODES = ("Never", "IfAvailable", "Always")


@dataclass(frozen=True)
class Told:
    """What a login program that asks for it is told about the cluster; `entry` is the cluster's in the kubeconfig."""

    server: str
    trust: Trust
    entry: Entry | None


@dataclass(frozen=True)
class ExecPlugin:
    """How to run a login program; `cluster_info` is what it is told about the cluster, None for nothing."""

    user: str
    command: str
    args: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    api_version: str
    interactive_mode: str
    install_hint: str
    cluster_info: Mapping[str, Any] | None


@dataclass(frozen=True)
class Credential:
    """What proves who we are: the Authorization header and the client certificate, and when both expire."""

    authorization: str | None = field(default=None, repr=False)
    certificate: ClientCertificate | None = None
    expires: datetime | None = None


def from_entry(user: Entry, told: Told, environ: Mapping[str, str]) -> ExecPlugin:
    """Return the plugin of a kubeconfig's user; KubeconfigError when the entry is not complete."""
    spec = Entry("exec of user", user.name, user.mapping("exec"), user.file)
    api_version = spec.text("apiVersion")
    if api_version not in _VERSIONS:
        raise spec.wrong(
            "apiVersion",
            f'"{api_version}" is not supported; known are {" and ".join(_VERSIONS)}',
            hint="let the program that wrote the entry write it anew, such as: aws eks update-kubeconfig --name CLUSTER",
        )
    mode = spec.text("interactiveMode") or ("IfAvailable" if api_version == _VERSIONS[1] else "")
    if mode not in _MODES:
        hint = None if mode else "add interactiveMode: IfAvailable"
        raise spec.wrong("interactiveMode", f"must be one of {', '.join(_MODES)}", hint=hint)
    command = spec.text("command")
    if not command:
        raise spec.wrong("command", "is not set")
    return ExecPlugin(
        user=user.name,
        command=str(user.file.parent.absolute() / command) if Path(command).name != command else command,
        args=spec.texts("args"),
        environ={**environ, **_variables(spec)},
        api_version=api_version,
        interactive_mode=mode,
        install_hint=spec.text("installHint").strip(),
        cluster_info=_cluster_info(told) if spec.flag("provideClusterInfo") else None,
    )


def run(plugin: ExecPlugin) -> Credential:
    """Return the credential that the plugin prints; KubeconfigError with its own words when it fails.

    Standard input is a terminal or nothing: manifests piped to us are never read by the plugin.
    """
    interactive = _interactive(plugin)
    executable = shutil.which(plugin.command, path=plugin.environ.get("PATH"))
    # As kubectl: a program of that name in the current directory, among somebody's manifests, is not the one meant.
    if executable is None or not Path(executable).is_absolute():
        raise _not_there(plugin)
    # On a terminal its questions and links must show at once; elsewhere they are kept for the error.
    shown = sys.stderr is not None and sys.stderr.isatty()
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's kubeconfig names the program
            [executable, *plugin.args],
            env={**plugin.environ, "KUBERNETES_EXEC_INFO": json.dumps(_exec_info(plugin, interactive=interactive))},
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if shown else subprocess.PIPE,
        )
    except OSError as exc:
        raise _failed(plugin, f"cannot be started: {exc.strerror}") from exc
    output, words = login_process.wait(process)
    if process.returncode != 0:
        raise _failed(plugin, f"ended with exit code {process.returncode}", words)
    return _credential(plugin, output)


def is_token(text: str) -> bool:
    """Tell whether a text can be a bearer token: ASCII without control characters, as a header takes it."""
    return text.isascii() and text.isprintable()


def _variables(spec: Entry) -> Mapping[str, str]:
    variables: dict[str, str] = {}
    for item in spec.value.get("env") or []:
        if (
            not isinstance(item, dict)
            or not isinstance(item.get("name"), str)
            or not isinstance(item.get("value"), str)
        ):
            raise spec.wrong("env", "must be a list of name and value, both strings")
        variables[item["name"]] = item["value"]
    return variables


def _cluster_info(told: Told) -> Mapping[str, Any]:
    authority, entry = told.trust.authority, told.entry
    info: dict[str, Any] = {
        "server": told.server,
        "tls-server-name": told.trust.server_name,
        "insecure-skip-tls-verify": told.trust.insecure,
        "certificate-authority-data": base64.b64encode(authority_pem(authority)).decode() if authority else "",
        "proxy-url": entry.text("proxy-url") if entry else "",
        "disable-compression": entry.flag("disable-compression") if entry else False,
    }
    return {key: value for key, value in info.items() if value} | {"config": _extension(entry) if entry else None}


def _extension(cluster: Entry) -> object:
    extensions = cluster.value.get("extensions") or []
    if not isinstance(extensions, list) or not all(isinstance(item, dict) for item in extensions):
        raise cluster.wrong("extensions", "must be a list of mappings")
    return next((item.get("extension") for item in extensions if item.get("name") == f"{_GROUP}/exec"), None)


def _interactive(plugin: ExecPlugin) -> bool:
    terminal = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
    if plugin.interactive_mode == "Always" and not terminal:
        raise _failed(plugin, "asks questions (interactiveMode: Always), but standard input is no terminal")
    return terminal and plugin.interactive_mode != "Never"


def _exec_info(plugin: ExecPlugin, *, interactive: bool) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"interactive": interactive}
    if plugin.cluster_info is not None:
        spec["cluster"] = plugin.cluster_info
    return {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}


def _credential(plugin: ExecPlugin, output: bytes) -> Credential:
    try:
        answer = json.loads(output)
    except ValueError as exc:
        raise _failed(plugin, "did not print JSON") from exc
    if not isinstance(answer, dict) or answer.get("kind") != "ExecCredential":
        raise _failed(plugin, "did not print an ExecCredential")
    if answer.get("apiVersion") != plugin.api_version:
        version = answer.get("apiVersion")
        raise _failed(plugin, f"answered with apiVersion {version}, but the kubeconfig says {plugin.api_version}")
    status = answer.get("status") or {}
    if not isinstance(status, dict):
        raise _failed(plugin, "printed a status that is no mapping")
    token, certificate, key = (
        str(status.get(name) or "") for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if bool(certificate) != bool(key):
        raise _failed(plugin, "printed only one of clientCertificateData and clientKeyData")
    if token and not is_token(token):
        raise _failed(plugin, "printed a token of several lines, or of characters that no token has")
    if not token and not certificate:
        raise _failed(plugin, "printed neither a token nor a client certificate")
    return Credential(
        authorization=f"Bearer {token}" if token else None,
        certificate=ClientCertificate(certificate.encode(), key.encode()) if certificate else None,
        expires=_time(plugin, status.get("expirationTimestamp")),
    )


def _time(plugin: ExecPlugin, text: object) -> datetime | None:
    if not text:
        return None
    try:
        # Python 3.10 knows neither Z nor nanoseconds.
        time = datetime.fromisoformat(re.sub(r"\.\d+", "", str(text)).replace("Z", "+00:00"))
    except ValueError as exc:
        raise _failed(plugin, f"printed an expirationTimestamp that is no time: {text}") from exc
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _not_there(plugin: ExecPlugin) -> KubeconfigError:
    program = f'the login program "{plugin.command}" of user "{plugin.user}"'
    if Path(plugin.command).name == plugin.command:
        hint = plugin.install_hint or f'install "{plugin.command}", or put its directory on PATH'
        return KubeconfigError(f"{program} is not installed", hint=hint)
    hint = plugin.install_hint or "correct the command of the user's exec in the kubeconfig"
    return KubeconfigError(f"{program} is not there, or may not be executed", hint=hint)


def _failed(plugin: ExecPlugin, reason: str, stderr: bytes | None = None) -> KubeconfigError:
    words = (stderr or b"").decode("utf-8", "replace").strip().splitlines()
    lines = "".join(f"\n    {line}" for line in words[-10:])
    return KubeconfigError(
        f'the login program "{plugin.command}" of user "{plugin.user}" {reason}{lines}',
        hint=plugin.install_hint or None,
    )
