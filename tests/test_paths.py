from __future__ import annotations

import pytest

from kubectl_images.objects import Body
from kubectl_images.paths import Element, Step, elements, path_text, text_at

BODY: Body = {
    "kind": "Deployment",
    "replicas": 2,
    "spec": {"containers": [{"name": "proxy", "image": "envoy"}, {"name": "app", "image": "web"}]},
    "args": ["--a", "--b"],
    "twins": [{"name": "a", "image": "x"}, {"name": "a", "image": "y"}],
}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["app"], [Element("app", 0)], id="one"),
        pytest.param([None, None], [Element(None, 0), Element(None, 1)], id="without-names"),
        pytest.param(["app", None], [Element("app", 0), Element(None, 1)], id="one-without-a-name"),
        pytest.param(
            ["a", "b", "a"],
            [Element("a", 0, shared=True), Element("b", 1), Element("a", 2, shared=True)],
            id="a-name-that-two-share",
        ),
    ],
)
def test_an_element_goes_by_its_name_where_it_is_its_own(names: list[str | None], expected: list[Element]) -> None:
    assert list(elements(names)) == expected


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        pytest.param((), "", id="the-object"),
        pytest.param(("spec",), "spec", id="key"),
        pytest.param(("spec", "image"), "spec.image", id="keys"),
        pytest.param(
            ("spec", "template", "spec", "containers", Element("app", 1), "image"),
            "spec.template.spec.containers[app].image",
            id="container",
        ),
        pytest.param(("args", Element(None, 2)), "args[2]", id="without-a-name"),
        pytest.param(("args", Element("a", 2, shared=True)), "args[2]", id="a-shared-name"),
        pytest.param(("matrix", Element(None, 0), Element(None, 1)), "matrix[0][1]", id="list-in-a-list"),
        pytest.param(("spec", Element("2", 0)), 'spec["2"]', id="name-of-digits"),
        pytest.param(("spec", Element("a.b", 0)), "spec[a.b]", id="name-with-dots"),
        pytest.param(("spec", Element("a].b[c", 0)), 'spec["a].b[c"]', id="name-like-a-path"),
        pytest.param(("spec", Element('"2"', 0)), 'spec["\\"2\\""]', id="name-with-quotes"),
        pytest.param(("data", "app.yaml"), 'data["app.yaml"]', id="key-with-a-dot"),
        pytest.param(("data", "a#2"), 'data["a#2"]', id="key-like-a-second-use"),
        pytest.param(("a.b", "c"), '["a.b"].c', id="first-key-with-a-dot"),
        pytest.param(("data", ""), 'data[""]', id="empty-key"),
    ],
)
def test_a_path_reads_as_people_write_it(steps: tuple[Step, ...], text: str) -> None:
    assert path_text(steps) == text


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        pytest.param(("kind",), "Deployment", id="key"),
        pytest.param(("spec", "containers", Element("app", 0), "image"), "web", id="by-name-at-another-index"),
        pytest.param(("spec", "containers", Element("db", 0), "image"), None, id="no-such-name"),
        pytest.param(("spec", "containers", Element("app", 1, shared=True), "image"), None, id="a-shared-name"),
        pytest.param(("twins", Element("a", 0), "image"), None, id="a-name-that-two-have"),
        pytest.param(("args", Element(None, 1)), "--b", id="by-index"),
        pytest.param(("args", Element(None, 2)), None, id="after-the-end"),
        pytest.param(("args", Element("app", 0)), None, id="a-name-among-texts"),
        pytest.param(("spec", "image"), None, id="no-such-key"),
        pytest.param(("replicas",), None, id="a-number"),
        pytest.param(("kind", "image"), None, id="through-a-text"),
        pytest.param(("args", "image"), None, id="a-key-of-a-list"),
        pytest.param(("spec", Element(None, 0)), None, id="an-index-of-a-map"),
    ],
)
def test_a_path_leads_to_a_text_or_to_none(steps: tuple[Step, ...], text: str | None) -> None:
    assert text_at(BODY, steps) == text
