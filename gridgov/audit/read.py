"""Reads the journals, for whoever audits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.tables import Entry

MOST = 500


def entries(
    session: Session,
    *,
    journal: str | None = None,
    what: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = MOST,
) -> Sequence[Entry]:
    """Return entries, the newest first; the period is half-open, `before` is the key of a page."""
    query = sa.select(Entry).order_by(Entry.id.desc()).limit(min(limit, MOST))
    for given, compare in (
        (journal, Entry.journal.__eq__),
        (what, Entry.what.__eq__),
        (since, Entry.at.__ge__),
        (until, Entry.at.__lt__),
        (before, Entry.id.__lt__),
    ):
        if given is not None:
            query = query.where(compare(given))
    return session.scalars(query).all()
