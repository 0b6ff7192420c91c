"""What a project says of all objects of an item: common labels and annotations, and the namespace that they move to.

The namespace is set as kustomize's `namespace` does it, so that an item with a kustomization and one without do alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .custom_kinds import CustomKind
from .found_objects import Found, shape_of
from .objects import Body, built_in, group_of
from .project_items import LoadedItem

_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_BINDINGS = ("ClusterRoleBinding", "RoleBinding")


def with_metadata(
    found: Sequence[Found], item: LoadedItem, custom: Mapping[tuple[str, str], CustomKind]
) -> Iterator[Found]:
    """Yield the objects of an item with what the project says of them; `custom` are the kinds that the input defines.

    Labels and annotations override those of the object. Raises InputError where an object's are no map.
    """
    move = _Move.of(found, item.namespace, custom) if item.namespace else None
    for one in found:
        moved = replace(one, body=move.moved(one.body)) if move else one
        yield replace(moved, body=_labelled(moved, item), stage=item.stage, item=item.item)


def _labelled(found: Found, item: LoadedItem) -> Body:
    body, metadata = found.body, found.body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    common = {"labels": item.labels, "annotations": item.annotations}
    more = {name: {**_texts(found, metadata, name), **values} for name, values in common.items() if values}
    return {**body, "metadata": {**metadata, **more}} if more else body


def _texts(found: Found, metadata: Body, name: str) -> Mapping[str, object]:
    value = metadata.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise found.error(f"metadata.{name} of {found.body.get('kind')} is {shape_of(value)}, not a map")
    return value


@dataclass(frozen=True)
class _Move:
    """Moving the objects of an item to a namespace.

    `accounts` and `services` are the names and namespaces of those of the item: what refers to one of
    them goes along.
    """

    namespace: str
    custom: Mapping[tuple[str, str], CustomKind]
    accounts: frozenset[tuple[str, str]]
    services: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, found: Sequence[Found], namespace: str, custom: Mapping[tuple[str, str], CustomKind]) -> _Move:
        bodies = [one.body for one in found]
        return cls(namespace, custom, _named(bodies, "ServiceAccount"), _named(bodies, "Service"))

    def moved(self, body: Body) -> Body:
        group, kind = group_of(str(body.get("apiVersion"))), body.get("kind")
        match group, kind:
            case "", "Namespace":
                return _with_value(body, ("metadata", "name"), self.namespace)
            case "rbac.authorization.k8s.io", _ if kind in _BINDINGS:
                body = _with_each(body, "subjects", self._subject)
            case "admissionregistration.k8s.io", _ if kind in _WEBHOOKS:
                body = _with_each(body, "webhooks", self._webhook)
            case "apiregistration.k8s.io", "APIService":
                body = _with_value(body, ("spec", "service", "namespace"), self.namespace)
            case "apiextensions.k8s.io", "CustomResourceDefinition":
                service = ("spec", "conversion", "webhook", "clientConfig", "service", "namespace")
                body = _with_value(body, service, self.namespace)
            case _:
                pass
        return _with_value(body, ("metadata", "namespace"), self.namespace) if self._is_namespaced(body) else body

    def _is_namespaced(self, body: Body) -> bool:
        api_version, kind = str(body.get("apiVersion")), str(body.get("kind"))
        scope = built_in(api_version, kind) or self.custom.get((group_of(api_version), kind))
        return scope is None or scope.namespaced

    def _subject(self, subject: Body) -> Body:
        """Return a subject of a binding; `default` is an account of each namespace that no manifest has."""
        is_account = subject.get("kind") == "ServiceAccount"
        if is_account and (subject.get("name") == "default" or _is_one_of(subject, self.accounts)):
            return {**subject, "namespace": self.namespace}
        return subject

    def _webhook(self, webhook: Body) -> Body:
        config = webhook.get("clientConfig")
        service = config.get("service") if isinstance(config, dict) else None
        if isinstance(service, dict) and _is_one_of(service, self.services):
            return _with_value(webhook, ("clientConfig", "service", "namespace"), self.namespace)
        return webhook


def _named(bodies: Sequence[Body], kind: str) -> frozenset[tuple[str, str]]:
    """Return name and namespace of the core objects of a kind."""
    return frozenset(
        (str(metadata.get("name")), _namespace(metadata))
        for body in bodies
        if body.get("apiVersion") == "v1"
        and body.get("kind") == kind
        and isinstance(metadata := body.get("metadata"), dict)
    )


def _namespace(values: Body) -> str:
    """Return the namespace as kustomize compares it, where none is `default`."""
    return str(values.get("namespace") or "default")


def _is_one_of(reference: Body, named: frozenset[tuple[str, str]]) -> bool:
    """Tell whether a reference leads to one of the objects; one without a namespace leads to any of that name."""
    name = str(reference.get("name"))
    if not reference.get("namespace"):
        return any(name == other for other, _ in named)
    return (name, _namespace(reference)) in named


def _with_each(body: Body, name: str, change: Callable[[Body], Body]) -> Body:
    items = body.get(name)
    if not isinstance(items, list):
        return body
    return {**body, name: [change(item) if isinstance(item, dict) else item for item in items]}


def _with_value(body: Body, path: Sequence[str], value: str) -> Body:
    """Return the map with a value at a path whose maps are there; as it is where they are not."""
    first, *rest = path
    if not rest:
        return {**body, first: value}
    inner = body.get(first)
    return {**body, first: _with_value(inner, rest, value)} if isinstance(inner, dict) else body
