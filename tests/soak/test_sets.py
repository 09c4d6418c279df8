"""Among a million: no more statements and no more memory than among a few."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo.locate import CellIndex
from gridgov.app import installation
from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.database import db, transaction
from gridgov.escalation.sweep import BATCH, claiming, sweep
from gridgov.people.actors import ANYONE
from tests.bench.ground import EAST, NORTH, SOUTH, WEST, park_cells, points
from tests.soak.conftest import ROWS
from tests.soak.crowd import crowd, spending
from tests.support.town import IN_G1, Town

MB = 1_000_000
DUE = 1_000


@pytest.fixture
def crowded(town: Town) -> Iterator[tuple[Town, Engine]]:
    """A town with a million open cases."""
    number = town.report(description="路灯不亮")["number"]
    with town.app.app_context():
        crowd(db.engine, number, ROWS)
        yield town, db.engine


def test_locating_a_million_points_needs_memory_for_the_answers_and_little_more() -> None:
    cells = park_cells()
    index = CellIndex([f"{n:06}" for n in range(len(cells))], list(cells))
    where = points(ROWS)
    x, y = np.ascontiguousarray(where[:, 0]), np.ascontiguousarray(where[:, 1])
    tracemalloc.start()
    try:
        found = index.locate_many(x, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50 * MB + 300 * ROWS, f"{peak / MB:.0f} MB"
    assert len(found) == ROWS
    assert (found >= 0).all()
    # Every thousandth is held against the geometry itself.
    for n in range(0, ROWS, max(1, ROWS // 1000)):
        assert cells[found[n]].covers(shapely.Point(x[n], y[n]))
    beside = index.locate_many(np.array([WEST - 1, EAST + 1]), np.array([SOUTH, NORTH]))
    assert (beside == -1).all()


def test_a_page_of_a_million_cases_is_a_page(crowded: tuple[Town, Engine]) -> None:
    town, engine = crowded
    town.get("/cases?limit=25", "dispatcher")  # reads what is kept in memory
    seen: set[str] = set()
    cursor = ""
    for _ in range(4):
        with spending(engine) as spent:
            answer = town.get(f"/cases?limit=25{cursor}", "dispatcher")
        assert answer.status_code == 200, answer.json
        assert spent.statements <= 6
        assert spent.peak < 20 * MB, f"{spent.peak / MB:.0f} MB"
        page = [one["number"] for one in answer.json["cases"]]
        assert len(page) == 25
        assert not seen & set(page)
        seen |= set(page)
        cursor = f"&after={answer.json['next']}"


def test_the_sweep_takes_what_is_due_and_never_meets_the_rest(
    crowded: tuple[Town, Engine],
) -> None:
    _, engine = crowded
    now = datetime.now(UTC)
    settings = installation().settings
    with transaction(engine) as session:
        draft = Draft("a lamp is dark", "01001", location=Location(*IN_G1))
        old = now - timedelta(days=30)
        late = report(session, draft, ANYONE, old, known(session, settings)).case.number
    crowd(engine, late, DUE - 1)
    swept = sweep(engine, settings, now, most=BATCH)  # what is read once
    with spending(engine) as spent:
        done = sweep(engine, settings, now)
    fired = len(swept.fired) + len(done.fired)
    assert fired >= DUE
    assert not done.stuck
    batches = -(-len(done.fired) // BATCH) + 1
    # SQLite gives keys one statement at a time; PostgreSQL's statements go by the batch.
    most = 40 * batches if engine.dialect.name == "postgresql" else 12 * DUE
    assert spent.statements <= most, spent
    assert spent.peak < 100 * MB, f"{spent.peak / MB:.0f} MB"
    if engine.dialect.name == "postgresql":
        with transaction(engine, write=False) as session:
            asked = claiming(now).compile(
                dialect=engine.dialect, compile_kwargs={"literal_binds": True}
            )
            plan = session.execute(sa.text(f"EXPLAIN {asked}".replace(":", r"\:"))).scalars()
            assert "ix_rungs_due" in "\n".join(plan)
