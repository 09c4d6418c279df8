"""Sums of what cases count for. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import numpy as np

from gridgov.insight.histogram import Part, ranked, unpack
from gridgov.insight.measures import MINUTES
from gridgov.insight.reach import Asked, Filter, Reach
from gridgov.insight.read import Judged
from gridgov.insight.rules import Card, Measured


@dataclass
class Totals:
    """Counts by measure, and minutes by clock."""

    counts: Counter[str] = field(default_factory=Counter)
    parts: dict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))

    def add_counts(self, counts: Mapping[str, int | None], sign: int = 1) -> None:
        """Add counts, or take them away."""
        for name, value in counts.items():
            if value:
                self.counts[name] += sign * int(value)

    def add_minutes(self, minutes: Mapping[str, int | None], sign: int = 1) -> None:
        """Add the minutes of one case, or take them away."""
        for name, value in minutes.items():
            if value is not None:
                self.parts[name].append((np.array([value]), np.array([sign])))

    def add_packed(self, packed: bytes) -> None:
        """Add histograms."""
        for name, part in unpack(packed).items():
            self.parts[name].append(part)

    def add_values(self, clock: str, values: Any) -> None:
        """Add many minutes of one clock."""
        if len(values):
            self.parts[clock].append((values, np.ones(len(values), np.int64)))

    def add_case(self, one: Measured, at: datetime, *, reported: bool, filed: bool) -> None:
        """Add a case, of whose days the one of report, of filing, or both lie in the period."""
        counts = one.at(at)
        of_report = {name: counts[name] for name in ("reported", "reported_filed")}
        if reported:
            self.add_counts(of_report)
        if filed:
            self.add_counts({k: v for k, v in counts.items() if k not in of_report})
            self.add_minutes(one.minutes)

    def add_cards(self, cards: Iterable[Card], at: datetime, sign: int = 1) -> None:
        """Add cards of the period."""
        for card in cards:
            unanswered = card.unanswered(at)
            self.add_counts({"cards": 1, "cards_unanswered": int(unanswered)}, sign)

    def merge(self, other: Totals) -> None:
        """Add all of another."""
        self.add_counts(other.counts)
        for name, parts in other.parts.items():
            self.parts[name] += parts

    def clocks(self) -> dict[str, dict[str, int | None]]:
        """Return number, median and 90th percentile of each clock's minutes."""
        return {name: ranked(self.parts.get(name, ())) for name in MINUTES}

    def plain(self) -> dict[str, Any]:
        """Return all of it in a form that can be compared."""
        return {"counts": {k: v for k, v in self.counts.items() if v}, "clocks": self.clocks()}


Key = tuple[Any, ...]


class Counting(Protocol):
    """What tells cases apart: a period, filters, a reach, and by what they are summed."""

    @property
    def asked(self) -> Asked:
        """The period."""

    @property
    def filters(self) -> list[Filter]:
        """Which cases."""

    @property
    def reach(self) -> Reach:
        """Of which areas and sorts."""

    @property
    def by(self) -> tuple[str, ...]:
        """By what they are summed."""

    def key(self, row: Any, day: date) -> Key:
        """Return under which key something is summed."""


def add_judged(
    totals: dict[Key, Totals], one: Judged, counting: Counting, at: datetime, sign: int = 1
) -> None:
    """Add a case where it belongs: by the days of report and of filing, its cards by theirs."""
    asked, found = counting.asked, one.measured
    if not counting.reach.holds(one.area_code, one.sort) or _elsewhere(one, counting):
        return
    of_cell = any(f.dimension == "cell" for f in counting.filters) or "cell" in counting.by
    unit = next((f for f in counting.filters if f.dimension == "unit"), None)
    others = [f for f in counting.filters if f.dimension != "unit"]
    if not all(f.holds(value_of(one, f.dimension)) for f in others):
        return
    if unit is None or unit.holds(found.unit):
        days = (found.reported_on, found.filed_on)
        inside = [day is not None and asked.start <= day < asked.end for day in days]
        inside[0] = inside[0] and not of_cell
        for day, which in zip(days, ("reported", "filed"), strict=True):
            if day is not None and inside[which == "filed"]:
                of = {"reported": which == "reported", "filed": which == "filed"}
                totals[counting.key(Placed(one, found.unit), day)].add_case(found, at, **of)
    for card in found.cards:
        if asked.start <= card.on < asked.end and (unit is None or unit.holds(card.unit)):
            totals[counting.key(Placed(one, card.unit), card.on)].add_cards([card], at)


def _elsewhere(one: Judged, counting: Counting) -> bool:
    """Tell whether it is an item, which counts where units are told apart, and nowhere else."""
    of_unit = "unit" in counting.by or any(f.dimension == "unit" for f in counting.filters)
    return one.item and not of_unit


def belongs(one: Judged, counting: Counting) -> bool:
    """Tell whether a case is one of those asked for, whatever its days."""
    within = counting.reach.holds(one.area_code, one.sort) and not _elsewhere(one, counting)
    return within and all(f.holds(value_of(one, f.dimension)) for f in counting.filters)


def value_of(one: Judged, dimension: str) -> str | None:
    """Return a case's value of a dimension."""
    found: str | None = getattr(one, "channel" if dimension == "channel" else f"{dimension}_code")
    return found


class Placed:
    """A case's values by the names of the dimensions, with the unit that answers."""

    def __init__(self, one: Judged, unit: str | None) -> None:
        self.grid, self.cell = one.grid_code, one.cell_code
        self.category, self.channel, self.unit = one.category_code, one.channel, unit


def key_of(by: Sequence[str], row: Any, day: date) -> Key:
    """Return under which key something of a day is summed: days, weeks, months or dimensions."""
    special = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}
    return tuple(special[name] if name in special else getattr(row, name) for name in by)


def known_keys(totals: Mapping[Key, Totals]) -> dict[Key, Totals]:
    """Return sums without those of cases that have no grid, unit, cell or category yet."""
    return {key: one for key, one in totals.items() if None not in key}
