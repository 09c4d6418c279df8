"""A map file becomes a plan: cells with their codes and grids, and the boundary they must fill.

Everything is brought to longitude and latitude in degrees, CGCS2000 (EPSG:4490).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon

from geo.coverage import CellRow
from geo.files import Layer, list_layers, read_layer
from gridgov.errors import BadInput

CELLS = "cells"
BOUNDARY = "boundary"
EXTRA = 100  # characters


class MapFieldMissing(BadInput):
    """%(path)s has no field %(name)s; it has %(names)s. Name the right one with --%(option)s."""


class BoundaryMissing(BadInput):
    """%(path)s holds no polygon that could be a boundary; name another with --boundary."""


@dataclass(frozen=True)
class Extra:
    """What a cell may carry besides: a landmark, and the clause of a standard it follows."""

    landmark: str | None = None
    standard_ref: str | None = None


@dataclass(frozen=True)
class MapPlan:
    """A map as it is to be: `extras` has one entry per cell, or none at all."""

    cells: tuple[CellRow, ...]
    boundary: Polygon | MultiPolygon
    boundary_given: bool = True
    has_grids: bool = True
    extras: tuple[Extra, ...] = ()


def read_plan(
    path: Path,
    *,
    layer: str | None = None,
    boundary: str | None = None,
    code_field: str = "code",
    grid_field: str = "grid",
    coord_type: str | None = None,
    boundary_coord_type: str | None = None,
    grids_needed: bool = True,
) -> MapPlan:
    """Read cells, and their boundary from another file or another layer of the same file.

    Without a boundary the cells' own outline stands for it, holes filled: a gap inside is still
    found, and a park that truly has a hole needs its boundary named. Raises MapFieldMissing,
    BoundaryMissing and GeoError.
    """
    layers = list_layers(path)
    found = read_layer(path, layer or _pick(layers, CELLS), coord_type=coord_type)
    codes = _column(found, code_field, path, "code-field")
    has_grids = grids_needed or grid_field in found.names
    grids = _column(found, grid_field, path, "grids") if has_grids else [None] * len(codes)
    rows = tuple(
        CellRow(code or "", shape, grid)
        for code, shape, grid in zip(codes, found.geometries, grids, strict=True)
    )
    if boundary is None and BOUNDARY in layers and found.name != BOUNDARY:
        boundary = BOUNDARY
    if boundary is None:
        return MapPlan(rows, outline(rows, path), False, has_grids, _extras(found))
    if boundary in layers:
        shape = read_layer(path, boundary, coord_type=coord_type)
    else:
        shape = read_layer(boundary, coord_type=boundary_coord_type)
    return MapPlan(rows, merged(shape, boundary), True, has_grids, _extras(found))


def merged(layer: Layer, path: object) -> Polygon | MultiPolygon:
    """Return a layer's polygons as one; raises BoundaryMissing."""
    return _polygonal([shape for shape in layer.geometries if shape is not None], path)


def outline(cells: Sequence[CellRow], path: object) -> Polygon | MultiPolygon:
    """Return the outline of the cells with its holes filled; raises BoundaryMissing."""
    whole = _polygonal([cell.geometry for cell in cells if cell.geometry is not None], path)
    filled = [Polygon(part.exterior) for part in shapely.get_parts(whole)]
    return shapely.union_all(filled)


def _polygonal(shapes: Sequence[Any], path: object) -> Any:
    valid = [s if s.is_valid else shapely.make_valid(s) for s in shapes if not s.is_empty]
    parts = shapely.get_parts(shapely.union_all(valid)) if valid else []
    whole = shapely.union_all([part for part in parts if part.geom_type == "Polygon"])
    if whole.is_empty:
        raise BoundaryMissing(path=path)
    return whole


def _pick(layers: Sequence[str], wanted: str) -> str | None:
    return wanted if wanted in layers else None


def _column(layer: Layer, name: str, path: Path, option: str) -> list[str | None]:
    if name not in layer.fields:
        names = ", ".join(layer.names)
        raise MapFieldMissing(path=path, name=name, names=names, option=option)
    return [text(value) for value in layer.fields[name]]


def _extras(layer: Layer) -> tuple[Extra, ...]:
    given = [name for name in ("landmark", "standard_ref") if name in layer.fields]
    if not given:
        return ()
    columns = [[(text(v) or "")[:EXTRA] or None for v in layer.fields[name]] for name in given]
    return tuple(
        Extra(**dict(zip(given, values, strict=True))) for values in zip(*columns, strict=True)
    )


def text(value: Any) -> str | None:
    """Return a field's value as text: codes of 15 digits may have been read as numbers."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None
