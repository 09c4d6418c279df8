"""What a caller has done since an instant: calls begun, and people reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case, Event
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

MOST = 100


class Reached(NamedTuple):
    """Somebody who was reached: when, about which case, and what they answered."""

    at: datetime
    number: str
    category: str | None
    answers: dict[str, Any]


class Done(NamedTuple):
    """Calls begun since an instant, how many people they reached, and the latest of those."""

    calls: int
    number: int
    reached: list[Reached]


def done(session: Session, actor: Actor, since: datetime, most: int = MOST) -> Done:
    """Return what somebody has done as a caller; tries in vain are calls that reached nobody."""
    own = Event.person_code == actor.person, Event.at >= since
    called = sa.select(sa.func.count()).where(
        *own,
        Event.step == sa.literal_column("'read_contact'"),  # written out for the partial index
        Event.data["purpose"].as_string() == "callback",
    )
    rows = session.execute(
        sa.select(Event.at, Case.number, Case.category_code, Event.data, sa.func.count().over())
        .join(Case, Case.id == Event.case_id)
        .where(*own, Event.step == "evaluate", Event.role == Role.CALLER.value)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(most)
    ).all()
    number = rows[0][-1] if rows else 0
    return Done(session.scalar(called) or 0, number, [Reached(*row[:-1]) for row in rows])
