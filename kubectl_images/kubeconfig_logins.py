"""Who we are to the cluster: the kubeconfig's user and kubectl's flags become a login, a certificate, headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from . import exec_plugin
from .access import Login, Password, Token, TokenFile
from .errors import KubeconfigError
from .exec_plugin import Told
from .kube_tls import ClientCertificate
from .kubeconfig_files import Entry, text_of
from .kubeconfig_options import Options

# All that a header cannot hold; a tab it can.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ANY_PLUGIN = "use an exec plugin: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"
_AUTH_PROVIDER_HINTS = {
    "gcp": "install gke-gcloud-auth-plugin, then run: gcloud container clusters get-credentials CLUSTER",
    "azure": "install kubelogin (https://github.com/Azure/kubelogin), then run: kubelogin convert-kubeconfig",
    "oidc": "use the exec plugin kubectl oidc-login: https://github.com/int128/kubelogin",
    "openstack": "use the exec plugin client-keystone-auth: https://github.com/kubernetes/cloud-provider-openstack",
}


def login_of(options: Options, user: Entry | None, told: Told, environ: Mapping[str, str]) -> Login | None:
    """Return how to log in besides a client certificate; None when the kubeconfig names no way.

    A fixed credential goes before a plugin, as kubectl has it, so no program runs that is not needed.
    """
    if options.token:
        return Token(options.token)
    if user is None:
        return None
    fixed = _fixed_login(user)
    _refuse_auth_provider(user, fixed)
    if fixed is not None:
        return fixed
    if user.mapping("exec") and certificate_of(options, user) is None:
        return exec_plugin.from_entry(user, told, environ)
    return None


def certificate_of(options: Options, user: Entry | None) -> ClientCertificate | None:
    """Return the client certificate; half a one is refused."""
    certificate = (
        Path(options.client_certificate) if options.client_certificate else user and user.pem("client-certificate")
    )
    key = Path(options.client_key) if options.client_key else user and user.pem("client-key")
    if not certificate and not key:
        return None
    if not certificate or not key:
        missing = "client-key" if certificate else "client-certificate"
        raise KubeconfigError(f"a client certificate needs its key: {missing} is not set", hint=f"--{missing} FILE")
    return ClientCertificate(certificate, key)


def impersonation_of(options: Options, user: Entry | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that make us somebody else."""
    groups = options.as_groups or (user.texts("as-groups") if user else ())
    headers = [
        ("Impersonate-User", options.as_user or text_of(user, "as")),
        ("Impersonate-Uid", options.as_uid or text_of(user, "as-uid")),
        *(("Impersonate-Group", group) for group in groups),
        *_extra(user),
    ]
    given = tuple((name, value) for name, value in headers if value)
    for name, value in given:
        if _CONTROL.search(value):
            raise KubeconfigError(f"{_source_of(name, options, user)} holds a line break, or another control character")
    if given and given[0][0] != "Impersonate-User":
        where = f'; user "{user.name}" in {user.file} sets no "as"' if user and not _is_by_flag(options) else ""
        raise KubeconfigError(f"a group or uid cannot be impersonated without a user{where}", hint="add --as USER")
    return given


def _source_of(header: str, options: Options, user: Entry | None) -> str:
    """Return where the value of a header was written."""
    flags = {"User": options.as_user, "Uid": options.as_uid, "Group": options.as_groups}
    part = header.removeprefix("Impersonate-")
    key = {"User": "as", "Uid": "as-uid", "Group": "as-group"}.get(part, "as-user-extra")
    if flags.get(part) or user is None:
        return f"--{key}"
    return f'user "{user.name}" in {user.file}: {"as-groups" if part == "Group" else key}'


def _is_by_flag(options: Options) -> bool:
    return bool(options.as_groups or options.as_uid)


def _fixed_login(user: Entry) -> Login | None:
    """Return the login that is written in the kubeconfig; a token file goes before a token, which is for its absence."""
    token, token_file, username = user.text("token"), user.path("tokenFile"), user.text("username")
    if (token or token_file) and username:
        both = "token" if token else "tokenFile"
        raise user.wrong(both, "and username are both set, and only one of them can be the login")
    if user.text("password") and not username:
        raise user.wrong("password", "is set without a username")
    if token_file is not None:
        return TokenFile(token_file, token)
    if token:
        return Token(token)
    return Password(username, user.text("password")) if username else None


def _refuse_auth_provider(user: Entry, fixed: Login | None) -> None:
    """Refuse the old logins that are built into programs; kubectl, too, knows `oidc` alone, and as the last choice."""
    provider = user.mapping("auth-provider")
    if not provider or (provider.get("name") == "oidc" and fixed is not None):
        return
    name = str(provider.get("name"))
    raise KubeconfigError(
        f'user "{user.name}" in {user.file} logs in by the old auth-provider "{name}", which is not supported',
        hint=_AUTH_PROVIDER_HINTS.get(name, _ANY_PLUGIN),
    )


def _extra(user: Entry | None) -> list[tuple[str, str]]:
    extra = user.mapping("as-user-extra") if user else {}
    if user and not all(isinstance(values, list) for values in extra.values()):
        raise user.wrong("as-user-extra", "must be a mapping to lists of strings")
    return [(f"Impersonate-Extra-{quote(key, safe='')}", str(value)) for key in extra for value in extra[key]]
