"""Clocks of random lawful histories against an oracle that walks them piece by piece."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases.clocks import clocks
from gridgov.cases.facts import Past
from gridgov.ladder.clock import Clock, Span
from gridgov.ladder.ladder import Ladder, parse
from gridgov.ladder.plan import wanted
from gridgov.worktime import seed
from gridgov.worktime.rules import Due, Kind, Limit
from tests.ladder.histories import DISPATCHES, SECOND, START, Oracle, category, histories

CHINA = seed.chinese()
OFFICE = ("working_hours", "working_days")
LIMITS = {
    "intake": Limit(Kind.WORKING_HOURS, 4),
    "verify": Limit(Kind.WORKING_DAYS, 1),
    "dispatch": Limit(Kind.URGENT_HOURS, 2),
    "check": Limit(Kind.CALENDAR_DAYS, 1),
    "waiting": Limit(Kind.WORKING_DAYS, 3),
}
LADDER = Ladder((), LIMITS)
KINDS = st.sampled_from([kind.value for kind in Kind])
FRACTIONS = st.sampled_from([0.0, 0.01, 0.33, 0.5, 0.75, 0.99, 1.0, 1.07, 1.5, 2.0])


def limit_seconds(kind: str, amount: Any) -> int:
    unit = {"working_hours": 3600, "urgent_hours": 3600, "calendar_days": 86_400}
    return ceil(Fraction(str(amount)) * unit.get(kind, 27_000))


def in_kind(seconds: int, kind: str, other: str) -> int:
    """A day is a day: 7.5 hours in the office are 24 on the wall."""
    if (kind in OFFICE) == (other in OFFICE):
        return seconds
    ratio = Fraction(86_400, 27_000) if kind in OFFICE else Fraction(27_000, 86_400)
    return ceil(seconds * ratio)


@given(
    past=histories(),
    case=st.tuples(KINDS, st.sampled_from([0, 0.5, 1, 3, 7])),
    handle=st.none() | st.tuples(KINDS, st.sampled_from([0, 0.25, 1, 5])),
    fraction=FRACTIONS,
    later=st.integers(0, 500_000),
)
def test_clocks_are_what_walking_the_history_says(
    past: list[Past], case: Any, handle: Any, fraction: float, later: int
) -> None:
    limits = {"case": case} | ({"handle": handle} if handle else {})
    found = {clock.key: clock for clock in clocks(past, category(**limits), LADDER, CHINA)}
    now = past[-1].at + later * SECOND
    for key, clock in found.items():
        round_, name, run = key
        oracle = Oracle(past, key, CHINA)
        assert clock.running == oracle.running()
        office = clock.kind in OFFICE
        assert clock.used(now, CHINA) == oracle.used(now, office)
        own = limits.get(name) or (
            (LIMITS[name].kind.value, LIMITS[name].amount) if name in LIMITS else None
        )
        if own is None:
            continue
        assert clock.kind == own[0]
        wanted = limit_seconds(*own)
        if name in ("case", "handle"):
            more = handle or case
            added = in_kind(limit_seconds(*more), more[0], own[0])
            wanted += added * extensions(past, round_, run if name == "handle" else None)
        assert clock.limit == wanted
        due = clock.due(CHINA)
        assert (due and due.at) == oracle.reaches(wanted, office)
        part = ceil(wanted * Fraction(str(fraction)))
        at = clock.at_fraction(fraction, CHINA)
        assert (at and at.at) == oracle.reaches(part, office)
    for place, event in enumerate(past):
        if event.to_status in ("closed", "evaluated", "rejected", "withdrawn", "merged"):
            continue
        assert any(Oracle(past, key, CHINA).runs(place) for key in found)


def extensions(past: list[Past], round_: int, run: int | None) -> int:
    dispatches = count = 0
    for event in past:
        if event.round == round_:
            dispatches += event.step in DISPATCHES
            count += event.step == "extend" and run in (None, max(1, dispatches))
    return count


@given(past=histories(), case=st.tuples(KINDS, st.sampled_from([0, 0.5, 1, 3, 7])))
def test_without_a_limit_handling_is_due_with_the_case(past: list[Past], case: Any) -> None:
    found = {c.key: c for c in clocks(past, category(case=case), LADDER, CHINA)}
    for (round_, name, _run), clock in found.items():
        if name != "handle":
            continue
        whole = found[round_, "case", 1]
        if clock.running:
            due = whole.due(CHINA)
            assert clock.due(CHINA) == due
            assert clock.at_fraction(1.0, CHINA) == due
            # Its rungs stand in the case's own kind of time, in their order around the limit.
            parts = [clock.at_fraction(f, CHINA) for f in (0.5, 0.75, 1.0, 1.5, 2.0)]
            instants = [part.at for part in parts if part]
            assert len(instants) == 5
            assert instants == sorted(instants)
        else:
            # What the unit did in time stays in time, whatever the check takes.
            assert clock.stopped_in_time(CHINA) is not None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


def story(*events: tuple[str, str, str]) -> list[Past]:
    past: list[Past] = []
    before, round_ = None, 1
    for when, step, to in events:
        round_ += step == "reopen"
        past.append(Past(step, round_, at(when), "clock", None, None, before, to, {}))
        before = to
    return past


HANDLED = story(
    ("2026-11-20 10:00", "report", "reported"),
    ("2026-11-20 10:30", "file", "filed"),
    ("2026-11-20 11:00", "dispatch", "dispatched"),
    ("2026-11-20 15:30", "accept", "handling"),
)


def test_zammad_4432_rungs_of_a_limitless_handle_clock_stand_in_office_time() -> None:
    """Counted by the wall, three quarters of the way lay in the night or on the weekend."""
    (handle,) = [
        clock
        for clock in clocks(HANDLED, category(case=("working_days", 5)), LADDER, CHINA)
        if clock.name == "handle"
    ]
    # 5 days less the 4 h before it are left from Friday 15:30: due with the case.
    assert handle.due(CHINA) == Due(at("2026-11-27 10:00"), False)
    near = handle.at_fraction(0.75, CHINA)
    # 0.75 × 33.5 h of office time after Friday 15:30.
    assert near == Due(at("2026-11-26 09:07:30"), False)
    local = (near.at - SECOND).astimezone(CHINA.zone)
    assert CHINA.working_day(local.date())
    assert any(opens <= local.time() < shuts for opens, shuts in CHINA.office)


def test_a_limitless_handle_clock_is_as_provisional_as_the_case() -> None:
    start = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
    past = [
        Past("report", 1, start, "clock", None, None, None, "reported", {}),
        Past("dispatch", 1, start + SECOND, "clock", None, None, "filed", "dispatched", {}),
        Past("accept", 1, start + 2 * SECOND, "clock", None, None, "dispatched", "handling", {}),
    ]
    found = {c.name: c for c in clocks(past, category(case=("working_days", 5)), LADDER, CHINA)}
    assert found["case"].due(CHINA).provisional
    assert found["handle"].due(CHINA).provisional


def test_a_fraction_of_a_second_makes_no_deadline_early_and_nothing_late() -> None:
    """Every instant is cut to its whole second first; a suspension ends at midnight, not before."""
    start = at("2026-11-20 10:00").replace(microsecond=700_000)
    past = [Past("suspend", 1, start, "clock", None, None, "handling", "suspended", {})]
    (clock,) = clocks(past, None, LADDER, CHINA, resume_on=date(2026, 11, 25))
    assert clock.at_fraction(1.0, CHINA).at == at("2026-11-25 00:00")
    assert clock.at_fraction(0.5, CHINA).at == at("2026-11-22 17:00")
    end = at("2026-11-20 10:30").replace(microsecond=900_000)
    done = Clock("x", 1, 1, Kind.WORKING_HOURS, 1800, (Span(start, end),))
    assert done.stopped_in_time(CHINA)


def test_a_given_deadline_counts_by_the_wall_and_no_stop_moves_it() -> None:
    past = story(
        ("2026-11-20 10:00", "report", "reported"),
        ("2026-11-20 12:00", "ask_more", "waiting"),
        ("2026-11-20 14:00", "supply", "reported"),
    )
    past[0].data["given_due"] = "2026-11-24T10:00:00.5+08:00"
    found = {c.name: c for c in clocks(past, category(case=("working_days", 9)), LADDER, CHINA)}
    assert found["case"].due(CHINA).at == at("2026-11-24 10:00")
    assert found["case"].at_fraction(0.75, CHINA).at == at("2026-11-23 10:00")
    assert found["case"].at_fraction(1.5, CHINA).at == at("2026-11-26 10:00")


def test_a_given_deadline_before_the_report_is_past_in_all_its_parts() -> None:
    past = story(("2026-11-20 10:00", "report", "reported"))
    past[0].data["given_due"] = "2026-11-19T10:00:00+08:00"
    found = {c.name: c for c in clocks(past, None, LADDER, CHINA)}
    parts = [found["case"].at_fraction(f, CHINA).at for f in (0.5, 0.75, 1.0, 1.5)]
    assert max(parts) <= at("2026-11-20 10:00")


def test_frappe_1554_a_pause_is_not_ignored() -> None:
    """There the clock ran on while the ticket was on hold."""
    before = story(
        ("2026-11-23 08:30", "report", "reported"),
        ("2026-11-23 09:30", "ask_more", "waiting"),
    )
    (case,) = [c for c in clocks(before, category(case=("working_hours", 4)), LADDER, CHINA)
               if c.name == "case"]  # fmt: skip
    assert not case.running
    assert case.due(CHINA) is None
    assert case.used(at("2026-11-25 17:30"), CHINA) == 3600
    after = before + story(("2026-11-25 13:30", "supply", "reported"))
    (case,) = [c for c in clocks(after, category(case=("working_hours", 4)), LADDER, CHINA)
               if c.name == "case"]  # fmt: skip
    assert case.due(CHINA).at == at("2026-11-25 16:30")


@pytest.mark.parametrize("hours", [24, 48])
def test_zammad_3180_urgent_hours_lose_no_minute_at_midnight_nor_over_a_stop(hours: int) -> None:
    past = story(
        ("2026-11-23 16:45", "report", "reported"),
        ("2026-11-23 23:59", "ask_verify", "verifying"),
        ("2026-11-24 00:01", "verify", "reported"),
    )
    limit = category(case=("urgent_hours", hours))
    found = {c.name: c for c in clocks(past, limit, LADDER, CHINA)}
    stopped = timedelta(minutes=2)
    assert found["case"].due(CHINA).at == past[0].at + timedelta(hours=hours) + stopped


def test_glpi_22678_a_rung_before_the_breach_crosses_midnight_and_a_stop() -> None:
    past = story(
        ("2026-11-23 15:30", "report", "reported"),
        ("2026-11-23 16:30", "ask_verify", "verifying"),
        ("2026-11-24 09:30", "verify", "reported"),
    )
    found = {c.name: c for c in clocks(past, category(case=("working_hours", 4)), LADDER, CHINA)}
    assert found["case"].at_fraction(0.75, CHINA).at == at("2026-11-24 11:30")
    assert found["case"].due(CHINA).at == at("2026-11-24 14:00")


def test_a_category_far_beyond_the_calendar_has_no_rungs_but_breaks_nothing() -> None:
    ladder = parse('[[rung]]\nname = "late"\nclock = "case"\nat = "999 %"\n')
    found = clocks(HANDLED, category(case=("working_days", 9999)), ladder, CHINA)
    assert wanted(found, ladder, "01001", "normal", CHINA) == {}


def test_without_a_limit_and_a_category_a_clock_only_measures() -> None:
    found = {c.name: c for c in clocks(HANDLED, None, Ladder((), {}), CHINA)}
    assert found["case"].due(CHINA) is None
    assert found["handle"].due(CHINA) is None
    assert found["handle"].at_fraction(0.75, CHINA) is None
    assert found["intake"].stopped_in_time(CHINA) is None
    assert found["case"].used(START + 90 * timedelta(days=1), CHINA) > 0
