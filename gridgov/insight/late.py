"""What is late now, the longest first: for the wall, and for the weekly meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.insight.behind import ids_behind, overdue
from gridgov.insight.figures import OVERDUE
from gridgov.insight.reach import Asked, Reach
from gridgov.insight.standing import Standing, at_once
from gridgov.insight.sums import Asking, among
from gridgov.insight.tables import D, Digest
from gridgov.insight.totals import belongs
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

BACK = timedelta(days=365 * 4)  # who was filed earlier and is open yet stands in no figure
Late = tuple[Sequence[Case], int]


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
) -> Late:
    """Return what is past its limit, the longest first, and how many. Raises PeriodTooWide.

    Of whatever period: of what is asked for, only the filters count. How many there are is what
    the list behind it counts.
    """

    def make(standing: Standing) -> Late:
        # What a unit answers for, and what it may see, are two things: only an area's are one.
        if as_of is None and standing.run is not None and reach.role is not Role.HEAD:
            asking = Asking(
                session, asked, reach, known, now, (), standing.hidden, moved=standing.moved
            )
            return _summed(asking, most)
        found = ids_behind(session, OVERDUE, asked, reach, actor, known, now, as_of=as_of)
        return _looked_up(session, list(session.scalars(found)), actor, known, now, most)

    return at_once(session, actor, known, now, make)


def _summed(asking: Asking, most: int) -> Late:
    """Count and choose from the index of what can be late; what has moved on is put to it."""
    where = overdue(asking)
    number = sa.select(sa.func.count()).select_from(Digest).where(*where).scalar_subquery()
    first = (
        sa.select(D.case_id, D.case_due, number.label("number"))
        .where(*where)
        .order_by(D.case_due, D.case_id)
        .limit(most)
        .subquery()
    )
    query = sa.select(Case, first.c.case_due, first.c.number)
    rows = asking.session.execute(query.join(first, first.c.case_id == Case.id)).all()
    moved = [
        (one.measured.case_due, one.case_id)
        for one in asking.moved
        if one.case_id not in asking.left_out
        and one.measured.overdue(asking.now)
        and belongs(one, asking)
    ]
    late: list[tuple[Any, int]] = [*((row.case_due, row.Case.id) for row in rows), *moved]
    ids = [key for _, key in sorted(late)[:most]]
    cases = {row.Case.id: row.Case for row in rows}
    cases |= _cases(asking.session, [key for key in ids if key not in cases])
    return [cases[key] for key in ids], len(moved) + (rows[0].number if rows else 0)


def _cases(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    if not ids:
        return {}
    return {case.id: case for case in session.scalars(sa.select(Case).where(among(Case.id, ids)))}


def _looked_up(
    session: Session, ids: list[int], actor: Actor, known: Known, now: datetime, most: int
) -> Late:
    """Count and choose among cases that are known to be late, the oldest first."""
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
