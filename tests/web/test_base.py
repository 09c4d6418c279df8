"""The base of all pages: parts, errors, language, print, what is served."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.town import Town
from tests.web.conftest import Axe, fits


@pytest.mark.parametrize("path", ["/", "/styleguide", "/no-such-page"])
def test_a_page_keeps_nobody_out(phone: Page, desk: Page, axe: Axe, path: str) -> None:
    for page in (phone, desk):
        page.goto(path)
        axe(page, f"base-{path.strip('/') or 'home'}")
        assert fits(page)


def test_large_print_is_kept(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("button", name="大字版").tap()
    expect(phone.locator("html")).to_have_css("font-size", "22px")
    phone.get_by_role("button", name="标准字号").tap()
    expect(phone.locator("html")).to_have_css("font-size", "17px")


def test_the_language_can_be_chosen(desk: Page) -> None:
    desk.goto("/styleguide")
    desk.get_by_role("button", name="English").click()
    expect(desk).to_have_url(re.compile("/styleguide$"))
    expect(desk.locator("h1")).to_have_text("Parts of the pages")
    desk.get_by_role("button", name="中文").click()
    expect(desk.locator("h1")).to_have_text("页面组件")


def test_a_dialog_opens_and_closes(desk: Page) -> None:
    desk.goto("/styleguide")
    desk.get_by_role("button", name="打开对话框").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button").click()
    expect(dialog).to_be_hidden()


def test_errors_of_pages_are_pages(shared_town: Town) -> None:
    answer = shared_town.client.get("/no-such-page", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "To the first page" in answer.text
    api = shared_town.client.get("/api/v1/no-such-thing")
    assert (api.status_code, api.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "/\\x.y"])
def test_preferences_lead_nowhere_else(shared_town: Town, address: str) -> None:
    answer = shared_town.client.post("/preferences", data={"next": address, "lang": "en"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


def test_without_the_bundle_a_page_still_answers(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.web.assets.manifest", dict)
    answer = shared_town.client.get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "/static/assets" not in answer.text
    assert 'href="/report"' in answer.text


def test_what_was_built_is_kept_for_ever_and_comes_compressed(shared_town: Town) -> None:
    page = shared_town.client.get("/").text
    style = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    for encoding in ("br", "gzip"):
        answer = shared_town.client.get(style, headers={"Accept-Encoding": encoding})
        assert answer.headers["Content-Encoding"] == encoding
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.mimetype == "text/css"
    assert shared_town.client.get("/static/manifest.json").status_code == 404
    assert shared_town.client.get("/static/../gridgov/app.py").status_code == 404


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/meetings/1/minutes", "/meetings/1"),
        ("/cases/260101-00001-1/items/260101-00002-1/steps", "/cases/260101-00001-1"),
        ("/wishes/260101-00001-1", "/wishes"),
    ],
)
def test_the_address_of_a_form_opens_the_page_that_it_is_on(
    shared_town: Town, address: str, page: str
) -> None:
    """As where a form was not taken, and then the language is changed or the page loaded again."""
    assert shared_town.client.get(address).headers["Location"] == page
    assert shared_town.client.delete(address).status_code == 405


def test_filters_stand_when_the_language_is_chosen(desk: Page) -> None:
    desk.goto("/wishes?state=claimed")
    desk.get_by_role("button", name="English").click()
    expect(desk).to_have_url(re.compile(r"/wishes\?state=claimed$"))


@pytest.mark.parametrize(
    ("who", "path", "label", "where"),
    [
        ("organiser", "/visits", "Visits", "page"),
        ("organiser", "/visits/new", "Visits", "true"),
        ("organiser", "/firms", "Visits", "true"),
        ("dispatcher", "/meetings/new", "Meetings", "true"),
        ("dispatcher", "/queue", "Queue", "page"),
    ],
)
def test_the_navigation_tells_on_or_below_which_page_one_is(
    shared_town: Town, who: str, path: str, label: str, where: str
) -> None:
    headers = shared_town.headers(who) | {"Accept-Language": "en"}
    bar = shared_town.client.get(path, headers=headers).text.partition('<div class="bar">')[2]
    found = re.findall(r'aria-current="(\w+)">([^<]+)<', bar.partition("</div>")[0])
    assert found == [(where, label)]
