"""Which cell a point lies in: one index, built once, the same answer for one point and for many.

The map's box is divided into square buckets. A bucket that no cell's edge runs through lies in one
cell or in none, which a table knows; for the other buckets the few cells near are asked exactly
(GEOS "intersects", edges and corners included). Coordinates are CGCS2000 degrees.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geo.buckets import Buckets
from geo.errors import BadCells, DuplicateCode, NotFinite, NotPolygon

IntArray = np.ndarray[Any, np.dtype[np.int64]]


class CellIndex:
    """An immutable index over cells; `codes` are sorted, and positions refer to them.

    `codes` and `polygons` are of one length, in any order; cells may touch, and may even overlap.
    Raises BadCells where the lengths differ, DuplicateCode, NotPolygon where a geometry is not a
    valid polygon.
    """

    __slots__ = ("_buckets", "_polygons", "codes")

    codes: tuple[str, ...]

    def __init__(self, codes: Sequence[str], polygons: Sequence[Polygon | MultiPolygon]) -> None:
        if len(codes) != len(polygons):
            raise BadCells(codes=len(codes), polygons=len(polygons))
        # A point on a shared edge goes to the lower code, so two members never both own one
        # pothole. Sorted by code, that is the lowest position.
        order = sorted(range(len(codes)), key=lambda i: codes[i])
        self.codes = tuple(codes[i] for i in order)
        for one, next_one in zip(self.codes, self.codes[1:], strict=False):
            if one == next_one:
                raise DuplicateCode(code=one)
        # Prepared below, and preparing changes a geometry in place: the caller's stay untouched.
        cells = np.empty(len(order), dtype=object)
        cells[:] = [polygons[i] for i in order]
        _check(self.codes, cells)
        cells = shapely.transform(cells, lambda xy: xy)
        shapely.prepare(cells)
        cells.flags.writeable = False
        self._polygons = cells
        self._buckets = Buckets(cells)

    def __len__(self) -> int:
        return len(self.codes)

    def locate(self, lon: float, lat: float) -> str | None:
        """The code of the cell that holds the point, the lowest on a shared edge; None outside.

        Raises NotFinite.
        """
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise NotFinite(lon=lon, lat=lat)
        only, several = self._buckets.one(lon, lat)
        if only >= 0:
            return self.codes[only]
        for i in several:
            if shapely.intersects_xy(self._polygons[i], lon, lat):
                return self.codes[i]
        return None

    def locate_many(self, lons: Any, lats: Any) -> IntArray:
        """Positions in `codes`, shape (n,), of n points (degrees, two arrays); -1 outside.

        The same answers as `locate`. Raises NotFinite.
        """
        x = np.ascontiguousarray(lons, dtype=np.float64)
        y = np.ascontiguousarray(lats, dtype=np.float64)
        finite = np.isfinite(x) & np.isfinite(y)
        if not finite.all():
            first = int(np.flatnonzero(~finite)[0])
            raise NotFinite(lon=float(x[first]), lat=float(y[first]))
        found: IntArray
        found, asked, start, stop = self._buckets.many(x, y)
        while len(asked):
            hit = shapely.intersects_xy(
                self._polygons[self._buckets.candidates[start]], x[asked], y[asked]
            )
            found[asked[hit]] = self._buckets.candidates[start[hit]]
            start = start + 1
            left = ~hit & (start < stop)
            asked, start, stop = asked[left], start[left], stop[left]
        return found

    def is_swapped(self, lon: float, lat: float) -> bool:
        """True where the point lies outside and (lat, lon) would lie inside. Raises NotFinite."""
        return self.locate(lon, lat) is None and self.locate(lat, lon) is not None


def _check(codes: Sequence[str], cells: Any) -> None:
    kind = shapely.get_type_id(cells)
    good = ((kind == 3) | (kind == 6)) & shapely.is_valid(cells) & ~shapely.is_empty(cells)
    if not good.all():
        raise NotPolygon(code=codes[int(np.flatnonzero(~good)[0])])
