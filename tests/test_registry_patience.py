"""How long a registry is waited for that dies, or that never ends its answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fake_registry import FakeRegistry
from registry_client import FakeClock

from kubectl_images.errors import RegistryError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry
from kubectl_images.registry_policy import Policy


@contextmanager
def a_server_that_never_ends_its_headers() -> Iterator[str]:
    """Yield its host. Each new byte comes long before a read times out."""
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not closing.wait(0.02):
                    connection.sendall(b"x")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=drip, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        closing.set()


def test_headers_that_never_end_are_not_waited_for(tmp_path: Path) -> None:
    policy = Policy(read_s=0.3, clock=FakeClock())
    with a_server_that_never_ends_its_headers() as host:
        environ = {"KLUCTL_REGISTRY_HOST": f"http://{host}"}
        with Registry(environ, notice=print, home=tmp_path, policy=policy) as client, pytest.raises(RegistryError) as e:
            client.list_tags(ImageRef.parse(f"{host}/team/web"))

    assert str(e.value) == (
        f"cannot list the tags of {host}/team/web: it took the request but sent nothing for 0.3 s (registry {host})"
    )


def test_a_registry_that_dies_is_given_up_after_three_repositories(tmp_path: Path) -> None:
    clock = FakeClock()
    policy = Policy(jitter=(1, 1), at_once_per_host=1, clock=clock)
    with FakeRegistry({"team/web": ["main-1"]}) as registry:
        images = [ImageRef.parse(f"{registry.host}/team/app-{number}") for number in range(20)]
        client = Registry({}, notice=print, home=tmp_path, policy=policy)
        client.list_tags(ImageRef.parse(f"{registry.host}/team/web"))
        client.close()

    found = client.list_many(images)

    assert [str(answer) for answer in found.values()] == [
        f"cannot list the tags of {image.name}: nothing listens there (registry {registry.host})" for image in images
    ]
    # Three were tried twice, half a second apart; nobody waited for the others.
    assert clock.waited_s == 1.5
