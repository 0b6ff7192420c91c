from __future__ import annotations

import base64
import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nonsense import encoded, json_values, many_cases, texts

from kubectl_images.challenges import Challenge
from kubectl_images.credentials import Credentials, FoundLogin
from kubectl_images.docker_config import Login, decode_auth
from kubectl_images.registry_tokens import basic_authorization, identity_token_request, token_request

HOST = "reg.example.com:5000"


def auth(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def find(home: Path, environ: Mapping[str, str] | None = None, registry: str = HOST, name: str = "a/b") -> FoundLogin:
    return Credentials(environ or {}, home, 30).find(registry, name)


def given_config(home: Path, content: Any) -> Path:
    path = home / ".docker" / "config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def given_helper(home: Path, script: str, name: str = "test") -> dict[str, str]:
    program = home / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(stat.S_IRWXU)
    return {"PATH": f"{home}{os.pathsep}{os.defpath}"}


# --- The environment --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "login"),
    [
        pytest.param(
            {"KLUCTL_REGISTRY_HOST": HOST, "KLUCTL_REGISTRY_USERNAME": "u", "KLUCTL_REGISTRY_PASSWORD": "p"},
            Login("KLUCTL_REGISTRY_USERNAME", "u", "p"),
            id="without-number",
        ),
        pytest.param(
            {"KLUCTL_REGISTRY_12_HOST": HOST, "KLUCTL_REGISTRY_12_AUTH": auth("u", "p:q")},
            Login("KLUCTL_REGISTRY_12_AUTH", "u", "p:q"),
            id="auth",
        ),
        pytest.param(
            {"KLUCTL_REGISTRY_0_HOST": f"https://{HOST.upper()}/v2/", "KLUCTL_REGISTRY_0_AUTH": auth("u", "")},
            Login("KLUCTL_REGISTRY_0_AUTH", "u", ""),
            id="address-and-empty-password",
        ),
        pytest.param(
            {
                "KLUCTL_REGISTRY_0_HOST": "*",
                "KLUCTL_REGISTRY_0_AUTH": auth("any", "p"),
                "KLUCTL_REGISTRY_1_HOST": HOST,
                "KLUCTL_REGISTRY_1_AUTH": auth("one", "p"),
            },
            Login("KLUCTL_REGISTRY_1_AUTH", "one", "p"),
            id="a-name-beats-the-wildcard",
        ),
        pytest.param(
            {"KLUCTL_REGISTRY_0_HOST": "*", "KLUCTL_REGISTRY_0_AUTH": auth("any", "p")},
            Login("KLUCTL_REGISTRY_0_AUTH", "any", "p"),
            id="wildcard",
        ),
        pytest.param(
            {
                "KLUCTL_REGISTRY_10_HOST": HOST,
                "KLUCTL_REGISTRY_10_AUTH": auth("ten", "p"),
                "KLUCTL_REGISTRY_9_HOST": HOST,
                "KLUCTL_REGISTRY_9_AUTH": auth("nine", "p"),
            },
            Login("KLUCTL_REGISTRY_9_AUTH", "nine", "p"),
            id="the-lowest-number-is-first",
        ),
        pytest.param(
            {"KLUCTL_REGISTRY_HOST": "reg.example.com", "KLUCTL_REGISTRY_AUTH": auth("u", "p")},
            None,
            id="another-port",
        ),
        pytest.param({"KLUCTL_REGISTRY_HOST": HOST, "KLUCTL_REGISTRY_TLSVERIFY": "no"}, None, id="no-login-in-it"),
    ],
)
def test_variables_name_a_login_for_one_host(tmp_path: Path, environ: Mapping[str, str], login: Login | None) -> None:
    assert find(tmp_path, environ) == FoundLogin(login)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        pytest.param(
            {"USERNAME": "u"}, "KLUCTL_REGISTRY_0_USERNAME is set without KLUCTL_REGISTRY_0_PASSWORD", id="no-password"
        ),
        pytest.param(
            {"PASSWORD": "s3cr3t"},
            "KLUCTL_REGISTRY_0_PASSWORD is set without KLUCTL_REGISTRY_0_USERNAME",
            id="no-username",
        ),
        pytest.param(
            {"AUTH": "s3cr3t"}, "KLUCTL_REGISTRY_0_AUTH is not base64 of user:password", id="auth-without-colon"
        ),
    ],
)
def test_variables_that_make_no_login_are_a_problem(tmp_path: Path, variables: Mapping[str, str], problem: str) -> None:
    environ = {f"KLUCTL_REGISTRY_0_{name}": value for name, value in {"HOST": HOST, **variables}.items()}

    assert find(tmp_path, environ) == FoundLogin(None, (problem,))


def test_the_environment_beats_the_files_of_docker(tmp_path: Path) -> None:
    given_config(tmp_path, {"auths": {HOST: {"auth": auth("file", "p")}}})
    environ = {"KLUCTL_REGISTRY_HOST": HOST, "KLUCTL_REGISTRY_AUTH": auth("variable", "p")}

    assert find(tmp_path, environ).login == Login("KLUCTL_REGISTRY_AUTH", "variable", "p")


# --- Files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "login"),
    [
        pytest.param({"auth": auth("u", "p")}, ("u", "p", "", ""), id="auth"),
        pytest.param({"auth": auth("ü", "p:q")}, ("ü", "p:q", "", ""), id="utf-8-and-colon"),
        pytest.param({"auth": auth("user", "p").rstrip("=")}, ("user", "p", "", ""), id="without-padding"),
        pytest.param({"auth": auth("u", "p\0\0")}, ("u", "p", "", ""), id="trailing-nuls"),
        pytest.param({"username": "u", "password": "p"}, ("u", "p", "", ""), id="plain"),
        pytest.param({"auth": auth("a", "b"), "username": "u"}, ("a", "b", "", ""), id="auth-beats-plain"),
        pytest.param({"auth": auth("0", ""), "identitytoken": "t"}, ("0", "", "t", ""), id="identity-token"),
        pytest.param({"registrytoken": "t"}, ("", "", "", "t"), id="registry-token"),
        pytest.param({}, None, id="empty"),
        pytest.param({"auth": 1, "username": None}, None, id="wrong-types"),
    ],
)
def test_an_entry_is_read(tmp_path: Path, entry: Mapping[str, Any], login: tuple[str, str, str, str] | None) -> None:
    path = given_config(tmp_path, {"auths": {HOST: entry}})

    assert find(tmp_path) == FoundLogin(Login(str(path), *login) if login else None)


@pytest.mark.parametrize(
    ("keys", "registry", "name", "expected"),
    [
        pytest.param([HOST], HOST, "a/b", HOST, id="host"),
        pytest.param([f"https://{HOST}"], HOST, "a/b", f"https://{HOST}", id="address"),
        pytest.param([HOST, f"https://{HOST}"], HOST, "a/b", HOST, id="a-host-beats-its-address"),
        pytest.param([f"http://{HOST}/v2/"], HOST, "a/b", f"http://{HOST}/v2/", id="address-of-the-api"),
        pytest.param([f"{HOST}/v1/"], HOST, "a/b", f"{HOST}/v1/", id="address-without-scheme"),
        pytest.param(["reg.example.com"], HOST, "a/b", None, id="another-port"),
        pytest.param([HOST, f"{HOST}/a"], HOST, "a/b", f"{HOST}/a", id="a-path-beats-the-host"),
        pytest.param([f"{HOST}/a", f"{HOST}/a/b"], HOST, "a/b", f"{HOST}/a/b", id="the-longest-path"),
        pytest.param([f"{HOST}/a"], HOST, "c/b", None, id="another-path"),
        pytest.param([f"{HOST}/a"], HOST, "ab", None, id="a-path-is-not-a-prefix"),
        pytest.param([f"https://{HOST}/a"], HOST, "c", None, id="an-address-with-another-path"),
        pytest.param(
            ["https://index.docker.io/v1/"], "docker.io", "library/nginx", "https://index.docker.io/v1/", id="hub"
        ),
        pytest.param(["index.docker.io"], "docker.io", "library/nginx", "index.docker.io", id="hub-alias"),
        pytest.param(["registry-1.docker.io/me"], "docker.io", "me/app", "registry-1.docker.io/me", id="hub-path"),
        pytest.param(["REG.example.com:5000"], HOST, "a/b", "REG.example.com:5000", id="case"),
    ],
)
def test_a_key_serves_its_host_or_what_lies_below_its_path(
    tmp_path: Path, keys: list[str], registry: str, name: str, expected: str | None
) -> None:
    path = given_config(tmp_path, {"auths": {key: {"auth": auth(key, "p")} for key in keys}})

    found = find(tmp_path, registry=registry, name=name)

    # The user is named like the key; an address has a colon, where `auth` ends the user.
    assert found.login == (Login(str(path), *decode_auth(auth(expected, "p"))) if expected else None)


def test_the_first_place_with_an_entry_decides(tmp_path: Path) -> None:
    def content(user: str) -> str:
        return json.dumps({"auths": {HOST: {"auth": auth(user, "p")}}})

    places = {
        "DOCKER_AUTH_CONFIG": content("variable"),
        "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"),
        "DOCKER_CONFIG": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    files = {
        "REGISTRY_AUTH_FILE": tmp_path / "auth.json",
        "DOCKER_CONFIG": tmp_path / "config.json",
        "XDG_RUNTIME_DIR": tmp_path / "run" / "containers" / "auth.json",
        "XDG_CONFIG_HOME": tmp_path / "config" / "containers" / "auth.json",
    }
    for variable, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content(variable), encoding="utf-8")
    (tmp_path / ".dockercfg").write_text(json.dumps({HOST: {"auth": auth("old", "p")}}), encoding="utf-8")

    users = []
    for variable in list(places):
        found = find(tmp_path, places).login
        users.append(found and found.username)
        if variable in files:
            files[variable].unlink()
        del places[variable]
    found = find(tmp_path).login
    users.append(found and found.username)

    assert users == ["variable", *files, "old"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            '{\n"auths": {,', "line 2 is not JSON (Expecting property name enclosed in double quotes)", id="json"
        ),
        pytest.param("[]", "it is not a JSON object", id="a-list"),
        pytest.param("[" * 100_000, "it is nested too deeply", id="nested"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_the_next_is_asked(
    tmp_path: Path, content: str, problem: str
) -> None:
    path = given_config(tmp_path, content)
    (tmp_path / ".dockercfg").write_text(json.dumps({HOST: {"auth": auth("u", "p")}}), encoding="utf-8")

    assert find(tmp_path) == FoundLogin(
        Login(str(tmp_path / ".dockercfg"), "u", "p"), (f"cannot read {path}: {problem}",)
    )


def test_a_file_that_is_a_directory_or_no_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".docker" / "config.json").mkdir(parents=True)
    (tmp_path / ".dockercfg").write_bytes(b"\xff\xfe")

    assert find(tmp_path).problems == (
        f"cannot read {tmp_path / '.docker' / 'config.json'}: Is a directory",
        f"cannot read {tmp_path / '.dockercfg'}: it is not UTF-8 text",
    )


@pytest.mark.parametrize("content", ["", "{}", '{"auths": null}', '{"auths": {"other": 1}}'])
def test_a_file_without_an_entry_is_no_problem(tmp_path: Path, content: str) -> None:
    given_config(tmp_path, content)

    assert find(tmp_path) == FoundLogin(None)


def test_a_bad_auth_matters_only_for_its_own_host(tmp_path: Path) -> None:
    path = given_config(tmp_path, {"auths": {"other": {"auth": "???"}, HOST: {"auth": auth("u", "p")}}})

    assert find(tmp_path) == FoundLogin(Login(str(path), "u", "p"))
    assert find(tmp_path, registry="other") == FoundLogin(
        None, (f"the auth of other in {path} is not base64 of user:password",)
    )


@given(st.text(st.characters(exclude_characters=":\0", codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_an_auth_is_read_back(username: str, password: str) -> None:
    assert decode_auth(auth(username, password)) == (username, password.rstrip("\0"))


def test_no_secret_is_shown_by_a_login(tmp_path: Path) -> None:
    assert "secret" not in repr(Login("file", "user", "secret-1", "secret-2", "secret-3"))


# --- Helpers ----------------------------------------------------------------------------------------------------

ANSWER = """printf '{"Username": "%s", "Secret": "from-helper"}' "$(cat)" """


@pytest.mark.parametrize(
    ("content", "registry", "username"),
    [
        pytest.param({"credsStore": "test"}, HOST, HOST, id="store"),
        pytest.param({"credHelpers": {HOST: "test"}}, HOST, HOST, id="helper"),
        pytest.param({"credHelpers": {HOST: "test"}, "credsStore": "missing"}, HOST, HOST, id="helper-beats-store"),
        pytest.param({"credsStore": "test", "auths": {HOST: {}}}, HOST, HOST, id="empty-entry-asks-the-store"),
        pytest.param({"credsStore": "test"}, "docker.io", "https://index.docker.io/v1/", id="hub"),
    ],
)
def test_a_helper_is_asked_for_the_host(tmp_path: Path, content: Any, registry: str, username: str) -> None:
    given_config(tmp_path, content)
    environ = given_helper(tmp_path, ANSWER)

    assert find(tmp_path, environ, registry) == FoundLogin(
        Login("the credential helper docker-credential-test", username, "from-helper")
    )


def test_a_helper_for_another_host_is_not_asked(tmp_path: Path) -> None:
    given_config(tmp_path, {"credHelpers": {"other.example.com": "missing"}})

    assert find(tmp_path) == FoundLogin(None)


def test_a_helper_can_hold_an_identity_token(tmp_path: Path) -> None:
    given_config(tmp_path, {"credsStore": "test"})
    environ = given_helper(tmp_path, """echo '{"Username": "<token>", "Secret": "t"}'""")

    assert find(tmp_path, environ).login == Login("the credential helper docker-credential-test", identity_token="t")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo credentials not found in native keychain; exit 1", id="not-found"),
        pytest.param("""echo '{"Username": "", "Secret": ""}'""", id="empty"),
    ],
)
def test_a_helper_without_a_login_leaves_it_to_the_file(tmp_path: Path, script: str) -> None:
    path = given_config(tmp_path, {"credsStore": "test", "auths": {HOST: {"auth": auth("u", "p")}}})

    assert find(tmp_path, given_helper(tmp_path, script)) == FoundLogin(Login(str(path), "u", "p"))


@pytest.mark.parametrize(
    ("helper", "script", "problem"),
    [
        pytest.param("missing", "", "was not found in PATH", id="missing"),
        pytest.param("../test", "", "has a name that no helper can have", id="a-path"),
        pytest.param("test", "echo locked out; exit 3", 'failed with status 3: "locked out"', id="status"),
        pytest.param("test", "echo to stderr >&2; exit 1", 'failed with status 1: "to stderr"', id="stderr"),
        pytest.param(
            "test",
            """echo '{"Username": "robot", "Secret": "s3cr3t"}'; exit 1""",
            "failed with status 1: it printed what may be a login",
            id="status-with-a-login",
        ),
        pytest.param("test", "echo s3cr3t", "sent an answer that is not the JSON of a login", id="not-json"),
        pytest.param("test", "echo '[]'", "sent an answer that is not the JSON of a login", id="a-list"),
        pytest.param("test", "echo '{}'", "sent an answer that is not the JSON of a login", id="no-fields"),
        pytest.param("test", "exec sleep 60", "did not answer within 0.2 s", id="hangs"),
    ],
)
def test_a_helper_that_fails_is_a_problem(tmp_path: Path, helper: str, script: str, problem: str) -> None:
    path = given_config(tmp_path, {"credsStore": helper})
    environ = given_helper(tmp_path, script)
    timeout_s = 0.2 if "sleep" in script else 30

    assert Credentials(environ, tmp_path, timeout_s).find(HOST, "a/b") == FoundLogin(
        None, (f"the credential helper docker-credential-{helper} (named in {path}) {problem}",)
    )


def test_a_helper_that_is_no_program_is_a_problem(tmp_path: Path) -> None:
    path = given_config(tmp_path, {"credsStore": "test"})
    environ = given_helper(tmp_path, "")
    (tmp_path / "docker-credential-test").write_text("#!/nowhere/interpreter\n", encoding="utf-8")

    assert find(tmp_path, environ).problems == (
        f"the credential helper docker-credential-test (named in {path}) cannot be run: No such file or directory",
    )


def test_a_helper_runs_once_for_a_host(tmp_path: Path) -> None:
    given_config(tmp_path, {"credsStore": "test"})
    environ = given_helper(tmp_path, f"echo >> {tmp_path}/runs; {ANSWER}")
    credentials = Credentials(environ, tmp_path, 30)

    for name in ("a", "b", "c"):
        credentials.find(HOST, name)
    credentials.find("other.example.com", "a")

    assert len((tmp_path / "runs").read_text(encoding="utf-8").splitlines()) == 2


# --- Nonsense ---------------------------------------------------------------------------------------------------

CHALLENGE = Challenge("bearer", {"realm": f"https://{HOST}/token"})
names = ("auths", "credHelpers", "credsStore", HOST, f"https://{HOST}/v1/", f"{HOST}/a", "auth", "username", "password")
configurations = st.one_of(
    json_values(*names, "identitytoken", "registrytoken").map(json.dumps),
    st.dictionaries(
        st.sampled_from(["auth", "username", "password", "identitytoken", "registrytoken"]),
        st.one_of(texts("a", ":", " ", "="), encoded(), json_values("a")),
    ).map(lambda entry: json.dumps({"auths": {HOST: entry}})),
    texts("{", "}", "[", "]", '"auths"', ":", ",", "null", "NaN", "1", '"', f'{{"auths": {{"{HOST}": {{"username": "'),
)


@many_cases
@given(configurations)
def test_any_configuration_is_read_or_told_in_one_line_and_what_it_holds_can_be_sent(text: str) -> None:
    nowhere = Path("/nowhere")
    found = find(nowhere, {"DOCKER_AUTH_CONFIG": text, "PATH": str(nowhere)})

    assert [problem for problem in found.problems if "\n" in problem] == []
    if found.login:
        basic_authorization(found.login)
        token_request(CHALLENGE, "repository:a/b:pull", found.login, 100)
        identity_token_request(CHALLENGE, "repository:a/b:pull", found.login, 100)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param(
            {"username": "u", "password": "\ud800"}, "holds half a character, which cannot be sent", id="half"
        ),
        pytest.param({"identitytoken": "\udfff"}, "holds half a character, which cannot be sent", id="half-in-token"),
        pytest.param(
            {"registrytoken": "a\r\nHost: b"}, "holds a token with characters that cannot be sent", id="two-lines"
        ),
        pytest.param({"auth": "\u00e9"}, "is not base64 of user:password", id="not-base64"),
    ],
)
def test_what_cannot_be_sent_is_told(tmp_path: Path, entry: Any, reason: str) -> None:
    path = given_config(tmp_path, {"auths": {HOST: entry}})

    assert find(tmp_path) == FoundLogin(None, (f"the auth of {HOST} in {path} {reason}",))


@pytest.mark.skipif(not hasattr(sys, "get_int_max_str_digits"), reason="this Python reads a number of any length")
def test_a_number_that_python_refuses_to_read_is_told(tmp_path: Path) -> None:
    path = given_config(tmp_path, '{{"HttpHeaders": {}}}'.format("9" * 5000))

    assert find(tmp_path) == FoundLogin(None, (f"cannot read {path}: a number in it is too large",))


def test_a_password_in_an_environment_that_is_not_utf_8_is_sent_as_its_bytes(tmp_path: Path) -> None:
    password = b"caf\xe9".decode("utf-8", "surrogateescape")
    environ = {"KLUCTL_REGISTRY_HOST": HOST, "KLUCTL_REGISTRY_USERNAME": "u", "KLUCTL_REGISTRY_PASSWORD": password}

    login = find(tmp_path, environ).login

    assert login is not None
    assert basic_authorization(login) == "Basic " + base64.b64encode(b"u:caf\xe9").decode()
