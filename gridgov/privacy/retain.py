"""Retention: what is over its period, rehearsed or erased; a case at a time, in small batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases.act import carrier
from gridgov.cases.known import known
from gridgov.cases.tables import Attachment, Case, Event, Reporter, Request
from gridgov.cases.workflow import CLOSED, EVALUATED, MERGED, OPEN, REJECTED, WITHDRAWN
from gridgov.database import transaction
from gridgov.notices.own import ended, forget_ended
from gridgov.notices.tables import ACCOUNT, Channel, Notice
from gridgov.privacy.data_map import rules
from gridgov.privacy.erase import CONTACT, JOURNAL, PHOTOS, TEXT, erase, has_text
from gridgov.privacy.rules import BLANK, REVIEW, Retention
from gridgov.privacy.tables import TextReview
from gridgov.settings import Settings
from gridgov.storage.store import Store

BATCH = 100
# Bytes come before the row that names them: what is younger may still get its row.
FRESH = timedelta(hours=1)


@dataclass
class Report:
    """How many cases lost, or would lose, what; and what waits for somebody to look at it."""

    cases: Counter[str] = field(default_factory=Counter)
    review: int = 0
    requests: int = 0
    channels: int = 0
    files: int = 0

    def dump(self) -> dict[str, int]:
        """Return it as one row of figures."""
        parts = {part: self.cases[part] for part in (CONTACT, TEXT, PHOTOS)}
        others = ("review", "requests", "channels", "files")
        return parts | {name: getattr(self, name) for name in others}


def plan(engine: Engine | Connection, settings: Settings, store: Store, at: datetime) -> Report:
    """Count what a run at this instant would erase; nothing is changed."""
    report, kept = Report(), rules(settings)
    gone: set[int] = set()
    with transaction(engine, write=False) as session:
        for part in (CONTACT, TEXT, PHOTOS):
            last = 0
            while found := _due(session, part, kept, at, last, lock=False):
                ready = [case for case in found if ripe(session, case, kept, part, at)]
                report.cases[part] += len(ready)
                gone |= {case.id for case in ready} if part == PHOTOS else set()
                last = found[-1].id
        report.review = len(list(for_review(session, kept, at)))
        report.requests = session.scalar(sa.select(sa.func.count()).where(_old(kept, at))) or 0
        unused = sa.select(sa.func.count()).select_from(Channel).where(ended())
        report.channels = session.scalar(unused) or 0
        still = _named(session, without=gone)
    report.files = len(_unnamed(store, still, at))
    return report


def run(engine: Engine | Connection, settings: Settings, store: Store, at: datetime) -> Report:
    """Erase what is over its period. Stopped anywhere, the next run goes on with the rest."""
    report, kept = Report(), rules(settings)
    for part in (CONTACT, TEXT, PHOTOS):
        last = 0
        while True:
            with transaction(engine) as session:
                found = _due(session, part, kept, at, last, lock=True)
                knows = known(session, settings)
                for case in found:
                    if ripe(session, case, kept, part, at):
                        report.cases.update(erase(session, case, [part], "retention", at, knows))
            if not found:
                break
            last = found[-1].id
    with transaction(engine) as session:
        gone = session.execute(sa.delete(Request).where(_old(kept, at)))
        report.requests = gone.rowcount  # type: ignore[attr-defined]
        report.channels = forget_ended(session)
        report.review = len(list(for_review(session, kept, at)))
    report.files = sweep_files(engine, store, at)
    with transaction(engine) as session:
        journal(session, settings.keys, at, "retention", journal=JOURNAL, data=report.dump())
    return report


def _old(kept: Retention, at: datetime) -> sa.ColumnElement[bool]:
    return Request.at < at - kept.requests


def _due(
    session: Session, part: str, kept: Retention, at: datetime, last: int, *, lock: bool
) -> list[Case]:
    """Return some ended cases that have this part left and may be over its period."""
    span = {CONTACT: kept.contact, TEXT: kept.text, PHOTOS: kept.photos}[part]
    there = {
        CONTACT: sa.or_(
            sa.exists().where(Reporter.case_id == Case.id),
            Case.reporter_account_id.is_not(None),
            Case.firm_code.is_not(None),
            Case.claimant_id.is_not(None),
            sa.exists().where(Notice.case_id == Case.id, Notice.to_kind == ACCOUNT),
        ),
        TEXT: has_text(),
        PHOTOS: sa.exists().where(Attachment.case_id == Case.id),
    }[part]
    query = (
        sa.select(Case)
        .where(
            Case.id > last,
            Case.status.not_in(sorted(OPEN)),
            Case.reported_at < at - span,
            sa.or_(Case.closed_at.is_(None), Case.closed_at < at - span),
            there,
        )
        .order_by(Case.id)
        .limit(BATCH)
    )
    return list(session.scalars(query.with_for_update(skip_locked=True) if lock else query))


def ended_at(session: Session, case: Case) -> datetime | None:
    """Return when a case ended, or None while it, or what carries it, is open."""
    if case.status == MERGED:
        case = carrier(session, case)
    if case.status in (CLOSED, EVALUATED):
        return case.closed_at
    if case.status not in (REJECTED, WITHDRAWN):
        return None
    came = sa.select(sa.func.max(Event.at)).where(
        Event.case_id == case.id,
        Event.to_status == case.status,
        Event.from_status != Event.to_status,
    )
    return session.scalar(came)


def ripe(session: Session, case: Case, kept: Retention, part: str, at: datetime) -> bool:
    """Tell whether a part of a case is over its period, and its rule lets it go by itself."""
    span = {CONTACT: kept.contact, TEXT: kept.text, PHOTOS: kept.photos}[part]
    ended = ended_at(session, case)
    if ended is None or ended >= at - span:
        return False
    return part != TEXT or kept.of_text(case.kind, case.category_code) == BLANK


def for_review(session: Session, kept: Retention, at: datetime) -> Iterator[Case]:
    """Yield the cases whose old text somebody must look at."""
    last = 0
    while found := _due(session, TEXT, kept, at, last, lock=False):
        ids = [case.id for case in found]
        looked = sa.select(TextReview.case_id).where(
            TextReview.case_id.in_(ids), TextReview.again_at > at
        )
        seen = set(session.scalars(looked))
        for case in found:
            rule = kept.of_text(case.kind, case.category_code)
            ended = ended_at(session, case)
            old = ended is not None and ended < at - kept.text
            if rule == REVIEW and old and case.id not in seen:
                yield case
        last = found[-1].id


def sweep_files(engine: Engine | Connection, store: Store, at: datetime) -> int:
    """Delete the files that no case or meeting names any more; returns how many.

    Another case may have the same bytes, and one that is being added has its bytes before its row.
    """
    with transaction(engine, write=False) as session:
        named = _named(session)
    gone = _unnamed(store, named, at)
    for digest in gone:
        store.delete(digest)
    return len(gone)


def _named(session: Session, without: Set[int] = frozenset()) -> set[str]:
    rows = session.execute(sa.select(Attachment.digest, Attachment.case_id).distinct())
    # By name: minutes belong to a room beside this one, and their papers stay.
    named = sa.select(sa.column("digest", sa.String)).select_from(sa.table("minutes"))
    return {digest for digest, case in rows if case not in without} | set(session.scalars(named))


def _unnamed(store: Store, named: Set[str], at: datetime) -> list[str]:
    return [
        digest
        for digest in store.digests()
        if digest not in named and store.kept_since(digest) < at - FRESH
    ]
