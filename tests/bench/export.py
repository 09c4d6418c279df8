"""Exporting a million cases, against ogr2ogr reading the same columns straight from PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.database import transaction
from gridgov.settings import ROOT
from tests.bench.figures import Figure, alternate, medians, ratio, say
from tests.bench.ground import EAST, NORTH, SOUTH, WEST, Ground, make_park
from tests.support.databases import opened
from tests.support.town import STREET, build

ROWS = 1_000_000
ROUNDS = 1
FORMATS = {
    "gpkg": ("GPKG", []),
    "geojson": ("GeoJSON", ["-lco", "RFC7946=YES", "-lco", "COORDINATE_PRECISION=9"]),
    "fgb": ("FlatGeobuf", ["-lco", "SPATIAL_INDEX=YES"]),
    "csv": ("CSV", ["-lco", "GEOMETRY=AS_XY"]),
}
_NAMES = """number version status level round kind category_code urgency channel description summary
  address outcome result point map_version_id cell_code grid_code park_code area_code flags
  confidential anonymous to_sample unit_code final reported_at updated_at closed_at"""
_FILL = f"""
INSERT INTO cases ({", ".join(_NAMES.split())})
SELECT lpad(n::text, 12, '0'), 1, CASE WHEN n % 50 = 0 THEN 'handling' ELSE 'closed' END, 'grid',
  1, c.kind, c.code, 'normal', 'web', '路灯不亮,望春路 ' || n || ' 号门口已有三天', NULL,
  '望春路 ' || n % 500 || ' 号', 'solved', '已修复',
  ST_SetSRID(ST_MakePoint(:west + random() * (:east - :west),
                          :south + random() * (:north - :south)), 4490),
  cell.version_id, cell.code, cell.grid_code, 'park', '{STREET}', '[]', false, false, false,
  'property', false, now() - n * interval '1 minute', now() - n * interval '1 minute',
  now() - n * interval '30 seconds'
FROM generate_series(1, :rows) AS n
JOIN (SELECT code, kind, row_number() OVER (ORDER BY code) - 1 AS i FROM categories
      WHERE kind IN ('component', 'matter', 'resident')) AS c ON c.i = n % 5
JOIN (SELECT code, grid_code, version_id, row_number() OVER (ORDER BY code) - 1 AS i FROM cells
      WHERE version_id = (SELECT max(id) FROM map_versions)) AS cell ON cell.i = n % 300
"""
_INDEXES = """
SELECT indexname FROM pg_indexes WHERE tablename = 'cases'
  AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
_SAME = """
SELECT number, status, category_code AS category, categories.name AS category_name, cases.kind,
  cases.urgency, channel, external_ref, coalesce(summary, description) AS text, outcome, result,
  address, cell_code AS cell, grid_code AS grid, grids.name AS grid_name, cases.unit_code AS unit,
  units.name AS unit_name, round, reported_at, filed_at, closed_at, updated_at, point
FROM cases LEFT JOIN categories ON categories.code = category_code
  LEFT JOIN grids ON grids.code = grid_code LEFT JOIN units ON units.code = cases.unit_code
ORDER BY cases.id
"""


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    if not shutil.which("ogr2ogr"):
        sys.exit("ogr2ogr is missing: install Debian's gdal-bin.")
    with opened(ground.postgis, ground.postgis.copy()) as engine:
        say(f"export: {ROWS:,} cases on postgis")
        with transaction(engine) as session:
            build(session)
            make_park(session)
            fill(session, ROWS)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
            made.execute(sa.text("VACUUM ANALYZE cases"))
        return [_one(ground, engine, form) for form in FORMATS]


def fill(session: Session, rows: int, box: tuple[float, ...] = (WEST, SOUTH, EAST, NORTH)) -> None:
    """Add so many cases in a box; the database makes them itself, and then finds places only."""
    for name in session.scalars(sa.text(_INDEXES)).all():
        session.execute(sa.text(f"DROP INDEX {name}"))
    given = dict(zip(("west", "south", "east", "north"), box, strict=True))
    session.execute(sa.text(_FILL), given | {"rows": rows})
    session.execute(sa.text("CREATE INDEX ON cases USING gist (point)"))


def _one(ground: Ground, engine: Engine, form: str) -> Figure:
    peaks = []
    target = ground.folder / f"cases.{form}"

    def ours() -> float:
        target.unlink(missing_ok=True)
        url = engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "tests.bench.export_child", url, form]
        said = subprocess.run(
            [*command, str(target), "dispatcher"],
            capture_output=True, text=True, check=True, cwd=ROOT,
        ).stdout.split()  # fmt: skip
        assert int(said[0]) == ROWS
        peaks.append(float(said[2]))
        return float(said[1])

    def theirs() -> float:
        target.unlink(missing_ok=True)
        driver, options = FORMATS[form]
        url = engine.url
        source = f"PG:host={url.host} port={url.port} user={url.username} dbname={url.database}"
        began = perf_counter()
        subprocess.run(
            ["ogr2ogr", "-f", driver, str(target), source, "-nln", "cases", "-sql", _SAME,
             *options],
            check=True, capture_output=True, env=os.environ | {"PGPASSWORD": url.password or ""},
        )  # fmt: skip
        return perf_counter() - began

    rounds = alternate(ROUNDS, ours, theirs, name=f"export: seconds to {form}")
    seconds, peer = medians(rounds)
    target.unlink(missing_ok=True)
    return Figure(
        f"export 10⁶ cases to {form}, at most {max(peaks):.0f} MiB (wanted: 300)",
        f"{seconds:.1f} s",
        f"`ogr2ogr` from PostgreSQL: {peer:.1f} s",
        f"{ratio(rounds):.2f}",
        "≤ 1.5",
    )
