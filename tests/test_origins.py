from __future__ import annotations

import pytest

from kubectl_images.origins import Origin, is_loopback, may_log_in, may_redirect, origin_of


@pytest.mark.parametrize(
    ("url", "origin", "text"),
    [
        pytest.param(
            "https://Reg.Example.com/v2/",
            Origin("https", "reg.example.com", 443),
            "https://reg.example.com",
            id="default-port",
        ),
        pytest.param("https://reg:443", Origin("https", "reg", 443), "https://reg", id="default-port-written"),
        pytest.param("http://reg:5000/?q", Origin("http", "reg", 5000), "http://reg:5000", id="port"),
        pytest.param("http://[::1]:5000", Origin("http", "::1", 5000), "http://[::1]:5000", id="ipv6"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: Origin, text: str) -> None:
    assert origin_of(url) == origin
    assert str(origin) == text


@pytest.mark.parametrize(
    "url",
    [
        *("", "reg", "ftp://reg", "https://", "https:reg", "https://u:p@reg/", "https://reg:99999", "http://[::1"),
        "https://[:::]/",
        # What one library takes for a name is 169.254.169.254 to another.
        *(
            "http://169.254.169.25%34/",
            "http://169.254.169.254\\.example.com/",
            "http://\uff11\uff16\uff19.254.169.254/",
        ),
        *(" http://reg/", "http://re\tg/", "ht\ntp://reg/"),
    ],
)
def test_anything_else_is_no_origin(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs with its source
        origin_of(url)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("127.1", True),
        ("2130706433", True),
        ("0x7f000001", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("notlocalhost", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback_is_this_computer_in_every_spelling(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        pytest.param("https://reg", "https://cdn", True, id="another-host"),
        pytest.param("https://reg", "http://reg", False, id="downgrade"),
        pytest.param("http://reg", "https://reg", True, id="upgrade"),
        pytest.param("https://reg", "https://127.0.0.1", False, id="to-loopback"),
        pytest.param("https://reg", "https://localhost", False, id="to-localhost"),
        pytest.param("https://reg", "https://2130706433", False, id="to-loopback-as-a-number"),
        pytest.param("https://reg", "https://169.254.169.254", False, id="to-link-local"),
        pytest.param("http://127.0.0.1:1", "http://169.254.169.254", False, id="loopback-to-link-local"),
        pytest.param("http://127.0.0.1:1", "http://localhost:2", True, id="loopback-to-loopback"),
        pytest.param("https://127.0.0.1:1", "https://127.0.0.1:1", True, id="itself"),
        pytest.param("https://reg", "https://0.0.0.0", False, id="to-unspecified"),
    ],
)
def test_a_redirect_leads_neither_down_nor_inside(source: str, target: str, allowed: bool) -> None:
    assert may_redirect(origin_of(source), origin_of(target)) is allowed


@pytest.mark.parametrize(
    ("registry", "realm", "allowed"),
    [
        pytest.param("https://reg", "https://auth.example.com", True, id="another-host"),
        pytest.param("https://reg", "http://auth.example.com", False, id="plain-http"),
        pytest.param("https://reg", "http://reg", False, id="downgrade-to-port-80"),
        pytest.param("https://reg:5000", "http://reg:5000", False, id="downgrade-on-the-same-port"),
        pytest.param("https://reg", "https://10.0.0.1", False, id="private"),
        pytest.param("https://10.0.0.2", "https://10.0.0.1", True, id="private-from-private"),
        pytest.param("https://10.0.0.2", "https://10.0.0.2", True, id="itself"),
        pytest.param("https://reg", "https://127.0.0.1", False, id="loopback"),
        pytest.param("https://reg", "https://localhost", False, id="localhost"),
        pytest.param("https://reg", "https://[fd00::1]", False, id="private-ipv6"),
        pytest.param("https://reg", "https://[::ffff:10.0.0.1]", False, id="mapped"),
        pytest.param("https://10.0.0.2", "https://169.254.169.254", False, id="link-local"),
        pytest.param("http://localhost:5000", "http://localhost:5001", True, id="loopback-from-loopback"),
        pytest.param("http://localhost:5000", "http://auth.example.com", False, id="plain-http-from-loopback"),
    ],
)
def test_a_login_service_is_public_or_beside_its_registry(registry: str, realm: str, allowed: bool) -> None:
    assert may_log_in(origin_of(registry), origin_of(realm)) is allowed
