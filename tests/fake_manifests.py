"""Manifests and blobs of the fake registry, given out as distribution 2.8.2 gives them out, and images to put there.

image = an_image("linux/arm64")
index = an_index({"linux/amd64": an_image(), "linux/arm64": image})
fake.put("team/web", "main-1", index)
upload(real.host, "team/web", "main-1", index)
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

_OCI_NAMES = {OCI_IMAGE: ("manifest", "manifests"), OCI_INDEX: ("index", "indexes")}


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@dataclass(frozen=True)
class Stored:
    """A manifest as its bytes, with the blobs and the manifests that it needs."""

    media_type: str
    body: bytes
    blobs: tuple[bytes, ...] = ()
    children: tuple[Stored, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(self.body)

    def descriptor(self, **more: Any) -> dict[str, Any]:
        """Return what stands for it in an index."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.body), **more}


def an_image(platform: str = "linux/amd64", *, docker: bool = False, text: str = "") -> Stored:
    """Return an image for a platform; another `text` makes it another image."""
    config = {
        **a_platform(platform),
        "config": {"Labels": {"text": text}},
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    media_type, config_type = (DOCKER_IMAGE, DOCKER_CONFIG) if docker else (OCI_IMAGE, OCI_CONFIG)
    return a_manifest(media_type, config_type, json.dumps(config).encode())


def a_manifest(media_type: str, config_type: str, config: bytes) -> Stored:
    descriptor = {"mediaType": config_type, "digest": digest_of(config), "size": len(config)}
    content = {"schemaVersion": 2, "mediaType": media_type, "config": descriptor, "layers": []}
    return Stored(media_type, json.dumps(content).encode(), (config,))


def an_index(children: Mapping[str, Stored], *more: Mapping[str, Any], docker: bool = False) -> Stored:
    """Return an index of images by their platforms ("": none is named), and of further descriptors."""
    entries = [
        child.descriptor(**({"platform": a_platform(platform)} if platform else {}))
        for platform, child in children.items()
    ]
    media_type = DOCKER_LIST if docker else OCI_INDEX
    content = {"schemaVersion": 2, "mediaType": media_type, "manifests": [*entries, *more]}
    return Stored(media_type, json.dumps(content).encode(), children=tuple(children.values()))


def a_platform(text: str) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), text.split("/"), strict=False))


# What `push` stores in either registry.
EMPTY = a_manifest(OCI_IMAGE, OCI_CONFIG, b"{}")


# Status, headers, body.
Answer = tuple[int, dict[str, str], bytes]


class Manifests:
    """What is stored, by repository; which tags there are is known elsewhere."""

    def __init__(self) -> None:
        self._by_digest: dict[tuple[str, str], Stored] = {}
        self._by_tag: dict[tuple[str, str], Stored] = {}
        self._blobs: dict[tuple[str, str], bytes] = {}

    def put(self, repository: str, tag: str | None, stored: Stored) -> None:
        """Store a manifest with all that it needs; a tag that is there moves to it."""
        for child in stored.children:
            self.put(repository, None, child)
        self._blobs.update({(repository, digest_of(blob)): blob for blob in stored.blobs})
        self._by_digest[repository, stored.digest] = stored
        if tag is not None:
            self._by_tag[repository, tag] = stored

    def blob(self, repository: str, digest: str) -> Answer:
        """Answer the request for a blob."""
        body = self._blobs.get((repository, digest))
        if body is None:
            return _error(404, "BLOB_UNKNOWN", "blob unknown to registry", digest)
        return 200, {"Content-Type": "application/octet-stream", "Docker-Content-Digest": digest}, body

    def manifest(self, repository: str, reference: str, accept: str, tags: Collection[str]) -> Answer:
        """Answer the request for a manifest, by a digest or by one of the repository's tags."""
        if ":" in reference:
            found = self._by_digest.get((repository, reference))
            detail = {"Name": repository, "Revision": reference}
        else:
            found = self._by_tag.get((repository, reference), EMPTY) if reference in tags else None
            detail = {"Tag": reference}
        if found is None:
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail)
        return self._accepted(repository, found, accept, by_tag=":" not in reference)

    def _accepted(self, repository: str, stored: Stored, accept: str, *, by_tag: bool) -> Answer:
        """Answer with the manifest, or with what a client gets that does not take its type."""
        if stored.media_type in accept:
            return _given(stored)
        if stored.media_type in _OCI_NAMES:
            kind, kinds = _OCI_NAMES[stored.media_type]
            message = f"OCI {kind} found, but accept header does not support OCI {kinds}"
            return _error(404, "MANIFEST_UNKNOWN", message)
        if not by_tag or stored.media_type == SCHEMA_1:
            return _given(stored)
        if stored.media_type == DOCKER_LIST and DOCKER_IMAGE in accept:
            platforms = {a["digest"]: a["platform"] for a in json.loads(stored.body)["manifests"]}
            usual = next(digest for digest, platform in platforms.items() if platform == a_platform("linux/amd64"))
            return _given(self._by_digest[repository, usual])
        # It would have to be turned into schema 1, and cannot be.
        return _error(400, "MANIFEST_INVALID", "manifest invalid", {})


def _given(stored: Stored) -> Answer:
    return 200, {"Content-Type": stored.media_type, "Docker-Content-Digest": stored.digest}, stored.body


def _error(status: int, code: str, message: str, detail: Any = None) -> Answer:
    error = {"code": code, "message": message, **({} if detail is None else {"detail": detail})}
    body = json.dumps({"errors": [error]}).encode()
    return status, {"Content-Type": "application/json; charset=utf-8"}, body


def upload(host: str, repository: str, tag: str, stored: Stored) -> None:
    """Store a manifest with all that it needs in a registry that asks for no login."""
    for blob in stored.blobs:
        location = _request(host, "POST", f"/v2/{repository}/blobs/uploads/", b"", "", expected=202)
        path = f"{location.partition(host)[2] or location}&digest={digest_of(blob)}"
        _request(host, "PUT", path, blob, "application/octet-stream", expected=201)
    for child in stored.children:
        upload(host, repository, child.digest, child)
    _request(host, "PUT", f"/v2/{repository}/manifests/{tag}", stored.body, stored.media_type, expected=201)


def _request(host: str, method: str, path: str, body: bytes, kind: str, *, expected: int) -> str:
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        response = connection.getresponse()
        text = response.read()
        assert response.status == expected, f"{method} {path}: {response.status} {text!r}"
        return response.headers.get("Location", "")
    finally:
        connection.close()
