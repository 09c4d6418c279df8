"""Whom to reach at a firm: sealed, shown masked, read deliberately, kept by the firm itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.audit.tables import Entry
from gridgov.cases.contact import Contact
from gridgov.cases.known import Known
from gridgov.community.firms import one
from gridgov.community.refusals import ContactEmpty, ContactsReadEnough, TooManyContacts
from gridgov.keys import Keys
from gridgov.people.actors import Actor
from gridgov.people.firms import VISITORS, FirmMissing, bound_to
from gridgov.people.tables import Firm, FirmContact
from gridgov.words import N_

MOST = 5
JOURNAL = "firms"
READ, KEPT = "firm_contacts_read", "firm_contacts_kept"
PURPOSES = {
    "visit": N_("To agree on a visit"),
    "need": N_("About a need of the firm"),
    "meeting": N_("To ask to a meeting"),
}


class Reached(NamedTuple):
    """Somebody to reach at a firm, as the firm or the directory named them."""

    name: str | None = None
    position: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def masked(self) -> dict[str, str]:
        """What may be shown: 王**, 138****0000; a position is nobody's secret."""
        shown = Contact(self.name, self.phone, self.email).masked
        return shown | ({"position": self.position} if self.position else {})


def masked_of(session: Session, firm: str) -> list[dict[str, str]]:
    """Return a firm's contacts as they may be shown."""
    query = sa.select(FirmContact.masked).where(FirmContact.firm_code == firm)
    return [dict(masked) for masked in session.scalars(query.order_by(FirmContact.id))]


def own(session: Session, actor: Actor, known: Known) -> list[Reached]:
    """Return a firm's contacts whole, to the firm itself. Raises FirmMissing."""
    if actor.firm is None:
        raise FirmMissing(field="firm", code="")
    return _opened(session, actor.firm, known.settings.keys)


def keep(
    session: Session,
    code: str,
    people: Sequence[Reached],
    actor: Actor,
    at: datetime,
    known: Known,
) -> list[Reached]:
    """Let a firm say anew whom to reach; none takes them all back. The journal notes that it did.

    Raises FirmMissing where the account is not the firm's, ContactEmpty, TooManyContacts.
    """
    there = sa.select(Firm.code).where(Firm.code == code, Firm.active)
    if actor.firm != code or session.scalar(there.with_for_update()) is None:
        raise FirmMissing(field="firm", code=code)
    if len(people) > MOST:
        raise TooManyContacts(field="contacts", most=MOST)
    if any(not named.phone and not named.email for named in people):
        raise ContactEmpty(field="contacts")
    keys = known.settings.keys
    put(session, keys, code, people, at, own=True)
    data = {"firm": code, "count": len(people)}
    journal(session, keys, at, KEPT, journal=JOURNAL, account=actor.account, data=data)
    return list(people)


def read(
    session: Session, code: str, purpose: str, actor: Actor, at: datetime, known: Known
) -> list[Reached]:
    """Return a firm's contacts whole to somebody who visits it, and note who read them and why.

    Raises FirmMissing, ContactsReadEnough.
    """
    firm = one(session, code, actor, at, known, VISITORS)
    keys, data = known.settings.keys, {"firm": firm.code, "purpose": purpose}
    journal(
        session, keys, at, READ, journal=JOURNAL,
        account=actor.account, person=actor.person, data=data,
    )  # fmt: skip
    # Counted once the journal is held, so that of two who read at once each is counted.
    most = known.settings.contact_reads_a_day
    if _today(session, actor, at, known) > most:
        raise ContactsReadEnough(most=most)
    return _opened(session, firm.code, keys)


def _today(session: Session, actor: Actor, at: datetime, known: Known) -> int:
    midnight = at.astimezone(known.settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    count = sa.select(sa.func.count()).where(
        Entry.journal == JOURNAL,
        Entry.what == READ,
        Entry.at >= midnight,
        Entry.person_code == actor.person,
    )
    return session.scalar(count) or 0


def put(
    session: Session,
    keys: Keys,
    code: str,
    people: Iterable[Reached],
    at: datetime,
    *,
    own: bool = False,
) -> None:
    """Replace a firm's contacts by these."""
    session.execute(sa.delete(FirmContact).where(FirmContact.firm_code == code))
    for named in people:
        made = FirmContact(
            firm_code=code, key_id=keys.contact_key_id, masked=named.masked, own=own, said_at=at
        )
        made.sealed = keys.seal(json.dumps(named._asdict(), ensure_ascii=False), bound_to(made))
        session.add(made)
    session.flush()


def take_in(session: Session, keys: Keys, said: dict[str, list[Reached]], at: datetime) -> int:
    """Take in what a file says of firms' contacts; what firms said themselves stays.

    Returns how many firms' contacts are other ones now.
    """
    named = FirmContact.firm_code.in_(list(said))
    query = sa.select(FirmContact).where(named).order_by(FirmContact.id)
    stored: dict[str, list[FirmContact]] = {}
    for row in session.scalars(query):
        stored.setdefault(row.firm_code, []).append(row)
    changed = 0
    for code, people in said.items():
        rows = stored.get(code, [])
        if any(row.own for row in rows) or [_open(row, keys) for row in rows] == people:
            continue
        put(session, keys, code, people, at)
        changed += 1
    return changed


def forget_gone(session: Session) -> None:
    """Erase the contacts of firms that have left the directory."""
    gone = sa.select(Firm.code).where(~Firm.active)
    session.execute(sa.delete(FirmContact).where(FirmContact.firm_code.in_(gone)))


def _opened(session: Session, code: str, keys: Keys) -> list[Reached]:
    query = sa.select(FirmContact).where(FirmContact.firm_code == code).order_by(FirmContact.id)
    return [_open(row, keys) for row in session.scalars(query)]


def _open(row: FirmContact, keys: Keys) -> Reached:
    return Reached(**json.loads(keys.unseal(row.sealed, bound_to(row))))
