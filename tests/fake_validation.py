"""What a fake API server refuses in an object, with the real server's words: unknown fields and invalid values."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from fake_apply import key_names

Body = dict[str, Any]
Cause = tuple[str, str, str]

_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and"
    f" end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_NAME}')"
)
_TOP = {"apiVersion", "kind", "metadata", "spec", "status"}
_TOPS = {
    "ConfigMap": {"apiVersion", "kind", "metadata", "data", "binaryData", "immutable"},
    "Secret": {"apiVersion", "kind", "metadata", "data", "stringData", "type", "immutable"},
    "Deployment": _TOP,
    "CronJob": _TOP,
    "Pod": _TOP,
}
_DEPLOYMENT = "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template"
_POD = (
    "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks"
    " ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets"
    " initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates"
    " resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext"
    " serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain"
    " terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes"
)
_CONTAINER = (
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy"
    " resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath"
    " terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
)
_POD_SPECS = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), ("spec", "template", "spec")),
}


def untyped(body: Body) -> str | None:
    """Return why the object does not fit its schema, as the real server says it; None when it does."""
    kind = str(body.get("kind"))
    problems = list(_misfits(body, kind))
    if problems:
        problem = problems[0] if len(problems) == 1 else "errors:" + "".join(f"\n  {each}" for each in problems)
        name = f"{body['metadata'].get('namespace', '')}/{body['metadata'].get('name', '')}"
        return f"failed to create typed patch object ({name}; {_versioned(body)}): {problem}"
    if kind == "Secret":
        return _bad_base64(body)
    return None


def invalid(live: Body | None, body: Body) -> list[Cause]:
    """Return the field, reason and message of each value that the real server refuses."""
    name = str(body["metadata"]["name"])
    causes: list[Cause] = []
    if not re.fullmatch(_NAME, name) and body["kind"] not in {
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    }:
        causes.append(("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {_NAME_RULE}'))
    if body["kind"] == "Deployment":
        causes += _selector(body)
    causes += _immutable(live, body)
    if live and live.get("immutable") and live.get("data") != body.get("data"):
        causes.append(("data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set"))
    return [*causes, *_images(body), *_exclusives(body)]


# The field that cannot change, and the words for it.
_IMMUTABLE = {
    "Deployment": ("spec.selector", "FieldValueInvalid", "field is immutable"),
    "Job": ("spec.template", "FieldValueInvalid", "field is immutable"),
    "Secret": ("type", "FieldValueInvalid", "field is immutable"),
    "RoleBinding": ("roleRef", "FieldValueInvalid", "cannot change roleRef"),
    "StorageClass": ("provisioner", "FieldValueForbidden", "updates to provisioner are forbidden."),
    "PersistentVolumeClaim": (
        "spec",
        "FieldValueForbidden",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ x",
    ),
}


def _immutable(live: Body | None, body: Body) -> Iterator[Cause]:
    place, reason, words = _IMMUTABLE.get(str(body["kind"]), ("", "", ""))
    if live is None or not place:
        return
    old, new = (_at(state, tuple(place.split("."))) for state in (live, body))
    if new is None or old == new:
        return
    shown = json.dumps(new, separators=(",", ":"))
    yield (place, reason, f"Forbidden: {words}" if reason.endswith("Forbidden") else f"Invalid value: {shown}: {words}")


def _selector(body: Body) -> Iterator[Cause]:
    if (body.get("spec") or {}).get("selector") is None:
        yield ("spec.selector", "FieldValueRequired", "Required value")


def _images(body: Body) -> Iterator[Cause]:
    steps = _POD_SPECS.get(str(body["kind"]), ())
    for index, container in enumerate((_at(body, steps) or {}).get("containers") or [] if steps else []):
        if not container.get("image"):
            yield (f"{'.'.join(steps)}.containers[{index}].image", "FieldValueRequired", "Required value")


def _exclusives(body: Body) -> Iterator[Cause]:
    """Yield what excludes each other in a container."""
    steps = _POD_SPECS.get(str(body["kind"]), ())
    for index, container in enumerate((_at(body, steps) or {}).get("containers") or [] if steps else []):
        place = f"{'.'.join(steps)}.containers[{index}]"
        for at, variable in enumerate(container.get("env") or []):
            if variable.get("value") and variable.get("valueFrom"):
                said = 'Invalid value: "": may not be specified when `value` is not empty'
                yield (f"{place}.env[{at}].valueFrom", "FieldValueInvalid", said)
        handlers = {"tcpSocket", "httpGet", "exec", "grpc"}.intersection(container.get("livenessProbe") or ())
        if len(handlers) > 1:
            said = "Forbidden: may not specify more than 1 handler type"
            yield (f"{place}.livenessProbe.tcpSocket", "FieldValueForbidden", said)


def _misfits(body: Body, kind: str) -> Iterator[str]:
    texts = {"Secret": "stringData", "ConfigMap": "data"}.get(kind, "")
    for key, value in (body.get(texts) or {}).items():
        if not isinstance(value, str):
            yield f".{texts}.{key}: expected string, got &value.valueUnstructured{{Value:{json.dumps(value)}}}"
    yield from _unknown(body, "", _TOPS.get(kind))
    if kind == "Deployment":
        spec = body.get("spec") or {}
        yield from _unknown(spec, ".spec", set(_DEPLOYMENT.split()))
        if isinstance(spec.get("replicas"), str):
            yield ".spec.replicas: expected numeric (int or float), got string"
    steps = _POD_SPECS.get(kind)
    if steps:
        yield from _pod(_at(body, steps) or {}, f".{'.'.join(steps)}")


def _pod(spec: Body, path: str) -> Iterator[str]:
    yield from _unknown(spec, path, set(_POD.split()))
    for name in ("initContainers", "containers"):
        yield from _duplicates(spec, name, path)
        for container in spec.get(name) or []:
            place = f'{path}.{name}[name="{container.get("name")}"]'
            yield from _unknown(container, place, set(_CONTAINER.split()))
            yield from _duplicates(container, "env", place)


def _unknown(value: Body, path: str, known: set[str] | None) -> Iterator[str]:
    for name in value:
        if known is not None and name not in known:
            yield f"{path}.{name}: field not declared in schema"


def _duplicates(parent: Body, name: str, path: str) -> Iterator[str]:
    items = parent.get(name) or []
    (key,) = key_names(name, items)
    seen: set[object] = set()
    for item in items:
        if item.get(key) in seen:
            yield f'{path}.{name}: duplicate entries for key [{key}="{item.get(key)}"]'
        seen.add(item.get(key))


def _bad_base64(body: Body) -> str | None:
    place = next((at for value in (body.get("data") or {}).values() if (at := _broken_at(value)) is not None), None)
    if place is None:
        return None
    return (
        f"failed to convert new object (/{body['metadata']['name']}; {_versioned(body)}) to proper version:"
        f" unable to convert unstructured object to {_versioned(body)}: error decoding from json:"
        f" illegal base64 data at input byte {place}"
    )


def _broken_at(value: str) -> int | None:
    """Return where a text stops being base64; None when it is base64."""
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return next((at for at, sign in enumerate(value) if not re.match(r"[A-Za-z0-9+/]", sign)), len(value))
    return None


def _versioned(body: Body) -> str:
    version = str(body["apiVersion"])
    return f"{version if '/' in version else f'/{version}'}, Kind={body['kind']}"


def _at(body: Body, steps: tuple[str, ...]) -> Any:
    value: Any = body
    for step in steps:
        value = (value or {}).get(step)
    return value
