"""Duties are begun and ended, never overwritten: what a file means for those already held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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

    @property
    def key(self) -> tuple[object, ...]:
        """Whose it is, and of what."""
        return self.person, self.role, self.place

    def over(self, now: datetime) -> bool:
        """Tell whether it has ended: that is history, and stays."""
        return self.ends is not None and self.ends <= now


@dataclass
class Plan:
    """What is to be written."""

    begun: list[Held] = field(default_factory=list)
    ended: list[Held] = field(default_factory=list)
    unchanged: int = 0


class _Line(NamedTuple):
    """A line of the file and the duty it asks for; without a beginning, one that begins now."""

    row: Row
    asked: Held
    dated: bool


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
    means: list[tuple[Held, str, Row | None]] = []
    by_key: dict[tuple[object, ...], list[Held]] = defaultdict(list)
    taken: dict[tuple[object, ...], set[datetime]] = defaultdict(set)
    for duty in held:
        by_key[duty.key].append(duty)
        taken[duty.key].add(duty.begins)
    matched: set[int | None] = set()
    lines = _lines(rows, now, zone, problems)
    # Those that stand there as they are come first, so that no other line takes them.
    for line in sorted(lines, key=lambda line: _as_it_is(line, by_key[line.asked.key]) is None):
        same = [duty for duty in by_key[line.asked.key] if duty.id not in matched]
        try:
            duty, known = _match(line, same, taken[line.asked.key], now)
        except Problem as problem:
            problems.append(line.row.problem(problem, "ends"))
            continue
        means.append((duty, line.row.where, line.row))
        if known is None:
            made.begun.append(duty)
            taken[duty.key].add(duty.begins)
        elif known.ends == duty.ends:
            made.unchanged += 1
        else:
            made.ended.append(duty)
        matched.add(known.id if known else None)
    left = [duty for duty in held if duty.id not in matched and not duty.over(now)]
    if retire:
        made.ended += _retired(left, made.begun, now)
    else:
        means += [(duty, duty.person, None) for duty in left]
    _one_leader(means, problems)
    return made


def _lines(
    rows: Sequence[Row], now: datetime, zone: tzinfo, problems: list[Problem]
) -> list[_Line]:
    lines: dict[tuple[object, ...], _Line] = {}
    for row in rows:
        begins, ends = _instant(row["begins"], zone), _end(row["ends"], zone)
        asked = Held(
            None, row["person"], row["role"], row["place"], row["deputy"], begins or now, ends
        )
        if begins and ends and ends <= begins:
            problems.append(row.problem(DutyEndsFirst(), "ends"))
        elif (
            first := lines.setdefault((*asked.key, begins), _Line(row, asked, bool(begins)))
        ) and (first.row is not row and row["begins"] != first.row["begins"]):
            # What repeats another to the letter is told of elsewhere.
            wrong = Repeated(value=asked.person, other=first.row.where)
            problems.append(row.problem(wrong, "begins"))
    return list(lines.values())


def _retired(left: Sequence[Held], begun: Sequence[Held], now: datetime) -> Iterator[Held]:
    for duty in left:
        ends = max(duty.begins, _succeeded(duty, begun, now))
        if duty.ends is None or ends < duty.ends:
            yield duty._replace(ends=ends)


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


def _as_it_is(line: _Line, same: Sequence[Held]) -> Held | None:
    """Return the duty of the database that is what a line asks for already, or None."""
    asked = line.asked
    for duty in same:
        # A line that gives no beginning but an end is known again by that end.
        begins = duty.begins == asked.begins if line.dated else duty.ends is not None
        if begins and (duty.deputy, duty.ends) == (asked.deputy, asked.ends):
            return duty
    return None


def _match(
    line: _Line, same: Sequence[Held], taken: set[datetime], now: datetime
) -> tuple[Held, Held | None]:
    """Return the duty that a line means, and the one of the database that it is, if any.

    `same` are those of this person, role and place that no other line means; `taken` are the
    beginnings that one has already.
    """
    asked = line.asked
    if alike := _as_it_is(line, same):
        return alike, alike
    running = [duty for duty in same if not duty.over(now) and duty.deputy == asked.deputy]
    if line.dated:
        # If not the very one, then one that was begun anew because the line's own beginning
        # belongs to history.
        exact = [duty for duty in running if duty.begins == asked.begins]
        anew = [duty for duty in running if duty.begins > asked.begins in taken]
        running = exact or anew
    if running:
        if asked.ends and asked.ends <= running[0].begins:
            raise DutyEndsFirst
        return running[0]._replace(ends=asked.ends), running[0]
    if not asked.over(now):
        while asked.begins in taken:  # the key of history; at most a few microseconds later
            asked = asked._replace(begins=max(now, asked.begins + MOMENT))
        return asked, None
    if not line.dated:
        raise DutyBeginMissing
    past = [duty for duty in same if duty.begins == asked.begins]
    if past:
        raise DutyIsOver(ended=past[0].ends)
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
