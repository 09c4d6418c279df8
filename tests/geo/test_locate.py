"""One index, one answer: single, bulk and brute force agree on every point, edges included."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import BadCells, DuplicateCode, NotFinite, NotPolygon
from geo.locate import CellIndex
from geo.partition import cell_codes, partition
from tests.geo.shapes import LAT, LON, PARK, PARK_ROADS, boundaries, near, roads, star

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def brute_force(codes, cells, lon, lat):
    point = shapely.Point(lon, lat)
    return min(
        (c for c, cell in zip(codes, cells, strict=True) if cell.intersects(point)), default=None
    )


def telling_points(cells, seed):
    """Corners, points on edges, a hair beside both, insides, outsides."""
    random = np.random.default_rng(seed)
    corners = shapely.get_coordinates(cells)
    share = random.random((len(corners) - 1, 1))
    on_edges = corners[:-1] + share * (corners[1:] - corners[:-1])
    beside = np.nextafter(np.concatenate((corners, on_edges)), random.choice([-1e9, 1e9], 2))
    west, south, east, north = shapely.total_bounds(cells)
    anywhere = random.uniform((west - 1e-4, south - 1e-4), (east + 1e-4, north + 1e-4), (60, 2))
    every = np.concatenate((corners, on_edges, beside))
    return np.concatenate((random.permutation(every)[:160], anywhere))


def assert_all_agree(codes, cells, points):
    index = CellIndex(codes, cells)
    many = index.locate_many(points[:, 0], points[:, 1])
    assert many.shape == (len(points),)
    for (lon, lat), position in zip(points.tolist(), many.tolist(), strict=True):
        expected = brute_force(codes, cells, lon, lat)
        assert index.locate(lon, lat) == expected
        assert (index.codes[position] if position >= 0 else None) == expected


@slow
@given(boundaries(), roads(), st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_cells_of_a_map(boundary, lines, seed, random):
    cells = partition(boundary, lines, target_m2=30_000.0)
    codes = [f"{i:015d}" for i in range(len(cells))]
    random.shuffle(codes)
    assert_all_agree(codes, cells, telling_points(cells, seed))


@slow
@given(st.lists(boundaries(), min_size=1, max_size=6), st.integers(0, 2**32))
def test_shapes_that_overlap(shapes, seed):
    codes = [f"{i:015d}" for i in range(len(shapes))]
    assert_all_agree(codes, shapes, telling_points(shapes, seed))


def test_a_park_of_390_cells():
    cells = partition(PARK, PARK_ROADS)
    codes = cell_codes(cells, "330203008001")
    for seed in range(4):
        assert_all_agree(codes, cells, telling_points(cells, seed))


def test_bulk_finds_what_an_r_tree_finds():
    cells = partition(PARK, PARK_ROADS)
    codes = cell_codes(cells, "330203008001")  # in the cells' order, so positions are comparable
    random = np.random.default_rng(7)
    lon = random.uniform(LON - 0.012, LON + 0.012, 50_000)
    lat = random.uniform(LAT - 0.01, LAT + 0.01, 50_000)
    point, cell = shapely.STRtree(cells).query(shapely.points(lon, lat), predicate="intersects")
    expected = np.full(len(lon), len(cells))
    np.minimum.at(expected, point, cell)
    expected[expected == len(cells)] = -1
    assert (expected == -1).any()
    np.testing.assert_array_equal(CellIndex(codes, cells).locate_many(lon, lat), expected)


@slow
@given(boundaries())
def test_a_cell_contains_a_point_of_its_own(boundary):
    cells = partition(boundary)
    codes = cell_codes(cells, "330203008001")
    index = CellIndex(codes, cells)
    for code, cell in zip(codes, cells, strict=True):
        inside = cell.representative_point()
        assert index.locate(inside.x, inside.y) == code


def test_a_shared_edge_belongs_to_the_lower_code():
    west, east = (
        shapely.box(121.0, 30.0, 121.001, 30.001),
        shapely.box(121.001, 30.0, 121.002, 30.001),
    )
    for codes, lower in ((["1", "2"], "1"), (["2", "1"], "1")):
        index = CellIndex(codes, [west, east])
        assert index.locate(121.001, 30.0005) == lower
        assert index.codes[index.locate_many([121.001], [30.0])[0]] == lower


def test_a_hole_is_outside():
    ring = shapely.box(121.0, 30.0, 121.01, 30.01).difference(
        shapely.box(121.004, 30.004, 121.006, 30.006)
    )
    index = CellIndex(["1"], [ring])
    assert index.locate(121.005, 30.005) is None
    assert index.locate(121.004, 30.005) == "1"


def test_no_cells_hold_nothing():
    index = CellIndex([], [])
    assert len(index) == 0
    assert index.locate(121.0, 30.0) is None
    assert index.locate_many([121.0, 0.0], [30.0, 0.0]).tolist() == [-1, -1]


def test_swapped_coordinates_are_recognised():
    index = CellIndex(["1"], [PARK])
    assert index.is_swapped(LAT, LON)
    assert not index.is_swapped(LON, LAT)
    assert not index.is_swapped(0.0, 0.0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(wrong):
    index = CellIndex(["1"], [PARK])
    for lon, lat in ((wrong, 30.0), (121.0, wrong)):
        with pytest.raises(NotFinite):
            index.locate(lon, lat)
        with pytest.raises(NotFinite):
            index.locate_many([121.0, lon], [30.0, lat])
        with pytest.raises(NotFinite):
            index.is_swapped(lon, lat)


def test_a_wrong_map_is_refused():
    with pytest.raises(BadCells, match="1 codes were given for 2 polygons"):
        CellIndex(["1"], [PARK, PARK])
    with pytest.raises(DuplicateCode, match="Cell code 1 "):
        CellIndex(["1", "1"], [PARK, star([100.0] * 5)])
    bow = shapely.Polygon([near(0, 0), near(9, 9), near(0, 9), near(9, 0)])
    for shape in (None, shapely.Point(121, 30), shapely.Polygon(), bow):
        with pytest.raises(NotPolygon, match="Cell 2 "):
            CellIndex(["1", "2"], [PARK, shape])


def test_the_index_cannot_be_changed_and_changes_nothing():
    square = shapely.box(*near(0, 0), *near(100, 100))
    index = CellIndex(["1"], [square])
    assert not shapely.is_prepared(square)
    with pytest.raises(AttributeError):
        index.extra = 1
    assert isinstance(index.codes, tuple)
