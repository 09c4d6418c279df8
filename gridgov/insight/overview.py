"""More than one number: per cell or grid, over time, where it grows, and what waits for a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CHECKING, CLOSED, DISPATCHED, HANDLING, OPEN, SUSPENDED
from gridgov.insight.ask import ask
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
    here = ask(session, asked, reach, actor, known, now, by=by, minutes=False).by
    before = replace(asked, start=asked.start - 4 * span, end=asked.start)
    past = ask(session, before, reach, actor, known, now, by=by, minutes=False).by
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


def to_decide(
    session: Session, actor: Actor, known: Known, now: datetime, most: int = MOST
) -> tuple[list[Decision], dict[str, int]]:
    """Return what is to be decided (需要拍板), the oldest first, and how many of each kind."""
    seen = visible(actor, known.office, now)
    found: list[Decision] = []
    counts: dict[str, int] = {}
    for why, condition in _waiting(now, known).items():
        where = (seen, *condition)
        counts[why] = session.scalar(sa.select(sa.func.count(Case.id)).where(*where)) or 0
        if counts[why]:
            query = sa.select(Case).where(*where).order_by(Case.updated_at, Case.id).limit(most)
            found += [Decision(case, why) for case in session.scalars(query)]
    return found, counts


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
