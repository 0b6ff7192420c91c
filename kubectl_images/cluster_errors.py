"""The API server's refusals in words: the object, the server's own cause, and a way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .access import Access
from .errors import ClusterError, Conflict, ConflictError, ImmutableFieldError
from .kube_answers import Answer
from .kube_commands import Words, kubectl
from .object_errors import invalid, is_immutable, message_of, misfit
from .objects import Body, ObjectKey, kind_name
from .unknown_kinds import ServedKinds, unknown_kind

_WANTS_HTTPS = "Client sent an HTTP request to an HTTPS server"
_DENIED = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)


def refusal(access: Access, answer: Answer, failed: str, key: ObjectKey, body: Body | None = None) -> ClusterError:
    """Return the error for a request about an object (`name` "" for all of its kind) that the server refused.

    `failed` begins the message: `cannot read`. `body` is what was sent: the values of a Secret never reach the message.
    """
    failed = f"{failed} {_named(key)}"
    if answer.status == 409 and answer.causes:
        return ConflictError(failed, [_conflict(cause) for cause in answer.causes])
    if answer.status == 422 and answer.causes:
        said, hint = invalid(access, answer, key)
        error = ImmutableFieldError if is_immutable(answer) else ClusterError
        return error(f"{failed}: {said}", hint=hint, status=answer.status)
    said, hint, cause = _refused(access, answer, key, body)
    return ClusterError(f"{failed}: {said}", hint=hint, status=answer.status, cause=cause)


def _refused(access: Access, answer: Answer, key: ObjectKey, body: Body | None) -> tuple[str, str | None, str]:
    """Return what is said, the way out, and what is the same for every object that this befalls."""
    match answer.status:
        case 401:
            said, hint = _unauthorized(access, answer)
        case 403:
            said, hint = _forbidden(access, answer)
        case 404 if answer.is_without_namespace:
            said, hint = _no_namespace(access, key)
        case _:
            said, hint = _other(access, answer, key, body)
            return said, hint, said if answer.is_passing else ""
    return said, hint, said


def not_served(access: Access, failed: str, key: ObjectKey, served: ServedKinds) -> ClusterError:
    """Return the error for a kind that the cluster does not serve; `served` is what it does serve."""
    said, hint = unknown_kind(access, key, served)
    return ClusterError(f"{failed} {_named(key)}: {said}", hint=hint, status=404)


def no_answer(error: ClusterError, failed: str, key: ObjectKey) -> ClusterError:
    """Return the error of a request that got no answer, or of one about kinds, with the object that it was for."""
    return ClusterError(f"{failed} {_named(key)}: {error}", hint=error.hint, status=error.status, cause=str(error))


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
    if access.login_is_withheld:
        return f"{access} asks for a login, and logins are sent by https only", _by_https(access)
    if access.login is None and access.certificate is None:
        return f"{access} asks for a login, and the kubeconfig has none", "give one with --token TOKEN"
    who = f' of user "{access.user}"' if access.user else ""
    hint = f"log in to the cluster again; what it makes of the login: {kubectl(access, 'auth whoami')}"
    return f"{access} does not accept the login{who}: {answer.message}", hint


def _forbidden(access: Access, answer: Answer) -> Words:
    denied = _DENIED.search(answer.message)
    if denied is None:
        return answer.message, None
    if access.login_is_withheld:
        return f"{denied[0]}; logins are sent by https only", _by_https(access)
    if denied["user"] == "system:anonymous":
        return denied[0], "the request carried no login; check the user of the context in the kubeconfig"
    resource, group, verb = denied["resource"], denied["group"], denied["verb"]
    check = kubectl(access, f"auth can-i {verb} {resource}.{group}".rstrip("."), denied["namespace"] or "")
    dry_run = " (a dry run needs it too)" if verb in {"create", "patch"} else ""
    shown_group = group or '""'
    rule = f"{{apiGroups: [{shown_group}], resources: [{resource}], verbs: [{verb}]}}"
    return denied[0], f"a role of this user needs the rule {rule}{dry_run}\nto check it: {check}"


def _by_https(access: Access) -> str:
    return f"name the server so in --server or the kubeconfig: {access.server.replace('http:', 'https:', 1)}"


def _no_namespace(access: Access, key: ObjectKey) -> Words:
    create = kubectl(access, f"create namespace {key.namespace}")
    return f'namespace "{key.namespace}" does not exist', f"add a Namespace to the manifests, or: {create}"


def _conflict(cause: Mapping[str, Any]) -> Conflict:
    """Return what the server says as `conflict with "NAME" with subresource "PART" using apps/v1`.

    It names a version only for who updated the object.
    """
    message = str(cause.get("message"))
    name, *rest = re.findall(r'"((?:[^"\\]|\\.)*)"', message) or [message]
    operation = "Update" if " using " in message else "Apply"
    return Conflict(str(cause.get("field")), name, operation, rest[0] if rest else "")


def _other(access: Access, answer: Answer, key: ObjectKey, body: Body | None) -> Words:
    if (words := misfit(access, answer, key, body)) is not None:
        return words
    if answer.status == 400 and answer.message.startswith(_WANTS_HTTPS):
        return f"{access} speaks https, but was asked by http", _by_https(access)
    if 300 <= answer.status < 400:
        return _redirected(access, answer)
    said = message_of(answer, key, body)
    if answer.status < 500 and answer.status != 429:
        return said or f"{access} answered {answer.status}", None
    return f"{access} answered {answer.status}" + (f": {said}" if said else ""), None


def _redirected(access: Access, answer: Answer) -> Words:
    """Return what is said about a redirect; its host alone, since the rest of the URL may hold a login."""
    to = re.match(r"https?://(?:[^/?#]*@)?([^/?#@]+)", answer.location)
    said = f"{access} answered {answer.status}" + (f", which leads to {to[1]}" if to else "")
    return said, "is this the gateway of a single sign-on? The kubeconfig needs the API server's own URL"
