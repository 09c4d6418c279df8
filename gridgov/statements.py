"""Statements compiled once, for what is asked of the database at every report and rung.

SQLAlchemy looks a statement up by a key as long as the statement itself, and the mapper finds
order, columns and keys anew for each row: together a third of an intake's time. Each execution
makes a context and a result of its own: a tenth of what is left. Here text and binds are kept for
each dialect, and PostgreSQL's driver gets them as they are. What is sent is the same, and whoever
listens to `before_cursor_execute` hears of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from psycopg import capabilities
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError

INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
NAMED = re.compile(r"%\((\w+)\)s")
Row = Mapping[str, Any]
Bind = Callable[[Any], Any]


class _Compiled(NamedTuple):
    text: str
    order: Sequence[str]  # of the parameters: they are sent by place
    fixed: Row  # parameters that the statement brings itself
    binds: Sequence[tuple[int, Bind]]  # of the parameters that are not sent as they are

    def send(self, connection: Connection, given: list[Any], *, rows: bool) -> list[Any]:
        for place, bind in self.binds:
            given[place] = bind(given[place])
        # The driver is told by itself only where nobody listens.
        if connection.dialect.name != "postgresql" or connection.dispatch.before_cursor_execute:
            result = connection.exec_driver_sql(self.text, tuple(given))
            return [tuple(row) for row in result] if rows else []
        driver: Any = connection.connection.driver_connection
        try:
            cursor = driver.execute(self.text, given)
            return cursor.fetchall() if rows else []
        except psycopg.Error as error:
            raise _told(connection, error) from error


def _compiled(statement: Any, dialect: Dialect) -> _Compiled:
    made = statement.compile(dialect=dialect)
    text, order = str(made), made.positiontup
    if order is None:
        order = NAMED.findall(text)
        text = NAMED.sub("%s", text)
    processors = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
        for name, parameter in made.binds.items()
    }
    binds = [(place, bind) for place, name in enumerate(order) if (bind := processors[name])]
    fixed = {name: one.value for name, one in made.binds.items() if not one.required}
    return _Compiled(text, order, fixed, binds)


def _told(connection: Connection, error: Any) -> Exception:
    """Return what SQLAlchemy makes of a driver's error; a fallen connection is not used again."""
    dialect = connection.dialect
    if not connection.invalidated and dialect.is_disconnect(error, connection.connection, None):
        # SQLAlchemy meets it, too, and gives up all that its pool had from before the fall.
        with suppress(DBAPIError):
            connection.exec_driver_sql("SELECT 1")
    fell = connection.invalidated
    told: Exception = DBAPIError.instance(
        None, None, error, psycopg.Error, connection_invalidated=fell, dialect=dialect
    )
    return told


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Send statements that return nothing without waiting for each one's answer, where it can be.

    One that is refused is told of at the end. Raises what SQLAlchemy makes of the driver's errors.
    """
    if connection.dialect.name != "postgresql" or not capabilities.has_pipeline():
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except psycopg.Error as error:
        raise _told(connection, error) from error


class Ready:
    """A statement of which all parameters are bound by name when it is sent.

    What it returns comes as the driver gives it: no column's type turns it into anything.
    """

    def __init__(self, make: Callable[[str], Any]) -> None:
        """Take what makes the statement for a dialect, by the dialect's name."""
        self._make = make
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def rows(self, connection: Connection, given: Row) -> list[Any]:
        """Send it, and return the rows that come back, as tuples."""
        return self._send(connection, given, rows=True)

    def send(self, connection: Connection, given: Row) -> None:
        """Send it; it returns nothing."""
        self._send(connection, given, rows=False)

    def _send(self, connection: Connection, given: Row, *, rows: bool) -> list[Any]:
        one = self._compiled.get(connection.dialect)
        if one is None:
            made = self._make(connection.dialect.name)
            one = self._compiled[connection.dialect] = _compiled(made, connection.dialect)
        known = {**one.fixed, **given}
        return one.send(connection, [known[name] for name in one.order], rows=rows)


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
        found = self._send(connection, [row], keyed=True, unless=unless)
        return found[0][0] if found else None

    def _send(
        self,
        connection: Connection,
        rows: Sequence[Row],
        *,
        keyed: bool,
        unless: str | None = None,
    ) -> list[Any]:
        if self.usual:
            rows = [self.usual | dict(row) for row in rows]
        ready = self._compiled.setdefault(connection.dialect, {})
        columns = tuple(rows[0])
        kind = (len(rows), keyed, unless, columns)
        one = ready.get(kind)
        if one is None:
            insert = INSERT[connection.dialect.name](self._table)
            made = self._statement(insert, len(rows), columns, keyed, unless)
            one = _compiled(made, connection.dialect)
            # The columns come in an order of their own, each row's alike.
            one = one._replace(order=[name.partition("_")[2] for name in one.order[: len(columns)]])
            ready[kind] = one
        given = [row[key] for row in rows for key in one.order]
        return one.send(connection, given, rows=keyed)

    def _statement(
        self, insert: Any, count: int, columns: Sequence[str], keyed: bool, unless: str | None
    ) -> Any:
        types = {key: self._table.columns[key].type for key in columns}
        values = [
            {key: sa.bindparam(f"{n}_{key}", type_=kind) for key, kind in types.items()}
            for n in range(count)
        ]
        made = insert.values(values if count > 1 else values[0])
        if unless:
            made = made.on_conflict_do_nothing(index_elements=[unless])
        return made.returning(self._key) if keyed else made.inline()
