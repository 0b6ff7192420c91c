"""YAML texts as JSON values, with kubectl's scalars, from the events of the YAML library's parser.

The library's own trees of nodes would be built without a bound on their depth, and beside the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .yaml_problems import Mark, YamlText, explained, template_hint, unreadable
from .yaml_scalars import Json, Scalar, is_collection_tag, json_value, key_text, plain_value, short_tag, tagged_value

if TYPE_CHECKING:
    import yaml

OnString = Callable[[str, int], str]

# What aliases may cost, so that a "billion laughs" ends early; real manifests repeat some hundred values.
_MAX_COPIES = 500_000
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_yaml(
    text: YamlText,
    max_depth: int,
    on_string: OnString | None,
    *,
    pure: bool = False,
    yes_is_text: bool = False,
) -> list[tuple[Json, int]]:
    """Return the value of each document that has one, and the line where it begins, from 1."""
    import yaml

    try:
        return list(_Reader(text, _events(text, pure=pure), max_depth, on_string, yes_is_text=yes_is_text).documents())
    except yaml.MarkedYAMLError as exc:
        raise explained(text, exc) from exc
    except (yaml.reader.ReaderError, UnicodeEncodeError) as exc:
        raise unreadable(text) from exc


def loader(*, pure: bool) -> type[yaml.SafeLoader | yaml.CSafeLoader]:
    """Return libyaml's loader where it is there and not declined, else the pure one."""
    import yaml

    return yaml.SafeLoader if pure else getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _events(text: YamlText, *, pure: bool) -> Callable[[], Any]:
    """Return the parser's own method for the next event: a function around it would cost a tenth of the time."""
    import yaml

    parser = loader(pure=pure)(text.text)
    if not isinstance(parser, yaml.SafeLoader):
        return parser.get_event

    def next_event() -> Any:
        try:
            return next_of_parser()
        except (ValueError, OverflowError) as exc:
            raise text.error("an escape or a version holds a number that is too large", parser.line + 1) from exc

    next_of_parser: Callable[[], Any] = parser.get_event
    return next_event


class _Reader:
    """Builds the values of one text; its state is the document's anchors and the text's number of copies."""

    def __init__(
        self,
        text: YamlText,
        next_event: Callable[[], Any],
        max_depth: int,
        on_string: OnString | None,
        *,
        yes_is_text: bool,
    ) -> None:
        import yaml

        self._yes_is_text = yes_is_text
        self._text = text
        self._next = next_event
        self._max_depth = max_depth
        self._on_string = on_string
        self._anchors: dict[str, Json] = {}
        self._open: set[str] = set()
        self._copies = 0
        # Looked up here once: a lookup for each event is what the time would go to.
        self._scalar_event = yaml.ScalarEvent
        self._alias_event = yaml.AliasEvent
        self._mapping_start, self._mapping_end = yaml.MappingStartEvent, yaml.MappingEndEvent
        self._sequence_start, self._sequence_end = yaml.SequenceStartEvent, yaml.SequenceEndEvent
        self._document_start, self._stream_end = yaml.DocumentStartEvent, yaml.StreamEndEvent

    def documents(self) -> Iterator[tuple[Json, int]]:
        while not isinstance(event := self._next(), self._stream_end):
            if isinstance(event, self._document_start):
                self._anchors.clear()
                root = self._next()
                if not self._is_nothing(root):
                    yield self._value(root, 0), _line(root)

    def _is_nothing(self, event: yaml.Event) -> bool:
        """Tell whether a document has no value at all; one with an explicit null has one."""
        if not isinstance(event, self._scalar_event):
            return False
        return not (event.value or event.style or event.tag or event.anchor)

    def _value(self, event: yaml.Event, depth: int) -> Json:
        if isinstance(event, self._scalar_event):
            value = self._json_scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value
            return value
        if isinstance(event, self._alias_event):
            return self._copy(self._anchored(event), event, depth)
        if depth >= self._max_depth:
            raise self._error(f"the nesting is deeper than {self._max_depth} levels", event)
        assert isinstance(event, (self._mapping_start, self._sequence_start)), "only a value begins here"
        return self._collection(event, depth + 1)

    def _collection(self, event: yaml.CollectionStartEvent, depth: int) -> Json:
        is_mapping = isinstance(event, self._mapping_start)
        if event.tag and not is_collection_tag(event.tag, "map" if is_mapping else "seq"):
            raise self._error(f"the tag is none of a {'map' if is_mapping else 'list'}", event)
        if not event.anchor:
            return self._mapping(depth) if is_mapping else self._sequence(depth)
        self._open.add(event.anchor)
        value = self._mapping(depth) if is_mapping else self._sequence(depth)
        self._open.discard(event.anchor)
        self._anchors[event.anchor] = value
        return value

    def _sequence(self, depth: int) -> Json:
        items: list[Json] = []
        while not isinstance(event := self._next(), self._sequence_end):
            items.append(self._value(event, depth))
        return items

    def _mapping(self, depth: int) -> Json:
        """Build a map; a merge key overrides the keys before it, as kubectl has it, though other readers differ."""
        result: dict[str, Json] = {}
        written: dict[str, yaml.Event] = {}
        while not isinstance(event := self._next(), self._mapping_end):
            if self._is_merge(event):
                result.update(self._merged(self._next(), depth))
                continue
            key = self._key(event)
            if key in written:
                what = f'the key "{key}" is there twice, first in line {_line(written[key])}'
                raise self._error(what, event)
            written[key] = event
            result[key] = self._value(self._next(), depth)
        return result

    def _key(self, event: yaml.Event) -> str:
        if isinstance(event, self._scalar_event):
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = self._as_json(value, event)
        elif isinstance(event, self._alias_event) and not isinstance(found := self._anchored(event), (dict, list)):
            value = found
        else:
            raise self._error("a map or a list cannot be a key", event)
        try:
            return key_text(value)
        except ValueError as exc:
            raise self._error(str(exc), event) from exc

    def _is_merge(self, event: yaml.Event) -> bool:
        if not isinstance(event, self._scalar_event) or event.value != "<<":
            return False
        return not event.style if event.tag is None else short_tag(event.tag) == "!!merge"

    def _merged(self, event: yaml.Event, depth: int) -> dict[str, Json]:
        value = self._value(event, depth)
        sources = value if isinstance(value, list) else [value]
        result: dict[str, Json] = {}
        for source in reversed(sources):
            if not isinstance(source, dict):
                raise self._error("<< takes a map or a list of maps", event)
            result.update(source)
        return result

    def _json_scalar(self, event: yaml.ScalarEvent) -> Scalar:
        value = self._scalar(event)
        if isinstance(value, str):
            return value if self._on_string is None else self._on_string(value, _text_line(event))
        return self._as_json(value, event)

    def _as_json(self, value: Scalar, event: yaml.Event) -> Scalar:
        try:
            return json_value(value)
        except ValueError as exc:
            raise self._error(str(exc), event) from exc

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = event.value
        if event.tag is None and not event.style:
            return plain_value(text, yes_is_text=self._yes_is_text)
        if not text.isascii() and _SURROGATE.search(text):
            # libyaml refuses these itself; in JSON two of them are one character.
            raise self._error("the escape is half a character", event)
        if event.tag is None:
            return text
        try:
            return tagged_value(event.tag, text)
        except ValueError as exc:
            raise self._error(str(exc), event) from exc

    def _anchored(self, event: yaml.AliasEvent) -> Json:
        anchor = event.anchor or ""
        if anchor in self._open:
            raise self._error("an alias stands within the value that it repeats", event)
        if anchor not in self._anchors:
            # Its name is not repeated: it may be a password that begins with a star.
            raise self._error("an alias repeats nothing before it; a text that begins with * needs quotes", event)
        return self._anchors[anchor]

    def _copy(self, value: Json, event: yaml.Event, depth: int) -> Json:
        """Copy what an alias repeats, so that who changes one place of a document does not change two."""
        self._copies += 1
        if self._copies > _MAX_COPIES:
            raise self._error(f"aliases repeat more than {_MAX_COPIES:,} values", event)
        if not isinstance(value, (dict, list)):
            return value
        if depth >= self._max_depth:
            raise self._error(f"the nesting is deeper than {self._max_depth} levels", event)
        if isinstance(value, list):
            return [self._copy(item, event, depth + 1) for item in value]
        return {key: self._copy(item, event, depth + 1) for key, item in value.items()}

    def _error(self, what: str, event: yaml.Event) -> InputError:
        mark: Mark | None = event.start_mark
        return self._text.error_at(what, mark, template_hint(self._text.line(_line(event))))


def _text_line(event: yaml.ScalarEvent) -> int:
    """Return the line where a scalar's text begins: after the header of a block."""
    return _line(event) + (event.style in ("|", ">"))


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None, "the parsers mark every event"
    return event.start_mark.line + 1
