"""deployment.yaml: what a project, or a part of one that is included, consists of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .fields import Field
from .metadata_rules import key_fault, label_fault, namespace_fault
from .objects import Place

NAMES = ("deployment.yaml", "deployment.yml")

_KEYS = (
    *("args", "vars", "when", "deployments", "tags", "commonLabels", "commonAnnotations"),
    *("overrideNamespace", "ignoreForDiff", "images", "templateExcludes"),
)
_UNSUPPORTED = {
    "sealedSecrets": "seal the secrets beforehand, and leave the SealedSecret objects among the manifests",
    "conflictResolution": "leave it out, and take over fields of other managers with --force-conflicts",
}
_ITEM_KEYS = (
    *("path", "include", "barrier", "message", "tags", "vars", "when", "alwaysDeploy", "onlyRender", "waitReadiness"),
    *("deleteObjects", "skipDeleteIfTags", "recursive"),
)
_SUPPORTED = "supported are path, include, deleteObjects and barrier"
_PASSED = "leave it out: an include sees all variables of the file that includes it, and those of its own vars"
_UNSUPPORTED_ITEMS = {
    "git": f"{_SUPPORTED}; check the repository out into the project, and include its directory",
    "oci": f"{_SUPPORTED}; unpack the artifact into the project, and include its directory",
    "waitReadinessObjects": "write waitReadiness: true beside the path of these objects",
    "args": "give them as variables: vars: [{values: ...}]",
    "passVars": _PASSED,
}
# What is for the objects of a directory, and not for an include, a barrier or deleteObjects.
_OF_PATH = ("waitReadiness", "recursive", "onlyRender", "alwaysDeploy")


@dataclass(frozen=True)
class ProjectItem:
    """One entry of `deployments`: at most one of `path` and `include` is given, and `delete` not with `include`."""

    field: Field
    path: Field | None = None
    include: Field | None = None
    delete: tuple[Field, ...] = ()
    barrier: bool = False
    tags: tuple[str, ...] = ()
    vars: tuple[Field, ...] = ()
    when: Field | None = None
    always: bool = False
    only_render: bool = False
    wait: bool = False
    recursive: bool = False

    @property
    def place(self) -> Place:
        """Where the item is written; it is looked up."""
        return self.field.place


@dataclass(frozen=True)
class ProjectFile:
    """What one deployment.yaml says; its fields with values of their own grammar are read by who needs them."""

    items: tuple[ProjectItem, ...] = ()
    args: Field | None = None
    vars: tuple[Field, ...] = ()
    when: Field | None = None
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    annotations: Mapping[str, str] | None = None
    namespace: str | None = None
    ignore_for_diff: tuple[Field, ...] = ()
    images: Field | None = None
    excludes: tuple[str, ...] = ()


def parse_project_file(document: Field) -> ProjectFile:
    """Return what the file says; raise InputError naming file and line for whatever it may not say."""
    keys = document.map(_KEYS, _UNSUPPORTED)
    return ProjectFile(
        items=tuple(map(_item, _list(keys, "deployments"))),
        args=keys.get("args"),
        vars=_list(keys, "vars"),
        when=keys.get("when"),
        tags=_texts(keys, "tags"),
        labels=_metadata(keys, "commonLabels", label_fault),
        annotations=_metadata(keys, "commonAnnotations", lambda _value: None),
        namespace=_namespace(keys),
        ignore_for_diff=_list(keys, "ignoreForDiff"),
        images=keys.get("images"),
        excludes=_texts(keys, "templateExcludes"),
    )


def _item(field: Field) -> ProjectItem:
    keys = field.map(_ITEM_KEYS, _UNSUPPORTED_ITEMS)
    item = ProjectItem(
        field=field,
        path=keys.get("path"),
        include=keys.get("include"),
        delete=_list(keys, "deleteObjects"),
        barrier=_boolean(keys, "barrier"),
        tags=_texts(keys, "tags"),
        vars=_list(keys, "vars"),
        when=keys.get("when"),
        always=_boolean(keys, "alwaysDeploy"),
        only_render=_boolean(keys, "onlyRender"),
        wait=_boolean(keys, "waitReadiness"),
        recursive=_boolean(keys, "recursive"),
    )
    # It is about what kluctl deletes by tags, which nothing here does.
    _boolean(keys, "skipDeleteIfTags")
    _check_together(field, keys)
    return item


def _check_together(field: Field, keys: Mapping[str, Field]) -> None:
    """Raise InputError for keys of an item that are not for each other."""
    if "include" in keys and (other := next((name for name in ("path", "deleteObjects") if name in keys), None)):
        raise field.error(f"an item has both include and {other}", "make two items of it")
    if not keys.keys() & {"path", "include", "deleteObjects", "barrier", "message"}:
        raise field.error("an item without path, include, deleteObjects and barrier: it has nothing to do", _SUPPORTED)
    for name in _OF_PATH:
        if "path" not in keys and name in keys and keys[name].value:
            hint = "write it at the items of the included file" if "include" in keys else None
            raise keys[name].error(f"{name} is for an item with path", hint)


def _list(keys: Mapping[str, Field], name: str) -> tuple[Field, ...]:
    return keys[name].items() if name in keys else ()


def _texts(keys: Mapping[str, Field], name: str) -> tuple[str, ...]:
    return keys[name].texts() if name in keys else ()


def _boolean(keys: Mapping[str, Field], name: str) -> bool:
    return name in keys and keys[name].boolean()


def _metadata(
    keys: Mapping[str, Field], name: str, value_fault: Callable[[str], str | None]
) -> Mapping[str, str] | None:
    """Return labels or annotations; raise InputError for what Kubernetes does not accept."""
    if name not in keys:
        return None
    for key, value in keys[name].free_map().items():
        field = keys[name].at(key)
        if not isinstance(value, str):
            raise field.error(f"{name}: {key} is not a text", "put quotes around its value")
        if fault := key_fault(key):
            raise field.error(f"{name}: the key {key!r} is not valid: {fault}")
        if fault := value_fault(value):
            raise field.error(f"{name}: the value {value!r} of {key} is not valid: {fault}")
    return dict(keys[name].free_map())


def _namespace(keys: Mapping[str, Field]) -> str | None:
    if "overrideNamespace" not in keys:
        return None
    name = keys["overrideNamespace"].text()
    if fault := namespace_fault(name):
        raise keys["overrideNamespace"].error(f"overrideNamespace: {name!r} is not valid: {fault}")
    return name
