from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from builders import a_call, a_deployment, a_key, a_manifest, a_use, inserted

from kubectl_images.apply import Outcome, Status
from kubectl_images.images import Use, find_uses
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.plan import ImageChange, image_changes, summary
from kubectl_images.resolve import Decision


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param({}, ["app: (unknown) -> nginx:2 (registry)"], id="not-read"),
        pytest.param({a_key(): None}, ["app: (none) -> nginx:2 (registry)"], id="not-there"),
        pytest.param({a_key(): a_deployment({"log": "x"})}, ["app: (none) -> nginx:2 (registry)"], id="new-container"),
        pytest.param({a_key(): a_deployment({"app": "nginx:1"})}, ["app: nginx:1 -> nginx:2 (registry)"], id="newer"),
        pytest.param({a_key(): a_deployment({"app": "other:1"})}, ["app: other:1 -> nginx:2 (registry)"], id="other"),
        pytest.param({a_key(): a_deployment({"app": "nginx:2"})}, [], id="same"),
    ],
)
def test_a_change_says_what_runs_what_comes_and_why(live: Mapping[ObjectKey, Body | None], expected: list[str]) -> None:
    changes = image_changes([Decision(a_use(), "nginx:2", "registry")], live)

    assert {str(key): [str(change) for change in found] for key, found in changes.items()} == (
        {"deployment.apps/web": expected} if expected else {}
    )


def test_an_image_that_is_fixed_to_another_repository_and_runs_is_no_change() -> None:
    live = {a_key(): a_deployment({"app": "mirror.example.com/web:1"})}

    assert image_changes([Decision(a_use(), "mirror.example.com/web:1", "fixed")], live) == {}


def test_images_of_one_string_that_are_fixed_to_other_repositories_and_run_are_no_change() -> None:
    uses = uses_of_one_string("nginx", "redis")

    assert image_changes(decided(uses, "m/a:1", "m/b:1"), {a_key("Widget"): holding("m/a:1-m/b:1")}) == {}


def test_changes_are_grouped_by_object_in_the_order_of_the_uses() -> None:
    uses = [a_use(container="b"), a_use(key=a_key(name="api"), container=""), a_use(container="a")]
    decisions = [Decision(use, "nginx:2", "fixed") for use in uses]

    assert image_changes(decisions, {a_key(): None, a_key(name="api"): None}) == {
        a_key(): [ImageChange(decisions[0], None), ImageChange(decisions[2], None)],
        a_key(name="api"): [ImageChange(decisions[1], None)],
    }
    assert str(ImageChange(decisions[1], None)) == "spec.image: (none) -> nginx:2 (fixed)"


@pytest.mark.parametrize(
    ("held", "shown"),
    [
        pytest.param("hunter2", "***", id="something-else"),
        pytest.param("nginx:1", "nginx:1", id="image-of-the-repository"),
    ],
)
def test_nothing_of_a_secret_is_shown_but_our_own_images(held: str, shown: str) -> None:
    use = a_use(a_call("nginx"), key=a_key("Secret"), container="")
    live: Body = {"apiVersion": "v1", "kind": "Secret", "spec": {"image": held}}

    ((change,),) = image_changes([Decision(use, "nginx:2", "fixed")], {use.key: live}).values()

    assert str(change) == f"spec.image: {shown} -> nginx:2 (fixed)"


def test_the_images_of_one_string_are_told_apart_as_when_they_are_decided() -> None:
    uses = uses_of_one_string("nginx", "redis")

    changes = image_changes(decided(uses, "nginx:1", "redis:8"), {a_key("Widget"): holding("nginx:1-redis:7")})

    assert [str(change) for change in changes[a_key("Widget")]] == ["spec.image#2: redis:7 -> redis:8 (fixed)"]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param(("a:1", "a", "a:2-a"), [], id="same-text"),
        pytest.param(
            ("a:1", "a", "a:3"),
            [
                "spec.image: a:1-a-a:2-a -> a:1 (fixed)",
                "spec.image#2: a:1-a-a:2-a -> a (fixed)",
                "spec.image#3: a:1-a-a:2-a -> a:3 (fixed)",
            ],
            id="another-text",
        ),
    ],
)
def test_a_string_that_can_be_read_in_two_ways_is_shown_whole(images: tuple[str, ...], expected: list[str]) -> None:
    uses = uses_of_one_string("a", "a", "a")

    changes = image_changes(decided(uses, *images), {a_key("Widget"): holding("a:1-a-a:2-a")})

    assert [str(change) for found in changes.values() for change in found] == expected


def test_a_file_that_holds_no_such_image_is_not_shown() -> None:
    use = a_use(a_call("nginx"), key=a_key("Widget"), container="", texts=("image: ", "\n"))

    changes = image_changes(decided([use], "nginx:1"), {use.key: holding("replicas: 1\nmore: 2\n")})

    assert [str(change) for change in changes[use.key]] == ["spec.image: (other text) -> nginx:1 (fixed)"]


def holding(image: str) -> Body:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"image": image}}


def uses_of_one_string(*images: str) -> list[Use]:
    """Return the uses `@-@-...` in the spec.image of a widget."""
    placeholders, inserts = inserted(*map(a_call, images))
    metadata = {"name": "web", "namespace": "prod"}
    return list(find_uses([a_manifest({**holding("-".join(inserts)), "metadata": metadata})], placeholders))


def decided(uses: Sequence[Use], *images: str) -> list[Decision]:
    return [Decision(use, image, "fixed") for use, image in zip(uses, images, strict=True)]


@pytest.mark.parametrize(
    ("statuses", "text"),
    [
        pytest.param([], "0 objects: applied 0, unchanged 0, failed 0", id="none"),
        pytest.param(["created"], "1 object: applied 1, unchanged 0, failed 0", id="one"),
        pytest.param(["unchanged", "created"], "2 objects: applied 1, unchanged 1, failed 0", id="two"),
        pytest.param(
            ["not tried", "failed", "unchanged", "applied", "configured", "created", "replaced", "not tried"],
            "8 objects: applied 4, unchanged 1, failed 1, not tried 2",
            id="one-of-each",
        ),
    ],
)
def test_a_summary_counts_what_was_applied_what_is_as_before_and_what_failed(statuses: list[Status], text: str) -> None:
    manifest = a_manifest(a_deployment({}))

    assert summary(Outcome(manifest, status) for status in statuses) == text
