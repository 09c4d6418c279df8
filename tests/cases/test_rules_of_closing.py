"""Checking, denying, reopening, cards and appeals (domain), each with its edge."""

from __future__ import annotations

from datetime import datetime

import pytest

from gridgov.cases import refusals as no
from gridgov.cases.tables import Case
from tests.cases.held import SECOND, hire, listed, release
from tests.support.desk import DAY, MINUTE, START, Desk
from tests.support.town import G1, STREET

# Reopening


def test_a_reporter_reopens_within_15_days_and_twice(desk: Desk) -> None:
    case = desk.stage("closed")
    closed = case.closed_at
    assert closed is not None
    desk.at = closed + 15 * DAY + SECOND - MINUTE
    with pytest.raises(no.ReopenOver):
        desk.act(case, "reporter", "reopen")
    desk.at = closed + 15 * DAY - MINUTE
    for round_ in (2, 3):
        desk.act(case, "reporter", "reopen")
        assert (case.status, case.round) == ("filed", round_)
        for who, step in (
            ("leader", "dispatch"), ("handler", "accept"), ("handler", "submit"),
            ("member", "pass"),
        ):  # fmt: skip
            desk.act(case, who, step)
    with pytest.raises(no.ReopenOver):
        desk.act(case, "reporter", "reopen")
    desk.act(case, "dispatcher", "reopen")


def test_reopening_counts_cards_and_returns_anew(desk: Desk) -> None:
    case = desk.stage("dispatched")
    desk.act(case, "head", "ask_return")
    desk.act(case, "dispatcher", "refuse_return")
    desk.act(case, "committee", "yellow_card")
    for who, step in (("handler", "accept"), ("handler", "submit"), ("member", "pass"),
                      ("reporter", "reopen"), ("leader", "dispatch")):  # fmt: skip
        desk.act(case, who, step)
    desk.act(case, "head", "ask_return")
    assert case.level == "grid"
    desk.act(case, "committee", "yellow_card")


def test_a_failed_sample_asks_for_reopening_until_it_is_done(desk: Desk) -> None:
    case = desk.act(desk.take(), "member", "settle")
    assert case.to_sample
    desk.act(case, "leader2", "sample", sampled="failed")
    assert case.flags == ["must_reopen"]
    desk.act(case, "dispatcher", "reopen")
    assert case.flags == []


# Denying


def test_a_reporter_denies_once_a_round(desk: Desk) -> None:
    case = desk.stage("checking")
    desk.act(case, "reporter", "deny")
    assert (case.status, case.result) == ("handling", None)
    desk.act(case, "handler", "submit")
    with pytest.raises(no.DenyOver):
        desk.act(case, "reporter", "deny")


def closed_on_submit(desk: Desk, start: datetime = START) -> Case:
    desk.at = start
    case = desk.take(category="02001")
    desk.act(case, "leader", "file", category="02001")
    desk.act(case, "leader", "dispatch")
    desk.act(case, "handler", "accept")
    desk.act(case, "handler", "submit")
    assert case.status == "closed"
    return case


def test_what_closed_on_submit_is_denied_within_3_working_days(desk: Desk) -> None:
    # Friday 2026-04-03, 15:00 in Ningbo; Saturday to Monday is Qingming, so it ends on Thursday.
    case = closed_on_submit(desk, datetime.fromisoformat("2026-04-03T15:00+08:00"))
    closed = case.closed_at
    assert closed is not None
    last = closed.replace(second=0) + 6 * DAY
    desk.at = last + SECOND - MINUTE
    with pytest.raises(no.DenyOver):
        desk.act(case, "reporter", "deny")
    desk.at = last - MINUTE
    desk.act(case, "reporter", "deny")
    assert case.status == "handling"


def test_a_comment_after_closing_takes_nothing_from_the_reporter(desk: Desk) -> None:
    case = closed_on_submit(desk)
    desk.act(case, "dispatcher", "comment")
    desk.act(case, "dispatcher", "sample")
    desk.act(case, "reporter", "deny")
    assert case.status == "handling"


def test_what_was_checked_is_reopened_and_not_denied(desk: Desk) -> None:
    case = desk.stage("closed")
    with pytest.raises(no.DenyOver):
        desk.act(case, "reporter", "deny")


# Checking


def test_sampled_categories_close_on_submit_unless_drawn(desk: Desk) -> None:
    assert closed_on_submit(desk).status == "closed"  # rate 0
    case = desk.take(category="02002")  # rate 1
    desk.act(case, "leader", "file", category="02002")
    desk.act(case, "leader", "dispatch")
    desk.act(case, "handler", "accept")
    desk.act(case, "handler", "submit")
    assert case.status == "checking"


@pytest.mark.parametrize("step", ["pass", "rework"])
def test_a_unit_never_checks_its_own_work(desk: Desk, step: str) -> None:
    hire(desk, "colleague", "handler", "property")  # whose unit is known by the duty alone
    hire(desk, "colleague", "member", G1)
    hire(desk, "below", "member", G1, unit="property-team")
    case = desk.stage("checking")
    for who in ("member-property", "colleague", "below"):
        assert step not in desk.offers(case, who)
        with pytest.raises((no.OwnWork, no.NotYours)):
            desk.act(case, who, step)
    desk.act(case, "member", step)


def test_who_accepted_does_not_check_even_from_elsewhere(desk: Desk) -> None:
    hire(desk, "both", "handler", "property-team")
    hire(desk, "both", "member", G1)
    case = desk.stage("dispatched")
    desk.act(case, "head", "assign", unit="property-team", person="both")
    desk.act(case, "both", "accept")
    desk.act(case, "head", "submit")
    with pytest.raises(no.OwnWork):
        desk.act(case, "both", "pass")


def test_the_committee_checks_only_where_nobody_else_remains(desk: Desk) -> None:
    case = desk.stage("checking")
    release(desk, "member", "leader", "deputy")
    with pytest.raises(no.OthersCheck):
        desk.act(case, "committee", "pass")
    release(desk, "dispatcher")
    with pytest.raises(no.OthersCheck):
        desk.act(case, "committee", "pass")  # the next level's dispatcher does
    release(desk, "district-dispatcher")
    desk.act(case, "committee", "pass")  # `member-property` is of the unit


def test_a_caller_is_never_of_unit_or_grid(desk: Desk) -> None:
    hire(desk, "caller-property", "caller", STREET, unit="property")
    hire(desk, "caller-member", "caller", STREET)
    hire(desk, "caller-member", "member", G1)
    case = desk.stage("closed")
    for who in ("caller-property", "caller-member"):
        assert "evaluate" not in desk.offers(case, who)
        with pytest.raises(no.CallerPartial):
            desk.act(case, who, "evaluate")
    desk.act(case, "caller", "evaluate")


def test_a_grids_own_leader_does_not_sample(desk: Desk) -> None:
    case = desk.act(desk.take(), "member", "settle")
    assert case.number in listed(desk, "leader2")
    with pytest.raises(no.NotYours):
        desk.act(case, "leader", "sample")
    desk.act(case, "leader2", "sample")
    assert not case.to_sample
    assert case.number not in listed(desk, "leader2")


# Urging, cards, appeals


def test_a_reporter_urges_once_a_working_day(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "reporter", "urge")
    with pytest.raises(no.UrgedToday):
        desk.act(case, "reporter", "urge")
    desk.act(case, "leader", "urge")
    desk.act(case, "leader", "urge")
    desk.at = datetime.fromisoformat("2026-03-04T00:00+08:00")
    desk.act(case, "reporter", "urge")
    desk.at = datetime.fromisoformat("2026-03-07T12:00+08:00")  # Saturday
    desk.act(case, "reporter", "urge")
    desk.at = datetime.fromisoformat("2026-03-09T12:00+08:00")  # the Monday that it counted for
    with pytest.raises(no.UrgedToday):
        desk.act(case, "reporter", "urge")


def test_cards_are_given_once_a_round_and_never_go_back_down(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "committee", "yellow_card")
    with pytest.raises(no.CardGiven):
        desk.act(case, "committee", "yellow_card")
    desk.act(case, "committee", "red_card")
    for card in ("yellow_card", "red_card"):
        with pytest.raises(no.CardGiven):
            desk.act(case, "committee", card)
    other = desk.stage("handling")
    desk.act(other, "committee", "red_card")
    with pytest.raises(no.CardGiven):
        desk.act(other, "committee", "yellow_card")


def test_an_appeal_is_made_once_within_15_days_and_decided_by_another(desk: Desk) -> None:
    case = desk.stage("rejected")
    rejected = desk.at
    desk.at = rejected + 15 * DAY + SECOND - MINUTE
    with pytest.raises(no.AppealOver):
        desk.act(case, "reporter", "appeal")
    desk.at = rejected + 15 * DAY - MINUTE
    desk.act(case, "reporter", "appeal")
    assert case.status == "reported"
    for step in ("file", "reject", "settle", "merge"):
        assert step not in desk.offers(case, "leader")
        with pytest.raises(no.AnotherDecides):
            desk.act(case, "leader", step)
    desk.act(case, "dispatcher", "reject")
    with pytest.raises(no.AppealOver):
        desk.act(case, "reporter", "appeal")


def test_the_rejecter_works_on_once_the_appeal_is_decided(desk: Desk) -> None:
    case = desk.stage("rejected")
    desk.act(case, "reporter", "appeal")
    desk.act(case, "dispatcher", "file")
    desk.act(case, "leader", "dispatch")


def test_a_timeout_is_asked_for_once_and_decided_once(desk: Desk) -> None:
    case = desk.stage("handling")
    with pytest.raises(no.NothingPending):
        desk.act(case, "dispatcher", "excuse")
    desk.act(case, "head", "appeal_timeout")
    with pytest.raises(no.TimeoutAsked):
        desk.act(case, "head", "appeal_timeout")
    desk.act(case, "dispatcher", "uphold")
    with pytest.raises(no.NothingPending):
        desk.act(case, "dispatcher", "excuse")
    with pytest.raises(no.TimeoutAsked):
        desk.act(case, "head", "appeal_timeout")


def test_an_order_is_answered_as_often_as_it_was_given(desk: Desk) -> None:
    case = desk.stage("handling")
    with pytest.raises(no.NothingToAnswer):
        desk.act(case, "head", "answer")
    with pytest.raises(no.DueBehind):
        desk.act(case, "committee", "instruct", reply_due=START)
    desk.act(case, "committee", "instruct")
    desk.act(case, "committee", "yellow_card")
    desk.act(case, "head", "answer")
    desk.act(case, "leader", "answer")
    with pytest.raises(no.NothingToAnswer):
        desk.act(case, "head", "answer")
