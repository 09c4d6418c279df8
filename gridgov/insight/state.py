"""How far the roll-ups have come, and which cases have moved on since."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import OPEN
from gridgov.database import dialect_of
from gridgov.epochs import stamps
from gridgov.insight.tables import D, Digest, State

ONE = 1


def state(session: Session, *, lock: bool = False) -> State | None:
    """Return how far they have come; None before the first time."""
    query = sa.select(State).where(State.id == ONE).execution_options(populate_existing=True)
    return session.scalar(query.with_for_update() if lock else query)


def usable(found: State | None, session: Session, known: Known) -> bool:
    """Tell whether the roll-ups were made with the limits, ladder and calendar that count now."""
    return found is not None and found.complete and found.basis == basis(session, known)


def basis(session: Session, known: Known) -> str:
    """Return a digest of what else figures depend on, beside cases and events."""
    now = stamps(session)
    return _basis((now.taxonomy, now.ladder, now.calendar, now.map), _Same(known))


class _Same:
    """Equal to any other: the stamps beside it say whether what is known is the same."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _basis(key: tuple[int, ...], same: _Same) -> str:
    known = same.known
    said: list[Any] = [
        sorted((c.code, sorted(c.limits.items()), c.transfer) for c in known.categories.values()),
        sorted((name, repr(limit)) for name, limit in known.ladder.limits.items()),
        sorted((park.code, park.time_zone) for park in known.maps.parks.values()),
        [
            (code, sorted(days.years), sorted((day, one.working) for day, one in days.days.items()))
            for code, days in sorted(known.calendars.days.items())
        ],
        repr(known.calendars.keeping),
        known.settings.time_zone,
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def moved_on(session: Session, found: State) -> list[int]:
    """Return the cases whose rows here are not of their last event, or of an older map."""
    since = sa.select(Event.case_id).where(Event.id > found.event_id).distinct().subquery()
    query = (
        sa.select(Case.id)
        .join(since, since.c.case_id == Case.id)
        .join(Digest, D.case_id == Case.id, isouter=True)
        .where(sa.or_(D.version.is_(None), D.version != Case.version))
    )
    ids = set(session.scalars(query))
    if found.map_stamp != stamps(session).map:
        # A new map may give an open case another cell without an event.
        pairs = ((D.cell_code, Case.cell_code), (D.area_code, Case.area_code))
        moved = sa.select(Case.id).join(Digest, D.case_id == Case.id)
        ids |= set(
            session.scalars(
                moved.where(
                    Case.status.in_(sorted(OPEN)),
                    sa.or_(*(ours.is_distinct_from(theirs) for ours, theirs in pairs)),
                )
            )
        )
    return sorted(ids)


def last_event(session: Session) -> int:
    """Return the highest id of an event that can be seen."""
    return session.scalar(sa.select(sa.func.coalesce(sa.func.max(Event.id), 0))) or 0


def snapshot(session: Session) -> tuple[int, int]:
    """Return the oldest transaction that still runs, and the one that will begin next.

    SQLite has one writer at a time, so that ids are committed in their order.
    """
    if dialect_of(session) != "postgresql":
        return 0, 0
    text = "pg_snapshot_{0}(pg_current_snapshot())::text::bigint"
    row = session.execute(sa.text(f"SELECT {text.format('xmin')}, {text.format('xmax')}")).one()
    return row[0], row[1]
