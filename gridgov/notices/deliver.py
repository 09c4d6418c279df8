"""One pass of the delivery: from the outbox to messages, leased, sent, marked.

Nothing is sent inside a transaction. Whoever dies between sending and marking leaves a lease that
runs out; the message then goes out again under the same key, so that it arrives at least once and
the other side can tell that it is the same.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.database import transaction
from gridgov.errors import GridgovError, NotFound, trace
from gridgov.keys import Keys
from gridgov.notices.channels import address_of
from gridgov.notices.claim import claim, mark_dead, mark_failed, mark_sent, postpone
from gridgov.notices.compose import compose
from gridgov.notices.papers import MAIL, WITH_PAPER, Maker, Paper
from gridgov.notices.rules import SMS, TRIES, may_go
from gridgov.notices.send import Outgoing, Send, Sender, sentence
from gridgov.notices.spread import Ground, alone, gather, ground, spread
from gridgov.notices.tables import REPORTER, Channel, Message
from gridgov.notices.threads import Clock, Sending
from gridgov.people.tables import Account
from gridgov.settings import Settings

log = logging.getLogger(__name__)

AT_ONCE = 8  # messages leased and sent side by side
DEADLINE_S = 60.0  # for one of them, whatever the other side does; less than the lease
PASS = timedelta(minutes=5)


class NoSuchAddress(NotFound):
    """Nobody can be reached here any more: the channel, contact or account is gone."""


class NeverMarked(GridgovError):
    """Each process that sent this died before it could say so; it may well have arrived."""


@dataclass
class Delivered:
    """What a pass did."""

    notices: int = 0
    messages: int = 0
    sent: int = 0
    failed: int = 0
    dead: int = 0


class _Try(NamedTuple):
    message: Message
    outgoing: Outgoing


def deliver(
    engine: Engine | Connection,
    settings: Settings,
    now: datetime,
    send: Send | None = None,
    *,
    papers: Maker | None = None,
    deadline: float = DEADLINE_S,
) -> Delivered:
    """Send what is due until nothing is, or the pass has lasted some minutes.

    `send` is by default what the settings say; `papers` makes what goes with an e-mail. Any
    number of processes may do this at once.
    """
    sender = Sender.of(settings)
    clock = Clock(now)
    done = Delivered()
    prepare(engine, settings, now, done, phones=sender.phones)
    while clock() - now < PASS:
        with transaction(engine) as session:
            known = ground(session, settings, phones=sender.phones)
            tries = _ready(session, known, clock(), done, papers)
        if not tries:
            break
        _send_all(engine, known, tries, send or sender, clock, done, deadline)
    return done


def prepare(
    engine: Engine | Connection, settings: Settings, now: datetime, done: Delivered, *, phones: bool
) -> None:
    """Turn the outbox into messages, some hundred notices to a transaction."""
    met = 1
    while met:
        with transaction(engine) as session:
            if not alone(session):
                return
            known = ground(session, settings, phones=phones)
            met = spread(session, known, now)
            if not met:
                done.messages += gather(session, known, now)
        done.notices += met


def _ready(
    session: Session, known: Ground, now: datetime, done: Delivered, papers: Maker | None
) -> list[_Try]:
    """Lease some messages and read what each needs; those that cannot go are given up."""
    while messages := claim(session, now, secrets.token_hex(16), AT_ONCE):
        tries = []
        for message in messages:
            goes = may_go(now, known.calendar(message.park_code), urgent=message.urgent)
            if goes > now:
                postpone(message, goes)
                continue
            try:
                if message.tries > TRIES:
                    raise NeverMarked
                tries.append(_Try(message, _outgoing(session, message, known, papers)))
            except Exception as error:
                # Such as a template that an office broke: it must not hold up the others.
                log.error("message %s cannot go out: %s", message.id, trace(error))
                mark_dead(message, sentence(error))
                done.dead += 1
        session.flush()
        if tries:
            return tries
    return []


def _outgoing(session: Session, message: Message, known: Ground, papers: Maker | None) -> Outgoing:
    notices = [delivery.notice for delivery in message.deliveries]
    keys = known.settings.keys
    if message.recipient.startswith(f"{REPORTER}:"):
        found = _reporter(notices[0].case, keys)
    elif _let_in(session, int(message.channel)):
        found = address_of(session, keys, message.recipient, int(message.channel))
    else:
        found = None
    if found is None:
        raise NoSuchAddress
    text = compose(notices, known.settings, known.calendar(message.park_code))
    made: tuple[Callable[[], Paper], ...] = ()
    if papers is not None and found[0].startswith(MAIL):
        made = tuple(
            partial(papers, message.recipient, notice.data)
            for notice in notices
            if notice.template in WITH_PAPER
        )
    return Outgoing(message.key, *found, text.title, text.body, message.urgent, made)


def _let_in(session: Session, key: int) -> bool:
    """Tell whether a channel is not that of an account which has ended since it was chosen."""
    channel = session.get(Channel, key)
    account = session.get(Account, channel.account_id) if channel and channel.account_id else None
    return account is None or account.active


def _reporter(case: Any, keys: Keys) -> tuple[str, str] | None:
    if case.reporter is None:
        return None
    # Unsealed only now, when it is needed, and only for who asked to be told.
    phone = json.loads(keys.unseal(case.reporter.sealed, case.number)).get("phone")
    log.info("the contact of case %s was read to send its reporter a notice", case.number)
    return (SMS, f"{SMS}:{phone}") if phone else None


def _send_all(
    engine: Engine | Connection,
    known: Ground,
    tries: Sequence[_Try],
    send: Send,
    clock: Callable[[], datetime],
    done: Delivered,
    deadline: float,
) -> None:
    """Send side by side, so that one that hangs keeps nobody else waiting for long."""
    running = [Sending(partial(send, one.outgoing)) for one in tries]
    ends = time.monotonic() + deadline
    for sending, one in zip(running, tries, strict=True):
        error = sending.outcome(max(0.0, ends - time.monotonic()))
        if error is None:
            mark_sent(engine, one.message.id, clock())
            done.sent += 1
            continue
        said = sentence(error)
        log.warning("message %s did not go out: %s", one.message.id, said)
        if mark_failed(engine, one.message, known, said, clock()):
            done.dead += 1
        else:
            done.failed += 1
