from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import RUN, a_source
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images import documents
from kubectl_images.errors import InputError
from kubectl_images.found_objects import objects_in
from kubectl_images.manifests import Namespaces, as_manifests
from kubectl_images.objects import Item, Manifest, ObjectKey, Place
from kubectl_images.placeholders import Placeholders
from kubectl_images.render import Renderer
from kubectl_images.sources import Source

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"
CALL = "images.get_image('team/web')"
STRING_HINT = "when these braces belong to another tool: {% raw %} ... {% endraw %} around them"


def manifests(*sources: Source | str, namespaces: Namespaces | None = None) -> tuple[Manifest, ...]:
    read = [a_source(source) if isinstance(source, str) else source for source in sources]
    renderer = Renderer(Placeholders(), {"names": ["a", "b"]})
    return as_manifests(list(objects_in(read, renderer)), namespaces or Namespaces("team"))


def error(*sources: Source | str, namespaces: Namespaces | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        manifests(*sources, namespaces=namespaces)
    return caught.value


def config(name: str = "c") -> str:
    return CONFIG.replace("NAME", name)


def test_an_object_has_an_identity_a_body_and_a_place() -> None:
    (manifest,) = manifests(f"# a comment\n---\n{config()}")

    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    assert manifest == Manifest(ObjectKey("v1", "ConfigMap", "team", "c"), body, Place("web.yaml", 3))


def test_objects_keep_the_order_of_files_and_documents() -> None:
    found = manifests(f"{config('b')}---\n{config('a')}", a_source(config("a0"), "other.yaml"))

    assert [(manifest.key.name, str(manifest.place)) for manifest in found] == [
        ("b", "web.yaml:1"),
        ("a", "web.yaml:5"),
        ("a0", "other.yaml:1"),
    ]


def test_lines_of_a_result_with_other_lines_than_the_file_are_named_so() -> None:
    text = "{% for name in args.names %}\n---\n" + CONFIG.replace("NAME", "{{ name }}") + "{% endfor %}\n"

    assert [str(manifest.place) for manifest in manifests(text)] == ["web.yaml (rendered):3", "web.yaml (rendered):8"]


LIST = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: a}}
- apiVersion: v1
  kind: SecretList
  metadata: {resourceVersion: "1"}
  items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]
"""


def test_lists_are_unwrapped_also_in_each_other() -> None:
    assert [manifest.key.name for manifest in manifests(LIST)] == ["a", "b"]


@pytest.mark.parametrize("items", ["", "[]"], ids=["null", "empty"])
def test_a_list_without_items_holds_no_objects(items: str) -> None:
    empty = f"kind: List\nmetadata:\nitems: {items}\n"

    assert [manifest.key.name for manifest in manifests(f"{empty}---\n{config()}")] == ["c"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: AllowList\napiVersion: x/v1\nmetadata: {name: l}\nitems: [1]\n", id="with-a-name"),
        pytest.param("kind: AllowList\napiVersion: x/v1\nmetadata: {name: l}\n", id="without-items"),
        pytest.param("kind: Things\napiVersion: x/v1\nmetadata: {name: l}\nitems: [1]\n", id="of-another-kind"),
    ],
)
def test_an_object_that_only_looks_like_a_list_is_an_object(text: str) -> None:
    assert [manifest.key.name for manifest in manifests(text)] == ["l"]


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param([], id="no-file"),
        pytest.param([""], id="empty"),
        pytest.param(["# nothing\n---\n---\n# here\n"], id="comments"),
        pytest.param(["", "{% if false %}a{% endif %}"], id="two"),
        pytest.param(["kind: List\nitems: []\n"], id="list"),
    ],
)
def test_there_may_be_no_objects(sources: list[str]) -> None:
    assert manifests(*sources) == ()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("- a\n", "an object is a map with apiVersion, kind and metadata, not a list", None, id="list"),
        pytest.param("text\n", 'an object is a map with apiVersion, kind and metadata, not "text"', None, id="text"),
        pytest.param(
            f"{'long ' * 20}\n",
            "an object is a map with apiVersion, kind and metadata, not a text",
            None,
            id="long-text",
        ),
        pytest.param("yes\n", "an object is a map with apiVersion, kind and metadata, not true", None, id="boolean"),
        pytest.param("kind: Secret\n", "an object without apiVersion", None, id="no-version"),
        pytest.param("apiVersion: ''\n", "an object without apiVersion", None, id="empty-version"),
        pytest.param("apiVersion: v1\nkind:\n", "an object without kind", None, id="no-kind"),
        pytest.param("apiVersion: v1\nkind: Secret\n", "Secret without metadata.name", None, id="no-metadata"),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata:\n", "Secret without metadata.name", None, id="null-metadata"
        ),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata: [a]\n",
            "metadata of Secret is a list, not a map",
            None,
            id="bad-metadata",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata: {}\n", "Secret without metadata.name", None, id="no-name"
        ),
        pytest.param(
            "apiVersion: v1\nkind: Job\nmetadata: {generateName: a-}\n",
            "Job with generateName: an applied object needs a name of its own",
            None,
            id="generated-name",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: 0123}\n",
            "name is 83, not a text",
            "put quotes around the value of name",
            id="number-as-name",
        ),
        pytest.param(
            "apiVersion: v1\nkind: no\n",
            "kind is false, not a text",
            "put quotes around the value of kind",
            id="boolean-as-kind",
        ),
        pytest.param("apiVersion: {a: 1}\n", "apiVersion is a map, not a text", None, id="map-as-version"),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: 0}\n",
            "namespace is 0, not a text",
            "put quotes around the value of namespace",
            id="number-as-namespace",
        ),
        pytest.param(
            "kind: List\nitems: {a: 1}\n", "items of List is a list of objects, not a map", None, id="items-are-a-map"
        ),
        pytest.param(
            "kind: List\nitems:\n- {kind: List, items: [null]}\n",
            "items[0]: items[0]: an object is a map with apiVersion, kind and metadata, not null",
            None,
            id="item-is-nothing",
        ),
        pytest.param(
            "kind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {apiVersion: v1}\n",
            "items[1]: an object without kind",
            None,
            id="item-without-kind",
        ),
    ],
)
def test_what_is_no_object_is_an_error_with_the_line_of_its_document(text: str, message: str, hint: str | None) -> None:
    found = error(f"{config()}---\n# next\n{text}")

    assert (str(found), found.hint) == (f"web.yaml:6: {message}", hint)


@pytest.mark.parametrize(
    ("api_version", "kind", "namespace"),
    [
        pytest.param("apps/v1", "Deployment", "team", id="namespaced"),
        pytest.param("v1", "Namespace", "", id="cluster-scoped"),
        pytest.param("rbac.authorization.k8s.io/v1", "ClusterRole", "", id="cluster-scoped-of-a-group"),
        pytest.param("example.com/v1", "Namespace", "team", id="same-kind-of-another-group"),
        pytest.param("example.com/v1", "Widget", "team", id="unknown"),
    ],
)
def test_the_scope_of_a_kind_is_known_without_a_cluster(api_version: str, kind: str, namespace: str) -> None:
    (manifest,) = manifests(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n")

    assert manifest.key == ObjectKey(api_version, kind, namespace, "a")


CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: NAME}
spec: SPEC
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"


@pytest.mark.parametrize(
    ("spec", "namespace"),
    [
        pytest.param("{group: example.com, scope: Cluster, names: {kind: Widget}}", "", id="cluster"),
        pytest.param("{group: example.com, scope: Namespaced, names: {kind: Widget}}", "team", id="namespaced"),
        pytest.param("{group: example.org, scope: Cluster, names: {kind: Widget}}", "team", id="another-group"),
        pytest.param("{group: example.com, scope: Cluster, names: {kind: Gadget}}", "team", id="another-kind"),
        pytest.param("{group: [], scope: Cluster, names: {kind: Widget}}", "team", id="bad-group"),
        pytest.param("{group: example.com, scope: Cluster, names: {kind: {}}}", "team", id="bad-kind"),
        pytest.param("{group: example.com, scope: Cluster, names: []}", "team", id="bad-names"),
        pytest.param("[]", "team", id="bad-spec"),
    ],
)
def test_the_scope_of_a_kind_is_what_a_definition_among_the_objects_says(spec: str, namespace: str) -> None:
    (widget, _) = manifests(f"{WIDGET}---\n{CRD.replace('SPEC', spec)}")

    assert widget.key.namespace == namespace


IN_PROD = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: prod}\n"


@pytest.mark.parametrize(
    "namespaces",
    [Namespaces("team"), Namespaces("prod", explicit=True), Namespaces("prod")],
    ids=["own", "same-as-asked", "same-as-default"],
)
def test_an_object_goes_to_its_own_namespace(namespaces: Namespaces) -> None:
    (manifest,) = manifests(IN_PROD, namespaces=namespaces)

    assert manifest.key.namespace == "prod"


def test_an_object_of_another_namespace_than_asked_for_is_an_error() -> None:
    found = error(IN_PROD, namespaces=Namespaces("team", explicit=True))

    assert str(found) == "web.yaml:1: Secret/s: its namespace prod is not the namespace team of --namespace"
    assert found.hint == "--namespace prod, or leave the flag out: each object then goes to its own namespace"


def test_the_namespace_of_an_object_in_a_project_may_be_the_project_s() -> None:
    found = [replace(one, item=Item("app")) for one in objects_in([a_source(IN_PROD)], Renderer(Placeholders(), {}))]

    with pytest.raises(InputError) as caught:
        as_manifests(found, Namespaces("team", explicit=True))

    assert str(caught.value) == (
        "web.yaml:1: Secret/s: its namespace prod, its own or that of overrideNamespace, is not the namespace team of "
        "--namespace"
    )


def test_a_cluster_scoped_object_is_in_no_namespace_whatever_is_asked_for() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n"

    (manifest,) = manifests(text, namespaces=Namespaces("team", explicit=True))

    assert manifest.key.namespace == ""


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        pytest.param(
            config(),
            CONFIG.replace("NAME", "c, namespace: team"),
            "configmap/c in namespace team is written twice; first at web.yaml:1",
            id="by-default-namespace",
        ),
        pytest.param(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n",
            "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: a}\n",
            "deployment.apps/a in namespace team is written twice; first at web.yaml:1",
            id="by-another-version",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
            "namespace/a is written twice; first at web.yaml:1",
            id="cluster-scoped",
        ),
    ],
)
def test_the_same_object_twice_is_an_error(first: str, second: str, message: str) -> None:
    assert str(error(first, a_source(second, "b.yaml"))) == f"b.yaml:1: {message}"


def test_objects_that_differ_in_one_part_of_their_identity_are_different() -> None:
    other = "apiVersion: example.com/v1\nkind: ConfigMap\nmetadata: {name: c}\n"

    assert len(manifests(config("a"), config("b"), IN_PROD, IN_PROD.replace("prod", "dev"), config(), other)) == 6


def evaluated(text: str) -> Any:
    placeholders = Placeholders(RUN)
    source = a_source(f"{config()}data:\n{text}", template=False)
    (manifest,) = as_manifests(list(objects_in([source], Renderer(placeholders, {}))), Namespaces("team"))
    return manifest.body["data"], [str(call.place) for call in placeholders.calls]


def test_in_a_file_that_is_no_template_only_strings_with_a_call_are_evaluated() -> None:
    data, places = evaluated(
        "  go: '{{ .Values.x }} {{ $labels.pod }} {% x %} {# y #}'\n"
        "  words: 'see images.get_image, as in {# images #}'\n"
        f'  image: "{{{{ {CALL} }}}}"\n'
        f'  arg: "--image={{{{ {CALL} }}}}"\n'
    )

    image = f"{RUN}.placeholder.invalid/{RUN}z{{}}z{RUN}"
    assert data == {
        "go": "{{ .Values.x }} {{ $labels.pod }} {% x %} {# y #}",
        "words": "see images.get_image, as in {# images #}",
        "image": image.format(0),
        "arg": f"--image={image.format(1)}",
    }
    assert places == ["web.yaml:7", "web.yaml:8"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("images['get_image']('team/web')", id="index"),
        pytest.param("images .get_image('team/web')", id="space"),
        pytest.param("(images|attr('get_image'))('team/web')", id="attr"),
    ],
)
def test_every_spelling_of_a_call_is_evaluated(call: str) -> None:
    data, places = evaluated(f'  image: "{{{{ {call} }}}}"\n')

    assert data == {"image": f"{RUN}.placeholder.invalid/{RUN}z0z{RUN}"}
    assert places == ["web.yaml:5"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('  a: 1\n  "{{ images.get_image(1) }}": x\n', id="map"),
        pytest.param("  a:\n  - {'{{ images.get_image(1) }}': x}\n", id="in-a-list"),
    ],
)
def test_a_call_in_a_key_of_a_file_that_is_no_template_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        evaluated(text)

    assert str(caught.value) == "web.yaml:6: a key cannot hold an image: {{ images.get_image(1) }}"
    assert caught.value.hint == "put the call into a value"


@pytest.mark.parametrize("style", ["|", ">-"])
def test_a_call_in_a_block_has_its_own_line(style: str) -> None:
    _, places = evaluated(f"  a: {style}\n    {{{{ {CALL} }}}}\n    {{{{ {CALL} }}}}\n")

    assert places == (["web.yaml:6", "web.yaml:7"] if style == "|" else ["web.yaml:6", "web.yaml:6"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a: 1\npw: {{ args.pw }}\n", "web.yaml:2: a key is not allowed here\n    pw: {{ args.pw }}", id="same"
        ),
        pytest.param(
            "{% set a = 1 %}\n{{ args.more }}\nb: {{ args.pw }}\n",
            "web.yaml (rendered):4: a key is not allowed here",
            id="other-lines",
        ),
        pytest.param(
            "a: &x {{ images.get_image('b') }}\n? *y\n",
            "web.yaml:2: an alias repeats nothing before it; a text that begins with * needs quotes\n    ? *y\n      ^",
            id="as-written",
        ),
        pytest.param(
            '{{ images.get_image("b") }}: 1\n{{ images.get_image("b") }}: {\n',
            "web.yaml:3: a value is missing here",
            id="end",
        ),
        pytest.param(
            "a: {{ images.get_image('b') }}: b\n",
            "web.yaml:1: a key is not allowed here\n    a: {{ images.get_image('b') }}: b",
            id="image",
        ),
        pytest.param(
            "{% set i = images.get_image('b') %}{{ i }}: 1\n{{ i }}: 2\n",
            "web.yaml:2: the key \"images.get_image('b')\" is there twice, first in line 1\n    {{ i }}: 2",
            id="image-twice",
        ),
        pytest.param(
            "{{ images.get_image('b') }}\n",
            "web.yaml:1: an object is a map with apiVersion, kind and metadata, not a text",
            id="image-alone",
        ),
    ],
)
def test_no_message_shows_what_came_into_a_template(text: str, message: str) -> None:
    renderer = Renderer(Placeholders(), {"pw": "abc: s3cret", "more": "x: 1\ny: s3cret"})
    with pytest.raises(InputError) as caught:
        as_manifests(list(objects_in([a_source(text)], renderer)), Namespaces("team"))

    assert renderer.readable(str(caught.value)) == message


def test_a_call_without_quotes_in_a_file_that_is_no_template_says_so() -> None:
    found = error(a_source(f"a: 1\nimage: {{{{ {CALL} }}}}\n", template=False))

    assert str(found).startswith("web.yaml:2: ")
    assert found.hint == "template code was left here: put quotes around the value that holds {{"


def test_a_string_with_a_call_and_code_of_another_tool_is_an_error() -> None:
    found = error(a_source(f'a: 1\nb: "{{{{ {CALL} }}}} {{{{ $x }}}}"\n', template=False))

    assert str(found) == f"web.yaml:2: unexpected char '$'\n    {{{{ {CALL} }}}} {{{{ $x }}}}"
    assert found.hint == STRING_HINT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "v1", "List", "a", "Secret", "Cluster"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["apiVersion", "kind", "metadata", "name", "namespace", "items", "spec", "names", "group"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_any_values_are_objects_or_an_input_error(values: list[Any]) -> None:
    text = documents.write(values)
    try:
        found = manifests(a_source(text, template=False))
    except InputError as problem:
        assert str(problem)  # noqa: PT017
        return
    assert all(manifest.key.name and manifest.key.kind for manifest in found)
