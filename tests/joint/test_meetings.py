"""Meetings: planned, held, read by whoever was invited or came, and by nobody else."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from gridgov.audit.tables import Entry
from gridgov.backup.make import make
from gridgov.database import db, transaction
from gridgov.faces.auth import now
from gridgov.joint.tables import Guest
from gridgov.notices.tables import Notice
from gridgov.people.tables import Firm
from gridgov.privacy.retain import FRESH, sweep_files
from tests.joint.conftest import body, hold, today
from tests.storage.makers import photo
from tests.support.town import DISTRICT, PEOPLE, STREET, Town

PDF = "application/pdf"


def send(town: Town, key: int, who: str, data: bytes, name: str = "minutes.pdf") -> Any:
    return town.client.post(
        f"/api/v1/meetings/{key}/minutes",
        data={"file": (io.BytesIO(data), name)},
        headers=town.headers(who),
        content_type="multipart/form-data",
    )


def paper() -> bytes:
    import pypdf

    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


def test_a_meeting_is_planned_changed_and_held(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        session.add(Firm(code="f-1", name="绿驰租赁"))
    case = town.report()["number"]
    invited = {"units": ["property"], "persons": ["leader"], "firms": ["f-1", "隔壁的小店"]}
    made = town.post("/meetings", body(invited=invited, cases=[case]), "committee")
    assert made.status_code == 201, made.json
    one = made.json
    assert one["state"] == "planned" and one["cases"] == [case]
    assert one["area"] == {"code": STREET, "name": "望春街道"}
    named = [(guest["name"], guest["invited"], guest["came"]) for guest in one["guests"]]
    assert named == [
        ("Unit property", True, None), ("Name-leader", True, None), ("绿驰租赁", True, None),
        ("隔壁的小店", True, None),
    ]  # fmt: skip
    path = f"/meetings/{one['id']}"
    moved = body(title="改了", invited={"units": ["office"]}, version=1)
    changed = town.post(path + "/plan", moved, "dispatcher").json
    assert [guest["unit"] for guest in changed["guests"]] == ["office"]
    assert changed["title"] == "改了" and changed["version"] == 2
    assert town.post(path + "/plan", moved, "dispatcher").status_code == 409
    came = {"came": {"units": ["property"], "firms": ["来旁听的"]}, "version": 2}
    held = town.post(path + "/hold", came, "dispatcher").json
    assert held["state"] == "held"
    assert [(g["name"], g["invited"], g["came"]) for g in held["guests"]] == [
        ("Unit office", True, False), ("Unit property", False, True), ("来旁听的", False, True),
    ]  # fmt: skip
    again = town.post(path + "/hold", {"came": {"units": ["office"]}}, "dispatcher").json
    assert [(g["name"], g["came"]) for g in again["guests"]] == [("Unit office", True)]
    assert town.post(path + "/plan", body(), "dispatcher").status_code == 409
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Entry.what, Entry.person_code).where(Entry.journal == "meetings")
        noted = session.execute(query.order_by(Entry.number)).all()
    assert [tuple(row) for row in noted] == [
        ("meeting_planned", "committee"), ("meeting_changed", "dispatcher"),
        ("meeting_held", "dispatcher"), ("meeting_held", "dispatcher"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"area": DISTRICT}, "area"),
        ({"area": "330203009"}, "area"),
        ({"invited": {"units": ["nobody"]}}, "units"),
        ({"invited": {"persons": ["nobody"]}}, "persons"),
        ({"title": "  "}, "title"),
        ({"kind": "party"}, "kind"),
    ],
)
def test_what_cannot_be_planned_is_named(
    shared_town: Town, given: dict[str, Any], field: str
) -> None:
    answer = shared_town.post("/meetings", body(**given), "dispatcher")
    assert answer.status_code == 422, answer.json
    assert field in {one["field"].rpartition(".")[2] for one in answer.json["errors"]}


def test_a_case_that_one_does_not_see_is_none(shared_town: Town) -> None:
    for number in ("200101-00000-6", "x"):
        answer = shared_town.post("/meetings", body(cases=[number]), "dispatcher")
        assert answer.status_code == 422, answer.json


def test_it_is_not_held_before_its_day(shared_town: Town) -> None:
    later = body(starts_at=(now() + timedelta(days=2)).isoformat())
    key = shared_town.post("/meetings", later, "dispatcher").json["id"]
    assert shared_town.post(f"/meetings/{key}/hold", {"came": {}}, "dispatcher").status_code == 409
    assert send(shared_town, key, "dispatcher", paper()).status_code == 409


def test_it_is_read_by_who_keeps_it_is_invited_or_came_and_by_nobody_else(town: Town) -> None:
    """The whole walk: each account, each address of one meeting."""
    case = town.report(category="41001")["number"]  # which neither head nor leader sees
    key = hold(town, cases=[case])["id"]
    file = send(town, key, "committee", paper()).json["id"]
    keeps = {"dispatcher", "committee", "district-dispatcher"}
    reads = keeps | {"head", "leader"}
    for who in PEOPLE:
        for path in ("", "/agenda", "/agenda/late", f"/minutes/{file}"):
            answer = town.get(f"/meetings/{key}{path}", who)
            assert answer.status_code == (200 if who in reads else 404), (who, path, answer.text)
        listed = town.get("/meetings", who)
        if who in reads:
            one = town.get(f"/meetings/{key}", who).json
            assert one["cases"] == ([case] if who in keeps else []), who
            assert [each["id"] for each in listed.json["meetings"]] == [key]
        else:
            assert listed.status_code == 404 or listed.json["meetings"] == [], who
        for path, given in (("/hold", {"came": {}}), ("/plan", body())):
            status = town.post(f"/meetings/{key}{path}", given, who).status_code
            assert status in ((200, 409) if who in keeps else (404,)), (who, path)
        assert send(town, key, who, paper()).status_code == (201 if who in keeps else 404)
    assert town.get(f"/meetings/{key}").status_code == 401


def test_whoever_came_without_being_invited_reads_it_too(town: Town) -> None:
    key = hold(town, invited={})["id"]
    assert town.get(f"/meetings/{key}", "head").status_code == 200
    # Who came for a unit below that of a head, came for that head.
    came = {"came": {"units": ["property-team"]}}
    assert town.post(f"/meetings/{key}/hold", came, "dispatcher").status_code == 200
    assert town.get(f"/meetings/{key}", "head").status_code == 200
    assert town.get(f"/meetings/{key}", "head-office").status_code == 404


def test_minutes_are_papers_and_stay(town: Town, held: dict[str, Any]) -> None:
    key = held["id"]
    data = paper()
    added = send(town, key, "dispatcher", data)
    assert added.status_code == 201, added.json
    assert added.json["media_type"] == PDF
    # Sent again after a lost answer, it is there once.
    assert send(town, key, "dispatcher", data).json["id"] == added.json["id"]
    read = town.get(f"/meetings/{key}/minutes/{added.json['id']}", "head")
    assert read.data == data
    assert "attachment" in read.headers["Content-Disposition"]
    for wrong in (photo(), b"PK\x03\x04 none", b"hello"):
        assert send(town, key, "dispatcher", wrong).status_code == 422
    app = town.app.extensions["gridgov"]
    with town.app.app_context():
        sweep_files(db.engine, app.store, now() + 2 * FRESH)
    assert town.get(f"/meetings/{key}/minutes/{added.json['id']}", "head").data == data


def test_a_backup_holds_the_minutes(town: Town, held: dict[str, Any], tmp_path: Path) -> None:
    data, app = paper(), town.app.extensions["gridgov"]
    assert send(town, held["id"], "dispatcher", data).status_code == 201
    path = tmp_path / "backup.zip"
    with town.app.app_context():
        make(db.engine, app.store, app.settings.keys, path, now())
    with zipfile.ZipFile(path) as packed:
        assert packed.read(f"files/{hashlib.sha256(data).hexdigest()}") == data


def test_two_pages_of_a_list_hold_each_meeting_once(town: Town) -> None:
    at = (now() - timedelta(hours=2)).isoformat()
    made = [town.post("/meetings", body(starts_at=at), "dispatcher").json["id"] for _ in range(3)]
    first = town.get("/meetings?limit=2", "committee").json
    second = town.get(f"/meetings?limit=2&before={first['next']}", "committee").json
    assert [one["id"] for one in first["meetings"] + second["meetings"]] == made[::-1]
    assert second["next"] is None
    assert town.get("/meetings?state=held", "committee").json["meetings"] == []


def test_a_guest_is_one_of_three(town: Town, held: dict[str, Any]) -> None:
    with town.app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add(Guest(meeting_id=held["id"], unit_code="hub", firm="x", invited=True))


@pytest.mark.parametrize("key", [2**31, 2**70])
def test_a_key_that_no_database_takes_is_of_nothing(shared_town: Town, key: int) -> None:
    for path in (f"/meetings/{key}", f"/meetings/1/minutes/{key}", f"/meetings/resolutions/{key}"):
        assert shared_town.get(path, "dispatcher").status_code == 404, path


def notices(town: Town, template: str) -> list[tuple[str, str]]:
    """Return who was told, and of which day."""
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Notice).where(Notice.template == template).order_by(Notice.id)
        return sorted((one.to_code, one.data["day"]) for one in session.scalars(query))


def ahead(days: int = 2, **given: Any) -> dict[str, Any]:
    return body(starts_at=(now() + timedelta(days=days)).isoformat(), **given)


def local(days: int) -> str:
    zone = ZoneInfo("Asia/Shanghai")
    return f"{(now() + timedelta(days=days)).astimezone(zone):%Y-%m-%d}"


def test_those_invited_are_told_when_it_moves_and_when_it_goes_on_without_them(town: Town) -> None:
    invited = {"units": ["property-team", "hub"], "persons": ["leader", "member"]}
    key = town.post("/meetings", ahead(invited=invited), "committee").json["id"]
    # A unit without a head is told by the head of the next one above; none answers for the hub.
    told = [who for who, _ in notices(town, "meeting_called")]
    assert told == ["head", "leader", "member"]
    # What is no other time or place is nothing to tell.
    other = ahead(invited={"units": ["property"], "persons": ["leader"]}, title="另一题")
    other["starts_at"] = town.get(f"/meetings/{key}", "committee").json["starts_at"]
    assert town.post(f"/meetings/{key}/plan", other, "committee").status_code == 200
    assert notices(town, "meeting_moved") == []
    assert [who for who, _ in notices(town, "meeting_without")] == ["member"]
    moved = ahead(5, invited={"units": ["property", "office"]})
    assert town.post(f"/meetings/{key}/plan", moved, "committee").status_code == 200
    assert [(who, day[:10]) for who, day in notices(town, "meeting_moved")] == [("head", local(5))]
    without = [(who, day[:10]) for who, day in notices(town, "meeting_without")]
    assert without == [("leader", local(2)), ("member", local(2))]
    assert [who for who, _ in notices(town, "meeting_called")] == [
        "head", "head-office", "leader", "member",
    ]  # fmt: skip
    # What is written down afterwards calls nobody.
    hold(town)
    assert len(notices(town, "meeting_called")) == 4


def test_a_meeting_is_called_off_once_and_is_nothing_any_more(town: Town) -> None:
    invited = {"units": ["property"], "persons": ["leader"]}
    made = town.post("/meetings", ahead(0, invited=invited), "committee").json
    key, path = made["id"], f"/meetings/{made['id']}"
    assert town.post(path + "/cancel", {"why": " "}, "committee").status_code == 422
    assert town.post(path + "/cancel", {"why": "x" * 201}, "committee").status_code == 422
    assert town.post(path + "/cancel", {"why": "x", "version": 2}, "committee").status_code == 409
    for who in ("head", "leader", "member", "handler-office"):
        assert town.post(path + "/cancel", {"why": "x"}, who).status_code == 404, who
    off = town.post(path + "/cancel", {"why": "台风红色预警", "version": 1}, "dispatcher")
    assert off.status_code == 200, off.json
    assert (off.json["state"], off.json["why"], off.json["version"]) == (
        "cancelled", "台风红色预警", 2,
    )  # fmt: skip
    # A guest reads why; it is in no list of those to come.
    assert town.get(path, "head").json["why"] == "台风红色预警"
    assert town.get("/meetings?state=planned", "head").json["meetings"] == []
    assert [m["id"] for m in town.get("/meetings?state=cancelled", "head").json["meetings"]] == [
        key
    ]
    refused = {
        "/cancel": {"why": "again"},
        "/hold": {"came": {}},
        "/plan": ahead(),
        "/resolutions": {"text": "x", "unit": "property", "due": today(3)},
    }
    for where, given in refused.items():
        answer = town.post(path + where, given, "committee")
        assert answer.status_code == 409, (where, answer.json)
        assert answer.json["type"].endswith("MeetingCancelled"), answer.json
    assert send(town, key, "committee", paper()).status_code == 409
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Entry.what, Entry.person_code).where(Entry.journal == "meetings")
        noted = [tuple(row) for row in session.execute(query.order_by(Entry.number))]
    assert noted[-1] == ("meeting_cancelled", "dispatcher")
    assert len(noted) == 2


def test_those_invited_hear_that_it_is_called_off_and_a_held_one_is_not(town: Town) -> None:
    invited = {"units": ["property"], "persons": ["leader", "dispatcher"]}
    key = town.post("/meetings", ahead(invited=invited), "committee").json["id"]
    assert town.post(f"/meetings/{key}/cancel", {"why": "x"}, "dispatcher").status_code == 200
    # Whoever calls it off knows.
    assert [who for who, _ in notices(town, "meeting_cancelled")] == ["head", "leader"]
    key = hold(town)["id"]
    answer = town.post(f"/meetings/{key}/cancel", {"why": "x"}, "dispatcher")
    assert answer.status_code == 409
    assert answer.json["type"].endswith("MeetingHeld")


def test_whoever_is_invited_by_name_reads_it_whatever_their_duty(town: Town) -> None:
    key = hold(town, invited={"persons": ["member", "handler-office", "caller", "gis"]})["id"]
    for who in ("member", "handler-office", "caller", "gis"):
        for path in ("", "/agenda", "/agenda/late"):
            assert town.get(f"/meetings/{key}{path}", who).status_code == 200, (who, path)
        assert [m["id"] for m in town.get("/meetings", who).json["meetings"]] == [key]
    assert town.get(f"/meetings/{key}", "member2").status_code == 404
    assert town.get(f"/meetings/{key}", "resident").status_code == 404
