"""The public list of wishes (微心愿): the approved text, the kind, and how far it has come.

Nothing else of a wish leaves by it: no words of the wisher, no place, no result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.claiming import WISH
from gridgov.cases.find import cursor, past, read_cursor
from gridgov.cases.known import Known
from gridgov.cases.see import claimed_by, listed
from gridgov.cases.tables import Case
from gridgov.cases.workflow import CLOSED, EVALUATED, FILED
from gridgov.people.actors import Actor
from gridgov.words import N_

MOST = 100
OWN = 50  # of one's own on a page


class State(StrEnum):
    """How far a wish has come."""

    OPEN = "open"
    CLAIMED = "claimed"
    REALISED = "realised"


STATES = {
    State.OPEN: N_("To be claimed"),
    State.CLAIMED: N_("Claimed"),
    State.REALISED: N_("Come true"),
}
_DONE = (CLOSED, EVALUATED)


@dataclass(frozen=True)
class Wanted:
    """Which wishes: of a category, in a state; a page of them."""

    category: str | None = None
    state: str | None = None
    limit: int = 25
    after: str | None = None


class Page(NamedTuple):
    """Some wishes, the newest first, and the cursor of what comes after them."""

    wishes: Sequence[Case]
    next: str | None


def wishes(session: Session, wanted: Wanted, at: datetime) -> Page:
    """Return a page of the public list."""
    query = sa.select(Case).where(listed(at))
    if wanted.category:
        query = query.where(Case.category_code.startswith(wanted.category, autoescape=True))
    if wanted.state:
        query = query.where(_in(State(wanted.state)))
    if wanted.after:
        query = query.where(past(*read_cursor(wanted.after)))
    ordered = query.order_by(Case.reported_at.desc(), Case.id.desc())
    found = session.scalars(ordered.limit(wanted.limit + 1)).all()
    page = found[: wanted.limit]
    return Page(page, cursor(page[-1]) if len(found) > wanted.limit else None)


class Claimed(NamedTuple):
    """A page of what somebody has claimed, and how many there are of it."""

    wishes: Sequence[Case]
    number: int


def claimed(session: Session, actor: Actor, page: int = 1, most: int = OWN) -> Claimed:
    """Return a page of what somebody has claimed: what is under way first, then the latest."""
    ended = Case.status.in_(_DONE)
    query = sa.select(Case, sa.func.count().over()).where(claimed_by(actor))
    ordered = query.order_by(ended, Case.updated_at.desc(), Case.id.desc())
    rows = session.execute(ordered.limit(most).offset((page - 1) * most)).all()
    return Claimed([row[0] for row in rows], rows[0][1] if rows else 0)


def state(case: Case) -> State:
    """Tell how far a wish has come."""
    if case.status in _DONE:
        return State.REALISED
    return State.OPEN if case.status == FILED else State.CLAIMED


def kinds(known: Known) -> list[str]:
    """Return the categories of wishes."""
    return [one.code for one in known.categories.values() if one.kind == WISH and one.active]


def _in(wanted: State) -> sa.ColumnElement[bool]:
    if wanted is State.OPEN:
        return Case.status == FILED
    done = Case.status.in_(_DONE)
    return done if wanted is State.REALISED else sa.and_(Case.status != FILED, ~done)
