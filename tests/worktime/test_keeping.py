"""`config/calendar.toml`: which calendar and hours a place keeps, and what is wrong in the file."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from gridgov.worktime.calendar import OFFICE_HOURS
from gridgov.worktime.keeping import DEFAULT, Kept, keeping
from gridgov.worktime.problems import CalendarFileWrong, CalendarUnknown

LATE = ((time(9), time(0)),)
PARKS = """[parks.late]
office_hours = ["09:00-00:00"]
[parks.abroad]
calendar = "sg"
[parks.none]
calendar = ""
"""


def changed(folder: Path, old: str, new: str) -> Path:
    text = DEFAULT.read_text("utf-8")
    assert old in text
    path = folder / "calendar.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_zones_keep_calendars_and_parks_may_differ(tmp_path: Path) -> None:
    kept = keeping(changed(tmp_path, "[parks]\n", PARKS))
    assert kept.codes == ("cn", "sg")
    assert kept.of(None, "Asia/Shanghai") == Kept("cn", OFFICE_HOURS)
    assert kept.of("any", "America/New_York") == Kept(None, OFFICE_HOURS)
    assert kept.of("late", "Asia/Shanghai") == Kept("cn", LATE)
    assert kept.of("abroad", "Asia/Singapore") == Kept("sg", OFFICE_HOURS)
    assert kept.of("none", "Asia/Shanghai") == Kept(None, OFFICE_HOURS)
    assert (kept.chosen(None, "Asia/Urumqi"), kept.chosen("sg", "Asia/Urumqi")) == ("cn", "sg")
    for asked, zone in (("us", "Asia/Shanghai"), (None, "America/New_York")):
        with pytest.raises(CalendarUnknown):
            kept.chosen(asked, zone)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[parks]\n", "", "[parks] is missing"),
        ("[parks]\n", "[parks]\n[more]\n", "more is not a table"),
        ("[parks]\n", "[parks]\nx = 1\n", "[parks.x] takes"),
        ("[parks]\n", "[parks.x]\nhours = 1\n", "[parks.x] takes"),
        ("[parks]\n", "[parks.x]\ncalendar = 'a b'\n", "[parks.x] calendar takes"),
        ("[parks]\n", "[parks.x]\noffice_hours = ['8-12']\n", "[parks.x] office_hours takes"),
        ("[parks]\n", "[parks.x]\noffice_hours = []\n", "takes office hours in order"),
        ("08:30-12:00", "08:30-14:00", "each ending before the next begins"),
        ("08:30-12:00", "08:30-24:00", "[office_hours] default takes"),
        ("default =", "other =", "[office_hours] default takes"),
        ("Asia/Urumqi", "Asia/Nowhere", "is not a time zone"),
        ('"Asia/Urumqi" = "cn"', '"Asia/Urumqi" = 1', "takes up to 32 letters"),
        ('yes = ["是"', 'yes = [1', "[values] yes takes a list of words"),
        ("[parks]", "[parks", "cannot be used"),
    ],
)  # fmt: skip
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(CalendarFileWrong) as caught:
        keeping(changed(tmp_path, old, new))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CalendarFileWrong):
        keeping(tmp_path / "none.toml")
