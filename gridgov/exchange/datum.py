"""What the coordinates of a file are measured in, and how ours are brought to it. Pure.

Ours are longitude and latitude in CGCS2000 (EPSG:4490), taken as equal to WGS 84.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geo.datum import CGCS2000, CoordType, from_cgcs2000
from gridgov.exchange.refusals import DatumUnknown

WGS84 = "EPSG:4326"
_SHIFTED = {CoordType.GCJ02: "GCJ-02", CoordType.BD09: "BD-09"}
_EPSG = re.compile(r"(?:EPSG:)?(\d{4,6})", re.IGNORECASE)
ELSE = "*"


@dataclass(frozen=True)
class Datum:
    """`name` as file names have it; `crs` as files say it, None where no CRS can say it."""

    name: str
    crs: str | None
    shift: CoordType | None = None

    @property
    def degrees(self) -> bool:
        """Tell whether coordinates are longitude and latitude."""
        return self.crs is None or bool(_crs(self.crs).is_geographic)

    @property
    def said(self) -> str:
        """Say it as a description in a file has it."""
        return _SHIFTED[self.shift] if self.shift else f"{self.crs} {_crs(self.crs).name}"

    def points(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Bring points to it, longitude or easting first; NaN stays NaN."""
        if self.shift:
            known = np.isfinite(lon)
            x, y = np.full_like(lon, np.nan), np.full_like(lat, np.nan)
            x[known], y[known] = from_cgcs2000(lon[known], lat[known], self.shift)
            return x, y
        way = _way(str(self.crs))
        if way is None:
            return lon, lat
        x, y = way.transform(lon, lat)
        return np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)

    def shapes(self, shapes: Any) -> Any:
        """Bring shapes to it, vertex by vertex: neighbours keep the vertices that they share."""
        return shapely.transform(shapes, lambda xy: np.column_stack(self.points(*xy.T)))


def read_datum(text: str, zone: str) -> Datum:
    """Read what somebody asked for; `gk` is the Gauss-Krüger zone given. Raises DatumUnknown."""
    name = text.strip().lower()
    if name in ("wgs84", "cgcs2000"):
        return Datum(name, WGS84 if name == "wgs84" else CGCS2000)
    if name in ("gcj02", "bd09"):
        return Datum(name, None, CoordType(name))
    found = _EPSG.fullmatch(zone if name == "gk" else name)
    if found is None:
        raise DatumUnknown(field="datum")
    try:
        crs = _crs(f"EPSG:{found[1]}")
    except CRSError as error:
        raise DatumUnknown(field="datum") from error
    if not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != 2:
        raise DatumUnknown(field="datum")
    return Datum(f"epsg{found[1]}", f"EPSG:{found[1]}")


def zone_of(park: str, settings: Sequence[str]) -> str:
    """Return a park's Gauss-Krüger zone; the settings say PARK=EPSG:CODE, * for all others."""
    zones = dict(part.split("=", 1) for part in settings if "=" in part)
    return zones.get(park) or zones.get(ELSE, "")


@lru_cache(maxsize=64)
def _crs(code: str | None) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(code)


@lru_cache(maxsize=64)
def _way(crs: str) -> pyproj.Transformer | None:
    if crs in (CGCS2000, WGS84):
        return None
    return pyproj.Transformer.from_crs(CGCS2000, crs, always_xy=True)
