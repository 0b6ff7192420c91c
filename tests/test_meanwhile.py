"""What somebody else does while a deploy waits between two steps: nothing of it is taken back, nor overlooked."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from test_deploy_command import Screen
from test_main_job import deployment
from test_stages import JOB, a_project, config, put
from worlds import Done, World

from kubectl_images.cli import run
from kubectl_images.objects import ObjectKey
from kubectl_images.terminal import Terminal

HELD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, finalizers: [example.com/hold]}\n"
DELETE_HELD = "deployments:\n- deleteObjects:\n  - {kind: ConfigMap, name: old}\n"
KEPT = "{{ images.get_image('nginx', default='nginx:1') }}"


@dataclass
class Watched(Screen):
    """A screen before which somebody else acts as soon as it says that something is waited for."""

    acts: Sequence[Callable[[], object]] = ()

    def __post_init__(self) -> None:
        super().__init__()

    def write(self, text: str, /) -> int:
        if "waiting " in text:
            acts, self.acts = self.acts, ()
            for act in acts:
                act()
        return super().write(text)


def during_the_wait(world: World, acts: Sequence[Callable[[], object]], *argv: str) -> Done:
    """Run a command line, and do something else when it begins to wait."""
    out, err = io.StringIO(), Watched(acts)
    terminal = Terminal(io.TextIOWrapper(io.BytesIO()), out, err)
    code = run([*argv, "-y"], terminal, {**world.all_environ(), "NO_COLOR": ""})
    return Done(code, out.getvalue(), err.getvalue())


def let_go(world: World) -> None:
    """Let the object that is being deleted go."""
    key = ObjectKey("v1", "ConfigMap", world.namespace, "old")
    world.cluster.patch(key, [{"op": "remove", "path": "/metadata/finalizers"}])


def poked(world: World, image: str) -> None:
    path = "/spec/template/spec/containers/0/image"
    key = ObjectKey("apps/v1", "Deployment", world.namespace, "web")
    world.cluster.patch(key, [{"op": "replace", "path": path, "value": image}])


def deployed(world: World, image: str) -> None:
    assert world.run("deploy", "-f", world.write("other.yaml", deployment(f"app: {image}"))).code == 0


def kept(world: World, *, replicas: int = 0) -> str:
    """Return a Deployment whose image is the one that runs."""
    return deployment(f'app: "{KEPT}"').replace("replicas: 0", f"replicas: {replicas}")


def changed_error(rest: str, *, new: str = "nginx:2") -> str:
    return (
        "error: what runs was changed since it was read, so the rest was not applied\n"
        f"    deployment.apps/web, app: nginx:1 -> {new}\n    {rest}\n"
        "hint: somebody else deploys too: look at it, and run the same command again\n"
    )


def test_an_image_that_is_deployed_meanwhile_is_not_taken_back_in_a_later_stage(world: World) -> None:
    put(world, f"{deployment('app: nginx:1')}---\n{HELD}")
    project = a_project(world, f"{DELETE_HELD}- barrier: true\n- path: web\n", web=kept(world, replicas=1))

    done = during_the_wait(world, [lambda: deployed(world, "nginx:2"), lambda: let_go(world)], "deploy", project)

    assert (done.code, done.out) == (1, f"configmap/old in namespace {world.namespace} deleted\n")
    assert done.err.endswith(
        "2 objects: deleted 1, applied 0, unchanged 0, failed 0, not tried 1\n"
        + changed_error("1 later object was not tried")
    )
    assert world.image() == "nginx:2"


def test_an_image_that_is_poked_meanwhile_is_not_taken_back_in_the_same_stage(world: World) -> None:
    put(world, f"{deployment('app: nginx:1')}---\n{HELD}")
    project = a_project(world, f"{DELETE_HELD}- path: web\n", web=f"{JOB}---\n{kept(world)}")

    done = during_the_wait(world, [lambda: poked(world, "nginx:2"), lambda: let_go(world)], "deploy", project)

    assert done.code == 1
    assert done.err.endswith(changed_error("2 later objects were not tried"))
    assert world.live("batch/v1", "Job", "migrate") is None


def test_after_a_wait_for_readiness_it_is_looked_again(fakes: World) -> None:
    put(fakes, deployment("app: nginx:1"))
    text = "deployments:\n- path: first\n  waitReadiness: true\n- barrier: true\n- path: web\n"
    project = a_project(fakes, text, first=JOB, web=kept(fakes, replicas=1))

    def somebody_else_is_faster() -> None:
        deployed(fakes, "nginx:2")
        live = fakes.live("batch/v1", "Job", "migrate")
        assert live is not None
        fakes.server.put({**live, "status": {"conditions": [{"type": "Complete", "status": "True"}]}})

    done = during_the_wait(fakes, [somebody_else_is_faster], "deploy", project)

    assert (done.code, done.out) == (1, "job.batch/migrate created\n")
    assert done.err.endswith(changed_error("1 later object was not tried"))
    assert fakes.image() == "nginx:2"


def test_what_was_unchanged_before_the_wait_is_looked_at_again(world: World) -> None:
    app = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: '1'}\n"
    gone, edited = app.replace("NAME", "gone"), app.replace("NAME", "edited")
    put(world, f"{gone}---\n{edited}---\n{HELD}")
    text = f"{DELETE_HELD}- path: edited\n- barrier: true\n- path: gone\n"
    project = a_project(world, text, gone=gone, edited=edited)

    def somebody_else_is_at_it() -> None:
        keys = [ObjectKey("v1", "ConfigMap", world.namespace, name) for name in ("gone", "edited")]
        live = world.cluster.read_live(keys)[keys[0]]
        world.cluster.delete(keys[0], uid=live["metadata"]["uid"], resource_version="")
        world.cluster.patch(keys[1], [{"op": "replace", "path": "/data/a", "value": "2"}])
        let_go(world)

    done = during_the_wait(world, [somebody_else_is_at_it], "deploy", project)

    assert (done.code, done.out.splitlines()[1:]) == (0, ["configmap/edited configured", "configmap/gone created"])
    assert (config(world, "gone") or {})["data"] == {"a": "1"}


def test_an_image_of_ours_that_others_changed_meanwhile_is_told_as_it_was_just_before(world: World) -> None:
    put(world, f"{deployment('app: nginx:1')}---\n{HELD}")
    fixed = deployment("app: \"{{ images.get_image('nginx') }}\"")
    project = a_project(world, f"{DELETE_HELD}- path: web\n", web=fixed)

    acts = [lambda: deployed(world, "nginx:2"), lambda: let_go(world)]
    done = during_the_wait(world, acts, "deploy", project, "-F", "nginx=nginx:3")

    assert (done.code, done.out.splitlines()[1:]) == (
        0,
        ["deployment.apps/web configured", "    app: nginx:2 -> nginx:3 (fixed)"],
    )
