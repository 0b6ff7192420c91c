"""Texts of the sources of variables: templates in them, and the YAML that they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import documents
from .errors import InputError
from .fields import Field
from .objects import Place
from .render import Renderer
from .shown_lines import have_same_lines

_MAY_BE_TEMPLATE = re.compile(r"\{[{%#]")


@dataclass(frozen=True)
class Read:
    """What was read; where it stands, if it may be no map; and what of it no message may show."""

    value: Any
    where: str = ""
    secret: Any = None


@dataclass(frozen=True)
class Missing:
    """That there is nothing to read, and the error about it."""

    error: InputError


@dataclass(frozen=True)
class Texts:
    """Renders and reads texts; `root` is the directory of the project."""

    renderer: Renderer
    root: Path

    def holds(self, condition: Field) -> bool:
        """Tell whether a condition is true."""
        if isinstance(condition.value, bool):
            return condition.value
        place = condition.place
        return self.renderer.holds(condition.text(), place.file, place.line, self.root)

    def rendered(self, field: Field) -> Field:
        """Return the field with every text in it rendered; what holds no template is shared."""
        return replace(field, value=self._rendered(field))

    def _rendered(self, field: Field) -> Any:
        value = field.value
        match value:
            case str() if _MAY_BE_TEMPLATE.search(value):
                place = field.place
                return self.renderer.render_string(value, place.file, place.line, self.root)
            case dict():
                changed: Any = {key: self._rendered(field.at(key)) for key in value}
                return value if all(changed[key] is value[key] for key in value) else changed
            case list():
                changed = [self._rendered(field.at(index)) for index in range(len(value))]
                return value if all(new is old for new, old in zip(changed, value, strict=True)) else changed
            case _:
                return value

    def read_template(self, text: str, name: str) -> Read:
        """Return what the YAML of a template holds, which is one document; raise InputError, which names the place."""
        result = self.renderer.render(text, name, self.root)
        # Lines of the result are not lines of the file: say which are meant.
        shown = name if have_same_lines(text, result) else f"{name} (rendered)"
        found = documents.read(result, shown, template=text, yes_is_text=True)
        if not found:
            raise InputError(f"{name}: there are no variables in it", hint="write {} for none")
        if len(found) > 1:
            place = Place(shown, found[1].line)
            raise InputError(f"{place}: a second document: variables are one map", hint="remove the line with ---")
        place = Place(shown, found[0].line)
        _refuse_sops(found[0].value, place)
        return Read(found[0].value, str(place))


def _refuse_sops(value: object, place: Place) -> None:
    sops = value.get("sops") if isinstance(value, Mapping) else None
    if isinstance(sops, Mapping) and "mac" in sops:
        raise InputError(
            f"{place}: this is encrypted by SOPS, which is not supported",
            hint="decrypt it for this run, and never commit that: sops --decrypt FILE > DECRYPTED\n"
            "or keep the values in the cluster, and read them with clusterSecret",
        )
