"""kubectl's flags for the connection: what was given on the command line, and how to type it again."""

from __future__ import annotations

from dataclasses import dataclass, field


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

    @property
    def chooses(self) -> bool:
        """Say whether a flag names the cluster or the login, by a name in the kubeconfig or by the server's URL."""
        return bool(self.context or self.cluster or self.user or self.server)

    def flags(self) -> tuple[str, ...]:
        """Return the flags to reach the same cluster as the same user again, without context, namespace and token."""
        given = (
            ("kubeconfig", self.kubeconfig),
            ("cluster", self.cluster),
            ("user", self.user),
            ("server", self.server),
            ("as", self.as_user),
            *(("as-group", group) for group in self.as_groups),
            ("as-uid", self.as_uid),
            ("certificate-authority", self.certificate_authority),
            ("client-certificate", self.client_certificate),
            ("client-key", self.client_key),
            ("tls-server-name", self.tls_server_name),
            ("insecure-skip-tls-verify", "true" if self.insecure_skip_tls_verify else None),
        )
        return tuple(f"--{name}={value}" for name, value in given if value)
