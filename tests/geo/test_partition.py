"""A partition is one: nothing missing, nothing twice, every vertex shared."""

import time

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import BadBoundary, BadCommunity, BadTarget, TooManyCells
from geo.measure import area_m2, areas_m2
from geo.partition import GRID_DEGREES, cell_codes, partition, reading_order
from tests.geo.shapes import PARK, PARK_ROADS, boundaries, near, roads, star

COMMUNITY = "330203008001"
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_true_partition(cells, boundary):
    assert all(cell.geom_type == "Polygon" and cell.is_valid for cell in cells)
    assert areas_m2(cells).sum() == pytest.approx(area_m2(boundary), abs=1.0)
    # GEOS calls a coverage valid where no interiors meet and all shared edges match exactly.
    assert shapely.coverage_is_valid(np.array(cells, dtype=object))
    union = shapely.coverage_union_all(np.array(cells, dtype=object))
    assert area_m2(union) == pytest.approx(area_m2(boundary), abs=1.0)
    assert shapely.hausdorff_distance(union.boundary, boundary.boundary) < 1e-8


@slow
@given(boundaries(), roads(), st.sampled_from([4_000.0, 10_000.0, 60_000.0]))
def test_any_boundary_and_lines_give_a_true_partition(boundary, lines, target):
    cells = partition(boundary, lines, target_m2=target)
    assert_true_partition(cells, boundary)
    assert len(cells) >= area_m2(boundary) / (1.7 * target) / 2


@slow
@given(boundaries(), roads())
def test_without_joining_no_cell_is_too_large_or_crosses_a_line(boundary, lines):
    cells = partition(boundary, lines, target_m2=10_000.0, sliver_m2=0.0)
    assert_true_partition(cells, boundary)
    assert areas_m2(cells).max() <= 1.5 * 10_000.0 * 1.01
    # What lines and boundary enclose between them is a block, and a cell lies in one of them.
    linework = shapely.union_all([boundary.boundary, *lines], grid_size=GRID_DEGREES)
    blocks = shapely.get_parts(shapely.polygonize([linework]))
    for block in blocks:
        within = areas_m2(shapely.intersection(cells, block))
        # 5 m²: corners are drawn together over 5 cm, and crumbs under 1 m² are always joined.
        assert (np.minimum(within, areas_m2(cells) - within) < 5.0).all()


def test_no_edge_is_too_short_to_be_written():
    for lines in ([], PARK_ROADS):
        corners, cell = shapely.get_coordinates(
            shapely.boundary(partition(PARK, lines)), return_index=True
        )
        lengths = np.hypot(*(corners[1:] - corners[:-1]).T)[cell[1:] == cell[:-1]]
        assert lengths.min() > 5e-7


def test_the_square_of_the_boston_data():
    cells = partition(PARK)
    assert_true_partition(cells, PARK)
    areas = areas_m2(cells)
    assert 370 <= len(cells) <= 400
    assert areas.min() > 5_000
    assert areas.max() < 15_000
    rectangles = shapely.area(shapely.minimum_rotated_rectangle(cells))
    assert (shapely.area(cells) / rectangles).min() > 0.95


def test_a_park_with_roads_in_under_five_seconds():
    began = time.process_time()  # its own: others may use the machine as well
    cells = partition(PARK, PARK_ROADS)
    assert time.process_time() - began < 5.0
    assert_true_partition(cells, PARK)
    crossing = shapely.buffer(np.array(cells, dtype=object), -1e-7)
    for road in PARK_ROADS:
        assert not shapely.intersects(crossing, road).any()


def test_a_block_that_fits_stays_whole():
    boundary = shapely.box(*near(0, 0), *near(220, 110))
    road = shapely.LineString([near(100, -10), near(100, 120)])
    cells = partition(boundary, [road])
    assert sorted(round(a) for a in areas_m2(cells)) == pytest.approx([11_000, 13_200], rel=0.01)


def test_a_sliver_joins_the_neighbour_with_the_longest_shared_edge():
    boundary = shapely.box(*near(0, 0), *near(200, 100))
    lines = [
        shapely.LineString([near(100, -10), near(100, 110)]),
        # Cuts 10 m x 10 m off the western block's corner, and 10 m off the eastern one's edge.
        shapely.LineString([near(-10, 90), near(10, 90), near(10, 110)]),
        shapely.LineString([near(100, 90), near(210, 90)]),
    ]
    cells = partition(boundary, lines, sliver_m2=1_500.0)
    assert sorted(round(a) for a in areas_m2(cells)) == pytest.approx([10_000, 10_000], rel=0.01)
    assert len(partition(boundary, lines, sliver_m2=0.0)) == 4


def test_two_runs_give_the_same_cells():
    one, two = partition(PARK, PARK_ROADS), partition(PARK, PARK_ROADS)
    assert shapely.equals_identical(one, two).all()


def test_progress_ends_at_the_total():
    calls = []
    partition(PARK, PARK_ROADS, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1][0] == calls[-1][1] > 300
    assert calls == sorted(calls)


@pytest.mark.parametrize(
    "boundary",
    [
        None,
        shapely.Point(121, 30),
        shapely.Polygon(),
        shapely.Polygon([(0, 0), (1, 1), (0, 1), (1, 0)]),
    ],
)
def test_a_boundary_that_is_none_is_refused(boundary):
    with pytest.raises(BadBoundary, match="boundary"):
        partition(boundary)


@pytest.mark.parametrize("target", [0.0, -5.0, float("nan"), float("inf")])
def test_an_impossible_target_is_refused(target):
    with pytest.raises(BadTarget, match="at least 1 m²"):
        partition(PARK, target_m2=target)


def grid(rows, columns):
    return [
        shapely.box(*near(100 * c, -100 * r), *near(100 * c + 100, -100 * r + 100))
        for r in range(rows)
        for c in range(columns)
    ]


@given(st.permutations(range(12)))
def test_codes_run_as_one_reads_whatever_the_order(order):
    cells = grid(3, 4)
    codes = cell_codes([cells[i] for i in order], COMMUNITY)
    assert codes == [f"{COMMUNITY}{i + 1:03d}" for i in order]


def test_codes_are_unique_and_begin_in_the_north_west():
    cells = partition(star([700.0, 500.0, 650.0, 400.0, 800.0]), PARK_ROADS)
    codes = cell_codes(cells, COMMUNITY)
    assert codes == sorted(set(codes))  # a partition comes in reading order
    assert reading_order(cells) == list(range(len(cells)))
    assert cells[0].centroid.y > cells[-1].centroid.y


def test_a_thousandth_cell_has_no_code():
    assert len(cell_codes(grid(27, 37), COMMUNITY)) == 999
    with pytest.raises(TooManyCells, match="1000 cells do not fit community 330203008001"):
        cell_codes(grid(25, 40), COMMUNITY)


@pytest.mark.parametrize(
    "code", ["", "33020300800", "3302030080011", "33020300800x", "３３０２０３００８００１"]
)
def test_a_malformed_community_is_refused(code):
    with pytest.raises(BadCommunity, match="12 digits"):
        cell_codes(grid(1, 1), code)


def test_no_cells_have_no_codes():
    assert cell_codes([], COMMUNITY) == []
