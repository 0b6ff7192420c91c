"""Whether a pod is ready, and with the images that it should have: its old containers run on for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .errors import InvalidImageError
from .objects import Body
from .progress import (
    READY,
    UNSEEN,
    Failed,
    Pending,
    Progress,
    Ready,
    changed_at,
    condition_of,
    is_observed,
    is_true,
    spec_of,
    status_of,
    words_of,
)
from .references import ImageRef


def pod_progress(body: Body) -> Progress:
    """Return how far a pod is."""
    status = status_of(body)
    phase = status.get("phase", "Pending")
    if phase == "Failed":
        said = words_of(status)
        return Failed(
            f"it failed{f': {said}' if said else ''}", f"logs pod/{body['metadata']['name']} --all-containers"
        )
    if phase == "Succeeded":
        return READY
    if "observedGeneration" in status and not is_observed(body):
        return UNSEEN
    if not is_true(condition_of(body, "Ready")):
        return Pending("it runs, and is not ready" if phase == "Running" else f"it is {phase}")
    # Kubelets before Kubernetes 1.33 do not say which change they have seen.
    other = None if "observedGeneration" in status else next(_other_images(body), None)
    return Pending(other, Ready(other), "stopping") if other else READY


def _other_images(body: Body) -> Iterator[str]:
    """Yield which containers ran before the last change of their pod, with images that it does not name."""
    changed = changed_at(body)
    for written, reported in (("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")):
        images = {item["name"]: item.get("image", "") for item in spec_of(body).get(written) or ()}
        for container in status_of(body).get(reported) or ():
            name, image = container["name"], container.get("image", "")
            wanted = images.get(name, image)
            if _began(container) < changed and not _is_same(wanted, image, container.get("imageID", "")):
                yield f'container "{name}" runs image {image}, and not {wanted}'


def _began(container: Mapping[str, Any]) -> str:
    """Return when a container that runs began; "~", which comes after all times, for one that does not run."""
    running = (container.get("state") or {}).get("running")
    return str(running.get("startedAt") or "~") if isinstance(running, dict) else "~"


def _is_same(wanted: str, image: str, image_id: str) -> bool:
    """Say whether a kubelet's name of an image is the one that was asked for."""
    try:
        asked, reported = ImageRef.parse(wanted), ImageRef.parse(image)
    except InvalidImageError:
        # A kubelet may know an image by its digest alone.
        return wanted == image
    if asked.digest:
        return asked.digest in {reported.digest, image_id.rpartition("@")[2]}
    return (asked.name, asked.tag_or_latest) == (reported.name, reported.tag_or_latest)
