"""What is said of annotations that only kluctl heeds."""

from __future__ import annotations

import pytest
from builders import a_manifest
from worlds import World

from kubectl_images.unheeded_annotations import warnings

FORCE = "deploy --force-conflicts takes over all fields of other managers, and nothing only some of them"
KEEP = "a field of another manager is a conflict: leave it out of the manifest"


def an_object(name: str, annotations: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n"


@pytest.mark.parametrize(
    ("annotation", "name", "instead"),
    [
        pytest.param("kluctl.io/force-apply: 'true'", "force-apply", FORCE, id="force-apply"),
        pytest.param("kluctl.io/force-apply-field: data.a", "force-apply-field", FORCE, id="force-apply-field"),
        pytest.param("kluctl.io/force-apply-manager-1: hpa", "force-apply-manager", FORCE, id="numbered"),
        pytest.param("kluctl.io/ignore-conflicts: 'true'", "ignore-conflicts", KEEP, id="ignore-conflicts"),
        pytest.param("kluctl.io/ignore-conflicts-field-x: a", "ignore-conflicts-field", KEEP, id="any-suffix"),
        pytest.param(
            "kluctl.io/ignore-diff-field-regex: a.*",
            "ignore-diff-field-regex",
            "diff leaves out what kluctl.io/ignore-diff-field names, by its path",
            id="regex",
        ),
        pytest.param(
            "kluctl.io/is-ready: 'false'",
            "is-ready",
            "--wait and waitReadiness look at the object itself",
            id="is-ready-false-says-something",
        ),
        pytest.param(
            "kluctl.io/diff-name: job",
            "diff-name",
            "diff compares objects of the same name, and one whose name changes is shown as created",
            id="diff-name",
        ),
    ],
)
def test_an_annotation_without_effect_is_a_warning(fakes: World, annotation: str, name: str, instead: str) -> None:
    file = fakes.write("cm.yaml", an_object("a", annotation))

    done = fakes.run("render", "-f", file)

    warning = f"{file}:1: annotation kluctl.io/{name} of configmap/a has no effect here: {instead}"
    assert (done.code, done.err) == (0, f"warning: {warning}\n")


def test_an_annotation_of_many_objects_is_one_warning(fakes: World) -> None:
    both = "kluctl.io/force-apply-field: data.a, kluctl.io/force-apply-field-1: data.b"
    file = fakes.write("cm.yaml", "---\n".join([an_object("a", "x: y"), *(an_object(name, both) for name in "bcd")]))

    done = fakes.run("deploy", "-f", file, "--dry-run=client")

    warning = f"{file}:5: annotation kluctl.io/force-apply-field of configmap/b and 2 more has no effect here: {FORCE}"
    assert (done.code, done.err.count("kluctl.io")) == (0, 1)
    assert f"warning: {warning}\n" in done.err


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({"kluctl.io/force-apply": "false"}, id="false"),
        pytest.param({"kluctl.io/ignore-conflicts": ""}, id="empty"),
        pytest.param({"kluctl.io/ignore-diff": "true", "kluctl.io/ignore-diff-field-1": "a"}, id="heeded"),
        pytest.param({"kluctl.io/skip-delete": "true"}, id="nothing-is-pruned-here"),
        pytest.param({"force-apply": "true", "example.com/force-apply": "true"}, id="of-others"),
        pytest.param({7: "true"}, id="key-that-is-no-text"),
        pytest.param(["kluctl.io/force-apply"], id="no-map"),
        pytest.param(None, id="none"),
    ],
)
def test_other_annotations_are_not_spoken_of(annotations: object) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "annotations": annotations}}

    assert warnings([a_manifest(body)]) == []
