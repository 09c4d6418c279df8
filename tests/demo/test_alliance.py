"""The demonstration shows each thing of the alliance, to whoever has it to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gridgov.app import create_app
from gridgov.database import db
from gridgov.demo.handout import hand_out
from tests.demo.conftest import START, Told

Get = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def get(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    """Read something as somebody of the sheet, who must be let in."""
    path = tmp_path_factory.mktemp("sheet") / "demo.json"
    sheet = hand_out(told.engine, told.settings.keys, path, "http://127.0.0.1:8000", START)
    people = [*sheet["roles"].values(), *sheet["people"]]
    tokens = {one["login"]: one["token"] for one in people}
    app = create_app(told.settings)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("gridgov.faces.serve.now", "gridgov.faces.auth.now"):
            patch.setattr(name, lambda: START)

        def read(address: str, who: str) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {tokens[who]}"}
            answer = app.test_client().get(f"/api/v1{address}", headers=headers)
            assert answer.status_code == 200, (address, who, answer.json)
            return dict(answer.json)

        yield read
    with app.app_context():
        db.engine.dispose()


def test_one_joint_case_has_ended_and_one_goes_on(get: Get) -> None:
    cars, season = sorted(
        get("/joint", "committee1")["cases"], key=lambda one: one["status"] != "evaluated"
    )
    done, going = cars["joint"]["summary"], season["joint"]["summary"]
    assert (cars["joint"]["lead"]["code"], done["done"], done["total"]) == ("approval", 4, 5)
    assert [one["reason"] for one in done["suspended"]] == ["policy_gap"]
    assert season["status"] == "handling" and going["open"] == 3 and going["rejected"] == 1
    listed = get(f"/cases/{season['number']}/items", "ec-park-head")["items"]
    offered = {step["name"] for one in listed for step in one["steps"]}
    assert {"pass", "urge", "ask_join"} <= offered
    # Who was asked and says nothing sees what they were asked for, and may answer still.
    (asked,) = (one for one in listed if one["unit"] and one["unit"]["code"] == "traffic")
    assert [one["joined_at"] for one in asked["co_units"]] == [None]
    steps = get(f"/cases/{asked['number']}", "police-head")["steps"]
    assert "join" in {step["name"] for step in steps}


def test_meetings_were_held_and_one_is_to_come(get: Get) -> None:
    listed = get("/meetings", "committee1")["meetings"]
    assert [one["state"] for one in listed] == ["planned", "held", "held"]
    agenda = get(f"/meetings/{listed[0]['id']}/agenda", "committee1")["sections"]
    assert {"about", "joint", "hung"} <= {one["name"] for one in agenda}
    left = get("/meetings/resolutions?shown=before", "committee1")["resolutions"]
    assert left and all(one["kind"] == "own" for one in left)
    done = get("/meetings/resolutions?shown=done", "committee1")["resolutions"]
    assert {one["kind"] for one in done} == {"item", "instruct", "own"}


def test_visits_are_due_and_some_were_made(get: Get) -> None:
    plan = get("/visits/plan", "organiser1")
    assert plan["follow_ups"] and plan["waiting"]
    assert [one for one in get("/visits", "organiser1")["visits"] if one["needs"]]


def test_wishes_wait_are_claimed_and_came_true(get: Get) -> None:
    states = {one["state"] for one in get("/wishes", "resident")["wishes"]}
    assert states == {"open", "claimed", "realised"}


def test_a_transfer_is_on_its_way(get: Get) -> None:
    cases = get("/cases?category=41001&status=handling", "organiser1")["cases"]
    papers = [get(f"/cases/{one['number']}", "organiser1")["papers"] for one in cases]
    ticked = [[line["paper"] for line in one if line["ticked_at"]] for one in papers]
    assert ["application", "release", "letter"] in ticked
