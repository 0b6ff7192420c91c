"""TLS to the API server: whom we trust, and who we are, without leaving a key in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import KubeconfigError

if TYPE_CHECKING:
    import ssl


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
        text = _authority(trust.authority)
        try:
            return ssl.create_default_context(cadata=text)
        except ssl.SSLError as exc:
            raise _useless(trust.authority, "holds a certificate that cannot be read") from exc
    made = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        made.load_verify_locations(certifi.where())
    return made


def _authority(pem: Path | bytes) -> str:
    try:
        data = pem if isinstance(pem, bytes) else pem.read_bytes()
    except OSError as exc:
        raise _useless(pem, f"cannot be read: {exc.strerror}") from exc
    # Python would take an empty text for "not given", and trust the system's authorities instead.
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise _useless(pem, "holds no certificate in PEM form")
    return data.decode("ascii", "replace")


def _useless(pem: Path | bytes, reason: str) -> KubeconfigError:
    source = "of certificate-authority-data" if isinstance(pem, bytes) else str(pem)
    return KubeconfigError(f"certificate authority {source} {reason}")


def _load(made: ssl.SSLContext, client: ClientCertificate) -> None:
    try:
        with _as_file(client.certificate) as certificate, _as_file(client.key) as key:
            # An encrypted key would make OpenSSL ask on the terminal; kubectl knows no such keys either.
            made.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as exc:
        names = [str(part) for part in (client.certificate, client.key) if isinstance(part, Path)]
        where = f" ({', '.join(names)})" if names else ""
        raise KubeconfigError(f"client certificate or its key cannot be used{where}: {exc}") from exc


@contextmanager
def _as_file(pem: Path | bytes) -> Iterator[str]:
    """Yield a file with the PEM text: in memory where the system has such files, else in a private directory."""
    if isinstance(pem, Path):
        yield str(pem)
    elif hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("pem"), "wb") as memory:
            memory.write(pem)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with tempfile.TemporaryDirectory(prefix="kubectl-images-") as directory:
            file = Path(directory) / "pem"
            file.write_bytes(pem)
            yield str(file)
