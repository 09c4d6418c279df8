"""The definition of `due`, held for any start, limit and calendar, and against the slow oracle."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from gridgov.worktime import seed
from gridgov.worktime.rules import (
    BeyondCalendar,
    Calendar,
    Kind,
    Limit,
    due,
    due_in,
    elapsed,
)

from . import oracle

SECOND = timedelta(seconds=1)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai",
        "America/New_York",
        "Europe/London",
        "Australia/Lord_Howe",  # moves its clock by half an hour
        "America/Nuuk",  # moves it on a Saturday evening
        "Pacific/Apia",  # had no 30 December 2011
        "Asia/Kathmandu",
    )
]
KINDS = st.sampled_from(list(Kind))
STARTS = st.integers(
    int(datetime(2001, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()),
).map(lambda s: datetime.fromtimestamp(s, UTC))
NEAR_A_CHANGE = st.sampled_from(
    [
        datetime(2026, 3, 8, 5, tzinfo=UTC),  # New York forward
        datetime(2026, 11, 1, 4, tzinfo=UTC),  # and back
        datetime(2026, 10, 24, 20, tzinfo=UTC),  # Nuuk, London
        datetime(2026, 4, 4, 12, tzinfo=UTC),  # Lord Howe back
        datetime(2011, 12, 30, 3, tzinfo=UTC),  # Apia
        datetime(2025, 12, 31, 15, tzinfo=UTC),  # New Year in China
        datetime(2026, 9, 19, 20, tzinfo=UTC),  # before a Sunday made up
    ]
)


@st.composite
def calendars(draw: st.DrawFn, step: int = 1) -> Calendar:
    """Any zone and hours; edges fall on multiples of `step` seconds."""
    edges = draw(st.lists(st.integers(0, 86_400 // step - 1), min_size=2, max_size=6, unique=True))
    clocks = [(datetime(2026, 1, 1, tzinfo=UTC) + e * step * SECOND).time() for e in sorted(edges)]
    office = tuple(zip(clocks[::2], clocks[1::2], strict=False))
    if draw(st.booleans()):
        office = (*office[:-1], (office[-1][0], time(0)))
    if draw(st.booleans()):
        return seed.chinese(draw(st.sampled_from(ZONES)), office)
    overrides = draw(st.dictionaries(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.booleans()))
    years = draw(st.frozensets(st.integers(2024, 2027)))
    return Calendar(draw(st.sampled_from(ZONES)), office, overrides, years)


@given(calendars(), STARTS, KINDS, st.integers(1, 3_000_000))
@settings(max_examples=300, deadline=None)
def test_due_is_the_earliest_instant_at_which_the_limit_has_elapsed(
    calendar: Calendar, start: datetime, kind: Kind, seconds: int
) -> None:
    assume(kind in oracle.ROUND_THE_CLOCK or calendar.day_seconds * 2000 > seconds)
    at = due_in(start, seconds, kind, calendar).at
    assert elapsed(start, at, kind, calendar) == seconds
    assert elapsed(start, at - SECOND, kind, calendar) == seconds - 1


@given(calendars(), STARTS, KINDS, st.fractions(0, 40))
@settings(max_examples=100, deadline=None)
def test_the_whole_limit_elapses_until_it_is_due(
    calendar: Calendar, start: datetime, kind: Kind, amount: float
) -> None:
    limit = Limit(kind, amount)
    at = due(start, limit, calendar).at
    assert elapsed(start, at, kind, calendar) == limit.seconds(calendar)


@given(calendars(), STARTS, KINDS, st.lists(st.integers(0, 10**8), min_size=2, max_size=2))
@settings(max_examples=200, deadline=None)
def test_time_adds_up(calendar: Calendar, start: datetime, kind: Kind, steps: list[int]) -> None:
    middle = start + steps[0] * SECOND
    end = middle + steps[1] * SECOND
    parts = elapsed(start, middle, kind, calendar), elapsed(middle, end, kind, calendar)
    assert sum(parts) == elapsed(start, end, kind, calendar)


@given(calendars(), st.one_of(STARTS, NEAR_A_CHANGE), KINDS, st.integers(0, 20_000))
@settings(max_examples=40, deadline=None)
def test_second_by_second(calendar: Calendar, start: datetime, kind: Kind, length: int) -> None:
    end = start + length * SECOND
    used = oracle.elapsed(calendar, start, end, kind)
    assert elapsed(start, end, kind, calendar) == used
    assert due_in(start, used, kind, calendar).at == oracle.due(calendar, start, used, kind)


@given(calendars(step=900), NEAR_A_CHANGE, st.integers(-400, 400), KINDS, st.integers(0, 1500))
@settings(max_examples=100, deadline=None)
def test_quarter_by_quarter_over_a_fortnight(
    calendar: Calendar, near: datetime, shift: int, kind: Kind, length: int
) -> None:
    start = near + shift * 900 * SECOND
    end = start + length * 900 * SECOND
    used = oracle.elapsed(calendar, start, end, kind, step=900)
    assert elapsed(start, end, kind, calendar) == used
    assert due_in(start, used, kind, calendar).at == oracle.due(calendar, start, used, kind, 900)


@given(calendars(), STARTS, st.sampled_from(["working_hours", "working_days"]), st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_provisional_is_a_day_of_a_year_not_loaded_on_the_way(
    calendar: Calendar, start: datetime, kind: Kind, amount: int
) -> None:
    try:
        found = due(start, Limit(kind, amount), calendar)
    except BeyondCalendar:  # an office of minutes a day takes centuries for sixty hours
        reject()
    first = start.astimezone(calendar.zone).year
    last = (found.at - SECOND).astimezone(calendar.zone).year
    assert found.provisional == (not set(range(first, last + 1)) <= calendar.loaded)
