"""The directory as somebody sees it: the firms where they hold a duty, found by words or nearness.

A point that somebody stands at comes with one question and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.measure import distance_m
from gridgov.cases.known import Known
from gridgov.community.tables import Visit
from gridgov.database import LonLat
from gridgov.people.actors import Actor
from gridgov.people.firms import LOOKERS, FirmMissing, within
from gridgov.people.roles import Role
from gridgov.people.tables import Firm

MOST = 200


class Listed(NamedTuple):
    """A firm with the day of its last visit, and how far it is from where somebody stands."""

    firm: Firm
    visited_on: date | None
    metres: int | None = None


class Wanted(NamedTuple):
    """What is looked for: words of name, address or code, a branch, a kind."""

    words: str = ""
    branch: str | None = None
    kind: str | None = None
    after: str = ""
    limit: int = 50


def listed(
    session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known
) -> list[Listed]:
    """Return a page of firms, by code."""
    query = _seen(actor, at, known).where(Firm.code > wanted.after)
    if words := wanted.words.strip():
        columns = (Firm.name, Firm.address, Firm.code, Firm.credit_code)
        query = query.where(sa.or_(*(one.icontains(words, autoescape=True) for one in columns)))
    if wanted.branch:
        query = query.where(Firm.branch == wanted.branch)
    if wanted.kind:
        query = query.where(Firm.kind == wanted.kind)
    rows = session.execute(query.order_by(Firm.code).limit(min(wanted.limit, MOST)))
    return [Listed(firm, visited) for firm, visited in rows]


def near(
    session: Session, here: LonLat, limit: int, actor: Actor, at: datetime, known: Known
) -> list[Listed]:
    """Return the firms nearest to a point, the nearest first."""
    rows = session.execute(_seen(actor, at, known).where(Firm.point.is_not(None))).all()
    found = [
        Listed(firm, visited, round(distance_m(*here, *firm.point)))
        for firm, visited in rows
        if firm.point
    ]
    return sorted(found, key=lambda one: (one.metres, one.firm.code))[: min(limit, MOST)]


def everywhere(session: Session, actor: Actor, at: datetime, known: Known) -> list[Listed]:
    """Return all firms that somebody looks after or looks at."""
    rows = session.execute(_seen(actor, at, known).order_by(Firm.code))
    return [Listed(firm, visited) for firm, visited in rows]


def _seen(actor: Actor, at: datetime, known: Known) -> sa.Select[Firm, date]:
    last = (
        sa.select(sa.func.max(Visit.visited_on))
        .where(Visit.firm_code == Firm.code)
        .scalar_subquery()
    )
    here = within(actor, known.office, known.active(at))
    return sa.select(Firm, last).where(Firm.active, here)


def one(
    session: Session,
    code: str,
    actor: Actor,
    at: datetime,
    known: Known,
    roles: frozenset[Role] = LOOKERS,
) -> Firm:
    """Return a firm that lies where somebody holds one of these duties, or is their own.

    Raises FirmMissing, whether it is not there or not theirs to see.
    """
    here = within(actor, known.office, known.active(at), roles)
    own = Firm.code == actor.firm if actor.firm and roles is LOOKERS else sa.false()
    query = sa.select(Firm).where(Firm.code == code, Firm.active, sa.or_(here, own))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise FirmMissing(field="firm", code=code)
    return found


def branches(session: Session, actor: Actor, at: datetime, known: Known) -> Sequence[str]:
    """Return the branches of business of the firms that somebody sees."""
    here = within(actor, known.office, known.active(at))
    query = sa.select(Firm.branch).where(Firm.active, Firm.branch.is_not(None), here).distinct()
    return [branch for branch in session.scalars(query.order_by(Firm.branch)) if branch]
