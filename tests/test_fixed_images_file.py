from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import FixedImageError, ImagesError
from kubectl_images.fixed_images import FixedImage
from kubectl_images.fixed_images_file import read_entry, read_file

HINT = "`kubectl images list -f ...` writes a file in the right form"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("images: []\n", (), id="none"),
        pytest.param("images:\n", (), id="null"),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n",
            (FixedImage("nginx:1", image="nginx", in_file=True, origin="f.yaml:2"),),
            id="one",
        ),
        pytest.param(
            "images:\n- {imageRegex: n.*, resultImage: a:1, namespace: p, container: c, path: spec.image}\n"
            "- deployment: sts/db\n  resultImage: b:2\n  source: fixed\n  tags: [a]\n  deploymentDir: d\n"
            "  deployedImage: x\n  registryImage: y\n  versionFilter: z\n  deployTags: []\n  object: {apiVersion: apps/v1}\n",
            (
                FixedImage(
                    "a:1",
                    image_regex="n.*",
                    namespace="p",
                    container="c",
                    path="spec.image",
                    in_file=True,
                    origin="f.yaml:2",
                ),
                FixedImage("b:2", deployment="StatefulSet/db", group="apps", in_file=True, origin="f.yaml:3"),
            ),
            id="two-with-all-that-list-writes",
        ),
        pytest.param(
            '{"images": [{"image": "nginx", "resultImage": "nginx:1"}]}',
            (FixedImage("nginx:1", image="nginx", in_file=True, origin="f.yaml:1"),),
            id="json",
        ),
    ],
)
def test_a_file_is_read_in_its_order_without_warnings(text: str, expected: tuple[FixedImage, ...]) -> None:
    entries, warnings = read_file(text, "f.yaml")

    assert (tuple(replace(entry, origin=str(entry.origin)) for entry in entries), warnings) == (expected, ())


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
        pytest.param("images: nginx\n", "f.yaml:1: images is a text, not a list", id="text-of-images"),
        pytest.param(
            "images:\n- nginx=nginx:1\n",
            "f.yaml:2: an entry is a map with image and resultImage, not a text",
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
            "f.yaml:3: resultImage is a number, not a text",
            id="result-is-a-number",
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n  container: true\n",
            "f.yaml:4: container is true or false, not a text",
            id="container-is-a-boolean",
        ),
        pytest.param(
            "images:\n- image: nginx\n  resultImage: nginx:1\n  object: web\n",
            "f.yaml:4: object is a text, not a map",
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


PROJECT = "tags: [a]\nimages:\n- image: nginx\n  resultImage: nginx:{{ args.tag }}\n"


def test_an_entry_of_another_file_has_its_place_there_and_is_of_a_project() -> None:
    found = read_entry(PROJECT, "deployment.yaml", {"image": "nginx", "resultImage": "nginx:7"}, ("images", 0))

    assert replace(found, origin=str(found.origin)) == FixedImage(
        "nginx:7", image="nginx", in_project=True, origin="deployment.yaml:3"
    )


def test_what_is_wrong_with_an_entry_of_another_file_is_told_with_its_place_there() -> None:
    with pytest.raises(FixedImageError) as caught:
        read_entry(PROJECT, "deployment.yaml", {"image": "nginx", "resultImage": "nginx:{{ args.tag }}"}, ("images", 0))

    assert str(caught.value).startswith('deployment.yaml:3: invalid image "nginx:{{ args.tag }}"')
