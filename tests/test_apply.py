from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from builders import a_deployment, a_manifest, key_of

from kubectl_images.apply import AT_ONCE, Mode, Outcome, Status, apply_all
from kubectl_images.cluster import Applied
from kubectl_images.errors import ClusterError
from kubectl_images.objects import Body, Manifest, ObjectKey

REFUSED = ClusterError("refused", status=422)
API_VERSIONS = {
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "APIService": "apiregistration.k8s.io/v1",
    "Deployment": "apps/v1",
}
ESTABLISHED: Body = {"status": {"conditions": [{"type": "Other"}, {"type": "Established", "status": "True"}]}}


def an_object(kind: str, name: str = "x", **fields: object) -> Body:
    return {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": {"name": name}, **fields}


def objects(*kinds: str) -> list[Manifest]:
    return [a_manifest(an_object(kind)) for kind in kinds]


@dataclass
class Cluster:
    """Stores what is applied; refuses the objects of these names; `states` are what `get` answers, one after the other.

    Serves the kinds of a definition when it was asked for them `unserved` times.
    """

    stored: dict[ObjectKey, Body] = field(default_factory=dict)
    refused: Sequence[str] = ()
    unserved: int = 0
    states: list[Body | ClusterError | None] = field(default_factory=list)
    forced: list[bool] = field(default_factory=list)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        if key.name in self.refused:
            raise REFUSED
        self.forced.append(force)
        created = key not in self.stored
        if not dry_run:
            self.stored[key] = body
        return Applied(body, created, ("deprecated",) if key.name == "old" else ())

    def get(self, key: ObjectKey) -> Body | None:
        state = self.states.pop(0)
        if isinstance(state, ClusterError):
            raise state
        return state

    def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Applied:
        assert (operations, dry_run) == ([], True), "it is read by a patch of nothing"
        if key not in self.stored:
            raise ClusterError("not found", status=404)
        return Applied(self.stored[key], created=False)

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        assert dry_run, f"nothing is deleted: {key}"

    def serves(self, api_version: str, kind: str) -> bool:
        self.unserved -= 1
        return self.unserved < 0


def applied(
    cluster: Cluster,
    manifests: Sequence[Manifest],
    before: Mapping[ObjectKey, Body | None] | None = None,
    mode: Mode | None = None,
) -> list[tuple[str, Status]]:
    """Apply, and return kind or name and status of each, as they were told."""
    told: list[Outcome] = []
    outcomes = apply_all(cluster, manifests, before or {}, mode or Mode(poll_s=0), told.append)
    assert tuple(told) == outcomes
    return [(str(outcome.manifest.key), outcome.status) for outcome in outcomes]


# Waves.


def test_what_others_need_is_there_before_them() -> None:
    cluster = Cluster(states=[ESTABLISHED])

    statuses = applied(
        cluster, objects("APIService", "Deployment", "ConfigMap", "CustomResourceDefinition", "Namespace")
    )

    assert statuses == [
        ("customresourcedefinition.apiextensions.k8s.io/x", "created"),
        ("namespace/x", "created"),
        ("configmap/x", "created"),
        ("deployment.apps/x", "created"),
        ("apiservice.apiregistration.k8s.io/x", "created"),
    ]


# What became of an object.


@pytest.mark.parametrize(
    ("stored", "before", "status"),
    [
        pytest.param(None, {}, "created", id="new"),
        pytest.param(a_deployment({"app": "web:1"}), "stored", "configured", id="another-image"),
        pytest.param(a_deployment({"app": "web:2"}), "stored", "unchanged", id="equal"),
        pytest.param(
            {**a_deployment({"app": "web:2"}), "status": {"replicas": 3}}, "stored", "unchanged", id="another-status"
        ),
        pytest.param(a_deployment({"app": "web:1"}), {}, "applied", id="not-read-before"),
        pytest.param(a_deployment({"app": "web:1"}), "none", "applied", id="created-meanwhile-by-another"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_the_status_says_what_became_of_the_object(
    stored: Body | None, before: object, status: Status, dry_run: bool
) -> None:
    body = a_deployment({"app": "web:2"})
    key = key_of(body)
    cluster = Cluster({} if stored is None else {key: stored})
    states: dict[object, dict[ObjectKey, Body | None]] = {"stored": {key: stored}, "none": {key: None}}
    known = states[before] if isinstance(before, str) else {}

    (outcome,) = apply_all(cluster, [a_manifest(body)], known, Mode(dry_run=dry_run), lambda _: None)

    assert outcome == Outcome(a_manifest(body), status, body)
    assert cluster.stored.get(key) == (stored if dry_run else body)


def test_the_warnings_of_the_server_are_kept() -> None:
    (outcome,) = apply_all(Cluster(), [a_manifest(an_object("Pod", "old"))], {}, Mode(), lambda _: None)

    assert outcome.warnings == ("deprecated",)


@pytest.mark.parametrize("force", [False, True])
def test_fields_of_other_managers_are_taken_over_only_by_force(force: bool) -> None:
    cluster = Cluster()

    applied(cluster, objects("Pod"), mode=Mode(force=force))

    assert cluster.forced == [force]


# Failures.


def test_a_failure_does_not_stop_its_wave_but_those_after_it() -> None:
    cluster = Cluster(refused=["bad"])
    manifests = [
        *objects("Namespace"),
        a_manifest(an_object("Secret", "bad")),
        *objects("ConfigMap", "Deployment", "APIService"),
    ]

    statuses = applied(cluster, manifests)

    assert statuses == [
        ("namespace/x", "created"),
        ("secret/bad", "failed"),
        ("configmap/x", "created"),
        ("deployment.apps/x", "not tried"),
        ("apiservice.apiregistration.k8s.io/x", "not tried"),
    ]
    assert sorted(map(str, cluster.stored)) == ["configmap/x", "namespace/x"]


def test_a_failure_is_told_with_its_error() -> None:
    manifest = a_manifest(an_object("Pod", "bad"))

    assert apply_all(Cluster(refused=["bad"]), [manifest], {}, Mode(), lambda _: None) == (
        Outcome(manifest, "failed", error=REFUSED),
    )


def test_a_dry_run_tries_every_wave() -> None:
    manifests = [a_manifest(an_object("Secret", "bad")), *objects("Deployment")]

    assert applied(Cluster(refused=["bad"]), manifests, mode=Mode(dry_run=True)) == [
        ("secret/bad", "failed"),
        ("deployment.apps/x", "created"),
    ]


def test_a_fault_in_our_own_program_is_not_hidden() -> None:
    class Faulty(Cluster):
        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        applied(Faulty(), objects("Pod"))


# Definitions of kinds.


@pytest.mark.parametrize(
    "states",
    [
        pytest.param([ESTABLISHED], id="at-once"),
        pytest.param([{}, {"status": None}, {"status": {"conditions": None}}, ESTABLISHED], id="later"),
        pytest.param(
            [{"status": {"conditions": [{"type": "Established", "status": "False"}]}}, ESTABLISHED],
            id="refused-for-a-while",
        ),
    ],
)
def test_a_definition_is_awaited_before_its_objects_are_applied(states: list[Body | ClusterError | None]) -> None:
    cluster = Cluster(states=states)

    assert applied(cluster, objects("Widget", "CustomResourceDefinition")) == [
        ("customresourcedefinition.apiextensions.k8s.io/x", "created"),
        ("widget/x", "created"),
    ]
    assert cluster.states == []


def test_a_definition_that_is_never_served_is_an_error() -> None:
    cluster = Cluster(states=[{}])
    manifests = objects("CustomResourceDefinition", "Widget")

    outcomes = apply_all(cluster, manifests, {}, Mode(usable_s=0, poll_s=0), lambda _: None)

    assert [outcome.status for outcome in outcomes] == ["failed", "not tried"]
    assert str(outcomes[0].error) == (
        "customresourcedefinition.apiextensions.k8s.io/x is applied, but its kind is not established after 0 s"
    )


def test_a_definition_that_cannot_be_read_is_an_error() -> None:
    ((key, status),) = applied(Cluster(states=[REFUSED]), objects("CustomResourceDefinition"))

    assert (key, status) == ("customresourcedefinition.apiextensions.k8s.io/x", "failed")


def test_a_dry_run_awaits_no_definition() -> None:
    cluster = Cluster(states=[])

    assert applied(cluster, objects("CustomResourceDefinition"), mode=Mode(dry_run=True)) == [
        ("customresourcedefinition.apiextensions.k8s.io/x", "created")
    ]


# What is settled.


def a_settled(kind: str, state: Body | None = None) -> Outcome:
    body = {**an_object(kind), **(state or {})}
    return Outcome(a_manifest(body), "unchanged", body)


def beside_settled(
    cluster: Cluster, settled: Outcome, *kinds: str, is_followed: bool = False
) -> list[tuple[str, Status]]:
    """Apply objects of these kinds beside what is settled."""
    manifests = [settled.manifest, *objects(*kinds)]
    mode = Mode(usable_s=0, poll_s=0, is_followed=is_followed)
    outcomes = apply_all(cluster, manifests, {}, mode, lambda _: None, settled={settled.manifest.key: settled})
    return [(outcome.manifest.key.kind, outcome.status) for outcome in outcomes]


@pytest.mark.parametrize(
    ("settled", "kinds", "statuses"),
    [
        pytest.param(a_settled("ConfigMap"), ["Pod"], ["unchanged", "created"], id="nothing-to-await"),
        pytest.param(
            a_settled("CustomResourceDefinition", ESTABLISHED), ["Pod"], ["unchanged", "created"], id="established"
        ),
        pytest.param(a_settled("CustomResourceDefinition"), ["Pod"], ["failed", "not tried"], id="not-established"),
        pytest.param(
            a_settled("Namespace", {"status": {"phase": "Terminating"}}), ["Pod"], ["failed", "not tried"], id="ending"
        ),
        pytest.param(a_settled("CustomResourceDefinition"), [], ["unchanged"], id="with-nothing-after-it"),
        pytest.param(
            a_settled("CustomResourceDefinition"),
            ["Namespace"],
            ["unchanged", "created"],
            id="with-something-beside-it",
        ),
    ],
)
def test_what_is_settled_is_awaited_where_something_is_applied_after_it(
    settled: Outcome, kinds: list[str], statuses: list[Status]
) -> None:
    assert [status for _, status in beside_settled(Cluster(states=[settled.live]), settled, *kinds)] == statuses


# What needs others of the same deploy.


@dataclass
class Forgetful(Cluster):
    """Refuses an object this often before it knows of what the object needs."""

    errors: list[ClusterError] = field(default_factory=list)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        if self.errors:
            raise self.errors.pop()
        return super().apply(body, key, dry_run=dry_run, force=force)


@pytest.mark.parametrize(
    ("kind", "status", "times", "is_late", "expected"),
    [
        pytest.param("Pod", 403, 0, True, "created", id="at-once"),
        pytest.param("Pod", 403, 1, True, "created", id="a-limit"),
        pytest.param("Pod", 404, 2, True, "created", id="a-namespace"),
        pytest.param("Widget", 500, 2, True, "created", id="a-schema"),
        pytest.param("Widget", 422, 2, True, "created", id="a-value-of-a-custom-kind"),
        pytest.param("Widget", 409, 1, True, "failed", id="a-conflict"),
        pytest.param("Widget", 0, 1, True, "failed", id="no-answer"),
        pytest.param("Pod", 422, 1, True, "failed", id="a-wrong-value"),
        pytest.param("Pod", 403, 1, False, "failed", id="what-was-checked"),
    ],
)
def test_what_needs_others_of_the_same_deploy_is_tried_until_the_server_knows_of_them(
    kind: str, status: int, times: int, is_late: bool, expected: Status
) -> None:
    cluster = Forgetful(errors=[ClusterError("refused", status=status)] * times)
    (manifest,) = objects(kind)
    mode = Mode(late={manifest.key} if is_late else set(), known_s=30, poll_s=0)

    ((_, found),) = applied(cluster, [manifest], mode=mode)

    assert found == expected


def test_it_is_not_tried_for_ever() -> None:
    cluster = Forgetful(errors=[ClusterError("refused", status=403)] * 2)
    (manifest,) = objects("Pod")

    ((_, found),) = applied(cluster, [manifest], mode=Mode(late={manifest.key}, known_s=0, poll_s=0))

    assert (found, len(cluster.errors)) == ("failed", 1)


# Several at a time.


@dataclass
class CountingCluster(Cluster):
    """Answers only when 8 requests wait, and counts how many there were at most."""

    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0
    most: int = 0

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.together.wait(timeout=30)
        with self.lock:
            self.now -= 1
        return Applied(body, created=True)


def test_a_wave_is_applied_8_at_a_time() -> None:
    cluster = CountingCluster()
    manifests = [a_manifest(an_object("Pod", f"p{number}")) for number in range(24)]

    assert applied(cluster, manifests) == [(f"pod/p{number}", "created") for number in range(24)]
    assert cluster.most == AT_ONCE == 8


def test_after_ctrl_c_nothing_new_is_begun_and_nothing_is_waited_for() -> None:
    released = threading.Event()
    begun: list[str] = []
    ended: list[str] = []

    class Hanging(Cluster):
        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
            begun.append(key.name)
            if key.name != "p0":
                released.wait(timeout=10)
            ended.append(key.name)
            return Applied(body, created=True)

    def interrupt(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    others = set(threading.enumerate())
    manifests = [a_manifest(an_object("Pod", f"p{number}")) for number in range(24)]
    with pytest.raises(KeyboardInterrupt):
        apply_all(Hanging(), manifests, {}, Mode(), interrupt)
    ended_before = list(ended)
    released.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(timeout=10)

    assert ended_before == ["p0"]
    assert len(begun) <= AT_ONCE + 1


# In a dry run, and within a longer deploy.


def test_a_dry_run_tries_all_stages_whatever_fails() -> None:
    manifests = [replace(a_manifest(an_object("Pod", name)), stage=stage) for stage, name in enumerate(("bad", "b"))]

    assert applied(Cluster(refused=["bad"]), manifests, mode=Mode(dry_run=True)) == [
        ("pod/bad", "failed"),
        ("pod/b", "created"),
    ]


@pytest.mark.parametrize(("is_followed", "status"), [(True, "failed"), (False, "unchanged")])
def test_what_is_settled_is_awaited_where_something_follows_in_a_later_step(is_followed: bool, status: Status) -> None:
    found = beside_settled(Cluster(states=[None]), a_settled("CustomResourceDefinition"), is_followed=is_followed)

    assert found == [("CustomResourceDefinition", status)]


def test_a_kind_that_somebody_defines_meanwhile_is_asked_for_again() -> None:
    """It was asked for before, and is not without that."""

    @dataclass
    class Defining(Cluster):
        asked: bool = False

        def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
            if not self.asked:
                raise ClusterError("the API server knows no kind Widget in example.com/v1", status=404)
            return super().apply(body, key, dry_run=dry_run, force=force)

        def serves(self, api_version: str, kind: str) -> bool:
            self.asked = True
            return True

    widget = a_manifest({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}})

    assert applied(Defining(), [widget], mode=Mode(late=[widget.key], poll_s=0)) == [
        ("widget.example.com/w", "created")
    ]
