"""What leaves comes back: the same map through every format and datum."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.partition import cell_codes, partition
from gridgov.cases.known import Known, known
from gridgov.database import transaction
from gridgov.exchange.datum import read_datum
from gridgov.exchange.export import Asked, prepare
from gridgov.park.import_map import import_map
from gridgov.park.index import maps
from gridgov.park.read_map import read_plan
from gridgov.people.actors import IMPORT
from tests.exchange.conftest import NOW
from tests.support.town import SOUTH, STEP, STREET, WEST, Town

BACK = [
    ("geojson", "wgs84", 1e-9), ("gpkg", "cgcs2000", 1e-9), ("fgb", "cgcs2000", 1e-9),
    ("shp", "cgcs2000", 1e-9), ("gpkg", "gk", 1e-9), ("shp", "EPSG:4549", 1e-9),
    ("geojson", "gcj02", 1e-8), ("geojson", "bd09", 1e-8), ("gpkg", "gcj02", 1e-8),
    ("fgb", "bd09", 1e-8), ("shp", "bd09", 1e-8), ("shp", "gcj02", 1e-8),
]  # fmt: skip
SHIFTED = ("gcj02", "bd09")
NAMES = [*SHIFTED, "EPSG:4490", "EPSG:3857"]


def exported(town: Town, folder: Path, form: str, datum: str, at: datetime = NOW) -> Path:
    from gridgov.app import installation

    with town.app.app_context(), transaction(write=False) as session:
        found: Known = known(session, installation().settings)
        ready = prepare(session, Asked(("cells",), form, datum), IMPORT, at, found)
        path = folder / ready.name
        path.unlink(missing_ok=True)
        ready.write(path)
        return path


@pytest.mark.parametrize(("form", "datum", "near"), BACK)
def test_cells_come_back_where_they_were(
    twin: Town, form: str, datum: str, near: float, tmp_path: Path
) -> None:
    path = exported(twin, tmp_path, form, datum)
    plan = read_plan(path, coord_type=datum if datum in SHIFTED else None)
    there = {cell.code: cell for cell in plan.cells}
    with twin.app.app_context(), transaction(write=False) as session:
        here = {c.code: c for v in maps(session).at(NOW.date()).versions for c in v.cells}
    assert there.keys() == here.keys()
    for code, cell in there.items():
        assert cell.grid == here[code].grid
        assert shapely.hausdorff_distance(cell.geometry, here[code].shape) < near
        one = shapely.get_coordinates(shapely.normalize(shapely.orient_polygons(cell.geometry)))
        if datum not in ("gk", "EPSG:4549"):  # whose edges are divided on the way in
            assert len(one) == 5


@pytest.mark.parametrize("form", ["geojson", "fgb", "csv", "gpkg"])
def test_a_second_pass_writes_the_same_bytes(town: Town, form: str, tmp_path: Path) -> None:
    """Export, import, export: from then on nothing changes any more."""
    boundary = shapely.box(WEST, SOUTH, WEST + 4 * STEP, SOUTH + STEP)
    cells = partition(boundary, target_m2=2_500)
    codes = cell_codes(cells, f"{STREET}001")
    features = [
        {"type": "Feature", "geometry": json.loads(shapely.to_geojson(cell)),
         "properties": {"code": code, "grid": f"{STREET}-{1 + n % 2:02}", "landmark": f"地标{n}"}}
        for n, (code, cell) in enumerate(zip(codes, cells, strict=True))
    ]  # fmt: skip
    first = tmp_path / "first.geojson"
    first.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    written = []
    source = first
    for turn in range(3):
        day = NOW.date() - timedelta(days=10 - turn)
        with town.app.app_context(), transaction() as session:
            import_map(session, "park", read_plan(source), day, NOW, source.name)
        at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        folder = tmp_path / str(turn)
        folder.mkdir()
        again = exported(town, folder, form, "wgs84" if form == "geojson" else "cgcs2000", at)
        written.append(again.read_bytes())
        if form != "csv":  # which is no map file
            source = again
    if form == "gpkg":  # which holds the time of its writing
        assert read_plan(source).cells == read_plan(folder / source.name).cells
    else:
        assert written[1] == written[2]
    assert len(written[0]) > 1_000


@settings(max_examples=50)
@given(st.floats(73, 135), st.floats(18, 53), st.sampled_from(NAMES))
def test_a_point_is_brought_to_a_datum_and_back(lon: float, lat: float, name: str) -> None:
    from geo.datum import transform_geometry

    datum = read_datum(name, "")
    there = datum.shapes(shapely.Point(lon, lat))
    back = transform_geometry(there, datum.crs, datum.shift)
    assert shapely.distance(back, shapely.Point(lon, lat)) < 1e-8
