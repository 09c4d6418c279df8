"""Erasing of one case: its contact, its text, its photos; noted as a step that says what went.

What the figures are counted from stays: events with their times, roles and units. Bytes of photos
go with the sweep of files, after the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases import grams
from gridgov.cases.act import find, scene_of
from gridgov.cases.chain import erase_texts
from gridgov.cases.known import Known
from gridgov.cases.rules import advance
from gridgov.cases.standing import is_reporter
from gridgov.cases.tables import Attachment, Case, Event, EventText, Reporter
from gridgov.cases.workflow import OPEN, STEPS
from gridgov.cases.write import apply, flush
from gridgov.notices.tables import ACCOUNT, REPORTER, SENT, Delivery, Message, Notice
from gridgov.people.actors import CLOCK, Actor
from gridgov.privacy.refusals import NoContact, OnlyTheReporter, StillOpen

CONTACT, TEXT, PHOTOS = "contact", "text", "photos"
JOURNAL = "privacy"
PLACED = frozenset({"component", "matter"})  # a lamp's place is nobody's home


def erase(
    session: Session,
    case: Case,
    what: Iterable[str],
    ground: str,
    at: datetime,
    known: Known,
    actor: Actor = CLOCK,
) -> list[str]:
    """Erase parts of a locked case; returns which there were. Without any, nothing happens.

    `ground` says why: retention, request (of the subject, through the office), reporter.
    """
    doing = {CONTACT: _contact, TEXT: _text, PHOTOS: _photos}
    wanted = [part for part in doing if part in what]
    # Judged while it still shows whose case it is.
    scene = scene_of(session, case, actor, at, known)
    moved = advance(scene, STEPS["erase"])
    done = [part for part in wanted if doing[part](session, case, at, known)]
    if not done:
        return []
    changes = moved.changes if CONTACT in done else {"status": moved.changes["status"]}
    moved = replace(moved, changes=changes, data={"what": done, "ground": ground})
    apply(session, replace(scene, role=moved.role, step=moved.step), moved, told=False)
    flush(session)
    if TEXT in done:
        grams.write(session, [case])
    journal(
        session, known.settings.keys, at, "personal_data_erased", journal=JOURNAL,
        data={"number": case.number, "what": done, "ground": ground},
    )  # fmt: skip
    return done


def erase_own(
    session: Session, number: str, actor: Actor, at: datetime, known: Known, *, insists: bool
) -> tuple[Case, list[str]]:
    """Erase a reporter's own contact; while the case is open only if they insist.

    Consent may be taken back at any time; the case itself is still handled. Raises
    OnlyTheReporter, NoContact, StillOpen.
    """
    case = find(session, number, actor, at, known, lock=True)
    scene = scene_of(session, case, actor, at, known, ())
    if not is_reporter(scene):
        raise OnlyTheReporter
    if session.get(Reporter, case.id) is None:
        raise NoContact
    if case.status in OPEN and not insists:
        raise StillOpen(field="insist")
    return case, erase(session, case, [CONTACT], "reporter", at, known, actor)


def _contact(session: Session, case: Case, at: datetime, known: Known) -> bool:
    gone = session.execute(sa.delete(Reporter).where(Reporter.case_id == case.id))
    linked = case.reporter_account_id is not None or case.firm_code is not None
    case.reporter_account_id = None
    case.firm_code = None
    # By name: visits belong to a room beside this one, and which firm's need it was goes, too.
    heard = sa.table("visit_needs", sa.column("case_id"))
    session.execute(sa.delete(heard).where(heard.c.case_id == case.id))
    if case.status not in OPEN:  # whoever has claimed an open wish is still making it come true
        linked = linked or case.claimant_id is not None
        case.claimant_id = None
    linked = _untold(session, case) or linked
    return linked or gone.rowcount > 0  # type: ignore[attr-defined]


def _untold(session: Session, case: Case) -> bool:
    """Forget which accounts were told of a case, and give up what they were still to be told.

    While it is open, only what its reporter was told: whoever has claimed it goes on hearing of it.
    """
    still_open = case.status in OPEN
    kinds = [REPORTER] if still_open else [REPORTER, ACCOUNT]
    told = sa.select(Notice.id).where(Notice.case_id == case.id, Notice.to_kind.in_(kinds))
    # Whoever was told by the contact stands there by the case's number; an account by itself, or
    # by the person that it is.
    by_account = ~Delivery.recipient.startswith(f"{REPORTER}:")
    gone = sa.delete(Delivery).where(Delivery.notice_id.in_(told), by_account)
    messages = set(session.scalars(gone.returning(Delivery.message_id)))
    left = sa.exists().where(Delivery.message_id == Message.id)
    unsent = sa.delete(Message).where(Message.id.in_(messages), Message.state != SENT, ~left)
    session.execute(unsent)
    if still_open:
        return False
    named = sa.delete(Notice).where(Notice.case_id == case.id, Notice.to_kind == ACCOUNT)
    return session.execute(named).rowcount > 0  # type: ignore[attr-defined, no-any-return]


def _text(session: Session, case: Case, at: datetime, known: Known) -> bool:
    # What is asked for holds its reason; of what has ended nobody decides it any more.
    words = ("description", "summary", "answers", "result", "public_text", "pending")
    own = (*words, "address", "raw_x", "raw_y")
    ids = session.scalars(sa.select(Event.id).where(Event.case_id == case.id)).all()
    said = erase_texts(session, known.settings.keys, at, case, ids)
    there = [name for name in own if getattr(case, name) is not None]
    if not said and not there:
        return False
    for name in own:
        setattr(case, name, None)
    if case.kind not in PLACED:
        case.point = None  # the cell that it lies in stays
    return True


def _photos(session: Session, case: Case, at: datetime, known: Known) -> bool:
    gone = session.execute(sa.delete(Attachment).where(Attachment.case_id == case.id))
    return gone.rowcount > 0  # type: ignore[attr-defined, no-any-return]


def has_text() -> sa.ColumnElement[bool]:
    """Return the condition that there is text left of a case."""
    said = sa.exists().where(EventText.event_id == Event.id, Event.case_id == Case.id)
    return sa.or_(Case.description.is_not(None), Case.result.is_not(None), said)
