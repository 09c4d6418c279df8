"""Which resolutions somebody sees, and which of them are not done yet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from gridgov.cases.known import Known
from gridgov.cases.tables import Case, Event
from gridgov.errors import NotFound
from gridgov.joint.done import DONE, DROPPED
from gridgov.joint.meetings import HELD, headed, kept_by, readable
from gridgov.joint.tables import Meeting, Resolution
from gridgov.people.actors import Actor

SHOWN = ("open", "before", "done", "all")


class Told(NamedTuple):
    """A resolution, whether it is done, and whether its case was dropped."""

    resolution: Resolution
    done: bool
    dropped: bool


def find(
    session: Session, key: int, actor: Actor, at: datetime, known: Known, *, lock: bool = False
) -> Told:
    """Return a resolution that the actor may see; raises NotFound."""
    query = sa.select(Resolution, DONE, DROPPED).where(Resolution.id == key, seen(actor, known))
    query = query.with_for_update(of=Resolution) if lock else query
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(field="key")
    return Told(*row)


def listed(
    session: Session,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    shown: str = "open",
    area: str | None = None,
    meeting: int | None = None,
    earlier_than: Meeting | None = None,
    after: int = 0,
    limit: int | None = 50,
) -> list[Told]:
    """Return a page of resolutions that the actor may see, in the order of their keys.

    `shown` is open (not done), before (not done and resolved before this week), done or all;
    `earlier_than` is a meeting, and wanted is what others of its area before it resolved.
    """
    where = [seen(actor, known), Resolution.id > after, *shown_as(shown, at, known)]
    where += _at(area, meeting, earlier_than)
    query = sa.select(Resolution, DONE, DROPPED).where(*where).order_by(Resolution.id).limit(limit)
    options = selectinload(Resolution.events), selectinload(Resolution.meeting)
    return [Told(*row) for row in session.execute(query.options(*options))]


def count(
    session: Session,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    shown: str = "before",
    area: str | None = None,
    earlier_than: Meeting | None = None,
) -> int:
    """Return how many resolutions such a list holds; by default, what the week before left over."""
    where = [seen(actor, known), *shown_as(shown, at, known), *_at(area, None, earlier_than)]
    return session.scalar(sa.select(sa.func.count(Resolution.id)).where(*where)) or 0


class Since(NamedTuple):
    """Some of what was done since a meeting, and how many there are of it."""

    told: list[Told]
    number: int


def done_since(
    session: Session, meeting: Meeting, actor: Actor, at: datetime, known: Known, limit: int = 50
) -> Since:
    """Return what was resolved earlier and done since the meeting held before this one.

    All that one resolved and is done is among it, so that each comes up at the next, done or not.
    """
    query = sa.select(Meeting.id, Meeting.starts_at).where(
        Meeting.area_code == meeting.area_code,
        Meeting.starts_at <= meeting.starts_at,
        Meeting.id != meeting.id,
        Meeting.state == HELD,
    )
    last = session.execute(query.order_by(Meeting.starts_at.desc(), Meeting.id.desc())).first()
    if last is None:
        return Since([], 0)
    ended = sa.exists().where(Case.id == Resolution.case_id, Case.closed_at >= last.starts_at)
    answered = sa.exists().where(
        Event.case_id == Resolution.case_id, Event.step == "answer", Event.at >= last.starts_at
    )
    since = sa.or_(
        Resolution.meeting_id == last.id, Resolution.done_at >= last.starts_at, ended, answered
    )
    where = [seen(actor, known), DONE, *_at(None, None, meeting), since]
    found = sa.select(Resolution, DONE, DROPPED, sa.func.count().over())
    found = found.where(*where).order_by(Resolution.id).limit(limit)
    options = selectinload(Resolution.events), selectinload(Resolution.meeting)
    rows = session.execute(found.options(*options)).all()
    return Since([Told(*row[:3]) for row in rows], rows[0][3] if rows else 0)


def _at(
    area: str | None, meeting: int | None, earlier_than: Meeting | None
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of where something was resolved."""
    found = [] if area is None else [Resolution.area_code == area]
    if meeting is not None:
        found.append(Resolution.meeting_id == meeting)
    if earlier_than is not None:
        before = sa.select(Meeting.id).where(
            Meeting.area_code == earlier_than.area_code,
            Meeting.starts_at <= earlier_than.starts_at,
            Meeting.id != earlier_than.id,
        )
        found += [
            Resolution.area_code == earlier_than.area_code, Resolution.meeting_id.in_(before),
        ]  # fmt: skip
    return found


def shown_as(shown: str, at: datetime, known: Known) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a list by its name."""
    # What stands in the index of what is not ticked, and then whether its case is done.
    still = [Resolution.done_at.is_(None), ~DONE]
    if shown == "before":
        return [*still, Resolution.decided_at < _monday(at, known)]
    return {"open": still, "done": [DONE], "all": []}[shown]


def seen(actor: Actor, known: Known) -> sa.ColumnElement[bool]:
    """Return the condition that a resolution is shown: to who keeps, owns or was at the meeting."""
    parts = [kept_by(actor, Resolution.area_code)]
    if units := headed(actor, known.office):
        parts.append(Resolution.unit_code.in_(sorted(units)))
    if actor.person is not None:
        parts.append(Resolution.person_code == actor.person)
    if actor.duties:
        there = sa.select(Meeting.id).where(readable(actor, known.office))
        parts.append(Resolution.meeting_id.in_(there))
    return sa.or_(*parts)


def owns(one: Resolution, actor: Actor, known: Known) -> bool:
    """Tell whether the actor answers for a resolution."""
    if one.person_code is not None and one.person_code == actor.person:
        return True
    return one.unit_code in headed(actor, known.office)


def _monday(at: datetime, known: Known) -> datetime:
    local = at.astimezone(known.settings.zone)
    day = local.date() - timedelta(days=local.weekday())
    return datetime.combine(day, time(), known.settings.zone)
