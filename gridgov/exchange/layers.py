"""The layers that leave as files: their fields, and how their rows come, a batch at a time.

A batch holds a layer's fields, and either `lon` and `lat` or `geometry` (WKB), in degrees of
CGCS2000.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

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
        Field("branch", TEXT, "branch", written=True),
        Field("kind", TEXT, "kind"),
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
_SPAN = (
    Field("begins", TEXT, "begins"),
    Field("ends", TEXT, "ends"),
    Field("as_of", TIME, "as_of"),
)
CELL_FIGURES = Layer(
    "cell_figures",
    POLYGON,
    _named(
        Field("grid", TEXT, "grid"),
        Field("grid_name", TEXT, "grid_name"),
        *_SPAN,
        Field("filed", WHOLE, "filed"),
        Field("closed", WHOLE, "closed"),
        Field("open", WHOLE, "open"),
        Field("late", WHOLE, "late"),
        Field("filed_per_ha", REAL, "per_ha"),
        Field("few", FLAG, "few"),
    ),
)
GRID_FIGURES = Layer(
    "grid_figures",
    SURFACE,
    _named(
        Field("name", TEXT, "name", written=True),
        Field("park", TEXT, "park"),
        Field("cells", WHOLE, "cells"),
        Field("area_m2", REAL, "area_m2"),
        *_SPAN,
        Field("reported", WHOLE, "reported"),
        Field("filed", WHOLE, "filed"),
        Field("closed", WHOLE, "closed"),
        Field("open", WHOLE, "open"),
        Field("late", WHOLE, "late"),
        Field("closing", REAL, "closing"),
        Field("closing_in_time", REAL, "in_time"),
        Field("handling_in_time", REAL, "handled_it"),
        Field("rework", REAL, "rework"),
        Field("return", REAL, "return"),
        Field("own_grid", REAL, "own_grid"),
        Field("contacted", REAL, "contacted"),
        Field("solved", REAL, "solved"),
        Field("satisfied", REAL, "satisfied"),
        Field("few", FLAG, "few"),
    ),
)
LAYERS: dict[str, Layer] = {
    layer.name: layer for layer in (CELLS, GRIDS, FIRMS, CASES, CELL_FIGURES, GRID_FIGURES)
}
