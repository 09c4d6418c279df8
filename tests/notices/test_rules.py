"""When, to whom and by which channels: the rules alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.notices.rules import (
    FIRST_WAIT,
    LONGEST_WAIT,
    Way,
    key_of,
    may_go,
    wait,
    ways,
)
from gridgov.worktime.seed import chinese

CALENDAR = chinese()
BELL, TEXT, CALL = Way(1, "json"), Way(2, "sms"), Way(3, "voice")


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        ("2026-03-03T02:00", "2026-03-03T02:00"),  # Tuesday 10:00
        ("2026-03-03T00:30", "2026-03-03T00:30"),  # 08:30 itself
        ("2026-03-02T22:00", "2026-03-03T00:30"),  # 06:00
        ("2026-03-03T09:30", "2026-03-04T00:30"),  # 17:30 is off
        ("2026-03-03T04:15", "2026-03-03T05:30"),  # lunch
        ("2026-03-06T12:00", "2026-03-09T00:30"),  # Friday evening
        ("2026-09-30T12:00", "2026-10-08T00:30"),  # the National Day holidays
        ("2026-10-09T12:00", "2026-10-10T00:30"),  # a make-up Saturday follows
    ],
)
def test_what_is_not_urgent_waits_until_the_shift_begins(now: str, goes: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert may_go(at, CALENDAR, urgent=False) == datetime.fromisoformat(goes).replace(tzinfo=UTC)
    assert may_go(at, CALENDAR, urgent=True) == at


@pytest.mark.parametrize(
    ("held", "urgent", "phones", "used"),
    [
        ([BELL, TEXT, CALL], True, True, [BELL, TEXT, CALL]),
        ([BELL, TEXT, CALL], False, True, [BELL]),
        ([TEXT, CALL], False, True, [TEXT]),
        ([CALL], False, True, []),
        ([BELL, TEXT, CALL], True, False, [BELL]),
        ([TEXT], True, False, []),
    ],
)
def test_only_what_is_urgent_rings(
    held: list[Way], urgent: bool, phones: bool, used: list[Way]
) -> None:
    assert ways(held, urgent=urgent, phones=phones) == used


@given(st.integers(1, 1000), st.text(max_size=40))
def test_waits_grow_and_stay_bounded(tries: int, key: str) -> None:
    found = wait(tries, key)
    assert FIRST_WAIT * 0.75 <= found <= LONGEST_WAIT * 1.25
    assert found == wait(tries, key)
    assert wait(tries + 2, key) > found or found >= LONGEST_WAIT * 0.75


def test_waits_of_messages_that_failed_together_differ() -> None:
    assert len({wait(5, str(number)) for number in range(50)}) > 40
    assert wait(1, "a") < timedelta(minutes=1)


def test_a_key_is_one_of_notice_recipient_and_channel() -> None:
    keys = {key_of(n, who, by) for n in (1, 11) for who in ("a", "b") for by in ("1", "11")}
    assert len(keys) == 8
    assert key_of(1, "a", "1") == key_of(1, "a", "1")
