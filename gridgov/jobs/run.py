"""Runs the jobs with APScheduler: any number of processes, each slot of each job once.

The scheduler only wakes this process; whether a slot is its to run, the database decides. Job
stores of APScheduler cannot be shared between processes, so each keeps its own in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from gridgov.database import dialect_of, transaction
from gridgov.errors import GridgovError
from gridgov.escalation.sweep import check_clock, database_now
from gridgov.jobs.table import JOBS, Job
from gridgov.jobs.tables import Tick
from gridgov.settings import Settings

log = logging.getLogger(__name__)

GRACE_S = 60


def run_slot(
    engine: Engine, settings: Settings, job: Job, clock: Callable[[], datetime]
) -> str | None:
    """Run the present slot of a job if no process took it; returns what the job said.

    Which slot that is, the database's clock tells: a process whose own is wrong takes none, or it
    would keep others from those of tomorrow. It says so every time, until somebody mends it.
    """
    now = clock()
    try:
        slot = claim(engine, job, now)
    except GridgovError as error:
        log.error("%s: %s", job.name, error)
        return str(error)
    if slot is None:
        return None
    try:
        said = job.run(engine, settings, now)
    except GridgovError as error:
        log.error("%s: %s", job.name, error)
        said = str(error)
    done = sa.update(Tick).where(Tick.job == job.name, Tick.slot == slot)
    with transaction(engine) as session:
        session.execute(done.values(done_at=clock(), said=said[:300]))
    return said


def claim(engine: Engine, job: Job, now: datetime) -> datetime | None:
    """Take the present slot of a job; returns it if this process has it. Raises ClockWrong."""
    with transaction(engine) as session:
        at = database_now(session)
        check_clock(at, now)
        slot = job.slot(at)
        kind = postgresql if dialect_of(session) == "postgresql" else sqlite
        row = kind.insert(Tick).values(job=job.name, slot=slot)
        taken = session.execute(row.on_conflict_do_nothing().returning(Tick.job))
        return None if taken.scalar() is None else slot


def awake(made: BackgroundScheduler, now: datetime, jobs: Sequence[Job] = JOBS) -> None:
    """Wake jobs that would sleep for too long: this machine's clock was put back."""
    for job in jobs:
        found = made.get_job(job.name)
        if found and found.next_run_time and found.next_run_time > now + 2 * job.every:
            found.modify(next_run_time=now)


def scheduler(
    engine: Engine, settings: Settings, jobs: Sequence[Job] = JOBS
) -> BackgroundScheduler:
    """Return a scheduler that wakes for every job; start and stop are the caller's."""
    made = BackgroundScheduler(timezone=UTC)
    for job in jobs:
        made.add_job(
            run_slot,
            # Aligned to the slots, so that all processes wake for the same one.
            IntervalTrigger(seconds=int(job.every.total_seconds()), start_date=job.slot(_now())),
            args=(engine, settings, job, _now),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=GRACE_S,
            next_run_time=_now(),
        )
    return made


def _now() -> datetime:
    return datetime.now(UTC)
