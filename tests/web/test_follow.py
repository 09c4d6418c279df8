"""Following: by number and code, by a scanned address; urging, answering, denying, evaluating."""

from __future__ import annotations

import io
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.town import Town
from tests.web.conftest import Axe, Live

TO_CHECKING = (
    ("leader", "file", {"category": "01001"}),
    ("leader", "dispatch", {"unit": "property"}),
    ("handler", "accept", {}),
    ("handler", "submit", {"outcome": "solved", "result": "The lamp is new."}),
)


def taken(live: Live, *steps: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    reported = live.town.report(description="门口的路灯不亮")
    for who, step, given in steps:
        answer = live.town.step(reported["number"], who, step, **given)
        assert answer.status_code == 200, answer.json
    return reported


def follow(page: Page, case: dict[str, Any]) -> None:
    page.goto("/follow")
    page.get_by_label("工单编号").fill(case["number"].replace("-", ""))
    page.get_by_label("查询码").fill(case["query_code"].lower())
    page.get_by_role("button", name="查询").click()
    page.wait_for_url(f"**/follow/{case['number']}")


def test_number_and_code_open_a_case(phone: Page, desk: Page, live: Live, axe: Axe) -> None:
    case = taken(live)
    for page in (phone, desk):
        page.goto("/follow")
        axe(page, "follow-ask")
        page.get_by_label("工单编号").fill(case["number"])
        page.get_by_label("查询码").fill("WRONG123")
        page.get_by_role("button", name="查询").click()
        expect(page.locator(".errors")).to_be_focused()
        axe(page, "follow-wrong")
        follow(page, case)
        expect(page.get_by_text("Grid 1正在受理。")).to_be_visible()
        assert case["query_code"] not in page.content()
        axe(page, "follow-reported")


def test_a_scanned_address_opens_it_and_keeps_the_code_out_of_it(phone: Page, live: Live) -> None:
    case = taken(live)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"/follow/{case['number']}#{case['query_code']}")
    expect(phone.get_by_text("门口的路灯不亮")).to_be_visible()
    assert case["query_code"] not in phone.url
    assert not [address for address in asked[1:] if case["query_code"] in address]


def test_confirmed_and_evaluated_in_two_taps(phone: Page, live: Live, axe: Axe) -> None:
    case = taken(live, *TO_CHECKING)
    follow(phone, case)
    expect(phone.get_by_text("The lamp is new.").first).to_be_visible()
    axe(phone, "follow-checking")
    phone.get_by_role("button", name="已解决，承办单位联系过我").tap()
    expect(phone.get_by_role("heading", name="您满意吗？")).to_be_visible()
    axe(phone, "follow-satisfied")
    phone.get_by_role("button", name="满意", exact=True).tap()
    expect(phone.get_by_text("谢谢您。")).to_be_visible()
    assert live.town.read(case["number"], "dispatcher")["status"] == "evaluated"
    axe(phone, "follow-evaluated")


def test_what_is_not_solved_is_said_with_a_reason(phone: Page, live: Live, axe: Axe) -> None:
    case = taken(live, *TO_CHECKING)
    follow(phone, case)
    phone.locator("summary", has_text="没解决").tap()
    phone.get_by_label("还有什么问题").fill("还是不亮")
    axe(phone, "follow-deny")
    phone.get_by_role("button", name="没有解决").tap()
    expect(phone.get_by_text("Unit property正在办理。")).to_be_visible()
    assert live.town.read(case["number"], "dispatcher")["status"] == "handling"


def test_a_question_is_answered(phone: Page, live: Live, axe: Axe) -> None:
    case = taken(live, ("leader", "ask_more", {"question": "哪一盏灯?"}))
    follow(phone, case)
    expect(phone.get_by_text("哪一盏灯?")).to_be_visible()
    axe(phone, "follow-asked")
    phone.get_by_label("您的补充").fill("第三盏")
    phone.get_by_role("button", name="提交补充").tap()
    expect(phone.get_by_text("第三盏")).to_be_visible()
    assert live.town.read(case["number"], "dispatcher")["status"] == "reported"


def test_urged_once_and_something_added(phone: Page, live: Live) -> None:
    case = taken(live)
    follow(phone, case)
    phone.get_by_role("button", name="催一下").tap()
    expect(phone.locator(".timeline")).to_contain_text("催办")
    expect(phone.get_by_role("button", name="催一下")).to_have_count(0)
    phone.locator("summary", has_text="补充材料").tap()
    phone.get_by_label("要补充的情况").fill("晚上更暗")
    phone.get_by_role("button", name="添加").tap()
    expect(phone.get_by_text("晚上更暗")).to_be_visible()


def test_what_was_typed_stays_when_its_file_is_refused(shared_town: Town) -> None:
    taken = shared_town.report()
    given = {"number": taken["number"], "code": taken["query_code"]}
    assert shared_town.client.post("/follow", data=given).status_code == 303
    said = {"step": "comment", "version": 1, "text": "Second lamp post from the gate"}
    bad = {"file": (io.BytesIO(b"no picture at all"), "lamp.jpg")}
    refused = shared_town.client.post(f"/follow/{taken['number']}", data=said | bad)
    assert refused.status_code == 422
    assert "Second lamp post from the gate</textarea>" in refused.text


def test_without_the_code_a_number_shows_nothing(shared_town: Town) -> None:
    case = shared_town.report(description="a secret")
    client = shared_town.app.test_client()
    page = f"/follow/{case['number']}"
    for forged in (None, case["query_code"], "x.y.z"):
        if forged:
            client.set_cookie(f"case-{case['number']}", forged, path=page)
        for path in (page, f"{page}/sent"):
            answer = client.get(path)
            assert "a secret" not in answer.text
            assert case["query_code"] not in answer.text
        assert client.get(f"{page}/files/1").status_code == 404
        assert "a secret" not in client.post(page, data={"step": "urge", "version": "1"}).text


def test_a_cookie_opens_one_case_only(shared_town: Town) -> None:
    mine, other = shared_town.report(), shared_town.report(description="of another")
    client = shared_town.app.test_client()
    opened = client.post("/follow", data={"number": mine["number"], "code": mine["query_code"]})
    value = opened.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    path = f"/follow/{other['number']}"
    client.set_cookie(f"case-{other['number']}", value, path=path)
    assert "of another" not in client.get(path).text


@pytest.mark.parametrize("number", ["261122-00000-0", "nonsense"])
def test_a_wrong_number_says_so(shared_town: Town, number: str) -> None:
    answer = shared_town.client.post("/follow", data={"number": number, "code": "12345678"})
    assert answer.status_code == 422
    assert shared_town.client.get(f"/follow/{number}").status_code in (200, 404)
