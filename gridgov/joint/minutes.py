"""Minutes of a meeting: papers in the storage, read by whoever reads the meeting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.errors import NotFound
from gridgov.joint import refusals as no
from gridgov.joint.meetings import HELD, find, keep, note, stands
from gridgov.joint.tables import Meeting, Minutes
from gridgov.people.actors import Actor
from gridgov.storage.content import Cleaned, clean
from gridgov.storage.refusals import FileKindRefused

PAPERS = ("application/pdf", "application/ofd")
MOST = 20  # papers of one meeting


def ready(session: Session, key: int, actor: Actor, known: Known) -> Meeting:
    """Return a meeting that takes papers by the actor, before anything is stored."""
    meeting = keep(session, key, actor, known)
    stands(meeting)
    if meeting.state != HELD:
        raise no.MeetingNotHeld
    if len(meeting.minutes) >= MOST:
        raise no.TooManyMinutes(most=MOST)
    return meeting


def paper(data: bytes, declared: str | None, max_bytes: int) -> Cleaned:
    """Return of a file what may be kept. Raises NotAPaper, and as `clean` where it is one."""
    try:
        cleaned = clean(data, declared, max_bytes=max_bytes)
    except FileKindRefused as error:
        raise no.NotAPaper(field="file") from error
    check(cleaned)
    return cleaned


def check(cleaned: Cleaned) -> None:
    """Refuse what is no paper."""
    if cleaned.media_type not in PAPERS:
        raise no.NotAPaper(field="file")


def add(
    session: Session,
    key: int,
    cleaned: Cleaned,
    digest: str,
    actor: Actor,
    at: datetime,
    known: Known,
) -> Minutes:
    """Add a stored paper; the same one twice is there once."""
    check(cleaned)
    meeting = ready(session, key, actor, known)
    same = next((one for one in meeting.minutes if one.digest == digest), None)
    if same is not None:
        return same
    made = Minutes(
        meeting_id=meeting.id,
        digest=digest,
        media_type=cleaned.media_type,
        size=len(cleaned.data),
        added_at=at,
        person_code=actor.person,
    )
    session.add(made)
    session.flush()
    session.expire(meeting, ["minutes"])
    note(session, "minutes_added", meeting, actor, at, known, paper=made.id, digest=digest)
    return made


def one(session: Session, key: int, paper: int, actor: Actor, known: Known) -> Minutes:
    """Return a paper of a meeting that the actor may read; raises NotFound."""
    meeting = find(session, key, actor, known)
    found = next((minutes for minutes in meeting.minutes if minutes.id == paper), None)
    if found is None:
        raise NotFound(field="paper")
    return found
