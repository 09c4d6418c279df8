"""Figures per cell and per grid as files: what the pages show, and of few nothing."""

from __future__ import annotations

import json
from typing import Any

import pyogrio
import pytest

from gridgov.cases.placing import Location
from gridgov.database import db
from gridgov.insight.keep import keep
from tests.exchange.test_export import saved
from tests.support.desk import working
from tests.support.town import G1, G2, SOUTH, STEP, WEST, Town

MARCH = "from=2026-03-01T00:00:00%2B08:00&to=2026-04-01T00:00:00%2B08:00"
COUNTS = ("filed", "closed", "open", "late")
COMMITTEE = "committee"


@pytest.fixture
def told(town: Town) -> Town:
    """Seven filed cases in the first cell, six of them closed; two in the second."""
    with working(town) as desk:
        for status in ("closed",) * 6 + ("handling",):
            desk.stage(status)
        for _ in range(2):
            there = Location(WEST + STEP * 1.5, SOUTH + STEP / 2, "wgs84", None, None)
            desk.stage("filed", location=there)
    return town


def read(town: Town, layer: str, more: str = "", who: str = COMMITTEE) -> dict[str, Any]:
    answer = town.get(f"/exports/{layer}.geojson?datum=wgs84&{MARCH}{more}", who)
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.data)["features"]
    return {one["properties"]["code"]: one["properties"] for one in found}


@pytest.mark.parametrize("kept", [False, True])
def test_a_cell_with_few_cases_tells_nothing_but_that(told: Town, kept: bool) -> None:
    if kept:
        with told.app.app_context():
            keep(db.engine, told.app.extensions["gridgov"].settings)
    first, second, third, _ = (cell for _, cell in sorted(read(told, "cell_figures").items()))
    assert [first[name] for name in COUNTS] == [7, 6, None, None]
    assert (first["begins"], first["ends"], first["few"]) == ("2026-03-01", "2026-04-01", False)
    assert first["filed_per_ha"] > 0
    for cell in (second, third):
        assert cell["few"] and not any(cell[name] for name in (*COUNTS, "filed_per_ha"))


def test_grids_carry_the_figures_of_the_pages(told: Town) -> None:
    found = read(told, "grid_figures")
    for code in (G1, G2):
        page = told.get(f"/figures?period=2026-03&grid={code}", COMMITTEE).json
        counts = {one["name"]: one["value"] for one in page["counts"]}
        assert [found[code][name] for name in COUNTS] == [counts[name] for name in COUNTS]
        for one in page["rates"]:
            if one["name"] in found[code]:
                assert found[code][one["name"]] == pytest.approx(one["value"])
    assert found[G1]["few"] and found[G1]["closing"] is not None


def test_filters_are_those_of_figures(told: Town) -> None:
    assert set(read(told, "grid_figures", f"&grid={G2}")) == {G2}
    assert {one["grid"] for one in read(told, "cell_figures", f"&grid={G2}").values()} == {G2}
    none = read(told, "cell_figures", "&category=99")
    assert all(one["few"] for one in none.values())
    for more in ("status=open", "q=%E7%81%AF", "bbox=121,29,122,30"):
        refused = told.get(f"/exports/cell_figures.geojson?datum=wgs84&{more}", COMMITTEE)
        assert refused.status_code == 422
    early = "from=2020-03-01T00:00:00%2B08:00&to=2020-04-01T00:00:00%2B08:00"
    answer = told.get(f"/exports/cell_figures.geojson?datum=wgs84&{early}", COMMITTEE)
    assert all(one["properties"]["few"] for one in json.loads(answer.data)["features"])


def test_each_gets_the_figures_within_their_reach(told: Town) -> None:
    assert read(told, "grid_figures", who="leader")[G1]["filed"] == 9
    for who in ("reporter", "member", "handler"):
        if who in told.tokens:
            answer = told.get(f"/exports/grid_figures.geojson?datum=wgs84&{MARCH}", who)
            assert answer.status_code == 403
    assert told.get(f"/exports/grid_figures.geojson?datum=wgs84&{MARCH}").status_code == 401


def test_they_go_into_one_geopackage_with_the_map(told: Town, tmp_path: Any) -> None:
    path = saved(told, "cells,cell_figures,grid_figures.gpkg", tmp_path, "gis", f"?{MARCH}")
    names = {name for name, _ in pyogrio.list_layers(path)}
    assert names >= {"cells", "cell_figures", "grid_figures"}
    assert pyogrio.read_info(path, layer="grid_figures")["features"] == 2
