"""Writes what the rules decided: columns, event and notices, all in the caller's transaction."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import get_history, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from gridgov.audit import rules as audit
from gridgov.cases.facts import Past, Scene
from gridgov.cases.fields import FIELDS, Kind
from gridgov.cases.rules import Moved
from gridgov.cases.tables import Case, Event, EventText
from gridgov.cases.tell import recipients
from gridgov.cases.workflow import Status
from gridgov.errors import CaseMovedOn
from gridgov.ladder.tables import FIRED, RungRow
from gridgov.notices.tables import Notice
from gridgov.people.roles import Role

BORN_WITH = 0
LET_GO = "let_go"  # what those are told whose case it is no longer
WORDLESS = lazyload(Event.said)  # to read events for their facts alone
NOTICE = [column.key for column in Notice.__table__.columns if not column.primary_key]


class Rows(Protocol):
    """What takes new rows: a session, or the basket of a case that is taken in."""

    def add(self, instance: Any, /) -> None:
        """Take a row."""


def apply(
    session: Rows,
    scene: Scene,
    moved: Moved,
    *,
    told: bool = True,
    inferred: bool | None = None,
) -> Event:
    """Change the case, add the event, and put the notices into the outbox.

    What an import does is inferred, unless it knows that its source gives the step and its time.
    """
    case, actor = scene.case, scene.actor
    before = case.unit_code
    for column, value in moved.changes.items():
        setattr(case, column, value)
    case.version = (case.version or BORN_WITH) + 1
    case.updated_at = scene.at
    event = Event(
        case=case,
        version=case.version,
        round=case.round,
        at=scene.at,
        step=moved.step.name,
        role=moved.role.value,
        person_code=actor.person,
        unit_code=_unit(scene, moved, before),
        from_status=None if moved.step.name == "report" else moved.start.value,
        to_status=moved.to.value,
        audience=_audience(moved),
        said=_said(case, moved),
        data={name: plain(value) for name, value in moved.data.items() if not _free(name)}
        | ({"federated": actor.federated} if actor.federated else {}),
        inferred=moved.role is Role.IMPORT if inferred is None else inferred,
    )
    _chain(scene, event)
    session.add(event)
    if told:
        _tell(session, scene, moved, event)
    return event


def _said(case: Case, moved: Moved) -> EventText | None:
    words, reported = texts(moved.data), moved.step.name == "report"
    if not words and not reported and "address" not in moved.changes:
        return None
    return EventText(text=words, address=case.address, salt=os.urandom(audit.SALT))


def _chain(scene: Scene, event: Event) -> None:
    """Put the event after the case's last one; the case's row is locked, or else its version is."""
    case = scene.case
    event.key_id = scene.keys.audit_key_id
    event.text_digest = digest_of(case, event.step, event.said)
    says = said_of(case.number, event)
    case.chain = event.mac = audit.code(scene.keys.audit_key, case.chain, event.text_digest, says)


def digest_of(case: Case, step: str, said: EventText | None) -> bytes | None:
    """Return the digest of an event's words; a report's are in the case too."""
    if said is None:
        return None
    own = (case.description, case.answers) if step == "report" else ()
    return audit.text_digest(said.salt, said.text, said.address, *own)


def said_of(number: str, event: Event) -> audit.Said:
    """Return all of an event that is not free text."""
    return audit.Said(
        number,
        event.version,
        event.round,
        event.at,
        event.step,
        event.role,
        event.person_code,
        event.unit_code,
        event.from_status,
        event.to_status,
        event.audience,
        event.inferred,
        event.key_id or "",
        event.data,
    )


def _audience(moved: Moved) -> str:
    # What reporters say is theirs to read again, whatever they chose.
    if moved.role is Role.REPORTER:
        return "reporter"
    return str(moved.data.get("audience") or moved.step.audience)


def _unit(scene: Scene, moved: Moved, before: str | None) -> str | None:
    # A member who settles has no unit's work before them: their own unit handled it.
    if moved.step.name == "settle":
        return scene.actor.unit
    return scene.case.unit_code or before


def _tell(session: Rows, scene: Scene, moved: Moved, event: Event) -> None:
    case = scene.case
    reachable = not case.anonymous
    for kind, code in recipients(scene, moved, reachable=reachable):
        session.add(
            Notice(
                case=case,
                event=event,
                to_kind=kind,
                to_code=code,
                template=LET_GO if (kind, code) in moved.former else moved.step.name,
                urgent=case.urgency == "urgent",
                data={"number": case.number, "status": moved.to.value},
                created_at=scene.at,
            )
        )


def past(event: Event) -> Past:
    """Return an event as the rules see it."""
    return Past(
        event.step,
        event.round,
        event.at,
        event.role,
        event.person_code,
        event.unit_code,
        event.from_status,
        event.to_status,
        event.data,
    )


def texts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people wrote."""
    return {name: value for name, value in data.items() if _free(name) and value}


def _free(name: str) -> bool:
    return name in FIELDS and FIELDS[name].kind is Kind.TEXT


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    return value.value if isinstance(value, Status) else value


def flush(session: Session) -> None:
    """Write what has been decided; a lost race is CaseMovedOn."""
    # The mapper would send each case, rung and notice by itself; here each kind is one statement.
    dirty = list(session.dirty)
    _update(session, (one for one in dirty if isinstance(one, Case)))
    _mark(session, (one for one in dirty if isinstance(one, RungRow)))
    notices = [one for one in session.new if isinstance(one, Notice)]
    for notice in notices:
        session.expunge(notice)
    try:
        session.flush()
    except StaleDataError as error:
        raise CaseMovedOn(field="version") from error
    if notices:
        session.execute(sa.insert(Notice), [_row(notice) for notice in notices])


def _update(session: Session, cases: Iterable[Case]) -> None:
    """Compare and set: every case must still be at the version that was read."""
    changed: dict[tuple[str, ...], list[tuple[Case, int]]] = defaultdict(list)
    names = {column.key: name for name, column in Case.__mapper__.columns.items()}
    for case in cases:
        before = get_history(case, "version").deleted
        if before:
            same = sa.inspect(case).unmodified
            columns = tuple(key for key, name in names.items() if name not in same)
            changed[columns].append((case, before[0]))
    table: Any = Case.__table__
    read = table.c.id == sa.bindparam("id_"), table.c.version == sa.bindparam("version_")
    for columns, alike in changed.items():
        values: dict[str, Any] = {key: sa.bindparam(key) for key in columns}
        rows = [
            {key: getattr(case, names[key]) for key in columns}
            | {"id_": case.id, "version_": version}
            for case, version in alike
        ]
        done = session.connection().execute(sa.update(table).where(*read).values(values), rows)
        if done.rowcount != len(rows):
            raise CaseMovedOn(field="version")
        for case, _ in alike:
            for key in columns:
                set_committed_value(case, names[key], getattr(case, names[key]))


def _mark(session: Session, rungs: Iterable[RungRow]) -> None:
    """Say of all rungs that fired at one instant that they did."""
    fired: dict[datetime, list[RungRow]] = defaultdict(list)
    for rung in rungs:
        if rung.fired_at and _RUNG - sa.inspect(rung).unmodified == _FIRED:
            fired[rung.fired_at].append(rung)
    table: Any = RungRow.__table__
    for at, alike in fired.items():
        ids = table.c.id.in_([rung.id for rung in alike])
        session.connection().execute(sa.update(table).where(ids).values(state=FIRED, fired_at=at))
        for rung in alike:
            set_committed_value(rung, "state", FIRED)
            set_committed_value(rung, "fired_at", at)


_RUNG = frozenset(RungRow.__mapper__.attrs.keys())
_FIRED = frozenset({"state", "fired_at"})


def _row(notice: Notice) -> dict[str, Any]:
    row = {name: getattr(notice, name) for name in NOTICE}
    for name, to in (
        ("case_id", notice.case),
        ("event_id", notice.event),
        ("rung_id", notice.rung),
    ):
        row[name] = to.id if to is not None else row[name]
    return row
