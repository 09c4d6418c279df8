"""Reading a contact: a deliberate call with a purpose, noted as an event of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.act import find, scene_of
from gridgov.cases.contact import Contact, unseal
from gridgov.cases.known import Known
from gridgov.cases.rules import advance
from gridgov.cases.see import of_transfer
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.cases.workflow import OPEN, STEPS
from gridgov.cases.write import apply, flush
from gridgov.errors import NotFound
from gridgov.people.actors import Actor
from gridgov.people.tables import Account
from gridgov.privacy.refusals import NoContact, ReadEnough

MOST = 500
STEP = "read_contact"
PURPOSE = Event.data["purpose"].as_string()


class Read(NamedTuple):
    """A contact as it was left, and the case with the event that notes the reading."""

    case: Case
    contact: Contact


def read(
    session: Session,
    number: str,
    given: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    known: Known,
) -> Read:
    """Return a case's contact to somebody who must reach its reporter, and note it.

    `given` holds the purpose, and perhaps a text. Raises NotFound, NoContact, ReadEnough, and
    what the workflow's table refuses.
    """
    case = find(session, number, actor, at, known, lock=True)
    scene = scene_of(session, case, actor, at, known)
    moved = advance(replace(scene, given=given), STEPS[STEP])
    reporter = session.get(Reporter, case.id)
    if reporter is None:
        raise NoContact
    # One reading of somebody's after another, so that of two at once each is counted.
    own = sa.select(Account.id).where(Account.id == actor.account)
    session.execute(own.with_for_update(key_share=True))
    most = known.settings.contact_reads_a_day
    if _today(session, actor, at, known) >= most:
        raise ReadEnough(most=most)
    apply(session, replace(scene, role=moved.role, step=moved.step), moved)
    flush(session)
    return Read(case, unseal(reporter, known.settings.keys, case.number))


def _today(session: Session, actor: Actor, at: datetime, known: Known) -> int:
    """Count what somebody has read today; calls back have a measure of their own."""
    local = at.astimezone(known.settings.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    count = sa.select(sa.func.count()).where(
        Event.step == sa.literal_column(f"'{STEP}'"),  # written out for the partial index
        Event.at >= midnight,
        Event.person_code == actor.person,
        PURPOSE != "callback",
    )
    return session.scalar(count) or 0


class Reading(NamedTuple):
    """A reading of a contact, for whoever audits: who, when, of which case, and why.

    Of a membership transfer no number: it is in no list but its organiser's.
    """

    at: datetime
    number: str | None
    person: str | None
    role: str
    purpose: str | None


class Readings(NamedTuple):
    """The newest readings of a period, and how many there are of it."""

    found: list[Reading]
    number: int


def readings(
    session: Session,
    since: datetime,
    until: datetime,
    person: str | None = None,
    most: int = MOST,
) -> Readings:
    """Return the newest readings of a period, half-open; an earlier end has the others."""
    number = sa.case((of_transfer(), sa.null()), else_=Case.number)
    whole = sa.func.count().over()
    query = (
        sa.select(Event.at, number, Event.person_code, Event.role, PURPOSE, whole)
        .join(Case, Case.id == Event.case_id)
        .where(
            Event.step == sa.literal_column(f"'{STEP}'"),
            Event.at >= since,
            Event.at < until,
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(most)
    )
    if person:
        query = query.where(Event.person_code == person)
    rows = session.execute(query).all()
    return Readings([Reading(*row[:-1]) for row in rows], rows[0][-1] if rows else 0)


def same_reporter(
    session: Session, number: str, earlier: str, actor: Actor, at: datetime, known: Known
) -> Case:
    """Return an earlier case if it is of the same reporter as an open one that is being worked on.

    The reporter names its number; nobody is shown what else somebody has reported. Raises NotFound
    where it is another's, does not exist, or may not be seen: which of them, nobody is told.
    """
    case = find(session, number, actor, at, known)
    scene = replace(scene_of(session, case, actor, at, known), given={"purpose": "ask"})
    advance(scene, STEPS[STEP])
    before = find(session, earlier, actor, at, known)
    own = session.get(Reporter, case.id)
    other = session.get(Reporter, before.id)
    same = (
        own is not None
        and other is not None
        and any(
            getattr(own, column) is not None and _hashes(own, column) == _hashes(other, column)
            for column in ("phone_hash", "email_hash")
        )
    )
    if not same or case.status not in OPEN:
        raise NotFound(field="number")
    return before


def _hashes(row: Reporter, column: str) -> tuple[str, bytes]:
    # Hashes of different keys tell nothing of each other; after a rotation all are of one.
    return row.key_id, bytes(getattr(row, column) or b"")
