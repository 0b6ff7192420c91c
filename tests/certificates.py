"""Certificates for the servers and clients of tests, made by openssl.

authority = authority_in(tmp_path / "ca")
server = certificate_for("IP:127.0.0.1", tmp_path / "server", issuer=authority)
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True)
class Certificate:
    """A certificate, its key, and the TLS context of a server that shows it."""

    file: Path
    key: Path
    context: ssl.SSLContext


def certificate_for(name: str, folder: Path, *, days: int = 30, issuer: Certificate | None = None) -> Certificate:
    """Make a certificate for a subject's alternative name, such as `IP:127.0.0.1`; self-signed without an issuer.

    It serves a client as well as a server.
    """
    return _made(folder, f"subjectAltName={name}", days, issuer)


def authority_in(folder: Path) -> Certificate:
    """Make the certificate of a private CA."""
    return _made(folder, "basicConstraints=critical,CA:TRUE", 30, None)


def _made(folder: Path, extension: str, days: int, issuer: Certificate | None) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH, and makes the certificate of this test")
    folder.mkdir(parents=True, exist_ok=True)
    key, wish, file, extensions = (str(folder / part) for part in ("key.pem", "wish.pem", "cert.pem", "extension"))
    Path(extensions).write_text(extension, encoding="ascii")
    # A certificate whose subject is its issuer's would count as self-signed.
    subject = ["-subj", f"/CN={'fake' if issuer is None else 'issued'}"]
    signer = ["-signkey", key]
    if issuer is not None:
        signer = ["-CA", str(issuer.file), "-CAkey", str(issuer.key), "-CAcreateserial"]
    for command in (
        ["openssl", "req", *_NEW_KEY, *subject, "-keyout", key, "-out", wish],
        ["openssl", "x509", "-req", "-in", wish, *signer, "-days", str(days), "-extfile", extensions, "-out", file],
    ):
        subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return Certificate(Path(file), Path(key), context)
