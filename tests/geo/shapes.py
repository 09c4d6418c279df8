"""Invented maps for the tests: boundaries and roads near Ningbo."""

import math

import shapely
from hypothesis import strategies as st

LON, LAT = 121.49, 29.88


def near(east: float, north: float) -> tuple[float, float]:
    """Metres from the middle of the map to degrees, roughly."""
    return LON + east / 96_500.0, LAT + north / 110_860.0


def star(radii: list[float], east: float = 0.0, north: float = 0.0) -> shapely.Polygon:
    step = 2 * math.pi / len(radii)
    return shapely.Polygon(
        near(east + r * math.cos(k * step), north + r * math.sin(k * step))
        for k, r in enumerate(radii)
    )


@st.composite
def boundaries(draw: st.DrawFn) -> shapely.Polygon | shapely.MultiPolygon:
    """Crooked, with bays; sometimes with a hole, sometimes of two parts."""
    outer = star(draw(st.lists(st.floats(150, 700), min_size=3, max_size=12)))
    if draw(st.booleans()):
        outer = outer.difference(star(draw(st.lists(st.floats(20, 90), min_size=3, max_size=6))))
    if draw(st.booleans()):
        outer = outer.union(star([120.0, 200.0, 90.0, 150.0], east=900.0))
    return outer


@st.composite
def roads(draw: st.DrawFn) -> list[shapely.LineString]:
    metres = st.floats(-900, 900)
    return [
        shapely.LineString(near(*corner) for corner in corners)
        for corners in draw(
            st.lists(
                st.lists(st.tuples(metres, metres), min_size=2, max_size=5, unique=True), max_size=5
            )
        )
    ]


PARK = shapely.box(*near(-985, -985), *near(985, 985))
PARK_ROADS = [
    shapely.LineString([near(-1100, -400), near(0, -300), near(1100, -500)]),
    shapely.LineString([near(-300, -1100), near(-250, 0), near(-400, 1100)]),
    shapely.LineString([near(500, -1100), near(400, 1100)]),
    shapely.LineString([near(-1100, 600), near(1100, 450)]),
]
