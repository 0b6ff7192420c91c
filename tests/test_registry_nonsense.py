"""Whatever a registry sends is used, or refused in our own words."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nonsense import json_values, many_cases, texts

from kubectl_images.challenges import parse_challenges, usable_challenge
from kubectl_images.docker_config import Login
from kubectl_images.origins import origin_of
from kubectl_images.redirects import follow
from kubectl_images.registry_answers import Answer, RequestError, raise_for_trouble, retry_after_s
from kubectl_images.registry_http import Request
from kubectl_images.registry_tokens import check_realm, identity_token_request, read_token, token_request
from kubectl_images.tag_pages import read_page

URL = "https://reg.example.com/v2/team/web/tags/list?n=1000"
ORIGIN = origin_of(URL)
LOGIN = Login("a test", "user", "password", identity_token="identity")
SCHEMES = ("https", "http", "HTTPS", "ftp", "://", "//", ":")
HOSTS = ("reg.example.com", "127.0.0.1", "[::1]", "[", "]", "0x7f000001", "169.254.169.254", "u:p", "@", "%41", "65536")

addresses = texts(*SCHEMES, *HOSTS, "http://", "https://", "\\", "/", "?", "#", "..", "last=a", "&", "n=1000")
demands = texts(
    "Bearer ", "Basic ", "realm=", "scope=", "service=", '"', ",", " ", "\\", ";", "=", "a", "https://", *HOSTS
)
links = texts(
    "<", ">", ";", ",", " ", "rel", "=", '"', "next", '>; rel="next"', "/v2/", "?", "last=a", "&", *SCHEMES, *HOSTS
)
moments = texts(
    "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, ", "21 ", "Oct ", "99999 ", "07:28:00 ", ":", "GMT", "+9999", "-", ".", "1e9"
)
bodies = st.one_of(
    json_values("tags", "errors", "message", "detail", "code", "token", "access_token", "expires_in").map(
        lambda value: json.dumps(value).encode()
    ),
    texts("{", "}", "[", "]", '"tags"', ":", ",", "null", "NaN", "1", '"', "<title>").map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    st.binary(max_size=50),
)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, "Reason", {name.replace("_", "-"): (value,) for name, value in headers.items()}, body, URL)


@many_cases
@given(st.lists(demands, max_size=3))
def test_any_demand_leads_to_a_request_at_the_realm_or_is_refused(lines: list[str]) -> None:
    challenge = usable_challenge(parse_challenges(lines))
    if challenge is None or challenge.scheme == "basic":
        return
    with suppress(RequestError):
        realm = check_realm(challenge, ORIGIN)
        for request in (
            token_request(challenge, "repository:a:pull", LOGIN, 100),
            identity_token_request(challenge, "repository:a:pull", LOGIN, 100),
        ):
            assert origin_of(request.url) == realm


@many_cases
@given(addresses)
def test_any_address_is_one_origin_for_us_and_for_the_library_or_is_refused(text: str) -> None:
    from urllib3.util import parse_url

    with suppress(ValueError):
        origin = origin_of(text)
        parsed = parse_url(text)
        assert (parsed.scheme, (parsed.host or "").strip("[]"), parsed.port or origin.port) == (
            origin.scheme,
            origin.host,
            origin.port,
        )


@many_cases
@given(addresses)
def test_any_redirect_is_followed_or_refused(location: str) -> None:
    sent: list[Request] = []

    def send(request: Request) -> Answer:
        sent.append(request)
        return answer(302, location=location) if len(sent) == 1 else answer()

    with suppress(RequestError):
        follow(Request(URL, 100, "Basic secret"), send, 10)
        assert (sent[1].authorization is None) == (origin_of(sent[1].url) != ORIGIN)


@many_cases
@given(links, bodies)
def test_any_page_is_read_with_its_next_page_at_the_same_place_or_is_refused(link: str, body: bytes) -> None:
    with suppress(RequestError):
        page = read_page(answer(200, body, link=link))
        assert page.next_url is None or page.next_url.startswith(URL.partition("?")[0] + "?")


@many_cases
@given(links)
def test_any_link_beside_a_list_is_read(link: str) -> None:
    page = read_page(answer(200, b'{"tags": ["main-1"]}', link=link))

    assert page.tags == ("main-1",)
    assert page.next_url is None or page.next_url.startswith(URL.partition("?")[0] + "?")


@pytest.mark.parametrize("life", ["1" + "0" * 400, "1e999", "NaN", "-1", "true", '"300"', "[]"])
def test_a_token_with_any_time_to_live_is_taken(life: str) -> None:
    token = read_token(answer(200, f'{{"token": "t", "expires_in": {life}}}'.encode()), time)

    assert token.value == "t"
    assert token.renew_at > time.monotonic()


@many_cases
@given(bodies)
def test_any_answer_of_a_login_service_holds_a_token_or_is_refused(body: bytes) -> None:
    with suppress(RequestError):
        token = read_token(answer(200, body), time)
        assert token.renew_at > 0


@many_cases
@given(st.sampled_from([200, 400, 401, 404, 429, 503]), bodies, moments)
def test_the_outcome_of_any_answer_is_one_printable_line(status: int, body: bytes, moment: str) -> None:
    found = answer(status, body, retry_after=moment)
    assert found.outcome.isprintable()
    with suppress(RequestError):
        raise_for_trouble(found, time)
        read_page(found)


@many_cases
@example("0\x1f")
@given(moments)
def test_any_time_to_wait_is_read_or_ignored(text: str) -> None:
    wait_s = retry_after_s(text, time)

    assert wait_s is None or wait_s >= 0


@pytest.mark.parametrize("piece", ["<", "<a>", "<a>;", ";rel", ' "', "<a>; rel=next,"])
def test_a_long_link_is_read_as_fast_as_a_short_one(piece: str) -> None:
    page = read_page(answer(200, b'{"tags": ["main-1"]}', link=piece * 300_000))

    assert page.tags == ("main-1",)


@pytest.mark.parametrize("piece", [b"<title", b"<title>", b"<", b"[", b'{"errors":'])
def test_a_long_web_page_is_read_as_fast_as_a_short_one(piece: bytes) -> None:
    with pytest.raises(RequestError):
        raise_for_trouble(answer(200, b"<" + piece * 10_000), time)
