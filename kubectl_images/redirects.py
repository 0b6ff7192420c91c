"""Following redirects by hand, so that no login follows them and none leads to a place it must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin

from .origins import Origin, may_redirect, origin_of
from .registry_answers import Answer, RequestError
from .registry_http import Request

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def follow(request: Request, send: Callable[[Request], Answer], max_redirects: int) -> Answer:
    """Return the answer at the end of the redirects; `Authorization` is dropped for good at the first other origin.

    Raises RequestError for a redirect that is refused, and for more of them than allowed. A POST is not redirected.
    """
    first = origin_of(request.url)
    for _ in range(max_redirects + 1):
        answer = _sent(request, first, send)
        if answer.status not in _REDIRECTS or request.form is not None:
            return answer
        request = _next(request, answer)
    raise RequestError(f"it redirects more than {max_redirects} times")


def _sent(request: Request, first: Origin, send: Callable[[Request], Answer]) -> Answer:
    try:
        return send(request)
    except RequestError as exc:
        target = origin_of(request.url)
        if target == first:
            raise
        raise RequestError(
            f"it redirects to {target}, where this happened: {exc.cause}", hint=exc.hint, tries=exc.tries
        ) from exc


def _next(request: Request, answer: Answer) -> Request:
    try:
        url = urljoin(request.url, answer.header("location"))
        source, target = origin_of(request.url), origin_of(url)
    except ValueError:
        raise RequestError("it redirects to something that is not an address") from None
    if not may_redirect(source, target):
        raise RequestError(f"it redirects to {target}, which is refused", hint="tell the registry's owner")
    return replace(request, url=url, authorization=request.authorization if target == source else None)
