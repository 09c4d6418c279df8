"""The very SQL of a request, as pgbench can run it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from psycopg import Binary
from psycopg.types.json import Jsonb
from sqlalchemy.engine import Engine

PARAMETER = re.compile(r"%(?:\((\w+)\))?s|%%")


class Statement(NamedTuple):
    """A statement as the driver gets it, with its parameters: by name or by place."""

    sql: str
    given: Any


@contextmanager
def captured(engine: Engine) -> Iterator[list[Statement]]:
    """Note every statement that is sent; BEGIN and COMMIT are the driver's and not among them."""
    found: list[Statement] = []

    def note(conn: Any, cursor: Any, sql: str, given: Any, context: Any, many: bool) -> None:
        sets = given if isinstance(given, list) else [given]
        found.extend(Statement(sql, one) for one in sets)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def script(statements: list[Statement], new: Mapping[Any, str], kept: Mapping[str, str]) -> str:
    """Return a transaction for pgbench.

    `new` names the pgbench variable that takes the place of a value, `kept` the one that keeps
    the id that an INSERT into a table returns.
    """
    lines = ["\\set number random(100000000000, 999999999999)", "\\set key random(1, 1 << 60)"]
    lines.append("BEGIN;")
    for sql, given in statements:
        values = given if isinstance(given, Mapping) else iter(given or ())
        text = PARAMETER.sub(lambda found: _put(found, values, new), sql).replace("\n", " ")  # noqa: B023
        table = re.match(r"INSERT INTO (\w+)", text)
        variable = kept.get(table[1]) if table else None
        lines.append(f"{text} \\gset {variable}_" if variable else f"{text};")
    lines.append("COMMIT;")
    return "\n".join(lines) + "\n"


def _put(found: re.Match[str], given: Any, new: Mapping[Any, str]) -> str:
    if found[0] == "%%":
        return "%"
    value = given[found[1]] if found[1] else next(given)
    if isinstance(value, str | int) and not isinstance(value, bool) and value in new:
        return f":{new[value]}"
    return literal(value)


def literal(value: Any) -> str:
    """Return a value as SQL; without a colon or a line's end, which mean something to pgbench."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, Binary):
        value = value.obj
    if isinstance(value, Jsonb):
        value = json.dumps(value.obj, ensure_ascii=False)
    if isinstance(value, bytes):
        return f"E'\\\\x{value.hex()}'::bytea"
    if isinstance(value, datetime):
        return f"{literal(value.isoformat())}::timestamptz"
    if isinstance(value, date):
        return f"{literal(value.isoformat())}::date"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(literal, value))}]::text[]"
    if not isinstance(value, str):
        raise TypeError(f"no SQL for {type(value)}")
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return "E'" + escaped.replace(":", "\\x3a").replace("\n", "\\n") + "'"
