"""Wishes and the papers of a transfer, on the phone and at the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridgov.faces.auth import now
from tests.support.town import RESIDENT, Town
from tests.web.conftest import Axe, Live, fits
from tests.web.test_follow import follow

WISH = "一个孩子想要几本课外书。"


def wished(town: Town, text: str = WISH) -> dict[str, Any]:
    taken = town.report(category="51001", description="这是心愿人自己的话")
    assert town.step(taken["number"], "leader", "file", category="51001").status_code == 200
    assert town.step(taken["number"], "dispatcher", "publish", text=text).status_code == 200
    return taken


def test_anybody_reads_them_and_signs_in_to_claim(phone: Page, live: Live, axe: Axe) -> None:
    number = wished(live.town)["number"]
    phone.goto("/")
    phone.locator(".doors").get_by_role("link", name="微心愿").click()
    wish = phone.locator(f"#wish-{number}")
    expect(wish).to_contain_text(WISH)
    expect(wish.get_by_role("link", name="登录后认领")).to_be_visible()
    assert "自己的话" not in phone.content()
    assert fits(phone)
    axe(phone, "wishes-nobody")


def test_a_resident_claims_one_with_a_plan_and_makes_it_come_true(
    phone: Page, desk: Page, live: Live, axe: Axe
) -> None:
    number = wished(live.town)["number"]
    for page in (phone, desk):
        live.sign_in(page.context, RESIDENT)
    phone.goto("/wishes")
    wish = phone.locator(f"#wish-{number}")
    wish.locator("summary").click()
    axe(phone, "wishes-claim")
    wish.get_by_role("textbox").fill("周六两个人去办")
    wish.get_by_role("button", name="认领").click()
    phone.wait_for_url(f"**/cases/{number}?done=claim")
    expect(phone.get_by_text(WISH).first).to_be_visible()
    assert "自己的话" not in phone.content()
    assert fits(phone)
    axe(phone, "wish-claimed")
    desk.goto("/work")
    expect(desk.get_by_role("heading", name="我认领的")).to_be_visible()
    axe(desk, "work-claimed")
    desk.goto("/wishes?state=claimed")
    expect(desk.locator(f"#wish-{number}").get_by_role("link", name="继续办理")).to_be_visible()
    axe(desk, "wishes-claimed")
    desk.locator(f"#wish-{number}").get_by_role("link", name="继续办理").click()
    desk.locator("#step-submit summary").click()
    desk.locator("#f-submit-outcome").select_option("solved")
    desk.locator("#f-submit-result").fill("书已送到")
    desk.locator("#step-submit button.button").click()
    expect(desk.get_by_text("待核查").first).to_be_visible()
    assert live.town.step(number, "member", "pass").status_code == 200
    desk.goto("/wishes?state=realised")
    expect(desk.locator(f"#wish-{number}")).to_contain_text("已实现")
    axe(desk, "wishes-realised")


def test_the_second_is_told_and_loses_no_word(desk: Page, live: Live, axe: Axe) -> None:
    number = wished(live.town)["number"]
    live.sign_in(desk.context, RESIDENT)
    desk.goto("/wishes")
    wish = desk.locator(f"#wish-{number}")
    wish.locator("summary").click()
    wish.get_by_role("textbox").fill("周日去办")
    version = live.town.get("/wishes").json["wishes"][0]["version"]
    body = {"step": "claim", "version": version, "plan": "first"}
    answer = live.town.post(f"/cases/{number}/steps", body, "handler-office")
    assert answer.status_code == 200, answer.json
    wish.get_by_role("button", name="认领").click()
    expect(desk.locator(".errors")).to_contain_text("已被他人认领")
    expect(desk.get_by_text("周日去办")).to_be_visible()
    axe(desk, "wishes-lost")


def test_without_a_script_a_plan_is_asked_for(town: Town) -> None:
    number = wished(town)["number"]
    headers = town.headers(RESIDENT)
    answer = town.client.post(f"/wishes/{number}", data={"plan": " "}, headers=headers)
    assert answer.status_code == 422
    assert 'id="f-plan"' in answer.text
    nobody = town.client.post(f"/wishes/{number}", data={"plan": "x"})
    assert nobody.status_code == 303
    unknown = town.client.post("/wishes/200101-00000-6", data={"plan": "x"}, headers=headers)
    assert unknown.status_code == 404
    done = town.client.post(f"/wishes/{number}", data={"plan": "x"}, headers=headers)
    assert done.headers["Location"] == f"/cases/{number}?done=claim"


@pytest.fixture
def transfer(live: Live) -> dict[str, Any]:
    """Return a transfer that the organiser works on, with two papers ticked."""
    taken = live.town.report(category="41002", description="换了单位")
    number = taken["number"]
    for step, given in (
        ("file", {"category": "41002"}),
        ("dispatch", {"unit": "party-office"}),
        ("accept", {}),
        ("check_off", {"paper": "application"}),
        ("check_off", {"paper": "release"}),
    ):
        answer = live.town.step(number, "organiser", step, **given)
        assert answer.status_code == 200, answer.json
    return taken


def test_the_organiser_ticks_and_the_person_sees_it(
    phone: Page, desk: Page, live: Live, axe: Axe, transfer: dict[str, Any]
) -> None:
    until = (now() + timedelta(days=30)).date().isoformat()
    live.sign_in(desk.context, "organiser")
    desk.goto(f"/cases/{transfer['number']}")
    papers = desk.locator(".checklist")
    expect(papers).to_contain_text("2/6")
    papers.get_by_label("有效期至").fill((now() + timedelta(days=200)).date().isoformat())
    papers.get_by_role("button", name="介绍信开具").click()
    expect(desk.locator(".errors")).to_contain_text("三个月")
    axe(desk, "papers-wrong")
    papers.get_by_label("有效期至").fill(until)
    papers.get_by_role("button", name="介绍信开具").click()
    expect(papers).to_contain_text("3/6")
    expect(papers).to_contain_text(f"有效期至 {until}")
    assert "组织关系" not in desk.title()
    assert "41002" not in desk.title()
    axe(desk, "papers")
    follow(phone, transfer)
    expect(phone.locator(".papers li.ticked")).to_have_count(3)
    expect(phone.locator(".papers")).to_contain_text(f"有效期至 {until}")
    assert "41002" not in phone.title() + phone.locator("h1").inner_text()
    assert fits(phone)
    axe(phone, "papers-follow")
    live.sign_in(phone.context, "organiser")
    phone.goto(f"/cases/{transfer['number']}")
    assert fits(phone)
    axe(phone, "papers-phone")
