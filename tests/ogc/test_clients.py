"""What clients that nobody here wrote understand of OGC API – Features at `/ogc/v1`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import pyproj
import pytest
import shapely
from ogcapi_registry import (
    ErrorSeverity,
    parse_conformance_classes,
    validate_conformance,
    validate_document,
    validate_ogc_api,
)
from owslib.ogcapi.features import Features

from gridgov.ogc.systems import SYSTEMS
from tests.ogc.conftest import ROOT, Served, ids, items

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"
PYTHON = "/usr/bin/python3"
WAIT = 120
PUBLIC = ["cells", "grids", "cases", "load"]


def run(*command: str, **environ: str) -> str:
    """Run a client; its output counts, however much it complains."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT, env=os.environ | environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_gdal(served: Served, name: str, *options: str) -> dict[str, Any]:
    """Return a collection as Debian's ogr2ogr writes it down."""
    source = f"OAPIF:{served.address}"
    written = run("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", source, name, *options)
    return dict(json.loads(written))


@pytest.mark.parametrize("name", PUBLIC)
def test_debians_gdal_reads_each_collection_page_by_page(served: Served, name: str) -> None:
    found = by_gdal(served, name, "-oo", "PAGE_SIZE=3")["features"]
    ours = items(served.town, name, limit=2_000)
    assert [one["properties"]["id"] for one in found] == ids(ours)
    for one, own in zip(found, ours["features"], strict=True):
        shape, same = (shapely.geometry.shape(each["geometry"]) for each in (one, own))
        assert shapely.equals_exact(shape.normalize(), same.normalize(), 1e-9)
    told = run("ogrinfo", "-ro", "-so", f"OAPIF:{served.address}", name)
    assert f"Feature Count: {ours['numberMatched']}" in told
    assert "WGS 84" in told


def test_debians_gdal_asks_for_a_box_and_with_a_token(served: Served) -> None:
    box = ("121.4901", "29.8801", "121.4909", "29.8809")
    found = by_gdal(served, "cells", "-spat", *box)["features"]
    assert [one["properties"]["code"][-3:] for one in found] == ["001"]
    token = ("--config", "GDAL_HTTP_HEADERS", served.token("gis"))
    seen = by_gdal(served, "cases", *token)["features"]
    ours = items(served.town, "cases", "gis", limit=2_000)
    assert [one["properties"]["id"] for one in seen] == ids(ours)
    texts = {one["properties"]["text"] for one in seen}
    assert texts == {one["properties"]["text"] for one in ours["features"]}
    assert any(text and text.startswith("概要") for text in texts)


def test_what_the_readme_shows_works(served: Served, tmp_path: Path) -> None:
    """Its commands, line by line, in the town that is served here."""
    said = README.read_text("utf-8").split("**OGC API – Features**")[1].split("```")[1]
    lines = [line for line in said.splitlines()[1:] if not line.startswith("export")]
    environ = {
        "HOST": served.address.removesuffix(ROOT),
        "TOKEN": served.town.tokens["gis"],
    }
    found = [
        run("bash", "-euc", f"cd {shlex.quote(str(tmp_path))}; {line}", **environ) for line in lines
    ]
    assert len(found) == 6
    assert "cases" in found[0]
    for name in ("cells.gpkg", "here.geojson", "own.gpkg"):
        assert pyogrio.read_info(tmp_path / name)["features"] > 0, name
    assert json.loads(found[4])["numberMatched"] == 2
    (one,) = json.loads(found[5])["features"]
    northing, easting = one["geometry"]["coordinates"][0][0]
    assert northing > 3_000_000 > easting


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4490", "EPSG:3857"])
def test_the_wheels_gdal_asks_for_another_system(served: Served, crs: str) -> None:
    source = f"OAPIF:{served.address}/collections/cells"
    meta, table = pyogrio.read_arrow(source, CRS=crs)
    assert pyproj.CRS(meta["crs"]).to_epsg() == int(crs.partition(":")[2])
    way = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    found = shapely.from_wkb([one.as_py() for one in table[meta["geometry_name"] or -1]])
    ours = items(served.town, "cells")["features"]
    for shape, own in zip(found, ours, strict=True):
        xy = shapely.get_coordinates(shapely.geometry.shape(own["geometry"]))
        same = [*zip(*way.transform(*xy.T), strict=True)]
        near = 1e-9 if pyproj.CRS(crs).is_geographic else 2e-4
        assert abs(shapely.get_coordinates(shape) - same).max() < near


def test_qgis_reads_a_collection_in_pages_and_by_a_box(served: Served) -> None:
    if subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.fail("run `make test`, which installs python3-qgis")
    reader = str(HERE / "qgis_reader.py")
    for name in ("cells", "cases"):
        found = json.loads(run(PYTHON, reader, served.address, name, QT_QPA_PLATFORM="offscreen"))
        ours = items(served.town, name, limit=2_000)
        assert found["valid"], found
        assert found["crs"] == "EPSG:4326"  # longitude first, as QGIS keeps it
        assert found["count"] == ours["numberMatched"]
        assert found["ids"] == sorted(ids(ours))
        assert set(ours["features"][0]["properties"]) <= set(found["fields"])
        first = shapely.geometry.shape(ours["features"][0]["geometry"])
        assert shapely.from_wkt(found["wkt"]).equals_exact(first, 1e-8)
        inside = items(served.town, name, bbox="121.4901,29.8801,121.4909,29.8809")
        assert found["inside"] == sorted(ids(inside)) and found["inside"]


def test_owslib(served: Served) -> None:
    client = Features(served.address)
    assert client.feature_collections() == PUBLIC
    assert client.collection("cells")["itemType"] == "feature"
    assert "area_m2" in client.collection_queryables("cells")["properties"]
    assert "/collections" in client.api()["paths"]
    page = client.collection_items("cells", limit=3)
    assert (page["numberMatched"], page["numberReturned"]) == (4, 3)
    key = page["features"][0]["id"]
    assert client.collection_item("cells", key)["properties"]["code"] == key
    boxed = client.collection_items("cells", bbox=[121.4901, 29.8801, 121.4909, 29.8809])
    assert ids(boxed) == [key]
    big = client.collection_items("cells", filter="area_m2 > 1e6")
    assert big["numberMatched"] == 0
    own = Features(served.address, headers={"Authorization": served.token("gis").split(": ")[1]})
    assert own.feature_collections() == ["cells", "grids", "firms", "cases", "load"]


def test_camptocamps_client(served: Served) -> None:
    script = HERE / "client" / "read.js"
    assert (script.parent / "node_modules").is_dir(), "run `make test`, which installs it"
    # Where the machine has no Node, `make test` puts one beside this Python.
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"
    node = shutil.which("node", path=path) or "node"
    found = json.loads(run(node, str(script), served.address, NO_PROXY="127.0.0.1"))
    assert found["hasFeatures"] is True
    assert found["collections"] == PUBLIC
    assert found["cells"]["crs"] == list(SYSTEMS)
    assert len(found["items"]) == 3 and found["item"]["id"] == "330203008-01"
    assert {"code", "area_m2", "landmark"} <= {one["name"] for one in found["cells"]["queryables"]}
    answer = httpx.get(found["address"])
    assert answer.status_code == 200, (found["address"], answer.text)
    assert answer.headers["Content-Crs"].endswith("/EPSG/0/4549>")


def test_the_description_and_the_declared_classes_hold(served: Served) -> None:
    """The checker looks at the OpenAPI document and the list of classes, not at the answers."""
    document = httpx.get(f"{served.address}/api", params={"f": "json"}).json()
    declared = httpx.get(f"{served.address}/conformance").json()["conformsTo"]
    assert validate_document(document).is_valid
    result = validate_ogc_api(document, parse_conformance_classes(declared))
    bad = [one for one in result.errors if one.get("severity") != ErrorSeverity.INFO]
    assert not bad, bad
    report = validate_conformance(declared)
    assert not [one for one in report.unrecognised if "ogcapi-features" in one]
    missing = {one.uri.rpartition("/")[2] for one in report.undeclared_siblings}
    assert not missing & {"core", "oas30", "html", "geojson", "crs", "queryables", "filter"}
