"""Even grids: connected, a partition, never worse than the start, near the best on small maps."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.balance import Balanced, SetsImpossible, balance, exact, is_partition, neighbours


def lattice(columns: int, rows: int) -> list[frozenset[int]]:
    near: list[set[int]] = [set() for _ in range(columns * rows)]
    for cell in range(columns * rows):
        if (cell + 1) % columns:
            near[cell].add(cell + 1)
            near[cell + 1].add(cell)
        if cell + columns < columns * rows:
            near[cell].add(cell + columns)
            near[cell + columns].add(cell)
    return [frozenset(one) for one in near]


@st.composite
def maps(draw: Any, most: int = 40) -> tuple[list[frozenset[int]], list[float], int]:
    columns, rows = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    near = lattice(columns, rows)[:most]
    weights = draw(st.lists(st.integers(0, 50), min_size=len(near), max_size=len(near)))
    return near, [float(one) for one in weights], draw(st.integers(1, min(6, len(near))))


@given(maps(), st.integers(0, 9))
@settings(max_examples=60)
def test_every_set_is_connected_and_all_cells_are_in_one(given_: Any, seed: int) -> None:
    near, weights, k = given_
    found = balance(near, weights, k, seed=seed, shakes=5)
    assert is_partition(near, found.sets, k)
    assert sum(found.weights) == sum(weights)
    assert found == balance(near, weights, k, seed=seed, shakes=5)


@given(maps(), st.integers(0, 9))
@settings(max_examples=60)
def test_never_worse_than_the_start(given_: Any, seed: int) -> None:
    near, weights, k = given_
    start = balance(near, weights, k, seed=seed, shakes=0)
    scrambled = balance(near, [1.0] * len(near), k, seed=seed + 1, shakes=0)
    before = [0.0] * k
    for cell, number in enumerate(scrambled.sets):
        before[number] += weights[cell]
    found = balance(near, weights, k, start=scrambled.sets, seed=seed, shakes=5)
    assert found.spread <= Balanced(scrambled.sets, tuple(before)).spread
    again = balance(near, weights, k, start=start.sets, seed=seed, shakes=5)
    assert again.spread <= start.spread


def test_near_the_best_on_small_maps() -> None:
    gaps = []
    for seed in range(12):
        draw = __import__("random").Random(seed)
        near = lattice(4, 3)
        weights = [float(draw.randint(1, 20)) for _ in near]
        found, best = balance(near, weights, 3, seed=seed).spread, exact(near, weights, 3)
        assert found >= best
        gaps.append((found - best) / sum(weights))
    # How far from the best: within two hundredths of the whole load, on the mean of twelve maps.
    assert sum(gaps) / len(gaps) <= 0.02, gaps
    assert min(gaps) == 0


def test_corners_are_no_neighbours() -> None:
    step = 0.001
    cells = [
        shapely.box(121 + x * step, 29 + y * step, 121 + (x + 1) * step, 29 + (y + 1) * step)
        for y in range(2)
        for x in range(2)
    ]
    assert neighbours(cells) == [
        frozenset({1, 2}), frozenset({0, 3}), frozenset({0, 3}), frozenset({1, 2})
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("near", "k", "start"),
    [
        ([frozenset({1}), frozenset({0}), frozenset()], 1, None),
        (lattice(2, 2), 5, None),
        (lattice(2, 2), 0, None),
        (lattice(3, 1), 2, [0, 1, 0]),
        (lattice(3, 1), 2, [0, 0, 0]),
    ],
)
def test_what_cannot_be_cut_is_refused(near: Any, k: int, start: Any) -> None:
    with pytest.raises(SetsImpossible):
        balance(near, [1.0] * len(near), k, start=start)
