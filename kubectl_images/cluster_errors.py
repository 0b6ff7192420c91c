"""The API server's refusals in words: the object, the server's own cause, and a way out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .access import Access
from .errors import ClusterError
from .kube_client import Answer
from .objects import Body, ObjectKey, kind_name

_MASK = "***"
_IMMUTABLE = "field is immutable"
_DENIED = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)
_UNTYPED = re.compile(r"^failed to create typed patch object \([^)]*\): ")
_UNKNOWN_FIELD = re.compile(r"^(?P<parent>\S*)\.[^.\s]+: field not declared in schema")


# What is said, and what to do about it or None.
_Words = tuple[str, str | None]


def refusal(access: Access, answer: Answer, verb: str, key: ObjectKey, body: Body | None = None) -> ClusterError:
    """Return the error for a request about an object (`name` "" for all of its kind) that the server refused.

    `body` is what was sent: the values of a Secret never reach the message.
    """
    match answer.status:
        case 401:
            said, hint = _unauthorized(access, answer)
        case 403:
            said, hint = _forbidden(access, answer)
        case 404 if answer.message.startswith("namespaces "):
            said, hint = _no_namespace(access, key)
        case 404:
            said, hint = _no_kind(access, key)
        case 409 if answer.causes:
            said, hint = _conflict(answer)
        case 422 if answer.causes:
            said, hint = _invalid(access, answer, key)
        case _:
            said, hint = _other(access, answer, key, body)
    return ClusterError(f"cannot {verb} {_named(key)}: {said}", hint=hint, status=answer.status)


def unknown_kind(access: Access, key: ObjectKey, verb: str) -> ClusterError:
    """Return the error for a kind that the cluster does not serve."""
    said, hint = _no_kind(access, key)
    return ClusterError(f"cannot {verb} {_named(key)}: {said}", hint=hint, status=404)


def no_api_server(access: Access, answer: Answer) -> ClusterError:
    """Return the error for an answer that no Kubernetes API server gives."""
    return ClusterError(
        f"{access} does not answer as a Kubernetes API server: status {answer.status}, {answer.message[:60]!r}",
        hint="check the server's URL, and that no proxy answers in its place",
        status=answer.status,
    )


def _named(key: ObjectKey) -> str:
    name = str(key) if key.name else kind_name(key.kind, key.group)
    return f"{name} in namespace {key.namespace}" if key.namespace else name


def _kubectl(access: Access, command: str, namespace: str = "") -> str:
    """Return a command for the same cluster, to be typed."""
    context = f" --context={access.context}" if access.context else ""
    return f"kubectl {command}" + (f" --namespace={namespace}" if namespace else "") + context


def _unauthorized(access: Access, answer: Answer) -> _Words:
    if access.login is None and access.certificate is None:
        return f"{access} asks for a login, and the kubeconfig has none", "give one with --token TOKEN"
    who = f' of user "{access.user}"' if access.user else ""
    hint = f"log in to the cluster again; what it makes of the login: {_kubectl(access, 'auth whoami')}"
    return f"{access} does not accept the login{who}: {answer.message}", hint


def _forbidden(access: Access, answer: Answer) -> _Words:
    denied = _DENIED.search(answer.message)
    if denied is None:
        return answer.message, None
    if denied["user"] == "system:anonymous":
        return denied[0], "the request carried no login; check the user of the context in the kubeconfig"
    resource = f"{denied['resource']}.{denied['group']}" if denied["group"] else denied["resource"]
    check = _kubectl(access, f"auth can-i {denied['verb']} {resource}", denied["namespace"] or "")
    return denied[0], f"ask for a role with this right; to check it: {check}"


def _no_namespace(access: Access, key: ObjectKey) -> _Words:
    create = _kubectl(access, f"create namespace {key.namespace}")
    return f'namespace "{key.namespace}" does not exist', f"add a Namespace to the manifests, or: {create}"


def _no_kind(access: Access, key: ObjectKey) -> _Words:
    known = _kubectl(access, f"api-resources --api-group={key.group}")
    hint = f"install its CustomResourceDefinition first; the kinds of its group that are known: {known}"
    return f"{access} knows no kind {key.kind} in {key.api_version}", hint


def _conflict(answer: Answer) -> _Words:
    lines = [f"\n    {cause.get('field')} is owned by {_manager(str(cause.get('message')))}" for cause in answer.causes]
    fields = "1 field is" if len(lines) == 1 else f"{len(lines)} fields are"
    hint = "take them over with --force-conflicts, or leave them out of the manifest"
    return f"{fields} owned by another manager{''.join(lines)}", hint


def _manager(message: str) -> str:
    """Return `"NAME"` of `conflict with "NAME" using apps/v1`."""
    found = re.search(r'"(?:[^"\\]|\\.)*"', message)
    return found[0] if found else message


def _invalid(access: Access, answer: Answer, key: ObjectKey) -> _Words:
    lines = [f"\n    {cause.get('field')}: {_reason(cause, key)}" for cause in answer.causes]
    said = f"it is invalid{''.join(lines)}"
    if not said.endswith(_IMMUTABLE) and f"{_IMMUTABLE}\n" not in said:
        return said, None
    delete = _kubectl(access, f"delete {key}", key.namespace)
    return said, f"keep these fields as they run, or delete the object first, which ends what it runs: {delete}"


def _reason(cause: Mapping[str, Any], key: ObjectKey) -> str:
    message = str(cause.get("message"))
    if key.kind != "Secret":
        return message
    # The server quotes the value that it refuses: `Invalid value: "…": field is immutable`.
    return message.partition(":")[0] + (f": {_IMMUTABLE}" if message.endswith(_IMMUTABLE) else "")


def _other(access: Access, answer: Answer, key: ObjectKey, body: Body | None) -> _Words:
    said = _masked(answer.message, body) if key.kind == "Secret" else answer.message
    if _UNTYPED.match(said):
        return _untyped(access, _UNTYPED.sub("", said), key)
    if answer.status < 500 and answer.status != 429:
        return said or f"{access} answered {answer.status}", None
    return f"{access} answered {answer.status}" + (f": {said}" if said else ""), None


def _untyped(access: Access, said: str, key: ObjectKey) -> _Words:
    unknown = _UNKNOWN_FIELD.match(said)
    if unknown is None:
        return said, None
    path = key.kind.lower() + re.sub(r"\[[^\]]*\]", "", unknown["parent"])
    return said, f"the fields that it may have: {_kubectl(access, f'explain {path} --api-version={key.api_version}')}"


def _masked(text: str, body: Body | None) -> str:
    """Return the text without any value of the Secret, however the server quotes it."""
    text = re.sub(r"\{Value:.*", f"{{Value:{_MASK}}}", text, flags=re.DOTALL)
    values = [value for part in ("data", "stringData") for value in _leaves((body or {}).get(part))]
    forms = {form for value in values for form in (value, json.dumps(value)[1:-1]) if form}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _MASK)
    return text


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [] if value is None else [str(value)]
