"""Duties are begun and ended, never overwritten: what a file means for those already held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from gridgov.loading.columns import Row
from gridgov.loading.problems import (
    DutyBeginMissing,
    DutyEndsFirst,
    DutyIsOver,
    LeaderTwice,
    Problem,
    Repeated,
)
from gridgov.people.roles import Role

MOMENT = timedelta(microseconds=1)


class Held(NamedTuple):
    """A duty as the database has it; `id` is None for one that a file adds."""

    id: int | None
    person: str
    role: str
    place: str
    deputy: bool
    begins: datetime
    ends: datetime | None

    def over(self, now: datetime) -> bool:
        """Tell whether it has ended: that is history, and stays."""
        return self.ends is not None and self.ends <= now


@dataclass
class Plan:
    """What is to be written."""

    begun: list[Held] = field(default_factory=list)
    ended: list[Held] = field(default_factory=list)
    unchanged: int = 0


def plan(
    rows: Sequence[Row],
    held: Sequence[Held],
    now: datetime,
    zone: tzinfo,
    problems: list[Problem],
    *,
    retire: bool,
) -> Plan:
    """Match the lines of a file with the duties held, and say what begins and what ends.

    A line without a beginning begins now. A duty that no line names any more ends now, where
    `retire` says so. The same file again changes nothing.
    """
    made = Plan()
    by_key: dict[tuple[str, str, str], list[Held]] = defaultdict(list)
    for duty in held:
        by_key[duty.person, duty.role, duty.place].append(duty)
    matched: set[int | None] = set()
    leaders: list[tuple[Held, str, Row | None]] = []
    begun: dict[tuple[object, datetime], str] = {}
    once = {(row["person"], row["role"], row["place"], row["begins"]): row for row in rows[::-1]}
    for row in reversed(once.values()):  # what is repeated is told of as such
        begins, ends = _instant(row["begins"], zone), _end(row["ends"], zone)
        if begins and ends and ends <= begins:
            problems.append(row.problem(DutyEndsFirst(), "ends"))
            continue
        same = by_key[row["person"], row["role"], row["place"]]
        same = [duty for duty in same if duty.id not in matched]
        try:
            duty, known = _match(row, same, begins, ends, now)
        except Problem as problem:
            problems.append(row.problem(problem, "ends"))
            continue
        if known is None:
            key = duty[1:4], duty.begins
            if key in begun:
                problems.append(
                    row.problem(Repeated(value=duty.person, other=begun[key]), "begins")
                )
                continue
            begun[key] = row.where
            made.begun.append(duty)
        else:
            matched.add(known.id)
            if known.ends == duty.ends:
                made.unchanged += 1
            else:
                made.ended.append(duty)
        leaders.append((duty, row.where, row))
    for duty in held:
        if duty.id in matched or duty.over(now):
            continue
        if retire:
            ends = max(duty.begins, _succeeded(duty, made.begun, now))
            if duty.ends is None or ends < duty.ends:
                made.ended.append(duty._replace(ends=ends))
        else:
            leaders.append((duty, duty.person, None))
    _one_leader(leaders, problems)
    return made


def _succeeded(duty: Held, begun: Sequence[Held], now: datetime) -> datetime:
    """Return when a duty that is no longer named ends: now, or when another leader came before."""
    if duty.role != Role.LEADER or duty.deputy:
        return now
    later = [
        new.begins
        for new in begun
        if (new.role, new.place, new.deputy) == (duty.role, duty.place, False)
    ]
    return min([now, *(begins for begins in later if begins > duty.begins)])


def _match(
    row: Row, same: Sequence[Held], begins: datetime | None, ends: datetime | None, now: datetime
) -> tuple[Held, Held | None]:
    """Return the duty that a line means, and the one of the database that it is, if any."""
    exact = [duty for duty in same if duty.begins == begins]
    running = [duty for duty in same if not duty.over(now) and duty.deputy == row["deputy"]]
    # One that was begun anew, because the line's own beginning belongs to history.
    anew = [duty for duty in running if exact and begins and duty.begins > begins]
    asked = Held(None, row["person"], row["role"], row["place"], row["deputy"], begins or now, ends)
    found = [duty for duty in exact if duty in running] or anew if begins else running
    if found:
        return found[0]._replace(ends=ends), found[0]
    if not asked.over(now):
        taken = {duty.begins for duty in same}
        while asked.begins in taken:  # the key of history; at most a few microseconds later
            asked = asked._replace(begins=max(now, asked.begins + MOMENT))
        return asked, None
    if begins is None:
        raise DutyBeginMissing
    past = [duty for duty in exact if duty.over(now)]
    if past and past[0].ends != ends:
        raise DutyIsOver(ended=past[0].ends)
    if past:
        return past[0], past[0]
    return asked, None


def _instant(value: date | datetime | None, zone: tzinfo) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime.combine(value, time(), zone)


def _end(value: date | datetime | None, zone: tzinfo) -> datetime | None:
    """Bring an end to an instant: a day without a time is the last one of the duty."""
    if value is not None and not isinstance(value, datetime):
        value = value + timedelta(days=1)
    return _instant(value, zone)


def _one_leader(duties: Sequence[tuple[Held, str, Row | None]], problems: list[Problem]) -> None:
    """Name each line that gives a grid a second leader at the same time."""
    by_grid: dict[str, list[tuple[Held, str, Row | None]]] = defaultdict(list)
    for entry in duties:
        if entry[0].role == Role.LEADER and not entry[0].deputy:
            by_grid[entry[0].place].append(entry)
    for grid, entries in by_grid.items():
        entries.sort(key=lambda entry: entry[0].begins)
        longest = entries[0]
        for entry in entries[1:]:
            duty, where, row = entry
            if longest[0].ends is None or duty.begins < longest[0].ends:
                # Told at a line of the file; the other may be a duty that no file names.
                at, other = (row, longest[1]) if row is not None else (longest[2], where)
                if at is not None:
                    problems.append(at.problem(LeaderTwice(grid=grid, other=other), "place"))
            if longest[0].ends is not None and (duty.ends is None or duty.ends > longest[0].ends):
                longest = entry
