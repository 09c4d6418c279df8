"""What happens to accounts, noted where audits look: one way in for all of this room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.keys import Keys
from gridgov.people.actors import Actor

OPERATOR = Actor()  # whoever has the command line of the machine


def note(
    session: Session,
    keys: Keys,
    at: datetime,
    what: str,
    account: int | None,
    *,
    actor: Actor | None = None,
    **data: Any,
) -> None:
    """Note what happened to an account; without an actor, its own holder or a stranger did it."""
    by, person = (account, None) if actor is None else (actor.account, actor.person)
    journal(session, keys, at, what, account=by, person=person, data={"of": account} | data)
