from __future__ import annotations

import io

import pytest
from builders import a_deployment, a_key, a_manifest

from kubectl_images.account import Account
from kubectl_images.apply import Outcome, Status
from kubectl_images.prepare import Run
from kubectl_images.stage_steps import IdleInterrupt
from kubectl_images.terminal import Terminal
from kubectl_images.under_way import UnderWay


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


HINT = "\nhint: the same command again does the rest"


@pytest.mark.parametrize(
    ("interrupt", "total", "told"),
    [
        pytest.param(KeyboardInterrupt, 4, f"\ninterrupted: 4 objects: 1 changed, 3 not tried{HINT}\n", id="at-work"),
        pytest.param(KeyboardInterrupt, 1, "\ninterrupted: 1 object: 1 changed\n", id="at-the-end"),
        pytest.param(IdleInterrupt, 2, f"2 objects: 1 changed, 1 not tried{HINT}\n", id="waiting"),
        pytest.param(IdleInterrupt, 1, "", id="waiting-at-the-end"),
    ],
)
def test_after_ctrl_c_it_says_how_far_it_came(interrupt: type[KeyboardInterrupt], total: int, told: str) -> None:
    account, _, err = an_account("name")
    under_way = UnderWay()

    def work() -> list[Outcome]:
        under_way.follows(a_key(), lambda: an_outcome("configured"))
        raise interrupt

    with pytest.raises(KeyboardInterrupt):
        account.follow(work, under_way, total)

    assert err.getvalue() == told


@pytest.mark.parametrize(
    ("output", "out", "err"),
    [
        ("text", "deployment.apps/web in namespace prod deleted (dry run)\n", ""),
        ("name", "", "deployment.apps/web in namespace prod deleted (dry run)\n"),
        ("json", "", "deployment.apps/web in namespace prod deleted (dry run)\n"),
    ],
)
def test_an_object_that_is_deleted_is_told_with_its_namespace_and_beside_what_is_there(
    output: str, out: str, err: str
) -> None:
    account, result, told = an_account(output)

    account.tell(Outcome(a_manifest(a_deployment({})), "deleted"))

    assert (result.getvalue(), told.getvalue()) == (out, err)
