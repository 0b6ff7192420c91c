"""The worlds that tests run in: `world` is each of them in turn, `fakes` the one whose servers can be counted on; `side` is each
API server in turn. `tree` is a working directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sides import SIDES, Side
from worlds import WORLDS, World, fake_world

# How long an example takes says nothing on a machine that has other work too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(params=list(WORLDS))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with WORLDS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[World]:
    with fake_world(tmp_path) as made:
        yield made


@pytest.fixture
def tree(fakes: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, where temporary files are made too."""
    directory = tmp_path / "tree"
    (directory / "temporary").mkdir(parents=True)
    monkeypatch.chdir(directory)
    monkeypatch.setattr("tempfile.tempdir", str(directory / "temporary"))
    return directory


@pytest.fixture(params=list(SIDES))
def side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    with SIDES[request.param](tmp_path) as made:
        yield made
