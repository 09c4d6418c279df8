"""Keeps the roll-ups: brings in what has happened since, or makes all of them anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.known import known
from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.epochs import stamps
from gridgov.errors import Conflict
from gridgov.escalation.sweep import database_now
from gridgov.insight.measures import COUNTS, MINUTES
from gridgov.insight.read import Judged, judge
from gridgov.insight.roll import roll
from gridgov.insight.state import ONE, basis, last_event, moved_on, snapshot, state, usable
from gridgov.insight.tables import CardRow, D, Digest, Rollup, State
from gridgov.settings import Settings

BATCH = 2_000
DAYS = 31
PATIENCE = timedelta(minutes=5)


class RebuiltByAnother(Conflict):
    """Another process is making the figures anew; let it finish."""


class Kept(NamedTuple):
    """How many cases were judged again, and of how many days the sums were made anew."""

    cases: int
    days: int


def keep(engine: Engine | Connection, settings: Settings) -> Kept:
    """Bring the roll-ups up to date; makes them anew where limits or calendar have changed."""
    with transaction(engine) as session:
        found = state(session, lock=True)
        if found and not found.complete and database_now(session) < found.beat + PATIENCE:
            return Kept(0, 0)  # another process makes them anew
        again = found is None or not usable(found, session, known(session, settings))
        settled = _settle(session, found) if found else None
        moved = moved_on(session, found) if found and not again else []
    if again:
        return rebuild(engine, settings)
    days = 0
    for start in range(0, len(moved), BATCH):
        with transaction(engine) as session:
            found = state(session, lock=True)
            if found is None or not found.complete:
                return Kept(start, days)
            found.run += 1
            days += _again(session, settings, moved[start : start + BATCH])
    with transaction(engine) as session:
        found = state(session, lock=True)
        if found is not None and found.complete:
            _go_on(session, found, settled)
    return Kept(len(moved), days)


def rebuild(engine: Engine | Connection, settings: Settings) -> Kept:
    """Make all of it anew from cases and events; figures wait meanwhile, cases do not."""
    with transaction(engine) as session:
        own = _begin(session, settings)
    cases = last = 0
    while True:
        with transaction(engine, bulk=True) as session:
            _still(session, own)
            ids = _next(session, last)
            if ids:
                _write(session, judge(session, ids, known(session, settings)), new=True)
        if not ids:
            break
        cases, last = cases + len(ids), ids[-1]
    days = _roll_all(engine, own)
    with transaction(engine) as session:
        found = _still(session, own)
        found.complete = True
        if snapshot(session)[0] >= found.next_snapshot:
            found.event_id = found.next_event_id
        found.run += 1
    return Kept(cases, days)


def _begin(session: Session, settings: Settings) -> int:
    found = state(session, lock=True) or State(id=ONE, run=0)
    found.complete, found.event_id, found.beat = False, 0, database_now(session)
    found.basis = basis(session, known(session, settings))
    found.map_stamp = stamps(session).map
    # The ids first: whoever holds a lower one has begun before the snapshot is taken.
    found.next_event_id = last_event(session)
    found.next_snapshot = snapshot(session)[1]
    found.run += 1
    session.add(found)
    session.flush()
    for table in (Rollup, CardRow, Digest):
        session.execute(sa.delete(table))
    return found.run


def _still(session: Session, own: int) -> State:
    """Say that a rebuild goes on; raises RebuiltByAnother."""
    found = state(session, lock=True)
    if found is None or found.run != own:
        raise RebuiltByAnother
    found.beat = database_now(session)
    session.flush()
    return found


def _settle(session: Session, found: State) -> int | None:
    """Return up to which event id everything is committed and will be brought in now."""
    oldest, following = snapshot(session)
    # After a restore on another server, its transactions are counted from elsewhere.
    known_here = found.next_snapshot <= following
    return found.next_event_id if known_here and oldest >= found.next_snapshot else None


def _go_on(session: Session, found: State, settled: int | None) -> None:
    found.run += 1
    found.map_stamp = stamps(session).map
    if settled is None and found.next_snapshot <= snapshot(session)[1]:
        return  # whom it waits for still runs
    found.event_id = settled if settled is not None else found.event_id
    found.next_event_id = last_event(session)
    found.next_snapshot = snapshot(session)[1]


def _next(session: Session, last: int) -> list[int]:
    query = sa.select(Case.id).where(Case.id > last).order_by(Case.id).limit(BATCH)
    return list(session.scalars(query))


def _roll_all(engine: Engine | Connection, own: int) -> int:
    with transaction(engine, write=False) as session:
        both = sa.union(sa.select(D.filed_on), sa.select(D.reported_on))
        days = sorted(day for day in session.scalars(both) if day)
    for start in range(0, len(days), DAYS):
        with transaction(engine) as session:
            _still(session, own)
            roll(session, days[start : start + DAYS])
    return len(days)


def _again(session: Session, settings: Settings, ids: Sequence[int]) -> int:
    days: set[date | None] = set()
    before = sa.select(D.reported_on, D.filed_on).where(D.case_id.in_(ids))
    for row in session.execute(before):
        days |= set(row)
    judged = list(judge(session, ids, known(session, settings)))
    for one in judged:
        days |= {one.measured.reported_on, one.measured.filed_on}
    _write(session, judged, new=False)
    roll(session, touched := sorted(day for day in days if day))
    return len(touched)


def _write(session: Session, judged: Iterable[Judged], *, new: bool) -> None:
    judged = list(judged)
    if not new:
        ids = [one.case_id for one in judged]
        for column in (CardRow.case_id, D.case_id):
            session.execute(sa.delete(column.table).where(column.in_(ids)))
    if judged:
        session.execute(sa.insert(Digest), [row(one) for one in judged])
    cards = [
        {
            "case_id": one.case_id,
            "place": place,
            "day": card.on,
            "unit_code": card.unit,
            "answer_due": card.answer_due,
            "answered_at": card.answered_at,
        }
        for one in judged
        for place, card in enumerate(one.measured.cards)
    ]
    if cards:
        session.execute(sa.insert(CardRow), cards)


def row(one: Judged) -> dict[str, Any]:
    """Return what is stored of a case."""
    found = one.measured
    same = ("case_id", "version", "area_code", "grid_code", "cell_code", "unit_code",
            "category_code", "channel", "sort", "item")  # fmt: skip
    of = ("reported_on", "filed_on", "excused", "case_due", "handle_due")
    return (
        {name: getattr(one, name) for name in same}
        | {name: getattr(found, name) for name in of}
        | {name: found.counts[name] for name in COUNTS}
        | {f"m_{name}": found.minutes.get(name) for name in MINUTES}
    )
