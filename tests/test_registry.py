from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from closed_ports import closed_port
from fake_registry import FakeRegistry, Reply, Rules, as_json
from registry_client import BASIC, LIST, PASSWORD, USER, FakeClock, list_tags, login, page

from kubectl_images.errors import RepositoryUnknownError
from kubectl_images.references import ImageRef
from kubectl_images.registry import Registry
from kubectl_images.registry_policy import Policy


def patience_with(reply: Reply) -> Policy:
    """Return a policy that does not wait long for a server that is silent on purpose."""
    return Policy(read_s=0.2 if reply.how == "silent" else 30, clock=FakeClock())


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    with FakeRegistry({"team/web": ["main-1", "main-2"]}) as registry:
        yield registry


# --- The list ---------------------------------------------------------------------------------------------------


def test_tags_come_in_the_order_of_the_registry_and_once(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["b", "a", "c", "a"]}) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == ("b", "a", "c")


def test_an_open_registry_is_asked_twice_for_one_list(fake: FakeRegistry, tmp_path: Path) -> None:
    list_tags(f"{fake.host}/team/web", tmp_path)

    assert [request.path for request in fake.requests] == ["/v2/", LIST]


def test_each_repository_is_asked_once_in_a_run(tmp_path: Path) -> None:
    names = [f"team/app-{number}" for number in range(20)]
    with FakeRegistry({name: [name[-1]] for name in names}) as registry:
        images = [ImageRef.parse(f"{registry.host}/{name}:{tag}") for name in names for tag in ("1", "2")]
        with Registry({}, notice=print, home=tmp_path) as client:
            many = client.list_many(images)
            again = client.list_many(images[:3])
            one = client.list_tags(images[0])

    assert many == {image.repository_key: (image.repository[-1],) for image in images}
    assert again == {image.repository_key: (image.repository[-1],) for image in images[:3]}
    assert one == ("0",)
    assert sorted(registry.paths()) == sorted(["/v2/", *(f"/v2/{name}/tags/list" for name in names)])


def test_no_images_are_no_lists(tmp_path: Path) -> None:
    with Registry({}, notice=print, home=tmp_path) as client:
        assert client.list_many([]) == {}


@pytest.mark.parametrize(
    ("policy", "count", "reached"),
    [
        pytest.param(Policy(), 8, True, id="eight-of-one-host"),
        pytest.param(Policy(), 9, False, id="never-nine-of-one-host"),
        pytest.param(Policy(at_once=2), 2, True, id="as-many-as-all-hosts-may-have"),
        pytest.param(Policy(at_once=2), 3, False, id="never-more-than-all-hosts-may-have"),
    ],
)
def test_requests_at_once_are_bounded(tmp_path: Path, policy: Policy, count: int, *, reached: bool) -> None:
    names = [f"team/app-{number}" for number in range(count * 3)]
    gate = threading.Barrier(count, timeout=10 if reached else 0.3)
    with (
        FakeRegistry({name: ["1"] for name in names}, rules=Rules(gate=gate)) as registry,
        Registry({}, notice=print, home=tmp_path, policy=policy) as client,
    ):
        found = client.list_many(ImageRef.parse(f"{registry.host}/{name}") for name in names)

    assert set(found.values()) == {("1",)}
    assert gate.broken is not reached


def test_an_unexpected_error_in_a_thread_reaches_the_caller(fake: FakeRegistry, tmp_path: Path) -> None:
    def fail(text: str) -> None:
        raise ZeroDivisionError(text)

    fake.script(LIST, as_json({"tags": [1]}))
    with Registry({}, notice=fail, home=tmp_path) as client, pytest.raises(ZeroDivisionError):
        client.list_many([ImageRef.parse(f"{fake.host}/team/web")])


def test_one_repository_that_fails_does_not_stop_the_others(fake: FakeRegistry, tmp_path: Path) -> None:
    images = [ImageRef.parse(f"{fake.host}/{name}") for name in ("team/web", "team/missing")]
    with Registry({}, notice=print, home=tmp_path) as client:
        found = client.list_many(images)

    assert found[images[0].repository_key] == ("main-1", "main-2")
    assert isinstance(found[images[1].repository_key], RepositoryUnknownError)


# --- Pages ------------------------------------------------------------------------------------------------------


def test_small_pages_are_followed_to_the_last(tmp_path: Path) -> None:
    tags = [f"t{number}" for number in range(7)]
    with FakeRegistry({"team/web": tags}, rules=Rules(page_size=3)) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == tuple(tags)


def test_a_registry_with_small_pages_is_asked_for_thousand_at_a_time(tmp_path: Path) -> None:
    tags = [f"t{number}" for number in range(1001)]
    with FakeRegistry({"team/web": tags}, rules=Rules(page_size=100, max_page_size=1000)) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == tuple(tags)
    assert [request.path for request in registry.requests[1:]] == [
        LIST,
        f"{LIST}?n=1000",
        f"{LIST}?last=t999&n=1000",
    ]


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(f'<{LIST}?last=b&n=2>; rel="next"', id="relative"),
        pytest.param(f'<http://registry.example.com{LIST}?last=b&n=2>; rel="next"', id="another-host"),
        pytest.param('</other/tags/list?last=b&n=2>; rel="next"', id="another-path"),
        pytest.param("<?last=b&n=2>;rel=next", id="query-alone-and-rel-unquoted"),
        pytest.param('<?last=b&n=2>; title="a, b"; REL="prev NEXT"', id="several-relations"),
        pytest.param('</x?last=a>; rel="prev", <?last=b&n=2>; rel="next"', id="after-another-link"),
        pytest.param(['</x?last=a>; rel="prev"', '<?last=b&n=2>; rel="next"'], id="in-a-second-line"),
    ],
)
def test_only_the_query_of_a_link_is_followed(fake: FakeRegistry, tmp_path: Path, link: str | list[str]) -> None:
    fake.script(LIST, page("a", "b", link=link), page("a", "b", link=link), page("c"))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.tags == ("a", "b", "c")
    assert found.notices == []
    assert fake.requests[-1].path == f"{LIST}?last=b&n=2"


def test_the_token_style_of_quay_is_a_query_like_any_other(fake: FakeRegistry, tmp_path: Path) -> None:
    link = f'<{LIST}?next_page=gAAAA%3D%3D&n=100>; rel="next"'
    fake.script(LIST, page("a", link=link), page("a", link=link), page("b"))

    list_tags(f"{fake.host}/team/web", tmp_path)

    assert fake.requests[-1].path == f"{LIST}?next_page=gAAAA%3D%3D&n=100"


@pytest.mark.parametrize("link", [f'<{LIST}?n=2>; rel="first"', ""], ids=["another-relation", "empty"])
def test_without_a_link_to_a_next_page_the_list_ends(fake: FakeRegistry, tmp_path: Path, link: str) -> None:
    fake.script(LIST, page("a", link=link))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, found.notices) == (("a",), [])


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("next", id="no-link-at-all"),
        pytest.param(f"<{LIST}?last=a>", id="no-relation"),
        pytest.param(f'<{LIST}?last=a>rel="next"', id="no-semicolon"),
        pytest.param(f"<{LIST}?last=a>; rel:next", id="a-colon"),
        pytest.param(f'<a>; rel="prev", <{LIST}?last=b; rel="next"', id="not-closed"),
        pytest.param('<>; rel="next"', id="nowhere"),
        pytest.param(f'<{LIST}>; rel="next"', id="no-query"),
        pytest.param('<http://[::1?n=1>; rel="next"', id="no-address"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error(fake: FakeRegistry, tmp_path: Path, link: str) -> None:
    fake.script(LIST, page("a", link=link))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == _incomplete(fake, "the link on page 1 to the next one leads nowhere")


def _incomplete(registry: FakeRegistry, reason: str) -> str:
    return (
        f"cannot list the tags of {registry.host}/team/web: the tag list is incomplete: {reason}"
        f" (registry {registry.host})"
    )


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(page(), id="without-a-link"),
        pytest.param(page(link='<?last=b&n=2>; rel="next"'), id="that-links-to-itself"),
        pytest.param(page("b"), id="that-repeats-a-tag"),
    ],
)
def test_a_last_page_without_new_tags_ends_the_list_in_silence(fake: FakeRegistry, tmp_path: Path, last: Reply) -> None:
    link = '<?last=b&n=2>; rel="next"'
    fake.script(LIST, page("a", "b", link=link), page("a", "b", link=link), last)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, found.notices) == (("a", "b"), [])


@pytest.mark.parametrize(
    ("middle", "notices"),
    [
        pytest.param(page(link='<?last=c>; rel="next"'), 0, id="empty"),
        pytest.param(page("b c", "-x", link='<?last=c>; rel="next"'), 1, id="no-tags"),
    ],
)
def test_a_page_without_tags_does_not_end_a_list_that_goes_on(
    fake: FakeRegistry, tmp_path: Path, middle: Reply, notices: int
) -> None:
    first = page("a", link='<?last=b>; rel="next"')
    fake.script(LIST, first, first, middle, page("z"))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, len(found.notices)) == (("a", "z"), notices)


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        pytest.param(
            [page("b", link='<?last=b&n=2>; rel="next"')], "page 2 links back to a page before", id="to-itself"
        ),
        pytest.param(
            [page("b", link='<?last=c>; rel="next"'), page("c", link='<?last=b&n=2>; rel="next"')],
            "page 3 links back to a page before",
            id="two-pages",
        ),
        pytest.param(
            [page("a", link='<?last=c>; rel="next"')],
            "page 2 holds only tags of the pages before, and links to more",
            id="the-same-page-for-every-link",
        ),
    ],
)
def test_links_in_a_circle_are_an_error(fake: FakeRegistry, tmp_path: Path, pages: list[Reply], reason: str) -> None:
    first = page("a", link='<?last=b&n=2>; rel="next"')
    fake.script(LIST, first, first, *pages)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == _incomplete(fake, reason)


@pytest.mark.parametrize(
    ("probed", "more"),
    [
        pytest.param([page()], (), id="nothing-more"),
        pytest.param([page("t0", "t999", link='<?n=1000>; rel="next"')], (), id="last-means-nothing-to-it"),
        pytest.param([page("t1000")], ("t1000",), id="one-more"),
        pytest.param(
            [page(*(f"u{number}" for number in range(1000))), page("v")],
            (*(f"u{number}" for number in range(1000)), "v"),
            id="full-again",
        ),
    ],
)
def test_a_full_page_without_a_link_is_asked_whether_there_is_more(
    fake: FakeRegistry, tmp_path: Path, probed: list[Reply], more: tuple[str, ...]
) -> None:
    tags = tuple(f"t{number}" for number in range(1000))
    fake.script(LIST, page("t0", link='<?last=t0>; rel="next"'), page(*tags), *probed)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, found.notices) == (tags + more, [])
    assert fake.requests[3].path == f"{LIST}?n=1000&last=t999"
    assert len(fake.requests) == 3 + len(probed)


@pytest.mark.parametrize("count", [999, 1001])
def test_a_page_of_another_size_than_asked_for_is_the_last(fake: FakeRegistry, tmp_path: Path, count: int) -> None:
    tags = tuple(f"t{number}" for number in range(count))
    fake.script(LIST, page("t0", link='<?last=t0>; rel="next"'), page(*tags))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, len(fake.requests)) == (tags, 3)


def test_a_page_size_that_is_refused_leaves_the_small_pages(fake: FakeRegistry, tmp_path: Path) -> None:
    refusal = as_json({"errors": [{"code": "UNSUPPORTED", "message": "n is too large"}]}, 405)
    fake.script(LIST, page("a", link='<?last=a>; rel="next"'), refusal, page("b"))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.tags == ("a", "b")


def test_a_larger_page_that_fails_is_an_error(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, page("a", link='<?last=a>; rel="next"'), Reply(410))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: the tag list is incomplete: it answered 410 Gone"
        f" (registry {fake.host})"
    )


def test_a_larger_page_that_says_less_is_not_believed(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, page("a", "b", link='<?last=b>; rel="next"'), page("a", "b"), page("c"))

    assert list_tags(f"{fake.host}/team/web", tmp_path).tags == ("a", "b", "c")


@pytest.mark.parametrize("content", [{}, {"message": "maintenance"}], ids=["empty", "message"])
def test_a_later_page_without_a_list_is_an_error(fake: FakeRegistry, tmp_path: Path, content: object) -> None:
    fake.script(LIST, page("a", link='<?last=a>; rel="next"'), Reply(405), as_json(content))

    assert list_tags(f"{fake.host}/team/web", tmp_path).message == _incomplete(fake, "page 2 holds no list")


def test_an_error_that_is_sent_as_a_success_is_one(fake: FakeRegistry, tmp_path: Path) -> None:
    error = as_json({"errors": [{"code": "UNAVAILABLE", "message": "try later"}]})
    fake.script(LIST, error, error)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == (
        f'cannot list the tags of {fake.host}/team/web: it has a problem: 200 OK: "try later" (registry {fake.host})'
    )
    assert not isinstance(found.error, RepositoryUnknownError)


@pytest.mark.parametrize(
    ("code", "unknown"),
    [("NAME_UNKNOWN", True), ("NOT_FOUND", True), ("UNSUPPORTED", False), ("MANIFEST_UNKNOWN", False)],
)
def test_only_a_registry_that_says_so_has_no_such_repository(
    fake: FakeRegistry, tmp_path: Path, code: str, *, unknown: bool
) -> None:
    fake.script(LIST, as_json({"errors": [{"code": code, "message": "no"}]}, 404))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert isinstance(found.error, RepositoryUnknownError) is unknown


def test_a_lost_page_is_an_error_and_never_a_shorter_list(fake: FakeRegistry, tmp_path: Path) -> None:
    link = '<?last=b&n=2>; rel="next"'
    first = page("a", "b", link=link)
    fake.script(LIST, first, first, as_json({"message": "bad cursor"}, 400))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: the tag list is incomplete: page 2 failed after 2 tags:"
        f' it answered 400 Bad Request: "bad cursor" (registry {fake.host})'
    )


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(max_pages=2), id="pages"),
        pytest.param(Policy(max_tags=1), id="tags"),
    ],
)
def test_a_list_without_end_is_an_error(tmp_path: Path, policy: Policy) -> None:
    with FakeRegistry({"team/web": ["a", "b", "c", "d"]}, rules=Rules(page_size=1)) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path, policy=policy)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: the tag list does not end: 2 tags after 2 pages"
        f" (registry {registry.host})"
    )


def test_entries_that_are_no_tags_are_left_out_with_a_warning(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, as_json({"tags": ["a", 1, None, "b c", "-x", "a\n", "b"]}))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.tags == ("a", "b")
    assert found.notices == [
        f"the tag list of {fake.host}/team/web: 5 of its entries are not tags and were left out (registry {fake.host})"
    ]


@pytest.mark.parametrize("content", [{}, {"tags": None}, {"tags": []}], ids=["missing", "null", "empty"])
def test_no_tags_are_an_empty_list(fake: FakeRegistry, tmp_path: Path, content: object) -> None:
    fake.script(LIST, as_json(content))

    assert list_tags(f"{fake.host}/team/web", tmp_path).tags == ()


# --- Faults -----------------------------------------------------------------------------------------------------

HTML = Reply(200, {"Content-Type": "text/html"}, b"<html><title>Sign in\n&amp; go</title></html>")
FAULTS = [
    pytest.param(HTML, 'it answered with a web page ("Sign in &amp; go"), not as a registry', id="web-page"),
    pytest.param(Reply(200, {}, b"  <!doctype html>"), "it answered with a web page, not as a registry", id="html"),
    pytest.param(Reply(200, {}, b"{"), "it sent an answer that is not JSON", id="not-json"),
    pytest.param(Reply(204), "it sent an answer that is not JSON", id="no-content"),
    pytest.param(Reply(200, {}, b"[" * 100_000), "it sent an answer that is not JSON", id="nested-json"),
    pytest.param(as_json([]), "it sent JSON that is not a tag list", id="a-list"),
    pytest.param(as_json({"tags": "main-1"}), "it sent JSON that is not a tag list", id="tags-are-text"),
    pytest.param(Reply(how="cut"), "its answer was cut off", id="cut"),
    pytest.param(Reply(how="closed"), "it closed the connection without an answer", id="closed"),
    pytest.param(Reply(how="silent"), "it took the request but sent nothing for 0.2 s", id="silent"),
    pytest.param(Reply(how="endless"), "its answer is larger than 0.125 MiB", id="endless"),
    pytest.param(
        Reply(200, {"Content-Encoding": "gzip"}, b"no gzip"), "it sent a damaged compressed answer", id="bad-gzip"
    ),
    pytest.param(Reply(200, {"X-Long": "x" * 70_000}), "it sent oversized headers", id="long-header"),
    pytest.param(
        Reply(200, {f"X-{number}": "1" for number in range(150)}), "it sent oversized headers", id="many-headers"
    ),
    pytest.param(Reply(503, {}, b"upstream"), "it has a problem: 503 Service Unavailable", id="503-without-a-message"),
    pytest.param(
        as_json({"errors": [{"code": "UNAVAILABLE", "message": "down\x1b[31m\nfor \t now"}]}, 500),
        'it has a problem: 500 Internal Server Error: "down [31m for now"',
        id="500-with-a-message",
    ),
    pytest.param(
        as_json({"errors": ["x" * 300]}, 502), f'it has a problem: 502 Bad Gateway: "{"x" * 197}..."', id="502"
    ),
    pytest.param(Reply(429), "it limits requests: 429 Too Many Requests", id="429"),
    pytest.param(
        Reply(404, {}, b"404 page not found"), "no registry answers at this path: 404 Not Found", id="404-without-json"
    ),
    pytest.param(Reply(410, how="endless"), "it answered 410 Gone", id="an-error-without-end"),
    pytest.param(as_json({"detail": "no"}, 418), 'it answered 418 I\'m a Teapot: "no"', id="odd-status"),
    pytest.param(
        Reply(302, {"Location": "http://169.254.169.254/"}),
        "it redirects to http://169.254.169.254, which is refused",
        id="redirect-to-link-local",
    ),
    pytest.param(
        Reply(302, {"Location": "http://a@b/"}), "it redirects to something that is not an address", id="redirect-user"
    ),
    pytest.param(Reply(302), "it redirects more than 10 times", id="redirect-to-itself"),
]


@pytest.mark.parametrize(("reply", "cause"), FAULTS)
def test_a_fault_names_image_cause_and_host(fake: FakeRegistry, tmp_path: Path, reply: Reply, cause: str) -> None:
    fake.script(LIST, *[reply] * 12)
    policy = replace(patience_with(reply), max_list_bytes=128 * 1024)

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=policy)

    assert found.message == f"cannot list the tags of {fake.host}/team/web: {cause} (registry {fake.host})"


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        pytest.param(Reply(503), 4, id="503"),
        pytest.param(Reply(429), 4, id="429"),
        pytest.param(Reply(how="closed"), 4, id="closed"),
        pytest.param(Reply(how="cut"), 4, id="cut"),
        pytest.param(Reply(how="silent"), 3, id="silent"),
        pytest.param(Reply(200, {}, b"{"), 2, id="not-json"),
        pytest.param(HTML, 1, id="web-page"),
        pytest.param(Reply(400), 1, id="400"),
    ],
)
def test_only_what_may_pass_is_tried_again(fake: FakeRegistry, tmp_path: Path, reply: Reply, asked: int) -> None:
    fake.script(LIST, *[reply] * 10)

    list_tags(f"{fake.host}/team/web", tmp_path, policy=patience_with(reply))

    assert fake.paths().count(LIST) == asked


@pytest.mark.parametrize("reply", [Reply(503), Reply(how="closed"), Reply(how="cut"), Reply(200, {}, b"{")])
def test_a_fault_that_passes_is_not_told(fake: FakeRegistry, tmp_path: Path, reply: Reply) -> None:
    fake.script(LIST, reply)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert (found.tags, found.notices) == (("main-1", "main-2"), [])


def test_a_server_that_drips_is_stopped_by_the_deadline(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, Reply(how="endless"))

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=Policy(clock=FakeClock(step_s=1)))

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: its answer was not complete after 60 s (registry {fake.host})"
    )
    assert found.hint == "try again, or allow more with --request-timeout"


@pytest.mark.parametrize(
    ("header", "waited_s"),
    [
        pytest.param({}, 0.5, id="none"),
        pytest.param({"Retry-After": "7"}, 7, id="seconds"),
        pytest.param({"Retry-After": "1.5"}, 1.5, id="fraction"),
        pytest.param({"Retry-After": "0"}, 0, id="zero"),
        pytest.param({"Retry-After": "-5"}, 0.5, id="negative-is-ignored"),
        pytest.param({"Retry-After": "soon"}, 0.5, id="junk-is-ignored"),
        pytest.param({"Retry-After": "Thu, 01 Jan 2026 00:00:20 GMT"}, 20, id="date"),
        pytest.param({"Retry-After": "Thu, 01 Jan 2026 00:00:20"}, 20, id="date-without-zone"),
        pytest.param({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0, id="past-date"),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_registry_says_how_long_to_wait(
    fake: FakeRegistry, tmp_path: Path, status: int, header: Mapping[str, str], waited_s: float
) -> None:
    clock = FakeClock()
    fake.script(LIST, Reply(status, header))

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=Policy(jitter=(1, 1), clock=clock))

    assert found.tags == ("main-1", "main-2")
    assert clock.waited_s == pytest.approx(waited_s)


def test_waits_double_and_are_told_at_a_terminal(fake: FakeRegistry, tmp_path: Path) -> None:
    clock = FakeClock()
    fake.script(LIST, *[Reply(503)] * 3)

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=Policy(jitter=(1, 1), clock=clock))

    assert found.progress == [
        f"{fake.host}: it has a problem: 503 Service Unavailable; waiting {wait_s} s"
        for wait_s in ("0.5", "1.0", "2.0")
    ]
    assert clock.waited_s == 3.5


def test_a_limit_that_ends_much_later_is_an_error_with_the_time(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, Reply(429, {"Retry-After": "2580"}))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message.startswith(
        f"cannot list the tags of {fake.host}/team/web: it limits requests: 429 Too Many Requests;"
        " it allows the next request at "
    )
    assert found.message.endswith(f", in 43 min (registry {fake.host})")
    assert found.hint == "try again later, or log in for a higher limit"


def test_a_wait_that_is_a_little_too_long_is_not_begun(fake: FakeRegistry, tmp_path: Path) -> None:
    clock = FakeClock()
    fake.script(LIST, Reply(503, {"Retry-After": "30"}), Reply(503, {"Retry-After": "31"}))

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=Policy(repository_s=600, clock=clock))

    assert found.message.endswith(f", in 31.0 s (registry {fake.host})")
    assert clock.waited_s == 30


def test_a_wait_past_the_deadline_is_not_begun(fake: FakeRegistry, tmp_path: Path) -> None:
    clock = FakeClock()
    fake.script(LIST, Reply(503))

    found = list_tags(f"{fake.host}/team/web", tmp_path, policy=Policy(clock=clock).within(0.1))

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: it has a problem: 503 Service Unavailable (registry {fake.host})"
    )
    assert clock.waited_s == 0


def test_a_dead_host_is_found_out_once_for_all_its_repositories(tmp_path: Path) -> None:
    clock = FakeClock()
    policy = Policy(jitter=(1, 1), clock=clock)
    with closed_port() as host, Registry({}, notice=print, home=tmp_path, policy=policy) as client:
        images = [ImageRef.parse(f"{host}/team/{name}") for name in ("a", "b", "c")]
        found = client.list_many(images)

    assert [str(error) for error in found.values()] == [
        f"cannot list the tags of {image.name}: nothing listens there (registry {host})" for image in images
    ]
    assert clock.waited_s == 0.5


def test_a_host_that_cannot_exist_is_told(tmp_path: Path) -> None:
    found = list_tags("[:::]:5000/team/web", tmp_path)

    assert found.message == (
        "cannot list the tags of [:::]:5000/team/web: that is not a host that can be connected to (registry [:::]:5000)"
    )


def test_a_host_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    # The broadcast address takes no connections; what the system says to that differs.
    found = list_tags("255.255.255.255:1/team/web", tmp_path)

    assert found.message.startswith("cannot list the tags of 255.255.255.255:1/team/web: no connection: ")
    assert found.hint == "check the network"


def test_a_host_that_does_not_take_connections_is_given_up_after_two_tries(tmp_path: Path) -> None:
    clock = FakeClock()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        # A queue that is full drops whoever comes next.
        with socket.create_connection(server.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(server.getsockname())
            policy = Policy(connect_s=0.2, jitter=(1, 1), clock=clock)
            found = list_tags(f"{host}/team/web", tmp_path, policy=policy)

    assert found.message == f"cannot list the tags of {host}/team/web: no answer within 0.2 s (registry {host})"
    assert clock.waited_s == 0.5


def test_a_timeout_of_zero_bounds_nothing(fake: FakeRegistry, tmp_path: Path) -> None:
    policy = Policy(connect_s=0, read_s=0, repository_s=0).within(0)

    assert list_tags(f"{fake.host}/team/web", tmp_path, policy=policy).tags == ("main-1", "main-2")


def test_a_server_that_does_not_speak_http_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=_talk_nonsense, args=(server,), daemon=True).start()
        found = list_tags(f"{host}/team/web", tmp_path)

    assert found.message == (f"cannot list the tags of {host}/team/web: it does not answer in HTTP (registry {host})")


def _talk_nonsense(server: socket.socket) -> None:
    for _ in range(2):
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def test_a_name_that_does_not_resolve_is_not_tried_again(tmp_path: Path) -> None:
    clock = FakeClock()

    found = list_tags("registry.invalid/team/web", tmp_path, policy=Policy(clock=clock))

    assert found.message == (
        "cannot list the tags of registry.invalid/team/web: the name of the host cannot be resolved"
        " (registry registry.invalid)"
    )
    assert found.hint == "check the spelling of the registry, DNS, or whether HTTPS_PROXY must be set"
    assert clock.waited_s == 0


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        pytest.param(
            Reply(404), "no registry answers there: GET /v2/ gave 404 Not Found", id="a-server-that-is-no-registry"
        ),
        pytest.param(HTML, 'it answered with a web page ("Sign in &amp; go"), not as a registry', id="a-login-page"),
    ],
)
def test_a_host_that_is_no_registry_is_told_before_any_list(
    fake: FakeRegistry, tmp_path: Path, reply: Reply, cause: str
) -> None:
    fake.script("/v2/", reply)

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == f"cannot list the tags of {fake.host}/team/web: {cause} (registry {fake.host})"
    assert fake.paths() == ["/v2/"]


def test_ctrl_c_ends_a_waiting_process_at_once(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, Reply(how="silent"))
    program = (
        "import sys; from pathlib import Path\n"
        "from kubectl_images.references import ImageRef; from kubectl_images.registry import Registry\n"
        "Registry({}, notice=print, home=Path(sys.argv[2])).list_many([ImageRef.parse(sys.argv[1])])\n"
    )
    arguments = [sys.executable, "-c", program, f"{fake.host}/team/web", str(tmp_path)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as process:
        fake.arrived.wait(timeout=20)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)

    assert stderr.splitlines()[-1] == "KeyboardInterrupt"
    assert process.returncode == -signal.SIGINT


# --- Logins -----------------------------------------------------------------------------------------------------


def test_an_open_registry_never_gets_a_login(fake: FakeRegistry, tmp_path: Path) -> None:
    found = list_tags(f"{fake.host}/team/web", tmp_path, login(fake.host))

    assert found.tags == ("main-1", "main-2")
    assert fake.authorizations() == []


def test_an_open_registry_makes_nobody_read_a_broken_configuration(fake: FakeRegistry, tmp_path: Path) -> None:
    found = list_tags(f"{fake.host}/team/web", tmp_path, {"DOCKER_AUTH_CONFIG": "{"})

    assert (found.tags, found.notices) == (("main-1", "main-2"), [])


def test_basic_is_sent_with_the_list_and_not_before(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="basic", users={USER: PASSWORD}) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == ("1",)
    assert [(request.path, request.authorization) for request in registry.requests] == [("/v2/", None), (LIST, BASIC)]


def test_a_token_is_fetched_without_a_login(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == ("1",)
    assert [(request.path, request.authorization) for request in registry.requests] == [
        ("/v2/", None),
        ("/token?service=fake&scope=repository%3Ateam%2Fweb%3Apull&client_id=kubectl-images", None),
        (LIST, "Bearer token-2"),
    ]


def test_a_token_is_fetched_with_the_login_and_the_registry_never_sees_it(tmp_path: Path) -> None:
    with (
        FakeRegistry(auth="bearer", users={USER: PASSWORD}) as service,
        FakeRegistry({"team/web": ["1"]}, rules=Rules(auth="bearer", realm=f"{service.url}/token?a=b")) as registry,
    ):
        registry.script(LIST, page("1"))
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == ("1",)
    assert [(request.path, request.authorization) for request in service.requests] == [
        (
            "/token?a=b&service=fake&scope=repository%3Ateam%2Fweb%3Apull&client_id=kubectl-images&account=robot",
            BASIC,
        ),
    ]
    assert registry.authorizations() == ["Bearer token-1"]


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        pytest.param({"token": "one"}, "one", id="token"),
        pytest.param({"access_token": "two", "expires_in": 10}, "two", id="access-token"),
        pytest.param({"token": "one", "access_token": "two"}, "two", id="both"),
    ],
)
def test_a_token_has_two_names(tmp_path: Path, answer: Mapping[str, object], token: str) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        registry.script("/token", as_json(answer))
        registry.script(LIST, page("1"))
        list_tags(f"{registry.host}/team/web", tmp_path)

    assert registry.authorizations() == [f"Bearer {token}"]


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        pytest.param(as_json({"expires_in": 300}), "gave no token: its answer holds no token", id="none"),
        pytest.param(as_json({"token": "a\nb"}), "gave no token: its answer holds no token", id="odd-characters"),
        pytest.param(as_json([]), "gave no token: its answer holds no token", id="another-shape"),
        pytest.param(Reply(200, {}, b"{"), "gave no token: it sent an answer that is not JSON", id="not-json"),
        pytest.param(
            HTML,
            'gave no token: it answered with a web page ("Sign in &amp; go"), not as a registry',
            id="web-page",
        ),
        pytest.param(Reply(503), "gave no token: it has a problem: 503 Service Unavailable", id="503"),
        pytest.param(as_json({"details": "x"}, 400), "gave no token: 400 Bad Request", id="400"),
        pytest.param(
            Reply(401),
            "refused the login from KLUCTL_REGISTRY_USERNAME, or that login may not read the repository:"
            " 401 Unauthorized",
            id="401",
        ),
    ],
)
def test_a_login_service_that_gives_no_token_is_named(tmp_path: Path, reply: Reply, cause: str) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer", users={USER: PASSWORD}) as registry:
        registry.script("/token", *[reply] * 10)
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: its login service {registry.host} {cause}"
        f" (registry {registry.host})"
    )
    assert LIST not in registry.paths()


def test_a_token_that_ends_in_the_middle_of_a_list_is_renewed_once(tmp_path: Path) -> None:
    tags = [f"t{number}" for number in range(4)]
    with FakeRegistry({"team/web": tags}, rules=Rules(auth="bearer", page_size=1)) as registry:
        expired = Reply(401, {"WWW-Authenticate": f'Bearer realm="{registry.url}/token",service="fake"'})
        first = page("t0", link='<?last=t0>; rel="next"')
        registry.script(LIST, first, first, expired)
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == tuple(tags)
    assert registry.paths().count("/token") == 2


def test_a_token_that_is_about_to_expire_is_renewed_before_it_is_sent(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["a", "b"]}, rules=Rules(auth="bearer", page_size=1)) as registry:
        # The wait outlives the token, which lives for 60 seconds at least.
        registry.script("/token", as_json({"token": "old", "expires_in": 1}))
        registry.script(LIST, Reply(503, {"Retry-After": "56"}))
        policy = Policy(longest_wait_s=60, repository_s=600, clock=FakeClock())
        found = list_tags(f"{registry.host}/team/web", tmp_path, policy=policy)

    assert found.tags == ("a", "b")
    assert registry.authorizations()[:2] == ["Bearer old", "Bearer token-4"]


def test_a_second_refusal_is_final(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer", users={USER: PASSWORD}) as registry:
        challenge = {"WWW-Authenticate": f'Bearer realm="{registry.url}/token",error="insufficient_scope"'}
        registry.script(LIST, *[Reply(401, challenge)] * 5)
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: it refused the login from KLUCTL_REGISTRY_USERNAME,"
        f" or that login may not read the repository: 401 Unauthorized (registry {registry.host})"
    )
    assert registry.paths().count(LIST) == 2


def test_a_403_is_final_at_once(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        registry.script(LIST, as_json({"errors": [{"code": "DENIED", "message": "denied"}]}, 403))
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: the repository does not exist or is private;"
        f' it answered 403 Forbidden: "denied" (registry {registry.host})'
    )
    assert registry.paths().count(LIST) == 1


def test_basic_in_answer_to_a_token_is_taken_once(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer", users={USER: PASSWORD}) as registry:
        registry.script(LIST, Reply(401, {"WWW-Authenticate": 'Basic realm="harbor"'}), page("1"))
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == ("1",)
    assert registry.authorizations()[-1] == BASIC


def test_a_401_without_challenge_uses_the_one_of_the_first_contact(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        registry.script(LIST, Reply(401))
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.tags == ("1",)


def test_a_login_that_is_demanded_only_for_the_list_is_given(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, Reply(401, {"WWW-Authenticate": "Basic"}))

    found = list_tags(f"{fake.host}/team/web", tmp_path, login(fake.host))

    assert found.tags == ("main-1", "main-2")
    assert fake.authorizations() == [BASIC]


def test_an_unsupported_kind_of_login_is_named(fake: FakeRegistry, tmp_path: Path) -> None:
    fake.script(LIST, Reply(401, {"WWW-Authenticate": ["Negotiate", 'Digest realm="x"']}))

    found = list_tags(f"{fake.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: it wants a login of a kind that is not supported:"
        f" negotiate, digest (registry {fake.host})"
    )


@pytest.mark.parametrize("realm", ["http://169.254.169.254/token", "https://169.254.169.254/token"])
def test_nothing_is_sent_to_a_login_service_at_an_address_inside(tmp_path: Path, realm: str) -> None:
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(auth="bearer", realm=realm)) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: it names {realm.removesuffix('/token')} as its login"
        f" service, which is refused (registry {registry.host})"
    )


def test_a_login_service_that_is_no_address_is_refused(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(auth="bearer", realm="https://u@auth.example.com")) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: it names a login service that is not an address"
        f" (registry {registry.host})"
    )


def test_a_service_without_oauth2_gets_the_older_request(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        auths = f'{{"auths": {{"{registry.host}": {{"identitytoken": "{PASSWORD}"}}}}}}'
        registry.script("/token", Reply(404))
        found = list_tags(f"{registry.host}/team/web", tmp_path, {"DOCKER_AUTH_CONFIG": auths})

    assert found.tags == ("1",)
    assert [request.method for request in registry.requests[1:3]] == ["POST", "GET"]


def test_an_identity_token_is_exchanged_by_post(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        auths = f'{{"auths": {{"{registry.host}": {{"identitytoken": "{PASSWORD}"}}}}}}'
        registry.script("/token", as_json({"access_token": "exchanged"}))
        registry.script(LIST, page("1"))
        found = list_tags(f"{registry.host}/team/web", tmp_path, {"DOCKER_AUTH_CONFIG": auths})

    assert found.tags == ("1",)
    assert [(request.method, request.path, request.form) for request in registry.requests[1:2]] == [
        (
            "POST",
            "/token",
            (
                f"grant_type=refresh_token&refresh_token={PASSWORD}&client_id=kubectl-images&service=fake"
                "&scope=repository%3Ateam%2Fweb%3Apull"
            ),
        )
    ]
    assert registry.authorizations() == ["Bearer exchanged"]


def test_an_identity_token_that_is_replaced_is_not_sent_again(tmp_path: Path) -> None:
    with FakeRegistry(auth="bearer") as registry:
        auths = f'{{"auths": {{"{registry.host}": {{"identitytoken": "{PASSWORD}"}}}}}}'
        for number in (1, 2):
            answer = {"access_token": f"exchanged-{number}", "refresh_token": f"renewed-{number}"}
            registry.script("/token", as_json(answer))
            registry.script(f"/v2/team/app-{number}/tags/list", page(f"{number}"))
        with Registry({"DOCKER_AUTH_CONFIG": auths}, notice=print, home=tmp_path) as client:
            for number in (1, 2):
                assert client.list_tags(ImageRef.parse(f"{registry.host}/team/app-{number}")) == (f"{number}",)

    forms = [parse_qs(request.form)["refresh_token"] for request in registry.requests if request.method == "POST"]
    assert forms == [[PASSWORD], ["renewed-1"]]


def test_a_registry_token_is_sent_as_it_is(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}, auth="bearer") as registry:
        auths = f'{{"auths": {{"{registry.host}": {{"registrytoken": "{PASSWORD}"}}}}}}'
        registry.script(LIST, page("1"))
        list_tags(f"{registry.host}/team/web", tmp_path, {"DOCKER_AUTH_CONFIG": auths})

    assert registry.authorizations() == [f"Bearer {PASSWORD}"]


def test_a_broken_configuration_is_a_warning_and_part_of_the_refusal(tmp_path: Path) -> None:
    problem = "cannot read DOCKER_AUTH_CONFIG: line 1 is not JSON (Expecting property name enclosed in double quotes)"
    with FakeRegistry({"team/web": ["1"]}, auth="basic", users={USER: PASSWORD}) as registry:
        found = list_tags(f"{registry.host}/team/web", tmp_path, {"DOCKER_AUTH_CONFIG": "{"})

    assert found.notices == [f"{problem}; it is ignored"]
    assert (found.hint or "").splitlines()[0] == problem


# --- Redirects --------------------------------------------------------------------------------------------------


def test_a_login_does_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    with (
        FakeRegistry({"team/web": ["1"]}) as other,
        FakeRegistry({"team/web": []}, auth="basic", users={USER: PASSWORD}) as registry,
    ):
        registry.script(LIST, Reply(307, {"Location": f"{other.url}{LIST}"}))
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == ("1",)
    assert registry.authorizations() == [BASIC]
    assert other.authorizations() == []


def test_a_redirect_to_where_nobody_listens_does_not_accuse_the_registry(tmp_path: Path) -> None:
    with closed_port() as dead, FakeRegistry() as registry:
        registry.script(LIST, *[Reply(307, {"Location": f"http://{dead}/"})] * 2)
        found = list_tags(f"{registry.host}/team/web", tmp_path)

    assert found.message == (
        f"cannot list the tags of {registry.host}/team/web: it redirects to http://{dead}, where this happened:"
        f" nothing listens there (registry {registry.host})"
    )


def test_a_host_behind_a_redirect_gives_an_anonymous_token_of_its_own(tmp_path: Path) -> None:
    tags = [f"t{number}" for number in range(3)]
    with (
        FakeRegistry({"team/web": tags}, rules=Rules(auth="bearer", page_size=1)) as other,
        FakeRegistry({"team/web": []}, auth="basic", users={USER: PASSWORD}) as registry,
    ):
        registry.script(LIST, *[Reply(307, {"Location": f"{other.url}{LIST}"})] * 2)
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == tuple(tags)
    assert {header.split()[0] for header in other.authorizations()} == {"Bearer"}
    assert other.paths().count("/token") == 1


def test_a_host_that_redirects_its_first_contact_demands_nothing_itself(tmp_path: Path) -> None:
    with FakeRegistry(auth="basic", users={USER: PASSWORD}) as other, FakeRegistry({"team/web": ["1"]}) as registry:
        registry.script("/v2/", Reply(307, {"Location": f"{other.url}/v2/"}))
        found = list_tags(f"{registry.host}/team/web", tmp_path, login(registry.host))

    assert found.tags == ("1",)
    assert registry.authorizations() + other.authorizations() == []


# --- Variables and proxies ----------------------------------------------------------------------------------------


def test_a_switch_that_is_neither_on_nor_off_is_an_error(fake: FakeRegistry, tmp_path: Path) -> None:
    environ = {"KLUCTL_REGISTRY_HOST": fake.host, "KLUCTL_REGISTRY_TLSVERIFY": "maybe"}

    found = list_tags(f"{fake.host}/team/web", tmp_path, environ)

    assert found.message == (
        f"cannot list the tags of {fake.host}/team/web: KLUCTL_REGISTRY_TLSVERIFY is 'maybe';"
        f" it must be true or false (also 1, yes, 0, no) (registry {fake.host})"
    )


@pytest.mark.parametrize(
    ("reply", "cause", "hint"),
    [
        pytest.param(
            Reply(407),
            "wants a login",
            "put it into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
            id="login",
        ),
        pytest.param(Reply(403), "refused to connect to it", None, id="refused"),
    ],
)
def test_a_proxy_in_the_way_is_named_without_its_password(
    fake: FakeRegistry, tmp_path: Path, reply: Reply, cause: str, hint: str | None
) -> None:
    fake.script("registry.example.com:443", *[reply] * 4)
    environ = {"HTTPS_PROXY": f"http://{USER}:{PASSWORD}@{fake.host}"}

    found = list_tags("registry.example.com/team/web", tmp_path, environ)

    assert found.message == (
        f"cannot list the tags of registry.example.com/team/web: the proxy http://{fake.host} (from HTTPS_PROXY)"
        f" {cause} (registry registry.example.com)"
    )
    assert found.hint == hint


def test_a_proxy_that_is_down_is_named(tmp_path: Path) -> None:
    with closed_port() as host:
        found = list_tags("registry.example.com/team/web", tmp_path, {"HTTPS_PROXY": f"http://{host}"})

    assert found.message == (
        f"cannot list the tags of registry.example.com/team/web: the proxy http://{host} (from HTTPS_PROXY)"
        " is not reachable (registry registry.example.com)"
    )


def test_a_proxy_that_is_no_address_is_an_error(tmp_path: Path) -> None:
    found = list_tags("registry.example.com/team/web", tmp_path, {"HTTPS_PROXY": "socks5://127.0.0.1:1"})

    assert found.message == (
        "cannot list the tags of registry.example.com/team/web: HTTPS_PROXY names a SOCKS proxy,"
        " which is not supported (registry registry.example.com)"
    )


def test_variables_without_their_host_are_told_once(fake: FakeRegistry, tmp_path: Path) -> None:
    found = list_tags(
        f"{fake.host}/team/web", tmp_path, {"KLUCTL_REGISTRY_1_USERNAME": "u", "KLUCTL_REGISTRY_AUTH": "x"}
    )

    assert found.tags == ("main-1", "main-2")
    assert found.notices == [
        "KLUCTL_REGISTRY_AUTH takes no effect without KLUCTL_REGISTRY_HOST",
        "KLUCTL_REGISTRY_1_USERNAME takes no effect without KLUCTL_REGISTRY_1_HOST",
    ]
