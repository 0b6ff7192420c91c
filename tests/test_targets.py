"""The targets of .kluctl.yaml: which one is meant, and its texts rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_images.errors import InputError, UsageError
from kubectl_images.fixed_images import FixedImage
from kubectl_images.objects import Place
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer
from kubectl_images.targets import KluctlFile, Target, Wish, choose, read_kluctl_file

TWO = "targets:\n- name: dev\n- name: prod\n  context: production\n"


def kluctl_file(text: str, name: str = ".kluctl.yaml") -> KluctlFile:
    """Return the file of the working directory, where it is written first."""
    Path(name).write_text(text, encoding="utf-8")
    return read_kluctl_file(Path())


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chosen(
    text: str, name: str | None = None, override: str | None = None, args: Mapping[str, Any] | None = None
) -> Target | None:
    """Return the target, where `args` are all that are given besides its own."""
    renderer = Renderer(Placeholders(), {})
    return choose(
        kluctl_file(text), Wish(name, override), lambda own: {**own, **(args or {})}, renderer, lambda _note: None
    )


def only(text: str, **args: Any) -> Target:
    """Return the only target."""
    target = chosen(text, args=args)
    assert target is not None
    return target


@pytest.mark.parametrize("name", [".kluctl.yaml", ".kluctl.yml"])
def test_the_file_has_two_names(name: str) -> None:
    file = kluctl_file(TWO, name)

    assert (file.path, list(file.targets)) == (Path(name), ["dev", "prod"])


def test_without_a_file_there_is_nothing() -> None:
    assert read_kluctl_file(Path()) == KluctlFile()


@pytest.mark.parametrize("text", ["", "# nothing\n", "targets: []\n", "targets:\n", "args: [{name: x}]\n"])
def test_without_targets_there_is_none(text: str) -> None:
    assert chosen(text) is None


def test_the_target_with_the_name_is_meant() -> None:
    assert chosen(TWO, "prod") == Target(
        "prod",
        "production",
        values={"name": "prod", "context": "production"},
        place=Place(".kluctl.yaml", 4),
    )


def test_the_only_target_is_noted() -> None:
    notes: list[str] = []

    choose(kluctl_file("targets:\n- name: prod\n"), Wish(), lambda own: own, Renderer(Placeholders(), {}), notes.append)

    assert notes == ["target prod, the only one of .kluctl.yaml"]


def test_a_target_that_is_asked_for_is_not_noted() -> None:
    notes: list[str] = []

    choose(kluctl_file(TWO), Wish("dev"), lambda own: own, Renderer(Placeholders(), {}), notes.append)

    assert notes == []


def test_several_targets_need_a_choice() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(TWO)

    assert (str(caught.value), caught.value.hint) == (
        ".kluctl.yaml has several targets, and none is chosen",
        "-t dev\n-t prod",
    )


def test_another_name_is_what_templates_see() -> None:
    target = chosen("targets:\n- name: dev\n  discriminator: 'shop-{{ target.name }}'\n", "dev", "review-7")

    # As with kluctl, which renames what it has rendered.
    assert target == Target(
        "review-7", discriminator="shop-dev", values={"name": "review-7", "discriminator": "shop-dev"}, chosen="dev"
    )
    assert target.title == "dev (as review-7)"


def test_a_name_alone_makes_a_target() -> None:
    assert chosen("", override="review-7") == Target("review-7", values={"name": "review-7"})


def test_a_discriminator_alone_makes_a_target_without_a_name() -> None:
    assert chosen("discriminator: shop\n") == Target(
        "", discriminator="shop", values={"name": "", "discriminator": "shop"}
    )


@pytest.mark.parametrize(
    ("own", "discriminator"),
    [
        pytest.param("", "all-dev", id="default"),
        pytest.param("  discriminator:\n", "all-dev", id="null"),
        pytest.param("  discriminator: own-{{ args.env }}\n", "own-x", id="own"),
    ],
)
def test_the_discriminator_of_a_target_wins(own: str, discriminator: str) -> None:
    target = only(f"discriminator: 'all-{{{{ target.name }}}}'\ntargets:\n- name: dev\n{own}", env="x")

    assert target.discriminator == discriminator


def test_texts_refer_to_each_other() -> None:
    target = only(
        """\
targets:
- name: dev
  context: "{{ args.cluster }}"
  args:
    cluster: "{{ args.zone }}-{{ target.name }}"
    zone: "{{ args.region }}-a"
    ports: [80, "{{ args.region }}"]
    nested: {zone: "{{ target.args.zone }}"}
""",
        region="eu",
    )

    assert (target.context, target.args) == (
        "eu-a-dev",
        {"cluster": "eu-a-dev", "zone": "eu-a", "ports": [80, "eu"], "nested": {"zone": "eu-a"}},
    )


def test_images_are_fixed_images() -> None:
    target = only(
        "targets:\n- name: a\n  images:\n  - image: nginx\n    resultImage: 'nginx:{{ args.tag }}'\n", tag="1"
    )

    (image,) = target.images
    assert replace(image, origin=str(image.origin)) == FixedImage(
        "nginx:1", "nginx", origin=".kluctl.yaml:4", in_project=True
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("targets:\n- name: a\n  cluster: x\n", ".kluctl.yaml:3: cluster is not supported", id="chosen"),
        pytest.param(
            "targets:\n- name: a\n  args: [1]\n", ".kluctl.yaml:3: targets[0].args is a list, not a map", id="args"
        ),
        pytest.param("targets:\n- name: 7\n", ".kluctl.yaml:2: targets[0].name is a number, not a text", id="name"),
        pytest.param(
            "targets:\n- name: a\n  args:\n    host: '{{ args.host }}x'\n",
            ".kluctl.yaml:2: the texts of this target refer to each other without end",
            id="without-end",
        ),
    ],
)
def test_what_a_target_may_not_say_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        only(text)

    assert str(caught.value) == said


def test_what_is_not_supported_matters_in_the_target_that_is_meant_alone() -> None:
    target = chosen("targets:\n- name: a\n- name: b\n  cluster: x\n", "a")

    assert target is not None
    assert target.name == "a"
