"""What Kubernetes lets labels, annotations and namespaces be called, so that a mistake is told at its line."""

from __future__ import annotations

import re

# Source: k8s.io/apimachinery, pkg/util/validation: IsQualifiedName, IsValidLabelValue, IsDNS1123Label.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_MAX_NAME = 63
_MAX_PREFIX = 253
_NAME_RULE = "letters, digits, -, _ and ., with a letter or digit at both ends"


def key_fault(key: str) -> str | None:
    """Return what is wrong with the key of a label or an annotation, `[prefix/]name`; None when nothing is."""
    prefix, slash, name = key.rpartition("/")
    if slash and not (len(prefix) <= _MAX_PREFIX and all(map(_DNS_LABEL.fullmatch, prefix.split(".")))):
        return f"what stands before / is a DNS name of at most {_MAX_PREFIX} characters, such as example.com"
    return _too_long(name) or (None if _NAME.fullmatch(name) else f"a key is {_NAME_RULE}")


def label_fault(value: str) -> str | None:
    """Return what is wrong with the value of a label; None when nothing is."""
    return _too_long(value) or (None if not value or _NAME.fullmatch(value) else f"a label is {_NAME_RULE}")


def namespace_fault(name: str) -> str | None:
    """Return what is wrong with the name of a namespace; None when nothing is."""
    rule = "a namespace is lower case letters, digits and -, with a letter or digit at both ends"
    return _too_long(name) or (None if _DNS_LABEL.fullmatch(name) else rule)


def _too_long(text: str) -> str | None:
    return f"it has {len(text)} characters, and may have {_MAX_NAME}" if len(text) > _MAX_NAME else None
