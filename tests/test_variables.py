"""The sources of variables: what each gives, in which order, and what is said when one cannot be read."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kubectl_images.errors import ClusterError, InputError, KubeconfigError
from kubectl_images.fields import Field, read_fields
from kubectl_images.objects import Body, ObjectKey
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer
from kubectl_images.variables import Loader, Variables

SUPPORTED = "supported are values, file, systemEnvVars, clusterConfigMap and clusterSecret"
KEEP_FILES = f"{SUPPORTED}; keep the file in the project, or check the repository out into it"
DEEP = ".".join(["a"] * 101)
BY_ENVIRONMENT = f"{SUPPORTED}; what runs this can put the secret into an environment variable"


@dataclass
class Around:
    """An environment and a cluster, which notes what it is asked for."""

    environ: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[ObjectKey, Body | Exception] = field(default_factory=dict)
    asked: list[ObjectKey] = field(default_factory=list)

    def kubectl(self, command: str, namespace: str) -> str:
        return f"kubectl {command} --namespace={namespace or 'own'} --context=here"

    def read_object(self, key: ObjectKey) -> Body | None:
        self.asked.append(key)
        found = self.objects.get(key)
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Project:
    """A project in the working directory, and what was said about it."""

    around: Around = field(default_factory=Around)
    warnings: list[str] = field(default_factory=list)
    renderer: Renderer = field(default_factory=lambda: Renderer(Placeholders(), {}))
    secrets: list[object] = field(default_factory=list)
    loaders: list[Loader] = field(default_factory=list)

    def write(self, name: str, text: str) -> None:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")

    def load(self, text: str, variables: Variables | None = None, directory: str = ".") -> Variables:
        """Return the variables after the entries of `vars`, which begin in line 1."""
        if not self.loaders:
            self.loaders.append(Loader(Path(), self.renderer, self.around, self.warnings.append, self.secrets.append))
        return self.loaders[0].load(entries(text), variables or {}, (Path(directory),))

    def refused(self, text: str, variables: Variables | None = None, directory: str = ".") -> tuple[str, str | None]:
        """Return the message and the hint of the error."""
        with pytest.raises(InputError) as caught:
            self.load(text, variables, directory)
        return str(caught.value), caught.value.hint


def entries(text: str) -> tuple[Field, ...]:
    document = read_fields(text, "deployment.yaml")
    assert document is not None, "there are entries"
    return document.items()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[]", {"a": 1}, id="none"),
        pytest.param("- values: {b: 2}", {"a": 1, "b": 2}, id="one"),
        pytest.param("- values: {a: 2}\n- values: {a: 3}", {"a": 3}, id="the-last-wins"),
        pytest.param("- values: {a: null}", {"a": None}, id="null-overrides"),
        pytest.param("- values: {a: {b: [1]}}\n- values: {a: {b: [2], c: 3}}", {"a": {"b": [2], "c": 3}}, id="deep"),
        pytest.param("- values: {m: {x: 1}}\n- values: {m: text}", {"a": 1, "m": "text"}, id="no-map-replaces-a-map"),
        pytest.param('- values: {b: "{{ a }}"}', {"a": 1, "b": "1"}, id="rendered-with-those-before"),
        pytest.param('- values: {b: 2}\n- values: {c: ["{{ b }}", {d: x}]}', {"a": 1, "b": 2, "c": ["2", {"d": "x"}]}, id="in-lists"),
        pytest.param("- values: {a: 2, b: 2}\n  noOverride: true", {"a": 1, "b": 2}, id="no-override"),
        pytest.param("- values: {m: {x: 1}}\n- values: {m: {x: 2, z: 2}}\n  noOverride: true", {"a": 1, "m": {"x": 1, "z": 2}}, id="no-override-within"),
        pytest.param("- values: {b: 2}\n  targetPath: c.d", {"a": 1, "c": {"d": {"b": 2}}}, id="target-path"),
        pytest.param('- values: {b: 2}\n  targetPath: "c{{ a }}"', {"a": 1, "c1": {"b": 2}}, id="rendered-target-path"),
        pytest.param("- values: {b: 2}\n  when: a == 1", {"a": 1, "b": 2}, id="when"),
        pytest.param('- values: {b: "{{ missing }}"}\n  when: a == 2', {"a": 1}, id="when-not-nothing-is-rendered"),
        pytest.param("- values: {b: 2}\n  when: false", {"a": 1}, id="when-false"),
        pytest.param("- values: {}", {"a": 1}, id="empty"),
    ],
)  # fmt: skip
def test_sources_are_merged_in_their_order(project: Project, text: str, expected: Variables) -> None:
    assert project.load(text, {"a": 1}) == expected


def test_big_variables_are_not_copied_for_each_item(project: Project) -> None:
    big = {str(number): [number] for number in range(1000)}

    found = project.load("- values: {small: 1, near: {b: 2}}", {"big": big, "near": {"a": big}})

    assert found["big"] is big
    assert found["near"]["a"] is big


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("- {}", "1: this entry of vars has no source", SUPPORTED, id="none"),
        pytest.param("- when: true", "1: this entry of vars has no source", SUPPORTED, id="options-alone"),
        pytest.param("- values: {}\n  file: x", "1: this entry of vars has values and file: it is one of them", "write an entry for each", id="two"),
        pytest.param("- git: {url: x}", "1: git is not supported", KEEP_FILES, id="git"),
        pytest.param("- gitFiles: {url: x}", "1: gitFiles is not supported", KEEP_FILES, id="git-files"),
        pytest.param("- http: {url: x}", "1: http is not supported", f"{SUPPORTED}; download the file into the project first", id="http"),
        pytest.param("- vault: {}", "1: vault is not supported", BY_ENVIRONMENT, id="vault"),
        pytest.param("- awsSecretsManager: {}", "1: awsSecretsManager is not supported", BY_ENVIRONMENT, id="aws"),
        pytest.param("- gcpSecretManager: {}", "1: gcpSecretManager is not supported", BY_ENVIRONMENT, id="gcp"),
        pytest.param("- azureKeyVault: {}", "1: azureKeyVault is not supported", BY_ENVIRONMENT, id="azure"),
        pytest.param("- clusterObject: {}", "1: clusterObject is not supported", SUPPORTED, id="cluster-object"),
        pytest.param("- file: x\n  multidoc: true", "2: multidoc is not supported", "write one document, which may hold a list", id="multidoc"),
        pytest.param("- fiel: x", "1: unknown key 'fiel'; did you mean file?", None, id="misspelt"),
        pytest.param("- values: [a]", "1: [0].values is a list, not a map", None, id="values-list"),
        pytest.param("- values: {}\n  noOverride: yes-please", "2: [0].noOverride is a text, not true or false", None, id="no-boolean"),
        pytest.param(f"- values: {{}}\n  targetPath: {DEEP}", f"2: {DEEP}: this is no path of names", "write names with dots: site.limits", id="101-names"),
        pytest.param("- values: {}\n  targetPath: a[0]", "2: a[0]: this is no path of names", "write names with dots: site.limits", id="target-path"),
        pytest.param("- values:\n    a: 1\n    b: '{{ missing }}'", "3: 'missing' is undefined\n    {{ missing }}", None, id="undefined"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_told_with_its_place(project: Project, text: str, message: str, hint: str | None) -> None:
    found = project.refused(text)

    assert found[0] == f"deployment.yaml:{message}"
    assert hint is None or found[1] == hint


def test_a_variable_named_images_is_refused_where_it_is_given(project: Project) -> None:
    project.write("vars.yaml", "images: [{image: nginx, resultImage: nginx:1}]\n")

    assert project.refused("- values: {a: 1}\n- file: vars.yaml\n") == (
        "deployment.yaml:2: a variable named images would hide images.get_image",
        "fixed images are the key images of deployment.yaml, beside vars; other variables need another name",
    )


def test_yes_and_no_are_texts_as_in_kluctl(project: Project) -> None:
    project.write("vars.yaml", "country: no\nn: 5\n")

    assert project.load("- file: vars.yaml\n- values: {switch: on, real: true}\n") == {
        "country": "no",
        "n": 5,
        "switch": "on",
        "real": True,
    }


class TestFiles:
    def test_a_file_is_a_template(self, project: Project) -> None:
        project.write("vars/prod.yaml", "{% if a == 1 %}\nb: {{ a + 1 }}\n{% endif %}\n")

        found = project.load("- file: 'vars/{{ env }}.yaml'", {"a": 1, "env": "prod"})

        assert found == {"a": 1, "env": "prod", "b": 2}

    def test_what_is_no_map_needs_a_target_path(self, project: Project) -> None:
        project.write("list.yaml", "[1, 2]")

        assert project.load("- file: list.yaml\n  targetPath: sizes") == {"sizes": [1, 2]}

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            pytest.param("sub/inner/v.yaml", "sub/inner", id="beside"),
            pytest.param("sub/v.yaml", "sub", id="above"),
            pytest.param("v.yaml", ".", id="at-the-top"),
        ],
    )
    def test_a_file_is_looked_for_beside_deployment_yaml_and_above(
        self, project: Project, place: str, expected: str
    ) -> None:
        project.write(place, f"found: {expected}")

        assert project.load("- file: v.yaml", directory="sub/inner") == {"found": expected}

    def test_the_nearest_file_is_taken(self, project: Project) -> None:
        project.write("v.yaml", "found: top")
        project.write("sub/v.yaml", "found: sub")

        assert project.load("- file: ./v.yaml", directory="sub") == {"found": "sub"}

    def test_path_is_the_old_name_with_a_warning(self, project: Project) -> None:
        project.write("v.yaml", "a: 1")

        assert project.load("- path: v.yaml") == {"a": 1}
        assert project.warnings == [
            "deployment.yaml:1: path is the old name of a source of variables; write file: v.yaml"
        ]

    def test_a_missing_file_may_be_missing(self, project: Project) -> None:
        assert project.load("- file: v.yaml\n  ignoreMissing: true", {"a": 1}) == {"a": 1}

    def test_a_missing_file_is_told_with_the_directories(self, project: Project) -> None:
        message, hint = project.refused("- file: v.yaml", directory="sub/inner")

        assert message == "deployment.yaml:1: there is no file v.yaml"
        assert hint == "looked in sub/inner, sub, .\nmay it be missing? ignoreMissing: true"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param("", "v.yaml: there are no variables in it", id="empty"),
            pytest.param("# nothing\n", "v.yaml: there are no variables in it", id="comments"),
            pytest.param("- a\n", "v.yaml:1: variables are a map, not a list", id="list"),
            pytest.param("\ntext\n", "v.yaml:2: variables are a map, not a text", id="text"),
            pytest.param("a: 1\n---\nb: 1\n", "v.yaml:3: a second document: variables are one map", id="two-documents"),
            pytest.param("a: ENC[x]\nsops: {mac: y}\n", "v.yaml:1: this is encrypted by SOPS, which is not supported", id="sops"),
            pytest.param("a: 1\nb: {{ c }}\n", "v.yaml:2: 'c' is undefined\n    b: {{ c }}", id="undefined"),
            pytest.param("a: 1\n b: 2\n", "v.yaml:2: a key is not allowed here\n     b: 2\n      ^", id="no-yaml"),
        ],
    )  # fmt: skip
    def test_a_file_that_gives_no_variables_is_told_with_its_line(
        self, project: Project, text: str, message: str
    ) -> None:
        project.write("v.yaml", text)

        assert project.refused("- file: v.yaml")[0] == message

    def test_ignore_missing_does_not_hide_a_broken_file(self, project: Project) -> None:
        project.write("v.yaml", "{{ missing }}")

        assert "'missing' is undefined" in project.refused("- file: v.yaml\n  ignoreMissing: true")[0]

    def test_a_file_that_lies_outside_by_chance_is_not_the_one_that_is_missing(self, project: Project) -> None:
        outside = Path.cwd().parent / "o.yaml"
        outside.write_text("a: 1\n", encoding="utf-8")
        Path("sub").mkdir()
        project.load("- values: {}")

        found = project.loaders[0].load(entries("- file: ../o.yaml\n  ignoreMissing: true"), {}, (Path("sub"), Path()))

        assert found == {}

    def test_a_map_named_sops_without_mac_is_a_variable(self, project: Project) -> None:
        project.write("v.yaml", "sops: {version: 1}")

        assert project.load("- file: v.yaml") == {"sops": {"version": 1}}

    def test_no_file_may_lie_outside_of_the_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "outside.yaml").write_text("a: 1", encoding="utf-8")
        (tmp_path / "project").mkdir()
        monkeypatch.chdir(tmp_path / "project")
        Path("link.yaml").symlink_to(tmp_path / "outside.yaml")

        found = [Project().refused(f"- file: {name}")[0] for name in ("../outside.yaml", "link.yaml", "/etc/passwd")]

        assert found == [
            "deployment.yaml:1: ../outside.yaml: this leads out of the project",
            "deployment.yaml:1: link.yaml: this leads out of the project; link.yaml is, or is below, a symbolic link",
            "deployment.yaml:1: /etc/passwd: an absolute path leads out of the project",
        ]

    def test_a_directory_is_no_file(self, project: Project) -> None:
        Path("vars").mkdir()

        assert project.refused("- file: vars")[0] == "deployment.yaml:1: vars is a directory, not a file of variables"


class TestEnvironment:
    @pytest.mark.parametrize(
        ("environ", "written", "expected"),
        [
            pytest.param({"A": "text"}, "A", "text", id="text"),
            pytest.param({"A": "5"}, "A", 5, id="number"),
            pytest.param({"A": "true"}, "A", True, id="boolean"),
            pytest.param({"A": '"5"'}, "A", "5", id="quoted"),
            pytest.param({"A": "[1, b]"}, "A", [1, "b"], id="list"),
            pytest.param({"A": ""}, "A", "", id="empty"),
            pytest.param({"A": "#channel"}, "A", "#channel", id="comment"),
            pytest.param({}, "A:b", "b", id="default"),
            pytest.param({}, "A:5", 5, id="default-number"),
            pytest.param({}, "'A:'", "", id="empty-default"),
            pytest.param({}, "A:http://x:1", "http://x:1", id="default-with-colons"),
            pytest.param({"A": "set"}, "A:b", "set", id="default-not-needed"),
            pytest.param({"A": "1", "B": "2"}, "[A, {b: [B, 'C:3']}]", [1, {"b": [2, 3]}], id="nested"),
        ],
    )
    def test_values_are_typed_as_yaml(
        self, project: Project, environ: Mapping[str, str], written: str, expected: object
    ) -> None:
        project.around = Around(environ)

        assert project.load(f"- systemEnvVars: {{a: {written}}}") == {"a": expected}

    def test_names_are_rendered(self, project: Project) -> None:
        project.around = Around({"TOKEN_prod": "x"})

        found = project.load("- systemEnvVars: {token: 'TOKEN_{{ env }}'}", {"env": "prod"})

        assert found == {"env": "prod", "token": "x"}

    def test_names_that_are_missing_are_left_out_if_they_may_be(self, project: Project) -> None:
        project.around = Around({"A": "1"})

        found = project.load("- systemEnvVars: {a: A, b: B, c: [B, A]}\n  ignoreMissing: true", {"b": "before"})

        assert found == {"a": 1, "b": "before", "c": [1]}

    @pytest.mark.parametrize(
        ("text", "message", "hint"),
        [
            pytest.param("- systemEnvVars:\n    a: {b: X}", "2: there is no environment variable X, for [0].systemEnvVars.a.b", 'set it, or give it a default: "X:default"', id="missing"),
            pytest.param("- systemEnvVars: {a: 5}", "1: [0].systemEnvVars.a is a number, not a text", "put quotes around it", id="number"),
            pytest.param("- systemEnvVars: {a: ':x'}", "1: the name of the environment variable is missing", "write NAME, or NAME:default", id="no-name"),
            pytest.param("- systemEnvVars: [A]", "1: [0].systemEnvVars is a list, not a map", None, id="list"),
            pytest.param("- systemEnvVars: {a: BAD}", "1: the value of the environment variable BAD is no YAML", "put quotes into it, as in NAME='\"text\"'", id="no-yaml"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_told_without_the_value(
        self, project: Project, text: str, message: str, hint: str | None
    ) -> None:
        project.around = Around({"BAD": "@hunter2: ["})

        assert project.refused(text) == (f"deployment.yaml:{message}", hint)


def in_cluster(kind: str, body: Body | Exception, namespace: str = "") -> Around:
    return Around(objects={ObjectKey("v1", kind, namespace, "shop"): body})


def config_map(**data: str) -> Body:
    return {"data": data}


def secret(**data: str) -> Body:
    return {"data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}}


BOTH = pytest.mark.parametrize(
    ("source", "kind", "of"),
    [
        pytest.param("clusterConfigMap", "ConfigMap", config_map, id="config-map"),
        pytest.param("clusterSecret", "Secret", secret, id="secret"),
    ],
)


class TestCluster:
    @BOTH
    def test_the_value_of_a_key_is_a_template_and_yaml(
        self, project: Project, source: str, kind: str, of: Callable[..., Body]
    ) -> None:
        project.around = in_cluster(kind, of(vars="b: {{ a + 1 }}\nc: {d: x}\n"), "infra")

        found = project.load(f"- {source}: {{name: shop, namespace: infra, key: vars}}", {"a": 1})

        assert found == {"a": 1, "b": 2, "c": {"d": "x"}}

    @BOTH
    def test_anything_can_be_read_to_a_target_path(
        self, project: Project, source: str, kind: str, of: Callable[..., Body]
    ) -> None:
        project.around = in_cluster(kind, of(size="12"))

        assert project.load(f"- {source}: {{name: shop, key: size}}\n  targetPath: a.b") == {"a": {"b": 12}}

    def test_an_object_is_read_once_however_many_ask(self, project: Project) -> None:
        project.around = in_cluster("ConfigMap", config_map(a="a: 1", b="b: 2"))

        for key in ("a", "b", "a"):
            project.load(f"- clusterConfigMap: {{name: shop, key: {key}}}")

        assert project.around.asked == [ObjectKey("v1", "ConfigMap", "", "shop")]

    @BOTH
    def test_what_is_not_there_may_be_missing(
        self, project: Project, source: str, kind: str, of: Callable[..., Body]
    ) -> None:
        project.around = in_cluster(kind, of(a="a: 1"))
        missing = [f"- {source}: {{name: {name}, key: b}}\n  ignoreMissing: true" for name in ("shop", "other")]

        assert [project.load(text, {"a": 1}) for text in missing] == [{"a": 1}, {"a": 1}]

    @pytest.mark.parametrize(
        ("text", "message", "hint"),
        [
            pytest.param(
                "{name: other, key: a}",
                "there is no secret/other in the namespace of the context in the cluster",
                "it has to be there before: an object that this project deploys cannot give it variables",
                id="no-object",
            ),
            pytest.param(
                "{name: shop, key: c}",
                "secret/shop in the namespace of the context has no key c; it has a, b",
                None,
                id="no-key",
            ),
            pytest.param(
                "{name: shop}",
                "key is missing",
                "give name and key, and namespace if it is not the context's",
                id="no-key-given",
            ),
            pytest.param(
                "{labels: {a: b}, key: a}",
                "labels is not supported",
                "name the object: name, key and, for another namespace than the context's, namespace",
                id="labels",
            ),
        ],
    )
    def test_what_is_not_there_is_told_with_its_place(
        self, project: Project, text: str, message: str, hint: str | None
    ) -> None:
        project.around = in_cluster("Secret", secret(a="hunter2", b="hunter2"))

        assert project.refused(f"- clusterSecret: {text}") == (f"deployment.yaml:1: {message}", hint)

    def test_a_refusal_of_the_cluster_keeps_its_way_out(self, project: Project) -> None:
        refused = ClusterError("cannot read configmap/shop: no right", hint="a role is needed", status=403)
        project.around = in_cluster("ConfigMap", refused)

        found = project.refused("- clusterConfigMap: {name: shop, key: a}\n  ignoreMissing: true")

        assert found == ("deployment.yaml:1: cannot read configmap/shop: no right", "a role is needed")

    def test_no_cluster_is_an_error_that_says_who_needs_one(self, project: Project) -> None:
        project.around = in_cluster("ConfigMap", KubeconfigError("there is no kubeconfig"), "infra")

        found = project.refused("- clusterConfigMap: {name: shop, namespace: infra, key: a}")

        assert found == (
            "deployment.yaml:1: configmap/shop in namespace infra cannot be read: there is no kubeconfig",
            "variables come from the cluster here: give --kubeconfig or --context of one that is there",
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param("a: {{ b }}", "configmap/shop, key a:1: 'b' is undefined\n    a: {{ b }}", id="template"),
            pytest.param("a: b: c", "configmap/shop, key a:1: a key is not allowed here\n    a: b: c\n        ^", id="yaml"),
            pytest.param("- a", "configmap/shop in the namespace of the context, key a: variables are a map, not a list", id="list"),
        ],
    )  # fmt: skip
    def test_a_broken_config_map_is_shown(self, project: Project, text: str, message: str) -> None:
        project.around = in_cluster("ConfigMap", config_map(a=text))

        assert project.refused("- clusterConfigMap: {name: shop, key: a}")[0] == f"deployment.yaml:1: {message}"

    @pytest.mark.parametrize(
        ("text", "at"),
        [
            pytest.param("hunter2: {{ hunter2 }}", ":1", id="undefined"),
            pytest.param("a: 1\nhunter2: {{ hunter2 hunter2 }}", ":2", id="no-template"),
            pytest.param("hunter2: hunter2: hunter2", ":1", id="no-yaml"),
            pytest.param("hunter2\n---\nhunter2", ":3", id="two-documents"),
        ],
    )
    def test_nothing_of_a_broken_secret_is_shown(self, project: Project, text: str, at: str) -> None:
        project.around = in_cluster("Secret", secret(a=text))
        with pytest.raises(InputError) as caught:
            project.load("- clusterSecret: {name: shop, key: a}")

        assert str(caught.value) == (
            f"deployment.yaml:1: secret/shop, key a{at}: this is no template that holds one YAML value; "
            "the text is secret and not shown"
        )
        assert "hunter2" not in f"{caught.value.hint}"
        assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)

    def test_a_secret_that_is_no_text_is_told(self, project: Project) -> None:
        project.around = in_cluster("Secret", {"data": {"a": "//8="}})

        assert project.refused("- clusterSecret: {name: shop, key: a}")[0] == (
            "deployment.yaml:1: secret/shop in the namespace of the context: key a is no text in UTF-8"
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("- values: {v: hunter2}", None, id="values"),
        pytest.param("- values: {v: hunter2}\n  sensitive: true", {"v": "hunter2"}, id="sensitive-values"),
        pytest.param("- clusterSecret: {name: shop, key: a}", {"v": "hunter2"}, id="secret"),
        pytest.param("- clusterSecret: {name: shop, key: a}\n  targetPath: b", {"v": "hunter2"}, id="secret-at-a-path"),
        pytest.param("- clusterSecret: {name: shop, key: a}\n  sensitive: false", None, id="not-sensitive"),
        pytest.param("- systemEnvVars: {v: PASSWORD}", None, id="environment"),
        pytest.param("- systemEnvVars: {v: PASSWORD}\n  sensitive: true", {"v": "hunter2"}, id="sensitive-environment"),
    ],
)
def test_what_is_secret_is_told(project: Project, text: str, expected: object) -> None:
    project.around = Around({"PASSWORD": "hunter2"}, {ObjectKey("v1", "Secret", "", "shop"): secret(a="v: hunter2")})

    project.load(text)

    assert project.secrets == [expected]


def test_an_image_may_stand_in_a_variable(project: Project) -> None:
    project.write("v.yaml", "web: {{ images.get_image('web') }}")

    found = project.load("- file: v.yaml\n- values: {image: '{{ images.get_image(\"db\") }}'}")

    readable = project.renderer.readable
    assert {key: readable(text) for key, text in found.items()} == {
        "web": "images.get_image('web')",
        "image": "images.get_image('db')",
    }
