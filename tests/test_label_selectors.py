"""-l, as kubectl has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sides import Side, config_map, real_side

from kubectl_images.errors import UsageError
from kubectl_images.label_selectors import parse_selector
from kubectl_images.objects import Body

HINT = "write -l as kubectl has it, as in -l 'app=web,tier in (front, back),!canary'"
NAME = "letters, digits, -, _ and ., with a letter or digit at both ends"
NO_KEY = f"this is no key of a label: a key is {NAME}"
NO_PREFIX = (
    "this is no key of a label: what stands before / is a DNS name of at most 253 characters, such as example.com"
)
NO_VALUE = f"this is no value of a label: a label is {NAME}"
LONG = "it has 64 characters, and may have 63"

# The objects that the real kubectl selects from as well.
LABELS: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "web": {"app": "web", "tier": "front", "size": "5"},
    "db": {"app": "db", "example.com/tier": "back", "size": "12"},
    "odd": {"app": "", "in": "notin", "size": "x"},
}
SELECTED = [
    ("app", "db odd web"),
    ("!app", "none"),
    ("! app", "none"),
    ("app=web", "web"),
    ("app==web", "web"),
    ("app = web", "web"),
    ("app=", "odd"),
    ("app!=web", "db none odd"),
    ("app!=", "db none web"),
    ("app in (web, db)", "db web"),
    ("app in(web)", "web"),
    ("app in ()", "odd"),
    ("app in (,web)", "odd web"),
    ("app in (web,)", "odd web"),
    ("app notin (web,db)", "none odd"),
    ("in in (notin)", "odd"),
    ("in,app=", "odd"),
    ("example.com/tier=back,app", "db"),
    ("app,!tier,size!=x", "db"),
    ("size>5", "db"),
    ("size<6", "web"),
    (" ", "db none odd web"),
]


def body_of(name: str, labels: Mapping[str, str]) -> Body:
    body = config_map(name)
    return {**body, "metadata": {**body["metadata"], "labels": dict(labels)}}


@pytest.mark.parametrize(("selector", "expected"), SELECTED, ids=[text for text, _ in SELECTED])
def test_objects_are_selected_by_their_labels(selector: str, expected: str) -> None:
    selects = parse_selector(selector)

    assert " ".join(sorted(name for name, labels in LABELS.items() if selects(body_of(name, labels)))) == expected


def test_the_real_kubectl_selects_the_same(tmp_path: Path) -> None:
    with real_side(tmp_path) as side:
        for name, labels in LABELS.items():
            side.create_as_other(body_of(name, labels))

        found = {text: names_of(side, text) for text, _ in SELECTED[:-1:2]}

    assert found == dict(SELECTED[:-1:2])


def names_of(side: Side, selector: str) -> str:
    answer = side.send("GET", f"/api/v1/namespaces/{side.namespace}/configmaps", labelSelector=selector)
    items = (answer.json() or {})["items"]
    return " ".join(sorted(item["metadata"]["name"] for item in items if item["metadata"]["name"] in LABELS))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no-metadata"),
        pytest.param({"metadata": None}, id="metadata-null"),
        pytest.param({"metadata": {}}, id="no-labels"),
        pytest.param({"metadata": {"labels": None}}, id="labels-null"),
        pytest.param({"metadata": {"labels": ["app"]}}, id="a-list"),
    ],
)
def test_an_object_without_labels_has_none(body: Body) -> None:
    assert [parse_selector(text)(body) for text in ("app", "!app", "app=", "app!=web")] == [False, True, False, True]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        pytest.param("a,", "found '', expected: identifier after ','\n    a,\n      ^", id="comma-at-the-end"),
        pytest.param(",a", "found ',', expected: !, identifier, or 'end of string'\n    ,a\n    ^", id="comma-first"),
        pytest.param("a,,b", "found ',', expected: identifier after ','\n    a,,b\n      ^", id="two-commas"),
        pytest.param("a b", "found 'b', expected: in, notin, =, ==, !=, gt, lt\n    a b\n      ^", id="two-words"),
        pytest.param("a=b c", "found 'c', expected: ',' or 'end of string'\n    a=b c\n        ^", id="space-in-value"),
        pytest.param("a=b=c", "found '=', expected: ',' or 'end of string'\n    a=b=c\n       ^", id="equals-twice"),
        pytest.param("!a=b", "found '=', expected: ',' or 'end of string'\n    !a=b\n      ^", id="missing-with-value"),
        pytest.param("!!a", "found '!', expected: identifier\n    !!a\n     ^", id="missing-twice"),
        pytest.param("a===b", "found '=', expected: identifier\n    a===b\n       ^", id="three-equals"),
        pytest.param("a=(b)", "found '(', expected: identifier\n    a=(b)\n      ^", id="value-in-parentheses"),
        pytest.param("a in b", "found 'b', expected: '('\n    a in b\n         ^", id="in-without-parentheses"),
        pytest.param("a in (b", "found '', expected: ',' or ')'\n    a in (b\n           ^", id="not-closed"),
        pytest.param("a in (b c)", "found 'c', expected: ',' or ')'\n    a in (b c)\n            ^", id="no-comma"),
        pytest.param(
            "a in ((b)", "found '(', expected: ',', ')' or identifier\n    a in ((b)\n          ^", id="twice-open"
        ),
        pytest.param("a>x", "for '<' and '>' the value must be an integer\n    a>x\n      ^", id="no-number"),
        pytest.param(
            "a<", "for '<' and '>' the value must be an integer\n    a<\n      ^", id="nothing-to-compare-with"
        ),
        pytest.param(
            f"a>{2**63}",
            f"for '<' and '>' the value must be an integer\n    a>{2**63}\n      {'^' * 19}",
            id="more-than-64-bits",
        ),
        pytest.param("a/b/c=1", f"{NO_PREFIX}\n    a/b/c=1\n    ^^^^^", id="two-slashes"),
        pytest.param("/a=1", f"{NO_PREFIX}\n    /a=1\n    ^^", id="empty-prefix"),
        pytest.param("x/=1", f"{NO_KEY}\n    x/=1\n    ^^", id="empty-name"),
        pytest.param("X.com/a", f"{NO_PREFIX}\n    X.com/a\n    ^^^^^^^", id="prefix-with-capitals"),
        pytest.param("ä", f"{NO_KEY}\n    ä\n    ^", id="no-ascii"),
        pytest.param("a" * 64, f"this is no key of a label: {LONG}\n    {'a' * 64}\n    {'^' * 64}", id="long-key"),
        pytest.param("a=-b", f"{NO_VALUE}\n    a=-b\n      ^^", id="dash-first"),
        pytest.param("a in (b, c_)", f"{NO_VALUE}\n    a in (b, c_)\n             ^^", id="line-last"),
        pytest.param(
            f"a={'b' * 64}", f"this is no value of a label: {LONG}\n    a={'b' * 64}\n      {'^' * 64}", id="long-value"
        ),
    ],
)
def test_what_is_no_selector_is_shown_with_its_place(selector: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_selector(selector)

    assert (str(caught.value), caught.value.hint) == (f"-l: {message}", HINT)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="null"),
        pytest.param(5, id="number"),
        pytest.param(["b"], id="list"),
        pytest.param({"b": 1}, id="map"),
        pytest.param("9" * 5000, id="many-digits"),
        pytest.param(str(2**63), id="more-than-64-bits"),
    ],
)
def test_a_label_that_is_no_text_or_no_number_of_64_bits_equals_nothing(value: object) -> None:
    body = {"metadata": {"labels": {"a": value}}}
    selectors = ("a", "a=b", "a in (b,5)", "a!=b", "a notin (b,5)", "a>4", "a<6")

    selected = [text for text in selectors if parse_selector(text)(body)]

    assert selected == ["a", "a!=b", "a notin (b,5)"]


@pytest.mark.parametrize(
    ("label", "selector"),
    [
        pytest.param(str(2**63 - 1), f"a>{2**63 - 2}", id="largest"),
        pytest.param(str(-(2**63)), "a<0", id="smallest"),
        pytest.param("0" * 5000 + "7", "a>6", id="many-zeros"),
        pytest.param("+7", "a>0006", id="plus"),
    ],
)
def test_numbers_of_64_bits_are_compared(label: str, selector: str) -> None:
    assert parse_selector(selector)({"metadata": {"labels": {"a": label}}})


KEYS = st.sampled_from(["a", "b", "in", "example.com/a"])
VALUES = st.sampled_from(["", "x", "y", "notin", "7"])
SPACES = st.sampled_from(["", " "])
PLAIN = st.tuples(KEYS, st.sampled_from(["=", "==", "!="]), VALUES)
SETS = st.tuples(KEYS, st.sampled_from(["in", "notin"]), st.lists(VALUES, min_size=1, max_size=3))
EXIST = st.tuples(KEYS, st.sampled_from(["", "!"]), st.none())


def written(requirement: tuple[str, str, str | list[str] | None], space: str) -> str:
    match requirement:
        case key, operator, None:
            return f"{operator}{space}{key}{space}"
        case key, operator, list() as values:
            return f"{key} {operator}{space}({f',{space}'.join(values)})"
        case key, operator, value:
            return f"{key}{space}{operator}{space}{value}"


def fits(requirement: tuple[str, str, str | list[str] | None], labels: Mapping[str, str]) -> bool:
    key, operator, values = requirement
    if values is None:
        return (key in labels) == (operator == "")
    among = key in labels and labels[key] in ([values] if isinstance(values, str) else values)
    return among if operator in {"=", "==", "in"} else not among


@given(st.lists(PLAIN | SETS | EXIST, max_size=4), st.dictionaries(KEYS, VALUES), SPACES)
def test_each_requirement_counts_by_itself(
    requirements: list[tuple[str, str, str | list[str] | None]], labels: dict[str, str], space: str
) -> None:
    text = f"{space},{space}".join(written(requirement, space) for requirement in requirements)

    assert parse_selector(text)(body_of("x", labels)) == all(fits(requirement, labels) for requirement in requirements)


@given(st.text("ab=!<>(),/. in", max_size=12))
def test_any_text_is_a_selector_or_an_error_that_shows_it(text: str) -> None:
    shown = ""
    try:
        parse_selector(text)
    except UsageError as error:
        shown = str(error)

    assert not shown or f"\n    {text}\n" in shown
