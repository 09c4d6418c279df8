"""A report as sections of tables and charts: what a page, a sheet and paper all show. Pure.

Whoever makes one has asked for the figures already; whoever writes one out knows none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """What a value is, and so how it is written."""

    TEXT = "text"
    COUNT = "count"
    RATE = "rate"  # a share of 1, written in percent
    POINTS = "points"  # one decimal
    MINUTES = "minutes"


class Cell(NamedTuple):
    """One value; what opens behind it; whether it is counted of few."""

    value: Any
    kind: Kind = Kind.TEXT
    link: str | None = None
    few: bool = False

    @property
    def number(self) -> bool:
        """Tell whether it stands to the right."""
        return self.kind is not Kind.TEXT

    @property
    def shown(self) -> str:
        """The value as people read it; a dash where there is none."""
        if self.value is None:
            return "–"
        if self.kind is Kind.RATE:
            return f"{self.value * 100:.1f}%"
        if self.kind is Kind.POINTS:
            return f"{self.value:.1f}"
        if self.kind in (Kind.COUNT, Kind.MINUTES):
            return f"{self.value:,}"
        return str(self.value)


class Series(NamedTuple):
    """One line or row of bars; a faint one is what came before."""

    label: str
    values: Sequence[float | None]
    faint: bool = False


class Chart(NamedTuple):
    """Lines over time, or bars of names; always from zero."""

    form: str  # lines or bars
    labels: Sequence[str]
    series: Sequence[Series]
    kind: Kind = Kind.COUNT

    def plain(self) -> dict[str, Any]:
        """Return it as a script or a typesetter takes it."""
        return {
            "form": self.form,
            "labels": list(self.labels),
            "series": [one._asdict() | {"values": list(one.values)} for one in self.series],
            "percent": self.kind is Kind.RATE,
        }


class Order(NamedTuple):
    """By what a table may be ordered: its label, the page that does so, whether it is so now."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True)
class Section:
    """One table with its heads, and a chart of the same numbers where that helps."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    chart: Chart | None = None
    orders: Sequence[Order] = ()
    rest: str = ""  # what of it stands elsewhere, in a sentence

    @property
    def said(self) -> str:
        """How it is counted, and what of it stands elsewhere."""
        return " ".join(filter(None, (self.note, self.rest)))

    @property
    def numbers(self) -> list[bool]:
        """Tell which columns hold numbers."""
        columns = range(len(self.heads))
        return [any(row[at].number for row in self.rows) for at in columns]

    @property
    def few(self) -> bool:
        """Tell whether a rate of it is counted of few cases."""
        return any(one.few and one.value is not None for row in self.rows for one in row)


@dataclass(frozen=True)
class Paper:
    """A whole report: of whom, of which period, judged when, and its sections."""

    office: str
    title: str
    period: str
    as_of: str
    sections: Sequence[Section]
    language: str = "zh"

    def section(self, name: str) -> Section | None:
        """Return one section."""
        return next((one for one in self.sections if one.name == name), None)
