"""Files as text: UTF-8, with errors that name file and line."""

from __future__ import annotations

from pathlib import Path

from .errors import InputError


def read_text(file: Path, name: str | None = None) -> str:
    """Return the text of a file that is there; raise InputError when it cannot be read, or is no UTF-8.

    Messages call the file by its `name`, without one by its path.
    """
    return decoded(read_bytes(file, name), name or str(file))


def read_bytes(file: Path, name: str | None = None) -> bytes:
    """Return the bytes of a file that is there; raise InputError when it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as exc:
        raise InputError(f"{name or file}: cannot be read: {exc.strerror}") from exc


def read_file(name: str) -> str:
    """Return the text of a file that the user named; raise InputError when it cannot be read."""
    path = Path(name)
    if not name or not exists(path):
        raise InputError(f"{name or '(no name)'}: there is no such file")
    return read_text(path)


def exists(path: Path) -> bool:
    """Tell whether there is a file or directory; raise InputError where that cannot be found out."""
    try:
        return path.exists()
    except OSError as exc:
        raise InputError(f"{path}: cannot be read: {exc.strerror}") from exc


def lies_in(path: Path, directory: Path) -> bool:
    """Tell whether a path leads to what is in a directory, wherever symbolic links lead; both have to be there."""
    return path.resolve().is_relative_to(directory.resolve())


def decoded(data: bytes, name: str) -> str:
    """Return the text of a file; raise InputError, with the line, when it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError(f"{name}:{line}: this is not UTF-8 text: byte 0x{data[exc.start]:02x}") from exc
