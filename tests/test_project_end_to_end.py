"""A whole project on a registry and a cluster, fakes and real ones: deployed, changed, and deployed by its list."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import WORLDS, Done, World

from kubectl_images import documents

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: {{ replicas }}
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
      - name: app
        image: {{ images.get_image('REGISTRY/team/NAME', "prefix('main-', suffix=number())") }}
        env: [{name: COLOUR, value: "{{ shared.colour }}"}]
"""
FILES = {
    ".kluctl.yaml": "args: [{name: replicas, default: 1}]\ntargets:\n- name: dev\n- name: prod\n  args: {replicas: 2}\n",
    "deployment.yaml": """\
vars:
- clusterConfigMap: {name: shared, key: vars}
- clusterSecret: {name: secret, key: vars}
- values: {replicas: "{{ args.replicas }}"}
deployments:
- path: settings
- barrier: true
- include: services
commonLabels: {shop/target: "{{ target.name }}"}
""",
    "settings/settings.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: settings}
stringData: {password: "{{ shared.password }}"}
""",
    "services/deployment.yaml": "deployments:\n- path: web\n- path: api\n",
    "services/web/web.yaml": WEB.replace("NAME", "web"),
    "services/api/kustomization.yaml": "resources: [api.yaml]\n",
    "services/api/api.yaml": WEB.replace("NAME", "api"),
}
SHARED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata:\n  vars: |\n    shared: {colour: green}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: secret}\nstringData:\n  vars: |\n    shared: {password: s3cret-word}\n"


@pytest.fixture(params=list(WORLDS))
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The project's directory, in a world whose cluster and registry have what it needs."""
    with WORLDS[request.param](tmp_path) as world:
        for name, text in FILES.items():
            world.write(f"shop/{name}", text)
        monkeypatch.chdir(world.directory / "shop")
        for name in ("web", "api"):
            world.registry.push(f"team/{name}", "main-1", "main-2", "latest")
        assert world.run("deploy", "-f", "-", stdin=f"{SHARED}---\n{SECRET}").code == 0
        yield world


def images(world: World) -> list[str | None]:
    return [(world.image(name) or "(none)").removeprefix(f"{world.host}/") for name in ("web", "api")]


def deployed(world: World, *flags: str) -> Done:
    done = world.run("deploy", "-t", "prod", *flags)
    assert done.code == 0, done.err
    return done


def test_a_project_is_deployed_and_a_second_time_nothing_changes(shop: World) -> None:
    first = deployed(shop)

    assert first.out.splitlines()[0] == "secret/settings created"
    assert images(shop) == ["team/web:main-2", "team/api:main-2"]
    web = shop.live("apps/v1", "Deployment", "web")
    assert web is not None
    assert (web["spec"]["replicas"], web["metadata"]["labels"]) == (2, {"shop/target": "prod"})
    settings = shop.live("v1", "Secret", "settings")
    assert settings is not None
    assert base64.b64decode(settings["data"]["password"]) == b"s3cret-word"
    assert shop.run("diff", "-t", "prod") == Done(0, "", "")
    assert deployed(shop).err == "3 objects: applied 0, unchanged 3, failed 0\n"


def test_newer_images_come_with_update_for_what_is_included(shop: World) -> None:
    deployed(shop)
    for name in ("web", "api"):
        shop.registry.push(f"team/{name}", "main-10")

    deployed(shop)
    assert images(shop) == ["team/web:main-2", "team/api:main-2"]
    deployed(shop, "-u", "-I", "api")

    assert images(shop) == ["team/web:main-2", "team/api:main-10"]


def test_what_was_listed_is_deployed_elsewhere_without_a_registry(shop: World) -> None:
    listed = shop.run("list", "-t", "prod")
    file = shop.write("images.yaml", listed.out)
    for name in ("web", "api"):
        shop.registry.push(f"team/{name}", "main-10")

    deployed(shop, "--fixed-images-file", file, "--offline")

    assert images(shop) == ["team/web:main-2", "team/api:main-2"]
    entries = documents.read(listed.out, "list")[0].value["images"]
    assert [(entry["tags"], entry["deploymentDir"]) for entry in entries] == [
        (["api", "services"], "services/api"),
        (["services", "web"], "services/web"),
    ]


def test_the_values_of_a_clusters_secret_are_nowhere_in_the_output(shop: World) -> None:
    first = deployed(shop, "-v=2")
    shop.write("shop/settings/settings.yaml", FILES["settings/settings.yaml"].replace("password:", "password: x"))

    said = [first, *(shop.run(*argv, "-t", "prod") for argv in (["diff"], ["list"], ["deploy", "-o", "yaml"]))]

    assert "s3cret-word" not in "".join(done.out + done.err for done in said)


def test_the_context_of_a_target_is_the_cluster_that_is_deployed_to(shop: World) -> None:
    written = shop.kubeconfig.read_text(encoding="utf-8")
    config = documents.read(written, "kubeconfig")[0].value
    nowhere = {"name": "nowhere", "cluster": {"server": "http://127.0.0.1:1"}}
    config["clusters"].append(nowhere)
    current = config["current-context"]
    config["contexts"].append({"name": "wrong", "context": {"cluster": "nowhere", "user": ""}})
    shop.kubeconfig.write_text(documents.write([{**config, "current-context": "wrong"}]), encoding="utf-8")
    shop.write("shop/.kluctl.yaml", f"targets:\n- name: prod\n  context: {current}\n  args: {{replicas: 1}}\n")

    done = deployed(shop)

    assert f"note: target prod: context {current}\n" in done.err
    shop.kubeconfig.write_text(written, encoding="utf-8")
    assert images(shop) == ["team/web:main-2", "team/api:main-2"]


def test_what_a_project_gets_wrong_changes_nothing(shop: World) -> None:
    shop.write("shop/services/deployment.yaml", "deployments:\n- path: web\n- path: aip\n")

    done = shop.run("deploy", "-t", "prod")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: services/deployment.yaml:3: ")
    assert images(shop) == ["(none)", "(none)"]
