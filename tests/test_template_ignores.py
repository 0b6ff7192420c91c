from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_images.template_ignores import TemplateIgnores

FILES = ("a.yaml", "sub/a.yaml", "sub/b.yaml", "sub/deep/a.yaml")


def ignored(directory: Path, rules: dict[str, str], excludes: tuple[tuple[str, str], ...] = ()) -> list[str]:
    for place, text in rules.items():
        file = directory / place / ".templateignore"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    ignores = TemplateIgnores(directory)
    patterns = tuple((directory / place, pattern) for place, pattern in excludes)
    return [name for name in FILES if ignores.ignore(directory / name, patterns)]


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        pytest.param({}, [], id="none"),
        pytest.param({"": "a.yaml"}, ["a.yaml", "sub/a.yaml", "sub/deep/a.yaml"], id="above"),
        pytest.param({"sub": "/a.yaml"}, ["sub/a.yaml"], id="beside"),
        pytest.param({"": "a.yaml", "sub": "!a.yaml"}, ["a.yaml"], id="re-included-below"),
        pytest.param({"": "/sub/", "sub": "!a.yaml"}, list(FILES[1:]), id="not-in-an-ignored-directory"),
    ],
)
def test_ignore_files_count_as_in_git(tmp_path: Path, rules: dict[str, str], names: list[str]) -> None:
    assert ignored(tmp_path, rules) == names


@pytest.mark.parametrize(
    ("excludes", "names"),
    [
        pytest.param((("", "*.yaml"),), list(FILES), id="all"),
        pytest.param((("sub", "/a.yaml"),), ["sub/a.yaml"], id="from-its-directory"),
        pytest.param((("", "**/deep/*.yaml"),), ["sub/deep/a.yaml"], id="any-depth"),
        pytest.param((("", "*.yaml"), ("", "!b.yaml")), ["a.yaml", "sub/a.yaml", "sub/deep/a.yaml"], id="negated"),
        pytest.param((("", "*.yaml"), ("sub", "!a.yaml")), ["a.yaml", "sub/b.yaml"], id="negated-below"),
        pytest.param((("elsewhere", "*.yaml"),), [], id="elsewhere"),
    ],
)
def test_patterns_count_from_their_directory(
    tmp_path: Path, excludes: tuple[tuple[str, str], ...], names: list[str]
) -> None:
    assert ignored(tmp_path, {}, excludes) == names


def test_what_a_pattern_excludes_no_ignore_file_brings_back(tmp_path: Path) -> None:
    assert ignored(tmp_path, {"": "!a.yaml"}, (("", "/a.yaml"),)) == ["a.yaml"]


def test_of_a_file_outside_its_own_directory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("overlay/x", "base/a.yaml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "base/.templateignore").write_text("a.yaml")
    monkeypatch.chdir(tmp_path / "overlay")

    assert TemplateIgnores(Path()).ignore(Path("../base/a.yaml"))
