"""Calling: the contact for one call, logged as an event of the case; and a try that reached nobody.

Both lock the case first, as steps do, so that of two callers one is told that the other calls.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.callbacks.find import ToCall, callable_by
from gridgov.callbacks.refusals import BeingCalled, CallbackOver, CallbackTooEarly, NotCalled
from gridgov.callbacks.rules import LEASE, TRIES, UNREACHED, WAITING, next_from
from gridgov.callbacks.tables import Callback
from gridgov.cases.act import scene_of
from gridgov.cases.contact import Contact, unseal
from gridgov.cases.known import Known
from gridgov.cases.rules import advance
from gridgov.cases.tables import Case, Reporter
from gridgov.cases.workflow import CLOSED, STEPS
from gridgov.cases.write import apply, flush
from gridgov.errors import NotFound
from gridgov.people.actors import Actor

MOST = 2**31 - 1  # what both databases take as a key


class Called(NamedTuple):
    """A call that somebody makes now, and whom they reach by it."""

    callback: Callback
    case: Case
    contact: Contact


def call(session: Session, key: int, actor: Actor, at: datetime, known: Known) -> Called:
    """Return the contact for one call, and let nobody else call for half an hour.

    Who asks again within their own lease gets the same answer, and no second event.

    Raises: NotFound, CallbackOver, CallbackTooEarly, BeingCalled.
    """
    callback, case, reporter = _find(session, key, actor, at, known)
    _check_stands(callback, case)
    leased = callback.lease_ends is not None and callback.lease_ends > at
    if leased and callback.caller_code != actor.person:
        raise BeingCalled
    if at < callback.next_from:
        raise CallbackTooEarly
    if not leased:
        _log(session, callback, case, actor, at, known)
        callback.caller_code, callback.lease_ends = actor.person, at + LEASE
        flush(session)
    return Called(callback, case, unseal(reporter, known.settings.keys, case.number))


def _log(
    session: Session, callback: Callback, case: Case, actor: Actor, at: datetime, known: Known
) -> None:
    scene = scene_of(session, case, actor, at, known)
    scene = replace(scene, given={"purpose": "callback"})
    moved = advance(scene, STEPS["read_contact"])
    moved.data["callback"] = callback.id
    apply(session, replace(scene, role=moved.role, step=moved.step), moved)


def not_reached(session: Session, key: int, actor: Actor, at: datetime, known: Known) -> ToCall:
    """Record that a call reached nobody; said again, it counts once.

    Raises: NotFound, NotCalled, CallbackOver.
    """
    callback, case, reporter = _find(session, key, actor, at, known)
    if callback.caller_code != actor.person:
        raise NotCalled
    if callback.lease_ends is not None:
        _check_stands(callback, case)
        callback.tries += 1
        # The hour at which it rang counts, not the one at which somebody came to say so.
        rang = callback.lease_ends - LEASE
        callback.lease_ends = None
        callback.next_from = next_from(rang, known.calendar(case.park_code))
        if callback.tries >= TRIES:
            callback.state = UNREACHED
        session.flush()
    return ToCall(callback, case, reporter.masked)


def _find(
    session: Session, key: int, actor: Actor, at: datetime, known: Known
) -> tuple[Callback, Case, Reporter]:
    callback = session.get(Callback, key) if key <= MOST else None
    if callback is None:
        raise NotFound(field="key")
    query = (
        sa.select(Case, Reporter)
        .join(Reporter, Reporter.case_id == Case.id)
        .where(Case.id == callback.case_id, callable_by(actor, known.office, at))
        .with_for_update(of=Case)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(field="key")
    # Read again: whoever had the case until now may have called.
    session.refresh(callback)
    return callback, found.Case, found.Reporter


def _check_stands(callback: Callback, case: Case) -> None:
    same = case.round == callback.round and case.closed_at == callback.closed_at
    if callback.state != WAITING or case.status != CLOSED or not same:
        raise CallbackOver
