"""A list that shows less than there is says how many there are, and where the others are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases.worklist import waiting
from gridgov.faces import duty_board, joint_lists, waits
from gridgov.faces.rest import rest
from gridgov.faces.serve import Serving
from gridgov.insight.paper import Cell, Paper, Section
from gridgov.insight.report_pdf import pdf
from gridgov.insight.report_xlsx import table, workbook
from gridgov.web.meeting import asking_of
from tests.insight.test_report import text_of
from tests.support.desk import Desk, trying
from tests.support.town import Town

SAID = "2 of 9 are shown; for the others see /joint"


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as made:
        yield made


@contextmanager
def looking(town: Town, desk: Desk, who: str) -> Iterator[Serving]:
    """Let somebody look, in English."""
    with town.app.test_request_context(headers={"Accept-Language": "en"}):
        yield Serving(desk.session, desk.at, desk.known, desk.actor(who))


@given(st.integers(0, 500), st.integers(0, 500))
def test_it_is_said_wherever_something_is_left_out_and_nowhere_else(shown: int, whole: int) -> None:
    said = rest(shown, whole, "/joint")
    assert bool(said) == (whole > shown)
    assert not said or said.startswith(f"{shown} of {whole} ")


def test_paper_workbook_and_table_say_it_too() -> None:
    rows = [[Cell("a")], [Cell("b")]]
    section = Section("joint", "Joint cases", ["Case"], rows, "How it is counted.", rest=SAID)
    whole = Section("joint", "Joint cases", ["Case"], rows, "How it is counted.")
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(paper(section)))).worksheets[0]
    assert sheet["A3"].value == f"How it is counted. {SAID}"
    assert SAID in text_of(pdf(paper(section))).replace("\n", " ")
    lines = list(csv.reader(io.StringIO(table(section).removeprefix("\ufeff"))))
    assert lines == [["Case"], ["a"], ["b"], [SAID]]
    assert SAID not in table(whole)


def paper(section: Section) -> Paper:
    return Paper("office", "report", "this week", "now", [section], "en")


def test_the_report_says_of_joint_cases_and_suspended_items(still_town: Town, desk: Desk) -> None:
    for _ in range(2):
        joint = desk.joint()
        item = desk.item(joint, unit="property")
        for who, step in (("handler", "accept"), ("handler", "ask_suspension")):
            desk.act(item, who, step)
        desk.act(item, "dispatcher", "suspend")
    with looking(still_town, desk, "committee") as s:
        led, hung = joint_lists.sections(s, most=1)
        assert (len(led.rows), len(hung.rows)) == (1, 1)
        assert led.rest == "1 of 2 are shown; for the others see /joint"
        assert hung.rest == "1 of 2 are shown; for the others see /joint?shown=suspended"
        assert [one.rest for one in joint_lists.sections(s)] == ["", ""]
        # What it refers to holds them all.
        assert joint_lists.counted(s) == {"joint": 2, "hung": 2}


def test_the_report_says_of_what_is_late_and_what_waits(still_town: Town, desk: Desk) -> None:
    for _ in range(2):
        desk.take(category="31001")
    desk.at += timedelta(days=60)
    with looking(still_town, desk, "committee") as s:
        one = asking_of(s)
        late = waits.late(one, most=1)
        assert (late.number, len(late.section.rows)) == (2, 1)
        assert late.section.rest == f"1 of 2 are shown; for the others see {late.link}"
        assert waits.late(one).section.rest == ""
        decide = waits.decide(s, most=1)
        assert decide.section.rest == "1 of 2 are shown; for the others see /list?status=open"
        assert waits.decide(s).section.rest == ""


def test_the_duty_board_counts_all_that_is_urgent(still_town: Town, desk: Desk) -> None:
    for _ in range(3):
        desk.take(category="31001")
    with looking(still_town, desk, "dispatcher") as s:
        for most, shown in ((2, 2), (3, 3), (4, 3)):
            board = duty_board.board(s, most)
            assert (len(board["urgent"]), board["urgent_number"]) == (shown, 3)


def test_my_work_says_how_much_was_not_looked_at(desk: Desk) -> None:
    numbers = [desk.take().number for _ in range(3)]
    given = desk.session, desk.actor("leader"), desk.at, desk.known
    for most in range(1, 5):
        work = waiting(*given, most)
        # The oldest are looked at.
        assert [one.scene.case.number for one in work.found] == numbers[:most]
        assert work.more == max(0, 3 - most)
