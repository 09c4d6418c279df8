"""The cases of a firm: what it reported, and what visitors heard from whoever speaks for it.

Both by pages of the newest first, so that years of them cost no more than the latest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases import show
from gridgov.cases.facts import Scene
from gridgov.cases.find import past, read_cursor
from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.community.tables import Visit, VisitNeed
from gridgov.people.actors import Actor

PAGE = 300
# Who speaks for a firm: what only its staff or its Party branch said is not told to its account.
SPEAKS = frozenset({"owner", "administration", "finance"})
PERSONAL = ("party", "resident", "wish")  # kinds of somebody's own


class Reported(NamedTuple):
    """A page of what a firm reported, and whether there is more."""

    cases: list[Case]
    more: bool


class Heard(NamedTuple):
    """A page of needs heard on visits, each with its visit's ref, and whether there is more."""

    cases: list[tuple[Case, str]]
    more: bool


def cases_of(
    session: Session,
    code: str,
    actor: Actor,
    at: datetime,
    known: Known,
    after: str | None = None,
    most: int = PAGE,
) -> Reported:
    """Return the cases of a firm that somebody sees with its own words, the newest first.

    Who reads but a summary of a confidential case is not told on this way whose it is. Raises
    CursorWrong.
    """
    query = sa.select(Case).where(Case.firm_code == code, visible(actor, known.office, at))
    rows = _page(session, query, after, most, lambda row: told(Scene.of(known, row[0], actor, at)))
    return Reported([row[0] for row in rows[:most]], len(rows) > most)


def heard(
    session: Session,
    code: str,
    after: str | None = None,
    most: int = PAGE,
    refs: Collection[str] | None = None,
) -> Heard:
    """Return the needs heard on visits from whoever speaks for a firm, the newest first.

    Of all visits, or of those of `refs`. For the firm itself, which was given number and code of
    each. Raises CursorWrong.
    """
    query = (
        sa.select(Case, Visit.ref, Visit.met)
        .join(VisitNeed, VisitNeed.case_id == Case.id)
        .join(Visit, Visit.id == VisitNeed.visit_id)
        .where(
            Visit.firm_code == code,
            Case.firm_code == code,
            sa.func.coalesce(Case.kind, "").not_in(PERSONAL),
        )
    )
    if refs is not None:
        query = query.where(Visit.ref.in_(refs))
    rows = _page(session, query, after, most, lambda row: bool(SPEAKS & set(row.met)))
    return Heard([(row[0], row.ref) for row in rows[:most]], len(rows) > most)


def _page(
    session: Session,
    query: sa.Select[Any],
    after: str | None,
    most: int,
    told: Callable[[Any], bool],
) -> Sequence[Any]:
    """Return the rows that are told, one more than wanted where there are so many.

    Where a page ends is said by what is told alone, never by what is not.
    """
    place = read_cursor(after) if after else None
    found: list[Any] = []
    ordered = query.order_by(Case.reported_at.desc(), Case.id.desc()).limit(most + 1)
    while len(found) <= most:
        here = ordered if place is None else ordered.where(past(*place))
        rows = session.execute(here).all()
        found += filter(told, rows)
        if len(rows) <= most:
            break
        place = rows[-1][0].reported_at, rows[-1][0].id
    return found


def told(scene: Scene) -> bool:
    """Tell whether somebody who sees a case is told which firm's it is."""
    return show.original_text(scene) if scene.case.firm_code else False
