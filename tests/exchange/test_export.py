"""Files: written, read back by another GDAL, and for each as much as they may see."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
import shapely

from geo.datum import to_cgcs2000
from gridgov.exchange.formats import FORMATS
from tests.exchange.other_gdal import read
from tests.support.town import PEOPLE, SOUTH, STEP, WEST, Town

DRIVERS = {"geojson": "GeoJSON", "gpkg": "GPKG", "fgb": "FlatGeobuf", "kml": "KML",
           "shp": "ESRI Shapefile", "csv": "CSV", "xlsx": "XLSX"}  # fmt: skip
PLAIN = ["geojson", "gpkg", "fgb", "shp", "kml", "csv", "xlsx"]


def fetch(town: Town, what: str, who: str = "dispatcher", query: str = "") -> Any:
    answer = town.get(f"/exports/{what}{query}", who)
    assert answer.status_code == 200, answer.text
    return answer


def saved(town: Town, what: str, folder: Path, who: str = "dispatcher", query: str = "") -> Path:
    """Export to a file of the name that the answer gives it."""
    answer = fetch(town, what, who, query)
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    path = folder / name
    path.write_bytes(answer.data)
    return path


def features(town: Town, what: str, who: str = "dispatcher", query: str = "") -> Any:
    return json.loads(fetch(town, what, who, query).data)["features"]


def cases_of(town: Town, who: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = town.get(f"/cases?limit=200{query}{after and '&after=' + after}", who).json
        found += page["cases"]
        after = page["next"]
    return [one for one in found if one["category"]["code"][:2] != "41"]


@pytest.mark.parametrize("form", PLAIN)
def test_another_gdal_reads_the_same(twin: Town, form: str, tmp_path: Path) -> None:
    datum = "wgs84" if FORMATS[form].wgs84_only else "cgcs2000"
    path = saved(twin, f"cases.{form}", tmp_path, query=f"?datum={datum}")
    layer = next(iter(read(path).values()))
    wanted = {one["number"]: one for one in cases_of(twin, "dispatcher")}
    assert layer["count"] == len(wanted)
    found = [one["properties"] for one in layer["features"]]
    texts = {one["number"]: one["text"] for one in found}
    assert layer["driver"] in (DRIVERS[form], "LIBKML")
    assert layer["version"] != pyogrio.__gdal_version_string__
    mark = "'" if form == "csv" else ""
    for number, text in texts.items():
        assert text.removeprefix(mark) == wanted[number]["text"]
    names = set(layer["fields"])
    assert {"number", "text", "category"} <= names
    if form in ("csv", "xlsx"):
        assert {f"lon_{datum}", f"lat_{datum}"} <= names
        return
    w, e, s, n = layer["extent"]
    assert WEST <= w < e <= WEST + 4 * STEP
    assert SOUTH <= s < n <= SOUTH + STEP
    assert ("China" in layer["crs"]) == (datum == "cgcs2000")


@pytest.mark.parametrize("form", ["gpkg", "fgb", "shp"])
@pytest.mark.parametrize("datum", ["EPSG:4549", "gk", "EPSG:3857", "EPSG:4326"])
def test_the_crs_is_written_into_the_file(
    twin: Town, form: str, datum: str, tmp_path: Path
) -> None:
    path = saved(twin, f"cells.{form}", tmp_path, query=f"?datum={datum}")
    info = pyogrio.read_info(f"/vsizip/{path}/cells.shp" if form == "shp" else path)
    code = {"gk": "4549"}.get(datum, datum[-4:])
    assert (info["crs"] == f"EPSG:{code}") or form == "shp"
    layer = next(iter(read(path).values()))
    said = {"4549": "120E", "3857": "Mercator", "4326": "WGS"}[code]
    assert said in layer["crs"]
    shapes = shapely.from_wkb(
        pyogrio.raw.read(f"/vsizip/{path}/cells.shp" if form == "shp" else path)[2]
    )
    if code == "4549":
        x, y = shapely.get_coordinates(shapes).mean(axis=0)
        assert 600_000 < x < 700_000 and 3_200_000 < y < 3_400_000  # easting first


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("form", ["geojson", "gpkg", "fgb", "shp", "csv", "xlsx"])
def test_a_datum_that_no_crs_can_say_is_in_the_name(
    twin: Town, form: str, datum: str, tmp_path: Path
) -> None:
    path = saved(twin, f"cases.{form}", tmp_path, query=f"?datum={datum}")
    assert datum in path.name
    if form in ("csv", "xlsx"):
        return
    layer = next(iter(read(path).values()))
    true = {one["number"]: one["point"] for one in cases_of(twin, "dispatcher")}
    for one in layer["features"]:
        x, y = one["geometry"]["coordinates"]
        lon, lat = to_cgcs2000(x, y, datum)
        there = true[one["properties"]["number"]]
        assert (lon, lat) == pytest.approx((there["lon"], there["lat"]), abs=2e-9)
    assert "China" not in layer["crs"]
    if form != "geojson":  # which has no way to say nothing
        assert "WGS" not in layer["crs"]


def test_geojson_and_kml_are_in_wgs84_only(twin: Town) -> None:
    for form in ("geojson", "kml"):
        for datum in ("EPSG:4549", "EPSG:3857", "gk"):
            assert twin.get(f"/exports/cells.{form}?datum={datum}", "gis").status_code == 422
    assert twin.get("/exports/cells.kml?datum=gcj02", "gis").status_code == 422


def test_geojson_keeps_rfc_7946(twin: Town) -> None:
    whole = json.loads(fetch(twin, "cells.geojson", query="?datum=wgs84").data)
    assert "crs" not in whole
    assert whole["bbox"] == pytest.approx([WEST, SOUTH, WEST + 4 * STEP, SOUTH + STEP])
    assert len(whole["features"]) == 4
    for one in whole["features"]:
        assert shapely.is_ccw(shapely.from_geojson(json.dumps(one["geometry"])).exterior)


def test_a_geopackage_holds_several_layers_with_styles(twin: Town, tmp_path: Path) -> None:
    path = saved(twin, "cells,grids,firms,cases.gpkg", tmp_path)
    assert path.name == "cells_grids_firms_cases.gpkg"
    named = {str(name) for name, kind in pyogrio.list_layers(path) if kind}
    assert named == {"cells", "grids", "firms", "cases"}
    found = read(path)
    assert found["cells"]["count"] == 4
    assert found["grids"]["count"] == 2
    with sqlite3.connect(path) as file:
        styles = file.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
    assert {(name, default) for name, _, default, _ in styles} == {(n, 1) for n in named}
    # Of 1.3: QGIS 3.22's GDAL warns of anything newer.
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (10300,)
    for _, column, _, qml in styles:
        assert column == "geom"
        assert qml.startswith("<!DOCTYPE qgis") and qml.endswith("</qgis>")


@pytest.mark.parametrize("encoding", ["utf-8", "cp936"])
def test_a_shapefile_in_either_encoding(twin: Town, encoding: str, tmp_path: Path) -> None:
    path = saved(twin, "cases.shp", tmp_path, query=f"?encoding={encoding}")
    with zipfile.ZipFile(path) as archive:
        assert archive.read("cases.cpg").decode().strip().upper() == encoding.upper()
        key = archive.read("cases.fields.csv").decode("utf-8-sig").splitlines()
        raw = archive.read("cases.dbf")
    assert "cat_name,category_name,cgcs2000" in key
    assert "路灯不亮".encode(encoding) in raw
    layer = next(iter(read(path).values()))
    assert all(len(name) <= 10 and name.isascii() for name in layer["fields"])
    assert any("路灯不亮" in (one["properties"]["text"] or "") for one in layer["features"])


def test_a_csv_opens_in_excel_and_runs_nothing(twin: Town) -> None:
    data = fetch(twin, "cases.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == len(cases_of(twin, "dispatcher"))
    for row in rows:
        assert len(row["reported_at"]) == len("2026-03-03 10:00:00")
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
        assert row["text"]


def test_an_xlsx_has_real_numbers_and_times(twin: Town) -> None:
    book = openpyxl.load_workbook(io.BytesIO(fetch(twin, "cells,cases.xlsx").data))
    assert book.sheetnames == ["cells", "cases"]
    sheet = book["cases"]
    assert sheet.freeze_panes == "A2"
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        by_name = dict(zip(head, row, strict=True))
        assert isinstance(by_name["reported_at"].value, datetime)
        assert isinstance(by_name["round"].value, int)
        assert by_name["text"].data_type == "s"
        assert all(cell.data_type != "f" for cell in row)


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_an_export_holds_what_the_list_shows(twin: Town, who: str) -> None:
    listed = {one["number"]: one for one in cases_of(twin, who)}
    found = {one["properties"]["number"]: one for one in features(twin, "cases.geojson", who)}
    assert found.keys() == listed.keys()
    for number, one in found.items():
        facts, shown = one["properties"], listed[number]
        # The twin in SQL says the same as the rules: text, or the summary only.
        assert facts["text"] == shown["text"]
        assert not {"reporter", "contact", "phone", "description"} & facts.keys()
        assert facts["category"][:2] != "41"


def test_gis_gets_private_cases_as_their_cell(twin: Town) -> None:
    true = {one["number"]: one for one in cases_of(twin, "dispatcher")}
    places = set()
    for one in features(twin, "cases.geojson", "gis"):
        facts, there = one["properties"], true[one["properties"]["number"]]
        private = facts["kind"] in ("resident", "enterprise") or there["confidential"]
        assert facts["place"] == ("cell" if private else "exact")
        places.add(facts["place"])
        x, y = one["geometry"]["coordinates"]
        same = (x, y) == pytest.approx((there["point"]["lon"], there["point"]["lat"]), abs=1e-8)
        assert same != private
        assert (facts["address"] is None) == private
    assert places == {"cell", "exact"}


def test_a_narrow_box_finds_no_private_place(twin: Town) -> None:
    case = next(one for one in cases_of(twin, "dispatcher", "&category=21"))
    lon, lat = case["point"]["lon"], case["point"]["lat"]
    query = f"?bbox={lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}&category=21"
    assert features(twin, "cases.geojson", "dispatcher", query)
    assert not features(twin, "cases.geojson", "gis", query)


def test_filters_are_those_of_the_list(twin: Town) -> None:
    for query in ("status=open", "category=02", "grid=330203008-02", "unit=property",
                  "from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z"):  # fmt: skip
        listed = {one["number"] for one in cases_of(twin, "dispatcher", "&" + query)}
        found = {
            f["properties"]["number"] for f in features(twin, "cases.geojson", query=f"?{query}")
        }
        assert found == listed


def test_firms_are_for_people_with_a_duty(twin: Town) -> None:
    assert twin.get("/exports/firms.csv", "gis").status_code == 200
    assert twin.get("/exports/firms.csv", "resident").status_code == 403
    assert twin.get("/exports/firms.csv").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [("roads.geojson", 422), ("cells.exe", 422), ("cells.gpkg?datum=mars", 422),
     ("cells.gpkg?datum=EPSG:999999", 422), ("cells,grids.geojson", 422),
     ("cells.shp?encoding=latin1", 422), ("cells.gpkg?limit=1", 422),
     ("cells.gpkg?datum=EPSG:4978", 422), ("../cells.gpkg", 404)],
)  # fmt: skip
def test_what_cannot_be_had_is_said(twin: Town, path: str, status: int) -> None:
    answer = twin.get(f"/exports/{path}", "gis")
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("who", ["gis", "dispatcher"])
def test_both_databases_write_the_same_bytes(twins: dict[str, Town], who: str) -> None:
    for what in ("cases.geojson", "cases.csv", "cases.fgb", "cells.geojson", "firms.csv"):
        one, two = (fetch(town, what, who).data for town in twins.values())
        assert one == two, what
        shows = "路灯不亮".encode() in one
        assert shows == (who == "dispatcher" and what.startswith("cases")), what
