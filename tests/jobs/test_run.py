"""Jobs: each slot runs once, whatever number of processes wake for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from gridgov.database import transaction
from gridgov.errors import Unavailable
from gridgov.jobs.run import run_slot, scheduler
from gridgov.jobs.table import JOBS, Job
from gridgov.jobs.tables import Tick

SETTINGS: Any = None
NOON = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Broken(Unavailable):
    """The job cannot run."""


def ticks(engine: Engine) -> list[tuple[Any, ...]]:
    with transaction(engine, write=False) as session:
        rows = session.execute(sa.select(Tick.slot, Tick.done_at, Tick.said).order_by(Tick.slot))
        return [tuple(row) for row in rows]


def test_of_many_that_wake_for_a_slot_one_runs_it(fresh_engine: Engine) -> None:
    ran: list[datetime] = []

    def run(engine: Engine, settings: Any, now: datetime) -> str:
        ran.append(now)
        return "done"

    job = Job("test", MINUTE, run)
    with ThreadPoolExecutor(4) as pool:
        said = list(
            pool.map(lambda _: run_slot(fresh_engine, SETTINGS, job, lambda: NOON), range(12))
        )
    assert ran == [NOON]
    assert sorted(map(str, said)) == ["None"] * 11 + ["done"]
    assert ticks(fresh_engine) == [(NOON.replace(second=0), NOON, "done")]


def test_the_next_slot_runs_again(fresh_engine: Engine) -> None:
    job = Job("test", MINUTE, lambda *_: "done")
    for later in range(3):
        assert run_slot(fresh_engine, SETTINGS, job, lambda n=later: NOON + n * MINUTE) == "done"
    assert len(ticks(fresh_engine)) == 3


def test_a_refusal_is_kept_and_the_slot_is_over(fresh_engine: Engine) -> None:
    def run(*_: Any) -> str:
        raise Broken

    job = Job("test", MINUTE, run)
    assert run_slot(fresh_engine, SETTINGS, job, lambda: NOON) == "The job cannot run."
    assert run_slot(fresh_engine, SETTINGS, job, lambda: NOON) is None


def test_a_mistake_leaves_the_slot_without_an_end(fresh_engine: Engine) -> None:
    def run(*_: Any) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_slot(fresh_engine, SETTINGS, Job("test", MINUTE, run), lambda: NOON)
    assert [done for _, done, _ in ticks(fresh_engine)] == [None]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(JOBS))
def test_an_instant_lies_in_its_slot(instant: datetime, job: Job) -> None:
    now = instant.replace(tzinfo=UTC)
    slot = job.slot(now)
    assert slot <= now < slot + job.every
    assert job.slot(slot) == slot


def test_the_scheduler_wakes_for_every_job(fresh_engine: Engine) -> None:
    made = scheduler(fresh_engine, SETTINGS)
    assert {job.id for job in made.get_jobs()} == {job.name for job in JOBS}
