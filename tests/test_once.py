from __future__ import annotations

import threading

import pytest

from kubectl_images.once import OncePerKey


def test_many_threads_get_one_value() -> None:
    once: OncePerKey[str, object] = OncePerKey()
    start = threading.Barrier(8)
    values: list[object] = []

    def ask() -> None:
        start.wait()
        values.append(once.get("a", object))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(values) == 8
    assert len(set(map(id, values))) == 1


def test_each_key_has_its_own_value() -> None:
    once: OncePerKey[int, int] = OncePerKey()

    assert [once.get(key, lambda: key * 10) for key in (1, 2, 1)] == [10, 20, 10]  # noqa: B023 - called at once


def test_a_forgotten_value_is_computed_anew() -> None:
    once: OncePerKey[str, int] = OncePerKey()
    once.get("a", lambda: 1)

    once.forget("a", lambda value: value == 1)
    once.forget("never-known", lambda _: True)

    assert once.get("a", lambda: 2) == 2


def test_a_value_that_is_not_stale_stays() -> None:
    once: OncePerKey[str, int] = OncePerKey()
    once.get("a", lambda: 2)

    once.forget("a", lambda value: value == 1)

    assert once.get("a", lambda: 3) == 2


def test_an_error_is_always_stale() -> None:
    once: OncePerKey[str, int] = OncePerKey(ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        once.get("a", lambda: 1 // 0)

    once.forget("a", lambda _: False)

    assert once.get("a", lambda: 2) == 2


def test_an_expected_error_is_remembered_and_others_are_not() -> None:
    once: OncePerKey[str, int] = OncePerKey(KeyError)

    def fail(error: Exception) -> int:
        raise error

    with pytest.raises(KeyError):
        once.get("a", lambda: fail(KeyError()))
    with pytest.raises(KeyError):
        once.get("a", lambda: 1)
    with pytest.raises(OSError, match=r"^$"):
        once.get("b", lambda: fail(OSError()))
    assert once.get("b", lambda: 2) == 2
