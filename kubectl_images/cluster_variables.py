"""Variables from a key of a ConfigMap or Secret of the cluster, whose value is a template and YAML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import ClusterError, InputError, KubeconfigError
from .fields import Field
from .objects import Body, ObjectKey
from .variable_texts import Missing, Read, Texts

_UNSUPPORTED = {
    "labels": "name the object: name, key and, for another namespace than the context's, namespace",
    "targetPath": "write targetPath one level above, beside the source",
}
_NO_CLUSTER = "variables come from the cluster here: give --kubeconfig or --context of one that is there"

ReadObject = Callable[[ObjectKey], Body | None]
# Returns a command of kubectl, in a namespace, for the same cluster.
Kubectl = Callable[[str, str], str]


def read_cluster_object(source: Field, kind: str, read: ReadObject, texts: Texts, kubectl: Kubectl) -> Read | Missing:
    """Return what the YAML of the value of a key holds.

    Raises InputError naming place and object; of a Secret no value is shown.
    """
    wanted = _Wanted.of(source, kind)
    body = wanted.body(read)
    if body is None:
        hint = "it has to be there before: an object that this project deploys cannot give it variables"
        return Missing(wanted.error(f"there is no {wanted} in the cluster", hint))
    data = body.get("data") or {}
    if wanted.entry not in data:
        keys = f"it has {', '.join(sorted(data))}" if data else "it has no data"
        return Missing(wanted.error(f"{wanted} has no key {wanted.entry}; {keys}"))
    if kind == "Secret":
        return _read_secret(wanted, data[wanted.entry], texts, kubectl)
    return _read_config_map(wanted, data[wanted.entry], texts)


@dataclass(frozen=True)
class _Wanted:
    """The object that a source names, and the key of its data."""

    source: Field
    key: ObjectKey
    entry: str

    @classmethod
    def of(cls, source: Field, kind: str) -> _Wanted:
        keys = source.map(("name", "namespace", "key"), _UNSUPPORTED)
        for name in ("name", "key"):
            if name not in keys:
                raise source.error(f"{name} is missing", "give name and key, and namespace if it is not the context's")
        namespace = keys["namespace"].text() if "namespace" in keys else ""
        return cls(source, ObjectKey("v1", kind, namespace, keys["name"].text()), keys["key"].text())

    def __str__(self) -> str:
        namespace = self.key.namespace
        return f"{self.key} in {f'namespace {namespace}' if namespace else 'the namespace of the context'}"

    @property
    def where(self) -> str:
        return f"{self.source.place}: {self}, key {self.entry}"

    def error(self, what: str, hint: str | None = None) -> InputError:
        return self.source.error(what, hint)

    def body(self, read: ReadObject) -> Body | None:
        try:
            return read(self.key)
        except ClusterError as exc:
            raise self.error(str(exc), exc.hint) from exc
        except KubeconfigError as exc:
            hint = f"{exc.hint}\n{_NO_CLUSTER}" if exc.hint else _NO_CLUSTER
            raise self.error(f"{self} cannot be read: {exc}", hint) from exc


def _read_config_map(wanted: _Wanted, text: str, texts: Texts) -> Read:
    name = f"{wanted.key}, key {wanted.entry}"
    try:
        read = texts.read_template(text, name)
    except InputError as exc:
        raise wanted.error(str(exc), exc.hint) from exc
    return Read(read.value, wanted.where)


def _read_secret(wanted: _Wanted, encoded: str, texts: Texts, kubectl: Kubectl) -> Read:
    name, text = f"{wanted.key}, key {wanted.entry}", _decoded(wanted, encoded)
    try:
        value: Any = texts.read_template(text, name).value
    except InputError as exc:
        # Causes quote the text, so only the line is told, and the exception is not kept either.
        place = re.match(rf"{re.escape(name)}( \(rendered\))?(:[0-9]+)?", str(exc))
        at = place[0] if place else name
        command = f"get {wanted.key} -o go-template='{{{{index .data \"{wanted.entry}\" | base64decode}}}}'"
        raise wanted.error(
            f"{at}: this is no template that holds one YAML value; the text is secret and not shown",
            f"to see it: {kubectl(command, wanted.key.namespace)}",
        ) from None
    return Read(value, wanted.where, secret=value)


def _decoded(wanted: _Wanted, encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise wanted.error(f"{wanted}: key {wanted.entry} is no text in UTF-8") from None
