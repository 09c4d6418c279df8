"""Verifies the seals: each signature, each link, what each lists, and the file kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit import rules
from gridgov.audit.findings import Verdict
from gridgov.audit.rows import octets, table
from gridgov.audit.rules import Member, SealSaid
from gridgov.audit.seal import imported, is_signed, public_key, public_key_id, said_of
from gridgov.audit.tables import Entry, Seal, SealMember
from gridgov.errors import BadInput
from gridgov.keys import Keys

BATCH = 500
PATIENCE = timedelta(minutes=1)
Progress = Callable[[str, int, int], None]


class SealsUnreadable(BadInput):
    """%(path)s cannot be read: %(reason)s."""


def all_of(session: Session, keys: Keys, verdict: Verdict, progress: Progress) -> None:
    """Go through the seals in their order, with the members that they list."""
    total = session.scalar(sa.select(sa.func.count()).select_from(Seal)) or 0
    lists = groupby(_members(session), key=lambda row: row.seal_number)
    listed = next(lists, None)
    last: SealSaid | None = None
    query = sa.select(Seal).order_by(Seal.number)
    for row in session.scalars(query, execution_options={"yield_per": BATCH}):
        said = said_of(row)
        while listed is not None and listed[0] < said.number:
            listed = next(lists, None)
        own = listed is not None and listed[0] == said.number
        members = [_member(one) for one in listed[1]] if own and listed else []
        _one(said, octets(row.signature), last, members, keys, verdict)
        last = said
        session.expunge(row)
        verdict.seals += 1
        progress("seals", verdict.seals, total)
    if last is not None:
        verdict.last_seal, verdict.last_at = last.number, last.at
    _without_rows(session, verdict)


def _members(session: Session) -> Iterator[Any]:
    rows = SealMember.__table__
    query = sa.select(rows).order_by(rows.c.seal_number, rows.c.kind, rows.c.key)
    return iter(session.execute(query, execution_options={"yield_per": BATCH}))


def _member(row: Any) -> Member:
    return Member(row.kind, row.key, octets(row.mac))


def _one(
    said: SealSaid,
    signature: bytes,
    last: SealSaid | None,
    members: list[Member],
    keys: Keys,
    verdict: Verdict,
) -> None:
    name = f"seal {said.number}"
    number = last.number if last else 0
    if said.number != number + 1:
        gone = f"seal {number + 1}" if said.number == number + 2 else f"seals {number + 1} to"
        gone += f" {said.number - 1}" if said.number != number + 2 else ""
        verdict.find("seal_missing", gone, last.at if last else said.at, number + 1)
    elif said.previous != (last.digest if last else rules.FIRST):
        verdict.find("seal_altered", name, said.at, said.number)
    if said.key_id != public_key_id(keys):
        verdict.find("other_key", name, said.at, said.number)
    elif not is_signed(said, signature, public_key(keys)):
        verdict.find("seal_altered", name, said.at, said.number)
    members.sort(key=lambda one: (one.kind, one.key))
    if said.size != len(members) or said.root != rules.root(members):
        verdict.find("seal_members", name, said.at, said.number)


def _without_rows(session: Session, verdict: Verdict) -> None:
    """Find what was sealed and is gone."""
    for kind, rows in ((rules.EVENT, table("events")), (rules.ENTRY, Entry.__table__)):
        query = (
            sa.select(SealMember.key, Seal.number, Seal.at)
            .join(Seal, Seal.number == SealMember.seal_number)
            .outerjoin(rows, rows.c.id == SealMember.key)
            .where(SealMember.kind == kind, rows.c.id.is_(None))
            .order_by(SealMember.key)
        )
        for row in session.execute(query, execution_options={"yield_per": BATCH}):
            verdict.find("missing", f"{kind} {row.key}", row.at, row.number)


def exported(session: Session, keys: Keys, file: Path, verdict: Verdict) -> None:
    """Hold the database to the file in which its seals are kept elsewhere."""
    highest = 0
    try:
        with file.open("rb") as lines:
            numbered = enumerate(lines, 1)
            while batch := list(islice(numbered, BATCH)):
                highest = _lines(session, keys, batch, highest, verdict)
    except OSError as error:
        raise SealsUnreadable(path=file, reason=error.strerror or str(error)) from error
    late = sa.select(Seal.number, Seal.at).where(
        Seal.number > highest, Seal.at < verdict.at - PATIENCE
    )
    row = session.execute(late.order_by(Seal.number).limit(1)).one_or_none()
    if row is not None:
        verdict.find("not_exported", f"seal {row.number}", row.at, row.number)


def _lines(
    session: Session, keys: Keys, batch: list[tuple[int, bytes]], highest: int, verdict: Verdict
) -> int:
    read: list[SealSaid] = []
    for place, line in batch:
        verdict.lines += 1
        said = _line(line, keys)
        if said is None:
            verdict.find("line_wrong", f"line {place} of the file", None)
            continue
        if highest and said.number > highest + 1:
            lost = f"the file: what is between seal {highest} and seal {said.number}"
            verdict.find("missing", lost, said.at, highest + 1)
        highest = max(highest, said.number)
        read.append(said)
    query = sa.select(Seal).where(Seal.number.in_([said.number for said in read]))
    there = {row.number: said_of(row) for row in session.scalars(query)}
    session.expunge_all()
    for said in read:
        found, name = there.get(said.number), f"seal {said.number}"
        if found is None:
            verdict.find("not_in_database", name, said.at, said.number)
        elif found != said:
            verdict.find("not_as_exported", name, said.at, said.number)
    return highest


def _line(line: bytes, keys: Keys) -> SealSaid | None:
    try:
        said, signature = imported(json.loads(line))
    except (ValueError, KeyError, TypeError):
        return None
    return said if is_signed(said, signature, public_key(keys)) else None
