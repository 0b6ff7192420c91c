from __future__ import annotations

import json
from typing import Any

import pytest

from kubectl_images.access import Access
from kubectl_images.cluster_errors import refusal
from kubectl_images.errors import ClusterError, ImmutableFieldError
from kubectl_images.kube_answers import Answer
from kubectl_images.objects import Body, ObjectKey

ACCESS = Access("https://one", context="c")
JOB = ObjectKey("batch/v1", "Job", "team", "once")
SECRET = ObjectKey("v1", "Secret", "team", "login")
_SECRET = "cannot apply secret/login in namespace team: "
_JOB = "cannot apply job.batch/once in namespace team: "


def _status(code: int, message: str = "", causes: list[dict[str, str]] | None = None) -> Answer:
    status: dict[str, Any] = {"kind": "Status", "message": message}
    if causes is not None:
        status["details"] = {"causes": causes}
    return Answer(code, json.dumps(status).encode())


def _invalid(message: str, field: str = "spec.template", key: ObjectKey = JOB) -> ClusterError:
    return refusal(ACCESS, _status(422, "x", [{"field": field, "message": message}]), "cannot apply", key)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param(
            'Invalid value: {"labels":{"a":"}: b"},"Spec":{"Env":["geheim"]}}: field is immutable',
            "Invalid value: field is immutable",
            id="object",
        ),
        pytest.param(
            'Invalid value: ["geheim"]: may not change once set', "Invalid value: may not change once set", id="list"
        ),
        pytest.param(
            'Invalid value: core.PodTemplateSpec{Name:"geheim", Env:[]core.EnvVar{}}: field is immutable',
            "Invalid value: field is immutable",
            id="as-go-prints-it",
        ),
        pytest.param(
            'Invalid value: []string{"geheim"}: must be one', "Invalid value: must be one", id="list-as-go-prints-it"
        ),
        pytest.param('Invalid value: {"a":"geheim"}', "Invalid value", id="without-a-reason"),
        pytest.param('Invalid value: "a b": must be short', 'Invalid value: "a b": must be short', id="text"),
        pytest.param("Invalid value: -1: must be positive", "Invalid value: -1: must be positive", id="number"),
        pytest.param('Invalid value: "{a}": must be: x', 'Invalid value: "{a}": must be: x', id="text-with-brackets"),
        pytest.param("Required value", "Required value", id="no-value"),
    ],
)
def test_a_refused_structure_is_not_shown(message: str, reason: str) -> None:
    assert str(_invalid(message)) == f"{_JOB}it is invalid\n    spec.template: {reason}"


@pytest.mark.parametrize(
    "message",
    [
        "Invalid value: {}: field is immutable",
        "Forbidden: spec is immutable after creation except resources.requests for bound claims",
        'Invalid value: "None": may not change once set',
        "Invalid value: {}: cannot change roleRef",
        "Forbidden: updates to statefulset spec for fields other than 'replicas' and 'template' are forbidden",
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
        "Forbidden: updates to provisioner are forbidden.",
        "Forbidden: may not be changed in an update.",
        'Invalid value: "string": Value is immutable',
        'Invalid value: "string": failed rule: self == oldSelf',
    ],
)
def test_what_cannot_change_has_two_ways_out(message: str) -> None:
    assert _invalid(message).hint == (
        "keep these fields as they run, or have the object deleted and created anew from the same input:"
        " kubectl images deploy --replace-immutable"
    )


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param(ObjectKey("v1", "PersistentVolumeClaim", "team", "data"), "persistentvolumeclaim/data", id="data"),
        pytest.param(ObjectKey("example.com/v1", "Thing", "team", "t"), "thing.example.com/t", id="custom"),
    ],
)
def test_what_is_never_replaced_can_be_deleted_by_hand(key: ObjectKey, name: str) -> None:
    assert _invalid("Forbidden: field is immutable", key=key).hint == (
        "keep these fields as they run, or delete the object first, and lose what belongs to it:"
        f" kubectl delete {name} --namespace=team --context=c"
    )


def test_the_comparison_of_all_fields_is_not_shown() -> None:
    said = 'Forbidden: spec is immutable after creation\n@@ -1 +1 @@\n-  "Value": "geheim",'

    assert str(_invalid(said)) == f"{_JOB}it is invalid\n    spec.template: Forbidden: spec is immutable after creation"


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["field is immutable"], True),
        (["field is immutable", "may not change once set"], True),
        (["field is immutable", "Required value"], False),
        (["Required value"], False),
    ],
)
def test_only_fields_that_cannot_change_make_it_that_error(messages: list[str], expected: bool) -> None:
    answer = _status(422, "x", [{"field": "a", "message": message} for message in messages])

    assert isinstance(refusal(ACCESS, answer, "cannot apply", JOB), ImmutableFieldError) is expected


def test_an_invalid_value_has_no_general_way_out() -> None:
    assert _invalid("Invalid value: -1: must be positive").hint is None


def test_each_field_that_is_not_known_leads_to_its_explanation() -> None:
    said = (
        "failed to create typed patch object (team/once; batch/v1, Kind=Job): errors:\n"
        '  .spec.template.spec.containers[name="a"].imag: field not declared in schema\n'
        "  .spec.backof: field not declared in schema\n"
        "  .spec.paralelism: field not declared in schema\n"
        "  .metadata.labels.a: expected string, got &value.valueUnstructured{Value:1}"
    )

    error = refusal(ACCESS, _status(500, said), "cannot apply", JOB)

    assert str(error) == (
        f"{_JOB}it does not fit its kind\n"
        "    .metadata.labels.a: expected string, got 1\n"
        "    .spec.backof: field not declared in schema\n"
        "    .spec.paralelism: field not declared in schema\n"
        '    .spec.template.spec.containers[name="a"].imag: field not declared in schema'
    )
    explain = "the fields that it may have: kubectl explain job.spec"
    assert error.hint == (
        "put quotes around a number, true or false where a string is expected\n"
        f"{explain}.template.spec.containers --api-version=batch/v1 --context=c\n"
        f"{explain} --api-version=batch/v1 --context=c"
    )


def test_quotes_do_not_help_a_structure() -> None:
    said = (
        "failed to create typed patch object (team/once; batch/v1, Kind=Job): "
        '.metadata.labels.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":1}}'
    )

    error = refusal(ACCESS, _status(500, said), "cannot apply", JOB)

    assert (str(error), error.hint) == (
        f'{_JOB}.metadata.labels.a: expected string, got map[string]interface {{}}{{"b":1}}',
        None,
    )


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
            {"stringData": {"a": {"b": "hunter2\n}"}, "b": 12345}},
            _status(
                500,
                "failed to create typed patch object (/login; /v1, Kind=Secret): errors:\n"
                '  .stringData.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":"hunter2\n}"}}\n'
                "  .stringData.b: expected string, got &value.valueUnstructured{Value:12345}",
            ),
            "it does not fit its kind\n    .stringData.a: expected string, got ***\n    .stringData.b: expected string, got ***",
            id="several",
        ),
        pytest.param(
            {},
            _status(422, "x", [{"field": "data", "message": "Forbidden: field is immutable when `immutable` is set"}]),
            "it is invalid\n    data: Forbidden: field is immutable when `immutable` is set",
            id="immutable-as-a-whole",
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
    error = refusal(ACCESS, answer, "cannot apply", SECRET, body)

    assert str(error) == f"{_SECRET}{message}"
