"""A stream of objects, as servers and proxies send it: in chunks, or until the connection ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from kubectl_images.access import Access
from kubectl_images.kube_answers import Answer
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_stream import Stream

CHUNKED = b"Transfer-Encoding: chunked\r\n"
UNTIL_CLOSED = b"Connection: close\r\n"


class Server:
    """Answers one request with pieces; it sends each when the one before was `read`."""

    def __init__(self, headers: bytes, pieces: Sequence[bytes]) -> None:
        self.read = threading.Semaphore(0)
        self._head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers + b"\r\n"
        self._is_chunked = headers == CHUNKED
        self._pieces = pieces
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self.read.release()
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._head)
            for piece in self._pieces:
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if self._is_chunked else piece)
                self.read.acquire()
            connection.sendall(b"0\r\n\r\n" if self._is_chunked else b"")


@contextmanager
def streamed(headers: bytes, *pieces: bytes) -> Iterator[tuple[Server, Stream]]:
    server = Server(headers, pieces)
    client = KubeClient(Access(server.url))
    stream = client.stream("/watch", (), silent_s=10)
    assert not isinstance(stream, Answer), "the server answers 200"
    yield server, stream
    stream.close()
    client.close()
    server.close()


@pytest.mark.parametrize("headers", [pytest.param(CHUNKED, id="chunks"), pytest.param(UNTIL_CLOSED, id="until-closed")])
def test_each_object_is_read_as_soon_as_it_is_there(headers: bytes) -> None:
    with streamed(headers, b'{"a": 1}\n', b'{"a": 2}\n{"a": 3}\n') as (server, stream):
        objects = iter(stream)
        seen = [next(objects)]
        server.read.release()
        seen += [next(objects), next(objects)]
        server.read.release()
        rest = list(objects)

    assert (seen, rest) == ([{"a": 1}, {"a": 2}, {"a": 3}], [])


@pytest.mark.parametrize("headers", [pytest.param(CHUNKED, id="chunks"), pytest.param(UNTIL_CLOSED, id="until-closed")])
def test_an_object_that_comes_in_two_parts_is_one(headers: bytes) -> None:
    with streamed(headers, b'{"a":', b' 1}\n{"a": 2') as (server, stream):
        server.read.release(2)

        assert list(stream) == [{"a": 1}]


@pytest.mark.parametrize("headers", [pytest.param(CHUNKED, id="chunks"), pytest.param(UNTIL_CLOSED, id="until-closed")])
def test_a_stream_is_ended_from_another_thread(headers: bytes) -> None:
    with streamed(headers, b'{"a": 1}\n') as (_, stream):
        objects = iter(stream)
        seen = [next(objects)]
        threading.Thread(target=stream.close).start()
        rest = list(objects)

    assert (seen, rest) == ([{"a": 1}], [])
