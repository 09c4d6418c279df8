"""Meetings: planned by dispatcher and committee, held, and read by whoever was invited or came."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from gridgov.audit.journal import journal
from gridgov.cases.act import find as find_case
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.errors import NotFound
from gridgov.joint import refusals as no
from gridgov.joint.guests import NOBODY, Present, guests, who
from gridgov.joint.tables import Guest, Meeting, MeetingCase, Resolution
from gridgov.park.tables import Area
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import Role
from gridgov.words import N_

KEEPERS = (Role.DISPATCHER, Role.COMMITTEE)
GUESTS = (Role.HEAD, Role.LEADER, Role.ORGANISER)
KINDS = {
    "forum": N_("Round table"),
    "consult": N_("Consultation"),
    "dispatch": N_("Progress meeting"),
}
PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
STATES = {PLANNED: N_("Planned"), HELD: N_("Held"), CANCELLED: N_("Called off")}
JOURNAL = "meetings"
MOST = 100


@dataclass(frozen=True)
class Plan:
    """What a meeting is to be: of an area (a street, as a rule), about cases or none."""

    kind: str
    title: str
    starts_at: datetime
    place: str
    area: str
    invited: Present = NOBODY
    cases: Sequence[str] = ()


def plan(session: Session, asked: Plan, actor: Actor, at: datetime, known: Known) -> Meeting:
    """Plan a meeting. Raises: MeetingElsewhere, GuestUnknown, CaseUnknown."""
    meeting = Meeting(state=PLANNED, version=1)
    _write(session, meeting, asked, actor, at, known)
    session.add(meeting)
    session.flush()
    note(session, "meeting_planned", meeting, actor, at, known)
    return meeting


def change(
    session: Session,
    key: int,
    asked: Plan,
    actor: Actor,
    at: datetime,
    known: Known,
    version: int | None = None,
) -> Meeting:
    """Plan a meeting otherwise, while it is to come.

    Raises as `plan`, and MeetingHeld, MeetingCancelled.
    """
    meeting = keep(session, key, actor, known, version)
    stands(meeting)
    if meeting.state == HELD:
        raise no.MeetingHeld
    # A case about whoever changes the plan stays on it: they could not name it again.
    unseen = _unseen(session, meeting, actor, at, known)
    meeting.guests.clear()
    meeting.cases.clear()
    session.flush()
    _write(session, meeting, asked, actor, at, known, unseen)
    meeting.version += 1
    session.flush()
    note(session, "meeting_changed", meeting, actor, at, known)
    return meeting


def hold(
    session: Session,
    key: int,
    came: Present,
    actor: Actor,
    at: datetime,
    known: Known,
    version: int | None = None,
) -> Meeting:
    """Note that a meeting was held, and who came, invited or not; said again, it corrects that."""
    meeting = keep(session, key, actor, known, version)
    stands(meeting)
    zone = known.settings.zone
    if at.astimezone(zone).date() < meeting.starts_at.astimezone(zone).date():
        raise no.MeetingToCome
    there = {who(one): one for one in guests(session, came, at, known, meeting.guests)}
    for guest in list(meeting.guests):
        guest.came = there.pop(who(guest), None) is not None
        if not guest.came and not guest.invited:
            meeting.guests.remove(guest)
    for guest in there.values():
        guest.invited, guest.came = False, True
        meeting.guests.append(guest)
    meeting.state, meeting.held_at = HELD, meeting.held_at or at
    meeting.version += 1
    session.flush()
    note(session, "meeting_held", meeting, actor, at, known)
    return meeting


def find(session: Session, key: int, actor: Actor, known: Known) -> Meeting:
    """Return a meeting that the actor may read; raises NotFound."""
    query = sa.select(Meeting).where(Meeting.id == key, readable(actor, known.office))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(field="key")
    return found


def keep(
    session: Session, key: int, actor: Actor, known: Known, version: int | None = None
) -> Meeting:
    """Return a meeting to be changed by who keeps it; raises NotFound, MeetingMovedOn."""
    query = sa.select(Meeting).where(Meeting.id == key, kept_by(actor, Meeting.area_code))
    found = session.scalars(query.with_for_update(of=Meeting)).one_or_none()
    if found is None:
        raise NotFound(field="key")
    if version is not None and version != found.version:
        raise no.MeetingMovedOn(field="version")
    return found


def listed(
    session: Session,
    actor: Actor,
    known: Known,
    *,
    state: str | None = None,
    before: int | None = None,
    limit: int = 25,
) -> Sequence[Meeting]:
    """Return a page of the meetings that the actor may read, the latest first.

    `before` is the key of the last one shown.
    """
    query = sa.select(Meeting).where(readable(actor, known.office))
    if state is not None:
        query = query.where(Meeting.state == state)
    if before is not None:
        last = sa.select(Meeting.starts_at).where(Meeting.id == before).scalar_subquery()
        query = query.where(
            sa.or_(Meeting.starts_at < last, (Meeting.starts_at == last) & (Meeting.id < before))
        )
    ordered = query.order_by(Meeting.starts_at.desc(), Meeting.id.desc()).limit(limit)
    return session.scalars(ordered.options(selectinload(Meeting.guests))).all()


def kept_by(actor: Actor, area: Any) -> sa.ColumnElement[bool]:
    """Return the condition that an area's meetings are kept by the actor."""
    places = {duty.place for duty in actor.duties if duty.role in KEEPERS}
    return sa.or_(sa.false(), *(area.startswith(one, autoescape=True) for one in sorted(places)))


def readable(actor: Actor, office: Office) -> sa.ColumnElement[bool]:
    """Return the condition that a meeting is kept by the actor, or that they are its guest.

    A unit's guest is its head, or the head of a unit above it.
    """
    there = _among(actor, office)
    return sa.or_(kept_by(actor, Meeting.area_code), sa.exists().where(*there))


def invited(actor: Actor, office: Office) -> sa.ColumnElement[bool]:
    """Return the condition that somebody is asked to a meeting, by name or as head of a unit."""
    return sa.exists().where(*_among(actor, office), Guest.invited)


def _among(actor: Actor, office: Office) -> tuple[sa.ColumnElement[bool], ...]:
    who: list[sa.ColumnElement[bool]] = [Guest.unit_code.in_(sorted(headed(actor, office)))]
    if actor.person is not None and actor.duties:
        who.append(Guest.person_code == actor.person)
    return Guest.meeting_id == Meeting.id, sa.or_(*who)


def stands(meeting: Meeting) -> None:
    """Refuse what is done to a meeting that was called off."""
    if meeting.state == CANCELLED:
        raise no.MeetingCancelled


def keeps(one: Meeting | Resolution, actor: Actor) -> bool:
    """Tell whether the actor keeps a meeting, and so ticks what it resolved."""
    places = [duty.place for duty in actor.duties if duty.role in KEEPERS]
    return any(one.area_code.startswith(place) for place in places)


def headed(actor: Actor, office: Office) -> frozenset[str]:
    """Return the units that the actor heads, with those below them."""
    heads = (duty.place for duty in actor.duties if duty.role is Role.HEAD)
    return frozenset[str]().union(*(office.below(place) for place in heads))


def areas(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """Return the areas for which the actor may plan meetings, by code and name."""
    query = sa.select(Area.code, Area.name).where(kept_by(actor, Area.code)).order_by(Area.code)
    return [(code, name) for code, name in session.execute(query)]


def named(
    session: Session, number: str, field: str, actor: Actor, at: datetime, known: Known
) -> Case:
    """Return a case that a form names. Raises CaseUnknown, NumberWrong."""
    try:
        return find_case(session, number, actor, at, known)
    except NotFound as error:
        raise no.CaseUnknown(field=field, number=number) from error


def note(
    session: Session, what: str, meeting: Meeting, actor: Actor, at: datetime, known: Known,
    **data: Any,
) -> None:  # fmt: skip
    """Write into the journal of meetings who did what."""
    journal(
        session, known.settings.keys, at, what, journal=JOURNAL, account=actor.account,
        person=actor.person, data={"meeting": meeting.id} | data,
    )  # fmt: skip


def _unseen(
    session: Session, meeting: Meeting, actor: Actor, at: datetime, known: Known
) -> set[int]:
    """Return the cases that a meeting is about and that whoever changes it is not shown."""
    about = {one.case_id for one in meeting.cases}
    seen = sa.select(Case.id).where(Case.id.in_(about), visible(actor, known.office, at))
    return about - set(session.scalars(seen))


def _write(
    session: Session,
    meeting: Meeting,
    asked: Plan,
    actor: Actor,
    at: datetime,
    known: Known,
    unseen: Collection[int] = (),
) -> None:
    places = [duty.place for duty in actor.duties if duty.role in KEEPERS]
    inside = any(asked.area.startswith(place) for place in places)
    if not inside or session.get(Area, asked.area) is None:
        raise no.MeetingElsewhere(field="area")
    meeting.kind, meeting.title, meeting.place = asked.kind, asked.title, asked.place
    meeting.starts_at, meeting.area_code = asked.starts_at, asked.area
    meeting.guests.extend(guests(session, asked.invited, at, known))
    found = {named(session, one, "cases", actor, at, known).id for one in asked.cases}
    meeting.cases.extend(MeetingCase(case_id=case) for case in sorted({*found, *unseen}))
