"""How the jobs stand: when each was last taken, whether it ended, and what it said."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.jobs.table import JOBS
from gridgov.jobs.tables import Tick

MISSED = 3  # slots in a row, after which a job stands still


class Standing(NamedTuple):
    """A job, its last slot, and whether it has stood still since."""

    job: str
    every_s: int
    slot: datetime | None
    done_at: datetime | None
    said: str | None
    late: bool


def standing(session: Session, at: datetime) -> list[Standing]:
    """Return how each job stands, in the order of the table of jobs."""
    last = sa.select(Tick.job, sa.func.max(Tick.slot).label("slot")).group_by(Tick.job).subquery()
    rows = session.scalars(
        sa.select(Tick).join(last, sa.and_(Tick.job == last.c.job, Tick.slot == last.c.slot))
    )
    ticks = {row.job: row for row in rows}
    found = []
    for job in JOBS:
        tick = ticks.get(job.name)
        late = tick is None or tick.slot < at - MISSED * job.every
        every = int(job.every.total_seconds())
        found.append(
            Standing(
                job.name,
                every,
                tick.slot if tick else None,
                tick.done_at if tick else None,
                tick.said if tick else None,
                late,
            )
        )
    return found
