from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest

from kubectl_images.system_authorities import trust_first, trust_the_systems

TLS = json.loads((Path(__file__).parent / "vectors" / "cluster_tls.json").read_text(encoding="utf-8"))
AUTHORITY = TLS["authority"].encode()


@pytest.mark.parametrize(
    ("files", "trusted"),
    [
        pytest.param([], [], id="no-file"),
        pytest.param(["missing"], [], id="missing"),
        pytest.param(["first"], ["test ca"], id="one"),
        pytest.param(["missing", "first", "second"], ["test ca"], id="the-first-that-is-there"),
        pytest.param(["directory", "empty", "junk", "second", "first"], ["test other"], id="the-first-that-holds-some"),
    ],
)
def test_the_first_file_with_authorities_is_trusted(tmp_path: Path, files: list[str], trusted: list[str]) -> None:
    (tmp_path / "directory").mkdir()
    contents = {"empty": b"", "junk": b"junk", "first": AUTHORITY, "second": TLS["other_authority"].encode()}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    trust_first(made, [str(tmp_path / name) for name in files])

    assert [certificate["subject"] for certificate in made.get_ca_certs()] == [
        ((("commonName", name),),) for name in trusted
    ]


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_where_the_user_names_authorities_there_are_no_others(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # OpenSSL looks at the environment itself.
    monkeypatch.setenv("SSL_CERT_FILE", "/missing")
    monkeypatch.setenv("SSL_CERT_DIR", "/missing")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    trust_the_systems(made, {name: "/missing"})

    assert made.get_ca_certs() == []
