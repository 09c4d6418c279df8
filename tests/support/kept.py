"""Lets a test do what the database refuses: change or remove what is only ever added to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

KEPT = ("events", "audit_entries", "seals", "seal_members")


def unkept(connection: Connection) -> None:
    """Drop the triggers, as somebody who owns the database may."""
    postgres = connection.dialect.name == "postgresql"
    for table in KEPT:
        for on in ("update", "delete", "truncate") if postgres else ("update", "delete"):
            where = f" ON {table}" if postgres else ""
            connection.execute(sa.text(f"DROP TRIGGER IF EXISTS kept_{table}_{on}{where}"))
