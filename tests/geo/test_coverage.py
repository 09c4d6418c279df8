"""The coverage check names each fault, once, with its place and size, and nothing else."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import CellRow, Kind, check_map, looks_shifted
from geo.datum import CoordType, from_cgcs2000
from geo.errors import BadBoundary
from geo.findings import findings_geojson, findings_rows, findings_table
from geo.measure import area_m2
from geo.partition import cell_codes, partition
from tests.geo.shapes import PARK, PARK_ROADS, boundaries, near

CELLS = partition(PARK, PARK_ROADS, target_m2=40_000.0)
CODES = cell_codes(CELLS, "330203008001")


def rows():
    return [CellRow(code, cell, "G1") for code, cell in zip(CODES, CELLS, strict=True)]


def square(east, north, size=100.0):
    return shapely.box(*near(east, north), *near(east + size, north + size))


def moved(geometry, kind):
    return shapely.transform(
        geometry, lambda xy: np.column_stack(from_cgcs2000(xy[:, 0], xy[:, 1], kind))
    )


def only(findings, kind):
    assert [f.kind for f in findings] == [kind]
    return findings[0]


@settings(max_examples=40, deadline=None)
@given(boundaries())
def test_a_partition_has_no_faults(boundary):
    cells = partition(boundary)
    codes = cell_codes(cells, "330203008001")
    found = check_map([CellRow(c, g, "G1") for c, g in zip(codes, cells, strict=True)], boundary)
    assert [f for f in found if f.fatal] == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(CELLS) - 1))
def test_a_cell_that_is_missing_is_a_gap_of_its_size(missing):
    found = only(check_map([r for r in rows() if r.code != CODES[missing]], PARK), Kind.GAP)
    assert found.fatal
    assert found.area_m2 == pytest.approx(area_m2(CELLS[missing]), abs=0.1)
    assert shapely.Point(found.place).within(CELLS[missing])
    assert CODES[missing] not in found.codes
    assert len(found.codes) >= 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(CELLS) - 1), st.floats(0.05, 0.4))
def test_an_overlap_names_both_cells_and_what_they_share(at, share):
    # One cell grown into its neighbours, but not beyond the boundary.
    grown = CELLS[at].buffer(share * 1e-3).intersection(PARK)
    changed = rows()
    changed[at] = CellRow(CODES[at], grown, "G1")
    found = check_map(changed, PARK)
    assert {f.kind for f in found} == {Kind.OVERLAP}
    assert all(CODES[at] in f.codes and len(f.codes) == 2 and f.fatal for f in found)
    gained = area_m2(grown) - area_m2(CELLS[at])
    assert sum(f.area_m2 for f in found) == pytest.approx(gained, rel=0.2)
    for f in found:
        neighbour = CELLS[CODES.index(next(c for c in f.codes if c != CODES[at]))]
        assert shapely.Point(f.place).within(neighbour)


def test_a_cell_outside_the_boundary():
    out = square(1000, 0)
    found = only(
        check_map([*rows(), CellRow("330203008001999", out, "G1")], PARK), "outside_boundary"
    )
    assert found.codes == ("330203008001999",)
    assert found.area_m2 == pytest.approx(area_m2(out), abs=0.01)


def test_codes_and_grids():
    changed = rows()
    changed[0] = CellRow("33020300800100x", CELLS[0], "G1")
    changed[1] = CellRow(CODES[2], CELLS[1], "G1")
    changed[3] = CellRow(CODES[3], CELLS[3], None)
    changed[4] = CellRow(CODES[4], CELLS[4], " ")
    found = {f.kind: f for f in check_map(changed, PARK)}
    assert set(found) == {Kind.MALFORMED_CODE, Kind.DUPLICATE_CODE, Kind.NO_GRID}
    assert found[Kind.MALFORMED_CODE].codes == ("33020300800100x",)
    assert found[Kind.DUPLICATE_CODE].codes == (CODES[2], CODES[2])
    assert [f.codes for f in check_map(changed, PARK) if f.kind == Kind.NO_GRID] == [
        (CODES[3],),
        (CODES[4],),
    ]


def test_a_ring_that_crosses_itself_is_named_with_its_place():
    west, south, east, north = CELLS[0].bounds
    bow = shapely.Polygon([(west, south), (east, north), (west, north), (east, south)])
    found = check_map([CellRow(CODES[0], bow, "G1"), *rows()[1:]], PARK)
    ring = next(f for f in found if f.kind == Kind.INVALID_RING)
    assert ring.codes == (CODES[0],)
    assert ring.fatal
    assert "Self-intersection" in ring.reason
    assert ring.place is not None


@pytest.mark.parametrize(
    "shape",
    [
        None,
        shapely.Polygon(),
        shapely.Point(121.49, 29.88),
        shapely.LineString([(121.49, 29.88), (121.5, 29.88)]),
        shapely.MultiPolygon([square(0, 0, 10), square(50, 50, 10)]),
    ],
)
def test_what_is_no_polygon(shape):
    found = check_map([*rows(), CellRow("330203008001999", shape, "G1")], PARK)
    first = next(f for f in found if f.kind == Kind.NOT_POLYGON)
    assert first.codes == ("330203008001999",)
    assert first.fatal


@pytest.mark.filterwarnings("ignore:invalid value")
def test_coordinates_that_are_no_numbers():
    shape = shapely.Polygon([(121.49, 29.88), (float("nan"), 29.88), (121.5, 29.9)])
    found = only(
        check_map([*rows(), CellRow("330203008001999", shape, "G1")], PARK), "invalid_ring"
    )
    assert found.codes == ("330203008001999",)


def test_one_polygon_in_a_multipolygon_is_a_polygon():
    wrapped = [CellRow(r.code, shapely.MultiPolygon([r.geometry]), r.grid) for r in rows()]
    assert check_map(wrapped, PARK) == []


def test_a_sliver_is_only_a_warning():
    cell = CELLS[0]
    west, south, east, north = cell.bounds
    cut = shapely.box(west - 1, south - 1, west + (east - west) / 200, north + 1)
    changed = [
        CellRow(CODES[0], cell.difference(cut), "G1"),
        CellRow("330203008001999", cell.intersection(cut), "G1"),
        *rows()[1:],
    ]
    found = only(check_map(changed, PARK), Kind.SLIVER)
    assert found.codes == ("330203008001999",)
    assert not found.fatal


def test_noise_of_rounding_is_no_finding():
    random = np.random.default_rng(3)
    noisy = [
        CellRow(
            r.code, shapely.transform(r.geometry, lambda xy: xy + random.uniform(-1e-9, 1e-9)), "G"
        )
        for r in rows()
    ]
    assert check_map(noisy, PARK) == []


def test_a_gap_of_five_centimetres_is_found():
    at = 5
    west, south, east, north = CELLS[at].bounds
    narrow = CELLS[at].intersection(shapely.box(west + 5e-7, south - 1, east + 1, north + 1))
    changed = rows()
    changed[at] = CellRow(CODES[at], narrow, "G1")
    lost = area_m2(CELLS[at]) - area_m2(narrow)
    found = check_map(changed, PARK)
    assert {f.kind for f in found} == {Kind.GAP}
    assert sum(f.area_m2 for f in found) == pytest.approx(lost, rel=0.01)


def test_no_cells_leave_one_gap():
    found = only(check_map([], PARK), Kind.GAP)
    assert found.area_m2 == pytest.approx(area_m2(PARK), abs=1e-6)


@pytest.mark.parametrize("boundary", [None, shapely.Polygon(), shapely.Point(1, 1)])
def test_a_boundary_that_is_none_is_refused(boundary):
    with pytest.raises(BadBoundary):
        check_map(rows(), boundary)


@pytest.mark.parametrize("kind", [CoordType.GCJ02, CoordType.BD09])
def test_a_shifted_map_is_recognised(kind):
    shifted = [CellRow(r.code, moved(r.geometry, kind), r.grid) for r in rows()]
    assert looks_shifted(shifted, PARK) is kind


def test_a_map_that_fits_or_is_merely_wrong_is_not_called_shifted():
    assert looks_shifted(rows(), PARK) is None
    assert looks_shifted(rows()[:20], PARK) is None
    assert looks_shifted([], PARK) is None
    elsewhere = [CellRow("1", shapely.box(0, 0, 1, 1), "G1")]
    assert looks_shifted(elsewhere, PARK) is None


def test_findings_to_read_and_to_look_at():
    changed = [*rows()[1:], CellRow("12", None, None)]
    found = check_map(changed, PARK)
    table = findings_table(found).splitlines()
    assert table[0].split() == ["kind", "codes", "lon", "lat", "m²", "fatal"]
    assert len(table) == len(found) + 1 == len(findings_rows(found)) + 1
    assert any(line.startswith("gap") and f"{area_m2(CELLS[0]):.2f}" in line for line in table)
    collection = json.loads(json.dumps(findings_geojson(found), allow_nan=False))
    assert collection["type"] == "FeatureCollection"
    assert [f["properties"]["kind"] for f in collection["features"]] == [f.kind for f in found]
    for feature in collection["features"]:
        if feature["geometry"] is not None:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
            assert shape.is_valid
            # RFC 7946, section 3.1.6: the outer ring runs against the clock.
            assert all(shapely.is_ccw(p.exterior) for p in shapely.get_parts(shape))
    assert findings_table([]) == ""
