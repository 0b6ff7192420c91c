from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_images.errors import InputError
from kubectl_images.fields import read_fields
from kubectl_images.kustomizations import plugin_references, references
from kubectl_images.kustomize_names import Kustomized, kustomizations_in, kustomized, may_be_address


def referred(text: str) -> list[str]:
    document = read_fields(text, "kustomization.yaml")
    assert document is not None, "the document is not empty"
    return [reference.path for reference in references(document)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("namePrefix: a-", [], id="nothing"),
        pytest.param("[]", [], id="no-map"),
        pytest.param("resources: null", [], id="null"),
        pytest.param("resources: a.yaml", ["a.yaml"], id="not-in-a-list"),
        pytest.param("resources: [1, {a: b}, '', a.yaml]", ["a.yaml"], id="among-others"),
        pytest.param(
            "resources: [a.yaml, ../b]\nbases: [c]\ncomponents: [d]", ["a.yaml", "../b", "c", "d"], id="several"
        ),
        pytest.param("crds: [a.json]\nconfigurations: [b.yaml]", ["a.json", "b.yaml"], id="configuration"),
        pytest.param("generators: [a.yaml]\ntransformers: [b]\nvalidators: [c]", ["a.yaml", "b", "c"], id="plugins"),
        pytest.param("transformers:\n- |-\n  kind: X\n  path: b", [], id="inline-plugin-of-others"),
        pytest.param("transformers:\n- |-\n  kind: PatchTransformer\n  path: b", ["b"], id="inline-plugin"),
        pytest.param("generators: ['{kind: SecretGenerator, env: b}']", ["b"], id="inline-plugin-in-flow-style"),
        pytest.param("patchesStrategicMerge: ['{kind: X}']", [], id="inline-flow-style"),
        pytest.param(f"resources: [{'a' * 256}, x/{'a' * 255}]", [f"x/{'a' * 255}"], id="too-long"),
        pytest.param(f"resources: [{'ä' * 128}, {'ä' * 127}]", ["ä" * 127], id="too-many-bytes"),
        pytest.param(f"resources: [{'a/' * 2048}b, {'a/' * 2047}b]", [f"{'a/' * 2047}b"], id="too-long-a-path"),
        pytest.param('resources: ["a\\0b"]', [], id="null"),
        pytest.param('resources: ["a\\nb/../../c", "{a/../c"]', ["a\nb/../../c", "{a/../c"], id="no-name-on-the-way"),
        pytest.param("Resources: [a]\nCONFIGMAPGENERATOR: [{Files: [b]}]", ["a", "b"], id="names-in-any-case"),
        pytest.param("patchesStrategicMerge:\n- a.yaml\n- |-\n  kind: X\n  a: b", ["a.yaml"], id="strategic"),
        pytest.param("patches: [{path: a.yaml}, {patch: '- op: add'}]", ["a.yaml"], id="patches"),
        pytest.param("patchesJson6902: [{target: {kind: X}, path: a.json}]", ["a.json"], id="json-patches"),
        pytest.param("replacements: [{path: a.yaml}, {source: {kind: X}}]", ["a.yaml"], id="replacements"),
        pytest.param("openapi: {path: schema.json}", ["schema.json"], id="openapi"),
        pytest.param("configMapGenerator: [{files: [a, b=c], literals: [d=e]}]", ["a", "c"], id="generator-files"),
        pytest.param("secretGenerator: [{envs: [a.env], env: b=c}]", ["a.env", "b=c"], id="generator-envs"),
    ],
)
def test_the_fields_of_kustomize_with_paths_are_known(text: str, paths: list[str]) -> None:
    assert referred(text) == paths


def test_what_generators_read_is_data() -> None:
    document = read_fields("resources: [a]\nconfigMapGenerator: [{files: [b]}]\ntransformers: [c]", "x")
    assert document is not None, "the document is not empty"

    found = [(reference.path, reference.data, reference.plugin) for reference in references(document)]

    assert found == [("a", False, False), ("c", False, True), ("b", True, False)]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("{kind: ConfigMapGenerator, files: [a, b=c], envs: [d]}", [("a", True), ("c", True), ("d", True)]),
        pytest.param("{kind: SecretGenerator, env: a}", [("a", True)]),
        pytest.param("{kind: PatchTransformer, path: a, files: [b]}", [("a", False)]),
        pytest.param("{kind: PatchJson6902Transformer, path: a}", [("a", False)]),
        pytest.param("{kind: PatchStrategicMergeTransformer, paths: [a, b]}", [("a", False), ("b", False)]),
        pytest.param("{kind: ReplacementTransformer, replacements: [{path: a}, {source: {}}]}", [("a", False)]),
        pytest.param("{kind: AnnotationsTransformer, annotations: {path: /a}, path: /b}", []),
        pytest.param("[{kind: PatchTransformer, path: a}]", []),
    ],
)
def test_the_plugins_of_kustomize_with_paths_are_known(text: str, paths: list[tuple[str, bool]]) -> None:
    document = read_fields(text, "plugin.yaml")
    assert document is not None, "the document is not empty"

    assert [(reference.path, reference.data) for reference in plugin_references(document)] == paths


def test_a_path_in_an_inline_plugin_has_the_line_of_the_plugin() -> None:
    document = read_fields("generators:\n- a\n- '{kind: SecretGenerator, env: b}'\n", "x.yaml")
    assert document is not None, "the document is not empty"

    assert [str(reference.field.place) for reference in references(document)] == ["x.yaml:2", "x.yaml:3"]


def test_a_reference_knows_its_line() -> None:
    document = read_fields("resources:\n- a\n- b\n", "x.yaml")
    assert document is not None, "the document is not empty"

    assert [str(reference.field.place) for reference in references(document)] == ["x.yaml:2", "x.yaml:3"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://example.com/a.yaml",
            "github.com/owner/name",
            "github.com/owner/name//base?ref=v1",
            "git::https://x/y",
        ),
        *("git@github.com:owner/name.git", "ssh://git@example.com/x", "gh:owner/name", "example.com:8443/x"),
    ],
)
def test_addresses_may_be_remote(text: str) -> None:
    assert may_be_address(text)


@pytest.mark.parametrize("text", ["base", "../base", "a.yaml", "./a.b/c", "base/v1.2", "/a/b", ""])
def test_paths_are_not_remote(text: str) -> None:
    assert not may_be_address(text)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["kustomize.yaml", "Kustomization.yaml"], [], id="others"),
        pytest.param(["kustomization.yaml"], ["kustomization.yaml"], id="yaml"),
        pytest.param(["kustomization.yml"], ["kustomization.yml"], id="yml"),
        pytest.param(["Kustomization"], ["Kustomization"], id="no-ending"),
        pytest.param(["kustomization.yaml.j2"], ["kustomization.yaml.j2"], id="template"),
        pytest.param(["Kustomization", "kustomization.yml"], ["kustomization.yml", "Kustomization"], id="two"),
    ],
)
def test_a_directory_of_kustomize_has_one_of_three_files(tmp_path: Path, files: list[str], found: list[str]) -> None:
    for name in files:
        (tmp_path / name).touch()

    assert [file.name for file in kustomizations_in(tmp_path)] == found


def test_an_argument_of_k_is_a_directory_of_kustomize(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").touch()

    assert kustomized(str(tmp_path)) == Kustomized(str(tmp_path), f"-k {tmp_path}")


def test_an_argument_of_k_may_be_an_address() -> None:
    assert kustomized("https://example.com/x") == Kustomized("https://example.com/x", "-k https://example.com/x", True)


@pytest.mark.parametrize(
    ("argument", "message", "hint"),
    [
        pytest.param("", "-k : there is no such directory", None, id="empty"),
        pytest.param("nowhere", "-k nowhere: there is no such directory", None, id="missing"),
        pytest.param(
            "app/kustomization.yaml",
            "-k app/kustomization.yaml: this is a file, not a directory",
            "did you mean -k app?",
            id="kustomization",
        ),
        pytest.param(
            "plain/a.yaml",
            "-k plain/a.yaml: this is a file, not a directory",
            "did you mean -f plain/a.yaml?",
            id="file",
        ),
        pytest.param(
            "plain",
            "-k plain: there is no kustomization.yaml, kustomization.yml or Kustomization in this directory",
            "-f plain reads its files as they are",
            id="plain",
        ),
    ],
)
def test_any_other_argument_of_k_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, message: str, hint: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("app/kustomization.yaml", "plain/a.yaml"):
        Path(name).parent.mkdir()
        Path(name).touch()

    with pytest.raises(InputError) as caught:
        kustomized(argument)

    assert (str(caught.value), caught.value.hint) == (message, hint)
