"""The committee's page as a browser gets it, beside its figures computed from the rows."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import perf_counter

from sqlalchemy.engine import Engine

from gridgov.app import create_app
from gridgov.cases.known import known
from gridgov.database import db, transaction
from gridgov.insight.full import full
from gridgov.insight.periods import month_of
from gridgov.insight.reach import Asked, Reach
from gridgov.settings import Settings
from gridgov.web.committee import BELOW
from tests.bench.captured import captured
from tests.bench.figures import Figure, say
from tests.bench.ground import Ground, environment
from tests.support.town import STREET

SOON, LATER = "≤ 100 ms", "≤ 1 s"
REACH = Reach(None, (STREET,), ("plain", "party"))


def run(
    engine: Engine, settings: Settings, ground: Ground, token: str, now: datetime, rounds: int
) -> list[Figure]:
    """Measure; the first of the figures beside the same three periods judged case by case."""
    app = create_app(environ=environment(engine, ground.folder))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}

    def get(path: str) -> None:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code)

    rows = _rows(engine, settings, now)
    found = []
    for what, (path, wanted) in _pages(now.date()).items():
        took = p95(lambda: get(path), rounds)  # noqa: B023
        say(f"wall: {what}: {took * 1e3:.1f} ms")
        first = path == "/committee"
        peer = f"its figures from the rows: {rows:.1f} s" if first else ""
        ratio = f"{took / rows:.4f}" if first else ""
        name = f"committee's page, {what}, p95"
        found.append(Figure(name, f"{took * 1e3:.1f} ms", peer, ratio, wanted))
    with app.app_context():
        with captured(db.engine) as statements:
            get("/committee")
        db.engine.dispose()
    found.append(Figure("SQL statements per committee's page", str(len(statements)), wanted="≤ 20"))
    return found


def _pages(today: date) -> dict[str, tuple[str, str]]:
    monday = today - timedelta(days=today.weekday())
    month, year = month_of(today).before, f"period={today.year - 1}"
    quarter = f"from={monday - timedelta(days=91)}&to={monday}"
    last = f"period={month.start:%Y-%m}"
    pages = {
        "this month": ("/committee", SOON),
        "last month": (f"/committee?{last}", SOON),
        "one grid": (f"/committee?grid={STREET}-05", SOON),
        "one unit": ("/committee?unit=property", SOON),
        "one category": ("/committee?category=01001", SOON),
        "one channel": ("/committee?channel=web", SOON),
        "grid and category": (f"/committee?grid={STREET}-05&category=01001", LATER),
        "a year": (f"/committee?{year}", LATER),
        "a year, category and channel": (f"/committee?{year}&category=01&channel=web", LATER),
    }
    parts = {f"its table {name}": (f"/committee/part/{name}", LATER) for name in BELOW}
    of_quarter = {
        f"a quarter, {name}": (f"/committee/part/{name}?{quarter}", LATER)
        for name in ("grid", "category_trend", "spots")
    }
    return pages | parts | of_quarter | {"all at once": ("/committee?whole=1", LATER)}


def _rows(engine: Engine, settings: Settings, now: datetime) -> float:
    month = month_of(now.astimezone(settings.zone).date())
    with transaction(engine, write=False) as session:
        there = known(session, settings)
        start = perf_counter()
        for span in (month, month.before, month.year_before):
            asked = Asked(span.start, span.end)
            full(session, asked, REACH, there, now, whole=True, most=10**7)
        return perf_counter() - start


def p95(measure: Callable[[], None], rounds: int) -> float:
    """Return the 95th percentile of so many times, after one that is not counted."""
    measure()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        measure()
        times.append(perf_counter() - start)
    return statistics.quantiles(times, n=20)[-1]
