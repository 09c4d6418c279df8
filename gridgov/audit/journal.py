"""Notes what belongs to no case: sign-ins, accounts, duties, tokens, exports, erasures, settings.

Each journal is a chain of its own. Whoever adds to it holds its head until their transaction
ends, so entries of one journal follow each other; keep such transactions short.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.audit import rules
from gridgov.audit.tables import Entry, JournalHead
from gridgov.database import dialect_of
from gridgov.keys import Keys


def journal(
    session: Session,
    keys: Keys,
    at: datetime,
    what: str,
    *,
    journal: str = "accounts",
    account: int | None = None,
    person: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Add an entry to a journal and return its number in it.

    `account` and `person` are who acted. `data` holds codes, numbers and times, and never
    anybody's name or contact: entries are not erased.
    """
    head = _locked(session, journal)
    number: int = head.number + 1
    says = dict(data or {})
    noted = rules.Noted(journal, number, at, account, person, what, keys.audit_key_id, says)
    mac = rules.code(keys.audit_key, head.mac, None, noted)
    entry = {
        "journal": journal,
        "number": number,
        "at": at,
        "account_id": account,
        "person_code": person,
        "what": what,
        "data": says,
        "key_id": keys.audit_key_id,
        "mac": mac,
    }
    session.execute(sa.insert(Entry), [entry])
    moved = sa.update(JournalHead).where(JournalHead.journal == journal)
    session.execute(moved.values(number=number, mac=mac))
    return number


def _locked(session: Session, name: str) -> sa.Row[Any]:
    """Return a journal's head, which nobody else moves until the transaction ends."""
    table: Any = JournalHead.__table__
    locked = sa.select(table).where(table.c.journal == name).with_for_update()
    head = session.execute(locked).one_or_none()
    if head is None:
        kind = postgresql if dialect_of(session) == "postgresql" else sqlite
        new = kind.insert(table).values(journal=name, number=0, mac=rules.FIRST)
        session.execute(new.on_conflict_do_nothing())
        head = session.execute(locked).one()
    return head
