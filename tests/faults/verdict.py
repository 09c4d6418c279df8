"""What must hold of rungs and events afterwards, worked out from the events alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.clocks import clocks
from gridgov.cases.facts import Past
from gridgov.cases.known import Known
from gridgov.cases.tables import Case, Event
from gridgov.cases.write import past
from gridgov.ladder.plan import RungKey, key_of, wanted
from gridgov.ladder.tables import FIRED, PARKED, WAITING, RungRow
from gridgov.notices.tables import Notice

Passed = dict[RungKey, tuple[datetime, datetime | None]]


def judge(session: Session, known: Known, until: datetime) -> Counter[str]:
    """Hold all cases against their events; `until` is when the last sweep was over."""
    seen: Counter[str] = Counter()
    events: dict[int, list[Event]] = defaultdict(list)
    for event in session.scalars(sa.select(Event).order_by(Event.case_id, Event.version)):
        events[event.case_id].append(event)
    rungs: dict[int, list[RungRow]] = defaultdict(list)
    for row in session.scalars(sa.select(RungRow)):
        rungs[row.case_id].append(row)
    for case in session.scalars(sa.select(Case)):
        _chain(case, events[case.id])
        _fired(case, events[case.id], rungs[case.id], known, until)
        _events_of(case, events[case.id], rungs[case.id], known)
        seen["cases"] += 1
        seen["events"] += len(events[case.id])
        for row in rungs[case.id]:
            seen[row.state] += 1
            # Nothing is stuck: what waits is ahead, and only an open case's own clock is parked.
            assert row.state != WAITING or (row.at and row.at >= until.replace(microsecond=0)), (
                case.number,
                key_of(row),
            )
            assert row.state != PARKED or row.clock == "case", (case.number, key_of(row))
    same = sa.select(Notice.rung_id, Notice.to_kind, Notice.to_code, sa.func.count())
    same = same.where(Notice.rung_id.is_not(None))
    grouped = same.group_by(Notice.rung_id, Notice.to_kind, Notice.to_code)
    assert all(count == 1 for *_, count in session.execute(grouped))
    return seen


def _chain(case: Case, events: list[Event]) -> None:
    """Every event's chain is without holes."""
    assert [event.version for event in events] == list(range(1, case.version + 1)), case.number
    for before, after in pairwise(events):
        assert after.from_status == before.to_status, (case.number, after.version)
        assert after.at >= before.at, (case.number, after.version)
    assert events[-1].to_status == case.status


def _fired(
    case: Case, events: list[Event], rows: list[RungRow], known: Known, until: datetime
) -> None:
    """Fired is what passed while its clock ran: no more, no less, not early, not afterwards."""
    passed = _passed(case, events, known, until)
    fired = {key_of(row): row for row in rows if row.state == FIRED}
    assert fired.keys() == passed.keys(), (case.number, fired.keys() ^ passed.keys())
    for key, row in fired.items():
        instant, left = passed[key]
        assert row.at == instant, (case.number, key, row.at, instant)
        assert row.fired_at is not None
        assert instant < row.fired_at.replace(microsecond=0), (case.number, key, "early")
        assert left is None or row.fired_at <= left, (case.number, key, "after its stage was left")


def _passed(case: Case, events: list[Event], known: Known, until: datetime) -> Passed:
    """Return the rungs whose instant passed: when that was, and when their clock then stopped."""
    found: Passed = {}
    calendar = known.calendar(case.park_code)
    category = known.categories.get(case.category_code or "")
    story = [past(event) for event in events]
    told = [clocks(story[:place], category, known.ladder, calendar) for place in places(story)]
    for place, after in zip(places(story), told, strict=True):
        end = story[place].at if place < len(story) else until
        running = [clock for clock in after if clock.running]
        due = wanted(running, known.ladder, case.category_code, case.urgency, calendar)
        for key, at in due.items():
            if key not in found and at and at.at < end.replace(microsecond=0):
                stops = (
                    story[later - 1].at
                    for later in places(story)[place:]
                    if not any(c.key == key[:3] and c.running for c in told[later - 1])
                )
                found[key] = at.at, next(stops, None)
    return found


def places(story: list[Past]) -> range:
    """Number the events, the first one 1."""
    return range(1, len(story) + 1)


def _events_of(case: Case, events: list[Event], rows: list[RungRow], known: Known) -> None:
    """Each fired rung has one event for each of its steps, or says that it was refused."""
    made: Counter[tuple[object, ...]] = Counter()
    for event in events:
        if rung := event.data.get("rung"):
            made[rung["round"], rung["clock"], rung["run"], rung["name"], event.step] += 1
    expected: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        rung = known.ladder.named(row.name)
        assert rung is not None
        for step in rung.steps if row.state == FIRED else ():
            if step not in (row.refused or ()):
                expected[(*key_of(row), step)] += 1
    assert made == expected, case.number
