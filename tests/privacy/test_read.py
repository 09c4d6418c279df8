"""Reading a contact: with a purpose, by those who must reach the reporter, noted, and not often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.fields import PURPOSES
from gridgov.cases.rules import advance
from gridgov.cases.workflow import STEPS
from gridgov.database import db
from gridgov.errors import GridgovError
from gridgov.people.actors import person_acting
from gridgov.people.tables import Account
from gridgov.privacy import read as verb
from tests.cases.test_matrix import ANY, EVERYBODY, prepared
from tests.privacy.conftest import CONTACT, EMAIL, NAME, PHONE, Archive, refused
from tests.support.desk import START, Desk, trying
from tests.support.town import PEOPLE, Town

PURPOSE = {"purpose": "ask", "text": "which lamp"}
ALWAYS = {"leader", "deputy", "dispatcher", "district-dispatcher"}
UNIT = {"handler", "head"}
AT_WORK = {"dispatched", "handling", "suspended", "checking"}


@pytest.fixture(scope="module")
def counter(shared_town: Town) -> Iterator[Desk]:
    with trying(shared_town) as desk:
        yield desk


def allowed(status: str, who: str, purpose: str, *, confidential: bool) -> bool:
    """Say who must reach the reporter: "shown only to those who must", "only the dispatcher"."""
    if who == "import":
        return True
    if purpose == "callback":
        return who == "caller" and status == "closed" and not confidential
    if confidential:
        return who in ALWAYS - {"leader", "deputy"}
    if who == "caller":
        return status == "waiting"
    return who in ALWAYS or (who in UNIT and status in AT_WORK)


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize("status", ANY)
def test_every_status_by_everybody(counter: Desk, status: str, confidential: bool) -> None:
    wrong = []
    with counter.undone():
        counter.at = START
        case = prepared(counter, status, "", "grid")
        case.confidential = confidential
        scene = counter.scene(case, "leader")
        for who in EVERYBODY:
            for purpose in PURPOSES:
                seen = replace(scene, actor=counter.actor(who, case), given={"purpose": purpose})
                try:
                    advance(seen, STEPS["read_contact"])
                    taken = True
                except GridgovError:
                    taken = False
                if taken is not allowed(status, who, purpose, confidential=confidential):
                    wrong.append((who, purpose, taken))
    assert wrong == []


def read(archive: Archive, number: str, who: str = "leader", **given: Any) -> Any:
    return archive.town.post(f"/cases/{number}/contact", PURPOSE | given, who)


def test_a_reading_is_noted_on_the_case_and_listed_for_the_audit(archive: Archive) -> None:
    number = archive.reported()["number"]
    answer = read(archive, number)
    assert answer.status_code == 200, answer.json
    assert answer.json == CONTACT | {"number": number, "version": 2}

    noted = archive.timeline(number)[-1]
    assert (noted["step"], noted["person"]["code"]) == ("read_contact", "leader")
    assert noted["data"] == {"purpose": "ask"}
    assert noted["text"] == {"text": "which lamp"}
    assert not {NAME, PHONE, EMAIL} & set(repr(archive.timeline(number)).split("'"))

    archive.later(minutes=1)
    (one,) = archive.town.get("/contact-readings", "audit-admin").json["readings"]
    assert (one["number"], one["person"]["code"], one["purpose"]) == (number, "leader", "ask")
    for who in set(PEOPLE) - {"audit-admin"}:
        assert archive.town.get("/contact-readings", who).status_code == 403, who


def test_the_reporter_is_not_shown_who_read_it(archive: Archive) -> None:
    taken = archive.reported()
    read(archive, taken["number"])
    code = {"X-Case-Code": taken["query_code"]}
    events = archive.town.get(f"/cases/{taken['number']}/timeline", **code).json["events"]
    assert [one["step"] for one in events] == ["report"]


@pytest.mark.parametrize(
    "given", [{"purpose": None}, {"purpose": "curious"}, {"purpose": "callback"}]
)
def test_without_a_purpose_there_is_no_contact(archive: Archive, given: dict[str, Any]) -> None:
    number = archive.reported()["number"]
    assert read(archive, number, **given).status_code == 422
    assert len(archive.timeline(number)) == 1


def test_who_need_not_reach_the_reporter_is_refused_and_who_does_not_see_it_finds_nothing(
    archive: Archive,
) -> None:
    number = archive.reported()["number"]
    assert read(archive, number, "member").status_code == 403
    assert read(archive, number, "caller").status_code == 409
    assert read(archive, number, "leader2").status_code == 404
    assert archive.town.post(f"/cases/{number}/contact", PURPOSE).status_code == 401
    confidential = archive.reported(confidential=True)["number"]
    assert refused(read(archive, confidential)) == (403, "ContactConfidential")
    assert read(archive, confidential, "dispatcher").json["phone"] == PHONE


def test_nothing_is_read_where_nothing_was_left(archive: Archive) -> None:
    number = archive.reported(reporter=None)["number"]
    assert refused(read(archive, number)) == (404, "NoContact")
    assert len(archive.timeline(number)) == 1


def test_one_person_reads_so_many_a_day(archive: Archive) -> None:
    most = archive.settings.contact_reads_a_day
    number = archive.reported()["number"]
    for _ in range(most):
        assert read(archive, number).status_code == 200
    assert refused(read(archive, number)) == (403, "ReadEnough")
    assert str(most) in read(archive, number).json["detail"]
    assert read(archive, number, "dispatcher").status_code == 200
    archive.later(hours=20)  # 06:00 of the next day
    assert read(archive, number).status_code == 200


def test_of_two_who_read_at_once_no_more_are_answered_than_a_day_allows(archive: Archive) -> None:
    """By one account, of two cases, in two transactions that overlap."""
    first, second = (archive.reported()["number"] for _ in range(2))
    for _ in range(archive.settings.contact_reads_a_day - 1):
        assert read(archive, first).status_code == 200
    waits, headers = threading.Event(), archive.town.headers("leader")

    def again() -> int:
        client, path = archive.town.app.test_client(), f"/api/v1/cases/{second}/contact"
        return int(client.post(path, json=PURPOSE, headers=headers).status_code)

    def reached(*sent: Any) -> None:
        if "FROM accounts" in sent[2] and "FOR NO KEY UPDATE" in sent[2]:
            waits.set()

    with ThreadPoolExecutor(1) as pool:
        with archive.serving() as s:
            leader = s.session.scalar(sa.select(Account.id).where(Account.login == "leader"))
            actor = person_acting(s.known.office, "leader", s.at, leader)
            verb.read(s.session, first, PURPOSE, actor, s.at, s.known)
            sa.event.listen(db.engine, "before_cursor_execute", reached)
            answer = pool.submit(again)
            # SQLite lets the second begin only when the first has ended.
            assert db.engine.dialect.name == "sqlite" or waits.wait(60)
        assert answer.result() == 403


def test_an_earlier_case_is_found_by_its_number_only_while_an_open_one_is_worked_on(
    archive: Archive,
) -> None:
    earlier, now = archive.closed()["number"], archive.reported()["number"]
    other = archive.reported(reporter={"phone": "13900000000"})["number"]

    def asked(number: str, before: str, who: str = "leader") -> Any:
        return archive.town.post(f"/cases/{number}/earlier", {"earlier": before}, who)

    found = asked(now, earlier)
    assert (found.status_code, found.json["number"]) == (200, earlier)
    # Another's, one that does not exist, one that may not be seen: the same answer.
    assert asked(now, other).json == asked(now, "200101-00000-6").json
    assert asked(other, earlier).status_code == 404
    assert asked(now, earlier, "member").status_code == 403
    assert asked(now, earlier, "leader2").status_code == 404
    archive.took(now, "leader", "settle", category="01001", result="x")
    assert asked(now, earlier).status_code == 404


def test_nobody_is_found_by_a_bare_number(archive: Archive) -> None:
    """No route takes a telephone number but the report itself, and a firm for its own contacts."""
    spec = archive.town.client.get("/api/v1/openapi.json").json
    found = {
        f"{method} {path}"
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method != "parameters" and "phone" in repr(operation.get("parameters", ""))
    }
    assert found == set()
    with_phone = {name for name, schema in spec["components"]["schemas"].items()
                  if "phone" in schema.get("properties", {})}  # fmt: skip
    taken = {name for name in with_phone if name.startswith(("Reporter", "FirmContact"))}
    assert with_phone - taken <= {"ContactWhole", "ContactWholeOut", "Contact", "ContactOut"}
