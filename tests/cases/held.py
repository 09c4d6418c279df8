"""Who holds what for the time of a test, and what they find."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from gridgov.cases.find import Wanted, search
from gridgov.epochs import bump
from gridgov.people.tables import Duty, Person
from tests.support.desk import Desk
from tests.support.town import LONG_AGO

SECOND = timedelta(seconds=1)


def hire(desk: Desk, code: str, role: str, place: str, unit: str | None = None) -> None:
    """Add somebody with a duty, for the time of the test."""
    if desk.session.get(Person, code) is None:
        desk.session.add(Person(code=code, name=f"Name-{code}", unit_code=unit))
        desk.session.flush()
        from gridgov.people.accounts import add_account

        desk.accounts[code] = add_account(desk.session, code, code, LONG_AGO).id
    desk.session.add(Duty(person_code=code, role=role, place=place, deputy=False, begins=LONG_AGO))
    desk.session.flush()
    bump(desk.session, "people")


def release(desk: Desk, *codes: str) -> None:
    """End somebody's duties, for the time of the test."""
    ended = sa.update(Duty).where(Duty.person_code.in_(codes)).values(ends=LONG_AGO + SECOND)
    desk.session.execute(ended)
    bump(desk.session, "people")


def listed(desk: Desk, who: str, **wanted: Any) -> set[str]:
    page = search(desk.session, Wanted(limit=200, **wanted), desk.actor(who), desk.at, desk.known)
    return {case.number for case in page.cases}
