"""Cutting a map of cells into k connected sets of even weight, starting from any partition.

Cells are numbered 0 … n-1; two are neighbours when they share an edge. The spread of a partition is
its heaviest set less its lightest. Finding the smallest spread is NP-hard, so this searches: moves
and swaps at the borders of sets, kept while they better the sum of squared weights, with seeded
shakes in between, and the best partition met is returned. It is never worse than its start.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from geo.errors import GeoError

EDGE_M = 0.5  # neighbours share at least so much of an edge, not only a corner
DEGREE_M = 100_000.0
EXACT_CELLS = 14


class SetsImpossible(GeoError):
    """These cells cannot be cut into that many connected sets."""


@dataclass(frozen=True)
class Balanced:
    """A set number for each cell; the weight of each set; the largest less the smallest."""

    sets: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def spread(self) -> float:
        """The heaviest set less the lightest."""
        return max(self.weights) - min(self.weights)


def neighbours(cells: Sequence[Any]) -> list[frozenset[int]]:
    """Return which polygons (degrees) share an edge with which."""
    tree = shapely.STRtree(list(cells))
    found: list[set[int]] = [set() for _ in cells]
    left, right = tree.query(list(cells), predicate="intersects")
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one < other:
            shared = shapely.intersection(cells[one], cells[other])
            if shapely.length(shared) * DEGREE_M > EDGE_M:
                found[one].add(other)
                found[other].add(one)
    return [frozenset(near) for near in found]


def balance(
    near: Sequence[Iterable[int]],
    weights: Sequence[float],
    k: int,
    *,
    start: Sequence[int] | None = None,
    seed: int = 0,
    shakes: int = 60,
) -> Balanced:
    """Return k connected sets of cells with a small spread; the same for the same seed.

    Raises: SetsImpossible where a start is not a partition into k connected sets, or none exists
    that this finds.
    """
    graph = [frozenset(each) for each in near]
    if not 1 <= k <= len(graph) or len(weights) != len(graph):
        raise SetsImpossible
    draw = random.Random(seed)  # noqa: S311 (nobody gains by guessing it)
    sets = list(start) if start is not None else _grown(graph, weights, k, draw)
    if not is_partition(graph, sets, k):
        raise SetsImpossible
    best = _judged(sets, weights, k)
    search = _Search(graph, weights, k, list(best.sets))
    for _ in range(shakes + 1):
        search.improve()
        found = _judged(search.sets, weights, k)
        if found.spread < best.spread:
            best = found
        if best.spread == 0 or k == 1:
            break
        search.sets = list(best.sets)
        search.shake(draw)
    return best


def is_partition(near: Sequence[Iterable[int]], sets: Sequence[int], k: int) -> bool:
    """Tell whether each of k sets has cells and holds together."""
    if len(sets) != len(near) or set(sets) != set(range(k)):
        return False
    return all(
        _connected(near, {cell for cell, own in enumerate(sets) if own == number})
        for number in range(k)
    )


def exact(near: Sequence[Iterable[int]], weights: Sequence[float], k: int) -> float:
    """Return the smallest spread there is, by trying every partition: for small maps only.

    Raises: SetsImpossible with more than EXACT_CELLS cells, or where there is no partition.
    """
    graph = [frozenset(each) for each in near]
    if len(graph) > EXACT_CELLS:
        raise SetsImpossible
    spreads = [
        _judged(sets, weights, k).spread
        for sets in _labellings(len(graph), k)
        if is_partition(graph, sets, k)
    ]
    if not spreads:
        raise SetsImpossible
    return min(spreads)


def _labellings(n: int, k: int) -> Iterator[list[int]]:
    """Yield every way of giving n cells to k sets, each way once whatever the sets are called."""

    def fill(sets: list[int], used: int) -> Iterator[list[int]]:
        if len(sets) == n:
            if used == k:
                yield list(sets)
            return
        if k - used > n - len(sets):
            return
        for number in range(min(used + 1, k)):
            yield from fill([*sets, number], max(used, number + 1))

    yield from fill([], 0)


def _judged(sets: Sequence[int], weights: Sequence[float], k: int) -> Balanced:
    sums = [0.0] * k
    for cell, number in enumerate(sets):
        sums[number] += weights[cell]
    return Balanced(tuple(sets), tuple(sums))


def _connected(near: Sequence[Iterable[int]], cells: set[int]) -> bool:
    if not cells:
        return False
    waiting = [next(iter(cells))]
    left = cells - set(waiting)
    while waiting:
        for other in near[waiting.pop()]:
            if other in left:
                left.discard(other)
                waiting.append(other)
    return not left


def _grown(
    graph: Sequence[frozenset[int]], weights: Sequence[float], k: int, draw: random.Random
) -> list[int]:
    """Split the heaviest set along a spanning tree until there are k: always connected."""
    sets = _components(graph)
    if max(sets) + 1 > k:
        raise SetsImpossible
    while (count := max(sets) + 1) < k:
        sums = _judged(sets, weights, count).weights
        sizes = [sets.count(number) for number in range(count)]
        number = max((n for n in range(count) if sizes[n] > 1), key=lambda n: (sums[n], sizes[n]))
        cells = sorted(cell for cell, own in enumerate(sets) if own == number)
        for cell in _half(graph, weights, cells, draw):
            sets[cell] = count
    return sets


def _components(graph: Sequence[frozenset[int]]) -> list[int]:
    sets, number = [-1] * len(graph), 0
    for cell in range(len(graph)):
        if sets[cell] < 0:
            waiting, sets[cell] = [cell], number
            while waiting:
                for other in graph[waiting.pop()]:
                    if sets[other] < 0:
                        sets[other] = number
                        waiting.append(other)
            number += 1
    return sets


def _half(
    graph: Sequence[frozenset[int]],
    weights: Sequence[float],
    cells: Sequence[int],
    draw: random.Random,
) -> set[int]:
    """Return the branch of a spanning tree whose weight is nearest to half."""
    inside, root = set(cells), draw.choice(cells)
    order, above = [root], {root: root}
    for cell in order:
        for other in sorted(graph[cell] & inside - above.keys()):
            above[other] = cell
            order.append(other)
    branch = {cell: {cell} for cell in order}
    for cell in reversed(order[1:]):
        branch[above[cell]] |= branch[cell]
    half = sum(weights[cell] for cell in cells) / 2
    return min(
        (branch[cell] for cell in order[1:]),
        key=lambda part: (abs(sum(weights[cell] for cell in part) - half), sorted(part)),
    )


class _Search:
    """A partition that moves and swaps cells at its borders."""

    def __init__(
        self, graph: Sequence[frozenset[int]], weights: Sequence[float], k: int, sets: list[int]
    ) -> None:
        self.graph, self.weights, self.k, self.sets = graph, weights, k, sets

    def improve(self) -> None:
        """Take what betters the sum of squares most, until nothing does."""
        while True:
            sums = list(_judged(self.sets, self.weights, self.k).weights)
            moves = [*self._moves(sums), *self._swaps(sums)]
            for gain, change in sorted(moves, key=lambda one: (-one[0], one[1])):
                if gain > 1e-9 and self._try(change):
                    break
            else:
                return

    def shake(self, draw: random.Random) -> None:
        """Move some cells across a border, whatever it costs."""
        for _ in range(max(1, len(self.graph) // 12)):
            border = [
                (cell, self.sets[other])
                for cell in range(len(self.graph))
                for other in sorted(self.graph[cell])
                if self.sets[other] != self.sets[cell]
            ]
            if border:
                self._try((draw.choice(border),))

    def _moves(self, sums: Sequence[float]) -> Iterator[tuple[float, Any]]:
        for cell, own in enumerate(self.sets):
            for to in {self.sets[other] for other in self.graph[cell]} - {own}:
                weight = self.weights[cell]
                yield 2 * weight * (sums[own] - sums[to] - weight), ((cell, to),)

    def _swaps(self, sums: Sequence[float]) -> Iterator[tuple[float, Any]]:
        for cell, own in enumerate(self.sets):
            for other in self.graph[cell]:
                to = self.sets[other]
                if cell < other and own != to:
                    change = self.weights[cell] - self.weights[other]
                    gain = 2 * change * (sums[own] - sums[to] - change)
                    yield gain, ((cell, to), (other, own))

    def _try(self, change: Sequence[tuple[int, int]]) -> bool:
        before = [(cell, self.sets[cell]) for cell, _ in change]
        touched = {to for _, to in change} | {own for _, own in before}
        for cell, to in change:
            self.sets[cell] = to
        if all(self._holds(number) for number in touched):
            return True
        for cell, own in before:
            self.sets[cell] = own
        return False

    def _holds(self, number: int) -> bool:
        return _connected(self.graph, {c for c, own in enumerate(self.sets) if own == number})
