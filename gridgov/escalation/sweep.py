"""The sweep: claims the rungs that are due and fires them, each exactly once.

Whichever process comes first locks the cases, then their rungs, as steps do; others pass over
what is locked. Case, event, rung and notices are written in one transaction, so that a process
that dies has done all of it or nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.facts import Scene
from gridgov.cases.fire import settle
from gridgov.cases.known import Known, known
from gridgov.cases.tables import Case, Event, Subject
from gridgov.cases.write import flush, past
from gridgov.database import dialect_of, transaction
from gridgov.errors import Unavailable
from gridgov.ladder.plan import rows_of
from gridgov.ladder.tables import WAITING, RungRow
from gridgov.people.actors import CLOCK
from gridgov.settings import Settings

log = logging.getLogger(__name__)

BATCH = 100
DRIFT = timedelta(seconds=60)


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


class _Rehearsed(Exception):
    """Undoes a rehearsal."""


def sweep(
    engine: Engine | Connection, settings: Settings, process_now: datetime, most: int | None = None
) -> Swept:
    """Fire all rungs that are due by the database's clock; raises ClockWrong."""
    swept = Swept()
    while most is None or len(swept.fired) < most:
        with transaction(engine) as session:
            at = database_now(session)
            check_clock(at, process_now)
            ids = _claim(session, at, swept.stuck)
            if ids:
                done = _try_batch(session, ids, at, settings)
        if not ids:
            break
        if done is not None:
            swept.fired += done
        else:
            _one_by_one(engine, settings, ids, swept)
        # The next batch is judged by a later clock: so is this process.
        process_now = max(process_now, at)
    return swept


def rehearse(engine: Engine | Connection, settings: Settings, at: datetime) -> list[Fired]:
    """Tell what would fire by an instant if nobody acted before; changes nothing."""
    fired: list[Fired] = []
    try:
        with transaction(engine) as session:
            while ids := _claim(session, at, []):
                done = _fire(session, ids, at, known(session, settings))
                if not done:
                    break
                fired += done
            raise _Rehearsed
    except _Rehearsed:
        return fired


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


def _claim(session: Session, at: datetime, stuck: Sequence[int]) -> list[int]:
    """Lock some cases that have something due, the longest due first."""
    due = (
        sa.select(RungRow.case_id)
        .where(RungRow.state == WAITING, RungRow.at < at.replace(microsecond=0))
        .order_by(RungRow.at)
        .limit(BATCH * 4)
    )
    if stuck:
        due = due.where(RungRow.case_id.not_in(stuck))
    ids = list(dict.fromkeys(session.scalars(due)))
    if not ids:
        return []
    locked = (
        sa.select(Case.id)
        .where(Case.id.in_(ids[:BATCH]))
        .order_by(Case.id)
        .with_for_update(of=Case, skip_locked=True)
    )
    return list(session.scalars(locked))


def _try_batch(
    session: Session, ids: list[int], at: datetime, settings: Settings
) -> list[Fired] | None:
    try:
        with session.begin_nested():
            done = _fire(session, ids, at, known(session, settings))
            flush(session)
            return done
    except Exception:
        log.exception("a batch of the sweep failed; its cases are tried one by one")
        session.expunge_all()
        return None


def _one_by_one(
    engine: Engine | Connection, settings: Settings, ids: list[int], swept: Swept
) -> None:
    for key in ids:
        try:
            with transaction(engine) as session:
                at = database_now(session)
                swept.fired += _fire(session, [key], at, known(session, settings))
                flush(session)
        except Exception:
            log.exception("the sweep fails on the case with id %s", key)
            swept.stuck.append(key)


def _fire(session: Session, ids: Sequence[int], at: datetime, known: Known) -> list[Fired]:
    fired: list[Fired] = []
    rungs = rows_of(session, ids)
    for scene in scenes(session, ids, at, known):
        _, done = settle(session, scene, known, rungs[scene.case.id])
        fired += [
            Fired(scene.case.number, row.clock, row.name, row.at, row.refused or ())
            for row in done
            if row.at is not None
        ]
    return fired


def scenes(session: Session, ids: Sequence[int], at: datetime, known: Known) -> Iterator[Scene]:
    """Return what the clock looks at of some cases, read in three statements."""
    subjects: dict[int, list[Subject]] = defaultdict(list)
    for one in session.scalars(sa.select(Subject).where(Subject.case_id.in_(ids))):
        subjects[one.case_id].append(one)
    events: dict[int, list[Event]] = defaultdict(list)
    ordered = sa.select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.version)
    for event in session.scalars(ordered):
        events[event.case_id].append(event)
    for case in session.scalars(sa.select(Case).where(Case.id.in_(ids)).order_by(Case.id)):
        about = subjects[case.id]
        yield Scene(
            case=case,
            actor=CLOCK,
            at=at,
            office=known.office,
            categories=known.categories,
            calendar=known.calendar(case.park_code),
            past=tuple(past(event) for event in events[case.id]),
            subject_persons=frozenset(one.person_code for one in about if one.person_code),
            subject_units=frozenset(one.unit_code for one in about if one.unit_code),
        )
