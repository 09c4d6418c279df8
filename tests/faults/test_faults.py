"""Schedulers that die, a server that dies, clocks that jump: every rung still fires once.

`GRIDGOV_SOAK=100 pytest tests/faults` kills a hundred schedulers instead of five.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from gridgov import schema
from gridgov.cases.known import known
from gridgov.cases.tables import Category
from gridgov.database import DatabaseBusy, make_engine, transaction
from gridgov.epochs import bump
from gridgov.escalation.sweep import database_now, sweep
from tests.faults.actors import settings_of, sweeping, writing
from tests.faults.server import Restartable
from tests.faults.verdict import judge
from tests.support.cluster import wait_for_url
from tests.support.databases import PostgisPlace, SqlitePlace
from tests.support.town import build

KILLS = int(os.environ.get("GRIDGOV_SOAK", "5"))
APART = 1.2  # seconds between two kills
PROCESSES = multiprocessing.get_context("forkserver")
HOUR, A_DAY = 3600.0, 86_400.0
# So short that all of it happens during the run; an hour has 3,600 seconds.
LIMITS = {
    "case": 4, "handle": 2, "intake": 1, "verify": 2, "dispatch": 1, "accept": 1, "check": 1,
    "waiting": 2,
}  # fmt: skip


@dataclass
class Machine:
    """A scheduler's process and its clock."""

    url: str
    offset: Any = field(default_factory=lambda: PROCESSES.Value("d", 0.0))
    refused: Any = field(default_factory=lambda: PROCESSES.Value("i", 0))
    swept: Any = field(default_factory=lambda: PROCESSES.Value("i", 0))
    process: Any = None

    def start(self) -> None:
        """Start, or start again."""
        # No lock of theirs: one that dies while it holds it would stop the test.
        given = self.url, self.offset, self.refused, self.swept
        self.process = PROCESSES.Process(target=sweeping, args=given, daemon=True)
        self.process.start()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.join(10)


def filled(engine: Engine) -> None:
    """Build the town, with limits of seconds."""
    with transaction(engine) as session:
        build(session)
        limits = {name: ["urgent_hours", round(n / 3600, 6)] for name, n in LIMITS.items()}
        session.get_one(Category, "01001").limits = limits
        bump(session, "taxonomy")


@contextmanager
def running(url: str, schedulers: int, writers: int = 1) -> Iterator[tuple[list[Machine], Any]]:
    """Run schedulers and writers; afterwards the writers are done and the schedulers dead."""
    PROCESSES.set_forkserver_preload(["tests.faults.actors"])
    stop, done = PROCESSES.Value("b", 0), PROCESSES.Value("i", 0)
    pens = [
        PROCESSES.Process(target=writing, args=(url, seed, stop, done), daemon=True)
        for seed in range(writers)
    ]
    machines = [Machine(url) for _ in range(schedulers)]
    try:
        for one in (*pens, *machines):
            one.start()
        wait_for(lambda: done.value > 20 and all(one.swept.value for one in machines))
        yield machines, done
    finally:
        stop.value = 1
        for pen in pens:
            pen.join(20)
            pen.kill()
        for machine in machines:
            machine.kill()


def wait_for(ready: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def settled(engine: Engine, url: str) -> dict[str, int]:
    """Sweep once more, late rather than never, and hold everything against the events."""
    settings = settings_of(url)
    while True:
        try:
            until = now_of(engine)
            swept = sweep(engine, settings, datetime.now(UTC))
            assert not swept.stuck
            # What is due is told in whole seconds: in one of them it is all the same.
            if now_of(engine).replace(microsecond=0) == until.replace(microsecond=0):
                break
        except DatabaseBusy:  # the server has just come back
            time.sleep(0.5)
    with transaction(engine, write=False) as session:
        return dict(judge(session, known(session, settings), until))


def now_of(engine: Engine) -> datetime:
    with transaction(engine, write=False) as session:
        return database_now(session)


@pytest.mark.slow
def test_postgresql_three_schedulers_die_and_the_server_too(tmp_path: Path) -> None:
    cluster = Restartable()
    try:
        place = PostgisPlace(wait_for_url(cluster.folder), "faults", "main")
        address = place.empty()
        url = address.render_as_string(hide_password=False)
        engine = make_engine(url)
        schema.upgrade(engine)
        filled(engine)
        draw = random.Random(KILLS)
        with running(url, 3) as (machines, done):
            for kill in range(KILLS):
                time.sleep(draw.uniform(0, 2 * APART))
                one = draw.choice(machines)
                one.kill()
                if kill % 25 == KILLS % 25 // 2:
                    cluster.restart()
                one.start()
                if kill % 10 == 3:
                    jumps(machines[kill % 3], machines)
            before = done.value
            wait_for(lambda: done.value > before + 20)
        said = settled(engine, url)
        print(f"{KILLS} kills: {said}, {done.value} writes")
        assert said["fired"] > 20 * KILLS
        engine.dispose()
        place.close()
    finally:
        cluster.stop()


def jumps(one: Machine, machines: list[Machine]) -> None:
    """Put a machine's clock back an hour, then a day forward: it stops sweeping and says so."""
    for off in (-HOUR, A_DAY):
        one.offset.value = off
        time.sleep(0.3)  # the slot at hand may have begun before
        refused, swept = one.refused.value, one.swept.value
        others = sum(machine.swept.value for machine in machines)
        wait_for(lambda n=refused: one.refused.value > n + 1)
        wait_for(lambda n=others: sum(machine.swept.value for machine in machines) > n)
        assert one.swept.value <= swept + 1
        one.offset.value = 0.0


@pytest.mark.slow
def test_sqlite_one_scheduler_dies(tmp_path: Path) -> None:
    place = SqlitePlace(tmp_path)
    url = place.copy().render_as_string(hide_password=False)
    engine = make_engine(url)
    filled(engine)
    draw = random.Random(KILLS)
    with running(url, 1) as (machines, done):
        for _ in range(KILLS):
            time.sleep(draw.uniform(0, 2 * APART))
            machines[0].kill()
            machines[0].start()
        before = done.value
        wait_for(lambda: done.value > before + 20)
    said = settled(engine, url)
    print(f"{KILLS} kills: {said}, {done.value} writes")
    assert said["fired"] > 10 * KILLS
    engine.dispose()
