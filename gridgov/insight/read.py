"""Judges cases from their events: the full computation, for any number of cases at any instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.facts import Past
from gridgov.cases.known import Known
from gridgov.cases.tables import Case, Event
from gridgov.insight.rules import Measured, measured, sort_of

BATCH = 1_000
_EVENTS = sa.select(
    Event.case_id,
    Event.version,
    Event.step,
    Event.round,
    Event.at,
    Event.role,
    Event.person_code,
    Event.unit_code,
    Event.from_status,
    Event.to_status,
    Event.data,
).order_by(Event.case_id, Event.version)
_CASES = sa.select(
    Case.id,
    Case.area_code,
    Case.grid_code,
    Case.cell_code,
    Case.park_code,
    Case.category_code,
    Case.channel,
    Case.kind,
    Case.joint_id,
)


class Judged(NamedTuple):
    """A case with what it counts for, as of an event, and where it belongs."""

    case_id: int
    version: int
    area_code: str
    grid_code: str | None
    cell_code: str | None
    category_code: str | None
    channel: str
    sort: str
    measured: Measured
    item: bool = False  # of a joint case: it counts under its unit only

    @property
    def unit_code(self) -> str | None:
        """The unit that handled it last."""
        return self.measured.unit


def judge(
    session: Session, ids: Sequence[int], known: Known, at: datetime | None = None
) -> Iterator[Judged]:
    """Judge cases by what had happened at an instant, or until now.

    Places and categories are those known today, since a correction says what was always so; only
    what a new map has handed over since, is given back to the grid of that time.
    """
    for start in range(0, len(ids), BATCH):
        yield from _judge(session, ids[start : start + BATCH], known, at)


def _judge(
    session: Session, ids: Sequence[int], known: Known, at: datetime | None
) -> Iterator[Judged]:
    events: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_EVENTS.where(Event.case_id.in_(ids))):
        events[row.case_id].append(row)
    for case in session.execute(_CASES.where(Case.id.in_(ids)).order_by(Case.id)):
        rows = events[case.id]
        happened = [row for row in rows if at is None or row.at <= at]
        if not happened:
            continue
        grid = case.grid_code
        for row in reversed(rows[len(happened) :]):
            grid = row.data.get("before", grid) if row.step == "hand_over" else grid
        category = known.categories.get(case.category_code or "")
        calendar = known.calendar(case.park_code)
        past = [Past(*row[2:]) for row in happened]
        yield Judged(
            case.id,
            happened[-1].version,
            case.area_code,
            grid,
            case.cell_code,
            case.category_code,
            case.channel,
            sort_of(case.kind, category),
            measured(past, category, known.ladder, calendar),
            case.joint_id is not None,
        )
