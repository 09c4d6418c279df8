"""Reporting: on a phone, without scripts, by a member, with few taps and few bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.storage.makers import photo
from tests.support.town import IN_G1, Town
from tests.web.conftest import PHONE, Axe, Live, fits, opened_page, shoot

AsRole = Callable[[str, Page], Page]
NUMBER = re.compile(r"\d{6}-\d{5}-\d")
MOST_TAPS = 5
# A finger's touches; a tap on a label clicks its input as well.
COUNT = """
window.taps = 0;
addEventListener("pointerdown", () => (window.taps += 1), true);
"""
# In G1, further from where the other tests report than where a similar case would be offered.
LONELY = (121.4912, 29.8802), (121.4912, 29.8809)
WITHOUT_MAP, WITH_MAP = 150_000, 400_000


def stand(page: Page, point: tuple[float, float] = IN_G1) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": point[0], "latitude": point[1], "accuracy": 8})


def sent(page: Page) -> tuple[str, str]:
    page.wait_for_url("**/sent*")
    number, code = page.locator(".big-number").all_text_contents()
    assert NUMBER.fullmatch(number.strip())
    return number.strip(), code.strip()


def test_the_form_keeps_nobody_out(phone: Page, desk: Page, axe: Axe) -> None:
    for page in (phone, desk):
        page.goto("/report")
        page.locator("#others summary").click()
        axe(page, "report-all-kinds")
        page.locator("#others summary").click()
        page.locator("#contact summary").click()
        axe(page, "report")
        assert fits(page)


def test_a_stranger_reports_with_a_photo_and_follows(phone: Page, axe: Axe, tmp_path: Path) -> None:
    stand(phone)
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())
    phone.goto("/report")
    expect(phone.locator("#here")).to_be_visible()
    axe(phone, "report-here")
    phone.locator("#photos").set_input_files(picture)
    expect(phone.locator("#thumbs img")).to_be_visible()
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice").first.tap()
    phone.get_by_label("用您自己的话说").fill("门口的路灯坏了")
    phone.get_by_role("button", name="提交").tap()
    number, code = sent(phone)
    expect(phone.get_by_role("status")).to_contain_text("Grid 1")
    axe(phone, "report-sent")
    phone.get_by_role("link", name="看看办得怎样").tap()
    expect(phone.get_by_text("门口的路灯坏了")).to_be_visible()
    expect(phone.locator(".pictures img")).to_be_visible()
    assert code.replace("-", "") not in phone.url
    assert number in phone.url
    axe(phone, "follow")


def test_a_member_reports_in_five_taps(phone: Page, as_role: AsRole, tmp_path: Path) -> None:
    """Photo and its choice are two; the place, the kind, and sending are three."""
    stand(phone, LONELY[0])
    as_role("member", phone)
    phone.goto("/report")
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())
    phone.evaluate(COUNT)
    with phone.expect_file_chooser() as chosen:
        phone.locator("label[for=photos]").tap()
    chosen.value.set_files(picture)
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice").nth(1).tap()
    taps = phone.evaluate("window.taps")
    phone.get_by_role("button", name="提交").tap()
    sent(phone)
    # Photo, place, kind; then one in the system's own picker, and sending.
    assert taps == 3
    assert taps + len(("choosing", "sending")) <= MOST_TAPS


def test_a_member_settles_on_the_spot(phone: Page, live: Live, as_role: AsRole) -> None:
    stand(phone, LONELY[1])
    as_role("member", phone)
    phone.goto("/report")
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice").nth(2).tap()
    phone.get_by_text("当场办结").tap()
    phone.get_by_label("我已经处理好了").check()
    phone.get_by_label("怎么处理的").fill("挪开了")
    phone.get_by_role("button", name="提交").tap()
    number, _ = sent(phone)
    assert live.town.read(number, "leader")["status"] == "closed"
    phone.get_by_role("button", name="撤回").tap()
    phone.wait_for_url(f"**/follow/{number}*")
    assert live.town.read(number, "leader")["status"] == "filed"


def test_a_report_can_be_taken_back(phone: Page, live: Live) -> None:
    phone.goto("/report")
    phone.get_by_label("用您自己的话说").fill("看错了")
    phone.get_by_role("button", name="提交").tap()
    number, _ = sent(phone)
    phone.get_by_role("button", name="撤回").tap()
    phone.wait_for_url(f"**/follow/{number}*")
    assert live.town.read(number, "dispatcher")["status"] == "withdrawn"


def test_nothing_said_is_asked_for(phone: Page, axe: Axe) -> None:
    phone.goto("/report")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#f-form")).to_be_visible()
    axe(phone, "report-nothing-said")


def test_a_similar_case_is_offered_before_a_second_is_made(
    phone: Page, live: Live, axe: Axe
) -> None:
    place = {"lon": IN_G1[0] + 0.0002, "lat": IN_G1[1]}
    live.town.report(category="01001", location=place)
    stand(phone, (place["lon"], place["lat"]))
    phone.goto("/report")
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice", has_text="01001").tap()
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#near")).to_be_visible()
    axe(phone, "report-similar")
    phone.get_by_role("button", name="不是同一件").tap()
    sent(phone)


def test_a_few_words_spoken_are_enough(phone: Page, live: Live, axe: Axe) -> None:
    phone.context.grant_permissions(["microphone"])
    phone.goto("/report")
    phone.get_by_role("button", name="说一段").tap()
    expect(phone.locator("#speak")).to_contain_text(re.compile("5[0-8]"))  # of sixty seconds
    phone.locator("#speak").tap()
    expect(phone.locator("#thumbs audio")).to_be_visible()
    axe(phone, "report-voice")
    phone.locator(".tiles .choice").nth(2).tap()
    phone.get_by_role("button", name="提交").tap()
    number, _ = sent(phone)
    files = live.town.get(f"/cases/{number}/attachments", "dispatcher").json["attachments"]
    assert [file["media_type"] for file in files] == ["audio/webm"]
    phone.get_by_role("link", name="看看办得怎样").tap()
    expect(phone.locator("audio")).to_be_visible()


def test_the_map_takes_a_tap(phone: Page, live: Live, axe: Axe) -> None:
    phone.goto("/report")
    phone.get_by_role("button", name="在地图上指").tap()
    expect(phone.locator("#map canvas").first).to_be_visible()
    box = phone.locator("#map").bounding_box()
    assert box
    phone.touchscreen.tap(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    expect(phone.locator("#live")).to_have_text("位置已记下。")
    axe(phone, "report-map")
    phone.get_by_label("用您自己的话说").fill("地图上指的位置")
    phone.get_by_role("button", name="提交").tap()
    number, _ = sent(phone)
    assert live.town.read(number, "dispatcher")["point"]


def test_a_report_without_scripts(browser: Browser, live: Live, tmp_path: Path) -> None:
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())
    for page in opened_page(browser, live, PHONE | {"java_script_enabled": False}):
        page.goto("/report")
        page.get_by_role("button", name="提交").tap()
        expect(page.locator(".errors")).to_be_visible()
        page.get_by_label("在哪里").fill("新星路 8 号")
        page.locator(".tiles .choice").first.tap()
        page.locator("#photos").set_input_files(picture)
        page.get_by_role("button", name="提交").tap()
        number, _ = sent(page)
        page.get_by_role("link", name="看看办得怎样").tap()
        expect(page.locator("h1")).to_contain_text("新星路 8 号")
        expect(page.locator(".pictures img")).to_be_visible()
        page.get_by_role("button", name="催一下").tap()
        expect(page.locator(".timeline")).to_contain_text("催办")
        shoot(page, "follow-without-scripts")
        assert live.town.read(number, "dispatcher")["address"] == "新星路 8 号"


def test_what_the_report_page_weighs(phone: Page) -> None:
    weights: list[int] = []
    session = phone.context.new_cdp_session(phone)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda seen: weights.append(seen["encodedDataLength"]))
    phone.goto("/report", wait_until="networkidle")
    alone = sum(weights)
    phone.get_by_role("button", name="在地图上指").tap()
    expect(phone.locator("#map canvas").first).to_be_visible()
    phone.wait_for_load_state("networkidle")
    print(f"report page: {alone} bytes, with its map {sum(weights)}")
    assert alone <= WITHOUT_MAP
    assert sum(weights) <= WITH_MAP


def test_the_same_form_twice_makes_one_case(shared_town: Town) -> None:
    given = {"key": "a-key-of-a-form-1", "description": "once"}
    answers = [shared_town.client.post("/report", data=given) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("choice", "kept"), [("", True), ("confidential", True), ("anonymous", False)]
)
def test_a_contact_is_kept_as_chosen(shared_town: Town, choice: str, kept: bool) -> None:
    given = {"description": "x", "contact": choice, "reporter.phone": "13800000000"}
    answer = shared_town.client.post("/report", data=given)
    number = answer.headers["Location"].split("/")[2]
    seen = shared_town.read(number, "dispatcher")
    assert seen["anonymous"] is (not kept)
    assert seen["confidential"] is (choice == "confidential")
    assert bool(seen["reporter"]) is kept


def test_a_place_is_said_in_words(town: Town) -> None:
    lon, lat = IN_G1
    said = town.client.get(f"/report/place?lon={lon}&lat={lat}").json
    assert said == {"words": None, "grid": "Grid 1", "outside": False}
    wrong = town.client.get("/report/place?lon=x&lat=1")
    assert wrong.status_code == 422
