"""The map in memory: one prepared index, as true as its stamp in `epochs`, in every process.

Points are longitude and latitude in degrees, CGCS2000 (EPSG:4490).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import cos, radians
from threading import Lock
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.locate import CellIndex
from gridgov.epochs import Snapshot
from gridgov.park.tables import Area, Cell, Grid, MapVersion, Park


class Located(NamedTuple):
    """Where a point lies: its cell, that cell's grid and park, and the version that says so."""

    cell: str
    grid: str
    park: str
    version_id: int
    area_m2: float


class AreaInfo(NamedTuple):
    """A district, street or community."""

    code: str
    name: str


class GridInfo(NamedTuple):
    """A grid; it keeps its code over all versions of the map."""

    code: str
    name: str
    park: str
    kind: str


@dataclass(frozen=True)
class ParkInfo:
    """A park, its street and its time zone."""

    code: str
    name: str
    street_code: str
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this park's days begin and end."""
        return ZoneInfo(self.time_zone)


class VersionInfo(NamedTuple):
    """A version of a park's map, without its cells."""

    id: int
    park: str
    active_from: date


class CellInfo(NamedTuple):
    """A cell as stored: ellipsoidal area in m², perimeter in m, polygon in degrees."""

    code: str
    grid: str
    area_m2: float
    perimeter_m: float
    landmark: str | None
    shape: Any


class VersionIndex:
    """The cells of one version, prepared for locating; never changed after it is made."""

    def __init__(self, info: VersionInfo, boundary: Any, cells: Sequence[CellInfo]) -> None:
        self.info = info
        self.boundary = boundary
        # Near enough to tell parks apart: degrees of longitude brought to those of latitude.
        self._narrow = cos(radians(shapely.bounds(boundary)[1]))
        self._flat = shapely.transform(boundary, lambda xy: xy * (self._narrow, 1.0))
        shapely.prepare(self._flat)
        self.cells = tuple(cells)
        self._index = CellIndex([cell.code for cell in cells], [cell.shape for cell in cells])
        self._located = {
            cell.code: Located(cell.code, cell.grid, info.park, info.id, cell.area_m2)
            for cell in cells
        }
        # In the index's order, with None behind: the place of position -1.
        self._by_position = np.empty(len(cells) + 1, dtype=object)
        for position, code in enumerate(self._index.codes):
            self._by_position[position] = self._located[code]

    @cached_property
    def inside(self) -> dict[str, Any]:
        """Return of each cell a point inside it, in degrees; drawn when first asked for."""
        points = shapely.point_on_surface([cell.shape for cell in self.cells]).tolist()
        return dict(zip((cell.code for cell in self.cells), points, strict=True))

    def locate(self, lon: float, lat: float) -> Located | None:
        """Return the cell that a point lies in, or None."""
        code = self._index.locate(lon, lat)
        return None if code is None else self._located[code]

    def away(self, lon: float, lat: float) -> float:
        """Return how far a point lies from the boundary, in degrees of latitude; 0 inside."""
        return float(shapely.distance(self._flat, shapely.Point(lon * self._narrow, lat)))

    def locate_many(self, lon: Any, lat: Any) -> list[Located | None]:
        """Locate n points at once; `lon` and `lat` have shape (n,)."""
        found: list[Located | None] = self._by_position[self._index.locate_many(lon, lat)].tolist()
        return found


@dataclass(frozen=True)
class ActiveMap:
    """The map of all parks as it stands on one day."""

    parks: Mapping[str, ParkInfo]
    grids: Mapping[str, GridInfo]
    versions: tuple[VersionIndex, ...]

    def park(self, code: str) -> ParkInfo | None:
        """Return the park of this code, or None."""
        return self.parks.get(code)

    def grid(self, code: str) -> GridInfo | None:
        """Return the grid of this code, or None."""
        return self.grids.get(code)

    def locate(self, lon: float, lat: float) -> Located | None:
        """Return where a point lies, or None outside all maps; on a shared edge the lower code."""
        found = [here for version in self.versions if (here := version.locate(lon, lat))]
        return min(found) if found else None

    def locate_many(self, lon: Any, lat: Any) -> list[Located | None]:
        """Locate n points at once; `lon` and `lat` have shape (n,)."""
        answers = [version.locate_many(lon, lat) for version in self.versions]
        if len(answers) == 1:
            return answers[0]
        if not answers:
            return [None] * len(lon)
        return [min(filter(None, found), default=None) for found in zip(*answers, strict=True)]

    def swapped(self, lon: float, lat: float) -> bool:
        """Tell whether a point lies outside, but inside once its coordinates are exchanged."""
        return self.locate(lon, lat) is None and self.locate(lat, lon) is not None

    def nearest_park(self, lon: float, lat: float) -> ParkInfo | None:
        """Return the park whose boundary is nearest to a point; None where no park has a map."""
        if not self.versions:
            return None
        nearest = min(self.versions, key=lambda one: (one.away(lon, lat), one.info.park))
        return self.parks[nearest.info.park]


@dataclass(frozen=True)
class _Kept:
    """What is kept in memory under one stamp; versions join it when they are first asked for."""

    areas: Mapping[str, AreaInfo]
    parks: Mapping[str, ParkInfo]
    grids: Mapping[str, GridInfo]
    versions: Mapping[str, Sequence[VersionInfo]]  # by park, oldest first
    built: dict[int, VersionIndex] = field(default_factory=dict)
    active: dict[tuple[int, ...], ActiveMap] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)


@dataclass(frozen=True)
class MapIndex:
    """All parks, grids, areas and versions; cells are read when a day first needs them."""

    _kept: _Kept
    _session: Session

    @property
    def areas(self) -> Mapping[str, AreaInfo]:
        """All areas by code."""
        return self._kept.areas

    @property
    def parks(self) -> Mapping[str, ParkInfo]:
        """All parks by code, in the order of their codes."""
        return self._kept.parks

    @property
    def grids(self) -> Mapping[str, GridInfo]:
        """All grids by code, in the order of their codes."""
        return self._kept.grids

    def versions(self, park: str) -> Sequence[VersionInfo]:
        """Return the versions of a park's map, the oldest first."""
        return self._kept.versions.get(park, ())

    def at(self, day: date) -> ActiveMap:
        """Return the map on a day: of each park the latest version active from then or before."""
        kept = self._kept
        chosen = []
        for versions in kept.versions.values():
            place = bisect_right(versions, day, key=lambda version: version.active_from)
            if place:
                chosen.append(versions[place - 1])
        key = tuple(version.id for version in chosen)
        found = kept.active.get(key)
        if found is None:
            built = tuple(self._built(version) for version in chosen)
            found = kept.active[key] = ActiveMap(kept.parks, kept.grids, built)
        return found

    def _built(self, version: VersionInfo) -> VersionIndex:
        with self._kept.lock:
            found = self._kept.built.get(version.id)
            if found is None:
                found = self._kept.built[version.id] = _read_version(self._session, version)
            return found


def maps(session: Session) -> MapIndex:
    """Return the map as this transaction sees it."""
    return MapIndex(_kept(session), session)


def _read(session: Session) -> _Kept:
    areas = session.execute(sa.select(Area.code, Area.name).order_by(Area.code))
    parks = session.execute(
        sa.select(Park.code, Park.name, Park.street_code, Park.time_zone).order_by(Park.code)
    )
    grids = session.execute(
        sa.select(Grid.code, Grid.name, Grid.park_code, Grid.kind).order_by(Grid.code)
    )
    versions: dict[str, list[VersionInfo]] = {}
    for row in session.execute(
        sa.select(MapVersion.id, MapVersion.park_code, MapVersion.active_from).order_by(
            MapVersion.park_code, MapVersion.active_from
        )
    ):
        versions.setdefault(row.park_code, []).append(VersionInfo(*row))
    return _Kept(
        {row.code: AreaInfo(*row) for row in areas},
        {row.code: ParkInfo(*row) for row in parks},
        {row.code: GridInfo(*row) for row in grids},
        versions,
    )


_kept = Snapshot("map", _read)


def _read_version(session: Session, version: VersionInfo) -> VersionIndex:
    boundary = session.execute(
        sa.select(sa.func.ST_AsBinary(MapVersion.boundary, type_=sa.LargeBinary)).where(
            MapVersion.id == version.id
        )
    ).scalar_one()
    rows = session.execute(
        sa.select(
            Cell.code,
            Cell.grid_code,
            Cell.area_m2,
            Cell.perimeter_m,
            Cell.landmark,
            sa.func.ST_AsBinary(Cell.shape, type_=sa.LargeBinary),
        )
        .where(Cell.version_id == version.id)
        .order_by(Cell.code)
    ).all()
    shapes = from_wkb(row[5] for row in rows)
    cells = [CellInfo(*row[:5], shape) for row, shape in zip(rows, shapes, strict=True)]
    return VersionIndex(version, shapely.from_wkb(bytes(boundary)), cells)


def from_wkb(raw: Iterable[Any]) -> Any:
    """Read many geometries at once: an array of shape (n,)."""
    return shapely.from_wkb(np.array([bytes(one) for one in raw], dtype=object))
