"""The registries that people use, as rules of the fake one: what each demands, and how it cuts a list into pages."""

from __future__ import annotations

from dataclasses import dataclass

from fake_registry_rules import Reply, Rules, an_error

_ANY_SIZE = 10**9
_TOO_MANY = an_error(413, "TOO_MANY_TAGS_REQUESTED", "n is larger than the allowed 100")
_UNSUPPORTED = an_error(405, "UNSUPPORTED", "Invalid parameter at 'maxResults'")
_NEXUS_LINK = '<http://nexus.internal:8081/repository/docker/v2/{name}/tags/list?n={n}&last={last}>; rel="next"'
_QUAY_LINK = '</v2/{name}/tags/list?next_page={last}&n={n}>; rel="next"'

# How many tags `Shape.pages` is about.
COUNTS = (0, 1, 2, 150, 2500)
_SMALL_FIRST = (1, 1, 1, 2, 4)  # 100 tags; then again, as pages of 1,000
# A page of a size that was asked for may hide that there is more: that is one more request for 2,500.
_SMALL_ALWAYS = (1, 1, 1, 3, 27)


@dataclass(frozen=True)
class Shape:
    """The rules of one registry, and how often it is asked for a page of lists that have as many tags as COUNTS say."""

    rules: Rules
    pages: tuple[int, int, int, int, int] = (1, 1, 1, 1, 1)
    login_service_elsewhere: bool = False
    without_login: bool = True


def _bearer(service: str) -> str:
    return f'Bearer realm="{{realm}}",service="{service}"{{scope}}'


SHAPES = {
    "docker-hub": Shape(
        Rules("bearer", challenge=_bearer("registry.docker.io"), hides_missing=True, max_page_size=10_000),
        login_service_elsewhere=True,
    ),
    "ghcr": Shape(
        Rules(
            "bearer",
            challenge=_bearer("ghcr.io"),
            placeholder_scope="repository:user/image:pull",
            denies=True,
            page_size=100,
            max_page_size=1000,
        ),
        _SMALL_FIRST,
    ),
    "gitlab": Shape(Rules("bearer", challenge=_bearer("container_registry"), token_path="/jwt/auth")),
    "gitlab-com": Shape(
        Rules(
            "bearer",
            challenge=_bearer("container_registry"),
            token_path="/jwt/auth",
            in_order=True,
            no_tags=[],
            page_size=100,
            max_page_size=1000,
        ),
        _SMALL_FIRST,
        login_service_elsewhere=True,
    ),
    "quay": Shape(
        Rules(
            "bearer",
            challenge=_bearer("quay.io"),
            token_path="/v2/auth",
            hides_missing=True,
            no_tags=[],
            page_size=100,
            max_page_size=100,
            link=_QUAY_LINK,
        ),
        _SMALL_ALWAYS,
    ),
    "quay-that-refuses-large-pages": Shape(
        Rules(
            "bearer",
            token_path="/v2/auth",
            page_size=100,
            max_page_size=100,
            refused_page_size=101,
            page_size_refusal=_TOO_MANY,
        ),
        _SMALL_ALWAYS,
    ),
    "ecr": Shape(
        Rules(
            "basic",
            challenge='Basic realm="{realm}",service="ecr.amazonaws.com"',
            page_size=100,
            max_page_size=1000,
            refused_page_size=1001,
            page_size_refusal=_UNSUPPORTED,
        ),
        _SMALL_FIRST,
        without_login=False,
    ),
    "ecr-public": Shape(
        Rules("bearer", challenge=_bearer("public.ecr.aws"), page_size=100, max_page_size=1000), _SMALL_FIRST
    ),
    "gar": Shape(Rules("bearer", token_path="/v2/token", no_tags=[], max_page_size=10_000, with_manifests=True)),
    "acr": Shape(
        Rules(
            "bearer",
            identity_token="s3cr3t-identity-token",
            token_path="/oauth2/token",
            token_name="access_token",
            in_order=True,
            page_size=100,
            max_page_size=1000,
        ),
        _SMALL_FIRST,
    ),
    "harbor": Shape(
        Rules(
            "bearer",
            challenge=_bearer("harbor-registry"),
            token_path="/service/token",
            no_tags=[],
            max_page_size=_ANY_SIZE,
        )
    ),
    "harbor-whose-token-does-not-suffice": Shape(
        Rules(
            "bearer",
            challenge=_bearer("harbor-registry"),
            token_path="/service/token",
            challenge_to_useless_token='Basic realm="harbor"',
            max_page_size=_ANY_SIZE,
        ),
        without_login=False,
    ),
    "nexus": Shape(
        Rules(
            "basic",
            challenge='BASIC realm="Sonatype Nexus Repository Manager"',
            page_size=100,
            max_page_size=1000,
            link=_NEXUS_LINK,
        ),
        _SMALL_FIRST,
        without_login=False,
    ),
    "nexus-group": Shape(
        Rules("basic", challenge='BASIC realm="Sonatype Nexus Repository Manager"', max_page_size=_ANY_SIZE, link=""),
        without_login=False,
    ),
    "artifactory": Shape(Rules("bearer", no_tags=[], max_page_size=_ANY_SIZE)),
    "artifactory-in-pages": Shape(
        Rules(
            "basic",
            challenge='Basic realm="Artifactory Realm"',
            page_size=500,
            max_page_size=_ANY_SIZE,
            link='</v2/{rest}/tags/list?last={last}&n={n}>; rel="next"',
            counts=True,
        ),
        (1, 1, 1, 1, 6),
        without_login=False,
    ),
    "zot": Shape(
        Rules(
            "bearer",
            challenge="bearer realm={realm},service=zot{scope}",
            open_ping=True,
            in_order=True,
            no_tags=[],
            max_page_size=_ANY_SIZE,
            unknown_last=Reply(404),
        )
    ),
    "zot-with-basic": Shape(
        Rules("basic", challenge="basic realm=zot", open_ping=True, in_order=True, no_tags=[]), without_login=False
    ),
    "distribution-2.8.2": Shape(Rules()),
    "distribution-3": Shape(Rules(in_order=True, no_tags=[], max_page_size=1000, link_after_last=True)),
    "distribution-3-in-pages": Shape(
        Rules(in_order=True, no_tags=[], page_size=500, max_page_size=500, link_after_last=True), (1, 1, 1, 1, 6)
    ),
}
