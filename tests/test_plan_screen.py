from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from builders import a_call, a_deployment, a_key, a_manifest, a_use
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.apply import Outcome, Status
from kubectl_images.objects import ObjectKey
from kubectl_images.plan import ImageChange
from kubectl_images.plan_names import Line
from kubectl_images.plan_screen import plan_lines
from kubectl_images.resolve import Decision, Source
from kubectl_images.terminal import ANSWERS, Size

QUESTION = "Apply to namespace prod of context production (https://10.0.0.1:6443)?"
WARNING = "it is deleted and created anew, which ends its pods"


def outcome(
    name: str, status: Status, *, kind: str = "Deployment", namespace: str = "prod", notes: Sequence[str] = ()
) -> Outcome:
    body = a_deployment({}, name=name, namespace=namespace)
    if kind != "Deployment":
        body |= {"apiVersion": "v1", "kind": kind}
    manifest = a_manifest(body)
    warnings = (WARNING,) if status == "replaced" else ()
    return Outcome(manifest, status, warnings=warnings, notes=tuple(notes))


def change(
    name: str = "web",
    old: str | None = "web:1",
    new: str = "web:2",
    source: Source = "registry",
    *,
    namespace: str = "prod",
    container: str = "app",
) -> dict[ObjectKey, list[ImageChange]]:
    key = a_key(name=name, namespace=namespace)
    return {key: [ImageChange(Decision(a_use(a_call("web"), key=key, container=container), new, source), old)]}


def shown(
    outcomes: Sequence[Outcome],
    changes: Mapping[ObjectKey, Sequence[ImageChange]] | None = None,
    *,
    columns: int = 80,
    rows: int = 24,
    question: str = QUESTION,
) -> list[str]:
    return [line.text + line.word for line in plan_lines(outcomes, changes or {}, question, Size(columns, rows))]


def many(count: int, *, same: bool = True) -> tuple[list[Outcome], dict[ObjectKey, list[ImageChange]]]:
    """Return Deployments whose image changes, all in the same way or each in its own."""
    names = [f"web-{number}" for number in range(count)]
    changes: dict[ObjectKey, list[ImageChange]] = {}
    for name in names:
        changes |= change(name) if same else change(name, f"{name}:1", f"{name}:2")
    return [outcome(name, "configured") for name in names], changes


def test_everything_that_changes_is_told_with_its_images_and_the_rest_is_counted() -> None:
    outcomes = [
        outcome("api", "unchanged"),
        outcome("new", "created"),
        outcome("web", "configured", notes=["taken over from kubectl-edit"]),
        outcome("blind", "applied"),
    ]

    assert shown(outcomes, change("new", None) | change("web") | change("api")) == [
        "deployment.apps/new to create",
        "    app: (none) -> web:2 (registry)",
        "deployment.apps/web to change",
        "    taken over from kubectl-edit",
        "    app: web:1 -> web:2 (registry)",
        "deployment.apps/blind to apply",
        "plan for 4 objects: 1 to create, 1 to change, 1 to apply, 1 unchanged",
    ]


def test_what_is_replaced_stands_first_with_what_that_means() -> None:
    lines = plan_lines([outcome("web", "created"), outcome("job", "replaced")], {}, QUESTION, Size(80, 24))

    assert lines == [
        Line("deployment.apps/job ", "to replace", ("red", "bold")),
        Line("    ", WARNING, ("red",)),
        Line("deployment.apps/web ", "to create", ("green",)),
        Line("plan for 2 objects: 1 to replace, 1 to create"),
    ]


def test_with_several_namespaces_each_object_is_named_with_its_own() -> None:
    outcomes = [outcome("web", "created", namespace="a"), outcome("web", "unchanged", namespace="b")]

    assert shown(outcomes) == [
        "deployment.apps/web in a to create",
        "plan for 2 objects: 1 to create, 1 unchanged",
    ]


@pytest.mark.parametrize(
    ("count", "rows", "lines"),
    [
        pytest.param(
            1, 5, ["deployment.apps/web-0 to change", "    app: web:1 -> web:2 (registry)"], id="all-of-one-fits"
        ),
        pytest.param(1, 4, ["... and 1 more: --dry-run=server"], id="nothing-fits"),
        pytest.param(
            2,
            6,
            [
                "web:1 -> web:2 (registry) in 2 objects",
                "deployment.apps/web-0, deployment.apps/web-1 to change",
                "one by one: --dry-run=server",
            ],
            id="names-fit",
        ),
        pytest.param(
            40,
            6,
            [
                "web:1 -> web:2 (registry) in 40 objects",
                "deployment.apps/web-0, deployment.apps/web-1, 38 more deployment.apps to change",
                "one by one: --dry-run=server",
            ],
            id="some-names-fit",
        ),
        pytest.param(40, 5, ["web:1 -> web:2 (registry) in 40 objects", "all of them: --dry-run=server"], id="images"),
    ],
)
def test_where_not_everything_fits_what_is_alike_is_told_once(count: int, rows: int, lines: Sequence[str]) -> None:
    found = shown(*many(count), rows=rows)

    assert found == [*lines, f"plan for {count} object{'s' if count > 1 else ''}: {count} to change"]


def test_what_does_not_fit_even_so_is_counted_and_the_way_to_see_it_is_shown() -> None:
    frequent, changes = many(3)
    others, other_changes = many(183, same=False)
    outcomes = [outcome("api", "created"), *others[3:], *frequent]

    found = shown(outcomes, {**other_changes, **changes}, rows=9)

    assert found == [
        "web:1 -> web:2 (registry) in 3 objects",
        "deployment.apps/web-3 app: web-3:1 -> web-3:2 (registry)",
        "deployment.apps/web-4 app: web-4:1 -> web-4:2 (registry)",
        "1 deployment.apps to create",
        "deployment.apps/web-3, deployment.apps/web-4, 181 more deployment.apps to change",
        "... and 178 more: --dry-run=server",
        "plan for 184 objects: 1 to create, 183 to change",
    ]


def test_notes_are_told_once_with_the_number_of_objects() -> None:
    outcomes = [outcome(f"web-{number}", "configured", notes=["taken over from helm"]) for number in range(30)]

    assert shown(outcomes, rows=7) == [
        "taken over from helm in 30 objects",
        "deployment.apps/web-0, deployment.apps/web-1, deployment.apps/web-2,",
        "deployment.apps/web-3, deployment.apps/web-4, 25 more deployment.apps to change",
        "one by one: --dry-run=server",
        "plan for 30 objects: 30 to change",
    ]


def test_a_note_names_its_objects_where_they_fit_in_its_line() -> None:
    outcomes = [
        outcome("web", "configured", notes=["taken over from kubectl-create", "taken over from helm"]),
        outcome("api", "configured", notes=["taken over from helm"]),
    ]

    assert shown([*outcomes, *many(40)[0]], rows=9)[:2] == [
        "taken over from helm: deployment.apps/web, deployment.apps/api",
        "taken over from kubectl-create: deployment.apps/web",
    ]


def a_chart() -> tuple[list[Outcome], dict[ObjectKey, list[ImageChange]]]:
    """Return 31 ConfigMaps, and behind them two Deployments with a new image and one that was another's."""
    outcomes = [outcome(f"settings-{number}", "configured", kind="ConfigMap") for number in range(31)]
    outcomes.append(outcome("proxy", "configured", notes=["taken over from kubectl-create"]))
    outcomes += [outcome("api", "configured"), outcome("web", "configured")]
    return outcomes, change("api") | change("web")


def test_the_rows_that_are_left_are_filled_with_names_first_of_those_with_images_then_of_workloads() -> None:
    found = shown(*a_chart(), rows=10)

    assert found == [
        "web:1 -> web:2 (registry) in 2 objects",
        "taken over from kubectl-create: deployment.apps/proxy",
        "deployment.apps/api, deployment.apps/web, deployment.apps/proxy,",
        "configmap/settings-0, configmap/settings-1, configmap/settings-2,",
        "configmap/settings-3, configmap/settings-4, configmap/settings-5,",
        "configmap/settings-6, configmap/settings-7, 23 more configmap to change",
        "one by one: --dry-run=server",
        "plan for 34 objects: 34 to change",
    ]


def test_every_name_is_there_when_the_rows_are_enough() -> None:
    outcomes, changes = a_chart()

    text = " ".join(shown(outcomes, changes))

    assert [str(item.manifest.key) for item in outcomes if str(item.manifest.key) not in text] == []
    assert "more" not in text


@pytest.mark.parametrize(
    ("columns", "rows", "lines"),
    [
        pytest.param(
            80,
            6,
            [
                "web:1 -> web:2 (registry) in 2 objects",
                "deployment.apps/api, 2 more deployment.apps, 31 configmap to change",
                "... and 1 more: --dry-run=server",
            ],
            id="before-notes",
        ),
        pytest.param(
            36,
            9,
            ["web:1", "  -> web:2 (registry) in 2 objects", "... and 1 more: --dry-run=server"],
            id="narrow",
        ),
        pytest.param(80, 5, ["web:1 -> web:2 (registry) in 2 objects", "... and 1 more: --dry-run=server"], id="low"),
    ],
)
def test_images_are_shown_before_anything_else_that_changes(columns: int, rows: int, lines: Sequence[str]) -> None:
    assert shown(*a_chart(), columns=columns, rows=rows)[:-1] == lines


def test_the_counts_make_room_where_that_shows_every_image() -> None:
    outcomes, changes = many(2, same=False)

    assert shown([*outcomes, outcome("new", "created")], changes, rows=6) == [
        "deployment.apps/web-0 app: web-0:1 -> web-0:2 (registry)",
        "deployment.apps/web-1 app: web-1:1 -> web-1:2 (registry)",
        "all of them: --dry-run=server",
        "plan for 3 objects: 1 to create, 2 to change",
    ]


def test_an_image_that_is_not_known_is_not_told_as_none() -> None:
    decision = change("web")[a_key()][0].decision
    changes = {a_key(): [ImageChange(decision, None, known=False)]}

    assert shown([outcome("web", "applied")], changes)[1] == "    app: (unknown) -> web:2 (registry)"


def test_unknown_images_and_none_are_told_apart_where_they_are_together() -> None:
    outcomes, changes = many(3)
    decisions = [changes[item.manifest.key][0].decision for item in outcomes]
    changes = {item.use.key: [ImageChange(item, None, known=number > 0)] for number, item in enumerate(decisions)}

    assert shown(outcomes, changes, rows=7)[:2] == [
        "(none) -> web:2 (registry) in 2 objects",
        "deployment.apps/web-0 app: (unknown) -> web:2 (registry)",
    ]


def test_what_is_replaced_is_named_whatever_the_screen_has_room_for() -> None:
    outcomes = [outcome(f"job-{number}", "replaced") for number in range(3)] + many(40)[0]

    assert shown(outcomes, rows=1) == [
        "deployment.apps/job-0, deployment.apps/job-1, deployment.apps/job-2 to replace",
        f"    {WARNING}",
        "all of them: --dry-run=server",
        "plan for 43 objects: 3 to replace, 40 to change",
    ]


DIGEST = "@sha256:" + "0123456789abcdef" * 4
SHORTER = "registry.example.com/a-rather-long-team/web"
LONG = "registry.example.com/a-rather-long-team/with/many/parts/web"


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        pytest.param(
            f"{SHORTER}:main-1",
            f"{SHORTER}:main-2",
            [f"    app: {SHORTER}:main-1", f"      -> {SHORTER}:main-2 (registry)"],
            id="in-two-lines",
        ),
        pytest.param(
            f"{LONG}:{'m' * 30}",
            f"{LONG}:{'n' * 30}",
            [
                f"    app: registry.example.c...with/many/parts/web:{'m' * 30}",
                f"      -> registry.exam...any/parts/web:{'n' * 30} (registry)",
            ],
            id="name-cut",
        ),
        pytest.param(
            f"{LONG}{DIGEST}",
            f"web:2{DIGEST}",
            [
                "    app: registry.example.com/a...eam/with/many/parts/web@sha256:0123456789ab...",
                "      -> web:2@sha256:0123456789ab... (registry)",
            ],
            id="digest-cut",
        ),
        pytest.param(
            "x" * 100, "web:2", [f"    app: {'x' * 34}...{'x' * 34}", "      -> web:2 (registry)"], id="no-image"
        ),
        pytest.param(
            "web:1",
            f"{LONG}:{'n' * 128}",
            ["    app: web:1", f"      -> reg.../web:{'n' * 128} (registry)"],
            id="a-tag-is-never-cut",
        ),
    ],
)
def test_a_long_change_takes_two_lines_and_loses_the_middle_of_its_names(
    old: str, new: str, lines: Sequence[str]
) -> None:
    found = shown([outcome("web", "configured")], change(old=old, new=new))

    assert found[1:-1] == lines


@given(
    columns=st.integers(20, 300),
    rows=st.integers(1, 60),
    alike=st.integers(0, 50),
    different=st.integers(0, 50),
    replaced=st.integers(0, 3),
    image=st.sampled_from(["web", LONG, f"{LONG}/{LONG}"]),
)
def test_plan_and_question_fit_the_screen_and_no_tag_is_cut(
    columns: int, rows: int, alike: int, different: int, replaced: int, image: str
) -> None:
    outcomes, changes = many(alike)
    for number in range(different):
        name = f"other-{number}"
        outcomes.append(outcome(name, "created"))
        changes |= change(name, f"{image}:old-{number}", f"{image}:new-{number}")
    outcomes += [outcome(f"job-{number}", "replaced") for number in range(replaced)]

    lines = plan_lines(outcomes, changes, QUESTION, Size(columns, rows))

    def height(texts: Sequence[str]) -> int:
        return sum(-(-len(text) // columns) for text in texts)

    texts = [line.text + line.word for line in lines]
    dangers = texts[: 1 + max((at for at, text in enumerate(texts) if WARNING in text), default=-1)]
    # What is shown on any screen: what is dangerous, the counts, and the way to see the rest.
    least = height([*dangers, *texts[-2:], QUESTION + ANSWERS])
    assert height([*texts, QUESTION + ANSWERS]) <= max(rows - 1, least)
    assert sum(f"job-{number}" in " ".join(dangers) for number in range(replaced)) == replaced
    tags = {word.rpartition(":")[2] for text in texts for word in text.split() if ":old-" in word or ":new-" in word}
    assert tags <= {f"{age}-{number}" for age in ("old", "new") for number in range(different)}


def test_the_words_are_painted() -> None:
    line = Line("a ", "b", ("red", "bold"))

    assert line.painted(lambda text, *styles: f"<{'+'.join(styles)}>{text}</>") == "a <red+bold>b</>"
    assert Line("a").painted(lambda *_: "never") == "a"


def test_the_names_of_what_is_deleted_are_broken_nowhere_and_stand_with_their_namespaces() -> None:
    outcomes = [outcome(f"to-be-deleted-object-{number}", "deleted", kind="ConfigMap") for number in range(4)]

    assert shown(outcomes, rows=5)[:4] == [
        "configmap/to-be-deleted-object-0 in prod,",
        "configmap/to-be-deleted-object-1 in prod,",
        "configmap/to-be-deleted-object-2 in prod,",
        "configmap/to-be-deleted-object-3 in prod to delete",
    ]


def test_what_is_deleted_comes_first_and_by_name_however_small_the_window_is() -> None:
    gone = replace(outcome("gone", "deleted", kind="Namespace"), warnings=("everything in it goes with it",))
    outcomes = [
        outcome("web", "configured"),
        outcome("old", "replaced"),
        outcome("a", "deleted", kind="ConfigMap"),
        gone,
    ]

    expected = [
        *("configmap/a in prod to delete", "namespace/gone in prod to delete", "    everything in it goes with it"),
        *("deployment.apps/old to replace", f"    {WARNING}"),
    ]
    counts = "plan for 4 objects: 2 to delete, 1 to replace, 1 to change"
    assert shown(outcomes) == [*expected, "deployment.apps/web to change", counts]
    assert shown(outcomes, rows=5)[:5] == expected
