"""The full computation: every case judged from its events, nothing summed beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.guards_of_closing import CARDS
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event, Subject
from gridgov.cases.workflow import OPEN
from gridgov.errors import BadInput
from gridgov.insight.reach import Asked, Filter, Reach
from gridgov.insight.read import Judged, judge
from gridgov.insight.totals import Key, Totals, add_judged, key_of, known_keys
from gridgov.people.actors import Actor
from gridgov.people.roles import UNIT_ROLES

MOST = 20_000
MARGIN = timedelta(days=1)  # local midnights lie at most a day from those of UTC


class PeriodTooWide(BadInput):
    """Choose a shorter period, or leave out as_of: more than %(most)s cases would have to be
    judged one by one.
    """


class Counting(NamedTuple):
    """How cases are told apart and summed: period, filters, reach, and by what."""

    asked: Asked
    filters: list[Filter]
    reach: Reach
    by: tuple[str, ...]

    def key(self, row: Any, day: date) -> Key:
        """Return under which key something is summed."""
        return key_of(self.by, row, day)


def full(
    session: Session,
    asked: Asked,
    reach: Reach,
    known: Known,
    at: datetime,
    *,
    by: tuple[str, ...] = (),
    left_out: frozenset[int] = frozenset(),
    whole: bool = False,
    most: int = MOST,
) -> dict[Key, Totals]:
    """Sum what had happened at an instant, or (`whole`) all that has. Raises PeriodTooWide."""
    counting = Counting(asked, reach.filters(asked, known.office), reach, by)
    totals: dict[Key, Totals] = defaultdict(Totals)
    for one in judged_in(session, asked, reach, known, None if whole else at, most=most):
        if one.case_id not in left_out:
            add_judged(totals, one, counting, at)
    return known_keys(totals)


def judged_in(
    session: Session, asked: Asked, reach: Reach, known: Known, at: datetime | None, *, most: int
) -> Iterable[Judged]:
    """Judge all cases that were reported, filed or carded in the period."""
    start, end = (_midnight(day) for day in (asked.start, asked.end))
    start, end = start - MARGIN, end + MARGIN
    carded = sa.select(Event.case_id).where(
        Event.step.in_(CARDS), Event.at >= start, Event.at < end
    )
    candidates = sa.or_(
        sa.and_(Case.filed_at >= start, Case.filed_at < end),
        sa.and_(Case.reported_at >= start, Case.reported_at < end),
        Case.id.in_(carded),
    )
    return _judged(session, candidates, reach, known, at, most)


def judged_open(
    session: Session, reach: Reach, known: Known, at: datetime | None, *, most: int
) -> Iterable[Judged]:
    """Judge all cases that are open, or may have been at an instant. Raises PeriodTooWide."""
    still: sa.ColumnElement[bool] = Case.status.in_(sorted(OPEN))
    if at is not None:
        # What has ended since has changed since.
        still = sa.and_(Case.reported_at <= at, sa.or_(still, Case.updated_at > at))
    return _judged(session, still, reach, known, at, most)


def _judged(
    session: Session,
    candidates: sa.ColumnElement[bool],
    reach: Reach,
    known: Known,
    at: datetime | None,
    most: int,
) -> Iterable[Judged]:
    query = sa.select(Case.id).where(candidates).order_by(Case.id).limit(most + 1)
    if "" not in reach.areas:
        inside = (Case.area_code.startswith(area, autoescape=True) for area in reach.areas)
        query = query.where(sa.or_(sa.false(), *inside))
    ids = session.scalars(query).all()
    if len(ids) > most:
        raise PeriodTooWide(field="from", most=most)
    return judge(session, ids, known, at)


def hidden_from(session: Session, actor: Actor, known: Known, at: datetime) -> frozenset[int]:
    """Return the cases about somebody or their unit, which they must not see."""
    if actor.machine:
        return frozenset()
    own = {duty.place for duty in actor.duties if duty.role in UNIT_ROLES} | {actor.unit or ""}
    units = sorted(code for code in known.office.units if own & known.office.below(code))
    about = sa.or_(Subject.person_code == (actor.person or ""), Subject.unit_code.in_(units))
    theirs = Case.id.in_(sa.select(Subject.case_id).where(about))
    hidden = ~visible(actor, known.office, at)
    return frozenset(session.scalars(sa.select(Case.id).where(theirs, hidden)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
