"""The tag list of the fake registry, cut into pages as its rules say."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

from fake_registry_rules import Reply, Rules, as_json


def tag_page(rules: Rules, repository: str, pushed: Sequence[str], query: str) -> Reply:
    """Answer the request for a page of a repository's tags, which come in the order in which they were pushed."""
    wanted = dict(parse_qsl(query))
    if rules.refused_page_size is not None and int(wanted.get("n", 0)) >= rules.refused_page_size:
        return rules.page_size_refusal
    tags = sorted(pushed) if rules.in_order else list(pushed)
    size = _size(rules, wanted)
    if size is None:
        return as_json(_content(rules, repository, tags))
    first = _first(rules, tags, wanted)
    if first is None and rules.unknown_last:
        return rules.unknown_last
    page = tags[first or 0 :][:size]
    end = (first or 0) + len(page)
    is_last = end >= len(tags) and not (rules.link_after_last and len(page) == size)
    headers = {} if is_last or not rules.link else {"Link": _link(rules, repository, page[-1], end, size)}
    return as_json(_content(rules, repository, page), headers=headers)


def _size(rules: Rules, wanted: Mapping[str, str]) -> int | None:
    if rules.max_page_size is None or "n" not in wanted:
        return rules.page_size
    return min(int(wanted["n"]), rules.max_page_size)


def _first(rules: Rules, tags: Sequence[str], wanted: Mapping[str, str]) -> int | None:
    """Return the index of a page's first tag, None when its place is not known."""
    last = wanted.get("last") or wanted.get("next_page")
    if last is None:
        return 0
    if rules.counts:
        return int(last) if last.isdecimal() else None
    if last in tags:
        return tags.index(last) + 1
    return bisect_right(tags, last) if rules.in_order and not rules.unknown_last else None


def _link(rules: Rules, repository: str, last: str, count: int, size: int) -> str:
    rest = repository.partition("/")[2]
    return rules.link.format(name=repository, rest=rest, last=count if rules.counts else quote(last), n=size)


def _content(rules: Rules, repository: str, tags: Sequence[str]) -> dict[str, Any]:
    content: dict[str, Any] = {"name": repository, "tags": list(tags) or rules.no_tags}
    if rules.with_manifests:
        content["child"] = []
        content["manifest"] = {
            f"sha256:{number:064x}": {"imageSizeBytes": "1024", "tag": [tag], "timeCreatedMs": "1767225600000"}
            for number, tag in enumerate(tags)
        }
    return content
