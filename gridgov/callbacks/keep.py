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
            found = _closed(session, last, at)
            if not found:
                return Kept(opened, ended)
            opened += _open(session, found, known(session, settings))
        last = found[-1].Case.id


def _end(session: Session) -> int:
    still = sa.exists().where(Case.id == Callback.case_id, stands())
    over = sa.update(Callback).where(Callback.state == WAITING, ~still)
    done = session.execute(over.values(state=ENDED, lease_ends=None))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _closed(session: Session, last: int, at: datetime) -> list[sa.Row[Case, dict[str, str]]]:
    """Lock some cases that somebody should be asked about and nobody has been."""
    there = sa.exists().where(
        Callback.case_id == Case.id,
        Callback.round == Case.round,
        Callback.closed_at == Case.closed_at,
    )
    came_from_elsewhere = sa.exists().where(
        Event.case_id == Case.id, Event.version == 1, Event.role == Role.IMPORT.value
    )
    query = (
        sa.select(Case, Reporter.masked)
        .join(Reporter, Reporter.case_id == Case.id)
        .where(
            Case.id > last,
            closed(),
            Case.closed_at > at - ASKED_WITHIN,
            Reporter.masked["phone"].as_string().is_not(None),
            ~Case.confidential,
            sa.func.coalesce(Case.kind, "") != "party",
            ~there,
            ~came_from_elsewhere,
        )
        .order_by(Case.id)
        .limit(BATCH)
        .with_for_update(of=Case, skip_locked=True)
    )
    return list(session.execute(query))


def _open(session: Session, found: list[sa.Row[Case, dict[str, str]]], known: Known) -> int:
    # Read only now that the cases are locked: another process may have had them until just now.
    ids = [row.Case.id for row in found]
    rows = session.scalars(sa.select(Callback).where(Callback.case_id.in_(ids)))
    there = {(row.case_id, row.round): row for row in rows}
    opened = 0
    for case, masked in found:
        callback = there.get((case.id, case.round))
        if case.closed_at is None or (callback and callback.closed_at == case.closed_at):
            continue
        if callback is None:
            callback = Callback(case_id=case.id, round=case.round)
            session.add(callback)
        # Denied and closed again in one round: what was tried before was about another result.
        callback.closed_at, callback.state, callback.tries = case.closed_at, WAITING, 0
        callback.caller_code = callback.lease_ends = None
        callback.next_from = first_from(
            case.closed_at, known.calendar(case.park_code), by_sms=masked.get("notices") == SMS
        )
        opened += 1
    session.flush()
    return opened
