from __future__ import annotations

from dataclasses import replace

import pytest
from builders import a_call, a_cluster, a_key, a_manifest, a_registry, a_use, no_cluster, no_registry
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images import documents
from kubectl_images.fixed_choice import choose
from kubectl_images.fixed_images_file import read_file
from kubectl_images.images import Use, fill, find_uses
from kubectl_images.listing import ambiguous, entries, rows, simple_entries
from kubectl_images.objects import Body, Item, Manifest, ObjectKey
from kubectl_images.placeholders import Call, Placeholders
from kubectl_images.resolve import Decision, Rules, resolve


def test_an_entry_holds_all_that_is_known_of_a_use_in_a_fixed_order() -> None:
    use = a_use(a_call("nginx", "prefix('v', suffix=number())"))

    (entry,) = entries([Decision(use, "nginx:v1", "deployed", deployed="nginx:v1", registry="nginx:v2")])

    assert list(entry.items()) == [
        ("image", "nginx"),
        ("resultImage", "nginx:v1"),
        ("source", "deployed"),
        ("deployedImage", "nginx:v1"),
        ("registryImage", "nginx:v2"),
        ("versionFilter", "prefix('v', suffix=number())"),
        ("namespace", "prod"),
        ("deployment", "Deployment/web"),
        ("object", {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "prod", "name": "web"}),
        ("container", "app"),
        ("path", "spec.template.spec.containers[app].image"),
    ]


def test_an_entry_of_a_project_ends_with_its_tags_and_its_directory() -> None:
    use = replace(a_use(), item=Item("apps/web", ("apps", "web"), (1,)))

    (entry,) = entries([Decision(use, "nginx:1", "fixed")])

    assert list(entry.items())[-3:] == [
        ("path", "spec.template.spec.containers[app].image"),
        ("tags", ["apps", "web"]),
        ("deploymentDir", "apps/web"),
    ]


def test_an_entry_of_a_project_fixes_its_use_again() -> None:
    use = replace(a_use(), item=Item("apps/web", ("apps", "web"), (1,)))
    text = documents.write([{"images": entries([Decision(use, "nginx:7", "registry")])}])

    (fixed,), warnings = read_file(text, "list.yaml")

    assert (choose([fixed], [use]).decided, fixed.result_image, warnings) == ({use: fixed}, "nginx:7", ())


def test_an_entry_leaves_out_what_there_is_not() -> None:
    use = a_use(key=ObjectKey("example.com/v1", "Widget", "", "w"), container="")

    (entry,) = entries([Decision(use, "nginx:1", "fixed")])

    assert entry == {
        "image": "nginx",
        "resultImage": "nginx:1",
        "source": "fixed",
        "versionFilter": "semver()",
        "deployment": "Widget/w",
        "object": {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w"},
        "path": "spec.image",
    }


def test_a_row_holds_what_is_deployed_and_what_is_newest_only_where_it_is_another_image() -> None:
    cluster_scoped = a_use(key=ObjectKey("example.com/v1", "Widget", "", "w"), container="")

    found = rows(
        [
            Decision(cluster_scoped, "nginx:1", "fixed"),
            Decision(a_use(), "nginx:1", "deployed", deployed="nginx:1", registry="nginx:2"),
            Decision(a_use(container="log"), "nginx:2", "registry", deployed="nginx:1", registry="nginx:2"),
        ]
    )

    assert found == [
        ("Widget/w", "spec.image", "nginx:1", "fixed", "", ""),
        ("prod/Deployment/web", "app", "nginx:1", "deployed", "", "nginx:2"),
        ("prod/Deployment/web", "log", "nginx:2", "registry", "nginx:1", ""),
    ]


def test_a_result_with_its_digest_is_the_newest_all_the_same_but_not_what_is_deployed() -> None:
    pinned = f"nginx:2@sha256:{'0' * 64}"

    (row,) = rows([Decision(a_use(), pinned, "deployed", deployed="nginx:2", registry="nginx:2")])

    assert row[2:] == (pinned, "deployed", "nginx:2", "")


def test_entries_are_sorted_by_image_namespace_object_and_container() -> None:
    uses = [
        a_use(a_call("b")),
        a_use(container="b"),
        a_use(container="a"),
        a_use(key=a_key("CronJob", "z")),
        a_use(key=a_key(name="api")),
        a_use(key=a_key(namespace="dev")),
        a_use(a_call("a")),
    ]

    found = entries(Decision(use, "x:1", "fixed") for use in uses)

    assert [(entry["image"], entry["namespace"], entry["deployment"], entry["container"]) for entry in found] == [
        ("a", "prod", "Deployment/web", "app"),
        ("b", "prod", "Deployment/web", "app"),
        ("nginx", "dev", "Deployment/web", "app"),
        ("nginx", "prod", "CronJob/z", "app"),
        ("nginx", "prod", "Deployment/api", "app"),
        ("nginx", "prod", "Deployment/web", "a"),
        ("nginx", "prod", "Deployment/web", "b"),
    ]


@pytest.mark.parametrize(
    ("pairs", "simple", "images"),
    [
        pytest.param([], [], [], id="none"),
        pytest.param([("a", "a:1")], [("a", "a:1")], [], id="one"),
        pytest.param([("b", "b:1"), ("a", "a:1"), ("b", "b:1")], [("a", "a:1"), ("b", "b:1")], [], id="each-pair-once"),
        pytest.param([("a", "a:2"), ("a", "a:1")], [("a", "a:1"), ("a", "a:2")], ["a"], id="two-results"),
        pytest.param(
            [("nginx", "nginx:1"), ("docker.io/library/nginx", "nginx:2"), ("b", "b:1")],
            [("b", "b:1"), ("docker.io/library/nginx", "nginx:2"), ("nginx", "nginx:1")],
            ["docker.io/library/nginx", "nginx"],
            id="two-results-of-an-image-written-in-two-ways",
        ),
        pytest.param(
            [("nginx", "nginx:1"), ("docker.io/library/nginx", "nginx:1")],
            [("docker.io/library/nginx", "nginx:1"), ("nginx", "nginx:1")],
            [],
            id="one-result-of-an-image-written-in-two-ways",
        ),
    ],
)
def test_a_simple_list_has_each_pair_once_and_tells_what_it_cannot_tell_apart(
    pairs: list[tuple[str, str]], simple: list[tuple[str, str]], images: list[str]
) -> None:
    found = simple_entries(Decision(a_use(a_call(image)), result, "fixed") for image, result in pairs)

    assert [(entry["image"], entry["resultImage"]) for entry in found] == simple
    assert ambiguous(found) == images


# The closed loop: a list that is fed back decides as before, and asks nobody.

KINDS = [
    ("apps/v1", "Deployment"),
    ("example.com/v1", "Deployment"),
    ("batch/v1", "CronJob"),
    ("v1", "Pod"),
    ("e.com/v1", "DS"),
]
NAMES = st.sampled_from(["app", "log", "0", "a.b", "IMG", "no", "1.0", "null", "~", "a b", "ä", '"', "a].b"])
CALLS = st.builds(
    a_call,
    st.sampled_from(["nginx", "docker.io/library/nginx", "reg:5000/team/web", "Reg.example.com/web", "[::1]:5000/x"]),
    st.sampled_from(["semver()", "number()", "prefix('v', suffix=regex('[\"\\']+'))"]),
)
RESULTS = st.sampled_from(["nginx:1", "nginx:1.0@sha256:" + 64 * "a", "reg:5000/team/web:007", "mirror/x"])


@st.composite
def manifests(draw: st.DrawFn, placeholders: Placeholders) -> list[Manifest]:
    """Return objects with uses in random places of them."""
    inserted: st.SearchStrategy[str] = CALLS.map(lambda call: str(placeholders.insert(call)))
    text = inserted | st.tuples(inserted, inserted).map(" --and=".join) | st.sampled_from(["text", "web:1"])
    value = st.recursive(
        text,
        lambda inner: (
            st.lists(st.builds(lambda name, child: {"name": name, "image": child}, NAMES, inner), max_size=3)
            | st.lists(inner, max_size=2)
            | st.dictionaries(NAMES, inner, max_size=3)
        ),
        max_leaves=8,
    )
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(KINDS), st.sampled_from(["", "prod", "dev"]), st.sampled_from(["web", "system:x"])
            ),
            unique=True,
            max_size=4,
        )
    )
    return [
        a_manifest(
            {
                "apiVersion": api_version,
                "kind": kind,
                "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
                "spec": draw(value),
            }
        )
        for (api_version, kind), namespace, name in keys
        # A kind is in namespaces or it is not.
        if bool(namespace) == (kind != "DS")
    ]


@given(st.data())
def test_a_list_that_is_fed_back_decides_each_use_as_before_and_asks_nobody(data: st.DataObject) -> None:
    placeholders = Placeholders()
    written = data.draw(manifests(placeholders))
    decisions = [Decision(use, data.draw(RESULTS), "registry") for use in find_uses(written, placeholders)]
    text = documents.write([{"images": entries(decisions)}])

    fixed, warnings = read_file(text, "list.yaml")
    found = resolve([decision.use for decision in decisions], Rules(fixed), no_cluster, no_registry)

    assert found.images() == {decision.use: decision.image for decision in decisions}
    # A result without a tag was so before.
    assert (warnings, [text for text in found.warnings if "digest" not in text]) == ((), [])
    assert fill(written, placeholders, found.images()) == fill(
        written, placeholders, {decision.use: decision.image for decision in decisions}
    )


def test_a_list_of_what_runs_and_what_is_new_is_fed_back_whole() -> None:
    calls = [Call("nginx", a_call().filter, default, a_call().place) for default in (None, "nginx:0.1")]
    running, new, other = a_use(calls[0]), a_use(calls[1], container="new"), a_use(a_call("redis"), container="other")
    live: Body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod"},
        "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "nginx:0.9"}]}}},
    }
    tags = a_registry({"nginx": ["latest"], "redis": ["7"]})
    uses: list[Use] = [running, new, other]

    first = resolve(uses, Rules(report=True), a_cluster(live), tags)
    fixed, _ = read_file(documents.write([{"images": entries(first.decisions)}]), "list.yaml")
    second = resolve(uses, Rules(fixed, update=True), no_cluster, no_registry)

    assert [(decision.source, decision.image) for decision in first.decisions] == [
        ("deployed", "nginx:0.9"),
        ("default", "nginx:0.1"),
        ("registry", "redis:7"),
    ]
    assert second.images() == first.images()
