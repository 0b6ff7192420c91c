"""How to reach the cluster: kubectl's flags, the kubeconfig and the pod's own account become one `Access`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from . import kubeconfig_files
from .access import Access, Token, TokenFile
from .errors import KubeconfigError
from .exec_plugin import Told
from .kube_tls import Trust
from .kubeconfig_clusters import proxy_of, server_of, trust_of
from .kubeconfig_files import Entry, Kubeconfig, chosen, known, of_context, text_of
from .kubeconfig_logins import certificate_of, impersonation_of, login_of
from .kubeconfig_options import Options
from .origins import is_loopback, origin_of

__all__ = ["Options", "context_namespace", "current_context", "load"]

_CHOOSE = "choose one with --context NAME, or for good: kubectl config use-context NAME"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def load(
    options: Options,
    environ: Mapping[str, str],
    *,
    service_account: Path = SERVICE_ACCOUNT,
    warn: Callable[[str], None] = lambda _text: None,
) -> Access:
    """Return how to reach the cluster; KubeconfigError when nothing leads to one.

    A pod uses its own service account where neither a flag nor a current context says otherwise; `warn` is told when
    KUBECONFIG names files, and none of them is there.
    """
    config = kubeconfig_files.read(options.kubeconfig, environ)
    if not config.current_context and not options.chooses:
        if not options.kubeconfig and _in_cluster(environ, service_account):
            access = _pod_access(options, environ, service_account)
            if environ.get("KUBECONFIG") and not any(file.exists() for file in config.files):
                named = ", ".join(map(str, config.files))
                warn(
                    f"KUBECONFIG names no file that is there ({named}): the pod's own cluster is used, {access.server}"
                )
            return access
        if config.is_empty:
            raise _no_kubeconfig(config)
    context = _context(config, options)
    cluster = of_context(config.clusters, "cluster", options.cluster, context)
    user = of_context(config.users, "user", options.user, context)
    server, trust = server_of(config, options, cluster), trust_of(options, cluster)
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
        login_is_withheld=not may_log_in and (login or certificate) is not None,
        impersonation=impersonation_of(options, user),
        proxy=proxy_of(server, cluster, environ),
        request_timeout_s=options.request_timeout_s,
        flags=options.flags(),
        token_is_typed=bool(options.token),
    )


def current_context(options: Options, environ: Mapping[str, str]) -> str:
    """Return the context that counts where none is chosen; "" when there is none."""
    return kubeconfig_files.read(options.kubeconfig, environ).current_context or ""


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
