"""Answers what is asked for: from roll-ups where they serve, else from the cases' own rows.

What has moved on since the roll-ups were made is taken out of them and judged at once, and what
passing time alone makes late is counted live: so the answer is that of this instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.insight.full import full
from gridgov.insight.reach import Asked, Reach
from gridgov.insight.standing import Standing, at_once
from gridgov.insight.sums import Asking, sum_up
from gridgov.insight.totals import Key, Totals, known_keys
from gridgov.people.actors import Actor

Span = tuple[date, date]


@dataclass
class Answer:
    """Sums by key, and where they came from: rollups, cases or events."""

    by: dict[Key, Totals]
    source: str

    @property
    def total(self) -> Totals:
        """All of it."""
        whole = Totals()
        for one in self.by.values():
            whole.merge(one)
        return whole


def ask(
    session: Session,
    asked: Asked,
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    as_of: datetime | None = None,
    by: tuple[str, ...] = (),
    minutes: bool = True,
) -> Answer:
    """Answer at `now`, or as things stood at `as_of`, from the events. Raises PeriodTooWide.

    Without `minutes` there may be no times in the sums.
    """
    spans = [(asked.start, asked.end)]
    return ask_spans(
        session, asked, spans, reach, actor, known, now, as_of=as_of, by=by, minutes=minutes
    )[0]


def ask_spans(
    session: Session,
    asked: Asked,
    spans: Sequence[Span],
    reach: Reach,
    actor: Actor,
    known: Known,
    now: datetime,
    *,
    as_of: datetime | None = None,
    by: tuple[str, ...] = (),
    minutes: bool = True,
) -> list[Answer]:
    """Answer the same of several periods, in as many statements as of one where they can be."""
    wanted = {span: replace(asked, start=span[0], end=span[1]) for span in spans}

    def make(standing: Standing) -> list[Answer]:
        if as_of is not None or standing.run is None:
            whole = as_of is None
            found = {
                span: Answer(
                    full(session, one, reach, known, as_of or now, by=by,
                         left_out=standing.hidden, whole=whole),
                    "events",
                )
                for span, one in wanted.items()
            }  # fmt: skip
            return [found[span] for span in spans]
        each = [
            Asking(session, one, reach, known, now, by, standing.hidden, minutes, standing.moved)
            for one in wanted.values()
        ]
        sources = [sum_up(group) for group in ([each] if _apart(wanted) else [[a] for a in each])]
        made = {
            span: Answer(known_keys(one.totals), sources[0])
            for span, one in zip(wanted, each, strict=True)
        }
        return [made[span] for span in spans]

    return at_once(session, actor, known, now, make)


def _apart(spans: Iterable[Span]) -> bool:
    """Tell whether no two periods share a day."""
    ordered = sorted(spans)
    return all(one[1] <= other[0] for one, other in pairwise(ordered))
