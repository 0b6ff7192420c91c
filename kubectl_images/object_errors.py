"""What the API server finds wrong with an object's fields, in words: no value that may be a secret, and a way out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .access import Access
from .kube_answers import Answer
from .kube_commands import Words, kubectl
from .losses import loss
from .objects import Body, ObjectKey

_MASK = "***"
_UNTYPED = re.compile(r"^failed to create typed patch object \([^)]*\): ")
_UNKNOWN_FIELD = re.compile(r"^\s*(?P<parent>\S*)\.[^.\s]+: field not declared in schema$", re.MULTILINE)
_NO_TEXT = re.compile(r"expected string, got &value\.valueUnstructured\{Value:(?!map\[|\[)")
_UNSTRUCTURED = re.compile(r"&value\.valueUnstructured\{Value:(.*)\}$", re.MULTILINE)
_IMMUTABLE_OBJECT = "field is immutable when `immutable` is set"
_REPLACE = "kubectl images deploy --replace-immutable"
# Without one form for it: every kind has its own words. The last is how a rule of a custom resource says it.
_IMMUTABLE = re.compile(
    r"immutable|(may|can) ?not (be )?change|updates to .* are forbidden|failed rule: self == oldSelf", re.IGNORECASE
)
_VALUE = "Invalid value: "
# A structure as Go prints it, up to its last bracket; JSON has its own end.
_STRUCTURE = re.compile(r"[^\s\"'{\[]*[{\[].*[}\]](?=: |$)", re.DOTALL)


def invalid(access: Access, answer: Answer, key: ObjectKey) -> Words:
    """Return what is said about values that the server refuses, one line for each field."""
    lines = [f"\n    {cause.get('field')}: {_reason(cause, key)}" for cause in answer.causes]
    said = f"it is invalid{''.join(lines)}"
    if not _IMMUTABLE.search(said):
        return said, None
    is_whole = _IMMUTABLE_OBJECT in said
    keep = f"give the {key.kind} a new name wherever it is mentioned" if is_whole else "keep these fields as they run"
    if loss(key, None):
        delete = kubectl(access, f"delete {key}", key.namespace)
        return said, f"{keep}, or delete the object first, and lose what belongs to it: {delete}"
    return said, f"{keep}, or have the object deleted and created anew from the same input: {_REPLACE}"


def is_immutable(answer: Answer) -> bool:
    """Say whether all that is wrong with an object are fields that cannot change while it is there."""
    return all(_IMMUTABLE.search(str(cause.get("message"))) for cause in answer.causes)


def _reason(cause: Mapping[str, Any], key: ObjectKey) -> str:
    # After the first line comes a comparison of all the fields, with their values.
    message = _without_structure(str(cause.get("message"))).partition("\n")[0]
    if key.kind != "Secret" or message.startswith("Forbidden: "):
        return message
    # The server quotes the value that it refuses: `Invalid value: "…": field is immutable`.
    immutable = ": field is immutable"
    return message.partition(":")[0] + (immutable if message.endswith(immutable) else "")


def _without_structure(message: str) -> str:
    """Return `Invalid value: {…}: REASON` as `Invalid value: REASON`: it may be long, and hold what is secret."""
    if not message.startswith(_VALUE):
        return message
    text = message[len(_VALUE) :]
    end = _end_of_json(text)
    if end is None and (found := _STRUCTURE.match(text)):
        end = found.end()
    if end is None:
        return message
    return (_VALUE + text[end:].removeprefix(": ")).removesuffix(": ")


def _end_of_json(text: str) -> int | None:
    """Return where the JSON object or list ends that a text begins with; None when it begins with none."""
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    # Go's `[]string{…}` begins like JSON.
    return end if isinstance(value, dict | list) and text[end : end + 2] in {"", ": "} else None


def misfit(access: Access, answer: Answer, key: ObjectKey, body: Body | None) -> Words | None:
    """Return what is said about an object that does not fit its kind's schema; None for any other answer."""
    said = message_of(answer, key, body)
    if not _UNTYPED.match(said):
        return None
    hints = dict.fromkeys(_schema_hints(access, answer.message, key))
    first, *more = _UNSTRUCTURED.sub(r"\1", _UNTYPED.sub("", said)).split("\n  ")
    if first == "errors:":
        # The server has them in any order.
        first = "".join(["it does not fit its kind", *(f"\n    {line}" for line in sorted(more))])
    else:
        first = "\n    ".join([first, *more])
    return first, "\n".join(hints) or None


def _schema_hints(access: Access, said: str, key: ObjectKey) -> Iterator[str]:
    if _NO_TEXT.search(said):
        yield "put quotes around a number, true or false where a string is expected"
    for unknown in _UNKNOWN_FIELD.finditer(_UNTYPED.sub("", said)):
        path = key.kind.lower() + re.sub(r"\[[^\]]*\]", "", unknown["parent"])
        explain = kubectl(access, f"explain {path} --api-version={key.api_version}")
        yield f"the fields that it may have: {explain}"


def message_of(answer: Answer, key: ObjectKey, body: Body | None) -> str:
    """Return the server's own words, without the values of a Secret that was sent."""
    return _masked(answer.message, body) if key.kind == "Secret" else answer.message


def _masked(text: str, body: Body | None) -> str:
    """Return the text without any value of the Secret, however the server quotes it."""
    text = re.sub(r"\{Value:.*?(?:\}(?=\n  |\Z)|\Z)", f"{{Value:{_MASK}}}", text, flags=re.DOTALL)
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
