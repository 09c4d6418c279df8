"""A backup, restored into either database, is the same installation again: all is compared."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov import schema
from gridgov.app import Installation, create_app
from gridgov.backup.make import make
from gridgov.backup.refusals import FilesLacking
from gridgov.backup.restore import restore
from gridgov.cases.contact import unseal
from gridgov.cases.tables import Attachment, Case, Reporter
from gridgov.database import db, transaction
from gridgov.notices.once import tell_once
from gridgov.storage.store import LocalFolder
from tests.conftest import KINDS, Databases
from tests.storage.makers import photo
from tests.support import database_url
from tests.support.databases import opened
from tests.support.town import Town

LIVED_IN = (
    "areas", "parks", "grids", "map_versions", "cells", "units", "people", "duties", "shifts",
    "accounts", "tokens", "categories", "cases", "subjects", "reporters", "events", "attachments",
    "notices", "requests", "epochs",
)  # fmt: skip
AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, geometries bit for bit."""
    found = {}
    with engine.connect() as connection:
        for table in schema.METADATA.sorted_tables:
            shown = [
                sa.func.ST_AsBinary(column, type_=sa.LargeBinary())
                if "geometry" in str(column.type)
                else column
                for column in table.columns
            ]
            query = sa.select(*shown).order_by(*table.primary_key.columns)
            found[table.name] = sorted((tuple(row) for row in connection.execute(query)), key=repr)
    return found


def app_of(town: Town) -> Installation:
    found: Installation = town.app.extensions["gridgov"]
    return found


@pytest.fixture
def lived_in(town: Town) -> Town:
    """A town in which things have happened: every table that can has rows."""
    reporter = {"name": "王小明", "phone": "13812345678", "email": "w@example.org"}
    first = town.report(description="路灯不亮 \U0001f4a1 Ä", reporter=reporter, answers={"楼": 3.5})
    second = town.report(description="人民路又黑了")
    town.post("/cases", {"description": "井盖"}, "member", **{"Idempotency-Key": "a key of eight"})
    about = {"kind": "unit", "unit": "property"}
    town.report(description="举报", category="21001", subject=about, confidential=True)
    for data in (photo(), b"%PDF-broken"):
        town.client.post(
            f"/api/v1/cases/{first['number']}/attachments",
            data={"file": (io.BytesIO(data), "a.jpg", "image/jpeg")},
            headers=town.headers("leader"),
        )
    # The older one is merged into the newer one: a row that refers to a later row.
    answer = town.step(first["number"], "dispatcher", "merge", target=second["number"])
    assert answer.status_code == 200, answer.json
    with town.app.app_context(), transaction() as session:
        tell_once(session, ["system-admin"], "calendar_missing", "2027", {"year": 2027}, AT)
    return town


@pytest.fixture(params=KINDS)
def other(request: pytest.FixtureRequest, databases_made: Databases) -> Iterator[Engine]:
    """A database with nothing in it, of the same kind or the other."""
    place = databases_made.place(request.param)
    with opened(place, place.empty()) as engine:
        yield engine


@pytest.fixture
def saved(lived_in: Town, town_engine: Engine, tmp_path: Path) -> Path:
    app = app_of(lived_in)
    make(town_engine, app.store, app.settings.keys, tmp_path / "a.zip", AT)
    return tmp_path / "a.zip"


def test_a_restored_backup_is_the_same_installation(
    lived_in: Town, town_engine: Engine, saved: Path, other: Engine, tmp_path: Path
) -> None:
    app = app_of(lived_in)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    before = rows(town_engine)
    assert {name for name in LIVED_IN if not before[name]} == set()

    store = LocalFolder(tmp_path / "restored")
    manifest = restore(other, store, app.settings.keys, saved)

    assert rows(other) == before
    assert manifest.rows == sum(map(len, before.values()))
    assert sorted(store.digests()) == sorted(app.store.digests())
    assert [store.get(digest) for digest in store.digests()]
    assert schema.is_current(other)
    with transaction(other, write=False) as session:
        sealed, number = session.execute(
            sa.select(Reporter, Case.number).join(Case, Case.id == Reporter.case_id)
        ).one()
        assert unseal(sealed, app.settings.keys, number).phone == "13812345678"


def test_the_restored_installation_works_on(
    lived_in: Town, saved: Path, other: Engine, tmp_path: Path
) -> None:
    app = app_of(lived_in)
    restore(other, LocalFolder(tmp_path / "restored"), app.settings.keys, saved)
    made = create_app(
        environ={
            "GRIDGOV_DATABASE_URL": database_url(other),
            "GRIDGOV_SECRET_KEY": "a secret of the tests",
            "GRIDGOV_FILES": str(tmp_path / "restored"),
            "GRIDGOV_RATE_LIMITS": "off",
        }
    )
    town = Town(made, made.test_client(), lived_in.tokens)
    try:
        for words in ("灯", "路灯", "人民路", "ä"):
            found = [
                town_.get(f"/cases?q={words}", "dispatcher").json for town_ in (lived_in, town)
            ]
            assert found[0]["cases"], words
            assert found[0] == found[1]
        cases = town.get("/cases", "leader").json["cases"]
        for case in cases:
            of_both = [t.get(f"/cases/{case['number']}", "leader").json for t in (lived_in, town)]
            for one in of_both:
                # In office hours a second may pass between the two looks.
                for clock in one["clocks"]:
                    del clock["used_s"], clock["left_s"]
            assert of_both[0] == of_both[1]
        with transaction(other, write=False) as session:
            number, key = session.execute(
                sa.select(Case.number, Attachment.id).join(Case, Case.id == Attachment.case_id)
            ).one()
        path = f"/cases/{number}/attachments/{key}"
        assert town.get(path, "leader").data == lived_in.get(path, "leader").data
        # New rows get numbers of their own.
        taken = town.report(description="新的")
        assert town.step(taken["number"], "leader", "file").status_code == 200
    finally:
        with made.app_context():
            db.engine.dispose()


def test_a_backup_is_one_snapshot_while_others_write(
    lived_in: Town, town_engine: Engine, tmp_path: Path, other: Engine
) -> None:
    app = app_of(lived_in)
    before = rows(town_engine)
    told: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        if not told:
            told.append(what)
            lived_in.report(description="während der Sicherung")

    path = tmp_path / "b.zip"
    make(town_engine, app.store, app.settings.keys, path, AT, progress=progress)

    assert told
    assert len(rows(town_engine)["cases"]) == len(before["cases"]) + 1
    restore(other, LocalFolder(tmp_path / "restored"), app.settings.keys, path)
    assert rows(other) == before


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")]
)
def test_lost_files_are_named_and_left_out_only_when_told_to(
    lived_in: Town,
    town_engine: Engine,
    empty_engine: Engine,
    tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:
    app = app_of(lived_in)
    (digest,) = app.store.digests()
    assert isinstance(app.store, LocalFolder)
    damage(app.store.path(digest))
    path = tmp_path / "a.zip"
    with pytest.raises(FilesLacking, match=digest):
        make(town_engine, app.store, app.settings.keys, path, AT)
    assert not path.exists()

    made = make(town_engine, app.store, app.settings.keys, path, AT, without_missing=True)

    assert made.missing == (digest,)
    restored = restore(empty_engine, LocalFolder(tmp_path / "restored"), app.settings.keys, path)
    assert restored.missing == (digest,)
    assert rows(empty_engine) == rows(town_engine)
