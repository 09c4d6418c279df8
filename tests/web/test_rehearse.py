"""Other lines, tried and saved; the map. By hand, by proposal, and without a script."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridgov.park.read_map import read_plan
from tests.support.town import G1, G2, IN_G1, IN_G2, Town
from tests.web.conftest import Axe, Live

HIDDEN = re.compile(r'name="cells" value="([^"]*)"')


def get(town: Town, path: str, who: str = "gis") -> Any:
    return town.client.get(path, headers=headers(town, who))


def headers(town: Town, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "zh"}


def send(town: Town, who: str = "gis", period: str = "", **form: str) -> Any:
    address = f"/rehearse?period={period}" if period else "/rehearse"
    return town.client.post(address, data=form, headers=headers(town, who))


def filled(town: Town) -> None:
    for place, leader in ((IN_G1, "leader"), (IN_G1, "leader"), (IN_G2, "leader2")):
        location = {"lon": place[0], "lat": place[1]}
        taken = town.report(category="01001", location=location)
        town.step(taken["number"], leader, "file", category="01001")


def cells(town: Town) -> dict[str, str]:
    found = town.client.get("/api/v1/map/cells").json["features"]
    return {one["properties"]["code"]: one["properties"]["grid"] for one in found}


def carried(text: str) -> dict[str, str]:
    found = HIDDEN.search(text)
    assert found
    return dict(json.loads(html.unescape(found[1])))


def test_a_cell_is_moved_and_the_lines_become_a_map(shared_town: Town, tmp_path: Path) -> None:
    filled(shared_town)
    mine = next(code for code, grid in cells(shared_town).items() if grid == G1)
    shown = send(shared_town, do="move", cell=mine, to=G2, cells="{}")
    assert carried(shown.text) == {mine: G2}
    file = send(shared_town, do="file", cells=json.dumps({mine: G2}))
    path = tmp_path / "lines.geojson"
    path.write_bytes(file.data)
    plan = read_plan(path)
    assert {cell.code: cell.grid for cell in plan.cells} == cells(shared_town) | {mine: G2}
    assert carried(send(shared_town, do="begin", cells=json.dumps({mine: G2})).text) == {}


def test_a_proposal_keeps_every_grid_and_evens_the_load(shared_town: Town) -> None:
    filled(shared_town)
    year = get(shared_town, "/api/v1/figures").json["period"]["from"][:4]
    shown = send(shared_town, period=year, do="propose", grids="2", seed="1", cells="{}")
    assert shown.status_code == 200
    lines = cells(shared_town) | carried(shown.text)
    assert set(lines.values()) == {G1, G2}
    before, then = re.findall(r"data-spread(?:-then)?>(\d+)<", shown.text)
    assert int(then) <= int(before)


def test_what_cannot_be_is_told(shared_town: Town) -> None:
    assert send(shared_town, do="propose", grids="400", cells="{}").status_code == 422
    assert send(shared_town, do="move", cells='{"nowhere": "x"}').status_code == 422
    assert send(shared_town, do="move", cells="[").status_code == 422
    assert send(shared_town, do="file", cells='{"nowhere": "x"}').status_code == 422


@pytest.mark.parametrize("path", ["/map", "/rehearse"])
def test_who_opens_it(shared_town: Town, path: str) -> None:
    for who in ("gis", "dispatcher", "committee"):
        assert get(shared_town, path, who).status_code == 200
    for who in ("leader", "handler", "caller"):
        assert get(shared_town, path, who).status_code == 403


def test_lines_are_drawn_by_tapping_and_by_code(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    filled(live.town)
    as_role("gis", desk).goto("/rehearse")
    expect(desk.locator("[data-rehearse][data-drawn]")).to_be_attached()
    desk.locator("[data-brush]").select_option(G2)
    box = desk.locator("[data-map]").bounding_box()
    assert box
    desk.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 + 60)
    expect(desk.locator("[data-moved]")).to_have_text("1")
    axe(desk, "rehearse")
    mine = next(code for code, grid in cells(live.town).items() if grid == G2)
    desk.locator("[data-cell]").select_option(mine)
    desk.locator("[data-to]").select_option(G1)
    desk.locator("[data-move]").click()
    expect(desk.locator("[data-moved]")).to_have_text("2")


def test_the_map_tells_what_is_tapped(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    filled(live.town)
    as_role("gis", desk).goto("/map")
    expect(desk.locator("[data-map-page][data-drawn]")).to_be_attached()
    box = desk.locator("[data-map]").bounding_box()
    assert box
    desk.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 - 90)
    expect(desk.locator("[data-said] h2")).to_be_visible()
    axe(desk, "map")


def test_both_fit_a_phone(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    for path in ("/map", "/rehearse", "/committee"):
        as_role("committee", phone).goto(path)
        phone.wait_for_load_state("networkidle")
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, path
        axe(phone, path[1:])


def test_the_base_map_s_tiles_are_let_in_where_there_is_a_key(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = shared_town.app.extensions["gridgov"].settings
    assert "tianditu" not in get(shared_town, "/map").headers["Content-Security-Policy"]
    monkeypatch.setitem(held.__dict__, "tianditu_key", "a-key")
    policy = get(shared_town, "/map").headers["Content-Security-Policy"]
    assert "img-src 'self' https://*.tianditu.gov.cn data: blob:" in policy
