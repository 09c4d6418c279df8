"""The file of another system, record by record, each with the line on which it begins."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gridgov.replay.mapping import Mapping
from gridgov.replay.refusals import (
    ColumnMissing,
    ColumnTwice,
    FieldsMiscounted,
    HistoryEmpty,
    HistoryUnreadable,
    LineUnreadable,
    RowRefused,
)

# Stands for bytes that are no text; a lone surrogate is never the outcome of good ones.
UNREADABLE = "\udcff"
LONGEST_FIELD = 1_000_000
codecs.register_error("gridgov.unreadable", lambda error: (UNREADABLE, getattr(error, "end", 0)))


class Record(NamedTuple):
    """One record: its values by column, or why there are none."""

    line: int
    values: dict[str, str]
    refused: RowRefused | None = None


def records(path: Path, mapping: Mapping) -> Iterator[Record]:
    """Yield the records of a file; empty lines are none.

    Raises HistoryUnreadable, HistoryEmpty, ColumnMissing, ColumnTwice.
    """
    encoding = codecs.lookup(mapping.encoding).name
    # A byte order mark is no part of the first heading.
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open(encoding=encoding, errors="gridgov.unreadable", newline="") as file:
            yield from _records(csv.reader(file, delimiter=mapping.delimiter), path, mapping)
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise HistoryUnreadable(path=path.name, reason=error) from error


def _records(reader: Iterator[list[str]], path: Path, mapping: Mapping) -> Iterator[Record]:
    headings = next((row for row in reader if any(cell.strip() for cell in row)), None)
    if headings is None:
        raise HistoryEmpty(path=path.name)
    headings = [heading.removeprefix("\ufeff").strip() for heading in headings]
    wanted = places(headings, mapping.columns)
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(line, {}, LineUnreadable(reason=error))
            continue
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if len(row) != len(headings):
            yield Record(line, {}, FieldsMiscounted(found=len(row), wanted=len(headings)))
            continue
        yield Record(line, {column: row[place] for column, place in wanted})


def places(headings: Sequence[str], columns: Iterable[str]) -> list[tuple[str, int]]:
    """Return where each column stands. Raises ColumnMissing, ColumnTwice."""
    found = []
    for column in dict.fromkeys(columns):
        if headings.count(column) > 1:
            raise ColumnTwice(column=column)
        if column not in headings:
            raise ColumnMissing(column=column, columns=", ".join(headings))
        found.append((column, headings.index(column)))
    return found
