"""The API server's refusals in words: the object, the server's own cause, and a way out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .access import Access
from .errors import ClusterError
from .kube_client import Answer
from .kube_commands import Words, kubectl
from .object_errors import invalid, message_of, misfit
from .objects import Body, ObjectKey, kind_name
from .unknown_kinds import unknown_kind

_WANTS_HTTPS = "Client sent an HTTP request to an HTTPS server"
_DENIED = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)


def refusal(access: Access, answer: Answer, failed: str, key: ObjectKey, body: Body | None = None) -> ClusterError:
    """Return the error for a request about an object (`name` "" for all of its kind) that the server refused.

    `failed` begins the message: `cannot read`. `body` is what was sent: the values of a Secret never reach the message.
    """
    match answer.status:
        case 401:
            said, hint = _unauthorized(access, answer)
        case 403:
            said, hint = _forbidden(access, answer)
        case 404 if answer.message.startswith("namespaces "):
            said, hint = _no_namespace(access, key)
        case 409 if answer.causes:
            said, hint = _conflict(answer)
        case 422 if answer.causes:
            said, hint = invalid(access, answer, key)
        case _:
            said, hint = _other(access, answer, key, body)
    return ClusterError(f"{failed} {_named(key)}: {said}", hint=hint, status=answer.status)


def not_served(access: Access, failed: str, key: ObjectKey, served: Callable[[str], Sequence[str]]) -> ClusterError:
    """Return the error for a kind that the cluster does not serve; `served` as for `unknown_kind`."""
    said, hint = unknown_kind(access, key, served)
    return ClusterError(f"{failed} {_named(key)}: {said}", hint=hint, status=404)


def no_answer(error: ClusterError, failed: str, key: ObjectKey) -> ClusterError:
    """Return the error of a request that got no answer with the object that it was for."""
    return ClusterError(f"{failed} {_named(key)}: {error}", hint=error.hint)


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


def _unauthorized(access: Access, answer: Answer) -> Words:
    if access.login is None and access.certificate is None:
        return f"{access} asks for a login, and the kubeconfig has none", "give one with --token TOKEN"
    who = f' of user "{access.user}"' if access.user else ""
    hint = f"log in to the cluster again; what it makes of the login: {kubectl(access, 'auth whoami')}"
    return f"{access} does not accept the login{who}: {answer.message}", hint


def _forbidden(access: Access, answer: Answer) -> Words:
    denied = _DENIED.search(answer.message)
    if denied is None:
        return answer.message, None
    if denied["user"] == "system:anonymous":
        return denied[0], "the request carried no login; check the user of the context in the kubeconfig"
    resource = f"{denied['resource']}.{denied['group']}" if denied["group"] else denied["resource"]
    check = kubectl(access, f"auth can-i {denied['verb']} {resource}", denied["namespace"] or "")
    return denied[0], f"ask for a role with this right; to check it: {check}"


def _no_namespace(access: Access, key: ObjectKey) -> Words:
    create = kubectl(access, f"create namespace {key.namespace}")
    return f'namespace "{key.namespace}" does not exist', f"add a Namespace to the manifests, or: {create}"


def _conflict(answer: Answer) -> Words:
    lines = [f"\n    {cause.get('field')} is owned by {_manager(str(cause.get('message')))}" for cause in answer.causes]
    fields = "1 field is" if len(lines) == 1 else f"{len(lines)} fields are"
    hint = "take them over with --force-conflicts, or leave them out of the manifest"
    return f"{fields} owned by another manager{''.join(lines)}", hint


def _manager(message: str) -> str:
    """Return `"NAME"` of `conflict with "NAME" using apps/v1`."""
    found = re.search(r'"(?:[^"\\]|\\.)*"', message)
    return found[0] if found else message


def _other(access: Access, answer: Answer, key: ObjectKey, body: Body | None) -> Words:
    if (words := misfit(access, answer, key, body)) is not None:
        return words
    if answer.status == 400 and answer.message.startswith(_WANTS_HTTPS):
        https = access.server.replace("http:", "https:", 1)
        return f"{access} speaks https, but was asked by http", f"name it so in --server or the kubeconfig: {https}"
    said = message_of(answer, key, body)
    if answer.status < 500 and answer.status != 429:
        return said or f"{access} answered {answer.status}", None
    return f"{access} answered {answer.status}" + (f": {said}" if said else ""), None
