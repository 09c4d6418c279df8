"""From the outbox to messages: who is meant, by which channels, and what goes together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from gridgov.database import dialect_of
from gridgov.notices.rules import SMS, Way, key_of, may_go, persons, ways
from gridgov.notices.tables import (
    ACCOUNT,
    OPEN,
    REPORTER,
    WAITING,
    Channel,
    Delivery,
    Message,
    Notice,
    of_account,
)
from gridgov.park.index import MapIndex, maps
from gridgov.people.office import Office, office
from gridgov.people.roles import UNIT_ROLES
from gridgov.people.tables import Account
from gridgov.settings import Settings
from gridgov.worktime.calendar import Calendar
from gridgov.worktime.rows import Calendars, calendars

BATCH = 500
OUTSIDE = frozenset({REPORTER, ACCOUNT})  # who is on no shift
_LOCK = 0x6E6F7469  # "noti": one process at a time turns notices into messages


@dataclass(frozen=True)
class Ground:
    """What is known of people and working time."""

    settings: Settings
    office: Office
    maps: MapIndex
    calendars: Calendars
    phones: bool  # whether there is a gateway for SMS and calls

    def calendar(self, park: str | None) -> Calendar:
        """Return the working time of a park."""
        found = self.maps.parks.get(park or "")
        return self.calendars.of(park, found.zone if found else self.settings.zone)


def ground(session: Session, settings: Settings, *, phones: bool) -> Ground:
    """Read what choosing recipients needs."""
    return Ground(settings, office(session), maps(session), calendars(session), phones)


def alone(session: Session) -> bool:
    """Tell whether this process may turn notices into messages now; on SQLite it always may."""
    if dialect_of(session) != "postgresql":
        return True
    return bool(session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))))


def spread(session: Session, known: Ground, now: datetime) -> int:
    """Turn some notices whose time has come into deliveries; returns how many notices it met."""
    query = (
        sa.select(Notice)
        .where(Notice.spread_at.is_(None), sa.or_(Notice.due_at.is_(None), Notice.due_at <= now))
        .order_by(Notice.id)
        .limit(BATCH)
    )
    notices = list(session.scalars(query))
    if not notices:
        return 0
    _load_cases(session, notices)
    meant = {
        notice.id: _recipients(session, notice, known, now)
        for notice in notices
        if _due(notice, known, now)
    }
    by_holder = _ways(session, {code for found in meant.values() for code in found})
    for notice in notices:
        if notice.id in meant:
            notice.spread_at = now
            notice.reached = 0
            for recipient in meant[notice.id]:
                _deliver(session, notice, recipient, by_holder.get(recipient, ()), known)
    session.flush()
    return len(notices)


def _load_cases(session: Session, notices: Sequence[Notice]) -> None:
    case = sa.inspect(Notice).relationships["case"].mapper.class_
    ids = {notice.case_id for notice in notices if notice.case_id is not None}
    options = (selectinload(case.subjects), joinedload(case.reporter))
    kept = list(session.scalars(sa.select(case).where(case.id.in_(ids)).options(*options)))
    session.info["notices_cases"] = kept  # else the identity map forgets them at once


def _due(notice: Notice, known: Ground, now: datetime) -> bool:
    calendar = known.calendar(_park(notice))
    notice.due_at = may_go(now, calendar, urgent=_urgent(notice))
    return notice.due_at <= now


def _park(notice: Notice) -> str | None:
    """Return whose office hours count: the case's park's, without a case the installation's."""
    return None if notice.case is None else notice.case.park_code


def _urgent(notice: Notice) -> bool:
    # Urgent is what somebody on duty must do, not what a reporter may like to know.
    return notice.urgent and notice.to_kind not in OUTSIDE


def _recipients(session: Session, notice: Notice, known: Ground, now: datetime) -> list[str]:
    case = notice.case
    if notice.to_kind == REPORTER:
        if case.reporter is not None and case.reporter.masked.get("notices") == SMS:
            return [f"{REPORTER}:{case.number}"]
        return _of_account(session, case.reporter_account_id)
    if notice.to_kind == ACCOUNT:
        return _of_account(session, int(notice.to_code))
    local = now.astimezone(known.calendar(_park(notice)).zone)
    found = persons(
        notice.to_kind, notice.to_code, known.office, now, local, urgent=_urgent(notice)
    )
    return [code for code in found if case is None or not _about(case, code, known.office, now)]


def _of_account(session: Session, key: int | None) -> list[str]:
    """Return whose an account is, or itself where it is nobody's; nobody once it is let in no more.

    So whoever has both a duty and an account is one recipient, by the channels that they have.
    """
    account = session.get(Account, key) if key is not None else None
    if account is None or not account.active:
        return []
    return [account.person_code or of_account(account.id)]


def _about(case: Any, code: str, office: Office, now: datetime) -> bool:
    """Tell whether a case is about somebody, or about a unit of theirs: they hear nothing of it."""
    units = {unit for one in case.subjects if one.unit_code for unit in office.below(one.unit_code)}
    held = office.duties_of(code, now)
    own: set[str | None] = {duty.place for duty in held if duty.role in UNIT_ROLES}
    own |= {office.people[code].unit} if code in office.people else set()
    return bool(own & units) or any(one.person_code == code for one in case.subjects)


def _ways(session: Session, recipients: set[str]) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = defaultdict(list)
    own = f"{ACCOUNT}:"
    accounts = [int(one.removeprefix(own)) for one in recipients if one.startswith(own)]
    theirs = sa.or_(Channel.person_code.in_(recipients), Channel.account_id.in_(accounts))
    query = sa.select(Channel.person_code, Channel.account_id, Channel.id, Channel.kind)
    for person, account, key, kind in session.execute(query.where(theirs).order_by(Channel.id)):
        found[person or of_account(account)].append(Way(key, kind))
    return found


def _deliver(
    session: Session, notice: Notice, recipient: str, held: Sequence[Way], known: Ground
) -> None:
    urgent = _urgent(notice)
    if recipient.startswith(f"{REPORTER}:"):
        channels = [SMS] if known.phones else []
    else:
        channels = [str(way.id) for way in ways(held, urgent=urgent, phones=known.phones)]
    notice.reached = (notice.reached or 0) + len(channels)
    for channel in channels:
        session.add(
            Delivery(notice_id=notice.id, recipient=recipient, channel=channel, urgent=urgent)
        )


def gather(session: Session, known: Ground, now: datetime) -> int:
    """Put deliveries together into messages, one per recipient and channel.

    What is not urgent waits until the message before it has gone out or died: when a target has
    been away for hours, it gets one digest then, not a flood.
    """
    free = sa.select(Delivery).where(Delivery.message_id.is_(None)).order_by(Delivery.id)
    together: dict[tuple[str, str, bool], list[Delivery]] = defaultdict(list)
    for delivery in session.scalars(free):
        together[delivery.recipient, delivery.channel, delivery.urgent].append(delivery)
    if not together:
        return 0
    busy = _busy(session)
    made = 0
    for (recipient, channel, urgent), deliveries in together.items():
        if not urgent and (recipient, channel) in busy:
            continue
        first = deliveries[0]
        park = _park(session.get_one(Notice, first.notice_id))
        message = Message(
            key=key_of(first.notice_id, recipient, channel),
            recipient=recipient,
            channel=channel,
            urgent=urgent,
            park_code=park,
            state=WAITING,
            tries=0,
            next_at=may_go(now, known.calendar(park), urgent=urgent),
            created_at=now,
        )
        session.add(message)
        session.flush()
        for delivery in deliveries:
            delivery.message_id = message.id
        made += 1
    session.flush()
    return made


def _busy(session: Session) -> set[tuple[str, str]]:
    query = sa.select(Message.recipient, Message.channel).where(
        Message.state.in_(OPEN), sa.not_(Message.urgent)
    )
    return {(recipient, channel) for recipient, channel in session.execute(query)}


def unreached(session: Session) -> Sequence[Notice]:
    """Return urgent notices that reached nobody, because nobody meant has a channel."""
    query = (
        sa.select(Notice)
        .where(Notice.urgent, Notice.reached == 0, Notice.to_kind.not_in(OUTSIDE))
        .order_by(Notice.id.desc())
    )
    return session.scalars(query).all()
