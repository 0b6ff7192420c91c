"""The args that a project declares, and what is given for them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.declared_args import with_defaults
from kubectl_images.errors import InputError
from kubectl_images.fields import Field, read_fields

DEEP = ".".join(["a"] * 101)


def declared(text: str) -> list[Field]:
    document = read_fields(text, "deployment.yaml")
    return [document] if document else []


def refused(text: str, given_args: Mapping[str, object]) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        with_defaults(declared(text), given_args)
    return str(caught.value), caught.value.hint


@pytest.mark.parametrize(
    ("text", "given_args", "expected"),
    [
        pytest.param("", {"any": 1}, {"any": 1}, id="none-declared-any-is-taken"),
        pytest.param("[]", {"any": 1}, {"any": 1}, id="an-empty-list-declares-none"),
        pytest.param("- name: env", {"env": "prod"}, {"env": "prod"}, id="required"),
        pytest.param("- name: env", {"env": {"a": 1}}, {"env": {"a": 1}}, id="required-is-anything"),
        pytest.param("- {name: size, default: 1}", {}, {"size": 1}, id="default"),
        pytest.param("- {name: size, default: 1}", {"size": 2}, {"size": 2}, id="default-not-needed"),
        pytest.param("- {name: note, default: null}", {}, {"note": None}, id="optional"),
        pytest.param("- {name: note, default: null}", {"note": [1]}, {"note": [1]}, id="optional-is-anything"),
        pytest.param("- {name: tag, default: a}", {"tag": 12}, {"tag": "12"}, id="number-for-a-text"),
        pytest.param("- {name: tag, default: a}", {"tag": True}, {"tag": "true"}, id="true-for-a-text"),
        pytest.param("- {name: tag, default: a}", {"tag": ""}, {"tag": ""}, id="empty-text"),
        pytest.param("- {name: share, default: 0.5}", {"share": "1.5"}, {"share": 1.5}, id="decimal"),
        pytest.param("- {name: share, default: 0.5}", {"share": 1}, {"share": 1}, id="integer-for-a-decimal"),
        pytest.param("- {name: list, default: [1, 2]}", {"list": [3]}, {"list": [3]}, id="lists-are-replaced"),
        pytest.param(
            "- {name: f, default: {a: 1, b: {c: 2}}}",
            {"f": {"b": {"d": 3}}},
            {"f": {"a": 1, "b": {"c": 2, "d": 3}}},
            id="maps-are-merged",
        ),
        pytest.param(
            "- {name: web.size, default: 1}\n- name: web.env\n- {name: web.tag, default: x}",
            {"web": {"env": "prod", "tag": 7}},
            {"web": {"size": 1, "env": "prod", "tag": "7"}},
            id="names-with-dots",
        ),
    ],
)
def test_args_have_their_defaults_and_types(
    text: str, given_args: Mapping[str, object], expected: Mapping[str, object]
) -> None:
    assert with_defaults(declared(text), given_args) == expected


ONE = "- name: env\n- name: size\n  default: 1\n- name: web.env\n  default: x\n"
KNOWN = "args that deployment.yaml declares: env, size, web.env"


@pytest.mark.parametrize(
    ("text", "given_args", "message", "hint"),
    [
        pytest.param(ONE, {}, "deployment.yaml:1: the arg env is not given", "give it: -a env=...\nor write a default there", id="missing"),
        pytest.param("- name: a\n- name: b.c", {}, "deployment.yaml:1: the arg a is not given\n    deployment.yaml:2: nor is b.c", "give them: -a a=... -a b.c=...\nor write a default there", id="two-missing"),
        pytest.param(ONE, {"env": "x", "siez": 1}, "there is no arg siez; is size meant?", KNOWN, id="misspelt"),
        pytest.param(ONE, {"other": 1}, "there is no arg other", KNOWN, id="unknown"),
        pytest.param(ONE, {"env": "x", "web": {"evn": 1}}, "there is no arg web.evn; is web.env meant?", KNOWN, id="unknown-below"),
        pytest.param(ONE, {"env": "x", "web": 1}, "there is no arg web; is web.env meant?", KNOWN, id="a-part-of-a-name"),
        pytest.param(ONE, {"env": "x", "size": "big"}, "the arg size is a text, and its default is a number", "its default is at deployment.yaml:2; one of null lets it be anything", id="no-number"),
        pytest.param(ONE, {"env": "x", "size": None}, "the arg size is null, and its default is a number", "its default is at deployment.yaml:2; one of null lets it be anything", id="null"),
        pytest.param("- {name: f, default: {a: 1}}", {"f": "x"}, "the arg f is a text, and its default is a map", "its default is at deployment.yaml:1; one of null lets it be anything", id="no-map"),
        pytest.param("- {name: f, default: false}", {"f": "no"}, "the arg f is a text, and its default is true or false", "its default is at deployment.yaml:1; one of null lets it be anything", id="no-boolean"),
        pytest.param("- {name: f, default: x}", {"f": ["a"]}, "the arg f is a list, and its default is a text", "its default is at deployment.yaml:1; one of null lets it be anything", id="no-text"),
        pytest.param("- name: a\n- name: b\n- name: a", {}, "deployment.yaml:3: the arg a is declared twice; first at deployment.yaml:1", None, id="twice"),
        pytest.param("- default: 1", {}, "deployment.yaml:1: name is missing", "write - name: env, and default: VALUE if it has one", id="no-name"),
        pytest.param(f"- name: {DEEP}", {}, f"deployment.yaml:1: {DEEP}: this is no name of an arg", "write env, or web.replicas", id="101-parts"),
        pytest.param("- name: a..b", {}, "deployment.yaml:1: a..b: this is no name of an arg", "write env, or web.replicas", id="empty-part"),
        pytest.param("- env", {}, "deployment.yaml:1: [0] is a text, not a map", None, id="no-entry"),
        pytest.param("env: prod", {}, "deployment.yaml:1: the file is a map, not a list", None, id="no-list"),
        pytest.param("- {name: a, type: text}", {}, "deployment.yaml:1: unknown key 'type'", "known here: name, default", id="unknown-key"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(text: str, given_args: Mapping[str, object], message: str, hint: str | None) -> None:
    assert refused(text, given_args) == (message, hint)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.integers() | st.text(max_size=3)))
def test_what_fits_already_stays_as_it_is(args: dict[str, object]) -> None:
    text = "- {name: a, default: null}\n- {name: b, default: null}"

    once = with_defaults(declared(text), args)

    assert with_defaults(declared(text), once) == once == {"a": None, "b": None, **args}
