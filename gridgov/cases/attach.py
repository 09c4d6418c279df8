"""Attachments: an event, a row, and bytes in the storage under their digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.act import find, scene_of
from gridgov.cases.claiming import CLAIMANT, for_claimant
from gridgov.cases.known import Known
from gridgov.cases.refusals import NotYours
from gridgov.cases.rules import Moved
from gridgov.cases.show import events, original_text
from gridgov.cases.standing import is_reporter, only_claims, role_for
from gridgov.cases.tables import Attachment, Case, Event
from gridgov.cases.workflow import STEPS
from gridgov.cases.write import apply, flush
from gridgov.errors import Conflict, NotFound
from gridgov.people.actors import Actor
from gridgov.people.roles import Role
from gridgov.storage.content import Cleaned


class TooManyFiles(Conflict):
    """A case takes %(most)s files; this one has them already."""


class NoPapers(Conflict):
    """A membership transfer takes no papers here; the transfer itself happens elsewhere."""


@dataclass(frozen=True)
class File:
    """A file that has been checked and stored."""

    digest: str
    media_type: str
    size: int

    @classmethod
    def of(cls, cleaned: Cleaned, digest: str) -> File:
        """Describe what the storage holds."""
        return cls(digest, cleaned.media_type, len(cleaned.data))


def attach(
    session: Session,
    number: str,
    file: File,
    actor: Actor,
    at: datetime,
    known: Known,
    audience: str = "staff",
) -> Attachment:
    """Attach a stored file to a case that the actor may see."""
    case = find(session, number, actor, at, known, lock=True)
    scene = scene_of(session, case, actor, at, known)
    step = STEPS["attach"]
    role = role_for(scene, step)
    if role is None:
        raise NotYours(step=step.label)
    if scene.category is not None and scene.category.transfer:
        raise NoPapers
    count = sa.select(sa.func.count()).where(Attachment.case_id == case.id)
    if session.scalar(count) >= known.settings.max_files:  # type: ignore[operator]
        raise TooManyFiles(most=known.settings.max_files)
    audience = "reporter" if role is Role.REPORTER else audience
    for_claimant(scene.but(given={"audience": audience}))
    data = {"audience": audience, "media_type": file.media_type}
    moved = Moved(step, role, scene.status, scene.status, {}, data)
    event = apply(session, replace(scene, role=role, step=step), moved)
    attached = Attachment(
        case_id=case.id,
        event=event,
        digest=file.digest,
        media_type=file.media_type,
        size=file.size,
        audience=audience,
        added_at=at,
    )
    session.add(attached)
    flush(session)
    return attached


def attached(
    session: Session, number: str, actor: Actor, at: datetime, known: Known
) -> tuple[Case, list[Attachment]]:
    """Return a case's files that the actor may see, the oldest first."""
    case = find(session, number, actor, at, known)
    scene = scene_of(session, case, actor, at, known, ())
    query = sa.select(Attachment).where(Attachment.case_id == case.id).order_by(Attachment.id)
    if is_reporter(scene):
        query = query.where(Attachment.audience == "reporter")
    files = list(session.scalars(query))
    if only_claims(scene) or any(file.audience == CLAIMANT for file in files):
        happened = session.scalars(sa.select(Event).where(Event.case_id == case.id)).all()
        shown = {one.id for one in events(scene, happened)}
        files = [file for file in files if file.event_id in shown]
    if not original_text(scene):
        files = [file for file in files if file.event.role != Role.REPORTER]
    return case, files


def attached_before(
    session: Session, number: str, file: File, actor: Actor, at: datetime, known: Known
) -> Attachment:
    """Return the file that the same request has attached; raises NotFound."""
    _, files = attached(session, number, actor, at, known)
    found = next((one for one in reversed(files) if one.digest == file.digest), None)
    if found is None:
        raise NotFound(field="attachment")
    return found


def one(
    session: Session, number: str, key: int, actor: Actor, at: datetime, known: Known
) -> Attachment:
    """Return one file of a case; raises NotFound."""
    _, files = attached(session, number, actor, at, known)
    found = next((file for file in files if file.id == key), None)
    if found is None:
        raise NotFound(field="attachment")
    return found
