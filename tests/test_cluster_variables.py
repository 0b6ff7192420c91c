"""Variables from the cluster in whole command lines, on the fake API server and on the real one alike."""

from __future__ import annotations

import base64

from worlds import World

from kubectl_images.objects import Body, ObjectKey

DEPLOYMENT = """
vars:
- clusterConfigMap: {name: shop, key: vars}
- clusterSecret: {name: shop, key: password}
  targetPath: password
deployments:
- path: app
- path: app
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {size: "{{ size + 1 }}", length: "{{ password | length }}"}
"""


def project(world: World, deployment: str = DEPLOYMENT, config: str = CONFIG) -> str:
    world.write("project/app/config.yaml", config)
    world.write("project/deployment.yaml", deployment)
    return str(world.directory / "project")


def put(world: World, kind: str, **data: str) -> None:
    body: Body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "shop", "namespace": world.namespace}}
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    body["data"] = encoded if kind == "Secret" else data
    world.cluster.apply(body, ObjectKey("v1", kind, world.namespace, "shop"))


def test_variables_come_from_the_namespace_of_the_context(world: World) -> None:
    put(world, "ConfigMap", vars="size: 2")
    put(world, "Secret", password="hunter2")
    one_item = DEPLOYMENT.replace("- path: app\n- path: app\n", "- path: app\n")

    done = world.run("render", "--project", project(world, one_item))

    assert (done.err, done.code) == ("", 0)
    assert 'size: "3"\n  length: "7"\n' in done.out


def test_a_secret_is_not_shown_where_a_template_fails(world: World) -> None:
    put(world, "ConfigMap", vars="size: 2")
    put(world, "Secret", password="hunter2")
    config = "{{ debug_print(password) }}{{ raise('not ' ~ password) }}"

    done = world.run("render", "--project", project(world, config=config))

    assert done.code == 1
    printed, error, *_ = done.err.splitlines()
    assert (printed, error) == ("debug_print: ***", f"error: {world.directory / 'project/app/config.yaml'}:1: not ***")


def test_an_object_that_is_not_there_is_told_with_the_line(world: World) -> None:
    directory = project(world)

    done = world.run("render", "--project", directory)

    assert done.code == 1
    assert done.err == (
        f"error: {directory}/deployment.yaml:3: there is no configmap/shop in the namespace of the context in the "
        "cluster\n"
        "hint: it has to be there before: an object that this project deploys cannot give it variables\n"
    )


def test_nothing_is_asked_twice(fakes: World) -> None:
    put(fakes, "ConfigMap", vars="size: 2")
    put(fakes, "Secret", password="hunter2")
    items = "- path: app\n  vars:\n  - clusterConfigMap: {name: shop, key: vars}\n"
    before = len(fakes.server.requests)

    fakes.run("render", "--project", project(fakes, f"{DEPLOYMENT}{items}{items}"))

    read = [request for request in fakes.server.requests[before:] if "/shop" in request.path]
    assert len(read) == 2


def test_a_refusal_says_which_right_is_needed(fakes: World) -> None:
    fakes.server.forbid("get", "configmaps")
    directory = project(fakes)

    done = fakes.run("render", "--project", directory)

    assert done.code == 1
    assert done.err.startswith(
        f"error: {directory}/deployment.yaml:3: cannot read configmap/shop in namespace default: "
    )
    assert (
        'hint: a role of this user needs the rule {apiGroups: [""], resources: [configmaps], verbs: [get]}' in done.err
    )


def test_without_a_cluster_the_line_that_needs_one_is_told(fakes: World) -> None:
    fakes.environ["KUBECONFIG"] = str(fakes.directory / "none")
    directory = project(fakes)

    done = fakes.run("render", "--project", directory)

    assert done.code == 1
    assert f"{directory}/deployment.yaml:3: configmap/shop in the namespace of the context cannot be read: " in done.err
