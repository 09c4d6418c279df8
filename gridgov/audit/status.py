"""How the audit trail stands: what waits to be sealed or exported, and the last verification."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit.rows import marked, unsealed
from gridgov.audit.seal import KINDS
from gridgov.audit.tables import Seal

LATE = timedelta(minutes=1)
WEBHOOK = "webhook"  # the mark of what is sent to the address that keeps seals


class Status(NamedTuple):
    """How sealing, export and verification stand; `late` says what has stood still too long."""

    seals: int
    last_at: datetime | None
    waiting: int
    sealed_at: datetime | None  # when sealing last ran
    exported: int
    export_error: str | None
    sent: int | None  # to the address that keeps seals; none where there is none
    send_error: str | None
    verified: dict[str, Any] | None
    late: tuple[str, ...]


def status(session: Session, at: datetime) -> Status:
    """Return how the audit trail stands."""
    last = _last(session)
    sealing, told = marked(session, "seal"), _told(session, "export")
    sent = _told(session, WEBHOOK)
    verified = marked(session, "verify")
    return Status(
        seals=last.number if last else 0,
        last_at=last.at if last else None,
        waiting=_waiting(session, last),
        sealed_at=sealing.at if sealing else None,
        exported=told.get("number", 0),
        export_error=told.get("error"),
        sent=sent.get("number"),
        send_error=sent.get("error"),
        verified=verified.data if verified else None,
        late=late(session, at),
    )


def late(session: Session, at: datetime) -> tuple[str, ...]:
    """Name what has stood still for more than a minute: seal, export, webhook."""
    sealing = marked(session, "seal")
    found = ["seal"] if sealing is None or sealing.at < at - LATE else []
    if _waits(session, _told(session, "export").get("number", 0), at):
        found.append("export")
    sent = _told(session, WEBHOOK)
    if sent and _waits(session, sent["number"], at):
        found.append("webhook")
    return tuple(found)


def _waits(session: Session, number: int, at: datetime) -> bool:
    """Tell whether the seal after this one has waited for more than a minute."""
    after = sa.select(Seal.at).where(Seal.number > number).order_by(Seal.number).limit(1)
    since = session.scalar(after)
    return since is not None and since < at - LATE


def _last(session: Session) -> Seal | None:
    return session.scalars(sa.select(Seal).order_by(Seal.number.desc()).limit(1)).one_or_none()


def _told(session: Session, name: str) -> dict[str, Any]:
    found = marked(session, name)
    return found.data if found else {}


def _waiting(session: Session, last: Seal | None) -> int:
    to = dict(zip(KINDS, (last.entries_to, last.events_to) if last else (0, 0), strict=True))
    return sum(
        session.execute(
            sa.select(sa.func.count()).select_from(unsealed(kind, to[kind]).subquery())
        ).scalar_one()
        for kind in KINDS
    )
