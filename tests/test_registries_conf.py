from __future__ import annotations

from pathlib import Path

import pytest
from certificates import certificate_for
from fake_registry import FakeRegistry, Rules
from registry_client import FakeClock

from kubectl_images.errors import RegistryError
from kubectl_images.references import ImageRef, Repository
from kubectl_images.registries_conf import (
    RegistryRule,
    RegistryRules,
    load_rules,
    located,
    rule_for,
    toml_parser,
)
from kubectl_images.registry import Registry
from kubectl_images.registry_policy import Policy

WITH_TOML = pytest.mark.skipif(toml_parser() is None, reason="the standard library reads TOML since Python 3.11")
NAMES = [
    "example.com",
    "example.com/team",
    "example.com/team/web",
    "*.example.org",
    "b.example.org",
    "example.com:5000",
    "docker.io/library",
]
RULES = [RegistryRule(name) for name in NAMES]


@pytest.mark.parametrize(
    ("registry", "repository", "prefix"),
    [
        pytest.param("example.com", "other/web", "example.com", id="host"),
        pytest.param("example.com", "team/db", "example.com/team", id="longer"),
        pytest.param("example.com", "team/web", "example.com/team/web", id="longest"),
        pytest.param("example.com", "team/web/api", "example.com/team/web", id="below"),
        pytest.param("example.com", "teams/web", "example.com", id="not-a-whole-part"),
        pytest.param("EXAMPLE.com", "team/db", "example.com/team", id="upper-case-host"),
        pytest.param("example.com:5000", "team/web", "example.com:5000", id="port"),
        pytest.param("example.com:5001", "team/web", None, id="another-port"),
        pytest.param("a.b.example.org", "web", "*.example.org", id="wildcard"),
        pytest.param("a.example.org:5000", "web", "*.example.org", id="wildcard-any-port"),
        pytest.param("example.org", "web", None, id="wildcard-is-for-subdomains"),
        pytest.param("b.example.org", "web", "b.example.org", id="host-beats-wildcard-of-its-length"),
        pytest.param("notexample.org", "web", None, id="wildcard-is-for-whole-parts"),
        pytest.param("index.docker.io", "library/nginx", "docker.io/library", id="hub-alias"),
        pytest.param("example.com", "team", "example.com/team", id="the-prefix-itself"),
        pytest.param("docker.io", "library/nginx", "docker.io/library", id="hub"),
        pytest.param("docker.io", "team/web", None, id="hub-elsewhere"),
    ],
)
def test_the_longest_prefix_of_whole_parts_is_the_rule(registry: str, repository: str, prefix: str | None) -> None:
    rule = rule_for(RULES, registry, repository)

    assert (rule and rule.prefix) == prefix


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(RegistryRule("example.com"), ("example.com", "team/web"), id="stays"),
        pytest.param(RegistryRule("example.com", "in.example.net"), ("in.example.net", "team/web"), id="host"),
        pytest.param(
            RegistryRule("example.com/team", "in.example.net:5000/mirror"),
            ("in.example.net:5000", "mirror/web"),
            id="path",
        ),
        pytest.param(RegistryRule("*.com", "in.example.net"), ("in.example.net", "team/web"), id="wildcard"),
        pytest.param(RegistryRule("example.com/team", "docker.io/x"), ("docker.io", "x/web"), id="hub"),
    ],
)
def test_a_location_takes_the_place_of_the_prefix(rule: RegistryRule, expected: Repository) -> None:
    assert located(rule, "example.com", "team/web") == expected


def test_a_location_for_a_wildcard_keeps_the_port() -> None:
    rule = RegistryRule("*.example.com", "in.example.net")

    assert located(rule, "a.example.com:5000", "team/web") == ("in.example.net:5000", "team/web")


@pytest.mark.parametrize(
    ("prefix", "location", "target"),
    [
        pytest.param("example.com", "mirror", "mirror/team/web", id="no-host"),
        pytest.param("example.com/team/web", "in.example.net", "in.example.net", id="host-alone"),
        pytest.param("example.com/team/web", "in.example.net/web:1", "in.example.net/web:1", id="tag"),
        pytest.param("example.com", "in.example.net/Mirror", "in.example.net/Mirror/team/web", id="upper-case-path"),
    ],
)
def test_a_location_that_leads_to_no_repository_is_an_error_with_its_place(
    prefix: str, location: str, target: str
) -> None:
    rule = RegistryRule(prefix, location, place="registries.conf:3")

    with pytest.raises(RegistryError) as caught:
        located(rule, "example.com", "team/web")

    assert str(caught.value) == (
        f"cannot use registries.conf:3: its location makes {target} of example.com/team/web,"
        " which is no repository with its registry"
    )
    assert caught.value.hint == "correct it: it may block or move what is asked for"


def write(root: Path, name: str, text: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def table(prefix: str, *lines: str) -> str:
    return "\n".join(["[[registry]]", f'prefix = "{prefix}"', *lines, ""])


def load(root: Path, **environ: str) -> RegistryRules:
    return load_rules(environ, root / "home", root / "etc", toml_parser())


def test_without_files_there_are_no_rules(tmp_path: Path) -> None:
    assert load(tmp_path) == RegistryRules()


@WITH_TOML
def test_every_table_is_a_rule_with_its_place(tmp_path: Path) -> None:
    text = f"""\
unqualified-search-registries = ["docker.io"]
{table("example.com/team", 'location = "in.example.net/team/"', "insecure = true")}
[[registry.mirror]]
location = "mirror.example.net"
{table("index.docker.io", "blocked = true")}"""
    file = write(tmp_path, "etc/containers/registries.conf", text)

    assert load(tmp_path).rules == (
        RegistryRule("example.com/team", "in.example.net/team", insecure=True, place=f"{file}:2"),
        RegistryRule("docker.io", blocked=True, place=f"{file}:9"),
    )


@WITH_TOML
@pytest.mark.parametrize(
    ("files", "environ", "prefixes"),
    [
        pytest.param(["etc", "home"], {}, ["home"], id="home-beats-etc"),
        pytest.param(["etc", "etc.d"], {}, ["etc", "etc.d"], id="drop-in"),
        pytest.param(["etc", "home.d"], {}, ["etc", "home.d"], id="own-drop-in"),
        pytest.param(["home", "etc.d", "home.d"], {}, ["home", "home.d"], id="own-file-leaves-the-systems"),
        pytest.param(["etc", "home", "named"], {"CONTAINERS_REGISTRIES_CONF": "named"}, ["named"], id="named"),
    ],
)
def test_files_are_read_in_the_order_of_podman(
    tmp_path: Path, files: list[str], environ: dict[str, str], prefixes: list[str]
) -> None:
    places = {
        "etc": "etc/containers/registries.conf",
        "etc.d": "etc/containers/registries.conf.d/a.conf",
        "home": "home/.config/containers/registries.conf",
        "home.d": "home/.config/containers/registries.conf.d/a.conf",
        "named": "named.conf",
    }
    for name in files:
        write(tmp_path, places[name], table(f"{name}.example.com"))

    found = load(tmp_path, **{name: str(tmp_path / places[value]) for name, value in environ.items()})

    assert [rule.prefix for rule in found.rules] == [f"{prefix}.example.com" for prefix in prefixes]


@WITH_TOML
def test_a_later_file_replaces_the_rule_of_the_same_prefix(tmp_path: Path) -> None:
    write(tmp_path, "etc/containers/registries.conf", table("example.com", "blocked = true"))
    write(tmp_path, "etc/containers/registries.conf.d/a.conf", table("example.com", "blocked = true"))
    last = write(tmp_path, "etc/containers/registries.conf.d/b.conf", table("example.com"))

    assert load(tmp_path).rules == (RegistryRule("example.com", place=f"{last}:1"),)


@WITH_TOML
def test_in_one_file_the_first_table_of_a_prefix_counts(tmp_path: Path) -> None:
    text = table("example.com", "blocked = true") + table("example.com")
    file = write(tmp_path, "etc/containers/registries.conf", text)

    assert load(tmp_path).rules == (RegistryRule("example.com", blocked=True, place=f"{file}:1"),)


@WITH_TOML
def test_the_empty_tables_of_the_old_format_say_nothing(tmp_path: Path) -> None:
    text = "[registries.search]\nregistries = ['docker.io']\n[registries.block]\nregistries = []\n"
    write(tmp_path, "etc/containers/registries.conf", text)

    assert load(tmp_path) == RegistryRules()


@WITH_TOML
@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        pytest.param("a = \n", ":1", "it is not TOML: Invalid value", id="no-toml"),
        pytest.param("a = 1\nb = [", ":2", "it is not TOML: Invalid value", id="no-end"),
        pytest.param("a = 1\nb = 2\nb = 3\n\n", ":3", "it is not TOML: Cannot overwrite a value", id="twice"),
        pytest.param("registry = 1\n", "", "registry must be an array of tables: [[registry]]", id="no-tables"),
        pytest.param("registry = [1]\n", "", "registry must be an array of tables: [[registry]]", id="no-table"),
        pytest.param(
            "[registries.block]\nregistries = ['a']\n",
            "",
            "[registries.block] is the old format; write [[registry]] with blocked = true",
            id="old-format",
        ),
        pytest.param("a = " + "[" * 5000, "", "it is nested too deeply", id="nested"),
        pytest.param("\n[[registry]]\n", ":2", "a registry needs a location or a prefix", id="no-prefix"),
        pytest.param(table("a.example.com", "blocked = 1"), ":1", "blocked must be true or false", id="blocked"),
        pytest.param(table("a.example.com", "insecure = 'no'"), ":1", "insecure must be true or false", id="insecure"),
        pytest.param(
            table("https://a.example.com", "blocked = true"),
            ":1",
            "prefix must begin with a host, not with https:// or http://",
            id="prefix-with-scheme",
        ),
        pytest.param(
            table("a.example.com", "location = 'http://in.example.net'"),
            ":1",
            "location must begin with a host, not with https:// or http://",
            id="location-with-scheme",
        ),
        pytest.param("# \u2028\n[[registry]]\n", ":2", "a registry needs a location or a prefix", id="odd-breaks"),
        pytest.param(table("a.example.com", "location = 1"), ":1", "location must be a text", id="location"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, text: str, place: str, reason: str) -> None:
    file = write(tmp_path, "etc/containers/registries.conf", text)

    with pytest.raises(RegistryError) as caught:
        load(tmp_path)

    assert str(caught.value) == f"cannot use {file}{place}: {reason}"
    assert caught.value.hint == "correct it: it may block or move what is asked for"


def test_a_file_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, "etc/containers/registries.conf", "")
    file.write_bytes(b"# a\n# b\xff\n")

    with pytest.raises(RegistryError) as caught:
        load(tmp_path)

    assert str(caught.value) == f"cannot use {file}:2: it is not UTF-8 text"


def test_a_missing_file_that_a_variable_names_is_told_with_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "none.conf"

    with pytest.raises(RegistryError) as caught:
        load(tmp_path, CONTAINERS_REGISTRIES_CONF=str(file))

    assert str(caught.value) == f"cannot use {file} (CONTAINERS_REGISTRIES_CONF): No such file or directory"
    assert caught.value.hint == "correct or unset CONTAINERS_REGISTRIES_CONF"


@pytest.mark.parametrize(("text", "warns"), [(table("example.com"), True), ("# [[registry]]\n", False), ("", False)])
def test_without_a_parser_a_file_with_rules_is_told(tmp_path: Path, text: str, *, warns: bool) -> None:
    file = write(tmp_path, "etc/containers/registries.conf", text)

    found = load_rules({}, tmp_path / "home", tmp_path / "etc", None)

    assert found == RegistryRules(
        warnings=(f"{file} is not used: reading it needs Python 3.11 or newer",) if warns else ()
    )


# With a registry.


def ask(root: Path, image: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the tags of an image and the warnings, with the files below `root`."""
    notices: list[str] = []
    policy = Policy(jitter=(1, 1), clock=FakeClock())
    with Registry({}, notice=notices.append, home=root / "home", etc=root / "etc", policy=policy) as client:
        return client.list_tags(ImageRef.parse(image)), notices


@WITH_TOML
def test_a_blocked_registry_is_never_asked(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}) as registry:
        file = write(tmp_path, "etc/containers/registries.conf", table(registry.host, "blocked = true"))
        with pytest.raises(RegistryError) as caught:
            ask(tmp_path, f"{registry.host}/team/web")

    assert str(caught.value) == f"{registry.host}/team/web is blocked by {file}:1"
    assert registry.requests == []


@WITH_TOML
def test_the_location_is_asked_instead(tmp_path: Path) -> None:
    with FakeRegistry({"mirror/web": ["1"]}) as registry:
        location = f'location = "{registry.host}/mirror"'
        write(tmp_path, "etc/containers/registries.conf", table("registry.example.com/team", location))

        file = tmp_path / "etc/containers/registries.conf"
        moved = f"registry.example.com/team is looked up at {registry.host}/mirror ({file}:1)"
        assert ask(tmp_path, "registry.example.com/team/web") == (("1",), [moved])
        with pytest.raises(RegistryError) as caught:
            ask(tmp_path, "registry.example.com/team/db")

    assert str(caught.value) == (
        "cannot list the tags of registry.example.com/team/db: the registry has no such repository:"
        f' 404 Not Found: "repository name not known to registry" (registry {registry.host})'
    )


@WITH_TOML
def test_what_is_insecure_is_not_verified_and_says_so_but_nothing_else_is(tmp_path: Path) -> None:
    certificate = certificate_for("IP:127.0.0.1", tmp_path / "certificate")
    with FakeRegistry({"dev/web": ["1"], "prod/web": ["1"]}, rules=Rules(tls=certificate.context)) as registry:
        file = write(tmp_path, "etc/containers/registries.conf", table(f"{registry.host}/dev", "insecure = true"))
        notices: list[str] = []
        with Registry({}, notice=notices.append, home=tmp_path, etc=tmp_path / "etc") as client:
            dev, prod = (ImageRef.parse(f"{registry.host}/{team}/web") for team in ("dev", "prod"))
            found = client.list_many([dev, prod])

    assert found[dev.repository_key] == ("1",)
    assert "its certificate is self-signed" in str(found[prod.repository_key])
    assert notices == [f"the certificate of {registry.host} is not verified ({file}:1)"]


@WITH_TOML
def test_a_variable_that_demands_verification_beats_the_file(tmp_path: Path) -> None:
    certificate = certificate_for("IP:127.0.0.1", tmp_path / "certificate")
    with FakeRegistry({"team/web": ["1"]}, rules=Rules(tls=certificate.context)) as registry:
        write(tmp_path, "etc/containers/registries.conf", table(registry.host, "insecure = true"))
        environ = {"KLUCTL_REGISTRY_HOST": registry.host, "KLUCTL_REGISTRY_TLSVERIFY": "true"}
        with (
            Registry(environ, notice=print, home=tmp_path, etc=tmp_path / "etc") as client,
            pytest.raises(RegistryError, match="its certificate is self-signed"),
        ):
            client.list_tags(ImageRef.parse(f"{registry.host}/team/web"))


@WITH_TOML
def test_a_registry_that_is_insecure_may_speak_plain_http(tmp_path: Path) -> None:
    with FakeRegistry({"team/web": ["1"]}) as registry:
        write(tmp_path, "etc/containers/registries.conf", table(registry.host, "insecure = true"))

        assert ask(tmp_path, f"{registry.host}/team/web")[0] == ("1",)


@WITH_TOML
def test_a_file_that_cannot_be_read_stops_only_those_who_ask_a_registry(tmp_path: Path) -> None:
    write(tmp_path, "etc/containers/registries.conf", "[[")

    with Registry({}, notice=print, home=tmp_path, etc=tmp_path / "etc") as client:
        assert client.list_many([]) == {}
        with pytest.raises(RegistryError, match=r"registries\.conf:1: it is not TOML"):
            client.list_tags(ImageRef.parse("nginx"))
