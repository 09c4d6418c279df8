"""Which firms might be visited next: a suggestion by role, kind of firm and the last visit."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from gridgov.cases.known import Known
from gridgov.community.firms import Listed, everywhere
from gridgov.community.tables import Visit
from gridgov.people.actors import Actor
from gridgov.people.firms import LOOKERS, USUAL, within
from gridgov.people.roles import Role
from gridgov.people.tables import Firm
from gridgov.settings import ROOT

FILE = ROOT / "config/visits.toml"


class Planned(NamedTuple):
    """A firm and the day from which a visit is suggested; none where nobody ever came."""

    listed: Listed
    every_days: int
    from_day: date | None

    def waits(self, today: date) -> bool:
        """Tell whether the day has come."""
        return self.from_day is None or self.from_day <= today


class Due(NamedTuple):
    """A visit that is to be followed up, and its firm."""

    visit: Visit
    firm: Firm


def every(roles: Iterable[Role], kind: str | None) -> int:
    """Return after how many days somebody in these roles might visit a firm of a kind again."""
    told = intervals()
    usual = int(told["usual"])
    found = (told.get(role.value, {}).get(kind or USUAL, usual) for role in roles)
    return min(found, default=usual)


@lru_cache(maxsize=1)
def intervals() -> Mapping[str, Any]:
    """Return what config/visits.toml says."""
    return tomllib.loads(FILE.read_text("utf-8"))


def plan(session: Session, actor: Actor, at: datetime, known: Known) -> list[Planned]:
    """Return the firms in the order in which a visit is suggested: who has waited longest first."""
    roles = {duty.role for duty in actor.duties} & LOOKERS
    found = [_planned(one, roles) for one in everywhere(session, actor, at, known)]
    return sorted(found, key=lambda one: (one.from_day or date.min, one.every_days, _name(one)))


def _planned(one: Listed, roles: Iterable[Role]) -> Planned:
    days = every(roles, one.firm.kind)
    again = one.visited_on + timedelta(days=days) if one.visited_on else None
    return Planned(one, days, again)


def _name(one: Planned) -> tuple[str, str]:
    return one.listed.firm.name, one.listed.firm.code


def follow_ups(session: Session, actor: Actor, at: datetime, known: Known) -> list[Due]:
    """Return what was promised to be asked after, until a later visit to the same firm."""
    today = at.astimezone(known.settings.zone).date()
    until = today + timedelta(days=int(intervals()["follow_up_ahead"]))
    later = aliased(Visit)
    after = sa.exists().where(
        later.firm_code == Visit.firm_code,
        sa.or_(
            later.visited_on > Visit.visited_on,
            sa.and_(later.visited_on == Visit.visited_on, later.id > Visit.id),
        ),
    )
    query = (
        sa.select(Visit, Firm)
        .join(Firm, Firm.code == Visit.firm_code)
        .where(
            Visit.follow_up_on <= until,
            Firm.active,
            within(actor, known.office, known.active(at)),
            ~after,
        )
        .order_by(Visit.follow_up_on, Visit.id)
    )
    return [Due(visit, firm) for visit, firm in session.execute(query)]
