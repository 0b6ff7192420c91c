"""Whether a pod is ready, and not only because its old container still runs."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.objects import Body
from kubectl_images.progress import READY, UNSEEN, Failed, Pending, Progress, Ready
from kubectl_images.readiness import progress

READY_CONDITION = {"type": "Ready", "status": "True"}
DIGEST = "sha256:" + "a" * 64


def body(status: dict[str, Any] | None, image: str = "", **metadata: Any) -> Body:
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", **metadata}}
    made["spec"] = {"containers": [{"name": "app", "image": image}]} if image else {}
    return made | ({} if status is None else {"status": status})


def condition(type_: str) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": "True"}]}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(None, Pending("it is Pending"), id="new"),
        pytest.param({"phase": "Running"}, Pending("it runs, and is not ready"), id="running"),
        pytest.param({"phase": "Running"} | condition("Ready"), READY, id="ready"),
        pytest.param({"phase": "Succeeded"}, READY, id="succeeded"),
        pytest.param(
            {"phase": "Failed", "reason": "Evicted", "message": "The node was low\non memory."},
            Failed("it failed: Evicted: The node was low on memory.", "logs pod/web --all-containers"),
            id="evicted",
        ),
        pytest.param(
            {"phase": "Failed"}, Failed("it failed", "logs pod/web --all-containers"), id="failed-without-words"
        ),
    ],
)
def test_a_pod(status: dict[str, Any] | None, expected: Progress) -> None:
    assert progress(body(status)) == expected


@pytest.mark.parametrize(
    ("generation", "observed", "expected"),
    [
        pytest.param(2, {"observedGeneration": 1}, UNSEEN, id="its-change-is-not-seen"),
        pytest.param(2, {"observedGeneration": 2}, READY, id="its-change-is-seen"),
        pytest.param(2, {}, READY, id="the-kubelet-does-not-say"),
    ],
)
def test_a_ready_pod_counts_when_its_kubelet_has_seen_its_change(
    generation: int, observed: dict[str, Any], expected: Progress
) -> None:
    status = {"phase": "Running"} | condition("Ready") | observed

    assert progress(body(status, generation=generation)) == expected


def runs(image: str, image_id: str = "", at: str = "12:00:00", **status: Any) -> dict[str, Any]:
    """Return the status of a pod whose container runs an image since a time."""
    state = {"running": {"startedAt": f"2026-01-01T{at}Z"}}
    container = {"name": "app", "image": image, "imageID": image_id, "state": state}
    return {"phase": "Running", "containerStatuses": [container]} | condition("Ready") | status


def still(image: str, wanted: str) -> Pending:
    text = f'container "app" runs image {image}, and not {wanted}'
    return Pending(text, Ready(text), "stopping")


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        pytest.param("web:2", runs("web:1"), still("web:1", "web:2"), id="the-old-image"),
        pytest.param("web:2", runs("docker.io/library/web:2"), READY, id="the-same-by-its-full-name"),
        pytest.param("web", runs("docker.io/library/web:latest"), READY, id="the-same-by-its-default-tag"),
        pytest.param("web:2", runs("web:1", at="12:00:09"), READY, id="begun-after-the-change"),
        pytest.param(f"web@{DIGEST}", runs("web:2", f"docker.io/library/web@{DIGEST}"), READY, id="the-digest"),
        pytest.param(
            f"web@{DIGEST}",
            runs("web:2", f"docker.io/library/web@{DIGEST.replace('a', 'b')}"),
            still("web:2", f"web@{DIGEST}"),
            id="another-digest",
        ),
        pytest.param("web:2", runs(DIGEST), still(DIGEST, "web:2"), id="a-name-that-says-nothing"),
        pytest.param("web:2", runs("web:1", generation=1, observedGeneration=1), READY, id="the-kubelet-has-seen-it"),
    ],
)
def test_a_pod_whose_container_runs_another_image_is_not_ready_yet(
    wanted: str, status: dict[str, Any], expected: Progress
) -> None:
    changed = [{"time": "2026-01-01T12:00:05Z"}, {"time": "2026-01-01T12:00:30Z", "subresource": "status"}]

    assert progress(body(status, wanted, managedFields=changed)) == expected


def test_an_image_of_another_name_is_fine_when_nobody_changed_the_pod() -> None:
    assert progress(body(runs("web:1"), "web:2")) == READY


def test_a_container_that_has_ended_does_not_count() -> None:
    done = {"name": "setup", "image": "setup:1", "state": {"terminated": {"exitCode": 0}}}
    live = body(runs("web:2", initContainerStatuses=[done]), "web:2", managedFields=[{"time": "2026-01-01T12:00:05Z"}])
    live["spec"]["initContainers"] = [{"name": "setup", "image": "setup:2"}]

    assert progress(live) == READY
