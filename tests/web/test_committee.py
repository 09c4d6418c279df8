"""The committee's page: every number is its list, nobody is named, and it reads plainly."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect

from gridgov.app import installation
from gridgov.database import db, transaction
from gridgov.faces.auth import now
from gridgov.faces.waits import WHY
from gridgov.insight.behind import ids_behind
from gridgov.insight.figures import OVERDUE
from gridgov.insight.keep import keep
from gridgov.insight.late import late_now
from gridgov.insight.reach import Asked, reach
from gridgov.people.tables import Person
from gridgov.web.committee import BELOW
from tests.bench.captured import captured
from tests.conftest import committed_town
from tests.joint.test_items import opened, put
from tests.support.databases import Place
from tests.support.desk import trying, working
from tests.support.town import IN_G1, IN_G2, STREET, Town
from tests.web.conftest import Axe, Live

COUNT = re.compile(r"<h1>.*?<span class=\"count\">([\d,]+)</span>", re.S)


def rows_of(text: str) -> list[list[str]]:
    """Return the rows of a CSV below its heads."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:]


def get(town: Town, path: str, who: str = "committee") -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "zh"}
    return town.client.get(path, headers=headers)


def filled(town: Town) -> None:
    """Some cases filed, one settled, one whose return is asked for."""
    for category, (lon, lat) in (("01001", IN_G1), ("01001", IN_G2), ("02001", IN_G1)):
        taken = town.report(category=category, location={"lon": lon, "lat": lat})
        leader = "leader" if (lon, lat) == IN_G1 else "leader2"
        town.step(taken["number"], leader, "file", category=category)


@pytest.fixture
def busy(shared_town: Town) -> Town:
    filled(shared_town)
    return shared_town


def long_late(town: Town, days: int) -> None:
    """A case of each kind that waits for a word, of so many days ago and past its limit."""
    soon = (now() + timedelta(days=3)).date()
    asks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("ask_return", {}), ("ask_extension", {}), ("ask_suspension", {"resume_on": soon}),
    )  # fmt: skip
    with working(town, now() - timedelta(days=days)) as desk:
        desk.stage("merged")
        desk.act(desk.stage("filed"), "dispatcher", "propose_joint")
        for step, given in (*asks, asks[-1]):
            asked = desk.act(desk.stage("handling"), "handler", step, **given)
        desk.act(asked, "dispatcher", "suspend")
        for status, step in (("checking", "deny"), ("closed", "reopen")):
            desk.act(desk.stage(status), "reporter", step)


@pytest.fixture(scope="module")
def burdened(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a town with a case of each kind that the page tells apart."""
    for town in committed_town(place, tmp_path_factory):
        long_late(town, 40)
        # A joint case, and its item with it.
        put(town, opened(town, category="01001", urgency="urgent")["number"])
        yield town


GROUP = re.compile(r'<details class="group"')
LATE = re.compile(r'id="s-late">.*?<a class="count"[^>]*>(\d+)</a>', re.S)
PART = re.compile(r'data-part="([^"]+)"')
STATEMENTS = 20


def panels(text: str) -> dict[str, str]:
    """Return the panels of a page by name, without the space between their marks."""
    found = re.finditer(r'<section class="panel[^>]*id="(\w+)">.*?</section>', text, re.S)
    return {one[1]: re.sub(r"\s+", " ", one[0]) for one in found}


def test_the_tables_below_come_one_by_one_and_are_those_of_the_whole_page(busy: Town) -> None:
    whole = get(busy, "/committee?whole=1").text
    assert not PART.search(whole)
    first = get(busy, "/committee").text
    addresses = PART.findall(first)
    assert {one.partition("?")[0].rpartition("/")[2] for one in addresses} == set(BELOW)
    told = panels(whole)
    for address in addresses:
        [(name, came)] = panels(get(busy, html.unescape(address)).text).items()
        assert came == told[name]
    assert get(busy, "/committee/part/figures").status_code == 404
    assert get(busy, html.unescape(addresses[0]), "leader").status_code == 403


@pytest.mark.parametrize("query", ["", f"grid={STREET}-01", "category=01", "channel=web"])
def test_what_is_looked_at_first_takes_few_statements(burdened: Town, query: str) -> None:
    path = f"/committee?{query}"
    with burdened.app.app_context():
        keep(db.engine, installation().settings)
        get(burdened, path)
        with captured(db.engine) as few:
            shown = get(burdened, path)
        assert 'id="s-decide"' in shown.text
        assert '<details class="group" open>' in shown.text
        assert len(GROUP.findall(shown.text)) == len(WHY)
        [late] = map(int, LATE.findall(shown.text))
        assert late > 0
        # What has moved on since takes the same number, however many they are; also the latest.
        filled(burdened)
        long_late(burdened, 40 + late)
        with captured(db.engine) as moved:
            shown = get(burdened, path)
    assert int(LATE.findall(shown.text)[0]) > late
    assert len(few) <= STATEMENTS, [one.sql for one in few]
    assert len(moved) <= STATEMENTS + 4, [one.sql for one in moved]


def test_every_number_is_the_count_of_its_list(busy: Town) -> None:
    shown = get(busy, "/committee?whole=1")
    assert shown.status_code == 200
    pairs = re.findall(r'<a href="(/list\?number=[^"]+)"[^>]*>([\d,]+)</a>', shown.text)
    assert len(pairs) > 5
    for link, number in dict(pairs).items():
        found = COUNT.search(get(busy, html.unescape(link)).text)
        assert found, link
        assert found[1] == number, link


def test_what_nobody_has_filed_is_past_its_limit_too(still_town: Town) -> None:
    """The list behind it holds as many, the longest first; by how much is said in words."""
    with trying(still_town) as desk:
        unfiled = desk.take(category="01001", place=IN_G1)
        desk.at += timedelta(days=30)
        filed = desk.stage("filed")
        desk.at += timedelta(days=60)
        for kept in (False, True):
            if kept:
                keep(desk.session.connection(), desk.settings)
            actor = desk.actor("committee")
            within = reach(actor, desk.known.office)
            asked = Asked(desk.at.date(), desk.at.date() + timedelta(days=1))
            given = (desk.session, asked, within, actor, desk.known, desk.at)
            cases, number = late_now(*given, most=8)
            assert [case.number for case in cases] == [unfiled.number, filed.number]
            ids = ids_behind(desk.session, OVERDUE, *given[1:])
            assert len(desk.session.scalars(ids).all()) == number == 2
        before = late_now(*given, most=8, as_of=desk.at - timedelta(days=70))
        assert before[1] == 1


def test_the_wall_says_how_late_in_words(busy: Town) -> None:
    shown = get(busy, "/committee?as_of=2099-01-01T00:00:00%2B08:00").text
    assert "当前办结超期" in shown
    assert "不论是否已立案" in shown


def test_a_ranking_is_shown_only_where_it_is_asked_for(busy: Town) -> None:
    for name in ("grid", "unit"):
        plain = get(busy, f"/committee/part/{name}").text
        assert "应您要求排名" not in plain
        ranked = get(busy, f"/committee/part/{name}?sort=filed").text
        assert "应您要求排名" in ranked
        rows = rows_of(get(busy, f"/figures/tables/{name}.csv?sort=filed").text)
        counts = [int(row[1]) for row in rows]
        assert counts == sorted(counts, reverse=True)
    assert get(busy, "/committee?sort=person").status_code == 422


def test_a_list_folds_its_filters_and_says_which_are_in_use(busy: Town) -> None:
    shown = get(busy, f"/list?status=open&grid={STREET}-01&from=2020-01-01").text
    folded = re.search(r'<details class="unfold">\s*<summary>([^<]*)</summary>', shown)
    assert folded
    assert folded[1].count("·") == 2
    assert "2020-01-01" in folded[1]
    assert '<details class="unfold" open>' in get(busy, "/list?q=nothing-is-like-this").text


def test_the_wall_names_nobody(busy: Town) -> None:
    with busy.app.app_context(), transaction(write=False) as session:
        names = [name for (name,) in session.query(Person.name)]
    main = get(busy, "/committee").text.partition("<main")[2]
    assert names
    assert not [name for name in names if name in main]


@pytest.mark.parametrize("who", ["leader", "head", "organiser", "gis", "dispatcher"])
def test_figures_are_as_wide_as_a_duty(busy: Town, who: str) -> None:
    assert get(busy, "/figures", who).status_code == 200
    assert get(busy, "/committee", who).status_code == (200 if who == "dispatcher" else 403)
    units = get(busy, "/figures/tables/unit.csv", who).status_code
    assert units == (404 if who == "leader" else 200)


def test_a_table_as_a_file_holds_the_api_s_numbers(busy: Town) -> None:
    figures = get(busy, "/api/v1/figures?by=grid").json
    rows = rows_of(get(busy, "/figures/tables/grid.csv").text)
    assert [int(row[1]) for row in rows] == [one["counts"]["filed"] for one in figures["by"]]
    book = openpyxl.load_workbook(io.BytesIO(get(busy, "/figures/tables/grid.xlsx").data))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B5"
    filed = [sheet.cell(5 + at, 2).value for at in range(len(figures["by"]))]
    assert filed == [one["counts"]["filed"] for one in figures["by"]]


def test_an_address_that_means_nothing_is_told_so(shared_town: Town) -> None:
    assert get(shared_town, "/committee?period=nonsense").status_code == 422
    assert get(shared_town, "/committee?grid=%20;%20").status_code == 422
    assert get(shared_town, "/list?number=nonsense").status_code == 422
    assert get(shared_town, "/figures/tables/nothing.csv").status_code == 404


def test_the_last_day_of_the_form_is_one_of_the_period(shared_town: Town) -> None:
    answer = get(shared_town, "/committee?from=2026-11-01&last=2026-11-30&grid=")
    assert answer.headers["Location"] == "/committee?from=2026-11-01&to=2026-12-01"


def test_the_committee_looks_at_the_wall(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    filled(live.town)
    as_role("committee", desk).goto("/committee")
    expect(desk.get_by_role("heading", name="需要拍板")).to_be_visible()
    expect(desk.locator("[data-park][data-drawn]")).to_be_attached()
    expect(desk.locator("[data-chart] canvas").first).to_be_attached()
    expect(desk.locator(".who > a")).to_be_hidden()
    expect(desk.locator("[data-part]")).to_have_count(0)  # without scrolling, for paper
    expect(desk.locator("#clocks table")).to_be_attached()
    axe(desk, "committee")
    desk.locator("[data-per]").select_option("cell")
    expect(desk.locator("[data-drawn^='cell load']")).to_be_attached()
    desk.get_by_text("选择其他时段").click()
    desk.locator("select[name=grid]").select_option(index=1)
    desk.locator(".filters button").click()
    expect(desk).to_have_url(re.compile("grid="))


def test_the_list_and_the_figures_on_a_phone(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    filled(live.town)
    as_role("committee", phone).goto("/list?status=open")
    expect(phone.locator(".case-line").first).to_be_visible()
    axe(phone, "list")
    as_role("leader", phone).goto("/figures")
    expect(phone.locator(".tile").first).to_be_visible()
    axe(phone, "figures")


def weekly(town: Town, name: str, query: str = "") -> dict[str, Any]:
    """Return a chart of weeks, with the weeks as its table calls them and the words beside it."""
    text = get(town, f"/committee/part/{name}?{query}").text
    chart = json.loads(html.unescape(text.partition('data-chart="')[2].partition('"')[0]))
    file = io.StringIO(get(town, f"/figures/tables/{name}.csv?{query}").text)
    heads, *rows = csv.reader(file)
    weeks = [row[0] for row in rows] if name == "trend" else heads[1:]
    return dict(chart) | {"weeks": weeks, "note": text}


@pytest.mark.parametrize("name", ["trend", "category_trend"])
def test_a_week_that_is_not_over_is_said_so_and_drawn_by_no_line(busy: Town, name: str) -> None:
    found = weekly(busy, name)
    *over, begun = found["weeks"]
    assert begun.endswith("（未满一周）")
    assert not any("未满" in one for one in over)
    assert found["labels"] == over
    assert all(len(one["values"]) == len(over) for one in found["series"])
    assert f"{begun[:5]} 起的一周还没过完" in found["note"]


def test_on_paper_a_week_that_is_not_over_is_said_so(busy: Town) -> None:
    paper = pypdf.PdfReader(io.BytesIO(get(busy, "/figures/report.pdf").data))
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in paper.pages))
    assert text.count("（未满一周）") == 2
    assert "起的一周还没过完" in text


def test_weeks_that_are_over_are_all_drawn(busy: Town) -> None:
    monday = now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    monday -= timedelta(days=monday.weekday())
    past = f"from={monday - timedelta(days=70)}&to={monday}"
    found = weekly(busy, "trend", past)
    assert found["labels"] == found["weeks"]
    assert "未满" not in found["note"]
    # As it was on the evening of its Sunday, the last week was not over.
    found = weekly(busy, "trend", f"{past}&as_of={monday - timedelta(days=1)}T15:59:59Z")
    assert found["weeks"][-1] == f"{monday - timedelta(days=7):%m-%d}（未满一周）"
    assert found["labels"] == found["weeks"][:-1]
