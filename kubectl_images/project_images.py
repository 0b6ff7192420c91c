"""`images` of project files: fixed images as in a fixed-images file, where a key that is not known is an error."""

from __future__ import annotations

from . import fixed_images_file
from .fields import Field
from .fixed_images import FixedImage


def parse_images(images: Field) -> tuple[FixedImage, ...]:
    """Return the entries in their order; raise InputError or FixedImageError naming file and line."""
    return tuple(map(_entry, images.items()))


def _entry(entry: Field) -> FixedImage:
    keys = entry.map(fixed_images_file.KNOWN)
    for name in fixed_images_file.TEXTS:
        if name in keys and keys[name].value != "":
            keys[name].text()
    return fixed_images_file.read_entry(entry.file.text, entry.file.name, entry.value, entry.path)
