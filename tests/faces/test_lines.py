"""A case in a line of a list: what is left of its time, whom it waits for, and what then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridgov.faces.worklist import comes_next, left, waits_for
from tests.support.desk import Desk, trying
from tests.support.town import Town

TRANSFER = "41002"


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as made, still_town.app.test_request_context(
        headers={"Accept-Language": "en"}
    ):  # fmt: skip
        yield made


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "less than a minute of working time left"),
        (59 * 60 + 59, "59 min of working time left"),
        (-61, "1 min of working time over"),
        (3600, "1 working hours left"),
        (-3600 * 5.5, "5.5 working hours over"),
    ],
)
def test_below_an_hour_what_is_left_is_told_in_minutes(
    desk: Desk, seconds: float, expected: str
) -> None:
    scene = desk.scene(desk.take(), "leader")
    assert left(scene, {"left_s": seconds, "kind": "working_hours"}) == expected
    assert left(scene, {"left_s": seconds, "kind": "urgent_hours"}) is None


def test_a_membership_transfer_waits_for_no_check_but_to_be_confirmed(desk: Desk) -> None:
    case = desk.take(category=TRANSFER)
    desk.act(case, "organiser", "file", category=TRANSFER)
    desk.act(case, "organiser", "dispatch", unit="party-office")
    desk.act(case, "organiser", "accept")
    assert comes_next(desk.scene(case, "organiser")) == "then the reporter confirms it"
    desk.act(case, "organiser", "submit")
    assert case.status == "checking"
    scene = desk.scene(case, "organiser")
    assert waits_for(desk.known, scene) == "the reporter to confirm it"
    plain = desk.scene(desk.stage("handling"), "handler")
    assert comes_next(plain) == "then the result is checked"
    checked = desk.scene(desk.stage("checking"), "dispatcher")
    assert waits_for(desk.known, checked).endswith("to check it")
