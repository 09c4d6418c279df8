"""A subject's request (PIPL 44-50): all that is held about a telephone number or address.

Made at the counter, by whoever has made sure that the number is theirs. No list of people comes
out of it: one number in, what was reported under it out, and an entry in the journal that does not
hold the number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases.contact import Contact, e164, findable, unseal
from gridgov.cases.known import Known
from gridgov.cases.tables import Attachment, Case, Event, Reporter
from gridgov.notices.channels import address_of
from gridgov.notices.tables import REPORTER, Channel, Delivery, Message, Notice
from gridgov.people.roles import Role
from gridgov.people.tables import Account
from gridgov.privacy.data_map import notice, rules
from gridgov.privacy.erase import CONTACT, JOURNAL, PHOTOS, TEXT, erase
from gridgov.privacy.refusals import NothingHeld, PhoneWrong
from gridgov.privacy.retain import ended_at
from gridgov.privacy.rules import BLANK

CASE = (
    "number", "status", "channel", "external_ref", "category_code", "description", "answers",
    "address", "raw_x", "raw_y", "coord_type", "accuracy_m", "summary", "result", "public_text",
    "confidential", "anonymous", "reported_at", "filed_at", "closed_at",
)  # fmt: skip
# Of an item of their joint case: what was written for it, and the place that it took over.
OF_ITEM = (
    "status", "category_code", "description", "address", "raw_x", "raw_y", "coord_type",
    "accuracy_m", "result", "reported_at", "closed_at",
)  # fmt: skip
SHORTEST = 5
CHANNEL = "channel"
ITEM = "joint"  # the channel of what was no case of anybody's own before


class Found(NamedTuple):
    """A case that was reported under a number, with the contact that was left."""

    case: Case
    contact: Contact


class Held(NamedTuple):
    """All that is held about somebody: as data, and the files that they gave by digest."""

    told: dict[str, Any]
    files: dict[str, str]  # name in the package: digest


class Answer(NamedTuple):
    """What became of one case or channel: what was erased, or why not and until when."""

    number: str  # of a channel its address, masked
    erased: Sequence[str]
    refused: str | None = None  # open, recourse
    until: datetime | None = None


def find(session: Session, who: str, known: Known) -> list[Found]:
    """Return the cases reported under a telephone number or e-mail address, the oldest first.

    Raises PhoneWrong.
    """
    keys, country = known.settings.keys, known.settings.phone_country
    asked = findable(Contact(email=who) if "@" in who else Contact(phone=who), country)
    text = asked.email or asked.phone
    if text is None or len(text) < SHORTEST:
        raise PhoneWrong
    column = Reporter.email_hash if asked.email else Reporter.phone_hash
    query = (
        sa.select(Case, Reporter)
        .join(Reporter, Reporter.case_id == Case.id)
        .where(column.in_(keys.find_by(text)))
        .order_by(Case.id)
        .with_for_update(of=Case)
    )
    rows = session.execute(query).all()
    return [Found(case, unseal(row, keys, case.number)) for case, row in rows]


def held(session: Session, who: str, at: datetime, known: Known, language: str) -> Held:
    """Return all that is held about a number or address, and note that it was handed out.

    Raises PhoneWrong, NothingHeld.
    """
    found = find(session, who, known)
    channels = _channels(session, who, known)
    if not found and not channels:
        raise NothingHeld
    files: dict[str, str] = {}
    cases = [_case(session, one, files) for one in found]
    collected = ("name", "phone", "email", "description", "location", "attachments")
    told = {
        "made_at": at,
        "notice": notice(collected, known.settings, language),
        "cases": cases,
        "channels": [_channel(session, one) for one in channels],
    }
    _note(session, at, known, "subject_export", cases=len(cases), channels=len(channels))
    return Held(told, files)


def _case(session: Session, found: Found, files: dict[str, str]) -> dict[str, Any]:
    case, contact = found
    events = session.scalars(
        sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
    ).all()
    attached = session.scalars(
        sa.select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.id)
    )
    given = [one for one in attached if one.audience == "reporter"]
    names = [f"files/{case.number}-{one.id}.{one.media_type.rpartition('/')[2]}" for one in given]
    files.update({name: one.digest for name, one in zip(names, given, strict=True)})
    # By the contact that they left, by their account, or by the duty that they have.
    to_reporter = (
        sa.select(Delivery.message_id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.case_id == case.id, Notice.to_kind == REPORTER)
    )
    sent = sa.select(Message).where(Message.id.in_(to_reporter))
    return {name: getattr(case, name) for name in CASE} | {
        "place": _place(case),
        "items": [
            {name: getattr(item, name) for name in OF_ITEM} | {"place": _place(item)}
            for item in _items(session, [case])
        ],
        "contact": contact._asdict(),
        "events": [_event(one) for one in events if one.audience == "reporter"],
        "contact_was_read": [
            {"at": one.at, "role": one.role, "purpose": one.data.get("purpose")}
            for one in events
            if one.step == "read_contact"
        ],
        "messages": [
            {"at": one.created_at, "channel": one.channel, "state": one.state}
            for one in session.scalars(sent.order_by(Message.id))
        ],
        "files": names,
    }


def _place(case: Case) -> dict[str, float] | None:
    return {"lon": case.point.lon, "lat": case.point.lat} if case.point else None


def _event(event: Event) -> dict[str, Any]:
    # What the reporter could read by number and code all the time: no names of staff.
    shown = ("at", "step", "from_status", "to_status", "text")
    own = event.role == Role.REPORTER or event.step == "report"
    data = {"notice": event.data["notice"]} if own and "notice" in event.data else {}
    return {name: getattr(event, name) for name in shown} | {"by_reporter": own} | data


def _channel(session: Session, one: Channel) -> dict[str, Any]:
    whose = {"person": one.person_code}
    if one.account_id is not None:
        whose = {"account": session.get_one(Account, one.account_id).login}
    return {"kind": one.kind, "added_at": one.added_at} | whose


def _channels(session: Session, who: str, known: Known) -> list[Channel]:
    """Return the channels, of staff and of accounts, that have this number or address."""
    keys, country = known.settings.keys, known.settings.phone_country
    found = []
    for row in session.scalars(sa.select(Channel).order_by(Channel.id)):
        _, address = address_of(session, keys, row.holder, row.id) or ("", "")
        number = address.partition(":")[2]
        same = e164(number, country) == e164(who, country) if number.lstrip("+").isdigit() else None
        if same or ("@" in who and who.casefold() in address.casefold()):
            found.append(row)
    return found


def erase_all(session: Session, who: str, at: datetime, known: Known) -> list[Answer]:
    """Erase what the law lets go of a number or address; refuse the rest, with why and until when.

    Raises PhoneWrong, NothingHeld.
    """
    kept, answers = rules(known.settings), []
    theirs = [case for case, _ in find(session, who, known)]
    for case in [*theirs, *_items(session, theirs)]:
        free = kept.erasable_from(case.status, ended_at(session, case))
        if free is None or free > at:
            answers.append(Answer(case.number, (), "recourse" if free else "open", free))
            continue
        parts = [CONTACT, PHOTOS]
        if kept.of_text(case.kind, case.category_code) == BLANK:
            parts.append(TEXT)
        answers.append(Answer(case.number, erase(session, case, parts, "request", at, known)))
    own = [one for one in _channels(session, who, known) if one.account_id is not None]
    if not answers and not own:
        raise NothingHeld
    refused = sum(1 for one in answers if one.refused)
    counts = {"cases": len(answers), "refused": refused, "channels": len(own)}
    for one in own:  # by consent, which is taken back; by those of staff they are called to work
        session.delete(one)
        answers.append(Answer(one.label, (CHANNEL,)))
    _note(session, at, known, "subject_erasure", **counts)
    return answers


def _items(session: Session, cases: Sequence[Case]) -> Sequence[Case]:
    """Return what was written for joint cases as their items: of the same matter and place."""
    ids = [case.id for case in cases if case.joint]
    query = sa.select(Case).where(Case.joint_id.in_(ids), Case.channel == ITEM)
    return session.scalars(query.order_by(Case.id).with_for_update()).all() if ids else ()


def _note(session: Session, at: datetime, known: Known, what: str, **data: int) -> None:
    journal(session, known.settings.keys, at, what, journal=JOURNAL, data=data)
