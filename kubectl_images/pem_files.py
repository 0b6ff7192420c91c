"""Why a PEM file cannot be used: OpenSSL says that it failed, a person needs the line."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})


@dataclass(frozen=True)
class _Block:
    """One block of a file: what it says that it is, the number of its first line, its text, and whether it ends."""

    label: str
    line: int
    text: str
    ends: bool


def certificates_fault(path: str) -> str:
    """Return why a file is none with certificates, the line included; "" when every block in it is one."""
    content = _read(path)
    if content.fault:
        return content.fault
    certificates = [block for block in content.blocks if block.label in _CERTIFICATES]
    if not certificates:
        return "there is no certificate in PEM form in it"
    return next((fault for block in certificates if (fault := _certificate_fault(block))), "")


def private_key_fault(path: str) -> str:
    """Return why a file is none with a private key, the line included; "" when it may be one."""
    content = _read(path)
    if content.fault:
        return content.fault
    key = next((block for block in content.blocks if block.label.endswith("PRIVATE KEY")), None)
    if key is None:
        return "there is no private key in PEM form in it"
    return "" if key.ends else f"the private key in line {key.line} does not end"


@dataclass(frozen=True)
class _Content:
    blocks: tuple[_Block, ...] = ()
    fault: str = ""


def _read(path: str) -> _Content:
    try:
        data = Path(path).read_bytes()
    except OSError as exc:
        return _Content(fault=f"it cannot be read: {exc.strerror}")
    # DER begins with a sequence whose length takes two bytes.
    if data.startswith(b"\x30\x82"):
        return _Content(fault="it is in DER form, not in PEM form (`openssl x509 -inform der` converts a certificate)")
    return _Content(tuple(_blocks(data.decode("ascii", "backslashreplace"))))


def _blocks(text: str) -> Iterator[_Block]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(_BEGIN) and line.rstrip().endswith(_DASHES):
            last = next((end for end in range(number + 1, len(lines)) if lines[end].startswith(_DASHES)), len(lines))
            ends = last < len(lines) and lines[last].startswith(_END)
            yield _Block(
                line.rstrip()[len(_BEGIN) : -len(_DASHES)], number + 1, "\n".join(lines[number : last + 1]), ends
            )


def _certificate_fault(block: _Block) -> str:
    if not block.ends:
        return f"the certificate in line {block.line} does not end"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=block.text + "\n")
    except (OSError, ValueError):
        return f"line {block.line} does not begin a certificate that can be read"
    return ""
