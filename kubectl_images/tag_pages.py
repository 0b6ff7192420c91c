"""The pages of a tag list: what one holds, where the next one is, and when the list is complete.

Source: OCI distribution-spec, "Listing Tags" (end-8a, end-8b); RFC 8288 for `Link`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from .registry_answers import Answer, Kind, RequestError, json_of, registry_errors
from .registry_policy import Policy

# ECR refuses more than 1,000 a page, and distribution cuts to it: https://github.com/google/go-containerregistry/issues/681
_PAGE_SIZE = 1000
_SMALL_PAGE = 100
# The second is Harbor's. Any other code may be of a registry that has the repository, and lists no tags.
_UNKNOWN = frozenset({"NAME_UNKNOWN", "NOT_FOUND"})
_ABOUT_PAGE_SIZE = re.compile(rb"\bn\b|limit|maxResults|pagination|too_many_tags", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
# Without "<" in an address, or a header full of them would take hours.
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s;,"=]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page; `next_url` is None on the last. `odd` counts entries that are no tags; `lost` says that a Link was.

    `is_list` says whether the answer speaks of tags at all.
    """

    url: str
    tags: tuple[str, ...]
    next_url: str | None = None
    odd: int = 0
    lost: bool = False
    is_list: bool = True


@dataclass(frozen=True)
class TagList:
    """Every tag once, in the registry's order, and what was strange about the list."""

    tags: tuple[str, ...]
    remarks: tuple[str, ...] = ()


class _PlaceLostError(RequestError):
    """The registry does not know any more where a page begins: the last tag of the page before was deleted."""


def read_page(answer: Answer) -> Page:
    """Return the page in an answer. Raises RequestError when it is none."""
    if answer.status >= 300:
        raise _refused(answer)
    content = json_of(answer)
    if registry_errors(answer.body):
        raise RequestError(f"it has a problem: {answer.outcome}", hint="try again later", tries=2)
    entries = content.get("tags") if isinstance(content, dict) else False
    if entries is None:
        entries = []
    if not isinstance(entries, list):
        raise RequestError("it sent JSON that is not a tag list", hint="check the registry's address")
    tags = tuple(entry for entry in entries if isinstance(entry, str) and _TAG.fullmatch(entry))
    next_url, lost = _next_url(answer)
    return Page(answer.url, tags, next_url, len(entries) - len(tags), lost, "tags" in content)


def whole_list(fetch: Callable[[str], Page], path: str, policy: Policy) -> TagList:
    """Return the tags of all pages. Raises RequestError when one is lost: a part may miss the newest tag.

    The first request names no page size. Registries that send everything then need one request, and those that
    do not are asked again for pages of 1,000. When a tag goes away that a page begins after, all is asked once more.
    """
    try:
        return _all_pages(fetch, path, policy)
    except _PlaceLostError:
        return _all_pages(fetch, path, policy)


def _all_pages(fetch: Callable[[str], Page], path: str, policy: Policy) -> TagList:
    page = _first_page(fetch, path)
    if page.next_url and len(page.tags) <= _SMALL_PAGE:
        larger = _larger_page(fetch, path)
        # A registry that says less when it is asked for more is not believed.
        if larger and (larger.next_url or len(larger.tags) > len(page.tags)):
            page = larger
    tags, odd, asked = dict.fromkeys(page.tags), page.odd, {page.url}
    while url := _after(page, asked):
        if len(asked) >= policy.max_pages or len(tags) > policy.max_tags:
            raise RequestError(f"the tag list does not end: {len(tags)} tags after {len(asked)} pages")
        asked.add(url)
        is_probe = page.next_url is None
        page = _fetch_next(fetch, url, len(asked), len(tags))
        if not page.is_list:
            raise _incomplete(f"page {len(asked)} holds no list")
        known = len(tags)
        tags.update(dict.fromkeys(page.tags))
        odd += page.odd
        if len(tags) == known and is_probe:
            break
        if len(tags) == known and page.tags and page.next_url:
            raise _incomplete(f"page {len(asked)} holds only tags of the pages before, and links to more")
    return TagList(tuple(tags), _remarks(odd))


def _after(page: Page, asked: Collection[str]) -> str | None:
    """Return where the list goes on; None at its end. Raises RequestError when it goes on, but nobody knows where."""
    if page.lost:
        raise _incomplete(f"the link on page {len(asked)} to the next one leads nowhere")
    if page.next_url is None:
        probe = _probe(page)
        return None if probe in asked else probe
    if page.next_url not in asked:
        return page.next_url
    # Nothing comes after an empty page, whatever it links to.
    if page.tags or page.odd:
        raise _incomplete(f"page {len(asked)} links back to a page before")
    return None


def _probe(page: Page) -> str | None:
    """Return where a further page would be, when a page without a link is as full as it was asked to be.

    Some registries take `n` and `last` but send no link.
    """
    parts = urlsplit(page.url)
    size = dict(parse_qsl(parts.query)).get("n")
    if not page.tags or size != str(len(page.tags) + page.odd):
        return None
    return urlunsplit(parts._replace(query=urlencode({"n": size, "last": page.tags[-1]})))


def _incomplete(reason: str) -> RequestError:
    return RequestError(f"the tag list is incomplete: {reason}", hint="tell the registry's owner")


def _first_page(fetch: Callable[[str], Page], path: str) -> Page:
    try:
        return fetch(path)
    except RequestError as exc:
        if exc.kind is not Kind.REFUSED_PAGE_SIZE:
            raise
        return fetch(f"{path}?n={_SMALL_PAGE}")


def _larger_page(fetch: Callable[[str], Page], path: str) -> Page | None:
    try:
        return fetch(f"{path}?n={_PAGE_SIZE}")
    except RequestError as exc:
        if exc.kind is Kind.REFUSED_PAGE_SIZE:
            return None
        raise RequestError(f"the tag list is incomplete: {exc.cause}", hint=exc.hint) from exc


def _fetch_next(fetch: Callable[[str], Page], url: str, number: int, known: int) -> Page:
    try:
        return fetch(url)
    except RequestError as exc:
        tags = "1 tag" if known == 1 else f"{known} tags"
        cause = f"the tag list is incomplete: page {number} failed after {tags}: {exc.cause}"
        kind = _PlaceLostError if exc.kind is Kind.NOTHING_HERE else RequestError
        raise kind(cause, hint=exc.hint or "try again") from exc


def _remarks(odd: int) -> tuple[str, ...]:
    return (f"{odd} of its entries are not tags and were left out",) if odd else ()


def _refused(answer: Answer) -> RequestError:
    errors = registry_errors(answer.body)
    if answer.status == 404 and any(error.get("code") in _UNKNOWN for error in errors if isinstance(error, dict)):
        return RequestError(
            f"the registry has no such repository: {answer.outcome}",
            hint="check the name of the image",
            kind=Kind.UNKNOWN_REPOSITORY,
        )
    if answer.status == 404 and errors:
        return RequestError(f"it answered {answer.outcome}", hint="check the name of the image")
    if answer.status == 404:
        cause = f"no registry answers at this path: {answer.outcome}"
        kind = Kind.OTHER if answer.body else Kind.NOTHING_HERE
        return RequestError(cause, hint="check the registry's address", kind=kind)
    is_size = answer.status in {405, 413} or (answer.status == 400 and _ABOUT_PAGE_SIZE.search(answer.body))
    return RequestError(f"it answered {answer.outcome}", kind=Kind.REFUSED_PAGE_SIZE if is_size else Kind.OTHER)


def _next_url(answer: Answer) -> tuple[str | None, bool]:
    """Return the next page's URL, and whether a link to one is there that cannot be used.

    Only the query of the link counts. Its host and path are often wrong: behind proxies, in Artifactory, in Nexus.
    """
    text = answer.header("link")
    links = _LINK.findall(text)
    targets = [target for target, parameters in links if _is_next(parameters)]
    if not targets:
        # Only links that say what else they are for end a list; whatever cannot be read may lead on.
        unread = _LINK.sub("", text).strip(" \t,")
        return None, bool(unread) or any(_REL.search(parameters) is None for _, parameters in links)
    try:
        query = urlsplit(urljoin(answer.url, targets[0])).query
    except ValueError:
        query = ""
    if not query:
        return None, True
    return urlunsplit(urlsplit(answer.url)._replace(query=query, fragment="")), False


def _is_next(parameters: str) -> bool:
    rel = _REL.search(parameters)
    return rel is not None and "next" in (rel[1] or rel[2] or "").strip("'").lower().split()
