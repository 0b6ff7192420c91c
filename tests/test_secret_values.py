from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import InputError
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.secret_values import sent

LOGIN = ObjectKey("v1", "Secret", "team", "login")


def a_secret(**fields: object) -> Body:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, **fields}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(a_secret(), a_secret(), id="nothing"),
        pytest.param(a_secret(stringData={"a": "1"}), a_secret(data={"a": "MQ=="}), id="plain-text"),
        pytest.param(
            a_secret(data={"a": "MA==", "b": "Mg=="}, stringData={"a": "1"}),
            a_secret(data={"a": "MQ==", "b": "Mg=="}),
            id="plain-text-wins",
        ),
        pytest.param(a_secret(data=None, stringData={}), a_secret(data={}), id="empty"),
        pytest.param(a_secret(stringData={"a": 1}), a_secret(stringData={"a": 1}), id="no-text"),
        pytest.param(a_secret(stringData=["a"]), a_secret(stringData=["a"]), id="no-map"),
        pytest.param(a_secret(data=["a"], stringData={}), a_secret(data=["a"], stringData={}), id="no-map-of-data"),
        pytest.param(a_secret(data={"a": None, "b": 1}), a_secret(data={"a": None, "b": 1}), id="no-text-of-data"),
        pytest.param(a_secret(data={"a": "MTIz\nNA==\r\n"}), a_secret(data={"a": "MTIz\nNA==\r\n"}), id="lines"),
        pytest.param({"kind": "ConfigMap", "data": {"a": "!"}}, {"kind": "ConfigMap", "data": {"a": "!"}}, id="other"),
    ],
)
def test_plain_texts_are_sent_encoded(body: Body, expected: Body) -> None:
    assert sent(body, LOGIN) == expected


@pytest.mark.parametrize("value", ["hunter2!", "MQ", "MQ=", "M Q==", "ÄÖ==", "MQ==MQ=="])
def test_a_value_that_is_not_base64_is_an_error_without_the_value(value: str) -> None:
    with pytest.raises(InputError) as caught:
        sent(a_secret(data={"a": value, "b": "MQ=="}), LOGIN)

    assert str(caught.value) == "secret/login: data.a is not base64"
    assert caught.value.hint == "encode it with base64, or write it as it is in stringData"


def test_all_wrong_values_are_named() -> None:
    with pytest.raises(InputError) as caught:
        sent(a_secret(data={"a": "!", "b": "?"}), LOGIN)

    assert str(caught.value) == "secret/login: data.a and data.b are not base64"


@given(st.binary())
def test_whatever_is_encoded_is_fine(value: bytes) -> None:
    body = a_secret(data={"a": base64.b64encode(value).decode()})

    assert sent(body, LOGIN) == body
