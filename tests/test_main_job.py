"""The main job, in this process, on the fakes and on a real registry and a real control plane."""

from __future__ import annotations

import secrets
import textwrap
from collections.abc import Sequence

import pytest
from fake_registry import FakeRegistry
from worlds import Done, World

from kubectl_images.objects import Body


def deployment(*containers: str, name: str = "web", more: str = "") -> str:
    """Return a Deployment of the containers, each as `name: image`, and further lines of the pod's spec."""
    items = "\n".join(
        f"- name: {container.partition(': ')[0]}\n  image: {container.partition(': ')[2]}" for container in containers
    )
    return textwrap.dedent(f"""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: {name}}}
        spec:
          replicas: 0
          selector: {{matchLabels: {{app: {name}}}}}
          template:
            metadata: {{labels: {{app: {name}}}}}
            spec:
              containers:
        """) + textwrap.indent(f"{items}\n{textwrap.dedent(more)}", " " * 6)


WEB = """{{ images.get_image('REGISTRY/team/web', "prefix('main-', suffix=number())") }}"""
PROXY = "{{ images.get_image('REGISTRY/team/proxy') }}"


@pytest.fixture
def web(world: World) -> str:
    """Return the file of a Deployment whose newest image is team/web:main-10."""
    world.registry.push("team/web", "main-9", "main-10", "develop-57")
    return world.write("web.yaml", deployment(f"app: {WEB}"))


def test_a_first_deploy_takes_the_newest_tag_that_the_filter_accepts(world: World, web: str) -> None:
    done = world.run("deploy", "-f", web)

    image = f"{world.host}/team/web:main-10"
    assert done == Done(
        0,
        f"deployment.apps/web created\n    app: (none) -> {image} (registry)\n",
        "1 object: applied 1, unchanged 0, failed 0\n",
    )
    assert world.image() == image


def test_a_second_deploy_keeps_what_runs_though_a_newer_tag_is_there(world: World, web: str) -> None:
    world.run("deploy", "-f", web)
    world.registry.push("team/web", "main-11")

    done = world.run("deploy", "-f", web)

    assert done == Done(0, "deployment.apps/web unchanged\n", "1 object: applied 0, unchanged 1, failed 0\n")
    assert world.image() == f"{world.host}/team/web:main-10"


def test_an_update_shows_and_takes_the_newer_tag(world: World, web: str) -> None:
    world.run("deploy", "-f", web)
    world.registry.push("team/web", "main-11")
    old, new = f"{world.host}/team/web:main-10", f"{world.host}/team/web:main-11"

    shown = world.run("diff", "-u", "-f", web)
    taken = world.run("deploy", "-u", "-f", web)
    after = world.run("diff", "-u", "-f", web)

    assert (shown.code, shown.err) == (1, f"deployment.apps/web app: {old} -> {new} (registry)\n")
    changed = [line for line in shown.out.splitlines() if line.startswith(("-", "+"))][2:]
    assert [line.split()[-1].strip('"') for line in changed] == [old, new]
    assert taken.out == f"deployment.apps/web configured\n    app: {old} -> {new} (registry)\n"
    assert after == Done(0, "", "")


def test_a_fixed_image_pins_it_also_with_update(world: World, web: str) -> None:
    world.run("deploy", "-f", web)
    pin = "REGISTRY/team/web=REGISTRY/team/web:main-9"

    done = world.run("deploy", "-u", "-f", web, "-F", pin)

    assert done.code == 0
    assert world.image() == f"{world.host}/team/web:main-9"


def test_the_last_fixed_image_that_matches_wins_and_the_command_line_beats_the_file(world: World, web: str) -> None:
    file = world.write("fixed.yaml", "images:\n- {image: REGISTRY/team/web, resultImage: REGISTRY/team/web:main-9}\n")

    from_file = world.run("list", "--simple", "-f", web, "--fixed-images-file", file)
    both = world.run("list", "--simple", "-f", web, "--fixed-images-file", file, "-F", "REGISTRY/team/web=x:1")

    assert "team/web:main-9" in from_file.out
    assert "resultImage: x:1" in both.out.replace('"', "")


def test_a_list_fed_back_renders_the_same_with_the_registry_off(world: World) -> None:
    world.registry.push("team/web", "main-9", "main-10")
    world.registry.push("team/proxy", "1.9", "1.10")
    text = deployment(f"app: {WEB}", f"side: {PROXY}", more=f"initContainers:\n- {{name: init, image: '{PROXY}'}}\n")
    manifests = world.write("web.yaml", text)
    listed = world.run("list", "-f", manifests)
    file = world.write("fixed.yaml", listed.out)
    rendered = world.run("render", "-f", manifests)
    world.registry.push("team/web", "main-99")
    world.environ["KUBECONFIG"] = str(world.directory / "nowhere")

    again = world.run("render", "-f", manifests, "--offline", "--fixed-images-file", file, "-n", world.namespace)

    assert again == Done(0, rendered.out, "")
    assert rendered.out.count("team/proxy:1.10") == 2


def test_when_one_image_cannot_be_decided_nothing_is_applied(world: World) -> None:
    world.registry.push("team/web", "main-9")
    world.registry.push("team/proxy", "nightly")
    good, bad = deployment(f"app: {WEB}"), deployment(f"app: {PROXY}", name="proxy")
    manifests = world.write("both.yaml", f"{good}---\n{bad}")

    done = world.run("deploy", "-f", manifests)

    assert done.code == 1
    assert world.image("web") is None
    assert world.image("proxy") is None


def test_a_sidecar_in_front_does_not_get_the_image_of_the_app(world: World, web: str) -> None:
    world.run("deploy", "-f", web)
    world.registry.push("team/proxy", "1.0")
    world.registry.push("team/web", "main-11")
    world.write("web.yaml", deployment(f"proxy: {PROXY}", f"app: {WEB}"))

    done = world.run("deploy", "-f", web)

    assert done.code == 0
    assert world.image(container="app") == f"{world.host}/team/web:main-10"
    assert world.image(container="proxy") == f"{world.host}/team/proxy:1.0"


def test_another_repository_than_the_one_that_runs_counts_as_not_deployed(world: World, web: str) -> None:
    world.run("deploy", "-f", web)
    world.registry.push("team/proxy", "1.0")
    world.write("web.yaml", deployment(f"app: {PROXY}"))

    done = world.run("deploy", "-f", web, "-v=2")

    assert world.image() == f"{world.host}/team/proxy:1.0"
    assert "counts as not deployed" in done.err


CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          initContainers:
          - {name: wait, image: "IMAGE"}
          containers:
          - name: backup
            image: "IMAGE"
            args: ["--tool=IMAGE", "IMAGE,IMAGE"]
"""


def images_of(cron_job: Body) -> Sequence[str]:
    pod = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return [
        pod["initContainers"][0]["image"],
        pod["containers"][0]["image"],
        *pod["containers"][0]["args"],
    ]


def test_every_place_of_an_object_can_hold_an_image_and_keeps_it(world: World) -> None:
    world.registry.push("team/tool", "1.9", "1.10")
    call = "{{ images.get_image('REGISTRY/team/tool') }}"
    manifests = world.write("cron.yaml", CRON_JOB.replace("IMAGE", call))
    image = f"{world.host}/team/tool:1.10"

    first = world.run("deploy", "-f", manifests)
    world.registry.push("team/tool", "1.11")
    second = world.run("deploy", "-f", manifests)

    assert (first.code, second.code) == (0, 0), first.err + second.err
    live = world.live("batch/v1", "CronJob", "backup")
    assert live is not None
    assert images_of(live) == [image, image, f"--tool={image}", f"{image},{image}"]


# Real API servers drop image volumes unless their feature gate is on, so this one is for the fake.
VOLUME = """\
volumes:
- name: models
  image: {reference: "{{ images.get_image('REGISTRY/team/models') }}", pullPolicy: IfNotPresent}
"""


def test_an_image_volume_keeps_its_image_by_the_name_of_the_volume(fakes: World) -> None:
    fakes.registry.push("team/models", "1")
    manifests = fakes.write("web.yaml", deployment("app: nginx:1", more=VOLUME))
    fakes.run("deploy", "-f", manifests)
    fakes.registry.push("team/models", "2")
    fakes.write(
        "web.yaml",
        deployment("app: nginx:1", more=VOLUME.replace("volumes:", "volumes:\n- {name: first, emptyDir: {}}")),
    )

    done = fakes.run("list", "-f", manifests)

    assert done.out.replace('"', "").splitlines()[2:5] == [
        f"  resultImage: {fakes.host}/team/models:1",
        "  source: deployed",
        f"  deployedImage: {fakes.host}/team/models:1",
    ]


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUP}
spec:
  group: images.example.com
  scope: Namespaced
  names: {kind: PLURALKind, plural: PLURAL, singular: PLURAL-one}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


WIDGET = """\
apiVersion: images.example.com/v1
kind: KIND
metadata: {name: w}
spec:
  engine: "{{ images.get_image('REGISTRY/team/web', version.prefix('main-')) }}"
"""


def test_a_custom_resource_is_deployed_with_its_definition_and_keeps_its_images(world: World) -> None:
    plural = f"widgets{secrets.token_hex(4)}"
    name = f"{plural}.images.example.com"
    kind = f"{plural}Kind"
    world.registry.push("team/web", "main-1")
    definition = CRD.replace("PLURAL", plural).replace("GROUP", name)
    world.removed_later.append(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")
    widget = WIDGET.replace("KIND", kind)
    manifests = world.write("all.yaml", f"{widget}---\n{definition}")

    first = world.run("deploy", "-f", manifests)
    world.registry.push("team/web", "main-2")
    second = world.run("deploy", "-f", manifests)

    assert (first.code, second.code) == (0, 0), first.err + second.err
    live = world.live("images.example.com/v1", kind, "w")
    assert live is not None
    assert live["spec"] == {"engine": f"{world.host}/team/web:main-1"}


def test_standard_input_and_a_directory_are_read(world: World, web: str) -> None:
    by_input = world.run("render", "-f", "-", "-u", stdin=(world.directory / "web.yaml").read_text(encoding="utf-8"))
    world.write("all/web.yaml.j2", (world.directory / "web.yaml").read_text(encoding="utf-8"))
    by_directory = world.run("render", "-f", str(world.directory / "all"), "-u")

    assert by_input.code == 0
    assert by_input.out == by_directory.out


def test_a_default_is_the_last_resort(world: World) -> None:
    call = "{{ images.get_image('REGISTRY/team/none', 'semver()', default='REGISTRY/team/web:seed') }}"
    manifests = world.write("web.yaml", deployment(f"app: {call}"))

    done = world.run("deploy", "-f", manifests)

    assert done.code == 0
    assert world.image() == f"{world.host}/team/web:seed"


def test_a_namespace_and_what_goes_into_it_are_deployed_and_compared_together(fakes: World) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fresh}\n"
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: fresh}\ndata: {a: b}\n"
    manifests = fakes.write("all.yaml", f"{config}---\n{namespace}")

    before = fakes.run("diff", "-f", manifests)
    done = fakes.run("deploy", "-f", manifests)
    after = fakes.run("diff", "-f", manifests)

    assert before.code == 1
    assert done.out == "namespace/fresh created\nconfigmap/c created\n"
    assert after == Done(0, "", "")


def tag_lists(world: World) -> list[str]:
    assert isinstance(world.registry, FakeRegistry), "only the fake counts"
    return [path for path in world.registry.paths() if path.endswith("/tags/list")]


def test_each_repository_is_asked_once_and_live_objects_come_in_one_list(fakes: World) -> None:
    fakes.registry.push("team/web", "main-1")
    fakes.registry.push("team/proxy", "1.0")
    objects = [deployment(f"app: {WEB}", f"side: {PROXY}", name=f"web-{number}") for number in range(20)]
    manifests = fakes.write("all.yaml", "---\n".join(objects))

    done = fakes.run("deploy", "-f", manifests)

    assert done.err == "20 objects: applied 20, unchanged 0, failed 0\n"
    assert sorted(tag_lists(fakes)) == ["/v2/team/proxy/tags/list", "/v2/team/web/tags/list"]
    reads = [request.path for request in fakes.server.requests if request.method == "GET"]
    assert reads == ["/apis/apps/v1/namespaces/default/deployments"]
    assert fakes.server.most_at_once <= 8


def test_the_registry_is_not_asked_when_everything_runs_or_is_fixed(fakes: World) -> None:
    fakes.registry.push("team/web", "main-1")
    manifests = fakes.write("web.yaml", deployment(f"app: {WEB}"))
    fakes.run("deploy", "-f", manifests)
    asked = len(tag_lists(fakes))

    fakes.run("deploy", "-f", manifests)
    fakes.run("deploy", "-f", manifests, "-u", "-F", "REGISTRY/team/web=REGISTRY/team/web:main-1")

    assert len(tag_lists(fakes)) == asked == 1


@pytest.mark.parametrize("form", ["name", "json", "yaml"])
def test_the_output_forms_show_the_objects_without_the_values_of_secrets(fakes: World, form: str) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
    manifests = fakes.write("secret.yaml", secret)

    done = fakes.run("deploy", "-f", manifests, "-o", form)

    assert done.code == 0
    assert "secret/s" in done.out if form == "name" else "***" in done.out
    assert "hunter2" not in done.out + done.err
    assert "aHVudGVyMg" not in done.out + done.err
    assert "managedFields" not in done.out
