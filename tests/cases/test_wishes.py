"""Wishes: claimed by one account at a time, which handles it and sees nothing of the wisher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gridgov.cases import refusals as no
from gridgov.cases.clocks import clocks
from gridgov.cases.rules import offered
from gridgov.cases.tables import Case
from gridgov.cases.workflow import TABLE
from gridgov.community.wishes import claimed
from gridgov.errors import NotAllowed, NotFound
from tests.support.desk import Desk, trying
from tests.support.town import PEOPLE, RESIDENT, Town

WORDS = "a secret of the wisher in her own words"
PUBLIC = "a child wishes for books"


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as made:
        yield made


def wished(desk: Desk, *, published: bool = True, **given: Any) -> Case:
    """Return a wish that has been filed, with its public text approved."""
    case = desk.take(category="51001", description=WORDS, **given)
    desk.act(case, "leader", "file", category="51001")
    if published:
        desk.act(case, "dispatcher", "publish", text=PUBLIC)
    return case


def test_whoever_is_signed_in_claims_and_handles_it(desk: Desk) -> None:
    case = wished(desk)
    with pytest.raises(NotFound):
        desk.act(case, RESIDENT, "comment", text="seen?")
    desk.act(case, RESIDENT, "claim")
    assert (case.status, case.claimant_id) == ("handling", desk.accounts[RESIDENT])
    assert desk.offers(case, RESIDENT) == {"progress", "submit", "give_back", "comment"}
    desk.act(case, RESIDENT, "progress", text="the books are bought")
    desk.act(case, RESIDENT, "submit", result="books given")
    assert case.status == "checking"
    assert desk.offers(case, RESIDENT) == {"comment"}
    assert "pass" in desk.offers(case, "member")
    desk.act(case, "member", "pass")
    assert (case.status, case.claimant_id) == ("closed", desk.accounts[RESIDENT])
    assert [event.role for event in desk.events(case)][3:6] == ["handler"] * 3


def test_it_is_given_back_and_claimed_by_another(desk: Desk) -> None:
    case = wished(desk)
    desk.act(case, RESIDENT, "claim")
    with pytest.raises(no.ClaimedAlready):
        desk.act(case, "handler-office", "claim")
    desk.act(case, RESIDENT, "give_back")
    assert (case.status, case.claimant_id) == ("filed", None)
    with pytest.raises(NotFound):
        desk.act(case, RESIDENT, "progress")
    desk.act(case, "handler-office", "claim")
    assert (case.claimant_id, case.handler_code) == (
        desk.accounts["handler-office"], "handler-office",
    )  # fmt: skip


def test_a_dispatcher_takes_it_back(desk: Desk) -> None:
    case = wished(desk)
    desk.act(case, "handler-office", "claim")
    desk.act(case, "dispatcher", "recall")
    assert (case.status, case.claimant_id, case.handler_code) == ("filed", None, None)
    # Who had it is told; giving it back oneself is no news.
    assert desk.told(case, "let_go") == {("person", "handler-office")}
    desk.act(case, "handler-office", "claim")
    desk.act(case, "handler-office", "give_back")
    assert len(desk.told(case, "let_go")) == 1
    desk.act(case, "dispatcher", "dispatch", unit="property")
    with pytest.raises(no.NotNow):
        desk.act(case, RESIDENT, "claim")


def test_nobody_claims_more_than_they_can_bring_to_an_end(desk: Desk) -> None:
    most = desk.settings.max_claims
    mine = [wished(desk) for _ in range(most + 1)]
    for case in mine[:most]:
        desk.act(case, RESIDENT, "claim")
    with pytest.raises(no.ClaimedEnough) as refused:
        desk.act(mine[most], RESIDENT, "claim")
    assert refused.value.values["most"] == most
    assert mine[most].status == "filed"
    # Another's hands are free; and one's own again, by giving back or by what came true.
    desk.act(mine[most], "handler-office", "claim")
    desk.act(mine[most], "handler-office", "give_back")
    desk.act(mine[0], RESIDENT, "give_back")
    desk.act(mine[most], RESIDENT, "claim")
    desk.act(mine[1], RESIDENT, "submit")
    with pytest.raises(no.ClaimedEnough):
        desk.act(mine[0], RESIDENT, "claim")
    desk.act(mine[1], "member", "pass")
    desk.act(mine[0], RESIDENT, "claim")
    # Whose hands are full is told so only of what could be claimed at all.
    with pytest.raises(no.NotNow):
        desk.act(mine[2], RESIDENT, "claim")


def test_ones_own_come_by_pages_what_is_under_way_first(desk: Desk) -> None:
    mine = [wished(desk) for _ in range(4)]
    for case in mine:
        desk.act(case, RESIDENT, "claim")
    desk.act(mine[3], RESIDENT, "submit")
    desk.act(mine[3], "member", "pass")
    assert mine[3].status == "closed"
    actor = desk.actor(RESIDENT)
    found = [claimed(desk.session, actor, page, 3) for page in (1, 2)]
    assert [page.number for page in found] == [4, 4]
    shown = [case.number for page in found for case in page.wishes]
    assert shown == [mine[at].number for at in (2, 1, 0, 3)]
    assert claimed(desk.session, desk.actor("handler-office")) == ([], 0)


def test_what_is_reopened_is_nobodys(desk: Desk) -> None:
    case = wished(desk)
    for who, step in ((RESIDENT, "claim"), (RESIDENT, "submit"), ("member", "pass")):
        desk.act(case, who, step)
    desk.act(case, "dispatcher", "reopen")
    assert (case.status, case.claimant_id) == ("filed", None)


def test_only_a_wish_whose_text_was_approved(desk: Desk) -> None:
    case = wished(desk, published=False)
    # To who sees it, it says why; to others, it is not there.
    with pytest.raises(no.NotClaimable):
        desk.act(case, "leader", "claim")
    with pytest.raises(NotFound):
        desk.act(case, RESIDENT, "claim")
    plain = desk.stage("filed")
    with pytest.raises(no.NotClaimable):
        desk.act(plain, "leader", "claim")
    with pytest.raises(NotFound):
        desk.act(plain, RESIDENT, "claim")


def test_nobody_claims_their_own(desk: Desk) -> None:
    for who in (RESIDENT, "leader"):
        case = wished(desk, who=who)
        with pytest.raises(no.OwnWish):
            desk.act(case, who, "claim")
    with pytest.raises(NotAllowed):
        desk.act(case, "reporter", "claim")
    assert "claim" not in desk.offers(case, "reporter")


def test_staff_who_claimed_it_do_not_check_it(desk: Desk) -> None:
    case = wished(desk)
    desk.act(case, "leader", "claim")
    desk.act(case, "leader", "submit")
    with pytest.raises(no.OwnWork):
        desk.act(case, "leader", "pass")
    with pytest.raises(no.OwnWork):
        desk.act(case, "leader", "rework")
    desk.act(case, "member", "pass")


def test_a_claimed_wish_stays_a_wish(desk: Desk) -> None:
    case = wished(desk)
    desk.act(case, RESIDENT, "claim")
    with pytest.raises(no.ClaimedFirst):
        desk.act(case, "leader", "amend", category="41001", urgency="normal")


def test_a_claim_starts_the_handle_clock_anew(desk: Desk) -> None:
    case = wished(desk)
    desk.act(case, RESIDENT, "claim")
    first = desk.at
    desk.act(case, RESIDENT, "give_back")
    desk.act(case, "handler-office", "claim")
    scene = desk.scene(case, "leader")
    assert scene.ladder is not None
    found = clocks(scene.past, scene.category, scene.ladder, scene.calendar)
    handled = [clock for clock in found if clock.name == "handle"]
    assert [clock.run for clock in handled] == [1, 2]
    assert handled[0].start == first
    assert not handled[0].running
    assert handled[1].start == desk.at


# Who stands to a wish that the resident has claimed, and to one that nobody has.
def expected(status: str, step: str, who: str, *, held: bool) -> bool:
    """Say who may claim, and what whoever claimed may do."""
    account = who in PEOPLE or who == RESIDENT
    if step == "claim":
        return account and status == "filed"
    mine = held and who == RESIDENT
    if step == "give_back":
        return mine and status == "handling"
    assert mine
    return step == "comment" or (step in ("progress", "submit") and status == "handling")


@pytest.mark.parametrize("status", ["reported", "filed", "handling", "checking", "closed"])
def test_the_steps_of_wishes_by_everybody(desk: Desk, status: str) -> None:
    case = wished(desk) if status != "reported" else desk.take(category="51001")
    if status in ("handling", "checking", "closed"):
        desk.act(case, RESIDENT, "claim")
        for who, step in {
            "checking": [(RESIDENT, "submit")],
            "closed": [(RESIDENT, "submit"), ("member", "pass")],
        }.get(status, []):
            desk.act(case, who, step)  # fmt: skip
    held = case.claimant_id is not None
    for who in (*PEOPLE, RESIDENT, "reporter", "clock"):
        offers = {offer.step.name for offer in offered(desk.scene(case, who))}
        for step in ("claim", "give_back"):
            assert (step in offers) is expected(status, step, who, held=held), (step, who)
        if held and who == RESIDENT:
            for step in TABLE:
                may = expected(status, step.name, who, held=held)
                if step.name != "attach":
                    assert (step.name in offers) is may, step.name
