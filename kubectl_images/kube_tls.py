"""TLS to the API server: whom we trust, and who we are, without leaving a key in a file."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import KubeconfigError
from .system_authorities import trust_the_systems

if TYPE_CHECKING:
    import ssl


# Where the system shows open files under their numbers: Linux has both, macOS and the BSDs the first, Windows none.
_DESCRIPTORS = ("/dev/fd", "/proc/self/fd")


@dataclass(frozen=True)
class Trust:
    """How a server proves itself: by a CA (None: the system's), under a name (None: the URL's), or not at all."""

    authority: Path | bytes | None = None
    server_name: str | None = None
    insecure: bool = False


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate and its key, each a file or PEM bytes."""

    certificate: Path | bytes
    key: Path | bytes = field(repr=False)


def context(trust: Trust, client: ClientCertificate | None) -> ssl.SSLContext:
    """Return the TLS context for a connection; KubeconfigError when a certificate cannot be used."""
    import ssl

    made = _trusting(trust)
    # Python 3.13 refuses CAs without key usage, which many clusters have; Go accepts any certificate
    # of the file as an anchor. We trust what kubectl trusts: https://github.com/kubernetes-client/python/issues/2394
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if trust.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if client is not None:
        _load(made, client)
    return made


def _trusting(trust: Trust) -> ssl.SSLContext:
    import ssl

    if trust.authority is not None and not trust.insecure:
        # Comments between certificates may be of any encoding.
        text = authority_pem(trust.authority).decode("ascii", "replace")
        try:
            return ssl.create_default_context(cadata=text)
        except ssl.SSLError as exc:
            raise _useless(trust.authority, "holds a certificate that cannot be read") from exc
    made = ssl.create_default_context()
    trust_the_systems(made, os.environ)
    return made


def authority_pem(pem: Path | bytes) -> bytes:
    """Return the certificates of an authority; KubeconfigError when there are none."""
    try:
        data = pem if isinstance(pem, bytes) else pem.read_bytes()
    except OSError as exc:
        raise _useless(pem, f"cannot be read: {exc.strerror}") from exc
    # Python would take an empty text for "not given", and trust the system's authorities instead.
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise _useless(pem, "holds no certificate in PEM form")
    return data


def _useless(pem: Path | bytes, reason: str) -> KubeconfigError:
    source = "of certificate-authority-data" if isinstance(pem, bytes) else str(pem)
    return KubeconfigError(f"certificate authority {source} {reason}")


def _load(made: ssl.SSLContext, client: ClientCertificate) -> None:
    _check_readable("certificate", client.certificate)
    _check_readable("key", client.key)
    try:
        with pem_file(client.certificate) as certificate, pem_file(client.key) as key:
            # An encrypted key would make OpenSSL ask on the terminal; kubectl knows no such keys either.
            made.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as exc:
        names = [str(part) for part in (client.certificate, client.key) if isinstance(part, Path)]
        where = f" ({', '.join(names)})" if names else ""
        raise KubeconfigError(f"client certificate or its key cannot be used{where}: {_reason(exc)}") from exc


def _check_readable(what: str, pem: Path | bytes) -> None:
    """Raise KubeconfigError for a file that cannot be read; OpenSSL would not tell which one it is."""
    if isinstance(pem, bytes):
        return
    try:
        with pem.open("rb"):
            return
    except OSError as exc:
        raise KubeconfigError(f"client {what} {pem} cannot be read: {exc.strerror}") from exc


def _reason(exc: OSError | ValueError) -> str:
    import ssl

    if isinstance(exc, ssl.SSLError):
        mixed = exc.reason == "KEY_VALUES_MISMATCH"
        return "the key is another certificate's" if mixed else "one of them is not in PEM form, or has a password"
    # OpenSSL asks a pipe for its position, and Python then tells of that instead of what is wrong with the key.
    if isinstance(exc, OSError) and exc.errno == errno.ESPIPE:
        return "the key is another certificate's, is not in PEM form, or has a password"
    return str(exc)


@contextmanager
def pem_file(pem: Path | bytes, *, descriptors: Sequence[str] = _DESCRIPTORS) -> Iterator[str]:
    """Yield a name under which OpenSSL can read the PEM text once.

    It is a pipe's, so that no ending of ours, not even by SIGKILL, leaves a key in a file; only where the system has
    no names for pipes it is that of a file in a private directory.
    """
    if isinstance(pem, Path):
        yield str(pem)
        return
    with _written(pem) as reader:
        names = (f"{folder}/{reader}" for folder in descriptors)
        name = next((name for name in names if Path(name).exists()), None)
        if name is not None:
            yield name
            return
    with tempfile.TemporaryDirectory(prefix="kubectl-images-") as directory:
        file = Path(directory) / "pem"
        file.write_bytes(pem)
        yield str(file)


@contextmanager
def _written(data: bytes) -> Iterator[int]:
    """Yield the reading end of a pipe to which another thread writes: it holds less than a long chain of certificates."""
    reader, writer = os.pipe()
    thread = threading.Thread(target=_write, args=(writer, data))
    thread.start()
    try:
        yield reader
    finally:
        os.close(reader)
        thread.join()


def _write(writer: int, data: bytes) -> None:
    # OpenSSL stops reading at what it cannot use.
    with suppress(BrokenPipeError), os.fdopen(writer, "wb", buffering=0) as pipe:
        pipe.write(data)
