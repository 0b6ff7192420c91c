from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from kubectl_images.access import Access
from kubectl_images.errors import KubeconfigError
from kubectl_images.exec_plugin import Credential
from kubectl_images.kube_login import CurrentLogin
from kubectl_images.kube_tls import ClientCertificate
from kubectl_images.kubeconfig import Options, load

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


def _access(
    directory: Path,
    script: str,
    *,
    cluster: Mapping[str, Any] | None = None,
    user: Mapping[str, Any] | None = None,
    **spec: Any,
) -> Access:
    """Return the access of a kubeconfig whose user logs in by a Python script."""
    plugin = directory / "plugin.py"
    plugin.write_text(script, encoding="utf-8")
    run: dict[str, Any] = {
        "apiVersion": V1,
        "command": sys.executable,
        "args": [str(plugin)],
        "interactiveMode": "IfAvailable",
        **spec,
    }
    config = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "https://example.com", **(cluster or {})}}],
        "users": [{"name": "jane", "user": {"exec": run, **(user or {})}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "jane"}}],
    }
    file = directory / "config"
    file.write_text(json.dumps(config), encoding="utf-8")
    return load(Options(kubeconfig=str(file)), {"PATH": os.environ["PATH"], "OUTER": "outer"})


def _prints(api_version: str = V1, **status: object) -> str:
    answer = {"kind": "ExecCredential", "apiVersion": api_version, "status": status}
    return f"print({json.dumps(answer)!r})"


# A plugin that prints one value as the token.
_TELL = """\
import json, os, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
token = {expression}
print(json.dumps({{"kind": "ExecCredential", "apiVersion": info["apiVersion"], "status": {{"token": token}}}}))
"""


def _told(access: Access) -> Any:
    authorization = CurrentLogin(access).credential().authorization
    assert authorization is not None
    return json.loads(authorization.removeprefix("Bearer "))


def _error(access: Access) -> KubeconfigError:
    with pytest.raises(KubeconfigError) as caught:
        CurrentLogin(access).credential()
    return caught.value


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_the_plugins_token_is_the_login(tmp_path: Path, version: str) -> None:
    access = _access(tmp_path, _prints(version, token="t"), apiVersion=version)

    assert CurrentLogin(access).credential() == Credential("Bearer t")


def test_the_plugins_client_certificate_is_the_login(tmp_path: Path) -> None:
    access = _access(tmp_path, _prints(clientCertificateData="CERT", clientKeyData="KEY"))

    assert CurrentLogin(access).credential() == Credential(None, ClientCertificate(b"CERT", b"KEY"))


def test_the_plugin_gets_arguments_environment_and_what_to_answer(tmp_path: Path) -> None:
    script = _TELL.format(expression='json.dumps([sys.argv[1:], os.environ["OUTER"], os.environ["INNER"], info])')
    access = _access(tmp_path, script, env=[{"name": "INNER", "value": "inner"}])

    arguments, outer, inner, info = _told(access)

    assert (arguments, outer, inner) == ([], "outer", "inner")
    assert info == {"kind": "ExecCredential", "apiVersion": V1, "spec": {"interactive": False}}


def test_the_plugin_is_told_about_the_cluster_when_it_wants_to_know(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("CA", encoding="utf-8")
    cluster = {
        "certificate-authority": "ca.crt",
        "tls-server-name": "name",
        "proxy-url": "http://p:1",
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}],
    }
    script = _TELL.format(expression="json.dumps(info['spec']['cluster'])")

    told = _told(_access(tmp_path, script, cluster=cluster, provideClusterInfo=True))

    assert told == {
        "server": "https://example.com",
        "tls-server-name": "name",
        "certificate-authority-data": "Q0E=",
        "proxy-url": "http://p:1",
        "config": {"audience": "a"},
    }


def test_a_command_with_a_slash_starts_from_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "login"
    command.write_text(f"#!{sys.executable}\n{_prints(token='t')}\n", encoding="utf-8")
    command.chmod(0o755)

    assert CurrentLogin(_access(tmp_path, "", command="bin/login")).credential() == Credential("Bearer t")


def test_standard_input_is_never_eaten(tmp_path: Path) -> None:
    script = _TELL.format(expression="json.dumps(sys.stdin.read())")
    _access(tmp_path, script)
    program = (
        "import sys\n"
        "from kubectl_images.kube_login import CurrentLogin\n"
        "from kubectl_images.kubeconfig import Options, load\n"
        f"access = load(Options(kubeconfig={str(tmp_path / 'config')!r}), {{}})\n"
        "print(CurrentLogin(access).credential().authorization, sys.stdin.read())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        input="manifest",
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )

    assert done.stdout == 'Bearer "" manifest\n'


def test_a_plugin_that_fails_is_quoted_with_its_hint(tmp_path: Path) -> None:
    script = "import sys\nsys.stderr.write('first\\nyour session has expired\\n')\nsys.exit(3)"

    error = _error(_access(tmp_path, script, installHint="run: cloud login\n"))

    assert str(error) == (
        f'the login program "{sys.executable}" of user "jane" ended with exit code 3\n'
        "    first\n    your session has expired"
    )
    assert error.hint == "run: cloud login"


@pytest.mark.parametrize(
    ("install_hint", "hint"),
    [
        pytest.param("brew install it", "brew install it", id="its-own"),
        pytest.param("", 'install "no-such-login", or put its directory on PATH', id="ours"),
    ],
)
def test_a_plugin_that_is_not_installed_says_how_to_get_it(tmp_path: Path, install_hint: str, hint: str) -> None:
    error = _error(_access(tmp_path, "", command="no-such-login", installHint=install_hint))

    assert str(error) == 'the login program "no-such-login" of user "jane" is not installed'
    assert error.hint == hint


def test_a_plugin_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/interpreter\n", encoding="utf-8")
    broken.chmod(0o755)

    error = _error(_access(tmp_path, "", command=str(broken)))

    assert str(error) == f'the login program "{broken}" of user "jane" cannot be started: No such file or directory'


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("print('hello')", "did not print JSON", id="no-json"),
        pytest.param("print('[]')", "did not print an ExecCredential", id="list"),
        pytest.param('print(\'{"kind": "Status"}\')', "did not print an ExecCredential", id="kind"),
        pytest.param(
            _prints(V1BETA1, token="t"),
            f"answered with apiVersion {V1BETA1}, but the kubeconfig says {V1}",
            id="version",
        ),
        pytest.param(_prints(), "printed neither a token nor a client certificate", id="nothing"),
        pytest.param(
            _prints(clientKeyData="k"), "printed only one of clientCertificateData and clientKeyData", id="half"
        ),
        pytest.param(
            _prints(token="t", expirationTimestamp="soon"),
            "printed an expirationTimestamp that is no time: soon",
            id="time",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(tmp_path: Path, script: str, reason: str) -> None:
    assert str(_error(_access(tmp_path, script))) == f'the login program "{sys.executable}" of user "jane" {reason}'


def test_a_plugin_that_must_ask_needs_a_terminal(tmp_path: Path) -> None:
    error = _error(_access(tmp_path, _prints(token="t"), interactiveMode="Always"))

    assert str(error) == (
        f'the login program "{sys.executable}" of user "jane" asks questions (interactiveMode: Always),'
        " but standard input is no terminal"
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param(
            {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
            'exec of user "jane" in FILE: apiVersion "client.authentication.k8s.io/v1alpha1" is not'
            f" supported; known are {V1} and {V1BETA1}",
            id="version",
        ),
        pytest.param(
            {"interactiveMode": ""},
            'exec of user "jane" in FILE: interactiveMode must be one of Never, IfAvailable, Always',
            id="no-mode",
        ),
        pytest.param({"command": ""}, 'exec of user "jane" in FILE: command is not set', id="no-command"),
        pytest.param({"args": [1]}, 'exec of user "jane" in FILE: args must be a list of strings', id="arguments"),
        pytest.param(
            {"env": [{"name": "A"}]},
            'exec of user "jane" in FILE: env must be a list of name and value, both strings',
            id="environment",
        ),
    ],
)
def test_an_entry_that_is_not_complete_is_refused(tmp_path: Path, spec: Mapping[str, Any], message: str) -> None:
    with pytest.raises(KubeconfigError) as caught:
        _access(tmp_path, "", **spec)

    assert str(caught.value) == message.replace("FILE", str(tmp_path / "config"))


def test_the_old_version_has_a_default_mode(tmp_path: Path) -> None:
    access = _access(tmp_path, _prints(V1BETA1, token="t"), apiVersion=V1BETA1, interactiveMode=None)

    assert CurrentLogin(access).credential() == Credential("Bearer t")


def _counting(directory: Path, expires: str | None) -> Access:
    """Return an access whose plugin's token is the number of its runs."""
    count = str(directory / "count")
    script = (
        "import json, os\n"
        f"with open({count!r}, 'a') as file: file.write('x')\n"
        f"status = {{'token': str(os.path.getsize({count!r})), 'expirationTimestamp': {expires!r}}}\n"
        f"print(json.dumps({{'kind': 'ExecCredential', 'apiVersion': {V1!r}, 'status': status}}))\n"
    )
    return _access(directory, script)


@pytest.mark.parametrize(
    ("age", "tokens"),
    [
        pytest.param(None, ["1", "1"], id="no-end"),
        pytest.param(timedelta(hours=1), ["1", "1"], id="later"),
        pytest.param(timedelta(hours=-1), ["1", "2"], id="over"),
    ],
)
def test_a_credential_is_kept_until_it_expires(tmp_path: Path, age: timedelta | None, tokens: list[str]) -> None:
    expires = (datetime.now(timezone.utc) + age).strftime("%Y-%m-%dT%H:%M:%SZ") if age else None
    login = CurrentLogin(_counting(tmp_path, expires))

    assert [login.credential().authorization for _ in range(2)] == [f"Bearer {token}" for token in tokens]


def test_a_refused_credential_is_replaced_once_for_all(tmp_path: Path) -> None:
    login = CurrentLogin(_counting(tmp_path, None))
    refused = login.credential()

    assert login.renew(refused)
    second = login.credential()
    assert login.renew(refused)

    assert login.credential() is second
    assert second.authorization == "Bearer 2"


def test_a_token_in_the_kubeconfig_cannot_be_renewed() -> None:
    login = CurrentLogin(Access("https://example.com"))

    assert not login.renew(login.credential())


def test_a_credential_is_not_shown_when_it_is_printed() -> None:
    credential = Credential("Bearer hidden", ClientCertificate(b"c", b"hidden"))

    assert "hidden" not in repr(credential)
