"""What is said and printed where variables are secret, in whole command lines."""

from __future__ import annotations

import json

import pytest
from worlds import Done, World

from kubectl_images.objects import ObjectKey

PASSWORD = "hunter2-and-more"
PROJECT = """
vars:
- clusterSecret: {name: shop, key: vars}
deployments:
- path: app
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {url: "db://shop:{{ password }}@db", pin: "{{ pin }}"}
"""


def run(world: World, *argv: str, project: str = PROJECT, config: str = CONFIG) -> Done:
    """Run a command in a project with these files and the variables `password` and `pin` from a Secret."""
    world.write("project/deployment.yaml", project)
    world.write("project/app/config.yaml", config)
    key = ObjectKey("v1", "Secret", world.namespace, "shop")
    metadata = {"name": key.name, "namespace": key.namespace}
    variables = f"{{password: {PASSWORD}, pin: 48151623}}"
    world.cluster.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"vars": variables}}, key
    )
    return world.run(*argv, "--project", str(world.directory / "project"))


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(("diff",), id="diff"),
        pytest.param(("deploy", "-y", "-o", "yaml"), id="deploy"),
        pytest.param(("deploy", "-o", "json", "--dry-run=client"), id="client"),
        pytest.param(("deploy", "-o", "json", "--dry-run=server"), id="server"),
    ],
)
def test_a_secret_in_a_config_map_is_printed_by_no_command_that_sends_it(fakes: World, argv: tuple[str, ...]) -> None:
    done = run(fakes, *argv)

    assert "url: db://shop:***@db" in done.out.replace('"', "")
    assert PASSWORD not in done.out + done.err
    assert "48151623" not in done.out + done.err


def test_json_stays_json_where_a_number_is_secret(fakes: World) -> None:
    config = "apiVersion: x/v1\nkind: A\nmetadata: {name: a}\nspec: {pin: {{ pin }}}\n"

    done = run(fakes, "deploy", "--dry-run=client", "-o", "json", config=config)

    assert json.loads(done.out)["items"][0]["spec"] == {"pin": "***"}


def test_what_is_sent_is_whole(fakes: World) -> None:
    run(fakes, "deploy", "-y")

    found = fakes.live("v1", "ConfigMap", "app")

    assert found is not None
    assert found["data"] == {"url": f"db://shop:{PASSWORD}@db", "pin": "48151623"}


def test_render_prints_all_and_says_nothing(fakes: World) -> None:
    done = run(fakes, "render", config=CONFIG + "---\n{{ debug_print({'p': password}) }}")

    assert f"db://shop:{PASSWORD}@db" in done.out
    assert done.err == "debug_print: {'p': '***'}\n"


def test_list_writes_an_image_that_is_whole(fakes: World) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n"
    config = f"{pod}    image: \"{{{{ images.get_image('r.example.com/' ~ password) }}}}\"\n"
    fixed = f"r.example.com/{PASSWORD}=r.example.com/{PASSWORD}:1"

    done = run(fakes, "list", "--simple", "-F", fixed, "-F", f"{fixed}x", config=config)

    assert f"r.example.com/{PASSWORD}:1x" in done.out
    assert PASSWORD not in done.err


@pytest.mark.parametrize(
    ("project", "config", "argv", "said"),
    [
        pytest.param(PROJECT, "{{ raise(password) }}", ("render",), "config.yaml:1: ***", id="template"),
        pytest.param(PROJECT, "{{ password }}", ("render",), 'metadata, not "***"', id="object"),
        pytest.param(
            PROJECT, CONFIG.replace("{name: app}", "{name: '{{ password }}_'}"), ("deploy", "-y"), "***_", id="server"
        ),
        pytest.param(
            "deployments: [{include: app}]" + PROJECT.partition("deployments")[0],
            "",
            ("render", "-I", "x"),
            "hint: tags: app, ***",
            id="tags",
        ),
        pytest.param(
            PROJECT,
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n"
            "    image: \"{{ images.get_image('r.example.com/' ~ password) }}\"\n",
            ("render", "--offline", "-u"),
            "r.example.com/***",
            id="undecided",
        ),
    ],
)
def test_a_secret_is_in_no_error(fakes: World, project: str, config: str, argv: tuple[str, ...], said: str) -> None:
    if argv[-1] == "x":
        fakes.write("project/app/deployment.yaml", "tags: ['{{ password }}']\ndeployments: [{path: .}]\n")

    done = run(fakes, *argv, project=project, config=config)

    assert done.code == 1
    assert said in done.err
    assert PASSWORD not in done.err


def test_a_fixed_image_that_is_wrong_shows_no_secret(fakes: World) -> None:
    fakes.write(
        "project/inner/deployment.yaml",
        "images: [{image: nginx, resultImage: 'UPPER:{{ password }}'}]\ndeployments: [{path: ../app}]\n",
    )

    done = run(fakes, "render", project=PROJECT + "- include: inner\n")

    assert (done.code, PASSWORD in done.err, "UPPER:***" in done.err) == (1, False, True)


def test_the_environment_is_no_secret_unless_it_is_said_so(fakes: World) -> None:
    fakes.environ.update(DEPLOY_ENV="prod", TOKEN="a-long-token")
    project = "vars:\n- systemEnvVars: {env: DEPLOY_ENV}\n- systemEnvVars: {token: TOKEN}\n  sensitive: true\n"

    done = run(
        fakes, "render", project=f"{project}deployments: [{{path: app}}]", config="{{ raise(env ~ ' ' ~ token) }}"
    )

    assert done.err.splitlines()[0].endswith("config.yaml:1: prod ***")


@pytest.mark.parametrize(
    ("source", "namespace"),
    [
        pytest.param("{name: shop, key: other}", "default", id="of-the-context"),
        pytest.param("{name: shop, key: other, namespace: infra}", "infra", id="named"),
    ],
)
def test_the_way_to_a_broken_secret_is_a_command_for_the_same_cluster(
    fakes: World, source: str, namespace: str
) -> None:
    key = ObjectKey("v1", "Secret", namespace, "shop")
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop", "namespace": namespace}}
    infra = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infra"}}
    fakes.cluster.apply(infra, ObjectKey("v1", "Namespace", "", "infra"))
    fakes.cluster.apply({**body, "stringData": {"other": "a: b: c"}}, key)
    fakes.write("project/app/config.yaml", CONFIG)
    fakes.write("project/deployment.yaml", f"vars: [{{clusterSecret: {source}}}]\ndeployments: [{{path: app}}]\n")

    done = fakes.run("render", "--project", str(fakes.directory / "project"))

    command = "kubectl get secret/shop -o go-template='{{index .data \"other\" | base64decode}}'"
    context = fakes.cluster.context
    assert done.err.splitlines()[1] == f"hint: to see it: {command} --namespace={namespace} --context={context}"
