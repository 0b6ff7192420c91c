"""Where programs on the `kubernetes` client for Python go wrong, and where kubectl does not; a test for each.

The numbers are those of the list that the tests were written from; its order is kept.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_api_server import FakeApiServer
from login_recorder import TLS
from terminals import from_sources, on_terminal
from tunnels import Tunnels
from worlds import Done, World

from kubectl_images import kube_tls
from kubectl_images.access import Access, Token
from kubectl_images.cluster import Cluster
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_connections import request_timeout, stream_timeout
from kubectl_images.kube_tls import Trust
from kubectl_images.kubeconfig import Options, load

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: b}\n"
V1 = "client.authentication.k8s.io/v1"
WIDGETS: Mapping[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}
CREATED = Done(0, "configmap/a created\n", "1 object: applied 1, unchanged 0, failed 0\n")


def _config_map(world: World, name: str = "a") -> str:
    return world.write(f"{name}.yaml", CONFIG_MAP % name)


def _kubeconfig(world: World, *, name: str = "own", **parts: Mapping[str, Any]) -> Path:
    """Write a kubeconfig to the world's server as somebody who may do everything; the parts replace its own."""
    config = {
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": world.server.url, **parts.get("cluster", {})}}],
        "users": [{"name": name, "user": parts.get("user", {"token": "fake-token"})}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **parts.get("context", {})}}],
    }
    file = world.directory / "configs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


def _deployed(world: World, *files: Path | str, name: str = "a", **environ: str) -> Done:
    """Deploy a ConfigMap with these files as KUBECONFIG."""
    world.environ |= {"KUBECONFIG": os.pathsep.join(map(str, files)), **environ}
    return world.run("deploy", "-f", _config_map(world, name))


def _paths(server: FakeApiServer) -> list[str]:
    return [request.path for request in server.requests]


def _plugin(world: World, script: str, name: str = "login", **spec: Any) -> Mapping[str, Any]:
    """Write a login program beside the kubeconfig, and return the user that logs in by it."""
    file = world.directory / "configs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return {"exec": {"apiVersion": V1, "command": f"./{name}", "interactiveMode": "IfAvailable", **spec}}


def _token(token: str = "fake-token") -> str:
    answer = {"kind": "ExecCredential", "apiVersion": V1, "status": {"token": token}}
    return f"echo '{json.dumps(answer)}'"


# Runs the command line and tells afterwards what was written where, and what was imported.
_WATCHED = """\
import atexit, json, os, sys
written = []
def watch(event, values):
    if event == "open" and isinstance(values[0], str) and values[2] & (os.O_WRONLY | os.O_RDWR):
        written.append(values[0])
def tell():
    report = {"written": list(written), "modules": sorted(sys.modules)}
    with open(os.environ["REPORT"], "w") as file:
        json.dump(report, file)
atexit.register(tell)
sys.addaudithook(watch)
from kubectl_images.cli import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Watched:
    """What a command line of a process of its own did: its end, the files that it wrote to, the modules it imported."""

    done: Done
    written: list[str]
    modules: list[str]


def _watched(world: World, *argv: str, stdin: str = "", **environ: str) -> Watched:
    report = world.directory / "report"
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, *argv],
        input=stdin,
        env={**world.all_environ(), **_OWN_PROCESS, "REPORT": str(report), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(report.read_text(encoding="utf-8"))
    return Watched(Done(done.returncode, done.stdout, done.stderr), told["written"], told["modules"])


_OWN_PROCESS = {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def tls(fakes: World) -> Iterator[FakeApiServer]:
    """An API server that shows a certificate for localhost and api.example.test, and asks for one."""
    for name in TLS:
        (fakes.directory / name).write_text(TLS[name], encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(fakes.directory / "server_certificate", fakes.directory / "server_key")
    context.load_verify_locations(cadata=TLS["authority"])
    context.verify_mode = ssl.CERT_OPTIONAL
    with FakeApiServer(tls=context) as server:
        yield server


def _cluster(server: FakeApiServer, url: str | None = None, **more: str) -> Mapping[str, Any]:
    return {"server": url or server.url, "certificate-authority": "../authority", **more}


def _widget(world: World, name: str, kind: str = "Widget") -> str:
    """Write an object of a kind that is not built in; the cluster serves Widgets."""
    world.server.put(dict(WIDGETS))
    text = f"apiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    return world.write(f"{kind}-{name}.yaml", text)


# 1
def test_the_first_file_that_sets_the_current_context_wins(fakes: World) -> None:
    first = _kubeconfig(fakes, name="first")
    with FakeApiServer() as other:
        second = _kubeconfig(fakes, name="second", cluster={"server": other.url})

        assert _deployed(fakes, first, second) == CREATED
        assert _paths(other) == []


# 2
def test_empty_and_missing_files_count_as_nothing(fakes: World) -> None:
    assert _deployed(fakes, fakes.write("empty", ""), fakes.directory / "missing", _kubeconfig(fakes)) == CREATED


def test_an_empty_kubeconfig_variable_means_the_file_at_home(fakes: World) -> None:
    fakes.write(".kube/config", _kubeconfig(fakes).read_text(encoding="utf-8"))

    assert _deployed(fakes, "") == CREATED


# 3
def test_a_list_of_files_in_a_pod_leads_to_the_kubeconfigs_cluster_and_prints_nothing(
    fakes: World, capfd: pytest.CaptureFixture[str]
) -> None:
    (fakes.directory / "token").write_text("of-the-pod", encoding="utf-8")
    environ = {
        "KUBECONFIG": f"{fakes.directory / 'missing'}{os.pathsep}{_kubeconfig(fakes)}",
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
    }

    access = load(Options(), environ, service_account=fakes.directory)

    assert (access.server, access.login) == (fakes.server.url, Token("fake-token"))
    assert capfd.readouterr() == ("", "")


# 4
def test_the_namespace_and_the_impersonation_of_the_kubeconfig_count(fakes: World) -> None:
    user = {"token": "fake-token", "as": "jane", "as-groups": ["dev"], "as-user-extra": {"scope": ["few"]}}

    assert _deployed(fakes, _kubeconfig(fakes, user=user, context={"namespace": "kube-public"})) == CREATED

    request = fakes.server.requests[-1]
    assert request.path == "/api/v1/namespaces/kube-public/configmaps/a"
    assert {name: value for name, value in request.headers.items() if name.startswith("impersonate")} == {
        "impersonate-user": "jane",
        "impersonate-group": "dev",
        "impersonate-extra-scope": "few",
    }


# 5
def test_a_login_program_that_fails_ends_the_command_with_its_words_and_nobody_is_asked(fakes: World) -> None:
    user = _plugin(fakes, "echo 'session is over' >&2; exit 3", installHint="cloud login")

    done = _deployed(fakes, _kubeconfig(fakes, user=user))

    command = f"{fakes.directory}/configs/login"
    assert done == Done(
        1,
        "",
        f'error: the login program "{command}" of user "own" ended with exit code 3\n'
        "    session is over\nhint: cloud login\n",
    )
    assert fakes.server.requests == []


# 6
def test_a_manifest_on_standard_input_is_not_eaten_by_a_login_program(fakes: World) -> None:
    user = _plugin(fakes, f"cat > {fakes.directory}/eaten; {_token()}")
    fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, user=user))

    watched = _watched(fakes, "deploy", "-f", "-", stdin=CONFIG_MAP % "a")

    assert watched.done == CREATED
    assert (fakes.directory / "eaten").read_text(encoding="utf-8") == ""


# 7
def test_a_login_program_that_fails_on_a_terminal_is_an_error_in_words(fakes: World) -> None:
    user = _plugin(fakes, "echo 'session is over' >&2; exit 3")
    fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, user=user))

    code, screen = on_terminal(
        [*from_sources(), "deploy", "-f", _config_map(fakes)], {**fakes.all_environ(), "NO_COLOR": "1"}
    )

    command = f"{fakes.directory}/configs/login"
    assert code == 1
    assert screen.splitlines()[-2:] == [
        "session is over",
        f'error: the login program "{command}" of user "own" ended with exit code 3',
    ]


# 8
def test_a_login_program_is_the_kubeconfigs_neighbour_and_runs_once_without_a_shell(fakes: World) -> None:
    script = f'echo "$1" >> {fakes.directory}/runs; {_token()}'
    user = _plugin(fakes, script, args=["$(touch x); *"])
    fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, user=user))
    files = [part for name in "abcd" for part in ("-f", _config_map(fakes, name))]

    assert fakes.run("deploy", *files).code == 0

    assert (fakes.directory / "runs").read_text(encoding="utf-8") == "$(touch x); *\n"


# 9
def test_the_kubeconfigs_proxy_url_is_the_way_to_the_cluster(fakes: World, tls: FakeApiServer) -> None:
    with Tunnels({"api.example.test:443": tls.url.removeprefix("https://")}) as proxy:
        cluster = _cluster(tls, "https://api.example.test", **{"proxy-url": proxy.url})

        assert _deployed(fakes, _kubeconfig(fakes, cluster=cluster), NO_PROXY="*") == CREATED
        assert set(proxy.asked) == {"api.example.test:443"}


# 10
def test_the_proxy_for_https_is_used_for_https_and_no_proxy_is_heard(fakes: World, tls: FakeApiServer) -> None:
    with Tunnels({"api.example.test:443": tls.url.removeprefix("https://")}) as proxy, Tunnels({}) as other:
        file = _kubeconfig(fakes, cluster=_cluster(tls, "https://api.example.test"))
        proxies = {"HTTPS_PROXY": proxy.url, "HTTP_PROXY": other.url}

        assert _deployed(fakes, file, **proxies) == CREATED
        asked = list(proxy.asked)
        directly = _deployed(fakes, file, **proxies, NO_PROXY=".example.test")

    assert set(asked) == {"api.example.test:443"}
    assert (directly.code, other.asked, proxy.asked) == (1, [], asked)
    assert "API server https://api.example.test" in directly.err


# 11
def test_the_certificate_is_compared_with_the_tls_server_name(fakes: World, tls: FakeApiServer) -> None:
    url = tls.url.replace("localhost", "127.0.0.1")

    refused = _deployed(fakes, _kubeconfig(fakes, cluster=_cluster(tls, url)))
    named = {"tls-server-name": "api.example.test"}
    done = _deployed(fakes, _kubeconfig(fakes, cluster=_cluster(tls, url, **named)))

    assert (refused.code, done) == (1, CREATED)
    assert "is not trusted" in refused.err


# 12
def test_an_old_oidc_login_is_refused_and_its_issuer_never_asked(fakes: World) -> None:
    with FakeApiServer() as issuer:
        settings = {"idp-issuer-url": issuer.url, "client-id": "c", "refresh-token": "hidden", "id-token": "hidden"}
        file = _kubeconfig(fakes, user={"auth-provider": {"name": "oidc", "config": settings}})

        done = _deployed(fakes, file)

        assert done == Done(
            1,
            "",
            f'error: user "own" in {file} logs in by the old auth-provider "oidc", which is not supported\n'
            "hint: use the exec plugin kubectl oidc-login: https://github.com/int128/kubelogin\n",
        )
        assert (_paths(issuer), _paths(fakes.server)) == ([], [])


# 13
def test_the_kubeconfig_is_never_written(fakes: World) -> None:
    file = _kubeconfig(fakes, user=_plugin(fakes, _token()))
    file.write_text(f"# mine\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    fakes.environ["KUBECONFIG"] = str(file)
    before = (file.read_bytes(), file.stat().st_mtime_ns)

    watched = _watched(fakes, "deploy", "-f", _config_map(fakes))

    assert (watched.done, file.read_bytes(), file.stat().st_mtime_ns) == (CREATED, *before)
    assert str(file) not in watched.written


# 14
def test_keys_of_the_kubeconfig_are_written_to_no_file(fakes: World, tls: FakeApiServer) -> None:
    data = {name: base64.b64encode(TLS[name].encode()).decode() for name in TLS}
    cluster = {"server": tls.url, "certificate-authority-data": data["authority"]}
    login = {"client-certificate-data": data["client_certificate"], "client-key-data": data["client_key"]}
    user = {**login, "token": "fake-token"}
    fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, cluster=cluster, user=user))

    watched = _watched(fakes, "deploy", "-f", _config_map(fakes))

    assert (watched.done, watched.written) == (CREATED, [])


# 15
def test_what_the_cluster_serves_is_kept_in_no_shared_directory(fakes: World) -> None:
    temporary = fakes.directory / "temporary"
    temporary.mkdir()
    home = fakes.directory / "home"

    watched = _watched(fakes, "deploy", "-f", _widget(fakes, "a"), TMPDIR=str(temporary), HOME=str(home))

    assert watched.done.code == 0, watched.done.err
    assert list(temporary.iterdir()) == []
    assert [name for name in watched.written if not name.startswith(f"{home}/.cache/kubectl-images/")] == []
    assert {file.stat().st_mode & 0o077 for file in (home / ".cache" / "kubectl-images").rglob("*")} == {0}


# 16
def test_a_damaged_cache_is_not_worth_a_word(fakes: World) -> None:
    fakes.run("deploy", "-f", _widget(fakes, "a"))
    caches = [file for file in (fakes.directory / ".cache").rglob("*") if file.is_file()]
    for file in caches:
        file.write_bytes(file.read_bytes()[:20])

    done = fakes.run("deploy", "-f", _widget(fakes, "b"))

    assert caches != []
    assert done == Done(0, "widget.example.com/b created\n", "1 object: applied 1, unchanged 0, failed 0\n")


# 17
def test_core_kinds_need_no_requests_to_other_groups(fakes: World) -> None:
    assert _deployed(fakes, _kubeconfig(fakes)) == CREATED

    assert set(_paths(fakes.server)) == {"/api/v1/namespaces/default/configmaps/a"}


# 18
def test_an_unknown_kind_is_looked_for_once_however_many_objects_are_of_it(fakes: World) -> None:
    asked = []
    for names in ("a", "abcde"):
        files = [part for name in names for part in ("-f", _widget(fakes, name, kind="Gadget"))]
        fakes.server.requests.clear()
        assert fakes.run("deploy", *files).code == 1
        asked.append([path for path in _paths(fakes.server) if "/namespaces/" not in path])

    assert asked[0] == asked[1]
    assert 0 < len(asked[0]) <= 4


# 19
def test_nothing_is_asked_before_it_is_needed(fakes: World) -> None:
    Cluster(fakes.access())
    rendered = fakes.run("render", "-f", _config_map(fakes))
    wrong = fakes.run("deploy", "-f", fakes.write("wrong.yaml", "a: [\n"))

    assert (rendered.code, wrong.code, fakes.server.requests) == (0, 1, [])


# 20
def test_an_apply_is_strict_about_fields_and_goes_to_the_contexts_namespace(fakes: World) -> None:
    assert _deployed(fakes, _kubeconfig(fakes, context={"namespace": "kube-public"})) == CREATED

    (request,) = [request for request in fakes.server.requests if request.method == "PATCH"]
    assert request.path == "/api/v1/namespaces/kube-public/configmaps/a"
    assert request.headers["content-type"] == "application/apply-patch+yaml"
    assert request.query == {"fieldManager": "kubectl-images", "fieldValidation": "Strict", "force": "false"}


# 21
def test_a_server_that_never_answers_is_given_up(fakes: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, cluster={"server": url}))

        done = fakes.run("deploy", "--request-timeout=200ms", "-f", _config_map(fakes))

    assert (done.code, "did not answer within 0.2 s" in done.err) == (1, True)


def test_no_request_waits_for_ever_where_nobody_says_so() -> None:
    for timeout in (request_timeout(Access("https://example.com")), stream_timeout(30.0)):
        assert isinstance(timeout.connect_timeout, int | float)
        assert isinstance(timeout.read_timeout, int | float)


# 22
def test_an_authority_without_key_usage_is_trusted_though_python_became_stricter(
    fakes: World, tls: FakeApiServer
) -> None:
    strict = ssl.create_default_context(cadata=TLS["authority"])
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    port = int(tls.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection, pytest.raises(ssl.SSLCertVerificationError):
        strict.wrap_socket(connection, server_hostname="localhost")

    assert _deployed(fakes, _kubeconfig(fakes, cluster=_cluster(tls))) == CREATED
    assert not kube_tls.context(Trust(TLS["authority"].encode()), None).verify_flags & ssl.VERIFY_X509_STRICT


# 23
def test_a_whole_deploy_imports_little(fakes: World) -> None:
    watched = _watched(fakes, "deploy", "-f", _config_map(fakes))

    imported = {name.partition(".")[0] for name in watched.modules}
    of_the_client = {"kubernetes", "requests", "requests_oauthlib", "oauthlib", "certifi", "charset_normalizer", "idna"}
    of_the_client |= {"six", "dateutil", "durationpy", "websocket", "google", "aiohttp", "pydantic"}
    assert (watched.done, imported & of_the_client) == (CREATED, set())
    assert len(watched.modules) < 500


# 24
def test_without_an_authority_in_the_kubeconfig_the_systems_are_trusted(fakes: World, tls: FakeApiServer) -> None:
    fakes.environ["KUBECONFIG"] = str(_kubeconfig(fakes, cluster={"server": tls.url}))

    refused = _watched(fakes, "deploy", "-f", _config_map(fakes)).done
    done = _watched(fakes, "deploy", "-f", _config_map(fakes), SSL_CERT_FILE=str(fakes.directory / "authority")).done

    assert (refused.code, "is not trusted" in refused.err, done) == (1, True, CREATED)


# 25
def test_in_a_pod_the_renewed_token_the_namespace_and_an_ipv6_address_are_used(
    fakes: World, tls: FakeApiServer
) -> None:
    account = fakes.directory / "account"
    account.mkdir()
    for name, text in (("token", "fake-token"), ("namespace", "kube-public\n"), ("ca.crt", TLS["authority"])):
        (account / name).write_text(text, encoding="ascii")
    port = tls.url.rpartition(":")[2]
    environ = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port}
    access = load(Options(tls_server_name="localhost"), environ, service_account=account)
    client = KubeClient(access)
    first = client.request("GET", "/api/v1/namespaces")
    tls.tokens = {"renewed": "admin"}
    (account / "token").write_text("renewed", encoding="ascii")
    second = client.request("GET", "/api/v1/namespaces")

    over_ipv6 = load(Options(), {**environ, "KUBERNETES_SERVICE_HOST": "fd00::1"}, service_account=account)

    assert (first.status, second.status) == (200, 200)
    assert (access.namespace, over_ipv6.server) == ("kube-public", f"https://[fd00::1]:{port}")
