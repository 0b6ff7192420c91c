"""TLS towards registries: whose certificates are trusted, and in words why one is not."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from .pem_files import certificates_fault, private_key_fault
from .registry_answers import Kind, RequestError
from .registry_certs import ClientPair
from .registry_trust import CaFile, Trust
from .system_authorities import trust_the_systems

# What OpenSSL calls an answer without TLS; the name depends on its version and on the answer's first bytes.
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"})
_EXPIRED, _NOT_YET_VALID, _SELF_SIGNED, _WRONG_HOST, _WRONG_ADDRESS = 10, 9, 18, 62, 64
# What servers say that want a client certificate, or another one than they were shown.
_CLIENT_WANTED = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "UNKNOWN_CA")


def tls_context(trust: Trust, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return the context for one way of trusting: the system's CAs, or `SSL_CERT_FILE` in their place, and ours.

    Raises RequestError naming the file that cannot be used, and the line.
    """
    context = _system_context(environ)
    for file in trust.ca_files:
        _add(context, file)
    if trust.client:
        _show(context, trust.client)
    # Python 3.13 refuses private CAs that lack key usage or key identifiers; docker and kubectl take them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if trust.unverified_by:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    system_cas = environ.get("SSL_CERT_FILE") or None
    try:
        context = ssl.create_default_context(cafile=system_cas)
    except (OSError, ValueError) as exc:
        raise _unusable(CaFile(system_cas or "the system's CAs", "SSL_CERT_FILE")) from exc
    trust_the_systems(context, environ)
    return context


def _add(context: ssl.SSLContext, file: CaFile) -> None:
    try:
        context.load_verify_locations(file.path)
    except (OSError, ValueError) as exc:
        raise _unusable(file) from exc


def _unusable(file: CaFile) -> RequestError:
    named = f" ({file.variable})" if file.variable else ""
    reason = certificates_fault(file.path) or "it is not a PEM file with certificates"
    hint = f"correct the file, or unset {file.variable}" if file.variable else "correct the file, or take it away"
    return RequestError(f"cannot use the certificates in {file.path}{named}: {reason}", hint=hint)


def _show(context: ssl.SSLContext, client: ClientPair) -> None:
    asked: list[bool] = []

    def no_password() -> str:
        # Without this, OpenSSL asks for it on the terminal.
        asked.append(True)
        return ""

    try:
        context.load_cert_chain(client.certificate, client.key, no_password)
    except (OSError, ValueError) as exc:
        raise _client_error(client, exc, is_encrypted=bool(asked)) from exc


def _client_error(client: ClientPair, error: Exception, *, is_encrypted: bool) -> RequestError:
    hint = "put in a certificate and its key in PEM form, the key without a password"
    if reason := certificates_fault(client.certificate):
        return RequestError(f"cannot use the client certificate in {client.certificate}: {reason}", hint=hint)
    reason = private_key_fault(client.key) or "it holds no private key that can be read"
    if is_encrypted:
        reason = "it is encrypted"
        hint = f"`openssl pkey -in {client.key} -out new.key` asks for its password; put new.key in its place"
    elif isinstance(error, ssl.SSLError) and "MISMATCH" in (error.reason or ""):
        reason = f"it does not belong to {client.certificate}"
    return RequestError(f"cannot use the key of the client certificate in {client.key}: {reason}", hint=hint)


def tls_error(inner: object, trust: Trust) -> RequestError:
    """Return the error of a handshake that failed."""
    if isinstance(inner, ssl.SSLCertVerificationError):
        return _certificate_error(inner, trust)
    if isinstance(inner, ssl.SSLError) and inner.reason in _NOT_TLS:
        hint = f"check the port\nif it is plain http on purpose, and you trust the network: {_export(trust, 'http://')}"
        return RequestError("it does not speak TLS (https)", hint=hint, kind=Kind.PLAIN_HTTP)
    if isinstance(inner, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return RequestError("it closed the connection without an answer", hint="try again", tries=4, kind=Kind.CLOSED)
    reason = (inner.reason or "") if isinstance(inner, ssl.SSLError) else ""
    if any(name in reason for name in _CLIENT_WANTED):
        return client_certificate_wanted(trust)
    if "HANDSHAKE_FAILURE" in reason and not trust.client:
        hint = f"if it wants a client certificate, put client.cert and client.key into {trust.directory}"
        return RequestError("it refuses the TLS handshake", hint=hint, kind=Kind.TLS)
    words = f": {reason.replace('_', ' ').lower()}" if reason else ""
    return RequestError(f"TLS failed{words}", hint="check that the port is the registry's", kind=Kind.TLS)


def client_certificate_wanted(trust: Trust) -> RequestError:
    """Return the error of a host that wants another certificate of ours than it was shown, or any."""
    if trust.client:
        hint = f"ask the registry's owner for another one than {trust.client.certificate}"
        return RequestError("it does not accept our client certificate", hint=hint, kind=Kind.TLS)
    hint = f"put client.cert and client.key into {trust.directory}"
    return RequestError("it wants a client certificate", hint=hint, kind=Kind.TLS)


def _certificate_error(error: ssl.SSLCertVerificationError, trust: Trust) -> RequestError:
    if error.verify_code in {_WRONG_HOST, _WRONG_ADDRESS}:
        return RequestError(
            "its certificate is for another name",
            hint="use the name that the certificate is issued for",
            kind=Kind.TLS,
        )
    if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
        when = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return RequestError(
            f"its certificate {when}",
            hint="check this computer's clock, then tell the registry's owner",
            kind=Kind.TLS,
        )
    cause = "is self-signed" if error.verify_code == _SELF_SIGNED else "is not trusted: its CA is unknown here"
    if trust.ca_files:
        used = ", ".join(f"{file.path} ({file.variable})" if file.variable else file.path for file in trust.ca_files)
        cause += f" and not in {used}"
    none_at_all = "" if _has_system_cas() else "this Python knows no CAs of the system; SSL_CERT_FILE can name them\n"
    return RequestError(
        f"its certificate {cause}",
        hint=f"{none_at_all}put its CA into {trust.directory}/ca.crt, or {_export(trust)} {trust.variables}_CA_BUNDLE=ca.crt\n"
        f"{_export(trust)} {trust.variables}_TLSVERIFY=false turns verification off, which is not safe",
        kind=Kind.TLS,
    )


def _export(trust: Trust, scheme: str = "") -> str:
    return f"export {trust.variables}_HOST={scheme}{trust.registry}"


def _has_system_cas() -> bool:
    # Installers of Python for macOS leave this to the user. A directory of CAs is only read during a handshake.
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or any(Path(paths.capath).iterdir() if paths.capath else ())
