from __future__ import annotations

import copy

import pytest
from builders import a_manifest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.objects import Body
from kubectl_images.server_fields import without_server_fields

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def an_object(metadata: Body | None = None, **fields: object) -> Body:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod", **(metadata or {})},
        **fields,
    }


PLAIN = an_object(spec={"status": "x"}, data={})


@pytest.mark.parametrize(
    ("body", "cleaned", "told"),
    [
        pytest.param(PLAIN, PLAIN, None, id="nothing"),
        pytest.param(an_object(status={"replicas": 1}), an_object(), "status is the server's", id="status"),
        pytest.param(
            an_object({"resourceVersion": "7"}), an_object(), "metadata.resourceVersion is the server's", id="version"
        ),
        pytest.param(
            an_object(
                {
                    "uid": "u",
                    "resourceVersion": "7",
                    "generation": 2,
                    "selfLink": "/x",
                    "managedFields": [{}],
                    "creationTimestamp": "2022",
                    "deletionTimestamp": "2022",
                },
                status={"a": {"b": 0}},
            ),
            an_object(),
            "status, metadata.creationTimestamp, metadata.deletionTimestamp, metadata.generation,"
            " metadata.managedFields, metadata.resourceVersion, metadata.selfLink, metadata.uid are the server's",
            id="all",
        ),
        pytest.param(
            an_object({"creationTimestamp": None, "managedFields": None}, status=None), an_object(), None, id="null"
        ),
        pytest.param(
            an_object(status={"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []}),
            an_object(),
            None,
            id="as-generators-write-it",
        ),
        pytest.param(an_object(status={"ready": False}), an_object(), "status is the server's", id="false"),
        pytest.param(
            an_object({"annotations": {LAST_APPLIED: "{}", "a": "b"}}),
            an_object({"annotations": {"a": "b"}}),
            f"the annotation {LAST_APPLIED} is the server's",
            id="copy-of-kubectl-apply",
        ),
        pytest.param(
            an_object({"annotations": {"deployment.kubernetes.io/revision": "3"}}),
            an_object(),
            "the annotation deployment.kubernetes.io/revision is the server's",
            id="only-annotation",
        ),
        pytest.param(an_object({"annotations": None}), an_object({"annotations": None}), None, id="no-annotations"),
    ],
)
def test_what_the_server_writes_is_left_out_and_told(body: Body, cleaned: Body, told: str | None) -> None:
    before = copy.deepcopy(body)

    (manifest,), notes = without_server_fields([a_manifest(body)])

    assert manifest.body == cleaned
    assert notes == ((f"web.yaml:1: deployment.apps/web: {told} and left out",) if told else ())
    assert body == before


def test_the_status_of_a_custom_resource_stays() -> None:
    body: Body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}, "status": {"a": 1}}
    manifest = a_manifest(body)

    assert without_server_fields([manifest]) == ((manifest,), ())


def test_the_namespace_of_a_cluster_scoped_object_is_left_out_silently() -> None:
    body: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
    manifest = a_manifest(body)
    written = {**body, "metadata": {"name": "n", "namespace": "other"}}

    (found,), notes = without_server_fields([type(manifest)(manifest.key, written, manifest.place)])

    assert (found, notes) == (manifest, ())


FIELDS = st.dictionaries(
    st.sampled_from(["uid", "generation", "labels", "annotations", "resourceVersion"]), st.just("x"), max_size=5
)


@given(FIELDS, st.sampled_from([{}, {"status": {"a": 1}}, {"spec": {}}]))
def test_once_more_changes_nothing(metadata: Body, fields: Body) -> None:
    once, _ = without_server_fields([a_manifest(an_object(metadata, **fields))])

    assert without_server_fields(once) == (once, ())
