"""The layers that leave as files: their fields, and the rows behind them, a batch at a time.

A batch holds a layer's fields, and either `lon` and `lat` or `geometry` (WKB), in degrees of
CGCS2000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import shapely

from gridgov.park.index import ActiveMap

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TIME = pa.timestamp("us", tz="UTC")
POINT, POLYGON, SURFACE = "Point", "Polygon", "MultiPolygon"
BATCH = 20_000


@dataclass(frozen=True)
class Field:
    """A field, with the name of ten ASCII letters at most that a Shapefile can hold."""

    name: str
    type: Any
    short: str
    written: bool = False  # by people: may be long, and may begin like a formula


@dataclass(frozen=True)
class Layer:
    """What a layer is, whoever asks."""

    name: str
    geometry: str
    fields: tuple[Field, ...]

    @property
    def schema(self) -> Any:
        """The schema of its batches."""
        place = [("lon", REAL), ("lat", REAL)] if self.geometry == POINT else [("geometry", WKB)]
        return pa.schema([*((field.name, field.type) for field in self.fields), *place])


WKB = pa.binary()


@dataclass(frozen=True)
class Source:
    """A layer with its rows, as far as somebody may see them; `batches` may be read once."""

    layer: Layer
    count: int
    batches: Callable[[], Iterator[Any]]


def _named(*more: Field) -> tuple[Field, ...]:
    return (Field("code", TEXT, "code"), *more)


CELLS = Layer(
    "cells",
    POLYGON,
    _named(
        Field("grid", TEXT, "grid"),
        Field("grid_name", TEXT, "grid_name"),
        Field("area_m2", REAL, "area_m2"),
        Field("perimeter_m", REAL, "perim_m"),
        Field("landmark", TEXT, "landmark", written=True),
    ),
)
GRIDS = Layer(
    "grids",
    SURFACE,
    _named(
        Field("name", TEXT, "name", written=True),
        Field("kind", TEXT, "kind"),
        Field("park", TEXT, "park"),
        Field("cells", WHOLE, "cells"),
        Field("area_m2", REAL, "area_m2"),
    ),
)
FIRMS = Layer(
    "firms",
    POINT,
    _named(
        Field("name", TEXT, "name", written=True),
        Field("credit_code", TEXT, "credit"),
        Field("address", TEXT, "address", written=True),
        Field("cell", TEXT, "cell"),
    ),
)
CASES = Layer(
    "cases",
    POINT,
    (
        Field("number", TEXT, "number"),
        Field("status", TEXT, "status"),
        Field("category", TEXT, "category"),
        Field("category_name", TEXT, "cat_name"),
        Field("kind", TEXT, "kind"),
        Field("urgency", TEXT, "urgency"),
        Field("channel", TEXT, "channel"),
        Field("external_ref", TEXT, "ext_ref", written=True),
        Field("text", TEXT, "text", written=True),
        Field("outcome", TEXT, "outcome"),
        Field("result", TEXT, "result", written=True),
        Field("address", TEXT, "address", written=True),
        Field("place", TEXT, "place"),
        Field("cell", TEXT, "cell"),
        Field("grid", TEXT, "grid"),
        Field("grid_name", TEXT, "grid_name"),
        Field("unit", TEXT, "unit"),
        Field("unit_name", TEXT, "unit_name"),
        Field("round", WHOLE, "round"),
        Field("reported_at", TIME, "reported"),
        Field("filed_at", TIME, "filed"),
        Field("closed_at", TIME, "closed"),
        Field("updated_at", TIME, "updated"),
    ),
)
# Figures per cell and per grid will stand here too: a Layer, and its reader in `export.READERS`.
LAYERS: dict[str, Layer] = {layer.name: layer for layer in (CELLS, GRIDS, FIRMS, CASES)}


def cells(active: ActiveMap) -> Source:
    """Return the cells of a map."""
    found = [cell for version in active.versions for cell in version.cells]
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
    rows, shapes = [], []
    for version in active.versions:
        members: dict[str, list[Any]] = {}
        for cell in version.cells:
            members.setdefault(cell.grid, []).append(cell)
        for code, inside in sorted(members.items()):
            grid, area = active.grids[code], sum(cell.area_m2 for cell in inside)
            rows.append((code, grid.name, grid.kind, grid.park, len(inside), round(area, 2)))
            shape = shapely.coverage_union_all([cell.shape for cell in inside])
            shapes.append(shapely.multipolygons(shapely.get_parts(shape)))
    return of_rows(GRIDS, rows, shapes)


def of_rows(layer: Layer, rows: list[tuple[Any, ...]], shapes: list[Any]) -> Source:
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
