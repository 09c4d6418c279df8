"""Resolutions: given, reported on, ticked; done with their case where they became part of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.joint.remind import remind
from gridgov.joint.tables import Resolution
from gridgov.notices.tables import Notice
from tests.joint.conftest import body, hold, resolve, today
from tests.joint.test_items import opened
from tests.support.town import PEOPLE, Town


def told(town: Town, template: str) -> list[tuple[str, str, str]]:
    """Return whom the outbox tells of what, by when it is due and where it is found."""
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Notice).where(Notice.template == template).order_by(Notice.id)
        return [(one.to_code, one.data["day"], one.data["path"]) for one in session.scalars(query)]


def reminded(town: Town, at: datetime) -> int:
    settings = town.app.extensions["gridgov"].settings
    with town.app.app_context(), transaction() as session:
        return remind(session, known(session, settings), at)


def set_back(town: Town, key: int, days: int) -> None:
    """Let a resolution have been made some days ago."""
    with town.app.app_context(), transaction() as session:
        earlier = now() - timedelta(days=days)
        session.execute(
            sa.update(Resolution).where(Resolution.id == key).values(decided_at=earlier)
        )


def listed(town: Town, who: str, shown: str = "open") -> list[int]:
    answer = town.get(f"/meetings/resolutions?shown={shown}", who)
    assert answer.status_code == 200, answer.json
    return [one["id"] for one in answer.json["resolutions"]]


def test_it_is_given_reported_on_ticked_and_all_of_it_is_kept(
    town: Town, held: dict[str, Any]
) -> None:
    one = resolve(town, held["id"])
    assert (one["done"], one["late"], one["unit"]["code"]) == (False, False, "property")
    path = f"/meetings/resolutions/{one['id']}"
    assert told(town, "resolution_given") == [
        ("head", today(3), f"/meetings/resolutions#r{one['id']}")
    ]
    said = town.post(path + "/report", {"text": "已约消防队"}, "head").json
    assert [event["what"] for event in said["events"]] == ["given", "reported"]
    following = hold(town, "committee")["id"]
    tick = {"done": True, "text": "意见书已出", "version": said["version"], "meeting": following}
    done = town.post(path + "/tick", tick, "committee").json
    assert done["done"]
    assert listed(town, "committee") == []
    assert listed(town, "committee", "done") == [one["id"]]
    assert town.post(path + "/tick", tick, "dispatcher").status_code == 409
    assert town.post(path + "/tick", {"done": True}, "dispatcher").status_code == 409
    back = town.post(path + "/tick", {"done": False, "text": "缺一份"}, "dispatcher").json
    assert not back["done"]
    kept = [
        (event["what"], (event["person"] or {}).get("code"), event["role"], event["text"],
         event["meeting"])
        for event in back["events"]
    ]  # fmt: skip
    assert kept == [
        ("given", "dispatcher", "dispatcher", None, None),
        ("reported", "head", "head", "已约消防队", None),
        ("done", "committee", "committee", "意见书已出", following),
        ("not_done", "dispatcher", "dispatcher", "缺一份", None),
    ]


def test_it_exists_for_keepers_owners_and_who_was_at_the_meeting(town: Town) -> None:
    key = hold(town, invited={"persons": ["leader"]})["id"]
    given = resolve(town, key, unit="office", person="handler-office")["id"]
    path = f"/meetings/resolutions/{given}"
    keeps = {"dispatcher", "committee", "district-dispatcher"}
    owns = {"head-office", "handler-office"}
    for who in PEOPLE:
        seen = who in keeps | owns | {"leader", "head"}  # the property's head came
        assert town.get(path, who).status_code == (200 if seen else 404), who
        answer = town.get("/meetings/resolutions", who)
        there = [one["id"] for one in answer.json.get("resolutions", [])]
        assert there == ([given] if seen else []), who
        report = town.post(path + "/report", {"text": "x"}, who).status_code
        assert report == (200 if who in owns else 403 if seen else 404), who
        tick = town.post(path + "/tick", {"done": True, "version": 99}, who).status_code
        assert tick == (409 if who in keeps else 404), who
        wrong = {"text": "x", "unit": "office", "due": today(-1)}
        made = town.post(f"/meetings/{key}/resolutions", wrong, who).status_code
        assert made == (422 if who in keeps else 404), who
    # Its owner answers for it without having been there, and reads nothing of the meeting.
    assert town.get(f"/meetings/{key}", "head-office").status_code == 404
    assert told(town, "resolution_given")[0][0] == "handler-office"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"unit": "nobody"}, "unit"),
        ({"person": "leader"}, "person"),
        ({"due": "2020-01-01"}, "due"),
        ({"kind": "item"}, "case"),
        ({"kind": "instruct"}, "case"),
        ({"text": " "}, "text"),
    ],
)
def test_what_cannot_be_resolved_is_named(
    shared_town: Town, given: dict[str, Any], field: str
) -> None:
    key = hold(shared_town)["id"]
    asked = {"text": "x", "unit": "property", "due": today(1)} | given
    answer = shared_town.post(f"/meetings/{key}/resolutions", asked, "dispatcher")
    assert answer.status_code == 422, answer.json
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_an_item_for_a_day_too_far_ahead_is_told_beside_the_day(shared_town: Town) -> None:
    joint = shared_town.report()["number"]
    for step, given in (("propose_joint", {"reason": "x"}), ("open_joint", {"unit": "office"})):
        assert shared_town.step(joint, "dispatcher", step, **given).status_code == 200
    key = hold(shared_town)["id"]
    asked = {"text": "x", "unit": "property", "due": "9999-12-31", "kind": "item", "case": joint}
    answer = shared_town.post(f"/meetings/{key}/resolutions", asked, "dispatcher")
    assert answer.status_code == 422, answer.json
    assert [one["field"] for one in answer.json["errors"]] == ["due"]


def test_nothing_is_resolved_before_it_was_held(shared_town: Town) -> None:
    key = shared_town.post("/meetings", body(), "dispatcher").json["id"]
    asked = {"text": "x", "unit": "property", "due": today(1)}
    answer = shared_town.post(f"/meetings/{key}/resolutions", asked, "dispatcher")
    assert answer.status_code == 409


def handled(town: Town) -> str:
    number: str = town.report()["number"]
    town.step(number, "leader", "file")
    town.step(number, "leader", "dispatch", unit="property")
    return number


def test_an_instruction_is_done_when_it_is_answered(town: Town, held: dict[str, Any]) -> None:
    number = handled(town)
    ahead = (now() + timedelta(days=3)).isoformat()
    # An order before it, which has to be answered first.
    assert (
        town.step(number, "dispatcher", "supervise", text="x", reply_due=ahead).status_code == 200
    )
    asked = {
        "text": "查清",
        "unit": "property",
        "due": today(2),
        "kind": "instruct",
        "case": number,
    }
    refused = town.post(f"/meetings/{held['id']}/resolutions", asked, "dispatcher")
    assert refused.status_code == 403
    assert listed(town, "committee") == []
    one = resolve(town, held["id"], "committee", **asked)
    assert one["case"] == number
    last = town.get(f"/cases/{number}/timeline", "committee").json["events"][-1]
    assert (last["step"], last["text"]["text"]) == ("instruct", "查清")
    path = f"/meetings/resolutions/{one['id']}"
    assert town.post(path + "/tick", {"done": True}, "committee").status_code == 409
    town.step(number, "head", "answer", text="第一件")
    assert not town.get(path, "committee").json["done"]
    town.step(number, "head", "answer", text="第二件")
    assert town.get(path, "committee").json["done"]
    assert not town.get(path, "committee").json["ticks"]


def test_what_became_an_item_that_was_dropped_is_open_until_it_is_ticked(
    town: Town, held: dict[str, Any]
) -> None:
    joint = opened(town)["number"]
    asked = {"text": "一事", "unit": "property", "due": today(9), "kind": "item", "case": joint}
    one = resolve(town, held["id"], "dispatcher", **asked)
    path = f"/meetings/resolutions/{one['id']}"
    assert town.post(path + "/tick", {"done": True}, "dispatcher").status_code == 409
    item = town.get(path, "dispatcher").json["case"]
    assert town.step(item, "head-office", "drop_item", reason="no need").status_code == 200
    left = town.get(path, "dispatcher").json
    assert (left["done"], left["dropped"], left["ticks"]) == (False, True, True)
    assert town.post(path + "/tick", {"done": True}, "dispatcher").status_code == 200
    assert town.get(path, "dispatcher").json["done"]


def test_what_is_left_of_the_week_before_is_counted_and_listed(
    town: Town, held: dict[str, Any]
) -> None:
    fresh, old = resolve(town, held["id"])["id"], resolve(town, held["id"])["id"]
    set_back(town, old, 8)
    assert listed(town, "committee", "before") == [old]
    assert listed(town, "committee") == [fresh, old]
    town.post(f"/meetings/resolutions/{old}/tick", {"done": True}, "committee")
    assert listed(town, "committee", "before") == []


def test_the_owner_is_reminded_the_day_before_and_once(town: Town, held: dict[str, Any]) -> None:
    soon = resolve(town, held["id"], due=today(0))["id"]  # given within a day: told enough
    one = resolve(town, held["id"], due=today(3))["id"]
    done = resolve(town, held["id"], due=today(3))["id"]
    town.post(f"/meetings/resolutions/{done}/tick", {"done": True}, "committee")
    assert reminded(town, now()) == 0
    eve = now() + timedelta(days=2, hours=23)
    assert reminded(town, eve) == 1
    assert reminded(town, eve) == 0
    assert reminded(town, eve + timedelta(days=30)) == 0
    assert [path for _, _, path in told(town, "resolution_due")] == [
        f"/meetings/resolutions#r{one}"
    ]
    assert soon != one


def test_the_reminder_is_late_rather_than_never(town: Town, held: dict[str, Any]) -> None:
    resolve(town, held["id"], due=today(3))
    assert reminded(town, now() + timedelta(days=9)) == 1


def test_what_stands_by_itself_names_no_case(shared_town: Town) -> None:
    """Else who wrote the number would believe that the case knew of it."""
    key = hold(shared_town)["id"]
    number = shared_town.report()["number"]
    asked = {"text": "x", "unit": "property", "due": today(3), "kind": "own", "case": number}
    answer = shared_town.post(f"/meetings/{key}/resolutions", asked, "dispatcher")
    assert answer.status_code == 422, answer.json
    assert [one["field"] for one in answer.json["errors"]] == ["case"]


def test_an_owner_reports_whatever_their_duty(shared_town: Town) -> None:
    key = hold(shared_town)["id"]
    given = resolve(shared_town, key, unit="property", person="member-property")["id"]
    path = f"/meetings/resolutions/{given}"
    assert shared_town.get(path, "member-property").json["owns"]
    said = shared_town.post(f"{path}/report", {"text": "half"}, "member-property")
    assert said.status_code == 200, said.json
    assert shared_town.get(path, "member").status_code == 404
