"""Passing bytes on between two sockets, for what stands between a client and a server in tests."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


def relay(near: socket.socket, host: str) -> None:
    """Connect to `host`, a host and a port, and pass every byte on in both directions until both sides are done."""
    name, _, port = host.rpartition(":")
    with socket.create_connection((name, int(port))) as far:
        back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
        back.start()
        _pass_on(near, far)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
