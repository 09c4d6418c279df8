"""What is late now, the longest waiting first: for the wall, and for the weekly meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.insight.behind import ids_behind
from gridgov.insight.reach import Asked, Reach
from gridgov.insight.sums import among
from gridgov.people.actors import Actor

BACK = timedelta(days=365 * 4)  # who was filed earlier and is open yet stands in no figure


def open_until(asked: Asked, today: date) -> Asked:
    """Return the same filters over all that can still be open today."""
    return replace(asked, start=today - BACK, end=today + timedelta(days=1))


def late_now(
    session: Session,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    most: int,
    as_of: datetime | None = None,
) -> tuple[Sequence[Case], int]:
    """Return the oldest cases that are late, and how many there are. Raises PeriodTooWide."""
    # All that are late first, by themselves, from the index of what can be late: asked for together
    # with who may see them, every case there is would be looked at.
    found = ids_behind(session, "late", asked, reach, actor, known, now, as_of=as_of)
    ids = list(session.scalars(found))
    late = (
        sa.select(Case.id, Case.reported_at)
        .where(among(Case.id, ids), visible(actor, known.office, now))
        .cte("late")
    )
    number = sa.select(sa.func.count()).select_from(late).scalar_subquery().label("number")
    oldest = sa.select(late.c.id).order_by(late.c.reported_at, late.c.id).limit(most).subquery()
    query = sa.select(Case, number).join(oldest, oldest.c.id == Case.id)
    rows = session.execute(query.order_by(Case.reported_at, Case.id)).all()
    return [row.Case for row in rows], rows[0].number if rows else 0
