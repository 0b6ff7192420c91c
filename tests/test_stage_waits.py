from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from builders import a_deployment, a_manifest, key_of

from kubectl_images.apply import Outcome, Status
from kubectl_images.errors import ClusterError, DeployError, ImagesError
from kubectl_images.objects import Body, Item, ObjectKey
from kubectl_images.stage_waits import IdleInterrupt, StageWaits


def an_outcome(name: str, status: Status = "configured", *, wait: bool = True) -> Outcome:
    body = a_deployment({}, name=name)
    live = None if status in {"not tried", "deleted"} else body
    return Outcome(replace(a_manifest(body), item=Item(name, wait=wait)), status, live)


def raising(error: BaseException) -> StageWaits:
    def wait(live: Mapping[ObjectKey, Body]) -> None:
        raise error

    return StageWaits(wait)


def test_what_items_wait_for_is_waited_for_whether_it_is_changed_or_not() -> None:
    waited: list[Mapping[ObjectKey, Body]] = []
    outcomes = [an_outcome("a"), an_outcome("b", "unchanged"), an_outcome("c", wait=False), an_outcome("d", "deleted")]

    assert StageWaits(waited.append).may_go_on(outcomes)

    assert [[key.name for key in live] for live in waited] == [["a", "b"]]


@pytest.mark.parametrize("outcomes", [[], [an_outcome("c", wait=False)]], ids=["nothing", "no-item-that-waits"])
def test_where_nothing_waits_the_next_stage_begins(outcomes: list[Outcome]) -> None:
    assert raising(AssertionError()).may_go_on(outcomes)


def test_what_was_waited_for_needs_no_second_wait() -> None:
    waits = StageWaits(lambda _live: None)
    outcomes = [an_outcome("a"), an_outcome("b", wait=False), an_outcome("c", "not tried")]
    waits.may_go_on(outcomes[:1])

    assert list(waits.others(outcomes)) == [key_of(outcomes[1].manifest.body)]


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (0, ""),
        (1, "\n    1 object of later stages was not tried"),
        (2, "\n    2 objects of later stages were not tried"),
    ],
)
@pytest.mark.parametrize(
    "error", [DeployError("a is not ready", hint="look"), ClusterError("a is not ready", hint="look")]
)
def test_what_does_not_become_ready_ends_the_deploy(error: ImagesError, rest: int, told: str) -> None:
    waits = raising(error)
    outcomes = [an_outcome("a"), *(an_outcome(f"b{number}", "not tried") for number in range(rest))]

    assert not waits.may_go_on(outcomes[:1])
    with pytest.raises(DeployError) as caught:
        waits.check(outcomes)

    assert (str(caught.value), caught.value.hint) == (f"a is not ready{told}", "look")


def test_what_is_ready_is_no_error() -> None:
    StageWaits(lambda _live: None).check([an_outcome("a")])


def test_ctrl_c_is_told_from_one_in_the_middle_of_the_work() -> None:
    with pytest.raises(IdleInterrupt):
        raising(KeyboardInterrupt()).may_go_on([an_outcome("a")])
