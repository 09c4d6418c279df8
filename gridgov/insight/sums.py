"""Sums of several periods at once: from roll-ups where they serve, else from the cases' rows.

What has moved on since the roll-ups were made is taken out of them and judged at once, and what
passing time alone makes late is counted live.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.insight.measures import COUNTS, LIVE, MINUTES, OF_FILING, OF_REPORT
from gridgov.insight.reach import DIMENSIONS, Asked, Reach
from gridgov.insight.read import Judged
from gridgov.insight.roll import ALL, CELL, COLUMNS, WITH_ITEMS, minutes_joined, numbers
from gridgov.insight.rules import Card
from gridgov.insight.tables import CardRow, D, Digest, R
from gridgov.insight.totals import Key, Totals, add_judged, key_of


@dataclass
class Asking:
    """One question of one period, with all that is needed to answer it.

    `by` are days, weeks or dimensions.
    """

    session: Session
    asked: Asked
    reach: Reach
    known: Known
    now: datetime
    by: tuple[str, ...] = ()
    left_out: frozenset[int] = frozenset()  # cases that are hidden from whoever asks
    minutes: bool = True  # whether times are wanted, which are most of the work
    moved: Sequence[Judged] = ()
    totals: dict[Key, Totals] = field(default_factory=lambda: defaultdict(Totals))

    def __post_init__(self) -> None:
        self.filters = self.reach.filters(self.asked, self.known.office)
        self.apart = sorted(self.left_out | {one.case_id for one in self.moved})

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.asked.start <= day < self.asked.end

    def within(self, day: Any) -> sa.ColumnElement[bool]:
        """Return the condition that a day lies in the period."""
        return sa.and_(day >= self.asked.start, day < self.asked.end)

    def of_cases(self, *, unit: Any = None) -> list[sa.ColumnElement[bool]]:
        """Return the conditions on the cases' own rows."""
        columns = COLUMNS | ({} if unit is None else {"unit": unit})
        wanted = [one.sql(columns[one.dimension]) for one in self.filters]
        once = [] if WITH_ITEMS & self.dimensions else [~D.item]
        return [*self.reach.sql(D), *wanted, *once]

    def not_apart(self) -> list[sa.ColumnElement[bool]]:
        """Leave out what is counted otherwise, or not at all."""
        return [~among(D.case_id, self.apart)] if self.apart else []

    def key(self, row: Any, day: date) -> Key:
        """Return under which key something is summed."""
        return key_of(self.by, row, day)

    def fresh(self) -> dict[Key, Totals]:
        """Return sums of nothing."""
        return defaultdict(Totals)

    @property
    def dimensions(self) -> set[str]:
        """The dimensions that matter."""
        return {one.dimension for one in self.filters} | (set(self.by) & set(DIMENSIONS))


Group = Sequence[Asking]  # the same question of periods that share no day


def sum_up(group: Group) -> str:
    """Sum what is asked for, into each one's totals; tells whether from rollups or cases."""
    rolled = all(len(one.dimensions) <= 1 and _by_weeks(one) for one in group)
    if rolled:
        _from_rollups(group)
    else:
        _from_cases(group)
    _cards(group)
    for one in group:
        for judged in one.moved:
            if judged.case_id not in one.left_out:
                add_judged(one.totals, judged, one, one.now)
    return "rollups" if rolled else "cases"


def _by_weeks(asking: Asking) -> bool:
    """Cells are summed by weeks: only whole weeks of filing can be had."""
    if CELL not in asking.dimensions:
        return True
    whole = not (asking.asked.start.weekday() or asking.asked.end.weekday())
    return whole and not {"day", "month"} & set(asking.by)


def _within(group: Group, day: Any) -> sa.ColumnElement[bool]:
    return sa.or_(*(one.within(day) for one in group))


def _which(group: Group, day: Any) -> Any:
    """Return which of the periods a day lies in, as a number."""
    return sa.case(*((one.within(day), at) for at, one in enumerate(group))).label("span")


def _from_rollups(group: Group) -> None:
    lead = group[0]
    dimension = next(iter(lead.dimensions), ALL)
    where = [R.dimension == dimension, _within(group, R.day), *lead.reach.sql(R)]
    where += [one.sql(R.value) for one in lead.filters]
    keys = [R.value.label(dimension)] if set(lead.by) & set(DIMENSIONS) else []
    keys += [R.day] if set(lead.by) - set(DIMENSIONS) else []
    sums = [sa.func.sum(R[name]).label(name) for name in COUNTS]
    grouped = [R.value if one.name == dimension else one for one in keys]
    query = sa.select(_which(group, R.day), *keys, *sums).where(*where)
    for row in lead.session.execute(query.group_by("span", *grouped)):
        one = group[row.span]
        totals = one.totals[one.key(row, getattr(row, "day", one.asked.start))]
        totals.add_counts({name: getattr(row, name) for name in COUNTS})
    if lead.minutes:
        packed = sa.select(R.value.label(dimension), R.day, R.minutes).where(*where)
        for row in lead.session.execute(packed):
            for one in group:
                if one.holds(row.day):
                    one.totals[one.key(row, row.day)].add_packed(row.minutes)
    _take_out(group, of_report=dimension != CELL)
    _grown_late(group)


def _take_out(group: Group, *, of_report: bool) -> None:
    """Take out of the sums what is counted apart."""
    lead = group[0]
    if not lead.apart:
        return
    query = sa.select(*_labelled(), *(D[f"m_{name}"] for name in MINUTES),
                      *(D[name] for name in COUNTS), D.reported_on, D.filed_on)  # fmt: skip
    for row in lead.session.execute(query.where(among(D.case_id, lead.apart), *lead.of_cases())):
        for one in group:
            if of_report and one.holds(row.reported_on):
                totals = one.totals[one.key(row, row.reported_on)]
                totals.add_counts({name: getattr(row, name) for name in OF_REPORT}, -1)
            if row.filed_on and one.holds(row.filed_on):
                totals = one.totals[one.key(row, row.filed_on)]
                totals.add_counts({name: getattr(row, name) for name in OF_FILING}, -1)
                totals.add_minutes({name: getattr(row, f"m_{name}") for name in MINUTES}, -1)


def _labelled() -> list[Any]:
    return [column.label(name) for name, column in COLUMNS.items()]


def _groups(asking: Asking, day: Any) -> list[Any]:
    named = [COLUMNS[name].label(name) for name in asking.by if name in COLUMNS]
    return [*named, day] if {"day", "week", "month"} & set(asking.by) else named


def _grown_late(group: Group) -> None:
    lead = group[0]
    late = live(lead.now)
    more = [sa.func.sum(late[name] - (D[name] if name in COUNTS else 0)).label(name)
            for name in LIVE]  # fmt: skip
    at = lead.now.replace(microsecond=0)
    _grouped(group, D.filed_on, more, sa.or_(D.case_due < at, D.handle_due < at))


def _from_cases(group: Group) -> None:
    lead = group[0]
    late = live(lead.now)
    sums = [sa.func.sum(late.get(name, D[name] if name in COUNTS else None)).label(name)
            for name in dict.fromkeys((*OF_FILING, *LIVE))]  # fmt: skip
    _grouped(group, D.filed_on, [*sums, *(minutes_joined() if lead.minutes else ())])
    if CELL not in lead.dimensions:
        _grouped(group, D.reported_on, [sa.func.sum(D[name]).label(name) for name in OF_REPORT])


def _grouped(group: Group, day: Any, sums: list[Any], *more: sa.ColumnElement[bool]) -> None:
    lead = group[0]
    groups = _groups(lead, day.label("day"))
    query = sa.select(_which(group, day), *groups, *sums).where(
        _within(group, day), *lead.of_cases(), *lead.not_apart(), *more
    )
    query = query.group_by("span", *(COLUMNS.get(one.name, day) for one in groups))
    names = [one.name for one in sums]
    for row in lead.session.execute(query):
        one = group[row.span]
        totals = one.totals[one.key(row, getattr(row, "day", one.asked.start))]
        for name in names:
            if name.startswith("m_"):
                totals.add_values(name[2:], numbers(getattr(row, name)))
            else:
                totals.add_counts({name: getattr(row, name)})


def live(now: datetime) -> dict[str, Any]:
    """Return, by measure, what of a case's row passing time has changed."""
    at = now.replace(microsecond=0)
    late = D.case_due < at
    late_handling = D.handle_due < at
    return {
        "late": sa.case((late, 1), else_=0),
        "late_excused": sa.case((sa.and_(late, D.excused), 1), else_=0),
        "handled": sa.case((late_handling, 1), else_=D.handled),
        "handled_in_time": sa.case((late_handling, 0), else_=D.handled_in_time),
        "handled_excused": sa.case((sa.and_(late_handling, D.excused), 1), else_=D.handled_excused),
    }


def _cards(group: Group) -> None:
    lead = group[0]
    columns = {**COLUMNS, "unit": CardRow.unit_code}
    own = (CardRow.day, CardRow.answer_due, CardRow.answered_at)
    query = (
        sa.select(*own, *(column.label(name) for name, column in columns.items()))
        .join(Digest, D.case_id == CardRow.case_id)
        .where(
            _within(group, CardRow.day),
            *lead.of_cases(unit=CardRow.unit_code),
            *lead.not_apart(),
        )
    )
    for row in lead.session.execute(query):
        card = Card(row.day, row.unit, row.answer_due, row.answered_at)
        for one in group:
            if one.holds(row.day):
                one.totals[one.key(row, row.day)].add_cards([card], one.now)


def among(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a key is one of many; written out, since there may be thousands."""
    many: Any = sa.bindparam(None, list(ids), expanding=True, literal_execute=True)
    return column.in_(many)  # type: ignore[no-any-return]
