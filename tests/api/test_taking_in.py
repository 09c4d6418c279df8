"""A ladder, a year and a map through the API: rehearsed or checked first, whole or not at all."""

from __future__ import annotations

import io
from typing import Any

import pytest

from gridgov.faces.auth import now
from gridgov.ladder.ladder import OWN
from tests.support.town import G1, Town
from tests.web.test_admin import YEAR, a_map

ADMIN = "system-admin"


def send(town: Town, path: str, data: bytes, name: str, who: str = ADMIN, **form: str) -> Any:
    given = form | {"file": (io.BytesIO(data), name)}
    headers = town.headers(who)
    return town.client.post("/api/v1" + path, data=given, headers=headers)


def test_a_ladder_is_rehearsed_then_put_in_force(town: Town) -> None:
    number = town.report()["number"]
    text = OWN.read_text("utf-8").replace('at = "75 %"', 'at = "50 %"')
    plan = town.post("/ladder/plan", {"ladder": text}, ADMIN).json
    assert plan["cases"] == 1
    assert {(one["number"], one["rung"]) for one in plan["changes"]} == {(number, "near")}
    assert town.post("/ladder", {"ladder": text}, ADMIN).json == {"cases": 1}
    assert town.post("/ladder/plan", {"ladder": text}, ADMIN).json["cases"] == 0
    rungs = town.get("/ladder", ADMIN).json["ladder"]["rung"]
    assert rungs[0]["at"] == "50 %"


def test_a_rehearsal_says_how_many_changes_it_does_not_list(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        town.report()
    text = OWN.read_text("utf-8").replace('at = "75 %"', 'at = "50 %"')
    for shown, listed, more in ((2, 2, 4), (6, 6, 0), (500, 6, 0)):
        monkeypatch.setattr("gridgov.api.taking_in.SHOWN", shown)
        plan = town.post("/ladder/plan", {"ladder": text}, ADMIN).json
        assert (plan["cases"], len(plan["changes"]), plan["more"]) == (3, listed, more)


def test_a_wrong_ladder_changes_nothing(shared_town: Town) -> None:
    before = shared_town.get("/ladder", ADMIN).json
    answer = shared_town.post("/ladder", {"ladder": '[[rung]]\nname = "X"'}, ADMIN)
    assert answer.status_code == 422
    assert shared_town.get("/ladder", ADMIN).json == before


def test_a_year_is_taken_once(town: Town) -> None:
    taken = send(town, "/calendar", YEAR.encode(), "2027.csv")
    assert taken.status_code == 200, taken.json
    assert (taken.json["year"], taken.json["unchanged"]) == (2027, False)
    assert send(town, "/calendar", YEAR.encode(), "2027.csv").json["unchanged"]
    assert town.get("/calendar?year=2027", ADMIN).json["loaded"]
    assert send(town, "/calendar", b"no days", "2027.csv").status_code == 422


def test_a_map_is_checked_and_taken(town: Town) -> None:
    number = town.report(at=(121.4925, 29.8805))["number"]
    wrong = send(town, "/map/check", a_map(gap=True), "park.geojson").json
    assert (wrong["cells"], wrong["fatal"]) == (4, 1)
    (found,) = wrong["findings"]["features"]
    assert found["properties"]["kind"] == "gap"
    today = now().astimezone(town.app.extensions["gridgov"].settings.zone).date().isoformat()
    given = {"park": "park", "active_from": today}
    assert send(town, "/map/versions", a_map(gap=True), "p.geojson", **given).status_code == 422
    taken = send(town, "/map/versions", a_map(), "p.geojson", **given)
    assert taken.status_code == 201, taken.json
    assert [one["number"] for one in taken.json["handed_over"]] == [number]
    assert town.read(number, "leader")["grid"]["code"] == G1
    assert send(town, "/map/versions", a_map(), "p.geojson", **given).status_code == 409


@pytest.mark.parametrize("name", ["x.vrt", "x.gpkg", "x.zip", "../../etc/passwd", "x.geojson"])
def test_no_map_is_refused_and_says_no_path(shared_town: Town, name: str) -> None:
    answer = send(shared_town, "/map/check", b"<VRT/>", name)
    assert answer.status_code == 422
    assert "/tmp" not in answer.text


@pytest.mark.parametrize("path", ["/map/check", "/map/versions", "/calendar"])
def test_only_the_system_administrator_takes_in(shared_town: Town, path: str) -> None:
    for who in ("gis", "security-admin", "dispatcher"):
        form = {"park": "park", "active_from": "2030-01-01"}
        answer = send(shared_town, path, a_map(), "p.geojson", who, **form)
        assert answer.status_code == 403
