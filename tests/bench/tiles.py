"""A tile of cases at z14, over 200,000 of them: the whole request against its bare SQL."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.app import create_app
from gridgov.database import db, transaction
from gridgov.exchange.tile import Tile
from tests.bench import export
from tests.bench.figures import Figure, alternate, medians, ratio, say
from tests.bench.ground import Ground, environment, make_park
from tests.support.databases import opened
from tests.support.town import build

ROWS = 200_000
ROUNDS = 41  # some seconds in all: the median stands, whatever else the machine does
TILE = Tile(14, 13720, 6766)
# The street: ten kilometres by ten around the park, so that a tile holds some thousands of them.
WIDE = (121.43, 29.83, 121.535, 29.92)
_BARE = """
SELECT ST_AsMVT(t, 'cases', 4096, 'geom') FROM (
  SELECT ST_AsMVTGeom(ST_Transform(ST_SetSRID(point, 4326), 3857),
                      ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS geom,
    status NOT IN ('closed', 'evaluated', 'rejected', 'withdrawn', 'merged') AS open,
    number, category_code AS category, kind, status, urgency, grid_code AS grid,
    cell_code AS cell, unit_code AS unit
  FROM cases WHERE point && ST_MakeEnvelope(:west, :south, :east, :north, 4490)) AS t
"""


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    with opened(ground.postgis, ground.postgis.copy()) as engine:
        say(f"tiles: {ROWS:,} cases on postgis")
        with transaction(engine) as session:
            tokens = build(session)
            make_park(session)
            export.fill(session, ROWS, WIDE)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
            made.execute(sa.text("VACUUM ANALYZE cases"))
        return [_tile(ground, engine, tokens["dispatcher"])]


def _tile(ground: Ground, engine: Engine, token: str) -> Figure:
    app = create_app(environ={k: v for k, v in environment(engine, ground.folder).items()
                              if k.startswith("GRIDGOV_")})  # fmt: skip
    client, head = app.test_client(), {"Authorization": f"Bearer {token}"}
    path = f"/tiles/cases/{TILE.z}/{TILE.x}/{TILE.y}.mvt"
    box = dict(zip(("west", "south", "east", "north"), TILE.box(64), strict=True))
    given: dict[str, Any] = box | {"z": TILE.z, "x": TILE.x, "y": TILE.y}
    with engine.connect() as connection:

        def ours() -> float:
            began = perf_counter()
            answer = client.get(path, headers=head)
            seconds = perf_counter() - began
            assert answer.status_code == 200
            return seconds

        def bare() -> float:
            began = perf_counter()
            connection.execute(sa.text(_BARE), given).scalar_one()
            return perf_counter() - began

        for _ in range(3):
            ours(), bare()
        rounds = alternate(ROUNDS, ours, bare, name="tiles: seconds for one of z14")
    with app.app_context():
        db.engine.dispose()
    seconds, peer = medians(rounds)
    return Figure(
        "a z14 tile over 200,000 cases, whole request",
        f"{seconds * 1000:.1f} ms",
        f"its bare SQL: {peer * 1000:.1f} ms",
        f"{ratio(rounds):.2f}",
        "≤ 1.5",
    )
