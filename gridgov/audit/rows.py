"""The rows of rooms above as the audit sees them, and how far it has come itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.audit import rules
from gridgov.audit.tables import Entry, Mark, SealMember
from gridgov.database import Model, dialect_of


def table(name: str) -> Any:
    """Return a table by its name; those of cases and events stand in rooms above."""
    return Model.metadata.tables[name]


def octets(value: Any) -> bytes:
    """Return what a column of bytes holds, also where somebody put a text there."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value)


def unsealed(kind: str, above: int) -> sa.Select[Any]:
    """Return the keys and codes of what no seal lists yet, the lowest key first."""
    rows = table("events") if kind == rules.EVENT else Entry.__table__
    listed = sa.select(1).where(SealMember.kind == kind, SealMember.key == rows.c.id)
    return (
        sa.select(rows.c.id, rows.c.mac)
        .where(rows.c.id > above, rows.c.mac.is_not(None), ~listed.exists())
        .order_by(rows.c.id)
    )


def marked(session: Session, name: str) -> Mark | None:
    """Return a mark as it stands."""
    return session.scalars(sa.select(Mark).where(Mark.name == name)).one_or_none()


def mark(session: Session, name: str, at: datetime, data: dict[str, Any]) -> None:
    """Set a mark."""
    moved = sa.update(Mark).where(Mark.name == name).values(at=at, data=data)
    session.execute(moved, execution_options={"synchronize_session": False})


def hold(session: Session, name: str, at: datetime) -> dict[str, Any]:
    """Return a mark's data; nobody else holds the mark until the transaction ends."""
    kind = postgresql if dialect_of(session) == "postgresql" else sqlite
    new = kind.insert(Mark).values(name=name, at=at, data={})
    session.execute(new.on_conflict_do_nothing())
    held = sa.select(Mark.data).where(Mark.name == name).with_for_update()
    return dict(session.execute(held).scalar_one())
