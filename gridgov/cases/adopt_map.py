"""Puts cases on another version of the map, and hands over those whose grid changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.reroute import located_again
from gridgov.cases.rules import Moved
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN, STEPS, Status
from gridgov.cases.write import apply, flush
from gridgov.epochs import bump
from gridgov.park.tables import MapVersion
from gridgov.people.actors import CLOCK
from gridgov.people.roles import Role

BATCH = 500


@dataclass(frozen=True)
class HandedOver:
    """An open case whose grid changed with the map."""

    number: str
    before: str | None
    after: str | None


def adopt(session: Session, at: datetime, known: Known) -> list[HandedOver]:
    """Move all open cases to the map of this day, if a version began that was not adopted yet.

    Cases that have ended keep the cell of their time. Returns those whose grid changed, each
    handed over with an event and notices.
    """
    today = at.astimezone(known.settings.zone).date()
    waiting = MapVersion.adopted_at.is_(None) & (MapVersion.active_from <= today)
    if session.scalar(sa.select(MapVersion.id).where(waiting).limit(1)) is None:
        return []
    session.execute(sa.update(MapVersion).where(waiting).values(adopted_at=at))
    bump(session, "map")
    handed: list[HandedOver] = []
    for cases in _open(session):
        handed += [one for case in cases if (one := _moved(session, case, at, known))]
        flush(session)
        session.expunge_all()
    return handed


def _open(session: Session) -> Iterable[list[Case]]:
    last = 0
    query = (
        sa.select(Case)
        .where(Case.status.in_(sorted(OPEN)), Case.point.is_not(None))
        .options(selectinload(Case.subjects))
        .order_by(Case.id)
        .limit(BATCH)
        .with_for_update(of=Case)
    )
    while cases := list(session.scalars(query.where(Case.id > last))):
        last = cases[-1].id
        yield cases


def _moved(session: Session, case: Case, at: datetime, known: Known) -> HandedOver | None:
    scene = Scene.of(
        known,
        case,
        CLOCK,
        at,
        subject_persons=frozenset(one.person_code for one in case.subjects if one.person_code),
        subject_units=frozenset(one.unit_code for one in case.subjects if one.unit_code),
    )
    before = case.grid_code
    changes = located_again(scene, known)
    if changes.get("grid_code", before) == before:
        # Same grid, so nobody's work changes and there is nothing to tell.
        for column, value in changes.items():
            setattr(case, column, value)
        return None
    data = {"grid": changes["grid_code"], "before": before}
    status = Status(case.status)
    step = STEPS["hand_over"]
    moved = Moved(step, Role.CLOCK, status, status, changes | {"status": case.status}, data)
    apply(session, replace(scene, step=step, role=Role.CLOCK), moved)
    return HandedOver(case.number, before, changes["grid_code"])
