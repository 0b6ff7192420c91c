"""The flags of cluster and terminal, which every command takes, as kubectl's do."""

from __future__ import annotations

import argparse
from typing import Any

from .flag_values import add_switch, duration_s, number


def add_connection(parser: argparse.ArgumentParser, *, of_command: bool = False) -> None:
    """Add kubectl's flags; a command takes them too, and leaves them out of its help, which they would bury."""
    group = parser.add_argument_group("flags of cluster and terminal, before or after the command, as kubectl's")

    def add(*names: str, help: str, **settings: Any) -> argparse.Action:  # noqa: A002
        return group.add_argument(*names, help=argparse.SUPPRESS if of_command else help, **settings)

    add("-n", "--namespace", metavar="NAMESPACE", help="the namespace of objects that name none")
    add("--kubeconfig", metavar="FILE", help="the kubeconfig, instead of $KUBECONFIG or ~/.kube/config")
    add("--context", metavar="NAME", help="the kubeconfig's context to use")
    add("--cluster", metavar="NAME", help="the kubeconfig's cluster to use")
    add("--user", metavar="NAME", help="the kubeconfig's user to use")
    add("-s", "--server", metavar="URL", help="the address of the API server")
    add("--token", metavar="TOKEN", help="a bearer token for the API server")
    add("--as", dest="as_user", metavar="USER", help="the user to impersonate")
    add(
        "--as-group",
        dest="as_groups" if of_command else "as_groups_before",
        metavar="GROUP",
        action="append",
        help="a group to impersonate (repeatable)",
    )
    add("--as-uid", metavar="UID", help="the UID to impersonate")
    add("--certificate-authority", metavar="FILE", help="the CA certificates to trust")
    add("--client-certificate", metavar="FILE", help="a client certificate")
    add("--client-key", metavar="FILE", help="the key of the client certificate")
    add("--tls-server-name", metavar="NAME", help="the name to expect in the server's certificate")
    add_switch(add, "--insecure-skip-tls-verify", help="do not check the server's certificate")
    add(
        "--request-timeout",
        dest="request_timeout_s",
        type=duration_s,
        metavar="DURATION",
        help="how long one request may take, such as 30s, 1m30s or 5; 0 is for ever",
    )
    add(
        "-v",
        "--v",
        dest="verbosity",
        type=number,
        metavar="N",
        help="how much to say; 1: the steps, 2: also why an image that runs is not used",
    )
    add(
        "--color",
        dest="colour",
        choices=("auto", "always", "never"),
        help="colour in the output (default: auto, on a terminal unless NO_COLOR is set)",
    )
