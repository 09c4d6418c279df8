"""Exports that are made later: theirs alone, noted, and gone after a day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.app import installation
from gridgov.audit.tables import Entry
from gridgov.database import db, transaction
from gridgov.exchange import export, later
from gridgov.exchange.tables import Export
from gridgov.people.tables import Duty
from tests.exchange.conftest import fill
from tests.support.town import Town

WHOLE = {"layers": ["cases"], "format": "geojson", "datum": "wgs84"}


def run(town: Town, at: datetime | None = None) -> later.Made:
    with town.app.app_context():
        return later.make_due(db.engine, installation().settings, at or datetime.now(UTC))


def ask(town: Town, who: str = "dispatcher", **more: Any) -> Any:
    answer = town.post("/exports", WHOLE | more, who)
    assert answer.status_code == 201, answer.text
    return answer.json


def journal(town: Town) -> list[Entry]:
    with town.app.app_context(), transaction(write=False) as session:
        return list(session.scalars(sa.select(Entry).where(Entry.journal == export.JOURNAL)))


def test_asked_for_made_fetched_and_forgotten(town: Town) -> None:
    fill(town)
    asked = ask(town, filters={"status": "open"})
    assert (asked["state"], asked["done"], asked["file"]) == ("waiting", 0, None)
    path = f"/exports/jobs/{asked['id']}"
    assert town.get(path + "/file", "dispatcher").status_code == 409
    assert run(town) == later.Made(1, 0, 0)
    told = town.get(path, "dispatcher").json
    assert told["state"] == "done"
    assert told["done"] == told["total"] > 0
    got = town.client.get(told["file"], headers=town.headers("dispatcher"))
    assert len(json.loads(got.data)["features"]) == told["total"]
    assert told["size"] == len(got.data)
    assert got.headers["Content-Disposition"] == "attachment; filename=cases.geojson"
    # A link is its account's alone, and says nothing to others.
    for other in ("leader", "gis", "system-admin", "resident"):
        assert town.get(path, other).status_code == 404
        assert town.get(path + "/file", other).status_code == 404
    assert town.get(path).status_code == 401
    (entry,) = journal(town)
    assert entry.person_code == "dispatcher"
    assert entry.data["rows"] == told["total"]
    assert entry.data["filters"] == {"status": ["open"]}
    with town.app.app_context():
        folder = later.folder(installation().settings)
    assert [file.name for file in folder.iterdir()] == [str(asked["id"])]
    assert run(town, datetime.now(UTC) + timedelta(hours=25)).forgotten == 1
    assert not list(folder.iterdir())
    assert town.get(path, "dispatcher").status_code == 404


def test_what_is_small_is_noted_too_and_what_is_large_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(town)
    assert town.get("/exports/cases.csv?q=路灯&category=01", "leader").status_code == 200
    (entry,) = journal(town)
    assert entry.data["filters"] == {"q": True, "category": "01"}  # never the words
    monkeypatch.setattr(export, "AT_ONCE", 3)
    answer = town.get("/exports/cases.csv", "dispatcher")
    assert answer.status_code == 409
    assert "POST /api/v1/exports" in answer.json["detail"]
    assert len(journal(town)) == 1


def test_a_duty_that_ended_meanwhile_shows_nothing(town: Town) -> None:
    fill(town)
    asked = ask(town, "leader")
    assert asked["total"] > 0
    now = datetime.now(UTC)
    with town.app.app_context(), transaction() as session:
        from gridgov.epochs import bump

        session.execute(sa.update(Duty).where(Duty.person_code == "leader").values(ends=now))
        bump(session, "people")
    run(town, now + timedelta(seconds=1))
    told = town.get(f"/exports/jobs/{asked['id']}", "leader").json
    assert (told["state"], told["done"]) == ("done", 0)


def test_one_whose_maker_died_is_made_again(town: Town) -> None:
    fill(town)
    key = ask(town)["id"]
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    for beat, made in ((datetime.now(UTC), 0), (long_ago, 1)):
        with town.app.app_context(), transaction() as session:
            alive = {"state": later.RUNNING, "beat_at": beat}
            session.execute(sa.update(Export).where(Export.id == key).values(alive))
        assert run(town).done == made


def test_nobody_fills_the_disk(town: Town) -> None:
    for _ in range(later.MOST):
        ask(town, layers=["cells"])
    answer = town.post("/exports", WHOLE, "dispatcher")
    assert answer.status_code == 409
    ask(town, "leader")


@pytest.mark.parametrize(
    "given",
    [{"layers": []}, {"layers": ["roads"]}, {"layers": ["cells", "cases"]}, {"format": "exe"},
     {"datum": "EPSG:4549"}, {"filters": {"limit": 1}}, {"filters": {"status": "flying"}}],
)  # fmt: skip
def test_a_wrong_wish_is_refused_at_once(shared_town: Town, given: dict[str, Any]) -> None:
    assert shared_town.post("/exports", WHOLE | given, "gis").status_code == 422
