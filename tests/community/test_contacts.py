"""Whom to reach at a firm: sealed, masked, read with a reason, and kept by the firm alone."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.tables import Entry
from gridgov.cases.known import known
from gridgov.community import contacts
from gridgov.community.contacts import Reached, take_in
from gridgov.database import db, transaction
from gridgov.faces.auth import now
from gridgov.people.actors import person_acting
from gridgov.people.tables import FirmContact
from gridgov.privacy.rotate import rotate
from gridgov.settings import Settings
from tests.support.firms import EAST, WEST, tied, with_firms
from tests.support.town import Town

NAME, PHONE, EMAIL = "planted-王明", "13977778888", "planted@firm.example"
SAID = {"name": NAME, "position": "行政", "phone": PHONE, "email": EMAIL}
MARKS = ("planted", PHONE, PHONE[3:7])


@pytest.fixture
def street(town: Town) -> Town:
    tied(with_firms(town), "resident", WEST)
    return town


def kept(town: Town, *people: dict[str, Any], firm: str = WEST, who: str = "resident") -> Any:
    body = {"contacts": list(people)}
    return town.client.put(f"/api/v1/firms/{firm}/contacts", json=body, headers=town.headers(who))


def settings(town: Town) -> Settings:
    found: Settings = town.app.extensions["gridgov"].settings
    return found


def entries(town: Town) -> list[Entry]:
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Entry).where(Entry.journal == contacts.JOURNAL)
        return list(session.scalars(query.order_by(Entry.number)))


def test_a_firm_keeps_its_own_contacts_and_the_journal_notes_it(street: Town) -> None:
    answer = kept(street, SAID)
    assert answer.status_code == 200, answer.json
    assert answer.json["contacts"] == [SAID]
    shown = street.get(f"/firms/{WEST}", "resident").json["contacts"]
    assert shown == [
        {"name": "p**", "position": "行政", "phone": "139****8888", "email": "p***@firm.example"}
    ]
    (noted,) = entries(street)
    assert (noted.what, noted.data) == ("firm_contacts_kept", {"firm": WEST, "count": 1})
    assert noted.person_code is None and noted.account_id
    assert kept(street).json["contacts"] == []
    assert street.get(f"/firms/{WEST}", "resident").json["contacts"] == []


def test_never_another_firms_and_nobody_elses(street: Town) -> None:
    assert kept(street, SAID, firm=EAST).status_code == 404
    assert street.get(f"/firms/{EAST}", "resident").status_code == 404
    for who in ("dispatcher", "leader", "committee", "security-admin"):
        assert kept(street, SAID, who=who).status_code == 404
    tied(street, "resident", None)
    assert kept(street, SAID).status_code == 404
    assert street.get(f"/firms/{WEST}", "resident").status_code == 404
    assert entries(street) == []


@pytest.mark.parametrize(
    "people",
    [
        [{"name": "nobody to reach"}],
        [SAID] * 6,
        [SAID | {"phone": "call me"}],
        [SAID | {"email": "nowhere"}],
        [SAID | {"wechat": "x"}],
    ],
)
def test_what_cannot_be_a_contact_is_refused(street: Town, people: list[dict[str, Any]]) -> None:
    assert kept(street, *people).status_code == 422
    assert street.get(f"/firms/{WEST}", "resident").json["contacts"] == []


def test_staff_reads_them_with_a_reason_and_so_many_a_day(street: Town) -> None:
    kept(street, SAID)
    path, why = f"/firms/{WEST}/contacts/read", {"purpose": "visit"}
    assert street.post(path, why, "member").json["contacts"] == [SAID]
    assert street.post(path, {}, "member").status_code == 422
    for who, expected in (("member2", 404), ("committee", 404), ("caller", 404), ("resident", 404)):
        assert street.post(path, why, who).status_code == expected, who
    (noted,) = entries(street)[1:]
    assert (noted.what, noted.person_code) == ("firm_contacts_read", "member")
    assert noted.data == {"firm": WEST, "purpose": "visit"}
    for _ in range(settings(street).contact_reads_a_day - 1):
        assert street.post(path, why, "member").status_code == 200
    assert street.post(path, why, "member").status_code == 403
    assert street.post(path, why, "leader").status_code == 200


def test_of_two_who_read_at_once_no_more_are_answered_than_a_day_allows(street: Town) -> None:
    kept(street, SAID)
    for _ in range(settings(street).contact_reads_a_day - 1):
        answer = street.post(f"/firms/{WEST}/contacts/read", {"purpose": "visit"}, "member")
        assert answer.status_code == 200
    waits, headers = threading.Event(), street.headers("member")

    def read(session: Session) -> None:
        seen = known(session, settings(street))
        actor = person_acting(seen.office, "member", now())
        contacts.read(session, WEST, "visit", actor, now(), seen)

    def again() -> int:
        path, why = f"/api/v1/firms/{WEST}/contacts/read", {"purpose": "visit"}
        return int(street.app.test_client().post(path, json=why, headers=headers).status_code)

    def reached(*sent: Any) -> None:
        if "FOR UPDATE" in sent[2]:
            waits.set()

    with ThreadPoolExecutor(1) as pool, street.app.app_context():
        with transaction() as session:
            read(session)
            sa.event.listen(db.engine, "before_cursor_execute", reached)
            second = pool.submit(again)
            # SQLite lets the second begin only when the first has ended.
            assert db.engine.dialect.name == "sqlite" or waits.wait(60)
        assert second.result() == 403
        sa.event.remove(db.engine, "before_cursor_execute", reached)


def test_marks_are_nowhere_but_in_the_seal(street: Town) -> None:
    kept(street, SAID)
    street.post("/visits", {"firm": WEST, "met": ["owner"], "needs": [{"description": "x"}]},
                "member")  # fmt: skip
    for who in ("dispatcher", "leader", "committee", "organiser"):
        for path in ("/firms", f"/firms/{WEST}", "/visits", "/visits/plan", "/exports/firms.csv"):
            text = street.get(path, who).text
            assert not [mark for mark in MARKS if mark in text], (who, path)
    with street.app.app_context(), transaction(write=False) as session:
        for table in sa.inspect(session.connection()).get_table_names():
            if table.startswith(("firm", "visit", "audit", "case", "event", "notice", "message")):
                rows = session.execute(sa.text(f'SELECT * FROM "{table}"'))
                text = repr([list(row) for row in rows])
                assert not [mark for mark in MARKS if mark in text], table


def test_a_new_key_seals_them_again(street: Town) -> None:
    kept(street, SAID)
    before = settings(street)
    after = replace(
        before, contact_key="another contact key", contact_keys_before=(before.secret_key,)
    )
    with street.app.app_context():
        assert rotate(db.engine, after)["firm_contacts.sealed"] == 1
        assert rotate(db.engine, after)["firm_contacts.sealed"] == 0
        with transaction(write=False) as session:
            row = session.scalars(sa.select(FirmContact)).one()
            assert row.key_id == after.keys.contact_key_id != before.keys.contact_key_id
            only = replace(after, contact_keys_before=())
            assert json.loads(only.keys.unseal(row.sealed, f"firm {WEST}"))["phone"] == PHONE


def test_a_file_never_undoes_what_the_firm_said_itself(street: Town) -> None:
    kept(street, SAID)
    keys = settings(street).keys
    said = {WEST: [Reached(phone="13800000000")], EAST: [Reached(phone="13800000001")]}
    with street.app.app_context():
        for changed in (1, 0):
            with transaction() as session:
                assert take_in(session, keys, said, now()) == changed
    assert street.get(f"/firms/{WEST}", "resident").json["contacts"][0]["phone"] == "139****8888"
    assert street.get(f"/firms/{EAST}", "dispatcher").json["contacts"] == [{"phone": "138****0001"}]


def test_only_accounts_of_the_public_are_tied(street: Town) -> None:
    path, headers = "/api/v1/accounts/{}/firm", street.headers("security-admin")
    for login, firm, expected in (
        ("leader", WEST, 409),
        ("nobody-there", WEST, 422),
        ("resident", "no-such-firm", 404),
        ("resident", EAST, 200),
    ):
        answer = street.client.put(path.format(login), json={"firm": firm}, headers=headers)
        assert answer.status_code == expected, (login, answer.json)
