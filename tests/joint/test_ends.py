"""What becomes of a joint case's parts that end otherwise: dropped, bundled, proposed in vain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from gridgov.cases.act import Wish, act, find
from gridgov.cases.clocks import calls
from gridgov.cases.contact import Contact
from gridgov.cases.refusals import (
    AnotherDecides,
    AskedAlready,
    ItemsOpen,
    NotClaimable,
    NotForJoint,
)
from gridgov.cases.tables import Case
from gridgov.epochs import bump
from gridgov.errors import NotFound
from gridgov.insight.ask import ask
from gridgov.insight.keep import keep
from gridgov.insight.reach import EVERYWHERE, Asked
from gridgov.insight.verify import verify
from gridgov.joint.show import asked_of, summaries
from gridgov.people.actors import CLOCK
from gridgov.people.tables import Duty
from tests.support.desk import DAY, REPORTER, Desk, trying
from tests.support.firms import WEST, with_firms
from tests.support.town import LONG_AGO, STREET, Town

CONTACT = Contact("Chen", "13800000000")
PERIOD = Asked(date(2026, 3, 1), date(2026, 4, 1))


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


def test_what_comes_back_by_an_appeal_is_nobodys_work(desk: Desk) -> None:
    case = desk.stage("handling", contact=CONTACT)
    desk.act(case, "dispatcher", "bundle")
    desk.act(case, "head-office", "drop_item")
    assert case.unit_code == "property"
    desk.act(case, REPORTER, "appeal")
    assert (case.unit_code, case.handler_code, case.lead_unit_code) == (None, None, None)
    assert "file" in desk.offers(case, "dispatcher")
    with pytest.raises(NotFound):
        find(desk.session, case.number, desk.actor("head"), desk.at, desk.known)


def test_an_appeal_is_not_decided_by_who_dropped_it(desk: Desk) -> None:
    place = {"role": "dispatcher", "place": STREET, "deputy": False, "begins": LONG_AGO}
    desk.session.add(Duty(person_code="head-office", **place))
    desk.session.flush()
    bump(desk.session, "people")
    case = bundled(desk)
    desk.act(case, "head-office", "drop_item")
    desk.act(case, REPORTER, "appeal")
    with pytest.raises(AnotherDecides):
        desk.act(case, "head-office", "reject")
    desk.act(case, "dispatcher", "reject")


def test_an_item_that_is_merged_is_done_with_what_carries_it(desk: Desk) -> None:
    joint = desk.act(desk.joint(), "handler-office", "accept")
    item, other, last = desk.item(joint), desk.take(), desk.stage("checking")
    desk.act(item, "dispatcher", "merge", target=other.number)
    desk.act(other, "dispatcher", "merge", target=last.number)
    with pytest.raises(ItemsOpen):
        desk.act(joint, "head-office", "close_joint")
    assert summaries(desk.session, [joint.id])[joint.id].open == 1
    desk.act(last, "member", "pass")
    assert summaries(desk.session, [joint.id])[joint.id].done == 1
    desk.act(joint, "head-office", "close_joint")
    assert joint.status == "closed"


def test_an_item_that_is_merged_into_its_joint_case_is_done_with_that(desk: Desk) -> None:
    joint = desk.act(desk.joint(), "handler-office", "accept")
    desk.act(desk.item(joint), "dispatcher", "merge", target=joint.number)
    assert summaries(desk.session, [joint.id])[joint.id].open == 1
    desk.act(joint, "head-office", "close_joint")
    assert summaries(desk.session, [joint.id])[joint.id].done == 1


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


def test_a_case_bundled_after_it_was_counted_is_counted_anew(desk: Desk) -> None:
    connection: Any = desk.session.connection()
    cases = [desk.stage(status) for status in ("filed", "handling", "closed")]
    joint = desk.joint()
    keep(connection, desk.settings)
    desk.at += DAY
    asked, dispatcher = [Wish("bundle", None, {"target": joint.number})], desk.actor("dispatcher")
    for case in cases[:2]:
        act(desk.session, case.number, asked, dispatcher, desk.at, desk.known)
    for _ in range(2):
        found = {
            by: ask(desk.session, PERIOD, EVERYWHERE, CLOCK, desk.known, desk.at, by=by).by
            for by in ((), ("grid",), ("unit",))
        }
        assert found[()][()].counts["filed"] == 2
        assert sum(one.counts["filed"] for one in found["grid",].values()) == 2
        assert {key: one.counts["filed"] for key, one in found["unit",].items()} == {
            ("property",): 2, ("office",): 1,
        }  # fmt: skip
        keep(connection, desk.settings)
    assert list(verify(desk.session, desk.known)) == []


def test_what_a_firm_is_promised_are_its_items_with_their_results(town: Town) -> None:
    """Not what somebody else reported; the lead reads results, though not the firm's own words."""
    need = {"description": "no charger", "category": "21001", "firm": WEST, "channel": "telephone"}
    number = with_firms(town).report("dispatcher", **need)["number"]
    for who, step, given in (
        ("dispatcher", "propose_joint", {"reason": "no unit alone"}),
        ("dispatcher", "open_joint", {"unit": "office"}),
        ("handler-office", "accept", {}),
    ):
        assert town.step(number, who, step, **given).status_code == 200
    path = f"/cases/{number}/items"
    item = town.post(path, {"text": "power", "unit": "property"}, "head-office").json["number"]
    other = town.report(category="11001")["number"]
    assert town.step(other, "dispatcher", "bundle", target=number).status_code == 200
    assert town.step(item, "handler", "accept").status_code == 200
    done = {"outcome": "solved", "result": "connected"}
    assert town.step(item, "handler", "submit", **done).status_code == 200

    firm = town.get(f"/firms/{WEST}", "dispatcher").json
    assert [one["number"] for one in firm["promised"]] == [item]
    listed = {one["number"]: one for one in town.get(path, "head-office").json["items"]}
    assert listed.keys() == {item, other}
    assert listed[item]["result"] == "connected"
    assert "no charger" not in town.get(path, "head-office").text


def test_who_was_called_in_an_earlier_round_is_called_again(desk: Desk) -> None:
    joint = desk.act(desk.joint(), "handler-office", "accept")
    item = desk.item(joint, unit="property", co_units=("party-office", "bureau"))
    desk.act(item, "handler", "accept")
    desk.act(item, "head-party", "join")
    with pytest.raises(AskedAlready):
        desk.act(item, "head-office", "ask_join", unit="party-office")
    desk.act(item, "handler", "submit")
    desk.act(item, "member", "pass")
    desk.act(item, "dispatcher", "reopen")
    desk.act(item, "dispatcher", "ask_join", unit="party-office")
    (row,) = (one for one in asked_of(desk.session, [item.id])[item.id] if one.unit != "bureau")
    assert (row.asked_at, row.joined_at) == (desk.at, None)
    assert "join" in desk.offers(item, "head-party")
    desk.act(item, "head-party", "join")
    assert "join" not in desk.offers(item, "head-party")
    (row,) = (one for one in asked_of(desk.session, [item.id])[item.id] if one.unit != "bureau")
    assert row.joined_at == desk.at
    assert [(call.unit, call.round) for call in calls(desk.scene(item, "head").past)] == [
        ("party-office", 1), ("bureau", 1), ("party-office", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("step", ["reject", "drop_item"])
def test_whose_case_is_carried_is_told_when_it_ends_undone_and_may_appeal(
    desk: Desk, step: str
) -> None:
    """What the notice says is so: by their own number, once for all of them."""
    case = desk.take(contact=CONTACT) if step == "reject" else bundled(desk)
    carried = desk.take(contact=CONTACT)
    desk.act(carried, "leader", "merge", target=case.number)
    desk.act(case, "leader" if step == "reject" else "head-office", step)
    assert ("reporter", carried.number) in desk.told(carried, step)
    desk.act(carried, REPORTER, "appeal")
    assert (case.status, carried.status) == ("reported", "merged")


def test_a_unit_that_loses_its_case_to_a_joint_one_is_told(desk: Desk) -> None:
    case = desk.stage("handling")
    desk.act(case, "head", "propose_joint")
    desk.act(case, "dispatcher", "open_joint")
    assert desk.told(case, "let_go") == {("unit", "property")}
    assert ("unit", "office") in desk.told(case, "open_joint")
    same = desk.stage("handling")
    desk.act(same, "head", "propose_joint")
    desk.act(same, "dispatcher", "open_joint", unit="property")
    assert desk.told(same, "let_go") == set()


def test_what_is_handled_jointly_becomes_no_matter_of_the_party(desk: Desk) -> None:
    """Neither by filing it anew nor at once: the units that handle it would go on seeing it."""
    item = bundled(desk, urgency="urgent")
    with pytest.raises(NotForJoint):
        desk.act(item, "dispatcher", "dispatch_urgent", category="41001")
    desk.act(item, "head-office", "drop_item")
    desk.act(item, REPORTER, "appeal")
    with pytest.raises(NotForJoint):
        desk.act(item, "dispatcher", "file", category="41001")
    joint = desk.act(desk.joint(urgency="urgent"), "dispatcher", "recall")
    with pytest.raises(NotForJoint):
        desk.act(joint, "dispatcher", "dispatch_urgent", category="41002")


def test_a_joint_case_takes_its_items_into_confidence_whatever_the_step(desk: Desk) -> None:
    joint = desk.act(desk.joint(urgency="urgent"), "handler-office", "accept")
    item = desk.item(joint, unit="property")
    desk.act(joint, "dispatcher", "recall")
    desk.act(joint, "dispatcher", "dispatch_urgent", category="21001")
    desk.session.refresh(item)
    assert joint.confidential and item.confidential


def test_a_joint_case_that_becomes_a_firms_takes_its_items_into_confidence(desk: Desk) -> None:
    joint = desk.act(desk.joint(), "handler-office", "accept")
    item, other = desk.item(joint, unit="property"), desk.item(desk.joint())
    assert not (joint.confidential or item.confidential)
    desk.act(joint, "dispatcher", "amend", category="21001")
    desk.session.refresh(item)
    desk.session.refresh(other)
    assert (joint.confidential, item.confidential, other.confidential) == (True, True, False)
