"""The audit administrator's view: journals, how sealing stands, what verifying found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gridgov.audit.export import export
from gridgov.audit.journal import journal
from gridgov.audit.seal import seal
from gridgov.audit.verify import note, verify
from gridgov.database import db, transaction
from tests.support.desk import START
from tests.support.town import PEOPLE, Town

ADMIN = "audit-admin"


def fill(town: Town, count: int) -> None:
    with town.app.app_context(), transaction() as session:
        keys = town.app.extensions["gridgov"].settings.keys
        for minute in range(count):
            at = START + timedelta(minutes=minute)
            data = {"of": 7, "try": minute}
            journal(session, keys, at, "sign_in", account=1, person="leader", data=data)
        journal(session, keys, START, "made", journal="exports", data={"rows": 3})


def test_only_the_audit_administrator_reads_it(shared_town: Town) -> None:
    for path in ("/audit", "/audit/entries"):
        assert shared_town.get(path).status_code == 401
        for who in PEOPLE:
            expected = 200 if who == ADMIN else 403
            assert shared_town.get(path, who).status_code == expected, (path, who)


def test_entries_come_in_pages_the_newest_first(town: Town) -> None:
    fill(town, 5)
    first = town.get("/audit/entries?journal=accounts&limit=3", ADMIN).json["entries"]
    assert [one["data"]["try"] for one in first] == [4, 3, 2]
    assert first[0]["person"] == {"code": "leader", "name": "Name-leader"}
    rest = town.get(f"/audit/entries?journal=accounts&before={first[-1]['id']}", ADMIN).json
    assert [one["number"] for one in rest["entries"]] == [2, 1]
    (made,) = town.get("/audit/entries?what=made", ADMIN).json["entries"]
    assert (made["journal"], made["account"], made["person"]) == ("exports", None, None)
    since = "2026-03-03T10:01:00%2B08:00"
    until = "2026-03-03T10:03:00%2B08:00"
    period = town.get(f"/audit/entries?since={since}&until={until}", ADMIN).json["entries"]
    assert [one["data"]["try"] for one in period] == [2, 1]
    assert town.get("/audit/entries?limit=501", ADMIN).status_code == 422


def test_it_tells_how_sealing_and_verifying_stand(town: Town, tmp_path: Path) -> None:
    assert town.client.get("/readyz").json == {"status": "ok", "audit": ["seal"]}
    fill(town, 2)
    before = town.get("/audit", ADMIN).json
    assert (before["seals"], before["waiting"], before["verified"]) == (0, 3, None)
    keys = town.app.extensions["gridgov"].settings.keys
    with town.app.app_context():
        seal(db.engine, keys, START)
        note(db.engine, verify(db.engine, keys, START), START)
    told = town.get("/audit", ADMIN).json
    assert (told["seals"], told["waiting"], told["exported"]) == (1, 0, 0)
    assert told["late"] == ["seal", "export"]
    assert told["verified"]["sound"] is True
    with town.app.app_context():
        export(db.engine, tmp_path / "seals.jsonl", START)
    assert town.get("/audit", ADMIN).json["late"] == ["seal"]
