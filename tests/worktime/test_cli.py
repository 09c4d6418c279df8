"""`gridgov calendar`, on databases of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from gridgov.worktime import seed
from tests.support.command import Run, command_on

YEAR = max(seed.published_years()) + 1


@pytest.fixture
def gridgov(fresh_engine: Engine) -> Run:
    return command_on(fresh_engine)


def file_of(folder: Path, text: str) -> Path:
    path = folder / "days.csv"
    path.write_text(text, "utf-8")
    return path


def test_import_show_and_again(gridgov: Run, tmp_path: Path) -> None:
    before = json.loads(gridgov("calendar", "show", YEAR, "--json").stdout)
    assert (before["loaded"], before["provisional"], before["holidays"]) == (False, True, [])
    # Whatever the year, 5 to 11 May hold five days from Monday to Friday.
    days = "".join(f"{YEAR}-05-{day:02},休,劳动节\n" for day in range(5, 12))
    file = file_of(tmp_path, "日期,休/班,节日\n" + days)

    made = gridgov("calendar", "import", file, "--json")

    assert made.exit_code == 0, made.output
    said = json.loads(made.stdout)
    assert (said["calendar"], said["year"], said["unchanged"]) == ("cn", YEAR, False)
    assert (said["days"], len(said["changed"])) == (7, 7)
    assert said["working_days"] == before["working_days"] - 5
    after = json.loads(gridgov("calendar", "show", YEAR, "--json").stdout)
    assert (after["loaded"], after["source"]) == (True, "days.csv")
    assert after["months"][4] == before["months"][4] - 5
    assert after["holidays"] == [
        {"first": f"{YEAR}-05-05", "last": f"{YEAR}-05-11", "name": "劳动节"}
    ]
    assert f"cn {YEAR}: unchanged" in gridgov("calendar", "import", file).stdout
    assert "劳动节" in gridgov("calendar", "show", YEAR).stdout


def test_a_wrong_file_is_refused_whole_with_its_lines(gridgov: Run, tmp_path: Path) -> None:
    file = file_of(tmp_path, f"date,off\n{YEAR}-05-05,yes\n{YEAR}-02-30,yes\n{YEAR}-05-06,hm\n")
    refused = gridgov("calendar", "import", file)
    assert refused.exit_code == 1
    assert f"days.csv:3: {YEAR}-02-30 is not a date" in refused.stderr
    assert "days.csv:4: hm says neither" in refused.stderr
    assert "2 mistakes" in refused.stderr
    problems = json.loads(gridgov("calendar", "import", file, "--json").stdout)["problems"]
    assert [problem["line"] for problem in problems] == [3, 4]
    assert not json.loads(gridgov("calendar", "show", YEAR, "--json").stdout)["loaded"]


def test_usage_and_unknown_calendars(gridgov: Run, tmp_path: Path) -> None:
    assert gridgov("calendar", "import", tmp_path / "none.csv").exit_code == 2
    assert gridgov("calendar", "show", 1492).exit_code == 2
    unknown = gridgov("calendar", "show", YEAR, "--calendar", "mars")
    assert (unknown.exit_code, "knows cn" in unknown.stderr) == (1, True)


def test_check_names_the_years_to_ask_for(gridgov: Run) -> None:
    found = gridgov("calendar", "check", "--json")
    now = datetime.now(UTC)
    known = now.year in seed.published_years() and (
        now.month < 10 or now.year + 1 in seed.published_years()
    )
    if known:
        assert (found.exit_code, json.loads(found.stdout)) == (0, {"missing": {}})
    elif now.month >= 11:
        assert (found.exit_code, list(json.loads(found.stdout)["missing"])) == (1, ["cn"])


def test_init_brings_the_calendar_and_says_nothing_twice(gridgov: Run) -> None:
    assert gridgov("init").stdout == "unchanged\n"
    assert json.loads(gridgov("calendar", "show", 2026, "--json").stdout)["source"] == seed.SOURCE
