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
    """Return each section of an area's agenda, at most so many cases of each; two statements."""
    if not wanted:
        return {}
    within = sa.and_(visible(actor, known.office, at), in_area(area))
    counts = [
        sa.select(sa.func.count(Case.id)).where(within, condition).scalar_subquery().label(name)
        for name, condition in wanted.items()
    ]
    counted = dict(session.execute(sa.select(*counts)).mappings().one())
    there = [name for name in wanted if counted[name]]
    if not there:
        return {name: Section((), 0) for name in wanted}
    oldest = [
        sa.select(
            sa.select(Case.id, sa.literal(at_).label("at"))
            .where(within, wanted[name])
            .order_by(Case.reported_at, Case.id)
            .limit(most)
            .subquery()
        )
        for at_, name in enumerate(there)
    ]
    each = sa.union_all(*oldest).subquery()
    rows = session.execute(
        sa.select(Case, each.c.at)
        .join(each, each.c.id == Case.id)
        .order_by(each.c.at, Case.reported_at, Case.id)
    ).all()
    return {
        name: Section(
            [row.Case for row in rows if name in there and row.at == there.index(name)],
            counted[name],
        )
        for name in wanted
    }


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
