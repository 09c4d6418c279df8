"""When a resolution is done: ticked, or with the item or the instruction that it became."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from gridgov.cases.guards_of_closing import ORDERS
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import CLOSED, EVALUATED, MERGED, REJECTED, WITHDRAWN
from gridgov.joint.tables import Resolution

OVER = [CLOSED.value, EVALUATED.value]
LEFT = [REJECTED.value, WITHDRAWN.value]


def _ended() -> sa.ColumnElement[bool]:
    """A merged case is over with the one that carries it."""
    carrier = aliased(Case)
    carried = sa.exists().where(carrier.id == Case.merged_into_id, carrier.status.in_(OVER))
    over = sa.or_(Case.status.in_(OVER), sa.and_(Case.status == MERGED, carried))
    return sa.exists().where(Case.id == Resolution.case_id, over)


def _answered() -> sa.ColumnElement[bool]:
    """Orders of a case are answered in their turn: this one, when there are as many answers."""

    def number(*steps: str, until: sa.ColumnElement[bool] | None = None) -> sa.ColumnElement[int]:
        query = sa.select(sa.func.count(Event.id)).where(
            Event.case_id == Resolution.case_id, Event.step.in_(steps)
        )
        return (query if until is None else query.where(until)).scalar_subquery()

    before = Event.version <= Resolution.case_version
    return number("answer") >= number(*sorted(ORDERS), until=before)


_TICKED = Resolution.done_at.is_not(None)
DONE: sa.ColumnElement[bool] = sa.case(
    (Resolution.kind == "item", sa.or_(_ended(), _TICKED)),
    (Resolution.kind == "instruct", sa.or_(_answered(), _ended(), _TICKED)),
    else_=_TICKED,
)
# Its case was dropped: whether what was resolved is done without it, people say.
DROPPED: sa.ColumnElement[bool] = sa.exists().where(
    Case.id == Resolution.case_id, Case.status.in_(LEFT)
)
