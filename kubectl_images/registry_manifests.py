"""Manifests: the digest of a tag, and the platforms of an image, from what a registry answers.

    index  := descriptors of images, of further indexes, and of things that nobody runs
    image  := the descriptor of a config, a blob that names the platform, and those of layers

Source: OCI distribution-spec, "Pulling manifests"; OCI image-spec, "Image Index" and "Image Manifest".
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from .platforms import Platform
from .references import ImageRef, is_digest
from .registry_answers import Answer, Kind, RequestError, json_of, registry_errors

T = TypeVar("T")

_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_IMAGES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_CONFIGS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+"

# Without all four a registry answers 404 or 400, or with another manifest, whose digest is another one.
_ACCEPT = ", ".join((*_INDEXES, *_IMAGES))
# What registries take as a manifest at most.
MAX_BYTES = 4 * 1024 * 1024
_MAX_LOOKED_UP = 100
_MAX_SHOWN = 200
_REFERENCE_TYPE = "vnd.docker.reference.type"
_NO_PLATFORM = "build the image with a platform, or leave out --platform"


class Ask(Protocol):
    """Asks a registry about a repository, for at most `MAX_BYTES`, and again where that may help.

    `path` is below the repository, wherever that is: `manifests/TAG`.
    """

    def __call__(self, method: str, path: str, accept: str, read: Callable[[Answer], T], /) -> T:
        """Return what `read` makes of the answer; raises RequestError, as `read` may."""
        ...


@dataclass(frozen=True)
class Manifest:
    """A manifest that is what its digest says; `content` is its JSON."""

    digest: str
    media_type: str
    content: Mapping[str, Any]

    @property
    def is_index(self) -> bool:
        """Whether it leads to images rather than being one."""
        return self.media_type in _INDEXES

    @property
    def is_image(self) -> bool:
        """Whether it is something to run; charts and signatures are stored in the same way."""
        return not self.is_index and self.config.get("mediaType") in _CONFIGS

    @property
    def config(self) -> Mapping[str, Any]:
        """The descriptor of an image's configuration; empty without one."""
        found = self.content.get("config")
        return found if isinstance(found, dict) else {}


def find_digest(ask: Ask, image: ImageRef) -> str:
    """Return the digest that the image's tag has now; of an image for several platforms, that of its index.

    Asks by HEAD, which Docker Hub does not count as a pull. Where that gives no digest, whatever the reason, a GET
    gives one, or says why not. Raises RequestError.
    """
    try:
        found = ask("HEAD", _path(image), _ACCEPT, read_head)
    except RequestError as exc:
        if exc.kind is not Kind.REFUSED:
            raise
        found = None
    return found or _ask_manifest(ask, image).digest


def find_platforms(ask: Ask, image: ImageRef) -> tuple[Platform, ...]:
    """Return the platforms of an image that has a digest, each once, in the order of its index; none of an empty one.

    Raises RequestError, for what is no image, too.
    """
    manifest = _ask_manifest(ask, image)
    if manifest.is_index:
        return tuple(dict.fromkeys(_of_index(ask, image, manifest)))
    if not manifest.is_image:
        cause = f"it is not an image: its configuration is {_shown(manifest.config.get('mediaType'))}"
        raise RequestError(cause, hint=_NO_PLATFORM)
    return (_of_image(ask, manifest),)


def read_head(answer: Answer) -> str | None:
    """Return the digest in an answer to HEAD; None when a GET must tell. Raises RequestError for no manifest of ours."""
    digest, media_type = answer.header("docker-content-digest"), _media_type(answer)
    if answer.status != 200 or not is_digest(digest) or not media_type:
        return None
    _check_type(media_type)
    return digest


def read_manifest(answer: Answer, image: ImageRef) -> Manifest:
    """Return the manifest in an answer to GET, checked against the digests of the image and of the answer.

    Raises RequestError for anything else.
    """
    if answer.status != 200:
        raise _refused(answer, image)
    sent_as = _media_type(answer)
    if sent_as:
        _check_type(sent_as)
    promised = tuple(filter(None, (image.digest, answer.header("docker-content-digest"))))
    for digest in promised:
        _check_digest(answer.body, digest)
    content = json_of(answer)
    if not isinstance(content, dict):
        raise RequestError("it sent JSON that is not a manifest")
    media_type = content.get("mediaType") or sent_as
    if sent_as and media_type != sent_as:
        raise RequestError(f"it sent a manifest as {_shown(sent_as)} that says it is {_shown(media_type)}")
    _check_type(media_type)
    return Manifest(next(iter(promised), _digest_like("sha256:", answer.body)), media_type, content)


def read_platform(answer: Answer, digest: str) -> Platform:
    """Return the platform that the configuration of an image names. Raises RequestError when there is none."""
    if answer.status != 200:
        raise RequestError(f"it answered {answer.outcome} for the configuration of the image")
    _check_digest(answer.body, digest)
    platform = _platform(json_of(answer))
    if platform is None:
        raise RequestError("the configuration of the image names no platform", hint=_NO_PLATFORM)
    return platform


def _ask_manifest(ask: Ask, image: ImageRef) -> Manifest:
    return ask("GET", _path(image), _ACCEPT, lambda answer: read_manifest(answer, image))


def _path(image: ImageRef) -> str:
    return f"manifests/{image.digest or image.tag}"


def _of_index(ask: Ask, image: ImageRef, index: Manifest) -> Iterator[Platform]:
    """Yield the platforms of an index and of those below it; what it says nothing about is looked up."""
    waiting, looked_up = deque([index]), 0
    while waiting:
        for digest, platform in _children(waiting.popleft().content):
            if platform is not None:
                yield platform
                continue
            looked_up += 1
            if looked_up > _MAX_LOOKED_UP:
                raise RequestError(f"its index leads to more than {_MAX_LOOKED_UP} others")
            manifest = _ask_manifest(ask, replace(image, tag=None, digest=digest))
            if manifest.is_index:
                waiting.append(manifest)
            elif manifest.is_image:
                yield _of_image(ask, manifest)


def _children(content: Mapping[str, Any]) -> Iterator[tuple[str, Platform | None]]:
    """Yield the digest and the platform of each image and index in an index; None for a platform it does not name."""
    children = content.get("manifests")
    for child in children if isinstance(children, list) else ():
        # The specification wants what is not known ignored.
        if not isinstance(child, dict) or child.get("mediaType") not in (*_INDEXES, *_IMAGES):
            continue
        digest, named = child.get("digest"), child.get("platform")
        platform = _platform(named)
        # What buildx adds to say how an image was made is for the platform unknown/unknown.
        if isinstance(digest, str) and is_digest(digest) and not _is_attestation(child) and (platform or not named):
            yield digest, platform


def _is_attestation(child: Mapping[str, Any]) -> bool:
    annotations = child.get("annotations")
    return isinstance(annotations, dict) and annotations.get(_REFERENCE_TYPE) == "attestation-manifest"


def _of_image(ask: Ask, manifest: Manifest) -> Platform:
    digest = manifest.config.get("digest")
    if not isinstance(digest, str) or not is_digest(digest):
        raise RequestError("it sent a manifest without the digest of its configuration")
    return ask("GET", f"blobs/{digest}", "*/*", lambda answer: read_platform(answer, digest))


def _platform(value: object) -> Platform | None:
    """Return the platform in the JSON of a descriptor or a configuration; None where it names none."""
    if not isinstance(value, dict):
        return None
    parts = [value.get(name) or "" for name in ("os", "architecture", "variant", "os.version")]
    if not all(isinstance(part, str) for part in parts) or parts[:2] == ["unknown", "unknown"]:
        return None
    try:
        return Platform.parse(str(Platform(*parts)))
    except ValueError:
        return None


def _media_type(answer: Answer) -> str:
    """Return the Content-Type without its parameters; "" without any."""
    return answer.header("content-type").partition(";")[0].strip().lower()


def _check_type(media_type: object) -> None:
    if isinstance(media_type, str) and media_type.startswith(_SCHEMA_1):
        hint = "build and push the image anew"
        raise RequestError("its manifest is of schema 1, which is not supported", hint=hint)
    if media_type not in (*_INDEXES, *_IMAGES):
        raise RequestError(f"its manifest is of an unknown type: {_shown(media_type)}")


def _check_digest(body: bytes, promised: str) -> None:
    if not is_digest(promised):
        raise RequestError(f"its digest cannot be checked: {_shown(promised)}")
    actual = _digest_like(promised, body)
    if actual != promised:
        raise RequestError(f"what it sent does not match its digest: {promised} was promised, {actual} came")


def _digest_like(digest: str, body: bytes) -> str:
    """Return the digest of the bytes by the algorithm of another digest."""
    algorithm = digest.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"


def _shown(value: object) -> str:
    """Return what a registry sent fit for one line of a message."""
    return ascii(value)[:_MAX_SHOWN] if value else "none"


def _refused(answer: Answer, image: ImageRef) -> RequestError:
    if answer.status != 404:
        return RequestError(f"it answered {answer.outcome}")
    errors = registry_errors(answer.body)
    if not errors:
        return RequestError(f"no registry answers at this path: {answer.outcome}", hint="check the registry's address")
    if any(isinstance(error, dict) and error.get("code") == "NAME_UNKNOWN" for error in errors):
        return RequestError(
            f"the registry has no such repository: {answer.outcome}", hint="check the name of the image"
        )
    missing = f"manifest {image.digest}" if image.digest else f"tag {image.tag}"
    cause = f"the repository has no {missing}: {answer.outcome}"
    return RequestError(cause, hint=f"look at its tags: kubectl images tags {image.name}")
