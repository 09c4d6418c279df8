"""A million cases, made by the database itself from one that was reported."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.cases.tables import Case, Event
from gridgov.database import dialect_of, transaction
from gridgov.ladder.tables import RungRow


def crowd(engine: Engine, number: str, count: int) -> None:
    """Copy a case with its event and its rungs until there are so many more of it."""
    with transaction(engine) as session:
        one = session.scalars(sa.select(Case.id).where(Case.number == number)).one()
        last = session.scalars(sa.select(sa.func.max(Case.id))).one()
        own = {"id": f"{last} + n", "number": f"'{last}-' || n", "external_ref": "NULL"}
        _copy(session, Case, own, f"id = {one}", count)
        for table in (Event, RungRow):
            _copy(session, table, {"case_id": f"{last} + n"}, f"case_id = {one}", count)
        if dialect_of(session) == "postgresql":
            session.execute(sa.text("SELECT setval('cases_id_seq', (SELECT max(id) FROM cases))"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
        made.execute(sa.text("ANALYZE"))


def _copy(session: Any, table: Any, own: Mapping[str, str], which: str, count: int) -> None:
    names = [c.name for c in table.__table__.columns if c.name != "id" or "id" in own]
    values = ", ".join(own.get(name, f'"{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    numbers = (
        "WITH RECURSIVE numbers(n) AS"
        f" (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    )
    name = table.__tablename__
    chosen = f"{numbers} SELECT {values} FROM {name}, numbers WHERE {which}"
    session.execute(sa.text(f"INSERT INTO {name} ({columns}) {chosen}"))


@dataclass
class Spent:
    """What something took: statements, and the most bytes that Python held at once."""

    statements: int = 0
    peak: int = 0


@contextmanager
def spending(engine: Engine) -> Iterator[Spent]:
    """Count statements and memory."""
    spent = Spent()

    def note(*_: Any) -> None:
        spent.statements += 1

    sa.event.listen(engine, "before_cursor_execute", note)
    tracemalloc.start()
    try:
        yield spent
        spent.peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        sa.event.remove(engine, "before_cursor_execute", note)
