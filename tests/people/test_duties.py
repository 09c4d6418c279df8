"""Duties begin and end, are never overwritten, and nobody grants themselves any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.audit.tables import Entry
from gridgov.errors import GridgovError, NotFound
from gridgov.people import duties
from gridgov.people.duties import Asked, deputise, end, grant, listed, standing
from gridgov.people.tables import Duty
from tests.support.desk import DAY, MINUTE, Desk, trying
from tests.support.town import G1, G2, STREET, Town


def granted(desk: Desk, asked: Asked, by: str | None = "security-admin") -> Duty:
    actor = desk.actor(by) if by else None
    return grant(desk.session, asked, actor, desk.at, desk.settings.keys)


def refused(desk: Desk, asked: Asked, by: str | None = "security-admin") -> type[GridgovError]:
    with pytest.raises(GridgovError) as caught, desk.session.begin_nested():
        granted(desk, asked, by)
    return type(caught.value)


def test_a_duty_counts_from_its_beginning_to_its_end(still_town: Town) -> None:
    with trying(still_town) as desk:
        made = granted(desk, Asked("member", "handler", "hub", ends=desk.at + DAY))
        assert (made.granted_by, made.granted_at) == ("security-admin", desk.at)
        assert desk.actor("member").holds(duties.Role.HANDLER)
        desk.at += DAY
        assert not desk.actor("member").holds(duties.Role.HANDLER)
        later = granted(desk, Asked("member", "handler", "hub", begins=desk.at + DAY))
        assert not desk.actor("member").holds(duties.Role.HANDLER)
        desk.at += DAY
        assert desk.actor("member").holds(duties.Role.HANDLER)
        ended = end(
            desk.session, later.id, desk.actor("security-admin"), desk.at, desk.settings.keys
        )
        assert (ended.ends, ended.ended_by, ended.ended_at) == (desk.at, "security-admin", desk.at)
        assert not desk.actor("member").holds(duties.Role.HANDLER)
        of_it = {"person": "member", "role": "handler"}
        assert [one.id for one in listed(desk.session, desk.at, past=True, **of_it)] == [
            made.id,
            later.id,
        ]
        assert not listed(desk.session, desk.at, **of_it)
        with pytest.raises(duties.DutyOver):
            end(desk.session, later.id, None, desk.at + DAY, desk.settings.keys)
        query = sa.select(Entry).where(Entry.what.like("duty %")).order_by(Entry.number)
        noted = list(desk.session.scalars(query))
        assert [(one.what, one.person_code, one.data["duty"]) for one in noted] == [
            ("duty begun", "security-admin", made.id),
            ("duty begun", "security-admin", later.id),
            ("duty ended", "security-admin", later.id),
        ]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Asked("security-admin", "leader", G1), duties.OwnDuty),
        (Asked("security-admin", "security_admin"), duties.OwnDuty),
        (Asked("member", "reporter"), duties.DutyRole),
        (Asked("member", "clock"), duties.DutyRole),
        (Asked("member", "mayor"), duties.DutyRole),
        (Asked("nobody", "member", G1), duties.DutyPerson),
        (Asked("member", "member", "hub"), duties.DutyPlace),
        (Asked("member", "handler", G1), duties.DutyPlace),
        (Asked("member", "dispatcher", ""), duties.DutyPlace),
        (Asked("member", "system_admin", STREET), duties.DutyPlace),
        (Asked("member", "member", G1), duties.DutyStands),
        (Asked("member", "leader", G1), duties.LeaderStands),
        (Asked("audit-admin", "system_admin"), duties.AdministersOtherwise),
        (Asked("system-admin", "audit_admin"), duties.AdministersOtherwise),
    ],
)
def test_what_is_refused(still_town: Town, asked: Asked, error: type[GridgovError]) -> None:
    with trying(still_town) as desk:
        assert refused(desk, asked) is error


def test_a_period_lies_ahead(still_town: Town) -> None:
    with trying(still_town) as desk:
        for begins, ends in ((-MINUTE, None), (MINUTE, timedelta()), (timedelta(), timedelta())):
            asked = Asked(
                "member",
                "handler",
                "hub",
                begins=desk.at + begins,
                ends=None if ends is None else desk.at + ends,
            )
            assert refused(desk, asked) is duties.DutyPeriod


def test_a_grid_has_one_leader_at_a_time_and_any_deputies(still_town: Town) -> None:
    with trying(still_town) as desk:
        admin, keys = desk.actor("security-admin"), desk.settings.keys
        lead = standing(desk.session, "leader2", "leader", G2, desk.at)
        deputy = deputise(desk.session, lead.id, "member", admin, desk.at, keys)
        assert (deputy.role, deputy.place, deputy.deputy, deputy.ends) == ("leader", G2, True, None)
        assert desk.known.office.who_answers(G2, STREET, desk.at).persons == ("leader2",)
        until = desk.at + 3 * DAY
        end(desk.session, lead.id, admin, desk.at, keys)
        assert desk.known.office.who_answers(G2, STREET, desk.at).persons == ("member",)
        granted(desk, Asked("member2", "leader", G2, begins=until))
        assert refused(desk, Asked("gis", "leader", G2)) is duties.LeaderStands
        granted(desk, Asked("gis", "leader", G2, ends=until))
        with pytest.raises(duties.DutyOver):
            deputise(desk.session, lead.id, "caller", admin, desk.at, keys)


def test_a_deputy_stands_no_longer_than_the_duty(still_town: Town) -> None:
    with trying(still_town) as desk:
        until = desk.at + DAY
        made = granted(desk, Asked("member", "handler", "hub", ends=until))
        admin, keys = desk.actor("security-admin"), desk.settings.keys
        after = until + DAY
        deputy = deputise(desk.session, made.id, "member2", admin, desk.at, keys, after)
        assert deputy.ends == until
        with pytest.raises(duties.OwnDuty):
            deputise(desk.session, made.id, "security-admin", admin, desk.at, keys)
        with pytest.raises(NotFound):
            standing(desk.session, "member2", "handler", "office", desk.at)


def test_an_administrator_of_the_past_may_become_another(still_town: Town) -> None:
    with trying(still_town) as desk:
        held = standing(desk.session, "audit-admin", "audit_admin", "", desk.at)
        end(desk.session, held.id, desk.actor("security-admin"), desk.at, desk.settings.keys)
        made: Any = granted(desk, Asked("audit-admin", "system_admin"))
        assert made.role == "system_admin"
