"""Resolutions (议定事项): given to an owner, reported on, ticked at a later meeting.

One that stands by itself is ticked by who keeps the meetings. What became an item of a joint case,
or an instruction on a case, is done when that is: nobody ticks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.joint import refusals as no
from gridgov.joint.items import MOST, ItemDraft, LimitWrong, add_item
from gridgov.joint.meetings import HELD, KEEPERS, keep, keeps, named, note, stands
from gridgov.joint.remind import tell_owner
from gridgov.joint.resolved import find, owns
from gridgov.joint.tables import Resolution, ResolutionEvent
from gridgov.people.actors import Actor
from gridgov.people.roles import Role
from gridgov.words import N_

OWN, ITEM, INSTRUCT = "own", "item", "instruct"
KINDS = {
    OWN: N_("stands by itself"),
    ITEM: N_("becomes an item of a joint case"),
    INSTRUCT: N_("becomes an instruction on a case"),
}
GIVEN, REPORTED, TICKED, UNTICKED = "given", "reported", "done", "not_done"
HAPPENED = {
    GIVEN: N_("Resolved"),
    REPORTED: N_("Reported by its owner"),
    TICKED: N_("It is done"),
    UNTICKED: N_("Not done after all"),
}
END = time(23, 59)


@dataclass(frozen=True)
class Resolved:
    """What was resolved; `case` is the joint case it is added to, or the one it instructs."""

    text: str
    unit: str
    due: date
    person: str | None = None
    kind: str = OWN
    case: str | None = None


def resolve(
    session: Session, key: int, asked: Resolved, actor: Actor, at: datetime, known: Known
) -> Resolution:
    """Write down what a meeting resolved, and tell its owner.

    Raises: NotFound, MeetingNotHeld, MeetingCancelled, OwnerUnknown, OwnerElsewhere, DuePast,
    CaseNeeded, CaseNotMeant, CaseUnknown, and what adding the item or instructing raises.
    """
    meeting = keep(session, key, actor, known)
    stands(meeting)
    if meeting.state != HELD:
        raise no.MeetingNotHeld
    _check(asked, at, known)
    case = _became(session, asked, actor, at, known)
    made = Resolution(
        version=0,
        meeting_id=meeting.id,
        area_code=meeting.area_code,
        kind=asked.kind,
        text=asked.text,
        unit_code=asked.unit,
        person_code=asked.person,
        due=asked.due,
        case_id=case.id if case else None,
        case_version=case.version if case else None,
        decided_at=at,
    )
    session.add(made)
    session.flush()
    _happened(session, made, GIVEN, actor, at)
    note(session, "resolved", meeting, actor, at, known, resolution=made.id)
    tell_owner(session, made, "resolution_given", at, known)
    return made


def report(
    session: Session, key: int, text: str, actor: Actor, at: datetime, known: Known
) -> Resolution:
    """Say how it stands, as its owner: the head of the unit, or the person named."""
    found = find(session, key, actor, at, known, lock=True).resolution
    if not owns(found, actor, known):
        raise no.NotYourResolution
    _happened(session, found, REPORTED, actor, at, text)
    return found


def tick(
    session: Session,
    key: int,
    done: bool,
    text: str | None,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    version: int | None = None,
    meeting: int | None = None,
) -> Resolution:
    """Tick it as done, or take that back; both stay in its history.

    Raises: NotFound, NotYourResolution, DoneElsewhere, TickedAlready, ResolutionMovedOn.
    """
    found, _, dropped = find(session, key, actor, at, known, lock=True)
    if not keeps(found, actor):
        raise no.NotYourResolution
    if version is not None and version != found.version:
        raise no.ResolutionMovedOn(field="version")
    if found.kind != OWN and not dropped:
        raise no.DoneElsewhere
    if (found.done_at is not None) == done:
        raise no.TickedAlready
    if meeting is not None:
        keep(session, meeting, actor, known)
    found.done_at = at if done else None
    _happened(session, found, TICKED if done else UNTICKED, actor, at, text, meeting)
    note(
        session, "resolution_ticked" if done else "resolution_unticked", found.meeting, actor, at,
        known, resolution=found.id,
    )  # fmt: skip
    return found


def _check(asked: Resolved, at: datetime, known: Known) -> None:
    unit = known.office.units.get(asked.unit)
    if unit is None or not unit.active:
        raise no.OwnerUnknown(field="unit", code=asked.unit)
    if asked.person is not None:
        person = known.office.people.get(asked.person)
        if person is None or person.unit not in known.office.below(asked.unit):
            raise no.OwnerElsewhere(field="person")
    if asked.due < at.astimezone(known.settings.zone).date():
        raise no.DuePast(field="due")
    if asked.kind != OWN and not asked.case:
        raise no.CaseNeeded(field="case")
    if asked.kind == OWN and asked.case:
        raise no.CaseNotMeant(field="case")


def _became(
    session: Session, asked: Resolved, actor: Actor, at: datetime, known: Known
) -> Case | None:
    """Make the item, or give the instruction; returns the case it is done with."""
    if asked.kind == OWN or asked.case is None:
        return None
    named(session, asked.case, "case", actor, at, known)
    if asked.kind == ITEM:
        days = (asked.due - at.astimezone(known.settings.zone).date()).days
        limit = ("calendar_days", max(days, 1))
        draft = ItemDraft(asked.text, unit=asked.unit, limit=limit)
        try:
            return add_item(session, asked.case, draft, actor, at, known)
        except LimitWrong as error:  # which comes of the day
            raise LimitWrong(field="due", most=MOST) from error
    due = datetime.combine(asked.due, END, known.settings.zone)
    wish = Wish("instruct", None, {"text": asked.text, "reply_due": due})
    return act(session, asked.case, [wish], actor, at, known)


def _happened(
    session: Session,
    one: Resolution,
    what: str,
    actor: Actor,
    at: datetime,
    text: str | None = None,
    meeting: int | None = None,
) -> None:
    one.version += 1
    role = next((duty.role for duty in actor.duties if duty.role in KEEPERS), None)
    if what == REPORTED or role is None:
        role = next((duty.role for duty in actor.duties), Role.ANYONE)
    session.add(
        ResolutionEvent(
            resolution_id=one.id,
            version=one.version,
            at=at,
            what=what,
            role=role,
            person_code=actor.person,
            meeting_id=meeting,
            text=text,
        )
    )
    session.flush()
    session.expire(one, ["events"])
