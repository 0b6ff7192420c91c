"""What is followed for objects that are not ready."""

from __future__ import annotations

import pytest

from kubectl_images.following import Scope
from kubectl_images.objects import ObjectKey
from kubectl_images.wait_scopes import around, scopes_of

API_VERSIONS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "Widget": "example.com/v1"}


def key(kind: str, name: str = "web", namespace: str = "a") -> ObjectKey:
    return ObjectKey(API_VERSIONS.get(kind, "v1"), kind, namespace, name)


def scope(kind: str, fields: str = "", namespace: str = "a") -> Scope:
    return Scope(ObjectKey("apps/v1" if kind == "ReplicaSet" else "v1", kind, namespace, ""), fields=fields)


WARNINGS = scope("Event", "type=Warning")
SCALED = scope("Event", "reason=TriggeredScaleUp")
CLAIMS = scope("Event", "involvedObject.kind=PersistentVolumeClaim")


def test_an_object_is_followed_alone_and_several_of_a_kind_and_namespace_together() -> None:
    one, two, other, job = key("Deployment", "1"), key("Deployment", "2"), key("Deployment", "1", "b"), key("Job")

    assert scopes_of([one, two, other, job]) == [
        Scope(key("Deployment", ""), keys=(one, two)),
        Scope(other, keys=(other,)),
        Scope(job, keys=(job,)),
    ]


@pytest.mark.parametrize(
    ("keys", "unscheduled", "expected"),
    [
        pytest.param([], {"a"}, [], id="none"),
        pytest.param([key("Deployment")], set(), [scope("ReplicaSet"), scope("Pod"), WARNINGS], id="deployment"),
        pytest.param([key("StatefulSet"), key("Job")], set(), [scope("Pod"), WARNINGS], id="no-deployment"),
        pytest.param([key("Pod")], set(), [WARNINGS], id="pod"),
        pytest.param([key("Pod")], {"a", "b"}, [WARNINGS, SCALED], id="pod-without-a-node"),
        pytest.param([key("PersistentVolumeClaim")], set(), [CLAIMS], id="claim"),
        pytest.param([key("Service"), key("Widget")], set(), [], id="no-workload"),
        pytest.param(
            [key("Pod", namespace="b"), key("Pod"), key("Pod", "2")],
            set(),
            [WARNINGS, scope("Event", "type=Warning", "b")],
            id="of-two-namespaces",
        ),
    ],
)
def test_what_is_around_says_why_an_object_is_not_ready(
    keys: list[ObjectKey], unscheduled: set[str], expected: list[Scope]
) -> None:
    assert around(keys, unscheduled) == expected
