from __future__ import annotations

import copy
from typing import Any

import pytest
from builders import a_deployment, a_manifest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.diff import are_equal, file_name, mask_pair, masked, texts, unified, without_noise
from kubectl_images.objects import Body

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
NOISE = {
    "managedFields": [{"manager": "kubectl-images"}],
    "resourceVersion": "7",
    "generation": 2,
    "uid": "u",
    "creationTimestamp": "2022-01-01T00:00:00Z",
    "selfLink": "/x",
}


def an_object(**fields: Any) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, **fields}


def a_secret(**fields: Any) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **fields}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            an_object(status={"phase": "x"}, data={"status": "x"}), an_object(data={"status": "x"}), id="status"
        ),
        pytest.param(
            an_object(
                metadata={
                    "managedFields": [
                        {"manager": "kubectl-images", "operation": "Apply", "fieldsV1": {"f:status": {"f:phase": {}}}}
                    ]
                },
                status={"phase": "x"},
            ),
            an_object(metadata={}, status={"phase": "x"}),
            id="status-that-is-ours",
        ),
        pytest.param(
            an_object(metadata={"name": "c", "labels": {"uid": "x"}, **NOISE}),
            an_object(metadata={"name": "c", "labels": {"uid": "x"}}),
            id="metadata",
        ),
        pytest.param(
            an_object(metadata={"annotations": {LAST_APPLIED: "{}", "a": "b"}}),
            an_object(metadata={"annotations": {"a": "b"}}),
            id="last-applied",
        ),
        pytest.param(
            an_object(metadata={"annotations": {LAST_APPLIED: "{}"}}), an_object(metadata={}), id="only-last-applied"
        ),
        pytest.param(an_object(metadata={"annotations": None}), an_object(metadata={}), id="empty-annotations"),
        pytest.param(an_object(metadata=None), an_object(metadata={}), id="empty-metadata"),
    ],
)
def test_what_the_server_writes_by_itself_is_noise(body: Body, expected: Body) -> None:
    before = copy.deepcopy(body)

    assert without_noise(body) == expected
    assert body == before


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        pytest.param({"a": "MQ=="}, {"a": "MQ=="}, {"a": "***"}, {"a": "***"}, id="equal"),
        pytest.param({"a": "MQ=="}, {"a": "Mg=="}, {"a": "*** (before)"}, {"a": "*** (after)"}, id="differing"),
        pytest.param({}, {"a": "MQ=="}, {}, {"a": "***"}, id="added"),
        pytest.param({"a": "MQ=="}, {}, {"a": "***"}, {}, id="removed"),
        pytest.param(
            {"a": "MQ==", "b": "Mg==", "c": "Mw=="},
            {"a": "MQ==", "b": "OA==", "d": "OQ=="},
            {"a": "***", "b": "*** (before)", "c": "***"},
            {"a": "***", "b": "*** (after)", "d": "***"},
            id="many",
        ),
        pytest.param(None, {"a": "MQ=="}, None, {"a": "***"}, id="null"),
        pytest.param({"a": None}, {"a": ""}, {"a": "*** (before)"}, {"a": "*** (after)"}, id="null-value"),
        pytest.param("MQ==", ["MQ=="], "***", "***", id="of-a-wrong-type"),
    ],
)
@pytest.mark.parametrize("field", ["data", "stringData"])
def test_the_values_of_a_secret_are_masked_so_that_one_sees_which_differ(
    field: str, before: object, after: object, old: object, new: object
) -> None:
    pair = a_secret(**{field: before}), a_secret(**{field: after})
    written = copy.deepcopy(pair)

    assert mask_pair(*pair) == (a_secret(**{field: old}), a_secret(**{field: new}))
    assert pair == written


def test_a_field_that_only_one_state_has_stays_so() -> None:
    assert mask_pair(a_secret(), a_secret(stringData={"a": "1"})) == (a_secret(), a_secret(stringData={"a": "***"}))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(an_object(data={"a": "1"}), id="another-kind"),
        pytest.param({**a_secret(data={"a": "1"}), "apiVersion": "example.com/v1"}, id="another-group"),
        pytest.param({"data": {"a": "1"}}, id="no-kind"),
    ],
)
def test_what_is_no_secret_is_not_masked(body: Body) -> None:
    assert masked(body) == body


def test_the_copy_that_kubectl_apply_leaves_beside_a_secret_is_masked_too() -> None:
    metadata = {"name": "s", "annotations": {LAST_APPLIED: '{"data":{"a":"aHVudGVyMg=="}}', "b": "c"}}

    assert masked(a_secret(metadata=metadata, data={"a": "aHVudGVyMg=="})) == a_secret(
        metadata={"name": "s", "annotations": {"b": "c"}}, data={"a": "***"}
    )


VALUES = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["hunter2-old", "hunter2-new", "hunter2"]))


@given(VALUES, VALUES, VALUES, VALUES, st.booleans())
def test_nothing_of_a_secret_reaches_a_diff(
    old: dict[str, str], new: dict[str, str], old_text: dict[str, str], new_text: dict[str, str], exists: bool
) -> None:
    annotations = {"annotations": {LAST_APPLIED: "hunter2"}}
    live = a_secret(data=old, stringData=old_text, metadata={"name": "s", **annotations})
    merged = a_secret(data=new, stringData=new_text, metadata={"name": "s", **annotations})

    pair = texts(live if exists else None, merged)

    assert pair is None or "hunter2" not in "".join(pair) + "".join(unified("s", *pair))
    # All the same, no change is lost.
    assert (pair is None) == (exists and (old, old_text) == (new, new_text))
    assert pair is None or pair[0] != pair[1]


@pytest.mark.parametrize(
    ("live", "merged", "expected"),
    [
        pytest.param(a_deployment({"a": "x:1"}), a_deployment({"a": "x:1"}), None, id="equal"),
        pytest.param(
            an_object(metadata={"name": "c", **NOISE}, status={"a": "b"}), an_object(), None, id="equal-but-for-noise"
        ),
        pytest.param(
            an_object(a=[{"p": "1", "q": "2"}]),
            {"a": [{"q": "2", "p": "1"}], **an_object()},
            None,
            id="equal-but-for-order",
        ),
        pytest.param(
            an_object(a=[{"p": "1", "q": "2"}]),
            {"a": [{"q": "3", "p": "1"}], **an_object()},
            (
                "a:\n- p: '1'\n  q: '2'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n",
                "a:\n- p: '1'\n  q: '3'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n",
            ),
            id="changed-and-in-another-order",
        ),
        pytest.param(
            an_object(open=True, many=1),
            an_object(open=1, many=1),
            (
                "apiVersion: v1\nkind: ConfigMap\nmany: 1\nmetadata:\n  name: c\nopen: true\n",
                "apiVersion: v1\nkind: ConfigMap\nmany: 1\nmetadata:\n  name: c\nopen: 1\n",
            ),
            id="another-type",
        ),
        pytest.param(
            None,
            an_object(metadata={"name": "c", **NOISE}),
            ("", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"),
            id="new",
        ),
        pytest.param(
            an_object(data={"a": "1"}),
            an_object(data={"a": "2"}),
            (
                "apiVersion: v1\ndata:\n  a: '1'\nkind: ConfigMap\nmetadata:\n  name: c\n",
                "apiVersion: v1\ndata:\n  a: '2'\nkind: ConfigMap\nmetadata:\n  name: c\n",
            ),
            id="changed",
        ),
    ],
)
def test_a_difference_is_the_text_before_and_after(
    live: Body | None, merged: Body, expected: tuple[str, str] | None
) -> None:
    found = texts(live, merged)

    assert (found and tuple(text.replace('"', "'") for text in found)) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1, "status": {}, "metadata": {"name": "c", **NOISE}}, True, id="but-for-noise"),
        pytest.param({"a": 1}, {"a": 1.0}, True, id="one-number"),
        pytest.param({"a": 1}, {"a": True}, False, id="one-and-true"),
        pytest.param({"a": [{"b": 0}]}, {"a": [{"b": False}]}, False, id="zero-and-false"),
        pytest.param({"a": 1}, {"a": 2}, False, id="another-value"),
    ],
)
def test_states_are_equal_as_the_server_sees_them(one: Body, other: Body, expected: bool) -> None:
    assert are_equal(an_object(**one), an_object(**other)) is expected


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([("data", "b")], False, id="another-field"),
        pytest.param([("data", "a")], True, id="the-field"),
        pytest.param([()], True, id="the-whole"),
    ],
)
def test_fields_that_are_not_compared_are_no_difference(ignored: list[tuple[str, ...]], expected: bool) -> None:
    old, new = an_object(data={"a": "1"}), an_object(data={"a": "2"})

    assert (texts(old, new, ignored) is None) is expected
    assert texts(None, new, ignored) == texts(None, new)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param("a\n", "a\n", [], id="equal"),
        pytest.param("", "a\n", ["--- live/x\n", "+++ merged/x\n", "@@ -0,0 +1 @@\n", "+a\n"], id="new"),
        pytest.param(
            "a\nb\n",
            "a\nc\n",
            ["--- live/x\n", "+++ merged/x\n", "@@ -1,2 +1,2 @@\n", " a\n", "-b\n", "+c\n"],
            id="changed",
        ),
    ],
)
def test_a_unified_diff_names_both_sides(before: str, after: str, lines: list[str]) -> None:
    assert list(unified("x", before, after)) == lines


@pytest.mark.parametrize(
    ("body", "name"),
    [
        pytest.param(a_deployment({}), "apps.v1.Deployment.prod.web", id="with-group"),
        pytest.param(an_object(metadata={"name": "c", "namespace": "prod"}), "v1.ConfigMap.prod.c", id="core"),
        pytest.param(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}, "v1.Namespace..n", id="cluster"
        ),
    ],
)
def test_a_file_is_named_as_kubectl_names_it(body: Body, name: str) -> None:
    assert file_name(a_manifest(body)) == name
