"""Fixed images: what is pinned, which entry decides a use, and the argument of `-F`.

image[:namespace[:Kind/name[:container]]]=result      an empty part matches anything
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .errors import FixedImageError, ImagesError, InvalidImageError
from .images import Use
from .references import ImageRef, Repository

# kubectl's short names and plain plurals of the workloads that a `deployment:` may name. They are of lower case: what
# has capitals is a kind, and `DS` one that somebody defined.
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("deploy", "deployment", "deployments"), "Deployment"),
    **dict.fromkeys(("sts", "statefulset", "statefulsets"), "StatefulSet"),
    **dict.fromkeys(("ds", "daemonset", "daemonsets"), "DaemonSet"),
    **dict.fromkeys(("rs", "replicaset", "replicasets"), "ReplicaSet"),
    **dict.fromkeys(("cj", "cronjob", "cronjobs"), "CronJob"),
    **dict.fromkeys(("job", "jobs"), "Job"),
    **dict.fromkeys(("po", "pod", "pods"), "Pod"),
    **dict.fromkeys(("rc", "replicationcontroller", "replicationcontrollers"), "ReplicationController"),
}
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class FixedImage:
    """One pinned image; a part that is None matches anything.

    `deployment` is `Kind/name`; `group` is the API group of the object, where the entry names it; `origin` says
    where the entry was written, and `doubt` what could not be found out about it. It is for the items of a project
    whose scope begins with `scope`, and for what belongs to none only where that is ().
    """

    result_image: str
    image: str | None = None
    image_regex: str | None = None
    namespace: str | None = None
    deployment: str | None = None
    container: str | None = None
    path: str | None = None
    group: str | None = None
    origin: str = ""
    in_file: bool = False
    in_project: bool = False
    doubt: str = ""
    scope: tuple[int, ...] = ()

    def matches(self, use: Use) -> bool:
        """Tell whether the use is in the scope, and every part that is given fits it."""
        scope = use.item.scope if use.item else ()
        return scope[: len(self.scope)] == self.scope and next(self.differences(use), None) is None

    def differences(self, use: Use) -> Iterator[tuple[str, str, str]]:
        """Yield each part that does not fit the use: its name, what the entry asks for, and what the use has."""
        key, image = use.key, use.call.image
        if self.namespace is not None and self.namespace != key.namespace:
            yield "namespace", self.namespace, key.namespace
        if self.container is not None and self.container != use.container:
            yield "container", self.container, use.container
        if self.path is not None and self.path != use.path:
            yield "path", self.path, use.path
        if self.group is not None and self.group != key.group:
            yield "group", self.group, key.group
        if self.deployment is not None and not _same_object(self.deployment, f"{key.kind}/{key.name}"):
            yield "object", self.deployment, f"{key.kind}/{key.name}"
        if self.image_regex is not None and not re.fullmatch(self.image_regex, image):
            yield "image", self.image_regex, image
        if self.image is not None and _repository(self.image) != _repository(image):
            yield "image", self.image, image

    @property
    def is_image_only(self) -> bool:
        """Tell whether nothing but the image is asked for."""
        parts = (self.namespace, self.container, self.path, self.group, self.deployment)
        return all(part is None for part in parts)


@lru_cache(maxsize=4096)
def _repository(image: str) -> Repository:
    """Return what tells repositories apart; entries times uses compare, so each text is parsed once."""
    return ImageRef.parse(image).repository_key


def last_match(entries: Sequence[FixedImage], use: Use) -> FixedImage | None:
    """Return the entry that decides the use: the last one that matches; None when none does."""
    return next((entry for entry in reversed(entries) if entry.matches(use)), None)


def parse_argument(text: str) -> FixedImage:
    """Parse `image[:namespace[:Kind/name[:container]]]=result`, the argument of `-F`.

    A namespace holds no `/`, so a port is told from it: `reg:5000/a:ns` is the image `reg:5000/a` in `ns`.
    Raises FixedImageError, which shows the argument and the accepted form.
    """
    try:
        return _parse_argument(text)
    except ImagesError as exc:
        raise FixedImageError(
            f"--fixed-image {_shown(text)}: {exc}",
            hint="write it as IMAGE[:NAMESPACE[:Kind/name[:CONTAINER]]]=RESULT, as in nginx:prod=nginx:1.25",
        ) from exc


def _shown(text: str) -> str:
    return text if text.isprintable() and text == text.strip() and text else repr(text)


def _parse_argument(text: str) -> FixedImage:
    if re.search(r"\s", text):
        raise FixedImageError("no white space is allowed")
    left, equals, result = text.partition("=")
    if not equals:
        raise FixedImageError('there is no "="')
    if not result:
        raise FixedImageError("the result is missing")
    image, *parts = _split_image(left)
    if len(parts) > 3:
        raise FixedImageError("there are too many parts")
    namespace, deployment, container = (*parts, "", "", "")[:3]
    return checked(
        FixedImage(
            result_image=result,
            image=image or None,
            namespace=namespace or None,
            deployment=deployment or None,
            container=container or None,
            origin=f"--fixed-image {text}",
        )
    )


def _split_image(text: str) -> list[str]:
    """Split at `:`, but keep a port (and an IPv6 host in brackets) with the image."""
    host = re.match(r"(\[[^\]]*\]|[^:/\[\]]*):[0-9]+/|\[[^\]]*\]", text)
    end = host.end() if host else 0
    image, *parts = text[end:].split(":")
    return [text[:end] + image, *parts]


def checked(entry: FixedImage) -> FixedImage:
    """Return the entry with its kind written out; raise FixedImageError or InvalidImageError for a wrong part."""
    if entry.image is None and entry.image_regex is None and entry.deployment is None:
        raise FixedImageError("the image is missing; only an entry with Kind/name can do without")
    if entry.image is not None:
        written = ImageRef.parse(entry.image)
        if written.tag or written.digest:
            raise InvalidImageError(f'invalid image "{entry.image}": what is pinned is named without tag or digest')
    if entry.namespace is not None and not _NAMESPACE.fullmatch(entry.namespace):
        raise FixedImageError(f'"{entry.namespace}" is not a namespace: lower case letters, digits and "-" only')
    ImageRef.parse(entry.result_image)
    if entry.deployment is None:
        return entry
    deployment, group = _object_name(entry.deployment)
    return replace(entry, deployment=deployment, group=entry.group if entry.group is not None else group)


def _object_name(text: str) -> tuple[str, str | None]:
    """Return `Kind/name` and the API group of `deploy/web`, `deployment.apps/web` or `Deployment/web`."""
    kind, slash, name = text.partition("/")
    kind, dot, group = kind.partition(".")
    if not (slash and kind and name) or "/" in name:
        raise FixedImageError(f'"{text}" is not an object; write it as Kind/name')
    return f"{_KINDS.get(kind, kind)}/{name}", group if dot else None


def _same_object(written: str, use: str) -> bool:
    """Compare `Kind/name`: the kind without case, the name exactly."""
    (kind, _, name), (other_kind, _, other_name) = written.partition("/"), use.partition("/")
    return name == other_name and kind.lower() == other_kind.lower()
