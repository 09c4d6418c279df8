"""A case is hidden from whom it is about (domain), and decided elsewhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gridgov.cases import refusals as no
from gridgov.cases.placing import Location
from gridgov.cases.report import About
from gridgov.cases.tables import Case, Subject
from gridgov.errors import NotFound
from tests.cases.held import listed
from tests.support.desk import Desk
from tests.support.town import G1, G2, IN_G2

# Whom a case is about


@pytest.mark.parametrize(
    ("about", "hidden", "shown"),
    [
        (About("leader"), ["leader", "deputy"], ["member", "dispatcher"]),
        (About("member"), ["member", "member-property"], ["leader", "dispatcher"]),
        (About("person", person="member"), ["member"], ["member-property", "leader"]),
        (
            About("unit", unit="property"),
            ["handler", "head", "handler-team", "member-property"],
            ["leader", "member", "dispatcher"],
        ),
        (About("unit", unit="hub"), ["dispatcher"], ["district-dispatcher", "committee"]),
    ],
)
def test_a_case_is_hidden_from_whom_it_is_about(
    desk: Desk, about: About, hidden: list[str], shown: list[str]
) -> None:
    case = desk.take(subject=about, description="an odd affair")
    assert case.level == "street"
    desk.session.execute(
        sa.update(Case).where(Case.id == case.id).values(unit_code="property-team")
    )
    desk.session.refresh(case)
    for who in hidden:
        assert case.number not in listed(desk, who)
        assert case.number not in listed(desk, who, q="odd affair")
        assert case.number not in listed(desk, who, number=case.number)
        assert desk.offers(case, who) == set()
        for step in ("comment", "verify", "pass", "accept"):
            with pytest.raises(NotFound):
                desk.act(case, who, step)
    for who in shown:
        assert case.number in listed(desk, who, q="odd affair"), who
    told = {code for kind, code in desk.told(case) if kind == "person"}
    assert not told & set(hidden)
    assert told


def test_nobody_hears_of_a_case_about_their_unit(desk: Desk) -> None:
    case = desk.take(subject=About("unit", unit="hub"))
    desk.act(case, "district-dispatcher", "escalate")
    desk.act(case, "reporter", "urge")
    desk.act(case, "reporter", "withdraw")
    assert ("person", "dispatcher") not in desk.told(case)


def test_a_case_about_a_unit_in_words_goes_to_the_street(desk: Desk) -> None:
    case = desk.take(subject=About("unit", text="the property company"))
    assert case.level == "street"


@pytest.mark.parametrize("kind", ["leader", "member"])
def test_a_case_about_the_leader_stays_hidden_when_its_place_is_found(
    desk: Desk, kind: str
) -> None:
    case = desk.take(subject=About(kind), location=Location(address="somewhere"))
    assert case.level == "street"
    with desk.undone():
        desk.act(case, "dispatcher", "amend", location=Location(*IN_G2), urgency="normal")
        assert case.grid_code == G2
        assert case.level == "street"
        assert case.number not in listed(desk, "leader2" if kind == "leader" else "member2")
    desk.act(case, "dispatcher", "amend", grid=G1)
    assert case.level == "street"
    about = sa.select(Subject.person_code).where(Subject.case_id == case.id)
    assert set(desk.session.scalars(about)) == {
        "leader": {"leader", "deputy"}, "member": {"member", "member-property"},
    }[kind]  # fmt: skip
    assert case.number not in listed(desk, kind)


def test_a_case_is_not_given_to_the_unit_that_it_is_about(desk: Desk) -> None:
    case = desk.take(subject=About("unit", unit="property"))
    desk.act(case, "dispatcher", "file")
    for unit in ("property", "property-team"):
        with pytest.raises(no.UnitIsSubject):
            desk.act(case, "dispatcher", "dispatch", unit=unit)
