"""The dispatcher's queue: urgent ones, requests to decide, what is to dispatch, then what is due.

Beside `worklist`, which holds what waits for a verb of one's own: here stands all that is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.facts import Scene
from gridgov.cases.find import Wanted, conditions, in_sight
from gridgov.cases.known import Known
from gridgov.cases.rules import offered
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CLOSED, EVALUATED, FILED, OPEN, REPORTED
from gridgov.cases.worklist import scenes
from gridgov.people.actors import Actor
from gridgov.words import N_

MOST = 300
ASKED_WITHIN = timedelta(days=30)  # after closing, how long a request to excuse is looked for
DECIDING = frozenset({
    "grant_return", "refuse_return", "extend", "refuse_extension", "suspend", "refuse_suspension",
    "excuse", "uphold", "open_joint", "refuse_joint",
})  # fmt: skip
SENDING = frozenset({"dispatch", "assign_final", "dispatch_urgent"})
TAKING_IN = frozenset({"file"})
STEPS = DECIDING | SENDING | TAKING_IN
# In the order in which they are looked at; a case lies on the first pile that takes it.
PILES = {
    "urgent": N_("Urgent"),
    "decide": N_("Requests to decide"),
    "dispatch": N_("To dispatch"),
    "intake": N_("To take in"),
    "next": N_("Due next"),
}


class Queued(NamedTuple):
    """A case in the queue: its pile, and the steps of STEPS that it offers."""

    pile: str
    scene: Scene
    steps: frozenset[str]


class Queue(NamedTuple):
    """What is looked at, and whether there is more than that."""

    cases: list[Queued]
    more: bool


def queue(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> Queue:
    """Return what is open and wanted, each case on its pile; at most MOST, six statements."""
    rank = sa.case(
        (Case.urgency == "urgent", 0),
        (Case.pending.is_not(None), 1),
        (Case.status == FILED, 2),
        (Case.status == REPORTED, 3),
        else_=4,
    )
    query = (
        sa.select(Case)
        .where(visible(actor, known.office, at), stands(at), *conditions(session, wanted))
        .where(*in_sight(wanted, actor, known))
        .order_by(rank, Case.reported_at, Case.id)
        .limit(MOST + 1)
    )
    cases: Sequence[Case] = session.scalars(query).all()
    found = [_queued(scene) for scene in scenes(session, cases[:MOST], actor, at, known)]
    return Queue(found, len(cases) > MOST)


def stands(at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a case is in a queue: open, or its delay to be excused."""
    return sa.or_(
        Case.status.in_(sorted(OPEN)),
        sa.and_(
            Case.status.in_([CLOSED, EVALUATED]),
            Case.closed_at >= at - ASKED_WITHIN,
            _happened("appeal_timeout"),
            ~_happened("excuse", "uphold"),
        ),
    )


def watermark(session: Session, actor: Actor, at: datetime, known: Known) -> tuple[str, int]:
    """Return what changes whenever a case in somebody's queue does: the last change, how many."""
    seen = (visible(actor, known.office, at), Case.status.in_(sorted(OPEN)))
    last, count = session.execute(
        sa.select(sa.func.max(Case.updated_at), sa.func.count(Case.id)).where(*seen)
    ).one()
    return (last.isoformat() if last else "", count)


def _happened(*steps: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(Event.case_id == Case.id, Event.step.in_(steps))


def _queued(scene: Scene) -> Queued:
    steps = frozenset(offer.step.name for offer in offered(scene, STEPS))
    if scene.case.urgency == "urgent" and scene.status in OPEN:
        pile = "urgent"
    elif steps & DECIDING:
        pile = "decide"
    elif steps & SENDING:
        pile = "dispatch"
    elif steps & TAKING_IN:
        pile = "intake"
    else:
        pile = "next"
    return Queued(pile, scene, steps)
