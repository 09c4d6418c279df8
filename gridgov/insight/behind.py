"""The cases behind a number: as one condition, so that the list's count is the number."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.errors import BadInput, NotAllowed
from gridgov.insight.figures import COUNTED, FIGURES, OVERDUE, Parts, summed
from gridgov.insight.full import MOST, judged_in, judged_open
from gridgov.insight.measures import COUNTS, OF_REPORT
from gridgov.insight.reach import Asked, Reach
from gridgov.insight.read import Judged
from gridgov.insight.standing import Standing, at_once
from gridgov.insight.sums import Asking, among, live
from gridgov.insight.tables import CardRow, D, Digest
from gridgov.insight.totals import Totals, add_judged, belongs
from gridgov.people.actors import Actor
from gridgov.people.roles import Role

OF_CARDS = frozenset({"cards", "cards_unanswered"})


class NumberUnknown(BadInput):
    """There is no such number; each figure's answer names those behind it."""


class EvaluationsStayTotals(NotAllowed):
    """Evaluations reach a unit as totals only."""


def numbers() -> dict[str, Parts]:
    """Return all numbers that open the cases behind them, as sums of measures."""
    found: dict[str, Parts] = {name: parts for name, (_, parts) in COUNTED.items()}
    for figure in FIGURES:
        found[f"{figure.name}.over"] = figure.over
        found[f"{figure.name}.under"] = figure.under
        if figure.raw_over is not None and figure.raw_under is not None:
            found[f"{figure.name}.raw_over"] = figure.raw_over
            found[f"{figure.name}.raw_under"] = figure.raw_under
    # Judged by itself: it is of no period.
    return found | {OVERDUE: {}}


NUMBERS = numbers()
OF_EVALUATIONS = frozenset(
    f"{figure.name}.{part}"
    for figure in FIGURES
    if figure.of_evaluations
    for part in ("over", "under")
)


def behind(
    session: Session,
    number: str,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    as_of: datetime | None = None,
) -> sa.ColumnElement[bool]:
    """Return the condition on Case under which it is behind a number; see `ids_behind`."""
    found = ids_behind(session, number, asked, reach, actor, known, now, as_of=as_of)
    return Case.id.in_(found)


def ids_behind(
    session: Session,
    number: str,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    as_of: datetime | None = None,
) -> Any:
    """Return a query of the keys of the cases behind a number.

    Numbers of evaluations, calls and cards count those; their list holds the cases that have them.

    Raises: NumberUnknown, EvaluationsStayTotals, PeriodTooWide.
    """
    parts = NUMBERS.get(number)
    if parts is None:
        raise NumberUnknown(field="number")
    if reach.role is Role.HEAD and number in OF_EVALUATIONS:
        raise EvaluationsStayTotals

    def make(standing: Standing) -> Any:
        hidden = standing.hidden
        if as_of is not None or standing.run is None:
            if number == OVERDUE:
                judged = judged_open(session, reach, known, as_of, most=MOST)
            else:
                judged = judged_in(session, asked, reach, known, as_of, most=MOST)
            asking = Asking(session, asked, reach, known, now, (), hidden)
            return _these(_counted(judged, number, asking, as_of or now))
        asking = Asking(session, asked, reach, known, now, (), hidden, moved=standing.moved)
        stored = _stored(number, parts, asking)
        counted = _counted(standing.moved, number, asking, now)
        # One set rather than two conditions with "or", for which every case would be looked at.
        return stored.union_all(_these(counted)) if counted else stored

    return at_once(session, actor, known, now, make)


def _these(ids: list[int]) -> Any:
    return sa.select(Case.id).where(among(Case.id, ids))


def _counted(judged: Any, number: str, asking: Asking, at: datetime) -> list[int]:
    return [
        one.case_id
        for one in judged
        if one.case_id not in asking.left_out and _counts(one, number, asking, at)
    ]


def _counts(one: Judged, number: str, asking: Asking, at: datetime) -> bool:
    if number == OVERDUE:
        return one.measured.overdue(at) and belongs(one, asking)
    totals: dict[Any, Totals] = asking.fresh()
    add_judged(totals, one, asking, at)
    return summed(NUMBERS[number], totals[()].counts) > 0


def _stored(number: str, parts: Parts, asking: Asking) -> Any:
    if number in OF_CARDS:
        query = sa.select(CardRow.case_id).join(Digest, D.case_id == CardRow.case_id)
        query = query.where(
            asking.within(CardRow.day),
            *asking.of_cases(unit=CardRow.unit_code),
            *asking.not_apart(),
        )
        return query.where(_unanswered(asking.now)) if number == "cards_unanswered" else query
    if number == OVERDUE:
        return sa.select(D.case_id).where(*overdue(asking))
    late = live(asking.now)
    columns: dict[str, Any] = {
        name: late.get(name, D[name] if name in COUNTS else None) for name in parts
    }
    total: Any = sum((weight * columns[name] for name, weight in parts.items()), sa.literal(0))
    day = D.reported_on if set(parts) <= set(OF_REPORT) else D.filed_on
    where = [asking.within(day), *asking.of_cases(), *asking.not_apart(), total > 0]
    if set(parts) == {"late"}:
        # Said as the index of what can be late has it, so that not every case is looked at.
        where.append(D.case_due < asking.now.replace(microsecond=0))
    return sa.select(D.case_id).where(*where)


def overdue(asking: Asking) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what is past its limit, said as the index of that has them."""
    passed = D.case_due < asking.now.replace(microsecond=0)
    return [passed, *asking.of_cases(), *asking.not_apart()]


def _unanswered(now: datetime) -> sa.ColumnElement[bool]:
    late = sa.or_(CardRow.answered_at.is_(None), CardRow.answered_at > CardRow.answer_due)
    return sa.and_(CardRow.answer_due < now.replace(microsecond=0), late)
