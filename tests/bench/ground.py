"""What the benches stand on: databases with a park of about 390 cells and 100,000 old cases."""

from __future__ import annotations

import os
import random
import secrets
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from geo.measure import area_m2, perimeter_m
from geo.partition import cell_codes, partition
from gridgov.cases import grams, numbers
from gridgov.cases.tables import Case
from gridgov.database import LonLat, dialect_of, transaction
from gridgov.park.cluster import cluster
from gridgov.park.tables import Cell, Grid, MapVersion
from gridgov.people.tables import Duty
from gridgov.settings import ROOT
from tests.bench.cluster import DurableCluster
from tests.bench.figures import say
from tests.support.cluster import wait_for_url
from tests.support.databases import Place, PostgisPlace, SqlitePlace, clear, opened
from tests.support.town import CATEGORIES, LONG_AGO, STREET, build

SERVER = "GRIDGOV_TEST_POSTGRES"
CASES, BATCH = 100_000, 5_000
GRIDS = 24
# 3.90 km²: as large as the park that GridGov was made for.
WEST, SOUTH, EAST, NORTH = 121.480, 29.871, 121.50042, 29.8888
WORDS = (
    "路灯",
    "不亮",
    "井盖",
    "破损",
    "垃圾",
    "堆放",
    "树枝",
    "倒伏",
    "噪声",
    "扰民",
    "占道",
    "积水",
)
# Of a place, and not urgent: nothing is dispatched in the transaction that takes them in.
PLAIN = [
    one[0]
    for one in CATEGORIES
    if one[1] in ("component", "matter", "resident") and one[3] == "normal"
]


class Ground:
    """The databases of one run, each made when a bench first asks for it."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)
        self._stack = ExitStack()
        self._filled: dict[str, tuple[Engine, dict[str, str]]] = {}

    @cached_property
    def folder(self) -> Path:
        """A folder that goes away with the run."""
        return Path(self._stack.enter_context(TemporaryDirectory(prefix="gridgov-bench-")))

    @cached_property
    def server(self) -> str:
        """The address of the PostgreSQL server."""
        if given := os.environ.get(SERVER):
            self._stack.callback(clear, given, self._run)
            return given
        cluster = DurableCluster()
        self._stack.callback(cluster.stop)
        return wait_for_url(cluster.folder)

    @cached_property
    def sqlite(self) -> Place:
        """Where SQLite's files are."""
        return SqlitePlace(self.folder)

    @cached_property
    def postgis(self) -> Place:
        """Where PostGIS's databases are."""
        place = PostgisPlace(self.server, self._run, "bench")
        self._stack.callback(place.close)
        return place

    def filled(self, place: Place) -> tuple[Engine, dict[str, str]]:
        """Return a database with the park, its people and 100,000 cases; and their tokens."""
        if place.kind not in self._filled:
            engine = self._stack.enter_context(opened(place, place.copy()))
            say(f"ground: {CASES:,} cases on {place.kind}")
            with transaction(engine) as session:
                tokens = build(session)
                make_park(session)
                fill(session)
            if place.kind == "postgis":
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
                    made.execute(sa.text("VACUUM ANALYZE"))
            self._filled[place.kind] = engine, tokens
        return self._filled[place.kind]

    def close(self) -> None:
        """Leave nothing behind."""
        self._stack.close()


def park_cells() -> list[Any]:
    """Cut the park's square into about 390 cells."""
    return partition(shapely.box(WEST, SOUTH, EAST, NORTH), target_m2=10_000)


def make_park(session: Session) -> None:
    """Give the small town of the tests a new map: about 390 cells in 24 grids with leaders."""
    cells = park_cells()
    for number in range(3, GRIDS + 1):
        code = f"{STREET}-{number:02}"
        session.add(Grid(code=code, park_code="park", name=f"Grid {number}", kind="dedicated"))
        session.add(Duty(person_code="leader", role="leader", place=code, deputy=False,
                         begins=LONG_AGO))  # fmt: skip
    boundary = shapely.MultiPolygon([shapely.box(WEST, SOUTH, EAST, NORTH)])
    version = MapVersion(
        park_code="park",
        active_from=date(2001, 1, 1),
        imported_at=LONG_AGO,
        adopted_at=LONG_AGO,
        source="bench",
        boundary=f"SRID=4490;{boundary.wkt}",
    )
    session.add(version)
    session.flush()
    for code, grid, shape in zip(
        cell_codes(cells, f"{STREET}001"), cluster(cells, GRIDS), cells, strict=True
    ):
        session.add(
            Cell(
                version_id=version.id,
                code=code,
                grid_code=f"{STREET}-{grid + 1:02}",
                area_m2=area_m2(shape),
                perimeter_m=perimeter_m(shape),
                begins=date(2001, 1, 1),
                shape=f"SRID=4490;{shapely.to_wkt(shape, rounding_precision=-1)}",
            )
        )
    session.flush()


def points(count: int, seed: int = 1) -> Any:
    """Return points in the park, shape (count, 2)."""
    return np.random.default_rng(seed).uniform((WEST, SOUTH), (EAST, NORTH), (count, 2))


def fill(session: Session) -> None:
    """Add the cases of three years with their grams; the last of them are open."""
    version, cells = _cells(session)
    last = session.scalar(sa.select(sa.func.coalesce(sa.func.max(Case.id), 0))) or 0
    draw = random.Random(1)
    where, now = points(CASES).tolist(), datetime.now(UTC)
    for start in range(0, CASES, BATCH):
        rows = [
            _case(last + 1 + n, n, LonLat(*where[n]), draw.choice(cells), version, draw, now)
            for n in range(start, min(start + BATCH, CASES))
        ]
        session.execute(sa.insert(Case.__table__), rows)
        grams.write(session, [Case(**row) for row in rows])
    if dialect_of(session) == "postgresql":
        # No event gets a case's id, so that a captured statement shows which of the two is meant.
        for table, last_id in (("cases", last + CASES), ("events", 10 * CASES)):
            session.execute(sa.text(f"SELECT setval('{table}_id_seq', {last_id})"))


def _cells(session: Session) -> tuple[int, list[Any]]:
    version = session.scalar(sa.select(sa.func.max(MapVersion.id)))
    found = session.execute(
        sa.select(Cell.code, Cell.grid_code).where(Cell.version_id == version)
    ).all()
    return version or 0, list(found)


def _case(
    key: int, n: int, point: LonLat, cell: Any, version: int, draw: random.Random, now: datetime
) -> dict[str, Any]:
    minutes = 3 * 365 * 24 * 60 * (CASES - n) // CASES
    at = now - timedelta(minutes=minutes)
    is_open = n >= CASES * 0.98
    category = draw.choice(PLAIN)
    return {
        "id": key,
        "number": numbers.number(at.date(), n % 1000),
        "version": 1,
        "status": "handling" if is_open else "closed",
        "level": "grid",
        "round": 1,
        "kind": next(one[1] for one in CATEGORIES if one[0] == category),
        "category_code": category,
        "urgency": "normal",
        "channel": "web",
        "description": "".join(draw.sample(WORDS, 4)) + str(n),
        "address": f"望春路 {n % 500} 号",
        "point": point,
        "raw_x": point.lon,
        "raw_y": point.lat,
        "coord_type": "wgs84",
        "map_version_id": version,
        "cell_code": cell.code,
        "grid_code": cell.grid_code,
        "park_code": "park",
        "area_code": STREET,
        "flags": [],
        "confidential": False,
        "anonymous": False,
        "to_sample": False,
        "unit_code": "property",
        "lead_unit_code": "property",
        "final": False,
        "reported_at": at,
        "updated_at": at,
        "closed_at": None if is_open else at + timedelta(days=2),
    }


def environment(engine: Engine, folder: Path) -> dict[str, str]:
    """Return the settings under which GridGov serves a database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDGOV_")}
    return kept | {
        "PYTHONPATH": str(ROOT),  # this tree, wherever a process of its own is started
        "GRIDGOV_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "GRIDGOV_SECRET_KEY": "a secret of the benches",
        "GRIDGOV_FILES": str(folder / "files"),
        "GRIDGOV_RATE_LIMITS": "off",
    }
