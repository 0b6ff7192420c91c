"""The objects of a fake API server: which kinds there are, and how objects are created, applied, listed, deleted."""

from __future__ import annotations

import base64
import copy
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import fake_apply
import fake_json_patch
from fake_apply import Body, ConflictsError, Manager
from fake_json_patch import PatchError
from fake_kinds import Kind, Target, built_in_kinds, kinds_of
from fake_refusals import RefusedError, conflict, invalid_object, modified, precondition_failed
from fake_selectors import check_fields, is_selected
from fake_validation import invalid, untyped

_SYSTEM = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclass(frozen=True)
class _Stored:
    body: Body
    managers: tuple[Manager, ...]

    def shown(self) -> Body:
        body = copy.deepcopy(self.body)
        body["metadata"]["managedFields"] = [manager.entry() for manager in self.managers]
        return body


_Id = tuple[str, str, str, str]


@dataclass
class Objects:
    """Everything that is stored, by group, plural, namespace and name."""

    _kinds: list[Kind] = field(default_factory=built_in_kinds)
    _stored: dict[_Id, _Stored] = field(default_factory=dict)
    _version: int = 0

    def __post_init__(self) -> None:
        for name in _SYSTEM:
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "kube-apiserver")

    def kinds(self) -> Sequence[Kind]:
        """Return everything that is served."""
        return self._kinds

    def target(self, path: Mapping[str, str | None]) -> Target | None:
        """Return what the parts of a path name; None when no such resource is served."""
        group, version = path["group"] or "", path["version"] or "v1"
        for kind in self._kinds:
            if (kind.group, kind.version, kind.plural) == (group, version, path["plural"]) and _fits(kind, path):
                return Target(kind, path["namespace"] or "", path["name"] or "")
        return None

    def stored(self) -> Mapping[_Id, _Stored]:
        """Return everything that is stored: another value after each change."""
        return dict(self._stored)

    def next_version(self) -> int:
        """Count a change."""
        self._version += 1
        return self._version

    def find(self, api_version: str, kind: str, namespace: str, name: str) -> Body | None:
        """Return an object; None when it is not there."""
        stored = self._stored.get(_id(self._target(api_version, kind, namespace, name)))
        return stored.shown() if stored else None

    def put(self, body: Body, manager: str) -> Body:
        """Create or replace an object as an Update of `manager`."""
        metadata = body["metadata"]
        target = self._target(body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])
        stored = self._stored.get(_id(target))
        now = _stripped(body)
        me = Manager(manager, "Update", target.kind.api_version, _now(), _fields_of(now))
        before = stored.body if stored else None
        replaced, managers = fake_apply.update(before, now, stored.managers if stored else (), me)
        return self._store(target, stored, replaced, managers, dry_run=False)

    def exists(self, target: Target) -> bool:
        """Tell whether an object is there."""
        return _id(target) in self._stored

    def read(self, target: Target) -> Body:
        """Return one object."""
        stored = self._stored.get(_id(target))
        if stored is None:
            raise RefusedError(404, "NotFound", f"{target.titled} not found", target.details)
        return stored.shown()

    def list(self, target: Target, query: Mapping[str, str]) -> Body:
        """Return one page of a kind's objects, in the order of their names."""
        check_fields(target.kind.kind, query)
        found = [
            stored.shown()
            for (group, plural, namespace, _), stored in sorted(self._stored.items())
            if (group, plural) == (target.group, target.plural) and target.namespace in {"", namespace}
            if is_selected(stored.body, query)
        ]
        start = int(base64.b64decode(query.get("continue", "")) or b"0")
        end = start + int(query.get("limit", "0") or len(found))
        metadata: Body = {"resourceVersion": str(self._version)}
        if end < len(found):
            metadata |= {
                "continue": base64.b64encode(str(end).encode()).decode(),
                "remainingItemCount": len(found) - end,
            }
        items = [{key: item[key] for key in item if key not in {"apiVersion", "kind"}} for item in found[start:end]]
        return {
            "kind": f"{target.kind.kind}List",
            "apiVersion": target.kind.api_version,
            "metadata": metadata,
            "items": items,
        }

    def create(self, target: Target, body: Body, query: Mapping[str, str]) -> tuple[int, Body]:
        """Create an object that is not there yet."""
        named = Target(target.kind, target.namespace, body["metadata"]["name"])
        if _id(named) in self._stored:
            raise RefusedError(409, "AlreadyExists", f"{named.titled} already exists", named.details)
        self._check(named, None, body)
        manager = query.get("fieldManager", "unknown")
        now = _stripped(body)
        me = Manager(manager, "Update", target.kind.api_version, _now(), _fields_of(now))
        return 201, self._store(named, None, now, (me,), dry_run=query.get("dryRun") == "All")

    def apply(self, target: Target, body: Body, query: Mapping[str, str]) -> tuple[int, Body]:
        """Apply an object on the server's side."""
        self._check_request(target, body)
        stored = self._stored.get(_id(target))
        self._check(target, stored, body)
        me = Manager(query.get("fieldManager", ""), "Apply", target.kind.api_version, _now(), frozenset())
        owners = stored.managers if stored else ()
        if stored and not owners:
            # What nobody owns is given to somebody, so that the first apply takes nothing unseen.
            fields = frozenset(fake_apply.fields(stored.body))
            owners = (Manager("before-first-apply", "Update", target.kind.api_version, _now(), fields),)
        try:
            merged, managers = fake_apply.apply(
                stored.body if stored else _empty(body),
                body,
                owners,
                me,
                force=query.get("force") == "true",
            )
        except ConflictsError as exc:
            raise conflict(exc.conflicts) from exc
        causes = invalid(stored.body if stored else None, merged)
        if causes:
            raise invalid_object(target, causes)
        live = self._store(target, stored, merged, managers, dry_run=query.get("dryRun") == "All")
        return (200 if stored else 201), live

    def patch(self, target: Target, operations: Sequence[Body], query: Mapping[str, str]) -> Body:
        """Change an object by a JSON patch: the Update of a manager, who may say who owns what as well."""
        shown = self.read(target)
        stored = self._stored[_id(target)]
        try:
            wanted = fake_json_patch.patched(shown, operations)
        except PatchError as exc:
            said = "the server rejected our request due to an error in our request"
            raise RefusedError(422, "Invalid", said, {}) from exc
        metadata = wanted["metadata"]
        if metadata.get("resourceVersion") != shown["metadata"].get("resourceVersion"):
            raise modified(target)
        managers = stored.managers
        if metadata.get("managedFields") != shown["metadata"]["managedFields"]:
            managers = tuple(map(fake_apply.manager_of, metadata.get("managedFields") or ()))
        now = _stripped(wanted)
        if causes := invalid(stored.body, now):
            raise invalid_object(target, causes)
        me = Manager(query.get("fieldManager", "unknown"), "Update", target.kind.api_version, _now(), frozenset())
        replaced, managers = fake_apply.update(stored.body, now, managers, me)
        live = self._store(target, stored, replaced, managers, dry_run=query.get("dryRun") == "All")
        if metadata.get("deletionTimestamp") and not metadata.get("finalizers") and not query.get("dryRun"):
            del self._stored[_id(target)]
        return live

    def delete(self, target: Target, options: Body) -> Body:
        """Delete an object, and with a namespace everything in it; one with finalizers is only marked."""
        live = self.read(target)["metadata"]
        wanted = options.get("preconditions") or {}
        for field_, title in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            if wanted.get(field_, live.get(field_)) != live.get(field_):
                raise precondition_failed(target, title, wanted[field_], live[field_])
        if options.get("dryRun") == ["All"]:
            return self.read(target)
        if live.get("finalizers"):
            return self._mark_deleted(target)
        stored = self._stored.pop(_id(target))
        if target.kind.kind == "CustomResourceDefinition":
            self._stop_serving(stored.body)
        if target.kind.kind == "Namespace":
            self._stored = {key: stored for key, stored in self._stored.items() if key[2] != target.name}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": target.details}

    def _mark_deleted(self, target: Target) -> Body:
        stored = self._stored[_id(target)]
        body = copy.deepcopy(stored.body)
        body["metadata"] |= {"deletionTimestamp": _now(), "deletionGracePeriodSeconds": 0}
        return self._store(target, stored, body, stored.managers, dry_run=False)

    def _target(self, api_version: str, kind: str, namespace: str, name: str) -> Target:
        found = next(item for item in self._kinds if (item.api_version, item.kind) == (api_version, kind))
        return Target(found, (namespace or "default") if found.namespaced else "", name)

    def _check_request(self, target: Target, body: Body) -> None:
        metadata = body["metadata"]
        # That of an object without one is ignored.
        if target.namespace and metadata.get("namespace", target.namespace) != target.namespace:
            message = "the namespace of the provided object does not match the namespace sent on the request"
            raise RefusedError(400, "BadRequest", message)
        if metadata.get("name", target.name) != target.name:
            message = f"the name of the object ({metadata['name']}) does not match the name on the URL ({target.name})"
            raise RefusedError(400, "BadRequest", message)
        if "managedFields" in metadata:
            raise RefusedError(400, "BadRequest", "metadata.managedFields must be nil")

    def _check(self, target: Target, stored: _Stored | None, body: Body) -> None:
        problem = untyped(body)
        if problem:
            raise RefusedError(500, "", problem)
        if stored is None and target.namespace and ("", "namespaces", "", target.namespace) not in self._stored:
            details = {"name": target.namespace, "kind": "namespaces"}
            raise RefusedError(404, "NotFound", f'namespaces "{target.namespace}" not found', details)

    def _store(
        self, target: Target, stored: _Stored | None, body: Body, managers: tuple[Manager, ...], *, dry_run: bool
    ) -> Body:
        """Keep an object, unless nothing changed or it is only tried; return it as the server answers."""
        body = _defaulted(body)
        before = stored.body if stored else None
        body["metadata"] = _metadata(target, before, body)
        if stored and fake_apply.same(stored.body, body) and _owned(stored.managers) == _owned(managers):
            return stored.shown()
        if not dry_run:
            self._version += 1
            body["metadata"]["resourceVersion"] = str(self._version)
            self._stored[_id(target)] = _Stored(body, managers)
            self._serve(body)
        return _Stored(body, managers).shown()

    def _serve(self, body: Body) -> None:
        """Serve the kinds of a CustomResourceDefinition from now on, and no others of its group and name."""
        if body["kind"] == "CustomResourceDefinition":
            self._stop_serving(body)
            self._kinds += kinds_of(body)

    def _stop_serving(self, crd: Body) -> None:
        group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
        self._kinds = [known for known in self._kinds if (known.group, known.kind) != (group, kind)]


def _fits(kind: Kind, path: Mapping[str, str | None]) -> bool:
    """Tell whether a path is in a namespace exactly when its kind is; a list may be of all namespaces."""
    return bool(path["namespace"]) is kind.namespaced or (kind.namespaced and not path["name"])


def _id(target: Target) -> _Id:
    return target.group, target.plural, target.namespace, target.name


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _empty(body: Body) -> Body:
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": {}}


def _stripped(body: Body) -> Body:
    metadata = {
        key: value for key, value in body["metadata"].items() if key not in {"managedFields", "resourceVersion"}
    }
    return {**copy.deepcopy(body), "metadata": metadata}


def _fields_of(body: Body) -> frozenset[fake_apply.Path]:
    """Return what one owns who writes the whole object: its defaults too, but not its status."""
    return frozenset(path for path in fake_apply.fields(_defaulted(body)) if path[0] != "f:status")


def _owned(managers: Sequence[Manager]) -> set[tuple[str, str, frozenset[fake_apply.Path]]]:
    return {(manager.name, manager.operation, manager.fields) for manager in managers}


def _metadata(target: Target, before: Body | None, body: Body) -> Body:
    """Return the metadata with what the server itself writes into it."""
    old = before["metadata"] if before else {}
    metadata = {
        **body["metadata"],
        "name": target.name,
        "uid": old.get("uid", str(uuid.uuid4())),
        "creationTimestamp": old.get("creationTimestamp", _now()),
    }
    metadata.pop("namespace", None)
    if target.namespace:
        metadata["namespace"] = target.namespace
    if "resourceVersion" in old:
        metadata["resourceVersion"] = old["resourceVersion"]
    if "spec" in body and target.kind.kind not in {"Namespace", "Service", "Node"}:
        changed = before is not None and before.get("spec") != body["spec"]
        metadata["generation"] = old.get("generation", 0 if before is None else 1) + (
            1 if changed or before is None else 0
        )
    return metadata


def _defaulted(body: Body) -> Body:
    """Return the object with the few defaults that tests meet."""
    body = copy.deepcopy(body)
    kind = body["kind"]
    if kind == "Deployment":
        body["spec"].setdefault("replicas", 1)
        body.setdefault("status", {})
        pod = (body["spec"].get("template") or {}).get("spec") or {}
        for port in (port for container in pod.get("containers") or () for port in container.get("ports") or ()):
            port.setdefault("protocol", "TCP")
    if kind == "Service":
        for port in (body.get("spec") or {}).get("ports") or ():
            port.setdefault("protocol", "TCP")
    if kind == "Secret":
        plain: Mapping[str, Any] = body.pop("stringData", None) or {}
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        if encoded:
            body["data"] = {**(body.get("data") or {}), **encoded}
        body.setdefault("type", "Opaque")
    if kind == "Namespace":
        name = body["metadata"]["name"]
        body["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
        body |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    if kind == "CustomResourceDefinition":
        body["status"] = {"conditions": [{"type": name, "status": "True"} for name in ("NamesAccepted", "Established")]}
    return body
