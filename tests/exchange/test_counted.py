"""What is counted is exact, and counted again only after something was committed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from gridgov.audit.tables import Entry
from gridgov.database import transaction
from gridgov.exchange.counted import counted
from gridgov.people.tables import Unit

UNITS = sa.select(sa.func.count()).select_from(Unit)
OTHERS = sa.select(sa.func.count()).select_from(Entry)


def ask(engine: Engine, query: sa.Select[tuple[int]] = UNITS) -> tuple[int, int]:
    """Return the count, and how often the database counted for it."""
    statements: list[str] = []

    def note(conn: object, cursor: object, statement: str, *more: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with transaction(engine, write=False) as session:
            found = counted(session, query)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found, sum("count(*)" in one for one in statements)


def unit(code: str) -> Unit:
    return Unit(code=code, name=code, kind="department", areas=[], categories=[], fallback=False,
                active=True)  # fmt: skip


def test_it_counts_again_whenever_something_was_committed(fresh_engine: Engine) -> None:
    again = 1 if fresh_engine.dialect.name == "sqlite" else 0
    assert ask(fresh_engine) == (0, 1)
    assert ask(fresh_engine) == (0, again)
    assert ask(fresh_engine, OTHERS)[1] == 1
    with transaction(fresh_engine) as session:
        session.add(unit("a"))
    assert ask(fresh_engine) == (1, 1)
    # What is not committed is counted by whoever wrote it, and by nobody else afterwards.
    with transaction(fresh_engine) as session:
        session.add(unit("b"))
        session.flush()
        assert counted(session, UNITS) == 2
        session.rollback()
    assert ask(fresh_engine)[0] == 1


def test_another_value_is_another_question(fresh_engine: Engine) -> None:
    with transaction(fresh_engine) as session:
        session.add_all([unit("a"), unit("b")])
    for codes in (["a"], ["b"], ["a", "b"], ["c"]):
        found, _ = ask(fresh_engine, UNITS.where(Unit.code.in_(codes)))
        assert found == len(set(codes) & {"a", "b"})
