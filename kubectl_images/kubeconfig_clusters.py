"""Where the cluster is: the kubeconfig's cluster and kubectl's flags become a URL, whom to trust, and a proxy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from .errors import KubeconfigError
from .kube_tls import Trust
from .kubeconfig_files import Entry, Kubeconfig, known, text_of
from .kubeconfig_options import Options
from .origins import origin_of
from .proxies import Proxy, parse_proxy, proxy_for

_LIKE_THIS = "write it like https://cluster.example.com:6443"


def server_of(config: Kubeconfig, options: Options, cluster: Entry | None) -> str:
    """Return the URL of the API server, without a slash at its end; a flag goes before the kubeconfig."""
    server = options.server or text_of(cluster, "server")
    if not server:
        where = (
            f'cluster "{cluster.name}" in {cluster.file} has' if cluster else "the context names no cluster, so it has"
        )
        raise KubeconfigError(
            f"{where} no server\n    {known('clusters', config.clusters)}", hint="name it with --server URL"
        )
    where = "" if options.server or cluster is None else f' of cluster "{cluster.name}" in {cluster.file}'
    return _url(server, where, "https" if cluster and cluster.pem("certificate-authority") else "http")


def _url(server: str, where: str, default_scheme: str) -> str:
    """Return the server's URL, its scheme and host in lower case; what is no part of it may be secret, and is not shown."""
    if "@" in server:
        hint = "leave out what stands before the @; a login is the user's, or comes with --token TOKEN"
        raise KubeconfigError(f"server{where} has a login in its URL, where none is sent", hint=hint)
    url, mark, _ = re.split("([?#])", f"{server}?", maxsplit=1)
    if url != server:
        raise KubeconfigError(f'server "{url}{mark}..."{where} is no URL of a server: it has a {mark}', hint=_LIKE_THIS)
    # Not where the scheme is there but for a slip, as in https//host.
    if "://" not in url and not url.lower().startswith(("http:", "https:", "http/", "https/")):
        url = f"{default_scheme}://{url}"
    try:
        origin_of(url)
    except ValueError as exc:
        raise KubeconfigError(f'server "{server}"{where} is no http or https URL', hint=_LIKE_THIS) from exc
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def trust_of(options: Options, cluster: Entry | None) -> Trust:
    """Return what is trusted; a flag for the CA or against verification replaces both settings of the kubeconfig.

    A server given by flag has its own name, so the kubeconfig's tls-server-name does not count for it.
    """
    if options.certificate_authority and options.insecure_skip_tls_verify:
        raise KubeconfigError(
            "--certificate-authority and --insecure-skip-tls-verify exclude each other",
            hint="leave out --insecure-skip-tls-verify",
        )
    name = options.tls_server_name or (None if options.server else text_of(cluster, "tls-server-name")) or None
    if options.certificate_authority or options.insecure_skip_tls_verify:
        authority = Path(options.certificate_authority) if options.certificate_authority else None
        return Trust(authority, name, options.insecure_skip_tls_verify)
    if cluster is None:
        return Trust(None, name)
    trust = Trust(cluster.pem("certificate-authority"), name, cluster.flag("insecure-skip-tls-verify"))
    if trust.insecure and trust.authority is not None:
        raise cluster.wrong("insecure-skip-tls-verify", "cannot be true when a certificate authority is set")
    return trust


def proxy_of(server: str, cluster: Entry | None, environ: Mapping[str, str]) -> Proxy | None:
    """Return the cluster's proxy, which NO_PROXY does not concern, else the environment's."""
    text = text_of(cluster, "proxy-url")
    if cluster is not None and text:
        return _own_proxy(cluster, text)
    try:
        # kubectl knows no ALL_PROXY; where it is there for other programs, kubectl's way must still be ours.
        return proxy_for(origin_of(server), {name: environ[name] for name in environ if name.upper() != "ALL_PROXY"})
    except ValueError as exc:
        hint = f"to connect without a proxy, set NO_PROXY={origin_of(server).host}"
        raise KubeconfigError(f"no connection to {server}: {exc}", hint=hint) from exc


def _own_proxy(cluster: Entry, text: str) -> Proxy:
    try:
        if "://" in text:
            return parse_proxy(text, "proxy-url")
    except ValueError:
        pass  # What is wrong with it is said below, without its password.
    raise cluster.wrong("proxy-url", "must be an http:// or https:// URL; other proxies are not supported")
