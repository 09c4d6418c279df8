"""A list never holds what the detail would refuse, nor lacks what it would show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.cases.see import visible
from gridgov.cases.standing import roles_for
from gridgov.cases.tables import Case, CoUnit, Subject
from gridgov.cases.waiting import open_by_status
from gridgov.cases.workflow import OPEN, STEPS, Status
from gridgov.people.actors import Actor, by_code
from gridgov.people.office import DutyHeld
from gridgov.people.roles import Role
from gridgov.people.scopes import OVER_CASES
from tests.support.desk import Desk, trying
from tests.support.town import DISTRICT, G1, G2, PEOPLE, STREET, UNITS, Town

ELSEWHERE = "330203009"
CASES = st.fixed_dictionaries(
    {
        "status": st.sampled_from([status.value for status in Status]),
        "category_code": st.sampled_from([None, "01001", "21001", "41001", "41002"]),
        "grid_code": st.sampled_from([None, G1, G2]),
        "unit_code": st.sampled_from([None, *(unit[0] for unit in UNITS)]),
        "area_code": st.sampled_from([STREET, STREET, STREET + "001", DISTRICT, ELSEWHERE]),
        "confidential": st.booleans(),
        "to_sample": st.booleans(),
        "about": st.sampled_from([None, None, *PEOPLE, *(unit[0] for unit in UNITS)]),
        "by": st.sampled_from([None, None, "resident", *PEOPLE]),
        # An item of a joint case, which a unit leads or, until it is sent out anew, led last.
        "led": st.sampled_from([None, None, *((unit[0], now) for unit in UNITS for now in (0, 1))]),
        "asked": st.sets(st.sampled_from([unit[0] for unit in UNITS]), max_size=2),
    }
)
KINDS = {"01": "component", "21": "enterprise", "41": "party"}
# Duties that somebody holds beside their own, more than one of a kind, and on other levels.
BESIDE = (
    (Role.ORGANISER, DISTRICT), (Role.ORGANISER, ELSEWHERE), (Role.CALLER, DISTRICT),
    (Role.HEAD, "hub"), (Role.MEMBER, G2), (Role.LEADER, G1), (Role.AUDIT_ADMIN, ""),
)  # fmt: skip


APART = ("about", "by", "led", "asked")


def set_to(desk: Desk, case: Case, drawn: dict[str, Any]) -> None:
    values = {name: value for name, value in drawn.items() if name not in APART}
    values["kind"] = KINDS.get((drawn["category_code"] or "")[:2])
    values["reporter_account_id"] = desk.accounts.get(drawn["by"])
    desk.session.execute(sa.update(Case).where(Case.id == case.id).values(values))
    desk.session.execute(sa.delete(Subject).where(Subject.case_id == case.id))
    if drawn["led"]:
        unit, now = drawn["led"]
        joint = desk.joint()
        led = {"unit_code": unit if now else None, "lead_unit_code": unit}
        desk.session.execute(sa.update(Case).where(Case.id == joint.id).values(led))
        item = {"joint_id": joint.id}
        desk.session.execute(sa.update(Case).where(Case.id == case.id).values(item))
    for unit in drawn["asked"] if drawn["led"] else ():
        asked = {"case_id": case.id, "unit_code": unit, "asked_at": desk.at}
        desk.session.execute(sa.insert(CoUnit).values(asked))
    if about := drawn["about"]:
        # Some codes are a person's and a unit's: then it is about the person.
        of = {"person_code": about} if about in PEOPLE else {"unit_code": about}
        desk.session.execute(sa.insert(Subject).values(case_id=case.id, **of))
    desk.session.expire(case)


def shown(desk: Desk, actor: Actor, case: Case) -> bool:
    """What the rules say of one case, without any SQL."""
    if actor.number is not None:
        return case.number == actor.number
    if actor.account is not None and actor.account == case.reporter_account_id:
        return True
    scene = replace(desk.scene(case, "clock"), actor=actor)
    return bool(roles_for(scene, STEPS["comment"]))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(CASES, min_size=4, max_size=4),
    beside=st.lists(st.tuples(st.sampled_from([*PEOPLE]), st.sampled_from(BESIDE)), max_size=3),
)
def test_what_is_listed_is_what_may_be_seen(
    still_town: Town, drawn: list[dict[str, Any]], beside: list[tuple[str, tuple[Role, str]]]
) -> None:
    with trying(still_town) as desk:
        cases = [desk.take() for _ in drawn]
        for case, values in zip(cases, drawn, strict=True):
            set_to(desk, case, values)
        office = desk.known.office
        for who in (*PEOPLE, "resident", "reporter"):
            if who == "reporter":
                actor = by_code(cases[0].number)
            else:
                actor = desk.actor(who)
                more = [
                    DutyHeld(who, role, place, False, desk.at, None)
                    for person, (role, place) in beside
                    if person == who
                ]
                actor = replace(actor, duties=(*actor.duties, *more))
            own = Case.id.in_([case.id for case in cases])
            query = sa.select(Case.id).where(own, visible(actor, office, desk.at))
            listed = set(desk.session.scalars(query))
            assert listed == {case.id for case in cases if shown(desk, actor, case)}, who
            counted = open_by_status(desk.session, actor, office, desk.at)
            among = sum(case.status in OPEN for case in cases if case.id in listed)
            assert sum(counted.values()) >= among


def test_who_has_no_scope_over_cases_sees_none(still_town: Town) -> None:
    with trying(still_town) as desk:
        desk.take()
        for who, (_, role, _, _) in PEOPLE.items():
            query = sa.select(sa.func.count()).where(
                visible(desk.actor(who), desk.known.office, desk.at)
            )
            count = desk.session.scalar(query.select_from(Case))
            if Role(role) not in OVER_CASES:
                assert count == 0, who
