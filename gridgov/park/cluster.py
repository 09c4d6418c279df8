"""A first proposal of grids: contiguous sets of cells of about equal area."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geo.measure import areas_m2
from geo.partition import reading_order
from gridgov.errors import BadInput

ROUNDS = 12


class TooFewCells(BadInput):
    """%(cells)s cells cannot make %(grids)s grids; ask for fewer."""


def cluster(cells: Sequence[Any], count: int) -> list[int]:
    """Return for each cell the number of its grid, 0 to count - 1 in reading order.

    Each grid is contiguous where the cells are. The same cells give the same grids again.
    `cells` are polygons in degrees that share their edges exactly. Raises TooFewCells.
    """
    if not 0 < count <= len(cells):
        raise TooFewCells(cells=len(cells), grids=count)
    shapes = np.asarray(cells, dtype=object)
    areas = areas_m2(shapes)
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    # Square metres of the plane, near enough to compare distances by.
    flat = centre * (np.cos(np.radians(centre[:, 1].mean())), 1.0)
    around = neighbours(shapes)
    middle = _spread(flat, count)
    grids = _grow(flat, areas, around, middle)
    for _ in range(ROUNDS):
        middle = np.array([flat[grids == grid].mean(axis=0) for grid in range(count)])
        grids = _grow(flat, areas, around, middle)
    wholes = [shapely.union_all(shapes[grids == grid]) for grid in range(count)]
    number = {grid: position for position, grid in enumerate(reading_order(wholes))}
    return [number[grid] for grid in grids.tolist()]


def neighbours(cells: Any) -> dict[int, set[int]]:
    """Return for each polygon those that it shares an edge with, not merely a corner."""
    shapes = np.asarray(cells, dtype=object)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < two
    one, two = one[once], two[once]
    shared = shapely.length(
        shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(shapes[two]))
    )
    around: dict[int, set[int]] = defaultdict(set)
    for a, b in zip(one[shared > 0].tolist(), two[shared > 0].tolist(), strict=True):
        around[a].add(b)
        around[b].add(a)
    return around


def _spread(flat: Any, count: int) -> Any:
    """Choose `count` cells far from one another, the first in a corner."""
    chosen = [int(np.argmin(flat[:, 0] - flat[:, 1]))]
    away = np.full(len(flat), np.inf)
    while len(chosen) < count:
        away = np.minimum(away, ((flat - flat[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(away)))
    return flat[chosen]


def _grow(flat: Any, areas: Any, around: dict[int, set[int]], middle: Any) -> Any:
    """Let every grid grow from the cell nearest its middle; always the smallest takes the next."""
    grids = np.full(len(flat), -1)
    fronts: list[list[tuple[float, int]]] = [[] for _ in middle]
    waiting: list[tuple[float, int]] = []
    size = [0.0] * len(middle)

    def take(grid: int, cell: int) -> None:
        grids[cell] = grid
        size[grid] += float(areas[cell])
        for other in around[cell]:
            if grids[other] < 0:
                far = float(((flat[other] - middle[grid]) ** 2).sum())
                heapq.heappush(fronts[grid], (far, other))
        heapq.heappush(waiting, (size[grid], grid))

    for grid, point in enumerate(middle):
        far = ((flat - point) ** 2).sum(axis=1)
        far[grids >= 0] = np.inf
        take(grid, int(np.argmin(far)))
    while waiting:
        _, grid = heapq.heappop(waiting)
        while fronts[grid]:
            _, cell = heapq.heappop(fronts[grid])
            if grids[cell] < 0:
                take(grid, cell)
                break
    for cell in np.flatnonzero(grids < 0).tolist():  # on an island without a beginning
        grids[cell] = int(((middle - flat[cell]) ** 2).sum(axis=1).argmin())
    return grids
