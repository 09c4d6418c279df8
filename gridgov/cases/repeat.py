"""The same request twice: the database decides whether it already ran."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gridgov.cases.tables import Request
from gridgov.errors import BadInput
from gridgov.statements import Ready

KINDS = {"postgresql": postgresql, "sqlite": sqlite}
NAMES = ("key", "body", "number", "at")


def _claim(dialect: str) -> Any:
    table: Any = Request.__table__
    values = {name: sa.bindparam(name, type_=table.c[name].type) for name in NAMES}
    insert: Any = KINDS[dialect].insert(table).values(values)
    return insert.on_conflict_do_nothing().returning(table.c.key)


CLAIM = Ready(_claim)


class KeyReused(BadInput):
    """This Idempotency-Key came with another request before; use a new one."""


class Key(NamedTuple):
    """An Idempotency-Key with what it came from and with."""

    key: str
    body: bytes  # keyed digest

    def by(self, account: int | None) -> Key:
        """Return the key as one account's own: others may draw the same without harm."""
        return self._replace(key=f"{account or ''}:{self.key}")


def claim(session: Session, request: Key, number: str, at: datetime) -> str | None:
    """Claim a key for a case, or return the number that it was claimed for before.

    Of two that arrive at once the second waits here until the first has committed. Raises
    KeyReused where the body is another.
    """
    row = {"key": request.key, "body": request.body, "number": number, "at": at}
    if CLAIM.rows(session.connection(), row):
        return None
    before = session.execute(
        sa.select(Request.body, Request.number).where(Request.key == request.key)
    ).one()
    if bytes(before.body) != request.body:
        raise KeyReused(field="Idempotency-Key")
    return str(before.number)


def renumber(session: Session, request: Key, number: str) -> None:
    """Let a key that was claimed in this transaction stand for a case with another number."""
    own = sa.update(Request).where(Request.key == request.key)
    session.execute(own.values(number=number).execution_options(synchronize_session=False))


def claimed(session: Session, keys: Iterable[str]) -> str | None:
    """Return the number of the case that one of these keys was claimed for."""
    number: str | None = session.scalar(
        sa.select(Request.number).where(Request.key.in_(list(keys))).limit(1)
    )
    return number
