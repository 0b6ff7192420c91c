from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_images.errors import UsageError
from kubectl_images.flag_values import duration_s
from kubectl_images.flags import new_parser, parse
from kubectl_images.help_texts import COMMANDS
from kubectl_images.platforms import Platform


def given_by(*argv: str) -> dict[str, object]:
    given = argparse.Namespace()
    parse(argv, given)
    return vars(given)


def error(*argv: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(argv, argparse.Namespace())
    return caught.value


def help_screens() -> Iterator[tuple[str, str]]:
    parser = new_parser()
    yield "kubectl images", parser.format_help()
    for action in parser._subparsers._group_actions if parser._subparsers else ():
        assert isinstance(action.choices, dict), "the commands by their names"
        yield from ((name, command.format_help()) for name, command in action.choices.items())


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param("", {"command": None}, id="nothing"),
        pytest.param("deploy", {"command": "deploy"}, id="command-alone"),
        pytest.param(
            "deploy -f a -R -f b", {"command": "deploy", "filename": ["a", "b"], "recursive": True}, id="several-files"
        ),
        pytest.param("-n a deploy", {"command": "deploy", "namespace": "a"}, id="before"),
        pytest.param("deploy -n a", {"command": "deploy", "namespace": "a"}, id="after"),
        pytest.param("-n a deploy -n b", {"command": "deploy", "namespace": "b"}, id="the-later-wins"),
        pytest.param(
            "--context=c deploy --user u", {"command": "deploy", "context": "c", "user": "u"}, id="before-and-after"
        ),
        pytest.param("list-images --simple", {"command": "list-images", "simple": True}, id="alias"),
        pytest.param("deploy -v=2", {"command": "deploy", "verbosity": 2}, id="v-equals"),
        pytest.param("deploy -v 2", {"command": "deploy", "verbosity": 2}, id="v-space"),
        pytest.param("-v2 deploy", {"command": "deploy", "verbosity": 2}, id="v-joined"),
        pytest.param("deploy --v=2", {"command": "deploy", "verbosity": 2}, id="v-long"),
        pytest.param(
            "deploy -uyf a", {"command": "deploy", "update_images": True, "yes": True, "filename": ["a"]}, id="joined"
        ),
        pytest.param(
            "deploy -f - -F=a=b", {"command": "deploy", "filename": ["-"], "fixed_image": ["a=b"]}, id="equals"
        ),
        pytest.param("tags a b", {"command": "tags", "words": ["a", "b"]}, id="words"),
        pytest.param("tags a -o name b", {"command": "tags", "output": "name", "words": ["a", "b"]}, id="words-apart"),
        pytest.param("tags -o name a", {"command": "tags", "output": "name", "words": ["a"]}, id="words-last"),
        pytest.param("tags --from -", {"command": "tags", "from_file": "-", "words": []}, id="no-words"),
    ],
)
def test_the_command_line_is_read(argv: str, expected: dict[str, object]) -> None:
    assert given_by(*argv.split()) == {**expected, "as_groups": ()}


def test_groups_before_and_after_the_command_add_up() -> None:
    found = given_by("--as=me", "--as-group=a", "deploy", "--as-group=b", "--as-group=c")

    assert found == {"command": "deploy", "as_user": "me", "as_groups": ("a", "b", "c")}


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(
            "deply", "unknown command 'deply'", "did you mean kubectl images deploy?\nkubectl images --help", id="typo"
        ),
        pytest.param(
            "apply -f a",
            "unknown command 'apply'",
            "did you mean kubectl images deploy?\nkubectl images --help",
            id="kubectl-apply",
        ),
        pytest.param(
            "version web.yaml",
            "version takes no argument 'web.yaml'",
            "kubectl images version --help",
            id="no-files-here",
        ),
        pytest.param("qqq", "unknown command 'qqq'", "kubectl images --help", id="no-command"),
        pytest.param("--qqq", "unknown flag --qqq", "kubectl images --help", id="flag-alone"),
        pytest.param(
            "deploy --update-image",
            "unknown flag --update-image",
            "did you mean --update-images?\nkubectl images deploy --help",
            id="flag-typo",
        ),
        pytest.param(
            "list-images --simpel=1",
            "unknown flag --simpel",
            "did you mean --simple?\nkubectl images list-images --help",
            id="flag-of-the-alias",
        ),
        pytest.param(
            "diff --contxt=a",
            "unknown flag --contxt",
            "did you mean --context?\nkubectl images diff --help",
            id="flag-of-all",
        ),
        pytest.param(
            "list --simple -y",
            "unknown flag -y",
            "-y is a flag of deploy and poke\nkubectl images list --help",
            id="flag-of-two-other-commands",
        ),
        pytest.param(
            "deploy --from=x",
            "unknown flag --from",
            "--from is a flag of tags\nkubectl images deploy --help",
            id="flag-of-another-command",
        ),
        pytest.param(
            "-fweb.yaml --yes",
            "unknown flag -fweb.yaml",
            "kubectl images --help",
            id="joined-flag-without-its-command",
        ),
        pytest.param(
            "--filename=web.yaml",
            "unknown flag --filename",
            "--filename is a flag of deploy, diff, poke, list and render\nkubectl images --help",
            id="flag-without-its-command",
        ),
        pytest.param(
            "-f ./web.yaml deploy",
            "unknown command './web.yaml'",
            "the command comes first: kubectl images deploy -f ./web.yaml\nkubectl images --help",
            id="file-before-its-command",
        ),
        pytest.param(
            "deploy --server-side",
            "unknown flag --server-side",
            "leave it out: objects are always applied by server-side apply",
            id="kubectl-server-side",
        ),
        pytest.param(
            "deploy --force",
            "unknown flag --force",
            "--force-conflicts takes over fields of other managers, --replace-immutable deletes and creates anew",
            id="kubectl-force",
        ),
        pytest.param(
            "deploy --force-apply",
            "unknown flag --force-apply",
            "--force-conflicts does this\nkubectl images deploy --help",
            id="kluctl-force-apply",
        ),
        pytest.param(
            "deploy --readiness-timeout 5m",
            "unknown flag --readiness-timeout",
            "--timeout DURATION does this\nkubectl images deploy --help",
            id="kluctl-readiness-timeout",
        ),
        pytest.param(
            "render --render-output-dir out",
            "unknown flag --render-output-dir",
            "leave it out: render prints all objects: kubectl images render > FILE\nkubectl images render --help",
            id="kluctl-without-such-a-flag",
        ),
        pytest.param(
            "poke-images",
            "unknown command 'poke-images'",
            "did you mean kubectl images poke?\nkubectl images --help",
            id="kluctl-poke-images",
        ),
        pytest.param(
            "seal",
            "unknown command 'seal'",
            "seal the secrets with kubeseal, and leave the SealedSecret objects among the manifests\n"
            "kubectl images --help",
            id="kluctl-without-such-a-command",
        ),
        pytest.param(
            "deploy web.yaml",
            "deploy takes no argument 'web.yaml'",
            "for a file: -f web.yaml\nkubectl images deploy --help",
            id="file-without-flag",
        ),
        pytest.param("deploy -f", "-f/--filename needs a value: FILE", "kubectl images deploy --help", id="no-value"),
        pytest.param("-n", "-n/--namespace needs a value: NAMESPACE", "kubectl images --help", id="no-value-before"),
        pytest.param(
            "list -o -u",
            "-o/--output needs a value: yaml, json or table",
            "kubectl images list --help",
            id="no-value-of-a-choice",
        ),
        pytest.param(
            "deploy --dry-run -f a",
            "--dry-run needs a value: none, client or server",
            "--dry-run=server or --dry-run=client\nkubectl images deploy --help",
            id="dry-run-alone",
        ),
        pytest.param(
            "deploy --dry-run=true",
            "--dry-run: 'true' is not one of none, client or server",
            "--dry-run=server or --dry-run=client\nkubectl images deploy --help",
            id="dry-run-true",
        ),
        pytest.param(
            "deploy -o wide",
            "-o/--output: 'wide' is not one of text, name, json or yaml",
            "kubectl images deploy --help",
            id="no-choice",
        ),
        pytest.param(
            "deploy -o yml",
            "-o/--output: 'yml' is not one of text, name, json or yaml",
            "did you mean yaml?\nkubectl images deploy --help",
            id="choice-typo",
        ),
        pytest.param(
            "deploy --wait=yes",
            "--wait takes no value but true or false, and here stands 'yes'",
            "--wait\nkubectl images deploy --help",
            id="value-of-a-switch",
        ),
        pytest.param(
            "diff --update-images=1",
            "-u/--update-images takes no value but true or false, and here stands '1'",
            "--update-images\nkubectl images diff --help",
            id="value-of-a-switch-with-two-names",
        ),
        pytest.param(
            "deploy --wait true",
            "deploy takes no argument 'true'",
            "with its flag it is one word, as in --wait=true\nkubectl images deploy --help",
            id="value-apart-from-its-switch",
        ),
        pytest.param("-v=x deploy", "-v/--v: 'x' is not a number such as 1", "kubectl images --help", id="no-number"),
        pytest.param(
            "deploy --request-timeout=1x",
            "--request-timeout: '1x' is not a duration such as 30s, 1m30s or 5",
            "kubectl images deploy --help",
            id="no-duration",
        ),
    ],
)
def test_a_mistake_is_a_usage_error_with_a_way_out(argv: str, message: str, hint: str) -> None:
    found = error(*argv.split())

    assert (str(found), found.hint) == (message, hint)


@pytest.mark.parametrize("command", ["deploy", "diff", "list", "render"])
def test_digests_and_their_platform_are_asked_for_together(command: str) -> None:
    found = given_by(command, "--pin-digests", "--platform", "linux/arm/v7")

    assert found == {
        "command": command,
        "pin_digests": True,
        "platform": Platform("linux", "arm", "v7"),
        "as_groups": (),
    }


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(
            "deploy --platform linux/amd64",
            "--platform is a demand on images with digests, and --pin-digests is not given",
            "add --pin-digests, or leave out --platform",
            id="alone",
        ),
        pytest.param(
            "deploy --pin-digests --platform linux/amd64 --offline",
            "--platform asks registries what images are for, and --offline asks none",
            "leave out --platform or --offline",
            id="offline",
        ),
        pytest.param(
            "deploy --pin-digests --platform linux",
            "--platform: 'linux' is not a platform such as linux/amd64 or linux/arm/v7",
            "kubectl images deploy --help",
            id="malformed",
        ),
    ],
)
def test_a_platform_that_cannot_be_checked_is_a_usage_error(argv: str, message: str, hint: str) -> None:
    found = error(*argv.split())

    assert (str(found), found.hint) == (message, hint)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param("--wait=true", {"wait": True}, id="true"),
        pytest.param("--wait=false", {"wait": False}, id="false"),
        pytest.param("--wait --wait=false", {"wait": False}, id="the-later-wins"),
        pytest.param("-R=true -y=false", {"recursive": True, "yes": False}, id="short"),
        pytest.param("--insecure-skip-tls-verify=true", {"insecure_skip_tls_verify": True}, id="of-all-commands"),
    ],
)
def test_a_switch_can_be_told_true_or_false_as_with_kubectl(argv: str, expected: dict[str, object]) -> None:
    assert given_by("deploy", *argv.split()) == {"command": "deploy", **expected, "as_groups": ()}


def test_a_switch_before_the_command_can_be_told_true_or_false() -> None:
    found = given_by("--insecure-skip-tls-verify=true", "deploy", "--insecure-skip-tls-verify=false")

    assert found == {"command": "deploy", "insecure_skip_tls_verify": False, "as_groups": ()}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(
            "-f a --wait=false --timeout=1m", "--timeout is for --wait, which is not given", id="timeout-without-wait"
        ),
        pytest.param(
            "--platform linux/amd64 --pin-digests=false",
            "--platform is a demand on images with digests, and --pin-digests is not given",
            id="platform-without-digests",
        ),
    ],
)
def test_a_switch_that_is_false_counts_as_not_given(argv: str, message: str) -> None:
    assert str(error("deploy", *argv.split())) == message


def test_a_switch_that_is_false_excludes_nothing() -> None:
    found = given_by("deploy", "--pin-digests", "--platform", "linux/amd64", "--offline=false")

    assert found["offline"] is False


def test_a_part_of_a_flags_name_is_not_the_flag() -> None:
    assert str(error("deploy", "--file", "a")) == "unknown flag --file"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", 0, id="zero"),
        pytest.param("5", 5, id="number"),
        pytest.param("0s", 0, id="zero-seconds"),
        pytest.param("30s", 30, id="seconds"),
        pytest.param("500ms", 0.5, id="milliseconds"),
        pytest.param("1m30s", 90, id="several"),
        pytest.param("1h2m3.5s", 3723.5, id="fraction"),
        pytest.param("1999999s", 1_999_999, id="long"),
        pytest.param("2000000s", 0, id="longer-than-sockets-count"),
        pytest.param("9" * 400, 0, id="longer-than-floats-count"),
    ],
)
def test_a_duration_is_read_as_kubectl_reads_it(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@given(st.text("0123456789.hms- +e_∞٣") | st.text())
def test_any_other_text_is_no_duration(text: str) -> None:
    try:
        seconds = duration_s(text)
    except argparse.ArgumentTypeError:
        return
    assert seconds >= 0
    assert text.isascii()


@pytest.mark.parametrize("name", ["kubectl images", *COMMANDS])
def test_a_help_screen_fits_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    screen = dict(help_screens())[name]

    assert [line for line in screen.splitlines() if len(line) > 80] == []
    assert screen.startswith("usage: kubectl images ")


def test_the_first_help_screen_names_every_command_before_the_flags() -> None:
    screen = dict(help_screens())["kubectl images"]

    commands, flags = screen.index("commands:"), screen.index("flags of cluster and terminal")
    assert commands < flags
    assert re.findall(r"^    ([a-z]+)", screen[commands:flags], re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_of_a_command_is_understood(name: str) -> None:
    words = COMMANDS[name].examples.replace("\\\n", " ")
    examples = re.findall(r"kubectl images (?!\.\.\.)([^\n|>]*)", words)

    assert examples
    for example in examples:
        argv = [word.strip("'\"") for word in re.findall(r"\"[^\"]*\"|'[^']*'|\S+", example)]
        assert given_by(*argv)["command"] in COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_where_the_flags_are_that_it_leaves_out(name: str) -> None:
    screen = dict(help_screens())[name]

    assert "--kubeconfig FILE" not in screen
    assert screen.endswith("are listed by: kubectl images --help\n")
