"""Tiles: the same from both databases, for each as much as they may see."""

from __future__ import annotations

from collections import Counter
from math import asinh, floor, pi, radians, tan
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases.tables import Case
from gridgov.exchange.tile import EXTENT, Tile, TileMissing
from tests.exchange.conftest import TEXT
from tests.insight.test_api import kept
from tests.support.desk import working
from tests.support.town import IN_G1, PEOPLE, SOUTH, STEP, WEST, Town

WHO = [None, "resident", "gis", "leader", "handler", "dispatcher", "caller", "organiser"]
LAYERS = ["cells", "grids", "cases", "load"]


def tile_at(z: int, lon: float = IN_G1[0], lat: float = IN_G1[1]) -> tuple[int, int, int]:
    n = 2**z
    y = (1 - asinh(tan(radians(lat))) / pi) / 2
    return z, floor((lon + 180) / 360 * n), floor(y * n)


def fetch(town: Town, layer: str, z: int, who: str | None = None, query: str = "") -> Any:
    path = "/tiles/{}/{}/{}/{}.mvt".format(layer, *tile_at(z))
    return town.client.get(path + query, headers=town.headers(who))


def layers(town: Town, layer: str, z: int, who: str | None = None, query: str = "") -> Any:
    answer = fetch(town, layer, z, who, query)
    assert answer.status_code in (200, 204), answer.text
    return mapbox_vector_tile.decode(answer.data) if answer.data else {}


def features(town: Town, layer: str, z: int, who: str | None = None, query: str = "") -> Any:
    found = layers(town, layer, z, who, query).get(layer, {"features": []})
    return found["features"]


def rounded(found: Any) -> Any:
    """Return layers with their features in one order, positions as they are drawn."""
    return {
        name: sorted(
            (sorted(one["properties"].items()), one["geometry"]["coordinates"])
            for one in layer["features"]
        )
        for name, layer in found.items()
    }


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("z", [4, 13, 14, 16, 18])
def test_both_databases_draw_the_same(
    twins: dict[str, Town], layer: str, z: int, who: str | None
) -> None:
    one, two = (rounded(layers(town, layer, z, who)) for town in twins.values())
    assert one.keys() == two.keys()
    for name in one:
        assert [said for said, _ in one[name]] == [said for said, _ in two[name]]
        for (_, here), (_, there) in zip(one[name], two[name], strict=True):
            # The last digit of a formula may fall on two sides of a half.
            flat = zip(_numbers(here), _numbers(there), strict=True)
            assert all(abs(a - b) <= 1 for a, b in flat)


def _numbers(nested: Any) -> list[float]:
    if isinstance(nested, list | tuple):
        return [number for part in nested for number in _numbers(part)]
    return [nested]


@pytest.mark.parametrize("who", ["gis", "leader", "handler", "dispatcher", "caller", "committee"])
def test_the_counts_are_those_of_the_list(twin: Town, who: str) -> None:
    listed: list[Any] = []
    after = ""
    while after is not None:
        page = twin.get(f"/cases?limit=200{after and '&after=' + after}", who).json
        listed += page["cases"]
        after = page["next"]
    seen = [one for one in listed if not one["category"]["code"].startswith("41")]
    heaps = features(twin, "cases", 8, who)
    assert sum(one["properties"]["count"] for one in heaps) == len(seen) > 0
    still = sum(one["properties"]["open"] for one in heaps)
    assert still == sum(one["status"] == "handling" for one in seen)
    load = features(twin, "load", 13, who)
    by_cell = Counter(one["cell"]["code"] for one in seen)
    assert {f["properties"]["code"]: f["properties"]["reported"] for f in load} == {
        code: by_cell[code] for code in (f["properties"]["code"] for f in load)
    }


def test_a_case_is_drawn_where_it_lies(twin: Town) -> None:
    z = 16
    whole = twin.get("/cases?limit=200&category=01", "dispatcher").json["cases"]
    tile = Tile(*tile_at(z))
    drawn = {
        one["properties"]["number"]: one["geometry"]["coordinates"]
        for one in features(twin, "cases", z, "dispatcher")
    }
    assert drawn
    for case in whole:
        spot = shapely.get_coordinates(shapely.Point(case["point"]["lon"], case["point"]["lat"]))
        ((x, y),) = tile.pixels(spot).tolist()
        if 0 <= x < EXTENT and 0 <= y < EXTENT:
            # Decoded with y up, as the library has it by default.
            assert drawn[case["number"]] == pytest.approx([x, EXTENT - y], abs=1.01)


def test_the_public_sees_no_more_than_it_may(twin: Town) -> None:
    found = layers(twin, "cases", 14)
    single = [one["properties"] for one in found["cases"]["features"]]
    assert single
    for facts in single:
        assert set(facts) == {"category", "kind", "status", "open"}
        assert facts["kind"] == "component"
    counted = [one["properties"] for one in found["cases_in_cells"]["features"]]
    # Six matters in the first cell, less one that is confidential or not, five in the second …
    assert counted
    assert all(facts["count"] >= 5 for facts in counted)
    raw = fetch(twin, "cases", 14).data
    assert TEXT.encode() not in raw
    cases = twin.get("/cases?limit=200", "dispatcher").json["cases"]
    assert cases and not any(one["number"].encode() in raw for one in cases)
    for one in features(twin, "load", 14):
        facts = one["properties"]
        assert facts.get("few") or facts["reported"] >= 5
    for z in range(0, 14):
        assert all(one["properties"]["count"] >= 5 for one in features(twin, "cases", z))


def test_the_public_may_not_filter_but_people_may(twin: Town) -> None:
    assert fetch(twin, "cases", 14, None, "?category=01").status_code == 401
    found = features(twin, "cases", 14, "dispatcher", "?category=01001&status=open")
    assert {(f["properties"]["category"], f["properties"]["open"]) for f in found} == {
        ("01001", True)
    }
    assert fetch(twin, "cases", 14, "dispatcher", "?colour=red").status_code == 422


def test_gis_sees_private_cases_as_their_cell_only(twin: Town) -> None:
    found = layers(twin, "cases", 14, "gis")
    kinds = {one["properties"]["kind"] for one in found["cases"]["features"]}
    assert kinds == {"component", "matter"}
    assert sum(one["properties"]["count"] for one in found["cases_in_cells"]["features"]) > 0
    # A box of a metre around the true place finds nothing of a private case.
    case = twin.get("/cases?limit=1&category=21", "dispatcher").json["cases"][0]
    lon, lat = case["point"]["lon"], case["point"]["lat"]
    box = f"?bbox={lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    assert fetch(twin, "cases", 14, "gis", box + "&category=21").status_code == 204
    assert features(twin, "cases", 14, "dispatcher", box)


@pytest.mark.parametrize("who", [*sorted(PEOPLE), "resident"])
def test_party_cases_are_on_no_map(twin: Town, who: str) -> None:
    found = layers(twin, "cases", 14, who)
    assert "party" not in {
        one["properties"]["kind"] for one in found.get("cases", {"features": []})["features"]
    }


def test_cells_and_grids_with_their_names_apart(twin: Town) -> None:
    cells = layers(twin, "cells", 14)
    assert len(cells["cells"]["features"]) == 4
    assert {f["properties"]["short"] for f in cells["cells_labels"]["features"]} == {
        "001", "002", "003", "004",
    }  # fmt: skip
    grids = layers(twin, "grids", 14)
    assert {f["properties"]["name"] for f in grids["grids_labels"]["features"]} == {
        "Grid 1",
        "Grid 2",
    }
    for one in grids["grids"]["features"]:
        assert one["properties"]["cells"] == 2


def test_an_etag_stands_until_the_data_change(town: Town) -> None:
    path = "/tiles/cases/14/{}/{}.mvt".format(*tile_at(14)[1:])
    empty = town.client.get(path, headers=town.headers("leader"))
    assert empty.status_code == 204
    town.report()
    first = town.client.get(path, headers=town.headers("leader"))
    assert first.status_code == 200
    assert first.mimetype == "application/vnd.mapbox-vector-tile"
    again = town.headers("leader") | {"If-None-Match": first.headers["ETag"]}
    assert town.client.get(path, headers=again).status_code == 304
    town.report()
    second = town.client.get(path, headers=again)
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    other = town.client.get(path, headers=town.headers("leader2"))
    assert other.status_code == 204


def test_tilejson_says_what_is_in_the_tiles(twin: Town) -> None:
    for layer in LAYERS:
        said = twin.client.get(f"/tiles/{layer}.json").json
        assert said["tiles"] == [f"http://localhost/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"]
        assert said["bounds"] == pytest.approx([WEST, SOUTH, WEST + 4 * STEP, SOUTH + STEP])
        promised = {one["id"]: set(one["fields"]) for one in said["vector_layers"]}
        for who in (None, "dispatcher"):
            for z in (8, 14):
                for name, drawn in layers(twin, layer, z, who).items():
                    for one in drawn["features"]:
                        assert set(one["properties"]) <= promised[name]


@pytest.mark.parametrize(
    "path", ["cells/1/2/0.mvt", "cells/23/0/0.mvt", "cells/0/0/1.mvt", "roads/0/0/0.mvt",
             "roads.json", "cells/-1/0/0.mvt", "cases/99999999999/0/0.mvt"],
)  # fmt: skip
def test_what_is_no_tile_is_not_found(twin: Town, path: str) -> None:
    answer = twin.client.get(f"/tiles/{path}", headers=twin.headers())
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_the_base_map_is_there_with_a_key_only(twin: Town) -> None:
    assert twin.get("/map/base").json == {"layers": []}


def test_the_base_map_is_counted_as_our_tiles_are(
    twin: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = twin.app.extensions["gridgov"].settings
    monkeypatch.setitem(held.__dict__, "tianditu_key", "a-key")
    found = {one["key"]: one for one in twin.get("/map/base").json["layers"]}
    assert set(found) == {"vec", "cva", "img", "cia"}
    for key, one in found.items():
        assert (one["projection"], one["matrix_set"]) == ("EPSG:3857", "w")
        address, _, query = one["url"].format(n=3, z=14, x=13720, y=6766).partition("?")
        assert address == f"https://t3.tianditu.gov.cn/{key}_w/wmts"
        assert dict(part.split("=") for part in query.split("&")) == {
            "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0", "LAYER": key,
            "STYLE": "default", "TILEMATRIXSET": "w", "FORMAT": "tiles", "TILEMATRIX": "14",
            "TILECOL": "13720", "TILEROW": "6766", "tk": "a-key",
        }  # fmt: skip


def test_people_with_a_duty_see_what_is_late(town: Town) -> None:
    """Cases of March, long open: late but for what is closed or suspended."""
    with working(town) as desk:
        late = {desk.stage(status).number for status in ("filed", "handling")}
        for status in ("closed", "suspended"):
            desk.stage(status)
    kept(town)
    for who in ("dispatcher", "leader", "gis"):
        told = {
            one["properties"]["number"]: one["properties"]["late"]
            for one in features(town, "cases", 14, who)
        }
        assert {number.replace("-", "") for number in late} == {
            number.replace("-", "") for number, yes in told.items() if yes
        }
        assert len(told) == 4
        (heap,) = features(town, "cases", 8, who)
        assert (heap["properties"]["count"], heap["properties"]["late"]) == (4, 2)
    for who in (None, "resident"):
        for z in (8, 14):
            assert all("late" not in one["properties"] for one in features(town, "cases", z, who))


def test_what_was_closed_since_is_late_no_more(town: Town) -> None:
    with working(town) as desk:
        key, then = desk.stage("checking").id, desk.at
    kept(town)
    (before,) = features(town, "cases", 14, "dispatcher")
    assert before["properties"]["late"] is True
    with working(town, then) as desk:
        desk.act(desk.session.get_one(Case, key), "member", "pass")
    (after,) = features(town, "cases", 14, "dispatcher")
    assert after["properties"]["late"] is False


@given(st.integers(0, 22), st.floats(-179.99, 179.99), st.floats(-85, 85))
def test_a_point_lies_in_the_box_of_its_tile(z: int, lon: float, lat: float) -> None:
    tile = Tile(*tile_at(z, lon, lat))
    west, south, east, north = tile.box()
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    ((x, y),) = tile.pixels(shapely.get_coordinates(shapely.Point(lon, lat))).tolist()
    assert -0.01 <= x <= EXTENT + 0.01
    assert -0.01 <= y <= EXTENT + 0.01


def test_a_tile_beyond_the_world_is_none() -> None:
    with pytest.raises(TileMissing):
        Tile(1, 2, 0)
