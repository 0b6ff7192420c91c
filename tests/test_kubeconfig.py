from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kubectl_images.access import Access, Password, Token, TokenFile
from kubectl_images.errors import KubeconfigError
from kubectl_images.kube_tls import ClientCertificate, Trust
from kubectl_images.kubeconfig import Options, context_namespace, load
from kubectl_images.proxies import Proxy

SERVER = "https://one.example.com:6443"


def _write(
    file: Path,
    *,
    current: str = "one",
    cluster: Mapping[str, Any] | None = None,
    user: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    name: str = "one",
) -> Path:
    """Write a kubeconfig whose context, cluster and user have the same name."""
    config = {
        "current-context": current,
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example.com:6443", **(cluster or {})}}],
        "users": [{"name": name, "user": user or {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, **(context or {})}}],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


def _environ(*files: Path | str, **more: str) -> Mapping[str, str]:
    return {"KUBECONFIG": os.pathsep.join(map(str, files)), **more}


def _load(file: Path, options: Options | None = None, **environ: str) -> Access:
    return load(options or Options(), _environ(file, **environ))


def _error(options: Options, environ: Mapping[str, str]) -> KubeconfigError:
    with pytest.raises(KubeconfigError) as caught:
        load(options, environ)
    return caught.value


# Which files count.


def test_the_first_file_that_sets_the_current_context_wins(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", current="", name="one")
    second = _write(tmp_path / "second", current="two", name="two")
    third = _write(tmp_path / "third", current="three", name="three")

    access = load(Options(), _environ(first, second, third))

    assert (access.context, access.server) == ("two", "https://two.example.com:6443")


def test_the_first_file_that_names_an_entry_wins_as_a_whole(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", user={"token": "first"})
    second = _write(
        tmp_path / "second",
        cluster={"server": "https://other", "tls-server-name": "x"},
        user={"token": "second", "as": "me"},
        context={"namespace": "second"},
    )

    access = load(Options(), _environ(first, second))

    assert access == Access(SERVER, "default", "one", "one", login=Token("first"))


def test_missing_and_empty_files_are_skipped(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("", encoding="utf-8")
    comments = tmp_path / "comments"
    comments.write_text("# nothing\n---\n", encoding="utf-8")
    file = _write(tmp_path / "config")

    assert load(Options(), _environ(tmp_path / "missing", empty, comments, "", file)).context == "one"


@pytest.mark.parametrize("environ", [{}, {"KUBECONFIG": ""}], ids=["not-set", "empty"])
def test_without_kubeconfig_the_one_at_home_counts(tmp_path: Path, environ: Mapping[str, str]) -> None:
    _write(tmp_path / ".kube" / "config")

    assert load(Options(), {**environ, "HOME": str(tmp_path)}).context == "one"


def test_the_flag_names_one_file_and_beats_the_environment(tmp_path: Path) -> None:
    first = _write(tmp_path / "first", name="one")
    second = _write(tmp_path / "second", current="two", name="two")

    assert load(Options(kubeconfig=str(second)), _environ(first)).context == "two"


def test_the_file_of_the_flag_must_exist(tmp_path: Path) -> None:
    missing = f"{tmp_path}/a{os.pathsep}b"

    error = _error(Options(kubeconfig=missing), {})

    assert str(error) == f"kubeconfig {missing} does not exist"
    assert error.hint == f"--kubeconfig takes one file; several can be named together with KUBECONFIG={missing}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param(
            "gone",
            "name another file with --kubeconfig, or leave it out to use KUBECONFIG or ~/.kube/config",
            id="gone",
        ),
        pytest.param("~/config", 'the shell left ~ as it is; write "$HOME/config"', id="home"),
    ],
)
def test_a_missing_file_has_a_way_out(name: str, hint: str) -> None:
    assert _error(Options(kubeconfig=name), {}).hint == hint


def test_a_file_that_cannot_be_opened_is_named_once(tmp_path: Path) -> None:
    assert str(_error(Options(), _environ(tmp_path))) == f"kubeconfig {tmp_path} cannot be read: Is a directory"


def test_without_any_kubeconfig_the_error_says_where_one_is_looked_for(tmp_path: Path) -> None:
    error = _error(Options(), {"HOME": str(tmp_path)})

    assert str(error) == f"no kubeconfig names a cluster (looked at {tmp_path}/.kube/config)"
    assert error.hint == "name one with --kubeconfig FILE, or set KUBECONFIG"


def test_without_a_home_there_is_no_file_to_look_at() -> None:
    message = "no kubeconfig names a cluster (looked at no file: KUBECONFIG and HOME name none)"

    assert str(_error(Options(), {})) == message
    assert str(_error(Options(), {"KUBECONFIG": os.pathsep, "HOME": "/home"})) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- a\n", "FILE is no kubeconfig: it does not hold a mapping", id="list"),
        pytest.param("users: [1]\n", "FILE: each of users must be a mapping with a name", id="no-name"),
        pytest.param("users: [{name: 1}]\n", "FILE: user 1: its name must be a string", id="number-for-name"),
        pytest.param("users: [{name: a}, {name: a}]\n", 'FILE: user "a" is there twice', id="twice"),
        pytest.param(
            "kind: Deployment\napiVersion: apps/v1\n",
            "FILE is no kubeconfig: it holds kind Deployment of apps/v1, not Config of v1",
            id="another-kind",
        ),
        pytest.param("users: [{name: a, user: 1}]\n", 'FILE: user "a" must be a mapping', id="not-a-mapping"),
        pytest.param("users: 1\n", "FILE: users must be a list", id="not-a-list"),
        pytest.param(
            "current-context: 1\n", 'kubeconfig "FILE" in FILE: current-context must be a string', id="number"
        ),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config"
    file.write_text(text, encoding="utf-8")

    assert str(_error(Options(), _environ(file))) == message.replace("FILE", str(file))


def test_broken_yaml_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("a: [\n", encoding="utf-8")

    assert str(_error(Options(), _environ(file))).startswith(f"kubeconfig cannot be read: {file}:")


def test_a_file_that_is_no_text_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_bytes(b"\xff\xfe\x00")

    assert str(_error(Options(), _environ(file))) == f"kubeconfig {file} cannot be read: it is not UTF-8 text"


# What is chosen.


def test_context_cluster_and_user_can_be_chosen_by_flag(tmp_path: Path) -> None:
    one = _write(tmp_path / "one", user={"token": "1"}, context={"namespace": "ns-one"})
    two = _write(tmp_path / "two", name="two", user={"token": "2"}, context={"namespace": "ns-two"})
    environ = _environ(one, two)

    assert load(Options(context="two"), environ) == Access(
        "https://two.example.com:6443", "ns-two", "two", "two", login=Token("2")
    )
    assert load(Options(cluster="two"), environ) == Access(
        "https://two.example.com:6443", "ns-one", "one", "one", login=Token("1"), flags=("--cluster=two",)
    )
    assert load(Options(user="two"), environ) == Access(
        SERVER, "ns-one", "one", "two", login=Token("2"), flags=("--user=two",)
    )


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        pytest.param(
            Options(context="x"),
            'context "x" is not in the kubeconfig\n    known contexts: one, two',
            "--context takes one of: one, two",
            id="context",
        ),
        pytest.param(
            Options(cluster="x"),
            'cluster "x" is not in the kubeconfig\n    known clusters: one, two',
            "--cluster takes one of: one, two",
            id="cluster",
        ),
        pytest.param(
            Options(user="x"),
            'user "x" is not in the kubeconfig\n    known users: one, two',
            "--user takes one of: one, two",
            id="user",
        ),
    ],
)
def test_a_name_that_is_not_known_lists_the_known_ones(
    tmp_path: Path, options: Options, message: str, hint: str
) -> None:
    environ = _environ(_write(tmp_path / "two", name="two"), _write(tmp_path / "one"))

    error = _error(options, environ)

    assert (str(error), error.hint) == (message, hint)


@pytest.mark.parametrize("section", ["cluster", "user"])
def test_a_context_that_names_what_is_missing_says_so(tmp_path: Path, section: str) -> None:
    file = _write(tmp_path / "one", context={section: "gone"})

    error = _error(Options(), _environ(file))

    assert str(error) == (
        f'context "one" in {file} names {section} "gone", which is not in the kubeconfig\n    known {section}s: one'
    )
    assert error.hint == f"correct the context, or choose another one with --context, or a {section} with --{section}"


def test_the_flags_of_the_connection_are_kept_for_further_commands(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", name="one")
    options = Options(
        kubeconfig=str(file),
        context="one",
        namespace="n",
        token="geheim",
        as_user="jane",
        as_groups=("a", "b"),
        as_uid="7",
        tls_server_name="s",
        insecure_skip_tls_verify=True,
        request_timeout_s=5,
    )

    access = load(options, {})

    assert access.flags == (
        f"--kubeconfig={file}",
        "--as=jane",
        "--as-group=a",
        "--as-group=b",
        "--as-uid=7",
        "--tls-server-name=s",
        "--insecure-skip-tls-verify=true",
    )
    assert access.token_is_typed


def test_a_context_without_any_kubeconfig_is_not_known(tmp_path: Path) -> None:
    error = _error(Options(context="x"), {"HOME": str(tmp_path)})

    assert (str(error), error.hint) == ('context "x" is not in the kubeconfig\n    known contexts: none', None)


def test_without_a_current_context_one_must_be_chosen(tmp_path: Path) -> None:
    error = _error(Options(), _environ(_write(tmp_path / "one", current="")))

    assert str(error) == "no context is chosen: the kubeconfig sets no current-context\n    known contexts: one"
    assert error.hint == "choose one with --context NAME, or for good: kubectl config use-context NAME"


def test_a_current_context_that_is_not_known_lists_the_known_ones(tmp_path: Path) -> None:
    error = _error(Options(), _environ(_write(tmp_path / "one", current="two")))

    assert str(error) == 'current-context "two" is not in the kubeconfig\n    known contexts: one'
    assert error.hint == "choose one with --context NAME, or for good: kubectl config use-context NAME"


def test_a_server_by_flag_that_is_no_url_has_a_way_out(tmp_path: Path) -> None:
    error = _error(Options(server="10.0.0.1:x"), _environ(_write(tmp_path / "one")))

    assert str(error) == 'server "10.0.0.1:x" is no http or https URL'
    assert error.hint == "write it like https://cluster.example.com:6443"


def test_a_server_by_flag_needs_no_kubeconfig(tmp_path: Path) -> None:
    access = load(Options(server="http://127.0.0.1:8001/", token="t"), {"HOME": str(tmp_path)})

    assert access == Access(
        "http://127.0.0.1:8001", login=Token("t"), flags=("--server=http://127.0.0.1:8001/",), token_is_typed=True
    )


def test_a_server_by_flag_keeps_the_rest_of_the_context_but_not_its_tls_name(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", cluster={"tls-server-name": "name"}, user={"token": "t"})

    access = _load(file, Options(server="https://127.0.0.1:1"))

    flags = ("--server=https://127.0.0.1:1",)
    assert access == Access("https://127.0.0.1:1", "default", "one", "one", Trust(), Token("t"), flags=flags)


@pytest.mark.parametrize(
    ("written", "server"),
    [
        pytest.param("https://example.com/k8s/clusters/c-1/", "https://example.com/k8s/clusters/c-1", id="path"),
        pytest.param("example.com:8080", "http://example.com:8080", id="no-scheme"),
        pytest.param("https://[::1]:6443", "https://[::1]:6443", id="ipv6"),
        pytest.param("HTTPS://Example.COM:6443/K8s", "https://example.com:6443/K8s", id="upper-case"),
    ],
)
def test_the_server_is_a_url(tmp_path: Path, written: str, server: str) -> None:
    assert _load(_write(tmp_path / "one", cluster={"server": written})).server == server


def test_a_server_without_scheme_is_https_when_it_has_an_authority(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", cluster={"server": "example.com", "certificate-authority": "ca.crt"})

    assert _load(file).server == "https://example.com"


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        pytest.param(
            {"server": "ftp://a"}, 'server "ftp://a" of cluster "one" in FILE is no http or https URL', id="scheme"
        ),
        pytest.param(
            {"server": "https://"}, 'server "https://" of cluster "one" in FILE is no http or https URL', id="no-host"
        ),
        pytest.param(
            {"server": "https//a"}, 'server "https//a" of cluster "one" in FILE is no http or https URL', id="slip"
        ),
        pytest.param(
            {"server": "https://me:s3cr3t@a:6443"},
            'server of cluster "one" in FILE has a login in its URL, where none is sent',
            id="login",
        ),
        pytest.param(
            {"server": "https://me:s3/cr?3t@a:6443"},
            'server of cluster "one" in FILE has a login in its URL, where none is sent',
            id="odd-login",
        ),
        pytest.param(
            {"server": "https://a:6443?token=s3cr3t"},
            'server "https://a:6443?..." of cluster "one" in FILE is no URL of a server: it has a ?',
            id="query",
        ),
        pytest.param(
            {"server": "https://a:6443/#b"},
            'server "https://a:6443/#..." of cluster "one" in FILE is no URL of a server: it has a #',
            id="fragment",
        ),
        pytest.param({"server": ""}, 'cluster "one" in FILE has no server\n    known clusters: one', id="no-server"),
        pytest.param({"server": 1}, 'cluster "one" in FILE: server must be a string', id="number"),
        pytest.param(
            {"insecure-skip-tls-verify": "yes"},
            'cluster "one" in FILE: insecure-skip-tls-verify must be true or false',
            id="text-for-boolean",
        ),
        pytest.param(
            {"insecure-skip-tls-verify": True, "certificate-authority": "a"},
            'cluster "one" in FILE: insecure-skip-tls-verify cannot be true when a certificate authority is set',
            id="insecure-with-authority",
        ),
        pytest.param(
            {"certificate-authority-data": "%%"},
            'cluster "one" in FILE: certificate-authority-data is not base64',
            id="not-base64",
        ),
        pytest.param(
            {"proxy-url": "socks5://proxy:1080"},
            'cluster "one" in FILE: proxy-url must be an http:// or https:// URL; other proxies are not supported',
            id="socks",
        ),
        pytest.param(
            {"proxy-url": "http://user:s3cr3t@[::1"},
            'cluster "one" in FILE: proxy-url must be an http:// or https:// URL; other proxies are not supported',
            id="broken-proxy",
        ),
    ],
)
def test_a_cluster_that_cannot_be_used_says_why(tmp_path: Path, cluster: Mapping[str, Any], message: str) -> None:
    file = _write(tmp_path / "one", cluster=cluster)

    assert str(_error(Options(), _environ(file))) == message.replace("FILE", str(file))


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        pytest.param("users:\n- user:\n    token: s3cr3t: x\n", 3, ["token: ***"], id="value"),
        pytest.param("users:\n- {name: a, user: {token: s3cr3t\n", 3, [], id="flow"),
        pytest.param('users:\n- user:\n    token: "s3cr3t\n', 3, ["token: ***"], id="quote"),
        pytest.param("users:\n- user:\n    token: a\n  s3cr3t\n", 4, ["***"], id="no-key"),
        pytest.param("users:\n- user:\n    token: *s3cr3t\n", 3, ["token: ***"], id="alias"),
        pytest.param('{"users": [{"user": {"token": "s3cr3t" "b"}}]}', 1, ['{"users": ***'], id="json"),
    ],
)
def test_an_error_in_a_kubeconfig_shows_no_value(tmp_path: Path, text: str, line: int, shown: list[str]) -> None:
    file = tmp_path / "one"
    file.write_text(text, encoding="utf-8")

    message = str(_error(Options(), _environ(file)))

    first, *lines = message.splitlines()
    assert first.startswith(f"kubeconfig cannot be read: {file}:{line}: ")
    assert [one.strip() for one in lines[:1]] == shown
    assert "s3cr3t" not in message


@pytest.mark.parametrize(("key", "value", "hint"), [("server", 1, "write it in quotes"), ("server", [], None)])
def test_a_number_for_a_text_has_a_way_out(tmp_path: Path, key: str, value: object, hint: str | None) -> None:
    assert _error(Options(), _environ(_write(tmp_path / "one", cluster={key: value}))).hint == hint


def test_flags_for_the_authority_and_against_verification_exclude_each_other(tmp_path: Path) -> None:
    options = Options(certificate_authority="ca", insecure_skip_tls_verify=True)

    error = _error(options, _environ(_write(tmp_path / "one")))

    assert str(error) == "--certificate-authority and --insecure-skip-tls-verify exclude each other"
    assert error.hint == "leave out --insecure-skip-tls-verify"


# TLS and logins.


@pytest.mark.parametrize(
    ("server", "is_sent"),
    [
        pytest.param("http://cluster.example.com", False, id="http"),
        pytest.param("http://127.0.0.1:8001", True, id="this-machine"),
        pytest.param("https://cluster.example.com", True, id="https"),
    ],
)
def test_no_login_is_sent_where_others_can_read_it(tmp_path: Path, server: str, is_sent: bool) -> None:
    user = {"token": "t", "client-certificate": "c", "client-key": "k"}

    access = _load(_write(tmp_path / "one", cluster={"server": server}, user=user))

    assert access.login_is_withheld is not is_sent
    assert [access.login is not None, access.certificate is not None] == [is_sent, is_sent]


def test_relative_paths_start_from_the_file_that_names_them(tmp_path: Path) -> None:
    file = _write(
        tmp_path / "there" / "config",
        cluster={"certificate-authority": "pki/ca.crt"},
        user={"client-certificate": "me.crt", "client-key": "/keys/me.key", "tokenFile": "../token"},
    )

    access = _load(file)

    there = tmp_path / "there"
    assert access.trust == Trust(there / "pki" / "ca.crt")
    assert access.certificate == ClientCertificate(there / "me.crt", Path("/keys/me.key"))
    assert access.login == TokenFile(there / ".." / "token")


def test_data_in_the_kubeconfig_beats_files(tmp_path: Path) -> None:
    encoded = {name: base64.b64encode(name.encode()).decode() for name in ("ca", "certificate", "key")}
    file = _write(
        tmp_path / "config",
        cluster={"certificate-authority": "file", "certificate-authority-data": encoded["ca"]},
        user={
            "client-certificate": "file",
            "client-certificate-data": encoded["certificate"],
            "client-key-data": encoded["key"],
        },
    )

    access = _load(file)

    assert access.trust == Trust(b"ca")
    assert access.certificate == ClientCertificate(b"certificate", b"key")


@pytest.mark.parametrize(
    ("options", "trust"),
    [
        pytest.param(Options(), Trust(b"ca", "name"), id="none"),
        pytest.param(Options(certificate_authority="mine"), Trust(Path("mine"), "name"), id="authority"),
        pytest.param(Options(insecure_skip_tls_verify=True), Trust(None, "name", insecure=True), id="insecure"),
        pytest.param(Options(tls_server_name="other"), Trust(b"ca", "other"), id="name"),
        pytest.param(Options(server="https://x", tls_server_name="other"), Trust(b"ca", "other"), id="server-and-name"),
    ],
)
def test_flags_replace_what_the_kubeconfig_trusts(tmp_path: Path, options: Options, trust: Trust) -> None:
    cluster = {"certificate-authority-data": base64.b64encode(b"ca").decode(), "tls-server-name": "name"}

    assert _load(_write(tmp_path / "one", cluster=cluster), options).trust == trust


@pytest.mark.parametrize(
    ("user", "login"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"token": "t"}, Token("t"), id="token"),
        pytest.param({"token": "t", "tokenFile": "/file"}, TokenFile(Path("/file"), "t"), id="file-beats-token"),
        pytest.param({"tokenFile": "/file"}, TokenFile(Path("/file")), id="file"),
        pytest.param({"username": "u", "password": "p"}, Password("u", "p"), id="password"),
    ],
)
def test_the_login_is_that_of_the_user(tmp_path: Path, user: Mapping[str, Any], login: object) -> None:
    assert _load(_write(tmp_path / "one", user=user)).login == login


def test_a_token_by_flag_beats_the_users_login(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", user={"auth-provider": {"name": "oidc"}, "tokenFile": "/file"})

    assert _load(file, Options(token="mine")).login == Token("mine")


@pytest.mark.parametrize("suffix", ["", "-data"])
def test_a_client_certificate_by_flag_beats_the_users(tmp_path: Path, suffix: str) -> None:
    file = _write(tmp_path / "one", user={f"client-certificate{suffix}": "YQ==", f"client-key{suffix}": "YQ=="})

    access = _load(file, Options(client_certificate="c", client_key="k"))

    assert access.certificate == ClientCertificate(Path("c"), Path("k"))


@pytest.mark.parametrize(
    ("user", "message"),
    [
        pytest.param({"exec": "login"}, "exec must be a mapping", id="mapping"),
        pytest.param({"as": "jane", "as-groups": "a"}, "as-groups must be a list of strings", id="list"),
        pytest.param({"token": 1}, "token must be a string", id="text"),
        pytest.param(
            {"as": "jane", "as-user-extra": {"a": "b"}},
            "as-user-extra must be a mapping to lists of strings",
            id="extra",
        ),
        pytest.param({"password": "p"}, "password is set without a username", id="no-username"),
        pytest.param(
            {"token": "t", "username": "u"},
            "token and username are both set, and only one of them can be the login",
            id="two-logins",
        ),
    ],
)
def test_a_user_of_another_shape_is_refused(tmp_path: Path, user: Mapping[str, Any], message: str) -> None:
    file = _write(tmp_path / "one", user=user)

    assert str(_error(Options(), _environ(file))) == f'user "one" in {file}: {message}'


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        pytest.param(Options(client_certificate="c"), "--client-key FILE", id="no-key"),
        pytest.param(Options(client_key="k"), "--client-certificate FILE", id="no-certificate"),
    ],
)
def test_half_a_client_certificate_is_refused(tmp_path: Path, options: Options, hint: str) -> None:
    assert _error(options, _environ(_write(tmp_path / "one"))).hint == hint


@pytest.mark.parametrize("user", [{}, {"exec": {"command": "login"}}, {"client-certificate": "c", "client-key": "k"}])
def test_an_old_auth_provider_is_refused_beside_other_logins_too(tmp_path: Path, user: Mapping[str, Any]) -> None:
    file = _write(tmp_path / "one", user={**user, "auth-provider": {"name": "oidc"}})

    assert "logs in by the old auth-provider" in str(_error(Options(), _environ(file)))


def test_a_token_goes_before_the_auth_provider_that_kubectl_still_knows(tmp_path: Path) -> None:
    user = {"token": "t", "auth-provider": {"name": "oidc"}}

    assert _load(_write(tmp_path / "one", user=user)).login == Token("t")


@pytest.mark.parametrize(
    ("provider", "hint"),
    [
        pytest.param("oidc", "kubectl oidc-login", id="oidc"),
        pytest.param("gcp", "gke-gcloud-auth-plugin", id="gcp"),
        pytest.param("azure", "kubelogin convert-kubeconfig", id="azure"),
        pytest.param("openstack", "client-keystone-auth", id="openstack"),
        pytest.param("other", "use an exec plugin: https://kubernetes.io/docs/reference/", id="other"),
    ],
)
def test_an_old_auth_provider_is_refused_with_its_successor(tmp_path: Path, provider: str, hint: str) -> None:
    file = _write(tmp_path / "one", user={"auth-provider": {"name": provider}})

    error = _error(Options(), _environ(file))

    assert str(error) == (f'user "one" in {file} logs in by the old auth-provider "{provider}", which is not supported')
    assert hint in str(error.hint)


def test_impersonation_is_read_from_the_user_and_overridden_by_flags(tmp_path: Path) -> None:
    user = {"as": "jane", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"some/reason": ["x", "y"]}}
    file = _write(tmp_path / "one", user=user)

    assert _load(file).impersonation == (
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-some%2Freason", "x"),
        ("Impersonate-Extra-some%2Freason", "y"),
    )
    assert _load(file, Options(as_user="joe", as_groups=("c",), as_uid="8")).impersonation[:3] == (
        ("Impersonate-User", "joe"),
        ("Impersonate-Uid", "8"),
        ("Impersonate-Group", "c"),
    )


@pytest.mark.parametrize(
    ("options", "user", "source"),
    [
        pytest.param(Options(as_user="jane\ndoe"), {}, "--as", id="flag"),
        pytest.param(Options(as_user="jane", as_groups=("a", "b\x00")), {}, "--as-group", id="group-flag"),
        pytest.param(Options(as_user="jane", as_uid="\r"), {}, "--as-uid", id="uid-flag"),
        pytest.param(Options(), {"as": "jane\n"}, 'user "one" in FILE: as', id="kubeconfig"),
        pytest.param(
            Options(as_user="jane"), {"as-groups": ["\n"]}, 'user "one" in FILE: as-groups', id="group-in-kubeconfig"
        ),
        pytest.param(
            Options(as_user="jane"), {"as-user-extra": {"a": ["\x7f"]}}, 'user "one" in FILE: as-user-extra', id="extra"
        ),
    ],
)
def test_what_no_header_can_hold_is_refused_with_its_place(
    tmp_path: Path, options: Options, user: Mapping[str, Any], source: str
) -> None:
    file = _write(tmp_path / "one", user=user)

    assert str(_error(options, _environ(file))) == (
        f"{source.replace('FILE', str(file))} holds a line break, or another control character"
    )


def test_groups_of_the_kubeconfig_without_a_user_are_refused_with_their_place(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", user={"as-groups": ["a"]})

    assert str(_error(Options(), _environ(file))) == (
        f'a group or uid cannot be impersonated without a user; user "one" in {file} sets no "as"'
    )


def test_a_group_without_a_user_is_refused(tmp_path: Path) -> None:
    error = _error(Options(as_groups=("a",)), _environ(_write(tmp_path / "one")))

    assert str(error) == "a group or uid cannot be impersonated without a user"
    assert error.hint == "add --as USER"


def test_secrets_are_not_shown_when_the_access_is_printed(tmp_path: Path) -> None:
    key = base64.b64encode(b"hidden").decode()
    for user in ({"token": "hidden"}, {"username": "u", "password": "hidden"}, {"client-key-data": key}):
        file = _write(tmp_path / "one", user={"client-certificate-data": "YQ==", "client-key-data": "YQ==", **user})

        assert "hidden" not in repr(_load(file))


# Proxies.


@pytest.mark.parametrize(
    ("cluster", "environ", "proxy"),
    [
        pytest.param({}, {}, None, id="none"),
        pytest.param({}, {"HTTPS_PROXY": "http://p:1"}, Proxy("http://p:1", "HTTPS_PROXY", ""), id="environment"),
        pytest.param({}, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example.com"}, None, id="no-proxy"),
        pytest.param({}, {"HTTP_PROXY": "http://p:1"}, None, id="for-another-scheme"),
        pytest.param({}, {"ALL_PROXY": "socks5://p:1", "all_proxy": "http://p:1"}, None, id="unknown-to-kubectl"),
        pytest.param(
            {"proxy-url": "http://me:s%20t@q:2"},
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"},
            Proxy("http://q:2", "proxy-url", "me:s t"),
            id="kubeconfig-first",
        ),
    ],
)
def test_the_proxy_is_the_clusters_or_the_environments(
    tmp_path: Path, cluster: Mapping[str, str], environ: Mapping[str, str], proxy: Proxy | None
) -> None:
    file = _write(tmp_path / "one", cluster=cluster)

    assert load(Options(), {**_environ(file), **environ}).proxy == proxy


def test_a_proxy_of_the_environment_that_is_not_supported_is_an_error(tmp_path: Path) -> None:
    error = _error(Options(), _environ(_write(tmp_path / "one"), HTTPS_PROXY="socks5://p:1"))

    assert str(error) == f"no connection to {SERVER}: HTTPS_PROXY names a SOCKS proxy, which is not supported"
    assert error.hint == "to connect without a proxy, set NO_PROXY=one.example.com"


# In a pod, and the namespace.


def _account(directory: Path) -> Path:
    for name, text in (("token", "t"), ("ca.crt", "ca"), ("namespace", "of-the-pod\n")):
        (directory / name).write_text(text, encoding="utf-8")
    return directory


_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443", "HTTPS_PROXY": "http://p:1"}


def test_in_a_pod_its_service_account_is_used(tmp_path: Path) -> None:
    access = load(Options(), _POD, service_account=_account(tmp_path))

    assert access == Access(
        "https://10.0.0.1:443",
        "of-the-pod",
        trust=Trust(tmp_path / "ca.crt"),
        login=TokenFile(tmp_path / "token"),
    )


def test_in_a_pod_flags_and_an_ipv6_address_work(tmp_path: Path) -> None:
    options = Options(namespace="mine", token="t", certificate_authority="/ca")

    access = load(options, {**_POD, "KUBERNETES_SERVICE_HOST": "fd00::1"}, service_account=_account(tmp_path))

    assert access == Access(
        "https://[fd00::1]:443",
        "mine",
        trust=Trust(Path("/ca")),
        login=Token("t"),
        flags=("--certificate-authority=/ca",),
        token_is_typed=True,
    )


def test_a_kubeconfig_beats_the_service_account(tmp_path: Path) -> None:
    environ = {**_POD, **_environ(_write(tmp_path / "one"))}

    assert load(Options(), environ, service_account=_account(tmp_path)).context == "one"


@pytest.mark.parametrize(
    ("context", "namespace"),
    [
        pytest.param({}, "of-the-pod", id="none"),
        pytest.param({"namespace": "default"}, "default", id="written"),
        pytest.param({"namespace": "team"}, "team", id="another"),
    ],
)
def test_in_a_pod_a_context_without_namespace_means_the_pods_own(
    tmp_path: Path, context: Mapping[str, str], namespace: str
) -> None:
    environ = {**_POD, **_environ(_write(tmp_path / "one", context=context))}
    account = _account(tmp_path)

    assert load(Options(), environ, service_account=account).namespace == namespace
    assert context_namespace(Options(), environ, service_account=account) == namespace


def test_in_a_pod_a_kubeconfig_without_current_context_leads_to_its_own_cluster(tmp_path: Path) -> None:
    environ = {**_POD, **_environ(_write(tmp_path / "one", current=""))}

    access = load(Options(), environ, service_account=_account(tmp_path))

    assert access.server == "https://10.0.0.1:443"


_IN_POD_INSTEAD = (
    "KUBECONFIG names no file that is there (DIR/typo, DIR/other): the pod's own cluster is used, https://10.0.0.1:443"
)


@pytest.mark.parametrize(
    ("kubeconfig", "warnings"),
    [
        pytest.param(["typo", "other"], [_IN_POD_INSTEAD], id="none-is-there"),
        pytest.param(["typo", "one"], [], id="one-is-there"),
        pytest.param([], [], id="not-set"),
    ],
)
def test_in_a_pod_a_kubeconfig_that_is_not_there_is_told(
    tmp_path: Path, kubeconfig: list[str], warnings: list[str]
) -> None:
    _write(tmp_path / "one", current="")
    environ = {**_POD, **(_environ(*(tmp_path / name for name in kubeconfig)) if kubeconfig else {})}
    told: list[str] = []

    access = load(Options(), environ, service_account=_account(tmp_path), warn=told.append)

    assert access.server == "https://10.0.0.1:443"
    assert told == [warning.replace("DIR", str(tmp_path)) for warning in warnings]


def test_in_a_pod_a_file_that_is_named_is_not_passed_over(tmp_path: Path) -> None:
    file = _write(tmp_path / "one", current="")

    with pytest.raises(KubeconfigError, match="no context is chosen"):
        load(Options(kubeconfig=str(file)), _POD, service_account=_account(tmp_path))


def test_in_a_pod_without_an_account_there_is_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="no kubeconfig names a cluster"):
        load(Options(), _POD, service_account=tmp_path / "missing")


@pytest.mark.parametrize(
    ("options", "context", "namespace"),
    [
        pytest.param(Options(), {}, "default", id="none"),
        pytest.param(Options(), {"namespace": "team"}, "team", id="context"),
        pytest.param(Options(namespace="mine"), {"namespace": "team"}, "mine", id="flag"),
    ],
)
def test_the_namespace_is_known_without_a_connection(
    tmp_path: Path, options: Options, context: Mapping[str, str], namespace: str
) -> None:
    environ = _environ(_write(tmp_path / "one", context=context))

    assert context_namespace(options, environ) == namespace
    assert load(options, environ).namespace == namespace


def test_without_a_kubeconfig_there_is_no_default_namespace(tmp_path: Path) -> None:
    assert context_namespace(Options(), {"HOME": str(tmp_path)}) is None
    assert context_namespace(Options(namespace="mine"), {"HOME": str(tmp_path)}) == "mine"


def test_without_a_chosen_context_there_is_no_default_namespace(tmp_path: Path) -> None:
    assert context_namespace(Options(), _environ(_write(tmp_path / "one", current=""))) is None


def test_a_context_that_is_not_known_has_no_namespace(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match='context "x" is not in the kubeconfig'):
        context_namespace(Options(context="x"), _environ(_write(tmp_path / "one")))


@pytest.mark.parametrize(
    ("environ", "namespace"),
    [
        pytest.param(_POD, "of-the-pod", id="file"),
        pytest.param({**_POD, "POD_NAMESPACE": "named"}, "named", id="variable"),
        pytest.param({}, None, id="no-pod"),
    ],
)
def test_in_a_pod_its_namespace_is_the_default(
    tmp_path: Path, environ: Mapping[str, str], namespace: str | None
) -> None:
    assert context_namespace(Options(), environ, service_account=_account(tmp_path)) == namespace
