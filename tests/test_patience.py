"""How long what keeps an object may last."""

from __future__ import annotations

import pytest

from kubectl_images.objects import ObjectKey
from kubectl_images.patience import Limits, Troubles
from kubectl_images.pod_faults import Fault, Severity
from kubectl_images.progress import Failed, Patience, Pending, Progress, Ready

WEB, API = (ObjectKey("apps/v1", "Deployment", "default", name) for name in ("web", "api"))
LIMITS = Limits(passing_s=10, unscheduled_s=30, scaling_s=600, unbound_s=40, silent_s=15, stopping_s=60)
WAITS = Pending("it waits")
FAILED = Failed("it waits")


def fault(severity: Severity = "passing", reason: str = "Missing", pod: str = "web-1", container: str = "app") -> Fault:
    return Fault(severity, reason, "no", pod, container, "web:1")


@pytest.mark.parametrize(
    ("severity", "patience_s"),
    [("passing", 10), ("unscheduled", 30), ("scaling", 600), ("unbound", 40)],
)
def test_a_fault_that_lasts_is_a_failure(severity: Severity, patience_s: float) -> None:
    troubles = Troubles(LIMITS)

    found = [troubles.judged(WEB, WAITS, [fault(severity)], 100 + now) for now in (0, patience_s - 1, patience_s)]

    assert found == [WAITS, WAITS, FAILED]


@pytest.mark.parametrize(("severity", "expected"), [("final", FAILED), ("told", WAITS)])
def test_what_cannot_pass_is_a_failure_at_once_and_what_explains_never(severity: Severity, expected: Progress) -> None:
    troubles = Troubles(LIMITS)

    assert [troubles.judged(WEB, WAITS, [fault(severity)], now) for now in (0, 9999)] == [expected, expected]


@pytest.mark.parametrize(
    ("key", "other"),
    [
        pytest.param(API, fault(), id="object"),
        pytest.param(WEB, fault(reason="Other"), id="reason"),
        pytest.param(WEB, fault(pod="web-2"), id="pod"),
        pytest.param(WEB, fault(container="sidecar"), id="container"),
    ],
)
def test_each_fault_has_a_patience_of_its_own(key: ObjectKey, other: Fault) -> None:
    troubles = Troubles(LIMITS)
    troubles.judged(WEB, WAITS, [fault()], 0)

    assert troubles.judged(key, WAITS, [other], 11) == WAITS


def test_a_fault_that_went_away_begins_anew() -> None:
    troubles = Troubles(LIMITS)
    found = [troubles.judged(WEB, WAITS, faults, now) for now, faults in ((0, [fault()]), (5, []), (11, [fault()]))]

    assert found == [WAITS, WAITS, WAITS]


def test_a_fault_beside_another_one_keeps_its_time() -> None:
    troubles = Troubles(LIMITS)
    troubles.judged(WEB, WAITS, [fault()], 0)
    troubles.judged(WEB, WAITS, [fault(reason="Other"), fault()], 9)

    assert troubles.judged(WEB, WAITS, [fault(reason="Other"), fault()], 10) == FAILED


@pytest.mark.parametrize(("patience", "patience_s"), [("passing", 10), ("silent", 15), ("stopping", 60)])
@pytest.mark.parametrize("then", [Ready("nobody says anything"), Failed("it is paused")])
def test_an_object_that_stays_as_it_is_counts_as_what_it_says(
    patience: Patience, patience_s: float, then: Ready | Failed
) -> None:
    troubles, waits = Troubles(LIMITS), Pending("it waits", then, patience)

    found = [troubles.judged(WEB, waits, [], now) for now in (0, patience_s - 1, patience_s)]

    assert found == [waits, waits, then]
