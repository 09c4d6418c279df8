"""Callbacks through the API: who is asked, by whom, how often, and what ends it."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa

from gridgov.callbacks.tables import Callback
from gridgov.cases.tables import Case, Event
from gridgov.database import transaction
from gridgov.notices.tables import Notice
from tests.callbacks.conftest import NAME, PHONE, Line, refused
from tests.support.desk import START, working
from tests.support.kept import unkept
from tests.support.town import DISTRICT, PEOPLE

EVALUATION = {"contacted": True, "solved": True, "satisfaction": "satisfied"}


def states(line: Line) -> list[str]:
    with line.town.app.app_context(), transaction(write=False) as session:
        return list(session.scalars(sa.select(Callback.state).order_by(Callback.id)))


def test_three_tries_at_different_hours_and_then_nothing_counts(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    number = line.closed()["number"]
    assert line.list() == []
    assert line.keep() == (1, 0)
    assert line.keep() == (0, 0)

    (shown,) = line.list()
    key = shown.pop("id")
    assert shown == {
        "number": number,
        "category": {"code": "01001", "name": "Category 01001"},
        "result": "repaired",
        "closed_at": START.isoformat(),
        "state": "waiting",
        "tries": 0,
        "next_from": START.isoformat(),
        "lease_ends": None,
        "contact": {"name": "王**", "phone": "138****5678"},
    }

    # In the morning, in the afternoon, and the next morning.
    for tries, (hours, again) in enumerate([(3.5, 13), (19, 8), (0, 13)], 1):
        made = line.call(key)
        assert made.status_code == 200, made.json
        assert made.json["contact"] == {"name": NAME, "phone": PHONE}
        assert made.json["version"] == line.town.read(number, "caller")["version"]
        noted = line.vain(key).json
        assert noted["tries"] == tries
        assert noted["contact"]["phone"] == "138****5678"
        assert (datetime.fromisoformat(noted["next_from"]).hour + 8) % 24 == again
        if tries < 3:
            assert refused(line.call(key)) == "CallbackTooEarly"
        line.later(hours=hours)

    assert noted["state"] == "unreached"
    assert line.list() == []
    assert refused(line.call(key)) == "CallbackOver"
    assert line.keep() == (0, 0)
    case = line.town.read(number, "dispatcher")
    assert case["status"] == "closed"
    assert not [one for one in line.timeline(number) if one["step"] == "evaluate"]

    assert len(line.readings(number)) == 3
    for one in line.readings(number):
        assert (one["role"], one["person"]["code"], one["audience"]) == (
            "caller", "caller", "staff",
        )  # fmt: skip
        assert one["data"] == {"callback": key, "purpose": "callback"}
        assert (one["text"], one["from_status"], one["to_status"]) == ({}, "closed", "closed")
    for secret in (PHONE, NAME):
        assert secret not in line.everything()
        assert secret not in caplog.text
        assert secret not in str(line.timeline(number))
    with line.town.app.app_context(), transaction(write=False) as session:
        assert not session.scalar(sa.select(Notice.id).where(Notice.template == "read_contact"))


def test_who_was_reached_evaluates_and_that_ends_it(line: Line) -> None:
    taken = line.closed()
    number, key = taken["number"], line.one()
    version = line.call(key).json["version"]
    body = {"step": "evaluate", "version": version} | EVALUATION
    assert line.town.post(f"/cases/{number}/steps", body, "caller").status_code == 200

    assert line.list() == []
    assert refused(line.call(key)) == refused(line.vain(key)) == "CallbackOver"
    assert line.keep() == (0, 1)
    assert states(line) == ["ended"]
    # Neither the reading nor what was thought of the unit is for the reporter or the unit.
    code = {"X-Case-Code": taken["query_code"]}
    own = line.town.get(f"/cases/{number}/timeline", **code).json["events"]
    assert not {"read_contact", "evaluate"} & {one["step"] for one in own}


def test_the_link_comes_first_for_who_chose_sms(line: Line) -> None:
    taken = line.closed(reporter={"phone": PHONE, "notices": "sms"})
    key = line.one()
    # Tuesday 10:00 and three working days.
    assert line.list()[0]["next_from"] == "2026-03-06T02:00:00+00:00"
    line.later(days=2)
    assert refused(line.call(key)) == "CallbackTooEarly"
    assert line.town.by_code(taken, "evaluate", **EVALUATION).status_code == 200
    assert line.list() == []
    line.later(days=2)
    assert refused(line.call(key)) == "CallbackOver"


def test_who_has_not_used_the_link_is_called_then(line: Line) -> None:
    line.closed(reporter={"phone": PHONE, "notices": "sms"})
    key = line.one()
    line.later(days=3)
    assert line.call(key).status_code == 200


def test_who_is_not_asked(line: Line) -> None:
    line.closed(reporter=None)
    line.closed(anonymous=True)
    line.closed(reporter={"email": "a@example.org"})
    line.closed(confidential=True)
    evaluated = line.closed()
    assert line.town.by_code(evaluated, "evaluate", **EVALUATION).status_code == 200
    rejected = line.reported()["number"]
    line.took(rejected, "leader", "reject", reason="no", instead="12345")
    line.reported()  # still open
    withdrawn = line.reported()
    assert line.town.by_code(withdrawn, "withdraw").status_code == 200
    imported = line.closed()["number"]
    with line.town.app.app_context(), transaction() as session:
        of_it = sa.select(Case.id).where(Case.number == imported).scalar_subquery()
        first = sa.update(Event).where(Event.case_id == of_it, Event.version == 1)
        unkept(session.connection())
        session.execute(first.values(role="import"))
    for category in ("41001", "41002"):
        taken = line.reported(category=category, confidential=False)
        with line.town.app.app_context(), transaction() as session:
            case = sa.update(Case).where(Case.number == taken["number"])
            session.execute(case.values(status="closed", closed_at=line.at, confidential=False))
    assert line.keep() == (0, 0)


def test_nobody_is_asked_about_what_was_closed_long_ago(line: Line) -> None:
    line.closed()
    line.later(days=31)
    assert line.keep() == (0, 0)


def test_a_denial_ends_it_and_the_next_result_is_asked_about_anew(line: Line) -> None:
    taken = line.closed(category="02001")
    key = line.one()
    line.call(key)
    line.vain(key)
    denied = line.town.by_code(taken, "deny", reason="still dark")
    assert denied.status_code == 200, denied.json
    assert line.list() == []
    assert refused(line.call(key)) == "CallbackOver"
    assert line.keep() == (0, 1)

    line.later(hours=1)
    line.close(taken["number"])
    assert line.list() == []
    assert line.keep() == (1, 0)
    (again,) = line.list()
    assert (again["id"], again["tries"], again["next_from"]) == (key, 0, line.at.isoformat())


def test_a_reopening_ends_it_and_the_next_round_has_its_own(line: Line) -> None:
    taken = line.closed()
    key = line.one()
    assert line.town.by_code(taken, "reopen", reason="dark again").status_code == 200
    # Closed again before the job has seen anything of it.
    line.later(hours=1)
    line.close(taken["number"])
    assert line.list() == []
    assert line.keep() == (1, 1)
    (again,) = line.list()
    assert again["id"] != key
    assert refused(line.call(key)) == "CallbackOver"
    assert states(line) == ["ended", "waiting"]


def test_only_callers_and_never_of_the_unit_or_the_grid(line: Line) -> None:
    number = line.closed()["number"]
    key = line.one()
    for who in {*PEOPLE} - {"caller"}:
        assert line.town.get("/callbacks", who).status_code == 403
        assert refused(line.call(key, who)) == refused(line.vain(key, who)) == "NotFound"

    everybody = sorted({*PEOPLE} - {"caller"})
    line.hire(*everybody)
    may = {who for who in PEOPLE if line.list(who)}
    with working(line.town, line.at) as desk:
        case = desk.session.scalars(sa.select(Case).where(Case.number == number)).one()
        # The list is the guard's twin.
        assert may == {who for who in PEOPLE if "evaluate" in desk.offers(case, who)}
    assert {who for who in PEOPLE if who not in may} == {
        "leader", "deputy", "member", "member-property", "handler", "handler-team", "head",
    }  # fmt: skip
    for who in sorted({*PEOPLE} - may):
        assert refused(line.call(key, who)) == "NotFound"
    assert line.readings(number) == []


def test_a_member_who_settled_it_does_not_ask_whether_it_was_settled(line: Line) -> None:
    number = line.reported()["number"]
    line.took(number, "member", "settle", result="picked up")
    line.hire("member", "leader2")
    line.keep()
    assert line.list("member") == []
    assert [one["number"] for one in line.list("leader2")] == [number]


def test_callers_of_elsewhere_and_subjects_see_nothing(line: Line) -> None:
    line.hire("gis", place="330203999")
    line.hire("district-dispatcher", place=DISTRICT)
    line.hire("leader2")
    line.closed(subject={"kind": "person", "person": "leader2"})
    line.keep()
    assert line.list("gis") == []
    assert line.list("leader2") == []
    assert len(line.list("district-dispatcher")) == 1
