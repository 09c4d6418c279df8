"""The guards around the check, closing and what comes after; see `gridgov.cases.guards`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from gridgov.cases import refusals as no
from gridgov.cases.facts import Scene
from gridgov.cases.standing import claims, covers, is_subject
from gridgov.cases.workflow import (
    CALLER,
    CHECKING,
    CLOSED,
    COMMITTEE,
    DISPATCHED,
    DISPATCHER,
    HANDLER,
    HANDLING,
    HEAD,
    LEADER,
    MEMBER,
    REPORTER,
    STATUS_LABELS,
    SUSPENDED,
    WAITING,
)
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld
from gridgov.people.roles import Role
from gridgov.worktime.rules import Kind, Limit, within

THREE_DAYS = Limit(Kind.WORKING_DAYS, 3)
RECOURSE = timedelta(days=15)
CARDS = ("yellow_card", "red_card")
ORDERS = ("supervise", "instruct", *CARDS)
TIMEOUTS = ("appeal_timeout", "excuse", "uphold")
AT_WORK = frozenset({DISPATCHED, HANDLING, WAITING, SUSPENDED, CHECKING})


def not_transfer(scene: Scene) -> None:
    """Membership transfers are closed by `confirm`, or later by a head."""
    if scene.category and scene.category.transfer:
        raise no.NotTransfer


def checks_from_outside(scene: Scene) -> None:
    """Never the unit that handled it; the committee where nobody else remains."""
    if scene.role is HEAD and scene.lead is None:
        submitted = scene.last("submit")
        if scene.category is None or not scene.category.transfer or submitted is None:
            raise no.NotYours(step=scene.step and scene.step.label)
        if within(submitted.at, scene.at, THREE_DAYS, scene.calendar):
            raise no.TransferWaits
        return
    not_transfer(scene)
    if scene.handled_by(scene.actor.person) or claims(scene):
        raise no.OwnWork
    if scene.role is COMMITTEE and any(_may_check(scene, duty) for duty in _checkers(scene)):
        raise no.OthersCheck


def _checkers(scene: Scene) -> Iterable[DutyHeld]:
    case, office = scene.case, scene.office
    if case.grid_code:
        yield from office.on_duty(MEMBER, case.grid_code, scene.at)
        yield from office.on_duty(LEADER, case.grid_code, scene.at)
    for digits in range(6, len(case.area_code) + 1, 3):
        yield from office.on_duty(DISPATCHER, case.area_code[:digits], scene.at)


def _may_check(scene: Scene, duty: DutyHeld) -> bool:
    unit = scene.office.people[duty.person].unit
    other = scene.but(actor=Actor(person=duty.person, unit=unit, duties=(duty,)))
    return covers(duty, scene) and not scene.handled_by(duty.person) and not is_subject(other)


def denies_once(scene: Scene) -> None:
    """Once a round; where it closed on submit, for three working days."""
    over = scene.count("deny") > 0
    if scene.status not in (HANDLING,) and scene.case.closed_at:
        # Not what happened since: a comment leaves the case closed too.
        closings = (e for e in reversed(scene.this_round) if e.to_status == CLOSED != e.from_status)
        closing = next(closings, None)
        on_submit = closing is not None and closing.step in ("submit", "close_joint")
        late = not within(scene.case.closed_at, scene.at, THREE_DAYS, scene.calendar)
        over = over or not on_submit or late
    if over:
        raise no.DenyOver


def card_is_new(scene: Scene) -> None:
    """Each once a round, never back down."""
    name = scene.step.name if scene.step else ""
    if scene.count(name) or scene.count("red_card"):
        raise no.CardGiven


def something_to_answer(scene: Scene) -> None:
    """An order stands without an answer."""
    if scene.count(*ORDERS, whole=True) <= scene.count("answer", whole=True):
        raise no.NothingToAnswer


def reopens_in_time(scene: Scene) -> None:
    """A reporter within 15 days, twice; a dispatcher always."""
    own = sum(e.step == "reopen" and e.role == REPORTER for e in scene.past)
    closed = scene.case.closed_at
    if scene.role is REPORTER and (own >= 2 or not closed or scene.at > closed + RECOURSE):
        raise no.ReopenOver


def must_reach(scene: Scene) -> None:
    """Whoever must reach the reporter: the unit while it works, a caller for a callback or an
    answer that the case waits for; of a confidential case dispatcher and organiser alone.
    """
    label = scene.step.label if scene.step else ""
    if scene.case.confidential and scene.role not in (DISPATCHER, Role.ORGANISER):
        raise no.ContactConfidential
    if scene.role in (HANDLER, HEAD) and scene.status not in AT_WORK:
        raise no.NotNow(step=label, status=STATUS_LABELS[scene.status])
    callback = scene.given.get("purpose") == "callback"
    if scene.role is CALLER and not callback and scene.status is not WAITING:
        raise no.NotNow(step=label, status=STATUS_LABELS[scene.status])
    if callback and (scene.role is not CALLER or scene.status is not CLOSED):
        raise no.NotYours(step=label)


def caller_impartial(scene: Scene) -> None:
    """A caller is never of the handling unit or the scored grid."""
    if scene.role is not CALLER:
        return
    grid = scene.case.grid_code
    of_grid = any(d.place == grid and d.role in (LEADER, MEMBER) for d in scene.actor.duties)
    if scene.handled_by(scene.actor.person) or of_grid:
        raise no.CallerPartial


def timeout_asked_once(scene: Scene) -> None:
    """Once, in handling or after it."""
    if scene.status is WAITING and scene.case.came_from != HANDLING:
        raise no.NotNow(step=scene.step and scene.step.label, status=STATUS_LABELS[scene.status])
    if scene.count("appeal_timeout", whole=True):
        raise no.TimeoutAsked


def timeout_pending(scene: Scene) -> None:
    """Asked, and not yet decided."""
    if (last := scene.last(*TIMEOUTS, whole=True)) is None or last.step != "appeal_timeout":
        raise no.NothingPending


def publishable(scene: Scene) -> None:
    """Only what the category makes public, never what is confidential."""
    case, category = scene.case, scene.category
    private = case.confidential or case.kind in ("enterprise", "resident", "party")
    if private or category is None or (category.public == "no" and category.kind != "wish"):
        raise no.NotPublishable
