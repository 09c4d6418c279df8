"""Figures per cell and per grid as rows to leave: those that whoever asks may read on the pages.

A file is handed on, so it is held like something published: of a cell with fewer than FEWEST filed
cases in the period nothing is told but that they are few, and a count below it never.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted
from gridgov.cases.known import Known
from gridgov.exchange.detail import FEWEST, since
from gridgov.exchange.layers import CELL_FIGURES, GRID_FIGURES, Source
from gridgov.exchange.loads import per_hectare
from gridgov.exchange.map_rows import cells_of, of_rows, surfaces
from gridgov.exchange.refusals import NoFigureFilter
from gridgov.insight.ask import ask
from gridgov.insight.figures import COUNTED, FEW, summed, told
from gridgov.insight.periods import Period, between
from gridgov.insight.reach import Asked, reach
from gridgov.insight.totals import Key, Totals
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

COUNTS = ("filed", "closed", "open", "late")  # cells are not counted by their days of report
RATES = ("closing", "closing_in_time", "handling_in_time", "rework", "return", "own_grid",
         "contacted", "solved", "satisfied")  # fmt: skip
# A figure is counted of all statuses and places, and of whole days.
NOT_OF_FIGURES = ("q", "number", "external_ref", "status", "bbox", "behind")


class _Found(NamedTuple):
    """Sums by code, of a period, and whether a unit gets them."""

    by: dict[Key, Totals]
    span: tuple[str, str, datetime]
    to_a_unit: bool


def cells(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> Source:
    """Return the figures of each cell. Raises FiguresNotYours, NoFigureFilter, PeriodWrong."""
    found = _asked(session, wanted, actor, at, known, "cell")
    active = known.active(at)
    inside = [cell for cell in cells_of(active) if _wanted(wanted, cell.grid, cell.code)]
    rows = []
    for cell in inside:
        counts = _counts(found.by.get((cell.code,)))
        few = counts["filed"] < FEWEST
        density = per_hectare(counts["filed"], cell.area_m2)
        told_of = [None] * (len(COUNTS) + 1) if few else [*map(_large, counts.values()), density]
        name = active.grids[cell.grid].name
        rows.append((cell.code, cell.grid, name, *found.span, *told_of, few))
    return of_rows(CELL_FIGURES, rows, [cell.shape for cell in inside])


def grids(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> Source:
    """Return the figures of each grid; `few` marks rates of fewer than ten. Raises as `cells`."""
    found = _asked(session, wanted, actor, at, known, "grid")
    rows, shapes = [], []
    for facts, shape in surfaces(known.active(at)):
        if not _wanted(wanted, facts["code"]):
            continue
        totals = found.by.get((facts["code"],)) or Totals()
        counts, rates = _counts(totals), told(totals.counts, to_a_unit=found.to_a_unit)
        reported = summed(COUNTED["reported"][1], totals.counts)
        said = (facts[name] for name in ("code", "name", "park", "cells", "area_m2"))
        few = counts["filed"] < FEW
        each = (rates[name] for name in RATES)
        rows.append((*said, *found.span, reported, *counts.values(), *each, few))
        shapes.append(shape)
    return of_rows(GRID_FIGURES, rows, shapes)


def _asked(
    session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known, per: str
) -> _Found:
    usual = Wanted()
    for name in NOT_OF_FIGURES:
        if getattr(wanted, name) != getattr(usual, name):
            raise NoFigureFilter(field=name)
    span = period(wanted, at, known)
    names = ("grid", "unit", "category", "channel", "cell")
    given = {name: getattr(wanted, name) for name in names}
    asked, far = Asked(span.start, span.end, **given), reach(actor, known.office)
    answer = ask(session, asked, far, actor, known, at, by=(per,), minutes=False)
    told_of = (span.start.isoformat(), span.end.isoformat(), at)
    return _Found(answer.by, told_of, far.role is Role.HEAD)


def period(wanted: Wanted, at: datetime, known: Known) -> Period:
    """Return the whole days that are asked for; else this month and the eleven before."""
    start = wanted.since and _day(wanted.since, known)
    end = wanted.until and _day(wanted.until - timedelta(microseconds=1), known)
    end = (end or _day(at, known)) + timedelta(days=1)
    return between(start or _day(min(since(at, known), wanted.until or at), known), end)


def _day(instant: datetime, known: Known) -> date:
    return instant.astimezone(known.settings.zone).date()


def _wanted(wanted: Wanted, grid: str, cell: str | None = None) -> bool:
    return wanted.grid in (None, grid) and (cell is None or wanted.cell in (None, cell))


def _large(count: int) -> int | None:
    return None if 0 < count < FEWEST else count


def _counts(totals: Totals | None) -> dict[str, int]:
    counts: Any = totals.counts if totals else {}
    return {name: summed(COUNTED[name][1], counts) for name in COUNTS}
