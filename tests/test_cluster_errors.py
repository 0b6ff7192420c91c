from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_images.access import Access, Token
from kubectl_images.cluster_errors import refusal
from kubectl_images.kube_client import Answer
from kubectl_images.objects import Body, ObjectKey

ACCESS = Access("https://one", context="c", user="jane", login=Token("t"))
WEB = ObjectKey("apps/v1", "Deployment", "team", "web")
SECRET = ObjectKey("v1", "Secret", "team", "login")
_WEB = "cannot apply deployment.apps/web in namespace team: "
_SECRET = "cannot apply secret/login in namespace team: "


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
            "ask for a role with this right; to check it: kubectl auth can-i patch things --context=c",
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
        pytest.param(Answer(302, b""), f'{_WEB}API server https://one (context "c") answered 302', None, id="redirect"),
        pytest.param(Answer(413, b"too large"), f"{_WEB}too large", None, id="not-json"),
        pytest.param(
            _status(409, "", [{"message": "somebody", "field": ".a"}]),
            f"{_WEB}1 field is owned by another manager\n    .a is owned by somebody",
            "take them over with --force-conflicts, or leave them out of the manifest",
            id="conflict-in-other-words",
        ),
    ],
)
def test_a_refusal_is_told_with_its_way_out(answer: Answer, message: str, hint: str | None) -> None:
    error = refusal(ACCESS, answer, "apply", WEB)

    assert (str(error), error.hint, error.status) == (message, hint, answer.status)


def test_a_missing_login_is_told_apart_from_a_refused_one() -> None:
    error = refusal(Access("https://one"), _status(401, "Unauthorized"), "apply", WEB)

    assert str(error) == f"{_WEB}API server https://one asks for a login, and the kubeconfig has none"
    assert error.hint == "give one with --token TOKEN"


@pytest.mark.parametrize(
    ("body", "answer", "message"),
    [
        pytest.param(
            {"stringData": {"a": "hunter2"}},
            _status(500, "failed to create typed patch object (/login; /v1, Kind=Secret): .stringData.a: got hunter2"),
            ".stringData.a: got ***",
            id="value",
        ),
        pytest.param(
            {"stringData": {"a": {"b": ["hunter2"]}}},
            _status(500, 'x: got &value.valueUnstructured{Value:map[string]interface {}{"b":"hunter2"}}'),
            'API server https://one (context "c") answered 500: x: got &value.valueUnstructured{Value:***}',
            id="structure",
        ),
        pytest.param(
            {"data": {"a": 'two "quoted"\nlines'}},
            _status(400, 'bad: "two \\"quoted\\"\\nlines"'),
            'bad: "***"',
            id="quoted",
        ),
        pytest.param(
            {"data": {"a": "ab", "b": "abcd", "c": None}}, _status(400, "bad: abcd"), "bad: ***", id="longest-first"
        ),
        pytest.param(
            {},
            _status(422, "x", [{"field": "data[a]", "message": 'Invalid value: "hunter2": must be short'}]),
            "it is invalid\n    data[a]: Invalid value",
            id="invalid",
        ),
        pytest.param(
            {},
            _status(422, "x", [{"field": "type", "message": 'Invalid value: "hunter2": field is immutable'}]),
            "it is invalid\n    type: Invalid value: field is immutable",
            id="immutable",
        ),
    ],
)
def test_the_values_of_a_secret_are_masked(body: Body, answer: Answer, message: str) -> None:
    error = refusal(ACCESS, answer, "apply", SECRET, body)

    assert str(error) == f"{_SECRET}{message}"
