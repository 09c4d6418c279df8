"""Cells and grids as rows to leave, from the map in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import shapely

from gridgov.exchange.layers import BATCH, CELLS, GRIDS, WKB, Layer, Source
from gridgov.exchange.map_tiles import grid_shapes, grids_of
from gridgov.park.index import ActiveMap, CellInfo


def cells(active: ActiveMap) -> Source:
    """Return the cells of a map."""
    found = cells_of(active)
    rows = [
        (
            cell.code,
            cell.grid,
            active.grids[cell.grid].name,
            round(cell.area_m2, 2),
            round(cell.perimeter_m, 2),
            cell.landmark,
        )
        for cell in found
    ]
    return of_rows(CELLS, rows, [cell.shape for cell in found])


def grids(active: ActiveMap) -> Source:
    """Return the grids of a map, each the union of its cells."""
    found = surfaces(active)
    rows = [tuple(facts[field.name] for field in GRIDS.fields) for facts, _ in found]
    return of_rows(GRIDS, rows, [shape for _, shape in found])


def cells_of(active: ActiveMap) -> list[CellInfo]:
    """Return all cells of a map, in the order of their codes within each version."""
    return [cell for version in active.versions for cell in version.cells]


def surfaces(active: ActiveMap) -> list[tuple[dict[str, Any], Any]]:
    """Return of each grid what is told of it, and its shape, always of several parts."""
    return [
        (facts, shapely.multipolygons(shapely.get_parts(shape)))
        for facts, shape, _ in grid_shapes(grids_of(active))
    ]


def of_rows(layer: Layer, rows: Sequence[tuple[Any, ...]], shapes: Sequence[Any]) -> Source:
    """Return few rows that are all at hand, with a shape each."""
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(layer.fields)
    columns = [
        pa.array(list(values), type=field.type)
        for field, values in zip(layer.fields, turned, strict=True)
    ]
    # Right-hand rule: outer rings run counter-clockwise (RFC 7946).
    wkb = [shapely.to_wkb(shape) for shape in shapely.orient_polygons(shapes)] if shapes else []
    table = pa.table([*columns, pa.array(wkb, type=WKB)], schema=layer.schema)
    return Source(layer, len(rows), lambda: iter(table.to_batches(max_chunksize=BATCH)))
