"""The table of buckets behind `geo.locate`: which cells can hold a point of each bucket."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

_NO_CANDIDATES: tuple[int, ...] = ()
_PER_CELL = 64  # buckets per cell, as far as the limits below allow
_MOST, _LEAST = 2_000_000, 4_096
_AT_ONCE = 4_000_000  # pairs of bucket and cell, to bound memory
_MARGIN = 1e-12  # degrees: more than rounding can move a point of an edge


class Buckets:
    """Square buckets over the cells' box; for each the one cell it lies in, or candidates.

    `candidates` (flat, of positions) holds those of bucket b, lowest first, from `_first[b]` up to
    `_first[b + 1]`; `_only[b]` is the cell that holds the whole bucket, or -1.
    """

    __slots__ = (
        "_columns", "_first", "_inverse", "_lists", "_only", "_rows", "_x0", "_x1", "_y0", "_y1",
        "candidates",
    )  # fmt: skip

    def __init__(self, cells: Any) -> None:
        if len(cells) == 0:
            self._x0 = self._y0 = 0.0
            self._x1 = self._y1 = -1.0
            self._columns = self._rows = 0
            self._inverse = 1.0
            self._only = np.empty(0, dtype=np.int64)
            self._first = np.zeros(1, dtype=np.int64)
            self.candidates = np.empty(0, dtype=np.int64)
        else:
            self._layout(cells)
            self._fill(cells)
        for array in (self._only, self._first, self.candidates):
            array.flags.writeable = False
        self._lists = (self._only.tolist(), self._first.tolist(), self.candidates.tolist())

    def _layout(self, cells: Any) -> None:
        self._x0, self._y0, self._x1, self._y1 = (float(v) for v in shapely.total_bounds(cells))
        width, height = self._x1 - self._x0, self._y1 - self._y0
        wanted = min(max(len(cells) * _PER_CELL, _LEAST), _MOST)
        side = max((width * height / wanted) ** 0.5, max(width, height) / wanted)
        self._inverse = 1.0 / side
        self._columns = int(width * self._inverse) + 1
        self._rows = int(height * self._inverse) + 1

    def _index(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Column and row; monotonic in x and y, rounding included, which `_crossed` relies on."""
        return (
            ((x - self._x0) * self._inverse).astype(np.int64),
            ((y - self._y0) * self._inverse).astype(np.int64),
        )

    def _fill(self, cells: Any) -> None:
        total = self._columns * self._rows
        crossed = self._crossed(cells)
        held = self._held(cells, crossed)
        bucket, cell = np.divmod(held, len(cells))
        nobody = np.iinfo(np.int64).max
        self._only = np.full(total, nobody)
        np.minimum.at(self._only, bucket, cell)
        self._only[crossed // len(cells)] = nobody
        settled = self._only < nobody
        self._only[~settled] = -1
        pairs = np.sort(np.concatenate((crossed, held[~settled[bucket]])))
        of, self.candidates = np.divmod(pairs, len(cells))
        self._first = np.searchsorted(of, np.arange(total + 1))

    def _held(self, cells: Any, crossed: Any) -> Any:
        """Keys (bucket x cells + cell) of the buckets that lie in a cell, no edge of it in them."""
        bounds = shapely.bounds(cells)
        column1, row1 = self._index(bounds[:, 0], bounds[:, 1])
        column2, row2 = self._index(bounds[:, 2], bounds[:, 3])
        wide = column2 - column1 + 1
        size = wide * (row2 - row1 + 1)
        side = 1.0 / self._inverse
        found = []
        for some in np.split(
            np.arange(len(cells)),
            np.flatnonzero(np.diff(np.cumsum(size) // _AT_ONCE)) + 1,
        ):
            cell = np.repeat(some, size[some])
            first = np.cumsum(size[some]) - size[some]
            row, column = np.divmod(np.arange(len(cell)) - np.repeat(first, size[some]), wide[cell])
            row, column = row + row1[cell], column + column1[cell]
            key = (row * self._columns + column) * len(cells) + cell
            at = np.minimum(np.searchsorted(crossed, key), len(crossed) - 1)
            free = crossed[at] != key
            # Without an edge in it a bucket lies in the cell as a whole or not at all.
            x, y = self._x0 + (column[free] + 0.5) * side, self._y0 + (row[free] + 0.5) * side
            found.append(key[free][shapely.intersects_xy(cells[cell[free]], x, y)])
        return np.concatenate(found)

    def _crossed(self, cells: Any) -> Any:
        """Sorted keys (bucket x cells + cell): the buckets that an edge of the cell touches."""
        parts, owner = shapely.get_parts(cells, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[1:] == ring[:-1]
        start, end, cell = xy[:-1][same], xy[1:][same], owner[part][ring[1:][same]]
        # Each edge in steps of at most a bucket's side, each step as its box: at most 2 x 2 buckets
        # and what the margin adds.
        steps = np.maximum(1, np.ceil(np.abs(end - start).max(1) * self._inverse)).astype(np.int64)
        edge = np.repeat(np.arange(len(steps)), steps)
        at = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
        step = (end - start)[edge] / steps[edge, None]
        one = start[edge] + step * at[:, None]
        two = np.where((at + 1 == steps[edge])[:, None], end[edge], one + step)
        low, high = np.minimum(one, two) - _MARGIN, np.maximum(one, two) + _MARGIN
        low = np.maximum(low, (self._x0, self._y0))
        high = np.minimum(high, (self._x1, self._y1))
        column1, row1 = self._index(low[:, 0], low[:, 1])
        column2, row2 = self._index(high[:, 0], high[:, 1])
        found = []
        for d_row in range(int((row2 - row1).max()) + 1):
            for d_column in range(int((column2 - column1).max()) + 1):
                row, column = row1 + d_row, column1 + d_column
                use = (row <= row2) & (column <= column2)
                pair = (row[use] * self._columns + column[use]) * len(cells) + cell[edge[use]]
                found.append(pair)
        # numpy's own `unique` hashes integers, which takes five times as long as sorting them.
        keys = np.sort(np.concatenate(found))
        return keys[np.concatenate(([True], keys[1:] != keys[:-1]))]

    def one(self, x: float, y: float) -> tuple[int, Sequence[int]]:
        """(cell, ()) where one cell holds the whole bucket, else (-1, candidates)."""
        if not (self._x0 <= x <= self._x1 and self._y0 <= y <= self._y1):
            return -1, _NO_CANDIDATES
        bucket = int((y - self._y0) * self._inverse) * self._columns + int(
            (x - self._x0) * self._inverse
        )
        only, first, candidates = self._lists
        if only[bucket] >= 0:
            return only[bucket], _NO_CANDIDATES
        return -1, candidates[first[bucket] : first[bucket + 1]]

    def many(self, x: Any, y: Any) -> tuple[Any, Any, Any, Any]:
        """For n points: the cells known so far (-1: none yet), and who is still to be asked.

        Returns found (n,), asked (m,) positions of points, and the ranges start, stop (m,) of
        their candidates.
        """
        found = np.full(len(x), -1, dtype=np.int64)
        inside = np.flatnonzero(
            (x >= self._x0) & (x <= self._x1) & (y >= self._y0) & (y <= self._y1)
        )
        column, row = self._index(x[inside], y[inside])
        bucket = row * self._columns + column
        found[inside] = self._only[bucket]
        start, stop = self._first[bucket], self._first[bucket + 1]
        ask = (self._only[bucket] < 0) & (start < stop)
        return found, inside[ask], start[ask], stop[ask]
