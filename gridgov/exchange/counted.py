"""How many rows match, exactly, and counted again only once something was committed.

Who pages through a million features asks for the same number on each page. PostgreSQL says by its
snapshot which transactions are seen: while that stays the same, so does every answer.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.database import dialect_of

MOST = 256
# None in a transaction that has written: what it sees is more than a snapshot.
_SNAPSHOT = sa.text(
    "SELECT CASE WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_current_snapshot()::text END"
)
_known: OrderedDict[Any, tuple[str, int]] = OrderedDict()
_lock = Lock()


def counted(session: Session, query: sa.Select[Any]) -> int:
    """Return what a query counts; asked of the database again after any change of it."""
    # Looked at first: what is committed while it counts makes another snapshot, by which this
    # number is found no more.
    stamp = session.scalar(_SNAPSHOT) if dialect_of(session) == "postgresql" else None
    if stamp is None:
        return int(session.scalar(query) or 0)
    key = _key(session, query)
    with _lock:
        kept = _known.get(key)
        if kept is not None and kept[0] == stamp:
            _known.move_to_end(key)
            return kept[1]
    count = int(session.scalar(query) or 0)
    with _lock:
        _known[key] = stamp, count
        _known.move_to_end(key)
        while len(_known) > MOST:
            _known.popitem(last=False)
    return count


def _key(session: Session, query: sa.Select[Any]) -> Any:
    bound = session.get_bind()
    options = {"render_postcompile": True}
    made = query.compile(dialect=bound.dialect, compile_kwargs=options)
    return (
        str(session.connection().engine.url),
        made.string,
        repr(sorted(made.params.items(), key=lambda one: one[0])),
    )
