"""The committee's figures over 1,000,000 cases on PostGIS, beside the same from the rows.

The cases are copies of lawful histories, laid over three years: made in bulk, with their events.
The roll-ups are then made by the program itself.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.app import create_app
from gridgov.cases.known import known
from gridgov.cases.tables import Case, Event
from gridgov.database import db, transaction
from gridgov.insight.ask import ask, ask_spans
from gridgov.insight.full import full
from gridgov.insight.keep import rebuild
from gridgov.insight.periods import added
from gridgov.insight.reach import Asked, Reach
from gridgov.people.actors import CLOCK
from gridgov.settings import Settings, load
from tests.bench import wall
from tests.bench.figures import Figure, say
from tests.bench.ground import Ground, environment, make_park
from tests.support.databases import opened
from tests.support.desk import WAYS, Desk
from tests.support.town import STREET, Town, build

CASES = int(os.environ.get("GRIDGOV_BENCH_FIGURES", "1000000"))
YEARS = 3
ROUNDS = 40
# What a street's cases look like: most are closed or evaluated, two in a hundred still open.
MIX = [("closed", 50), ("evaluated", 40), ("rejected", 3), ("withdrawn", 2), ("handling", 1),
       ("checking", 1), ("suspended", 1), ("filed", 1), ("dispatched", 1)]  # fmt: skip
CATEGORIES = ("01001", "02001", "02002", "11001", "21001")
CHANNELS = ("web", "wechat", "phone", "counter")
REACH = Reach(None, (STREET,), ("plain", "party"))


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    with opened(ground.postgis, ground.postgis.copy()) as engine:
        settings = load(environment(engine, ground.folder))
        now = datetime.now(UTC)
        say(f"insight: {CASES:,} cases with their events")
        tokens = _fill(engine, settings, ground, now)
        start = perf_counter()
        made = rebuild(engine, settings)
        took = perf_counter() - start
        say(f"insight: {made.cases:,} cases judged, {made.days:,} days summed in {took:.0f} s")
        _analyze(engine)
        pages = wall.run(engine, settings, ground, tokens["committee"], now, ROUNDS)
        return [_rebuilt(made.cases, took), *_measured(engine, settings, now), *pages]


def _rebuilt(cases: int, took: float) -> Figure:
    return Figure(f"figures: roll-ups of {cases:,} cases made anew", f"{took:,.0f} s")


def _fill(engine: Engine, settings: Settings, ground: Ground, now: datetime) -> dict[str, str]:
    with transaction(engine) as session:
        tokens = build(session)
    app = create_app(environ=environment(engine, ground.folder))
    town = Town(app, app.test_client(), tokens)
    templates: list[tuple[int, int]] = []
    with town.app.app_context(), transaction() as session:
        desk = Desk(session, settings, now - timedelta(days=365 * YEARS + 40))
        began = desk.at
        for status, _ in MIX:
            desk.at = began
            templates.append((desk.stage(status).id, _weight(status)))
    assert set(dict(MIX)) <= set(WAYS)
    with transaction(engine) as session:
        make_park(session)
    with transaction(engine) as session:
        _copies(session, templates)
    with town.app.app_context():
        db.engine.dispose()
    _analyze(engine)
    return tokens


def _weight(status: str) -> int:
    return dict(MIX)[status]


def _copies(session: Session, templates: list[tuple[int, int]]) -> None:
    """Copy each template as often as its weight says, each copy at an instant of its own."""
    cells = session.execute(
        sa.text("SELECT code, grid_code FROM cells WHERE length(code) = 15 ORDER BY code DESC")
    ).all()[:390]
    session.execute(
        sa.text("CREATE TEMP TABLE own_cells (n int primary key, code text, grid text)")
    )
    session.execute(
        sa.text("INSERT INTO own_cells VALUES (:n, :code, :grid)"),
        [{"n": n, "code": c.code, "grid": c.grid_code} for n, c in enumerate(cells)],
    )
    base = session.scalar(sa.select(sa.func.max(Case.id))) or 0
    whole = sum(weight for _, weight in templates)
    span = 365 * YEARS * 86_400
    seed = random.Random(1)
    for template, weight in templates:
        copies = CASES * weight // whole
        values = {"t": template, "base": base, "copies": copies, "span": span,
                  "seed": seed.randint(1, 10**6), "cells": len(cells)}  # fmt: skip
        open_ = session.scalar(sa.select(Case.status).where(Case.id == template)) in (
            "handling", "checking", "suspended", "filed", "dispatched"
        )  # fmt: skip
        # What is open came lately; the rest is spread evenly.
        values["since"] = span - 40 * 86_400 if open_ else 0
        session.execute(sa.text(_sql(Case)), values)
        session.execute(sa.text(_sql_events()), values)
        base += copies
    session.execute(sa.text("SELECT setval('cases_id_seq', (SELECT max(id) FROM cases))"))


SHIFT = "(:since + mod(CAST(n.n AS bigint) * 7919 * :seed, :span - :since)) * interval '1 second'"


def _sql(table: type[Case]) -> str:
    own = {
        "id": ":base + n.n",
        "number": "concat('b', :base + n.n)",
        "reported_at": f"t.reported_at + {SHIFT}",
        "filed_at": f"t.filed_at + {SHIFT}",
        "closed_at": f"t.closed_at + {SHIFT}",
        "updated_at": f"t.updated_at + {SHIFT}",
        "category_code": f"(ARRAY{list(CATEGORIES)})[1 + mod(n.n, {len(CATEGORIES)})]",
        "channel": f"(ARRAY{list(CHANNELS)})[1 + mod(n.n / 7, {len(CHANNELS)})]",
        "cell_code": "c.code",
        "grid_code": "c.grid",
    }
    names = [column.name for column in table.__table__.columns]
    chosen = ", ".join(own.get(name, f"t.{name}") for name in names)
    return (
        f"INSERT INTO cases ({', '.join(names)}) SELECT {chosen} FROM cases t "
        "CROSS JOIN generate_series(1, :copies) n(n) JOIN own_cells c ON c.n = mod(n.n, :cells) "
        "WHERE t.id = :t"
    )


def _sql_events() -> str:
    own = {"case_id": ":base + n.n", "at": f"t.at + {SHIFT}"}
    names = [c.name for c in Event.__table__.columns if c.name != "id"]
    chosen = ", ".join(own.get(name, f"t.{name}") for name in names)
    return (
        f"INSERT INTO events ({', '.join(names)}) SELECT {chosen} FROM events t "
        "CROSS JOIN generate_series(1, :copies) n(n) WHERE t.case_id = :t "
        "ORDER BY n.n, t.version"
    )


def _measured(engine: Engine, settings: Settings, now: datetime) -> list[Figure]:
    today = now.date()
    month = Asked(today.replace(day=1), added(today.replace(day=1), 1))
    last = Asked(added(month.start, -1), month.start)
    year = Asked(date(today.year - 1, 1, 1), date(today.year, 1, 1))
    grid, cells = f"{STREET}-05", ("category", "grid")
    asked: dict[str, tuple[Asked, tuple[str, ...], str]] = {
        "this month, with the month and the year before": (month, (), "≤ 100 ms"),
        "one grid": (_with(last, grid=grid), (), "≤ 100 ms"),
        "one unit": (_with(last, unit="property"), (), "≤ 100 ms"),
        "one category": (_with(last, category="01001"), (), "≤ 100 ms"),
        "one channel": (_with(last, channel="web"), (), "≤ 100 ms"),
        "last month": (last, (), "≤ 100 ms"),
        "a year": (year, (), "≤ 1 s"),
        "a year, each grid": (year, ("grid",), "≤ 1 s"),
        "a year, one category and channel": (
            _with(year, category="01", channel="web"), (), "≤ 1 s"
        ),
        "a quarter, each cell and week": (
            Asked(_monday(today) - timedelta(days=91), _monday(today)), ("cell", "week"), "≤ 1 s"
        ),
        "a quarter, category by grid": (
            Asked(_monday(today) - timedelta(days=91), _monday(today)), cells, "≤ 1 s"
        ),
    }  # fmt: skip
    found = []
    for what, (one, by, wanted) in asked.items():
        spans = _spans(one) if what.startswith("this month") else [one]
        took = wall.p95(lambda: _ask(engine, settings, spans, by, now), ROUNDS)  # noqa: B023
        rows = _rows(engine, settings, one, by, now) if one == last else None
        say(f"insight: {what}: {took * 1e3:.1f} ms")
        peer = f"{rows:.2f} s from the rows" if rows else ""
        ratio = f"{took / rows:.4f}" if rows else ""
        found.append(Figure(f"figures, {what}, p95", f"{took * 1e3:.1f} ms", peer, ratio, wanted))
    return found


def _spans(one: Asked) -> list[Asked]:
    return [one, Asked(added(one.start, -1), one.start),
            Asked(added(one.start, -12), added(one.end, -12))]  # fmt: skip


def _with(asked: Asked, **more: Any) -> Asked:
    return Asked(asked.start, asked.end, **more)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _ask(
    engine: Engine, settings: Settings, spans: list[Asked], by: tuple[str, ...], now: datetime
) -> None:
    days = [(one.start, one.end) for one in spans]
    with transaction(engine, write=False) as session:
        there = known(session, settings)
        for answer in ask_spans(
            session, spans[0], days, REACH, CLOCK, there, now, by=by, minutes=not by
        ):
            assert answer.source != "events"
            answer.total.clocks()


def _rows(
    engine: Engine, settings: Settings, one: Asked, by: tuple[str, ...], now: datetime
) -> float:
    """Time the same from cases and events, and hold the two against each other."""
    with transaction(engine, write=False) as session:
        there = known(session, settings)
        start = perf_counter()
        whole = full(session, one, REACH, there, now, by=by, whole=True, most=CASES)
        took = perf_counter() - start
        answer = ask(session, one, REACH, CLOCK, there, now, by=by)
        assert {key: found.plain() for key, found in whole.items()} == {
            key: found.plain() for key, found in answer.by.items()
        }
    return took


def _analyze(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
        made.execute(sa.text("VACUUM ANALYZE"))
