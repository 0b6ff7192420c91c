"""What templates call for an image: `images.get_image`, and how its arguments are read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import NoReturn

from .errors import InputError
from .filter_parser import parse_filter
from .filters import Filter, Number, Prefix, Regex, Semver
from .objects import Place
from .placeholders import Call, Placeholders, refuse_as_argument
from .references import ImageRef

_FORM = "write images.get_image(image, latest_version='semver()', default=None)"


class Images:
    """The global `images` of templates."""

    def __init__(self, placeholders: Placeholders, place: Callable[[], Place]) -> None:
        self.get_image = GetImage(placeholders, place)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            # Python and Jinja2 ask whether an object has such names.
            raise AttributeError(name)
        raise InputError(f"images has only get_image, not {name!r}", hint=_FORM)

    def __repr__(self) -> str:
        raise InputError("images is no text", hint=_FORM)


class GetImage:
    """The function `images.get_image` of templates, which has no text of its own that could be inserted."""

    def __init__(self, placeholders: Placeholders, place: Callable[[], Place]) -> None:
        self._placeholders = placeholders
        self._place = place

    def __call__(self, *args: object, **kwargs: object) -> str:
        """Return the placeholder of an image: a repository, a filter for its tags, and a last resort."""
        try:
            arguments = _SIGNATURE.bind(*args, **kwargs)
        except TypeError as exc:
            raise InputError(f"get_image: {exc}", hint=_FORM) from exc
        return self._placeholders.insert(_call(*arguments.args, **arguments.kwargs, place=self._place()))

    def __repr__(self) -> str:
        raise InputError("images.get_image stands without its arguments", hint=_FORM)


def _call(image: object, latest_version: object = "semver()", default: object = None, *, place: Place) -> Call:
    return Call(_repository(image), _filter(latest_version), _default(default), place)


# What a template gives: the place is ours.
_SIGNATURE = inspect.Signature(
    [parameter for name, parameter in inspect.signature(_call).parameters.items() if name != "place"]
)


def _repository(image: object) -> str:
    if not isinstance(image, str):
        # The text of an undefined variable is no text: it raises Jinja2's own error, which names the variable.
        raise InputError(f"get_image needs the name of an image, not {image!s}", hint=_FORM)
    refuse_as_argument(str(image))
    reference = ImageRef.parse(image)
    if reference.tag or reference.digest:
        bare = re.sub(r"(:[^/:@]*)?(@.*)?$", "", image)
        raise InputError(
            f"get_image needs an image without tag or digest, not {image!r}",
            hint=f"write images.get_image({bare!r}), and a filter or -F to say which tag",
        )
    return str(image)


def _filter(value: object) -> Filter:
    match value:
        case str():
            refuse_as_argument(str(value))
            return parse_filter(value)
        case Semver() | Number() | Regex() | Prefix():
            refuse_as_argument(str(value))
            return value
        case _:
            raise InputError(
                f"latest_version is a filter such as 'semver()' or version.semver(), not {value!s}", hint=_FORM
            )


def _default(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError(f"default is an image such as 'nginx:1.25', not {value!s}", hint=_FORM)
    refuse_as_argument(str(value))
    ImageRef.parse(value)
    return str(value)
