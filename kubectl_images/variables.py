"""The variables of a project's templates: sources that are read one after the other, the later wins.

vars:
- file: vars.yaml               # or values, systemEnvVars, clusterConfigMap, clusterSecret: one of them
  when: args.env == "prod"      # this and what follows may be left out
  ignoreMissing: true
  noOverride: true
  sensitive: true
  targetPath: my.path
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .cluster_variables import read_cluster_object
from .environment_variables import read_environment
from .errors import ClusterError, InputError, KubeconfigError
from .fields import Field
from .json_values import MAX_STEPS, kind_of, merged, nested
from .objects import Body, ObjectKey
from .once import OncePerKey
from .render import Renderer
from .variable_files import read_variables_file
from .variable_texts import Missing, Read, Texts

Variables = Mapping[str, Any]

_OPTIONS = ("when", "ignoreMissing", "noOverride", "sensitive", "targetPath")
_SOURCES = ("values", "file", "path", "systemEnvVars", "clusterConfigMap", "clusterSecret")
_SUPPORTED = "supported are values, file, systemEnvVars, clusterConfigMap and clusterSecret"
_KEEP_FILES = f"{_SUPPORTED}; keep the file in the project, or check the repository out into it"
_BY_ENVIRONMENT = f"{_SUPPORTED}; what runs this can put the secret into an environment variable"
_UNSUPPORTED = {
    "git": _KEEP_FILES,
    "gitFiles": _KEEP_FILES,
    "http": f"{_SUPPORTED}; download the file into the project first",
    **dict.fromkeys(("vault", "awsSecretsManager", "gcpSecretManager", "azureKeyVault"), _BY_ENVIRONMENT),
    "clusterObject": _SUPPORTED,
    "multidoc": "write one document, which may hold a list",
}
_TARGET_PATH = re.compile(r"[^\W\d][\w-]*(\.[^\W\d][\w-]*)*")


class Surroundings(Protocol):
    """What variables come from besides files."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables."""
        ...

    def read_object(self, key: ObjectKey) -> Body | None:
        """Return the live object; None when there is none. The namespace "" is that of the context."""
        ...

    def kubectl(self, command: str, namespace: str) -> str:
        """Return a command of kubectl for the same cluster, as one types it."""
        ...


@dataclass(frozen=True)
class Loader:
    """Reads sources of variables; `root` is the directory of the project, which no file may lie outside of.

    `keep_secret` is given the values that nothing may show.
    """

    root: Path
    renderer: Renderer
    surroundings: Surroundings
    warn: Callable[[str], None]
    keep_secret: Callable[[object], None]
    _objects: OncePerKey[ObjectKey, Body | None] = field(
        default_factory=lambda: OncePerKey(ClusterError, KubeconfigError), repr=False
    )

    def load(self, sources: Sequence[Field], variables: Variables, around: Sequence[Path]) -> Variables:
        """Return the variables with those of the sources, each rendered with all before it.

        Files are looked for in the directories `around`: that of the file with the sources, then those of the files that
        include it. What does not change is shared with the variables that were given, which stay as they are. Raises InputError
        naming file and line.
        """
        for source in sources:
            variables = self._with(source, variables, around)
        return variables

    def _with(self, source: Field, variables: Variables, around: Sequence[Path]) -> Variables:
        keys = source.map((*_SOURCES, *_OPTIONS), _UNSUPPORTED)
        name = _only_source(source, keys)
        texts = Texts(self.renderer.with_variables(variables, around), self.root)
        if "when" in keys and not texts.holds(keys["when"]):
            return variables
        options = {option: texts.rendered(keys[option]) for option in keys.keys() & set(_OPTIONS)}
        ignore_missing = _flag(options, "ignoreMissing")
        read = self._read(name, texts.rendered(keys[name]), texts, around, ignore_missing=ignore_missing)
        if isinstance(read, Missing):
            if ignore_missing:
                return variables
            raise read.error
        self.keep_secret(_secret_in(read, options))
        found = _at_target(read, options)
        if "images" in found:
            raise source.error(
                "a variable named images would hide images.get_image",
                "fixed images are the key images of deployment.yaml, beside vars; other variables need another name",
            )
        return merged(found, variables) if _flag(options, "noOverride") else merged(variables, found)

    def _read(
        self, name: str, source: Field, texts: Texts, around: Sequence[Path], *, ignore_missing: bool
    ) -> Read | Missing:
        match name:
            case "values":
                return Read(source.free_map())
            case "systemEnvVars":
                return read_environment(source, self.surroundings.environ, ignore_missing=ignore_missing)
            case "clusterConfigMap":
                return read_cluster_object(source, "ConfigMap", self._live, texts, self.surroundings.kubectl)
            case "clusterSecret":
                return read_cluster_object(source, "Secret", self._live, texts, self.surroundings.kubectl)
            case _:
                if name == "path":
                    self.warn(
                        f"{source.place}: path is the old name of a source of variables; write file: {source.value}"
                    )
                return read_variables_file(source, around, texts)

    def _live(self, key: ObjectKey) -> Body | None:
        return self._objects.get(key, lambda: self.surroundings.read_object(key))


def _only_source(source: Field, keys: Mapping[str, Field]) -> str:
    given = [name for name in _SOURCES if name in keys]
    if len(given) == 1:
        return given[0]
    if not given:
        raise source.error("this entry of vars has no source", _SUPPORTED)
    raise source.error(f"this entry of vars has {' and '.join(given)}: it is one of them", "write an entry for each")


def _flag(options: Mapping[str, Field], name: str) -> bool:
    return name in options and options[name].boolean()


def _secret_in(read: Read, options: Mapping[str, Field]) -> object:
    """Return what of it no output may show: what the cluster keeps secret, unless `sensitive` says otherwise."""
    if "sensitive" not in options:
        return read.secret
    return read.value if _flag(options, "sensitive") else None


def _at_target(read: Read, options: Mapping[str, Field]) -> Variables:
    """Return the variables that were read, below the targetPath where one is given."""
    if "targetPath" not in options:
        if not isinstance(read.value, dict):
            hint = "give what is read a name: targetPath: NAME, beside the source"
            raise InputError(f"{read.where}: variables are a map, not {kind_of(read.value)}", hint=hint)
        return read.value
    path = options["targetPath"].text()
    steps = path.split(".")
    if not _TARGET_PATH.fullmatch(path) or len(steps) > MAX_STEPS:
        raise options["targetPath"].error(f"{path}: this is no path of names", "write names with dots: site.limits")
    return nested(steps, read.value)
