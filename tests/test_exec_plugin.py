from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from fake_api_server import FakeApiServer
from login_recorder import TLS, Heard, LoginRecorder
from terminals import on_terminal

from kubectl_images.access import Access
from kubectl_images.errors import KubeconfigError
from kubectl_images.exec_plugin import Credential
from kubectl_images.kube_client import KubeClient
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
    options: Options | None = None,
    server: str = "https://example.com",
    path: str = os.environ["PATH"],
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
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "jane", "user": {"exec": run, **(user or {})}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "jane"}}],
    }
    file = directory / "config"
    file.write_text(json.dumps(config), encoding="utf-8")
    return load(replace(options or Options(), kubeconfig=str(file)), {"PATH": path, "OUTER": "outer"})


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
    authority = "-----BEGIN CERTIFICATE-----\n"
    (tmp_path / "ca.crt").write_text(authority, encoding="utf-8")
    cluster = {
        "certificate-authority": "ca.crt",
        "tls-server-name": "name",
        "proxy-url": "http://p:1",
        "disable-compression": True,
        "extensions": [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}],
    }
    script = _TELL.format(expression="json.dumps(info['spec']['cluster'])")

    told = _told(_access(tmp_path, script, cluster=cluster, provideClusterInfo=True))

    assert told == {
        "server": "https://example.com",
        "tls-server-name": "name",
        "certificate-authority-data": base64.b64encode(authority.encode()).decode(),
        "proxy-url": "http://p:1",
        "disable-compression": True,
        "config": {"audience": "a"},
    }


# What kubectl sets the variable to, for the same kubeconfigs and flags.
@pytest.mark.parametrize(
    ("cluster", "options", "spec"),
    [
        pytest.param(
            {},
            Options(insecure_skip_tls_verify=True),
            {
                "cluster": {"server": "https://example.com", "insecure-skip-tls-verify": True, "config": None},
                "interactive": False,
            },
            id="insecure-flag",
        ),
        pytest.param(
            {"tls-server-name": "a", "certificate-authority": "missing", "extensions": []},
            Options(server="https://other", tls_server_name="b", insecure_skip_tls_verify=True),
            {
                "cluster": {
                    "server": "https://other",
                    "tls-server-name": "b",
                    "insecure-skip-tls-verify": True,
                    "config": None,
                },
                "interactive": False,
            },
            id="flags-before-the-kubeconfig",
        ),
    ],
)
def test_the_plugin_is_told_what_kubectl_would_tell(
    tmp_path: Path, cluster: Mapping[str, Any], options: Options, spec: Mapping[str, Any]
) -> None:
    script = _TELL.format(expression="json.dumps(info)")

    told = _told(_access(tmp_path, script, cluster=cluster, options=options, provideClusterInfo=True))

    assert told == {"kind": "ExecCredential", "apiVersion": V1, "spec": spec}


def test_an_authority_that_the_plugin_cannot_be_told_is_named(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError) as caught:
        _access(tmp_path, "", cluster={"certificate-authority": "gone.crt"}, provideClusterInfo=True)

    assert str(caught.value) == f"certificate authority {tmp_path}/gone.crt cannot be read: No such file or directory"


@pytest.mark.parametrize("extensions", [1, [1]])
def test_extensions_of_another_shape_are_refused(tmp_path: Path, extensions: object) -> None:
    with pytest.raises(KubeconfigError) as caught:
        _access(tmp_path, "", cluster={"extensions": extensions}, provideClusterInfo=True)

    assert str(caught.value) == f'cluster "c" in {tmp_path}/config: extensions must be a list of mappings'


def test_a_program_of_the_current_directory_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = tmp_path / "login"
    command.write_text(f"#!{sys.executable}\n{_prints(token='t')}\n", encoding="utf-8")
    command.chmod(0o755)

    error = _error(_access(tmp_path, "", command="login", path="."))

    assert str(error) == 'the login program "login" of user "jane" is not installed'


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


# A program that logs in and prints who it is then; the standard input is the test's.
_LOGS_IN = """\
import sys
from kubectl_images.kube_login import CurrentLogin
from kubectl_images.kubeconfig import Options, load
print(CurrentLogin(load(Options(kubeconfig=sys.argv[1]), {})).credential().authorization)
"""
# A plugin that says whether it is interactive and what it reads; it asks where somebody can answer.
_ASKS = """\
import json, os, sys
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
if sys.stdin.isatty():
    print("code? ", end="", file=sys.stderr, flush=True)
token = f"{info['spec']['interactive']} {sys.stdin.readline().strip()}"
print(json.dumps({"kind": "ExecCredential", "apiVersion": info["apiVersion"], "status": {"token": token}}))
"""


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        pytest.param("Never", "Bearer False ", id="never"),
        pytest.param("IfAvailable", "Bearer True 1234", id="if-available"),
        pytest.param("Always", "Bearer True 1234", id="always"),
    ],
)
def test_on_a_terminal_a_plugin_asks_if_it_may(tmp_path: Path, mode: str, said: str) -> None:
    _access(tmp_path, _ASKS, interactiveMode=mode)
    command = [sys.executable, "-c", _LOGS_IN, str(tmp_path / "config")]
    environ = {"PYTHONPATH": str(Path(__file__).parent.parent)}

    code, screen = on_terminal(command, environ, wait_for=b"code? ", answer=b"1234\n")

    assert (code, screen.splitlines()[-1]) == (0, said)


def test_what_a_plugin_says_while_it_waits_is_shown_at_once(tmp_path: Path) -> None:
    done = tmp_path / "done"
    script = f"""
import os, sys, time
print("open https://login.example.com", file=sys.stderr, flush=True)
while not os.path.exists({str(done)!r}): time.sleep(0.01)
{_prints(token="t")}
"""
    _access(tmp_path, script)
    command = [sys.executable, "-c", _LOGS_IN, str(tmp_path / "config")]
    environ = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None, "it is a pipe"
        shown = process.stderr.readline()
        done.touch()
        printed, rest = process.communicate()

    assert (shown, rest, printed) == ("open https://login.example.com\n", "", "Bearer t\n")


def _logs_in(directory: Path) -> subprocess.CompletedProcess[str]:
    """Log in by the kubeconfig in a process of its own."""
    command = [sys.executable, "-c", _LOGS_IN, str(directory / "config")]
    environ = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environ)


def test_what_a_plugin_leaves_behind_is_not_waited_for(tmp_path: Path) -> None:
    script = f"""\
import subprocess, sys
# A daemon of the login program, with its standard error.
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], stdout=subprocess.DEVNULL)
with open({str(tmp_path / "pid")!r}, "w") as file:
    file.write(str(child.pid))
print("started an agent", file=sys.stderr)
{_prints(token="t")}
"""
    _access(tmp_path, script)

    done = _logs_in(tmp_path)

    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Bearer t\n", "started an agent\n")


@pytest.mark.parametrize("ends", [True, False])
def test_what_was_shown_at_once_is_not_said_again_in_the_error(tmp_path: Path, ends: bool) -> None:
    go_on = tmp_path / "go-on"
    script = f"""\
import os, sys, time
print("open https://login.example.com", file=sys.stderr, flush=True)
while not os.path.exists({str(go_on)!r}): time.sleep(0.01)
print("too late", file=sys.stderr)
sys.exit({1 if ends else 0})
"""
    _access(tmp_path, script)
    command = [sys.executable, "-c", _LOGS_IN, str(tmp_path / "config")]
    environ = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None, "it is a pipe"
        shown = process.stderr.readline()
        go_on.touch()
        _, rest = process.communicate()

    assert shown == "open https://login.example.com\n"
    assert "login.example.com" not in rest
    assert rest.count("too late") == 1
    assert ("ended with exit code 1\n    too late" if ends else "did not print JSON") in rest


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


def test_a_plugin_that_is_not_where_the_kubeconfig_says_is_named(tmp_path: Path) -> None:
    error = _error(_access(tmp_path, "", command="bin/login"))

    assert str(error) == (
        f'the login program "{tmp_path}/bin/login" of user "jane" is not there, or may not be executed'
    )
    assert error.hint == "correct the command of the user's exec in the kubeconfig"


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(
            {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
            "let the program that wrote the entry write it anew, such as: aws eks update-kubeconfig --name CLUSTER",
            id="version",
        ),
        pytest.param({"interactiveMode": None}, "add interactiveMode: IfAvailable", id="no-mode"),
        pytest.param({"interactiveMode": "never"}, None, id="another-mode"),
    ],
)
def test_an_entry_that_is_not_complete_has_a_way_out(tmp_path: Path, spec: Mapping[str, Any], hint: str | None) -> None:
    with pytest.raises(KubeconfigError) as caught:
        _access(tmp_path, "", **spec)

    assert caught.value.hint == hint


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
        pytest.param(
            _prints(token="s3cr3t\nb"),
            "printed a token of several lines, or of characters that no token has",
            id="two-lines",
        ),
        pytest.param(_prints(), "printed neither a token nor a client certificate", id="nothing"),
        pytest.param(
            _prints(clientKeyData="k"), "printed only one of clientCertificateData and clientKeyData", id="half"
        ),
        pytest.param(
            f'print(\'{{"kind": "ExecCredential", "apiVersion": "{V1}", "status": [1]}}\')',
            "printed a status that is no mapping",
            id="status",
        ),
        pytest.param(
            _prints(token="t", expirationTimestamp=5),
            "printed an expirationTimestamp that is no time: 5",
            id="number",
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


def _counting(directory: Path, expires: str | None, server: str = "https://example.com") -> Access:
    """Return an access whose plugin's token is the number of its runs."""
    count = str(directory / "count")
    script = (
        "import json, os\n"
        f"with open({count!r}, 'a') as file: file.write('x')\n"
        f"status = {{'token': str(os.path.getsize({count!r})), 'expirationTimestamp': {expires!r}}}\n"
        f"print(json.dumps({{'kind': 'ExecCredential', 'apiVersion': {V1!r}, 'status': status}}))\n"
    )
    return _access(directory, script, server=server)


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


@pytest.mark.parametrize(
    "text",
    ["2120-01-02T03:04:05Z", "2120-01-02T03:04:05.123456789Z", "2120-01-02T04:04:05+01:00", "2120-01-02T03:04:05"],
)
def test_a_time_may_be_written_as_programs_in_go_write_it(tmp_path: Path, text: str) -> None:
    credential = CurrentLogin(_access(tmp_path, _prints(token="t", expirationTimestamp=text))).credential()

    assert credential.expires == datetime(2120, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def test_a_plugin_runs_once_for_all_threads(tmp_path: Path) -> None:
    with FakeApiServer(tokens={"1": "admin"}) as server, ThreadPoolExecutor(8) as threads:
        client = KubeClient(_counting(tmp_path, None, server=server.url))
        answers = threads.map(lambda _number: client.request("GET", "/api").status, range(24))

        assert set(answers) == {200}
    assert (tmp_path / "count").read_text(encoding="utf-8") == "x"


def test_a_token_that_the_server_refuses_is_renewed(tmp_path: Path) -> None:
    with FakeApiServer(tokens={"2": "admin"}) as server:
        client = KubeClient(_counting(tmp_path, None, server=server.url))

        assert [client.request("GET", "/api/v1/namespaces").status for _ in range(2)] == [200, 200]
    assert (tmp_path / "count").read_text(encoding="utf-8") == "xx"


def test_a_login_that_the_server_always_refuses_is_renewed_once(tmp_path: Path) -> None:
    with FakeApiServer(tokens={}) as server:
        client = KubeClient(_counting(tmp_path, None, server=server.url))

        assert client.request("GET", "/api/v1/namespaces").status == 401
    assert (tmp_path / "count").read_text(encoding="utf-8") == "xx"


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_a_client_certificate_of_the_plugin_is_shown_to_the_server(tmp_path: Path, version: str) -> None:
    status = {"clientCertificateData": TLS["client_certificate"], "clientKeyData": TLS["client_key"]}
    script = _prints(version, **status)
    with LoginRecorder(tmp_path) as recorder:
        (tmp_path / "ca.crt").write_text(TLS["authority"], encoding="ascii")
        authority = {"certificate-authority": "ca.crt"}
        access = _access(tmp_path, script, cluster=authority, server=recorder.https, apiVersion=version)
        KubeClient(access).request("GET", "/x")

        assert recorder.heard == [Heard("/x", "", (), "tester", "localhost")]


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
