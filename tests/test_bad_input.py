"""What a user can get wrong: each gives one cause, a way out, the right exit code, and nothing applied."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from closed_ports import closed_port
from test_main_job import PROXY, WEB, deployment
from worlds import World

GOOD = deployment(f"app: {WEB}")


@dataclass(frozen=True)
class Case:
    """The file that is deployed, the further flags, other files, and what is said: the text after `error: `."""

    text: str
    said: str
    flags: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


def image(call: str) -> str:
    """Return a Deployment whose image is this template expression; it stands in line 12."""
    return deployment(f"app: {{{{ {call} }}}}")


BRACES = (
    "hint: when these braces belong to another tool: --no-templates, a line for the file in .templateignore, "
    "or {% raw %} ... {% endraw %} around them\n"
)
CASES = {
    "template-syntax": Case(
        image("images.get_image('x'"),
        f"web.yaml:12: unexpected '}}', expected ')'\n    image: {{{{ images.get_image('x' }}}}\n{BRACES}",
    ),
    "undefined-variable": Case(
        image("images.get_image(args.image)"),
        "web.yaml:12: 'dict object' has no attribute 'image'\n    image: {{ images.get_image(args.image) }}\n"
        f"hint: give it with -a NAME=VALUE and write args.NAME, or write | default('...')\n{BRACES}",
    ),
    "prometheus-rule": Case(
        "kind: PrometheusRule\nsummary: 'on {{ $labels.pod }}'\n",
        f"web.yaml:2: unexpected char '$'\n    summary: 'on {{{{ $labels.pod }}}}'\n{BRACES}",
    ),
    "yaml": Case(
        "kind: ConfigMap\n  name: x\n",
        "web.yaml:2: a key is not allowed here\n      name: x\n          ^\n"
        'hint: put quotes around a value that holds ": ", or give the line the indentation of the line above\n',
    ),
    "duplicate-key": Case(
        "kind: ConfigMap\nkind: Service\n",
        'web.yaml:2: the key "kind" is there twice, first in line 1\n    kind: Service\n    ^\n',
    ),
    "cut-placeholder": Case(
        image("images.get_image('x')[:12]"),
        "web.yaml:12: the image is decided after the templates, so its text cannot be cut or changed here\n"
        "    image: {{ images.get_image('x')[:12] }}\n"
        "hint: insert the image as it is; a tag that other fields need too belongs into args: -a tag=...\n",
    ),
    "hashed-placeholder": Case(
        image("('v' ~ images.get_image('x')) | sha256"),
        "web.yaml:12: images.get_image('x'): the image is decided after the templates, so the filter sha256 cannot "
        "use its text\n"
        "    image: {{ ('v' ~ images.get_image('x')) | sha256 }}\n"
        "hint: insert the image as it is; a tag that other fields need too belongs into args: -a tag=...\n",
    ),
    "filter": Case(
        image("""images.get_image('x', "prefix('a', suffix=numbr())")"""),
        "web.yaml:12: unknown version filter 'numbr'\n"
        "    image: {{ images.get_image('x', \"prefix('a', suffix=numbr())\") }}\n"
        "        prefix('a', suffix=numbr())\n                           ^^^^^\n"
        "hint: known filters: number, prefix, regex, semver\n",
    ),
    "image-reference": Case(
        image("images.get_image('foo/Bar')"),
        'web.yaml:12: invalid image "foo/Bar": the repository must be lower case\n'
        "    image: {{ images.get_image('foo/Bar') }}\nhint: write foo/bar\n",
    ),
    "image-with-tag": Case(
        image("images.get_image('nginx:1.25')"),
        "web.yaml:12: get_image needs an image without tag or digest, not 'nginx:1.25'\n"
        "    image: {{ images.get_image('nginx:1.25') }}\n"
        "hint: write images.get_image('nginx'), and a filter or -F to say which tag\n",
    ),
    "fixed-file-is-a-list": Case(
        GOOD,
        "fixed.yaml:1: the file is a map with one key, images: a list of image and resultImage\n"
        "hint: `kubectl images list -f ...` writes a file in the right form\n",
        ("--fixed-images-file", "fixed.yaml"),
        {"fixed.yaml": "- image: nginx\n"},
    ),
    "fixed-file-without-result": Case(
        GOOD,
        "fixed.yaml:3: resultImage is missing\nhint: `kubectl images list -f ...` writes a file in the right form\n",
        ("--fixed-images-file", "fixed.yaml"),
        {"fixed.yaml": "images:\n- {image: nginx, resultImage: nginx:1}\n- image: nginx\n"},
    ),
    "fixed-without-equals": Case(
        GOOD,
        '--fixed-image nginx:1.25: there is no "="\n'
        "hint: write it as IMAGE[:NAMESPACE[:Kind/name[:CONTAINER]]]=RESULT, as in nginx:prod=nginx:1.25\n",
        ("-F", "nginx:1.25"),
    ),
    "empty": Case(
        "# nothing\n",
        "there are no objects in the input\nhint: give files with objects: -f FILE, -f DIR or -f -\n",
    ),
    "no-kind": Case("a: 1\n---\napiVersion: v1\nmetadata: {name: x}\n", "web.yaml:1: an object without apiVersion\n"),
    "no-kind-in-the-second": Case(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\napiVersion: v1\nmetadata: {name: x}\n",
        "web.yaml:5: an object without kind\n",
    ),
    "no-name": Case("apiVersion: v1\nkind: Secret\nmetadata: {}\n", "web.yaml:1: Secret without metadata.name\n"),
    "twice": Case(
        f"{GOOD}---\n{GOOD}",
        "web.yaml:14: deployment.apps/web in namespace default is written twice; first at web.yaml:1\n",
    ),
    "repository-missing": Case(
        deployment(f"app: {PROXY}"),
        "cannot list the tags of REGISTRY/team/proxy: the registry has no such repository: 404 Not Found: "
        '"repository name not known to registry" (registry REGISTRY)\n'
        '    for deployment.apps/web, container "app", in web.yaml:12\n'
        "hint: check the name of the image, or pin it: --fixed-image REGISTRY/team/proxy=REGISTRY/team/proxy:TAG\n",
    ),
    "no-tag-accepted": Case(
        image("images.get_image('REGISTRY/team/web', 'number()')"),
        "no tag of REGISTRY/team/web is accepted by number()\n"
        '    for deployment.apps/web, container "app", in web.yaml:12; 2 tags, newest seen: main-10, main-9\n'
        "hint: try prefix('main-', suffix=number()), which accepts 2 tags, newest main-10, or pin it: "
        "--fixed-image REGISTRY/team/web=REGISTRY/team/web:TAG\n",
    ),
    "offline": Case(
        GOOD,
        "REGISTRY/team/web is neither fixed nor deployed, and --offline asks no registry\n"
        '    for deployment.apps/web, container "app", in web.yaml:12\n'
        "hint: pin it: --fixed-image REGISTRY/team/web=REGISTRY/team/web:TAG\n",
        ("--offline",),
    ),
    "context-missing": Case(
        GOOD,
        'context "prod" is not in the kubeconfig\n    known contexts: fake\nhint: --context takes one of: fake\n',
        ("--context", "prod"),
    ),
    "kubeconfig-missing": Case(
        GOOD,
        "kubeconfig nowhere does not exist\n"
        "hint: name another file with --kubeconfig, or leave it out to use KUBECONFIG or ~/.kube/config\n",
        ("--kubeconfig", "nowhere"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_said_with_its_place_and_way_out_and_nothing_is_applied(
    fakes: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fakes.directory)
    fakes.registry.push("team/web", "main-9", "main-10")
    for name, text in {"web.yaml": case.text, **case.files}.items():
        fakes.write(name, text)

    deployed = fakes.run("deploy", "-f", "web.yaml", *case.flags)
    compared = fakes.run("diff", "-f", "web.yaml", *case.flags)

    assert deployed.err == f"error: {case.said.replace('REGISTRY', fakes.host)}"
    assert (deployed.code, compared.code) == (1, 2)
    assert (deployed.out, compared.out) == ("", "")
    assert fakes.live("apps/v1", "Deployment", "web") is None


def test_an_unknown_field_is_named_and_a_way_to_the_known_ones_is_shown(fakes: World) -> None:
    fakes.registry.push("team/web", "main-9")
    file = fakes.write("web.yaml", GOOD.replace("replicas", "replicsa"))

    done = fakes.run("deploy", "-f", file)

    assert done.code == 1
    assert done.err == (
        "1 object: applied 0, unchanged 0, failed 1\n"
        "error: cannot apply deployment.apps/web in namespace default: .spec.replicsa: field not declared in schema\n"
        f"    in {file}:1\n"
        "hint: the fields that it may have: kubectl explain deployment.spec --api-version=apps/v1 --context=fake\n"
    )


@pytest.mark.parametrize("command", ["deploy", "diff"])
def test_a_registry_that_is_down_is_named_and_nothing_is_applied(fakes: World, command: str) -> None:
    with closed_port() as host:
        file = fakes.write("web.yaml", GOOD.replace("REGISTRY", host))

        done = fakes.run(command, "-f", file)

    assert done.code == (2 if command == "diff" else 1)
    assert done.err.startswith(f"error: cannot list the tags of {host}/team/web: ")
    assert f'(registry {host})\n    for deployment.apps/web, container "app", in {file}:12\nhint: ' in done.err
    assert fakes.image() is None


def test_an_api_server_that_is_down_is_named(fakes: World) -> None:
    with closed_port() as host:
        server = f"http://{host}"

        done = fakes.run("deploy", "-f", fakes.write("web.yaml", GOOD), "-s", server)

    assert done.code == 1
    assert server in done.err
    assert "Traceback" not in done.err


def test_a_refused_right_names_what_is_missing_and_nothing_secret_is_said(fakes: World) -> None:
    fakes.registry.push("team/web", "main-9")
    fakes.server.forbid("patch", "deployments")

    done = fakes.run("deploy", "-f", fakes.write("web.yaml", GOOD))

    assert done.code == 1
    assert 'cannot patch resource "deployments"' in done.err
    assert "fake-token" not in done.err


def test_what_runs_is_never_guessed_where_it_may_not_be_read(fakes: World) -> None:
    fakes.registry.push("team/web", "main-9")
    fakes.server.forbid("get", "deployments")

    done = fakes.run("deploy", "-f", fakes.write("web.yaml", GOOD))

    assert done.code == 1
    assert 'cannot get resource "deployments"' in done.err
    assert fakes.server.get("apps/v1", "Deployment", "default", "web") is None


def test_a_missing_file_is_named(fakes: World) -> None:
    done = fakes.run("deploy", "-f", "nowhere.yaml")

    assert (done.code, done.err) == (1, "error: -f nowhere.yaml: there is no such file or directory\n")


@pytest.mark.parametrize(
    "value", ["*hunter2", "!hunter2", "!!hunter2", "!hunter2 {}", "*hunter2:x", "&hunter2 *hunter2"]
)
def test_a_value_of_a_secret_that_cannot_be_read_is_not_shown(fakes: World, value: str) -> None:
    file = fakes.write(
        "secret.yaml", f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData:\n  pw: {value}\n"
    )

    done = fakes.run("deploy", "-f", file, "--dry-run=client")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {file}:5: ")
    assert "hunter2" not in done.err
