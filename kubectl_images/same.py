"""Whether two JSON values are the same one. To Python, true is 1 and false is 0; to the server they are not."""

from __future__ import annotations


def are_same(one: object, other: object) -> bool:
    """Say whether two values are the same in JSON, where 1 and 1.0 are one number, and the order of keys is none."""
    match one, other:
        case (dict(), dict()):
            return one.keys() == other.keys() and all(are_same(value, other[key]) for key, value in one.items())
        case (list(), list()):
            return len(one) == len(other) and all(map(are_same, one, other))
        case (bool(), _) | (_, bool()):
            return one is other
        case _:
            return one == other
