"""More than one number: per cell or grid, over time, where it grows, and what waits for a word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CHECKING, CLOSED, DISPATCHED, HANDLING, OPEN, SUSPENDED
from gridgov.insight.ask import ask, ask_spans
from gridgov.insight.figures import told
from gridgov.insight.reach import Asked, Reach
from gridgov.insight.totals import Totals
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

FEWEST = 5  # a cell with fewer cases in a period is marked, and shown to nobody outside
SOON = timedelta(days=7)
MOST = 200


class Place(NamedTuple):
    """One cell or grid in one span: its load, what is late there, and satisfaction."""

    code: str
    week: str | None
    load: int
    late: int
    satisfaction: float | None
    few: bool


def over_map(
    session: Session,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    per: str,
    weeks: bool,
    as_of: datetime | None = None,
) -> list[Place]:
    """Return load, lateness and satisfaction per cell or grid; by weeks, to be played back."""
    by = (per, "week") if weeks else (per,)
    found = ask(session, asked, reach, actor, known, now, as_of=as_of, by=by, minutes=False).by
    places = [
        _place(key, totals, to_a_unit=reach.role is Role.HEAD)
        for key, totals in found.items()
        if totals.counts["filed"] or per == "grid"
    ]
    return sorted(places, key=lambda one: (one.code, one.week or ""))


def _place(key: tuple[Any, ...], totals: Totals, *, to_a_unit: bool) -> Place:
    code, *week = key
    filed = totals.counts["filed"]
    return Place(
        code,
        week[0].isoformat() if week else None,
        filed,
        totals.counts["late"],
        told(totals.counts, to_a_unit=to_a_unit)["satisfied"],
        filed < FEWEST,
    )


class HotSpot(NamedTuple):
    """A cell and category of which much more came than in the spans before."""

    cell: str
    category: str
    load: int
    usual: float


def hot_spots(
    session: Session,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    most: int = 20,
) -> list[HotSpot]:
    """Return where a category has grown most over the mean of the four equal spans before.

    A cell needs five cases or more; rising means half again as many as usual, at least.
    """
    span = asked.end - asked.start
    by = ("cell", "category")
    spans = [(asked.start, asked.end), (asked.start - 4 * span, asked.start)]
    here, past = (
        one.by
        for one in ask_spans(session, asked, spans, reach, actor, known, now, by=by, minutes=False)
    )
    found = []
    for (cell, category), totals in here.items():
        load = totals.counts["filed"]
        usual = past[cell, category].counts["filed"] / 4 if (cell, category) in past else 0.0
        if load >= FEWEST and load >= 1.5 * usual:
            found.append(HotSpot(cell, category, load, usual))
    found.sort(key=lambda one: (one.usual - one.load, one.cell, one.category))
    return found[:most]


class Decision(NamedTuple):
    """A case that waits for a word from above, and which."""

    case: Case
    why: str  # return, extension, suspension, urgent, denied, reopened, suspension_ends


class Deciding(NamedTuple):
    """What is to be decided, the oldest of each kind; how many of each, and of how many cases."""

    found: list[Decision]
    counts: dict[str, int]
    cases: int


def to_decide(
    session: Session, actor: Actor, known: Known, now: datetime, most: int = MOST
) -> Deciding:
    """Return what is to be decided (需要拍板), at most so many of each kind; two statements."""
    seen = visible(actor, known.office, now)
    waiting = {why: sa.and_(*parts) for why, parts in _waiting(now, known).items()}
    still = (seen, Case.status.in_(sorted(OPEN)), sa.or_(*waiting.values()))
    sums = (
        sa.func.sum(sa.case((condition, 1), else_=0)).label(why)
        for why, condition in waiting.items()
    )
    row = session.execute(sa.select(sa.func.count(Case.id).label("cases"), *sums).where(*still))
    counted = dict(row.mappings().one())
    cases = counted.pop("cases")
    counts = {why: number or 0 for why, number in counted.items()}
    kinds = [
        sa.select(
            sa.select(Case.id, sa.literal(at).label("at"))
            .where(seen, waiting[why])
            .order_by(Case.updated_at, Case.id)
            .limit(most)
            .subquery()
        )
        for at, why in enumerate(waiting)
        if counts[why]
    ]
    if not kinds:
        return Deciding([], counts, 0)
    each = sa.union_all(*kinds).subquery()
    query = sa.select(Case, each.c.at).join(each, each.c.id == Case.id)
    rows = session.execute(query.order_by(each.c.at, Case.updated_at, Case.id))
    names = list(waiting)
    counts = dict.fromkeys(names, 0) | {names[row.at]: row.of_kind for row in rows}
    found = [Decision(row.Case, names[row.at]) for row in rows]
    return Deciding(found, counts, rows[0].cases if rows else 0)


def waiting(now: datetime, known: Known) -> dict[str, sa.ColumnElement[bool]]:
    """Return what makes a case one that waits for a word from above, by why."""
    return {why: sa.and_(*parts) for why, parts in _waiting(now, known).items()}


def _waiting(now: datetime, known: Known) -> dict[str, Sequence[sa.ColumnElement[bool]]]:
    worked = Case.status.in_([DISPATCHED, HANDLING])
    kind = Case.pending["kind"].as_string()
    still = Case.status.in_(sorted(OPEN))

    def lately(*steps: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(
            Event.case_id == Case.id, Event.round == Case.round, Event.step.in_(steps)
        )

    today = now.astimezone(known.settings.zone).date()
    return {
        "return": (worked, kind == "return"),
        "extension": (worked, kind == "extension"),
        "suspension": (worked, kind == "suspension"),
        "urgent": (still, Case.urgency == "urgent"),
        "denied": (Case.status.in_([HANDLING, CHECKING]), lately("deny")),
        "reopened": (still, Case.round > 1, Case.status != CLOSED),
        "suspension_ends": (Case.status == SUSPENDED, Case.resume_on <= today + SOON),
    }
