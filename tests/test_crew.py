from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from registry_client import FakeClock

from kubectl_images.crew import ask_all
from kubectl_images.errors import RegistryError
from kubectl_images.registry_policy import Policy


def host_of(key: str) -> str:
    return key.partition("/")[0]


def run(
    work: Mapping[str, Callable[[], int]], policy: Policy
) -> tuple[dict[str, int | RegistryError], list[Mapping[str, tuple[int, int]]]]:
    said: list[Mapping[str, tuple[int, int]]] = []
    return ask_all(work, host_of, policy, said.append), said


def one_at_a_time(status_after_s: float) -> Policy:
    return Policy(at_once_per_host=1, status_after_s=status_after_s, clock=FakeClock())


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_results_come_in_the_order_of_the_questions(count: int) -> None:
    work = {f"host-{number % 3}/{number}": partial(int, number) for number in range(count)}

    found, said = run(work, Policy())

    assert list(found.items()) == [(f"host-{number % 3}/{number}", number) for number in range(count)]
    assert said == []


def test_a_registry_that_fails_is_an_answer_like_any_other() -> None:
    error = RegistryError("it limits requests")

    def fail() -> int:
        raise error

    assert run({"a/1": fail, "a/2": partial(int, 2)}, Policy())[0] == {"a/1": error, "a/2": 2}


def test_any_other_error_reaches_the_caller() -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run({"a/1": fail}, Policy())


def test_work_that_takes_long_is_counted_for_each_host_and_taken_away_at_the_end() -> None:
    work = {f"a.example.com/{number}": partial(int, number) for number in range(3)}

    assert run(work, one_at_a_time(status_after_s=0))[1] == [
        {"a.example.com": (1, 3)},
        {"a.example.com": (2, 3)},
        {},
    ]


def test_hosts_that_are_done_are_not_counted_any_more() -> None:
    said = run({"a/1": partial(int, 1), "b/1": partial(int, 1)}, one_at_a_time(status_after_s=0))[1]

    assert said in ([{"a": (0, 1)}, {}], [{"b": (0, 1)}, {}])


def test_work_that_is_quick_is_not_counted() -> None:
    work = {f"a/{number}": partial(int, number) for number in range(3)}

    assert run(work, one_at_a_time(status_after_s=1000))[1] == []
