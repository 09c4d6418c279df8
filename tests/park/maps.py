"""Maps for the tests: the demonstration's, and small ones drawn here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy.orm import Session

from geo.coverage import CellRow
from gridgov.epochs import bump
from gridgov.park.import_map import import_map
from gridgov.park.read_map import MapPlan, read_plan
from gridgov.park.tables import Grid, MapVersion, Park
from gridgov.settings import ROOT

DEMO = ROOT / "config" / "demo"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = date(2026, 11, 22)
WEST, SOUTH, STEP = 121.49, 29.88, 0.001


def demo_plan() -> MapPlan:
    """The demonstration's map."""
    return read_plan(DEMO / "cells.geojson", boundary=str(DEMO / "boundary.geojson"))


def squares(
    columns: int,
    rows: int,
    *,
    west: float = WEST,
    south: float = SOUTH,
    community: str = "330203008001",
) -> MapPlan:
    """A chessboard of cells; all in grid `a`, or `b` from the second column on."""
    cells = []
    for row in range(rows):
        for column in range(columns):
            x, y = west + column * STEP, south + (rows - 1 - row) * STEP
            shape = shapely.set_precision(shapely.box(x, y, x + STEP, y + STEP), 1e-9)
            code = f"{community}{row * columns + column + 1:03}"
            cells.append(CellRow(code, shape, "a" if column == 0 else "b"))
    return MapPlan(tuple(cells), shapely.union_all([cell.geometry for cell in cells]))


def add_park(
    session: Session, code: str = "park", grids: str = "ab", street: str = "330203008"
) -> None:
    """A park with grids of one letter each."""
    session.add(Park(code=code, name=code, street_code=street, time_zone="Asia/Shanghai"))
    session.flush()
    session.add_all(Grid(code=g, park_code=code, name=g, kind="dedicated") for g in grids)
    session.flush()
    bump(session, "map")


def add_map(
    session: Session, plan: MapPlan, park: str = "park", active_from: date = date(2026, 1, 1)
) -> MapVersion:
    """Import a map."""
    return import_map(session, park, plan, active_from, NOW, "test")


def add_demo(session: Session) -> MapPlan:
    """The demonstration's park, grids and map."""
    plan = demo_plan()
    add_park(session, "demo", "")
    codes = sorted({cell.grid or "" for cell in plan.cells})
    session.add_all(Grid(code=g, park_code="demo", name=g, kind="dedicated") for g in codes)
    session.flush()
    add_map(session, plan, "demo")
    return plan


def brute(plan: MapPlan, lon: float, lat: float) -> str | None:
    """The lowest code of the cells that hold a point, by asking each of them."""
    point = shapely.Point(lon, lat)
    holding = [cell.code for cell in plan.cells if shapely.intersects(cell.geometry, point)]
    return min(holding, default=None)


def replaced(plan: MapPlan, cells: Any) -> MapPlan:
    """The same map with other cells."""
    return MapPlan(tuple(cells), plan.boundary)


def write_geojson(path: Path, plan: MapPlan) -> Path:
    """The cells as a file."""
    from geo.files import write_layer

    write_layer(
        path,
        [cell.geometry for cell in plan.cells],
        {"code": [c.code for c in plan.cells], "grid": [c.grid for c in plan.cells]},
    )
    return path
