"""A deadline that another system gave, given anew: the case's clock and its rungs follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases.act import find, scene_of
from gridgov.cases.fire import planned, settle
from gridgov.cases.known import Known
from gridgov.cases.rules import Moved
from gridgov.cases.workflow import OPEN, STEPS
from gridgov.cases.write import apply, flush, past
from gridgov.ladder.plan import rows_of
from gridgov.people.actors import Actor
from gridgov.people.roles import Role


def redue(
    session: Session, number: str, due: datetime, actor: Actor, at: datetime, known: Known
) -> bool:
    """Let a case be due when whoever gave it now says; tells whether it is open at all."""
    case = find(session, number, actor, at, known, lock=True)
    if case.status not in OPEN or case.round != 1:
        return False
    rungs = rows_of(session, [case.id])[case.id]
    # What the old deadline has come to has happened.
    scene, _ = settle(session, scene_of(session, case, actor, at, known), known, rungs)
    role = next((duty.role for duty in actor.duties), actor.role or Role.IMPORT)
    data = {"given_due": due}
    same = {"status": scene.status.value}
    moved = Moved(STEPS["recompute"], role, scene.status, scene.status, same, data)
    event = apply(session, replace(scene, given={}), moved)
    planned(session, replace(scene, past=(*scene.past, past(event))), known, rungs)
    flush(session)
    return True
