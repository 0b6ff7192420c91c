from __future__ import annotations

from collections.abc import Mapping

import pytest
from builders import a_call, a_deployment, a_key, a_manifest, a_use

from kubectl_images.apply import Outcome, Status
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.plan import ImageChange, image_changes, summary
from kubectl_images.resolve import Decision


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param({}, ["app: (none) -> nginx:2 (registry)"], id="not-read"),
        pytest.param({a_key(): None}, ["app: (none) -> nginx:2 (registry)"], id="not-there"),
        pytest.param({a_key(): a_deployment({"log": "x"})}, ["app: (none) -> nginx:2 (registry)"], id="new-container"),
        pytest.param({a_key(): a_deployment({"app": "nginx:1"})}, ["app: nginx:1 -> nginx:2 (registry)"], id="newer"),
        pytest.param({a_key(): a_deployment({"app": "other:1"})}, ["app: other:1 -> nginx:2 (registry)"], id="other"),
        pytest.param({a_key(): a_deployment({"app": "nginx:2"})}, [], id="same"),
    ],
)
def test_a_change_says_what_runs_what_comes_and_why(live: Mapping[ObjectKey, Body | None], expected: list[str]) -> None:
    changes = image_changes([Decision(a_use(), "nginx:2", "registry")], live)

    assert {str(key): [str(change) for change in found] for key, found in changes.items()} == (
        {"deployment.apps/web": expected} if expected else {}
    )


def test_changes_are_grouped_by_object_in_the_order_of_the_uses() -> None:
    uses = [a_use(container="b"), a_use(key=a_key(name="api"), container=""), a_use(container="a")]
    decisions = [Decision(use, "nginx:2", "fixed") for use in uses]

    assert image_changes(decisions, {}) == {
        a_key(): [ImageChange(decisions[0], None), ImageChange(decisions[2], None)],
        a_key(name="api"): [ImageChange(decisions[1], None)],
    }
    assert str(ImageChange(decisions[1], None)) == "spec.image: (none) -> nginx:2 (fixed)"


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        pytest.param("hunter2", "***", id="something-else"),
        pytest.param("nginx:1", "nginx:1", id="image-of-the-repository"),
    ],
)
def test_nothing_of_a_secret_is_shown_but_our_own_images(held: str, shown: str) -> None:
    use = a_use(a_call("nginx"), key=a_key("Secret"), container="")
    live: Body = {"apiVersion": "v1", "kind": "Secret", "spec": {"image": held}}

    ((change,),) = image_changes([Decision(use, "nginx:2", "fixed")], {use.key: live}).values()

    assert str(change) == f"spec.image: {shown} -> nginx:2 (fixed)"


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        pytest.param(["created"], "1 object: 1 created", id="one"),
        pytest.param(["unchanged", "created"], "2 objects: 1 created, 1 unchanged", id="two"),
        pytest.param(
            ["not tried", "failed", "unchanged", "applied", "configured", "created", "not tried"],
            "7 objects: 1 created, 1 configured, 1 applied, 1 unchanged, 1 failed, 2 not tried",
            id="one-of-each",
        ),
    ],
)
def test_a_summary_counts_objects_by_what_became_of_them(statuses: list[Status], text: str) -> None:
    manifest = a_manifest(a_deployment({}))

    assert summary(Outcome(manifest, status) for status in statuses) == text
