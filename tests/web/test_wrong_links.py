"""The summary of what is wrong leads to the field that is meant, on pages with many forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.town import Town
from tests.web.conftest import Live

As = Callable[[str, Page], Page]


class Ids(HTMLParser):
    """The ids of a page by element, and where the lines of its summary of errors lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.names: dict[str, str] = {}
        self.links: list[str] = []
        self._summary = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if key := given.get("id"):
            self.ids.append(key)
            self.names[key] = f"{tag} {given.get('name') or ''}".strip()
        if tag == "div":
            inside = self._summary or given.get("class") == "errors"
            self._summary += bool(inside)
        if tag == "a" and self._summary and (href := given.get("href")):
            self.links.append(href.removeprefix("#"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._summary:
            self._summary -= 1


def sent(town: Town, path: str, who: str, **given: Any) -> Ids:
    headers = {"Authorization": f"Bearer {town.tokens[who]}", "Accept-Language": "en"}
    answer = town.client.post(path, data=given, headers=headers)
    assert answer.status_code in (403, 409, 422), (answer.status_code, answer.location)
    found = Ids(answer.text)
    for link in found.links:
        assert found.ids.count(link) == 1, (link, found.ids.count(link))
    return found


def handled(town: Town, category: str = "01001") -> str:
    number: str = town.report(category=category)["number"]
    town.step(number, "dispatcher", "file")
    town.step(number, "dispatcher", "dispatch", unit="property")
    assert town.step(number, "handler", "accept").status_code == 200
    return number


@pytest.mark.parametrize(
    ("step", "given", "to"),
    [
        ("submit", {"outcome": "solved"}, "textarea result"),
        ("submit", {"result": "x"}, "select outcome"),
        ("ask_suspension", {"suspension_reason": "policy_gap"}, "input resume_on"),
        ("ask_suspension", {"suspension_reason": "x", "resume_on": "2030-01-01"}, "select"),
        ("ask_extension", {}, "textarea reason"),
        ("progress", {"text": ""}, "textarea text"),
        ("accept", {}, None),  # not on offer any more: to what was typed
    ],
)
def test_a_line_leads_to_the_field_of_its_own_form(
    shared_town: Town, step: str, given: dict[str, str], to: str | None
) -> None:
    number = handled(shared_town)
    page = sent(shared_town, f"/cases/{number}/steps", "handler", step=step, **given)
    assert page.links
    for link in page.links:
        named = page.names[link]
        assert (named.startswith(to) and f"-{step}-" in link) if to else link == "typed", named


def test_who_lost_a_race_is_led_to_the_form(shared_town: Town) -> None:
    number = handled(shared_town)
    given = {"step": "progress", "text": "half", "version": "1"}
    page = sent(shared_town, f"/cases/{number}/steps", "handler", **given)
    assert page.links == ["step-progress"]


def joint(town: Town) -> tuple[str, str]:
    """Open a joint case with one item; returns their numbers."""
    number = town.report(category="21001")["number"]
    for step, given in (
        ("propose_joint", {"reason": "x"}),
        ("open_joint", {"unit": "property", "category": "21001"}),
    ):
        answer = town.step(number, "dispatcher", step, **given)
        assert answer.status_code == 200, answer.json
    item = {"text": "posts", "unit": "office"}
    return number, town.post(f"/cases/{number}/items", item, "dispatcher").json["number"]


def test_on_the_list_of_items_it_leads_to_the_item_and_the_new_one(shared_town: Town) -> None:
    number, item = joint(shared_town)
    path = f"/cases/{number}/items/{item}/steps"
    page = sent(shared_town, path, "head", step="ask_join", unit="")
    assert page.links == [f"f-{item}-ask_join-unit"]
    page = sent(shared_town, path, "head", step="pass")
    assert page.links == [f"item-{item}"]
    page = sent(shared_town, f"/cases/{number}/items", "head", text="", amount="x", kind="y")
    assert {page.names[one] for one in page.links} == {
        "textarea text", "input amount", "select kind",
    }  # fmt: skip


def test_in_the_queue_it_leads_to_the_line(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    shared_town.step(number, "dispatcher", "file")
    given = {"number": number, "step": "dispatch", "unit": "", "version": "2", "back": ""}
    page = sent(shared_town, "/queue/step", "dispatcher", **given)
    assert page.links == [f"f-{number}-dispatch-unit"]
    given |= {"unit": "property", "version": "1"}
    page = sent(shared_town, "/queue/step", "dispatcher", **given)
    assert page.links == [f"act-{number}-dispatch"]


def test_following_it_puts_the_cursor_there(live: Live, phone: Page, as_role: As) -> None:
    number = handled(live.town)
    as_role("handler", phone).goto(f"/cases/{number}")
    form = phone.locator("#step-submit")
    form.locator("summary").first.click()
    form.locator("form").first.evaluate("form => { form.noValidate = true }")
    form.get_by_role("button", name=re.compile("提交办理结果")).click()
    phone.get_by_role("alert").get_by_role("link").last.click()
    expect(phone.locator("#step-submit select[name=outcome]")).to_be_focused()
