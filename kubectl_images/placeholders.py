"""What a template inserts for an image that is not decided yet, and how it is known again.

A placeholder is itself a valid image reference, so any tool between the template and the cluster passes it on:
`<run>.placeholder.invalid/<run>z<call>z<run>`. The name of the run stands at both ends and in both parts, so a piece
of a placeholder is known for what it is, and text may follow it directly.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from .errors import InputError
from .filters import Filter
from .objects import Place

HOST = "placeholder.invalid"
# Neither digits nor vowels: no number, hexadecimal or word is taken for the name of a run by chance. An even number of
# them, so that a run and the one that it is compared with are on two sides of the middle.
_LETTERS = "bcdfghjklmnpqrstvw"
_CALL = re.compile(r"\bget_image\b")


@dataclass(frozen=True)
class Call:
    """One call of `images.get_image` in a template."""

    image: str
    filter: Filter
    default: str | None
    place: Place


class Placeholder(str):
    """What `get_image` returns to a template: text that may be inserted and joined, and nothing else.

    A cut, changed or hashed placeholder could reach a cluster, so each operation that would make one is an error
    at once, where the template's line is still known.
    """

    __slots__ = ()

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise InputError(
            "the image is decided after the templates, so its text cannot be cut or changed here",
            hint="insert the image as it is; a tag that other fields need too belongs into args: -a tag=...",
        )

    def __format__(self, spec: str) -> str:
        """Insert the whole text; a width or precision is refused."""
        return str(self) if not spec else self._refuse()

    def __eq__(self, other: object) -> bool:
        """Compare with another placeholder, which has the same outcome in each run, or with "", which no image is."""
        if isinstance(other, Placeholder):
            return str(self) == str(other)
        return self._refuse() if isinstance(other, str) and other else False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__
    __contains__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __getitem__ = __iter__ = __mul__ = __rmul__ = __mod__ = _refuse
    upper = lower = title = capitalize = swapcase = casefold = replace = translate = _refuse
    split = rsplit = partition = rpartition = splitlines = encode = expandtabs = _refuse
    removeprefix = removesuffix = center = ljust = rjust = zfill = _refuse


@dataclass
class Placeholders:
    """The calls of one run, and the placeholders that stand for them."""

    run: str = field(default_factory=lambda: "".join(secrets.choice(_LETTERS) for _ in range(8)))
    calls: list[Call] = field(default_factory=list)

    def renamed(self) -> Placeholders:
        """Return the placeholders of another run, without calls: its name differs in its length and in each letter."""
        half = len(_LETTERS) // 2
        others = str.maketrans(_LETTERS, _LETTERS[half:] + _LETTERS[:half])
        return Placeholders(run=self.run.translate(others) + secrets.choice(_LETTERS))

    def anonymous(self, text: str) -> str:
        """Return the text with the same name for every run."""
        return text.replace(self.run, "RUN")

    def readable(self, text: str) -> str:
        """Return the text with the calls that were written in the place of their placeholders."""
        return self._pattern.sub(lambda found: self._written(found[0]), text)

    def _written(self, placeholder: str) -> str:
        _, calls = self.split(placeholder)
        return f"images.get_image({calls[0].image!r})" if calls else placeholder

    def insert(self, call: Call) -> Placeholder:
        """Note the call and return the text that stands for it."""
        self.calls.append(call)
        return Placeholder(f"{self.run}.{HOST}/{self.run}z{len(self.calls) - 1}z{self.run}")

    def split(self, text: str) -> tuple[tuple[str, ...], tuple[Call, ...]]:
        """Return the texts around the placeholders of `text` (one more than calls), and their calls."""
        texts, calls, end = [], [], 0
        for found in self._pattern.finditer(text):
            if call := self._call(found[1]):
                texts.append(text[end : found.start()])
                calls.append(call)
                end = found.end()
        return (*texts, text[end:]), tuple(calls)

    def traced(self, text: str) -> bool:
        """Tell whether `text` holds a placeholder, whole or in part, in any case or in base64, of any run."""
        lower = str(text).lower()
        return HOST in lower or self.run in lower or any(code in text for code in self._encoded)

    def suspects(self, text: str) -> tuple[Call, ...]:
        """Return the calls that a broken placeholder in `text` may stand for: all, where its number is lost."""
        numbers = re.findall(f"{self.run}z([0-9]{{1,9}})z", text.lower())
        return tuple(filter(None, map(self._call, numbers))) or tuple(self.calls)

    def _call(self, number: str) -> Call | None:
        return self.calls[int(number)] if int(number) < len(self.calls) else None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"{self.run}\.{re.escape(HOST)}/{self.run}z([0-9]{{1,9}})z{self.run}")

    @cached_property
    def _encoded(self) -> tuple[str, ...]:
        """What base64 makes of the name of the run, wherever it stands in what is encoded."""
        # 6 bits a character: with 0, 1 or 2 bytes before it, the first characters that are the name's own.
        return tuple(
            base64.b64encode(bytes(before) + self.run.encode()).decode()[first : first + 10]
            for before, first in ((0, 0), (1, 2), (2, 3))
        )


def holds_call(text: str) -> bool:
    """Tell whether a text holds a call that was not rendered; such a string is evaluated even in a file of others."""
    return "{{" in text and _CALL.search(text) is not None


def refuse_as_argument(text: str) -> None:
    """Raise InputError when the text of an image that is not decided yet is given to another `get_image`."""
    if HOST in text.lower():
        raise InputError(
            "the image is decided after the templates, so its text cannot be used in another get_image",
            hint="give get_image a text of its own: the name of an image, a filter, or an image as the default",
        )
