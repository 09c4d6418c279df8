"""The sweep on PostGIS: due rungs a second, beside few and beside many open cases."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.tables import Case, Category, Event
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.escalation.replan import replan
from gridgov.escalation.sweep import claiming, sweep
from gridgov.ladder.ladder import OWN, parse, save
from gridgov.ladder.tables import RungRow
from gridgov.notices.tables import Notice
from gridgov.people.actors import ANYONE
from gridgov.settings import Settings, load
from tests.bench.figures import Figure, alternate, medians, ratio, say
from tests.bench.ground import Ground, environment
from tests.support.databases import opened
from tests.support.town import IN_G1, build

DUE = 5_000
FEW, MANY = 10_000, int(os.environ.get("GRIDGOV_BENCH_BESIDE", "100000"))
ROUNDS = 5
INTAKE = timedelta(hours=4)


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    place = ground.postgis
    with opened(place, place.copy()) as small, opened(place, place.copy()) as large:
        for engine, beside in ((small, FEW), (large, MANY)):
            say(f"sweep: {beside:,} open cases with their rungs")
            settings = load(environment(engine, ground.folder))
            _open(engine, settings, beside)
        _pass(small, settings)  # what is read once, and the statements' own compiling
        _pass(large, settings)
        rounds = alternate(
            ROUNDS,
            lambda: _pass(small, settings),
            lambda: _pass(large, settings),
            name="sweep: µs for one rung",
        )
        plan = _plan(large)
        say(f"sweep: another ladder over {MANY:,} open cases")
        took = _replanned(large, settings)
    few, many = medians(rounds)
    say(f"sweep: the claim beside {MANY:,} open cases:\n{plan}")
    return [
        Figure(
            f"sweep beside {FEW:,} open cases: due rungs, each with step, event and notice",
            f"{1e6 / few:,.0f} /s",
            wanted="≥ 1,500 /s",
        ),
        Figure(
            f"sweep beside {MANY:,} open cases",
            f"{1e6 / many:,.0f} /s",
            f"beside {FEW:,}: {1e6 / few:,.0f} /s",
            f"{1 / ratio(rounds):.2f}",
            "≤ 1.3",
        ),
        Figure(
            f"another ladder: {MANY:,} open cases planned again",
            f"{took:.0f} s",
            wanted="≤ 60 s",
        ),
    ]


def _replanned(engine: Engine, settings: Settings) -> float:
    """Put a ladder in force that moves a rung of every clock, and plan all cases again."""
    now = datetime.now(UTC)
    with transaction(engine) as session:
        save(session, parse(OWN.read_text("utf-8").replace("75 %", "70 %")), "bench", now)
    start = perf_counter()
    assert replan(engine, settings, now) >= MANY
    return perf_counter() - start


def _open(engine: Engine, settings: Settings, count: int) -> None:
    """Build the town with many open cases of which nothing is due for hours."""
    with transaction(engine) as session:
        build(session)
        limits = {"case": ["working_days", 5], "intake": ["urgent_hours", 4]}
        session.get_one(Category, "01001").limits = limits
        bump(session, "taxonomy")
    with transaction(engine) as session:
        _copies(session, settings, datetime.now(UTC), count)
    _analyze(engine)


def _pass(engine: Engine, settings: Settings) -> float:
    """Let one rung of each of many cases come due, and sweep; returns the µs for one."""
    with transaction(engine) as session:
        before = sa.select(Notice.case_id)
        left = sa.update(RungRow).where(RungRow.case_id.in_(before), RungRow.state == "waiting")
        session.execute(left.values(state="cancelled"))
        session.execute(sa.delete(Notice))
        at = datetime.now(UTC) - INTAKE - timedelta(minutes=5)
        _copies(session, settings, at, DUE, sleeping="near")
    began, ran = perf_counter(), process_time()
    swept = sweep(engine, settings, datetime.now(UTC))
    took, ran = perf_counter() - began, process_time() - ran
    say(f"sweep: {took / DUE * 1e6:,.0f} µs for one rung, {ran / DUE * 1e6:,.0f} of them our own")
    assert len(swept.fired) == DUE
    assert not swept.stuck
    with transaction(engine, write=False) as session:
        told = session.scalar(sa.select(sa.func.count()).select_from(Notice))
        assert told == DUE, told
    return took / DUE * 1e6


def _copies(
    session: Session, settings: Settings, at: datetime, count: int, sleeping: str = ""
) -> None:
    """Report one case, and copy it with its event and its rungs."""
    draft = Draft("a lamp is dark", "01001", location=Location(*IN_G1))
    made = report(session, draft, ANYONE, at, known(session, settings)).case
    session.execute(sa.delete(Notice))
    last = session.scalar(sa.select(sa.func.max(Case.id)))
    if sleeping:
        done = sa.update(RungRow).where(RungRow.case_id == made.id, RungRow.name == sleeping)
        session.execute(done.values(state="fired"))
    numbers = sa.func.generate_series(1, count - 1).table_valued("n").render_derived("copies")
    own = {Case.id: last + numbers.c.n, Case.number: sa.func.concat(last, "-", numbers.c.n)}
    _copy(session, Case, own, Case.id == made.id, numbers)
    fresh = sa.text("setval('cases_id_seq', (SELECT max(id) FROM cases))")
    session.execute(sa.select(fresh))
    for table in (Event, RungRow):
        own = {table.case_id: last + numbers.c.n}
        _copy(session, table, own, table.case_id == made.id, numbers, leave=table.id)


def _copy(session, table, own, which, numbers, leave=None):  # type: ignore[no-untyped-def]
    columns = [c for c in table.__table__.columns if leave is None or c.key != leave.key]
    values = {attribute.key: value for attribute, value in own.items()}
    chosen = [values.get(column.key, column) for column in columns]
    rows = sa.select(*chosen).select_from(sa.join(table.__table__, numbers, sa.true()))
    session.execute(sa.insert(table.__table__).from_select(columns, rows.where(which)))


def _analyze(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
        made.execute(sa.text("VACUUM ANALYZE"))


def _plan(engine: Engine) -> str:
    with transaction(engine, write=False) as session:
        asked = claiming(datetime.now(UTC)).compile(
            dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
        )
        rows = session.execute(sa.text(f"EXPLAIN {asked}".replace(":", r"\:")))
        return "\n".join(f"  {line}" for (line,) in rows)
