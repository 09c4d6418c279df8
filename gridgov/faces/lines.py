"""Other lines between grids: the period they are tried on, what each grid would have carried."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely

from geo.balance import balance, neighbours
from gridgov.faces.figures import question
from gridgov.faces.serve import Serving
from gridgov.insight.reach import Asked, reach
from gridgov.insight.rehearse import CellUnknown, Rehearsed, grid_of_cell, loads, rehearse


def over(s: Serving, given: Mapping[str, Any]) -> Asked:
    """Return over which cases lines are tried; without a period, those of last quarter."""
    if {"period", "start", "as_of"} & given.keys():
        return question(s, given).asked
    return question(s, {**given, "period": last_quarter(s)}).asked


def last_quarter(s: Serving) -> str:
    """Return the name of the quarter before this one."""
    local: datetime = s.at.astimezone(s.known.settings.zone)
    quarter = (local.month - 1) // 3
    return f"{local.year}-Q{quarter}" if quarter else f"{local.year - 1}-Q4"


def today(s: Serving) -> dict[str, str]:
    """Return the grid of each cell within reach, as the lines are today."""
    return grid_of_cell(s.known, s.at, reach(s.actor, s.known.office))


def rehearsed(s: Serving, asked: Asked, lines: Mapping[str, str]) -> Rehearsed:
    """Return each grid's load under other lines. Raises CellUnknown."""
    within = reach(s.actor, s.known.office)
    return rehearse(s.session, asked, lines, within, s.actor, s.known, s.at)


def load_of_cells(s: Serving, asked: Asked) -> dict[str, int]:
    """Return how many cases each cell had."""
    return loads(s.session, asked, reach(s.actor, s.known.office), s.actor, s.known, s.at)


def proposed(s: Serving, asked: Asked, grids: int | None, seed: int) -> dict[str, str]:
    """Return even grids over the cells within reach; names stay where most of a grid's cells do.

    Raises: CellUnknown, SetsImpossible.
    """
    now = today(s)
    load = load_of_cells(s, asked)
    cells = [c for v in s.known.active(s.at).versions for c in v.cells if c.code in now]
    if not cells:
        raise CellUnknown(field="cells", code="")
    names = sorted(set(now.values()))
    k = grids or len(names)
    start = [names.index(now[cell.code]) for cell in cells] if k == len(names) else None
    near = neighbours([cell.shape for cell in cells])
    weights = [float(load.get(cell.code, 0)) for cell in cells]
    found = balance(near, weights, k, start=start, seed=seed)
    called = {number: names[number] if number < len(names) else f"new-{number + 1}"
              for number in range(k)}  # fmt: skip
    return {cell.code: called[own] for cell, own in zip(cells, found.sets, strict=True)}


def as_map(s: Serving, lines: Mapping[str, str]) -> dict[str, Any]:
    """Return today's cells with their grids under other lines, as `gridgov map import` takes them.

    Raises: CellUnknown.
    """
    now = today(s)
    if unknown := sorted(set(lines) - now.keys()):
        raise CellUnknown(field="cells", code=unknown[0][:20])
    cells = (c for v in s.known.active(s.at).versions for c in v.cells if c.code in now)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(cell.shape),
                "properties": {
                    "code": cell.code,
                    "grid": lines.get(cell.code, cell.grid),
                    "landmark": cell.landmark,
                },
            }
            for cell in cells
        ],
    }
