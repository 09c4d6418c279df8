"""Hands cases to other bodies and follows them: the job's three parts, each in its transactions.

That a case lies with such a unit is itself the outbox: what was dispatched and committed is found,
and sent afterwards. Nothing goes out inside a transaction; what goes out twice, because a process
died between sending and noting, has the same key and is the same request there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act, scene_of
from gridgov.cases.fields import TEXT_LENGTH
from gridgov.cases.known import Known, known
from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.errors import GridgovError, NotFound
from gridgov.federation.client import Refused, Silent
from gridgov.federation.rules import recalled, steps, told
from gridgov.federation.tables import DEAD, ENDED, RECALLED, SENT, WAITING, HandOff
from gridgov.federation.turn import Out, claimed, find
from gridgov.notices.compose import FOLDER, words
from gridgov.notices.rules import TRIES, wait
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld
from gridgov.people.roles import Role
from gridgov.settings import Settings

log = logging.getLogger(__name__)

LOOKED_EVERY = timedelta(minutes=5)


class NoSuchHandOff(NotFound):
    """There is no case with this id that could not be handed over; `gridgov federation list`."""


@dataclass
class Done:
    """What one pass did."""

    found: int = 0
    sent: int = 0
    recalled: int = 0
    steps: int = 0
    failed: int = 0
    dead: int = 0
    away: set[str] = field(default_factory=set)  # units that did not answer


def run(engine: Engine | Connection, settings: Settings, now: datetime) -> Done:
    """Find what lies with other bodies, send what waits, look at what was sent."""
    done = Done()
    with transaction(engine) as session:
        done.found = find(session, now)
    for state, work in ((WAITING, _send), (SENT, _follow), (RECALLED, _recall)):
        for out in claimed(engine, settings, now, state):
            if out.unit in done.away:
                # Who did not answer for one does not keep all others waiting.
                again = now + wait(out.tries, out.begun)
                _set(engine, out, tries=out.tries - 1, next_at=again)
            else:
                work(engine, settings, out, now, done)
    return done


def _send(
    engine: Engine | Connection, settings: Settings, out: Out, now: datetime, done: Done
) -> None:
    try:
        answer = out.remote.post("requests", out.form, out.begun)
        number = _number(answer)
    except GridgovError as error:
        _failed(engine, settings, out, error, now, done)
        return
    done.sent += 1
    _set(engine, out, state=SENT, remote=number, sent_at=now, tries=0, next_at=now)


def _recall(
    engine: Engine | Connection, settings: Settings, out: Out, now: datetime, done: Done
) -> None:
    """Tell the other body once that it need do no more, and follow it no longer."""
    said = words(FOLDER, settings.languages[0])["phrases"]["taken_back"]
    update = recalled(out.request or "", out.begun, said)
    try:
        out.remote.post("servicerequestupdates", update, f"{out.begun}.recalled")
    except GridgovError as error:
        # mySociety's extension, which not everybody speaks: then only staff can tell them.
        _failed(engine, settings, out, error, now, done)
        return
    done.recalled += 1
    _set(engine, out, state=ENDED, error=None)


def _number(answer: Any) -> str:
    """Return the number that a request got there; a token where it has none yet."""
    one = answer[0] if isinstance(answer, list) and answer else {}
    found = one.get("service_request_id") or one.get("token") if isinstance(one, dict) else None
    if not found or len(str(found)) > 100:
        raise Refused(status="?", said="service_request_id")
    return str(found)


def _failed(
    engine: Engine | Connection,
    settings: Settings,
    out: Out,
    error: GridgovError,
    now: datetime,
    done: Done,
) -> None:
    # Who refuses will refuse again; who is not there may be later.
    dead = isinstance(error, Refused) or out.tries >= TRIES
    done.away |= {out.unit} if isinstance(error, Silent) else set()
    log.warning("case %s did not reach %s: %s", out.number, out.unit, error)
    done.dead += dead
    done.failed += not dead
    again = now + wait(out.tries, out.begun)
    _set(engine, out, error=str(error)[:300], **({"state": DEAD} if dead else {"next_at": again}))
    if dead:
        _say_so(engine, settings, out, error, now)


def _say_so(
    engine: Engine | Connection, settings: Settings, out: Out, error: GridgovError, now: datetime
) -> None:
    """Let whoever opens the case read that the other body does not have it."""
    why = " ".join(str(value) for value in error.values.values())
    wish = Wish("comment", None, {"text": f"Open311 {out.unit_name}: {why}"[:TEXT_LENGTH]})
    with suppress(GridgovError), transaction(engine) as session:
        actor = acting(out.unit, out.begun, now)
        act(session, out.number, [wish], actor, now, known(session, settings))


def _follow(
    engine: Engine | Connection, settings: Settings, out: Out, now: datetime, done: Done
) -> None:
    number = out.request or ""
    try:
        request = out.remote.get(f"requests/{number}", extensions="true")
        said = told(request, _updates(out, number), number)
        with transaction(engine) as session:
            done.steps += _taken(session, settings, out, said, now)
    except GridgovError as error:
        log.warning("case %s at %s: %s", out.number, out.unit, error)
        done.failed += 1
        done.away |= {out.unit} if isinstance(error, Silent) else set()
        _set(engine, out, error=str(error)[:300], next_at=now + wait(out.tries, out.begun))
        return
    _set(engine, out, error=None, tries=0, next_at=now + LOOKED_EVERY)


def _updates(out: Out, number: str) -> Any:
    since = (out.since - timedelta(minutes=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return out.remote.get("servicerequestupdates", service_request_id=number, start_date=since)
    except Refused:
        return []  # mySociety's extension, which not everybody speaks


def _taken(session: Session, settings: Settings, out: Out, said: Any, now: datetime) -> int:
    """Take the unit's steps, and note in the same transaction what they took over."""
    row = session.scalars(
        sa.select(HandOff).where(HandOff.id == out.id, HandOff.lease == out.lease).with_for_update()
    ).one_or_none()
    case = session.scalars(sa.select(Case).where(Case.number == out.number)).one()
    if row is None or case.unit_code != out.unit:
        return 0
    actor, knows = acting(out.unit, out.request or "", now), known(session, settings)
    instead = _instead(session, case, actor, now, knows) if said.not_theirs else None
    wishes, taken = steps(case.status, said, row.seen, out.unit_name, out.request or "", instead)
    if wishes:
        act(session, out.number, wishes, actor, now, knows)
        row.seen = [*row.seen, *taken]
    session.flush()
    return len(wishes)


def _instead(session: Session, case: Case, actor: Actor, now: datetime, knows: Known) -> str | None:
    """Return which unit is proposed for what is not theirs; none where it may not be returned."""
    if case.final or case.pending:
        return None
    scene = scene_of(session, case, actor, now, knows)
    usual = scene.category.unit if scene.category else None
    last = knows.office.fallback(scene.places)
    found = (code for code in (usual, last and last.code) if code and code != case.unit_code)
    return next(found, None)


def acting(unit: str, remote: str, at: datetime) -> Actor:
    """Return the other body as the unit that it is here."""
    duty = DutyHeld("", Role.HANDLER, unit, False, at, None)
    return Actor(unit=unit, duties=(duty,), federated=remote)


def _set(engine: Engine | Connection, out: Out, **values: Any) -> None:
    mine = sa.and_(HandOff.id == out.id, HandOff.lease == out.lease)
    with transaction(engine) as session:
        session.execute(sa.update(HandOff).where(mine).values(lease=None, **values))


def listed(session: Session, most: int = 200) -> Sequence[tuple[HandOff, str]]:
    """Return what lies with other bodies or did not get there, the latest first."""
    query = (
        sa.select(HandOff, Case.number)
        .join(Case, Case.id == HandOff.case_id)
        .where(HandOff.state != ENDED)
        .order_by(HandOff.id.desc())
        .limit(most)
    )
    return [(row, number) for row, number in session.execute(query)]


def retry(session: Session, key: int, now: datetime) -> None:
    """Let what was given up go out again, under the key it had. Raises NoSuchHandOff."""
    again = (
        sa.update(HandOff)
        .where(HandOff.id == key, HandOff.state == DEAD)
        .values(state=WAITING, tries=0, next_at=now, error=None)
        .returning(HandOff.id)
    )
    if session.scalar(again) is None:
        raise NoSuchHandOff
