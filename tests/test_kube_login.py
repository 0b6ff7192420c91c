from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kubectl_images.access import Access, Token, TokenFile
from kubectl_images.errors import KubeconfigError
from kubectl_images.kube_login import TOKEN_FILE_AGE, CurrentLogin

SERVER = "https://example.com"


def _login(file: Path, otherwise: str = "", age: timedelta = timedelta(0)) -> CurrentLogin:
    return CurrentLogin(Access(SERVER, login=TokenFile(file, otherwise)), age)


def _token(login: CurrentLogin) -> str:
    return (login.credential().authorization or "").removeprefix("Bearer ")


def test_a_token_file_is_read_again_when_its_token_is_old(tmp_path: Path) -> None:
    file = tmp_path / "token"
    login = _login(file)
    tokens = []
    for text in ("first", "second\n"):
        file.write_text(text, encoding="utf-8")
        tokens.append(_token(login))

    assert tokens == ["first", "second"]


def test_a_token_of_a_file_is_old_after_a_minute(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("t", encoding="utf-8")
    before = datetime.now(timezone.utc)

    expires = _login(file, age=TOKEN_FILE_AGE).credential().expires

    assert expires is not None, "it is a token of a file"
    assert before + timedelta(minutes=1) <= expires <= datetime.now(timezone.utc) + timedelta(minutes=1)


def test_a_young_token_of_a_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first", encoding="utf-8")
    login = _login(file, age=timedelta(hours=1))
    assert _token(login) == "first"
    file.write_text("second", encoding="utf-8")

    assert _token(login) == "first"


def test_a_token_file_that_is_gone_for_a_moment_leaves_the_last_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first", encoding="utf-8")
    login = _login(file)
    assert _token(login) == "first"
    file.unlink()

    assert _token(login) == "first"


def test_a_token_that_was_refused_is_not_kept_for_want_of_another(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first", encoding="utf-8")
    login = _login(file)
    refused = login.credential()
    file.unlink()

    assert login.renew(refused)
    with pytest.raises(KubeconfigError, match="cannot be read: No such file or directory"):
        login.credential()


@pytest.mark.parametrize("text", [None, ""], ids=["missing", "empty"])
def test_the_kubeconfigs_token_is_for_the_absence_of_its_token_file(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "token"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    assert _token(_login(file, "written")) == "written"


def test_a_token_for_the_absence_of_a_file_is_not_shown() -> None:
    assert "hidden" not in repr(TokenFile(Path("/file"), "hidden"))


_NO_TOKENS = [
    pytest.param("s3cr3t\nsecond", id="two-lines"),
    pytest.param("s3cr3t\u00fc", id="not-ascii"),
    pytest.param("s3cr3t\x00", id="control-character"),
]


@pytest.mark.parametrize("text", [*_NO_TOKENS, pytest.param("s3cr3t\n", id="line-break")])
@pytest.mark.parametrize(
    ("is_typed", "source"),
    [
        pytest.param(True, "the value of --token", id="flag"),
        pytest.param(False, 'the token of user "jane" in the kubeconfig', id="kubeconfig"),
    ],
)
def test_what_is_no_token_is_refused_with_its_place_alone(text: str, is_typed: bool, source: str) -> None:
    login = CurrentLogin(Access(SERVER, user="jane", login=Token(text), token_is_typed=is_typed))

    with pytest.raises(KubeconfigError) as caught:
        login.credential()

    assert str(caught.value) == f"{source} is no token: it has several lines, or characters that no token has"


@pytest.mark.parametrize("text", _NO_TOKENS)
def test_a_file_that_holds_no_token_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(KubeconfigError) as caught:
        _login(file).credential()

    assert str(caught.value) == (
        f"the content of token file {file} is no token: it has several lines, or characters that no token has"
    )
