"""One case the whole way, by everybody's own page: offline on a phone, to the figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.conftest import Axe, Live
from tests.web.test_offline import MARK, ready, said_cases
from tests.web.test_report import stand

AsRole = Callable[[str, Page], Page]
WORDS = "整条路的灯都不亮，从头走到尾"


class Desk:
    """Takes steps on the case's page, as one person after another."""

    def __init__(self, page: Page, as_role: AsRole, number: str) -> None:
        self.page, self.as_role, self.number = page, as_role, number

    def take(self, who: str, step: str, **fields: str) -> None:
        """Open the page as somebody, fill the step's form in, and send it."""
        self.as_role(who, self.page).goto(f"/cases/{self.number}")
        form = self.page.locator(f"form[data-step={step}]")
        if not form.is_visible():
            if not self.page.locator(f"#step-{step} > summary").is_visible():
                self.page.locator(".more-steps > summary").click()
            self.page.locator(f"#step-{step} > summary").click()
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            if field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.locator("button:not([type=button])").last.click()
        expect(self.page).to_have_url(re.compile(f"done={step}"))


def follow(phone: Page, live: Live, number: str) -> None:
    """Open the case as its reporter does, with number and code."""
    keys = live.town.app.extensions["gridgov"].settings.keys
    phone.goto("/follow")
    phone.locator("input[name=number]").fill(number)
    phone.locator("input[name=code]").fill(keys.query_code(number))
    phone.locator("main button").first.tap()
    expect(phone).to_have_url(re.compile(f"/follow/{number}"))


def say_not_solved(phone: Page, reason: str) -> None:
    phone.locator("summary", has_text="没解决").tap()
    phone.locator("textarea[name=reason]").fill(reason)
    phone.locator("form:has(textarea[name=reason]) button").tap()
    expect(phone.locator("textarea[name=reason]")).to_have_count(0)


def reported_offline(phone: Page, live: Live) -> str:
    stand(phone)
    phone.goto("/report")
    ready(phone, "/report")
    phone.context.set_offline(True)
    phone.goto("/report")
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.get_by_label("用您自己的话说").fill(WORDS)
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator(MARK)).to_contain_text("还有 1 件未发送")
    assert not said_cases(live, WORDS)
    phone.context.set_offline(False)
    phone.goto("/outbox")
    expect(phone.locator(".outbox-item.sent")).to_be_visible()
    (case,) = said_cases(live, WORDS)
    return str(case["number"])


def figures(live: Live) -> dict[str, Any]:
    body = live.town.get("/figures", "committee").json
    return {one["name"]: one for one in [*body["counts"], *body["rates"]]}


def test_from_a_phone_without_a_network_to_the_figures(
    phone: Page, desk: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    before = figures(live)
    number = reported_offline(phone, live)
    staff = Desk(desk, as_role, number)
    done = {"outcome": "solved", "result": "换了三盏灯"}
    staff.take("leader", "file", category="01001")
    staff.take("leader", "dispatch", unit="property")
    staff.take("handler", "accept")
    staff.take("handler", "ask_return", return_reason="not_ours", proposed_unit="office")
    staff.take("dispatcher", "refuse_return", reason="在你单位的范围内")
    staff.take("handler", "progress", text="已约好升降车")
    staff.take("handler", "submit", **done)
    follow(phone, live, number)
    expect(phone.get_by_text("已约好升降车")).to_be_visible()
    say_not_solved(phone, "还有两盏不亮")
    staff.take("handler", "submit", **done)
    staff.take("leader", "rework", reason="照片里还有一盏是黑的")
    staff.take("handler", "submit", **done)
    staff.take("leader", "pass")
    follow(phone, live, number)
    say_not_solved(phone, "第二天晚上又灭了")
    staff.take("leader", "dispatch", unit="property")
    staff.take("handler", "accept")
    staff.take("handler", "submit", **done)
    staff.take("leader", "pass")
    axe(desk, "case-closed")
    follow(phone, live, number)
    phone.get_by_text("已解决，承办单位联系过我").tap()
    phone.get_by_role("button", name="满意", exact=True).tap()
    expect(phone.get_by_text("已回访").first).to_be_visible()
    axe(phone, "follow-evaluated")
    after = figures(live)
    for name in ("filed", "closed"):
        assert after[name]["value"] == before[name]["value"] + 1, name
    assert after["rework"]["over"] == before["rework"]["over"] + 1
    listed = live.town.get(
        f"/figures/cases?{after['rework']['cases']['over']}&limit=200", "committee"
    )
    assert number in {case["number"] for case in listed.json["cases"]}
