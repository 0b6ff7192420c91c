"""What Kubernetes lets labels, annotations and namespaces be called."""

from __future__ import annotations

import pytest

from kubectl_images.metadata_rules import key_fault, label_fault, namespace_fault


@pytest.mark.parametrize(
    "key", ["a", "A-b_c.d", "7", "x" * 63, "example.com/a", "a/b", f"{'x' * 63}.{'y' * 63}/{'z' * 63}"]
)
def test_a_key_that_kubernetes_takes_has_no_fault(key: str) -> None:
    assert key_fault(key) is None


@pytest.mark.parametrize(
    "key", ["", "-a", "a-", "a b", "x" * 64, "/a", "a/", "a/b/c", "A.com/a", "a..b/c", "a_b/c", f"{'x.' * 127}/a"]
)
def test_a_key_that_kubernetes_refuses_has_a_fault(key: str) -> None:
    assert key_fault(key) is not None


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", None),
        ("a", None),
        ("x" * 63, None),
        ("x" * 64, "it has 64 characters, and may have 63"),
        ("a/b", "a label is letters, digits, -, _ and ., with a letter or digit at both ends"),
        ("-", "a label is letters, digits, -, _ and ., with a letter or digit at both ends"),
    ],
)
def test_a_label_is_short_and_of_few_characters(value: str, fault: str | None) -> None:
    assert label_fault(value) == fault


@pytest.mark.parametrize(
    ("name", "valid"),
    [("shop", True), ("7", True), ("x" * 63, True), ("x" * 64, False), ("", False), ("Shop", False), ("a.b", False)],
)
def test_a_namespace_is_a_dns_label(name: str, valid: bool) -> None:
    assert (namespace_fault(name) is None) == valid
