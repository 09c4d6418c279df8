"""Taking in a map: a new version of a park's cells, whole or not at all.

Moving open cases to a new version is `gridgov.cases`' affair; firms are located again by
`gridgov.loading.firms`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy.orm import Session

from geo.coverage import Finding, check_map, looks_shifted
from geo.datum import CoordType
from geo.measure import areas_m2, perimeter_m
from gridgov.database import SRID, Model
from gridgov.epochs import bump
from gridgov.errors import BadInput, Conflict, NotFound
from gridgov.park.index import from_wkb
from gridgov.park.read_map import Extra, MapPlan
from gridgov.park.tables import Cell, Grid, MapVersion, Park

Progress = Callable[[int, int], None]
BATCH = 5_000
NAMED = 8
CELLS = Model.metadata.tables[Cell.__tablename__]
DATUM_NAMES = {CoordType.GCJ02: "GCJ-02", CoordType.BD09: "BD-09"}


class MapRefused(BadInput):
    """The map holds %(count)s mistakes, so nothing of it was imported; list them with "gridgov map check"."""  # noqa: E501

    def __init__(self, findings: Sequence[Finding], **values: Any) -> None:
        self.findings = tuple(findings)
        super().__init__(count=sum(found.fatal for found in findings), **values)


class MapShifted(MapRefused):
    """The map looks like %(datum)s; import it with --coord-type %(coord_type)s."""


class MapNotDegrees(BadInput):
    """The map reaches %(lon)s, %(lat)s, which are not degrees: it is not in the system it says."""


class ParkUnknown(NotFound):
    """There is no park %(park)s; load it first, or name the right one with --park."""


class GridsUnknown(BadInput):
    """The map names grids that nobody has loaded for this park: %(grids)s."""


class MapNotNewer(Conflict):
    """Park %(park)s has a map active from %(newest)s; choose a later date with --active-from."""


class CellCodesTaken(Conflict):
    """The map of another park has cells with these codes: %(codes)s; every cell needs its own."""


def check(plan: MapPlan) -> list[Finding]:
    """Return everything wrong with a map, the fatal first; grids are looked at where it has any.

    Raises MapNotDegrees.
    """
    _refuse_metres(plan)
    findings = check_map(plan.cells, plan.boundary)
    if not plan.has_grids:
        findings = [found for found in findings if found.kind != "no_grid"]
    return sorted(findings, key=lambda found: not found.fatal)


def _refuse_metres(plan: MapPlan) -> None:
    shapes = np.array([plan.boundary, *(cell.geometry for cell in plan.cells)], dtype=object)
    west, south, east, north = shapely.bounds(shapes).T
    # A geometry without coordinates has NaN for bounds, and is told of elsewhere.
    wrong = (west < -180) | (east > 180) | (south < -90) | (north > 90)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        lon = west[first] if west[first] < -180 else east[first]
        lat = south[first] if south[first] < -90 else north[first]
        raise MapNotDegrees(lon=lon, lat=lat)


def shifted(plan: MapPlan) -> CoordType | None:
    """Return the datum in which the cells would fit their boundary, or None."""
    return looks_shifted(plan.cells, plan.boundary) if plan.boundary_given else None


def import_map(
    session: Session,
    park_code: str,
    plan: MapPlan,
    active_from: date,
    now: datetime,
    source: str,
    progress: Progress | None = None,
) -> MapVersion:
    """Add a version of a park's map, active from a date after that of its newest one.

    Raises ParkUnknown, MapNotNewer, MapShifted, MapRefused, GridsUnknown, CellCodesTaken.
    """
    newest = _newest(session, park_code)
    if newest and active_from <= newest.active_from:
        raise MapNotNewer(park=park_code, newest=newest.active_from)
    _refuse_mistakes(session, plan, newest)
    _refuse_unknown_grids(session, plan, park_code)
    _refuse_taken_codes(session, plan, park_code, active_from)
    version = MapVersion(
        park_code=park_code,
        active_from=active_from,
        imported_at=now,
        adopted_at=None,
        source=source[:300],
        boundary=_boundary(plan.boundary),
    )
    session.add(version)
    session.flush()
    begun = _begun(session, newest, plan, active_from)
    _insert(session, plan, version.id, active_from, begun, progress)
    bump(session, "map")
    return version


def _newest(session: Session, park_code: str) -> MapVersion | None:
    # Two imports at once wait for each other here.
    park = session.scalar(sa.select(Park).where(Park.code == park_code).with_for_update())
    if park is None:
        raise ParkUnknown(park=park_code)
    return session.scalar(
        sa.select(MapVersion)
        .where(MapVersion.park_code == park_code)
        .order_by(MapVersion.active_from.desc())
        .limit(1)
    )


def _refuse_mistakes(session: Session, plan: MapPlan, newest: MapVersion | None) -> None:
    findings = check(plan)
    datum = None
    if any(found.fatal for found in findings):
        datum = shifted(plan)
    elif not plan.boundary_given and newest:
        # Nothing but the map before this one can tell that all of it moved.
        datum = looks_shifted(plan.cells, _boundary_of(session, newest.id))
    if datum:
        raise MapShifted(findings, datum=DATUM_NAMES[datum], coord_type=datum)
    if any(found.fatal for found in findings):
        raise MapRefused(findings)


def _boundary_of(session: Session, version_id: int) -> Any:
    raw = sa.func.ST_AsBinary(MapVersion.boundary, type_=sa.LargeBinary)
    found = session.execute(sa.select(raw).where(MapVersion.id == version_id)).scalar_one()
    return shapely.from_wkb(bytes(found))


def _refuse_unknown_grids(session: Session, plan: MapPlan, park_code: str) -> None:
    known = set(session.scalars(sa.select(Grid.code).where(Grid.park_code == park_code)))
    if unknown := sorted({cell.grid for cell in plan.cells if cell.grid} - known):
        raise GridsUnknown(grids=_some(unknown))


def _refuse_taken_codes(session: Session, plan: MapPlan, park_code: str, active_from: date) -> None:
    """A code may not be used by another park's map that is active on or after a date."""
    versions = session.execute(
        sa.select(MapVersion.park_code, MapVersion.active_from, MapVersion.id)
        .where(MapVersion.park_code != park_code)
        .order_by(MapVersion.park_code, MapVersion.active_from)
    ).all()
    standing = [
        one.id
        for one, after in zip(versions, [*versions[1:], None], strict=False)
        if not (after and after.park_code == one.park_code and after.active_from <= active_from)
    ]
    codes = set(session.scalars(sa.select(Cell.code).where(Cell.version_id.in_(standing))))
    if taken := sorted(codes.intersection(cell.code for cell in plan.cells)):
        raise CellCodesTaken(codes=_some(taken))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def _boundary(shape: Polygon | MultiPolygon) -> str:
    many = shape if shape.geom_type == "MultiPolygon" else MultiPolygon([shape])
    return f"SRID={SRID};{shapely.to_wkt(shapely.force_2d(many), rounding_precision=-1)}"


def _begun(
    session: Session, newest: MapVersion | None, plan: MapPlan, active_from: date
) -> dict[str, date]:
    """Return since when the unchanged cells stand, and end those of the map before that go."""
    if newest is None:
        return {}
    rows = session.execute(
        sa.select(
            Cell.id, Cell.code, Cell.begins, sa.func.ST_AsBinary(Cell.shape, type_=sa.LargeBinary)
        ).where(Cell.version_id == newest.id)
    ).all()
    before = dict(zip((row.code for row in rows), from_wkb(row[3] for row in rows), strict=True))
    alike = {
        cell.code
        for cell in plan.cells
        if cell.code in before and shapely.equals(before[cell.code], cell.geometry)
    }
    over = [{"old": row.id} for row in rows if row.code not in alike]
    if over:
        ended = sa.update(CELLS).where(CELLS.c.id == sa.bindparam("old"))
        session.connection().execute(ended.values(ends=active_from), over)
    return {row.code: row.begins for row in rows if row.code in alike}


def _insert(
    session: Session,
    plan: MapPlan,
    version_id: int,
    active_from: date,
    begun: dict[str, date],
    progress: Progress | None,
) -> None:
    # As WKB, which both engines take at once; text would cost most of the time.
    shape = sa.func.ST_GeomFromWKB(sa.bindparam("wkb", type_=sa.LargeBinary), SRID)
    statement = sa.insert(CELLS).values(shape=shape)
    extras = plan.extras or (Extra(),) * len(plan.cells)
    pairs = list(zip(plan.cells, extras, strict=True))
    for start in range(0, len(pairs), BATCH):
        chunk = pairs[start : start + BATCH]
        shapes = [_polygon(cell.geometry) for cell, _ in chunk]
        rows = [
            {
                "version_id": version_id,
                "code": cell.code,
                "grid_code": cell.grid,
                "area_m2": area,
                "perimeter_m": perimeter_m(polygon),
                "begins": begun.get(cell.code, active_from),
                "ends": None,
                "standard_ref": extra.standard_ref,
                "landmark": extra.landmark,
                "wkb": wkb,
            }
            for (cell, extra), polygon, area, wkb in zip(
                chunk, shapes, areas_m2(shapes).tolist(), shapely.to_wkb(shapes), strict=True
            )
        ]
        session.connection().execute(statement, rows)
        if progress:
            progress(start + len(rows), len(pairs))


def _polygon(geometry: Any) -> Any:
    flat = shapely.force_2d(geometry)
    return flat.geoms[0] if flat.geom_type == "MultiPolygon" else flat
