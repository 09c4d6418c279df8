"""A membership transfer: its papers one after another, and the letter's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases import checklist
from gridgov.cases import refusals as no
from gridgov.cases.clocks import clocks
from gridgov.cases.contact import Contact
from gridgov.cases.facts import Past
from gridgov.cases.fields import PAPERS
from gridgov.cases.fire import planned, settle
from gridgov.cases.rules import offered
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN, Status
from gridgov.errors import NotFound
from gridgov.ladder.clock import Clock
from gridgov.ladder.plan import rows_of
from gridgov.notices.tables import Notice
from gridgov.settings import ROOT
from gridgov.worktime.rules import Calendar
from tests.support.desk import DAY, START, Desk, trying
from tests.support.town import PEOPLE, RESIDENT, Town

TRANSFER = "41002"
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
UNTIL = START.date() + timedelta(days=30)
MIDNIGHT_AFTER = datetime(2026, 4, 2, 16, 0, tzinfo=UTC)  # of UNTIL, in Ningbo


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as made:
        yield made


def transfer(desk: Desk, *, handling: bool = True) -> Case:
    """Return a transfer that its organiser works on."""
    contact = Contact("Li", "13800000000", None, "sms")
    case = desk.take(category=TRANSFER, description="I changed my firm", contact=contact)
    desk.act(case, "organiser", "file", category=TRANSFER)
    if handling:
        desk.act(case, "organiser", "dispatch", unit="party-office")
        desk.act(case, "organiser", "accept")
    return case


def tick(desk: Desk, case: Case, paper: str, who: str = "organiser", **given: Any) -> Case:
    if paper == "letter":
        given.setdefault("valid_until", UNTIL)
    return desk.act(case, who, "check_off", paper=paper, **given)


def letter_of(desk: Desk, case: Case) -> Clock | None:
    scene = desk.scene(case, "organiser")
    assert scene.ladder is not None
    found = clocks(scene.past, scene.category, scene.ladder, scene.calendar)
    return next((clock for clock in found if clock.name == "letter"), None)


def test_the_papers_are_ticked_one_after_another(desk: Desk) -> None:
    case = transfer(desk)
    for paper in PAPERS:
        for other in PAPERS:
            if other != paper:
                with pytest.raises(no.PaperOutOfOrder):
                    tick(desk, case, other)
        tick(desk, case, paper, text="seen")
    with pytest.raises(no.PapersDone):
        tick(desk, case, "receipt")
    scene = desk.scene(case, "organiser")
    lines = checklist.lines(scene.past, case.round)
    assert [line.paper for line in lines] == list(PAPERS)
    assert all(line.at for line in lines)
    assert [line.valid_until for line in lines] == [None, None, UNTIL, None, None, None]
    assert "check_off" not in desk.offers(case, "organiser")


def test_they_begin_anew_with_a_round(desk: Desk) -> None:
    case = transfer(desk)
    for paper in PAPERS:
        tick(desk, case, paper)
    desk.act(case, "organiser", "submit")
    desk.act(case, "reporter", "confirm")
    assert case.status == "closed"
    desk.act(case, "organiser", "reopen")
    assert checklist.next_paper(desk.scene(case, "organiser").past, case.round) == "application"
    tick(desk, case, "application")


def test_the_letter_says_until_when_it_is_valid(desk: Desk) -> None:
    case = transfer(desk)
    tick(desk, case, "application")
    with pytest.raises(no.DateOfTheLetter):
        tick(desk, case, "release", valid_until=UNTIL)
    tick(desk, case, "release")
    today = START.date()
    with pytest.raises(no.LetterWithoutDate):
        tick(desk, case, "letter", valid_until=None)
    for wrong in (today - timedelta(days=1), date(2026, 6, 4), date(2030, 1, 1)):
        with pytest.raises(no.LetterTooLong, match="2026-06-03"):
            tick(desk, case, "letter", valid_until=wrong)
    with desk.undone():
        tick(desk, case, "letter", valid_until=date(2026, 6, 3))
    tick(desk, case, "letter", valid_until=today)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_three_months_are_three_months(today: date) -> None:
    last = checklist.latest(today)
    months = (last.year - today.year) * 12 + last.month - today.month
    assert months == 3
    assert last.day == today.day or (last.day < today.day and (last + DAY).day == 1)


def test_its_clock_runs_until_it_is_received(desk: Desk) -> None:
    case = transfer(desk)
    tick(desk, case, "application")
    tick(desk, case, "release")
    assert letter_of(desk, case) is None
    tick(desk, case, "letter")
    began, calendar = desk.at, desk.known.calendar(case.park_code)
    clock = letter_of(desk, case)
    assert clock is not None
    assert clock.running
    assert clock.start == began
    assert clock.due(calendar) == (MIDNIGHT_AFTER, False)
    desk.act(case, "organiser", "comment")
    desk.act(case, "organiser", "submit")
    assert (clock := letter_of(desk, case)) is not None
    assert clock.running
    tick(desk, case, "reception")
    assert (clock := letter_of(desk, case)) is not None
    assert not clock.running
    assert [(span.start, span.end) for span in clock.spans] == [(began, desk.at)]


def test_its_clock_ends_with_the_case_and_goes_on_with_it(desk: Desk) -> None:
    case = transfer(desk)
    for paper in ("application", "release", "letter"):
        tick(desk, case, paper)
    desk.act(case, "organiser", "submit")
    with desk.undone():
        desk.act(case, "reporter", "confirm")
        assert (clock := letter_of(desk, case)) is not None
        assert not clock.running
    desk.act(case, "reporter", "deny")
    assert (clock := letter_of(desk, case)) is not None
    assert clock.running


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["check_off letter", "check_off reception", "comment", "reopen"]),
        st.sampled_from([status.value for status in Status]),
    ),
    max_size=8,
)


@given(MOVES)
def test_the_clock_runs_exactly_while_the_letter_waits(moves: list[tuple[str, str]]) -> None:
    """Whatever happens: its spans are disjoint, in order, and lie where the case was open."""
    past: list[Past] = []
    round_ = 1
    for place, (what, status) in enumerate(moves):
        step, _, paper = what.partition(" ")
        round_ += step == "reopen"
        data = {"paper": paper, "valid_until": "2026-04-02"} if paper else {}
        at = START + place * DAY
        past.append(Past(step, round_, at, "organiser", None, None, None, status, data))
    for clock in checklist.letters(past, CALENDAR):
        inside = set()
        for before, after in zip(clock.spans, clock.spans[1:], strict=False):
            assert before.end is not None
            assert before.end < after.start
        for place, event in enumerate(past):
            done = past[: place + 1]
            ticked = {e.data.get("paper") for e in done if e.round == clock.round and e.data}
            waits = "letter" in ticked and "reception" not in ticked and event.round == clock.round
            if waits and event.to_status in OPEN:
                inside.add(event.at)
        covered = {
            event.at
            for event in past
            for span in clock.spans
            if span.start <= event.at and (span.end is None or event.at < span.end)
        }
        assert covered == inside


def told_since(desk: Desk, case: Case, templates: str) -> set[tuple[str, str, str]]:
    query = sa.select(Notice).where(
        Notice.case_id == case.id, Notice.template.startswith(templates)
    )
    return {(one.template, one.to_kind, one.to_code) for one in desk.session.scalars(query)}


def swept(desk: Desk, case: Case) -> None:
    """Fire what is due of a case, as the clock does."""
    rungs = rows_of(desk.session, [case.id])[case.id]
    scene, _ = settle(desk.session, desk.scene(case, "clock"), desk.known, rungs)
    planned(desk.session, scene, desk.known, rungs)
    desk.session.flush()


def test_only_organiser_and_person_are_reminded(desk: Desk) -> None:
    case = transfer(desk)
    for paper in ("application", "release", "letter"):
        tick(desk, case, paper)
    both = {("person", "organiser"), ("reporter", case.number)}
    for name, before in (("10", 10), ("3", 3), ("over", 0)):
        instant = MIDNIGHT_AFTER - before * DAY
        desk.at = instant
        swept(desk, case)
        assert told_since(desk, case, f"rung_letter_{name}") == set()
        desk.at = instant + timedelta(seconds=1)
        swept(desk, case)
        told = told_since(desk, case, f"rung_letter_{name}")
        assert {one[1:] for one in told} == both, name


def test_nobody_is_reminded_of_what_was_received(desk: Desk) -> None:
    case = transfer(desk)
    for paper in ("application", "release", "letter", "reception"):
        tick(desk, case, paper)
    desk.at = MIDNIGHT_AFTER + DAY
    swept(desk, case)
    assert told_since(desk, case, "rung_letter") == set()


def test_a_short_letter_is_not_reminded_of_before_it_was_there(desk: Desk) -> None:
    case = transfer(desk)
    for paper in ("application", "release"):
        tick(desk, case, paper)
    tick(desk, case, "letter", valid_until=desk.at.date() + timedelta(days=5))
    desk.at += timedelta(days=30)
    swept(desk, case)
    assert {one[0] for one in told_since(desk, case, "rung_letter")} <= {"rung_letter_over"}


def test_what_they_read_names_no_matter() -> None:
    words = "介绍信 组织关系 党员 党务 支部 letter Party membership transfer branch".split()
    for path in (ROOT / "config" / "notices").rglob("*rung_letter*"):
        text = path.read_text("utf-8").lower()
        assert not [word for word in words if word.lower() in text], path
    assert len(list((ROOT / "config" / "notices").rglob("*rung_letter*"))) == 12


@pytest.mark.parametrize("status", ["reported", "filed", "handling", "checking", "closed"])
def test_who_ticks(desk: Desk, status: str) -> None:
    case = transfer(desk, handling=status not in ("reported", "filed"))
    if status == "reported":
        case = desk.take(category=TRANSFER)
    if status in ("checking", "closed"):
        desk.act(case, "organiser", "submit")
    if status == "closed":
        desk.act(case, "reporter", "confirm")
    assert case.status == status
    for who in (*PEOPLE, RESIDENT, "reporter", "clock"):
        offers = {offer.step.name for offer in offered(desk.scene(case, who))}
        may = who == "organiser" and status in ("filed", "handling", "checking")
        assert ("check_off" in offers) is may, who
    for who in ("head-party", "dispatcher", "committee"):
        with pytest.raises((no.NotYours, NotFound, no.NotNow)):
            tick(desk, case, "application", who)


def test_nobody_ticks_their_own(desk: Desk) -> None:
    """An organiser of another place who is moving reports as anybody does."""
    case = desk.take("organiser", category=TRANSFER)
    case.area_code = "330203009"
    assert "check_off" not in desk.offers(case, "organiser")


def test_other_cases_have_no_papers(desk: Desk) -> None:
    case = desk.take(category="41001")
    desk.act(case, "organiser", "file", category="41001")
    with pytest.raises(no.NotATransfer):
        tick(desk, case, "application")
