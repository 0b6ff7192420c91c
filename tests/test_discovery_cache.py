from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from kubectl_images.access import Access, Password, Token, TokenFile
from kubectl_images.discovery import Catalogue, ServedKind
from kubectl_images.discovery_cache import directory, file_for, load, store
from kubectl_images.kube_tls import ClientCertificate, Trust
from kubectl_images.objects import Resource

CATALOGUE: Catalogue = {
    "e.com/v1": {"Thing": ServedKind("e.com/v1", "Thing", Resource("things", namespaced=False), ("things", "th"))},
    "v1": {"Pod": ServedKind("v1", "Pod", Resource("pods", namespaced=True))},
}
ACCESS = Access("https://one:6443", user="admin")
FILE_AND_LINK = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a user's files from others by itself")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return file_for(tmp_path / "kubectl-images" / "discovery", ACCESS)


@pytest.fixture
def stored(file: Path) -> Path:
    store(file, CATALOGUE)
    return file


def _rewrite(stored: Path, **changes: object) -> None:
    content = json.loads(stored.read_text(encoding="utf-8"))
    content["kinds"][0] |= changes
    stored.write_text(json.dumps(content), encoding="utf-8")


def _made_old(file: Path, age_s: float) -> None:
    then = time.time() - age_s
    os.utime(file, (then, then))


def test_what_was_stored_is_loaded(stored: Path) -> None:
    assert load(stored) == CATALOGUE
    assert list(load(stored) or ()) == list(CATALOGUE), "the preferred version stays the first"


def test_nothing_stored_is_none(file: Path) -> None:
    assert load(file) is None


def test_nothing_but_kinds_is_stored(stored: Path) -> None:
    assert json.loads(stored.read_text(encoding="utf-8")) == {
        "format": 1,
        "kinds": [
            {
                "apiVersion": "e.com/v1",
                "kind": "Thing",
                "plural": "things",
                "namespaced": False,
                "words": ["things", "th"],
            },
            {"apiVersion": "v1", "kind": "Pod", "plural": "pods", "namespaced": True, "words": []},
        ],
    }


# Whose it is.


@FILE_AND_LINK
def test_nobody_else_can_read_it_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        store(file, CATALOGUE)
    finally:
        os.umask(before)

    modes = [stat.S_IMODE(place.stat().st_mode) for place in (file, file.parent, file.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


@FILE_AND_LINK
@pytest.mark.parametrize("shared", [0, 1, 2])
def test_where_others_can_write_nothing_is_believed(stored: Path, shared: int) -> None:
    (stored, stored.parent, stored.parent.parent)[shared].chmod(0o777)

    assert load(stored) is None


@FILE_AND_LINK
@pytest.mark.parametrize("shared", [0, 1])
def test_where_others_can_write_nothing_is_stored(stored: Path, shared: int) -> None:
    (stored.parent, stored.parent.parent)[shared].chmod(0o777)
    before = stored.read_bytes()

    store(stored, {})

    assert stored.read_bytes() == before


@FILE_AND_LINK
@pytest.mark.skipif(getattr(os, "getuid", lambda: 1)() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("foreign", [0, 1, 2])
def test_what_another_user_owns_is_not_believed(stored: Path, foreign: int) -> None:
    os.chown((stored, stored.parent, stored.parent.parent)[foreign], 12345, 12345)

    assert load(stored) is None


@FILE_AND_LINK
def test_a_link_is_not_followed_and_gives_way_to_a_file(stored: Path, tmp_path: Path) -> None:
    elsewhere = stored.rename(tmp_path / "elsewhere.json")
    stored.symlink_to(elsewhere)
    before = elsewhere.read_bytes()

    assert load(stored) is None
    store(stored, {})
    assert (load(stored), stored.is_symlink()) == ({}, False)
    assert elsewhere.read_bytes() == before


@FILE_AND_LINK
def test_a_directory_that_is_a_link_is_neither_read_nor_written(stored: Path, tmp_path: Path) -> None:
    elsewhere = stored.parent.rename(tmp_path / "elsewhere")
    stored.parent.symlink_to(elsewhere)

    store(stored, {})

    assert load(stored) is None
    assert json.loads((elsewhere / stored.name).read_text(encoding="utf-8"))["kinds"] != []


# What is in it.


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"format": 1, "kinds": [', id="cut"),
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("\udcff", id="no-text"),
        pytest.param("[]", id="list"),
        pytest.param('{"format": 1}', id="no-kinds"),
        pytest.param('{"format": 1, "kinds": {}}', id="kinds-are-a-map"),
        pytest.param('{"format": 1, "kinds": ["Pod"]}', id="kind-is-a-text"),
        pytest.param('{"format": 2, "kinds": []}', id="later-format"),
        pytest.param('{"kinds": []}', id="no-format"),
    ],
)
def test_what_is_damaged_or_of_another_shape_is_none(stored: Path, text: str) -> None:
    stored.write_bytes(text.encode("utf-8", "surrogateescape"))

    assert load(stored) is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"plural": "namespaces/kube-system/secrets"}, id="path-as-plural"),
        pytest.param({"plural": ".."}, id="parent-as-plural"),
        pytest.param({"apiVersion": "../api/v1"}, id="path-as-version"),
        pytest.param({"kind": "Thing?"}, id="no-kind"),
        pytest.param({"namespaced": "no"}, id="text-as-scope"),
        pytest.param({"words": "th"}, id="text-as-words"),
        pytest.param({"plural": None}, id="no-plural"),
    ],
)
def test_one_kind_that_is_none_spoils_the_file(stored: Path, changes: Mapping[str, object]) -> None:
    _rewrite(stored, **changes)

    assert load(stored) is None


@pytest.mark.parametrize(
    ("age_s", "counts"),
    [
        pytest.param(0, True, id="new"),
        pytest.param(590, True, id="almost-ten-minutes"),
        pytest.param(601, False, id="ten-minutes"),
        pytest.param(-60, False, id="from-the-future"),
    ],
)
def test_it_counts_for_ten_minutes(stored: Path, age_s: float, counts: bool) -> None:
    _made_old(stored, age_s)

    assert (load(stored) is not None) is counts


def test_storing_makes_it_new_again(stored: Path) -> None:
    _made_old(stored, 3600)

    store(stored, CATALOGUE)

    assert load(stored) == CATALOGUE


@FILE_AND_LINK
def test_a_pipe_is_not_waited_for(file: Path) -> None:
    file.parent.parent.mkdir(mode=0o700)
    file.parent.mkdir(mode=0o700)
    os.mkfifo(file, 0o600)

    assert load(file) is None


# Writing.


def test_twelve_at_once_leave_one_whole_file(file: Path) -> None:
    def catalogue(number: int) -> Catalogue:
        kinds = (ServedKind("e.com/v1", f"Kind{each}", Resource(f"r{number}", True)) for each in range(50))
        return {"e.com/v1": {kind.kind: kind for kind in kinds}}

    seen: list[Catalogue | None] = []

    def store_and_load(number: int) -> None:
        for _ in range(5):
            store(file, catalogue(number))
            seen.append(load(file))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(store_and_load, range(12)))

    written = [catalogue(number) for number in range(12)]
    assert all(found in written for found in seen)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(lambda file: file.mkdir(parents=True), id="a-directory-by-this-name"),
        pytest.param(lambda file: file.parent.parent.write_text(""), id="a-file-for-our-directory"),
        pytest.param(
            lambda file: (file.parent.parent.mkdir(mode=0o700), file.parent.write_text("")),
            id="a-file-for-its-directory",
        ),
    ],
)
def test_where_nothing_can_be_stored_nothing_is_said(file: Path, block: Callable[[Path], object]) -> None:
    block(file)

    store(file, CATALOGUE)

    assert load(file) is None
    assert [*file.parent.parent.parent.rglob("*.tmp")] == []


def test_what_nobody_asked_for_in_a_week_is_removed(stored: Path) -> None:
    week = 7 * 24 * 3600
    others = {name: stored.parent / name for name in ("old.json", "new.json", ".killed.tmp")}
    for other in others.values():
        other.write_text("")
    _made_old(others["old.json"], week + 60)
    _made_old(others["new.json"], week - 60)
    _made_old(others[".killed.tmp"], week + 60)

    store(stored, CATALOGUE)

    assert {place.name for place in stored.parent.iterdir()} == {stored.name, "new.json"}


# Where it is.


@pytest.mark.parametrize(
    ("platform", "environ", "place"),
    [
        pytest.param("linux", {"HOME": "/home/me"}, "/home/me/.cache/kubectl-images/discovery", id="home"),
        pytest.param(
            "linux",
            {"HOME": "/home/me", "XDG_CACHE_HOME": "/var/cache/me"},
            "/var/cache/me/kubectl-images/discovery",
            id="xdg",
        ),
        pytest.param(
            "linux", {"HOME": "/h", "XDG_CACHE_HOME": ""}, "/h/.cache/kubectl-images/discovery", id="empty-xdg"
        ),
        pytest.param("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Caches/kubectl-images/discovery", id="macos"),
        pytest.param(
            "win32",
            {"USERPROFILE": "/users/me", "LOCALAPPDATA": "/users/me/AppData/Local"},
            "/users/me/AppData/Local/kubectl-images/discovery",
            id="windows",
        ),
        pytest.param("linux", {}, None, id="no-home"),
        pytest.param("win32", {}, None, id="no-appdata"),
        pytest.param("linux", {"HOME": "me"}, None, id="relative-home"),
        pytest.param("linux", {"HOME": "/h", "XDG_CACHE_HOME": "cache"}, None, id="relative-xdg"),
    ],
)
def test_it_is_below_the_users_cache(platform: str, environ: dict[str, str], place: str | None) -> None:
    assert directory(environ, platform) == (Path(place) if place else None)


def test_the_name_is_a_digest_alone(tmp_path: Path) -> None:
    name = file_for(tmp_path, replace(ACCESS, login=Token("s3cret"))).name

    assert len(name) == 64 + len(".json")
    assert set(name.removesuffix(".json")) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(ACCESS, server="https://two:6443"), id="server"),
        pytest.param(replace(ACCESS, trust=Trust(authority=b"CA")), id="authority"),
        pytest.param(replace(ACCESS, trust=Trust(server_name="two")), id="name-in-the-certificate"),
        pytest.param(replace(ACCESS, trust=Trust(insecure=True)), id="no-verification"),
        pytest.param(replace(ACCESS, user="viewer"), id="user"),
        pytest.param(replace(ACCESS, login=Password("me", "secret")), id="login-name"),
        pytest.param(replace(ACCESS, login=TokenFile(Path("/token"))), id="token-file"),
        pytest.param(replace(ACCESS, certificate=ClientCertificate(b"CERTIFICATE", b"KEY")), id="certificate"),
        pytest.param(replace(ACCESS, impersonation=(("Impersonate-User", "bob"),)), id="impersonation"),
    ],
)
def test_another_cluster_or_user_has_another_file(tmp_path: Path, other: Access) -> None:
    assert file_for(tmp_path, other) != file_for(tmp_path, ACCESS)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(Token("one"), Token("two"), id="token"),
        pytest.param(Password("me", "one"), Password("me", "two"), id="password"),
    ],
)
def test_a_secret_is_no_part_of_the_name(tmp_path: Path, one: Token | Password, two: Token | Password) -> None:
    assert file_for(tmp_path, replace(ACCESS, login=one)) == file_for(tmp_path, replace(ACCESS, login=two))


def test_a_key_is_no_part_of_the_name(tmp_path: Path) -> None:
    files = {
        file_for(tmp_path, replace(ACCESS, certificate=ClientCertificate(b"SAME", key))) for key in (b"one", b"two")
    }

    assert len(files) == 1


def test_an_authority_is_told_by_its_content(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.write_bytes(b"CA")
    by_path = file_for(tmp_path, replace(ACCESS, trust=Trust(authority)))

    assert by_path == file_for(tmp_path, replace(ACCESS, trust=Trust(b"CA")))
    authority.unlink()
    assert file_for(tmp_path, replace(ACCESS, trust=Trust(authority))) != by_path
