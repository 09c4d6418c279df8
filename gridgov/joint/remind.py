"""Tells the owners of resolutions: when one is given to them, and the day before it is due.

Each is told once: the unique key of the outbox decides, and the row notes that it was said.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.joint.done import DONE
from gridgov.joint.tables import Resolution
from gridgov.notices.once import tell_once
from gridgov.people.roles import Role

HOUR = time(8)  # of the day before
ADDRESS = "/meetings/resolutions#r"


def owners(one: Resolution, at: datetime, known: Known) -> list[str]:
    """Return who answers: the person named, else the heads of the unit or of the next one above.

    Where nobody heads any of them, the dispatchers of the area.
    """
    office, unit = known.office, known.office.units.get(one.unit_code)
    if one.person_code is not None and office.duties_of(one.person_code, at):
        return [one.person_code]
    while unit is not None:
        if heads := office.on_duty(Role.HEAD, unit.code, at):
            return sorted({duty.person for duty in heads})
        unit = office.units.get(unit.parent or "")
    held = office.over_area(Role.DISPATCHER, one.area_code, at)
    return sorted({duty.person for duty in held})


def tell_owner(session: Session, one: Resolution, template: str, at: datetime, known: Known) -> int:
    """Put a notice into the outbox for each owner; returns how many were not told before."""
    data = {"day": one.due.isoformat(), "path": f"{ADDRESS}{one.id}"}
    return tell_once(session, owners(one, at, known), template, str(one.id), data, at)


def remind(session: Session, known: Known, now: datetime) -> int:
    """Tell the owners of what is due tomorrow and not done; late rather than never.

    Whoever was given it since the day before was told then.
    """
    zone = known.settings.zone
    day = (now.astimezone(zone) - timedelta(hours=HOUR.hour)).date()
    query = (
        sa.select(Resolution)
        .where(
            Resolution.done_at.is_(None),
            Resolution.reminded_at.is_(None),
            Resolution.due <= day + timedelta(days=1),
            ~DONE,
        )
        .order_by(Resolution.id)
        .with_for_update(of=Resolution, skip_locked=True)
    )
    new = 0
    for one in session.scalars(query).all():
        eve = datetime.combine(one.due - timedelta(days=1), HOUR, zone)
        if one.decided_at < eve:
            if not owners(one, now, known):
                continue  # whoever comes on duty is told then
            new += tell_owner(session, one, "resolution_due", now, known)
        one.reminded_at = now
    session.flush()
    return new
