"""The tables a clerk can edit: their columns, what each takes, and what it is when left empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gridgov.loading import values
from gridgov.loading.problems import (
    ColumnMissing,
    HeadingTwice,
    HeadingUnknown,
    Problem,
    Repeated,
    ValueMissing,
)
from gridgov.loading.read import RawFile, RawRow
from gridgov.loading.values import Parser, choice, digits, number, text
from gridgov.loading.words import Words

LIMITS = ("case", "accept", "handle", "verify", "check")


@dataclass(frozen=True)
class Column:
    """One column: how its texts are read, and its value where it is empty."""

    parse: Parser
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Row:
    """One line, read: `headings` says how its columns are called in the file."""

    file: str
    line: int
    values: dict[str, Any]
    headings: dict[str, str] = field(repr=False)

    @property
    def where(self) -> str:
        """The place of the line, as it is named in other lines' problems."""
        return f"{self.file}:{self.line}"

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def problem(self, problem: Problem, column: str) -> Problem:
        """Say that something is wrong with this line's column."""
        return problem.at(self.file, self.line, self.headings.get(column, column))


def must(parse: Parser) -> Column:
    """Make a column that must not be empty."""
    return Column(parse, required=True)


TABLES: dict[str, dict[str, Column]] = {
    "areas": {"code": must(digits(6, 9, 12)), "name": must(text(100))},
    "parks": {
        "code": must(values.code),
        "name": must(text(100)),
        "street": must(digits(9)),
        "time_zone": Column(values.zone),
    },
    "grids": {
        "code": must(values.code),
        "name": must(text(100)),
        "park": Column(values.code),
        "kind": Column(choice("grid_kind"), default="dedicated"),
    },
    "units": {
        "code": must(values.code),
        "name": must(text(100)),
        "kind": must(choice("unit_kind")),
        "parent": Column(values.code),
        "areas": Column(values.codes, default=[]),
        "categories": Column(values.codes, default=[]),
        "fallback": Column(values.flag, default=False),
        "active": Column(values.flag, default=True),
        "line": Column(choice("unit_line")),
        "offers": Column(values.words_of, default=[]),
        "languages": Column(values.words_of, default=[]),
        "hours": Column(text(100)),
    },
    "categories": {
        "code": must(digits(5)),
        "name": must(text(100)),
        "name_en": Column(text(100)),
        "class": must(text(100)),
        "class_en": Column(text(100)),
        "kind": must(choice("category_kind")),
        "unit": Column(values.code),
        "urgency": Column(choice("urgency"), default="normal"),
        **{f"{name}_limit": Column(values.limit) for name in LIMITS},
        "photo": Column(choice("photo"), default="none"),
        "check": Column(choice("check"), default="always"),
        "sample_rate": Column(number(0, 1)),
        "public": Column(choice("public"), default="no"),
        "needs_place": Column(values.flag),
        "transfer": Column(values.flag, default=False),
        "local": Column(values.flag, default=False),
        "active": Column(values.flag, default=True),
        "standard_ref": Column(text(100)),
    },
    "people": {
        "code": must(values.code),
        "name": must(text(100)),
        "unit": Column(values.code),
    },
    "duties": {
        "person": must(values.code),
        "role": must(choice("role")),
        "place": Column(values.code, default=""),
        "deputy": Column(values.flag, default=False),
        "begins": Column(values.instant),
        "ends": Column(values.instant),
    },
    "shifts": {
        "unit": must(values.code),
        "person": must(values.code),
        "days": must(values.days),
        "starts": must(values.clock),
        "stops": must(values.clock),
    },
    "firms": {
        "code": Column(values.code),
        "name": must(text(200)),
        "credit_code": Column(values.credit_code),
        "address": Column(text(300)),
        "lon": Column(number(-180, 180)),
        "lat": Column(number(-180, 180)),  # so that PointSwapped can tell it
        "coord_type": Column(choice("coord_type"), default="cgcs2000"),
        "branch": Column(text(40)),
        "kind": Column(choice("firm_kind"), default="ordinary"),
        "active": Column(values.flag, default=True),
        "contact": Column(text(50)),
        "position": Column(text(50)),
        "phone": Column(values.phone),
        "email": Column(values.email),
    },
}


def parse_file(raw: RawFile, words: Words, problems: list[Problem]) -> list[Row]:
    """Read the values of one file; what is wrong goes into `problems`, and its line is left out."""
    columns = TABLES[raw.table]
    meaning = _headings(raw, words, problems)
    missing = [
        name for name, column in columns.items() if column.required and name not in meaning.values()
    ]
    for name in missing:
        called = words.called(f"columns.{raw.table}", [name])
        problems.append(ColumnMissing(name=called).at(raw.name, raw.heading_line))
    if missing:
        return []
    rows = []
    for line in raw.rows:
        row = _row(raw, line, meaning, words, problems)
        if row is not None:
            rows.append(row)
    return rows


def _headings(raw: RawFile, words: Words, problems: list[Problem]) -> dict[str, str]:
    """Return which column each heading means."""
    meaning: dict[str, str] = {}
    for heading in raw.headings:
        name = words.heading(raw.table, heading)
        if name is None:
            known = words.called(f"columns.{raw.table}", TABLES[raw.table])
            problem = HeadingUnknown(known=known)
            problems.append(problem.at(raw.name, raw.heading_line, heading[:60]))
        elif name in meaning.values():
            called = words.called(f"columns.{raw.table}", [name])
            problems.append(HeadingTwice(name=called).at(raw.name, raw.heading_line, heading))
        elif name:
            meaning[heading] = name
    return meaning


def _row(
    raw: RawFile, line: RawRow, meaning: dict[str, str], words: Words, problems: list[Problem]
) -> Row | None:
    columns = TABLES[raw.table]
    headings = {name: heading for heading, name in meaning.items()}
    row = Row(raw.name, line.line, {n: column.default for n, column in columns.items()}, headings)
    right = True
    for heading, name in meaning.items():
        shown = line.texts.get(heading, "")
        try:
            if shown:
                row.values[name] = columns[name].parse(shown, words)
            elif columns[name].required:
                raise ValueMissing
        except Problem as problem:
            problems.append(row.problem(problem, name))
            right = False
    return row if right else None


def unique(rows: Sequence[Row], names: tuple[str, ...], problems: list[Problem]) -> None:
    """Name every line that repeats another in these columns."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        first = seen.setdefault(key, row)
        if first is not row:
            shown = " ".join(str(part) for part in key if part is not None)
            problems.append(row.problem(Repeated(value=shown, other=first.where), names[0]))
