"""Tells those invited of a meeting that is to come: when, moved, without them, or called off.

A unit is told by its head, or the next one above. A firm is asked by whoever visits it, and reads
it on its own page. The unique key of the outbox lets each of them be told of a version once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from gridgov.cases import repeat
from gridgov.cases.known import Known
from gridgov.joint import refusals as no
from gridgov.joint.meetings import (
    CANCELLED,
    HELD,
    PLANNED,
    Plan,
    change,
    invited,
    keep,
    note,
    plan,
    readable,
)
from gridgov.joint.tables import Guest, Meeting
from gridgov.notices.once import tell_once
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import Role

CALLED, MOVED, WITHOUT, OFF = (
    "meeting_called",
    "meeting_moved",
    "meeting_without",
    "meeting_cancelled",
)


def call(
    session: Session,
    asked: Plan,
    actor: Actor,
    at: datetime,
    known: Known,
    request: repeat.Key | None = None,
) -> Meeting:
    """Plan a meeting, and tell those invited; with a `request` that came before, neither again.

    Raises as `plan`.
    """
    if request and (before := repeat.claim(session, request, "", at)):
        return keep(session, int(before), actor, known)
    meeting = plan(session, asked, actor, at, known)
    if request:
        repeat.renumber(session, request, str(meeting.id))
    _tell(session, meeting, CALLED, _persons(meeting.guests, at, known), actor, at, known)
    return meeting


def move(
    session: Session,
    key: int,
    asked: Plan,
    actor: Actor,
    at: datetime,
    known: Known,
    version: int | None = None,
) -> Meeting:
    """Plan a meeting otherwise, and tell whom that concerns. Raises as `change`."""
    meeting = keep(session, key, actor, known, version)
    before = _persons(meeting.guests, at, known)
    stood = (meeting.starts_at, meeting.place)
    came_to_nothing = meeting.starts_at <= at
    change(session, key, asked, actor, at, known, version)
    now = _persons(meeting.guests, at, known)
    if (meeting.starts_at, meeting.place) != stood:
        _tell(session, meeting, MOVED, before & now, actor, at, known)
    _tell(session, meeting, CALLED, now - before, actor, at, known)
    if not came_to_nothing:
        _tell(session, meeting, WITHOUT, before - now, actor, at, known, when=stood[0])
    return meeting


def cancel(
    session: Session,
    key: int,
    why: str,
    actor: Actor,
    at: datetime,
    known: Known,
    version: int | None = None,
) -> Meeting:
    """Call a meeting off that was not held, and tell those invited why.

    Raises: NotFound, MeetingMovedOn, MeetingHeld, MeetingCancelled.
    """
    meeting = keep(session, key, actor, known, version)
    if meeting.state == HELD:
        raise no.MeetingHeld
    if meeting.state == CANCELLED:
        raise no.MeetingCancelled
    meeting.state, meeting.why = CANCELLED, why.strip()
    meeting.version += 1
    session.flush()
    note(session, "meeting_cancelled", meeting, actor, at, known)
    _tell(session, meeting, OFF, _persons(meeting.guests, at, known), actor, at, known)
    return meeting


def coming(session: Session, actor: Actor, at: datetime, known: Known) -> Sequence[Meeting]:
    """Return the meetings of today and later to which somebody is invited, the next one first."""
    if not actor.duties:
        return []
    query = sa.select(Meeting).where(
        invited(actor, known.office), readable(actor, known.office), *_ahead(at, known)
    )
    ordered = query.order_by(Meeting.starts_at, Meeting.id)
    return session.scalars(ordered.options(selectinload(Meeting.guests))).all()


def of_firm(session: Session, code: str, at: datetime, known: Known) -> Sequence[Meeting]:
    """Return the meetings of today and later to which a firm is invited, the next one first."""
    there = sa.exists().where(
        Guest.meeting_id == Meeting.id, Guest.firm_code == code, Guest.invited
    )
    query = sa.select(Meeting).where(there, *_ahead(at, known))
    ordered = query.order_by(Meeting.starts_at, Meeting.id)
    return session.scalars(ordered.options(selectinload(Meeting.guests))).all()


def _ahead(at: datetime, known: Known) -> tuple[sa.ColumnElement[bool], ...]:
    local = at.astimezone(known.settings.zone)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return Meeting.state == PLANNED, Meeting.starts_at >= today


def _persons(guests: Iterable[Guest], at: datetime, known: Known) -> frozenset[str]:
    """Return whom an invitation reaches: the people named, and the heads of the units."""
    office, found = known.office, set[str]()
    for guest in guests:
        if guest.invited and guest.person_code is not None:
            found.add(guest.person_code)
        elif guest.invited and guest.unit_code is not None:
            found |= _heads(office, guest.unit_code, at)
    return frozenset(found)


def _heads(office: Office, code: str, at: datetime) -> set[str]:
    unit = office.units.get(code)
    while unit is not None:
        if heads := office.on_duty(Role.HEAD, unit.code, at):
            return {duty.person for duty in heads}
        unit = office.units.get(unit.parent or "")
    return set()


def _tell(
    session: Session,
    meeting: Meeting,
    template: str,
    persons: frozenset[str],
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    when: datetime | None = None,
) -> None:
    """Tell them of a meeting that is still to come; what was written down afterwards is no call."""
    starts = when or meeting.starts_at
    if starts <= at:
        return
    data = {
        "day": f"{starts.astimezone(known.settings.zone):%Y-%m-%d %H:%M}",
        "path": f"/meetings/{meeting.id}",
    }
    reason = f"{meeting.id} {meeting.version}"
    tell_once(session, sorted(persons - {actor.person or ""}), template, reason, data, at)
