"""The report on paper and as a workbook: the API's numbers, read back; told of once."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridgov.cases.known import Known, known
from gridgov.cli.report import report
from gridgov.database import transaction
from gridgov.insight.announce import announce, due
from gridgov.insight.paper import Cell, Chart, Kind, Paper, Section, Series
from gridgov.insight.report_pdf import pdf
from gridgov.insight.report_xlsx import table, workbook
from gridgov.notices.tables import Notice
from tests.support.town import IN_G1, IN_G2, Town


def filled(town: Town) -> None:
    for category, place, leader in (("01001", IN_G1, "leader"), ("02001", IN_G2, "leader2")):
        location = {"lon": place[0], "lat": place[1]}
        taken = town.report(category=category, location=location)
        town.step(taken["number"], leader, "file", category=category)


def get(town: Town, path: str) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens['committee']}", "Accept-Language": "zh"}
    return town.client.get(path, headers=headers)


def text_of(data: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_the_workbook_holds_the_api_s_numbers(shared_town: Town) -> None:
    filled(shared_town)
    figures = get(shared_town, "/api/v1/figures").json
    book = openpyxl.load_workbook(io.BytesIO(get(shared_town, "/figures/report.xlsx").data))
    sheet = book["统计"]
    assert sheet.freeze_panes == "B5"
    told = {row[0].value: row[1] for row in sheet.iter_rows(min_row=5)}
    for one in figures["counts"]:
        assert told[one["label"]].value == one["value"]
    for one in figures["rates"]:
        shown, value = told[one["label"]].value, one["value"]
        assert shown == (None if value is None else pytest.approx(value, rel=1e-12))
        assert told[one["label"]].number_format == "0.0%"


def test_the_pdf_is_chinese_with_its_fonts_and_numbers(shared_town: Town) -> None:
    filled(shared_town)
    answer = get(shared_town, "/figures/report.pdf")
    assert answer.mimetype == "application/pdf"
    figures = get(shared_town, "/api/v1/figures").json
    text = text_of(answer.data)
    for words in ("月报", "需要拍板", "网格对照", "综合评分构成", "统计口径"):
        assert words in text
    reported = next(one for one in figures["counts"] if one["name"] == "reported")
    assert f"{reported['value']:,}" in text
    for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages:
        for font in cast(Any, page["/Resources"])["/Font"].values():
            (below,) = font.get_object()["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(below.get_object()["/FontDescriptor"])


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
NUMBERS = st.one_of(st.none(), st.integers(0, 10**9))


@given(st.lists(st.tuples(TEXTS, NUMBERS), max_size=5))
def test_whatever_stands_in_a_table_is_text_and_numbers(rows: list[tuple[str, int | None]]) -> None:
    cells = [[Cell(text), Cell(number, Kind.COUNT)] for text, number in rows]
    section = Section("x", "x", ["a", "b"], cells)
    book = openpyxl.load_workbook(io.BytesIO(workbook(Paper("o", "t", "p", "n", [section]))))
    for at, (text, number) in enumerate(rows, 5):
        cell = book.worksheets[0].cell(at, 1)
        assert cell.data_type != "f"
        assert book.worksheets[0].cell(at, 2).value == number
        assert (cell.value or "").removeprefix("'") == text.removeprefix("'")
    for line in table(section).splitlines()[1:]:
        assert not line.startswith(("=", "+", "-", "@"))


def test_markup_in_a_name_is_set_as_it_stands() -> None:
    rows = [[Cell("#panic() $x$ *a* [b] @c"), Cell(3, Kind.COUNT)]]
    series = [Series("$y$", [1, None]), Series("z", [None, None], faint=True)]
    charts = [Chart(form, ["#x()", "b"], series) for form in ("lines", "bars")]
    sections = [Section("x", "#let", ["a", "b"], rows, "#eval", chart) for chart in charts]
    assert "#panic() $x$ *a* [b] @c" in text_of(pdf(Paper("o", "t", "p", "n", sections)))


def of(session: Session, town: Town) -> Known:
    return known(session, town.app.extensions["gridgov"].settings)


MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in China


@pytest.mark.parametrize(
    ("away", "week"), [(timedelta(seconds=-1), "2026-W46"), (timedelta(), "2026-W47")]
)
def test_a_week_is_reported_from_monday_at_eight(away: timedelta, week: str) -> None:
    here = SimpleNamespace(settings=SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")))
    found = {template: name for template, name, _, _ in due(MONDAY + away, cast(Known, here))}
    assert found == {"weekly_report": week, "monthly_report": "2026-10"}


def test_the_committee_is_told_once(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        assert announce(session, of(session, town), MONDAY) == 2
        assert announce(session, of(session, town), MONDAY + timedelta(hours=1)) == 0
        assert announce(session, of(session, town), MONDAY + timedelta(days=7)) == 1
        paths = [row.data["path"] for row in session.scalars(sa.select(Notice))
                 if row.template == "weekly_report"]  # fmt: skip
    assert get(town, paths[0]).status_code == 200


def test_the_command_writes_the_same(town: Town, tmp_path: Path) -> None:
    filled(town)
    file = tmp_path / "month.xlsx"
    runner = town.app.test_cli_runner()
    done = runner.invoke(report, ["month", "2026-11", "--format", "xlsx", "--as", "committee",
                                  "--output", str(file)])  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "统计" in openpyxl.load_workbook(file).sheetnames
