"""Open cases of the same category near a place: offered before a duplicate is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.measure import bbox_around, distance_m
from gridgov.cases.see import visible
from gridgov.cases.tables import STILL_OPEN, Case
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import OPEN
from gridgov.database import LonLat, UtcDateTime, dialect_of, within_box
from gridgov.park.index import ActiveMap
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import Role
from gridgov.statements import Ready

MOST = 5
LOOKED_AT = 100
CELL_M = 400  # farther from its middle no place of a cell lies
BOX = ("west", "south", "east", "north")


class Near(NamedTuple):
    """A similar case; its number only for those who may see it."""

    number: str | None
    category: str
    status: str
    cell: str | None
    metres: int


def similar(
    session: Session,
    *,
    point: LonLat | None,
    category: CategoryFacts | None,
    actor: Actor,
    office: Office,
    at: datetime,
    metres: float,
    weeks: int,
    active: ActiveMap,
) -> list[Near]:
    """Return the nearest first; to the public only of categories that are public.

    Of what is no component the public learns the cell: whether it is near, and how far, is told
    of the cell's middle, else the exact place could be found by asking from many points.
    """
    if point is None or category is None or category.kind == "party":
        return []
    staff = bool(actor.duties)
    mapping = staff and all(duty.role is Role.GIS for duty in actor.duties)
    if not staff and category.public == "no":
        return []
    coarse = (mapping or not staff) and category.kind != "component"
    around = metres + (CELL_M if coarse else 0)
    given: dict[str, Any] = dict(zip(BOX, bbox_around(*point, around), strict=True))
    given |= {"category": category.code, "since": at - timedelta(weeks=weeks)}
    if staff:
        query = _open_in_box(dialect_of(session)).where(visible(actor, office, at))
        if mapping:
            query = query.where(~Case.confidential)
        rows: Any = session.execute(query, given)
    else:
        rows = OPEN_TO_ALL.rows(session.connection(), given)
    found = [
        Near(number if staff else None, category.code, status, cell, round(away))
        for number, status, cell, *exact in rows
        if (there := _middle(active, cell) if coarse else LonLat(*exact))
        and (away := distance_m(point.lon, point.lat, there.lon, there.lat)) <= metres
    ]
    return sorted(found, key=lambda one: one.metres)[:MOST]


def around(
    session: Session, case: Case, actor: Actor, office: Office, at: datetime, metres: float
) -> list[Case]:
    """Return other open cases around a case that somebody may see, the nearest first."""
    here = case.point
    if here is None or case.kind == "party":
        return []
    box = bbox_around(here.lon, here.lat, metres)
    query = (
        sa.select(Case)
        .where(
            visible(actor, office, at),
            within_box(dialect_of(session), Case.point, Case.id, box),
            Case.status.in_(sorted(OPEN)),
            Case.id != case.id,
        )
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(LOOKED_AT)
    )
    found = [
        (away, one.id, one)
        for one in session.scalars(query)
        if one.point and (away := distance_m(*here, *one.point)) <= metres
    ]
    return [one for _, _, one in sorted(found, key=lambda each: each[:2])][:MOST]


def _middle(active: ActiveMap, code: str | None) -> LonLat | None:
    points = (version.inside.get(code or "") for version in active.versions)
    found = next(filter(None, points), None)
    return LonLat(found.x, found.y) if found else None


@cache
def _open_in_box(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    """Build the statement but for who asks: once, because it costs more than to run it."""
    west, south, east, north = (sa.bindparam(name, type_=sa.Float) for name in BOX)
    return (
        sa.select(
            Case.number,
            Case.status,
            Case.cell_code,
            sa.func.ST_X(Case.point, type_=sa.Float),
            sa.func.ST_Y(Case.point, type_=sa.Float),
        )
        .where(
            within_box(dialect, Case.point, Case.id, (west, south, east, north)),
            Case.category_code == sa.bindparam("category"),
            # In so many words, as the index of open cases has them.
            Case.status.in_([sa.literal_column(f"'{status}'") for status in STILL_OPEN]),
            Case.reported_at >= sa.bindparam("since", type_=UtcDateTime()),
        )
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(LOOKED_AT)
    )


_PUBLIC = sa.and_(~Case.confidential, Case.joint_id.is_(None))
OPEN_TO_ALL = Ready(lambda dialect: _open_in_box(dialect).where(_PUBLIC))
