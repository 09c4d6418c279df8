"""XLSX that other platforms hand out, record by record; bounded, since it comes from outside."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from gridgov.replay.refusals import ColumnMissing, HistoryEmpty, HistoryUnreadable, MappingWrong
from gridgov.replay.source import Record, places

MOST_BYTES = 20_000_000
MOST_UNPACKED = 300_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 200
HEADINGS_WITHIN = 10  # rows: platforms put a title above


class SheetTooLarge(MappingWrong):
    """%(path)s is larger than what is taken at once: 20 MB, 50,000 rows. Hand it in in parts."""


def records(path: Path, columns: Iterable[str]) -> Iterator[Record]:
    """Yield the records of the first sheet; the headings are the first row that has all columns.

    Raises HistoryUnreadable, HistoryEmpty, ColumnMissing, ColumnTwice, SheetTooLarge.
    """
    wanted = list(dict.fromkeys(columns))
    try:
        _bounded(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True)
            yield from _records(rows, wanted, path)
        finally:
            book.close()
    except (OSError, ValueError, KeyError, IndexError, TypeError, InvalidFileException,
            zipfile.BadZipFile) as error:  # fmt: skip
        raise HistoryUnreadable(path=path.name, reason=type(error).__name__) from error


def _bounded(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise SheetTooLarge(path=path.name)
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
            raise SheetTooLarge(path=path.name)


def _records(rows: Iterable[tuple[Any, ...]], wanted: list[str], path: Path) -> Iterator[Record]:
    where: list[tuple[str, int]] | None = None
    best: list[str] = []
    for line, row in enumerate(rows, 1):
        if line > MOST_ROWS + HEADINGS_WITHIN:
            raise SheetTooLarge(path=path.name)
        texts = [_text(cell) for cell in row]
        if not any(texts):
            continue
        if where is not None:
            yield Record(line, {name: texts[n] if n < len(texts) else "" for name, n in where})
        elif set(wanted) <= set(texts):
            where = places(texts, wanted)
        elif line >= HEADINGS_WITHIN:
            break
        else:
            # The likeliest headings are shown to whoever has to mend the mapping.
            best = max(best, [text for text in texts if text], key=lambda one: len(set(one)))
    if where is None:
        if not best:
            raise HistoryEmpty(path=path.name)
        missing = next(name for name in wanted if name not in best)
        raise ColumnMissing(column=missing, columns=", ".join(best))


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
