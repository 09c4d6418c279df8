"""Hands cases to other bodies and follows them: the job's three parts, each in its transactions.

That a case lies with such a unit is itself the outbox: what was dispatched and committed is found,
and sent afterwards. Nothing goes out inside a transaction; what goes out twice, because a process
died between sending and noting, has the same key and is the same request there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.fields import TEXT_LENGTH
from gridgov.cases.known import known
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CHECKING, DISPATCHED, HANDLING
from gridgov.cases.workflow import ENDED as ENDED_CASES
from gridgov.database import transaction
from gridgov.errors import GridgovError, NotFound
from gridgov.federation.client import Refused, Remote, Silent
from gridgov.federation.rules import BEGINS, form, steps, told
from gridgov.federation.tables import DEAD, ENDED, SENT, WAITING, HandOff
from gridgov.notices.rules import TRIES, wait
from gridgov.people import endpoints
from gridgov.people.actors import Actor
from gridgov.people.office import DutyHeld
from gridgov.people.roles import Role
from gridgov.people.tables import UnitEndpoint
from gridgov.settings import Settings

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
LOOKED_EVERY = timedelta(minutes=5)
REMEMBERED = timedelta(days=89)
BATCH = 50
WORKED = (DISPATCHED, HANDLING)


class NoSuchHandOff(NotFound):
    """There is no case with this id that could not be handed over; `gridgov federation list`."""


@dataclass
class Done:
    """What one pass did."""

    found: int = 0
    sent: int = 0
    steps: int = 0
    failed: int = 0
    dead: int = 0
    away: set[str] = field(default_factory=set)  # units that did not answer


@dataclass(frozen=True)
class _Out:
    """A hand-off on its way, apart from any session."""

    id: int
    lease: str
    tries: int
    number: str
    unit: str
    unit_name: str
    begun: str  # the key of this beginning
    since: datetime
    remote: Remote
    request: str | None
    form: dict[str, str]


def run(engine: Engine | Connection, settings: Settings, now: datetime) -> Done:
    """Find what lies with other bodies, send what waits, look at what was sent."""
    done = Done()
    with transaction(engine) as session:
        done.found = _found(session, now)
    for state, work in ((WAITING, _send), (SENT, _follow)):
        for out in _claimed(engine, settings, now, state):
            if out.unit in done.away:
                # Who did not answer for one does not keep all others waiting.
                again = now + wait(out.tries, out.begun)
                _set(engine, out, tries=out.tries - 1, next_at=again)
            else:
                work(engine, settings, out, now, done)
    return done


def _found(session: Session, now: datetime) -> int:
    """Note each beginning of work by a unit that is another body."""
    begun = (
        sa.select(sa.func.max(Event.version))
        .where(Event.case_id == Case.id, Event.step.in_(BEGINS))
        .scalar_subquery()
    )
    there = sa.exists().where(HandOff.case_id == Case.id, HandOff.version == begun)
    query = (
        sa.select(Case.id, Case.unit_code, begun)
        .join(UnitEndpoint, UnitEndpoint.unit_code == Case.unit_code)
        .where(Case.status.in_(WORKED), sa.func.coalesce(Case.kind, "") != "party", ~there)
        .where(begun.is_not(None))
        .order_by(Case.id)
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    for case_id, unit, version in rows:
        row = HandOff(case_id=case_id, version=version, unit_code=unit, state=WAITING, tries=0)
        row.next_at, row.seen = now, []
        session.add(row)
    session.flush()
    return len(rows)


def _claimed(
    engine: Engine | Connection, settings: Settings, now: datetime, state: str
) -> list[_Out]:
    lease = secrets.token_hex(16)
    with transaction(engine) as session:
        due = (
            sa.select(HandOff)
            .where(HandOff.state == state, HandOff.next_at <= now)
            .order_by(HandOff.next_at, HandOff.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        found = [_out(session, settings, one, now, lease) for one in session.scalars(due)]
        session.flush()
    return [one for one in found if one]


def _out(
    session: Session, settings: Settings, row: HandOff, now: datetime, lease: str
) -> _Out | None:
    """Lease a hand-off; one whose case lies elsewhere by now has ended."""
    case = session.get_one(Case, row.case_id)
    endpoint = endpoints.of_unit(session, row.unit_code)
    begun = sa.select(sa.func.max(Event.version)).where(
        Event.case_id == case.id, Event.step.in_(BEGINS)
    )
    elsewhere = case.unit_code != row.unit_code or case.status in (*ENDED_CASES, CHECKING)
    if endpoint is None or elsewhere or session.scalar(begun) != row.version:
        row.state, row.lease = ENDED, None
        return None
    row.lease, row.next_at = lease, now + LEASE
    row.tries += 1
    knows = known(session, settings)
    category = knows.categories.get(case.category_code or "")
    reason = session.scalars(
        sa.select(Event).where(Event.case_id == case.id, Event.version == row.version)
    ).one()
    said = str(reason.text.get("reason") or "") if reason.step in ("rework", "deny") else None
    remote = Remote(
        endpoint.url,
        endpoints.key_of(endpoint, settings.keys),
        endpoint.jurisdiction,
        settings.notice_hosts_allowed,
    )
    return _Out(
        row.id,
        lease,
        row.tries,
        case.number,
        row.unit_code,
        knows.office.units[row.unit_code].name,
        f"{case.number}.{row.version}",
        max(row.sent_at or now, now - REMEMBERED),
        remote,
        row.remote,
        form(case, endpoint.services, said, category.name if category else case.number),
    )


def _send(
    engine: Engine | Connection, settings: Settings, out: _Out, now: datetime, done: Done
) -> None:
    try:
        answer = out.remote.post("requests", out.form, out.begun)
        number = _number(answer)
    except GridgovError as error:
        _failed(engine, settings, out, error, now, done)
        return
    done.sent += 1
    _set(engine, out, state=SENT, remote=number, sent_at=now, tries=0, next_at=now)


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
    out: _Out,
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
    engine: Engine | Connection, settings: Settings, out: _Out, error: GridgovError, now: datetime
) -> None:
    """Let whoever opens the case read that the other body does not have it."""
    why = " ".join(str(value) for value in error.values.values())
    wish = Wish("comment", None, {"text": f"Open311 {out.unit_name}: {why}"[:TEXT_LENGTH]})
    with suppress(GridgovError), transaction(engine) as session:
        actor = acting(out.unit, out.begun, now)
        act(session, out.number, [wish], actor, now, known(session, settings))


def _follow(
    engine: Engine | Connection, settings: Settings, out: _Out, now: datetime, done: Done
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


def _updates(out: _Out, number: str) -> Any:
    since = (out.since - timedelta(minutes=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return out.remote.get("servicerequestupdates", service_request_id=number, start_date=since)
    except Refused:
        return []  # mySociety's extension, which not everybody speaks


def _taken(session: Session, settings: Settings, out: _Out, said: Any, now: datetime) -> int:
    """Take the unit's steps, and note in the same transaction what they took over."""
    row = session.scalars(
        sa.select(HandOff).where(HandOff.id == out.id, HandOff.lease == out.lease).with_for_update()
    ).one_or_none()
    case = session.scalars(sa.select(Case).where(Case.number == out.number)).one()
    if row is None or case.unit_code != out.unit:
        return 0
    wishes, taken = steps(case.status, said, row.seen, out.unit_name, out.request or "")
    if wishes:
        actor = acting(out.unit, out.request or "", now)
        act(session, out.number, wishes, actor, now, known(session, settings))
        row.seen = [*row.seen, *taken]
    session.flush()
    return len(wishes)


def acting(unit: str, remote: str, at: datetime) -> Actor:
    """Return the other body as the unit that it is here."""
    duty = DutyHeld("", Role.HANDLER, unit, False, at, None)
    return Actor(unit=unit, duties=(duty,), federated=remote)


def _set(engine: Engine | Connection, out: _Out, **values: Any) -> None:
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
