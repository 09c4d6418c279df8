"""Urgent cases (特急) that are open: who accepted, who was called and when, who is next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.facts import Past, Scene
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.cases.tell import hidden_from
from gridgov.cases.workflow import DISPATCHED, OPEN
from gridgov.cases.worklist import scenes
from gridgov.ladder.ladder import Ladder
from gridgov.ladder.plan import rows_of
from gridgov.ladder.tables import FIRED, RungRow
from gridgov.people.actors import Actor

MOST = 100
ACCEPT = "accept"
NEXT = "next_on_duty"
SENT = ("dispatch", "dispatch_urgent", "assign_final", "open_joint")


class Urgent(NamedTuple):
    """An urgent case: since when it waits to be accepted, or who accepted it and when."""

    scene: Scene
    sent: Past | None
    accepted: Past | None
    called: tuple[str, ...]  # of the unit's roster, in the order in which they were told
    following: str | None  # who is called next
    late_from: datetime | None  # unaccepted from here on, the next one is called

    @property
    def late(self) -> bool:
        """Tell whether nobody has accepted in time."""
        return self.late_from is not None and self.scene.at > self.late_from


def number(session: Session, actor: Actor, at: datetime, known: Known) -> int:
    """Return how many urgent cases are open that somebody sees."""
    query = sa.select(sa.func.count(Case.id)).where(*_open(actor, at, known))
    return session.scalar(query) or 0


def _open(actor: Actor, at: datetime, known: Known) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        visible(actor, known.office, at),
        Case.status.in_(sorted(OPEN)),
        Case.urgency == "urgent",
    )


def urgent(
    session: Session, actor: Actor, at: datetime, known: Known, most: int = MOST
) -> list[Urgent]:
    """Return the open urgent cases that somebody sees, those that nobody accepted first.

    The oldest, so many of them at most.
    """
    query = sa.select(Case).where(*_open(actor, at, known)).order_by(Case.reported_at, Case.id)
    cases = session.scalars(query.limit(most)).all()
    rungs = rows_of(session, [case.id for case in cases])
    found = [
        _urgent(scene, known.ladder, rungs[scene.case.id])
        for scene in scenes(session, cases, actor, at, known)
    ]
    return sorted(found, key=lambda one: (one.accepted is not None, not one.late))


def _urgent(scene: Scene, ladder: Ladder, rows: Sequence[RungRow]) -> Urgent:
    sent = scene.last(*SENT)
    accepted = scene.last(ACCEPT)
    if sent is None or (accepted is not None and accepted.at < sent.at):
        accepted = None
    if scene.status is not DISPATCHED or sent is None:
        return Urgent(scene, sent, accepted, (), None, None)
    roster = [
        person
        for person in scene.office.called_now(
            scene.case.unit_code or "", scene.at.astimezone(scene.calendar.zone)
        )
        if not hidden_from(scene, person)
    ]
    # The first was told of the dispatch, each rung that fired since told the next.
    told = 1 + _fired(scene, ladder, rows)
    following = roster[told] if told < len(roster) else None
    waits = _waits(scene, ladder)
    late_from = sent.at + waits if waits is not None else None
    return Urgent(scene, sent, None, tuple(roster[:told]), following, late_from)


def _fired(scene: Scene, ladder: Ladder, rows: Sequence[RungRow]) -> int:
    calling = {rung.name for rung in ladder.rungs if NEXT in rung.tell}
    here = [row for row in rows if (row.round, row.clock) == (scene.case.round, ACCEPT)]
    run = max((row.run for row in here), default=0)
    return sum(row.state == FIRED and row.name in calling and row.run == run for row in here)


def _waits(scene: Scene, ladder: Ladder) -> timedelta | None:
    """Return after how long the ladder calls the next one."""
    case = scene.case
    after = [
        rung.after.seconds(scene.calendar)
        for rung in ladder.rungs
        if NEXT in rung.tell
        and rung.after is not None
        and rung.fits(ACCEPT, case.category_code, case.urgency)
    ]
    return timedelta(seconds=min(after)) if after else None
