"""Waiting for what was applied, on a cluster whose controllers the test plays."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fake_api_server import FakeApiServer
from waits import HASTY, IMAGE, PATIENT, Site

from kubectl_images.errors import DeployError
from kubectl_images.objects import Body, ObjectKey

ON_FAKE = "--namespace=default --context=fake"


@pytest.fixture
def site() -> Iterator[Site]:
    with FakeApiServer() as server:
        yield Site(server)


def failed(site: Site, *bodies: Body, **options: Any) -> DeployError:
    with pytest.raises(DeployError) as caught:
        site.wait(*bodies, **options)
    return caught.value


# Until all is ready.


def test_nothing_is_asked_about_what_is_ready(site: Site) -> None:
    said = site.wait(site.deployment(ready=1), site.put("ConfigMap", data={}), site.put("Namespace", "a"))

    assert (said, site.server.requests) == ([], [])


def test_an_object_is_ready_as_soon_as_its_controller_says_so(site: Site) -> None:
    web, database = site.deployment("web"), site.put("StatefulSet", "db", {}, spec={})
    ready = {"observedGeneration": 1, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "b"}

    said = site.wait(
        web,
        database,
        steps=[
            lambda: site.put("StatefulSet", "db", ready, spec={}),
            lambda: site.deployment("web", ready=1),
        ],
    )

    assert sorted(said) == ["deployment.apps/web ready", "statefulset.apps/db ready"]


def test_of_several_objects_of_a_kind_each_is_waited_for(site: Site) -> None:
    a, b, _ = (site.deployment(name) for name in ("a", "b", "not-ours"))

    said = site.wait(a, b, steps=[lambda: site.deployment("b", ready=1), lambda: site.deployment("a", ready=1)])

    assert sorted(said) == ["deployment.apps/a ready", "deployment.apps/b ready"]


def test_a_job_that_is_removed_once_it_is_complete_is_ready(site: Site) -> None:
    job = site.put("Job", status={}, spec={})
    done = {"conditions": [{"type": "Complete", "status": "True"}]}

    def complete_and_remove() -> None:
        site.put("Job", status=done, spec={})
        site.server.remove("batch/v1", "Job", "default", "web")

    assert site.wait(job, steps=[complete_and_remove]) == ["job.batch/web ready"]


WIDGETS = {
    "group": "example.com",
    "names": {"kind": "Widget", "plural": "widgets"},
    "scope": "Cluster",
    "versions": [{"name": "v1", "served": True}],
}


def widget(site: Site, status: Any) -> Body:
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    site.server.put({**definition, "metadata": {"name": "widgets.example.com"}, "spec": WIDGETS})
    return site.put("Widget", status=status, spec={})


def test_a_custom_resource_is_waited_for_by_its_condition(site: Site) -> None:
    waits = widget(site, {"conditions": [{"type": "Ready", "status": "False"}]})

    said = site.wait(waits, steps=[lambda: widget(site, {"conditions": [{"type": "Ready", "status": "True"}]})])

    assert said == ["widget.example.com/web ready"]


def test_a_custom_resource_that_nobody_says_anything_about_is_not_waited_for_after_a_while(site: Site) -> None:
    said = site.wait(widget(site, None), limits=replace(PATIENT, silent_s=0.05))

    assert said == ["widget.example.com/web: nothing reports its state"]


def claim(site: Site, mode: str) -> Body:
    site.put("StorageClass", "fast", volumeBindingMode=mode)
    return site.put("PersistentVolumeClaim", "data", {"phase": "Pending"}, spec={"storageClassName": "fast"})


def test_a_claim_that_its_first_pod_binds_is_not_waited_for(site: Site) -> None:
    said = site.wait(claim(site, "WaitForFirstConsumer"))

    assert said == ["persistentvolumeclaim/data: it is bound when the first pod uses it"]


def test_a_claim_whose_class_may_not_be_read_is_not_waited_for(site: Site) -> None:
    waits = claim(site, "Immediate")
    site.server.forbid("get", "storageclasses")

    said = site.wait(waits)

    note = "its StorageClass fast may not be read, which says when it is bound"
    assert said == [f"persistentvolumeclaim/data: {note}"]


def test_a_claim_that_is_bound_at_once_is_waited_for(site: Site) -> None:
    spec = {"storageClassName": "fast"}

    said = site.wait(
        claim(site, "Immediate"),
        steps=[lambda: site.put("PersistentVolumeClaim", "data", {"phase": "Bound"}, spec=spec)],
    )

    assert said == ["persistentvolumeclaim/data ready"]


# Until it is clear that something will not be ready.


def test_a_pod_that_cannot_run_ends_it_with_the_reason_and_what_else_is_not_ready(site: Site) -> None:
    web = site.deployment("web", wanted=2)
    site.pod(web, reason="ImagePullBackOff", message="not found")

    error = failed(site, web, site.deployment("api", wanted=3, ready=1))

    assert str(error) == (
        "applied, but deployment.apps/web in namespace default will not be ready: 0 of 2 updated replicas are available\n"
        f'    pod web-1, container "app", image {IMAGE}: ImagePullBackOff: not found\n'
        "    not ready yet: 1 object\n"
        "        deployment.apps/api in namespace default: 1 of 3 updated replicas are available"
    )
    assert error.hint == f"more about it: kubectl describe pod/web-1 {ON_FAKE}"


def test_old_pods_that_crash_do_not_end_it(site: Site) -> None:
    web = site.deployment()
    site.pod(web, 1, reason="CrashLoopBackOff")

    assert site.wait(web, steps=[lambda: site.deployment(ready=1)], limits=HASTY) == ["deployment.apps/web ready"]


def test_a_pod_that_begins_to_crash_ends_it(site: Site) -> None:
    web = site.deployment()

    error = failed(site, web, steps=[lambda: site.pod(web, reason="CrashLoopBackOff")])

    assert str(error).splitlines()[1] == (
        f'    pod web-1, container "app", image {IMAGE}: CrashLoopBackOff: '
        "it ended with exit code ?, and was restarted 0 times"
    )


def missing(site: Site, web: Body) -> Body:
    return site.pod(web, reason="CreateContainerConfigError", message='configmap "settings" not found')


MISSING = f'pod web-1, container "app", image {IMAGE}: CreateContainerConfigError: configmap "settings" not found'


def test_what_may_pass_is_told_at_once_and_once(site: Site) -> None:
    web = site.deployment()
    missing(site, web)

    said = site.wait(
        web,
        steps=[
            lambda: site.pod(web, reason="ContainerCreating"),
            lambda: missing(site, web),
            lambda: site.deployment(ready=1),
        ],
    )

    assert said == [f"warning: deployment.apps/web in namespace default: {MISSING}", "deployment.apps/web ready"]


def test_what_may_pass_is_a_failure_when_it_lasts(site: Site) -> None:
    web = site.deployment()
    missing(site, web)

    error = failed(site, web, limits=replace(PATIENT, passing_s=0.05))

    assert str(error).splitlines()[1] == f"    {MISSING}"
    assert error.warnings == (f"warning: deployment.apps/web in namespace default: {MISSING}",)


def unscheduled(site: Site, web: Body) -> None:
    pod = copy.deepcopy(site.pod(web))
    why = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available"}
    site.server.put(pod | {"status": {"conditions": [why]}})


@pytest.mark.parametrize(
    ("passing_s", "unscheduled_s"), [pytest.param(0, 0.05, id="of-a-node"), pytest.param(0.05, 0, id="of-nothing-else")]
)
def test_a_pod_without_a_node_has_a_patience_of_its_own(site: Site, passing_s: float, unscheduled_s: float) -> None:
    web = site.deployment()
    unscheduled(site, web)

    error = failed(site, web, limits=replace(PATIENT, passing_s=passing_s, unscheduled_s=unscheduled_s))

    assert str(error).splitlines()[1] == "    pod web-1: Unschedulable: 0/2 nodes are available"


def test_several_failures_are_told_together(site: Site) -> None:
    job = site.put("Job", "migrate", {"conditions": [{"type": "Failed", "status": "True", "reason": "Late"}]}, spec={})
    paused = site.put(
        "Deployment", "web", {"observedGeneration": 1, "replicas": 1}, spec={"replicas": 2, "paused": True}
    )

    error = failed(site, job, paused)

    assert str(error) == (
        "applied, but 2 objects will not be ready\n"
        "    job.batch/migrate in namespace default: it failed: Late\n"
        "    deployment.apps/web in namespace default: it is paused, and stays so: 0 of 2 new replicas have been updated"
    )
    assert error.hint == (
        f"more about it: kubectl describe job/migrate {ON_FAKE}\n"
        f"to go on: kubectl rollout resume deployment/web {ON_FAKE}"
    )


@pytest.mark.parametrize(
    "forbidden",
    [pytest.param((), id="watched"), pytest.param(("watch",), id="listed"), pytest.param(("list",), id="read")],
)
def test_what_is_deleted_meanwhile_will_not_be_ready(site: Site, forbidden: tuple[str, ...]) -> None:
    web = site.deployment()
    for verb in forbidden:
        site.server.forbid(verb, "deployments")

    error = failed(site, web, steps=[lambda: site.server.remove("apps/v1", "Deployment", "default", "web")])

    assert str(error) == (
        "applied, but deployment.apps/web in namespace default will not be ready: it was deleted meanwhile"
    )
    assert error.hint == "the same command creates it again"


def test_an_old_pod_that_blocks_a_stateful_set_is_named_with_the_way_out(site: Site) -> None:
    revisions = {"updateRevision": "two", "currentRevision": "one"}
    database = site.put("StatefulSet", "db", {"observedGeneration": 1} | revisions, spec={})
    owners = [{"uid": database["metadata"]["uid"], "controller": True}]
    state = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
    site.put(
        "Pod",
        "db-0",
        {"containerStatuses": [{"name": "app", "state": state}]},
        spec={"containers": [{"name": "app", "image": IMAGE}]},
        metadata={"ownerReferences": owners, "labels": {"controller-revision-hash": "one"}},
    )

    error = failed(site, database)

    assert str(error) == (
        "applied, but statefulset.apps/db in namespace default will not be ready: "
        "pod db-0 of the old revision blocks the rollout\n"
        f'    pod db-0, container "app", image {IMAGE}: ImagePullBackOff: not found'
    )
    assert error.hint == f"to let a new pod take its place: kubectl delete pod db-0 {ON_FAKE}"


def test_a_claim_whose_class_is_missing_will_not_be_ready(site: Site) -> None:
    waits = site.put("PersistentVolumeClaim", "data", {"phase": "Pending"}, spec={"storageClassName": "fast"})
    about = {"kind": "PersistentVolumeClaim", "uid": waits["metadata"]["uid"]}
    message = 'storageclass.storage.k8s.io "fast" not found'
    site.put("Event", "data.1", involvedObject=about, reason="ProvisioningFailed", message=message, type="Warning")

    error = failed(site, waits, limits=replace(PATIENT, unbound_s=0.05))

    assert str(error) == (
        "applied, but persistentvolumeclaim/data in namespace default will not be ready: it is not bound to a volume\n"
        f"    ProvisioningFailed: {message}"
    )
    assert error.hint == f"more about it: kubectl describe persistentvolumeclaim/data {ON_FAKE}"


def test_a_pod_for_which_the_cluster_gets_a_node_has_more_time(site: Site) -> None:
    web = site.deployment()
    unscheduled(site, web)
    uid = site.cluster.list(ObjectKey("v1", "Pod", "default", "")).items[0]["metadata"]["uid"]
    scaled = {"reason": "TriggeredScaleUp", "type": "Normal", "involvedObject": {"uid": uid}}

    limits = replace(PATIENT, timeout_s=1.2, unscheduled_s=0.7)
    error = failed(site, web, limits=limits, steps=[lambda: site.put("Event", "web-1.1", **scaled)])

    assert str(error).splitlines() == [
        "applied, but after 1.2 s 1 object is not ready",
        "    deployment.apps/web in namespace default: 0 of 1 updated replicas are available",
        "        pod web-1: Unschedulable: 0/2 nodes are available",
    ]


def test_at_the_timeout_every_object_is_told_with_its_state(site: Site) -> None:
    web, api = site.deployment("web", wanted=2), site.deployment("api", wanted=3, ready=1)
    site.pod(web, reason="ErrImagePull", message="try again")

    error = failed(site, web, api, limits=replace(PATIENT, timeout_s=0.2))

    assert str(error) == (
        "applied, but after 0.2 s 2 objects are not ready\n"
        "    deployment.apps/web in namespace default: 0 of 2 updated replicas are available\n"
        f'        pod web-1, container "app", image {IMAGE}: ErrImagePull: try again\n'
        "    deployment.apps/api in namespace default: 1 of 3 updated replicas are available"
    )
    assert error.hint == (
        f"what it writes: kubectl logs web-1 --container=app {ON_FAKE}\n"
        f"more about it: kubectl describe deployment.apps/api {ON_FAKE}\n"
        "to wait longer: --timeout=TIME, such as 10m; 0 is for ever"
    )


# With few rights, and over a network.


@pytest.mark.parametrize("verbs", [("watch",), ("watch", "list")])
def test_what_may_not_be_watched_is_asked_for(site: Site, verbs: tuple[str, ...]) -> None:
    for verb in verbs:
        site.server.forbid(verb, "deployments")

    said = site.wait(site.deployment("a"), site.deployment("b", ready=1), steps=[lambda: site.deployment("a", ready=1)])

    assert said == ["deployment.apps/a ready"]


def test_what_may_not_even_be_read_cannot_be_waited_for(site: Site) -> None:
    for verb in ("get", "list"):
        site.server.forbid(verb, "deployments")

    error = failed(site, site.deployment())

    assert str(error) == (
        "applied, but it is not known whether it is ready: cannot read deployment.apps/web in namespace default: "
        'User "admin" cannot get resource "deployments" in API group "apps" in the namespace "default"'
    )


def test_without_the_right_to_list_pods_and_events_the_reasons_are_missing(site: Site) -> None:
    web = site.deployment()
    site.pod(web, reason="ImagePullBackOff")
    for plural in ("pods", "events"):
        site.server.forbid("list", plural)

    said = site.wait(web, steps=[lambda: None, lambda: site.deployment(ready=1)])

    def told(plural: str) -> str:
        return (
            f"warning: cannot list {plural[:-1]} in namespace default: "
            f'User "admin" cannot list resource "{plural}" in API group "" in the namespace "default"; '
            "so it may not be known why something does not become ready"
        )

    assert sorted(said[:-1]) == [told("events"), told("pods")]
    assert said[-1] == "deployment.apps/web ready"


def test_what_was_seen_before_a_right_was_lost_explains_nothing(site: Site) -> None:
    web = site.deployment()
    missing(site, web)

    def lose() -> None:
        site.server.forbid("list", "pods")
        site.server.forbid("watch", "pods")
        site.server.history.forget()
        site.server.history.interrupt()

    error = failed(site, web, limits=replace(PATIENT, timeout_s=1), steps=[lambda: None, lose])

    assert str(error).splitlines() == [
        "applied, but after 1 s 1 object is not ready",
        "    deployment.apps/web in namespace default: 0 of 1 updated replicas are available",
    ]


def test_nothing_else_is_asked_about_what_is_ready_soon(site: Site) -> None:
    limits = replace(PATIENT, settle_s=20, timeout_s=0)

    said = site.wait(site.deployment(), limits=limits, steps=[lambda: site.deployment(ready=1)])

    asked = {request.path.rpartition("/")[2] for request in site.server.requests}
    assert (said, asked) == (["deployment.apps/web ready"], {"deployments"})


def test_a_failure_is_explained_at_once(site: Site) -> None:
    web = site.deployment(conditions=[{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}])
    site.pod(web, reason="ImagePullBackOff", message="not found")

    error = failed(site, web, limits=replace(PATIENT, settle_s=20, timeout_s=0))

    assert str(error).splitlines()[1:] == [
        f'    pod web-1, container "app", image {IMAGE}: ImagePullBackOff: not found'
    ]


def test_a_connection_that_breaks_off_is_begun_anew(site: Site) -> None:
    steps: list[Callable[[], object]] = [
        site.server.history.bookmark,
        site.server.history.interrupt,
        lambda: site.deployment(ready=1),
    ]

    assert site.wait(site.deployment(), steps=steps) == ["deployment.apps/web ready"]


def test_where_watches_tell_nothing_it_is_listed(site: Site) -> None:
    web = site.deployment()
    site.server.history.is_mute = True

    assert site.wait(web, steps=[lambda: site.deployment(ready=1)]) == ["deployment.apps/web ready"]


def test_a_watch_whose_version_is_forgotten_begins_with_a_list(site: Site) -> None:
    def forget() -> None:
        site.put("ConfigMap", data={})
        site.server.history.forget()
        site.server.history.interrupt()

    assert site.wait(site.deployment(), steps=[forget, lambda: site.deployment(ready=1)]) == [
        "deployment.apps/web ready"
    ]


def test_a_server_that_comes_back_in_time_is_asked_again(site: Site) -> None:
    web = site.deployment()
    site.server.fail(503, method="GET", path="/deployments", times=9)

    assert site.wait(web, steps=[lambda: site.deployment(ready=1)]) == ["deployment.apps/web ready"]


def test_a_server_that_stays_away_ends_it_with_its_own_error(site: Site) -> None:
    web = site.deployment()
    site.server.fail(503, method="GET", path="/deployments", times=10_000, message="etcd is down")

    error = failed(site, web, limits=replace(PATIENT, lost_s=0.05))

    assert str(error) == (
        "applied, but it is not known whether it is ready: cannot list deployment.apps in namespace default: "
        f'API server {site.server.url} (context "fake") answered 503: etcd is down'
    )
