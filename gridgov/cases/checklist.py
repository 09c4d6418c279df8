"""The papers of a membership transfer (组织关系转移), ticked one after another. Pure.

Nothing is kept of it but the events: which papers are done, and until when the letter of
introduction (介绍信) is valid, is read from them. The letter has a clock of its own, from its tick
until its reception is ticked or the case has ended; it is due at the end of its last day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from gridgov.cases import refusals as no
from gridgov.cases.facts import Past, Scene
from gridgov.cases.fields import PAPERS
from gridgov.cases.workflow import OPEN
from gridgov.ladder.clock import Clock, Span, joined
from gridgov.worktime.rules import Calendar, Due, Kind

STEP, CLOCK = "check_off", "letter"
LETTER, RECEPTION = "letter", "reception"
MONTHS = 3  # for which a letter is valid at the most
DAY = timedelta(days=1)


class Line(NamedTuple):
    """A paper of the list: when it was ticked, if it was; of the letter, its last day."""

    paper: str
    label: str
    at: datetime | None
    valid_until: date | None


def lines(past: Sequence[Past], round_: int) -> list[Line]:
    """Return all papers in their order, as they stand in a round."""
    ticked = {e.data.get("paper"): e for e in past if e.step == STEP and e.round == round_}
    return [
        Line(paper, label, found.at if found else None, _day(found))
        for paper, label in PAPERS.items()
        for found in (ticked.get(paper),)
    ]


def next_paper(past: Sequence[Past], round_: int) -> str | None:
    """Return the paper that comes next; None when all are done."""
    return next((line.paper for line in lines(past, round_) if line.at is None), None)


def _day(event: Past | None) -> date | None:
    told = event.data.get("valid_until") if event else None
    return date.fromisoformat(str(told)) if told else None


def letters(past: Sequence[Past], calendar: Calendar) -> list[Clock]:
    """Return the clock of each round's letter."""
    until: dict[int, date] = {}
    received: set[int] = set()
    spans: dict[int, list[Span]] = defaultdict(list)
    for place, event in enumerate(past):
        if event.step == STEP and event.data.get("paper") == LETTER and (day := _day(event)):
            until[event.round] = day
        elif event.step == STEP and event.data.get("paper") == RECEPTION:
            received.add(event.round)
        waits = event.round in until and event.round not in received
        if waits and event.to_status in OPEN:
            end = past[place + 1].at if place + 1 < len(past) else None
            spans[event.round].append(Span(event.at, end))
    return [
        Clock(
            CLOCK,
            round_,
            1,
            Kind.CALENDAR_DAYS,
            None,
            joined(found),
            _end(until[round_], calendar),
        )
        for round_, found in spans.items()
    ]


def _end(day: date, calendar: Calendar) -> Due:
    return Due(datetime.combine(day + DAY, time(), calendar.zone).astimezone(UTC), False)


def transfer_only(scene: Scene) -> None:
    """Only a membership transfer has papers to tick, and all of them only once a round."""
    if scene.category is None or not scene.category.transfer:
        raise no.NotATransfer
    if next_paper(scene.past, scene.case.round) is None:
        raise no.PapersDone


def paper_in_order(scene: Scene) -> None:
    """One after another."""
    paper, wanted = scene.given.get("paper"), next_paper(scene.past, scene.case.round)
    if paper is not None and wanted is not None and paper != wanted:
        raise no.PaperOutOfOrder(field="paper", paper=PAPERS[wanted])


def letter_dated(scene: Scene) -> None:
    """The letter says until when it is valid: from today on, three months at the most."""
    until = scene.given.get("valid_until")
    if scene.given.get("paper") != LETTER:
        if until is not None:
            raise no.DateOfTheLetter(field="valid_until")
        return
    today = scene.at.astimezone(scene.calendar.zone).date()
    if until is None:
        raise no.LetterWithoutDate(field="valid_until")
    if not today <= until <= latest(today):
        raise no.LetterTooLong(field="valid_until", last=latest(today).isoformat())


def latest(today: date) -> date:
    """Return the last day for which a letter of today may be valid."""
    month = today.month + MONTHS
    first = date(today.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return first.replace(day=min(today.day, last.day))
