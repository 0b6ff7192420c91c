from __future__ import annotations

import io

import pytest
from builders import a_deployment, a_manifest

from kubectl_images.account import Account, Tell
from kubectl_images.apply import Outcome, Status
from kubectl_images.prepare import Run
from kubectl_images.terminal import Terminal


def an_account(output: str = "text") -> tuple[Account, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Account(Run(Terminal(io.StringIO(), out, err), {}), "changed", output, {}, " (dry run)"), out, err


def an_outcome(status: Status, name: str = "web") -> Outcome:
    return Outcome(a_manifest(a_deployment({}, name=name)), status, warnings=("old",), notes=("taken over from helm",))


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param("text", "deployment.apps/web replaced (dry run)\n    taken over from helm\n", id="text"),
        pytest.param("name", "deployment.apps/web\n", id="name"),
        pytest.param("json", "", id="json"),
        pytest.param("yaml", "", id="yaml"),
    ],
)
def test_an_object_is_told_in_the_form_that_was_asked_for_and_warnings_beside_it(output: str, told: str) -> None:
    account, out, err = an_account(output)

    account.tell(an_outcome("replaced"))

    assert (out.getvalue(), err.getvalue()) == (told, "warning: deployment.apps/web: old\n")


@pytest.mark.parametrize("status", ["failed", "not tried"])
def test_of_what_was_not_done_the_error_tells(status: Status) -> None:
    account, out, _ = an_account()

    account.tell(an_outcome(status))

    assert out.getvalue() == ""


@pytest.mark.parametrize(("output", "told"), [("text", True), ("name", False), ("json", False), ("yaml", False)])
def test_the_summary_is_for_people(output: str, told: bool) -> None:
    account, _, err = an_account(output)

    account.end([an_outcome("unchanged")])

    assert err.getvalue() == ("1 object: applied 0, unchanged 1, failed 0 (dry run)\n" if told else "")


@pytest.mark.parametrize(
    ("statuses", "count", "rest"),
    [
        pytest.param([], 0, 4, id="none"),
        pytest.param(["configured"], 1, 3, id="one"),
        pytest.param(["configured", "unchanged", "failed"], 2, 1, id="two-and-a-failure"),
    ],
)
def test_after_ctrl_c_it_says_how_far_it_came(statuses: list[Status], count: int, rest: int) -> None:
    account, _, err = an_account("name")

    def work(tell: Tell) -> list[Outcome]:
        for status in statuses:
            tell(Outcome(a_manifest(a_deployment({})), status))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        account.follow(work, 4)

    assert err.getvalue() == (
        f"\ninterrupted: {count} of 4 objects are changed; of the other {rest} up to 8 may be\n"
        "hint: the same command again does the rest\n"
    )


@pytest.mark.parametrize(
    ("output", "out", "err"),
    [
        ("text", "deployment.apps/web deleted (dry run)\n", ""),
        ("name", "deployment.apps/web\n", ""),
        ("json", "", "deployment.apps/web deleted (dry run)\n"),
    ],
)
def test_an_object_that_is_deleted_is_told_in_every_form(output: str, out: str, err: str) -> None:
    account, result, told = an_account(output)

    account.tell(Outcome(a_manifest(a_deployment({})), "deleted"))

    assert (result.getvalue(), told.getvalue()) == (out, err)
