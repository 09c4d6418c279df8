"""Who was asked to a meeting and came stays so, whatever becomes of them or their names since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from gridgov.cases.tables import Case, Subject
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.faces.auth import now
from gridgov.people.tables import Duty, Firm, Unit
from tests.joint.alliance import taken
from tests.joint.conftest import body
from tests.support.firms import WEST, with_firms
from tests.support.town import Town


def came(meeting: dict[str, Any]) -> list[tuple[str, bool, bool]]:
    return [
        (one["unit"] or one["person"] or one["firm"], one["invited"], one["came"])
        for one in meeting["guests"]
    ]


def test_whose_duty_or_unit_has_ended_since_came_all_the_same(town: Town) -> None:
    invited = {"units": ["property", "office"], "persons": ["leader2"]}
    key = taken(town.post("/meetings", body(invited=invited), "dispatcher"))["id"]
    with town.app.app_context(), transaction() as session:
        ended = sa.update(Duty).where(Duty.person_code == "leader2")
        session.execute(ended.values(ends=now() - timedelta(minutes=1)))
        session.execute(sa.update(Unit).where(Unit.code == "office").values(active=False))
        bump(session, "people")
    path = f"/meetings/{key}/hold"
    held = taken(town.post(path, {"came": invited}, "dispatcher"))
    assert came(held) == [
        ("property", True, True), ("office", True, True), ("leader2", True, True),
    ]  # fmt: skip
    # Nobody new is let in that way.
    for key_of, code in (("units", "bureau2"), ("persons", "nobody")):
        answer = town.post(path, {"came": invited | {key_of: [code]}}, "dispatcher")
        assert answer.status_code == 422, answer.json


def test_a_firm_is_the_same_by_another_name(town: Town) -> None:
    with_firms(town)
    made = taken(town.post("/meetings", body(invited={"firms": [WEST]}), "dispatcher"))
    with town.app.app_context(), transaction() as session:
        session.execute(sa.update(Firm).where(Firm.code == WEST).values(name="西街出行"))
    path = f"/meetings/{made['id']}/hold"
    held = taken(town.post(path, {"came": {"firms": [WEST]}}, "dispatcher"))
    assert came(held) == [(WEST, True, True)]


def test_a_case_that_one_is_not_shown_stays_on_the_plan_that_one_changes(town: Town) -> None:
    about, open_to_both, dropped = (town.report()["number"] for _ in range(3))
    numbers = [about, open_to_both, dropped]
    key = taken(town.post("/meetings", body(cases=numbers), "dispatcher"))["id"]
    with town.app.app_context(), transaction() as session:
        case = session.scalars(sa.select(Case.id).where(Case.number == about)).one()
        session.add(Subject(case_id=case, person_code="committee"))
    path = f"/meetings/{key}"
    assert about not in taken(town.get(path, "committee"))["cases"]
    changed = body(title="later", cases=[open_to_both], version=1)
    assert taken(town.post(path + "/plan", changed, "committee"))["cases"] == [open_to_both]
    assert set(taken(town.get(path, "dispatcher"))["cases"]) == {about, open_to_both}
    # Whoever sees it may take it off.
    taken(town.post(path + "/plan", body(version=2), "dispatcher"))
    assert taken(town.get(path, "dispatcher"))["cases"] == []
