from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from builders import a_deployment, a_manifest, key_of

from kubectl_images.apply import Outcome, Status
from kubectl_images.errors import ClusterError, DeployError, ImagesError
from kubectl_images.objects import Body, Item, Manifest, ObjectKey
from kubectl_images.stage_steps import IdleInterrupt, Known, Steps

NOTHING = Known({})


def an_object(
    name: str, stage: int = 0, *, wait: bool = False, deleted: bool = False, annotations: object = None
) -> Manifest:
    body = a_deployment({}, name=name)
    if annotations is not None:
        body["metadata"]["annotations"] = annotations
    return replace(a_manifest(body), stage=stage, item=Item(name, wait=wait), deleted=deleted)


@dataclass
class Work:
    """Notes what it is told to do; `becomes` is what objects become, `errors` are what a wait or a look comes to."""

    becomes: Mapping[str, Status] = field(default_factory=dict)
    errors: Mapping[str, BaseException] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def apply(self, step: Sequence[Manifest], known: Known, *, is_followed: bool) -> Sequence[Outcome]:
        followed = ", followed" if is_followed else ""
        changes = f", {len(known.before)} known" if known.before else ""
        self.done.append(f"apply {' '.join(item.key.name for item in step)}{changes}{followed}")
        return [self._outcome(item) for item in step]

    def _outcome(self, manifest: Manifest) -> Outcome:
        status: Status = self.becomes.get(manifest.key.name, "deleted" if manifest.deleted else "created")
        return Outcome(manifest, status, None if status in {"deleted", "failed"} else manifest.body)

    def wait(self, live: Mapping[ObjectKey, Body]) -> None:
        self._note("wait", [key.name for key in live])

    def look(self, rest: Sequence[Manifest], known: Known) -> Known:
        self._note("look", [item.key.name for item in rest])
        return Known({item.key: None for item in rest})

    def _note(self, what: str, names: Sequence[str]) -> None:
        self.done.append(f"{what} {' '.join(names)}")
        if what in self.errors:
            raise self.errors[what]


def carried_out(work: Work, *manifests: Manifest, known: Known = NOTHING) -> list[tuple[str, Status]]:
    outcomes = Steps(work).carry_out(manifests, known)
    return [(outcome.manifest.key.name, outcome.status) for outcome in outcomes]


@pytest.mark.parametrize(
    ("manifests", "done"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([an_object("a"), an_object("b")], ["apply a b"], id="one-stage"),
        pytest.param(
            [an_object("b", 1), an_object("a")], ["apply a, followed", "apply b"], id="a-barrier-that-nothing-waits-at"
        ),
        pytest.param(
            [an_object("a"), an_object("old", deleted=True)],
            ["apply old, followed", "look a", "apply a, 1 known"],
            id="deleted-first",
        ),
        pytest.param(
            [an_object("a", wait=True), an_object("b", 1), an_object("c", 2)],
            ["apply a, followed", "wait a", "look b c", "apply b, 2 known, followed", "apply c, 2 known"],
            id="a-wait",
        ),
        pytest.param(
            [an_object("a", wait=True), an_object("b"), an_object("old", 1, deleted=True)],
            ["apply a b, followed", "wait a", "look old", "apply old, 1 known"],
            id="a-wait-before-a-deletion",
        ),
        pytest.param([an_object("a", wait=True)], ["apply a", "wait a"], id="a-wait-at-the-end"),
        pytest.param([an_object("old", deleted=True)], ["apply old"], id="a-deletion-at-the-end"),
    ],
)
def test_after_what_takes_time_it_is_looked_again(manifests: list[Manifest], done: list[str]) -> None:
    work = Work()

    found = carried_out(work, *manifests)

    assert work.done == done
    assert len(found) == len(manifests)


def test_after_a_replacement_it_is_looked_again_too() -> None:
    work = Work({"a": "replaced"})

    carried_out(work, an_object("a"), an_object("b", 1))

    assert work.done == ["apply a, followed", "look b", "apply b, 1 known"]


def test_what_is_settled_follows_nothing() -> None:
    work, settled = Work(), an_object("b", 1)
    known = Known({}, {settled.key: Outcome(settled, "unchanged", settled.body)})

    carried_out(work, an_object("a"), settled, known=known)

    assert work.done[0] == "apply a"


@pytest.mark.parametrize(
    ("manifest", "waited"),
    [
        pytest.param(an_object("a", wait=True), True, id="item"),
        pytest.param(an_object("a", annotations={"kluctl.io/wait-readiness": "true"}), True, id="annotation"),
        pytest.param(an_object("a", annotations={"kluctl.io/wait-readiness": "false"}), False, id="no"),
        pytest.param(an_object("a", annotations={"kluctl.io/wait-readiness": {}}), False, id="nonsense"),
        pytest.param(an_object("a", annotations=[]), False, id="no-annotations"),
        pytest.param(an_object("a"), False, id="nothing"),
        pytest.param(
            replace(an_object("a", annotations={"kluctl.io/wait-readiness": "true"}), item=None), False, id="no-project"
        ),
    ],
)
def test_an_object_is_waited_for_as_its_item_or_its_annotation_says(manifest: Manifest, waited: bool) -> None:
    work = Work({"a": "unchanged"})

    carried_out(work, manifest)

    assert ("wait a" in work.done) is waited


def test_after_a_failure_nothing_is_waited_for_nor_tried() -> None:
    work = Work({"b": "failed"})

    found = carried_out(work, an_object("a", wait=True), an_object("b"), an_object("c", 1))

    assert work.done == ["apply a b, followed"]
    assert found == [("a", "created"), ("b", "failed"), ("c", "not tried")]


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (0, ""),
        (1, "\n    1 later object was not tried"),
        (2, "\n    2 later objects were not tried"),
    ],
)
@pytest.mark.parametrize(
    "error", [DeployError("a is not ready", hint="look"), ClusterError("a is not ready", hint="look")]
)
def test_what_does_not_become_ready_ends_the_deploy(error: ImagesError, rest: int, told: str) -> None:
    steps = Steps(Work(errors={"wait": error}))
    manifests = [an_object("a", wait=True), *(an_object(f"b{number}", number + 1) for number in range(rest))]

    outcomes = steps.carry_out(manifests, NOTHING)
    with pytest.raises(DeployError) as caught:
        steps.check(outcomes)

    assert [outcome.status for outcome in outcomes] == ["created", *["not tried"] * rest]
    assert (str(caught.value), caught.value.hint) == (f"a is not ready{told}", "look")


def test_what_a_look_finds_ends_the_deploy_before_the_step() -> None:
    work = Work(errors={"look": DeployError("it runs another image")})

    found = carried_out(work, an_object("old", deleted=True), an_object("a"))

    assert found == [("old", "deleted"), ("a", "not tried")]
    assert work.done == ["apply old, followed", "look a"]


def test_where_all_went_well_there_is_no_error() -> None:
    steps = Steps(Work())

    steps.check(steps.carry_out([an_object("a", wait=True)], NOTHING))


def test_what_was_waited_for_needs_no_second_wait() -> None:
    steps = Steps(Work())
    waited, other = an_object("a", wait=True), an_object("b")

    outcomes = steps.carry_out([waited, other, an_object("old", 1, deleted=True)], NOTHING)

    assert list(steps.others(outcomes)) == [key_of(other.body)]


@pytest.mark.parametrize(("what", "error"), [("wait", IdleInterrupt), ("look", KeyboardInterrupt)])
def test_ctrl_c_in_a_wait_is_told_from_one_in_the_middle_of_the_work(what: str, error: type[KeyboardInterrupt]) -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        carried_out(Work(errors={what: KeyboardInterrupt()}), an_object("a", wait=True), an_object("b", 1))

    assert caught.type is error
