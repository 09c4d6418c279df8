"""What grids would have carried under other lines, before anyone adopts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.errors import BadInput
from gridgov.insight.ask import ask
from gridgov.insight.reach import Asked, Reach
from gridgov.people.actors import Actor


class CellUnknown(BadInput):
    """There is no cell %(code)s on today's map."""


class GridLoad(NamedTuple):
    """A grid's cells and cases, as the lines are and as they would be."""

    grid: str
    cells: int
    load: int
    cells_then: int
    load_then: int


class Rehearsed(NamedTuple):
    """All grids, in their order; the spread is the largest load less the smallest."""

    grids: list[GridLoad]
    spread: int
    spread_then: int
    outside: int  # cases in cells that today's map does not have


def loads(
    session: Session, asked: Asked, reach: Reach, actor: Actor, known: Known, now: datetime
) -> dict[str, int]:
    """Return how many cases of the period were filed in each cell."""
    found = ask(session, asked, reach, actor, known, now, by=("cell",), minutes=False).by
    return {str(key[0]): totals.counts["filed"] for key, totals in found.items()}


def rehearse(
    session: Session,
    asked: Asked,
    mapping: Mapping[str, str],
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
) -> Rehearsed:
    """Return each grid's load under new lines: cells of `mapping` move, all others stay.

    Raises: CellUnknown.
    """
    today = grid_of_cell(known, now, reach)
    for cell in mapping:
        if cell not in today:
            raise CellUnknown(field="cells", code=cell[:20])
    by_cell = loads(session, asked, reach, actor, known, now)
    return _compared(today, today | dict(mapping), by_cell)


def grid_of_cell(known: Known, now: datetime, reach: Reach) -> dict[str, str]:
    """Return the cells of today's map within reach, with their grids."""
    return {
        cell.code: cell.grid
        for version in known.active(now).versions
        for cell in version.cells
        if any(cell.code.startswith(area) for area in reach.areas)
    }


def _compared(
    now: Mapping[str, str], then: Mapping[str, str], loads: Mapping[str, int]
) -> Rehearsed:
    cells, cells_then = Counter(now.values()), Counter(then.values())
    load, load_then = _loads(now, loads), _loads(then, loads)
    grids = [
        GridLoad(grid, cells[grid], load[grid], cells_then[grid], load_then[grid])
        for grid in sorted(cells | cells_then)
    ]
    outside = sum(number for cell, number in loads.items() if cell not in now)
    before = [one.load for one in grids if one.cells]
    after = [one.load_then for one in grids if one.cells_then]
    return Rehearsed(grids, _spread(before), _spread(after), outside)


def _loads(lines: Mapping[str, str], loads: Mapping[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, grid in lines.items():
        found[grid] += loads.get(cell, 0)
    return found


def _spread(loads: list[int]) -> int:
    return max(loads) - min(loads) if loads else 0
