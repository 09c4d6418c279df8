"""The agenda: made of what needs deciding, counted whole, each section its list, as far as seen."""

from __future__ import annotations

from typing import Any

import pytest

from gridgov.cases.tables import Case
from gridgov.faces import agenda
from gridgov.faces.serve import Serving
from gridgov.joint.items import ItemDraft, add_item
from gridgov.joint.meetings import Plan, plan
from gridgov.joint.resolutions import ITEM, Resolved, resolve
from gridgov.joint.resolved import find
from gridgov.joint.tables import Meeting
from tests.joint.conftest import hold
from tests.support.desk import DAY, Desk, trying
from tests.support.town import STREET, Town


def meeting(desk: Desk) -> Meeting:
    asked = Plan("dispatch", "调度会", desk.at, "三楼", STREET)
    return plan(desk.session, asked, desk.actor("dispatcher"), desk.at, desk.known)


def shown(town: Town, desk: Desk, one: Meeting, who: str, most: int = 8) -> dict[str, Any]:
    """Return the sections of an agenda as somebody sees them, by name."""
    with town.app.test_request_context(headers={"Accept-Language": "en"}):
        s = Serving(desk.session, desk.at, desk.known, desk.actor(who))
        found = agenda.sections(s, one, most)
        for section in found:
            whole = agenda.behind(s, one, section["name"])
            assert whole["count"] == section["count"] == len(whole["cases"]), section["name"]
            lines = {case["number"] for case in section["cases"]}
            assert lines <= {case["number"] for case in whole["cases"]}
            assert len(lines) == min(section["count"], most)
        return {section["name"]: section for section in found}


def numbers(found: dict[str, Any], name: str) -> set[str]:
    return {case["number"] for case in found.get(name, {"cases": ()})["cases"]}


def test_each_section_holds_what_it_says_and_nothing_else(still_town: Town) -> None:
    with trying(still_town) as desk:
        plain = desk.stage("handling")
        urgent = desk.take(category="31001")
        carrier, carried = desk.stage("filed"), desk.stage("filed")
        desk.act(carried, "leader", "merge", target=carrier.number)
        denied = desk.stage("checking")
        desk.act(denied, "reporter", "deny")
        again = desk.stage("closed")
        desk.act(again, "dispatcher", "reopen")
        twice = desk.stage("dispatched")
        for _ in range(2):
            desk.act(twice, "handler", "ask_return")
            desk.act(twice, "dispatcher", "refuse_return")
        once = desk.stage("dispatched")
        desk.act(once, "handler", "ask_return")
        ends = desk.stage("handling")
        soon = desk.at.date() + 5 * DAY
        desk.act(ends, "handler", "ask_suspension", resume_on=soon)
        desk.act(ends, "dispatcher", "suspend")
        found = shown(still_town, desk, meeting(desk), "committee")
        assert numbers(found, "urgent") == {urgent.number}
        assert numbers(found, "groups") == {carrier.number}
        assert found["groups"]["cases"][0]["note"] == "2 reporters"
        assert numbers(found, "denied") == {denied.number}
        assert numbers(found, "reopened") == {again.number}
        assert numbers(found, "returned_twice") == {twice.number}
        assert numbers(found, "suspension_ends") == {ends.number}
        assert "late" not in found
        everything = {number for name in found for number in numbers(found, name)}
        assert not everything & {plain.number, once.number}


def test_what_is_late_stands_there_and_goes_when_it_ends(still_town: Town) -> None:
    with trying(still_town) as desk:
        late = desk.stage("handling")
        desk.at += 20 * DAY
        fresh, one = desk.stage("handling"), meeting(desk)
        assert numbers(shown(still_town, desk, one, "committee"), "late") == {late.number}
        desk.act(late, "handler", "submit")
        desk.act(late, "member", "pass")
        found = shown(still_town, desk, one, "committee")
        assert "late" not in found
        assert fresh.status == "handling"


def test_joint_cases_say_how_far_they_are_and_suspended_items_stay(still_town: Town) -> None:
    with trying(still_town) as desk:
        joint = desk.joint(category="21001")
        desk.act(joint, "handler-office", "accept")
        desk.at += DAY / 24
        boss = desk.actor("head-office")
        first, second = (
            add_item(
                desk.session, joint.number, ItemDraft(text, "01001", "property"), boss, desk.at,
                desk.known,
            )
            for text in ("停车", "充电")
        )  # fmt: skip
        for item in (first, second):
            desk.act(item, "handler", "accept")
        desk.act(first, "handler", "ask_suspension", suspension_reason="policy_gap")
        desk.act(first, "dispatcher", "suspend")
        desk.act(second, "handler", "submit")
        desk.act(second, "member", "pass")
        found = shown(still_town, desk, meeting(desk), "committee")
        assert numbers(found, "joint") == {joint.number}
        assert found["joint"]["cases"][0]["note"].startswith("1 of 2 done")
        assert numbers(found, "hung") == {first.number}
        assert found["hung"]["cases"][0]["note"] == "policy gap"
        # A guest sees what they see: the property's head the item of theirs, not the whole.
        own = shown(still_town, desk, meeting(desk), "head")
        assert numbers(own, "hung") == {first.number}


def test_a_resolution_that_becomes_an_item_is_done_with_it(still_town: Town) -> None:
    with trying(still_town) as desk:
        joint, one = desk.joint(category="21001"), meeting(desk)
        desk.act(joint, "handler-office", "accept")
        one.state = "held"
        desk.session.flush()
        keeper = desk.actor("dispatcher")
        due = (desk.at + 4 * DAY).date()
        asked = Resolved("划定停车位", "property", due, kind=ITEM, case=joint.number)
        made = resolve(desk.session, one.id, asked, keeper, desk.at, desk.known)

        def done() -> bool:
            return find(desk.session, made.id, keeper, desk.at, desk.known).done

        assert made.case_id is not None
        item = desk.session.get_one(Case, made.case_id)
        assert (item.joint_id, item.status, item.unit_code) == (joint.id, "dispatched", "property")
        assert not done()
        desk.act(item, "handler", "accept")
        desk.act(item, "handler", "submit")
        assert not done()
        desk.act(item, "member", "pass")
        assert done()
        desk.act(item, "dispatcher", "reopen")
        assert not done()


def test_a_section_shows_its_oldest_and_counts_them_all(still_town: Town) -> None:
    with trying(still_town) as desk:
        made = [desk.take(category="31001").number for _ in range(3)]
        found = shown(still_town, desk, meeting(desk), "committee", most=2)
        assert found["urgent"]["count"] == 3
        assert [case["number"] for case in found["urgent"]["cases"]] == made[:2]


def test_who_looks_sees_their_own_cases_alone(still_town: Town) -> None:
    """A party case and one about the leader stand on no agenda that they are shown."""
    with trying(still_town) as desk:
        party = desk.take(category="41001", urgency="urgent")
        plain = desk.take(category="31001")
        one = meeting(desk)
        assert numbers(shown(still_town, desk, one, "committee"), "urgent") == {
            party.number, plain.number,
        }  # fmt: skip
        assert numbers(shown(still_town, desk, one, "leader"), "urgent") == {plain.number}
        assert numbers(shown(still_town, desk, one, "organiser"), "urgent") == {party.number}
        assert numbers(shown(still_town, desk, one, "leader2"), "urgent") == set()


@pytest.mark.parametrize("section", ["nothing", "return"])
def test_there_is_no_other_section(shared_town: Town, section: str) -> None:
    key = hold(shared_town)["id"]
    assert shared_town.get(f"/meetings/{key}/agenda/{section}", "dispatcher").status_code == 404
