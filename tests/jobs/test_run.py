"""Jobs: each slot runs once, whatever number of processes wake for it."""

from __future__ import annotations

from collections.abc import Callable
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
from gridgov.jobs.run import awake, run_slot, scheduler
from gridgov.jobs.table import JOBS, Job
from gridgov.jobs.tables import Tick

SETTINGS: Any = None
NOON = datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Broken(Unavailable):
    """The job cannot run."""


@pytest.fixture(autouse=True)
def database_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let the database's clock show noon, or what a test says."""

    def shows(now: datetime) -> None:
        monkeypatch.setattr("gridgov.jobs.run.database_now", lambda _: now)

    shows(NOON)
    return shows


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


def test_the_next_slot_runs_again(
    fresh_engine: Engine, database_at: Callable[[datetime], None]
) -> None:
    job = Job("test", MINUTE, lambda *_: "done")
    for later in range(3):
        database_at(NOON + later * MINUTE)
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


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.sampled_from(JOBS))  # noqa: DTZ001
def test_an_instant_lies_in_its_slot(instant: datetime, job: Job) -> None:
    now = instant.replace(tzinfo=UTC)
    slot = job.slot(now)
    assert slot <= now < slot + job.every
    assert job.slot(slot) == slot


def test_the_scheduler_wakes_for_every_job(fresh_engine: Engine) -> None:
    made = scheduler(fresh_engine, SETTINGS)
    assert {job.id for job in made.get_jobs()} == {job.name for job in JOBS}


@pytest.mark.parametrize("off", [timedelta(days=1), -timedelta(hours=1), timedelta(seconds=61)])
def test_a_process_whose_clock_is_wrong_takes_no_slot_and_says_so(
    fresh_engine: Engine, off: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """A day ahead, it would have taken tomorrow's slots from those whose clocks are right."""
    job = Job("test", MINUTE, lambda *_: "done")
    said = run_slot(fresh_engine, SETTINGS, job, lambda: NOON + off)
    assert said == caplog.messages[0].removeprefix("test: ")
    assert f"{abs(off.total_seconds()):.0f} s off" in said
    assert ticks(fresh_engine) == []
    assert run_slot(fresh_engine, SETTINGS, job, lambda: NOON) == "done"


def test_the_slot_is_the_databases_where_clocks_differ_a_little(fresh_engine: Engine) -> None:
    job = Job("test", timedelta(seconds=10), lambda *_: "done")
    assert run_slot(fresh_engine, SETTINGS, job, lambda: NOON + timedelta(seconds=5)) == "done"
    assert run_slot(fresh_engine, SETTINGS, job, lambda: NOON - timedelta(seconds=9)) is None


def test_a_job_does_not_sleep_through_the_hour_by_which_a_clock_is_put_back(
    fresh_engine: Engine,
) -> None:
    made = scheduler(fresh_engine, SETTINGS)
    made.start(paused=True)
    try:
        sweeps = made.get_job("sweep")
        before = sweeps.next_run_time
        awake(made, before - timedelta(seconds=5))
        assert sweeps.next_run_time == before
        put_back = before - timedelta(hours=1)
        awake(made, put_back)
        assert made.get_job("sweep").next_run_time == put_back
    finally:
        made.shutdown()
