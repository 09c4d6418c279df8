"""Coordinate reference systems by their addresses, and the order of their axes. Pure.

Ours are degrees of CGCS2000, longitude first, taken as equal to WGS 84. EPSG's 4490, 4326, 4549
and 4550 have latitude or northing first, and so they come in and go out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely

from geo.datum import CGCS2000
from gridgov.ogc.refusals import SystemUnknown

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
STORED = _EPSG + "4490"
SYSTEMS = (CRS84, *(f"{_EPSG}{code}" for code in (4490, 4326, 3857, 4549, 4550)))
DEGREES, METRES = 9, 4  # decimals: about 0.1 mm
STEPS = 64  # an edge of a projected box is no straight line in degrees


@dataclass(frozen=True)
class System:
    """A system by its address."""

    uri: str

    @property
    def name(self) -> str:
        """Its short name, such as EPSG:4549."""
        return "CRS84" if self.uri == CRS84 else f"EPSG:{self.uri.rpartition('/')[2]}"

    @property
    def _crs(self) -> Any:
        return None if self.uri == CRS84 else _crs(self.name)

    @property
    def swapped(self) -> bool:
        """Tell whether latitude or northing comes first."""
        return self._crs is not None and self._crs.axis_info[0].direction == "north"

    @property
    def projected(self) -> bool:
        """Tell whether it counts in metres."""
        return self._crs is not None and bool(self._crs.is_projected)

    def out(self, shape: Any) -> Any:
        """Bring a shape in our degrees to this system and the order of its axes, rounded."""
        decimals = METRES if self.projected else DEGREES
        way = _out(self.name) if self.projected else None

        def brought(xy: Any) -> Any:
            if way:
                xy = np.column_stack(way.transform(xy[:, 0], xy[:, 1]))
            return np.round(xy[:, ::-1] if self.swapped else xy, decimals)

        return shapely.transform(shape, brought)

    def into(self, shape: Any) -> Any:
        """Bring a shape of this system to our degrees."""
        way = _out(self.name) if self.projected else None

        def brought(xy: Any) -> Any:
            xy = xy[:, ::-1] if self.swapped else xy
            return (
                np.column_stack(way.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
                if way
                else xy
            )

        return shapely.transform(shape, brought)

    def box(self, edges: tuple[float, float, float, float]) -> Any:
        """Bring a box of this system, in the order of its axes, to a shape in our degrees."""
        box = shapely.box(*edges)
        if self.projected:
            longest = max(edges[2] - edges[0], edges[3] - edges[1]) / STEPS
            box = shapely.segmentize(box, longest) if longest else box
        return self.into(box)


def read(uri: str | None, name: str) -> System:
    """Return a system by its address; without one, CRS84. Raises SystemUnknown."""
    if uri is None:
        return System(CRS84)
    if uri.strip("[]<>") not in SYSTEMS:
        raise SystemUnknown(field=name, name=name)
    return System(uri.strip("[]<>"))


@lru_cache(maxsize=16)
def _crs(name: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(name)


@lru_cache(maxsize=16)
def _out(name: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(CGCS2000, name, always_xy=True)
