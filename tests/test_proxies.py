from __future__ import annotations

from collections.abc import Mapping

import pytest

from kubectl_images.origins import origin_of
from kubectl_images.proxies import Proxy, proxy_for

P = "http://proxy:3128"


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        pytest.param({}, "https://reg", None, id="none"),
        pytest.param({"HTTPS_PROXY": P}, "https://reg", Proxy(P, "HTTPS_PROXY", ""), id="https"),
        pytest.param({"https_proxy": P}, "https://reg", Proxy(P, "https_proxy", ""), id="lower-case"),
        pytest.param({"HTTPS_PROXY": P}, "http://reg", None, id="another-scheme"),
        pytest.param({"HTTP_PROXY": P}, "http://reg", Proxy(P, "HTTP_PROXY", ""), id="http"),
        pytest.param({"HTTP_PROXY": P, "REQUEST_METHOD": "GET"}, "http://reg", None, id="httpoxy"),
        pytest.param({"ALL_PROXY": P}, "https://reg", Proxy(P, "ALL_PROXY", ""), id="all"),
        pytest.param(
            {"ALL_PROXY": "http://x", "HTTPS_PROXY": P}, "https://reg", Proxy(P, "HTTPS_PROXY", ""), id="all-is-last"
        ),
        pytest.param({"HTTPS_PROXY": "proxy:3128"}, "https://reg", Proxy(P, "HTTPS_PROXY", ""), id="without-scheme"),
        pytest.param(
            {"HTTPS_PROXY": "https://[::1]"}, "https://reg", Proxy("https://[::1]", "HTTPS_PROXY", ""), id="ipv6"
        ),
        pytest.param(
            {"HTTPS_PROXY": "http://u%40x:p%3A@proxy:3128/"},
            "https://reg",
            Proxy(P, "HTTPS_PROXY", "u@x:p:"),
            id="login",
        ),
        pytest.param({"HTTPS_PROXY": P}, "https://localhost:5000", None, id="loopback-name"),
        pytest.param({"HTTPS_PROXY": P}, "https://127.0.0.1", None, id="loopback"),
    ],
)
def test_a_proxy_comes_from_the_variable_of_its_scheme(
    environ: Mapping[str, str], url: str, proxy: Proxy | None
) -> None:
    assert proxy_for(origin_of(url), environ) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        pytest.param("*", "https://reg", True, id="all"),
        pytest.param("example.com", "https://example.com", True, id="host"),
        pytest.param("example.com", "https://a.example.com", True, id="its-subdomains"),
        pytest.param(".example.com", "https://a.example.com", True, id="subdomains"),
        pytest.param(".example.com", "https://example.com", False, id="subdomains-alone"),
        pytest.param("*.example.com", "https://a.example.com", True, id="star-and-subdomains"),
        pytest.param("*.example.com", "https://example.com", False, id="star-and-subdomains-alone"),
        pytest.param("example.com", "https://notexample.com", False, id="not-a-suffix-of-letters"),
        pytest.param(" a, EXAMPLE.com ,", "https://example.com", True, id="spaces-and-case"),
        pytest.param("example.com:5000", "https://example.com:5000", True, id="port"),
        pytest.param("example.com:5000", "https://example.com", False, id="another-port"),
        pytest.param("10.0.0.0/8", "https://10.1.2.3", True, id="network"),
        pytest.param("10.0.0.0/8", "https://11.1.2.3", False, id="outside-the-network"),
        pytest.param("10.0.0.0/8", "https://reg", False, id="a-name-is-in-no-network"),
        pytest.param("10.1.2.3", "https://10.1.2.3", True, id="address"),
        pytest.param("fd00::1", "https://[fd00::1]", True, id="ipv6"),
        pytest.param("[fd00::1]:5000", "https://[fd00::1]:5000", True, id="ipv6-with-port"),
        pytest.param("fd00::/8", "https://[fd00::1]", True, id="ipv6-network"),
        pytest.param("a/b", "https://a", False, id="junk"),
    ],
)
def test_no_proxy_names_hosts_networks_and_ports(no_proxy: str, url: str, direct: bool) -> None:
    environ = {"HTTPS_PROXY": P, "NO_PROXY": no_proxy}

    assert (proxy_for(origin_of(url), environ) is None) is direct


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("socks5://u:s3cr3t@x", "HTTPS_PROXY names a SOCKS proxy, which is not supported", id="socks"),
        pytest.param(
            "ftp://u:s3cr3t@x",
            "HTTPS_PROXY is not the address of a proxy, like http://proxy.example.com:3128",
            id="scheme",
        ),
        pytest.param(
            "http://u:s3cr3t@[x",
            "HTTPS_PROXY is not the address of a proxy, like http://proxy.example.com:3128",
            id="junk",
        ),
        pytest.param(
            "http://proxy:x", "HTTPS_PROXY is not the address of a proxy, like http://proxy.example.com:3128", id="port"
        ),
    ],
)
def test_a_variable_that_is_no_proxy_is_an_error_without_its_value(value: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
        proxy_for(origin_of("https://reg"), {"HTTPS_PROXY": value})

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("login", "headers"),
    [
        pytest.param("", None, id="none"),
        pytest.param("user:p%C3%A4ss@", {"proxy-authorization": "Basic dXNlcjpww6Rzcw=="}, id="utf-8"),
        pytest.param("user:p%e4ss@", {"proxy-authorization": "Basic dXNlcjpw5HNz"}, id="other-bytes"),
    ],
)
def test_a_login_of_a_proxy_is_sent_as_the_bytes_that_it_is(login: str, headers: dict[str, str] | None) -> None:
    proxy = proxy_for(origin_of("https://reg"), {"HTTPS_PROXY": f"http://{login}proxy:3128"})

    assert proxy is not None
    assert proxy.headers == headers
