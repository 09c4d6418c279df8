"""The daily exchange: cases of another platform come in, known ones are brought up to date.

Each row is a transaction of its own, so that one which is refused takes nothing with it, and a
run that was broken off goes on with the next. What a row said is kept as a keyed digest: the same
file again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.contact import Contact
from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.tables import Case
from gridgov.cases.workflow import ENDED
from gridgov.database import transaction
from gridgov.errors import GridgovError
from gridgov.exchange.tables import Exchanged
from gridgov.people.accounts import acting
from gridgov.replay.daily_changes import Said, digest, keep, tell
from gridgov.replay.daily_mapping import Daily
from gridgov.replay.names import Names, resolve
from gridgov.replay.plan import Row
from gridgov.replay.refusals import MappingWrong, RowRefused
from gridgov.replay.rules import NOTHING, Refused, read_history
from gridgov.replay.sheet import records
from gridgov.settings import Settings

Noted = Callable[[Draft], Draft]


class EndedThere(RowRefused):
    """The case has ended on the other platform and was never here."""


class ParkUnknown(MappingWrong):
    """There is no park %(park)s; the mapping's [park] names one that is here."""


class PhoneWrong(RowRefused):
    """%(column)s is no telephone number."""


@dataclass
class Exchange:
    """What a file came to; `refused` with its rows and reasons."""

    read: int = 0
    taken: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """A row with what only a living case needs."""

    row: Row
    contact: Contact | None
    urgency: str | None
    confidential: bool | None
    datum: str
    said: Said


def take_in(
    engine: Engine | Connection,
    settings: Settings,
    path: Path,
    daily: Daily,
    login: str,
    at: datetime,
    noted: Noted = lambda draft: draft,
) -> Exchange:
    """Take in a file as somebody's work, at an instant. Raises MappingWrong, AccountUnknown."""
    values = {one.line: one for one in records(path, daily.columns)}
    history = read_history(values.values(), daily.rows, at)
    done = Exchange(read=history.read, refused=history.refused)
    with transaction(engine) as session:
        acting(session, login, at)
        seen = known(session, settings)
        if daily.rows.park.code not in seen.maps.parks:
            raise ParkUnknown(park=daily.rows.park.code)
        names = resolve(session, daily.rows, history.rows, seen)
    for row in history.rows:
        try:
            if why := names.lacking(row):
                raise why
            entry = _entry(row, values[row.line].values, daily)
            with transaction(engine) as session:
                _one(session, settings, entry, names, login, at, noted, done)
        except GridgovError as why:
            done.refused.append(Refused(row.line, row.ref, why))
    history.sort()
    return done


def _entry(row: Row, values: dict[str, str], daily: Daily) -> _Entry:
    more, m = daily.more, daily.rows

    def of(column: str | None) -> str | None:
        text = values[column].strip() if column else ""
        return None if text.casefold() in NOTHING else text

    name, phone = of(more.reporter.name), of(more.reporter.phone)
    digits = sum(c.isdecimal() for c in phone or "")
    if phone and not (5 <= digits <= 20 and set(phone) <= set("+0123456789 -")):
        raise PhoneWrong(column=more.reporter.phone)
    if name and len(name) > 50:
        name = name[:50]
    urgency = more.urgency and more.urgency.values.get(word := of(more.urgency.column) or "")
    yes = more.confidential and of(more.confidential.column) in more.confidential.yes
    columns = [*(m.description.columns if m.description else ()), m.times.target]
    columns.append(m.place.address if m.place else None)
    says = {column: text for column in columns if column and (text := of(column))}
    contact = Contact(name, phone, None) if name or phone else None
    datum = m.place.coord_type if m.place else "wgs84"
    changes = more.changes
    added = of(changes.added)
    times = of(changes.urged.column) if changes.urged else None
    gone = of(changes.withdrawn.column) if changes.withdrawn else None
    said = Said(
        says,
        row.due,
        urged=(changes.urged.column, times)
        if changes.urged and times and times not in changes.urged.none
        else None,
        added=(changes.added, added) if changes.added and added else None,
        withdrawn=(changes.withdrawn.column, gone)
        if changes.withdrawn and gone and gone in changes.withdrawn.yes
        else None,
        urgency=(more.urgency.column, word, urgency) if more.urgency and urgency else None,
    )
    return _Entry(row, contact, urgency or None, yes or None, datum, said)


def _one(
    session: Session,
    settings: Settings,
    entry: _Entry,
    names: Names,
    login: str,
    at: datetime,
    noted: Noted,
    done: Exchange,
) -> None:
    row, seen = entry.row, known(session, settings)
    actor = acting(session, login, at)
    row_digest = _digest(entry, settings)
    kept = session.scalar(
        sa.select(Exchanged)
        .where(Exchanged.channel == row.channel, Exchanged.ref == row.ref)
        .with_for_update()
    )
    if kept is not None and kept.digest == row_digest:
        done.unchanged += 1
        return
    case = session.scalar(
        sa.select(Case).where(Case.channel == row.channel, Case.external_ref == row.ref)
    )
    if case is None:
        if row.status in ENDED:
            raise EndedThere
        case = report(session, noted(_draft(entry, names)), actor, at, seen).case
        tell(session, case, None, entry.said, actor, at, seen)
    elif kept is not None:
        tell(session, case, kept, entry.said, actor, at, seen)
    done.taken += kept is None
    done.updated += kept is not None
    kept = kept or Exchanged(channel=row.channel, ref=row.ref, case_id=case.id)
    kept.digest, kept.seen_at = row_digest, at
    keep(kept, entry.said, settings)
    session.add(kept)
    session.flush()


def _draft(entry: _Entry, names: Names) -> Draft:
    row = entry.row
    # When it came to the other platform is kept; our clocks begin when it comes to us.
    told: dict[str, Any] = {"opened_there": row.opened}
    return Draft(
        description=row.description,
        category=names.categories.get(row.category),
        urgency=entry.urgency,
        location=Location(row.lon, row.lat, entry.datum, None, row.address),
        contact=entry.contact,
        confidential=entry.confidential,
        channel=row.channel,
        external_ref=row.ref,
        noted=told | ({"given_due": row.due} if row.due else {}),
    )


def _digest(entry: _Entry, settings: Settings) -> bytes:
    row = entry.row
    due = row.due and row.due.isoformat()
    says = (
        row.description, row.category, row.address, row.lon, row.lat, due, entry.urgency,
        entry.confidential, entry.contact and entry.contact[:3],
        *entry.said.changes,
    )  # fmt: skip
    return digest(settings, says)
