"""Rows of the database as batches of columns, in bounded memory on both engines.

PostgreSQL sends them by COPY, which pyarrow reads; they never become objects of Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.database import dialect_of
from gridgov.exchange.layers import BATCH

BLOCK = 1 << 20  # bytes read at a time: some thousands of rows


def batches(session: Session, query: sa.Select[Any], schema: Any) -> Iterator[Any]:
    """Yield what a query finds, its columns being those of the schema, in its order."""
    if dialect_of(session) == "postgresql":
        yield from _copied(session, query, schema)
        return
    found = session.execute(query.execution_options(yield_per=BATCH))
    for part in found.partitions(BATCH):
        columns = zip(*part, strict=True)
        arrays = [
            pa.array([None if v is None else bool(v) for v in column], type=kind)
            if kind == pa.bool_()
            else pa.array(column, type=kind)
            for column, kind in zip(columns, schema.types, strict=True)
        ]
        yield pa.record_batch(arrays, schema=schema)


def _copied(session: Session, query: sa.Select[Any], schema: Any) -> Iterator[Any]:
    bound = session.get_bind()
    made: Any = query.compile(dialect=bound.dialect, compile_kwargs={"render_postcompile": True})
    kept = made._bind_processors
    values = {
        name: kept[name](value) if name in kept else value for name, value in made.params.items()
    }
    text = f"COPY ({made.string}) TO STDOUT (FORMAT csv)"
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(text, values) as copy:
        for block in _blocks(copy):
            table = pacsv.read_csv(
                pa.BufferReader(block),
                read_options=pacsv.ReadOptions(
                    column_names=schema.names, block_size=len(block), use_threads=False
                ),
                parse_options=pacsv.ParseOptions(newlines_in_values=True),
                convert_options=_options(schema),
            )
            yield from table.combine_chunks().to_batches()


def _blocks(copy: Any) -> Iterator[bytes]:
    """Yield whole rows together: each message of a COPY is one row."""
    rows: list[bytes] = []
    length = 0
    for row in copy:
        rows.append(bytes(row))
        length += len(row)
        if length >= BLOCK:
            yield b"".join(rows)
            rows, length = [], 0
    if rows:
        yield b"".join(rows)


def _options(schema: Any) -> Any:
    return pacsv.ConvertOptions(
        column_types=dict(zip(schema.names, schema.types, strict=True)),
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
