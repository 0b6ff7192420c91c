"""Debian's `docker-registry` on a free loopback port, for tests and measurements.

with RealRegistry(tmp_path) as registry:
    registry.push("team/web", "main-1", "main-2")
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from certificates import Certificate
from fake_manifests import EMPTY, digest_of

PROGRAM = "docker-registry"
USER, PASSWORD = "robot", "secret"
# `htpasswd -nbB robot secret`, with the lowest cost, since every request pays it.
_HTPASSWD = f"{USER}:$2b$04$X535f/u6Dv23vIif3dqPw.oYYxKNxR36XCKDOqNL1KBUBRVgsRJii\n"


def is_installed() -> bool:
    """Tell whether the program can be started at all."""
    return shutil.which(PROGRAM) is not None


class RealRegistry:
    """The process, with its store in `folder`.

    With `auth`, it wants `USER` and `PASSWORD` as Basic; with `tls`, it shows this certificate, and with
    `clients`, it wants one of a client that this CA issued.
    """

    def __init__(
        self, folder: Path, *, auth: bool = False, tls: Certificate | None = None, clients: Certificate | None = None
    ) -> None:
        self.host = ""
        self._folder = folder
        self._auth = auth
        self._tls = tls
        self._clients = clients

    def __enter__(self) -> RealRegistry:  # noqa: PYI034 - `Self` came with Python 3.11
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int:
        """The id of the process."""
        return self._process.pid

    def start(self) -> None:
        """Start the process; after a `stop`, at the same address."""
        self._process = subprocess.Popen(
            [PROGRAM, "serve", str(self._write_config())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        )
        self.host = self._wait_for_address()

    def stop(self) -> None:
        """End the process, and with it every connection; the store stays. It may have ended already."""
        self._process.terminate()
        self._process.wait(timeout=10)
        self._drain.join()
        if self._process.stderr:
            self._process.stderr.close()

    def push(self, repository: str, *tags: str) -> None:
        """Give an empty image these tags, right in the store: the API takes milliseconds for each."""
        if not tags:
            return
        for blob in (EMPTY.body, *EMPTY.blobs):
            self._write(f"blobs/{_in_store(digest_of(blob))}/data", blob)
        link = EMPTY.digest.encode()
        self._write(f"repositories/{repository}/_manifests/revisions/{EMPTY.digest.replace(':', '/')}/link", link)
        for blob in EMPTY.blobs:
            digest = digest_of(blob)
            self._write(f"repositories/{repository}/_layers/{digest.replace(':', '/')}/link", digest.encode())
        for tag in tags:
            self._write(f"repositories/{repository}/_manifests/tags/{tag}/current/link", link)

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; the repository stays."""
        shutil.rmtree(self._store / "repositories" / repository / "_manifests" / "tags" / tag)

    @property
    def _store(self) -> Path:
        return self._folder / "store" / "docker" / "registry" / "v2"

    def _write(self, path: str, content: bytes) -> None:
        file = self._store / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def _write_config(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        http: dict[str, Any] = {"addr": self.host or "127.0.0.1:0"}
        if self._tls:
            http["tls"] = {"certificate": str(self._tls.file), "key": str(self._tls.key)}
        if self._clients:
            http["tls"]["clientcas"] = [str(self._clients.file)]
        config = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "store")}},
            "http": http,
        }
        if self._auth:
            (self._folder / "htpasswd").write_text(_HTPASSWD, encoding="ascii")
            config["auth"] = {"htpasswd": {"realm": "real", "path": str(self._folder / "htpasswd")}}
        path = self._folder / "config.yml"
        path.write_text(json.dumps(config), encoding="ascii")  # JSON is YAML
        return path

    def _wait_for_address(self) -> str:
        stream = self._process.stderr
        assert stream is not None, "it was opened as a pipe"
        lines = []
        for line in stream:
            lines.append(line)
            if "listening on " in line:
                self._drain = threading.Thread(target=stream.read, daemon=True)
                self._drain.start()
                return line.partition("listening on ")[2].split('"')[0].split(",")[0].strip()
        raise RuntimeError(f"{PROGRAM} did not start:\n{''.join(lines)}")


def _in_store(digest: str) -> str:
    algorithm, _, hexadecimal = digest.partition(":")
    return f"{algorithm}/{hexadecimal[:2]}/{hexadecimal}"
