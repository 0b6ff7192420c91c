"""How to reach the cluster: kubectl's flags, the kubeconfig and the pod's own account become one `Access`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from . import exec_plugin, kubeconfig_files
from .access import Access, Login, Password, Token, TokenFile
from .errors import KubeconfigError
from .kube_tls import ClientCertificate, Trust
from .kubeconfig_files import Entry, Kubeconfig, chosen, known, of_context, text_of
from .origins import origin_of
from .proxies import Proxy, proxy_for

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_AUTH_PROVIDER_HINTS = {
    "gcp": "install gke-gcloud-auth-plugin, then run: gcloud container clusters get-credentials CLUSTER",
    "azure": "install kubelogin, then run: kubelogin convert-kubeconfig",
    "oidc": "use an exec plugin instead, such as kubectl oidc-login: https://github.com/int128/kubelogin",
}


@dataclass(frozen=True)
class Options:
    """kubectl's flags for the connection, None or empty where not given; `request_timeout_s` 0 means no timeout."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    as_user: str | None = None
    as_groups: tuple[str, ...] = ()
    as_uid: str | None = None
    certificate_authority: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool = False
    request_timeout_s: float | None = None


def load(options: Options, environ: Mapping[str, str], *, service_account: Path = SERVICE_ACCOUNT) -> Access:
    """Return how to reach the cluster; KubeconfigError when nothing leads to one.

    Without any kubeconfig a pod uses its own service account, unless --server names another cluster.
    """
    config = kubeconfig_files.read(options.kubeconfig, environ)
    nothing_chosen = not (options.context or options.cluster or options.user or options.server)
    if config.is_empty and nothing_chosen:
        if _in_cluster(environ, service_account):
            return _pod_access(options, environ, service_account)
        raise _no_kubeconfig(config)
    context = _context(config, options)
    cluster = of_context(config.clusters, "cluster", options.cluster, context)
    user = of_context(config.users, "user", options.user, context)
    server = _server(config, options, cluster)
    return Access(
        server=server,
        namespace=options.namespace or text_of(context, "namespace") or "default",
        context=context.name if context else "",
        user=user.name if user else "",
        trust=_trust(options, cluster),
        login=Token(options.token) if options.token else _login(user, cluster, environ) if user else None,
        certificate=_certificate(options, user),
        impersonation=_impersonation(options, user),
        proxy=_proxy(server, cluster, environ),
        request_timeout_s=options.request_timeout_s,
        flags=_flags(options),
        token_is_typed=bool(options.token),
    )


def context_namespace(
    options: Options, environ: Mapping[str, str], *, service_account: Path = SERVICE_ACCOUNT
) -> str | None:
    """Return the namespace for objects that name none, without connecting; None when no kubeconfig leads anywhere."""
    if options.namespace:
        return options.namespace
    config = kubeconfig_files.read(options.kubeconfig, environ)
    if config.is_empty and not options.context:
        return _pod_namespace(environ, service_account) if _in_cluster(environ, service_account) else None
    if not options.context and not config.current_context:
        return None
    return text_of(_context(config, options), "namespace") or "default"


def _flags(options: Options) -> tuple[str, ...]:
    """Return the flags to reach the same cluster as the same user again, without context, namespace and token."""
    given = (
        ("kubeconfig", options.kubeconfig),
        ("cluster", options.cluster),
        ("user", options.user),
        ("server", options.server),
        ("as", options.as_user),
        *(("as-group", group) for group in options.as_groups),
        ("as-uid", options.as_uid),
        ("certificate-authority", options.certificate_authority),
        ("client-certificate", options.client_certificate),
        ("client-key", options.client_key),
        ("tls-server-name", options.tls_server_name),
        ("insecure-skip-tls-verify", "true" if options.insecure_skip_tls_verify else None),
    )
    return tuple(f"--{name}={value}" for name, value in given if value)


def _no_kubeconfig(config: Kubeconfig) -> KubeconfigError:
    looked = ", ".join(map(str, config.files)) or "no file: HOME is not set"
    return KubeconfigError(
        f"no kubeconfig names a cluster (looked at {looked})", hint="name one with --kubeconfig FILE, or set KUBECONFIG"
    )


def _in_cluster(environ: Mapping[str, str], service_account: Path) -> bool:
    named = environ.get("KUBERNETES_SERVICE_HOST") and environ.get("KUBERNETES_SERVICE_PORT")
    return bool(named) and (service_account / "token").is_file()


def _pod_access(options: Options, environ: Mapping[str, str], service_account: Path) -> Access:
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ["KUBERNETES_SERVICE_PORT"]
    authority = Path(options.certificate_authority or service_account / "ca.crt")
    return Access(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        namespace=options.namespace or _pod_namespace(environ, service_account),
        trust=Trust(authority, options.tls_server_name, options.insecure_skip_tls_verify),
        login=Token(options.token) if options.token else TokenFile(service_account / "token"),
        certificate=_certificate(options, None),
        impersonation=_impersonation(options, None),
        request_timeout_s=options.request_timeout_s,
        flags=_flags(options),
        token_is_typed=bool(options.token),
    )


def _pod_namespace(environ: Mapping[str, str], service_account: Path) -> str:
    file = service_account / "namespace"
    return environ.get("POD_NAMESPACE") or (file.read_text().strip() if file.is_file() else "") or "default"


def _context(config: Kubeconfig, options: Options) -> Entry | None:
    """Return the context that is chosen, or None when flags alone lead to a cluster."""
    name = options.context or config.current_context
    if not name and (options.server or options.cluster):
        return None
    if not name:
        raise KubeconfigError(
            f"no context is chosen: the kubeconfig sets no current-context\n    {known('contexts', config.contexts)}",
            hint="choose one with --context NAME, or for good: kubectl config use-context NAME",
        )
    return chosen(config.contexts, "context", name)


def _server(config: Kubeconfig, options: Options, cluster: Entry | None) -> str:
    server = options.server or text_of(cluster, "server")
    if not server:
        where = (
            f'cluster "{cluster.name}" in {cluster.file} has' if cluster else "the context names no cluster, so it has"
        )
        raise KubeconfigError(
            f"{where} no server\n    {known('clusters', config.clusters)}", hint="name it with --server URL"
        )
    if "://" not in server:
        server = f"{'https' if cluster and cluster.pem('certificate-authority') else 'http'}://{server}"
    try:
        origin_of(server)
    except ValueError as exc:
        raise KubeconfigError(f'server "{server}" is no http or https URL') from exc
    return server.rstrip("/")


def _trust(options: Options, cluster: Entry | None) -> Trust:
    """Return what is trusted; a flag for the CA or against verification replaces both settings of the kubeconfig.

    A server given by flag has its own name, so the kubeconfig's tls-server-name does not count for it.
    """
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


def _login(user: Entry, cluster: Entry | None, environ: Mapping[str, str]) -> Login | None:
    token_file = user.path("tokenFile")
    if token_file is not None:
        return TokenFile(token_file)
    if user.text("token"):
        return Token(user.text("token"))
    if user.text("username"):
        return Password(user.text("username"), user.text("password"))
    if user.mapping("exec"):
        return exec_plugin.from_entry(user, cluster, environ)
    if user.mapping("auth-provider"):
        name = str(user.mapping("auth-provider").get("name"))
        raise KubeconfigError(
            f'user "{user.name}" in {user.file} logs in by the old auth-provider "{name}", which is not supported',
            hint=_AUTH_PROVIDER_HINTS.get(name, "use an exec plugin instead"),
        )
    return None


def _certificate(options: Options, user: Entry | None) -> ClientCertificate | None:
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


def _impersonation(options: Options, user: Entry | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that make us somebody else."""
    groups = options.as_groups or (user.texts("as-groups") if user else ())
    headers = [
        ("Impersonate-User", options.as_user or text_of(user, "as")),
        ("Impersonate-Uid", options.as_uid or text_of(user, "as-uid")),
        *(("Impersonate-Group", group) for group in groups),
        *_extra(user),
    ]
    given = tuple((name, value) for name, value in headers if value)
    if given and given[0][0] != "Impersonate-User":
        raise KubeconfigError("a group or uid cannot be impersonated without a user", hint="add --as USER")
    return given


def _extra(user: Entry | None) -> list[tuple[str, str]]:
    extra = user.mapping("as-user-extra") if user else {}
    return [(f"Impersonate-Extra-{quote(key, safe='')}", str(value)) for key in extra for value in extra[key]]


def _proxy(server: str, cluster: Entry | None, environ: Mapping[str, str]) -> Proxy | None:
    """Return the cluster's proxy, which NO_PROXY does not concern, else the environment's."""
    text = text_of(cluster, "proxy-url")
    if cluster is not None and text:
        return _proxy_of(cluster, text)
    try:
        return proxy_for(origin_of(server), environ)
    except ValueError as exc:
        raise KubeconfigError(f"no connection to {server}: {exc}") from exc


def _proxy_of(cluster: Entry, text: str) -> Proxy:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise cluster.wrong("proxy-url", "must be an http:// or https:// URL; other proxies are not supported")
    user, at, address = parts.netloc.rpartition("@")
    return Proxy(f"{parts.scheme}://{address}", "proxy-url", unquote(user) if at else "")
