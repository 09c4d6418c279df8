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
from gridgov.cases.workflow import CHECKING, DISPATCHED, HANDLING, OPEN, SUSPENDED
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
    return found


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
    """Return what is to be decided (需要拍板), at most so many of each kind; one statement."""
    waiting, shown = _waiting(now, known), visible(actor, known.office, now)
    # Each kind by itself: its own condition is what an index of few cases is made for.
    kinds = (
        sa.select(Case.id, Case.updated_at, sa.literal(at).label("at")).where(*parts, shown)
        for at, parts in enumerate(waiting.values())
    )
    seen = sa.union_all(*kinds).cte("seen")
    at, changed = seen.c.at, seen.c.updated_at
    place = sa.func.row_number().over(partition_by=at, order_by=(changed, seen.c.id))
    of_kind = sa.func.count().over(partition_by=at).label("of_kind")
    placed = sa.select(seen.c.id, at, place.label("place"), of_kind).subquery()
    cases = sa.select(sa.func.count(seen.c.id.distinct())).scalar_subquery()
    query = (
        sa.select(Case, placed.c.at, placed.c.of_kind, cases.label("cases"))
        .join(placed, placed.c.id == Case.id)
        .where(placed.c.place <= most)
        .order_by(placed.c.at, placed.c.place)
    )
    rows = session.execute(query).all()
    names = list(waiting)
    counts = dict.fromkeys(names, 0) | {names[row.at]: row.of_kind for row in rows}
    found = [Decision(row.Case, names[row.at]) for row in rows]
    return Deciding(found, counts, rows[0].cases if rows else 0)


def waiting(now: datetime, known: Known) -> dict[str, sa.ColumnElement[bool]]:
    """Return what makes a case one that waits for a word from above, by why."""
    return {why: sa.and_(*parts) for why, parts in _waiting(now, known).items()}


def _waiting(now: datetime, known: Known) -> dict[str, Sequence[sa.ColumnElement[bool]]]:
    """Return the conditions of each kind, said as the indexes of few cases have them."""
    worked = Case.status.in_([DISPATCHED, HANDLING])
    asked, kind = Case.pending.is_not(sa.null()), Case.pending["kind"].as_string()
    still = Case.status.in_(sorted(OPEN))
    denied = sa.select(Event.case_id, Event.round).where(Event.step == "deny")
    today = now.astimezone(known.settings.zone).date()
    return {
        "return": (worked, asked, kind == "return"),
        "extension": (worked, asked, kind == "extension"),
        "suspension": (worked, asked, kind == "suspension"),
        "joint": (still, asked, kind == "joint"),
        "urgent": (still, Case.urgency == "urgent"),
        "denied": (
            Case.status.in_([HANDLING, CHECKING]),
            sa.tuple_(Case.id, Case.round).in_(denied),
        ),
        "reopened": (still, Case.round > 1),
        "suspension_ends": (Case.status == SUSPENDED, Case.resume_on <= today + SOON),
    }
