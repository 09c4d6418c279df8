"""Where a case lies: datum, cell, grid, and what is doubtful about it. Pure but for the map."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, pi, sqrt
from typing import NamedTuple

from geo.datum import CoordType, to_cgcs2000
from gridgov.database import LonLat
from gridgov.errors import BadInput
from gridgov.park.index import ActiveMap

OUTSIDE, UNPLACED, UNCERTAIN = "outside", "unplaced", "uncertain_place"


class NoMapYet(BadInput):
    """No park is set up here yet; load one with `gridgov load` first."""


class CoordinatesWrong(BadInput):
    """Longitude must lie within -180 and 180 degrees, latitude within -90 and 90."""


class CoordinatesSwapped(BadInput):
    """Longitude and latitude look swapped: exchanged, the point lies inside the map."""


class CoordTypeUnknown(BadInput):
    """coord_type must be wgs84, cgcs2000, gcj02 or bd09."""


class Location(NamedTuple):
    """A place as it came in: x and y are longitude and latitude in degrees of `coord_type`."""

    lon: float | None = None
    lat: float | None = None
    coord_type: str = "wgs84"
    accuracy_m: float | None = None
    address: str | None = None


@dataclass(frozen=True)
class Placed:
    """A place as it is stored; `point` is in CGCS2000."""

    location: Location
    point: LonLat | None
    cell: str | None
    grid: str | None
    park: str
    street: str
    version_id: int | None
    flags: tuple[str, ...]

    @property
    def columns(self) -> dict[str, object]:
        """What of it stands in the case's row, flags apart."""
        return {
            "address": self.location.address,
            "point": self.point,
            "raw_x": self.location.lon,
            "raw_y": self.location.lat,
            "coord_type": self.location.coord_type if self.point else None,
            "accuracy_m": self.location.accuracy_m,
            "map_version_id": self.version_id,
            "cell_code": self.cell,
            "grid_code": self.grid,
            "park_code": self.park,
            "area_code": self.street,
        }


def convert(location: Location) -> LonLat | None:
    """Return the point in CGCS2000, or None where there is none; raises Coord… errors."""
    lon, lat = location.lon, location.lat
    if lon is None or lat is None:
        return None
    if location.coord_type not in set(CoordType):
        raise CoordTypeUnknown(field="location.coord_type")
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 180):
        raise CoordinatesWrong(field="location")
    if abs(lat) > 90:
        return LonLat(lon, lat)  # only to see whether it was swapped
    return LonLat(*to_cgcs2000(lon, lat, location.coord_type))


def place(location: Location, active: ActiveMap, default_park: str = "") -> Placed:
    """Place a case on the map of its day.

    A point outside is never refused, unless exchanging its coordinates puts it inside; without a
    point the default park's street takes the case. `uncertain_place` says that the accuracy's
    circle is wider than a circle of the cell's area.
    """
    point = convert(location)
    park = active.park(default_park) or next(iter(active.parks.values()), None)
    if park is None:
        raise NoMapYet(field="location")
    if point is None:
        return Placed(location, None, None, None, park.code, park.street_code, None, (UNPLACED,))
    found = active.locate(*point) if abs(point.lat) <= 90 else None
    if found is None:
        _refuse_swapped(location, active)
        near = active.nearest_park(*point) or park
        return Placed(location, point, None, None, near.code, near.street_code, None, (OUTSIDE,))
    wide = (location.accuracy_m or 0.0) > sqrt(found.area_m2 / pi)
    street = active.parks[found.park].street_code
    flags = (UNCERTAIN,) if wide else ()
    return Placed(
        location, point, found.cell, found.grid, found.park, street, found.version_id, flags
    )


def _refuse_swapped(location: Location, active: ActiveMap) -> None:
    lon, lat = location.lon, location.lat
    if lon is None or lat is None:
        return
    if abs(lon) <= 90:
        other = to_cgcs2000(lat, lon, location.coord_type)
        if active.locate(*other) is not None:
            raise CoordinatesSwapped(field="location")
    if abs(lat) > 90:
        raise CoordinatesWrong(field="location.lat")
