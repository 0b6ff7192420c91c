from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import a_call, a_key, a_use
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import FixedImageError, ImagesError
from kubectl_images.fixed_images import FixedImage, last_match, parse_argument, read_file, unmatched
from kubectl_images.images import Use
from kubectl_images.objects import ObjectKey

VECTORS = Path(__file__).parent / "vectors"
HINT = "`kubectl images list -f ...` writes a file in the right form"


def rows(name: str) -> list[Any]:
    vectors = json.loads((VECTORS / name).read_text(encoding="utf-8"))["vectors"]
    return [pytest.param(row, id=row["id"]) for row in vectors]


ARGUMENTS = rows("fixed_args.json")
REFUSED = [row for row in ARGUMENTS if "error" in row.values[0]]
ACCEPTED = [row for row in ARGUMENTS if "error" not in row.values[0]]


def use_of(row: dict[str, str]) -> Use:
    kind, _, name = row["object"].partition("/")
    return a_use(a_call(row["image"]), key=a_key(kind, name, row["namespace"]), container=row["container"])


def a_file(*entries: object) -> str:
    return json.dumps({"images": list(entries)})


# The argument.


@pytest.mark.parametrize("row", ACCEPTED)
def test_an_argument_is_taken_apart_as_the_table_says(row: dict[str, Any]) -> None:
    found = parse_argument(row["arg"])

    assert {
        "image": found.image,
        "namespace": found.namespace,
        "deployment": found.deployment,
        "container": found.container,
        "resultImage": found.result_image,
    } == row["entry"]
    assert (found.image_regex, found.path, found.origin) == (None, None, f"--fixed-image {row['arg']}")


@pytest.mark.parametrize("row", REFUSED)
def test_an_argument_that_the_table_refuses_is_an_error_that_shows_it(row: dict[str, Any]) -> None:
    with pytest.raises(FixedImageError) as caught:
        parse_argument(row["arg"])

    message = str(caught.value)
    shown = row["arg"] if row["arg"].strip() == row["arg"] != "" else repr(row["arg"])
    assert message.startswith(f"--fixed-image {shown}: ")
    assert row["error"] in message.removeprefix(f"--fixed-image {shown}: ")
    assert (
        caught.value.hint == "write it as IMAGE[:NAMESPACE[:Kind/name[:CONTAINER]]]=RESULT, as in nginx:prod=nginx:1.25"
    )


def test_the_hint_for_a_wrong_argument_is_itself_a_right_one() -> None:
    assert parse_argument("nginx:prod=nginx:1.25").namespace == "prod"


@pytest.mark.parametrize(
    ("argument", "group"),
    [
        pytest.param("nginx::Deployment/web=nginx:1", None, id="any-group"),
        pytest.param("nginx::deployment.apps/web=nginx:1", "apps", id="as-kubectl-writes-it"),
        pytest.param("nginx::widget.example.com/web=nginx:1", "example.com", id="custom"),
    ],
)
def test_an_object_may_name_its_group(argument: str, group: str | None) -> None:
    assert parse_argument(argument).group == group


@given(st.text(alphabet="ab:/=.@[]5 \n", max_size=30) | st.text(max_size=10))
def test_any_argument_is_an_entry_or_an_error_of_ours(text: str) -> None:
    try:
        found = parse_argument(text)
    except FixedImageError:
        return

    assert text.endswith(f"={found.result_image}")
    assert text.startswith(found.image or ":")


# Which entry decides.


@pytest.mark.parametrize("row", rows("fixed_match.json"))
def test_the_entry_that_the_table_names_decides(row: dict[str, Any]) -> None:
    entries, _ = read_file(a_file(*row["entries"]), "fixed.yaml")

    found = last_match(entries, use_of(row["use"]))

    assert found == (None if row["wins"] is None else entries[row["wins"]])


CONTAINER = "spec.template.spec.containers[app].image"


@pytest.mark.parametrize(
    ("entry", "matches"),
    [
        pytest.param({"path": CONTAINER}, True, id="path"),
        pytest.param({"path": "spec.image"}, False, id="another-path"),
        pytest.param({"path": ""}, True, id="empty-path"),
        pytest.param({"object": {"apiVersion": "apps/v1"}}, True, id="group"),
        pytest.param({"object": {"apiVersion": "apps/v1beta1"}}, True, id="another-version"),
        pytest.param({"object": {"apiVersion": "example.com/v1"}}, False, id="another-group"),
        pytest.param({"object": {"apiVersion": "v1"}}, False, id="core-group"),
        pytest.param({"object": {"name": "other"}}, True, id="an-object-without-a-group"),
        pytest.param({"object": None}, True, id="empty-object"),
        pytest.param({"deployment": "deployment.apps/web"}, True, id="group-in-the-name"),
        pytest.param({"deployment": "deploy.example.com/web"}, False, id="another-group-in-the-name"),
        pytest.param({"deployment": "DEPLOYMENT/web"}, True, id="kind-without-case"),
        pytest.param({"deployment": "DEPLOY/web"}, False, id="a-kind-like-a-short-name"),
    ],
)
def test_path_and_group_are_matched_when_they_are_given(entry: dict[str, Any], matches: bool) -> None:
    ((found,), warnings) = read_file(a_file({"image": "nginx", "resultImage": "nginx:1", **entry}), "fixed.yaml")

    assert found.matches(a_use()) is matches
    assert warnings == ()


def test_a_kind_that_looks_like_a_short_name_is_still_found() -> None:
    key = ObjectKey("example.com/v1", "DS", "prod", "web")
    ((found,), _) = read_file(a_file({"deployment": "DS/web", "resultImage": "nginx:1"}), "fixed.yaml")

    assert found.matches(a_use(key=key))


@pytest.mark.parametrize(
    ("images", "names"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["nginx"], [], id="one-that-matches"),
        pytest.param(["redis"], ["redis"], id="one-that-does-not"),
        pytest.param(["nginx", "redis", "nginx", "mysql"], ["redis", "mysql"], id="many"),
    ],
)
def test_entries_without_any_use_are_named_in_their_order(images: list[str], names: list[str]) -> None:
    entries = [FixedImage("nginx:1", image=image) for image in images]

    assert [entry.image for entry in unmatched(entries, [a_use(), a_use(container="log")])] == names


# The file.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("images: []\n", (), id="none"),
        pytest.param("images:\n", (), id="null"),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n",
            (FixedImage("nginx:1", image="nginx", origin="f.yaml:2"),),
            id="one",
        ),
        pytest.param(
            "images:\n- {imageRegex: n.*, resultImage: a:1, namespace: p, container: c, path: spec.image}\n"
            "- deployment: sts/db\n  resultImage: b:2\n  source: fixed\n  tags: [a]\n  deploymentDir: d\n"
            "  deployedImage: x\n  registryImage: y\n  versionFilter: z\n  deployTags: []\n  object: {apiVersion: apps/v1}\n",
            (
                FixedImage(
                    "a:1", image_regex="n.*", namespace="p", container="c", path="spec.image", origin="f.yaml:2"
                ),
                FixedImage("b:2", deployment="StatefulSet/db", group="apps", origin="f.yaml:3"),
            ),
            id="two-with-all-that-list-writes",
        ),
        pytest.param(
            '{"images": [{"image": "nginx", "resultImage": "nginx:1"}]}',
            (FixedImage("nginx:1", image="nginx", origin="f.yaml:1"),),
            id="json",
        ),
    ],
)
def test_a_file_is_read_in_its_order_without_warnings(text: str, expected: tuple[FixedImage, ...]) -> None:
    assert read_file(text, "f.yaml") == (expected, ())


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_a_file_without_a_document_is_a_warning(text: str) -> None:
    assert read_file(text, "f.yaml") == ((), ("f.yaml holds no fixed images",))


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param(
            "images:\n- image: nginx\n  contaner: app\n  resultImage: nginx:1\n",
            "f.yaml:3: unknown field 'contaner' is ignored; known: image, imageRegex, resultImage, namespace, "
            "deployment, container, path",
            id="in-an-entry",
        ),
        pytest.param(
            "image: []\nimages: []\n", "f.yaml:1: unknown field 'image' is ignored; known: images", id="beside"
        ),
    ],
)
def test_an_unknown_field_is_a_warning_with_file_and_line(text: str, warning: str) -> None:
    assert read_file(text, "f.yaml")[1] == (warning,)


NOT_A_MAP = "the file is a map with one key, images: a list of image and resultImage"
PINNED = "what is pinned is named without tag or digest"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- image: nginx\n", f"f.yaml:1: {NOT_A_MAP}", id="list"),
        pytest.param("# why\nnginx\n", f"f.yaml:2: {NOT_A_MAP}", id="text"),
        pytest.param("imges: []\n", f"f.yaml:1: {NOT_A_MAP}", id="typo"),
        pytest.param("images: []\n---\nimages: []\n", "f.yaml:3: a fixed-images file holds one document", id="two"),
        pytest.param("images: {image: nginx}\n", "f.yaml:1: images is a map, not a list", id="map-of-images"),
        pytest.param("images: nginx\n", "f.yaml:1: images is a string, not a list", id="text-of-images"),
        pytest.param(
            "images:\n- nginx=nginx:1\n",
            "f.yaml:2: an entry is a map with image and resultImage, not a string",
            id="entry-is-a-text",
        ),
        pytest.param(
            "images:\n- image: a\n  resultImage: a:1\n-\n",
            "f.yaml:4: an entry is a map with image and resultImage, but it is empty",
            id="entry-is-empty",
        ),
        pytest.param("images:\n- image: nginx\n", "f.yaml:2: resultImage is missing", id="no-result"),
        pytest.param(
            "images:\n- image: nginx\n  resultimage: nginx:1\n",
            "f.yaml:2: resultImage is missing; there is an unknown field 'resultimage'",
            id="no-result-but-a-typo",
        ),
        pytest.param(
            "images:\n- {image: nginx, resultImage: ''}\n", "f.yaml:2: resultImage is missing", id="empty-result"
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: 1.25\n",
            "f.yaml:3: resultImage is a number, not a string",
            id="result-is-a-number",
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n  container: true\n",
            "f.yaml:4: container is a boolean, not a string",
            id="container-is-a-boolean",
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n  object: web\n",
            "f.yaml:4: object is a string, not a map",
            id="object-is-a-text",
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: Nginx:1\n",
            'f.yaml:2: invalid image "Nginx:1": the repository must be lower case',
            id="result-is-no-image",
        ),
        pytest.param(
            "images:\n- {image: nginx, imageRegex: n.*, resultImage: nginx:1}\n",
            "f.yaml:2: image and imageRegex exclude each other",
            id="image-and-regex",
        ),
        pytest.param(
            "images:\n- resultImage: nginx:1\n",
            "f.yaml:2: the image is missing; only an entry with Kind/name can do without",
            id="no-image",
        ),
        pytest.param(
            "images:\n- image: nginx:1.24\n  resultImage: nginx:1\n",
            f'f.yaml:2: invalid image "nginx:1.24": {PINNED}',
            id="image-with-a-tag",
        ),
        pytest.param(
            "images:\n- {image: nginx, resultImage: nginx:1, namespace: Prod}\n",
            'f.yaml:2: "Prod" is not a namespace: lower case letters, digits and "-" only',
            id="namespace",
        ),
        pytest.param(
            "images:\n- {image: nginx, resultImage: nginx:1, deployment: web}\n",
            'f.yaml:2: "web" is not an object; write it as Kind/name',
            id="object-without-kind",
        ),
    ],
)
def test_a_wrong_file_is_an_error_with_file_and_line(text: str, message: str) -> None:
    with pytest.raises(FixedImageError) as caught:
        read_file(text, "f.yaml")

    assert (str(caught.value), caught.value.hint) == (message, HINT)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        pytest.param("(", "missing ), unterminated subpattern at position 0", id="broken"),
        pytest.param("[[a]", "Python warns: Possible nested set at position 1", id="doubtful"),
        pytest.param("a{99999999999}", "a number in it is too large", id="too-large"),
    ],
)
def test_a_bad_pattern_is_an_error_with_file_and_line(pattern: str, fault: str) -> None:
    with pytest.raises(FixedImageError) as caught:
        read_file(f"images:\n- resultImage: nginx:1\n  imageRegex: '{pattern}'\n", "f.yaml")

    assert str(caught.value) == f"f.yaml:3: bad imageRegex '{pattern}': {fault}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "nginx", "nginx:1", "Deployment/web", "("]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["images", "image", "resultImage", "imageRegex", "object"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.builds(lambda images: {"images": images}, JSON) | JSON)
def test_any_file_is_read_or_an_error_of_ours(value: object) -> None:
    try:
        entries, _ = read_file(json.dumps(value), "f.yaml")
    except ImagesError:
        return

    assert {entry.result_image for entry in entries} <= {"nginx", "nginx:1"}
