"""The guards that the workflow table names: each looks at a scene and refuses, or does not.

Pure, and waived for an import. A guard that needs what was given may find nothing given when
steps are only being offered: then it judges the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gridgov.cases import refusals as no
from gridgov.cases.checklist import letter_dated, paper_in_order, transfer_only
from gridgov.cases.claiming import claimable, claimed_stays, for_claimant, own_claim
from gridgov.cases.facts import Past, Scene
from gridgov.cases.guards_of_closing import (
    caller_impartial,
    card_is_new,
    checks_from_outside,
    denies_once,
    must_reach,
    not_transfer,
    publishable,
    reopens_in_time,
    something_to_answer,
    timeout_asked_once,
    timeout_pending,
)
from gridgov.cases.guards_of_joint import (
    asked_to_join,
    asks_another,
    can_be_joint,
    items_done,
    items_ended,
    joint_stays,
    jointly_handled,
    not_joint,
    of_joint,
    target_joint,
)
from gridgov.cases.guards_of_requests import (
    PENDING,
    asks_before_limit,
    extensions_left,
    leader_before_acceptance,
    nothing_pending,
    pending,
    returnable,
    suspension_ahead,
    suspensions_left,
)
from gridgov.cases.standing import units_about
from gridgov.cases.workflow import (
    CLOCK,
    DISPATCHER,
    ENDED,
    HANDLER,
    HEAD,
    LEADER,
    REPORTED,
    REPORTER,
    WAITING,
)
from gridgov.worktime.rules import Kind, Limit, within

THREE_DAYS = Limit(Kind.WORKING_DAYS, 3)
RECOURSE = timedelta(days=15)


def another_decides(scene: Scene) -> None:
    """After an appeal, who rejected the case decides nothing until another has."""
    if scene.status is not REPORTED:
        return
    rejected = scene.last("reject", "drop_item") if scene.last("appeal") else None
    if rejected and rejected.person is not None and rejected.person == scene.actor.person:
        raise no.AnotherDecides


def asker_of_stage(scene: Scene) -> None:
    """Leader and dispatcher ask in intake, the handler in handling."""
    intake = scene.status is REPORTED
    if (scene.role in (LEADER, DISPATCHER) and not intake) or (scene.role is HANDLER and intake):
        raise no.AskerOfStage
    if scene.role is LEADER and scene.case.level != "grid":
        raise no.NotYours(step=scene.step and scene.step.label)


def supplies_something(scene: Scene) -> None:
    """A person supplies a text or a photo; the clock ends the wait without."""
    asked = scene.last("ask_more")
    if scene.role is CLOCK:
        if asked and within(asked.at, scene.at, THREE_DAYS, scene.calendar):
            raise no.NotYours(step=scene.step and scene.step.label)
        return
    if scene.offering:
        return
    attached = asked and any(e.step == "attach" and e.at >= asked.at for e in scene.this_round)
    if not (scene.given.get("text") or "").strip() and not attached:
        raise no.SuppliesNothing(field="text")


def appeals_once(scene: Scene) -> None:
    """Once, within 15 days."""
    rejected = scene.last("reject", "drop_item")
    if scene.count("appeal", whole=True) or not rejected or scene.at > rejected.at + RECOURSE:
        raise no.AppealOver


def target_open(scene: Scene) -> None:
    """The target is another case, open, and so itself unmerged."""
    target = scene.target
    if "target" not in scene.given:
        return
    if target is None or target.id == scene.case.id or target.status in ENDED:
        raise no.TargetWrong(field="target")


def withdrawable(scene: Scene) -> None:
    """Not once dispatched, nor while it carries others."""
    if scene.status is WAITING and scene.case.came_from != REPORTED:
        raise no.NotWithdrawable
    if scene.carried:
        raise no.StillCarries


def unit_serves(scene: Scene) -> None:
    """A leader dispatches only to units that serve the grid and the category."""
    unit = scene.office.units.get(scene.given.get("unit", ""))
    if unit is None:
        return
    if unit.code in units_about(scene):
        raise no.UnitIsSubject(field="unit", unit=unit.name)
    serves = unit.serves(scene.case.category_code, scene.places)
    if not unit.active or (scene.role is LEADER and not serves):
        raise no.UnitNotServing(field="unit", unit=unit.name)


def not_street_only(scene: Scene) -> None:
    """After a second request to return, the street assigns finally."""
    if scene.count("ask_return") > 1 and scene.last("grant_return"):
        raise no.StreetAssigns


def urgent_rule(scene: Scene) -> None:
    """Urgent by category or report, with a unit that rule and roster name."""
    category = scene.category
    if category is None:
        return
    if "urgent" not in (category.urgency, scene.case.urgency):
        raise no.NotUrgent
    if urgent_unit(scene) is None:
        raise no.NoUrgentUnit


def urgent_unit(scene: Scene) -> str | None:
    """Return the unit that urgent cases of this category go to at this place."""
    named = scene.office.units.get((scene.category and scene.category.unit) or "")
    unit = named if named and named.active else scene.office.fallback(scene.places)
    return unit.code if unit and unit.code not in units_about(scene) else None


def within_unit(scene: Scene) -> None:
    """The head hands on within the unit only."""
    case, given = scene.case, scene.given
    own = scene.office.below(case.unit_code)
    if "unit" in given and given["unit"] not in own - {case.unit_code} - units_about(scene):
        raise no.OutsideUnit(field="unit")
    if "person" in given:
        held = scene.office.duties_of(given["person"], scene.at)
        if not any(d.place in own and d.role in (HANDLER, HEAD) for d in held):
            raise no.OutsideUnit(field="person")


def photo_or_why(scene: Scene) -> None:
    """Where the category asks for a photo of the result."""
    asks = scene.category is not None and scene.category.photo != "none"
    if not scene.offering and asks and not scene.photos and not scene.given.get("no_photo"):
        raise no.PhotoMissing(field="no_photo")


def level_above(scene: Scene) -> None:
    """People are refused at the top; the clock records that it was already there."""
    if scene.role is not CLOCK and next_level(scene) is None:
        raise no.AtTop


def next_level(scene: Scene) -> str | None:
    """Return the level above the case's, where one is configured."""
    if scene.case.level == "grid":
        return "street"
    district = scene.case.area_code[:6]
    if scene.case.level == "street" and scene.office.on_duty(DISPATCHER, district, scene.at):
        return "district"
    return None


def level_below(scene: Scene) -> None:
    """One level down, and to the grid only where there is one."""
    case = scene.case
    jointly = case.joint or case.joint_id is not None
    if jointly or case.level == "grid" or (case.level == "street" and case.grid_code is None):
        raise no.NoLevelBelow


def urges_once_a_day(scene: Scene) -> None:
    """A reporter urges once a working day; a day off belongs to the working day after it."""
    before = scene.last("urge", whole=True)
    if scene.role is not REPORTER:
        return
    own = [e for e in scene.past if e.step == "urge" and e.role == REPORTER]
    if before and own and _working_day(scene, own[-1]) == _working_day(scene, None):
        raise no.UrgedToday


def _working_day(scene: Scene, event: Past | None) -> object:
    day = (event.at if event else scene.at).astimezone(scene.calendar.zone).date()
    while not scene.calendar.working_day(day):
        day += timedelta(days=1)
    return day


def due_ahead(scene: Scene) -> None:
    """A reply is due later than now."""
    due = scene.given.get("reply_due")
    if due is not None and due <= scene.at:
        raise no.DueBehind(field="reply_due")


def place_or_grid(scene: Scene) -> None:
    """A corrected place decides the grid by itself."""
    if "location" in scene.given and "grid" in scene.given:
        raise no.PlaceOrGrid(field="grid")


GUARDS: dict[str, Callable[[Scene], None]] = {
    guard.__name__: guard
    for guard in (
        another_decides, not_transfer, asker_of_stage, supplies_something, appeals_once,
        target_open, withdrawable, unit_serves, not_street_only, urgent_rule, within_unit,
        nothing_pending, returnable, asks_before_limit, leader_before_acceptance, extensions_left,
        suspensions_left, suspension_ahead, photo_or_why, checks_from_outside, denies_once,
        level_above,
        level_below, urges_once_a_day, due_ahead, card_is_new, something_to_answer,
        place_or_grid, reopens_in_time, caller_impartial, timeout_asked_once, timeout_pending,
        publishable, must_reach, can_be_joint, not_joint, of_joint, jointly_handled, target_joint,
        asks_another, asked_to_join, items_done, items_ended, joint_stays,
        claimable, own_claim, claimed_stays, for_claimant, transfer_only, paper_in_order,
        letter_dated,
    )
}  # fmt: skip
GUARDS |= {f"{kind}_pending": pending(kind) for kind in PENDING}
