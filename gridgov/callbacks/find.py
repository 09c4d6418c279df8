"""The caller's list: whose callbacks somebody may make, as one condition for list and call."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.callbacks.rules import WAITING
from gridgov.callbacks.tables import Callback
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.cases.workflow import CLOSED
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import GRID_ROLES, UNIT_ROLES, Role


class ToCall(NamedTuple):
    """A callback with its case, and the contact as it may be shown in a list."""

    callback: Callback
    case: Case
    masked: dict[str, str]


def waiting(session: Session, actor: Actor, at: datetime, known: Known, limit: int) -> list[ToCall]:
    """Return whom a caller may call, the first due first; not whom another is calling now."""
    query = _free(sa.select(Callback, Case, Reporter.masked), actor, at, known)
    ordered = query.order_by(Callback.next_from, Callback.id).limit(limit)
    return [ToCall(*row) for row in session.execute(ordered)]


def number(session: Session, actor: Actor, at: datetime, known: Known) -> int:
    """Return how many there are whom a caller may call."""
    query = _free(sa.select(sa.func.count(Callback.id)), actor, at, known)
    return session.scalar(query) or 0


def _free(
    query: sa.Select[*tuple[Any, ...]], actor: Actor, at: datetime, known: Known
) -> sa.Select[*tuple[Any, ...]]:
    free = sa.or_(
        Callback.lease_ends.is_(None),
        Callback.lease_ends <= at,
        Callback.caller_code == actor.person,
    )
    return (
        query.select_from(Callback)
        .join(Case, Case.id == Callback.case_id)
        .join(Reporter, Reporter.case_id == Case.id)
        .where(Callback.state == WAITING, stands(), free, callable_by(actor, known.office, at))
    )


def closed() -> sa.ColumnElement[bool]:
    """Return the condition that a case is closed and not evaluated yet."""
    # Written out, so that a prepared statement too sees that the partial index will do.
    status: sa.BindParameter[str] = sa.bindparam(None, CLOSED.value, literal_execute=True)
    return Case.status == status


def stands() -> sa.ColumnElement[bool]:
    """Return the condition under which a callback stands; case and callback are joined."""
    same = sa.and_(Case.round == Callback.round, Case.closed_at == Callback.closed_at)
    return sa.and_(closed(), same)


def callable_by(actor: Actor, office: Office, at: datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which somebody may call a case's reporter.

    Callers, within their areas; never of the handling unit or of the case's grid, and never a
    confidential case, whose contact only dispatchers see.
    """
    areas = [duty.place for duty in actor.duties if duty.role is Role.CALLER]
    if not areas or actor.person is None:
        return sa.false()
    return sa.and_(
        visible(actor, office, at),
        sa.or_(*(Case.area_code.startswith(area, autoescape=True) for area in areas)),
        sa.func.coalesce(Case.kind, "") != "party",
        ~Case.confidential,
        _impartial(actor, office),
    )


def _impartial(actor: Actor, office: Office) -> sa.ColumnElement[bool]:
    """The guard `caller_impartial` for lists."""
    grids = [duty.place for duty in actor.duties if duty.role in GRID_ROLES]
    own = {duty.place for duty in actor.duties if duty.role in UNIT_ROLES} | {actor.unit or ""}
    # The unit that handled it stands for all units below it.
    units = [code for code in office.units if own & office.below(code)]
    handled = (
        sa.select(Event.unit_code)
        .where(Event.case_id == Case.id, Event.step.in_(("submit", "settle", "close_joint")))
        .order_by(Event.version.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )
    by_hand = sa.exists().where(
        Event.case_id == Case.id,
        Event.round == Case.round,
        Event.step.in_(("accept", "submit", "settle", "close_joint")),
        Event.person_code == actor.person,
    )
    return sa.and_(
        sa.func.coalesce(Case.grid_code, "").not_in(grids),
        sa.func.coalesce(handled, "").not_in(units),
        ~by_hand,
    )
