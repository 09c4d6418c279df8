"""A list of 25 among 100,000 cases, against the same page fetched by one bare SQL."""

from __future__ import annotations

from time import perf_counter

from sqlalchemy.engine import Engine

from gridgov.app import create_app
from gridgov.database import db
from tests.bench.captured import Statement, captured
from tests.bench.figures import Figure, alternate, medians, ratio
from tests.bench.ground import Ground, environment
from tests.bench.serving import load, serving
from tests.support.databases import Place

SECONDS, ROUNDS = 4, 3
PATH = "/api/v1/cases"
WHO = "dispatcher"  # who sees most


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    return [*_on(ground, ground.postgis, "PostGIS"), *_on(ground, ground.sqlite, "SpatiaLite")]


def _on(ground: Ground, place: Place, name: str) -> list[Figure]:
    engine, tokens = ground.filled(place)
    environ = environment(engine, ground.folder)
    headers = {"Authorization": f"Bearer {tokens[WHO]}"}
    statements = _captured(environ, headers)
    page = next(one for one in statements if "ORDER BY cases.reported_at" in one.sql)
    request = {"method": "GET", "path": PATH, "headers": headers}
    with serving(environ) as port:
        load(port, [request], 1, 200)
        rounds = alternate(
            ROUNDS,
            lambda: load(port, [request], SECONDS, 200),
            lambda: _bare(engine, page),
            name=f"list: pages a second on {name}",
        )
    ours, peer = medians(rounds)
    return [
        Figure(
            f"25 of 100,000 cases over HTTP, {name}",
            f"{ours:.0f}/s",
            f"the page's own SELECT, bare: {peer:.0f}/s",
            f"{ratio(rounds):.2f}",
            "≥ 200/s",
        ),
        Figure(f"SQL statements per list, {name}", str(len(statements)), wanted="≤ 6"),
    ]


def _captured(environ: dict[str, str], headers: dict[str, str]) -> list[Statement]:
    app = create_app(environ={k: v for k, v in environ.items() if k.startswith("GRIDGOV_")})
    with app.app_context():
        client = app.test_client()
        client.get(PATH, headers=headers)  # reads map, people and taxonomy, notes the token's use
        with captured(db.engine) as statements:
            answer = client.get(PATH, headers=headers)
        assert len(answer.json["cases"]) == 25
        db.engine.dispose()
    return statements


def _bare(engine: Engine, page: Statement) -> float:
    """Fetch the page over and over through the bare driver; return pages a second."""
    connection = engine.raw_connection()
    try:
        count, began = 0, perf_counter()
        while (spent := perf_counter() - began) < SECONDS / 2:
            cursor = connection.cursor()
            cursor.execute(page.sql, page.given)
            assert len(cursor.fetchall()) == 26
            cursor.close()
            count += 1
        return count / spent
    finally:
        connection.close()
