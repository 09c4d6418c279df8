"""Takes cases from before the chain into it, and erases what people wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.audit import rules
from gridgov.audit.journal import journal
from gridgov.cases.tables import Case, Event, EventText
from gridgov.cases.write import digest_of, said_of
from gridgov.keys import Keys

BATCH = 500


def take_in(session: Session, keys: Keys) -> int:
    """Chain all events that have no code yet, as they stand now; returns how many.

    What was done to them before cannot be told: the chain vouches from here on.
    """
    taken = last = 0
    unchained = sa.select(Event.case_id).where(Event.mac.is_(None)).distinct()
    while ids := session.scalars(
        unchained.where(Event.case_id > last).order_by(Event.case_id).limit(BATCH)
    ).all():
        taken += _cases(session, ids, keys)
        last = ids[-1]
        session.expunge_all()
    return taken


def _cases(session: Session, ids: Sequence[int], keys: Keys) -> int:
    locked = sa.select(Case).where(Case.id.in_(ids)).with_for_update(of=Case)
    cases = {case.id: case for case in session.scalars(locked)}
    ordered = sa.select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.version)
    own, heads = keys.audit_key_id, {case.id: case.chain for case in cases.values()}
    chained: list[dict[str, Any]] = []
    for event in session.scalars(ordered):
        if event.mac is not None:
            continue
        case = cases[event.case_id]
        digest = digest_of(case, event.step, event.said)
        says = said_of(case.number, event)._replace(key_id=own)
        mac = rules.code(keys.audit_key, heads[case.id], digest, says)
        heads[case.id] = mac
        chained.append({"of": event.id, "digest": digest, "by": own, "made": mac})
    connection, bound = session.connection(), sa.bindparam
    events: Any = Event.__table__
    coded: dict[str, Any] = {
        "text_digest": bound("digest"), "key_id": bound("by"), "mac": bound("made"),
    }  # fmt: skip
    connection.execute(sa.update(events).where(events.c.id == bound("of")).values(coded), chained)
    table: Any = Case.__table__
    moved = sa.update(table).where(table.c.id == bound("of")).values(chain=bound("last"))
    connection.execute(moved, [{"of": key, "last": mac} for key, mac in heads.items()])
    return len(chained)


def erase_texts(
    session: Session,
    keys: Keys,
    at: datetime,
    case: Case,
    events: Sequence[int],
    *,
    account: int | None = None,
    person: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Erase what people wrote at some events of a case (their ids), and note it in the journal.

    Returns how many texts went. The event of a report covers description and answers of the case
    too: who blanks these erases its text as well, or the audit finds it altered.
    """
    gone = sa.delete(EventText).where(EventText.event_id.in_(events)).returning(EventText.event_id)
    ids = sorted(session.connection().execute(gone).scalars())
    if ids:
        told = {"number": case.number, "events": ids, **(data or {})}
        journal(
            session, keys, at, "erased", journal="erasures", account=account, person=person,
            data=told,
        )  # fmt: skip
    for event in session.identity_map.values():
        if isinstance(event, Event) and event.id in ids:
            sa.orm.attributes.set_committed_value(event, "said", None)
    return len(ids)
