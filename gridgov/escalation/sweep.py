"""The sweep: claims the rungs that are due and fires them, each exactly once.

Whichever process comes first locks the cases, then their rungs, as steps do; others pass over
what is locked. Case, event, rung and notices are written in one transaction, so that a process
that dies has done all of it or nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridgov.cases.cooperate import jointly_of_many
from gridgov.cases.facts import Scene
from gridgov.cases.fire import due_rows, settle
from gridgov.cases.known import Known, known
from gridgov.cases.tables import Case, Event, Subject
from gridgov.cases.write import WORDLESS, flush, past
from gridgov.database import DatabaseBusy, dialect_of, transaction
from gridgov.errors import Unavailable, trace
from gridgov.ladder.plan import rows_of
from gridgov.ladder.tables import WAITING, RungRow
from gridgov.people.actors import CLOCK
from gridgov.settings import Settings

log = logging.getLogger(__name__)

BATCH = 250
DRIFT = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


class ClockWrong(Unavailable):
    """This machine's clock is %(seconds)s s off the database's; set it, then start again."""


class Fired(NamedTuple):
    """A rung that fired, or would."""

    number: str
    clock: str
    rung: str
    due: datetime
    refused: Sequence[str]


@dataclass
class Swept:
    """What a sweep did; `stuck` are cases on which it failed, as the log tells."""

    fired: list[Fired] = field(default_factory=list)
    stuck: list[int] = field(default_factory=list)


class _Undone(Exception):
    """Undoes what was only to be shown."""


def sweep(
    engine: Engine | Connection, settings: Settings, process_now: datetime, most: int | None = None
) -> Swept:
    """Fire all rungs that are due by the database's clock; raises ClockWrong, DatabaseBusy."""
    swept, began, idle = Swept(), monotonic(), list[int]()
    while most is None or len(swept.fired) < most:
        with transaction(engine, bulk=True) as session:
            at = database_now(session)
            check_clock(at, process_now + timedelta(seconds=monotonic() - began))
            ids = claim(session, at, [*swept.stuck, *idle])
            if ids:
                done = _try_batch(session, ids, at, settings)
        if not ids:
            break
        if done is None:
            _one_by_one(engine, settings, ids, swept)
        elif done:
            swept.fired += done
        else:
            # Somebody else was faster, or a new ladder has other rungs: not again in this pass.
            idle += ids
    return swept


def rehearse(engine: Engine | Connection, settings: Settings, at: datetime) -> list[Fired]:
    """Tell what would fire by an instant if nobody acted before; changes and locks nothing.

    What is overdue fires now, all else at its own instant, so that a step of the clock has its
    consequences.
    """
    fired: list[Fired] = []
    last = 0
    while True:
        with undone(engine) as session:
            ids = _to_rehearse(session, at, last)
            now, seen = database_now(session), known(session, settings)
            rungs = rows_of(session, ids)
            for scene in scenes(session, ids, at, seen):
                fired += _rehearsed(session, scene, seen, rungs[scene.case.id], now)
        if not ids:
            return sorted(fired, key=lambda one: one.due)
        last = ids[-1]


def _to_rehearse(session: Session, at: datetime, last: int) -> list[int]:
    due = sa.select(RungRow.case_id).distinct().where(_due(at), RungRow.case_id > last)
    return list(session.scalars(due.order_by(RungRow.case_id).limit(BATCH)))


def _rehearsed(
    session: Session, scene: Scene, known: Known, rows: list[RungRow], now: datetime
) -> Iterator[Fired]:
    until = scene.at
    while due := due_rows(rows, known, until):
        first = min(row.at for row in due if row.at)
        moment = min(until, max(now, first + SECOND))
        scene, done = settle(session, replace(scene, at=moment), known, rows)
        yield from _told(scene, done)


@contextmanager
def undone(engine: Engine | Connection) -> Iterator[Session]:
    """Open a session of which nothing stays."""
    try:
        with transaction(engine, write=False) as session:
            yield session
            raise _Undone
    except _Undone:
        pass


def database_now(session: Session) -> datetime:
    """Return the database's clock: the one by which all processes judge what is due."""
    if dialect_of(session) == "postgresql":
        now: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now.astimezone(UTC)
    text = session.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def check_clock(database: datetime, process: datetime) -> None:
    """Refuse to go on where this machine's clock is wrong by more than a minute."""
    if abs(database - process) > DRIFT:
        raise ClockWrong(seconds=round(abs(database - process).total_seconds()))


def claim(session: Session, at: datetime, besides: Sequence[int] = ()) -> list[int]:
    """Lock some cases that have something due, the longest due first; pass over locked ones."""
    return sorted(set(session.scalars(claiming(at, besides))))


def claiming(at: datetime, besides: Sequence[int] = ()) -> sa.Select[Any]:
    """Return the statement by which a sweep takes what is due, a case for each of its rungs."""
    due = (
        sa.select(Case.id)
        .join(RungRow, RungRow.case_id == Case.id)
        .where(_due(at))
        .order_by(RungRow.at)
        .limit(BATCH)
        .with_for_update(of=Case, skip_locked=True)
    )
    if besides:
        due = due.where(RungRow.case_id.not_in(besides))
    return due


def _due(at: datetime) -> sa.ColumnElement[bool]:
    # Written out, so that a prepared statement too sees that the partial index will do.
    waiting: sa.BindParameter[str] = sa.bindparam(None, WAITING, literal_execute=True)
    return sa.and_(RungRow.state == waiting, RungRow.at < at.replace(microsecond=0))


def _try_batch(
    session: Session, ids: list[int], at: datetime, settings: Settings
) -> list[Fired] | None:
    try:
        with session.begin_nested():
            done = fire(session, ids, at, known(session, settings))
            flush(session)
            return done
    except OperationalError:
        raise
    except Exception as error:
        said = "a batch of the sweep failed; its cases are tried one by one: %s"
        log.error(said, trace(error))
        session.expunge_all()
        return None


def _one_by_one(
    engine: Engine | Connection, settings: Settings, ids: list[int], swept: Swept
) -> None:
    for key in ids:
        try:
            with transaction(engine) as session:
                at = database_now(session)
                one = sa.select(Case.id).where(Case.id == key)
                if session.scalar(one.with_for_update(skip_locked=True)):
                    swept.fired += fire(session, [key], at, known(session, settings))
                    flush(session)
        except DatabaseBusy:
            raise
        except Exception as error:
            log.error("the sweep fails on the case with id %s: %s", key, trace(error))
            swept.stuck.append(key)


def fire(session: Session, ids: Sequence[int], at: datetime, known: Known) -> list[Fired]:
    """Fire what is due at an instant on some cases that are locked; returns it in its order."""
    fired: list[Fired] = []
    rungs = rows_of(session, ids)
    for scene in scenes(session, ids, at, known):
        scene, done = settle(session, scene, known, rungs[scene.case.id])
        fired += _told(scene, done)
    return fired


def _told(scene: Scene, done: Sequence[RungRow]) -> Iterator[Fired]:
    for row in done:
        if row.at is not None:
            yield Fired(scene.case.number, row.clock, row.name, row.at, row.refused or ())


def scenes(session: Session, ids: Sequence[int], at: datetime, known: Known) -> Iterator[Scene]:
    """Return what the clock looks at of some cases, read in three statements."""
    subjects: dict[int, list[Subject]] = defaultdict(list)
    for one in session.scalars(sa.select(Subject).where(Subject.case_id.in_(ids))):
        subjects[one.case_id].append(one)
    events: dict[int, list[Event]] = defaultdict(list)
    ordered = sa.select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.version)
    for event in session.scalars(ordered.options(WORDLESS)):
        events[event.case_id].append(event)
    cases = session.scalars(sa.select(Case).where(Case.id.in_(ids)).order_by(Case.id)).all()
    joint = jointly_of_many(session, cases)
    for case in cases:
        about = subjects[case.id]
        yield Scene.of(
            known,
            case,
            CLOCK,
            at,
            past=tuple(past(event) for event in events[case.id]),
            subject_persons=frozenset(one.person_code for one in about if one.person_code),
            subject_units=frozenset(one.unit_code for one in about if one.unit_code),
            **joint[case.id],
        )
