"""The certificates that docker and podman keep for one registry, in a directory with its name.

    ~/.config/containers/certs.d/HOST:PORT/   ca.crt        CAs that are trusted beside the system's
    /etc/containers/certs.d/HOST:PORT/        client.cert   our certificate, and its key
    /etc/docker/certs.d/HOST:PORT/            client.key

The first directory that exists counts, alone. Source: containers-certs.d(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .registry_answers import RequestError


@dataclass(frozen=True)
class ClientPair:
    """The files with our certificate and its key."""

    certificate: str
    key: str


@dataclass(frozen=True)
class HostCertificates:
    """What the directory of a registry holds; `directory` is where it is, or where it would be made."""

    directory: str
    authorities: tuple[str, ...] = ()
    client: ClientPair | None = None
    warnings: tuple[str, ...] = ()


def certificates_for(names: Sequence[str], home: Path, etc: Path) -> HostCertificates:
    """Return the certificates of a registry by its names as images have them; docker.io for Docker Hub.

    Raises RequestError naming the file for a certificate without its key, and for a key without its certificate.
    """
    roots = (home / ".config" / "containers", etc / "containers", etc / "docker")
    directories = [root / "certs.d" / name for root in roots for name in names]
    warnings: list[str] = []
    for directory in directories:
        if not _exists(directory):
            continue
        try:
            files = sorted(directory.iterdir())
        except OSError as exc:
            warnings.append(f"cannot read {directory}: {exc.strerror}; the certificates in it are not used")
            continue
        return _read(directory, files, tuple(warnings))
    return HostCertificates(str(directories[0]), warnings=tuple(warnings))


def _exists(directory: Path) -> bool:
    try:
        return directory.is_dir()
    except OSError:
        # What lies in a place closed to us is not meant for us; docker keeps /etc/docker to root on some systems.
        return False


def _read(directory: Path, files: list[Path], warnings: tuple[str, ...]) -> HostCertificates:
    pairs = _pairs(files)
    if len(pairs) > 1:
        others = ", ".join(pair.certificate for pair in pairs[1:])
        warnings += (f"of several client certificates, only {pairs[0].certificate} is used, not {others}",)
    authorities = tuple(str(file) for file in files if file.suffix == ".crt")
    return HostCertificates(str(directory), authorities, pairs[0] if pairs else None, warnings)


def _pairs(files: list[Path]) -> list[ClientPair]:
    present = set(files)
    for file in files:
        for suffix, other, name in ((".cert", ".key", "key"), (".key", ".cert", "certificate")):
            wanted = file.with_suffix(other)
            if file.suffix == suffix and wanted not in present:
                raise RequestError(
                    f"cannot use {file}: its {name} is missing", hint=f"add {wanted}, or take {file.name} away"
                )
    return [ClientPair(str(file), str(file.with_suffix(".key"))) for file in files if file.suffix == ".cert"]
