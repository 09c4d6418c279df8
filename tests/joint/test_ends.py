"""What becomes of a joint case's parts that end otherwise: dropped, bundled, proposed in vain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gridgov.cases.contact import Contact
from gridgov.cases.refusals import NotClaimable
from gridgov.cases.tables import Case
from gridgov.errors import NotFound
from tests.support.desk import REPORTER, Desk, trying
from tests.support.town import Town

CONTACT = Contact("Chen", "13800000000")


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as desk:
        yield desk


def bundled(desk: Desk, **given: Any) -> Case:
    """Return a case of somebody's own that was put on a joint case's list."""
    case = desk.take(contact=CONTACT, **given)
    desk.act(case, "leader", "file")
    return desk.act(case, "dispatcher", "bundle")


def test_who_reported_what_is_dropped_is_told_and_may_appeal(desk: Desk) -> None:
    case = bundled(desk)
    desk.act(case, "head-office", "drop_item")
    assert ("reporter", case.number) in desk.told(case, "drop_item")
    assert "appeal" in desk.offers(case, REPORTER)
    desk.act(case, REPORTER, "appeal")
    assert case.status == "reported"


def test_an_appeal_against_dropping_comes_in_time(desk: Desk) -> None:
    case = bundled(desk)
    desk.act(case, "head-office", "drop_item")
    desk.at += timedelta(days=16)
    assert "appeal" not in desk.offers(case, REPORTER)


def test_what_is_bundled_waits_for_no_proposal_of_its_own(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "leader", "propose_joint")
    desk.act(case, "dispatcher", "bundle")
    assert case.pending is None
    assert "ask_return" in desk.offers(case, "handler")


def test_a_joint_case_is_nobodys_wish(desk: Desk) -> None:
    wish = desk.take(category="51001", confidential=False)
    desk.act(wish, "dispatcher", "publish", text="a wish")
    desk.act(wish, "dispatcher", "propose_joint")
    desk.act(wish, "dispatcher", "open_joint", category="51001")
    desk.act(wish, "dispatcher", "recall")
    # It stands on no list, and who sees it all the same does not claim it either.
    with pytest.raises(NotFound):
        desk.act(wish, "resident", "claim")
    with pytest.raises(NotClaimable):
        desk.act(wish, "dispatcher", "claim")
