"""Why a claim is not bound, as its events tell it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.claim_faults import claim_faults
from kubectl_images.objects import Body
from kubectl_images.pod_faults import Fault
from kubectl_images.workload_faults import neighbours

NO_SUCH = 'storageclass.storage.k8s.io "fast" not found'
NO_CLASS = "no persistent volumes available for this claim and no storage class is set"


def claim(**spec: Any) -> Body:
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "uid": "1"}, "spec": spec}


def event(reason: str, message: str, at: int = 0, uid: str = "1") -> Body:
    return {"metadata": {"name": f"{uid}.{at}"}, "involvedObject": {"uid": uid}, "reason": reason, "message": message,
            "lastTimestamp": f"2026-01-01T12:00:0{at}Z"}  # fmt: skip


@pytest.mark.parametrize(
    ("live", "events", "expected"),
    [
        pytest.param(claim(), [], (), id="nothing-is-said"),
        pytest.param(claim(), [event("FailedBinding", NO_CLASS, uid="2")], (), id="of-another"),
        pytest.param(
            claim(storageClassName="fast"),
            [event("ProvisioningFailed", NO_SUCH)],
            (Fault("unbound", "ProvisioningFailed", NO_SUCH),),
            id="no-such-class",
        ),
        pytest.param(
            claim(),
            [event("FailedBinding", NO_CLASS)],
            (Fault("unbound", "FailedBinding", NO_CLASS),),
            id="no-class-and-no-default",
        ),
        pytest.param(
            claim(storageClassName=""),
            [event("FailedBinding", NO_CLASS)],
            (Fault("told", "FailedBinding", NO_CLASS),),
            id="no-class-on-purpose",
        ),
        pytest.param(
            claim(storageClassName="fast"),
            [
                event("ExternalProvisioning", "Waiting for a volume\nto be created", 2),
                event("ProvisioningFailed", NO_SUCH),
            ],
            (Fault("told", "ExternalProvisioning", "Waiting for a volume to be created"),),
            id="the-last-word",
        ),
    ],
)
def test_what_was_said_last_of_a_claim_says_whether_it_may_pass(
    live: Body, events: list[Body], expected: tuple[Fault, ...]
) -> None:
    assert claim_faults(live, neighbours([], [], events)) == expected
