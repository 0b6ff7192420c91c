"""Image references: what a text names, and why it names nothing.

    reference  := name [":" tag] ["@" digest]        name := [host "/"] path
    path       := component ("/" component)*         component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
    host       := (label ("." label)* | "[" IPv6 "]") [":" port]
    tag        := [A-Za-z0-9_][A-Za-z0-9._-]{0,127}   digest := algorithm ":" hex

The first component is a host when a "/" follows and it is `localhost`, or has a ".", a ":" or an upper-case letter.
Source: github.com/distribution/reference, which kubelet, containerd and CRI-O use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from .errors import InvalidImageError

# What is equal for two references of one repository: the host in lower case, and the path.
Repository = tuple[str, str]

HUB = "docker.io"
HUB_NAMES = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DNS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:]+\]")
_PORT = re.compile("[0-9]{1,5}")
_COMPONENT = re.compile("[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*")
_TAG = re.compile("[A-Za-z0-9_][A-Za-z0-9._-]*")
_DIGEST = re.compile("[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-f]{32,}")
_DIGEST_HEX = {"sha256": 64, "sha512": 128}
_IMAGE_ID = re.compile("(?:sha256:)?[0-9a-f]{64}")
_PORT_LIKE_TAG = re.compile("[0-9]{4,5}")

_MAX_HOST = 255
_MAX_PATH = 255
_MAX_TAG = 128
# `user:password@host`, but not `app:tag@sha256:...`.
_PASSWORD = re.compile(r"^((?:\w+://)?[^/@:\s]+):[^@]*@(?=.)(?!sha\d+:)")
_MAX_SHOWN = 300


@dataclass(frozen=True)
class ImageRef:
    """An image: `registry` is docker.io for every name of Docker Hub and otherwise as written.

    `repository` has `library/` added on Docker Hub; `tag` and `digest` are None when they are not written.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Return what the text names; raises InvalidImageError with the reason and, where there is one, a rewrite."""
        fault = _fault(text)
        if fault:
            raise InvalidImageError(f'invalid image "{_shown(text)}": {fault}', hint=_rewrite(text))
        written = _split(text)
        registry, repository = _normalised(written)
        return cls(registry, repository, written.tag, written.digest)

    @property
    def tag_or_latest(self) -> str | None:
        """The tag that is pulled; None for a digest without a tag, which gets no default."""
        return self.tag or (None if self.digest else "latest")

    @property
    def name(self) -> str:
        """The reference without tag and digest: `docker.io/library/nginx`."""
        return f"{self.registry}/{self.repository}"

    @property
    def repository_key(self) -> Repository:
        """What is equal for two references of one repository: hosts have no case."""
        return self.registry.lower(), self.repository

    def same_repository(self, other: ImageRef) -> bool:
        """Tell whether both name one repository; tag and digest do not count."""
        return self.repository_key == other.repository_key

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def with_tag(written: str, tag: str) -> str:
    """Return the image as it is written, with this tag instead of what tag and digest it had.

    Raises InvalidImageError when the two make no reference.
    """
    parts = _split(written)
    tagged = f"{parts.name}:{tag}"
    ImageRef.parse(tagged)
    return tagged


def with_digest(written: str, digest: str) -> str:
    """Return the image as it is written, with the tag that is pulled and with this digest instead of what it had.

    Raises InvalidImageError when that makes no reference.
    """
    tag = ImageRef.parse(written).tag_or_latest
    pinned = str(_split(written)._replace(tag=tag, digest=digest))
    ImageRef.parse(pinned)
    return pinned


def is_digest(text: str) -> bool:
    """Tell whether the text is a digest of one of the algorithms that are in use: sha256 and sha512."""
    return text.partition(":")[0] in _DIGEST_HEX and not _digest_fault(text)


def spellings(repository: Repository) -> tuple[str, ...]:
    """Return every way to write the name of the repository, hosts in lower case."""
    host, path = repository
    if host != HUB:
        return (f"{host}/{path}",)
    short = path.removeprefix("library/")
    paths = (path,) if "/" in short else (path, short)
    return tuple(f"{start}{path}" for start in ("", *(f"{name}/" for name in sorted(HUB_NAMES))) for path in paths)


def is_host(text: str) -> bool:
    """Tell whether a text is a host as images write it, with a port or without."""
    return bool(text) and not _host_fault(text)


def suspicion(text: str) -> str | None:
    """Return a warning for a valid reference that is probably meant as something else.

    Raises InvalidImageError for any other text.
    """
    image = ImageRef.parse(text)
    written = _split(text)
    if "/" in written.name:
        return None
    numeric = image.tag is not None and image.tag.isdigit()
    is_host = "." in written.name or written.name == "localhost"
    if numeric and (is_host or _PORT_LIKE_TAG.fullmatch(image.tag or "")):
        return f'"{text}" looks like host:port without a repository, but names {image}'
    if is_host:
        return f'"{text}" looks like a host without a repository, but names {image}'
    return None


class _Written(NamedTuple):
    """A reference taken apart and not yet checked; `host` is None for Docker Hub's short names."""

    host: str | None
    path: str
    tag: str | None
    digest: str | None

    @property
    def name(self) -> str:
        return self.path if self.host is None else f"{self.host}/{self.path}"

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.name}{tag}{digest}"


def _split(text: str) -> _Written:
    rest, at, digest = text.partition("@")
    first, slash, others = rest.partition("/")
    is_host = slash and (first == "localhost" or "." in first or ":" in first or first != first.lower())
    path, colon, tag = (others if is_host else rest).partition(":")
    return _Written(first if is_host else None, path, tag if colon else None, digest if at else None)


def _normalised(written: _Written) -> tuple[str, str]:
    if written.host is not None and written.host.lower() not in HUB_NAMES:
        return written.host, written.path
    return HUB, written.path if "/" in written.path else f"library/{written.path}"


def _fault(text: str) -> str:
    """Return why the text is no reference, or "" when it is one."""
    if not text:
        return "it is empty"
    if text.split() != [text]:
        return "there is a space in it"
    if "://" in text:
        return "an image has no scheme"
    if _IMAGE_ID.fullmatch(text):
        return "that is an image id, not a name"
    written = _split(text)
    return _host_fault(written.host) or _path_fault(written) or _tag_fault(written.tag) or _digest_fault(written.digest)


def _host_fault(host: str | None) -> str:
    if host is None:
        return ""
    bare, port = _host_and_port(host)
    if len(host) > _MAX_HOST:
        return f"the host is longer than {_MAX_HOST} characters"
    if "_" in bare:
        return f'"_" in host "{_shown(bare)}"'
    if not (_DNS.fullmatch(bare) or _IPV6.fullmatch(bare)):
        return f'"{_shown(bare)}" is not a host'
    if port is not None and not (_PORT.fullmatch(port) and 1 <= int(port) <= 65535):
        return f'"{_shown(port)}" is not a port from 1 to 65535'
    return ""


def _host_and_port(host: str) -> tuple[str, str | None]:
    """Split at the last colon, unless it belongs to an IPv6 address."""
    bare, colon, port = host.rpartition(":")
    if not colon or host.endswith("]") or (":" in bare and not bare.endswith("]")):
        return host, None
    return bare, port


def _path_fault(written: _Written) -> str:
    repository = _normalised(written)[1]
    if not written.path:
        return "there is no repository in it"
    if len(repository) > _MAX_PATH:
        return f'the repository "{_shown(repository)}" has {len(repository)} characters, more than {_MAX_PATH}'
    components = written.path.split("/")
    bad = next((item for item in components if not _COMPONENT.fullmatch(item)), None)
    if bad is None:
        return ""
    if not bad:
        return "a part between slashes is empty"
    if _COMPONENT.fullmatch(bad.lower()):
        return "the repository must be lower case"
    return f'"{_shown(bad)}" is not letters and digits with single separators (. _ __ -) between them'


def _tag_fault(tag: str | None) -> str:
    if tag is None:
        return ""
    if not tag:
        return "the tag is empty"
    if len(tag) > _MAX_TAG:
        return f"the tag has {len(tag)} characters, more than {_MAX_TAG}"
    if not _TAG.fullmatch(tag):
        return f'the tag "{_shown(tag)}" may hold only A-Z a-z 0-9 _ . - and must not begin with . or -'
    return ""


def _digest_fault(digest: str | None) -> str:
    if digest is None:
        return ""
    if "/" in digest:
        return "an image holds no user and no password"
    algorithm, _, hexadecimal = digest.partition(":")
    length = _DIGEST_HEX.get(algorithm, len(hexadecimal))
    if _DIGEST.fullmatch(digest) and len(hexadecimal) == length:
        return ""
    if algorithm not in _DIGEST_HEX:
        return "the digest is not sha256: and 64 lower-case hexadecimal digits"
    return f"the digest is not {algorithm}: and {length} lower-case hexadecimal digits"


def _rewrite(text: str) -> str | None:
    """Return a hint with the reference that was probably meant."""
    candidate = "".join(text.split()).rpartition("://")[2].rstrip(":@")
    written = _split(candidate)
    host = f"[{written.host}]" if written.host and _IPV6.fullmatch(f"[{written.host}]") else written.host
    candidate = str(written._replace(host=host, path=written.path.lower()))
    if candidate == text or _fault(candidate):
        return None
    return f"write {candidate}"


def _shown(text: str) -> str:
    """Return the text fit for one line of a message, without a password that somebody put before the host."""
    text = _PASSWORD.sub(r"\1:***@", text)
    short = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
