"""Keeps the table: opens a callback for each case that was closed, and ends those that are over."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.callbacks.find import closed, stands
from gridgov.callbacks.rules import ASKED_WITHIN, ENDED, WAITING, first_from
from gridgov.callbacks.tables import Callback
from gridgov.cases.known import Known, known
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.database import transaction
from gridgov.people.roles import Role
from gridgov.settings import Settings

BATCH = 500
SMS = "sms"


class Kept(NamedTuple):
    """How many callbacks were opened, and how many are over."""

    opened: int
    ended: int


def keep(engine: Engine | Connection, settings: Settings, at: datetime) -> Kept:
    """Open and end what has come since; a case that is locked just now waits for the next pass."""
    with transaction(engine) as session:
        ended = _end(session)
    opened, last = 0, 0
    while True:
        with transaction(engine) as session:
            rows = _closed(session, last, at)
            if not rows:
                return Kept(opened, ended)
            seen = known(session, settings)
            for row in rows:
                case, masked, callback = row
                _open(session, case, masked, callback, seen)
            session.flush()
        opened, last = opened + len(rows), rows[-1].Case.id


def _end(session: Session) -> int:
    still = sa.exists().where(Case.id == Callback.case_id, stands())
    over = sa.update(Callback).where(Callback.state == WAITING, ~still)
    done = session.execute(over.values(state=ENDED, lease_ends=None))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _closed(
    session: Session, last: int, at: datetime
) -> list[sa.Row[Case, dict[str, str], Callback | None]]:
    came_from_elsewhere = sa.exists().where(
        Event.case_id == Case.id, Event.version == 1, Event.role == Role.IMPORT.value
    )
    query = (
        sa.select(Case, Reporter.masked, Callback)
        .join(Reporter, Reporter.case_id == Case.id)
        .outerjoin(Callback, sa.and_(Callback.case_id == Case.id, Callback.round == Case.round))
        .where(
            Case.id > last,
            closed(),
            Case.closed_at > at - ASKED_WITHIN,
            sa.or_(Callback.id.is_(None), Callback.closed_at != Case.closed_at),
            Reporter.masked["phone"].as_string().is_not(None),
            ~Case.confidential,
            sa.func.coalesce(Case.kind, "") != "party",
            ~came_from_elsewhere,
        )
        .order_by(Case.id)
        .limit(BATCH)
        .with_for_update(of=Case, skip_locked=True)
    )
    return list(session.execute(query))


def _open(
    session: Session,
    case: Case,
    masked: dict[str, str],
    callback: Callback | None,
    known: Known,
) -> None:
    if case.closed_at is None:
        return
    if callback is None:
        callback = Callback(case_id=case.id, round=case.round)
        session.add(callback)
    # Denied and closed again in the same round: what was tried before was about another result.
    callback.closed_at = case.closed_at
    callback.state, callback.tries = WAITING, 0
    callback.caller_code = callback.lease_ends = None
    callback.next_from = first_from(
        case.closed_at, known.calendar(case.park_code), by_sms=masked.get("notices") == SMS
    )
