from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from builders import a_deployment, a_manifest, key_of
from worlds import World

from kubectl_images.apply import Outcome, Status
from kubectl_images.cluster import Applied
from kubectl_images.dry_run import compare, late, raise_failures, read_live, settled
from kubectl_images.errors import ClusterError, DeployError, ImagesError
from kubectl_images.not_yet import NOTE
from kubectl_images.objects import Body, Manifest, ObjectKey
from kubectl_images.prepare import Prepared, Run
from kubectl_images.terminal import Terminal

NOT_FOUND = ClusterError("not found", status=404)
FORBIDDEN = ClusterError("forbidden", status=403)


def a_widget(namespace: str = "default", name: str = "w") -> Body:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name, "namespace": namespace}}


def a_config_map(name: str) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


def a_namespace(name: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


# What the cluster has.


def a_run(world: World) -> Run:
    return Run(Terminal(io.StringIO(), io.StringIO(), io.StringIO()), world.all_environ())


def prepared(*bodies: Body, live: Mapping[ObjectKey, Body | None] | None = None) -> Prepared:
    return Prepared(tuple(map(a_manifest, bodies)), (), live or {})


def names(found: Mapping[ObjectKey, Body | None]) -> dict[str, str | None]:
    return {key.name: None if body is None else str(body["metadata"]["name"]) for key, body in found.items()}


@pytest.mark.parametrize("optional", [False, True])
def test_the_live_state_of_every_object_is_read(fakes: World, optional: bool) -> None:
    fakes.server.put(a_config_map("a"))
    run = a_run(fakes)

    found = read_live(run, prepared(a_config_map("a"), a_config_map("b"), a_widget()), optional=optional)
    run.close()

    assert names(found) == {"a": "a", "b": None, "w": None}


def test_what_was_read_for_the_decision_is_not_read_again(fakes: World) -> None:
    known: dict[ObjectKey, Body | None] = {key_of(a_config_map("a")): a_config_map("a"), key_of(a_widget()): None}
    run = a_run(fakes)

    found = read_live(run, prepared(a_config_map("a"), a_widget(), live=known), optional=False)

    assert found == known
    assert fakes.server.requests == []


def test_objects_that_may_not_be_read_are_left_out_where_that_is_optional(fakes: World) -> None:
    for verb in ("get", "list"):
        fakes.server.forbid(verb, "configmaps")
    known: dict[ObjectKey, Body | None] = {key_of(a_widget()): a_widget()}
    run = a_run(fakes)

    found = read_live(run, prepared(a_config_map("a"), a_widget(), live=known), optional=True)
    run.close()

    assert found == known


def test_objects_that_may_not_be_read_are_an_error_elsewhere(fakes: World) -> None:
    fakes.server.forbid("get", "configmaps")
    run = a_run(fakes)

    with pytest.raises(ClusterError) as caught:
        read_live(run, prepared(a_config_map("a")), optional=False)
    run.close()

    assert caught.value.status == 403


def test_a_cluster_that_fails_is_an_error_even_where_reading_is_optional(fakes: World) -> None:
    fakes.server.fail(400)
    run = a_run(fakes)

    with pytest.raises(ClusterError) as caught:
        read_live(run, prepared(a_config_map("a")), optional=True)
    run.close()

    assert caught.value.status == 400


# What the cluster would make of the objects.


@dataclass
class Refusing:
    """Refuses the objects of these names; applying for real is a fault of the test."""

    errors: Mapping[str, ImagesError] = field(default_factory=dict)

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        assert dry_run, "nothing may be stored"
        if key.name in self.errors:
            raise self.errors[key.name]
        return Applied(body, created=True)

    def patch(self, key: ObjectKey, operations: list[Body], *, dry_run: bool = False) -> Applied:
        raise NOT_FOUND

    def get(self, key: ObjectKey) -> Body | None:
        raise AssertionError(f"nothing is awaited in a dry run: {key}")

    def delete(self, key: ObjectKey, *, uid: str, resource_version: str, dry_run: bool = False) -> None:
        assert dry_run, f"nothing is deleted in a dry run: {key}"

    def serves(self, api_version: str, kind: str) -> bool:
        raise AssertionError(f"nothing is awaited in a dry run: {kind}")


def outcome_of(errors: Mapping[str, ImagesError], *bodies: Body) -> list[Outcome]:
    return list(compare(Refusing(errors), tuple(map(a_manifest, bodies)), {}, force=False).outcomes)


def test_what_the_same_objects_make_possible_counts_as_new() -> None:
    namespace, widget = a_manifest(a_namespace("default")), a_manifest(a_widget())
    live = {namespace.key: None, widget.key: None}

    found = compare(Refusing({"w": NOT_FOUND}), [namespace, widget], live, force=False)

    assert found.outcomes == (
        Outcome(namespace, "created", namespace.body),
        Outcome(widget, "created", widget.body, notes=(NOTE,)),
    )
    assert late(found) == {widget.key}


def test_every_object_is_tried_whatever_fails_before() -> None:
    found = outcome_of({"default": FORBIDDEN}, a_namespace("default"), a_widget())

    assert [outcome.status for outcome in found] == ["failed", "created"]


@dataclass
class Busy(Refusing):
    """Has a controller that writes to the object this often, each time after it was read."""

    writes: int = 0
    version: int = 1

    def state(self) -> Body:
        body = a_config_map("a")
        return {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}, "seen": self.version}

    def apply(self, body: Body, key: ObjectKey, *, dry_run: bool = False, force: bool = False) -> Applied:
        if self.writes:
            self.writes -= 1
            self.version += 1
        return Applied(self.state(), created=False)

    def get(self, key: ObjectKey) -> Body | None:
        return self.state()


@pytest.mark.parametrize(
    ("writes", "status"),
    [(0, "unchanged"), (1, "unchanged"), (3, "unchanged"), pytest.param(9, "configured", id="without-end")],
)
def test_what_others_write_between_read_and_dry_run_is_no_change_of_ours(writes: int, status: Status) -> None:
    cluster = Busy(writes=writes)
    manifest = a_manifest(a_config_map("a"))

    found = compare(cluster, [manifest], {manifest.key: cluster.state()}, force=False)

    assert [outcome.status for outcome in found.outcomes] == [status]
    assert found.live == {manifest.key: found.outcomes[0].live}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("7", True, id="as-it-was-compared"),
        pytest.param("8", False, id="another-version"),
        pytest.param(None, False, id="gone"),
    ],
)
def test_what_is_settled_is_still_the_object_that_was_compared(now: str | None, expected: bool) -> None:
    cluster = Busy(version=7)
    manifest = a_manifest(a_config_map("a"))
    compared = compare(cluster, [manifest], {manifest.key: cluster.state()}, force=False)
    body = cluster.state()
    body["metadata"]["resourceVersion"] = now

    found = settled(compared, {manifest.key: None if now is None else body})

    assert (manifest.key in found) is expected


# The error at the end.


def outcomes(*statuses: Status | ImagesError) -> list[Outcome]:
    manifest: Manifest = a_manifest(a_deployment({}))
    return [
        Outcome(manifest, "failed", error=status) if isinstance(status, ImagesError) else Outcome(manifest, status)
        for status in statuses
    ]


def gone() -> ClusterError:
    return ClusterError("cannot apply it: no answer", hint="try again", cause="no answer")


@pytest.mark.parametrize("found", [outcomes(), outcomes("created"), outcomes("created", "unchanged")])
def test_without_a_failure_nothing_is_raised(found: list[Outcome]) -> None:
    raise_failures(found, "applied")


@pytest.mark.parametrize(
    ("found", "message", "hint"),
    [
        pytest.param(outcomes(FORBIDDEN), "forbidden\n    in web.yaml:1", None, id="one-of-one"),
        pytest.param(
            outcomes("created", FORBIDDEN),
            "1 of 2 objects could not be applied\n    forbidden\n        in web.yaml:1",
            None,
            id="one-of-two",
        ),
        pytest.param(
            outcomes(FORBIDDEN, "not tried"),
            "1 of 2 objects could not be applied; 1 more was not tried\n    forbidden\n        in web.yaml:1",
            None,
            id="one-not-tried",
        ),
        pytest.param(
            outcomes(
                "created",
                ClusterError("a conflict\n    spec.replicas is owned by x", hint="take it\nor leave it"),
                ClusterError("another", hint="or leave it"),
                *("not tried", "not tried"),
            ),
            "2 of 5 objects could not be applied; 2 more were not tried\n"
            "    a conflict\n        spec.replicas is owned by x\n        in web.yaml:1\n"
            "    another\n        in web.yaml:1",
            "take it\nor leave it",
            id="many",
        ),
        pytest.param(
            outcomes(*[gone(), FORBIDDEN, gone()]),
            "3 of 3 objects could not be applied\n"
            "    no answer\n"
            "        deployment.apps/web in namespace prod, in web.yaml:1\n"
            "        deployment.apps/web in namespace prod, in web.yaml:1\n"
            "    forbidden\n        in web.yaml:1",
            "try again",
            id="two-in-the-same-way",
        ),
        pytest.param(
            outcomes(*[gone() for _ in range(12)]),
            "12 of 12 objects could not be applied\n    no answer\n"
            + "        deployment.apps/web in namespace prod, in web.yaml:1\n" * 10
            + "        and 2 more",
            "try again",
            id="many-in-the-same-way",
        ),
        pytest.param(
            outcomes("created", gone()),
            "1 of 2 objects could not be applied\n    cannot apply it: no answer\n        in web.yaml:1",
            "try again",
            id="one-in-a-way-of-many",
        ),
    ],
)
def test_the_error_names_every_failure_and_each_way_out_once(
    found: list[Outcome], message: str, hint: str | None
) -> None:
    with pytest.raises(DeployError) as caught:
        raise_failures(found, "applied")

    assert (str(caught.value), caught.value.hint) == (message, hint)
