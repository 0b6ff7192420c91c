from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_images.access import Access, Token
from kubectl_images.cluster_errors import refusal
from kubectl_images.kube_answers import Answer
from kubectl_images.objects import ObjectKey

ACCESS = Access("https://one", context="c", user="jane", login=Token("t"))
WEB = ObjectKey("apps/v1", "Deployment", "team", "web")
_WEB = "cannot apply deployment.apps/web in namespace team: "


def _status(code: int, message: str = "", causes: list[dict[str, str]] | None = None) -> Answer:
    status: dict[str, Any] = {"kind": "Status", "message": message}
    if causes is not None:
        status["details"] = {"causes": causes}
    return Answer(code, json.dumps(status).encode())


@pytest.mark.parametrize(
    ("answer", "message", "hint"),
    [
        pytest.param(
            _status(403, 'pods "web" is forbidden: exceeded quota: small'),
            f'{_WEB}pods "web" is forbidden: exceeded quota: small',
            None,
            id="quota",
        ),
        pytest.param(
            _status(
                403, 'x is forbidden: User "jane" cannot patch resource "things" in API group "" at the cluster scope'
            ),
            f'{_WEB}User "jane" cannot patch resource "things" in API group ""',
            'a role of this user needs the rule {apiGroups: [""], resources: [things], verbs: [patch]} (a dry run needs it'
            " too)\nto check it: kubectl auth can-i patch things --context=c",
            id="cluster-wide-right",
        ),
        pytest.param(
            _status(409, "the object has been modified; please apply your changes to the latest version"),
            f"{_WEB}the object has been modified; please apply your changes to the latest version",
            None,
            id="conflict-without-fields",
        ),
        pytest.param(
            _status(429, "too many"),
            f'{_WEB}API server https://one (context "c") answered 429: too many',
            None,
            id="429",
        ),
        pytest.param(Answer(503, b""), f'{_WEB}API server https://one (context "c") answered 503', None, id="503"),
        pytest.param(
            Answer(302, b"", location="https://me:s3cr3t@sso.example.com/login?state=s3cr3t"),
            f'{_WEB}API server https://one (context "c") answered 302, which leads to sso.example.com',
            "is this the gateway of a single sign-on? The kubeconfig needs the API server's own URL",
            id="redirect",
        ),
        pytest.param(
            Answer(301, b"", location="/login"),
            f'{_WEB}API server https://one (context "c") answered 301',
            "is this the gateway of a single sign-on? The kubeconfig needs the API server's own URL",
            id="redirect-on-the-same-host",
        ),
        pytest.param(Answer(413, b"too large"), f"{_WEB}too large", None, id="not-json"),
        pytest.param(
            _status(409, "", [{"message": "somebody", "field": ".a"}]),
            f'{_WEB}1 field is owned by another manager\n    .a is owned by "somebody"',
            "take them over with --force-conflicts, or leave them out of the manifest",
            id="conflict-in-other-words",
        ),
    ],
)
def test_a_refusal_is_told_with_its_way_out(answer: Answer, message: str, hint: str | None) -> None:
    error = refusal(ACCESS, answer, "cannot apply", WEB)

    assert (str(error), error.hint, error.status) == (message, hint, answer.status)


def test_a_missing_login_is_told_apart_from_a_refused_one() -> None:
    error = refusal(Access("https://one"), _status(401, "Unauthorized"), "cannot apply", WEB)

    assert str(error) == f"{_WEB}API server https://one asks for a login, and the kubeconfig has none"
    assert error.hint == "give one with --token TOKEN"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            _status(401, "Unauthorized"),
            "API server http://one asks for a login, and logins are sent by https only",
            id="unauthorized",
        ),
        pytest.param(
            _status(403, 'no: User "system:anonymous" cannot patch resource "a" in API group ""'),
            'User "system:anonymous" cannot patch resource "a" in API group ""; logins are sent by https only',
            id="anonymous",
        ),
    ],
)
def test_a_login_that_was_withheld_is_not_called_missing(answer: Answer, message: str) -> None:
    error = refusal(Access("http://one", login_is_withheld=True), answer, "cannot apply", WEB)

    assert str(error) == f"{_WEB}{message}"
    assert error.hint == "name the server so in --server or the kubeconfig: https://one"


def test_hints_lead_to_the_same_cluster_as_the_same_user_without_a_token() -> None:
    flags = ("--kubeconfig=/my files/config", "--as=jane")
    access = Access("https://one", context="c", login=Token("geheim"), flags=flags, token_is_typed=True)

    error = refusal(access, _status(404, 'namespaces "team" not found'), "cannot apply", WEB)

    assert error.hint == (
        "add a Namespace to the manifests, or: kubectl create namespace team --context=c"
        " '--kubeconfig=/my files/config' --as=jane (with the same --token)"
    )


def test_http_to_a_server_that_speaks_https_is_explained() -> None:
    answer = Answer(400, b"Client sent an HTTP request to an HTTPS server.\n")

    error = refusal(Access("http://127.0.0.1:6443"), answer, "cannot read", WEB)

    assert str(error) == (
        "cannot read deployment.apps/web in namespace team:"
        " API server http://127.0.0.1:6443 speaks https, but was asked by http"
    )
    assert error.hint == "name the server so in --server or the kubeconfig: https://127.0.0.1:6443"
