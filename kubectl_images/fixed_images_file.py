"""The file of `--fixed-images-file`, which `list` writes.

images:
- image: nginx                  # or imageRegex, or neither beside deployment
  resultImage: nginx:1.25
  namespace: prod               # this and what follows may be left out
  deployment: Deployment/web
  container: app
  path: spec.template.spec.containers[app].image
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import documents
from .errors import FixedImageError, ImagesError
from .filters import REGEX_HINT, regex_fault
from .fixed_images import FixedImage, checked
from .json_values import kind_of
from .objects import Place, group_of

# What `list` writes besides the parts that are matched; read over, so that its output can be fed back.
_IGNORED = ("source", "deployedImage", "registryImage", "versionFilter", "tags", "deployTags", "deploymentDir")
TEXTS = ("image", "imageRegex", "resultImage", "namespace", "deployment", "container", "path")
KNOWN = (*TEXTS, "object", *_IGNORED)
_ENTRY_HINT = "write entries as `kubectl images list` does"
_FILE_HINT = "`kubectl images list -f ...` writes a file in the right form"


def read_file(text: str, name: str) -> tuple[tuple[FixedImage, ...], tuple[str, ...]]:
    """Return the entries of a fixed-images file and the warnings about it, in the file's order.

    Raises FixedImageError naming file and line.
    """
    found = documents.read(text, name)
    if not found:
        return (), (f"{name} holds no fixed images",)
    if len(found) > 1:
        place = Place(name, found[1].line)
        raise FixedImageError(f"{place}: a fixed-images file holds one document", hint=_FILE_HINT)
    reader = _FileReader(text, name)
    return reader.entries(found[0].value), tuple(reader.warnings)


def read_entry(text: str, name: str, value: object, path: tuple[str | int, ...]) -> FixedImage:
    """Return the entry that stands at the path in a project file; raise FixedImageError naming file and line.

    The value may be what was rendered from the one in the text.
    """
    return replace(_FileReader(text, name, _ENTRY_HINT).entry(value, path), in_file=False, in_project=True)


@dataclass(frozen=True)
class _Origin:
    """Where an entry was written: the line is looked up for a message, and few of many entries come into one."""

    name: str
    text: str = field(repr=False)
    path: tuple[str | int, ...]

    def __str__(self) -> str:
        return str(_place(self.name, self.text, self.path))


def _place(name: str, text: str, path: Sequence[str | int]) -> Place:
    return Place(name, documents.line_of(text, 0, path))


class _FileReader:
    """The checks of one file, with the warnings they led to."""

    def __init__(self, text: str, name: str, hint: str = _FILE_HINT) -> None:
        self.text = text
        self.name = name
        self.hint = hint
        self.warnings: list[str] = []

    def entries(self, value: object) -> tuple[FixedImage, ...]:
        if not isinstance(value, dict) or "images" not in value:
            raise self.error((), "the file is a map with one key, images: a list of image and resultImage")
        for key in value:
            if key != "images":
                self.warn((key,), f"unknown field {key!r} is ignored; known: images")
        items = value["images"]
        if items is not None and not isinstance(items, list):
            raise self.error(("images",), f"images is {kind_of(items)}, not a list")
        return tuple(self.entry(item, ("images", index)) for index, item in enumerate(items or ()))

    def entry(self, item: object, path: tuple[str | int, ...]) -> FixedImage:
        if not isinstance(item, dict):
            found = "but it is empty" if item is None else f"not {kind_of(item)}"
            raise self.error(path, f"an entry is a map with image and resultImage, {found}")
        self.check_fields(item, path)
        if not item.get("resultImage"):
            unknown = next((key for key in item if key not in KNOWN), None)
            raise self.error(
                path, "resultImage is missing" + (f"; there is an unknown field {unknown!r}" if unknown else "")
            )
        if item.get("image") and item.get("imageRegex"):
            raise self.error(path, "image and imageRegex exclude each other")
        entry = FixedImage(
            result_image=item["resultImage"],
            image=item.get("image") or None,
            image_regex=self.regex(item, path),
            namespace=item.get("namespace") or None,
            deployment=item.get("deployment") or None,
            container=item.get("container") or None,
            path=item.get("path") or None,
            group=_group(item.get("object")),
            origin=_Origin(self.name, self.text, path),
            in_file=True,
        )
        try:
            return checked(entry)
        except ImagesError as exc:
            raise self.error(path, str(exc)) from exc

    def check_fields(self, item: Mapping[str, object], path: tuple[str | int, ...]) -> None:
        for key, value in item.items():
            if key in TEXTS:
                if value is not None and not isinstance(value, str):
                    raise self.error((*path, key), f"{key} is {kind_of(value)}, not a text")
            elif key == "object":
                if value is not None and not isinstance(value, dict):
                    raise self.error((*path, key), f"object is {kind_of(value)}, not a map")
            elif key not in KNOWN:
                self.warn((*path, key), f"unknown field {key!r} is ignored; known: {', '.join(TEXTS)}")

    def regex(self, item: Mapping[str, str], path: tuple[str | int, ...]) -> str | None:
        pattern = item.get("imageRegex") or None
        if pattern and (fault := regex_fault(pattern)):
            raise self.error((*path, "imageRegex"), f"bad imageRegex {pattern!r}: {fault}", REGEX_HINT)
        return pattern

    def place(self, path: Sequence[str | int]) -> Place:
        return _place(self.name, self.text, path)

    def warn(self, path: Sequence[str | int], text: str) -> None:
        self.warnings.append(f"{self.place(path)}: {text}")

    def error(self, path: Sequence[str | int], text: str, hint: str | None = None) -> FixedImageError:
        return FixedImageError(f"{self.place(path)}: {text}", hint=hint or self.hint)


def _group(value: object) -> str | None:
    """Return the API group of the `object` that `list` writes; None when it names none."""
    version = value.get("apiVersion") if isinstance(value, dict) else None
    return group_of(version) if isinstance(version, str) else None
