"""Closing up corners that should be one: two cuts that end within a finger's breadth of another."""

from typing import Any

import numpy as np
import shapely

SHORTEST_M = 0.05
_ROUNDS = 4  # an edge between two moved corners may be short again


def close_short_edges(cells: Any, fixed: Any) -> Any:
    """Draw together the ends of edges under 5 cm, in all cells alike: (n,) to (n,) of Polygon.

    Cuts from both sides of an edge often mean the same point and miss it by a fraction of a
    millimetre; written with fewer decimals such an edge would vanish in one cell and not in the
    other. Corners of the `fixed` linework (boundary and roads) stay where they are. Where the
    result would be no coverage any more, the cells are returned as they were.
    """
    closed = cells
    try:
        for _ in range(_ROUNDS):
            moved = _drawn_together(closed, fixed)
            if moved is None:
                break
            closed = moved
    except shapely.errors.GEOSException:  # a ring without three corners left
        return cells
    good = shapely.is_valid(closed).all() and not shapely.is_empty(closed).any()
    return closed if good and shapely.coverage_is_valid(closed) else cells


def _drawn_together(cells: Any, fixed: Any) -> Any:
    """The cells with the ends of short edges moved onto each other; None where there are none."""
    xy = shapely.get_coordinates(cells)
    corner, index = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    corners = np.column_stack((corner.real, corner.imag))
    near = _short_edges(cells, index, corners)
    if not near:
        return None
    rank = _rank(corners, sorted(near), fixed)
    moved = corners.copy()
    settled: set[int] = set()
    for i in sorted(near, key=lambda i: (rank[i], i)):
        if i in settled:
            continue
        settled.add(i)
        for j in near[i] - settled:
            if rank[j] > 0:
                settled.add(j)
                moved[j] = corners[i]
    return shapely.remove_repeated_points(shapely.set_coordinates(cells.copy(), moved[index]))


def _short_edges(cells: Any, index: Any, corners: Any) -> dict[int, set[int]]:
    """For each end of a short edge, the other ends; by position in `corners`."""
    rings = shapely.get_rings(cells)
    ring = np.repeat(np.arange(len(rings)), shapely.get_num_coordinates(rings))
    same = ring[1:] == ring[:-1]
    start, end = index[:-1][same], index[1:][same]
    scale = np.array([np.cos(np.radians(corners[:, 1].mean())), 1.0]) * 111_320.0
    length = np.hypot(*((corners[end] - corners[start]) * scale).T)
    near: dict[int, set[int]] = {}
    for i, j in zip(
        start[length < SHORTEST_M].tolist(), end[length < SHORTEST_M].tolist(), strict=True
    ):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    return near


def _rank(corners: Any, asked: list[int], fixed: Any) -> dict[int, int]:
    """0 for a corner of the fixed linework, 1 for what lies on it, 2 for the rest."""
    own = {(x, y) for x, y in shapely.get_coordinates(fixed).tolist()}
    shapely.prepare(fixed)
    on_it = shapely.dwithin(fixed, shapely.points(corners[asked]), 1e-9)
    return {
        i: 0 if tuple(corners[i].tolist()) in own else 1 if on else 2
        for i, on in zip(asked, on_it.tolist(), strict=True)
    }
