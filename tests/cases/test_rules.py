"""The rules around the table (domain), each with its edge."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases import refusals as no
from gridgov.cases.find import Wanted, search
from gridgov.cases.placing import Location
from gridgov.cases.report import About
from gridgov.cases.tables import Case, Subject
from gridgov.epochs import bump
from gridgov.errors import NotFound
from gridgov.people.tables import Duty, Person, Unit
from tests.support.desk import DAY, MINUTE, START, Desk
from tests.support.town import G1, G2, IN_G2, LONG_AGO, OUTSIDE, STREET

SECOND = timedelta(seconds=1)


def hire(desk: Desk, code: str, role: str, place: str, unit: str | None = None) -> None:
    """Add somebody with a duty, for the time of the test."""
    if desk.session.get(Person, code) is None:
        desk.session.add(Person(code=code, name=f"Name-{code}", unit_code=unit))
        desk.session.flush()
        from gridgov.people.accounts import add_account

        desk.accounts[code] = add_account(desk.session, code, code, LONG_AGO).id
    desk.session.add(Duty(person_code=code, role=role, place=place, deputy=False, begins=LONG_AGO))
    desk.session.flush()
    bump(desk.session, "people")


def release(desk: Desk, *codes: str) -> None:
    """End somebody's duties, for the time of the test."""
    ended = sa.update(Duty).where(Duty.person_code.in_(codes)).values(ends=LONG_AGO + SECOND)
    desk.session.execute(ended)
    bump(desk.session, "people")


def listed(desk: Desk, who: str, **wanted: Any) -> set[str]:
    page = search(desk.session, Wanted(limit=200, **wanted), desk.actor(who), desk.at, desk.known)
    return {case.number for case in page.cases}


# Small things do not leave the grid


def test_a_leader_dispatches_only_to_units_that_serve_grid_and_category(desk: Desk) -> None:
    case = desk.stage("filed")
    with pytest.raises(no.UnitNotServing):
        desk.act(case, "leader", "dispatch", unit="bureau")  # serves category 21 only
    with desk.undone():
        desk.act(case, "dispatcher", "dispatch", unit="bureau")
    elsewhere = desk.stage("reported", place=IN_G2)
    desk.act(elsewhere, "leader2", "file")
    with pytest.raises(no.UnitNotServing):
        desk.act(elsewhere, "leader2", "dispatch", unit="property")  # serves G1 only
    desk.act(elsewhere, "leader2", "dispatch", unit="office")


@pytest.mark.parametrize(
    ("who", "status", "step", "given"),
    [
        ("leader", "reported", "file", {"category": "99999"}),
        ("leader", "filed", "settle", {"category": "99999"}),
        ("leader", "filed", "dispatch", {"unit": "nobody"}),
        ("dispatcher", "filed", "assign_final", {"unit": "nobody"}),
        ("head", "dispatched", "assign", {"unit": "nobody", "person": "handler"}),
        ("head", "dispatched", "assign", {"person": "nobody"}),
        ("head", "dispatched", "ask_return", {"proposed_unit": "nobody"}),
        ("leader", "reported", "ask_verify", {"person": "nobody"}),
        ("leader", "reported", "amend", {"grid": "nowhere"}),
        ("leader", "reported", "amend", {"category": "99999"}),
    ],
)
def test_what_does_not_exist_is_refused_by_its_field(
    desk: Desk, who: str, status: str, step: str, given: dict[str, Any]
) -> None:
    case = desk.stage(status)
    with pytest.raises(no.BadInput) as refused:
        desk.act(case, who, step, **given)
    assert refused.value.field in given
    desk.session.expire_all()
    assert case.status == status


def test_blanks_are_no_reason(desk: Desk) -> None:
    case = desk.stage("reported")
    with pytest.raises(no.FieldMissing):
        desk.act(case, "leader", "reject", reason=" \t\n ", instead="12345")


def test_several_steps_are_taken_all_or_none(desk: Desk) -> None:
    case = desk.take()
    with desk.undone(), pytest.raises(no.NotYours):
        desk.several(case, "leader", "file", "accept")
    assert (case.status, case.version) == ("reported", 1)
    desk.several(case, "leader", "file", "dispatch")
    assert (case.status, case.version) == ("dispatched", 3)


# 首接负责


def test_the_first_unit_leads_until_another_has_accepted(desk: Desk) -> None:
    case = desk.stage("dispatched")
    assert case.lead_unit_code == "property"
    desk.act(case, "head", "ask_return")
    desk.act(case, "dispatcher", "grant_return")
    desk.act(case, "leader", "dispatch", unit="office")
    assert (case.unit_code, case.lead_unit_code) == ("office", "property")
    desk.act(case, "handler-office", "accept")
    assert case.lead_unit_code == "office"


def test_the_first_unit_leads_until_the_street_has_assigned(desk: Desk) -> None:
    case = desk.stage("dispatched")
    desk.act(case, "head", "ask_return")
    desk.act(case, "dispatcher", "grant_return")
    desk.act(case, "dispatcher", "assign_final", unit="office")
    assert case.lead_unit_code == "office"


def test_a_second_return_goes_to_the_street_which_alone_assigns_finally(desk: Desk) -> None:
    case = desk.stage("dispatched", urgency="urgent")
    desk.act(case, "head", "ask_return")
    desk.act(case, "dispatcher", "grant_return")
    assert (case.status, case.level) == ("filed", "grid")
    desk.act(case, "leader", "dispatch", unit="office")
    desk.act(case, "handler-office", "ask_return", proposed_unit="property")
    assert case.level == "street"
    desk.act(case, "dispatcher", "grant_return")
    assert desk.offers(case, "leader") & {"dispatch", "dispatch_urgent", "assign_final"} == set()
    assert desk.offers(case, "member") & {"dispatch_urgent"} == set()
    for step in ("dispatch", "dispatch_urgent"):
        with pytest.raises(no.StreetAssigns):
            desk.act(case, "dispatcher", step)
    desk.act(case, "dispatcher", "assign_final", unit="property")
    with pytest.raises(no.NotReturnable):
        desk.act(case, "handler", "ask_return")
    desk.act(case, "handler", "accept")
    with pytest.raises(no.NotReturnable):
        desk.act(case, "handler", "ask_return")


# Levels


def test_escalating_passes_deciding_and_leaves_the_unit_its_work(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "leader", "escalate")
    assert (case.level, case.unit_code, case.status) == ("street", "property", "handling")
    with pytest.raises(no.NotYours):
        desk.act(case, "leader", "merge")
    desk.act(case, "dispatcher", "escalate")
    assert case.level == "district"
    with pytest.raises(no.NotYours):
        desk.act(case, "dispatcher", "recall")
    with desk.undone():
        desk.act(case, "district-dispatcher", "recall")
    desk.act(case, "handler", "submit")


def test_at_the_highest_level_people_are_refused_and_the_clock_records(desk: Desk) -> None:
    case = desk.stage("handling", level="district")
    with pytest.raises(no.AtTop):
        desk.act(case, "district-dispatcher", "escalate")
    desk.act(case, "clock", "escalate")
    event = desk.events(case)[-1]
    assert (case.level, event.role, event.data["at_top"]) == ("district", "clock", True)


def test_without_a_district_dispatcher_the_street_is_the_highest_level(desk: Desk) -> None:
    release(desk, "district-dispatcher")
    case = desk.stage("handling", level="street")
    with pytest.raises(no.AtTop):
        desk.act(case, "dispatcher", "escalate")
    desk.act(case, "clock", "escalate")
    assert desk.events(case)[-1].data["at_top"] is True
    assert case.level == "street"


def test_sending_down_goes_one_level_and_to_the_grid_only_where_there_is_one(desk: Desk) -> None:
    case = desk.stage("filed", level="district")
    desk.act(case, "district-dispatcher", "send_down")
    assert case.level == "street"
    desk.act(case, "dispatcher", "send_down")
    assert case.level == "grid"
    with pytest.raises(no.NoLevelBelow):
        desk.act(case, "dispatcher", "send_down")
    outside = desk.take(place=OUTSIDE)
    with pytest.raises(no.NoLevelBelow):
        desk.act(outside, "dispatcher", "send_down")


# Whom a case is about


@pytest.mark.parametrize(
    ("about", "hidden", "shown"),
    [
        (About("leader"), ["leader", "deputy"], ["member", "dispatcher"]),
        (About("member"), ["member", "member-property"], ["leader", "dispatcher"]),
        (About("person", person="member"), ["member"], ["member-property", "leader"]),
        (
            About("unit", unit="property"),
            ["handler", "head", "handler-team", "member-property"],
            ["leader", "member", "dispatcher"],
        ),
        (About("unit", unit="hub"), ["dispatcher"], ["district-dispatcher", "committee"]),
    ],
)
def test_a_case_is_hidden_from_whom_it_is_about(
    desk: Desk, about: About, hidden: list[str], shown: list[str]
) -> None:
    case = desk.take(subject=about, description="an odd affair")
    assert case.level == "street"
    desk.session.execute(
        sa.update(Case).where(Case.id == case.id).values(unit_code="property-team")
    )
    desk.session.refresh(case)
    for who in hidden:
        assert case.number not in listed(desk, who)
        assert case.number not in listed(desk, who, q="odd affair")
        assert case.number not in listed(desk, who, number=case.number)
        assert desk.offers(case, who) == set()
        for step in ("comment", "verify", "pass", "accept"):
            with pytest.raises(NotFound):
                desk.act(case, who, step)
    for who in shown:
        assert case.number in listed(desk, who, q="odd affair"), who
    told = {code for kind, code in desk.told(case) if kind == "person"}
    assert not told & set(hidden)
    assert told


def test_nobody_hears_of_a_case_about_their_unit(desk: Desk) -> None:
    case = desk.take(subject=About("unit", unit="hub"))
    desk.act(case, "district-dispatcher", "escalate")
    desk.act(case, "reporter", "urge")
    desk.act(case, "reporter", "withdraw")
    assert ("person", "dispatcher") not in desk.told(case)


def test_a_case_about_a_unit_in_words_goes_to_the_street(desk: Desk) -> None:
    case = desk.take(subject=About("unit", text="the property company"))
    assert case.level == "street"


@pytest.mark.parametrize("kind", ["leader", "member"])
def test_a_case_about_the_leader_stays_hidden_when_its_place_is_found(
    desk: Desk, kind: str
) -> None:
    case = desk.take(subject=About(kind), location=Location(address="somewhere"))
    assert case.level == "street"
    with desk.undone():
        desk.act(case, "dispatcher", "amend", location=Location(*IN_G2), urgency="normal")
        assert case.grid_code == G2
        assert case.level == "street"
        assert case.number not in listed(desk, "leader2" if kind == "leader" else "member2")
    desk.act(case, "dispatcher", "amend", grid=G1)
    assert case.level == "street"
    about = sa.select(Subject.person_code).where(Subject.case_id == case.id)
    assert set(desk.session.scalars(about)) == {
        "leader": {"leader", "deputy"}, "member": {"member", "member-property"},
    }[kind]  # fmt: skip
    assert case.number not in listed(desk, kind)


def test_a_case_is_not_given_to_the_unit_that_it_is_about(desk: Desk) -> None:
    case = desk.take(subject=About("unit", unit="property"))
    desk.act(case, "dispatcher", "file")
    for unit in ("property", "property-team"):
        with pytest.raises(no.UnitIsSubject):
            desk.act(case, "dispatcher", "dispatch", unit=unit)


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


# Membership transfers


def test_a_transfer_is_the_organisers_from_report_to_submit(desk: Desk) -> None:
    case = desk.take(category="41002", description="to move my membership")
    assert (case.point, case.cell_code, case.confidential) == (None, None, True)
    assert desk.told(case) == {("person", "organiser")}
    for who in ("leader", "member", "dispatcher", "committee", "caller", "gis", "handler"):
        assert case.number not in listed(desk, who, q="membership")
    for step in ("ask_verify", "verify", "ask_more"):
        desk.act(case, "organiser", step)
    desk.act(case, "reporter", "supply")
    with pytest.raises(no.NotTransfer):
        desk.act(case, "organiser", "settle", category="41002")
    desk.act(case, "organiser", "file", category="41002")
    desk.act(case, "organiser", "dispatch", unit="party-office")
    desk.act(case, "organiser", "accept")
    desk.act(case, "organiser", "progress")
    desk.act(case, "organiser", "submit")
    assert case.status == "checking"
    for step in ("pass", "rework"):
        with pytest.raises(no.NotYours):
            desk.act(case, "organiser", step)
    submitted = desk.at
    with pytest.raises(no.TransferWaits):
        desk.act(case, "head-party", "pass")
    desk.at = submitted + 3 * DAY  # Tuesday + 3 working days is Friday
    with desk.undone():
        desk.act(case, "head-party", "pass")
        assert case.status == "closed"
    desk.act(case, "reporter", "confirm")


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


# Supplying, photos, several duties


def test_the_clock_ends_a_wait_after_3_working_days(desk: Desk) -> None:
    case = desk.stage("waiting")
    asked = desk.at
    desk.at = asked + 3 * DAY
    assert "supply" not in desk.offers(case, "clock")
    with desk.undone(), pytest.raises(no.NotYours):
        desk.at -= MINUTE
        desk.act(case, "clock", "supply", text=None)
    desk.at += SECOND
    assert "supply" in desk.offers(case, "clock")


def test_a_reporter_supplies_something(desk: Desk) -> None:
    case = desk.stage("waiting")
    for text in (None, "", "  "):
        with pytest.raises(no.SuppliesNothing):
            desk.act(case, "reporter", "supply", text=text)


def test_a_photo_or_the_reason_for_none(desk: Desk) -> None:
    case = desk.take(category="01002")
    desk.act(case, "leader", "file", category="01002")
    desk.act(case, "leader", "dispatch")
    desk.act(case, "handler", "accept")
    with pytest.raises(no.PhotoMissing):
        desk.act(case, "handler", "submit")
    desk.act(case, "handler", "submit", no_photo="at night")


def test_whoever_holds_several_duties_acts_in_the_one_that_allows_it(desk: Desk) -> None:
    hire(desk, "two-hats", "leader", G1)
    hire(desk, "two-hats", "dispatcher", STREET)
    case = desk.stage("filed")
    desk.act(case, "two-hats", "dispatch", unit="bureau")  # as leader it would be refused
    assert desk.events(case)[-1].role == "dispatcher"
    desk.act(case, "dispatcher", "recall")
    desk.act(case, "leader", "dispatch")
    desk.act(case, "handler", "accept")
    assert "recall" in desk.offers(case, "two-hats")
    desk.act(case, "two-hats", "recall")


def test_a_corrected_grid_brings_its_street_along(desk: Desk) -> None:
    case = desk.take(place=OUTSIDE)
    desk.act(case, "dispatcher", "amend", grid=G2)
    assert (case.grid_code, case.area_code, case.level) == (G2, STREET, "grid")
    assert "outside" not in case.flags
    assert ("person", "leader2") in desk.told(case, "amend")


def test_units_of_another_case_do_not_see_it(desk: Desk) -> None:
    case = desk.stage("handling")
    for who in ("handler-office", "head-office", "handler-team", "leader2", "member2", "resident"):
        assert case.number not in listed(desk, who)
    assert desk.session.get(Unit, "office") is not None
