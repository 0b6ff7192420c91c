from __future__ import annotations

import queue
import threading

import pytest
from registry_client import FakeClock

from kubectl_images.host_pace import Pace, Paces
from kubectl_images.registry_answers import Kind, RequestError
from kubectl_images.registry_policy import Policy


def a_pace(clock: FakeClock | None = None, at_once: int = 8, dead_after: int = 3) -> Pace:
    policy = Policy(clock=clock or FakeClock(), at_once_per_host=at_once, dead_after=dead_after)
    return Pace("registry.example.com", policy, print)


def at_once(pace: Pace) -> int:
    """Return how many turns can be held at the same time: as many threads as there could be try to."""
    held = threading.Semaphore(0)
    release = threading.Event()

    def hold() -> None:
        with pace.turn():
            held.release()
            release.wait()

    threads = [threading.Thread(target=hold, daemon=True) for _ in range(9)]
    for thread in threads:
        thread.start()
    count = 0
    while held.acquire(timeout=0.2):
        count += 1
    release.set()
    for thread in threads:
        thread.join()
    return count


@pytest.mark.parametrize(("bursts", "left"), [(0, 8), (1, 4), (2, 2), (3, 1), (4, 1)])
def test_each_burst_of_refusals_halves_what_is_asked_at_once(bursts: int, left: int) -> None:
    pace = a_pace()

    for _ in range(bursts):
        with pace.turn() as turn:
            pass
        for _ in range(3):
            pace.limited(turn, 0)

    assert at_once(pace) == left


def test_everyone_pauses_after_a_refusal_until_the_latest_moment_that_was_named() -> None:
    clock = FakeClock()
    pace = a_pace(clock)
    with pace.turn() as turn:
        pace.limited(turn, 5)
        pace.limited(turn, 20)
        pace.limited(turn, 1)

    with pace.turn():
        assert clock.waited_s == 20


NO_CONNECTION = [Kind.NOT_THERE, Kind.UNREACHABLE, Kind.PLAIN_HTTP, Kind.TLS]


@pytest.mark.parametrize("kind", NO_CONNECTION)
def test_a_host_is_dead_after_three_requests_without_a_connection(kind: Kind) -> None:
    pace = a_pace()
    fault = RequestError("nothing listens there", kind=kind)
    for _ in range(2):
        pace.gave_up(fault)
    pace.check()

    pace.gave_up(fault)

    with pytest.raises(RequestError, match="nothing listens there"):
        pace.check()


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in NO_CONNECTION])
def test_a_host_that_answers_badly_is_not_dead(kind: Kind) -> None:
    pace = a_pace(dead_after=1)

    pace.gave_up(RequestError("it has a problem", kind=kind))

    pace.check()


def test_whoever_waits_for_a_place_waits_for_the_pause_that_comes_meanwhile() -> None:
    clock = FakeClock()
    pace = a_pace(clock, at_once=1)
    waited: list[float] = []

    def ask() -> None:
        with pace.turn():
            waited.append(clock.waited_s)

    with pace.turn() as turn:
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        pace.limited(turn, 5)
    thread.join()

    assert waited == [5]


def test_a_host_that_wants_more_patience_than_there_is_is_not_asked_again() -> None:
    pace = a_pace()

    pace.stop(RequestError("it allows the next request at 12:00"))

    with pytest.raises(RequestError, match="next request at 12:00"), pace.turn():
        pass


def test_nobody_waits_on_for_a_place_at_a_host_that_is_not_asked_any_more() -> None:
    pace = a_pace(at_once=1)
    fault = RequestError("it allows the next request at 12:00")
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with pace.turn():
                ended.put("asked")
        except RequestError as exc:
            ended.put(exc.cause)

    with pace.turn():
        for _ in range(8):
            threading.Thread(target=ask, daemon=True).start()
        pace.stop(fault)

    assert [ended.get(timeout=10) for _ in range(8)] == [fault.cause] * 8


def test_a_refusal_between_two_faults_shows_that_the_host_lives() -> None:
    pace = a_pace(dead_after=2)
    fault = RequestError("nothing listens there", kind=Kind.NOT_THERE)

    pace.gave_up(fault)
    pace.gave_up(RequestError("the repository does not exist", kind=Kind.UNKNOWN_REPOSITORY))
    pace.gave_up(fault)

    pace.check()


def test_an_answer_between_two_faults_shows_that_the_host_lives() -> None:
    pace = a_pace(dead_after=2)
    fault = RequestError("nothing listens there", kind=Kind.NOT_THERE)

    pace.gave_up(fault)
    pace.answered()
    pace.gave_up(fault)

    pace.check()


def test_each_host_has_one_pace() -> None:
    paces = Paces(Policy(), print)

    assert paces.of("a.example.com") is paces.of("a.example.com")
    assert paces.of("a.example.com") is not paces.of("a.example.com:5000")
