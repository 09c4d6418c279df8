"""What is told of no case: to whoever holds a role, each of them once for each reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.database import dialect_of
from gridgov.notices.tables import Notice
from gridgov.people.office import Office
from gridgov.people.roles import Role

_ONCE = sa.text("once IS NOT NULL")


def holders(office: Office, role: Role, at: datetime) -> list[str]:
    """Return who holds a role anywhere at an instant."""
    held = (duty for (one, _), duties in office.by_place.items() if one is role for duty in duties)
    return sorted({duty.person for duty in held if duty.stands(at)})


def tell_once(
    session: Session,
    persons: list[str],
    template: str,
    reason: str,
    data: dict[str, Any],
    at: datetime,
) -> int:
    """Put a notice of no case into the outbox for each person who was not told of this reason yet.

    Which of several processes does it, the unique key decides; returns how many were new.
    """
    kind = postgresql if dialect_of(session) == "postgresql" else sqlite
    rows = [
        {
            "once": f"{template} {reason}",
            "to_kind": "person",
            "to_code": person,
            "template": template,
            "urgent": False,
            "data": data,
            "created_at": at,
        }
        for person in persons
    ]
    new = 0
    for row in rows:
        told = (
            kind.insert(Notice)
            .values(row)
            .on_conflict_do_nothing(
                index_elements=["once", "to_kind", "to_code"], index_where=_ONCE
            )
        )
        new += session.execute(told.returning(Notice.id)).first() is not None
    return new
