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
from fake_apply import Body, ConflictsError, Manager
from fake_kinds import Kind, Target, built_in_kinds
from fake_refusals import RefusedError, conflict, invalid_object
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

    def kinds(self, api_version: str) -> Sequence[Body]:
        """Return the kinds of a group and version as discovery names them; empty when it is not served."""
        return [
            {"name": kind.plural, "singularName": kind.kind.lower(), "namespaced": kind.namespaced, "kind": kind.kind}
            | {"verbs": ["create", "delete", "get", "list", "patch"]}
            for kind in self._kinds
            if kind.api_version == api_version
        ]

    def group_versions(self) -> Sequence[str]:
        """Return every group and version that is served, each once."""
        return list(dict.fromkeys(kind.api_version for kind in self._kinds))

    def target(self, path: Mapping[str, str | None]) -> Target | None:
        """Return what the parts of a path name; None when no such resource is served."""
        group, version = path["group"] or "", path["version"] or "v1"
        for kind in self._kinds:
            if (kind.group, kind.version, kind.plural) == (group, version, path["plural"]):
                return Target(kind, path["namespace"] or "", path["name"] or "")
        return None

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
        me = Manager(manager, "Update", target.kind.api_version, _now(), frozenset(fake_apply.fields(now)))
        before = stored.body if stored else None
        replaced, managers = fake_apply.update(before, now, stored.managers if stored else (), me)
        return self._store(target, stored, replaced, managers, dry_run=False)

    def read(self, target: Target) -> Body:
        """Return one object."""
        stored = self._stored.get(_id(target))
        if stored is None:
            raise RefusedError(404, "NotFound", f"{target.titled} not found", target.details)
        return stored.shown()

    def list(self, target: Target, query: Mapping[str, str]) -> Body:
        """Return one page of a kind's objects, in the order of their names."""
        wanted = [part.partition("=") for part in query.get("labelSelector", "").split(",") if part]
        found = [
            stored.shown()
            for (group, plural, namespace, _), stored in sorted(self._stored.items())
            if (group, plural) == (target.group, target.plural) and target.namespace in {"", namespace}
            if all(stored.body["metadata"].get("labels", {}).get(key) == value for key, _, value in wanted)
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
        me = Manager(manager, "Update", target.kind.api_version, _now(), frozenset(fake_apply.fields(now)))
        return 201, self._store(named, None, now, (me,), dry_run=query.get("dryRun") == "All")

    def apply(self, target: Target, body: Body, query: Mapping[str, str]) -> tuple[int, Body]:
        """Apply an object on the server's side."""
        self._check_request(target, body)
        stored = self._stored.get(_id(target))
        self._check(target, stored, body)
        me = Manager(query.get("fieldManager", ""), "Apply", target.kind.api_version, _now(), frozenset())
        try:
            merged, managers = fake_apply.apply(
                stored.body if stored else _empty(body),
                body,
                stored.managers if stored else (),
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

    def delete(self, target: Target) -> Body:
        """Delete an object, and with a namespace everything in it."""
        self.read(target)
        del self._stored[_id(target)]
        if target.kind.kind == "Namespace":
            self._stored = {key: stored for key, stored in self._stored.items() if key[2] != target.name}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": target.details}

    def _target(self, api_version: str, kind: str, namespace: str, name: str) -> Target:
        found = next(item for item in self._kinds if (item.api_version, item.kind) == (api_version, kind))
        return Target(found, (namespace or "default") if found.namespaced else "", name)

    def _check_request(self, target: Target, body: Body) -> None:
        metadata = body["metadata"]
        if metadata.get("namespace", target.namespace) != target.namespace:
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
        if stored and (stored.body, _owned(stored.managers)) == (body, _owned(managers)):
            return stored.shown()
        if not dry_run:
            self._version += 1
            body["metadata"]["resourceVersion"] = str(self._version)
            self._stored[_id(target)] = _Stored(body, managers)
            self._serve(body)
        return _Stored(body, managers).shown()

    def _serve(self, body: Body) -> None:
        """Serve the kinds of a CustomResourceDefinition from now on."""
        if body["kind"] != "CustomResourceDefinition":
            return
        spec = body["spec"]
        for version in spec["versions"]:
            kind = Kind(
                spec["group"],
                version["name"],
                spec["names"]["kind"],
                spec["names"]["plural"],
                spec["scope"] == "Namespaced",
            )
            if version["served"] and kind not in self._kinds:
                self._kinds.append(kind)


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
