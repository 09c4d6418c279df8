"""Which cases lie with other bodies, and whose turn it is: found and leased, never sent here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.cases.known import known
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CHECKING, CLOSED, DISPATCHED, EVALUATED, HANDLING
from gridgov.cases.workflow import ENDED as ENDED_CASES
from gridgov.database import transaction
from gridgov.federation.client import Remote
from gridgov.federation.rules import AGAIN, BEGINS, DONE_THERE, form
from gridgov.federation.tables import ENDED, RECALLED, SENT, WAITING, HandOff
from gridgov.people import endpoints
from gridgov.people.tables import UnitEndpoint
from gridgov.settings import Settings

LEASE = timedelta(minutes=3)
REMEMBERED = timedelta(days=89)
BATCH = 50
WORKED = (DISPATCHED, HANDLING)
ENDED_HERE = (CHECKING, CLOSED, EVALUATED)  # by what they submitted


@dataclass(frozen=True)
class Out:
    """A hand-off on its way, apart from any session."""

    id: int
    lease: str
    tries: int
    number: str
    unit: str
    unit_name: str
    begun: str  # the key of this beginning
    since: datetime
    remote: Remote
    request: str | None
    form: dict[str, str]


def find(session: Session, now: datetime) -> int:
    """Note each beginning of work by a unit that is another body."""
    begun = (
        sa.select(sa.func.max(Event.version))
        .where(Event.case_id == Case.id, Event.step.in_(BEGINS))
        .scalar_subquery()
    )
    there = sa.exists().where(HandOff.case_id == Case.id, HandOff.version == begun)
    query = (
        sa.select(Case.id, Case.unit_code, begun)
        .join(UnitEndpoint, UnitEndpoint.unit_code == Case.unit_code)
        .where(Case.status.in_(WORKED), sa.func.coalesce(Case.kind, "") != "party", ~there)
        # Of a joint case the items go over, each as a case: the whole is closed by its lead here.
        .where(begun.is_not(None), ~Case.joint)
        .order_by(Case.id)
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    for case_id, unit, version in rows:
        row = HandOff(case_id=case_id, version=version, unit_code=unit, state=WAITING, tries=0)
        row.next_at, row.seen = now, []
        session.add(row)
    session.flush()
    return len(rows)


def claimed(
    engine: Engine | Connection, settings: Settings, now: datetime, state: str
) -> list[Out]:
    """Lease what is due in a state, so that no other process takes it as well."""
    lease = secrets.token_hex(16)
    with transaction(engine) as session:
        due = (
            sa.select(HandOff)
            .where(HandOff.state == state, HandOff.next_at <= now)
            .order_by(HandOff.next_at, HandOff.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        found = [_out(session, settings, one, now, lease) for one in session.scalars(due)]
        session.flush()
    return [one for one in found if one]


def _out(
    session: Session, settings: Settings, row: HandOff, now: datetime, lease: str
) -> Out | None:
    """Lease a hand-off; one whose case lies elsewhere by now has ended, once they know."""
    case = session.get_one(Case, row.case_id)
    endpoint = endpoints.of_unit(session, row.unit_code)
    begun = sa.select(sa.func.max(Event.version)).where(
        Event.case_id == case.id, Event.step.in_(BEGINS)
    )
    elsewhere = case.unit_code != row.unit_code or case.status in (*ENDED_CASES, CHECKING)
    over = elsewhere or case.joint or session.scalar(begun) != row.version
    if row.state == SENT and over and endpoint and _open_there(row, case):
        row.state, row.tries, row.next_at = RECALLED, 0, now
        return None
    if endpoint is None or (over and row.state != RECALLED):
        row.state, row.lease = ENDED, None
        return None
    row.lease, row.next_at = lease, now + LEASE
    row.tries += 1
    knows = known(session, settings)
    category = knows.categories.get(case.category_code or "")
    reason = session.scalars(
        sa.select(Event).where(Event.case_id == case.id, Event.version == row.version)
    ).one()
    said = str(reason.text.get("reason") or "") if reason.step in AGAIN else None
    remote = Remote(
        endpoint.url,
        endpoints.key_of(endpoint, settings.keys),
        endpoint.jurisdiction,
        settings.notice_hosts_allowed,
    )
    return Out(
        row.id,
        lease,
        row.tries,
        case.number,
        row.unit_code,
        knows.office.units[row.unit_code].name,
        f"{case.number}.{row.version}",
        max(row.sent_at or now, now - REMEMBERED),
        remote,
        row.remote,
        form(case, endpoint.services, said, category.name if category else case.number),
    )


def _open_there(row: HandOff, case: Case) -> bool:
    """Tell whether they still work on what is taken from them."""
    return bool(row.remote) and DONE_THERE not in row.seen and case.status not in ENDED_HERE
