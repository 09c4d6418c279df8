"""Joint cases as lists show them: their items, and how far the whole has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from gridgov.cases.cooperate import carriers
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case, CoUnit, Event, EventText
from gridgov.cases.workflow import CLOSED, EVALUATED, OPEN, SUSPENDED
from gridgov.people.actors import Actor

DONE = frozenset({CLOSED, EVALUATED})
JOINT = aliased(Case)


class Asked(NamedTuple):
    """A unit asked to co-operate (协办), and when it joined (应哨), if it has."""

    unit: str
    asked_at: datetime
    joined_at: datetime | None


class Progress(NamedTuple):
    """What was reported last of an item."""

    at: datetime
    text: str


class Item(NamedTuple):
    """An item of the list, with who co-operates, its last progress, why it is suspended."""

    case: Case
    co_units: tuple[Asked, ...]
    progress: Progress | None
    suspended_for: str | None  # a reason of cases.fields.SUSPENSION_REASONS


@dataclass
class Summary:
    """How far a joint case has come, by the number of its items."""

    total: int = 0
    done: int = 0
    open: int = 0  # neither ended nor suspended; or carried by a case that is not done
    rejected: int = 0  # and whatever else ended without being done
    suspended: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by reason


def items_of(
    session: Session, case_ids: Sequence[int], actor: Actor, at: datetime, known: Known
) -> dict[int, list[Item]]:
    """Return the items that somebody sees of joint cases, in their order; four statements."""
    found: dict[int, list[Item]] = defaultdict(list)
    query = sa.select(Case).where(Case.joint_id.in_(case_ids), visible(actor, known.office, at))
    cases = session.scalars(query.order_by(Case.id)).all()
    ids = [case.id for case in cases]
    asked = asked_of(session, ids)
    said = _progress(session, ids)
    why = reasons(session, ids)
    for case in cases:
        reason = why.get(case.id) if case.status == SUSPENDED else None
        one = Item(case, asked[case.id], said.get(case.id), reason)
        found[case.joint_id or 0].append(one)
    return found


def asked_of(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[Asked, ...]]:
    """Return who was asked to co-operate on cases, in the order of asking."""
    found: dict[int, tuple[Asked, ...]] = defaultdict(tuple)
    query = sa.select(CoUnit).where(CoUnit.case_id.in_(case_ids)).order_by(CoUnit.id)
    for one in session.scalars(query):
        found[one.case_id] += (Asked(one.unit_code, one.asked_at, one.joined_at),)
    return found


def summaries(session: Session, case_ids: Sequence[int]) -> dict[int, Summary]:
    """Return how far joint cases have come, whoever asks; what is merged as what carries it."""
    found: dict[int, Summary] = defaultdict(Summary)
    reason = sa.select(Event.data["suspension_reason"].as_string()).where(
        Event.case_id == Case.id, Event.step == "suspend"
    )
    reason = reason.order_by(Event.version.desc()).limit(1)
    why = sa.case((Case.status == SUSPENDED, reason.scalar_subquery())).label("why")
    query = sa.select(Case.joint_id, Case.status, why, Case.merged_into_id)
    rows = session.execute(query.where(Case.joint_id.in_(case_ids))).all()
    carried = carriers(session, {row.merged_into_id for row in rows if row.merged_into_id})
    for row in rows:
        one = found[row.joint_id]
        one.total += 1
        _, status = carried.get(row.merged_into_id, (None, row.status))
        if status in DONE:
            one.done += 1
        elif row.status == SUSPENDED:
            one.suspended[row.why or ""] += 1
        elif status in OPEN:
            one.open += 1
        else:
            one.rejected += 1
    return found


def joint_of(session: Session, case: Case) -> tuple[str, str | None] | None:
    """Return number and lead of the joint case whose item a case is."""
    if case.joint_id is None:
        return None
    query = sa.select(JOINT.number, JOINT.unit_code, JOINT.lead_unit_code)
    row = session.execute(query.where(JOINT.id == case.joint_id)).one()
    return row.number, row.unit_code or row.lead_unit_code


def joints_of(session: Session, cases: Sequence[Case]) -> dict[int, tuple[str, str | None]]:
    """Return number and lead of the joint cases whose items cases are; one statement."""
    keys = {case.joint_id for case in cases if case.joint_id is not None}
    query = sa.select(JOINT.id, JOINT.number, JOINT.unit_code, JOINT.lead_unit_code)
    rows = session.execute(query.where(JOINT.id.in_(keys)))
    found = {row.id: (row.number, row.unit_code or row.lead_unit_code) for row in rows}
    return {case.id: found[case.joint_id] for case in cases if case.joint_id is not None}


def _latest(ids: Sequence[int], step: str, *columns: Any) -> sa.Select[Any]:
    last = sa.select(sa.func.max(Event.version).label("version"), Event.case_id)
    last_of = last.where(Event.case_id.in_(ids), Event.step == step).group_by(Event.case_id)
    one = last_of.subquery()
    both = sa.and_(Event.case_id == one.c.case_id, Event.version == one.c.version)
    return sa.select(Event.case_id, *columns).join(one, both)


def _progress(session: Session, ids: Sequence[int]) -> dict[int, Progress]:
    query = _latest(ids, "progress", Event.at, EventText.text)
    rows = session.execute(query.join(EventText, EventText.event_id == Event.id, isouter=True))
    return {row.case_id: Progress(row.at, (row.text or {}).get("text", "")) for row in rows}


def reasons(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Return why cases were suspended last, of those that were."""
    rows = session.execute(_latest(ids, "suspend", Event.data))
    return {row.case_id: row.data.get("suspension_reason") or "" for row in rows}
