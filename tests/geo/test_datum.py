"""Datums: there and back again, and the published examples of the formula."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import CoordType, from_cgcs2000, to_cgcs2000, transform_geometry
from geo.errors import CannotTransform, NotFinite, UnknownCrs
from geo.measure import distance_m

SHIFTED = st.sampled_from([CoordType.GCJ02, CoordType.BD09])
IN_CHINA = (st.floats(72.02, 137.82), st.floats(0.85, 55.81))


@given(*IN_CHINA, st.sampled_from(CoordType))
def test_there_and_back_is_exact_to_a_tenth_of_a_millimetre(lon, lat, kind):
    back = to_cgcs2000(*from_cgcs2000(lon, lat, kind), kind)
    assert distance_m(lon, lat, *back) < 1e-4


@given(*IN_CHINA, st.sampled_from(CoordType))
def test_back_and_there_is_exact_too(lon, lat, kind):
    there = from_cgcs2000(*to_cgcs2000(lon, lat, kind), kind)
    assert distance_m(lon, lat, *there) < 1e-4


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=20), SHIFTED)
def test_arrays_and_single_points_agree(points, kind):
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    for convert in (to_cgcs2000, from_cgcs2000):
        many = np.column_stack(convert(lon, lat, kind))
        single = np.array([convert(x, y, kind) for x, y in points]).reshape(-1, 2)
        np.testing.assert_allclose(many, single, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "shifted"),
    [
        # The example of the npm package "coordtransform", which everybody compares with.
        (CoordType.GCJ02, (116.41024449916938, 39.91640428150164)),
        (CoordType.BD09, (116.41662724378733, 39.922699552216216)),
    ],
)
def test_published_example(kind, shifted):
    assert from_cgcs2000(116.404, 39.915, kind) == pytest.approx(shifted, abs=1e-9)


def test_bd09_is_a_turn_of_gcj02():
    # The same package: GCJ-02 116.404, 39.915 is BD-09 116.41036949371029, 39.92133699351021.
    baidu = to_cgcs2000(116.41036949371029, 39.92133699351021, "bd09")
    assert baidu == pytest.approx(to_cgcs2000(116.404, 39.915, "gcj02"), abs=1e-9)


def test_how_far_the_datums_are_off_in_ningbo():
    assert distance_m(121.49, 29.88, *from_cgcs2000(121.49, 29.88, "gcj02")) == pytest.approx(
        500, abs=60
    )
    assert distance_m(121.49, 29.88, *from_cgcs2000(121.49, 29.88, "bd09")) == pytest.approx(
        1120, abs=60
    )


@given(st.floats(-180, 71.9), st.floats(-90, 90), st.sampled_from(CoordType))
def test_outside_china_nothing_is_shifted(lon, lat, kind):
    assert from_cgcs2000(lon, lat, kind) == (lon, lat)
    assert to_cgcs2000(lon, lat, kind) == (lon, lat)


@pytest.mark.parametrize("lon", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", CoordType)
def test_what_is_not_finite_is_refused(lon, kind):
    with pytest.raises(NotFinite, match="not finite"):
        to_cgcs2000(lon, 30.0, kind)
    with pytest.raises(NotFinite):
        to_cgcs2000(np.array([121.0, lon]), np.array([30.0, 30.0]), kind)


def test_an_unknown_datum_is_refused():
    with pytest.raises(ValueError, match="tokyo"):
        to_cgcs2000(121.0, 30.0, "tokyo")


def test_geometry_from_a_gauss_kruger_zone():
    # On the central meridian, easting is the false easting and northing the meridian's arc.
    point = transform_geometry(shapely.Point(500_000, 3_306_400), "EPSG:4549")
    assert point.x == pytest.approx(120.0, abs=1e-12)
    assert distance_m(120.0, 0.0, point.x, point.y) == pytest.approx(3_306_400, abs=1e-3)


def test_wgs84_is_taken_as_cgcs2000_to_the_last_bit():
    line = shapely.LineString([(121.490000000000009, 29.88), (121.5, 29.89)])
    for crs in ("EPSG:4326", "EPSG:4490", "OGC:CRS84", None):
        assert shapely.equals_identical(transform_geometry(line, crs), line)


def test_a_named_datum_comes_after_the_crs():
    lon, lat = from_cgcs2000(121.49, 29.88, "gcj02")
    x = math.radians(lon) * 6378137
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * 6378137
    point = transform_geometry(shapely.Point(x, y), "EPSG:3857", "gcj02")
    assert distance_m(121.49, 29.88, point.x, point.y) < 1e-3


def test_a_long_edge_in_a_projection_stays_where_it_was():
    # Half way along 2 km from east to west, the straight line in degrees would be 4 cm off.
    edge = shapely.LineString([(550_000, 3_306_400), (552_000, 3_306_400)])
    middle = transform_geometry(shapely.Point(551_000, 3_306_400), "EPSG:4549")
    moved = transform_geometry(edge, "EPSG:4549")
    assert shapely.distance(moved, middle) * 111_000 < 2e-4


def test_a_third_dimension_is_dropped_and_none_stays_none():
    shapes = np.array([shapely.Point(121.0, 30.0, 5.0), None], dtype=object)
    moved = transform_geometry(shapes, "EPSG:4326")
    assert not moved[0].has_z
    assert moved[1] is None


def test_a_crs_that_proj_does_not_know_is_refused():
    with pytest.raises(UnknownCrs, match="EPSG:1"):
        transform_geometry(shapely.Point(0, 0), "EPSG:1")


def test_a_place_outside_the_projection_is_refused():
    with pytest.raises(CannotTransform, match="EPSG:4549"):
        transform_geometry(shapely.Point(1e9, 1e9), "EPSG:4549")
