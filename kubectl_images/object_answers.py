"""What the API server answers about objects and kinds: only what was asked for is taken for it.

A gateway or a login page answers in JSON as well. Taken for a missing object it would change what is decided.
"""

from __future__ import annotations

from .access import Access
from .cluster_errors import no_api_server, refusal
from .kube_answers import Answer
from .objects import Body, ObjectKey


def object_of(access: Access, answer: Answer, failed: str, key: ObjectKey) -> Body | None:
    """Return the live object that was asked for; None when it is not there. Raises ClusterError."""
    body = _found(access, answer, failed, key)
    if body is not None and not _is(body, key):
        raise no_api_server(access, answer)
    return body


def list_of(access: Access, answer: Answer, failed: str, key: ObjectKey) -> Body | None:
    """Return the list of objects that was asked for; None when their kind is not there. Raises ClusterError."""
    body = _found(access, answer, failed, key)
    if body is not None and not _is_list(body, key.api_version):
        raise no_api_server(access, answer)
    return body


def kinds_of(access: Access, answer: Answer, api_version: str) -> Body | None:
    """Return the APIResourceList of an API version; None when it is not there. Raises ClusterError."""
    body = _found(access, answer, "cannot list", ObjectKey(api_version, "kinds", "", ""))
    if body is not None and body.get("kind") != "APIResourceList":
        raise no_api_server(access, answer)
    return body


def written_of(access: Access, answer: Answer, failed: str, key: ObjectKey, sent: Body | None) -> Body:
    """Return the object as the server has stored it, or would. Raises ClusterError; `sent` is what must not be shown."""
    body = answer.json()
    if answer.status in {200, 201} and body is not None and _is(body, key):
        return body
    if answer.status in {200, 201, 404} and not answer.is_absence:
        raise no_api_server(access, answer)
    raise refusal(access, answer, failed, key, sent)


def check_deleted(access: Access, answer: Answer, key: ObjectKey) -> None:
    """Raise ClusterError unless the object is deleted, will be, or is not there."""
    if answer.is_absence:
        return
    if answer.status not in {200, 202, 404}:
        raise refusal(access, answer, "cannot delete", key)
    if answer.status == 404 or not (answer.is_status or _is(answer.json() or {}, key)):
        raise no_api_server(access, answer)


def _found(access: Access, answer: Answer, failed: str, key: ObjectKey) -> Body | None:
    if answer.is_absence:
        return None
    if answer.status not in {200, 404}:
        raise refusal(access, answer, failed, key)
    body = answer.json()
    if answer.status == 404 or body is None:
        raise no_api_server(access, answer)
    return body


def _is(body: Body, key: ObjectKey) -> bool:
    metadata = body.get("metadata")
    return body.get("kind") == key.kind and isinstance(metadata, dict) and metadata.get("name") == key.name


def _is_list(body: Body, api_version: str) -> bool:
    # Whoever defines a kind may call its list as he likes.
    named = str(body.get("kind") or "")
    is_list = named.endswith("List") or (bool(named) and body.get("apiVersion") == api_version)
    return is_list and isinstance(body.get("metadata", {}), dict) and "items" in body and _are_objects(body["items"])


def _are_objects(items: object) -> bool:
    """Tell whether these are objects with names; null is an empty list, as Go writes it."""
    return items is None or (isinstance(items, list) and all(map(_has_name, items)))


def _has_name(item: object) -> bool:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)
