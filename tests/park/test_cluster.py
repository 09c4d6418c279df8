from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.measure import areas_m2
from gridgov.park.cluster import TooFewCells, cluster, neighbours
from tests.park.maps import demo_plan, squares

CELLS = [cell.geometry for cell in demo_plan().cells]


@given(st.integers(1, 60))
def test_grids_are_contiguous_and_none_is_empty(count: int) -> None:
    grids = cluster(CELLS, count)
    assert set(grids) == set(range(count))
    for grid in range(count):
        members = [cell for cell, found in zip(CELLS, grids, strict=True) if found == grid]
        assert shapely.coverage_union_all(members).geom_type == "Polygon"


def test_grids_are_of_like_size() -> None:
    grids = cluster(CELLS, 24)
    areas = areas_m2(CELLS)
    sizes = [sum(a for a, g in zip(areas, grids, strict=True) if g == n) for n in range(24)]
    assert max(sizes) < 1.6 * min(sizes)


def test_the_demonstrations_grids_are_contiguous() -> None:
    by_grid: dict[str | None, list[object]] = {}
    for cell in demo_plan().cells:
        by_grid.setdefault(cell.grid, []).append(cell.geometry)
    assert len(by_grid) == 24
    for members in by_grid.values():
        assert shapely.coverage_union_all(members).geom_type == "Polygon"


def test_cells_that_touch_in_a_corner_are_no_neighbours() -> None:
    around = neighbours([cell.geometry for cell in squares(2, 2).cells])
    assert {cell: sorted(found) for cell, found in around.items()} == {
        0: [1, 2],
        1: [0, 3],
        2: [0, 3],
        3: [1, 2],
    }


def test_islands_are_taken_in_too() -> None:
    cells = [c.geometry for c in squares(2, 1).cells]
    cells += [c.geometry for c in squares(2, 1, west=121.6).cells]
    assert len(cluster(cells, 1)) == 4


@pytest.mark.parametrize("count", [0, -1, 3])
def test_too_many_grids(count: int) -> None:
    with pytest.raises(TooFewCells):
        cluster([c.geometry for c in squares(2, 1).cells], count)
