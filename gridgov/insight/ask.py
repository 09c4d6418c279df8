"""Sums what is asked for: from roll-ups where they serve, else from the cases' own rows.

What has moved on since the roll-ups were made is taken out of them and judged at once, and what
passing time alone makes late is counted live: so the answer is that of this instant.
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
from gridgov.errors import Unavailable
from gridgov.insight.full import full, hidden_from
from gridgov.insight.measures import COUNTS, LIVE, MINUTES, OF_FILING, OF_REPORT
from gridgov.insight.reach import DIMENSIONS, Asked, Reach
from gridgov.insight.read import Judged, judge
from gridgov.insight.roll import ALL, CELL, COLUMNS, minutes_joined, numbers
from gridgov.insight.rules import Card
from gridgov.insight.state import moved_on, state, usable
from gridgov.insight.tables import CardRow, D, Digest, R
from gridgov.insight.totals import Key, Totals, add_judged, key_of, known_keys
from gridgov.people.actors import Actor

TRIES = 3


class FiguresComing(Unavailable):
    """The figures are being made anew just now; try again in a moment."""


@dataclass
class Answer:
    """Sums by key, and where they came from: rollups, cases or events."""

    by: dict[Key, Totals]
    source: str

    @property
    def total(self) -> Totals:
        """All of it."""
        whole = Totals()
        for one in self.by.values():
            whole.merge(one)
        return whole


@dataclass
class Asking:
    """One question, with all that is needed to answer it. `by` are days, weeks or dimensions."""

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

    def within(self, day: Any) -> sa.ColumnElement[bool]:
        """Return the condition that a day lies in the period."""
        return sa.and_(day >= self.asked.start, day < self.asked.end)

    def of_cases(self, *, unit: Any = None) -> list[sa.ColumnElement[bool]]:
        """Return the conditions on the cases' own rows."""
        columns = COLUMNS | ({} if unit is None else {"unit": unit})
        wanted = [one.sql(columns[one.dimension]) for one in self.filters]
        return [*self.reach.sql(D), *wanted]

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


def ask(
    session: Session,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    as_of: datetime | None = None,
    by: tuple[str, ...] = (),
    minutes: bool = True,
) -> Answer:
    """Answer at `now`, or as things stood at `as_of`, from the events. Raises PeriodTooWide.

    Without `minutes` there may be no times in the sums.
    """
    hidden = hidden_from(session, actor, known, now)
    for _ in range(TRIES):
        found = state(session)
        if found is None or not usable(found, session, known) or as_of is not None:
            made = full(
                session, asked, reach, known, as_of or now, by=by, left_out=hidden,
                whole=as_of is None,
            )  # fmt: skip
            return Answer(made, "events")
        run = found.run
        moved = list(judge(session, moved_on(session, found), known))
        asking = Asking(session, asked, reach, known, now, by, hidden, minutes, moved)
        source = _sum(asking)
        # Every statement sees what is committed by then: what was summed must be of one piece.
        again = state(session)
        if again is not None and again.run == run and again.complete:
            return Answer(known_keys(asking.totals), source)
    raise FiguresComing


def _sum(asking: Asking) -> str:
    rolled = len(asking.dimensions) <= 1 and _by_weeks(asking)
    if rolled:
        _from_rollups(asking)
    else:
        _from_cases(asking)
    _cards(asking)
    for one in asking.moved:
        if one.case_id not in asking.left_out:
            add_judged(asking.totals, one, asking, asking.now)
    return "rollups" if rolled else "cases"


def _by_weeks(asking: Asking) -> bool:
    """Cells are summed by weeks: only whole weeks of filing can be had."""
    if CELL not in asking.dimensions:
        return True
    whole = not (asking.asked.start.weekday() or asking.asked.end.weekday())
    return whole and not {"day", "month"} & set(asking.by)


def _from_rollups(asking: Asking) -> None:
    dimension = next(iter(asking.dimensions), ALL)
    where = [R.dimension == dimension, asking.within(R.day), *asking.reach.sql(R)]
    where += [one.sql(R.value) for one in asking.filters]
    if asking.minutes:
        rows = sa.select(
            R.value.label(dimension), R.day, R.minutes, *(R[name] for name in COUNTS)
        ).where(*where)
    else:
        keys = [R.value.label(dimension)] if set(asking.by) & set(DIMENSIONS) else []
        keys += [R.day] if set(asking.by) - set(DIMENSIONS) else []
        sums = (sa.func.sum(R[name]).label(name) for name in COUNTS)
        rows = sa.select(*keys, *sums).where(*where)
        rows = rows.group_by(*(R.value if one.name == dimension else one for one in keys))
    for row in asking.session.execute(rows):
        totals = asking.totals[asking.key(row, getattr(row, "day", asking.asked.start))]
        totals.add_counts({name: getattr(row, name) for name in COUNTS})
        if asking.minutes:
            totals.add_packed(row.minutes)
    _take_out(asking, of_report=dimension != CELL)
    _grown_late(asking)


def _take_out(asking: Asking, *, of_report: bool) -> None:
    """Take out of the sums what is counted apart."""
    if not asking.apart:
        return
    query = sa.select(*_labelled(), *(D[f"m_{name}"] for name in MINUTES),
                      *(D[name] for name in COUNTS), D.reported_on, D.filed_on)  # fmt: skip
    for row in asking.session.execute(
        query.where(among(D.case_id, asking.apart), *asking.of_cases())
    ):
        start, end = asking.asked.start, asking.asked.end
        if of_report and start <= row.reported_on < end:
            totals = asking.totals[asking.key(row, row.reported_on)]
            totals.add_counts({name: getattr(row, name) for name in OF_REPORT}, -1)
        if row.filed_on and start <= row.filed_on < end:
            totals = asking.totals[asking.key(row, row.filed_on)]
            totals.add_counts({name: getattr(row, name) for name in OF_FILING}, -1)
            totals.add_minutes({name: getattr(row, f"m_{name}") for name in MINUTES}, -1)


def _labelled() -> list[Any]:
    return [column.label(name) for name, column in COLUMNS.items()]


def _groups(asking: Asking, day: Any) -> list[Any]:
    named = [COLUMNS[name].label(name) for name in asking.by if name in COLUMNS]
    return [*named, day] if {"day", "week", "month"} & set(asking.by) else named


def _grown_late(asking: Asking) -> None:
    late = live(asking.now)
    more = [sa.func.sum(late[name] - (D[name] if name in COUNTS else 0)).label(name)
            for name in LIVE]  # fmt: skip
    at = asking.now.replace(microsecond=0)
    _grouped(asking, D.filed_on, more, sa.or_(D.case_due < at, D.handle_due < at))


def _from_cases(asking: Asking) -> None:
    late = live(asking.now)
    sums = [sa.func.sum(late.get(name, D[name] if name in COUNTS else None)).label(name)
            for name in dict.fromkeys((*OF_FILING, *LIVE))]  # fmt: skip
    _grouped(asking, D.filed_on, [*sums, *(minutes_joined() if asking.minutes else ())])
    if CELL not in asking.dimensions:
        _grouped(asking, D.reported_on, [sa.func.sum(D[name]).label(name) for name in OF_REPORT])


def _grouped(asking: Asking, day: Any, sums: list[Any], *more: sa.ColumnElement[bool]) -> None:
    groups = _groups(asking, day.label("day"))
    query = sa.select(*groups, *sums).where(
        asking.within(day), *asking.of_cases(), *asking.not_apart(), *more
    )
    if groups:
        query = query.group_by(*(COLUMNS.get(one.name, day) for one in groups))
    names = [one.name for one in sums]
    for row in asking.session.execute(query):
        totals = asking.totals[asking.key(row, getattr(row, "day", asking.asked.start))]
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


def _cards(asking: Asking) -> None:
    columns = {**COLUMNS, "unit": CardRow.unit_code}
    query = (
        sa.select(CardRow, *(column.label(name) for name, column in columns.items()))
        .join(Digest, D.case_id == CardRow.case_id)
        .where(
            asking.within(CardRow.day),
            *asking.of_cases(unit=CardRow.unit_code),
            *asking.not_apart(),
        )
    )
    for row in asking.session.execute(query):
        one = row.CardRow
        card = Card(one.day, one.unit_code, one.answer_due, one.answered_at)
        asking.totals[asking.key(row, one.day)].add_cards([card], asking.now)


def among(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a key is one of many; written out, since there may be thousands."""
    many: Any = sa.bindparam(None, list(ids), expanding=True, literal_execute=True)
    return column.in_(many)  # type: ignore[no-any-return]
