"""Plans all open cases again when ladder, calendar or limits have changed; what fired stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.facts import Scene
from gridgov.cases.fire import planned
from gridgov.cases.known import Known, known
from gridgov.cases.rules import Moved
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN, STEPS
from gridgov.cases.write import apply, flush
from gridgov.database import transaction
from gridgov.escalation.sweep import scenes, undone
from gridgov.ladder.ladder import Ladder
from gridgov.ladder.plan import Change, rows_of
from gridgov.people.roles import Role
from gridgov.settings import Settings

BATCH = 500
Progress = Callable[[int, int], None]


class Replanned(NamedTuple):
    """What changed on one case."""

    number: str
    changes: list[Change]


def replan(
    engine: Engine | Connection,
    settings: Settings,
    at: datetime,
    *,
    told: bool = False,
    progress: Progress | None = None,
) -> int:
    """Plan all open cases again, a batch to a transaction; returns how many changed.

    With `told`, each case of which a deadline moved gets an event that says so.
    """
    changed = last = done = 0
    while True:
        with transaction(engine, bulk=True) as session:
            total = _open(session) if progress else 0
            ids = _next(session, last)
            if not ids:
                return changed
            changed += len(list(_batch(session, ids, at, known(session, settings), told=told)))
            flush(session)
        last, done = ids[-1], done + len(ids)
        if progress:
            progress(done, max(total, done))


def preview(
    engine: Engine | Connection,
    settings: Settings,
    at: datetime,
    new: Ladder,
    progress: Progress | None = None,
) -> list[Replanned]:
    """Tell what another ladder would change, case by case; changes nothing."""
    found: list[Replanned] = []
    last = done = 0
    while True:
        with undone(engine) as session:
            total = _open(session) if progress else 0
            ids = _next(session, last, lock=False)
            if ids:
                seen = replace(known(session, settings), ladder=new)
                found += _batch(session, ids, at, seen, told=False)
        if not ids:
            return found
        last, done = ids[-1], done + len(ids)
        if progress:
            progress(done, max(total, done))


def _open(session: Session) -> int:
    count = sa.select(sa.func.count()).where(Case.status.in_(sorted(OPEN)))
    return int(session.execute(count).scalar_one())


def _next(session: Session, last: int, *, lock: bool = True) -> list[int]:
    query = (
        sa.select(Case.id)
        .where(Case.id > last, Case.status.in_(sorted(OPEN)))
        .order_by(Case.id)
        .limit(BATCH)
    )
    return list(session.scalars(query.with_for_update(of=Case) if lock else query))


def _batch(
    session: Session, ids: list[int], at: datetime, known: Known, *, told: bool
) -> Iterator[Replanned]:
    rungs = rows_of(session, ids)
    for scene in scenes(session, ids, at, known):
        rows = rungs[scene.case.id]
        moved = planned(session, scene, known, rows)
        if told and any(change.before and change.after for change in moved):
            _say(session, scene, moved)
        if moved:
            yield Replanned(scene.case.number, moved)


def _say(session: Session, scene: Scene, changes: list[Change]) -> None:
    step = STEPS["recompute"]
    data = {
        "rungs": [
            {
                "clock": change.clock,
                "name": change.name,
                "before": change.before.isoformat(),
                "after": change.after.isoformat(),
            }
            for change in changes
            if change.before and change.after
        ]
    }
    status = scene.status
    moved = Moved(step, Role.CLOCK, status, status, {"status": status.value}, data)
    apply(session, replace(scene, step=step, role=Role.CLOCK), moved)
