from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from builders import a_key

from kubectl_images.under_way import UnderWay


@dataclass(frozen=True)
class Ended:
    status: str


def after(*statuses: str) -> UnderWay:
    under_way = UnderWay()
    for status in statuses:
        under_way.follows(a_key(), partial(Ended, status))
    return under_way


@pytest.mark.parametrize(
    ("statuses", "total", "told"),
    [
        pytest.param([], 2, "2 not tried", id="nothing"),
        pytest.param(["created"], 1, "1 applied", id="all"),
        pytest.param(["created", "configured", "replaced", "applied"], 5, "4 applied, 1 not tried", id="applied"),
        pytest.param(
            ["failed", "deleted", "unchanged", "created", "deleted"],
            9,
            "2 deleted, 1 applied, 1 unchanged, 1 failed, 4 not tried",
            id="each",
        ),
    ],
)
def test_what_became_of_the_objects_is_counted(statuses: list[str], total: int, told: str) -> None:
    assert after(*statuses).how_far(total, "applied") == told


@pytest.mark.parametrize("total", [1, 2])
def test_it_is_done_when_all_work_has_ended(total: int) -> None:
    assert after("failed").is_done(total) is (total == 1)


def test_what_is_being_worked_on_may_be_done_and_is_not_counted_as_such() -> None:
    """Outcomes are told in order, so that one that takes long is before others that are done."""
    under_way, said = UnderWay(), list[str]()

    def second() -> Ended:
        said.append(under_way.how_far(3, "applied"))
        return Ended("created")

    def first() -> Ended:
        under_way.follows(a_key(name="second"), second)
        said.append(under_way.how_far(3, "applied"))
        return Ended("created")

    under_way.follows(a_key(name="first"), first)

    assert said == [
        "2 being worked on, and perhaps done, 1 not tried",
        "1 applied, 1 being worked on, and perhaps done, 1 not tried",
    ]


def shown(*steps: Callable[[UnderWay], object]) -> list[str]:
    lines: list[str] = []
    under_way = UnderWay(lines.append)

    def work() -> Ended:
        for step in steps:
            step(under_way)
        return Ended("deleted")

    under_way.follows(a_key("ConfigMap", "a"), work)
    return lines


def waits(name: str, text: str = "is being deleted") -> Callable[[UnderWay], object]:
    return lambda under_way: under_way.waits(a_key("ConfigMap", name), text)


A = "waiting 0 s: configmap.example.com/a is being deleted"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        pytest.param([], [], id="no-wait"),
        pytest.param([waits("a")], [A, ""], id="one"),
        pytest.param([waits("a"), waits("a")], [A, ""], id="the-same-again"),
        pytest.param([waits("a"), waits("a", "is held")], [A, A.replace("being deleted", "held"), ""], id="another"),
        pytest.param(
            [waits("a"), waits("b")], [A, f"{A}; 1 more object", A.replace("/a", "/b")], id="the-first-of-two"
        ),
        pytest.param(
            [waits("a"), waits("b"), waits("c")],
            [A, f"{A}; 1 more object", f"{A}; 2 more objects", f"{A.replace('/a', '/b')}; 1 more object"],
            id="the-first-of-three",
        ),
    ],
)
def test_what_is_waited_for_is_shown_until_it_is_over(
    steps: list[Callable[[UnderWay], object]], lines: list[str]
) -> None:
    assert shown(*steps) == lines
