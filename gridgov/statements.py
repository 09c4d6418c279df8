"""Statements compiled once, for what is asked of the database at every report and rung.

SQLAlchemy looks a statement up by a key as long as the statement itself, and the mapper finds
order, columns and keys anew for each row: together a third of an intake's time. Here text and
binds are kept for each dialect. What is sent is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from psycopg import capabilities
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Dialect
from sqlalchemy.exc import DBAPIError

INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
Row = Mapping[str, Any]
Bind = Callable[[Any], Any]


class _Compiled(NamedTuple):
    text: str
    fixed: dict[str, Any]  # parameters that the statement brings itself
    binds: dict[str, Bind]  # of the parameters that are not sent as they are
    order: list[str] | None  # of the parameters, where they have no names

    def send(self, connection: Connection, given: dict[str, Any]) -> CursorResult[Any]:
        given |= self.fixed
        for name, bind in self.binds.items():
            given[name] = bind(given[name])
        if self.order is None:
            return connection.exec_driver_sql(self.text, given)
        return connection.exec_driver_sql(self.text, tuple(given[name] for name in self.order))


def _compiled(statement: Any, dialect: Dialect) -> _Compiled:
    made = statement.compile(dialect=dialect)
    binds = {
        name: bind
        for name, parameter in made.binds.items()
        if (bind := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    fixed = {name: one.value for name, one in made.binds.items() if not one.required}
    return _Compiled(str(made), fixed, binds, made.positiontup)


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Send statements that return nothing without waiting for each one's answer, where it can be.

    One that is refused is told of at the end. Raises what SQLAlchemy makes of the driver's errors.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "postgresql" or not capabilities.has_pipeline():
        yield
        return
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        kind = psycopg.Error
        raise DBAPIError.instance(None, None, error, kind, dialect=connection.dialect) from error


class Ready:
    """A statement of which all parameters are bound by name when it is sent.

    What it returns comes as the driver gives it: no column's type turns it into anything.
    """

    def __init__(self, make: Callable[[str], Any]) -> None:
        """Take what makes the statement for a dialect, by the dialect's name."""
        self._make = make
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def __call__(self, connection: Connection, given: dict[str, Any]) -> CursorResult[Any]:
        """Send it."""
        one = self._compiled.get(connection.dialect)
        if one is None:
            made = self._make(connection.dialect.name)
            one = self._compiled[connection.dialect] = _compiled(made, connection.dialect)
        return one.send(connection, given)


class Inserts:
    """Adds rows of one table; a column that they do not name gets its default."""

    def __init__(self, table: Any) -> None:
        """Take the table of a mapped class."""
        self._table: sa.Table = table
        self._key = next(iter(self._table.primary_key.columns))
        self.columns = [column.key for column in self._table.columns]
        defaults = {column.key: column.default for column in self._table.columns}
        self.usual = {key: one.arg for key, one in defaults.items() if one and one.is_scalar}
        self._compiled: WeakKeyDictionary[Dialect, dict[Hashable, _Compiled]] = WeakKeyDictionary()

    def add(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Add rows, all of which name the same columns, in one statement."""
        if rows:
            self._send(connection, rows, keyed=False)

    def add_one(self, connection: Connection, row: Row, *, unless: str | None = None) -> Any:
        """Add a row; returns the key that it got.

        With `unless`, a unique column, it is None where another row has the same value there.
        """
        return self._send(connection, [row], keyed=True, unless=unless).scalar_one_or_none()

    def _send(
        self,
        connection: Connection,
        rows: Sequence[Row],
        *,
        keyed: bool,
        unless: str | None = None,
    ) -> CursorResult[Any]:
        if self.usual:
            rows = [self.usual | dict(row) for row in rows]
        ready = self._compiled.setdefault(connection.dialect, {})
        columns = tuple(rows[0])
        one = ready.get((len(rows), keyed, unless, columns))
        if one is None:
            insert = INSERT[connection.dialect.name](self._table)
            made = self._statement(insert, len(rows), columns, keyed, unless)
            one = _compiled(made, connection.dialect)
            ready[len(rows), keyed, unless, columns] = one
        given = {f"{key}_{n}": value for n, row in enumerate(rows) for key, value in row.items()}
        return one.send(connection, given)

    def _statement(
        self, insert: Any, count: int, columns: Sequence[str], keyed: bool, unless: str | None
    ) -> Any:
        types = {key: self._table.columns[key].type for key in columns}
        values = [
            {key: sa.bindparam(f"{key}_{n}", type_=kind) for key, kind in types.items()}
            for n in range(count)
        ]
        made = insert.values(values if count > 1 else values[0])
        if unless:
            made = made.on_conflict_do_nothing(index_elements=[unless])
        return made.returning(self._key) if keyed else made.inline()
