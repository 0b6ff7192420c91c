"""The command `poke`: images of live objects change, and nothing else of them does."""

from __future__ import annotations

import base64
import copy
import secrets

import pytest
from test_deploy_command import JOB, asked, requests
from test_main_job import CRD, PROXY, WEB, WIDGET, deployment
from worlds import Done, World

from kubectl_images.objects import Body, ObjectKey

INIT = f"initContainers:\n- {{name: init, image: '{PROXY}'}}\n"


@pytest.fixture
def web(world: World) -> str:
    """Return the file of a Deployment that runs main-1 and 1.0, while main-2 and 1.1 are the newest."""
    return started(world)


@pytest.fixture
def fake_web(fakes: World) -> str:
    return started(fakes)


def started(world: World) -> str:
    world.registry.push("team/web", "main-1")
    world.registry.push("team/proxy", "1.0")
    file = world.write("web.yaml", deployment(f"app: {WEB}", f"side: {PROXY}", more=INIT))
    assert world.run("deploy", "-f", file).code == 0
    world.registry.push("team/web", "main-2")
    world.registry.push("team/proxy", "1.1")
    return file


def live_web(world: World) -> Body:
    body = world.live("apps/v1", "Deployment", "web")
    assert body is not None, "the fixture applied it"
    return body


def essential(body: Body) -> Body:
    """Return the object without what the server counts and notes whenever something changes."""
    metadata = {
        key: value
        for key, value in body["metadata"].items()
        if key not in {"generation", "managedFields", "resourceVersion"}
    }
    return {key: value for key, value in body.items() if key != "status"} | {"metadata": metadata}


def test_nothing_but_the_images_changes(world: World, web: str) -> None:
    sidecar = {"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "mesh", "image": "mesh:1"}}
    scaled = {"op": "replace", "path": "/spec/paused", "value": True}
    label = {"op": "add", "path": "/metadata/labels", "value": {"by": "hand"}}
    world.cluster.patch(
        ObjectKey("apps/v1", "Deployment", world.namespace, "web"), [sidecar, {**scaled, "op": "add"}, label]
    )
    before = live_web(world)
    text = (world.directory / "web.yaml").read_text(encoding="utf-8")
    world.write("web.yaml", text.replace("replicas: 0", "replicas: 0\n  minReadySeconds: 7"))

    done = world.run("poke", "-u", "-f", web)

    image = f"{world.host}/team"
    assert done == Done(
        0,
        "deployment.apps/web configured\n"
        f"    app: {image}/web:main-1 -> {image}/web:main-2 (registry)\n"
        f"    side: {image}/proxy:1.0 -> {image}/proxy:1.1 (registry)\n"
        f"    init: {image}/proxy:1.0 -> {image}/proxy:1.1 (registry)\n",
        "1 object: applied 1, unchanged 0, failed 0\n",
    )
    expected = copy.deepcopy(before)
    pod = expected["spec"]["template"]["spec"]
    assert [container["name"] for container in pod["containers"]] == ["mesh", "app", "side"]
    pod["containers"][1]["image"] = f"{image}/web:main-2"
    pod["containers"][2]["image"] = pod["initContainers"][0]["image"] = f"{image}/proxy:1.1"
    assert essential(live_web(world)) == essential(expected)


def test_a_later_deploy_goes_on_from_there_without_a_conflict(world: World, web: str) -> None:
    world.run("poke", "-u", "-f", web)

    kept = world.run("deploy", "-f", web)
    back = world.run("deploy", "-f", web, "-F", "REGISTRY/team/web=REGISTRY/team/web:main-1")

    assert (kept.code, kept.out.splitlines()[0]) == (0, "deployment.apps/web unchanged"), kept.err
    assert back.code == 0, back.err
    assert world.image() == f"{world.host}/team/web:main-1"


CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: backup, image: "IMAGE"}]}}}}
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {args: "--image=IMAGE -v", mode: a}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {args: "--image=IMAGE", password: hunter2}
"""


def test_other_kinds_and_longer_texts_are_changed_as_well(world: World) -> None:
    world.registry.push("team/proxy", "1.0")
    objects = f"{CRON}---\n{CONFIG}---\n{SECRET}".replace("IMAGE", PROXY)
    file = world.write("all.yaml", objects)
    assert world.run("deploy", "-f", file).code == 0
    world.registry.push("team/proxy", "1.1")
    world.write("all.yaml", objects.replace("mode: a", "mode: b").replace("hunter2", "hunter3"))

    done = world.run("poke", "-u", "-f", file)

    image = f"{world.host}/team/proxy"
    change = f"{image}:1.0 -> {image}:1.1 (registry)\n"
    assert done == Done(
        0,
        f"cronjob.batch/backup configured\n    backup: {change}"
        f"configmap/c configured\n    data.args: {change}"
        f"secret/s configured\n    stringData.args: {change}",
        "3 objects: applied 3, unchanged 0, failed 0\n",
    )
    cron, config, secret = (
        world.live(*kind) or {}
        for kind in (("batch/v1", "CronJob", "backup"), ("v1", "ConfigMap", "c"), ("v1", "Secret", "s"))
    )
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == f"{image}:1.1"
    assert config["data"] == {"args": f"--image={image}:1.1 -v", "mode": "a"}
    texts = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert texts == {"args": f"--image={image}:1.1", "password": "hunter2"}


def test_a_custom_resource_is_changed_as_well(world: World) -> None:
    plural = f"widgets{secrets.token_hex(4)}"
    name = f"{plural}.images.example.com"
    kind = f"{plural}Kind"
    world.registry.push("team/web", "main-1")
    world.removed_later.append(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")
    definition = CRD.replace("PLURAL", plural).replace("GROUP", name)
    file = world.write("all.yaml", f"{WIDGET.replace('KIND', kind)}---\n{definition}")
    assert world.run("deploy", "-f", file).code == 0
    world.registry.push("team/web", "main-2")

    done = world.run("poke", "-u", "-f", file)

    assert (done.code, done.err) == (0, "1 object: applied 1, unchanged 0, failed 0\n")
    live = world.live("images.example.com/v1", kind, "w")
    assert live is not None
    assert live["spec"] == {"engine": f"{world.host}/team/web:main-2"}


def test_what_somebody_else_changes_before_the_answer_is_not_written_over(world: World, web: str) -> None:
    other = f"{world.host}/team/web:main-9"

    def somebody_else_is_faster() -> str:
        key = ObjectKey("apps/v1", "Deployment", world.namespace, "web")
        path = "/spec/template/spec/containers/0/image"
        world.cluster.patch(key, [{"op": "replace", "path": path, "value": other}])
        return "y\n"

    done = asked(world, somebody_else_is_faster, "poke", "-u", "-f", web)

    assert done.code == 1
    assert done.err.endswith(
        "1 object: applied 0, unchanged 0, failed 1\n"
        f"error: cannot change deployment.apps/web in namespace {world.namespace}: "
        "somebody else changed it since it was read\n"
        f"    spec.template.spec.containers[app].image: {world.host}/team/web:main-1 -> {other}\n"
        f"    in {web}:1\n"
        "hint: look at it, and run the same command again\n"
    )
    assert world.image() == other
    assert world.image(container="side") == f"{world.host}/team/proxy:1.0"


def test_where_the_template_of_a_job_cannot_change_nothing_is_changed(world: World, web: str) -> None:
    file = world.write("job.yaml", JOB)
    world.run("deploy", "-f", file)
    world.write("job.yaml", JOB.replace('"nginx:1"', "\"{{ images.get_image('nginx') }}\""))

    done = world.run("poke", "-f", web, "-f", file, "-u", "-F", "nginx=nginx:2")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(
        "error: 1 of 2 objects could not be changed, so nothing was\n"
        f"    the server refuses job.batch/once in namespace {world.namespace}: it is invalid\n"
        "        spec.template: Invalid value: field is immutable\n"
        f"        in {file}:1\n"
    )
    assert world.image() == f"{world.host}/team/web:main-1"


def test_what_is_as_decided_is_unchanged_and_costs_no_further_request(fakes: World, fake_web: str) -> None:
    fakes.server.requests.clear()

    kept = fakes.run("poke", "-f", fake_web)

    assert kept == Done(0, "deployment.apps/web unchanged\n", "1 object: applied 0, unchanged 1, failed 0\n")
    assert requests(fakes) == [("GET", "web", False)]


def test_the_plan_and_the_change_cost_a_request_each(fakes: World, fake_web: str) -> None:
    fakes.server.requests.clear()

    asked(fakes, "y\n", "poke", "-u", "-f", fake_web)

    assert requests(fakes) == [("GET", "web", False), ("PATCH", "web", True), ("PATCH", "web", False)]


@pytest.mark.parametrize(
    ("flags", "first", "summary", "sent"),
    [
        pytest.param(["--dry-run=client"], "web configured (dry run)\n", " (dry run)\n", False, id="client"),
        pytest.param(
            ["--dry-run=server"], "web configured (server dry run)\n", " (server dry run)\n", True, id="server"
        ),
        pytest.param(["--dry-run=server", "-o", "name"], "web\n", "", True, id="server-name"),
        pytest.param(["--dry-run=client", "-o", "name"], "web\n", "", False, id="client-name"),
    ],
)
def test_a_dry_run_says_so_and_changes_nothing(
    fakes: World, fake_web: str, flags: list[str], first: str, summary: str, sent: bool
) -> None:
    before = live_web(fakes)
    fakes.server.requests.clear()

    done = fakes.run("poke", "-u", "-f", fake_web, *flags)

    assert done.code == 0
    assert done.out.startswith(f"deployment.apps/{first}")
    assert done.err == (f"1 object: applied 1, unchanged 0, failed 0{summary}" if summary else "")
    assert ("PATCH" in {method for method, *_ in requests(fakes)}) == sent
    assert live_web(fakes) == before


def test_objects_that_are_not_there_are_warned_of_and_the_others_changed(fakes: World, fake_web: str) -> None:
    more = fakes.write("more.yaml", deployment(f"app: {WEB}", name="new"))

    done = fakes.run("poke", "-u", "-f", fake_web, "-f", more)

    assert done.code == 0
    assert done.err == (
        "warning: deployment.apps/new in namespace default is not there; deploy creates it\n"
        "1 object: applied 1, unchanged 0, failed 0\n"
    )
    assert fakes.image() == f"{fakes.host}/team/web:main-2"
    assert fakes.live("apps/v1", "Deployment", "new") is None


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        pytest.param(
            deployment(f"app: {WEB}", name="new"),
            "nothing to change: no object is there\n    deployment.apps/new in namespace default\nhint: deploy creates them\n",
            id="no-object-there",
        ),
        pytest.param(
            deployment("app: nginx:1"),
            "no object of the input has an image that images.get_image decides, so there is nothing to change\n"
            "hint: deploy applies manifests as they are\n",
            id="no-images",
        ),
    ],
)
def test_where_there_is_nothing_to_change_it_is_an_error(fakes: World, manifest: str, error: str) -> None:
    fakes.registry.push("team/web", "main-1")

    done = fakes.run("poke", "-f", fakes.write("new.yaml", manifest))

    assert done == Done(1, "", f"error: {error}")


def test_when_one_object_does_not_fit_nothing_is_changed(fakes: World, fake_web: str) -> None:
    fakes.run("deploy", "-f", fakes.write("other.yaml", deployment(f"app: {WEB}", name="other")))
    other = fakes.write("other.yaml", deployment(f"main: {WEB}", name="other"))
    fakes.server.requests.clear()

    done = fakes.run("poke", "-u", "-f", fake_web, "-f", other)

    assert done == Done(
        1,
        "",
        "error: 1 of 2 objects could not be changed, so nothing was\n"
        "    cannot change deployment.apps/other in namespace default: "
        "it has no spec.template.spec.containers[main], only app\n"
        f"        in {other}:1\n"
        "hint: deploy writes all of the manifest, images and rest\n",
    )
    assert {method for method, *_ in requests(fakes)} == {"GET"}


def test_a_misspelt_kind_is_no_object_that_is_not_there(world: World) -> None:
    file = world.write("web.yaml", deployment(f"app: {WEB}").replace("kind: Deployment", "kind: Deploymnet"))

    done = world.run("poke", "-f", file, "-F", "REGISTRY/team/web=REGISTRY/team/web:main-1")

    assert done.code == 1
    assert "knows no kind Deploymnet in apps/v1\nhint: did you mean kind Deployment of apiVersion apps/v1?" in done.err


def test_without_the_right_to_change_the_error_says_so(fakes: World, fake_web: str) -> None:
    fakes.server.forbid("patch", "deployments")

    done = fakes.run("poke", "-u", "-f", fake_web)

    assert done.code == 1
    assert "the server refuses deployment.apps/web in namespace default: User" in done.err


def test_an_object_whose_webhook_knows_no_dry_run_is_left_to_the_change(fakes: World, fake_web: str) -> None:
    fakes.server.fail(400, method="PATCH", message='admission webhook "a.example.com" does not support dry run')

    done = fakes.run("poke", "-u", "-f", fake_web)

    assert (done.code, fakes.image()) == (0, f"{fakes.host}/team/web:main-2")


def test_many_objects_are_read_in_one_list_checked_and_changed_several_at_a_time(fakes: World) -> None:
    fakes.registry.push("team/web", "main-1")
    file = fakes.write(
        "all.yaml", "---\n".join(deployment(f"app: {WEB}", name=f"web-{number}") for number in range(20))
    )
    fakes.run("deploy", "-f", file)
    fakes.registry.push("team/web", "main-2")
    fakes.server.requests.clear()

    done = fakes.run("poke", "-u", "-f", file)

    assert done.err == "20 objects: applied 20, unchanged 0, failed 0\n"
    assert [method for method, *_ in requests(fakes)] == ["GET"] + ["PATCH"] * 40
    assert fakes.server.most_at_once <= 8


@pytest.mark.parametrize("command", ["deploy", "poke"])
def test_who_waits_is_told_what_is_not_ready_in_time_after_what_was_done(
    fakes: World, fake_web: str, command: str
) -> None:
    # Nobody makes anything ready in this cluster.
    done = fakes.run(command, "-u", "-f", fake_web, "--wait", "--timeout=50ms")

    assert done.code == 1
    assert done.out.startswith("deployment.apps/web configured\n")
    summary, _, error = done.err.partition("\n")
    assert summary == "1 object: applied 1, unchanged 0, failed 0"
    assert error.startswith("error: ")
    assert "deployment.apps/web" in error


def test_who_only_tries_does_not_wait(fakes: World, fake_web: str) -> None:
    done = fakes.run("poke", "-u", "-f", fake_web, "--wait", "--timeout=50ms", "--dry-run=server")

    assert done.code == 0
