"""Whether a live object of any kind is ready: by kubectl's rollout rules, its phase, or its conditions.

Kinds that have nothing to wait for, such as a ConfigMap, are ready once they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .objects import Body, built_in, group_of
from .progress import (
    READY,
    UNSEEN,
    Failed,
    Pending,
    Progress,
    Ready,
    condition_of,
    is_true,
    number_of,
    spec_of,
    status_of,
    words_of,
)
from .rollout import ROLLOUTS


def progress(body: Body) -> Progress:
    """Return how far a live object is."""
    api_version, kind = body["apiVersion"], body["kind"]
    if rule := _RULES.get((group_of(api_version), kind)):
        found = rule(body)
    else:
        found = READY if built_in(api_version, kind) else _custom(body)
    return _being_deleted(body) if body["metadata"].get("deletionTimestamp") and not _is_done(body, found) else found


def _is_done(body: Body, found: Progress) -> bool:
    """Say whether an object has done all that it was for, so that it may go."""
    is_finite = body["kind"] == "Job" or status_of(body).get("phase") == "Succeeded"
    return found == READY and is_finite and (group_of(body["apiVersion"]), body["kind"]) in ROLLOUTS


def _being_deleted(body: Body) -> Failed:
    finalizers = body["metadata"].get("finalizers") or ()
    held = f"; {', '.join(finalizers)} {'hold' if len(finalizers) > 1 else 'holds'} it" if finalizers else ""
    return Failed(f"it is being deleted{held}", advice="run the same command again when it is gone")


def unbound_class(body: Body) -> str:
    """Return the StorageClass of a claim that no pod uses yet, which says when it is bound; "" for all else."""
    is_claim = (group_of(body["apiVersion"]), body["kind"]) == ("", "PersistentVolumeClaim")
    is_used = "volume.kubernetes.io/selected-node" in (body["metadata"].get("annotations") or {})
    return str(spec_of(body).get("storageClassName") or "") if is_claim and not is_used else ""


def _volume_claim(body: Body) -> Progress:
    match status_of(body).get("phase", "Pending"):
        case "Bound":
            return READY
        case "Lost":
            return Failed("it lost its volume", f"describe persistentvolumeclaim/{body['metadata']['name']}")
        case _:
            return Pending("it is not bound to a volume")


def _volume(body: Body) -> Progress:
    match status_of(body).get("phase", "Pending"):
        case "Failed":
            return Failed(
                f"it failed: {words_of(status_of(body))}", f"describe persistentvolume/{body['metadata']['name']}"
            )
        case "Pending":
            return Pending("it is Pending")
        case _:
            return READY


def _namespace(body: Body) -> Progress:
    phase = status_of(body).get("phase")
    if phase == "Terminating":
        return _being_deleted(body)
    return READY if phase == "Active" else Pending("it is not Active")


def _service(body: Body) -> Progress:
    if spec_of(body).get("type") != "LoadBalancer" or (status_of(body).get("loadBalancer") or {}).get("ingress"):
        return READY
    return Pending("it has no address of a load balancer")


def _definition(body: Body) -> Progress:
    names = condition_of(body, "NamesAccepted")
    if names.get("status") == "False":
        return Failed(f"its names are not accepted: {words_of(names)}")
    return _by(body, "Established")


def _api_service(body: Body) -> Progress:
    return _by(body, "Available")


def _custom(body: Body) -> Progress:
    """Judge a custom resource by what its controller says, where there is one that says anything."""
    status = status_of(body)
    if not status:
        return Pending("it has no status", Ready("nothing reports its state"), "silent")
    observed = number_of(status.get("observedGeneration"))
    if observed is not None and observed < body["metadata"].get("generation", 0):
        return UNSEEN
    if is_true(stalled := condition_of(body, "Stalled")):
        return Failed(f"it is stalled: {words_of(stalled)}")
    if condition_of(body, "Ready"):
        return _by(body, "Ready")
    # kstatus: a controller may say only that it is at work, and take that back when it is done.
    if is_true(reconciling := condition_of(body, "Reconciling")):
        return Pending(f"it is reconciling: {words_of(reconciling)}".removesuffix(": "))
    return READY


def _by(body: Body, type_: str) -> Progress:
    """Judge by a condition that is True when all is well."""
    condition = condition_of(body, type_)
    observed = number_of(condition.get("observedGeneration"))
    if observed is not None and observed < body["metadata"].get("generation", 0):
        return UNSEEN
    if is_true(condition):
        return READY
    said = words_of(condition)
    return Pending(f"it is not {type_}{f': {said}' if said else ''}")


_RULES: Mapping[tuple[str, str], Callable[[Body], Progress]] = {
    **ROLLOUTS,
    ("", "PersistentVolumeClaim"): _volume_claim,
    ("", "PersistentVolume"): _volume,
    ("", "Namespace"): _namespace,
    ("", "Service"): _service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
}
