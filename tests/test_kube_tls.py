from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from login_recorder import TLS, Heard, LoginRecorder

from kubectl_images import kube_tls
from kubectl_images.access import Access
from kubectl_images.errors import KubeconfigError
from kubectl_images.kube_client import KubeClient
from kubectl_images.kube_tls import ClientCertificate, Trust, pem_file

AUTHORITY = TLS["authority"].encode()
CERTIFICATE, KEY = TLS["client_certificate"].encode(), TLS["client_key"].encode()
# More than a pipe holds.
LONG_CHAIN = CERTIFICATE + AUTHORITY * (100 * 1024 // len(AUTHORITY))


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(ClientCertificate(CERTIFICATE, KEY), id="short"),
        pytest.param(ClientCertificate(LONG_CHAIN, b"# a comment\n" * 10_000 + KEY), id="more-than-a-pipe-holds"),
    ],
)
def test_a_certificate_and_key_given_as_data_log_in(tmp_path: Path, client: ClientCertificate) -> None:
    with LoginRecorder(tmp_path) as recorder:
        KubeClient(Access(recorder.https, trust=Trust(AUTHORITY), certificate=client)).request("GET", "/x")

        assert recorder.heard == [Heard("/x", "", (), "tester", "localhost")]


# Keys.

# Ends as by power loss, while OpenSSL would read.
_STOPPED_WHILE_READING = """\
import os, signal
from kubectl_images.kube_tls import pem_file
with pem_file(b"key" * 100_000):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the system has no names for pipes")
def test_no_ending_leaves_a_key_in_a_file(tmp_path: Path) -> None:
    environ = {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}

    done = subprocess.run([sys.executable, "-c", _STOPPED_WHILE_READING], env=environ, check=False)

    assert done.returncode < 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the system has no names for pipes")
def test_a_key_is_read_from_no_file() -> None:
    with pem_file(KEY) as name:
        assert stat.S_ISFIFO(Path(name).stat().st_mode)
        assert Path(name).read_bytes() == KEY


def _what_is_open() -> tuple[int, int]:
    """Return how many threads and how many descriptors there are."""
    return threading.active_count(), len(list(Path("/dev/fd").iterdir()))


@pytest.mark.parametrize("read", [0, 1], ids=["nothing", "a-part"])
def test_a_key_that_is_not_read_to_its_end_keeps_nothing_open(read: int) -> None:
    before = _what_is_open()

    with pem_file(KEY * 10_000) as name, Path(name).open("rb") as file:
        file.read(read)

    assert _what_is_open() == before


def test_without_names_for_pipes_a_private_directory_holds_the_key_while_it_is_read() -> None:
    with pem_file(KEY, descriptors=()) as name:
        file = Path(name)
        assert file.read_bytes() == KEY
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("certificate", "key", "reason"),
    [
        pytest.param(
            CERTIFICATE,
            TLS["server_key"].encode(),
            "the key is another certificate's, is not in PEM form, or has a password",
            id="another-key",
        ),
        pytest.param(
            CERTIFICATE,
            b"junk" * 100_000,
            "the key is another certificate's, is not in PEM form, or has a password",
            id="no-key",
        ),
        pytest.param(b"junk" * 100_000, KEY, "one of them is not in PEM form, or has a password", id="no-certificate"),
    ],
)
def test_a_certificate_and_key_that_cannot_be_used_say_why(certificate: bytes, key: bytes, reason: str) -> None:
    with pytest.raises(KubeconfigError) as caught:
        kube_tls.context(Trust(), ClientCertificate(certificate, key))

    assert str(caught.value) == f"client certificate or its key cannot be used: {reason}"


def test_a_key_in_a_file_of_another_certificate_says_so(tmp_path: Path) -> None:
    files = ClientCertificate(tmp_path / "c", tmp_path / "k")
    (tmp_path / "c").write_bytes(CERTIFICATE)
    (tmp_path / "k").write_text(TLS["server_key"], encoding="ascii")

    with pytest.raises(KubeconfigError) as caught:
        kube_tls.context(Trust(), files)

    where = f"({tmp_path}/c, {tmp_path}/k)"
    assert (
        str(caught.value) == f"client certificate or its key cannot be used {where}: the key is another certificate's"
    )


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(CERTIFICATE)

    with pytest.raises(KubeconfigError) as caught:
        kube_tls.context(Trust(), ClientCertificate(tmp_path / "c", tmp_path / "k"))

    assert str(caught.value) == f"client key {tmp_path}/k cannot be read: No such file or directory"
