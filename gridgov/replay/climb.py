"""The clock in a history: the ladder's rungs fire at their own instants, and nobody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gridgov.cases.facts import Scene
from gridgov.cases.fire import due_rows, planned, settle
from gridgov.cases.known import Known
from gridgov.cases.workflow import STEPS, To
from gridgov.ladder.ladder import Ladder, Rung
from gridgov.ladder.tables import RungRow

# A rung fires once now is later than its instant, and instants are whole seconds.
LATER = timedelta(seconds=1)


def climb(
    session: Session, scene: Scene, known: Known, rows: list[RungRow], until: datetime
) -> Scene:
    """Fire what passes before `until`, in its order, and plan what is ahead; returns the scene."""
    there = replace(known, ladder=_staying(known.ladder))
    planned(session, scene, there, rows)
    while due := due_rows(rows, there, until):
        # Never before what happened last: a target may lie before the report itself.
        at = max(scene.case.updated_at, *(row.at + LATER for row in due[:1] if row.at))
        scene, _ = settle(session, replace(scene, at=at, given={}), there, rows, told=False)
    return scene


def _staying(ladder: Ladder) -> Ladder:
    """Leave out what moves a case: where it stood, its source knows better than our ladder."""
    return Ladder(tuple(rung for rung in ladder.rungs if _stays(rung)), ladder.limits)


def _stays(rung: Rung) -> bool:
    return all(STEPS[name].to is To.SAME for name in rung.steps)
