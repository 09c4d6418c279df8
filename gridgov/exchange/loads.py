"""How much was reported in each cell and period, as a table to ask of.

People with an account get months. The public gets one period, the twelve months that the map's
tiles show: from overlapping periods it could work out counts that are hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN
from gridgov.database import UtcDateTime
from gridgov.exchange.detail import FEWEST, MONTHS, Detail, since
from gridgov.exchange.map_tiles import HECTARE_M2
from gridgov.park.tables import Cell


class Span(NamedTuple):
    """A period, half-open: `2026-11`, or `2025-12/2026-11` for several months."""

    name: str
    begins: datetime
    ends: datetime


def periods(at: datetime, known: Known, public: bool) -> list[Span]:
    """Return this month and the eleven before, one by one, or for the public as one."""
    first = since(at, known).astimezone(known.settings.zone)
    starts = [_later(first, n) for n in range(MONTHS + 1)]
    if public:
        return [Span(f"{first:%Y-%m}/{starts[-2]:%Y-%m}", first, starts[-1])]
    return [Span(f"{a:%Y-%m}", a, b) for a, b in pairwise(starts)]


def _later(first: datetime, months: int) -> datetime:
    month = first.year * 12 + first.month - 1 + months
    return first.replace(year=month // 12, month=month % 12 + 1)


def per_cell(
    seen: Detail,
    versions: Sequence[int],
    spans: Sequence[Span],
    only: Collection[str] | None = None,
) -> Any:
    """Return a table of cells and periods with their counts; what is too few is hidden in it.

    With `only`, of these cells: the cases of all others are not looked at.
    """
    names = sa.column("name", sa.String), sa.column("begins", UtcDateTime())
    made = sa.values(*names, sa.column("ends", UtcDateTime()), name="spans")
    span = made.data([tuple(one) for one in spans]).cte("period")
    still = sa.case((Case.status.in_(sorted(OPEN)), 1), else_=0)
    counts = (
        sa.select(
            Case.cell_code.label("cell"),
            span.c.name.label("period"),
            sa.func.count().label("reported"),
            sa.func.sum(still).label("open"),
        )
        .join(span, sa.and_(Case.reported_at >= span.c.begins, Case.reported_at < span.c.ends))
        .where(seen.shown, *_in(Case.cell_code, only))
        .group_by(Case.cell_code, span.c.name)
        .subquery()
    )
    reported = sa.func.coalesce(counts.c.reported, 0, type_=sa.Integer)
    left = sa.func.coalesce(counts.c.open, 0, type_=sa.Integer)
    few = reported < FEWEST if seen.public else sa.false()
    hidden = sa.or_(few, sa.and_(left > 0, left < FEWEST)) if seen.public else sa.false()
    nothing = sa.null()
    return (
        sa.select(
            (Cell.code + "." + span.c.name).label("key"),
            Cell.code.label("cell"),
            Cell.grid_code.label("grid"),
            span.c.name.label("period"),
            span.c.begins.label("begins"),
            span.c.ends.label("ends"),
            sa.case((few, nothing), else_=reported).label("reported"),
            sa.case((hidden, nothing), else_=left).label("open"),
            sa.case((few, sa.true()), else_=sa.false()).label("few"),
        )
        .select_from(sa.join(Cell, span, sa.true()))
        .outerjoin(counts, sa.and_(counts.c.cell == Cell.code, counts.c.period == span.c.name))
        .where(Cell.version_id.in_(versions), *_in(Cell.code, only))
        .subquery("load")
    )


def _in(column: Any, only: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    return [column.is_not(None) if only is None else column.in_(sorted(only))]


def per_hectare(reported: int | None, area_m2: float) -> float | None:
    """Return how many there were per hectare; None where that is hidden."""
    return None if reported is None else round(reported / area_m2 * HECTARE_M2, 2)
