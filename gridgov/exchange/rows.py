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

BLOCK = 1 << 22


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


class _Blocks:
    """The blocks of a COPY as a file that can be read."""

    closed = False

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks = blocks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Return about so many bytes; none at the end."""
        parts, length = [self._left], len(self._left)
        while size < 0 or length < size:
            block = next(self._blocks, None)
            if block is None:
                break
            parts.append(bytes(block))
            length += len(block)
        whole = b"".join(parts)
        if size < 0:
            size = len(whole)
        self._left = whole[size:]
        return whole[:size]

    def close(self) -> None:
        """Be closed."""
        self.closed = True


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
        reader = _reader(_Blocks(iter(copy)), schema)
        if reader is not None:
            yield from reader


def _reader(blocks: _Blocks, schema: Any) -> Any:
    first = blocks.read(1)
    if not first:
        return None
    blocks._left = first + blocks._left
    return pacsv.open_csv(
        pa.PythonFile(blocks, mode="r"),
        read_options=pacsv.ReadOptions(
            column_names=schema.names, block_size=BLOCK, use_threads=False
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict(zip(schema.names, schema.types, strict=True)),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
