"""Visits: recorded in one go with their needs, planned, and never counted by who made them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases.tables import Case, Event
from gridgov.community.plan import every
from gridgov.community.tables import Visit, VisitNeed
from gridgov.database import transaction
from gridgov.people.firms import KINDS, LOOKERS, VISITORS
from gridgov.people.roles import Role
from tests.joint.conftest import today
from tests.support.firms import EAST, NOWHERE, WEST, with_firms
from tests.support.town import IN_G1, PEOPLE, Town

NEED = {"description": "充电桩装不上，电表增容要跑几个部门", "category": "21001"}


@pytest.fixture
def street(town: Town) -> Town:
    return with_firms(town)


def visited(town: Town, who: str = "member", firm: str = WEST, **given: Any) -> Any:
    headers = {"Idempotency-Key": given.pop("key")} if "key" in given else {}
    body = {"firm": firm, "met": ["owner"]} | given
    return town.post("/visits", body, who, **headers)


def count(town: Town, table: Any) -> int:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def day(back: int = 0) -> str:
    """Return a day as the office has it, so many days ago."""
    return today(-back)


def test_needs_become_cases_at_once_and_go_to_the_street(street: Town) -> None:
    answer = visited(street, needs=[NEED, {"description": "招不到人"}], follow_up_on=day(-10))
    assert answer.status_code == 201, answer.json
    assert answer.json["firm"] == {"code": WEST, "name": "西街汽车租赁"}
    assert answer.json["role"] == "member"
    first, second = answer.json["needs"]
    with street.app.app_context(), transaction(write=False) as session:
        found = session.scalars(sa.select(Case).order_by(Case.id)).all()
        assert [case.number for case in found] == [first["number"], second["number"]]
        for case in found:
            assert (case.channel, case.firm_code, case.level) == ("visit", WEST, "street")
            assert case.confidential
            assert case.reporter_account_id is None
            assert case.point is not None and case.grid_code
        routing = session.scalars(sa.select(Event.data).where(Event.version == 1)).all()
        assert {one["routing"]["rule"] for one in routing} == {"enterprise"}
    # Its firm follows a need by its number and code.
    code = {"X-Case-Code": second["query_code"]}
    assert street.get(f"/cases/{second['number']}", **code).status_code == 200


def test_all_of_it_or_nothing(street: Town) -> None:
    wrong = visited(street, needs=[NEED, {"category": "99999"}])
    assert wrong.status_code == 422
    assert (count(street, Visit), count(street, Case), count(street, VisitNeed)) == (0, 0, 0)


def test_the_same_visit_twice_is_recorded_once(street: Town) -> None:
    first = visited(street, needs=[NEED], key="visit-key-1")
    again = visited(street, needs=[NEED], key="visit-key-1")
    assert first.json == again.json
    assert (count(street, Visit), count(street, Case)) == (1, 1)
    other = visited(street, needs=[], key="visit-key-1")
    assert other.status_code == 422
    assert count(street, Visit) == 1


def test_nobody_is_named(street: Town) -> None:
    """A visit holds no person, and no answer about visits does."""
    visited(street, "member-property", needs=[NEED])
    with street.app.app_context(), transaction(write=False) as session:
        row = session.execute(sa.select(Visit.__table__)).one()._mapping
        assert row["role"] == "member" and "member-property" not in row.values()
    for path in ("/visits", "/visits/plan", f"/firms/{WEST}"):
        shown = street.get(path, "dispatcher")
        assert shown.status_code == 200
        assert "Name-" not in shown.text
        assert "member-property" not in shown.text


@pytest.mark.parametrize(
    ("who", "firms"),
    [
        ("leader", {WEST}),
        ("member", {WEST}),
        ("leader2", {EAST}),
        ("head", {WEST}),
        ("dispatcher", {WEST, EAST, NOWHERE}),
        ("organiser", {WEST, EAST, NOWHERE}),
        ("committee", {WEST, EAST, NOWHERE}),
    ],
)
def test_who_sees_which_firms_and_visits(street: Town, who: str, firms: set[str]) -> None:
    for firm in (WEST, EAST, NOWHERE):
        assert visited(street, "dispatcher", firm).status_code == 201
    assert {one["code"] for one in street.get("/firms", who).json["firms"]} == firms
    assert {one["firm"]["code"] for one in street.get("/visits", who).json["visits"]} == firms
    assert {one["code"] for one in street.get("/visits/plan", who).json["firms"]} == firms
    for firm in (WEST, EAST, NOWHERE):
        expected = 200 if firm in firms else 404
        assert street.get(f"/firms/{firm}", who).status_code == expected
        expected = 403 if who == "committee" else 201 if firm in firms else 422
        assert visited(street, who, firm).status_code == expected


@pytest.mark.parametrize("who", ["handler", "caller", "gis", "security-admin", "resident"])
def test_others_neither_visit_nor_look(street: Town, who: str) -> None:
    assert visited(street, who).status_code == 403
    for path in ("/visits", "/visits/plan", "/firms", "/visits/needs"):
        assert street.get(path, who).status_code == 403
    assert street.get(f"/firms/{WEST}", who).status_code == 404


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"on": day(-2)}, "on"),  # ahead still if this night passes before the test comes
        ({"on": day(400)}, "on"),
        ({"met": []}, "met"),
        ({"met": ["nobody", "owner"]}, "met"),
        ({"follow_up_on": day(0)}, "follow_up_on"),
        ({"follow_up_on": day(-900)}, "follow_up_on"),
        ({"needs": [{}]}, "description"),
    ],
)
def test_what_is_refused_names_its_field(street: Town, given: dict[str, Any], field: str) -> None:
    answer = visited(street, **given)
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["field"] == field
    assert count(street, Visit) == 0


def test_the_plan_begins_with_who_waited_longest(street: Town) -> None:
    visited(street, "dispatcher", WEST, on=day(40))
    visited(street, "dispatcher", EAST, on=day(300))
    plan = street.get("/visits/plan", "dispatcher").json
    assert [one["code"] for one in plan["firms"]] == [NOWHERE, EAST, WEST]
    assert [one["waits"] for one in plan["firms"]] == [True, True, False]
    assert plan["waiting"] == 2
    assert plan["firms"][0]["from_day"] is None
    # A leader comes to a key firm more often than a dispatcher does: a suggestion by role.
    (own,) = street.get("/visits/plan", "leader").json["firms"]
    assert (own["code"], own["waits"]) == (WEST, True)
    waiting = street.get("/visits/plan?waiting=true", "dispatcher").json
    assert [one["code"] for one in waiting["firms"]] == [NOWHERE, EAST]


def test_a_follow_up_stays_until_somebody_came_again(street: Town) -> None:
    visited(street, on=day(20), follow_up_on=day(3))
    visited(street, "dispatcher", EAST, on=day(1), follow_up_on=day(-100))
    due = street.get("/visits/plan", "dispatcher").json["follow_ups"]
    assert [(one["firm"]["code"], one["follow_up_on"]) for one in due] == [(WEST, day(3))]
    visited(street)
    assert street.get("/visits/plan", "dispatcher").json["follow_ups"] == []


def test_near_me_is_sorted_and_kept_nowhere(street: Town) -> None:
    here = {"lon": IN_G1[0], "lat": IN_G1[1], "coord_type": "cgcs2000"}
    answer = street.post("/visits/near", here, "dispatcher")
    assert [(one["code"], one["metres"] < 5) for one in answer.json["firms"]] == [
        (WEST, True),
        (EAST, False),
    ]
    assert 150 < answer.json["firms"][1]["metres"] < 250
    assert street.post("/visits/near", {"lon": 1}, "dispatcher").status_code == 422


def test_visits_go_by_pages(street: Town) -> None:
    for back in (5, 3, 3, 1):
        visited(street, "dispatcher", EAST, on=day(back))
    seen, before = [], ""
    while True:
        page = street.get(f"/visits?limit=1{before}", "dispatcher").json
        seen += [one["on"] for one in page["visits"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == [day(1), day(3), day(3), day(5)]


def test_needs_are_counted_by_branch_without_those_of_the_party(street: Town) -> None:
    visited(street, needs=[NEED, NEED])
    visited(street, "dispatcher", EAST, needs=[{"description": "x"}, {"category": "41001"}])
    for who in ("committee", "dispatcher", "organiser"):
        found = street.get("/visits/needs", who).json["branches"]
        assert [(one["name"], one["firms"], one["needs"]) for one in found] == [
            ("汽车租赁", 1, 2),
            ("食品", 1, 1),
        ]
    assert found[0]["categories"][0]["category"]["code"] == "21001"
    assert street.get("/visits/needs", "leader").status_code == 403
    past = street.get(f"/visits/needs?from={day(30)}&last={day(10)}", "committee")
    assert past.json["branches"] == []


@given(
    st.frozensets(st.sampled_from(sorted(LOOKERS))),
    st.sampled_from([*KINDS, None, "unheard-of"]),
)
def test_more_roles_never_wait_longer(roles: frozenset[Role], kind: str | None) -> None:
    days = every(roles, kind)
    assert 1 <= days <= 366
    assert days == min((every([role], kind) for role in roles), default=every([], kind))


def test_the_roles_that_visit_are_those_of_the_access_table(street: Town) -> None:
    for who, (_, role, _, _) in PEOPLE.items():
        allowed = visited(street, who, "nowhere-at-all").status_code != 403
        assert allowed is (Role(role) in VISITORS), who


def test_an_organiser_follows_what_was_heard_and_may_propose_a_joint_case(street: Town) -> None:
    made = visited(street, "organiser", needs=[NEED])
    number = made.json["needs"][0]["number"]
    seen = street.read(number, "organiser")
    assert "propose_joint" in [step["name"] for step in seen["steps"]]
    assert (
        street.step(number, "organiser", "propose_joint", reason="no unit alone").status_code == 200
    )
    judged = {"contacted": True, "solved": True, "satisfaction": "satisfied"}
    for step, said in (("withdraw", {}), ("evaluate", judged)):  # in the firm's stead
        assert street.step(number, "organiser", step, **said).status_code == 403
    (need,) = street.get(f"/firms/{WEST}", "organiser").json["cases"]
    assert need["number"] == number
    # Others who visit see the case by their duties, or not at all.
    other = visited(street, needs=[NEED]).json["needs"][0]["number"]
    assert street.get(f"/cases/{other}", "organiser").status_code == 404
