"""What tests of registries share: time that nobody waits for, a login, a page of tags, and a run that lists some."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fake_registry import Reply, as_json

from kubectl_images.errors import RegistryError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry
from kubectl_images.registry_policy import Policy

LIST = "/v2/team/web/tags/list"
USER, PASSWORD = "robot", "s3cr3t-password"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
# Nothing that is said or written may hold one of these. The tokens of the fake registry all begin like the last.
SECRETS = (PASSWORD, BASIC.split()[1], "s3cr3t", "token-")


class FakeClock:
    """Time that passes only by waiting, and by `step_s` whenever somebody looks."""

    def __init__(self, step_s: float = 0) -> None:
        self.waited_s = 0.0
        self._step_s = step_s

    def monotonic(self) -> float:
        self.waited_s += self._step_s
        return self.waited_s

    def time(self) -> float:
        # 2026-01-01T00:00:00Z
        return 1767225600 + self.waited_s

    def sleep(self, seconds: float, /) -> None:
        self.waited_s += seconds


@dataclass(frozen=True)
class Listed:
    """What a run listed, or how it failed, and what it said meanwhile."""

    tags: tuple[str, ...]
    error: RegistryError | None
    notices: list[str]
    progress: list[str]

    @property
    def message(self) -> str:
        return str(self.error) if self.error else ""

    @property
    def hint(self) -> str | None:
        return self.error.hint if self.error else None


def list_tags(image: str, home: Path, environ: Mapping[str, str] | None = None, policy: Policy | None = None) -> Listed:
    """List the tags of an image; whatever is said, no secret may be in it."""
    notices: list[str] = []
    progress: list[str] = []
    policy = policy or Policy(jitter=(1, 1), clock=FakeClock())
    tags: tuple[str, ...] = ()
    error = None
    with Registry(environ or {}, notice=notices.append, progress=progress.append, home=home, policy=policy) as registry:
        try:
            tags = registry.list_tags(ImageRef.parse(image))
        except RegistryError as exc:
            error = exc
    said = [str(error), str(error and error.hint), *notices, *progress]
    assert not [text for text in said for secret in SECRETS if secret in text]
    return Listed(tags, error, notices, progress)


def login(host: str) -> dict[str, str]:
    return {
        "KLUCTL_REGISTRY_HOST": host,
        "KLUCTL_REGISTRY_USERNAME": USER,
        "KLUCTL_REGISTRY_PASSWORD": PASSWORD,
    }


def page(*tags: str, link: str | list[str] = "") -> Reply:
    reply = as_json({"name": "team/web", "tags": list(tags)})
    return replace(reply, headers={**reply.headers, **({"Link": link} if link else {})})
