"""Every step of joint handling × every status × everybody, on a joint case and on its item.

As the domain has it: the lead's head sends items of other units out, urges and checks them; only
they drop one, or close the whole; whoever was asked to co-operate answers, comments and attaches.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridgov.cases.rules import advance, offered
from gridgov.cases.standing import role_for
from gridgov.cases.tables import Case
from gridgov.cases.workflow import STEPS
from gridgov.errors import GridgovError
from tests.support.desk import START, Desk, at, given_at, trying
from tests.support.town import PEOPLE, RESIDENT, Town

OPEN = "reported verifying waiting filed dispatched handling suspended checking".split()
LISTED = "filed dispatched handling suspended checking closed rejected".split()
WORKED = ("dispatched", "handling", "suspended", "checking")
# The lead is `office`; the item lies with `property`; `party-office` was asked to co-operate.
WAY = {
    "filed": (),
    "dispatched": (("head-office", "dispatch"),),
    "handling": (("head-office", "dispatch"), ("handler", "accept")),
}
WAY["suspended"] = (*WAY["handling"], ("handler", "ask_suspension"), ("dispatcher", "suspend"))
WAY["checking"] = (*WAY["handling"], ("handler", "submit"))
WAY["closed"] = (*WAY["checking"], ("head-office", "pass"))
WAY["rejected"] = (*WAY["handling"], ("head-office", "drop_item"))
# What the lead's head does on an item of another unit, where it stands.
LEAD = {
    "dispatch": ("filed",), "pass": ("checking",), "urge": OPEN, "comment": LISTED,
    "drop_item": ("filed", "dispatched", "handling", "suspended"),
    "ask_join": ("filed", *WORKED),
}  # fmt: skip
JOINTLY = ["propose_joint", "open_joint", "refuse_joint", "bundle", "ask_join", "join",
           "drop_item", "close_joint"]  # fmt: skip
EVERYBODY = [*PEOPLE, RESIDENT]


@pytest.fixture(scope="module")
def desk(shared_town: Town) -> Iterator[Desk]:
    with trying(shared_town) as desk:
        yield desk


def item_at(desk: Desk, status: str) -> tuple[Case, Case]:
    joint = desk.joint()
    desk.act(joint, "handler-office", "accept")
    item = desk.item(joint, co_units=("party-office",))
    for who, step in WAY[status]:
        desk.act(item, who, step)
    assert item.status == status
    return joint, item


def offers(desk: Desk, case: Case) -> dict[str, set[str]]:
    scene = desk.scene(case, "leader")
    return {
        who: {one.step.name for one in offered(at(scene, actor=desk.actor(who)))}
        for who in EVERYBODY
    }


@pytest.mark.parametrize("status", LISTED)
def test_the_steps_of_an_item(desk: Desk, status: str) -> None:
    with desk.undone():
        desk.at = START
        _, item = item_at(desk, status)
        found = offers(desk, item)
        for step in STEPS.keys() - {"sample", "evaluate"}:
            lead = status in LEAD.get(step, ())
            assert (step in found["head-office"]) is lead, (step, status)
        handler = {"comment"} if status in LISTED else set()
        assert found["handler-office"] == handler
        # Whoever was asked answers, as long as there is something to answer for.
        asked = {"comment"} | ({"join"} if status in OPEN else set())
        assert found["head-party"] == asked
        for who in EVERYBODY:
            joint = found[who] & set(JOINTLY)
            own = who == "head" and status in WORKED
            over = who in ("dispatcher", "district-dispatcher") and status in ("filed", *WORKED)
            expected = {"ask_join"} if own or over else set()
            if who == "head-office":
                expected = {step for step in ("ask_join", "drop_item") if status in LEAD[step]}
            if who == "head-party" and status in OPEN:
                expected = {"join"}
            assert joint == expected, (who, status)
        assert all(not found[who] for who in ("leader2", "handler-team", RESIDENT, "organiser"))


@pytest.mark.parametrize("status", ["dispatched", "handling", "suspended", "filed", "closed"])
def test_the_steps_of_a_joint_case(desk: Desk, status: str) -> None:
    with desk.undone():
        desk.at = START
        joint = desk.joint()
        item = desk.item(joint, "dispatcher", unit="property")
        _lead_to(desk, joint, item, status)
        found = offers(desk, joint)
        for who in EVERYBODY:
            may = found[who] & {*JOINTLY, "submit", "settle", "send_down"}
            expected: set[str] = set()
            # The lead's head as any head; returned, it is led by nobody until it is sent out anew.
            head = who == "head-office" and status not in ("filed", "closed")
            over = who in ("dispatcher", "district-dispatcher") and status != "closed"
            if head or over:
                expected = {"ask_join"}
            assert may == expected, (who, status)


def _lead_to(desk: Desk, joint: Case, item: Case, status: str) -> None:
    if status == "filed":
        desk.act(joint, "head-office", "ask_return")
        desk.act(joint, "dispatcher", "grant_return")
    elif status != "dispatched":
        desk.act(joint, "handler-office", "accept")
    if status == "suspended":
        desk.act(joint, "handler-office", "ask_suspension")
        desk.act(joint, "dispatcher", "suspend")
    if status == "closed":
        desk.act(item, "head-office", "drop_item")
        desk.act(joint, "handler-office", "progress")
        assert "close_joint" in desk.offers(joint, "head-office")
        assert "close_joint" not in desk.offers(joint, "handler-office")
        desk.act(joint, "head-office", "close_joint")


@pytest.mark.parametrize("status", ["dispatched", "handling", "filed", "checking"])
def test_who_puts_an_item_on_the_list(desk: Desk, status: str) -> None:
    """Through the verb: it is no step that is offered."""
    with desk.undone():
        desk.at = START
        joint = desk.joint()
        if status == "checking":
            joint = desk.stage("checking")
        elif status != "dispatched":
            _lead_to(desk, joint, joint, status)
        led = status in ("dispatched", "handling")
        for who in EVERYBODY:
            made = None
            with desk.undone():
                try:
                    made = desk.item(joint, who)
                except GridgovError:
                    made = None
            over = who in ("dispatcher", "district-dispatcher", "committee")
            may = joint.joint and (over or (who == "head-office" and led))
            assert (made is not None) is may, (who, status)


def test_neither_item_nor_joint_case_is_made_joint_again(desk: Desk) -> None:
    with desk.undone():
        joint, item = item_at(desk, "handling")
        for case in (joint, item):
            for step in ("propose_joint", "open_joint", "bundle"):
                scene = desk.scene(case, "dispatcher")
                target = desk.joint()
                given = {"target": target.number} if step == "bundle" else given_at(step, desk.at)
                seen = at(scene, given=given, target=target)
                assert role_for(seen, STEPS[step]) is not None
                with pytest.raises(GridgovError, match="not handled jointly"):
                    advance(seen, STEPS[step])
