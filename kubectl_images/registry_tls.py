"""TLS towards registries: whose certificates are trusted, and in words why one is not."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from .registry_answers import Kind, RequestError
from .registry_settings import Trust

# What OpenSSL calls an answer without TLS; the name depends on its version and on the answer's first bytes.
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
_EXPIRED, _NOT_YET_VALID, _SELF_SIGNED, _WRONG_HOST, _WRONG_ADDRESS = 10, 9, 18, 62, 64


def tls_context(trust: Trust, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return the context for one way of trusting: the system's CAs, or `SSL_CERT_FILE` in their place, and the bundle.

    Raises RequestError naming the file that cannot be used.
    """
    system_cas = environ.get("SSL_CERT_FILE") or None
    source = "SSL_CERT_FILE"
    try:
        context = ssl.create_default_context(cafile=system_cas)
        source = trust.ca_bundle_variable
        if trust.ca_bundle:
            context.load_verify_locations(trust.ca_bundle)
    except (OSError, ValueError) as exc:
        file = trust.ca_bundle if source != "SSL_CERT_FILE" else system_cas
        reason = "it is not a PEM file with certificates" if isinstance(exc, ssl.SSLError) else "it cannot be read"
        raise RequestError(f"cannot use the certificates in {file} ({source}): {reason}") from exc
    # Python 3.13 refuses private CAs that lack key usage or key identifiers; docker and kubectl take them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def tls_error(inner: object) -> RequestError:
    """Return the error of a handshake that failed."""
    if isinstance(inner, ssl.SSLCertVerificationError):
        return _certificate_error(inner)
    if isinstance(inner, ssl.SSLError) and inner.reason in _NOT_TLS:
        return RequestError("it does not speak TLS (https)", hint="check the port", kind=Kind.PLAIN_HTTP)
    if isinstance(inner, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return RequestError("it closed the connection without an answer", hint="try again", tries=4, kind=Kind.CLOSED)
    if isinstance(inner, ssl.SSLError) and "CERTIFICATE_REQUIRED" in (inner.reason or ""):
        return RequestError("it wants a client certificate, which is not supported")
    reason = inner.reason if isinstance(inner, ssl.SSLError) else None
    return RequestError("TLS failed" + (f": {reason.replace('_', ' ').lower()}" if reason else ""))


def _certificate_error(error: ssl.SSLCertVerificationError) -> RequestError:
    if error.verify_code in {_WRONG_HOST, _WRONG_ADDRESS}:
        return RequestError(
            "its certificate is for another name", hint="use the name that the certificate is issued for"
        )
    if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
        when = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return RequestError(
            f"its certificate {when}", hint="check this computer's clock, then tell the registry's owner"
        )
    cause = "is self-signed" if error.verify_code == _SELF_SIGNED else "is not trusted: its CA is unknown here"
    return RequestError(
        f"its certificate {cause}",
        hint="set KLUCTL_REGISTRY_HOST to the registry and KLUCTL_REGISTRY_CA_BUNDLE to a file with its CA"
        " (KLUCTL_REGISTRY_TLSVERIFY=false turns verification off, which is not safe)",
    )
