from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.replay import times

NEW_YORK = ZoneInfo("America/New_York")
AMERICAN = "%m/%d/%Y %I:%M:%S %p"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2019-01-04 14:37:07", "2019-01-04T19:37:07"),
        ("2019-07-04T14:37:07.999", "2019-07-04T18:37:07"),
        ("2019-01-04T14:37:07+01:00", "2019-01-04T13:37:07"),
        ("2019-01-04T14:37:07Z", "2019-01-04T14:37:07"),
        ("2019-01-04", "2019-01-04T05:00:00"),
        ("01/04/2019 02:37:07 PM", "2019-01-04T19:37:07"),
        # The hour that never was, and the hour that came twice.
        ("2019-03-10 02:30:00", "2019-03-10T07:30:00"),
        ("2019-11-03 01:30:00", "2019-11-03T05:30:00"),
        ("2019-11-03 02:00:00", "2019-11-03T07:00:00"),
    ],
)
def test_a_local_time_becomes_an_instant(text: str, utc: str) -> None:
    found = times.read(text, ("iso", AMERICAN), NEW_YORK)
    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "13/01/2019 02:37:07 PM", "2019-02-29", "x" * 10**6])
def test_what_is_no_time_is_none(text: str) -> None:
    assert times.read(text, ("iso", AMERICAN), NEW_YORK) is None


def test_an_hour_that_comes_twice_has_a_second_instant() -> None:
    first = times.read("2019-11-03 01:30:00", ("iso",), NEW_YORK)
    never = times.read("2019-03-10 02:30:00", ("iso",), NEW_YORK)
    plain = times.read("2019-06-03 01:30:00", ("iso",), NEW_YORK)
    assert first and never and plain
    assert times.again(first, NEW_YORK) == first + timedelta(hours=1)
    assert times.again(never, NEW_YORK) == never
    assert times.again(plain, NEW_YORK) == plain
    assert times.again(first + timedelta(hours=1), NEW_YORK) == first + timedelta(hours=1)


@pytest.mark.parametrize("good", ["iso", AMERICAN, "%d.%m.%y %H:%M", "%Y%m%d", "%Y-%m-%d %H:%M%z"])
def test_a_format_must_read_the_whole_date(good: str) -> None:
    assert times.is_format(good)


@pytest.mark.parametrize("bad", ["", "%", "%Q", "%d%d", "%H:%M", "%d.%m.", "%Y-%m", "\x00"])
def test_a_format_that_does_not_is_refused(bad: str) -> None:
    assert not times.is_format(bad)


@given(st.text(), st.lists(st.text(alphabet="%YmdHIMSpyzj:/- ", max_size=20)))
def test_nothing_raises(text: str, formats: list[str]) -> None:
    good = tuple(one for one in formats if times.is_format(one))
    times.read(text, ("iso", *good), NEW_YORK)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)))  # noqa: DTZ001
def test_an_instant_comes_back_from_its_local_time(local: datetime) -> None:
    found = times.read(local.isoformat(), ("iso",), NEW_YORK)
    assert found is not None and found.tzinfo is UTC
    shown = found.astimezone(NEW_YORK).replace(tzinfo=None)
    whole = local.replace(microsecond=0)
    assert shown == whole or shown - whole in (timedelta(hours=1), timedelta(hours=2))
