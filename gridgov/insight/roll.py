"""Sums the cases' own rows into those of days and weeks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.insight.histogram import pack
from gridgov.insight.measures import COUNTS, MINUTES, OF_FILING, OF_REPORT
from gridgov.insight.tables import D, R, Rollup

ALL, CELL = "all", "cell"
BY_DAY: dict[str, Any] = {
    ALL: sa.literal(""),
    "grid": D.grid_code,
    "unit": D.unit_code,
    "category": D.category_code,
    "channel": D.channel,
}
WITH_ITEMS = frozenset({"unit"})  # a joint case counts once, its items under their units only
COLUMNS = {name: column for name, column in BY_DAY.items() if name != ALL} | {CELL: D.cell_code}
WEEK = timedelta(days=7)
Key = tuple[Any, ...]


def monday(day: date) -> date:
    """Return the day with which its week begins."""
    return day - timedelta(days=day.weekday())


def minutes_joined() -> list[Any]:
    """Return the minutes of each clock as one text of numbers."""
    return [
        sa.func.aggregate_strings(sa.cast(D[f"m_{name}"], sa.String), ",").label(f"m_{name}")
        for name in MINUTES
    ]


def numbers(text: str | None) -> Any:
    """Return the numbers of such a text."""
    return np.array(text.split(","), "<i4") if text else np.zeros(0, "<i4")


def roll(session: Session, days: Sequence[date]) -> None:
    """Make the sums of these days anew, and those of their weeks."""
    if not days:
        return
    session.execute(sa.delete(Rollup).where(R.dimension != CELL, R.day.in_(days)))
    for name, column in BY_DAY.items():
        rows = _by_day(session, column, days, items=name in WITH_ITEMS)
        _insert(session, name, rows)
    for start in sorted({monday(day) for day in days}):
        session.execute(sa.delete(Rollup).where(R.dimension == CELL, R.day == start))
        _insert(session, CELL, _by_week(session, start))


def _by_day(
    session: Session, column: Any, days: Sequence[date], *, items: bool
) -> dict[Key, dict[str, Any]]:
    made: dict[Key, dict[str, Any]] = {}
    for day, names in ((D.filed_on, OF_FILING), (D.reported_on, OF_REPORT)):
        keys = [column.label("value"), day.label("day"), D.area_code, D.sort]
        joined = minutes_joined() if names is OF_FILING else []
        query = sa.select(*keys, *(sa.func.sum(D[name]).label(name) for name in names), *joined)
        query = query.where(day.in_(days), column.is_not(None), *([] if items else [~D.item]))
        groups = [day, D.area_code, D.sort]
        if not isinstance(column, sa.BindParameter):
            groups.append(column)
        _collect(made, session.execute(query.group_by(*groups)).mappings())
    return made


def _by_week(session: Session, start: date) -> dict[Key, dict[str, Any]]:
    keys = [D.cell_code.label("value"), D.area_code, D.sort]
    sums = (sa.func.sum(D[name]).label(name) for name in OF_FILING)
    query = (
        sa.select(*keys, sa.literal(start, sa.Date).label("day"), *sums, *minutes_joined())
        .where(D.filed_on >= start, D.filed_on < start + WEEK, D.cell_code.is_not(None), ~D.item)
        .group_by(D.cell_code, D.area_code, D.sort)
    )
    made: dict[Key, dict[str, Any]] = {}
    _collect(made, session.execute(query).mappings())
    return made


def _collect(made: dict[Key, dict[str, Any]], rows: Iterable[Any]) -> None:
    for row in rows:
        key = (row["value"], row["day"], row["area_code"], row["sort"])
        made.setdefault(key, {}).update(row)


def _insert(session: Session, dimension: str, rows: dict[Key, dict[str, Any]]) -> None:
    values = [
        {
            "dimension": dimension,
            "value": value,
            "day": day,
            "area_code": area,
            "sort": sort,
            "minutes": pack({name: numbers(found.get(f"m_{name}")) for name in MINUTES}),
        }
        | {name: found.get(name) or 0 for name in COUNTS}
        for (value, day, area, sort), found in rows.items()
    ]
    if values:
        session.execute(sa.insert(Rollup), values)
