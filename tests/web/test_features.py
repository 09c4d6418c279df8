"""The pages of OGC API – Features: a table, a map of the same, from page to page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.conftest import Axe, Live

ROOT = "/ogc/v1"


def test_from_the_first_page_to_one_cell(desk: Page, axe: Axe) -> None:
    desk.goto(ROOT)
    axe(desk, "features-landing")
    desk.get_by_role("link", name="要素集", exact=True).click()
    desk.get_by_role("link", name="单元网格", exact=True).click()
    expect(desk.locator("[data-drawn='4']")).to_be_visible()
    desk.get_by_role("link", name="单元网格", exact=True).click()
    expect(desk.locator("tbody tr")).to_have_count(4)
    axe(desk, "features-items")
    desk.get_by_role("link", name="330203008001001").click()
    expect(desk.locator("[data-drawn='1'] canvas").first).to_be_visible()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("330203008001001")


def test_the_next_page_on_a_phone(phone: Page, axe: Axe) -> None:
    phone.goto(f"{ROOT}/collections/cells/items?limit=3")
    expect(phone.locator("tbody tr")).to_have_count(3)
    phone.get_by_role("link", name="下一页").click()
    expect(phone.locator("tbody tr")).to_have_count(1)
    expect(phone.locator("[data-drawn='1']")).to_be_visible()
    axe(phone, "features-next")


def test_whoever_is_signed_in_sees_their_own_view(
    desk: Page, as_role: Callable[[str, Page], Page], live: Live
) -> None:
    number = live.town.report(category="02001")["number"]
    address = f"{ROOT}/collections/cases/items/{number}"
    assert desk.goto(address).status == 404  # type: ignore[union-attr]
    as_role("dispatcher", desk).goto(address)
    expect(desk.get_by_role("heading", level=1)).to_contain_text(number)
    expect(desk.locator("[data-drawn='1']")).to_be_visible()
