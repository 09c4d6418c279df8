"""How many open cases stand where, of those that somebody sees."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN
from gridgov.people.actors import Actor
from gridgov.people.office import Office


def open_by_status(session: Session, actor: Actor, office: Office, at: datetime) -> dict[str, int]:
    """Count the open cases that somebody sees, by status."""
    query = (
        sa.select(Case.status, sa.func.count())
        .where(Case.status.in_(sorted(OPEN)), visible(actor, office, at))
        .group_by(Case.status)
    )
    return {row[0]: row[1] for row in session.execute(query)}
