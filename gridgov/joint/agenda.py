"""What a meeting is to decide, as conditions on cases: those that nobody above this room knows.

What waits for a word from above and what is late, `insight` knows; `faces.agenda` puts all of it
together. Each section is counted whole and shows its oldest cases, as far as whoever looks sees
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import MERGED, OPEN, SUSPENDED
from gridgov.people.actors import Actor

TWICE = 2


class Section(NamedTuple):
    """Cases of one kind, the oldest of them, and how many there are."""

    cases: Sequence[Case]
    number: int


def conditions() -> dict[str, sa.ColumnElement[bool]]:
    """Return what makes a case one of a section, by the section's name."""
    still = Case.status.in_(sorted(OPEN))
    merged = aliased(Case)
    returns = (
        sa.select(sa.func.count(Event.id))
        .where(Event.case_id == Case.id, Event.round == Case.round, Event.step == "ask_return")
        .scalar_subquery()
    )
    carries = sa.exists().where(merged.merged_into_id == Case.id, merged.status == MERGED)
    return {
        "returned_twice": sa.and_(still, returns >= TWICE),
        "groups": sa.and_(still, carries),
        "joint": sa.and_(still, Case.joint),
        "hung": sa.and_(Case.status == SUSPENDED, Case.joint_id.is_not(None)),
    }


def gathered(
    session: Session,
    wanted: Mapping[str, sa.ColumnElement[bool]],
    area: str,
    actor: Actor,
    at: datetime,
    known: Known,
    most: int,
) -> dict[str, Section]:
    """Return each section of an area's agenda, at most so many cases of each; one statement."""
    shown = sa.and_(visible(actor, known.office, at), in_area(area))
    # Each kind by itself: its own condition is what an index of few cases is made for.
    kinds = (
        sa.select(Case.id, Case.reported_at, sa.literal(place).label("at")).where(one, shown)
        for place, one in enumerate(wanted.values())
    )
    seen = sa.union_all(*kinds).cte("seen")
    order = (seen.c.reported_at, seen.c.id)
    place = sa.func.row_number().over(partition_by=seen.c.at, order_by=order).label("place")
    number = sa.func.count().over(partition_by=seen.c.at).label("number")
    placed = sa.select(seen.c.id, seen.c.at, place, number).subquery()
    query = (
        sa.select(Case, placed.c.at, placed.c.number)
        .join(placed, placed.c.id == Case.id)
        .where(placed.c.place <= most)
        .order_by(placed.c.at, placed.c.place)
    )
    found = {name: Section([], 0) for name in wanted}
    names = list(wanted)
    for row in session.execute(query):
        cases = [*found[names[row.at]].cases, row.Case]
        found[names[row.at]] = Section(cases, row.number)
    return found


def in_area(area: str) -> sa.ColumnElement[bool]:
    """Return the condition that a case lies in an area."""
    return Case.area_code.startswith(area, autoescape=True)


def carried(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Return of how many other reporters each case carries the case."""
    query = (
        sa.select(Case.merged_into_id, sa.func.count(Case.id))
        .where(Case.merged_into_id.in_(ids), Case.status == MERGED)
        .group_by(Case.merged_into_id)
    )
    return {key: number for key, number in session.execute(query) if key is not None}
