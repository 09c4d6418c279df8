"""The routes of figures: numbers, the cases behind them, and who may ask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from gridgov.database import db
from gridgov.insight.keep import keep
from tests.support.desk import Desk, working
from tests.support.town import G1, G2, Town

MARCH = "?period=2026-03"
COMMITTEE = "committee"


def tell(desk: Desk) -> None:
    """A month of a small town: closed, late, sent back, carded, evaluated, settled."""
    for status in ("closed", "evaluated", "checking", "suspended", "filed", "withdrawn"):
        desk.stage(status)
    desk.stage("handling")
    again = desk.stage("checking")
    desk.act(again, "member", "rework")
    desk.act(again, "committee", "yellow_card")
    denied = desk.stage("closed")
    desk.act(denied, "dispatcher", "reopen")
    settled = desk.take()
    desk.act(settled, "leader", "settle")
    about = desk.take(category="41002")
    assert about.kind == "party"


@pytest.fixture
def told(town: Town) -> Town:
    with working(town) as desk:
        tell(desk)
    return town


def figures(town: Town, query: str = MARCH, who: str = COMMITTEE) -> dict[str, Any]:
    answer = town.get(f"/figures{query}", who)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def counts(found: dict[str, Any]) -> dict[str, int]:
    return {one["name"]: one["value"] for one in found["counts"]}


def kept(town: Town) -> None:
    with town.app.app_context():
        keep(db.engine, town.app.extensions["gridgov"].settings)


def test_each_number_opens_as_many_cases_as_it_says(told: Town) -> None:
    for rolled in (False, True):
        if rolled:
            kept(told)
        found = figures(told)
        assert found["source"] == ("rollups" if rolled else "events")
        numbers = [(one["cases"], one["value"]) for one in found["counts"]]
        for rate in found["rates"]:
            numbers += [(rate["cases"][part], rate[part]) for part in rate["cases"]]
        for query, value in numbers:
            page = told.get(f"/figures/cases?{query}", COMMITTEE).json
            assert page["count"] == value == len(page["cases"]), query
    assert counts(found)["filed"] == 9
    assert counts(found)["late"] > 0 and counts(found)["cards"] == 1


def test_as_of_gives_what_was_so_then(told: Town) -> None:
    kept(told)
    now = counts(figures(told))
    early = counts(figures(told, MARCH + "&as_of=2026-03-03T02:03:00Z"))
    assert early["reported"] == 1 and early["closed"] == early["late"] == 0
    assert now["reported"] > early["reported"]
    found = figures(told, MARCH + "&as_of=2026-03-20T02:00:00Z")
    assert found["source"] == "events"
    page = told.get(f"/figures/cases?{found['counts'][4]['cases']}", COMMITTEE).json
    assert page["count"] == found["counts"][4]["value"]


def test_filters_and_comparisons(told: Town) -> None:
    kept(told)
    assert counts(figures(told, MARCH + f"&grid={G2}"))["filed"] == 0
    assert figures(told, MARCH + f"&grid={G1}&category=01001")["source"] == "cases"
    april = figures(told, "?period=2026-04")
    assert april["before"]["counts"]["filed"] == 9
    assert april["year_before"]["period"]["from"] == "2025-04-01"
    assert all(one["value"] is None for one in april["rates"])
    assert april["score"]["value"] is None


def test_figures_of_grids_and_units_stand_in_order(told: Town) -> None:
    kept(told)
    found = figures(told, MARCH + "&by=unit")["by"]
    assert [one["code"] for one in found] == sorted(one["code"] for one in found)
    (own,) = (one for one in found if one["code"] == "property")
    assert own["counts"]["cards"] == 1 and own["name"]


def test_a_leader_sees_their_grid_and_a_head_their_unit(told: Town) -> None:
    kept(told)
    assert counts(figures(told, who="leader"))["filed"] == 9
    assert counts(figures(told, who="leader2"))["filed"] == 0
    own = figures(told, who="head")
    assert own["scope"]["units"] == ["property", "property-team"]
    contacted = next(one for one in own["rates"] if one["name"] == "contacted")
    assert contacted["hidden"] and contacted["value"] is None
    behind = told.get(f"/figures/cases{MARCH}&number=solved.over", "head")
    assert behind.status_code == 403


def test_transfers_are_their_organisers(told: Town) -> None:
    kept(told)
    assert counts(figures(told, who="organiser"))["reported"] == 1
    all_ = counts(figures(told))["reported"]
    grid = counts(figures(told, who="gis"))["reported"]
    assert all_ == grid == 9


@pytest.mark.parametrize("who", ["member", "handler", "caller", "system-admin", "resident"])
def test_others_are_refused(shared_town: Town, who: str) -> None:
    assert shared_town.get("/figures", who).status_code == 403


def test_map_trend_and_hot_spots(told: Town) -> None:
    kept(told)
    places = told.get(f"/figures/map{MARCH}&per=grid", COMMITTEE).json["places"]
    assert [(one["code"], one["load"]) for one in places] == [(G1, 9)]
    weeks = "?from=2026-03-02&to=2026-03-09&weeks=true"
    (cell,) = told.get(f"/figures/map{weeks}", COMMITTEE).json["places"]
    assert cell["week"] == "2026-03-02" and cell["load"] == 9 and not cell["few"]
    lines = told.get(f"/figures/trend{MARCH}&step=day&by=category", COMMITTEE).json["lines"]
    assert sum(p["counts"]["filed"] for one in lines for p in one["points"]) == 9
    (spot,) = told.get("/figures/hot-spots?period=2026-W10", COMMITTEE).json["spots"]
    assert spot["load"] == 9 and spot["usual"] == 0


def test_what_is_to_be_decided(told: Town) -> None:
    found = told.get("/figures/decide", "dispatcher").json
    assert found["counts"]["reopened"] == 1
    assert {one["why"] for one in found["cases"]} >= {"reopened"}


def test_other_lines_are_rehearsed(told: Town) -> None:
    kept(told)
    query = {"from": "2026-01-01", "to": "2026-04-01"}
    cell = told.get(f"/figures/map{MARCH}", COMMITTEE).json["places"][0]["code"]
    found = told.post("/figures/rehearse", query | {"cells": {cell: G2}}, "gis").json
    then = {one["grid"]: (one["load"], one["load_then"]) for one in found["grids"]}
    assert then == {G1: (9, 0), G2: (0, 9)}
    found = told.post("/figures/rehearse", query | {"propose": True}, COMMITTEE).json
    assert found["spread_then"] <= found["spread"] and set(found["cells"].values()) == {G1, G2}
    wrong = told.post("/figures/rehearse", query | {"cells": {"1": G2}}, "gis")
    assert wrong.status_code == 422


@pytest.mark.parametrize("query", ["?period=2026-13", "?period=x", "?from=2026-03-01&to=2026-03-01",
                                   "?period=0001", "?from=1000-01-01&to=1000-02-01",
                                   "?from=0001-01-01", "?as_of=0001-01-01T00:00:00Z"])  # fmt: skip
def test_a_wrong_period_is_refused(shared_town: Town, query: str) -> None:
    assert shared_town.get(f"/figures{query}", COMMITTEE).status_code == 422


def test_the_default_is_this_month(shared_town: Town) -> None:
    found = figures(shared_town, "")
    begins = date.fromisoformat(found["period"]["from"])
    assert begins.day == 1 and date.fromisoformat(found["period"]["to"]) > begins + timedelta(27)
