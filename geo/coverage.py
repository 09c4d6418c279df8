"""Is a map of cells a map? Everything wrong with it, each with its place and size.

Coordinates are CGCS2000 degrees, areas ellipsoidal m². Noise is no finding: a gap, an overlap or
an overhang counts from 0.01 m² and 1 mm of mean width on. That is more than rounding leaves behind
(1e-9 degrees, 0.1 mm, on an edge of 100 m) and less than any survey means.
"""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.datum import CoordType, transform_geometry
from geo.errors import BadBoundary
from geo.measure import area_m2, areas_m2, perimeter_m

NOISE_M2 = 0.01
NOISE_WIDTH_M = 0.001
SLIVER_SHARE = 0.05  # of the median cell
SLIVER_WIDTH_M = 2.0
_CODE = re.compile(r"[0-9]{15}")


class Kind(StrEnum):
    """What can be wrong with a map of cells."""

    GAP = "gap"
    OVERLAP = "overlap"
    OUTSIDE_BOUNDARY = "outside_boundary"
    SLIVER = "sliver"
    INVALID_RING = "invalid_ring"
    NOT_POLYGON = "not_polygon"
    DUPLICATE_CODE = "duplicate_code"
    MALFORMED_CODE = "malformed_code"
    NO_GRID = "no_grid"


@dataclass(frozen=True)
class CellRow:
    """A cell as it came: its code, its geometry (degrees; None where missing) and its grid."""

    code: str
    geometry: BaseGeometry | None
    grid: str | None


@dataclass(frozen=True)
class Finding:
    """One thing wrong: with which cells, how large, where. A fatal one refuses the map.

    `geometry` is the very piece (a gap, an overlap) or the cell, in degrees; None where there is
    none. `reason` is GEOS's own words about an invalid ring.
    """

    kind: Kind
    codes: tuple[str, ...]
    area_m2: float | None
    geometry: BaseGeometry | None
    fatal: bool = True
    reason: str = ""

    @property
    def place(self) -> tuple[float, float] | None:
        """Longitude and latitude of a point of it, or None."""
        if self.geometry is None or self.geometry.is_empty:
            return None
        point = shapely.point_on_surface(self.geometry)
        if point.is_empty or not (math.isfinite(point.x) and math.isfinite(point.y)):
            return None
        return float(point.x), float(point.y)


def check_map(cells: Sequence[CellRow], boundary: Polygon | MultiPolygon) -> list[Finding]:
    """Everything wrong with `cells` as a partition of `boundary`; empty where nothing is.

    A sliver (a cell under 5 % of the median one, or under 2 m of mean width) is only a warning;
    every other finding is fatal. Raises BadBoundary.
    """
    if boundary is None or boundary.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadBoundary(reason=getattr(boundary, "geom_type", "None"))
    if boundary.is_empty or not boundary.is_valid:
        raise BadBoundary(reason=shapely.is_valid_reason(boundary))
    findings = _codes(cells) + _grids(cells)
    usable: list[tuple[str, Any]] = []
    for cell in cells:
        wrong, shape = _shape(cell)
        findings += wrong
        if shape is not None:
            usable.append((cell.code, shape))
    codes = [code for code, _ in usable]
    shapes = np.empty(len(usable), dtype=object)
    shapes[:] = [shape for _, shape in usable]
    findings += _slivers(codes, shapes)
    tiled = len(shapes) > 0 and bool(shapely.coverage_is_valid(shapes))
    if not tiled:
        findings += _overlaps(codes, shapes)
    findings += _outside(codes, shapes, boundary)
    findings += _gaps(codes, shapes, boundary, tiled)
    return findings


def looks_shifted(cells: Sequence[CellRow], boundary: Polygon | MultiPolygon) -> CoordType | None:
    """The datum that the cells seem to be in, where taking it for CGCS2000 is the mistake.

    Compares how much the cells' union and the boundary disagree, as they are and after undoing
    GCJ-02 or BD-09. None where they agree as they are, or nothing helps.
    """
    shapes = [shape for _, shape in (_shape(cell) for cell in cells) if shape is not None]
    if not shapes:
        return None
    union = shapely.union_all(shapes)
    before = _disagreement(union, boundary)
    best, after = None, before
    for kind in (CoordType.GCJ02, CoordType.BD09):
        moved = _disagreement(shapely.make_valid(transform_geometry(union, None, kind)), boundary)
        if moved < after:
            best, after = kind, moved
    # Undoing a real shift removes nearly all of it; 0.2 % is 2 m on a park of 2 km.
    return best if before > 0.002 and after < before / 4.0 else None


def _disagreement(union: Any, boundary: Any) -> float:
    return float(union.symmetric_difference(boundary).area / boundary.area)


def _codes(cells: Sequence[CellRow]) -> list[Finding]:
    findings = []
    by_code: dict[str, list[Any]] = defaultdict(list)
    for cell in cells:
        by_code[cell.code].append(cell.geometry)
        if not _CODE.fullmatch(cell.code):
            findings.append(
                Finding(Kind.MALFORMED_CODE, (cell.code,), _area(cell.geometry), cell.geometry)
            )
    for code, shapes in by_code.items():
        if len(shapes) > 1:
            present = [shape for shape in shapes if shape is not None]
            where = shapely.geometrycollections(present) if present else None
            findings.append(Finding(Kind.DUPLICATE_CODE, (code,) * len(shapes), None, where))
    return findings


def _grids(cells: Sequence[CellRow]) -> list[Finding]:
    return [
        Finding(Kind.NO_GRID, (cell.code,), _area(cell.geometry), cell.geometry)
        for cell in cells
        if not (cell.grid or "").strip()
    ]


def _area(geometry: Any) -> float | None:
    if geometry is None or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    area = area_m2(geometry)
    return area if math.isfinite(area) else None


def _shape(cell: CellRow) -> tuple[list[Finding], Any]:
    """What is wrong with one cell's geometry, and what of it can still be laid on the map."""
    shape = cell.geometry
    if shape is not None and shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return [Finding(Kind.NOT_POLYGON, (cell.code,), None, shape)], None
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return [Finding(Kind.INVALID_RING, (cell.code,), None, None, reason="not finite")], None
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        mended = shapely.union_all(
            [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.area > 0]
        )
        found = Finding(Kind.INVALID_RING, (cell.code,), _area(mended), shape, reason=reason)
        return [found], None if mended.is_empty else mended
    if shape.geom_type == "MultiPolygon":
        return [Finding(Kind.NOT_POLYGON, (cell.code,), area_m2(shape), shape)], shape
    return [], shape


def _slivers(codes: Sequence[str], shapes: Any) -> list[Finding]:
    if len(shapes) == 0:
        return []
    areas = areas_m2(shapes)
    smallest = float(np.median(areas)) * SLIVER_SHARE
    findings = []
    for code, shape, area in zip(codes, shapes, areas.tolist(), strict=True):
        if area < smallest or _width(shape, area) < SLIVER_WIDTH_M:
            findings.append(Finding(Kind.SLIVER, (code,), area, shape, fatal=False))
    return findings


def _width(shape: Any, area: float) -> float:
    """The width in metres of a strip with this area and perimeter."""
    perimeter = perimeter_m(shape)
    return 2.0 * area / perimeter if perimeter else 0.0


def _pieces(geometry: Any) -> list[tuple[Any, float]]:
    """The polygons in `geometry` that are more than noise, each with its m²."""
    parts = [p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon" and p.area > 0]
    return [
        (part, area)
        for part, area in ((part, area_m2(part)) for part in parts)
        if area >= NOISE_M2 and _width(part, area) >= NOISE_WIDTH_M
    ]


def _overlaps(codes: Sequence[str], shapes: Any) -> list[Finding]:
    if len(shapes) == 0:
        return []
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < two
    one, two = one[once], two[once]
    common = shapely.intersection(shapes[one], shapes[two])
    findings = []
    for k in np.flatnonzero(shapely.area(common) > 0).tolist():
        pair = tuple(sorted((codes[one[k]], codes[two[k]])))
        for piece, area in _pieces(common[k]):
            findings.append(Finding(Kind.OVERLAP, pair, area, piece))
    return findings


def _outside(codes: Sequence[str], shapes: Any, boundary: Any) -> list[Finding]:
    if len(shapes) == 0:
        return []
    shapely.prepare(boundary)
    findings = []
    for i in np.flatnonzero(~shapely.covers(boundary, shapes)).tolist():
        for piece, area in _pieces(shapely.difference(shapes[i], boundary)):
            findings.append(Finding(Kind.OUTSIDE_BOUNDARY, (codes[i],), area, piece))
    return findings


def _gaps(codes: Sequence[str], shapes: Any, boundary: Any, tiled: bool) -> list[Finding]:
    """The uncovered pieces, each with the codes of the cells around it."""
    union = shapely.coverage_union_all(shapes) if tiled else shapely.union_all(shapes)
    tree = shapely.STRtree(shapes)
    findings = []
    for piece, area in _pieces(shapely.difference(boundary, union)):
        around = sorted(codes[i] for i in tree.query(piece, predicate="intersects"))
        findings.append(Finding(Kind.GAP, tuple(around), area, piece))
    return findings
