"""Plans the rungs of a case as rows: new ones, moved ones, parked and cancelled ones."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.ladder.clock import Clock
from gridgov.ladder.ladder import Ladder
from gridgov.ladder.tables import CANCELLED, FIRED, PARKED, WAITING, RungRow
from gridgov.worktime.rules import Calendar, Due

RungKey = tuple[int, str, int, str]


class Change(NamedTuple):
    """What a plan does to one rung: from an instant to another, none where it has none."""

    clock: str
    name: str
    before: Any
    after: Any


def wanted(
    clocks: Iterable[Clock],
    ladder: Ladder,
    category: str | None,
    urgency: str,
    calendar: Calendar,
    *,
    besides: Container[RungKey] = (),
) -> dict[RungKey, Due | None]:
    """Return the instants of all rungs on clocks that run; None on one that only rests.

    `besides` are those that nobody asks for, because they have fired.
    """
    found: dict[RungKey, Due | None] = {}
    for clock in clocks:
        for rung in ladder.rungs:
            if not rung.fits(clock.name, category, urgency):
                continue
            key = (*clock.key, rung.name)
            if key in besides:
                continue
            due = rung.instant(clock, calendar) if clock.running else None
            if due is not None or not clock.running:
                found[key] = due
    return found


def rows_of(session: Session, case_ids: Sequence[int]) -> dict[int, list[RungRow]]:
    """Read all rungs of some cases, in one statement."""
    found: dict[int, list[RungRow]] = {key: [] for key in case_ids}
    for row in session.scalars(sa.select(RungRow).where(RungRow.case_id.in_(case_ids))):
        found[row.case_id].append(row)
    return found


def key_of(row: RungRow) -> RungKey:
    """Return what makes a rung one of a kind within its case."""
    return row.round, row.clock, row.run, row.name


def plan(
    session: Session,
    case: Any,
    due: Mapping[RungKey, Due | None],
    rows: list[RungRow],
    *,
    add: bool = True,
) -> list[Change]:
    """Bring the rows to what is wanted; what has fired stays. Returns which instants changed.

    Without `add`, rungs that are not there yet are left to a later plan.
    """
    changes: list[Change] = []
    known = {key_of(row): row for row in rows}
    for key, row in known.items():
        if row.state == FIRED:
            continue
        at = due.get(key)
        rests = PARKED if key in due else CANCELLED
        state, instant = (WAITING, at.at) if at else (rests, None)
        if row.at != instant:
            changes.append(Change(row.clock, row.name, row.at, instant))
            row.at = instant
        if row.state != state:
            row.state = state
        if at and row.provisional != at.provisional:
            row.provisional = at.provisional
    for key, at in due.items() if add else ():
        if at is not None and key not in known:
            row = _row(case, key, at)
            session.add(row)
            rows.append(row)
            changes.append(Change(row.clock, row.name, None, at.at))
    return changes


def _row(case: Any, key: RungKey, at: Due) -> RungRow:
    round_, clock, run, name = key
    return RungRow(
        case=case,
        round=round_,
        clock=clock,
        run=run,
        name=name,
        state=WAITING,
        at=at.at,
        provisional=at.provisional,
    )
