"""The certificate authorities of the system, where Python's OpenSSL does not know where they are.

Python of python.org for macOS is such a one: https://docs.python.org/3/using/mac.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

# Where Unix systems keep the authorities that they trust, as Go's crypto/x509 looks for them, and so kubectl.
SYSTEM_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/pki/tls/cacert.pem",  # OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # CentOS and RHEL from 7 on
    "/etc/ssl/cert.pem",  # Alpine, macOS, OpenBSD
    "/usr/local/etc/ssl/cert.pem",  # FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt",  # DragonFly BSD
    "/etc/openssl/certs/ca-certificates.crt",  # NetBSD
)


def trust_the_systems(context: ssl.SSLContext, environ: Mapping[str, str]) -> None:
    """Trust the system's authorities where Python knows of none, and the user names none."""
    import ssl

    paths = ssl.get_default_verify_paths()
    named = environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR")
    if not (named or paths.cafile or paths.capath):
        trust_first(context, SYSTEM_AUTHORITIES)


def trust_first(context: ssl.SSLContext, files: Iterable[str]) -> None:
    """Trust the authorities in the first of these files that can be read and holds some; none of them when none does."""
    for file in files:
        # OpenSSL's own error, for a file without certificates, is an OSError too.
        with suppress(OSError):
            context.load_verify_locations(file)
            return
