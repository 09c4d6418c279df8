"""What one case counts for (domain: Figures), from its events and the clocks they make. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from gridgov.cases.clocks import STOPS_CASE, clocks, passages
from gridgov.cases.facts import Past
from gridgov.cases.guards_of_closing import CARDS, ORDERS, THREE_DAYS, TIMEOUTS
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import (
    CHECKING,
    CLOSED,
    DISPATCHED,
    EVALUATED,
    HANDLING,
    MERGED,
    OPEN,
    SUSPENDED,
    WITHDRAWN,
    Status,
)
from gridgov.insight.measures import COUNTS, MEASURES, MINUTES
from gridgov.ladder.clock import Clock
from gridgov.ladder.ladder import Ladder
from gridgov.people.roles import Role
from gridgov.worktime.calendar import seconds_of
from gridgov.worktime.rules import Calendar, Kind, due

FILING = frozenset({"file", "settle", "dispatch_urgent", "open_joint"})
DISPATCHING = frozenset({"dispatch", "dispatch_urgent", "assign_final", "open_joint"})
SUBMITTING = frozenset({"submit", "close_joint"})
SENDING_BACK = frozenset({"rework", "deny"})
IN_HAND = frozenset({HANDLING, SUSPENDED, CHECKING})
PLAIN, PARTY, TRANSFER = "plain", "party", "transfer"
SORTS = (PLAIN, PARTY, TRANSFER)
Key = tuple[int, str, int]


class Card(NamedTuple):
    """A card: to which unit, on which local day, by when it had to be answered, and when it was."""

    on: date
    unit: str | None
    answer_due: datetime
    answered_at: datetime | None

    def unanswered(self, at: datetime) -> bool:
        """Tell whether three working days went by without an answer."""
        over = seconds_of(at) > seconds_of(self.answer_due)
        return over and (self.answered_at is None or self.answered_at > self.answer_due)


@dataclass(frozen=True)
class Measured:
    """What a case counts for, and the instants from which on it will count as late."""

    reported_on: date
    filed_on: date | None
    unit: str | None
    excused: bool
    counts: Mapping[str, int]
    minutes: Mapping[str, int]
    case_due: datetime | None = None
    handle_due: datetime | None = None
    cards: tuple[Card, ...] = ()

    def at(self, now: datetime) -> dict[str, int]:
        """Return all measures as they stand at an instant, lateness of what is open included."""
        found = dict.fromkeys(MEASURES, 0) | dict(self.counts)
        if self.filed_on is not None and self.overdue(now):
            found["late"], found["late_excused"] = 1, int(self.excused)
        if self.handle_due is not None and seconds_of(now) > seconds_of(self.handle_due):
            found["handled"], found["handled_in_time"] = 1, 0
            found["handled_excused"] = max(found["handled_excused"], int(self.excused))
        return found

    def overdue(self, now: datetime) -> bool:
        """Tell whether it is open beyond the limit of the whole case, filed or not."""
        return self.case_due is not None and seconds_of(now) > seconds_of(self.case_due)


def sort_of(kind: str | None, category: CategoryFacts | None) -> str:
    """Return which kind of eyes a case is for: everybody's, or those of Party service."""
    if kind != "party":
        return PLAIN
    return TRANSFER if category is not None and category.transfer else PARTY


def measured(
    past: Sequence[Past], category: CategoryFacts | None, ladder: Ladder, calendar: Calendar
) -> Measured:
    """Return what a case counts for; `past` begins with its report."""
    status = Status(past[-1].to_status)
    filed_at = next((event.at for event in past if event.step in FILING), None)
    counted = status not in (MERGED, WITHDRAWN)
    excused = next((e.step for e in reversed(past) if e.step in TIMEOUTS), None) == "excuse"
    unit = handled_by(past)
    counts = dict.fromkeys(COUNTS, 0)
    minutes: dict[str, int] = {}
    case_due = handle_due = None
    if counted:
        counts |= {"reported": 1, "reported_filed": int(filed_at is not None)}
    found = _Found.of(past, category, ladder, calendar)
    if counted and status in OPEN:
        case_due = found.case_due(status, past[-1].round)
    if counted and filed_at is not None:
        minutes = found.minutes()
        counts |= _once(past) | _asked(past)
        own, handle_due = found.handling(unit, excused)
        counts |= own
        if status in (CLOSED, EVALUATED):
            counts |= found.closing(excused)
        elif status not in OPEN:
            counts["ended_otherwise"] = 1
    return Measured(
        _day(past[0].at, calendar),
        _day(filed_at, calendar) if filed_at else None,
        unit,
        excused,
        counts,
        minutes,
        case_due,
        handle_due,
        cards(past, calendar),
    )


def handled_by(past: Sequence[Past]) -> str | None:
    """Return the unit that handled it last; where none has yet, the one it was given to last."""
    given: str | None = None
    for event in reversed(past):
        if event.unit and (event.to_status in IN_HAND or event.step in SUBMITTING | {"settle"}):
            return str(event.unit)
        if given is None and event.to_status == DISPATCHED:
            given = event.unit
    return given


def cards(past: Sequence[Past], calendar: Calendar) -> tuple[Card, ...]:
    """Return the cards of a case; the first answer answers the first order, and so on."""
    answers = [event.at for event in past if event.step == "answer"]
    return tuple(
        Card(
            _day(event.at, calendar),
            event.unit,
            due(event.at, THREE_DAYS, calendar).at,
            answers[place] if place < len(answers) else None,
        )
        for place, event in enumerate(e for e in past if e.step in ORDERS)
        if event.step in CARDS
    )


def _day(at: datetime, calendar: Calendar) -> date:
    return at.astimezone(calendar.zone).date()


def _once(past: Sequence[Past]) -> dict[str, int]:
    """Count what happened to the case at all, however often."""
    steps = {event.step for event in past}
    failed = any(e.step == "sample" and e.data.get("sampled") == "failed" for e in past)
    denied = any(e.step == "deny" and e.from_status == CLOSED for e in past)
    return {
        "filed": 1,
        "submitted": int(bool(steps & SUBMITTING)),
        "sent_back": int(bool(steps & SENDING_BACK) and bool(steps & SUBMITTING)),
        "dispatched": int(bool(steps & DISPATCHING)),
        "returned": int("grant_return" in steps),
        "settled": int("settle" in steps),
        "falsified": int(failed or denied),
    }


def _asked(past: Sequence[Past]) -> dict[str, int]:
    """Count what was said of each round: the reporter's own latest, else the latest of a caller."""
    said: dict[int, Past] = {}
    calls: set[int] = set()
    reached: set[int] = set()
    for event in past:
        if event.step == "read_contact":
            calls.add(event.round)
        if event.step != "evaluate":
            continue
        if event.role == Role.CALLER:
            calls.add(event.round)
            reached.add(event.round)
        before = said.get(event.round)
        own = event.role == Role.REPORTER
        if before is None or own or before.role != Role.REPORTER:
            said[event.round] = event
    data = [event.data for event in said.values()]
    return {
        "evaluations": len(data),
        "contacted": sum(one.get("contacted") is True for one in data),
        "solved": sum(one.get("solved") is True for one in data),
        "satisfied": sum(one.get("satisfaction") == "satisfied" for one in data),
        "fair": sum(one.get("satisfaction") == "fairly_satisfied" for one in data),
        "calls": len(calls),
        "reached": len(reached),
    }


@dataclass(frozen=True)
class _Found:
    """The clocks of a case, which of them only pause, and whose work the handling was."""

    clocks: Sequence[Clock]
    paused: frozenset[Key]
    unit: Mapping[Key, str | None]
    calendar: Calendar

    @classmethod
    def of(
        cls,
        past: Sequence[Past],
        category: CategoryFacts | None,
        ladder: Ladder,
        calendar: Calendar,
    ) -> _Found:
        unit: dict[Key, str | None] = {}
        last: tuple[Key, ...] = ()
        for passage, event in zip(passages(past), past, strict=True):
            if passage.status not in STOPS_CASE:
                last = passage.keys
            if passage.status is HANDLING:
                unit[passage.keys[0]] = event.unit
        pausing = Status(past[-1].to_status) in STOPS_CASE
        paused = frozenset(last) if pausing else frozenset()
        return cls(clocks(past, category, ladder, calendar), paused, unit, calendar)

    def ended(self, clock: Clock) -> bool:
        """Tell whether it neither runs nor pauses."""
        return not clock.running and clock.key not in self.paused

    def minutes(self) -> dict[str, int]:
        """Return the whole working minutes of the ended clocks of each name, taken together."""
        seconds: dict[str, int] = {}
        for clock in self.clocks:
            end = clock.spans[-1].end
            if clock.name in MINUTES and self.ended(clock) and end is not None:
                used = clock.used(end, self.calendar, Kind.WORKING_HOURS)
                seconds[clock.name] = seconds.get(clock.name, 0) + used
        return {name: found // 60 for name, found in seconds.items()}

    def handling(self, unit: str | None, excused: bool) -> tuple[dict[str, int], datetime | None]:
        """Count the handle clocks of the unit that handled last, and when its open one is late."""
        own = [c for c in self.clocks if c.name == "handle" and self.unit.get(c.key) == unit]
        ended = [clock for clock in own if self.ended(clock)]
        late = any(clock.stopped_in_time(self.calendar) is False for clock in ended)
        dues = [clock.due(self.calendar) for clock in own if not self.ended(clock)]
        counts = {
            "handled": int(bool(ended)),
            "handled_in_time": int(bool(ended) and not late),
            "handled_excused": int(late and excused),
        }
        return counts, next((found.at for found in dues if found), None)

    def closing(self, excused: bool) -> dict[str, int]:
        """Count a closed case: on time if every round was."""
        rounds = [clock for clock in self.clocks if clock.name == "case"]
        late = any(clock.stopped_in_time(self.calendar) is False for clock in rounds)
        return {
            "closed": 1,
            "closed_in_time": int(not late),
            "closed_excused": int(late and excused),
        }

    def case_due(self, status: Status, round_: int) -> datetime | None:
        """Return when an open case is late; suspended ones count as within their limit."""
        if status is SUSPENDED:
            return None
        clock = next((c for c in self.clocks if (c.name, c.round) == ("case", round_)), None)
        found = clock.due(self.calendar) if clock else None
        return found.at if found else None
