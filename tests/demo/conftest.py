"""The story, told once on each database; nothing is added to it afterwards but tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from gridgov.demo.make import make
from gridgov.settings import ROOT, Settings, load
from gridgov.storage.store import LocalFolder
from tests.support.databases import Place, opened

SEED = 7
START = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)  # a Sunday at noon, when no office works


@dataclass(frozen=True)
class Told:
    """A demonstration park in a database."""

    engine: Engine
    settings: Settings
    folder: Path

    def make(self) -> bool:
        """Make it, of as few cases as tell every tale."""
        store = LocalFolder(self.settings.files)
        return make(self.engine, self.settings, store, ROOT / "config", START, seed=SEED, count=0)


def told_on(engine: Engine, folder: Path) -> Told:
    environ = {
        "GRIDGOV_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "GRIDGOV_SECRET_KEY": "demo-secret of the tests",
        "GRIDGOV_FILES": str(folder / "files"),
    }
    return Told(engine, load(environ), folder)


@pytest.fixture(scope="session")
def told(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Give a park that was made; leave its cases alone."""
    with opened(place, place.copy()) as engine:
        made = told_on(engine, tmp_path_factory.mktemp("demo"))
        assert made.make()
        yield made
