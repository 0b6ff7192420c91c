from __future__ import annotations

import pytest

from kubectl_images.objects import Body
from kubectl_images.takeover import takeover

CSA = "kubectl-client-side-apply"
OURS = "kubectl-images"
NOBODY = "before-first-apply"
MANIFEST: Body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}


def an_entry(
    manager: str, operation: str = "Update", *fields: str, version: str = "v1", subresource: str = "", time: str = ""
) -> Body:
    entry: Body = {
        "manager": manager,
        "operation": operation,
        "apiVersion": version,
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {f"f:{name}": {} for name in fields}},
    }
    entry |= {"time": time} if time else {}
    return entry | ({"subresource": subresource} if subresource else {})


def an_object(*entries: Body, **data: str) -> Body:
    return {"metadata": {"name": "c", "resourceVersion": "7", "managedFields": list(entries)}, "data": data}


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        pytest.param([], None, id="nobody"),
        pytest.param([an_entry(OURS, "Apply", "a")], None, id="ours"),
        pytest.param([an_entry("other", "Update", "a"), an_entry("kubectl", "Apply", "a")], None, id="others"),
        pytest.param([an_entry(CSA)], (CSA,), id="kubectl-apply"),
        pytest.param([an_entry(OURS, "Apply"), an_entry(CSA)], None, id="kubectl-apply-of-what-is-ours"),
        pytest.param([an_entry(CSA, "Apply")], None, id="another-operation"),
        pytest.param([an_entry(CSA, subresource="status")], None, id="a-part-of-the-object"),
        pytest.param([an_entry("kubectl-create"), an_entry("kluctl", "Apply")], ("kluctl", "kubectl-create"), id="two"),
        pytest.param([an_entry(OURS, "Apply"), an_entry("kubectl-edit")], None, id="edited-when-it-was-ours"),
        pytest.param([an_entry("kubectl-scale"), an_entry("kubectl-rollout")], None, id="what-declares-nothing"),
        pytest.param([an_entry(OURS, "Apply"), an_entry(OURS)], (), id="poked"),
    ],
)
def test_what_is_taken_over(entries: list[Body], names: tuple[str, ...] | None) -> None:
    found = takeover(an_object(*entries), MANIFEST)

    assert (found.names if found else None) == names


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([an_entry(CSA, "Update", "a")], [an_entry(OURS, "Apply", "a")], id="renamed"),
        pytest.param(
            [an_entry(OURS, "Apply", "a"), an_entry("x", "Update", "z"), an_entry(OURS, "Update", "b")],
            [an_entry(OURS, "Apply", "a", "b"), an_entry("x", "Update", "z")],
            id="merged-into-ours",
        ),
        pytest.param(
            [an_entry(CSA, "Update", "a"), an_entry("kubectl-create", "Update", "b")],
            [an_entry(OURS, "Apply", "a", "b")],
            id="two",
        ),
        pytest.param(
            [an_entry(OURS, "Apply", "a"), an_entry(OURS, "Update", "b", version="v0")],
            [an_entry(OURS, "Apply", "a")],
            id="of-another-version",
        ),
        pytest.param(
            [an_entry(CSA, "Update", "a", version="v0", time="2024"), an_entry(CSA, "Update", "b", time="2023")],
            [an_entry(OURS, "Apply", "b", time="2023")],
            id="the-manifests-version-before-a-newer-one",
        ),
        pytest.param(
            [
                an_entry(CSA, "Update", "a", version="v0", time="2023"),
                an_entry(CSA, "Update", "b", version="v2", time="2024"),
                an_entry("kubectl-edit", "Update", "c", version="v3"),
            ],
            [an_entry(OURS, "Apply", "b", version="v2", time="2024")],
            id="else-the-newest",
        ),
        pytest.param(
            [an_entry(OURS, "Apply", "a", version="v0"), an_entry(OURS, "Update", "b", version="v0")],
            [an_entry(OURS, "Apply", "a", "b", version="v0")],
            id="our-own-version",
        ),
        pytest.param(
            [an_entry(CSA, "Update", "a"), an_entry(CSA, "Update", "s", subresource="status")],
            [an_entry(OURS, "Apply", "a"), an_entry(CSA, "Update", "s", subresource="status")],
            id="not-a-part-of-the-object",
        ),
    ],
)
def test_their_fields_become_ours_in_the_version_that_was_read(before: list[Body], after: list[Body]) -> None:
    found = takeover(an_object(*before), MANIFEST)

    assert found is not None
    assert found.operations() == [
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
    ]


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [("v0", "v1", True), ("v0", "v0", False), ("v1", "v1", False), ("v1", "v0", False), ("v0", "v2", False)],
)
def test_it_waits_until_our_own_fields_are_in_the_manifests_version(own: str, theirs: str, expected: bool) -> None:
    live = an_object(an_entry(OURS, "Apply", "a", version=own), an_entry(OURS, "Update", "b", version=theirs))
    found = takeover(live, MANIFEST)

    assert found is not None
    assert found.is_late is expected


@pytest.mark.parametrize(
    ("manager", "names"), [pytest.param(CSA, (CSA,), id="kubectl-apply"), pytest.param("kubectl-edit", None, id="edit")]
)
def test_force_takes_over_a_later_apply_of_kubectl_wholly(manager: str, names: tuple[str, ...] | None) -> None:
    found = takeover(an_object(an_entry(OURS, "Apply", "a"), an_entry(manager, "Update", "b")), MANIFEST, force=True)

    assert (found.names if found else None) == names


VERSION = {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}
LIVE = an_object(an_entry(CSA, "Update", "a", "b"), a="1", b="2")


@pytest.mark.parametrize(
    ("tried", "changes"),
    [
        pytest.param(an_object(an_entry(OURS, "Apply", "a", "b"), an_entry(CSA, "Update", "a"), a="1", b="2"), None),
        pytest.param(
            an_object(an_entry(OURS, "Apply", "a"), an_entry(CSA, "Update", "a", "b"), a="1", b="2"),
            [{"op": "add", "path": "/data", "value": {"a": "1"}}, VERSION],
            id="one-goes",
        ),
        pytest.param(
            an_object(
                an_entry(OURS, "Apply", "a"), an_entry("x", "Update", "b"), an_entry(CSA, "Update", "b"), a="1", b="2"
            ),
            None,
            id="another-owns-it-too",
        ),
        pytest.param(
            an_object(an_entry(CSA, "Update", "a", "b"), a="1", b="2"),
            [{"op": "remove", "path": "/data"}, VERSION],
            id="all-go",
        ),
    ],
)
def test_what_they_alone_own_after_a_dry_run_would_go(tried: Body, changes: list[Body] | None) -> None:
    found = takeover(LIVE, MANIFEST)

    assert found is not None
    assert found.leftovers_removed(LIVE, tried) == changes


def test_what_differs_in_the_metadata_is_part_of_the_change() -> None:
    tried = an_object(an_entry(OURS, "Apply", "a"), an_entry(CSA, "Update", "b"), a="1", b="2")
    live = {**LIVE, "metadata": {**LIVE["metadata"], "labels": {"x": "1"}, "generation": 1}}
    tried["metadata"] |= {"annotations": {"y": "2"}, "generation": 2}
    found = takeover(live, MANIFEST)

    assert found is not None
    assert found.leftovers_removed(live, tried) == [
        {"op": "add", "path": "/data", "value": {"a": "1"}},
        {"op": "remove", "path": "/metadata/labels"},
        {"op": "add", "path": "/metadata/annotations", "value": {"y": "2"}},
        VERSION,
    ]


@pytest.mark.parametrize(
    ("annotations", "names"),
    [
        pytest.param({"f:kubectl.kubernetes.io/last-applied-configuration": {}}, (NOBODY,), id="by-kubectl-apply"),
        pytest.param({"f:other": {}}, None, id="by-who-knows"),
    ],
)
def test_of_nobody_is_taken_what_kubectl_apply_declared(annotations: Body, names: tuple[str, ...] | None) -> None:
    entry = an_entry(NOBODY, "Update", "a")
    entry["fieldsV1"]["f:metadata"] = {"f:annotations": annotations}
    # Who else has the copy of `kubectl apply` says nothing about nobody.
    other = an_entry("x", "Update")
    other["fieldsV1"]["f:metadata"] = {"f:annotations": {"f:kubectl.kubernetes.io/last-applied-configuration": {}}}

    found = takeover(an_object(entry, other), MANIFEST)

    assert (found.names if found else None) == names
