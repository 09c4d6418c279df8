"""What cases stand on: the park, and a map made of the data's own square where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from shapely.geometry import Polygon
from sqlalchemy.orm import Session

from geo.coverage import CellRow
from geo.datum import to_cgcs2000
from geo.measure import area_m2, bbox_around
from geo.partition import MAX_SEQUENCE, Progress, cell_codes, partition
from gridgov.epochs import bump
from gridgov.park.cluster import cluster
from gridgov.park.import_map import import_map
from gridgov.park.read_map import MapPlan
from gridgov.park.tables import Area, Grid, MapVersion, Park
from gridgov.replay.mapping import MapMade, Mapping
from gridgov.replay.plan import Row
from gridgov.replay.refusals import ParkNotDescribed

SMALLEST_M = 200.0  # half a side
# Pieces come out between half a target and one and a half: so many targets never pass 999 cells.
MOST_TARGETS = MAX_SEQUENCE // 2
ALWAYS_NEAR = 0.05  # degrees
FloatArray = np.ndarray[Any, np.dtype[np.float64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


def prepare(
    session: Session,
    mapping: Mapping,
    rows: Sequence[Row],
    now: datetime,
    source: str,
    progress: Progress | None = None,
) -> None:
    """Make the park and its map where they are not there yet.

    Raises ParkNotDescribed, and what a map can be refused for.
    """
    park = session.get(Park, mapping.park.code) or _make_park(session, mapping)
    has_map = sa.select(MapVersion.id).where(MapVersion.park_code == park.code).limit(1)
    if mapping.map is None or session.scalar(has_map) is not None:
        return
    square = mapping.map.square or _square_of(mapping, rows)
    if square is None:
        return
    _make_map(session, mapping.map, park, shapely.box(*square), _first_day(mapping, rows, now),
              now, source, progress)  # fmt: skip


def _make_park(session: Session, mapping: Mapping) -> Park:
    given = mapping.park
    if not (given.name and given.street):
        raise ParkNotDescribed(park=given.code)
    known = set(session.scalars(sa.select(Area.code)))
    areas = {given.street: given.name} | given.areas
    session.add_all(Area(code=c, name=n) for c, n in sorted(areas.items()) if c not in known)
    park = Park(
        code=given.code,
        name=given.name,
        street_code=given.street,
        time_zone=mapping.times.zone,
    )
    session.add(park)
    session.flush()
    bump(session, "map", "people")
    return park


def _first_day(mapping: Mapping, rows: Sequence[Row], now: datetime) -> date:
    first = min((row.opened for row in rows), default=now)
    return first.astimezone(mapping.zone).date()


def _square_of(mapping: Mapping, rows: Sequence[Row]) -> tuple[float, ...] | None:
    """Return the square around the data, wild outliers aside: west, south, east, north."""
    if mapping.map is None or mapping.place is None:
        return None
    pairs = [(row.lon, row.lat) for row in rows if row.lon is not None and row.lat is not None]
    if not pairs:
        return None
    lon, lat = np.array(pairs, dtype=float).T
    x, y = to_cgcs2000(lon, lat, mapping.place.coord_type)
    for axis in (0, 1):
        near = _near((x, y)[axis])
        x, y = x[near], y[near]
    middle = (float(x.min() + x.max()) / 2, float(np.clip((y.min() + y.max()) / 2, -80.0, 80.0)))
    unit = bbox_around(*middle, 1000.0)
    half_km = max(float(np.ptp(x)) / (unit[2] - unit[0]), float(np.ptp(y)) / (unit[3] - unit[1]))
    half_m = max(SMALLEST_M, half_km * 1000.0 + mapping.map.margin_m)
    west, south, east, north = bbox_around(*middle, half_m)
    return max(west, -180.0), max(south, -85.0), min(east, 180.0), min(north, 85.0)


def _near(values: FloatArray) -> BoolArray:
    """Tell of each value whether it belongs to the body of them, without which the map is better.

    From the middle outwards, a gap wider than all that lies before it ends the body: a city thins
    out, but a coordinate that was mistyped stands alone.
    """
    middle = float(np.sort(values)[len(values) // 2])
    away = np.abs(values - middle)
    near: BoolArray = np.zeros(len(values), dtype=bool)
    for side in (values >= middle, values <= middle):
        reach = np.sort(away[side])
        allowed = np.maximum(reach, ALWAYS_NEAR)
        gaps = np.flatnonzero(np.diff(reach) > allowed[:-1])
        end = reach[gaps[0]] if len(gaps) else np.inf
        near |= side & (away <= end)
    return near


def _make_map(
    session: Session,
    given: MapMade,
    park: Park,
    square: Polygon,
    day: date,
    now: datetime,
    source: str,
    progress: Progress | None,
) -> None:
    # A large city gets large cells: a community has no more than 999 of them.
    target = max(given.target_m2, area_m2(square) / MOST_TARGETS)
    cells = partition(square, target_m2=target, progress=progress)
    codes = cell_codes(cells, given.community)
    grids = cluster(cells, min(given.grids, len(cells)))
    names = [f"{park.code[:28]}-{n + 1:03d}" for n in range(max(grids) + 1)]
    known = set(session.scalars(sa.select(Grid.code)))
    session.add_all(
        Grid(code=name, park_code=park.code, name=name, kind="general")
        for name in names
        if name not in known
    )
    session.flush()
    rows = (
        CellRow(code, cell, names[n]) for code, cell, n in zip(codes, cells, grids, strict=True)
    )
    import_map(session, park.code, MapPlan(tuple(rows), square), day, now, source)
    bump(session, "people")
