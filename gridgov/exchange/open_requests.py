"""Cases as the public may list them, and those that an account reported itself, whole.

Others' cases show what is public of them: their kind, whether they are open, an approved text,
and their place as far as `gridgov.exchange.detail` lets it out. A place that is coarsened to its
cell is left out where fewer than FEWEST such cases lie in the cell: nobody could be counted by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted
from gridgov.cases.known import Known
from gridgov.cases.show import PUBLIC_KINDS
from gridgov.cases.tables import Case, Event
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import OPEN
from gridgov.database import LonLat
from gridgov.exchange.detail import FEWEST, Detail, detail
from gridgov.exchange.filters import filtered
from gridgov.exchange.map_tiles import labels
from gridgov.people.actors import ANYONE, Actor
from gridgov.people.roles import Role

OPEN_TO_KEYS = (*PUBLIC_KINDS, "resident", "enterprise")


@dataclass(frozen=True)
class Sought:
    """What is asked for; times half-open, the box in degrees; `street` is an area's code."""

    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    still_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    changed_until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    street: str | None = None
    limit: int = 1000
    skip: int = 0


class Listed(NamedTuple):
    """A case with how much of it is shown: `own` is shown whole, `point` is in CGCS2000."""

    case: Case
    own: bool
    exact: bool
    point: LonLat | None
    text: str | None


class Update(NamedTuple):
    """Something that happened to a case; the text is empty where it is not whoever asks's."""

    number: str
    version: int
    at: datetime
    status: str
    step: str
    text: str


def services(known: Known, actor: Actor) -> list[CategoryFacts]:
    """Return what may be reported: public categories; with an account, all but Party and wishes."""
    kinds = OPEN_TO_KEYS if actor.account else PUBLIC_KINDS
    return [
        one
        for one in known.categories.values()
        if one.active and one.kind in kinds and (actor.account or one.public in ("place", "text"))
    ]


def requests(
    session: Session, sought: Sought, actor: Actor, at: datetime, known: Known
) -> list[Listed]:
    """Return a page of cases, the newest first."""
    seen, own = _seen(actor, known, at)
    places = _cells(session, actor, at, known)
    where = _where(sought) + filtered(session, Wanted(bbox=sought.bbox), seen, places)
    query = (
        sa.select(Case, own.label("own"), seen.exact.label("exact"))
        .where(seen.shown, *where)
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(sought.limit)
        .offset(sought.skip)
    )
    return [
        _listed(case, bool(mine), bool(exact), places, known)
        for case, mine, exact in session.execute(query)
    ]


def updates(
    session: Session, sought: Sought, actor: Actor, at: datetime, known: Known
) -> list[Update]:
    """Return what happened to the same cases, the oldest first: of others', changes of status."""
    seen, own = _seen(actor, known, at)
    moved = sa.or_(Event.from_status.is_(None), Event.from_status != Event.to_status)
    told = sa.and_(own, Event.audience == "reporter")
    query = (
        sa.select(Event, Case.number, own.label("own"))
        .join(Case, Case.id == Event.case_id)
        .where(seen.shown, sa.or_(moved, told), *_where(sought, Event.at, Event.at))
        .order_by(Event.at, Event.id)
        .limit(sought.limit)
        .offset(sought.skip)
    )
    return [
        Update(
            number,
            event.version,
            event.at,
            event.to_status,
            event.step,
            _said(event) if mine and event.audience == "reporter" else "",
        )
        for event, number, mine in session.execute(query)
    ]


def _said(event: Event) -> str:
    if event.role == Role.REPORTER or event.step == "report":
        return ""  # whoever asks said it
    return "\n".join(str(text) for text in event.text.values() if text)


def _seen(actor: Actor, known: Known, at: datetime) -> tuple[Detail, sa.ColumnElement[bool]]:
    public = detail(ANYONE, known, at)
    own: sa.ColumnElement[bool] = sa.false()
    if actor.account:
        mine = sa.func.coalesce(Case.reporter_account_id, 0) == actor.account
        own = sa.and_(mine, sa.func.coalesce(Case.kind, "") != "party")
    shown, exact = sa.or_(own, public.shown), sa.or_(own, public.exact)
    return Detail(shown, own, exact, public=True), own


def _cells(session: Session, actor: Actor, at: datetime, known: Known) -> dict[str, Any]:
    """Return the points of cells that may be named."""
    public = detail(ANYONE, known, at)
    query = (
        sa.select(Case.cell_code)
        .where(public.shown, ~public.exact, Case.cell_code.is_not(None))
        .group_by(Case.cell_code)
        .having(sa.func.count() >= FEWEST)
    )
    many = set(session.scalars(query))
    return {code: p for code, p in labels(known.active(at).versions).items() if code in many}


def _where(
    sought: Sought, reported: Any = Case.reported_at, changed: Any = Case.updated_at
) -> list[sa.ColumnElement[bool]]:
    made: list[sa.ColumnElement[bool]] = []
    if sought.numbers:
        made.append(Case.number.in_(sought.numbers))
    if sought.categories:
        made.append(Case.category_code.in_(sought.categories))
    if sought.still_open is not None:
        still = Case.status.in_(sorted(OPEN))
        made.append(still if sought.still_open else ~still)
    if sought.street:
        made.append(Case.area_code.startswith(sought.street, autoescape=True))
    for column, since, until in (
        (reported, sought.since, sought.until),
        (changed, sought.changed_since, sought.changed_until),
    ):
        made += [column >= since] if since else []
        made += [column < until] if until else []
    return made


def _listed(case: Case, own: bool, exact: bool, places: dict[str, Any], known: Known) -> Listed:
    spot = places.get(case.cell_code or "")
    point = case.point if exact else LonLat(spot.x, spot.y) if spot is not None else None
    category = known.categories.get(case.category_code or "")
    approved = case.public_text if category and category.public == "text" else None
    return Listed(case, own, exact, point, case.description if own else approved)
