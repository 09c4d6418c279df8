"""Files become lines of text: CSV in the encodings that Excel writes, XLSX, TOML.

Nothing is believed of a file: sizes are bounded, and whatever a reader stumbles over becomes a
Problem with the file's name.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl

from gridgov.loading.problems import (
    FileTooLarge,
    FileUnreadable,
    FolderMissing,
    FormatUnknown,
    GivenTwice,
    HeadingTwice,
    LineTooLong,
    NoTable,
    NoText,
    NothingToLoad,
    Problem,
    TableEmpty,
    TooManyColumns,
    TooManyRows,
)
from gridgov.loading.words import Words, fold
from gridgov.words import N_, Phrase

MAX_BYTES = 20_000_000
MAX_UNPACKED = 200_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 100
EXCEL_ROWS = 1_048_576  # blank ones count in a workbook that is formatted down to its end
SUFFIXES = (".csv", ".xlsx", ".toml")
OTHERS = (".xls", ".xlsm", ".xlsb", ".ods", ".et", ".txt", ".tsv", ".json", ".yaml", ".yml")


@dataclass(frozen=True)
class RawRow:
    """One line: its number in the file, and its texts by heading; empty ones are left out."""

    line: int
    texts: dict[str, str]


@dataclass(frozen=True)
class RawFile:
    """One file: the table it holds, its headings with their line, its rows."""

    table: str
    name: str
    headings: tuple[str, ...]
    heading_line: int
    rows: tuple[RawRow, ...]


def read_folders(folders: Sequence[Path], words: Words, problems: list[Problem]) -> list[RawFile]:
    """Read every known file of some folders, in the order of their names."""
    files = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(FolderMissing().at(str(folder)))
            continue
        taken: dict[str, str] = {}
        for path in sorted(folder.iterdir()):
            table = words.files.get(fold(path.stem))
            if table is None or path.suffix.lower() not in SUFFIXES + OTHERS:
                continue
            name = path.name if len(folders) == 1 else f"{folder.name}/{path.name}"
            if table in taken:
                problems.append(GivenTwice(other=taken[table]).at(name))
                continue
            taken[table] = name
            try:
                files.append(read_file(path, table, name))
            except Problem as problem:
                problems.append(problem.at(name, problem.line))
        if not taken:
            names = words.called("files", sorted(set(words.files.values())))
            problems.append(NothingToLoad(names=names).at(str(folder)))
    return files


def read_file(path: Path, table: str, name: str) -> RawFile:
    """Read one file by its suffix; raises a Problem that does not yet name the file."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatUnknown
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileTooLarge(size=size, limit=MAX_BYTES)
        raw = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(reason=error.strerror) from error
    if suffix == ".toml":
        return _from_toml(raw, table, name)
    rows = _csv_rows(raw) if suffix == ".csv" else _xlsx_rows(raw)
    return _with_headings(rows, table, name)


def decode(raw: bytes) -> str:
    """Decode as UTF-8 or UTF-16 by their marks, else UTF-8, else GB 18030; raises NoText."""
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NoText


def _csv_rows(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decode(raw)
    delimiter = max(",\t;", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _no_table(error).on(line) from error
        yield line, cells


def _xlsx_rows(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_UNPACKED:
            raise FileTooLarge(size=size, limit=MAX_UNPACKED)
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        values = book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1)
        for line, row in enumerate(values, start=1):
            if line > EXCEL_ROWS:
                raise TooManyRows(limit=EXCEL_ROWS)
            yield line, [_text(value) for value in row]
    except Problem:
        raise
    except Exception as error:
        # The reader of workbooks raises whatever its many parsers do.
        raise _no_table(error) from error


def _no_table(error: Exception) -> Problem:
    return NoTable(reason=str(error) or type(error).__name__)


def _text(value: Any) -> str:
    """Write a value of a workbook or of TOML as a clerk would have typed it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        whole = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if whole else value.isoformat(sep=" ")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, list):
        return " ".join(_text(one) for one in value)
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _with_headings(rows: Iterable[tuple[int, list[str]]], table: str, name: str) -> RawFile:
    headings: list[str] = []
    heading_line = 1
    found: list[RawRow] = []
    for line, cells in rows:
        cells = [cell.strip() for cell in cells]
        while cells and not cells[-1]:
            cells.pop()
        if not cells or cells[0].startswith("#"):
            continue
        if len(found) >= MAX_ROWS:
            raise TooManyRows(limit=MAX_ROWS)
        if len(cells) > MAX_COLUMNS:
            raise TooManyColumns(limit=MAX_COLUMNS)
        if not headings:
            headings, heading_line = cells, line
            continue
        if len(cells) > len(headings):
            raise LineTooLong().on(line)
        texts = {head: cell for head, cell in zip(headings, cells, strict=False) if head and cell}
        found.append(RawRow(line, texts))
    if not found:
        raise TableEmpty
    if twice := [head for head in headings if head and headings.count(head) > 1]:
        raise HeadingTwice(name=twice[0]).on(heading_line)
    named = tuple(head for head in headings if head)
    return RawFile(table, name, named, heading_line, tuple(found))


def _from_toml(raw: bytes, table: str, name: str) -> RawFile:
    try:
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise NoText from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise _no_table(error).on(int(found[1]) if found else None) from error
    entries = data.get(table)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise NoTable(reason=Phrase(N_("write each entry under [[%(table)s]]"), table=table))
    if not entries:
        raise TableEmpty
    if len(entries) > MAX_ROWS:
        raise TooManyRows(limit=MAX_ROWS)
    begins = re.compile(rf"\s*\[\[\s*{table}\s*\]\]")
    lines = [n for n, line in enumerate(text.split("\n"), start=1) if begins.match(line)]
    if len(lines) != len(entries):  # written inline, so that no line can be told
        lines = [1] * len(entries)
    rows = tuple(
        RawRow(line, {str(key): text for key, value in entry.items() if (text := _text(value))})
        for line, entry in zip(lines, entries, strict=True)
    )
    headings = tuple(dict.fromkeys(str(key) for entry in entries for key in entry))
    return RawFile(table, name, headings, 1, rows)
