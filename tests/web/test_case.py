"""A case and one's own work as pages: the steps of whoever looks, and nothing that they may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.support.town import Town
from tests.web.conftest import Axe, Live, fits, shoot


def lamp(town: Town, description: str = "路灯不亮") -> str:
    taken = town.report(description=description, category="01001")
    return str(taken["number"])


def page(town: Town, path: str, who: str) -> Any:
    return town.client.get(path, headers={"Authorization": f"Bearer {town.tokens[who]}"})


def send(town: Town, number: str, who: str, **form: str) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    return town.client.post(f"/cases/{number}/steps", data=form, headers=headers)


def test_a_leader_files_and_dispatches_on_the_phone(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = lamp(live.town)
    as_role("leader", phone).goto("/work")
    expect(phone.get_by_role("heading", name="待受理")).to_be_visible()
    axe(phone, "work")
    phone.goto(f"/cases/{number}")
    axe(phone, "case")
    phone.get_by_text("立案", exact=False).first.click()
    phone.locator("form[data-step=file] button").click()
    expect(phone.locator(".notice.good")).to_contain_text("派遣")
    phone.locator("#step-dispatch summary").click()
    phone.locator("#step-dispatch select").select_option("property")
    phone.locator("#step-dispatch button.button").click()
    expect(phone.locator(".notice.good")).to_contain_text("签收")


def test_a_desk_takes_steps_by_key(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = lamp(live.town)
    as_role("leader", desk).goto(f"/cases/{number}")
    desk.keyboard.press("l")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("done=file"))
    axe(desk, "case-filed")


def test_what_was_typed_is_kept_when_it_is_refused(shared_town: Town) -> None:
    number = lamp(shared_town)
    shown = page(shared_town, f"/cases/{number}", "leader")
    assert "立案" in shown.text
    answer = send(shared_town, number, "leader", step="reject", version="1", reason="不属于本园区")
    assert answer.status_code == 422
    assert "不属于本园区" in answer.text


def test_a_case_that_moved_on_is_shown_as_it_stands(shared_town: Town) -> None:
    number = lamp(shared_town)
    send(shared_town, number, "leader", step="file", version="1", category="01001")
    answer = send(
        shared_town, number, "leader", step="reject", version="1", reason="晚了", instead="x"
    )
    assert answer.status_code == 409
    assert "晚了" in answer.text


def test_to_others_it_is_not_there(shared_town: Town) -> None:
    number = lamp(shared_town)
    assert page(shared_town, f"/cases/{number}", "leader2").status_code == 404


def handled(town: Town, **given: Any) -> str:
    """Return a case that its unit is handling."""
    number = str(town.report(category="01001", **given)["number"])
    for who, step, more in (
        ("leader", "file", {"category": "01001"}),
        ("leader", "dispatch", {"unit": "property", "text": "请先联系"}),
        ("handler", "accept", {}),
    ):
        assert town.step(number, who, step, **more).status_code == 200
    return number


def test_the_map_shows_the_place_and_what_is_open_near_by(
    live: Live, desk: Page, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    near = lamp(live.town)
    number = handled(live.town, description="路灯不亮,走路看不清")
    for one in (desk, phone):
        as_role("dispatcher", one).goto(f"/cases/{number}")
        expect(one.locator("#map canvas").first).to_be_visible()
        box = one.locator("#map").bounding_box()
        assert box
        assert box["height"] >= 200
        expect(one.locator("#around")).to_contain_text("小类01001")
        one.wait_for_load_state("networkidle")
        axe(one, "case-map")
        assert fits(one)
    assert near
    phone.context.add_cookies([{"name": "large", "value": "1", "url": live.address}])
    phone.reload()
    shoot(phone, "case-large")
    assert fits(phone)


def test_a_phrase_by_key_or_click_goes_where_one_types(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = handled(live.town)
    as_role("handler", desk).goto(f"/cases/{number}#step-submit")
    field = desk.locator("#f-submit-result")
    field.fill("更换灯泡。")
    field.press("Alt+1")
    expect(field).to_have_value("更换灯泡。已修复，现已恢复正常使用。")
    desk.locator("[data-into=f-submit-result] .phrase").nth(1).click()
    expect(field).to_have_value(re.compile("已清理完毕"))
    expect(field).to_be_focused()
    axe(desk, "case-phrases")
    desk.locator("#f-submit-outcome").select_option("solved")
    desk.locator("#step-submit button.button").click()
    expect(desk).to_have_url(re.compile("done=submit"))


def test_what_somebody_else_did_shows_while_one_types(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = handled(live.town)
    as_role("handler", desk).goto(f"/cases/{number}#step-submit")
    field = desk.locator("#f-submit-result")
    field.fill("正在写")
    live.town.step(number, "dispatcher", "comment", text="请加快")
    expect(desk.locator("#changed")).to_contain_text("留言")
    expect(desk.locator(".timeline")).to_contain_text("请加快")
    expect(field).to_have_value("正在写")
    expect(field).to_be_focused()
    axe(desk, "case-changed")
    # What was typed against the older version is taken now that the newer one has been shown.
    desk.locator("#f-submit-outcome").select_option("solved")
    desk.locator("#step-submit button.button").click()
    expect(desk).to_have_url(re.compile("done=submit"))


def test_what_happens_between_the_page_and_its_first_look_is_not_missed(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page]
) -> None:
    number = handled(live.town)
    one = as_role("handler", desk)
    said: list[str] = []

    def first(route: Route) -> None:
        if not said:
            said.append("刚到的话")
            live.town.step(number, "dispatcher", "comment", text=said[0])
        route.continue_()

    one.route("**/live/case/*", first)
    one.goto(f"/cases/{number}")
    expect(one.locator("#changed")).to_contain_text("留言")
    expect(one.locator(".timeline")).to_contain_text("刚到的话")


def test_news_that_did_not_come_through_is_asked_for_again(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page]
) -> None:
    number = handled(live.town)
    lost: list[str] = []

    def broken(route: Route) -> None:
        lost.append(route.request.url)
        route.abort("connectionreset")

    as_role("handler", desk).goto(f"/cases/{number}")
    desk.route(f"**/cases/{number}", broken, times=1)
    live.town.step(number, "dispatcher", "comment", text="请加快")
    expect(desk.locator("#changed")).to_contain_text("留言")
    assert len(lost) == 1


def test_a_page_with_a_refused_step_stands_while_others_go_on(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page]
) -> None:
    number = handled(live.town)
    as_role("handler", desk).goto(f"/cases/{number}#step-submit")
    desk.locator("#f-submit-result").evaluate("field => { field.form.noValidate = true }")
    desk.locator("#step-submit button.button").click()
    expect(desk.locator(".errors a").first).to_be_visible()
    asked: list[str] = []
    desk.on("request", lambda one: asked.append(one.url))
    live.town.step(number, "dispatcher", "comment", text="请加快")
    for _ in range(2):  # the second comes after all that the first has led to
        with desk.expect_response("**/live/case/*"):
            pass
    assert not [url for url in asked if url.endswith("/steps")]
    expect(desk.locator(".errors a").first).to_be_visible()


def test_what_is_no_longer_possible_keeps_its_words(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page]
) -> None:
    number = handled(live.town)
    as_role("handler", desk).goto(f"/cases/{number}#step-submit")
    desk.locator("#f-submit-result").fill("正在写的结果")
    live.town.step(number, "dispatcher", "recall", reason="派错了")
    expect(desk.locator("#changed")).to_be_visible()
    expect(desk.locator("#f-submit-result")).to_have_value("正在写的结果")


def test_an_order_fits_on_one_sheet_without_any_contact(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = handled(
        live.town,
        description="夜市街口路灯不亮,晚上走路看不清。" * 6,
        reporter={"name": "王小明", "phone": "13800001234"},
    )
    live.town.step(
        number, "committee", "supervise", text="请尽快办结", reply_due="2099-01-01T00:00:00Z"
    )
    as_role("dispatcher", desk)
    for kind, said in (("order", "交办单"), ("supervision", "督办单")):
        desk.goto(f"/cases/{number}/sheet?kind={kind}")
        expect(desk.get_by_role("heading", level=1)).to_have_text(said)
        expect(desk.locator(".sheet-code svg")).to_be_visible()
        for hidden in ("1234", "138", "王"):
            assert hidden not in desk.locator(".sheet").inner_text().replace(number, "")
        axe(desk, f"sheet-{kind}")
        desk.emulate_media(media="print")
        printed = desk.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        desk.emulate_media(media="screen")
    expect(desk.locator(".sheet")).to_contain_text("请尽快办结")


def test_a_sheet_is_for_who_sees_the_case(shared_town: Town) -> None:
    number = lamp(shared_town)
    assert page(shared_town, f"/cases/{number}/sheet", "leader").status_code == 200
    assert page(shared_town, f"/cases/{number}/sheet", "leader2").status_code == 404
    empty = page(shared_town, f"/cases/{number}/sheet?kind=supervision", "leader").text
    assert "尚无督办" in empty
