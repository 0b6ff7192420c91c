"""Stages of a project, end to end: what is deleted first, what is waited for, and what needs an earlier stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminals import CTRL_C, from_sources, on_terminal, plain
from test_deploy_checks import a_definition, a_name, a_resource
from test_deploy_command import asked
from worlds import World, real_world

from kubectl_images.objects import Body

OLD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old}\ndata: {a: b}\n"
NEW = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n"
DELETE_OLD = "deployments:\n- deleteObjects:\n  - {kind: ConfigMap, name: old}\n- path: new\n"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[World]:
    """Yield the world where something runs the pods."""
    with real_world(tmp_path) as made:
        yield made


def a_project(world: World, text: str, **files: str) -> str:
    """Write a project with the objects of its items, and return the flag for it."""
    world.write("project/deployment.yaml", text)
    for name, objects in files.items():
        world.write(f"project/{name}/objects.yaml", objects)
    return f"--project={world.directory / 'project'}"


def put(world: World, text: str) -> None:
    """Create an object that is there before."""
    assert world.run("deploy", "-f", world.write("before.yaml", text)).code == 0


def config(world: World, name: str) -> Body | None:
    return world.live("v1", "ConfigMap", name)


# --- What is deleted --------------------------------------------------------------------------------------------


def test_what_a_project_says_is_deleted_before_the_rest_is_applied(world: World) -> None:
    put(world, OLD)
    project = a_project(world, DELETE_OLD, new=NEW)

    done = world.run("deploy", project)

    assert (done.out, done.err) == (
        f"configmap/old in namespace {world.namespace} deleted\nconfigmap/new created\n",
        "2 objects: deleted 1, applied 1, unchanged 0, failed 0\n",
    )
    assert (config(world, "old") is None, config(world, "new") is None) == (True, False)


def test_what_is_not_there_is_not_deleted_again(world: World) -> None:
    project = a_project(world, DELETE_OLD, new=NEW)
    assert world.run("deploy", project).code == 0

    done = world.run("deploy", project)

    assert (done.code, done.out) == (0, "configmap/new unchanged\n")
    assert world.run("diff", project).code == 0


@pytest.mark.parametrize(
    ("flags", "out", "err"),
    [
        pytest.param(["--dry-run=client"], "OLD to delete (dry run)\nconfigmap/new (dry run)\n", "", id="client"),
        pytest.param(
            ["--dry-run=server"],
            "OLD deleted (server dry run)\nconfigmap/new created (server dry run)\n",
            "2 objects: deleted 1, applied 1, unchanged 0, failed 0 (server dry run)\n",
            id="server",
        ),
        pytest.param(
            ["--dry-run=client", "-o", "name"], "configmap/new\n", "OLD to delete (dry run)\n", id="client-name"
        ),
        pytest.param(
            ["--dry-run=server", "-o", "name"], "configmap/new\n", "OLD deleted (server dry run)\n", id="server-name"
        ),
    ],
)
def test_a_dry_run_shows_what_would_be_deleted(world: World, flags: list[str], out: str, err: str) -> None:
    put(world, OLD)
    project = a_project(world, DELETE_OLD, new=NEW)

    done = world.run("deploy", project, *flags)

    old = f"configmap/old in namespace {world.namespace}"
    assert (done.code, done.out, done.err) == (0, out.replace("OLD", old), err.replace("OLD", old))
    assert config(world, "old") is not None


@pytest.mark.parametrize(("flags", "said"), [([], "deleted\n"), (["--dry-run=client"], "to delete (dry run)\n")])
def test_what_is_deleted_is_not_among_the_objects_that_are_printed(world: World, flags: list[str], said: str) -> None:
    put(world, OLD)

    done = world.run("deploy", a_project(world, DELETE_OLD, new=NEW), "-o", "yaml", *flags)

    assert (done.code, done.err) == (0, f"configmap/old in namespace {world.namespace} {said}")
    assert "name: new" in done.out
    assert "name: old" not in done.out


def test_diff_shows_the_whole_object_that_would_be_deleted(world: World) -> None:
    put(world, f"apiVersion: v1\nkind: Secret\nmetadata: {{name: old}}\nstringData: {{a: b}}\n---\n{NEW}")
    project = a_project(world, DELETE_OLD.replace("ConfigMap", "Secret"), new=NEW)

    done = world.run("diff", project)

    name = f"v1.Secret.{world.namespace}.old"
    lines = ["apiVersion: v1", "data:", '  a: "***"', "kind: Secret", "metadata:", "  name: old"]
    lines += [f"  namespace: {world.namespace}", "type: Opaque"]
    removed = "".join(f"-{line}\n" for line in lines)
    assert (done.code, done.err) == (1, "")
    assert done.out == f"--- live/{name}\n+++ merged/{name}\n@@ -1,8 +0,0 @@\n{removed}"


def test_what_is_of_a_custom_kind_is_found_in_the_cluster(world: World) -> None:
    name = a_name()
    definition = a_definition(world, "x-kubernetes-preserve-unknown-fields: true", name)
    put(world, f"{definition}---\n{a_resource(name, '{a: 1}')}")
    project = a_project(world, f"deployments:\n- deleteObjects:\n  - {{kind: {name}, name: w}}\n- path: new\n", new=NEW)

    done = world.run("deploy", project)

    thing = f"{name}.images.example.com/w"
    assert done.out == f"{thing} in namespace {world.namespace} deleted\nconfigmap/new created\n"
    assert done.err == (
        f"warning: {thing}: what belongs to it goes with it, perhaps data\n"
        "2 objects: deleted 1, applied 1, unchanged 0, failed 0\n"
    )


def test_a_kind_that_nobody_knows_has_no_objects_to_delete(world: World) -> None:
    text = "deployments:\n- deleteObjects:\n  - {group: example.com, kind: Strange, name: w}\n- path: new\n"
    project = a_project(world, text, new=NEW)

    done = world.run("deploy", project)

    file = world.directory / "project" / "deployment.yaml"
    assert (done.code, done.out) == (0, "configmap/new created\n")
    assert done.err.startswith(
        f"warning: {file}:3: strange.example.com/w: the cluster knows no kind Strange in group example.com, "
        "so there is none to delete\n"
    )


def test_another_object_of_the_same_name_than_was_shown_is_not_deleted(fakes: World) -> None:
    put(fakes, OLD)
    project = a_project(fakes, DELETE_OLD, new=NEW)

    def recreate() -> str:
        fakes.server.remove("v1", "ConfigMap", "default", "old")
        put(fakes, OLD)
        return "y\n"

    done = asked(fakes, recreate, "deploy", project)

    assert done.code == 1
    assert done.err.endswith(
        "2 objects: applied 0, unchanged 0, failed 1, not tried 1\n"
        "error: 1 of 2 objects could not be applied; 1 more was not tried\n"
        "    configmap/old was deleted and created anew since it was read, so it is not deleted\n"
        f"        in {fakes.directory / 'project' / 'deployment.yaml'}:3\n"
        "hint: somebody else deploys too: look at it, and run the same command again\n"
    )
    assert config(fakes, "old") is not None


def test_who_may_not_delete_is_told_before_anything_is_done(fakes: World) -> None:
    fakes.server.forbid("delete", "configmaps")
    put(fakes, OLD)

    done = fakes.run("deploy", a_project(fakes, DELETE_OLD, new=NEW))

    assert done.code == 1
    assert 'cannot delete configmap/old in namespace default: User "' in done.err
    assert 'needs the rule {apiGroups: [""], resources: [configmaps], verbs: [delete]}' in done.err
    assert config(fakes, "new") is None


def test_a_service_may_take_the_port_of_one_that_is_deleted(world: World) -> None:
    port = 31000 + int(a_name()[5:], 16) % 1000
    service = (
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {0}}}\n"
        "spec: {{type: NodePort, ports: [{{port: 80, nodePort: {1}}}]}}\n"
    )
    put(world, service.format("old", port))
    text = "deployments:\n- deleteObjects:\n  - {kind: Service, name: old}\n- path: new\n"
    project = a_project(world, text, new=service.format("new", port))

    done = world.run("deploy", project)

    assert (done.code, done.out.splitlines()[0]) == (0, f"service/old in namespace {world.namespace} deleted")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param("{name: old}", ":3: kind is missing: an object is deleted by its kind and name", id="no-kind"),
        pytest.param("{kind: Pod}", ":3: name is missing: an object is deleted by its kind and name", id="no-name"),
        pytest.param("{kind: Pod, nam: a}", ":3: unknown key 'nam'; did you mean name?", id="misspelt"),
        pytest.param(
            "{kind: Pod, group: apps/v1, name: a}", ":3: group is apps/v1, which has a version", id="version-in-group"
        ),
        pytest.param(
            "{kind: ConfigMap, name: new}",
            ":3: configmap/new is deleted and deployed by the same project: it is written in ",
            id="deployed-too",
        ),
    ],
)
@pytest.mark.parametrize("command", ["deploy", "render"])
def test_a_mistake_in_what_is_to_be_deleted_is_told_with_its_place(
    fakes: World, entry: str, message: str, command: str
) -> None:
    text = f"deployments:\n- deleteObjects:\n  - {entry}\n- path: new\n"

    done = fakes.run(command, a_project(fakes, text, new=NEW))

    assert done.code == 1
    assert done.err.startswith(f"error: {fakes.directory / 'project' / 'deployment.yaml'}{message}")


def test_who_picks_objects_by_label_deletes_nothing(fakes: World) -> None:
    put(fakes, OLD)
    labelled = NEW.replace("{name: new}", "{name: new, labels: {app: web}}")

    done = fakes.run("deploy", a_project(fakes, DELETE_OLD, new=labelled), "-l", "app=web")

    assert (done.code, done.out) == (0, "configmap/new created\n")
    assert done.err.startswith("note: -l app=web picks objects, so none of deleteObjects is deleted\n")


def test_the_plan_begins_with_what_is_deleted_and_what_goes_with_it(fakes: World) -> None:
    put(fakes, f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: gone}}\n---\n{OLD}")
    text = DELETE_OLD.replace("- path", "  - {kind: Namespace, name: gone}\n- path")

    done = asked(fakes, "n\n", "deploy", a_project(fakes, text, new=NEW))

    assert done.err == (
        "configmap/old in default to delete\nnamespace/gone to delete\n    everything in it goes with it\n"
        "configmap/new to create\nplan for 3 objects: 2 to delete, 1 to create\n"
        f"Apply to namespace default of context fake ({fakes.server.url})? [y/N] nothing was applied\n"
    )


def test_a_project_may_do_nothing_but_delete(world: World) -> None:
    put(world, OLD)
    project = a_project(world, DELETE_OLD.replace("- path: new\n", ""))

    compared, done, again = (world.run(command, project) for command in ("diff", "deploy", "deploy"))

    assert (compared.code, done.code, again.code) == (1, 0, 0), (compared.err, done.err, again.err)
    assert (done.out, done.err) == (
        f"configmap/old in namespace {world.namespace} deleted\n",
        "1 object: deleted 1, applied 0, unchanged 0, failed 0\n",
    )
    assert (again.out, again.err) == ("", "0 objects: applied 0, unchanged 0, failed 0\n")


def test_what_a_later_stage_deletes_goes_after_what_is_before_it(world: World) -> None:
    put(world, OLD)
    text = "deployments:\n- path: new\n- barrier: true\n- deleteObjects:\n  - {kind: ConfigMap, name: old}\n"

    done = world.run("deploy", a_project(world, text, new=NEW))

    assert done.out == f"configmap/new created\nconfigmap/old in namespace {world.namespace} deleted\n"


IN_NAMESPACE = NEW.replace("{name: new}", "{name: new, namespace: doomed}")


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        pytest.param(
            "deployments:\n- path: new\n- deleteObjects:\n  - {kind: Namespace, name: doomed}\n", 4, id="same"
        ),
        pytest.param(
            "deployments:\n- path: new\n- barrier: true\n- deleteObjects:\n  - {kind: Namespace, name: doomed}\n",
            5,
            id="later",
        ),
    ],
)
def test_a_namespace_with_what_is_deployed_is_not_deleted(fakes: World, text: str, stage: int) -> None:
    done = fakes.run("deploy", a_project(fakes, text, new=IN_NAMESPACE))

    project = fakes.directory / "project"
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"error: {project / 'deployment.yaml'}:{stage}: namespace/doomed is deleted, and with it configmap/new in namespace"
        f" doomed, which the same project deploys: it is written in {project / 'new' / 'objects.yaml'}:1\n"
        "hint: leave namespace/doomed out of deleteObjects, or the other one out of the project\n"
    )


@pytest.mark.parametrize("command", ["deploy", "diff"])
def test_the_definition_of_what_is_deployed_is_not_deleted(world: World, command: str) -> None:
    name = a_name()
    put(world, a_definition(world, "x-kubernetes-preserve-unknown-fields: true", name))
    crd = f"{name}s.images.example.com"
    text = f"deployments:\n- deleteObjects:\n  - {{kind: CustomResourceDefinition, name: {crd}}}\n- path: new\n"

    done = world.run(command, a_project(world, text, new=a_resource(name, "{a: 1}")))

    assert (done.code, done.out) == (2 if command == "diff" else 1, "")
    assert (
        f":3: customresourcedefinition.apiextensions.k8s.io/{crd} is deleted, and with it {name}.images.example.com/w"
        f" in namespace {world.namespace}, which the same project deploys: it is written in "
    ) in done.err


def test_a_definition_that_nothing_of_the_project_needs_is_deleted(fakes: World) -> None:
    name = a_name()
    put(fakes, a_definition(fakes, "x-kubernetes-preserve-unknown-fields: true", name))
    crd = f"{name}s.images.example.com"
    text = f"deployments:\n- deleteObjects:\n  - {{kind: CustomResourceDefinition, name: {crd}}}\n- path: new\n"

    done = fakes.run("deploy", a_project(fakes, text, new=NEW))

    assert done.out == f"customresourcedefinition.apiextensions.k8s.io/{crd} deleted\nconfigmap/new created\n"


def test_what_is_deleted_is_looked_for_in_the_namespace_that_overrides_others(fakes: World) -> None:
    put(fakes, "apiVersion: v1\nkind: Namespace\nmetadata: {name: elsewhere}\n")
    put(fakes, f"{OLD}---\n{OLD.replace('name: old', 'name: old, namespace: elsewhere')}")

    done = fakes.run("deploy", a_project(fakes, f"overrideNamespace: elsewhere\n{DELETE_OLD}", new=NEW))

    assert done.out == "configmap/old in namespace elsewhere deleted\nconfigmap/new created\n"
    assert config(fakes, "old") is not None


QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: limit}
spec: {hard: {count/secrets: "1"}}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: NAME}\n"


def a_full_quota(world: World) -> None:
    """Let the namespace hold no second Secret, when the server has counted the first."""
    put(world, SECRET.replace("NAME", "old"))
    put(world, QUOTA)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        quota = world.live("v1", "ResourceQuota", "limit") or {}
        if (quota.get("status") or {}).get("used") == {"count/secrets": "1"}:
            return
    raise AssertionError("the quota is never counted")


@pytest.mark.parametrize("barrier", ["", "- barrier: true\n"], ids=["same-stage", "later-stage"])
def test_a_quota_has_room_for_what_comes_after_a_deletion(real: World, barrier: str) -> None:
    a_full_quota(real)
    text = f"deployments:\n- deleteObjects:\n  - {{kind: Secret, name: old}}\n{barrier}- path: new\n"

    done = real.run("deploy", a_project(real, text, new=SECRET.replace("NAME", "new")))

    assert done.code == 0, done.err
    assert done.out == f"secret/old in namespace {real.namespace} deleted\nsecret/new created\n"


# --- What is not compared ---------------------------------------------------------------------------------------


def test_fields_that_a_project_file_names_are_not_compared_for_what_is_below_it(world: World) -> None:
    put(world, f"{OLD}---\n{NEW}data: {{a: b}}\n")
    rule = "ignoreForDiff:\n- {kind: ConfigMap, fieldPath: data.a}\n"
    project = a_project(world, "deployments:\n- include: sub\n- path: new\n", new=f"{NEW}data: {{a: c}}\n")
    world.write("project/sub/deployment.yaml", f"deployments:\n- path: old\n{rule}")
    world.write("project/sub/old/objects.yaml", OLD.replace("a: b", "a: c"))

    done = world.run("diff", project)

    assert done.code == 1
    assert [line for line in done.out.splitlines() if line.startswith(("---", "+++"))] == [
        f"--- live/v1.ConfigMap.{world.namespace}.new",
        f"+++ merged/v1.ConfigMap.{world.namespace}.new",
    ]


# --- What needs an earlier stage --------------------------------------------------------------------------------


def test_what_needs_the_definition_or_the_namespace_of_an_earlier_stage_passes_the_check(world: World) -> None:
    name, namespace = a_name(), f"kubectl-images-test-{a_name()}"
    world.removed_later.append(f"/api/v1/namespaces/{namespace}")
    definition = a_definition(world, "x-kubernetes-preserve-unknown-fields: true", name)
    put(world, NEW)
    first = f"{definition}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"
    last = f"{NEW.replace('name: new', f'name: new, namespace: {namespace}')}---\n{NEW}"
    text = "deployments:\n- path: first\n- barrier: true\n- path: second\n  barrier: true\n- path: last\n"
    project = a_project(world, text, first=first, second=a_resource(name, "{a: 1}"), last=last)

    done = world.run("deploy", project)

    assert done.code == 0, done.err
    assert done.out.splitlines()[0].endswith(" created")
    assert done.err.endswith("5 objects: applied 4, unchanged 1, failed 0\n")


def test_a_kind_that_an_earlier_stage_may_bring_is_left_to_the_write(fakes: World) -> None:
    """An operator defines its kinds when it runs, so that no file tells of them."""
    put(fakes, NEW)
    changed = f"{NEW}data: {{a: b}}\n"
    text = "deployments:\n- path: first\n- barrier: true\n- path: second\n"
    project = a_project(fakes, text, first=changed, second=a_resource("Strange", "{a: 1}"))

    done = fakes.run("deploy", project)

    assert (done.code, done.out) == (1, "configmap/new configured\n")
    assert "knows no kind Strange in images.example.com/v1" in done.err


def test_a_kind_that_nothing_before_it_can_bring_is_refused_before_the_first_write(world: World) -> None:
    put(world, NEW)
    changed = f"{NEW}data: {{a: b}}\n"
    project = a_project(world, "deployments:\n- path: a\n", a=f"{changed}---\n{a_resource('Strange', '{a: 1}')}")

    done = world.run("deploy", project)

    assert (done.code, done.out) == (1, "")


# --- What is waited for -----------------------------------------------------------------------------------------

JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: app, image: example.com/web:1}]
"""
WAITING = "deployments:\n- path: first\n  waitReadiness: true\n- barrier: true\n- path: last\n"


def a_failed_job(world: World, job: str = JOB) -> None:
    """Put the Job as it is when its pod has failed."""
    put(world, job)
    live = world.live("batch/v1", "Job", "migrate")
    assert live is not None
    condition = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "it has failed"}
    world.server.put({**live, "status": {"conditions": [condition]}}, manager="kubectl-images")


def test_a_stage_begins_when_what_is_waited_for_is_ready(real: World) -> None:
    done = real.run("deploy", a_project(real, WAITING, first=JOB, last=NEW))

    assert (done.code, done.out) == (0, "job.batch/migrate created\nconfigmap/new created\n")
    assert done.err == "job.batch/migrate ready\n2 objects: applied 2, unchanged 0, failed 0\n"


def test_what_waits_is_ready_before_the_deploy_ends_also_after_the_last_barrier(real: World) -> None:
    done = real.run("deploy", a_project(real, "deployments:\n- path: a\n  waitReadiness: true\n", a=JOB))

    assert (done.code, done.out) == (0, "job.batch/migrate created\n")
    assert done.err == "job.batch/migrate ready\n1 object: applied 1, unchanged 0, failed 0\n"


def test_what_was_waited_for_at_a_barrier_is_not_waited_for_again_at_the_end(real: World) -> None:
    done = real.run("deploy", a_project(real, WAITING, first=JOB, last=JOB.replace("migrate", "late")), "--wait")

    assert (done.code, done.out) == (0, "job.batch/migrate created\njob.batch/late created\n")
    assert done.err == ("job.batch/migrate ready\n2 objects: applied 2, unchanged 0, failed 0\njob.batch/late ready\n")


def test_later_stages_are_not_tried_when_something_does_not_become_ready(fakes: World) -> None:
    a_failed_job(fakes)

    done = fakes.run("deploy", a_project(fakes, WAITING, first=JOB, last=NEW))

    assert (done.code, done.out) == (1, "job.batch/migrate unchanged\n")
    summary, error, *rest = done.err.splitlines()
    assert summary == "2 objects: applied 0, unchanged 1, failed 0, not tried 1"
    assert error.startswith("error: applied, but job.batch/migrate in namespace default will not be ready: ")
    assert "    1 later object was not tried" in rest
    assert config(fakes, "new") is None


@pytest.mark.parametrize("flags", [["--dry-run=server"], ["--dry-run=client"]], ids=lambda flags: flags[0])
def test_a_dry_run_waits_for_nothing(fakes: World, flags: list[str]) -> None:
    a_failed_job(fakes)

    assert fakes.run("deploy", a_project(fakes, WAITING, first=JOB, last=NEW), *flags).code == 0


def test_an_object_may_ask_itself_to_be_waited_for(fakes: World) -> None:
    annotated = JOB.replace("{name: migrate}", "{name: migrate, annotations: {kluctl.io/wait-readiness: 'true'}}")
    a_failed_job(fakes, annotated)
    text = WAITING.replace("  waitReadiness: true\n", "")

    done = fakes.run("deploy", a_project(fakes, text, first=annotated, last=NEW))

    assert (done.code, done.out) == (1, "job.batch/migrate unchanged\n")
    assert config(fakes, "new") is None


def test_an_item_without_the_key_is_not_waited_for(fakes: World) -> None:
    a_failed_job(fakes)
    text = WAITING.replace("  waitReadiness: true\n", "")

    done = fakes.run("deploy", a_project(fakes, text, first=JOB, last=NEW))

    assert (done.code, done.out) == (0, "job.batch/migrate unchanged\nconfigmap/new created\n")


HELD = OLD.replace("{name: old}", "{name: old, finalizers: [example.com/hold]}")


def test_a_deletion_that_is_held_is_shown_and_ctrl_c_tells_what_is_under_way(fakes: World) -> None:
    put(fakes, HELD)
    project = a_project(fakes, DELETE_OLD, new=NEW)

    code, screen = on_terminal(
        [*from_sources(), "deploy", "-y", project],
        fakes.all_environ(),
        wait_for=b"waiting 0 s: configmap/old is being deleted: example.com/hold holds it",
        answer=CTRL_C,
    )

    assert code == 130
    assert (
        "\ninterrupted: 2 objects: 1 being worked on, and perhaps done, 1 not tried\n"
        "hint: the same command again does the rest\n"
    ) in plain(screen)


def test_the_end_of_what_is_deleted_is_waited_for_as_long_as_the_timeout_says(fakes: World) -> None:
    put(fakes, HELD)

    done = fakes.run("deploy", a_project(fakes, DELETE_OLD, new=NEW), "--timeout=1ms")

    assert done.code == 1
    assert "configmap/old is being deleted, but is still there after 0.001 s: example.com/hold holds it" in done.err


def test_ctrl_c_at_a_barrier_tells_how_far_it_came(fakes: World) -> None:
    project = a_project(fakes, WAITING, first=JOB, last=NEW)

    code, screen = on_terminal(
        [*from_sources(), "deploy", "-y", project], fakes.all_environ(), wait_for=b"waiting ", answer=CTRL_C
    )

    assert code == 130
    assert (
        "\ninterrupted: applied, but 1 object is not ready yet\n"
        "2 objects: 1 applied, 1 not tried\nhint: the same command again does the rest\n"
    ) in plain(screen)
    assert config(fakes, "new") is None
