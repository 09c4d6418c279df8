"""Files of days: every form that is taken, every mistake with its line, and no bytes that crash."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.errors import GridgovError
from gridgov.worktime import problems as wrong
from gridgov.worktime import seed
from gridgov.worktime.keeping import keeping
from gridgov.worktime.read import MAX_BYTES, Day, Published, read

KEEPING = keeping()
NEW_YEAR = Published(
    2027, {date(2027, 1, 1): Day(False, "元旦"), date(2027, 1, 3): Day(True, "元旦")}
)


def of(text: str) -> Published:
    return read(text.encode(), KEEPING)


def refused(text: str | bytes) -> list[tuple[type, int | None]]:
    with pytest.raises(wrong.DaysWrong) as caught:
        read(text.encode() if isinstance(text, str) else text, KEEPING)
    return [(type(problem), problem.line) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "date,working,name\n2027-01-01,no,元旦\n2027-01-03,yes,元旦\n",
        "日期,休/班,节日\n2027-01-01,休,元旦\n2027-01-03,班,元旦\n",
        "日期\t类型\t名称\n2027/1/1\t放假\t元旦\n2027/1/3\t调休上班\t元旦\n",
        "名称;是否放假;日期\n元旦;是;2027年1月1日\n元旦;否;2027年1月3日\n",
        "name,isOffDay,date\n元旦,true,20270101\n元旦,FALSE,20270103\n",
        "# 国办发明电, 2026\n\n星期\t日期(必填)\t工作日\t节日\n"
        "五\t２０２７.１.１\t否\t元旦\n日\t2027.1.3\t是\t元旦\n",
        "day,type,holiday\n2027-01-01 00:00:00,Off,元旦\r\n2027-01-03,Work,元旦",
        json.dumps(
            {
                "year": 2027,
                "papers": ["https://www.gov.cn/"],
                "days": [
                    {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
                    {"name": "元旦", "date": "2027-01-03", "isOffDay": False},
                ],
            }
        ),
        '[{"date":"2027-01-01","isOffDay":true,"name":"元旦"},'
        '{"date":"2027-01-03","isOffDay":false,"name":"元旦"}]',
    ],
)
def test_one_year_in_many_forms(text: str) -> None:
    assert of(text) == NEW_YEAR
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        assert read(text.encode(encoding), KEEPING) == NEW_YEAR


def test_days_that_say_nothing_are_left_out() -> None:
    found = of("date,working\n2027-01-01,no\n2027-01-02,no\n2027-01-04,yes\n2027-01-10,yes\n")
    assert found.days == {date(2027, 1, 1): Day(False), date(2027, 1, 10): Day(True)}


def test_a_notice_may_move_the_december_before() -> None:
    found = of("date,working\n2026-12-31,yes\n2027-01-01,no\n")
    assert found.year == 2027
    assert found.days[date(2026, 12, 31)] == Day(True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(wrong.NoDays, None)]),
        ("date,working,name\n", [(wrong.NoDays, None)]),
        ("datum,working\n2027-01-01,no\n", [(wrong.DayColumnMissing, 1)]),
        ("\n\ndate,name\n2027-01-01,x\n", [(wrong.DayColumnMissing, 3)]),
        ("date,off,working\n2027-01-01,no,no\n", [(wrong.DayColumnTwice, 1)]),
        ("date,off,日期\n", [(wrong.DayColumnTwice, 1)]),
        ("date,off\n2027-02-30,yes\n2027-01-04,perhaps\n", [(wrong.DateWrong, 2), (wrong.WorkingWrong, 3)]),  # noqa: E501
        ("date,off\n,yes\n2027-01-01\n", [(wrong.DateWrong, 2), (wrong.WorkingWrong, 3)]),
        ("date,off\n2027-01-01,yes\n2027/1/1,yes\n", [(wrong.DayTwice, 3)]),
        ("date,off\n2027-01-01,yes\n2026-11-30,yes\n", [(wrong.DayOfOtherYear, 3)]),
        ("date,off\n0999-01-01,yes\n", [(wrong.YearWrong, 2)]),
        ("date,off,name\n2027-01-01,yes," + "x" * 61, [(wrong.NameWrong, 2)]),
        ("date,off,name\n2027-01-01,yes,a\x07b", [(wrong.NameWrong, 2)]),
        ("date,off\n2027-01-01,no\n2027-01-03,yes\n", [(wrong.NoDayOff, None)]),
        ('date,off\n"2027-01-01,yes\n', [(wrong.NotReadable, 2)]),
        ('{"days": [}', [(wrong.NotReadable, 1)]),
        ('{"days": {}}', [(wrong.NotReadable, None)]),
        ("[" * 100_000, [(wrong.NotReadable, None)]),
        ("[" + "9" * 5000 + "]", [(wrong.NotReadable, None)]),
        ('{"year": "2027", "days": []}', [(wrong.YearWrong, None)]),
        ('{"year": true, "days": []}', [(wrong.YearWrong, None)]),
        ('[\n{"date": 1, "isOffDay": true},\n{"date": "2027-01-01", "isOffDay": "no"}]',
         [(wrong.DateWrong, 2), (wrong.WorkingWrong, 3)]),
        ('[{"date": "2027-01-01", "isOffDay": true, "name": "\\ud800"}]', [(wrong.NameWrong, 1)]),
        ('{"year": 2028, "days": [{"date": "2027-01-01", "isOffDay": true}]}',
         [(wrong.DayOfOtherYear, 1)]),
        ("[7]", [(wrong.DateWrong, 1)]),
        (b"PK\x03\x04\x00\x00", [(wrong.NotText, None)]),
        (b"\xff\xff\xff", [(wrong.NotText, None)]),
        (b" " * (MAX_BYTES + 1), [(wrong.FileOfDaysTooLarge, None)]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(text: str, expected: Any) -> None:
    assert refused(text) == expected


def test_a_year_without_a_working_day_is_refused() -> None:
    days = "".join(
        f"{date.fromordinal(date(2027, 1, 1).toordinal() + n)},off\n" for n in range(365)
    )
    assert refused("date,working\n" + days) == [(wrong.YearWithoutWork, None)]


def test_what_the_package_knows_reads_back_as_itself() -> None:
    for published in seed.published():
        days = [
            {"name": told.name, "date": day.isoformat(), "isOffDay": not told.working}
            for day, told in published.days.items()
        ]
        assert of(json.dumps({"year": published.year, "days": days})) == published


def test_the_package_has_a_name_for_each_day_that_differs() -> None:
    told = {day: one for published in seed.published() for day, one in published.days.items()}
    assert seed.chinese_days() == {
        day: one.working for day, one in told.items() if one.working != (day.weekday() < 5)
    }
    assert all(one.name for one in told.values())


TEXT = st.text(
    st.sampled_from('日期休班date,off\n\r;\t"#2027-/01年月[]{}:nameisOffDaytruefalse 元旦\ud800')
)


def survives(raw: bytes) -> None:
    try:
        found = read(raw, KEEPING)
    except GridgovError as error:
        assert str(error)
    else:
        assert found.days


@given(st.one_of(st.binary(max_size=300), TEXT.map(lambda t: t.encode(errors="surrogatepass"))))
@settings(max_examples=500)
def test_no_bytes_raise_anything_but_our_own_errors(raw: bytes) -> None:
    survives(raw)
    survives(b"date,off,name\n" + raw)
    survives(b'[{"date": "2027-01-01", "isOffDay": true}, ' + raw + b"]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["year", "days", "date", "isOffDay", "name"]), inner)
    ),
    max_leaves=12,
)


@given(JSON, st.lists(st.dictionaries(st.sampled_from(["date", "isOffDay", "name"]), JSON)))
@settings(max_examples=300)
def test_no_json_raises_anything_but_our_own_errors(whole: Any, days: Any) -> None:
    for value in (whole, days, {"year": 2027, "days": days}):
        survives(json.dumps(value).encode())
