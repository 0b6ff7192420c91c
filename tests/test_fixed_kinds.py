from __future__ import annotations

from dataclasses import replace

import pytest
from builders import a_key, a_use

from kubectl_images.errors import FixedImageError
from kubectl_images.fixed_advice import warnings
from kubectl_images.fixed_choice import choose
from kubectl_images.fixed_images import FixedImage, parse_argument
from kubectl_images.fixed_kinds import Words, doubted, spelled_out, to_ask
from kubectl_images.objects import ObjectKey

ROLLOUT = a_use(key=ObjectKey("argoproj.io/v1alpha1", "Rollout", "prod", "web"))
WORDS: Words = {("argoproj.io", "Rollout"): ("rollouts", "rollout", "ro")}


def _entry(deployment: str, namespace: str = "prod") -> FixedImage:
    """Return an entry as it is read from the command line."""
    return parse_argument(f"nginx:{namespace}:{deployment}=nginx:1")


@pytest.mark.parametrize("written", ["ro/web", "rollouts/web", "rollouts.argoproj.io/web", "ro.argoproj.io/web"])
def test_a_short_kind_is_written_out_with_its_group(written: str) -> None:
    found = spelled_out([_entry(written)], [ROLLOUT], WORDS)

    assert [(entry.deployment, entry.group) for entry in found] == [("Rollout/web", "argoproj.io")]
    assert choose(found, [ROLLOUT]).decided == {ROLLOUT: found[0]}


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("Rollout/web", id="in-full"),
        pytest.param("rollout/web", id="kind-in-lower-case"),
        pytest.param("RO/web", id="capitals"),
        pytest.param("ro.example.com/web", id="another-group"),
        pytest.param("rx/web", id="unknown-word"),
        pytest.param("deploy/web", id="built-in-word"),
    ],
)
def test_any_other_kind_stays_as_it_is_written(written: str) -> None:
    entry = _entry(written)

    assert spelled_out([entry], [ROLLOUT], WORDS) == (entry,)


def test_an_entry_without_an_object_stays() -> None:
    entry = parse_argument("nginx=nginx:1")

    assert spelled_out([entry], [ROLLOUT], WORDS) == (entry,)


def test_a_built_in_word_never_means_a_custom_kind() -> None:
    words: Words = {("e.com", "Despatch"): ("despatches", "ds"), ("e.com", "Job"): ("jobs",)}

    found = spelled_out([_entry("ds/web"), _entry("jobs/web")], [ROLLOUT], words)

    assert [entry.deployment for entry in found] == ["DaemonSet/web", "Job/web"]


def test_a_word_that_is_the_kind_of_a_use_stays_that_kind() -> None:
    use = a_use(key=ObjectKey("e.com/v1", "Ro", "prod", "web"))
    entry = _entry("ro/web")

    assert spelled_out([entry], [use, ROLLOUT], WORDS) == (entry,)


def test_a_word_of_several_kinds_is_an_error_with_two_ways_out() -> None:
    words = {**WORDS, ("e.com", "Room"): ("rooms", "ro")}

    with pytest.raises(FixedImageError) as caught:
        spelled_out([_entry("ro/web")], [ROLLOUT], words)

    assert str(caught.value) == (
        '--fixed-image nginx:prod:ro/web=nginx:1: "ro" is the name of several kinds: '
        "Rollout of argoproj.io and Room of e.com"
    )
    assert caught.value.hint == ("write the kind in full, as in Rollout/web, or with its group: ro.argoproj.io/web")
    assert spelled_out([_entry("ro.e.com/web")], [ROLLOUT], words)[0].deployment == "Room/web"


@pytest.mark.parametrize(
    ("written", "keys", "known", "asked"),
    [
        pytest.param("ro/web", [ROLLOUT.key], {}, [("argoproj.io/v1alpha1", "Rollout")], id="unknown-word"),
        pytest.param("ro/web", [ROLLOUT.key] * 2, {}, [("argoproj.io/v1alpha1", "Rollout")], id="once-for-two-uses"),
        pytest.param("ro/web", [ROLLOUT.key], WORDS, [], id="kind-that-is-known"),
        pytest.param("ro/web", [a_key("Deployment")], {}, [], id="only-built-in-kinds"),
        pytest.param("ro/web", [], {}, [], id="no-uses"),
        pytest.param("Rollout/web", [ROLLOUT.key], {}, [], id="in-full"),
        pytest.param("rollout/web", [ROLLOUT.key], {}, [], id="kind-of-a-use"),
        pytest.param("sts/web", [ROLLOUT.key], {}, [], id="built-in-word"),
    ],
)
def test_only_kinds_that_may_be_meant_are_asked_for(
    written: str, keys: list[ObjectKey], known: Words, asked: list[tuple[str, str]]
) -> None:
    uses = [a_use(key=key) for key in keys]

    assert to_ask([parse_argument("nginx=nginx:1"), _entry(written)], uses, known) == tuple(asked)


def test_an_entry_that_could_not_be_understood_says_so_when_it_matches_nothing() -> None:
    entries = doubted([_entry("ro/web"), _entry("Rollout/web")], [ROLLOUT], "no kubeconfig")

    warning = (
        "--fixed-image nginx:prod:ro/web=nginx:1: this fixed image matched nothing; rollout.argoproj.io/web differs "
        'from it in the object alone: "Rollout/web", not "ro/web"; the cluster could not be asked which kind "ro" is: '
        "no kubeconfig; write the kind in full, as in Rollout/web"
    )
    assert warnings(choose(entries, [ROLLOUT])) == [warning]


def test_doubts_change_nothing_else() -> None:
    entry = _entry("ro/web")

    assert [replace(found, doubt="") for found in doubted([entry], [ROLLOUT], "why")] == [entry]
