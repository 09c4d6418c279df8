"""Tiles by layer, and what a map library asks to know of a layer first (TileJSON 3.0)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import shapely
from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted
from gridgov.cases.known import Known
from gridgov.errors import NotFound, NotSignedIn
from gridgov.exchange import case_tiles, map_tiles
from gridgov.exchange.detail import detail, since
from gridgov.exchange.filters import filtered
from gridgov.exchange.tile import DEEPEST, Tile
from gridgov.people.actors import Actor

CELLS, GRIDS, CASES, LOAD = "cells", "grids", "cases", "load"
LAYERS = (CELLS, GRIDS, CASES, LOAD)
_LABEL = {"code": "String", "landmark": "String", "short": "String"}
_COUNTS = {"count": "Number", "open": "Number", "late": "Number"}
# What each layer inside a tile carries.
FIELDS: dict[str, dict[str, dict[str, str]]] = {
    CELLS: {
        "cells": {"code": "String", "grid": "String", "area_m2": "Number", "landmark": "String"},
        "cells_labels": _LABEL,
    },
    GRIDS: {
        "grids": {
            "code": "String",
            "name": "String",
            "kind": "String",
            "park": "String",
            "cells": "Number",
            "area_m2": "Number",
        },
        "grids_labels": {"code": "String", "name": "String"},
    },
    CASES: {
        # Of a single case, `open` and `late` are yes or no.
        "cases": dict.fromkeys(case_tiles.FACTS, "String") | _COUNTS,
        "cases_in_cells": {"cell": "String"} | _COUNTS,
    },
    LOAD: {
        "load": {
            "code": "String",
            "grid": "String",
            "reported": "Number",
            "open": "Number",
            "per_ha": "Number",
            "few": "Boolean",
        },
        "load_labels": _LABEL,
    },
}


class LayerMissing(NotFound):
    """There is no such layer; there are cells, grids, cases and load."""


def make(
    session: Session,
    layer: str,
    tile: Tile,
    actor: Actor,
    at: datetime,
    known: Known,
    wanted: Wanted | None = None,
) -> bytes:
    """Return a tile as far as somebody may see it; empty where it holds nothing.

    Filters are for people with an account: from counts through many filters the public could
    work out those that are hidden. Raises LayerMissing, NotSignedIn.
    """
    check(layer)
    active = known.active(at)
    if layer == CELLS:
        return map_tiles.cells(active.versions, tile)
    if layer == GRIDS:
        return map_tiles.grids(map_tiles.grids_of(active), tile)
    seen = detail(actor, known, at)
    if seen.public and wanted is not None:
        raise NotSignedIn
    if layer == LOAD:
        return map_tiles.load(session, seen, active.versions, since(at, known), tile)
    places = map_tiles.labels(active.versions)
    more = filtered(session, wanted, seen, places) if wanted else ()
    return case_tiles.cases(session, seen, active.versions, tile, more)


def check(layer: str) -> None:
    """Raise LayerMissing where there is no such layer."""
    if layer not in LAYERS:
        raise LayerMissing(field="layer")


def tilejson(layer: str, address: str, at: datetime, known: Known) -> dict[str, Any]:
    """Return the TileJSON of a layer whose tiles lie at `address`. Raises LayerMissing."""
    check(layer)
    made: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer,
        "scheme": "xyz",
        "tiles": [address],
        "minzoom": 0,
        "maxzoom": DEEPEST if layer == CASES else 18,
        "vector_layers": [{"id": name, "fields": said} for name, said in FIELDS[layer].items()],
    }
    boundaries = [version.boundary for version in known.active(at).versions]
    if boundaries:
        made["bounds"] = [round(edge, 6) for edge in shapely.total_bounds(boundaries).tolist()]
    return made
