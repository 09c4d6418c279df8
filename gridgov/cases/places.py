"""Words for a place as somebody begins to say it: landmarks, firms, and where cases have been.

Points are longitude and latitude in degrees, CGCS2000 (EPSG:4490).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.database import LonLat
from gridgov.people.actors import Actor
from gridgov.people.tables import Firm

MOST = 8
OF_EACH = 4
LATEST = 1000  # cases whose addresses are looked through, so that years of them cost nothing


class Suggested(NamedTuple):
    """Words for a place and where it is; `kind` is landmark, firm or earlier."""

    words: str
    kind: str
    point: LonLat
    name: str | None = None  # of the firm


def places(
    session: Session, said: str, actor: Actor, at: datetime, known: Known
) -> list[Suggested]:
    """Return the places that what was said may mean, landmarks first, none twice."""
    said = " ".join(said.split())
    if not said:
        return []
    found: dict[str, Suggested] = {}
    for group in (
        _landmarks(said, at, known),
        _firms(session, said),
        _earlier(session, said, actor, at, known),
    ):
        for one in list(group)[:OF_EACH]:
            found.setdefault(one.words, one)
    return list(found.values())[:MOST]


def _landmarks(said: str, at: datetime, known: Known) -> Iterator[Suggested]:
    wanted = said.casefold()
    cells = [cell for version in known.active(at).versions for cell in version.cells]
    named = [(cell.landmark, cell) for cell in cells if cell.landmark]
    found = [(words.casefold().find(wanted), words, cell) for words, cell in named]
    begun = sorted((at, words, cell.code, cell) for at, words, cell in found if at >= 0)
    for _, words, _, cell in begun:
        inside = cell.shape.representative_point()
        yield Suggested(words, "landmark", LonLat(inside.x, inside.y))


def _firms(session: Session, said: str) -> Iterator[Suggested]:
    query = (
        sa.select(Firm.name, Firm.address, Firm.point)
        .where(
            Firm.point.is_not(None),
            Firm.active,
            sa.or_(
                Firm.name.contains(said, autoescape=True),
                Firm.address.contains(said, autoescape=True),
            ),
        )
        .order_by(Firm.name, Firm.code)
        .limit(OF_EACH)
    )
    for name, address, point in session.execute(query):
        if point is not None:
            yield Suggested(f"{address or ''} {name}".strip(), "firm", point, name)


def _earlier(
    session: Session, said: str, actor: Actor, at: datetime, known: Known
) -> Iterator[Suggested]:
    latest = (
        sa.select(Case.id, Case.address, Case.point)
        .where(visible(actor, known.office, at))
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(LATEST)
        .subquery()
    )
    query = (
        sa.select(latest.c.address, latest.c.point)
        .where(
            latest.c.address.startswith(said, autoescape=True),
            latest.c.point.is_not(None),
        )
        .order_by(latest.c.address, latest.c.id)
        .limit(OF_EACH * 3)
    )
    for address, point in session.execute(query):
        yield Suggested(str(address), "earlier", point)
