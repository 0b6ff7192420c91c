"""The values of a Secret as they are sent: encoded, and found wrong before the server says so in its own way."""

from __future__ import annotations

import base64
import binascii

from .errors import InputError
from .objects import Body, ObjectKey


def sent(body: Body, key: ObjectKey) -> Body:
    """Return the object as it is sent: the plain texts of a Secret encoded, as the server stores them.

    What is sent in stringData is not ours in data, so that a key would stay for ever when the manifest has it no more.
    Raises InputError where data is not base64: the server does not say of which key.
    """
    if (body.get("apiVersion"), body.get("kind")) != ("v1", "Secret"):
        return body
    data, texts = body.get("data"), body.get("stringData")
    _check(data, key)
    # What does not fit is the server's to refuse, in the user's own terms.
    if not isinstance(data, dict | None) or not isinstance(texts, dict):
        return body
    if not all(isinstance(text, str) for text in texts.values()):
        return body
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    return {
        **{name: value for name, value in body.items() if name != "stringData"},
        "data": {**(data or {}), **encoded},
    }


def _check(data: object, key: ObjectKey) -> None:
    values = data.items() if isinstance(data, dict) else ()
    wrong = [f"data.{name}" for name, value in values if isinstance(value, str) and not _is_base64(value)]
    if wrong:
        raise InputError(
            f"{key}: {' and '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not base64",
            hint="encode it with base64, or write it as it is in stringData",
        )


def _is_base64(value: str) -> bool:
    try:
        # The server reads over line breaks.
        base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
