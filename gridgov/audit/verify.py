"""Verifies everything again: chains, words, heads, seals, what they list, and the exported file.

Whoever can write to the database but lacks the keys can alter, remove, insert or reorder; each
leaves a code, a root or a signature that does not fit. What they cannot reach is the file kept
elsewhere: it tells when the newest seals, or all, were taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.audit import rules, verify_seals
from gridgov.audit.findings import Verdict
from gridgov.audit.rows import hold, mark, marked, octets, table
from gridgov.audit.tables import Entry, JournalHead, Seal, SealMember
from gridgov.database import transaction
from gridgov.keys import Keys

BATCH = 1000
PATIENCE = timedelta(minutes=1)
VERIFY = "verify"
ERASED = "erased"  # what an entry says that erased words; its data names the events
Progress = Callable[[str, int, int], None]


def verify(
    engine: Engine | Connection,
    keys: Keys,
    at: datetime,
    *,
    file: Path | None = None,
    case: str | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Verdict:
    """Verify all there is in one snapshot, or the chain of one case; changes nothing."""
    verdict = Verdict(at)
    with transaction(_still(engine), write=False) as session:
        walk = _Walk(session, keys, at, verdict, progress)
        with _readable(verdict, "the journals"):
            walk.entries(report=case is None)
        with _readable(verdict, "the cases"):
            walk.events(case)
        if case is None:
            with _readable(verdict, "the seals"):
                verify_seals.all_of(session, keys, verdict, progress)
        if case is None and file is not None:
            verify_seals.exported(session, keys, file, verdict)
    return verdict


@contextmanager
def _readable(verdict: Verdict, what: str) -> Iterator[None]:
    # SQLite takes anything in any column.
    try:
        yield
    except (ValueError, TypeError):
        verdict.find("unreadable", what, None)


def note(engine: Engine | Connection, verdict: Verdict, at: datetime) -> None:
    """Keep what was found, for whoever audits."""
    with transaction(engine) as session:
        hold(session, VERIFY, at)
        mark(session, VERIFY, at, verdict.dump())


def _still(engine: Engine | Connection) -> Engine | Connection:
    # In WAL mode SQLite's readers see one snapshot anyway.
    if isinstance(engine, Connection) or engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


class _Walk:
    """Goes through the chains, one entry after the other."""

    def __init__(
        self, session: Session, keys: Keys, at: datetime, verdict: Verdict, progress: Progress
    ) -> None:
        self.session = session
        self.keys = keys
        self.verdict = verdict
        self.progress = progress
        self.erased: set[int] = set()
        sealing = marked(session, "seal")
        self.stalled = sealing is None or sealing.at < at - PATIENCE
        self.young = at - PATIENCE
        older = sa.select(Seal.entries_to, Seal.events_to).where(Seal.at < self.young)
        row = session.execute(older.order_by(Seal.number.desc()).limit(1)).one_or_none()
        self.passed = {rules.ENTRY: row[0] if row else 0, rules.EVENT: row[1] if row else 0}

    def entries(self, *, report: bool) -> None:
        """Walk the journals; learn from them which words were erased."""
        found = self.verdict if report else Verdict(self.verdict.at)
        query = (
            sa.select(Entry, SealMember.mac, Seal.number, Seal.at)
            .outerjoin(SealMember, _of(rules.ENTRY, Entry.id))
            .outerjoin(Seal, Seal.number == SealMember.seal_number)
            .order_by(Entry.journal, Entry.number)
        )
        heads = {head.journal: head for head in self.session.scalars(sa.select(JournalHead))}
        rows = self._stream(query)
        for name, own in groupby(rows, key=lambda row: row[0].journal):
            last = self._journal(name, own, found)
            head = heads.pop(name, None)
            if head is None or (head.number, octets(head.mac)) != last[:2]:
                found.find("head", f"journal {name}", last[2])
        for name, head in heads.items():
            if head.number:
                found.find("empty", f"journal {name}", None)

    def _journal(self, name: str, rows: Iterable[Any], found: Verdict) -> tuple[int, bytes, Any]:
        number, before, since = 0, rules.FIRST, None
        for entry, listed, seal, sealed_at in rows:
            found.entries += 1
            of, since = f"journal {name}, entry {entry.number}", sealed_at or entry.at
            whole = entry.number == number + 1
            if not whole:
                found.find("missing", f"journal {name}, what is before {entry.number}", since, seal)
            noted = rules.Noted(
                name, entry.number, entry.at, entry.account_id, entry.person_code, entry.what,
                entry.key_id, entry.data,
            )  # fmt: skip
            mac = octets(entry.mac)
            sound = whole and self._fits(of, noted, before, None, mac, since, seal, found)
            self._sealed(rules.ENTRY, entry.id, of, mac, listed, entry.at, since, seal, found)
            if sound and entry.what == ERASED:
                self.erased.update(entry.data.get("events", ()))
            number, before = entry.number, mac
        return number, before, since

    def events(self, case: str | None) -> None:
        """Walk the cases."""
        cases, events, texts = table("cases"), table("events"), table("event_texts")
        total = self.session.scalar(sa.select(sa.func.count()).select_from(events)) or 0
        query = (
            sa.select(
                cases.c.id.label("case_key"), cases.c.number, cases.c.chain,
                cases.c.version.label("case_version"), cases.c.status, cases.c.reported_at,
                cases.c.description, cases.c.answers, events, texts.c.text, texts.c.address,
                texts.c.salt, SealMember.mac.label("listed"), Seal.number.label("seal"),
                Seal.at.label("sealed_at"),
            )
            .select_from(cases)
            .outerjoin(events, events.c.case_id == cases.c.id)
            .outerjoin(texts, texts.c.event_id == events.c.id)
            .outerjoin(SealMember, _of(rules.EVENT, events.c.id))
            .outerjoin(Seal, Seal.number == SealMember.seal_number)
            .order_by(cases.c.id, events.c.version)
        )  # fmt: skip
        if case is not None:
            query = query.where(cases.c.number == case)
        for _, rows in groupby(self._stream(query), key=lambda row: row.case_key):
            self._case(rows)
            self.progress("events", self.verdict.events, total)
        if case is None:
            self._without_case()

    def _case(self, rows: Iterable[Any]) -> None:
        find, version, before, since = self.verdict.find, 0, rules.FIRST, None
        for row in rows:
            name = f"case {row.number}"
            if row.id is None:
                find("empty", name, row.reported_at)
                return
            self.verdict.events += 1
            of, since = f"{name}, event {row.id} (version {row.version})", row.sealed_at or row.at
            whole = row.version == version + 1
            if not whole:
                what = f"{name}, what is before version {row.version}"
                find("missing", what, since, row.seal)
            mac = octets(row.mac) if row.mac is not None else None
            digest = octets(row.text_digest) if row.text_digest is not None else None
            if mac is None:
                find("unchained", of, since)
            elif whole:
                said = _said(row)
                self._fits(of, said, before, digest, mac, since, row.seal, self.verdict)
            self._words(row, of, digest, since)
            if mac is not None:
                self._sealed(
                    rules.EVENT, row.id, of, mac, row.listed, row.at, since, row.seal, self.verdict
                )
            version, before, last = row.version, mac or rules.FIRST, row
        head = octets(last.chain) if last.chain is not None else rules.FIRST
        if (last.case_version, last.status, head) != (version, last.to_status, before):
            find("head", name, since)

    def _words(self, row: Any, of: str, digest: bytes | None, since: datetime) -> None:
        find = self.verdict.find
        if row.salt is None:
            if digest is None:
                return
            if row.id in self.erased:
                self.verdict.erased += 1
            else:
                find("words_gone", of, since, row.seal)
            return
        own = (row.description, row.answers) if row.step == "report" else ()
        if digest != rules.text_digest(octets(row.salt), row.text, row.address, *own):
            find("words_altered", of, since, row.seal)

    def _fits(
        self,
        of: str,
        says: Any,
        before: bytes,
        digest: bytes | None,
        mac: bytes,
        since: datetime,
        seal: int | None,
        found: Verdict,
    ) -> bool:
        """Tell whether an entry's code is the one that only our key makes."""
        if rules.code(self.keys.audit_key, before, digest, says) == mac:
            return True
        other = says.key_id != self.keys.audit_key_id
        found.find("other_key" if other else "altered", of, since, seal)
        return False

    def _sealed(
        self,
        kind: str,
        key: int,
        of: str,
        mac: bytes,
        listed: bytes | None,
        at: datetime,
        since: datetime,
        seal: int | None,
        found: Verdict,
    ) -> None:
        """Hold an entry to what its seal lists."""
        if listed is not None:
            if octets(listed) != mac:
                found.find("sealed_otherwise", of, since, seal)
        elif at < self.young and (self.stalled or key <= self.passed[kind]):
            found.find("unsealed", of, at)
        else:
            found.unsealed += 1

    def _without_case(self) -> None:
        cases, events = table("cases"), table("events")
        query = sa.select(events.c.id, events.c.at).outerjoin(cases, cases.c.id == events.c.case_id)
        for row in self._stream(query.where(cases.c.id.is_(None))):
            self.verdict.find("no_case", f"event {row.id}", row.at)

    def _stream(self, query: Any) -> Iterator[Any]:
        return iter(self.session.execute(query, execution_options={"yield_per": BATCH}))


def _of(kind: str, key: Any) -> sa.ColumnElement[bool]:
    return sa.and_(SealMember.kind == kind, SealMember.key == key)


def _said(row: Any) -> rules.Said:
    return rules.Said(
        row.number, row.version, row.round, row.at, row.step, row.role, row.person_code,
        row.unit_code, row.from_status, row.to_status, row.audience, row.inferred,
        row.key_id or "", row.data,
    )  # fmt: skip
