from __future__ import annotations

from typing import Any

import pytest

from kubectl_images.apply_object import sent
from kubectl_images.objects import Body


def a_secret(**fields: Any) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **fields}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(a_secret(stringData={"a": "1"}), a_secret(data={"a": "MQ=="}), id="encoded"),
        pytest.param(a_secret(stringData={"a": "ä"}), a_secret(data={"a": "w6Q="}), id="as-utf-8"),
        pytest.param(
            a_secret(data={"a": "old", "b": "Mg=="}, stringData={"a": "1"}),
            a_secret(data={"a": "MQ==", "b": "Mg=="}),
            id="plain-text-goes-first",
        ),
        pytest.param(a_secret(stringData={}), a_secret(data={}), id="empty"),
        pytest.param(a_secret(data=None, stringData={"a": ""}), a_secret(data={"a": ""}), id="no-data"),
    ],
)
def test_plain_texts_of_a_secret_are_sent_encoded(body: Body, expected: Body) -> None:
    assert sent(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(a_secret(data={"a": "MQ=="}), id="no-plain-texts"),
        pytest.param(a_secret(stringData={"a": 1}), id="not-a-text"),
        pytest.param(a_secret(stringData=["a"]), id="not-a-map"),
        pytest.param(a_secret(stringData={"a": "1"}, data="x"), id="wrong-data"),
        pytest.param({**a_secret(stringData={"a": "1"}), "apiVersion": "example.com/v1"}, id="another-kind"),
    ],
)
def test_anything_else_is_sent_as_it_is_written(body: Body) -> None:
    assert sent(body) == body
