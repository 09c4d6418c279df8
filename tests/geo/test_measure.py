"""Areas and lengths, against PROJ's geodesics."""

import math

import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.measure import area_m2, areas_m2, bbox_around, distance_m, perimeter_m

GEOD = pyproj.Geod(ellps="GRS80")
PLACE = (st.floats(-170, 170), st.floats(-75, 75))


def geodesic_area(polygon):
    # In short steps a geodesic and a straight line in degrees are the same.
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(polygon, 2e-5))[0])


@given(*PLACE, st.floats(1e-4, 2e-3), st.integers(3, 7), st.floats(0, 6.28))
def test_area_of_a_cell_is_the_geodesic_one(lon, lat, size, corners, turn):
    angles = [turn + 2 * math.pi * k / corners for k in range(corners)]
    cell = shapely.Polygon([(lon + size * math.cos(a), lat + size * math.sin(a)) for a in angles])
    assert area_m2(cell) == pytest.approx(geodesic_area(cell), rel=1e-6)


def test_area_of_a_park_is_the_geodesic_one_of_its_straight_edges():
    park = shapely.Polygon([(121.48, 29.87), (121.503, 29.872), (121.49, 29.89)])
    assert area_m2(park) == pytest.approx(geodesic_area(park), abs=0.1)


def test_area_of_half_the_world():
    hemisphere = shapely.box(-180, 0, 180, 90)
    assert area_m2(hemisphere) == pytest.approx(510_065_621_724_078 / 2, rel=1e-3)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_the_parts_of_a_long_edge_add_up(share, other):
    park = shapely.box(121.4, 29.8, 121.6, 29.9)
    x, y = 121.4 + 0.2 * share, 29.8 + 0.1 * other
    parts = [
        shapely.box(121.4, 29.8, x, y),
        shapely.box(x, 29.8, 121.6, y),
        shapely.box(121.4, y, x, 29.9),
        shapely.box(x, y, 121.6, 29.9),
    ]
    assert areas_m2(parts).sum() == pytest.approx(area_m2(park), abs=1e-4)


def test_holes_are_subtracted_and_every_part_counts():
    outer, hole = (
        shapely.box(121.0, 30.0, 121.01, 30.01),
        shapely.box(121.004, 30.004, 121.006, 30.006),
    )
    ring = outer.difference(hole)
    assert area_m2(ring) == pytest.approx(area_m2(outer) - area_m2(hole), abs=1e-6)
    assert perimeter_m(ring) == pytest.approx(perimeter_m(outer) + perimeter_m(hole), abs=1e-9)
    both = shapely.MultiPolygon([hole, shapely.box(121.1, 30.0, 121.11, 30.01)])
    assert areas_m2([both, hole]).tolist() == pytest.approx(
        [area_m2(hole) + area_m2(both.geoms[1]), area_m2(hole)], abs=1e-6
    )


def test_area_does_not_depend_on_the_rings_direction():
    cell = shapely.box(121.0, 30.0, 121.001, 30.001)
    assert area_m2(cell.reverse()) == pytest.approx(area_m2(cell), abs=1e-9)


def test_nothing_has_no_area():
    assert areas_m2([]).tolist() == []
    assert area_m2(shapely.Polygon()) == 0.0


@given(*PLACE, st.floats(0, 360), st.floats(0.1, 100_000), st.floats(0, 1))
def test_the_box_around_a_point_holds_all_that_is_near(lon, lat, azimuth, metres, share):
    west, south, east, north = bbox_around(lon, lat, metres)
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres * share)
    x += 360 * round((lon - x) / 360)
    assert west <= x <= east
    assert south <= y <= north


@given(*PLACE, st.floats(0, 360), st.floats(0.1, 100_000))
def test_distance_is_the_geodesic_one(lon, lat, azimuth, metres):
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    assert distance_m(lon, lat, x, y) == pytest.approx(metres, abs=1e-6)
