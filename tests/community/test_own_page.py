"""A firm's page as the firm reads it: what visitors heard from it, what it is due, its meetings."""

from __future__ import annotations

from typing import Any

import pytest

from gridgov.faces.auth import now
from tests.joint.conftest import body
from tests.joint.test_meetings import ahead
from tests.support.firms import EAST, WEST, tied, with_firms
from tests.support.town import Town

NEED = {"category": "21001", "description": "电动汽车租赁没有充电位"}


@pytest.fixture
def street(town: Town) -> Town:
    tied(with_firms(town), "resident", WEST)
    return town


def visited(town: Town, *needs: dict[str, Any], firm: str = WEST, met: str = "owner") -> Any:
    given = {"firm": firm, "met": [met], "needs": list(needs or [NEED])}
    answer = town.post("/visits", given, "dispatcher")
    assert answer.status_code == 201, answer.json
    return answer.json


def own(town: Town) -> dict[str, Any]:
    answer = town.get(f"/firms/{WEST}", "resident")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [one["number"] for one in found]


def test_what_the_firm_told_a_visitor_stands_on_its_page_and_is_followed(street: Town) -> None:
    reported = street.report("resident", category="21001", description="own")["number"]
    made = visited(street)
    heard = made["needs"][0]
    page = own(street)
    assert numbers(page["cases"]) == [heard["number"], reported]
    line = page["cases"][0]
    assert line["query_code"] == heard["query_code"]
    assert "query_code" not in page["cases"][1]
    assert numbers(page["visits"][0]["needs"]) == [heard["number"]]
    told = street.get(f"/cases/{heard['number']}", **{"X-Case-Code": line["query_code"]}).json
    assert told["text"] == NEED["description"]
    # By its account alone it finds no more than before: the code is what opens it.
    assert street.get(f"/cases/{heard['number']}", "resident").status_code == 404
    assert numbers(street.get("/cases", "resident").json["cases"]) == [reported]


@pytest.mark.parametrize("met", ["staff", "party"])
def test_what_its_staff_said_is_not_told_to_the_firm(street: Town, met: str) -> None:
    """Who complains of an employer to a visitor must not be read by the employer."""
    visited(street, met=met)
    page = own(street)
    assert page["cases"] == [] and page["visits"][0]["needs"] == []


@pytest.mark.parametrize("category", ["11001", "41001", "41002", "51001"])
def test_what_is_somebodys_own_is_not_the_firms(street: Town, category: str) -> None:
    need = {"category": category, "description": "x", "confidential": False}
    visited(street, need)
    page = own(street)
    assert page["cases"] == [] and page["visits"][0]["needs"] == []


def test_no_other_firm_and_no_staff_is_given_a_code(street: Town) -> None:
    visited(street, firm=EAST)
    visited(street)
    assert len(own(street)["cases"]) == 1
    for who in ("dispatcher", "committee"):
        page = street.get(f"/firms/{WEST}", who).json
        assert page["cases"] and all("query_code" not in one for one in page["cases"]), who
    assert street.get(f"/firms/{EAST}", "resident").status_code == 404
    tied(street, "resident", None)
    assert street.get(f"/firms/{WEST}", "resident").status_code == 404


def test_the_measures_promised_are_told_as_their_items_stand(street: Town) -> None:
    number = visited(street)["needs"][0]["number"]
    for step, given in (
        ("file", {}),
        ("propose_joint", {"reason": "法律空白"}),
        ("open_joint", {"unit": "property", "category": "21001"}),
    ):
        answer = street.step(number, "dispatcher", step, **given)
        assert answer.status_code == 200, (step, answer.json)
    item = {"text": "装十个充电桩", "unit": "office"}
    made = street.post(f"/cases/{number}/items", item, "dispatcher")
    assert made.status_code == 201, made.json
    promised = own(street)["promised"]
    assert promised == [
        {
            "number": None, "of": number, "title": "装十个充电桩", "status": "dispatched",
            "status_name": promised[0]["status_name"], "result": None,
            "unit": {"code": "office", "name": "Unit office"},
        }
    ]  # fmt: skip
    staff = street.get(f"/firms/{WEST}", "dispatcher").json["promised"]
    assert [(one["number"], one["of"]) for one in staff] == [(made.json["number"], number)]


def test_the_meetings_it_is_asked_to_stand_there_until_they_are_over_or_off(street: Town) -> None:
    invited = {"firms": [WEST, "不在名录里的店"]}
    later = street.post("/meetings", ahead(3, invited=invited), "committee").json["id"]
    begun = body(invited=invited, starts_at=now().isoformat())  # today, whatever the hour
    today = street.post("/meetings", begun, "committee").json["id"]
    street.post("/meetings", ahead(invited={"firms": [EAST]}), "committee")
    assert [one["id"] for one in own(street)["meetings"]] == [today, later]
    street.post(f"/meetings/{today}/hold", {"came": {}}, "committee")
    street.post(f"/meetings/{later}/cancel", {"why": "x"}, "committee")
    assert own(street)["meetings"] == []
    # Its account reads no agenda.
    assert street.get(f"/meetings/{later}", "resident").status_code == 404


def test_its_page_shows_all_of_it_without_a_script(street: Town) -> None:
    made = visited(street)["needs"][0]
    street.post("/meetings", ahead(invited={"firms": [WEST]}), "committee")
    headers = {"Authorization": f"Bearer {street.tokens['resident']}", "Accept-Language": "en"}
    page = street.client.get(f"/firms/{WEST}", headers=headers).text
    assert made["number"] in page and "told a visitor" in page
    assert "Meetings you are invited to" in page
    assert f"/cases/{made['number']}" not in page
    given = {"number": made["number"], "code": made["query_code"]}
    assert f'value="{made["query_code"]}"' in page
    opened = street.client.post("/follow", data=given)
    assert opened.status_code == 303
    followed = street.client.get(opened.location)
    assert followed.status_code == 200 and made["number"] in followed.text
