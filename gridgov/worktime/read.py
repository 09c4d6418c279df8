"""A file of days becomes the year that it publishes: CSV as clerks keep it, or JSON.

The JSON form is that of public holiday data: `{"year": 2027, "days": [{"name", "date",
"isOffDay"}]}`, or the list alone. Nothing is believed of a file: its size is bounded, and whatever
is wrong in it becomes a problem with its line.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from gridgov.words import N_
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR
from gridgov.worktime.keeping import Keeping, fold
from gridgov.worktime.problems import (
    DateWrong,
    DayColumnMissing,
    DayColumnTwice,
    DayOfOtherYear,
    DayProblem,
    DaysWrong,
    DayTwice,
    FileOfDaysTooLarge,
    NameWrong,
    NoDayOff,
    NoDays,
    NotReadable,
    NotText,
    WorkingWrong,
    YearWithoutWork,
    YearWrong,
)

MAX_BYTES = 1_000_000
MAX_NAME = 60
COLUMNS = {
    "date": N_("date"),
    "working": N_("working"),
    "off": N_("off"),
    "name": N_("name"),
}
DECEMBER = 12
_DATE = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(\D.*)?|(\d{4})(\d\d)(\d\d)")
_KEY = re.compile(r'"date"\s*:')


class Day(NamedTuple):
    """Whether it is worked, and what the occasion is called, if anything."""

    working: bool
    name: str = ""


@dataclass(frozen=True)
class Published:
    """What was published for a year: its days, and those that it moves in the December before."""

    year: int
    days: dict[date, Day]


class _Entry(NamedTuple):
    line: int
    day: date
    told: Day


def read(raw: bytes, keeping: Keeping) -> Published:
    """Read a file. Raises: DaysWrong, with every problem that was found."""
    problems: list[DayProblem] = []
    year: int | None = None
    entries: list[_Entry] = []
    try:
        text = _decode(raw)
        if text.lstrip()[:1] in ("{", "["):
            year, entries = _from_json(text, problems)
        else:
            entries = _from_table(text, keeping, problems)
        if not entries and not problems:
            raise NoDays
    except DayProblem as problem:
        problems.append(problem)
    if problems:
        raise DaysWrong(problems)
    return _published(year or max(entry.day for entry in entries).year, entries)


def _published(year: int, entries: list[_Entry]) -> Published:
    problems: list[DayProblem] = []
    days: dict[date, Day] = {}
    for line, day, told in entries:
        december = (day.year, day.month) == (year - 1, DECEMBER)
        if day in days:
            problems.append(DayTwice(line))
        elif day.year != year and not december:
            problems.append(DayOfOtherYear(line, year=year))
        days[day] = told
    if not any(day.weekday() < 5 and not told.working for day, told in days.items()):
        problems.append(NoDayOff())
    first = date(year, 1, 1)
    all_days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
    if not any(days.get(day, Day(day.weekday() < 5)).working for day in all_days):
        problems.append(YearWithoutWork(year=year))
    if problems:
        raise DaysWrong(problems)
    kept = {day: told for day, told in sorted(days.items()) if _says_something(year, day, told)}
    return Published(year, kept)


def _says_something(year: int, day: date, told: Day) -> bool:
    # What a notice says of the December before may take back what that year's own notice said.
    return bool(told.name) or told.working != (day.weekday() < 5) or day.year != year


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise FileOfDaysTooLarge(limit=MAX_BYTES)
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotText


def _from_table(text: str, keeping: Keeping, problems: list[DayProblem]) -> list[_Entry]:
    columns: dict[str, int] = {}
    entries = []
    for line, cells in _cells(text):
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not columns:
            columns = _columns(cells, keeping, line)
            continue
        told = {name: cells[at] for name, at in columns.items() if at < len(cells)}
        try:
            working = _working(told, keeping)
            day = Day(working, _name(told.get("name", "")))
            entries.append(_Entry(line, _date(told.get("date", "")), day))
        except DayProblem as problem:
            problems.append(problem.on(line))
    return entries


def _cells(text: str) -> Iterator[tuple[int, list[str]]]:
    heading = next(
        (line for line in text.split("\n") if line.strip(" \t\r#") and line[0] != "#"), ""
    )
    delimiter = max(",\t;", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise NotReadable(line, reason=error) from error


def _columns(cells: list[str], keeping: Keeping, line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, heading in enumerate(cells):
        name = keeping.columns.get(fold(heading))
        # Whether the day is off or worked is one thing, said in either sense.
        same = {"working", "off"} if name in ("working", "off") else {name}
        if name and same & found.keys():
            raise DayColumnTwice(line, name=COLUMNS.get(name, name))
        if name:
            found[name] = at
    if "date" not in found:
        raise DayColumnMissing(line, name=COLUMNS["date"])
    if not {"working", "off"} & found.keys():
        raise DayColumnMissing(line, name=COLUMNS["working"])
    return found


def _working(told: dict[str, str], keeping: Keeping) -> bool:
    text = told.get("working", told.get("off", ""))
    match keeping.values.get(fold(text)):
        case "work":
            return True
        case "rest":
            return False
        case "yes" | "no" as answer:
            return (answer == "yes") == ("working" in told)
    raise WorkingWrong(value=text)


def _from_json(text: str, problems: list[DayProblem]) -> tuple[int | None, list[_Entry]]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotReadable(error.lineno, reason=error.msg) from error
    except (ValueError, RecursionError) as error:
        raise NotReadable(reason=error) from error
    year = data.get("year") if isinstance(data, dict) else None
    listed = data.get("days") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise NotReadable(reason=N_("there is no list of days"))
    if year is not None and (type(year) is not int or not FIRST_YEAR <= year <= LAST_YEAR):
        raise YearWrong(value=year)
    lines = [n for n, line in enumerate(text.split("\n"), start=1) for _ in _KEY.findall(line)]
    if len(lines) != len(listed):  # so that no line can be told
        lines = [1] * len(listed)
    entries = []
    for line, one in zip(lines, listed, strict=True):
        try:
            entries.append(_Entry(line, *_of_json(one)))
        except DayProblem as problem:
            problems.append(problem.on(line))
    return year, entries


def _of_json(one: Any) -> tuple[date, Day]:
    told = one if isinstance(one, dict) else {}
    day, name, off = told.get("date"), told.get("name", ""), told.get("isOffDay")
    if not isinstance(day, str):
        raise DateWrong(value=day)
    if type(off) is not bool:
        raise WorkingWrong(value=off)
    return _date(day), Day(not off, _name(name))


def _date(text: str) -> date:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        numbers = [int(part) for part in found.group(1, 2, 3, 5, 6, 7) if part] if found else []
        day = date(*numbers)
    except (TypeError, ValueError):
        raise DateWrong(value=text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise YearWrong(value=day.year)
    return day


def _name(text: Any) -> str:
    name = text.strip() if isinstance(text, str) else ""
    if not isinstance(text, str | None) or len(name) > MAX_NAME or not name.isprintable():
        raise NameWrong(limit=MAX_NAME)
    return name
