"""Small things that many tests are about: a call, a use, an object, and what a cluster or a registry would answer."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

from kubectl_images.errors import RegistryError
from kubectl_images.filter_parser import parse_filter
from kubectl_images.images import Use
from kubectl_images.objects import Body, Manifest, ObjectKey, Place
from kubectl_images.paths import Element, Step, path_text
from kubectl_images.placeholders import Call, Placeholders
from kubectl_images.references import ImageRef, Repository
from kubectl_images.resolve import ListTags, ReadLive
from kubectl_images.sources import Source
from kubectl_images.undecided import Answer

_API_VERSIONS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "CronJob": "batch/v1", "Secret": "v1"}
# The name of a run that tests know, and the placeholder of its first call.
RUN = "bcdfghjk"
PLACEHOLDER = f"{RUN}.placeholder.invalid/{RUN}z0z{RUN}"


def a_call(image: str = "nginx", filter_: str = "semver()", default: str | None = None, line: int = 3) -> Call:
    return Call(image, parse_filter(filter_), default, Place("web.yaml.j2", line))


def a_key(kind: str = "Deployment", name: str = "web", namespace: str = "prod") -> ObjectKey:
    return ObjectKey(_API_VERSIONS.get(kind, "example.com/v1"), kind, namespace, name)


def a_use(
    call: Call | None = None,
    *,
    key: ObjectKey | None = None,
    container: str = "app",
    texts: Sequence[str] = ("", ""),
) -> Use:
    """Return a use in a container of the object, or in its `spec.image` when there is no container."""
    in_pod: tuple[Step, ...] = ("spec", "template", "spec", "containers", Element(container, 0), "image")
    steps = in_pod if container else ("spec", "image")
    place = Place("web.yaml.j2", 1)
    return Use((call or a_call(),), key or a_key(), place, container, path_text(steps), steps, 0, tuple(texts))


def a_deployment(images: Mapping[str, str], *, name: str = "web", namespace: str = "prod") -> Body:
    """Return a Deployment with these images by container, in their order."""
    containers = [{"name": container, "image": image} for container, image in images.items()]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def a_manifest(body: Mapping[str, Any], file: str = "web.yaml") -> Manifest:
    body = dict(body)
    return Manifest(key_of(body), body, Place(file, 1))


def key_of(body: Body) -> ObjectKey:
    metadata = body["metadata"]
    return ObjectKey(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])


def a_registry(tags: Mapping[str, Sequence[str] | RegistryError]) -> ListTags:
    """Return a registry that has these tags, or this error, for the repository of each image."""
    answers: dict[Repository, Answer] = {
        ImageRef.parse(image).repository_key: found if isinstance(found, RegistryError) else tuple(found)
        for image, found in tags.items()
    }

    def list_tags(images: Collection[ImageRef]) -> Mapping[Repository, Answer]:
        return {image.repository_key: answers[image.repository_key] for image in images}

    return list_tags


def a_cluster(*live: Body) -> ReadLive:
    """Return a cluster that runs these objects."""
    known = {key_of(body): body for body in live}

    def read_live(keys: Collection[ObjectKey]) -> Mapping[ObjectKey, Body]:
        return {key: known[key] for key in keys if key in known}

    return read_live


def no_cluster(keys: Collection[ObjectKey]) -> NoReturn:
    raise AssertionError(f"the cluster is not needed, but was asked for {keys}")


def no_registry(images: Collection[ImageRef]) -> NoReturn:
    raise AssertionError(f"the registry is not needed, but was asked for {images}")


def a_source(text: str, name: str = "web.yaml", *, template: bool = True) -> Source:
    return Source(name, text, template)


def inserted(*calls: Call) -> tuple[Placeholders, list[str]]:
    """Return the placeholders of a known run with these calls, and their texts."""
    placeholders = Placeholders(run=RUN)
    return placeholders, [str(placeholders.insert(call)) for call in calls]


def a_file(*entries: object) -> str:
    return json.dumps({"images": list(entries)})
