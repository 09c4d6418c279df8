"""Writes a new case with all that belongs to it: each kind of row in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from gridgov.cases import grams
from gridgov.cases.tables import Case, Event, EventText, Reporter, Subject
from gridgov.ladder.plan import RungKey
from gridgov.ladder.tables import WAITING, RungRow
from gridgov.notices.tables import Notice
from gridgov.statements import Inserts, sent_together
from gridgov.worktime.rules import Due

INSERTS: dict[type[Any], Inserts] = {
    kind: Inserts(kind.__table__)
    for kind in (Case, Subject, Reporter, Event, EventText, RungRow, Notice)
}
NAMES = {kind: frozenset(inserts.columns) for kind, inserts in INSERTS.items()}


class Basket:
    """Takes the rows of a new case as a session would; they are written when it is complete."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[type[Any], list[Any]] = {kind: [] for kind in INSERTS}
        self.rungs: Mapping[RungKey, Due | None] = {}

    def add(self, instance: Any) -> None:
        """Take a row."""
        self.rows[type(instance)].append(instance)

    def add_all(self, instances: Any) -> None:
        """Take rows."""
        for instance in instances:
            self.add(instance)


def write_new(session: Session, basket: Basket) -> Case | None:
    """Write the rows of a new case; the session has the case as one that it has read.

    Returns nothing, and has written nothing, where another case has its number. Raises
    IntegrityError.
    """
    connection, rows = session.connection(), basket.rows
    case: Case = rows[Case][0]
    key = INSERTS[Case].add_one(connection, _values(case), unless="number")
    if key is None:
        return None
    case.id = key
    for event in rows[Event]:
        event.id = INSERTS[Event].add_one(connection, _values(event) | {"case_id": case.id})
    said = [event for event in rows[Event] if event.said is not None]
    with sent_together(connection):
        for kind in (Subject, Reporter):
            alike = [_values(row) | {"case_id": case.id} for row in rows[kind]]
            INSERTS[kind].add(connection, alike)
        INSERTS[EventText].add(connection, [_values(e.said) | {"event_id": e.id} for e in said])
        INSERTS[RungRow].add(connection, list(_rungs(basket, case.id)))
        INSERTS[Notice].add(connection, [_notice(row, case) for row in rows[Notice]])
        grams.write(session, [case], new=True)
    _keep(session, case)
    return case


def _values(row: Any) -> dict[str, Any]:
    names = NAMES[type(row)]
    return {name: value for name, value in vars(row).items() if name in names}


def _rungs(basket: Basket, case_id: int) -> Iterator[dict[str, Any]]:
    for (round_, clock, run, name), due in basket.rungs.items():
        if due is not None:
            yield {
                "case_id": case_id,
                "round": round_,
                "clock": clock,
                "run": run,
                "name": name,
                "state": WAITING,
                "at": due.at,
                "provisional": due.provisional,
            }


def _notice(notice: Notice, case: Case) -> dict[str, Any]:
    return _values(notice) | {"case_id": case.id, "event_id": notice.event.id}


def _keep(session: Session, case: Case) -> None:
    """Let the case be the session's own, as if it had just been read."""
    given = vars(case)
    for name in INSERTS[Case].columns:
        given.setdefault(name, INSERTS[Case].usual.get(name))
    # SQLite gives a key again after a savepoint was rolled back.
    if (stale := session.identity_map.get(identity_key(Case, case.id))) is not None:
        session.expunge(stale)
    make_transient_to_detached(case)
    session.add(case)
