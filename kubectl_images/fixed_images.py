"""Fixed images: what is pinned, how an entry differs from a use, and the argument of `-F`.

image[:namespace[:Kind/name[:container]]]=result      an empty part matches anything
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
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

    `deployment` is `Kind/name`; `group` is the API group of the object, where the entry names it; `origin`, as a
    text, says where the entry was written, and `doubt` what could not be found out about it. It is for the items of a project
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
    origin: object = ""
    in_file: bool = False
    in_project: bool = False
    doubt: str = ""
    scope: tuple[int, ...] = ()

    def parts(self) -> dict[str, str]:
        """Return the parts that are asked for, by the names of `parts_of`; a pattern is none of them."""
        asked = {
            "namespace": self.namespace,
            "container": self.container,
            "path": self.path,
            "group": self.group,
            "object": self.deployment,
            "image": self.image,
        }
        return {part: text for part, text in asked.items() if text is not None}

    def differences(self, use: Use) -> Iterator[tuple[str, str, str]]:
        """Yield each part that does not fit the use: its name, what the entry asks for, and what the use has."""
        has = parts_of(use)
        for part, asked in self.parts().items():
            if comparable(part, asked) != comparable(part, has[part]):
                yield part, asked, has[part]
        if self.image_regex is not None and not re.fullmatch(self.image_regex, use.call.image):
            yield "image", self.image_regex, use.call.image

    @property
    def is_image_only(self) -> bool:
        """Tell whether nothing but the image is asked for."""
        return self.parts().keys() <= {"image"}


def parts_of(use: Use) -> dict[str, str]:
    """Return what a use has in the place of each part that an entry may ask for."""
    key = use.key
    return {
        "namespace": key.namespace,
        "container": use.container,
        "path": use.path,
        "group": key.group,
        "object": f"{key.kind}/{key.name}",
        "image": use.call.image,
    }


def comparable(part: str, text: str) -> Hashable:
    """Return what has to be equal for a part to fit: the kind of an object is without case, and its name exact."""
    match part:
        case "image":
            return _repository(text)
        case "object":
            kind, _, name = text.partition("/")
            return kind.lower(), name
        case _:
            return text


@lru_cache(maxsize=4096)
def _repository(image: str) -> Repository:
    """Return what tells repositories apart; most images are named by several entries and uses."""
    return ImageRef.parse(image).repository_key


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
