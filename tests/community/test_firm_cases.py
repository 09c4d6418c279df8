"""Which firm a case is of: by its account, or named by staff; told only with the case's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.tables import Case
from gridgov.community.tables import VisitNeed
from gridgov.database import db, transaction
from gridgov.people.tables import Firm
from gridgov.privacy import retain
from tests.support.firms import EAST, WEST, tied, with_firms
from tests.support.town import IN_G1, Town


@pytest.fixture
def street(town: Town) -> Town:
    tied(with_firms(town), "resident", WEST)
    return town


def firm_of(town: Town, number: str) -> str | None:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalar(sa.select(Case.firm_code).where(Case.number == number))


def row(town: Town, number: str) -> Any:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalars(sa.select(Case).where(Case.number == number)).one()


@pytest.mark.parametrize(
    ("who", "given", "firm"),
    [
        ("resident", {}, WEST),
        ("resident", {"firm": WEST}, WEST),
        ("resident", {"anonymous": True}, None),
        ("resident", {"category": "41002"}, None),
        (None, {}, None),
        ("dispatcher", {}, None),
        ("dispatcher", {"channel": "telephone", "firm": EAST}, EAST),
        ("member", {"channel": "visit", "firm": EAST}, EAST),
        ("member", {"firm": EAST, "anonymous": True}, None),
    ],
)
def test_whose_it_is(
    street: Town, who: str | None, given: dict[str, Any], firm: str | None
) -> None:
    assert firm_of(street, street.report(who, **given)["number"]) == firm


@pytest.mark.parametrize(
    ("who", "firm", "status"),
    [("resident", EAST, 403), (None, WEST, 403), ("dispatcher", "no-such-firm", 422)],
)
def test_nobody_reports_for_a_firm_that_is_not_theirs(
    street: Town, who: str | None, firm: str, status: int
) -> None:
    body = {"description": "x", "firm": firm}
    assert street.post("/cases", body, who).status_code == status


def test_whose_firm_has_left_the_directory_reports_for_themselves(street: Town) -> None:
    with street.app.app_context(), transaction() as session:
        session.execute(sa.update(Firm).where(Firm.code == WEST).values(active=False))
    number = street.report("resident", category=None, description="posts")["number"]
    assert (firm_of(street, number), row(street, number).level) == (None, "grid")
    body = {"description": "posts", "firm": WEST}
    assert street.post("/cases", body, "resident").status_code == 422


def test_without_a_category_a_firms_need_goes_to_the_street_in_confidence(street: Town) -> None:
    """A grid leader may be its competitor."""
    taken = street.report("resident", category=None, description="charging posts")
    assert (row(street, taken["number"]).level, row(street, taken["number"]).confidential) == (
        "street",
        True,
    )
    plain = street.report(category=None, description="charging posts")
    assert row(street, plain["number"]).level == "grid"


def test_a_grids_leader_reads_nothing_of_a_firms_need_that_goes_past_the_grid(
    street: Town,
) -> None:
    """Neither its words nor its address, by page, list, search, box or export: a competitor may."""
    given = {"category": "21001", "description": "秘密的补贴", "firm": WEST}
    place = {"lon": IN_G1[0], "lat": IN_G1[1], "address": "西街汽车租赁 1号"}
    number = street.report("dispatcher", channel="telephone", location=place, **given)["number"]
    box = f"{IN_G1[0] - 1e-5},{IN_G1[1] - 1e-5},{IN_G1[0] + 1e-5},{IN_G1[1] + 1e-5}"
    for who in ("leader", "deputy", "member"):
        seen = street.read(number, who)
        assert (seen["text"], seen["address"], seen["point"], seen["firm"]) == (None,) * 4, who
        for query in ("q=西街汽车租赁", "q=补贴", f"bbox={box}"):
            found = street.get(f"/cases?{query}", who).json["cases"]
            assert number not in [one["number"] for one in found], (who, query)
        listed = street.get("/cases", who).json["cases"]
        assert [one["address"] for one in listed if one["number"] == number] == [None]
        assert street.get(f"/firms/{WEST}", who).json["cases"] == []
    reads = street.read(number, "dispatcher")
    assert (reads["text"], reads["address"]) == (given["description"], place["address"])
    found = street.get("/cases?q=西街汽车租赁", "dispatcher").json["cases"]
    assert number in [one["number"] for one in found]


def test_who_is_sent_to_look_knows_where_and_a_leader_decides_what_is_sent_down(
    street: Town,
) -> None:
    given = {"category": "21001", "description": "漏水", "firm": WEST, "channel": "telephone"}
    number = street.report("dispatcher", **given)["number"]
    assert street.step(number, "dispatcher", "ask_verify").status_code == 200
    assert street.read(number, "member")["point"] is not None
    assert street.step(number, "member", "verify", verification="confirmed").status_code == 200
    assert street.read(number, "member")["point"] is None
    sent_down = street.step(number, "dispatcher", "send_down", reason="本网格可办")
    assert sent_down.status_code == 200, sent_down.json
    assert street.read(number, "leader")["text"] == "漏水"


def test_the_firms_page_shows_cases_only_to_who_reads_their_words(street: Town) -> None:
    number = street.report("resident", category="21001", description="posts")["number"]
    for step, given in (("file", {}), ("dispatch", {"unit": "property"})):
        answer = street.step(number, "dispatcher", step, **given)
        assert answer.status_code == 200, answer.json
    assert row(street, number).confidential

    def listed(who: str) -> list[str]:
        return [one["number"] for one in street.get(f"/firms/{WEST}", who).json["cases"]]

    assert listed("dispatcher") == listed("resident") == listed("committee") == [number]
    # The unit's head works it by its summary, and is not told here whose it is.
    assert street.get(f"/cases/{number}", "head").status_code == 200
    assert listed("head") == []
    # An organiser sees Party cases only.
    assert listed("organiser") == []


def test_erasing_after_the_period_takes_the_firm_along(street: Town) -> None:
    number = street.report("resident")["number"]
    answer = street.step(number, "leader", "settle", category="01001", result="fixed")
    assert answer.status_code == 200, answer.json
    settings = street.app.extensions["gridgov"].settings
    store = street.app.extensions["gridgov"].store
    at = row(street, number).closed_at + timedelta(days=settings.retention_days, seconds=1)
    with street.app.app_context():
        retain.run(db.engine, settings, store, at)
    assert firm_of(street, number) is None


def test_erasing_takes_along_at_whose_door_it_was_heard(street: Town) -> None:
    need = {"firm": WEST, "met": ["owner"], "needs": [{"description": "lamp", "category": "01001"}]}
    made = street.post("/visits", need, "member").json["needs"][0]
    code = {"X-Case-Code": made["query_code"]}
    number = made["number"]
    answer = street.step(number, "leader", "settle", category="01001", result="fixed")
    assert answer.status_code == 200, answer.json
    with street.app.app_context(), transaction(write=False) as session:
        assert session.scalars(sa.select(VisitNeed)).one()
    extension = street.app.extensions["gridgov"]
    at = row(street, number).closed_at + timedelta(
        days=extension.settings.retention_days, seconds=1
    )
    with street.app.app_context():
        retain.run(db.engine, extension.settings, extension.store, at)
        with transaction(write=False) as session:
            assert session.scalars(sa.select(VisitNeed)).all() == []
    assert street.get(f"/cases/{number}", **code).status_code == 200
