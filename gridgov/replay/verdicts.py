"""What the clocks say of a history: our verdicts beside the source's own, rungs, times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.clocks import Key, clocks, passages
from gridgov.cases.facts import Past
from gridgov.cases.known import Known
from gridgov.cases.workflow import CLOSED, ENDED, EVALUATED, REJECTED, Status
from gridgov.ladder.clock import Clock
from gridgov.ladder.tables import FIRED, RungRow
from gridgov.replay.past import CHUNK, Told, pasts
from gridgov.replay.plan import ON_TIME, OVERDUE, UNKNOWN, Row
from gridgov.worktime.rules import Calendar, Kind

CASE = (1, "case", 1)
COUNTED = frozenset({CLOSED, EVALUATED, REJECTED})  # merged and withdrawn ones never are


class Stands(Protocol):
    """What a verdict needs to know of a case beside its events."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def category(self) -> str | None: ...  # noqa: D102
    @property
    def park(self) -> str | None: ...  # noqa: D102


@dataclass
class Verdicts:
    """Our verdicts, and of those `compared` with the source's own how many `agree`.

    A case without a deadline has none. `differ` are lines of the file. `unknown` rows have a word
    of the source that the mapping does not know.
    """

    on_time: int = 0
    overdue: int = 0
    compared: int = 0
    agree: int = 0
    unknown: int = 0
    differ: list[int] = field(default_factory=list)

    def add(self, ours: str | None, row: Row) -> None:
        """Count one case."""
        self.on_time += ours == ON_TIME
        self.overdue += ours == OVERDUE
        self.unknown += row.verdict == UNKNOWN
        if ours and row.verdict in (ON_TIME, OVERDUE):
            self.compared += 1
            self.agree += ours == row.verdict
            if ours != row.verdict:
                self.differ.append(row.line)


@dataclass(frozen=True)
class Times:
    """Working minutes of the clocks that have ended, by nearest rank."""

    ended: int
    median_minutes: float
    p90_minutes: float


@dataclass(frozen=True)
class Judged:
    """All that the clocks say: rungs that fired by name, and by clock and name."""

    verdicts: Verdicts
    rungs: dict[str, int]
    rungs_by_clock: dict[str, dict[str, int]]
    times: dict[str, Times]


def judged(
    session: Session,
    rows: Mapping[int, tuple[Row, Stands]],
    known: Known,
    as_of: datetime,
) -> Judged:
    """Judge the cases of some rows, what is open at `as_of`."""
    said = Verdicts()
    used: dict[str, list[int]] = {}
    fired: Counter[tuple[str, str]] = Counter()
    numbers = list(rows)
    for start in range(0, len(numbers), CHUNK):
        chunk = [rows[number] for number in numbers[start : start + CHUNK]]
        ids = [case.id for _, case in chunk]
        told = pasts(session, ids)
        fired += _fired(session, ids)
        for row, case in chunk:
            calendar = known.calendar(case.park)
            category = known.categories.get(case.category or "")
            found = clocks(told[case.id].past, category, known.ladder, calendar)
            said.add(_verdict(found, told[case.id].past, calendar, as_of), row)
            for clock in _measured(found, told[case.id]):
                seconds = clock.used(as_of, calendar, Kind.WORKING_HOURS)
                used.setdefault(clock.name, []).append(seconds)
    said.differ.sort()
    by_clock: dict[str, dict[str, int]] = {}
    by_name: Counter[str] = Counter()
    for (clock_name, name), count in sorted(fired.items()):
        by_clock.setdefault(clock_name, {})[name] = count
        by_name[name] += count
    times = {name: _times(seconds) for name, seconds in sorted(used.items())}
    return Judged(said, dict(sorted(by_name.items())), by_clock, times)


def _fired(session: Session, ids: Sequence[int]) -> Counter[tuple[str, str]]:
    query = (
        sa.select(RungRow.clock, RungRow.name, sa.func.count())
        .where(RungRow.case_id.in_(ids), RungRow.state == FIRED)
        .group_by(RungRow.clock, RungRow.name)
    )
    return Counter({(clock, name): count for clock, name, count in session.execute(query)})


def _verdict(
    found: Sequence[Clock], past: Sequence[Past], calendar: Calendar, as_of: datetime
) -> str | None:
    """Judge the first round: that is the one of which the source speaks."""
    clock = next((clock for clock in found if clock.key == CASE), None)
    if clock is None or (clock.fixed is None and clock.limit is None):
        return None
    due = clock.due(calendar)
    # A given target stands whatever stops the clock; a limit is not used up while it stands.
    until = _over(past) if clock.fixed is not None else clock.spans[-1].end
    return OVERDUE if due is not None and (until or as_of) > due.at else ON_TIME


def _over(past: Sequence[Past]) -> datetime | None:
    """Return when the first round ended, or None while it is open."""
    ended = None
    for event in past:
        if event.round == 1:
            over = Status(event.to_status) in ENDED
            ended = (ended or event.at) if over else None
    return ended


def _measured(found: Sequence[Clock], told: Told) -> Iterator[Clock]:
    """Yield the clocks of a case that is over, but those of which a time is inferred."""
    if Status(told.past[-1].to_status) not in COUNTED:
        return
    unsure: set[Key] = set()
    before: frozenset[Key] = frozenset()
    for passage, inferred in zip(passages(told.past), told.inferred, strict=True):
        running = frozenset(passage.keys)
        # An event tells when the clocks began or ended that run on one side of it only.
        unsure |= before ^ running if inferred else set()
        before = running
    yield from (clock for clock in found if clock.key not in unsure)


def _times(seconds: list[int]) -> Times:
    seconds.sort()
    return Times(len(seconds), *(_nearest_rank(seconds, share) for share in (50, 90)))


def _nearest_rank(ordered: Sequence[int], per_cent: int) -> float:
    return round(ordered[-(-len(ordered) * per_cent // 100) - 1] / 60, 1)
