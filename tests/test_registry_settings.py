from __future__ import annotations

from collections.abc import Mapping

import pytest

from kubectl_images.registry_settings import (
    free_prefix,
    plain_http_variable,
    problems,
    settings_for,
    verification,
)

HOST = "registry.example.com:5000"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({}, (), id="none"),
        pytest.param({"HOST": HOST, "TLSVERIFY": "false", "USERNAME": "u"}, (), id="good"),
        pytest.param({"HOST": "*"}, (), id="any"),
        pytest.param({"HOST": f"http://{HOST}"}, (), id="http"),
        pytest.param({"HOST": f"https://{HOST}/v2/"}, (), id="address"),
        pytest.param(
            {"HOST": "not a host"}, ("KLUCTL_REGISTRY_HOST is 'not a host', which is not a host and takes no effect",)
        ),
        pytest.param(
            {"HOST": "http://*"}, ("KLUCTL_REGISTRY_HOST is 'http://*', which is not a host and takes no effect",)
        ),
        pytest.param(
            {"HOST": f"https://robot:secret@{HOST}"},
            ("KLUCTL_REGISTRY_HOST is ***, which is not a host and takes no effect",),
            id="password",
        ),
        pytest.param(
            {"HOST": HOST, "TLSVERIFY": "maybe"},
            ("KLUCTL_REGISTRY_TLSVERIFY is 'maybe'; it must be true or false (also 1, yes, 0, no)",),
            id="switch",
        ),
        pytest.param(
            {"USERNAME": "u", "PASSWORD": "p"},
            (
                "KLUCTL_REGISTRY_PASSWORD takes no effect without KLUCTL_REGISTRY_HOST",
                "KLUCTL_REGISTRY_USERNAME takes no effect without KLUCTL_REGISTRY_HOST",
            ),
            id="no-host",
        ),
    ],
)
def test_variables_that_take_no_effect_are_told(variables: Mapping[str, str], expected: tuple[str, ...]) -> None:
    assert problems({f"KLUCTL_REGISTRY_{name}": value for name, value in variables.items()}) == expected


def test_a_default_that_cannot_be_read_is_told() -> None:
    assert problems({"KLUCTL_REGISTRY_DEFAULT_TLSVERIFY": "maybe"}) == (
        "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY is 'maybe'; it must be true or false (also 1, yes, 0, no)",
    )


def test_every_registry_is_looked_at() -> None:
    environ = {"KLUCTL_REGISTRY_2_AUTH": "x", "KLUCTL_REGISTRY_10_AUTH": "x"}

    assert problems(environ) == (
        "KLUCTL_REGISTRY_2_AUTH takes no effect without KLUCTL_REGISTRY_2_HOST",
        "KLUCTL_REGISTRY_10_AUTH takes no effect without KLUCTL_REGISTRY_10_HOST",
    )


@pytest.mark.parametrize(
    ("host", "variable"),
    [
        pytest.param(f"http://{HOST}", "KLUCTL_REGISTRY_3_HOST", id="http"),
        pytest.param(f"HTTP://{HOST}/", "KLUCTL_REGISTRY_3_HOST", id="upper-case"),
        pytest.param(HOST, "", id="host"),
        pytest.param(f"https://{HOST}", "", id="https"),
        pytest.param("http://other.example.com", "", id="another-host"),
        pytest.param("http://registry.example.com", "", id="another-port"),
        pytest.param("*", "", id="any"),
        pytest.param("http://*", "", id="any-by-http"),
    ],
)
def test_plain_http_is_only_for_the_host_that_is_written_with_it(host: str, variable: str) -> None:
    assert plain_http_variable(HOST, {"KLUCTL_REGISTRY_3_HOST": host}) == variable


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, (True, ""), id="nothing"),
        pytest.param(
            {"KLUCTL_REGISTRY_HOST": HOST, "KLUCTL_REGISTRY_TLSVERIFY": "0"},
            (False, "KLUCTL_REGISTRY_TLSVERIFY"),
            id="own",
        ),
        pytest.param(
            {"KLUCTL_REGISTRY_DEFAULT_TLSVERIFY": "no"}, (False, "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY"), id="default"
        ),
        pytest.param(
            {
                "KLUCTL_REGISTRY_DEFAULT_TLSVERIFY": "no",
                "KLUCTL_REGISTRY_1_HOST": HOST,
                "KLUCTL_REGISTRY_1_TLSVERIFY": "yes",
            },
            (True, "KLUCTL_REGISTRY_1_TLSVERIFY"),
            id="own-beats-default",
        ),
    ],
)
def test_the_setting_of_a_registry_beats_the_default(environ: Mapping[str, str], expected: tuple[bool, str]) -> None:
    assert verification(HOST, environ) == expected


@pytest.mark.parametrize(
    ("registry", "host"),
    [
        ("reg.example.com", "reg.example.com:443"),
        ("reg.example.com:443", "reg.example.com"),
        ("reg.example.com:443", "https://reg.example.com:443"),
        ("reg.example.com", "http://reg.example.com:80"),
        ("reg.example.com:80", "http://reg.example.com:80"),
        ("docker.io", "index.docker.io"),
    ],
)
def test_a_registry_is_known_with_the_port_that_its_scheme_implies_and_without(registry: str, host: str) -> None:
    found = settings_for(registry, {"KLUCTL_REGISTRY_HOST": host})

    assert found is not None
    assert found.variables["HOST"] == host


@pytest.mark.parametrize(
    ("environ", "prefix"),
    [
        pytest.param({}, "KLUCTL_REGISTRY", id="none-taken"),
        pytest.param({"KLUCTL_REGISTRY_HOST": "other.example.com"}, "KLUCTL_REGISTRY_1", id="first-taken"),
        pytest.param({"KLUCTL_REGISTRY_HOST": "*", "KLUCTL_REGISTRY_1_HOST": "a"}, "KLUCTL_REGISTRY_2", id="two-taken"),
        pytest.param({"KLUCTL_REGISTRY_7_HOST": HOST}, "KLUCTL_REGISTRY_7", id="its-own"),
    ],
)
def test_variables_for_a_hint_take_nothing_from_another_registry(environ: Mapping[str, str], prefix: str) -> None:
    assert free_prefix(HOST, environ) == prefix
