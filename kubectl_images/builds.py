"""What kustomize and helm make of directories: each is copied and rendered, and then built beside the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from . import helm, kustomize
from .errors import InputError
from .fields import Field
from .helm import Release
from .kustomize import Built, Kustomize
from .private_copies import PrivateCopy
from .sources import Source
from .template_choice import Scope
from .territories import Territory

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .programs import Programs


_HELM_CHARTS = (
    "charts are rendered by a helm-chart.yaml in an item of a project; elsewhere: "
    "helm template RELEASE CHART | kubectl images deploy -f -"
)


@dataclass(frozen=True)
class Build:
    """What is being built, under the name that its objects' places show; `kustomization` is what its file says."""

    name: str
    result: Callable[[], Source]
    kustomization: Field | None = None


@contextmanager
def new_builder(
    environ: Mapping[str, str], warn: Callable[[str], None], status: Callable[[str], None]
) -> Iterator[Builder]:
    """Yield a builder that runs programs in this environment; nothing of it is left afterwards, whatever happens.

    `status` shows what is waited for, and takes it away again with "".
    """
    builder = Builder(environ, warn, status)
    try:
        yield builder
    finally:
        builder.close()


class Builder:
    """Builds directories with the programs of this environment, found once and only when they are needed."""

    def __init__(self, environ: Mapping[str, str], warn: Callable[[str], None], status: Callable[[str], None]) -> None:
        self._environ = environ
        self._warn = warn
        self._status = status
        self._warned: set[str] = set()
        self._numbers = count()

    def close(self) -> None:
        """End what is still being built, and remove the private copies."""
        if "_programs" in vars(self):
            self._programs.close()

    @cached_property
    def _programs(self) -> Programs:
        from .programs import Programs

        return Programs(self._environ, self._status)

    @cached_property
    def _kustomize(self) -> Kustomize:
        return kustomize.find(self._environ)

    def _kustomize_for(self, what: str) -> Kustomize:
        """Return the program; raise InputError, with what needs it, when there is none."""
        try:
            return self._kustomize
        except InputError as exc:
            raise InputError(f"{what}: {exc}", hint=exc.hint) from exc

    def copy(self, territory: Territory) -> PrivateCopy:
        """Return a new private copy, which is empty."""
        return PrivateCopy(self._programs.directory / str(next(self._numbers)), territory)

    def kustomized(
        self, what: str, directory: Path, territory: Territory, scope: Scope, namespace: str | None = None
    ) -> Build:
        """Begin to build a directory of kustomize, which errors call `what`; its objects go to the namespace, if given.

        Raises InputError naming file and line; what kustomize itself refuses is raised by the result.
        """
        program = self._kustomize_for(what)
        copy = self.copy(territory)
        resolved = directory.resolve()
        copy.add_directory(resolved, scope, namespace)
        helms = [(helm.find(self._environ, release.chart), release) for release in copy.releases]

        def job() -> tuple[Built, tuple[str, ...]]:
            notes = tuple(self._rendered(helms))
            return program.build(self._programs, str(copy.at(resolved)), anywhere=territory.choice.in_project), notes

        future = self._programs.submit(job)
        name = f"{directory} (kustomize)"
        return Build(name, lambda: self._result(name, what, future, copy.readable), copy.kustomization)

    def remote(self, address: str) -> Build:
        """Begin to build a directory at an address that kustomize fetches."""
        program = self._kustomize_for(f"-k {address}")

        def job() -> tuple[Built, tuple[str, ...]]:
            return program.build(self._programs, address, anywhere=False), ()

        future = self._programs.submit(job)
        name = f"{address} (kustomize)"
        return Build(name, lambda: self._result(name, f"-k {address}", future, str))

    def chart(self, name: str, release: Release) -> Build:
        """Begin to render a Helm chart alone."""
        program = helm.find(self._environ, release.chart)
        future = self._programs.submit(lambda: tuple(self._rendered([(program, release)])))

        def result() -> Source:
            self._say(self._programs.result(future, f"helm template {release.chart.release}"))
            return Source(name, release.output.read_text(encoding="utf-8"), template=False, finished=True)

        return Build(name, result)

    def _rendered(self, helms: list[tuple[str, Release]]) -> Iterator[str]:
        for program, release in helms:
            yield from helm.render(self._programs, program, release)

    def _result(
        self,
        name: str,
        what: str,
        future: Future[tuple[Built, tuple[str, ...]]],
        readable: Callable[[str], str],
    ) -> Source:
        built, notes = self._programs.result(future, f"{self._kustomize.name}: {what}")
        self._say(notes)
        if built.failure is not None:
            words = "\n    ".join(readable(built.failure).strip().splitlines())
            hint = _HELM_CHARTS if "--enable-helm" in built.failure else None
            raise InputError(f"{what}: kustomize cannot build it:\n    {words}", hint=hint)
        for warning in built.warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                self._warn(f"{what}: kustomize: {readable(warning)}")
        return Source(name, built.output, template=False, finished=True)

    def _say(self, notes: tuple[str, ...]) -> None:
        for note in notes:
            self._warn(note)
