"""What is said of fixed images that match nothing, that match elsewhere, or that pin nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import a_call, a_key, a_use

from kubectl_images.errors import FixedImageError
from kubectl_images.fixed_advice import check_namespaces, warnings
from kubectl_images.fixed_choice import choose
from kubectl_images.fixed_images import FixedImage, parse_argument
from kubectl_images.images import Use
from kubectl_images.objects import Item

CONTAINER = "spec.template.spec.containers[app].image"
EXACT = FixedImage(
    "nginx:1",
    image="nginx",
    namespace="dev",
    deployment="Deployment/web",
    container="app",
    path=CONTAINER,
    origin="f.yaml:3",
    in_file=True,
)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        pytest.param(FixedImage("x:1", image="redis"), "", id="nothing-like-it"),
        pytest.param(FixedImage("x:1", image="ngnix"), "; is nginx meant?", id="a-slip-in-the-image"),
        pytest.param(
            FixedImage("x:1", image="nginx", namespace="dev"),
            '; deployment.apps/web differs from it in the namespace alone: "prod", not "dev"',
            id="namespace",
        ),
        pytest.param(
            FixedImage("x:1", image="nginx", container="ap"),
            '; deployment.apps/web differs from it in the container alone: "app", not "ap"',
            id="container",
        ),
        pytest.param(
            FixedImage("x:1", image="nginx", path="spec.image"),
            f'; deployment.apps/web differs from it in the path alone: "{CONTAINER}", not "spec.image"',
            id="path",
        ),
        pytest.param(
            FixedImage("x:1", image="nginx", deployment="Deployment/wbe"),
            '; deployment.apps/web differs from it in the object alone: "Deployment/web", not "Deployment/wbe"',
            id="object",
        ),
        pytest.param(
            FixedImage("x:1", image="nginx", deployment="Deployment/web", group="e.com"),
            '; deployment.apps/web differs from it in the group alone: "apps", not "e.com"',
            id="group",
        ),
        pytest.param(
            FixedImage("x:1", image_regex="n", namespace="prod"),
            '; deployment.apps/web differs from it in the image alone: "nginx", not "n"',
            id="image-of-the-object",
        ),
        pytest.param(FixedImage("x:1", image="nginx", namespace="dev", container="x"), "", id="two-parts"),
    ],
)
def test_an_entry_that_matches_nothing_is_said_to_be_near_where_a_single_part_is_wrong(
    entry: FixedImage, reason: str
) -> None:
    assert warnings(choose([replace(entry, origin="f:1")], [a_use()])) == [
        f"f:1: this fixed image matched nothing{reason}"
    ]


def test_the_same_image_elsewhere_is_nearer_than_another_image_here() -> None:
    entry = FixedImage("x:1", image="nginx", namespace="dev", origin="f:1")
    here = a_use(a_call("redis"), key=a_key(name="cache", namespace="dev"))

    (warning,) = warnings(choose([entry], [here, a_use()]))

    assert warning.endswith('; deployment.apps/web differs from it in the namespace alone: "prod", not "dev"')


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        pytest.param("nginx=nginx:1", [], id="tag"),
        pytest.param("nginx=nginx@sha256:" + 64 * "a", [], id="digest"),
        pytest.param("nginx=team/web:1", [], id="another-repository"),
        pytest.param(
            "nginx=nginx", ["nginx has neither tag nor digest and means docker.io/library/nginx:latest"], id="n"
        ),
        pytest.param(
            "nginx=reg:5000/web",
            ["reg:5000/web has neither tag nor digest and means reg:5000/web:latest"],
            id="another-without-tag",
        ),
        pytest.param(
            "nginx=main-4",
            [
                (
                    "main-4 has neither tag nor digest and means docker.io/library/main-4:latest; "
                    "if main-4 is a tag, the result is written nginx:main-4"
                )
            ],
            id="a-tag-alone",
        ),
    ],
)
def test_a_result_that_pins_nothing_is_a_warning(argument: str, expected: list[str]) -> None:
    assert warnings(choose([parse_argument(argument)], [a_use()])) == [
        f"--fixed-image {argument}: {text}" for text in expected
    ]


def test_a_result_that_pins_nothing_is_no_guess_where_the_image_is_a_pattern() -> None:
    entry = FixedImage("main-4", image_regex="n.*", origin="f:1")

    assert warnings(choose([entry], [a_use()])) == [
        "f:1: main-4 has neither tag nor digest and means docker.io/library/main-4:latest"
    ]


@pytest.mark.parametrize(
    ("count", "last"),
    [
        pytest.param(3, None, id="three"),
        pytest.param(4, "1 more fixed image has a result without tag or digest", id="four"),
        pytest.param(9, "6 more fixed images have results without tag or digest", id="nine"),
    ],
)
def test_three_of_many_are_named(count: int, last: str | None) -> None:
    entries = [FixedImage("nginx", image="nginx", origin=f"f:{number}") for number in range(count)]

    found = warnings(choose(entries, [a_use()]))

    assert len(found) == 3 + (last is not None)
    assert last is None or found[-1] == last


# A file of another namespace.


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="none"),
        pytest.param([replace(EXACT, in_file=False)], id="of-the-command-line"),
        pytest.param([replace(EXACT, deployment=None)], id="of-any-object"),
        pytest.param([replace(EXACT, path=None)], id="written-by-hand"),
        pytest.param([replace(EXACT, image="redis")], id="of-another-image"),
        pytest.param([replace(EXACT, deployment="Deployment/api")], id="of-another-object"),
        pytest.param([replace(EXACT, namespace="prod")], id="of-this-namespace"),
    ],
)
def test_what_a_file_does_not_name_but_for_the_namespace_is_decided_by_other_rules(
    entries: Sequence[FixedImage],
) -> None:
    check_namespaces(choose(entries, [a_use()]))


ELSEWHERE = "is fixed in namespace dev, and nothing fixes it in prod"
ANY_NAMESPACE = "take a file that fits any namespace: `kubectl images list --simple` writes one"


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (2, 2), (3, 3), (5, 3)], ids=["one", "two", "three", "five"])
def test_a_file_that_names_the_uses_in_another_namespace_is_an_error(count: int, shown: int) -> None:
    entries = [
        replace(
            EXACT, image=f"image{number}", deployment=f"Deployment/web{number}", container=None, origin=f"f:{number}"
        )
        for number in range(count)
    ]
    uses = [a_use(a_call(f"image{number}"), key=a_key(name=f"web{number}")) for number in range(count)]

    with pytest.raises(FixedImageError) as caught:
        check_namespaces(choose(entries, uses))

    assert [line.strip() for line in str(caught.value).splitlines()] == [
        *(
            line
            for number in range(shown)
            for line in (
                f"f:{number}: image{number} {ELSEWHERE}",
                f"for deployment.apps/web{number}, app, in web.yaml.j2:1",
            )
        ),
        *([f"and {count - shown} more"] if count > shown else []),
    ]
    assert caught.value.hint == f"deploy to that namespace: -n dev\nor {ANY_NAMESPACE}"


def test_the_cause_comes_first_and_the_others_below_it() -> None:
    uses = [a_use(), a_use(key=a_key(name="api"))]

    with pytest.raises(FixedImageError) as caught:
        check_namespaces(choose([EXACT, replace(EXACT, deployment="Deployment/api", origin="f.yaml:9")], uses))

    assert str(caught.value) == (
        f"f.yaml:3: nginx {ELSEWHERE}\n"
        "    for deployment.apps/web, app, in web.yaml.j2:1\n"
        f"    f.yaml:9: nginx {ELSEWHERE}\n"
        "    for deployment.apps/api, app, in web.yaml.j2:1"
    )


@pytest.mark.parametrize(
    "uses",
    [
        pytest.param([replace(a_use(), placed=True)], id="with-a-namespace-of-its-own"),
        pytest.param([replace(a_use(), item=Item("app"))], id="of-a-project"),
        pytest.param([a_use(), a_use(key=a_key(name="api"))], id="of-two-namespaces"),
    ],
)
def test_no_namespace_is_named_that_not_all_objects_can_go_to(uses: Sequence[Use]) -> None:
    entries = [EXACT, replace(EXACT, deployment="Deployment/api", namespace="test")]

    with pytest.raises(FixedImageError) as caught:
        check_namespaces(choose(entries, uses))

    assert caught.value.hint == ANY_NAMESPACE


def test_an_entry_of_a_list_that_matches_in_its_own_namespace_does_not_speak_of_others() -> None:
    here, there = a_use(), a_use(key=a_key(namespace="dev"))

    check_namespaces(choose([EXACT], [here, there]))


def test_a_use_that_another_entry_fixes_is_no_use_of_another_namespace() -> None:
    check_namespaces(choose([EXACT, FixedImage("nginx:2", image="nginx")], [a_use()]))


@pytest.mark.parametrize("scope", [(), (1,)], ids=["root", "include"])
def test_a_project_may_pin_what_does_not_take_part(scope: tuple[int, ...]) -> None:
    assert warnings(choose([FixedImage("redis:1", image="redis", in_project=True, scope=scope)], [a_use()])) == []


def test_a_result_of_a_project_that_pins_nothing_is_a_warning_all_the_same() -> None:
    entry = FixedImage("nginx", image="nginx", in_project=True, origin="deployment.yaml:3")

    assert warnings(choose([entry], [a_use()])) == [
        "deployment.yaml:3: nginx has neither tag nor digest and means docker.io/library/nginx:latest"
    ]
