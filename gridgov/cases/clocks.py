"""A case's clocks, derived from its events alone (domain: Time). Pure.

One for each stage, and the case clock from report to closed; waiting, verifying and suspended stop
the case clock. A stage entered again in a round continues its clock; only a new dispatch starts
new accept and handle clocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from gridgov.cases.checklist import letters
from gridgov.cases.facts import Past
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import (
    CHECKING,
    DISPATCHED,
    FILED,
    HANDLING,
    OPEN,
    REPORTED,
    SUSPENDED,
    VERIFYING,
    WAITING,
    Status,
)
from gridgov.ladder.clock import Clock, Span, joined, seconds_in
from gridgov.ladder.ladder import Ladder
from gridgov.words import N_
from gridgov.worktime.calendar import instant_of, seconds_of
from gridgov.worktime.rules import Calendar, Due, Kind, Limit

STAGE = {
    REPORTED: "intake",
    VERIFYING: "verify",
    WAITING: "waiting",
    FILED: "dispatch",
    DISPATCHED: "accept",
    HANDLING: "handle",
    SUSPENDED: "suspension",
    CHECKING: "check",
}
STOPS_CASE = frozenset({WAITING, VERIFYING, SUSPENDED})
LABELS = {
    "intake": N_("Intake"),
    "verify": N_("Verification"),
    "waiting": N_("Waiting for the reporter"),
    "dispatch": N_("Dispatch"),
    "accept": N_("Acceptance"),
    "handle": N_("Handling"),
    "suspension": N_("Suspension"),
    "check": N_("Check"),
    "case": N_("The whole case"),
    "join": N_("Co-operation"),
    "letter": N_("Validity of the letter"),
}
# What begins a new run of a clock in the same round.
NEW_RUN = {
    "accept": frozenset({"dispatch", "dispatch_urgent", "assign_final", "open_joint"}),
    "handle": frozenset({"dispatch", "dispatch_urgent", "assign_final", "open_joint", "claim"}),
    "waiting": frozenset({"ask_more"}),
    "suspension": frozenset({"suspend"}),
}
Key = tuple[int, str, int]


class Passage(NamedTuple):
    """A stretch of the past between two events."""

    status: Status
    round: int
    start: datetime
    end: datetime | None
    runs: Mapping[str, int]

    @property
    def keys(self) -> tuple[Key, ...]:
        """Which clocks run meanwhile: the stage's, and the case's."""
        if self.status not in OPEN:
            return ()
        stage = STAGE[self.status]
        own = (self.round, stage, self.runs.get(stage, 1))
        return (own,) if self.status in STOPS_CASE else (own, (self.round, "case", 1))


class Call(NamedTuple):
    """A unit asked to co-operate, until it answers or there is nothing left to answer."""

    unit: str
    round: int
    run: int
    start: datetime
    end: datetime | None


def clocks(
    past: Sequence[Past],
    category: CategoryFacts | None,
    ladder: Ladder,
    calendar: Calendar,
    *,
    resume_on: date | None = None,
) -> list[Clock]:
    """Return all clocks of a case, in the order in which they began."""
    spans: dict[Key, list[Span]] = defaultdict(list)
    for passage in passages(past):
        for key in passage.keys:
            spans[key].append(Span(passage.start, passage.end))
    for call in calls(past):
        spans[call.round, "join", call.run].append(Span(call.start, call.end))
    made = {
        key: _clock(key, found, past, category, ladder, calendar) for key, found in spans.items()
    }
    found = [_fixed(clock, made, past, calendar, resume_on) for clock in made.values()]
    return [*found, *letters(past, calendar)]


def passages(past: Sequence[Past]) -> Iterator[Passage]:
    """Yield the stretch after each event, until the next."""
    runs: dict[tuple[int, str], int] = defaultdict(int)
    for place, event in enumerate(past):
        for clock, starts in NEW_RUN.items():
            runs[event.round, clock] += event.step in starts
        end = past[place + 1].at if place + 1 < len(past) else None
        # A case is made in waiting for nothing: a run that no step began is the first.
        counted = {clock: max(1, runs[event.round, clock]) for clock in NEW_RUN}
        yield Passage(Status(event.to_status), event.round, event.at, end, counted)


def calls(past: Sequence[Past]) -> list[Call]:
    """Return which units were asked to co-operate, in the order in which they were asked."""
    made: list[Call] = []
    for event in past:
        if event.step == "ask_join":
            run = 1 + sum(call.round == event.round for call in made)
            made.append(Call(event.data.get("unit") or "", event.round, run, event.at, None))
        if not made:
            continue
        over, unit = event.to_status not in OPEN, answers(event)
        made = [
            call._replace(end=event.at)
            if call.end is None and (over or unit == call.unit)
            else call
            for call in made
        ]
    return made


def answers(event: Past) -> str | None:
    """Return the unit that answers a call by a step: it joins, or accepts the case as its own."""
    if event.step == "join":
        return event.data.get("unit")
    return event.unit if event.step == "accept" else None


def _clock(
    key: Key,
    spans: Sequence[Span],
    past: Sequence[Past],
    category: CategoryFacts | None,
    ladder: Ladder,
    calendar: Calendar,
) -> Clock:
    round_, name, run = key
    # A unit answers a call as it accepts a case.
    limit = limit_of("accept" if name == "join" else name, category, ladder)
    own = _own_limit(past)
    if own is not None and name == "handle":
        limit = own
    whole = _joint_limit(past, round_, run if name == "handle" else None)
    if whole is not None and name in ("case", "handle"):
        # Of a joint case with a limit of its own the lead has as long as the whole.
        limit = whole if name == "case" else None
    kind = limit.kind if limit else Kind.WORKING_HOURS
    seconds = limit.seconds(calendar) if limit else None
    if own is not None and name == "case" and seconds is not None:
        # An item that is given longer than its category has that long as a case, too.
        seconds = max(seconds, seconds_in(own, kind, calendar))
    if seconds is not None and name in ("case", "handle"):
        usual = limit_of("handle", category, ladder) or limit_of("case", category, ladder)
        more = own or whole or usual
        times = _extensions(past, round_, run if name == "handle" else None)
        seconds += times * (seconds_in(more, kind, calendar) if more else 0)
    return Clock(name, round_, run, kind, seconds, joined(spans))


def limit_of(name: str, category: CategoryFacts | None, ladder: Ladder) -> Limit | None:
    """Return the limit of a clock: the category's, else the ladder's."""
    given = category.limits.get(name) if category else None
    return Limit(Kind(given[0]), given[1]) if given else ladder.limits.get(name)


def _own_limit(past: Sequence[Past]) -> Limit | None:
    """Return the limit of the handling that an item of a joint case was given when it was made."""
    given = past[0].data.get("limit")
    return Limit(Kind(given[0]), given[1]) if given else None


def _joint_limit(past: Sequence[Past], round_: int, run: int | None) -> Limit | None:
    """Return the limit that a joint case was opened with, for a clock since then.

    `run` is that of a handle clock; an earlier one keeps the limit that it had.
    """
    place = next((at for at, one in enumerate(past) if one.step == "open_joint"), None)
    if place is None or not (days := past[place].data.get("limit_days")):
        return None
    opened = past[place]
    runs = sum(
        one.round == opened.round and one.step in NEW_RUN["handle"] for one in past[: place + 1]
    )
    before = round_ < opened.round or (round_ == opened.round and run is not None and run < runs)
    return None if before else Limit(Kind(opened.data["limit_kind"]), days)


def _extensions(past: Sequence[Past], round_: int, run: int | None) -> int:
    dispatches = extensions = 0
    for event in past:
        if event.round != round_:
            continue
        dispatches += event.step in NEW_RUN["handle"]
        extensions += event.step == "extend" and run in (None, max(1, dispatches))
    return extensions


def _fixed(
    clock: Clock,
    made: Mapping[Key, Clock],
    past: Sequence[Past],
    calendar: Calendar,
    resume_on: date | None,
) -> Clock:
    """Give a clock its deadline where that comes from elsewhere."""
    if clock.name == "suspension" and resume_on and clock.running:
        midnight = datetime.combine(resume_on, time(), calendar.zone).astimezone(UTC)
        return replace(clock, fixed=Due(midnight, False), limit=None)
    case = made.get((clock.round, "case", 1))
    # The platform that a case came from may have moved its deadline since.
    told = (event.data.get("given_due") for event in reversed(past) if event.round == 1)
    given = next(filter(None, told), None) if clock.round == 1 else None
    if clock.name == "case" and given:
        instant = instant_of(seconds_of(datetime.fromisoformat(given)))
        return replace(clock, fixed=Due(instant, False), limit=None)
    if clock.name == "handle" and clock.limit is None and case is not None:
        return _with_case(clock, _fixed(case, {}, past, calendar, None), calendar)
    return clock


def _with_case(clock: Clock, case: Clock, calendar: Calendar) -> Clock:
    """Let a clock without a limit be due with the case: what the case had left is its limit."""
    fixed = case.due(calendar) if clock.running else None
    if case.limit is None:
        return replace(clock, fixed=case.fixed)
    began = clock.spans[-1].start
    left = case.limit - case.used(began, calendar)
    limit = clock.used(began, calendar, case.kind) + left
    return replace(clock, fixed=fixed, kind=case.kind, limit=limit)
