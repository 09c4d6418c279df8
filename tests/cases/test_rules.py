"""The rules around the table (domain), each with its edge: who sends, leads and decides."""

from __future__ import annotations

from typing import Any

import pytest

from gridgov.cases import refusals as no
from gridgov.people.tables import Unit
from tests.cases.held import SECOND, hire, listed, release
from tests.support.desk import DAY, MINUTE, Desk
from tests.support.town import G1, G2, IN_G2, OUTSIDE, STREET

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
