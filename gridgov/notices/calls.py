"""Each step as a signed call to each webhook, those of one case in the order of its versions.

The body says which step moved which case, when, from where to where: no person, no text, no
place. Cases of Party service are not told, nor what was imported. The signature is HMAC-SHA256
over the time of sending, a full stop, and the body; who checks both cannot be shown an old call.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, aliased, joinedload

from gridgov.database import transaction
from gridgov.notices.claim import LEASE
from gridgov.notices.deliver import AT_ONCE, DEADLINE_S, PASS, Delivered, NeverMarked
from gridgov.notices.gateway import post
from gridgov.notices.guard import guarded
from gridgov.notices.rules import TRIES, key_of, wait
from gridgov.notices.send import READ_S, NotTaken, sentence
from gridgov.notices.spread import alone
from gridgov.notices.tables import DEAD, FAILED, LEASED, OPEN, SENT, WAITING, Call, Webhook
from gridgov.notices.threads import Clock, Sending
from gridgov.notices.webhooks import active, cases, events, secret_of
from gridgov.settings import Settings

log = logging.getLogger(__name__)

BATCH = 500
# No step takes longer to be committed than this: an event with a lower id has come by then.
SETTLES = timedelta(minutes=10)


class _Out(NamedTuple):
    id: int
    lease: str
    key: str
    tries: int
    url: str
    secret: str
    body: bytes


def call_all(
    engine: Engine | Connection,
    settings: Settings,
    now: datetime,
    *,
    deadline: float = DEADLINE_S,
) -> Delivered:
    """Tell the webhooks what happened, until nothing is left or the pass has lasted minutes."""
    done, clock = Delivered(), Clock(now)
    done.messages = _feed(engine, now)
    while clock() - now < PASS:
        with transaction(engine) as session:
            claimed = _claim(session, clock())
            calls = [_out(one, settings) for one in claimed if one.state == LEASED]
        if not claimed:
            break
        running = [Sending(partial(_call, one, settings, clock)) for one in calls]
        ends = time.monotonic() + deadline
        for one, sending in zip(calls, running, strict=True):
            _mark(engine, one, sending.outcome(max(0.0, ends - time.monotonic())), clock(), done)
    return done


def _feed(engine: Engine | Connection, now: datetime) -> int:
    fed, more = 0, True
    while more:
        with transaction(engine) as session:
            if not alone(session):
                return fed
            added = [_add(session, webhook, now) for webhook in active(session)]
        fed, more = fed + sum(added), any(count == BATCH for count in added)
    return fed


def _add(session: Session, webhook: Webhook, now: datetime) -> int:
    event, case = events(), cases()
    there = sa.exists().where(Call.webhook_id == webhook.id, Call.event_id == event.id)
    query = (
        sa.select(event.id, event.case_id, event.version)
        .join(case, case.id == event.case_id)
        .where(event.id > webhook.settled_id, event.role != "import", ~there)
        .where(sa.func.coalesce(case.kind, "") != "party")
        .order_by(event.case_id, event.version)
        .limit(BATCH)
    )
    found = session.execute(query).all()
    for key, case_id, version in found:
        session.add(
            Call(
                webhook_id=webhook.id,
                event_id=key,
                case_id=case_id,
                version=version,
                key=key_of(key, f"webhook:{webhook.id}", webhook.added_at.isoformat()),
                state=WAITING,
                tries=0,
                next_at=now,
            )
        )
    if len(found) < BATCH and webhook.seen_at <= now - SETTLES:
        webhook.settled_id = webhook.seen_id
        webhook.seen_id = session.scalar(sa.select(sa.func.max(event.id))) or 0
        webhook.seen_at = now
    session.flush()
    return len(found)


def _claim(session: Session, now: datetime) -> list[Call]:
    before = aliased(Call)
    earlier = sa.exists().where(
        before.webhook_id == Call.webhook_id,
        before.case_id == Call.case_id,
        before.version < Call.version,
        before.state.in_(OPEN),
    )
    due = (
        sa.select(Call)
        .where(Call.state.in_(OPEN), Call.next_at <= now, ~earlier)
        .order_by(Call.next_at, Call.id)
        .limit(AT_ONCE)
        .with_for_update(of=Call, skip_locked=True)
    )
    lease = secrets.token_hex(16)
    found = list(session.scalars(due.options(joinedload(Call.webhook))))
    for call in found:
        call.state, call.lease, call.next_at = LEASED, lease, now + LEASE
        call.tries += 1
    for call in found:
        if call.tries > TRIES:
            call.state, call.lease, call.error = DEAD, None, str(NeverMarked())
    session.flush()
    return found


def _out(call: Call, settings: Settings) -> _Out:
    event = call.event
    told: dict[str, Any] = {
        "id": call.key,
        "case": event.case.number,
        "version": event.version,
        "round": event.round,
        "step": event.step,
        "from": event.from_status,
        "to": event.to_status,
        "unit": event.unit_code,
        "at": event.at.astimezone(UTC).isoformat(),
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    secret = secret_of(call.webhook, settings.keys)
    return _Out(call.id, call.lease or "", call.key, call.tries, call.webhook.url, secret, body)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what the header GridGov-Signature shows: v1= and the digest in hexadecimal."""
    text = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class Signed(NamedTuple):
    """A call that can be told from a forged one."""

    url: str
    secret: str
    key: str  # the same for as often as it is sent
    body: bytes
    media_type: str = "application/json"


def post_signed(call: Signed, settings: Settings, clock: Clock) -> None:
    """Send a call; raises NotTaken, or what refuses its host."""
    timestamp = str(int(clock().timestamp()))
    headers = {
        "Content-Type": call.media_type,
        "Idempotency-Key": call.key,
        "GridGov-Timestamp": timestamp,
        "GridGov-Signature": signature(call.secret, timestamp, call.body),
    }
    with guarded(settings.notice_hosts_allowed):
        try:
            post(call.url, call.body, headers, READ_S)
        except (OSError, HTTPException) as error:
            raise NotTaken(why=type(error).__name__) from error


def _call(out: _Out, settings: Settings, clock: Clock) -> None:
    post_signed(Signed(out.url, out.secret, out.key, out.body), settings, clock)


def _mark(
    engine: Engine | Connection,
    out: _Out,
    error: BaseException | None,
    now: datetime,
    done: Delivered,
) -> None:
    if error is None:
        where = Call.id == out.id
        values: dict[str, Any] = {"state": SENT, "sent_at": now, "error": None, "lease": None}
        done.sent += 1
    else:
        said, dead = sentence(error), out.tries >= TRIES
        log.warning("call %s did not go out: %s", out.id, said)
        where = sa.and_(Call.id == out.id, Call.lease == out.lease, Call.state == LEASED)
        values = {
            "state": DEAD if dead else FAILED,
            "next_at": now + wait(out.tries, out.key),
            "error": said[:300],
            "lease": None,
        }
        done.dead += dead
        done.failed += not dead
    with transaction(engine) as session:
        session.execute(sa.update(Call).where(where).values(**values))
