"""Every document in every form; what is asked wrongly is 400; who asks decides what is shown."""

from __future__ import annotations

from typing import Any

import pyproj
import pytest
import shapely

from gridgov.exchange.features import MOST
from gridgov.ogc.systems import CRS84, SYSTEMS
from tests.ogc.conftest import ask, ids, items
from tests.support.town import SOUTH, STEP, WEST, Town

DOCUMENTS = (
    "",
    "/",
    "/conformance",
    "/api",
    "/collections",
    *(f"/collections/{name}" for name in ("cells", "grids", "cases", "load")),
    *(f"/collections/{name}/queryables" for name in ("cells", "grids", "cases", "load")),
    *(f"/collections/{name}/items" for name in ("cells", "grids", "cases", "load")),
    "/collections/grids/items/330203008-01",
)
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_document_is_there_for_programs_and_for_people(twin: Town, path: str) -> None:
    assert ask(twin, path).is_json
    assert ask(twin, path, f="json").is_json
    page = ask(twin, path, f="html")
    assert page.mimetype == "text/html" and "<h1>" in page.text
    browser = twin.client.get("/ogc/v1" + path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.mimetype == "text/html"
    for wrong in ({"f": "xml"}, {"nothing": "1"}):
        answer = ask(twin, path, **wrong)
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(twin: Town, path: str) -> None:
    for one in ask(twin, path, f="json").json.get("links", []):
        found = twin.client.get(one["href"].replace("http://localhost", ""))
        assert found.status_code == 200, one
        assert found.content_type.split(";")[0] == one["type"].split(";")[0], one


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "1.5"}, {"limit": ""},
        {"offset": "-1"}, {"offset": "1000000"},
        {"bbox": "1,2,3"}, {"bbox": "1,2,3,x"}, {"bbox": "1,2,nan,4"}, {"bbox": "1,4,3,2"},
        {"bbox": "170,20,-170,30"}, {"bbox": "1,2,3,4", "bbox-crs": "EPSG:4326"},
        {"bbox": "20,170,30,-170", "bbox-crs": EPSG + "4326"},
        {"datetime": "yesterday"}, {"datetime": ".."}, {"datetime": "2026-11-22/2026-11-21"},
        {"datetime": "2026-01-01/2026-02-01/2026-03-01"}, {"datetime": "2026-13-01"},
        {"crs": "EPSG:4490"}, {"crs": EPSG + "4547"}, {"after": ""}, {"after": "x" * 65},
        {"filter": "status ="}, {"filter": "colour = 'red'"}, {"filter": "round = 'x'"},
        {"filter": "lower(status) = 'x'"}, {"filter": "status"}, {"filter": "TRUE = 'x'"},
        {"filter": "round + 1 = 2"}, {"filter": "S_INTERSECTS(geometry, status)"},
        {"filter": "S_INTERSECTS(geometry, POINT(500 20))"},
        {"filter": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))"},
        {"filter": "status = 'x'", "filter-lang": "sql"},
        {"filter": '{"op":"="', "filter-lang": "cql2-json"},
        {"filter": '{"op":"pg_sleep","args":[9]}', "filter-lang": "cql2-json"},
        {"filter": "(" * 9_000}, {"filter": "[" * 9_000, "filter-lang": "cql2-json"},
        {"round": "x"}, {"status": ["open", "closed"]},
    ],
)  # fmt: skip
def test_a_bad_question_is_refused_with_a_sentence(twin: Town, query: dict[str, Any]) -> None:
    answer = ask(twin, "/collections/cases/items", "dispatcher", **query)
    assert answer.status_code == 400, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 400 and len(answer.json["detail"]) > 10


def test_what_is_not_there_is_404_in_the_same_form(twin: Town) -> None:
    for path in ("/x", "/collections/x", "/collections/x/items", "/collections/cells/items/x"):
        answer = ask(twin, path)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
    assert twin.client.post("/ogc/v1/collections").status_code == 405


def test_the_directory_of_firms_is_for_people_with_a_duty(twin: Town) -> None:
    assert ask(twin, "/collections/firms/items").status_code == 401
    assert ask(twin, "/collections/firms/items", "resident").status_code == 403
    assert ask(twin, "/collections/firms/items", "gis").status_code == 200
    for who, there in ((None, False), ("resident", False), ("gis", True)):
        listed = {one["id"] for one in ask(twin, "/collections", who).json["collections"]}
        assert ("firms" in listed) is there


def test_the_public_gets_components_only_and_no_word_of_a_reporter(twin: Town) -> None:
    public = items(twin, "cases", limit=MOST)
    seen = items(twin, "cases", "dispatcher", limit=MOST)
    assert 0 < public["numberMatched"] < seen["numberMatched"]
    assert {one["properties"]["kind"] for one in public["features"]} == {"component"}
    assert {one["properties"]["text"] for one in public["features"]} == {None}
    told = set(public["features"][0]["properties"])
    assert not told & {"address", "external_ref", "channel", "unit", "result"}
    assert "party" not in {one["properties"]["kind"] for one in seen["features"]}
    wanted = {"kind": "party"}
    assert items(twin, "cases", "dispatcher", **wanted)["numberMatched"] == 0
    for name in ("address", "text", "external_ref"):
        hidden = ask(twin, "/collections/cases/items", filter=f"{name} LIKE '%8%'")
        assert hidden.status_code == (200 if name == "text" else 400)
        assert name != "text" or hidden.json["numberMatched"] == 0
    listed = {one for one in ids(seen) if one not in ids(public)}
    assert ask(twin, f"/collections/cases/items/{min(listed)}").status_code == 404


def test_counts_below_five_are_hidden_from_the_public_and_from_its_filters(twin: Town) -> None:
    public = items(twin, "load")["features"]
    assert len(public) == 4
    hidden = [one for one in public if one["properties"]["few"]]
    for one in public:
        told = one["properties"]
        assert (told["reported"] is None) is told["few"] and (told["reported"] or 5) >= 5
        assert told["open"] in (None, 0) or told["open"] >= 5
    found = items(twin, "load", filter="reported < 5")
    assert found["numberMatched"] == 0
    assert items(twin, "load", filter="reported IS NULL")["numberMatched"] == len(hidden)
    months = items(twin, "load", "dispatcher", limit=MOST)["features"]
    assert len(months) == 48 and not any(one["properties"]["few"] for one in months)
    total = sum(one["properties"]["reported"] for one in months)
    assert total == items(twin, "cases", "dispatcher", limit=1)["numberMatched"]


def test_load_by_its_period(twin: Town) -> None:
    months = items(twin, "load", "dispatcher", limit=MOST)["features"]
    last = max(one["properties"]["period"] for one in months)
    inside = items(twin, "load", "dispatcher", datetime=f"{last}-15T00:00:00Z")
    assert {one["properties"]["period"] for one in inside["features"]} == {last}
    assert items(twin, "load", "dispatcher", datetime="../2001-01-01")["numberMatched"] == 0


def test_each_collection_keeps_to_its_kind_of_geometry(twin: Town) -> None:
    for name, kind in (("cells", "Polygon"), ("grids", "MultiPolygon"), ("load", "Polygon")):
        found = {one["geometry"]["type"] for one in items(twin, name)["features"]}
        assert found == {kind}
        told = ask(twin, f"/collections/{name}/queryables").json["properties"]["geometry"]
        assert told["format"] == f"geometry-{kind.lower()}"


def test_a_limit_above_the_maximum_is_taken_as_the_maximum(twin: Town) -> None:
    page = items(twin, "cases", "dispatcher", limit=10**15)
    assert page["numberReturned"] == page["numberMatched"]


@pytest.mark.parametrize("uri", SYSTEMS)
@pytest.mark.parametrize("name", ["cells", "grids", "cases"])
def test_coordinates_are_those_of_proj_in_the_order_of_the_axes(
    twin: Town, uri: str, name: str
) -> None:
    plain = items(twin, name, "dispatcher", limit=5)["features"]
    answer = ask(twin, f"/collections/{name}/items", "dispatcher", limit=5, crs=uri)
    assert answer.headers["Content-Crs"] == f"<{uri}>"
    # Without always_xy PROJ takes and gives coordinates in the order of the authority's axes.
    target = "OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rpartition('/')[2]}"
    way = pyproj.Transformer.from_crs("EPSG:4490", target)
    if not pyproj.CRS(target).is_projected:
        swapped = target != "OGC:CRS84"
    for before, after in zip(plain, answer.json["features"], strict=True):
        xy = shapely.get_coordinates(shapely.geometry.shape(before["geometry"]))
        found = shapely.get_coordinates(shapely.geometry.shape(after["geometry"]))
        if pyproj.CRS(target).is_projected:
            first, second = way.transform(xy[:, 1], xy[:, 0])
        else:
            first, second = (xy[:, 1], xy[:, 0]) if swapped else (xy[:, 0], xy[:, 1])
        near = 2e-4 if pyproj.CRS(target).is_projected else 1e-9
        assert abs(found[:, 0] - first).max() < near
        assert abs(found[:, 1] - second).max() < near
        one = ask(twin, f"/collections/{name}/items/{before['id']}", "dispatcher", crs=uri)
        assert one.json["geometry"] == after["geometry"]
        assert one.headers["Content-Crs"] == f"<{uri}>"


@pytest.mark.parametrize("uri", SYSTEMS)
def test_a_box_finds_the_same_in_every_system(twin: Town, uri: str) -> None:
    # Inside the first cell only; its edges lie well away from the cell's own.
    west, south, east, north = WEST + 1e-4, SOUTH + 1e-4, WEST + STEP - 1e-4, SOUTH + STEP - 1e-4
    box = f"{west},{south},{east},{north}"
    if uri != CRS84:
        target = pyproj.CRS(f"EPSG:{uri.rpartition('/')[2]}")
        way = pyproj.Transformer.from_crs("EPSG:4490", target, always_xy=True)
        edges = way.transform_bounds(west, south, east, north) if target.is_projected else (
            west, south, east, north)  # fmt: skip
        if target.axis_info[0].direction == "north":
            edges = (edges[1], edges[0], edges[3], edges[2])
        box = ",".join(map(str, edges))
    found = items(twin, "cells", bbox=box, bbox_crs=uri)
    assert ids(found) == ids(items(twin, "cells", limit=1))
    assert ids(items(twin, "cells", bbox="121,29,0,122,30,9")) == ids(items(twin, "cells"))
    assert items(twin, "cells", bbox="-180,-90,180,90")["numberMatched"] == 4
    assert items(twin, "cases", bbox="0,0,1,1")["numberMatched"] == 0
