"""Rows of the files against rows of the database: what is new, what differs, what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.database import Model

Values = dict[str, Any]


@dataclass
class Counts:
    """What became of one table; `missing` are the codes that no line names and that stay.

    `contacts` counts the firms whose contacts are other ones now.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    missing: tuple[str, ...] = ()
    contacts: int = 0

    @property
    def touched(self) -> bool:
        """Tell whether anything was written."""
        return bool(self.added or self.changed or self.ended)


def table(name: str) -> sa.Table:
    """Return a table by its name."""
    return Model.metadata.tables[name]


def merge(session: Session, name: str, rows: Sequence[Values], *, retire: bool) -> Counts:
    """Add and change rows by their code, in the order given; raises nothing.

    With `retire`, what has no line becomes inactive where the table knows that, else it stays and
    is named.
    """
    into = table(name)
    columns = [into.c[column] for column in (rows[0] if rows else {"code": None})]
    stored: dict[str, Values] = {
        row.code: dict(row._mapping) for row in session.execute(sa.select(into.c.code, *columns))
    }
    counts = Counts()
    new, changed = [], []
    for row in rows:
        before = stored.get(row["code"])
        if before is None:
            new.append(row)
        elif any(before[column] != value for column, value in row.items()):
            changed.append(row)
        else:
            counts.unchanged += 1
    write(session, into, new, changed, "code")
    counts.added, counts.changed = len(new), len(changed)
    if retire:
        gone = sorted(stored.keys() - {row["code"] for row in rows})
        if "active" in into.c:
            counts.ended = _deactivate(session, into, gone)
        else:
            counts.missing = tuple(gone)
    return counts


def write(
    session: Session, into: sa.Table, new: Sequence[Values], changed: Sequence[Values], key: str
) -> None:
    """Insert and update rows, each kind in one go."""
    if new:
        session.execute(sa.insert(into), list(new))
    if changed:
        others = [column for column in changed[0] if column != key]
        statement = (
            sa.update(into)
            .where(into.c[key] == sa.bindparam("the_key"))
            .values({column: sa.bindparam(f"new_{column}") for column in others})
        )
        session.connection().execute(
            statement,
            [
                {"the_key": row[key], **{f"new_{column}": row[column] for column in others}}
                for row in changed
            ],
        )


def _deactivate(session: Session, into: sa.Table, codes: Sequence[str]) -> int:
    standing = session.scalars(sa.select(into.c.code).where(into.c.active)).all()
    gone = [{"code": code, "active": False} for code in sorted(set(standing) & set(codes))]
    write(session, into, [], gone, "code")
    return len(gone)
