"""A joint case with a limit of its own: its items may need longer than its category has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gridgov.cases.clocks import clocks
from gridgov.cases.tables import Case, Category
from gridgov.epochs import bump
from gridgov.ladder.clock import Clock
from tests.support.desk import Desk, working
from tests.support.town import Town


def of(desk: Desk, case: Case, name: str) -> Clock:
    """Return the newest clock of a name."""
    scene = desk.scene(case, "dispatcher")
    found = clocks(scene.past, scene.category, desk.known.ladder, desk.known.calendar("park"))
    return [one for one in found if one.name == name][-1]


def opened(desk: Desk, **given: Any) -> Case:
    case = desk.take()
    desk.act(case, "dispatcher", "propose_joint")
    desk.act(case, "dispatcher", "open_joint", **given)
    return case


def due(desk: Desk, case: Case, name: str) -> Any:
    found = of(desk, case, name).due(desk.known.calendar("park"))
    assert found is not None
    return found.at


@pytest.mark.parametrize("kind", ["working_days", "calendar_days"])
def test_the_whole_has_as_long_as_its_decider_says(town: Town, kind: str) -> None:
    with working(town) as desk:
        usual = opened(desk)
        longer = opened(desk, limit_days=20, limit_kind=kind)
        assert due(desk, longer, "case") > due(desk, usual, "case")
        # Counted from the report, as any case's limit is.
        if kind == "calendar_days":
            assert due(desk, longer, "case") == longer.reported_at + timedelta(days=20)
        # The lead has as long as the whole.
        desk.act(longer, "handler-office", "accept")
        assert due(desk, longer, "handle") == due(desk, longer, "case")


def test_days_without_a_kind_are_working_days_and_a_kind_without_days_is_nothing(
    town: Town,
) -> None:
    with working(town) as desk:
        one = opened(desk, limit_days=20)
        event = desk.scene(one, "dispatcher").past[-1]
        assert (event.data["limit_days"], event.data["limit_kind"]) == (20, "working_days")
        other = opened(desk, limit_kind="calendar_days")
        event = desk.scene(other, "dispatcher").past[-1]
        assert "limit_kind" not in event.data
        assert of(desk, other, "case").limit == of(desk, opened(desk), "case").limit


def test_what_was_handled_before_it_was_joint_keeps_the_limit_it_had(town: Town) -> None:
    with working(town) as desk:
        category = desk.session.get_one(Category, "01001")
        category.limits = category.limits | {"handle": ["working_days", 2]}
        desk.session.flush()
        bump(desk.session, "taxonomy")
        case = desk.stage("handling")
        before = of(desk, case, "handle")
        desk.act(case, "dispatcher", "propose_joint")
        desk.act(case, "dispatcher", "open_joint", limit_days=30)
        scene = desk.scene(case, "dispatcher")
        found = clocks(scene.past, scene.category, desk.known.ladder, desk.known.calendar("park"))
        first, *_ = [one for one in found if one.name == "handle"]
        assert (first.run, first.limit, first.kind) == (1, before.limit, before.kind)
        desk.act(case, "handler-office", "accept")
        assert of(desk, case, "handle").run == 2
        assert due(desk, case, "handle") == due(desk, case, "case")


def test_an_extension_adds_the_whole_once_more(town: Town) -> None:
    with working(town) as desk:
        case = opened(desk, limit_days=20, limit_kind="calendar_days")
        desk.act(case, "handler-office", "accept")
        desk.act(case, "handler-office", "ask_extension")
        desk.act(case, "dispatcher", "extend")
        assert due(desk, case, "case") == case.reported_at + timedelta(days=40)


@pytest.mark.parametrize("days", [0, 401, -1, 2.5, "x"])
def test_only_a_number_of_days_is_taken(shared_town: Town, days: Any) -> None:
    number = shared_town.report(category="21001")["number"]
    shared_town.step(number, "dispatcher", "propose_joint", reason="x")
    given = {"unit": "property", "category": "21001", "limit_days": days}
    answer = shared_town.step(number, "dispatcher", "open_joint", **given)
    assert answer.status_code == 422, answer.json
    assert [one["field"] for one in answer.json["errors"]] == ["limit_days"]


def test_the_page_and_the_api_take_it(shared_town: Town) -> None:
    number = shared_town.report(category="21001")["number"]
    shared_town.step(number, "dispatcher", "propose_joint", reason="x")
    before = shared_town.read(number, "dispatcher")
    headers = shared_town.headers("dispatcher")
    page = shared_town.client.get(f"/cases/{number}", headers=headers).text
    assert 'id="f-open_joint-limit_days"' in page and 'id="f-open_joint-limit_kind"' in page
    given = {
        "step": "open_joint", "version": str(before["version"]), "unit": "property",
        "category": "21001", "limit_days": "30", "limit_kind": "calendar_days",
    }  # fmt: skip
    sent = shared_town.client.post(f"/cases/{number}/steps", data=given, headers=headers)
    assert sent.status_code == 303, sent.text
    after = shared_town.read(number, "dispatcher")
    assert after["due"] > before["due"]
    page = shared_town.client.get(f"/cases/{number}", headers=headers).text
    assert "Days for the whole: 30." in page
