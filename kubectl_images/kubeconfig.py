"""How to reach the cluster: kubectl's flags, the kubeconfig and the pod's own account become one `Access`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import kubeconfig_files
from .access import Access, Token, TokenFile
from .errors import KubeconfigError
from .exec_plugin import Told
from .kube_tls import Trust
from .kubeconfig_files import Entry, Kubeconfig, chosen, known, of_context, text_of
from .kubeconfig_logins import certificate_of, impersonation_of, login_of
from .kubeconfig_options import Options
from .origins import is_loopback, origin_of
from .proxies import Proxy, parse_proxy, proxy_for

__all__ = ["Options", "context_namespace", "load"]

_CHOOSE = "choose one with --context NAME, or for good: kubectl config use-context NAME"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def load(options: Options, environ: Mapping[str, str], *, service_account: Path = SERVICE_ACCOUNT) -> Access:
    """Return how to reach the cluster; KubeconfigError when nothing leads to one.

    A pod uses its own service account where neither a flag nor a current context says otherwise.
    """
    config = kubeconfig_files.read(options.kubeconfig, environ)
    if not config.current_context and not options.chooses:
        if not options.kubeconfig and _in_cluster(environ, service_account):
            return _pod_access(options, environ, service_account)
        if config.is_empty:
            raise _no_kubeconfig(config)
    context = _context(config, options)
    cluster = of_context(config.clusters, "cluster", options.cluster, context)
    user = of_context(config.users, "user", options.user, context)
    server, trust = _server(config, options, cluster), _trust(options, cluster)
    login = login_of(options, user, Told(server, trust, cluster), environ)
    certificate = certificate_of(options, user)
    # As kubectl: whoever listens on the way would have the login.
    may_log_in = server.startswith("https:") or is_loopback(origin_of(server).host)
    return Access(
        server=server,
        namespace=options.namespace or _namespace(context, environ, service_account),
        context=context.name if context else "",
        user=user.name if user else "",
        trust=trust,
        login=login if may_log_in else None,
        certificate=certificate if may_log_in else None,
        impersonation=impersonation_of(options, user),
        proxy=_proxy(server, cluster, environ),
        request_timeout_s=options.request_timeout_s,
        flags=options.flags(),
        token_is_typed=bool(options.token),
    )


def context_namespace(
    options: Options, environ: Mapping[str, str], *, service_account: Path = SERVICE_ACCOUNT
) -> str | None:
    """Return the namespace for objects that name none, without connecting; None when no kubeconfig leads anywhere."""
    if options.namespace:
        return options.namespace
    config = kubeconfig_files.read(options.kubeconfig, environ)
    if options.context or config.current_context:
        return _namespace(_context(config, options), environ, service_account)
    in_pod = not options.kubeconfig and _in_cluster(environ, service_account)
    return _pod_namespace(environ, service_account) if in_pod else None


def _namespace(context: Entry | None, environ: Mapping[str, str], service_account: Path) -> str:
    """Return the context's namespace; where it has none, a pod's own goes before `default`, as with kubectl."""
    named = text_of(context, "namespace")
    if named or not _in_cluster(environ, service_account):
        return named or "default"
    return _pod_namespace(environ, service_account)


def _no_kubeconfig(config: Kubeconfig) -> KubeconfigError:
    looked = ", ".join(map(str, config.files)) or "no file: KUBECONFIG and HOME name none"
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
        certificate=certificate_of(options, None),
        impersonation=impersonation_of(options, None),
        request_timeout_s=options.request_timeout_s,
        flags=options.flags(),
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
            hint=_CHOOSE,
        )
    if not options.context and name not in config.contexts:
        raise KubeconfigError(
            f'current-context "{name}" is not in the kubeconfig\n    {known("contexts", config.contexts)}', hint=_CHOOSE
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
    url = server
    # Not where the scheme is there but for a slip, as in https//host.
    if "://" not in server and not server.startswith(("http:", "https:", "http/", "https/")):
        url = f"{'https' if cluster and cluster.pem('certificate-authority') else 'http'}://{server}"
    try:
        origin_of(url)
    except ValueError as exc:
        where = "" if options.server or cluster is None else f' of cluster "{cluster.name}" in {cluster.file}'
        hint = "write it like https://cluster.example.com:6443"
        raise KubeconfigError(f'server "{server}"{where} is no http or https URL', hint=hint) from exc
    return url.rstrip("/")


def _trust(options: Options, cluster: Entry | None) -> Trust:
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


def _proxy(server: str, cluster: Entry | None, environ: Mapping[str, str]) -> Proxy | None:
    """Return the cluster's proxy, which NO_PROXY does not concern, else the environment's."""
    text = text_of(cluster, "proxy-url")
    if cluster is not None and text:
        return _proxy_of(cluster, text)
    try:
        # kubectl knows no ALL_PROXY; where it is there for other programs, kubectl's way must still be ours.
        return proxy_for(origin_of(server), {name: environ[name] for name in environ if name.upper() != "ALL_PROXY"})
    except ValueError as exc:
        hint = f"to connect without a proxy, set NO_PROXY={origin_of(server).host}"
        raise KubeconfigError(f"no connection to {server}: {exc}", hint=hint) from exc


def _proxy_of(cluster: Entry, text: str) -> Proxy:
    try:
        if "://" in text:
            return parse_proxy(text, "proxy-url")
    except ValueError:
        pass  # What is wrong with it is said below, without its password.
    raise cluster.wrong("proxy-url", "must be an http:// or https:// URL; other proxies are not supported")
