"""What a reporter is told of a joint case: the items that were written for it, as each stands.

Cases of other reporters that were bundled into it are not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case, Event, EventText
from gridgov.cases.workflow import REJECTED, SUSPENDED
from gridgov.joint.items import CHANNEL
from gridgov.joint.show import reasons

LEFT_OUT = ("drop_item", "reject")


class Told(NamedTuple):
    """An item in plain facts: what, who, how it stands, and why it is not done."""

    text: str
    unit: str | None
    status: str
    result: str | None
    why: str | None  # a reason of cases.fields.SUSPENSION_REASONS, or in words where left out
    resume_on: date | None


def told(session: Session, joint: Case) -> list[Told]:
    """Return the items of a joint case that its reporter is told of; three statements at most."""
    return told_of_many(session, [joint])[joint.id]


def told_of_many(session: Session, joints: Sequence[Case]) -> dict[int, list[Told]]:
    """Return the same of several joint cases by their keys, in as many statements."""
    found: dict[int, list[Told]] = {joint.id: [] for joint in joints}
    if not found:
        return found
    query = sa.select(Case).where(Case.joint_id.in_(list(found)), Case.channel == CHANNEL)
    cases = session.scalars(query.order_by(Case.id)).all()
    why = reasons(session, _those(cases, SUSPENDED)) | _words(session, _those(cases, REJECTED))
    for case in cases:
        found[case.joint_id or 0].append(_told(case, why.get(case.id)))
    return found


def _told(case: Case, why: str | None) -> Told:
    return Told(
        case.summary or case.description or "",
        case.unit_code,
        case.status,
        case.result,
        why,
        case.resume_on if case.status == SUSPENDED else None,
    )


def _those(cases: Sequence[Case], status: str) -> list[int]:
    return [case.id for case in cases if case.status == status]


def _words(session: Session, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = sa.select(Event.case_id, EventText.text).join(EventText, EventText.event_id == Event.id)
    query = query.where(Event.case_id.in_(ids), Event.step.in_(LEFT_OUT)).order_by(Event.version)
    return {row.case_id: (row.text or {}).get("reason", "") for row in session.execute(query)}
