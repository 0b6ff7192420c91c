"""Debian's `docker-registry` on a free loopback port, for tests and measurements.

with RealRegistry(tmp_path) as registry:
    registry.push("team/web", "main-1", "main-2")
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType

PROGRAM = "docker-registry"
USER, PASSWORD = "robot", "secret"
# `htpasswd -nbB robot secret`, with the lowest cost, since every request pays it.
_HTPASSWD = f"{USER}:$2b$04$X535f/u6Dv23vIif3dqPw.oYYxKNxR36XCKDOqNL1KBUBRVgsRJii\n"
_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def is_installed() -> bool:
    """Tell whether the program can be started at all."""
    return shutil.which(PROGRAM) is not None


class RealRegistry:
    """The process, with its store in `folder`; with `auth`, it wants `USER` and `PASSWORD` as Basic."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        self.host = ""
        self._folder = folder
        self._auth = auth

    def __enter__(self) -> RealRegistry:  # noqa: PYI034 - `Self` came with Python 3.11
        self._process = subprocess.Popen(
            [PROGRAM, "serve", str(self._write_config())],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
        )
        self.host = self._wait_for_address()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._drain.join()
        if self._process.stderr:
            self._process.stderr.close()

    def push(self, repository: str, *tags: str) -> None:
        """Upload an empty image and give it these tags; only the first goes through the API, which is slow."""
        if not tags:
            return
        config = b"{}"
        digest = self._upload(repository, config)
        descriptor = {"mediaType": _CONFIG_TYPE, "digest": digest, "size": len(config)}
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST_TYPE, "config": descriptor, "layers": []}
        body = json.dumps(manifest).encode()
        self._request("PUT", f"/v2/{repository}/manifests/{tags[0]}", body, _MANIFEST_TYPE, expected=201)
        for tag in tags[1:]:
            shutil.copytree(
                self._tag_folder(repository, tags[0]), self._tag_folder(repository, tag), dirs_exist_ok=True
            )

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; the repository stays."""
        shutil.rmtree(self._tag_folder(repository, tag))

    def _write_config(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._folder / "store")}},
            "http": {"addr": "127.0.0.1:0"},
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
                return line.partition("listening on ")[2].split('"')[0].strip().rstrip(",")
        raise RuntimeError(f"{PROGRAM} did not start:\n{''.join(lines)}")

    def _tag_folder(self, repository: str, tag: str) -> Path:
        store = self._folder / "store" / "docker" / "registry" / "v2" / "repositories"
        return store / repository / "_manifests" / "tags" / tag

    def _upload(self, repository: str, blob: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
        location = self._request("POST", f"/v2/{repository}/blobs/uploads/", b"", "", expected=202)
        path = location.partition(self.host)[2] or location
        self._request("PUT", f"{path}&digest={digest}", blob, "application/octet-stream", expected=201)
        return digest

    def _request(self, method: str, path: str, body: bytes, kind: str, *, expected: int) -> str:
        headers = {"Content-Type": kind} if kind else {}
        if self._auth:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
            assert response.status == expected, f"{method} {path}: {response.status} {text!r}"
            return response.headers.get("Location", "")
        finally:
            connection.close()
