from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import FixedImageError
from kubectl_images.fixed_images import parse_argument

VECTORS = Path(__file__).parent / "vectors"


def rows(name: str) -> list[Any]:
    vectors = json.loads((VECTORS / name).read_text(encoding="utf-8"))["vectors"]
    return [pytest.param(row, id=row["id"]) for row in vectors]


ARGUMENTS = rows("fixed_args.json")
REFUSED = [row for row in ARGUMENTS if "error" in row.values[0]]
ACCEPTED = [row for row in ARGUMENTS if "error" not in row.values[0]]


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
