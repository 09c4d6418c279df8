"""Days and instants that no calendar of an office holds, and letters that no database does."""

from __future__ import annotations

import pytest

from tests.joint.conftest import body
from tests.support.firms import WEST, with_firms
from tests.support.town import Town


@pytest.mark.parametrize(
    "days",
    ["from=0001-01-01", "last=9999-12-31", "from=9999-12-31", "from=0001-01-01&last=0001-01-01"],
)
def test_needs_are_counted_between_days_of_an_office(shared_town: Town, days: str) -> None:
    answer = shared_town.get(f"/visits/needs?{days}", "dispatcher")
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} <= {"from", "last"}


@pytest.mark.parametrize(
    "starts_at",
    ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T20:00:00+08:00"],
)
def test_a_meeting_is_at_an_instant_that_the_office_can_tell(
    shared_town: Town, starts_at: str
) -> None:
    answer = shared_town.post("/meetings", body(starts_at=starts_at), "dispatcher")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == ["starts_at"]


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/api/v1/firms/%00", "dispatcher"),
        ("/firms/a%00b", "dispatcher"),
        ("/firms?q=%00", "dispatcher"),
        ("/firms?after=%00", "dispatcher"),
        ("/visits/new?firm=%00", "dispatcher"),
    ],
)
def test_nothing_is_at_an_address_without_text(shared_town: Town, path: str, who: str) -> None:
    assert shared_town.client.get(path, headers=shared_town.headers(who)).status_code == 404


@pytest.mark.parametrize("form", [{}, {"lon": "nan", "lat": "x"}, {"lon": "1e999", "lat": "1"}])
def test_near_nowhere_is_the_page_as_it_was(shared_town: Town, form: dict[str, str]) -> None:
    headers = shared_town.headers("dispatcher")
    assert shared_town.client.post("/visits", data=form, headers=headers).status_code == 422


def test_blanks_are_no_need(town: Town) -> None:
    visit = {"firm": WEST, "met": ["owner"], "needs": [{"description": " \u3000\n"}]}
    answer = with_firms(town).post("/visits", visit, "member")
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == ["description"]
