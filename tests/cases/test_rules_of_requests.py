"""Limits of requests, and what is merged (domain), each with its edge."""

from __future__ import annotations

from datetime import date

import pytest

from gridgov.cases import refusals as no
from gridgov.cases.tables import Case
from tests.support.desk import DAY, START, Desk
from tests.support.town import IN_G2

# Limits


@pytest.mark.parametrize("first", ["ask_return", "ask_extension", "ask_suspension"])
@pytest.mark.parametrize("second", ["ask_return", "ask_extension", "ask_suspension"])
def test_one_request_waits_at_a_time(desk: Desk, first: str, second: str) -> None:
    case = desk.stage("handling")
    desk.act(case, "handler", first)
    with pytest.raises(no.AlreadyPending):
        desk.act(case, "handler", second)
    desk.act(case, "dispatcher", first.replace("ask", "refuse"))
    assert case.pending is None
    desk.act(case, "handler", second)


def test_at_most_two_extensions_a_round(desk: Desk) -> None:
    case = desk.stage("handling")
    for _ in range(2):
        desk.act(case, "handler", "ask_extension")
        desk.act(case, "dispatcher", "extend")
    with pytest.raises(no.ExtensionsUsed):
        desk.act(case, "handler", "ask_extension")
    desk.several(case, "handler", "submit")
    desk.act(case, "member", "pass")
    desk.act(case, "reporter", "reopen")
    desk.act(case, "leader", "dispatch")
    desk.act(case, "handler", "accept")
    desk.act(case, "handler", "ask_extension")


def test_at_most_two_suspensions(desk: Desk) -> None:
    case = desk.stage("handling")
    for _ in range(2):
        desk.act(case, "handler", "ask_suspension")
        desk.act(case, "dispatcher", "suspend")
        desk.act(case, "dispatcher", "resume")
    with pytest.raises(no.SuspensionsUsed):
        desk.act(case, "handler", "ask_suspension")


def test_at_most_365_days_suspended_together(desk: Desk) -> None:
    case = desk.stage("handling")
    today = date(2026, 3, 3)
    for wrong in (today, today - DAY, today + 366 * DAY):
        with pytest.raises(no.SuspensionTooLong):
            desk.act(case, "handler", "ask_suspension", resume_on=wrong)
    desk.act(case, "handler", "ask_suspension", resume_on=today + 365 * DAY)
    desk.act(case, "dispatcher", "suspend")
    assert case.resume_on == today + 365 * DAY
    desk.at = START + 100 * DAY
    desk.act(case, "dispatcher", "resume")
    now = today + 100 * DAY
    with pytest.raises(no.SuspensionTooLong):
        desk.act(case, "handler", "ask_suspension", resume_on=now + 266 * DAY)
    desk.act(case, "handler", "ask_suspension", resume_on=now + 264 * DAY)


def test_what_would_resume_already_is_not_suspended(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "handler", "ask_suspension", resume_on=date(2026, 3, 5))
    desk.at = START + 2 * DAY
    assert "suspend" not in desk.offers(case, "dispatcher")
    with pytest.raises(no.SuspensionTooLong):
        desk.act(case, "dispatcher", "suspend")
    desk.act(case, "dispatcher", "refuse_suspension")


# Merged


def test_carried_reporters_confirm_evaluate_and_reopen_by_their_own_number(desk: Desk) -> None:
    case = desk.stage("dispatched")
    other = desk.take()
    desk.act(other, "leader", "merge", target=case.number)
    for step, status in (("confirm", "closed"), ("evaluate", "evaluated"), ("reopen", "filed")):
        if step == "confirm":
            desk.act(case, "handler", "accept")
            desk.act(case, "handler", "submit")
        desk.act(other, "reporter", step)
        assert (case.status, other.status) == (status, "merged")
    with pytest.raises(no.NotNow):
        desk.act(other, "reporter", "withdraw")


def test_an_account_follows_its_carried_case_too(desk: Desk) -> None:
    case = desk.stage("checking")
    other = desk.take("resident")
    desk.act(other, "leader", "merge", target=desk.stage("handling").number)
    target = desk.session.get(Case, other.merged_into_id)
    assert target is not None
    desk.act(target, "handler", "submit")
    desk.act(other, "resident", "confirm")
    assert (target.status, case.status) == ("closed", "checking")


def test_a_case_is_merged_into_an_open_one_that_the_actor_sees(desk: Desk) -> None:
    case = desk.take()
    for status in ("closed", "rejected", "withdrawn", "merged"):
        with pytest.raises(no.TargetWrong):
            desk.act(case, "leader", "merge", target=desk.stage(status).number)
    with pytest.raises(no.TargetWrong):
        desk.act(case, "leader", "merge", target=case.number)
    with pytest.raises(no.AnotherCase):
        desk.act(case, "leader", "merge", target=desk.take(place=IN_G2).number)
    desk.act(case, "leader", "merge", target=desk.stage("suspended").number)


def test_withdrawing_is_refused_while_others_are_carried(desk: Desk) -> None:
    case, other = desk.take(), desk.take()
    desk.act(other, "leader", "merge", target=case.number)
    assert "withdraw" not in desk.offers(case, "reporter")
    with pytest.raises(no.StillCarries):
        desk.act(case, "reporter", "withdraw")
    desk.act(other, "dispatcher", "unmerge")
    desk.act(case, "reporter", "withdraw")


def test_withdrawing_while_waiting_only_from_intake(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "handler", "ask_more")
    with pytest.raises(no.NotWithdrawable):
        desk.act(case, "reporter", "withdraw")
    desk.act(case, "reporter", "comment", text="never mind", wants_withdraw=True)
    assert "wants_withdraw" in case.flags
    desk.act(case, "reporter", "supply")
    assert case.status == "handling"
