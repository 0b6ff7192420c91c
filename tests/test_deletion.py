from __future__ import annotations

import pytest

from kubectl_images.deletion import check_stays
from kubectl_images.errors import ClusterError
from kubectl_images.objects import ObjectKey

WEB = ObjectKey("apps/v1", "Deployment", "prod", "web")
NOON = "2024-05-01T12:00:00Z"


@pytest.mark.parametrize(
    ("metadata", "what"),
    [
        pytest.param({"deletionTimestamp": NOON}, f"since {NOON}", id="at-once"),
        pytest.param(
            {"deletionTimestamp": NOON, "deletionGracePeriodSeconds": 30}, "since 2024-05-01T11:59:30Z", id="grace"
        ),
        pytest.param({"deletionTimestamp": NOON, "finalizers": ["a/b"]}, f"since {NOON}; a/b holds it", id="held"),
        pytest.param(
            {"deletionTimestamp": NOON, "finalizers": ["a", "b"]}, f"since {NOON}; a and b hold it", id="held-twice"
        ),
    ],
)
def test_what_is_being_deleted_would_be_gone_after_the_deploy(metadata: dict[str, object], what: str) -> None:
    with pytest.raises(ClusterError) as caught:
        check_stays(WEB, {"metadata": metadata})

    assert str(caught.value) == f"deployment.apps/web is being deleted ({what}), so it would be gone after the deploy"
    assert caught.value.hint == "wait until it is gone, and deploy again"


@pytest.mark.parametrize("metadata", [{}, {"finalizers": ["a"]}, {"deletionTimestamp": None}])
def test_any_other_object_stays(metadata: dict[str, object]) -> None:
    check_stays(WEB, {"metadata": metadata})
