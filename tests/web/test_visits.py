"""Visits and firms on pages: a record in few taps, the list near me, a firm that keeps its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from gridgov.community.tables import Visit
from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.people.tables import Firm
from tests.joint.conftest import body, today
from tests.support.firms import EAST, NOWHERE, WEST, tied, with_firms
from tests.support.town import IN_G1, Town
from tests.web.conftest import Axe, Live, fits
from tests.web.test_offline import ready

AsRole = Callable[[str, Page], Page]


@pytest.fixture
def firms(live: Live) -> Live:
    """The firms in the town that the browser sees; once for all."""
    with live.town.app.app_context(), transaction(write=False) as session:
        there = session.scalar(sa.select(Firm.code).where(Firm.code == WEST))
    if there is None:
        with_firms(live.town)
    return live


def last_visit(town: Town) -> Visit:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalars(sa.select(Visit).order_by(Visit.id.desc()).limit(1)).one()


def test_a_visit_is_recorded_on_the_phone_in_few_taps(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    as_role("member", phone).goto("/visits")
    line = phone.locator(".firm-line", has_text="西街汽车租赁").first
    expect(line).to_contain_text("重点企业")
    line.get_by_role("link", name="记录走访: 西街汽车租赁").click()
    expect(phone.locator(".visit-firm")).to_contain_text("西街汽车租赁")
    axe(phone, "visit-new")
    assert fits(phone)
    phone.get_by_text("负责人", exact=True).click()
    phone.get_by_label("企业有什么诉求？").fill("充电桩装不上")
    phone.get_by_role("button", name="保存走访记录").click()
    expect(phone.get_by_role("heading", name="走访已记录")).to_be_visible()
    expect(phone.locator(".big-number")).to_have_count(2)
    axe(phone, "visit-done")
    assert fits(phone)
    visit = last_visit(firms.town)
    assert (visit.firm_code, visit.role, visit.met) == (WEST, "member", ["owner"])
    phone.get_by_role("link", name="返回走访").click()
    expect(phone.locator(".timeline li").first).to_contain_text("西街汽车租赁")
    axe(phone, "visits")
    assert fits(phone)


def test_what_was_typed_is_shown_again_with_what_is_wrong(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    as_role("member", phone).goto(f"/visits/new?firm={WEST}")
    phone.get_by_label("企业有什么诉求？").fill("要多两个车位")
    phone.get_by_text("再加一项诉求").first.click()
    phone.get_by_label("还有什么诉求？").first.fill("招工难")
    phone.get_by_role("button", name="保存走访记录").click()
    expect(phone.get_by_role("alert")).to_contain_text("请选择见到了谁")
    expect(phone.get_by_label("企业有什么诉求？")).to_have_value("要多两个车位")
    expect(phone.get_by_label("还有什么诉求？").first).to_have_value("招工难")
    axe(phone, "visit-wrong")


def test_what_is_recorded_without_a_network_goes_out_once_there_is_one(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    """Outdoors: list and form open from the phone, two visits wait there, each goes out once."""
    as_role("member", phone).goto("/visits")
    ready(phone, "/visits", "/visits/new", "/outbox")
    before = count(firms.town)
    phone.context.set_offline(True)
    for words in ("断网时说的诉求一", "断网时说的诉求二"):
        phone.goto("/visits")
        expect(phone.get_by_role("heading", level=1)).to_have_text("走访")
        phone.goto(f"/visits/new?firm={WEST}")
        phone.get_by_text("负责人", exact=True).click()
        phone.get_by_label("企业有什么诉求？").fill(words)
        phone.get_by_role("button", name="保存走访记录").click()
        expect(phone.locator("#kept")).to_contain_text("联网后自动发送")
    axe(phone, "visit-kept")
    assert fits(phone)
    assert count(firms.town) == before
    phone.locator("#kept").get_by_role("link", name="待发送").click()
    expect(phone.locator(".outbox-item.waiting")).to_have_count(2)
    phone.context.set_offline(False)
    expect(phone.locator(".outbox-item.sent")).to_have_count(2)
    # What the firm is to be told, number and code, is still there.
    sent = phone.locator(".outbox-item.sent", has_text="走访").first
    expect(sent).to_contain_text(re.compile(r"\d{6}-\d{5}-\d.*[0-9A-Z]{4}-[0-9A-Z]{4}"))
    axe(phone, "visit-sent")
    assert fits(phone)
    assert count(firms.town) == before + 2
    heard = firms.town.get("/cases?channel=visit&limit=200", "dispatcher").json["cases"]
    said = [one["text"] for one in heard]
    assert said.count("断网时说的诉求一") == said.count("断网时说的诉求二") == 1
    phone.reload()
    expect(phone.locator(".outbox-item.sent")).to_have_count(2)
    assert count(firms.town) == before + 2


def test_an_answer_that_was_lost_records_nothing_twice(
    firms: Live, phone: Page, as_role: AsRole
) -> None:
    as_role("member", phone).goto(f"/visits/new?firm={WEST}")
    before = count(firms.town)
    taken = []

    def lose(route: Route) -> None:
        taken.append(route.fetch().status)
        route.abort()

    phone.route("**/api/v1/visits", lose, times=1)
    phone.get_by_text("负责人", exact=True).click()
    phone.get_by_role("button", name="保存走访记录").click()
    expect(phone.locator("#kept")).to_be_visible()
    assert taken == [201] and count(firms.town) == before + 1
    phone.goto("/outbox")
    expect(phone.locator(".outbox-item.sent")).to_have_count(1)
    assert count(firms.town) == before + 1


def test_what_was_refused_later_is_corrected_with_all_that_was_typed(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    as_role("member", phone).goto("/visits")
    ready(phone, "/visits/new", "/outbox")
    before = count(firms.town)
    phone.context.set_offline(True)
    phone.goto(f"/visits/new?firm={WEST}")
    phone.get_by_label("企业有什么诉求？").fill("没选见到了谁")
    phone.get_by_role("button", name="保存走访记录").click()
    expect(phone.locator("#kept")).to_be_visible()
    phone.context.set_offline(False)
    phone.goto("/outbox")
    item = phone.locator(".outbox-item.refused")
    expect(item).to_contain_text("没选见到了谁")
    axe(phone, "visit-refused")
    item.get_by_role("link", name="修改").click()
    expect(phone.locator("#unsent")).to_contain_text("请选择见到了谁")
    expect(phone.get_by_label("企业有什么诉求？")).to_have_value("没选见到了谁")
    phone.get_by_text("负责人", exact=True).click()
    phone.get_by_role("button", name="保存走访记录").click()
    expect(phone.get_by_role("heading", name="走访已记录")).to_be_visible()
    assert count(firms.town) == before + 1
    phone.goto("/outbox")
    expect(phone.locator(".outbox-item")).to_have_count(0)


def count(town: Town) -> int:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Visit)) or 0


def test_near_me_asks_the_device_and_keeps_nothing(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": IN_G1[0], "latitude": IN_G1[1]})
    as_role("dispatcher", phone).goto("/visits")
    phone.get_by_role("button", name="我附近的").click()
    near = phone.locator("section", has=phone.get_by_role("heading", name="我附近的"))
    expect(near.locator(".firm-line").filter(has_text="西街汽车租赁")).to_have_count(1)
    assert phone.url.endswith("/visits")  # the place stands in no address
    axe(phone, "visits-near")
    assert fits(phone)


def test_the_desk_sees_who_waits_and_what_branches_need(
    firms: Live, desk: Page, as_role: AsRole, axe: Axe
) -> None:
    need = {"category": "21001", "description": "posts"}
    body = {"firm": EAST, "met": ["staff"], "needs": [need], "follow_up_on": today(30)}
    assert firms.town.post("/visits", body, "dispatcher").status_code == 201
    as_role("committee", desk).goto("/visits")
    expect(desk.get_by_role("table")).to_contain_text("食品")
    expect(desk.get_by_role("link", name="记录走访")).to_have_count(0)
    axe(desk, "visits")
    desk.get_by_role("link", name="全部企业").click()
    desk.get_by_label("名称、地址或编码").fill("云上")
    desk.get_by_role("button", name="查询", exact=True).click()
    expect(desk.locator(".firm-line")).to_have_count(1)
    axe(desk, "firms")
    desk.locator(".firm-line a").first.click()
    expect(desk.get_by_role("heading", name="云上软件")).to_be_visible()
    assert desk.url.endswith(f"/firms/{NOWHERE}")


def test_a_firms_page_shows_its_cases_visits_and_place(
    firms: Live, desk: Page, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    body = {"firm": WEST, "met": ["owner"], "needs": [{"category": "21001"}]}
    assert firms.town.post("/visits", body, "member").status_code == 201
    for page in (desk, phone):
        as_role("dispatcher", page).goto(f"/firms/{WEST}")
        expect(page.locator(".case-line").first).to_be_visible()
        expect(page.locator(".timeline li").first).to_contain_text("见到：负责人")
        expect(page.locator("#map canvas").first).to_be_visible()
        axe(page, "firm")
        assert fits(page)


def test_a_firm_keeps_its_own_contacts(
    firms: Live, phone: Page, desk: Page, as_role: AsRole, axe: Axe
) -> None:
    tied(firms.town, "resident", WEST)
    as_role("resident", phone).goto("/account")
    phone.get_by_role("link", name="企业的诉求、走访和联系人").click()
    first = phone.locator(".firm-contact").first
    first.get_by_label("称呼").fill("王小明")
    first.get_by_label("电话").fill("打我电话")
    phone.get_by_role("button", name="保存联系人").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    expect(phone.locator(".firm-contact").first.get_by_label("称呼")).to_have_value("王小明")
    axe(phone, "firm-own-wrong")
    phone.locator(".firm-contact").first.get_by_label("电话").fill("13912345678")
    phone.get_by_role("button", name="保存联系人").click()
    expect(phone.locator(".notice.good")).to_contain_text("联系人已按您填写的内容保存")
    axe(phone, "firm-own")
    assert fits(phone)
    as_role("leader", desk).goto(f"/firms/{WEST}")
    expect(desk.locator(".facts")).to_contain_text("139****5678")
    expect(desk.locator(".facts")).not_to_contain_text("13912345678")
    desk.get_by_text("查看联系方式").click()
    desk.get_by_role("button", name="查看", exact=True).click()
    expect(desk.locator(".facts")).to_contain_text("13912345678")


def page(town: Town, path: str, who: str, **form: str) -> Any:
    if form:
        return town.client.post(path, data=form, headers=town.headers(who))
    return town.client.get(path, headers=town.headers(who))


def test_pages_are_for_those_whose_firm_it_is(town: Town) -> None:
    with_firms(town)
    tied(town, "resident", WEST)
    for who, path, status in (
        ("member", f"/firms/{WEST}", 200),
        ("member2", f"/firms/{WEST}", 404),
        ("resident", f"/firms/{WEST}", 200),
        ("resident", f"/firms/{EAST}", 404),
        ("resident", "/firms", 403),
        ("resident", "/visits", 403),
        ("handler", "/visits", 403),
        ("committee", "/visits", 200),
        ("committee", "/visits/new", 403),
    ):
        assert page(town, path, who).status_code == status, (who, path)
    kept = {"contact.0.phone": "13900000000"}
    assert page(town, f"/firms/{WEST}/contacts", "resident", **kept).status_code == 303
    assert page(town, f"/firms/{EAST}/contacts", "resident", **kept).status_code == 404
    assert page(town, f"/firms/{WEST}/contacts", "dispatcher", **kept).status_code == 404
    read = {"purpose": "visit"}
    assert "13900000000" in page(town, f"/firms/{WEST}/read", "member", **read).text
    assert page(town, f"/firms/{WEST}/read", "committee", **read).status_code == 404


def test_the_form_records_once_however_often_it_is_sent(town: Town) -> None:
    with_firms(town)
    given = {"firm": WEST, "met": "owner", "need.0": "x", "key": "0123456789"}
    first = page(town, "/visits/new", "member", **given)
    again = page(town, "/visits/new", "member", **given)
    assert (first.status_code, again.status_code) == (200, 200)
    with town.app.app_context(), transaction(write=False) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Visit)) == 1


def test_whoever_goes_back_and_writes_something_else_records_another_visit(town: Town) -> None:
    with_firms(town)
    given = {"firm": WEST, "met": "owner", "need.0": "x", "key": "0123456789"}
    numbers = [page(town, "/visits/new", "member", **given | {"need.0": need}) for need in "xy"]
    assert [answer.status_code for answer in numbers] == [200, 200]
    assert len({re.findall(r"\d{6}-\d{5}-\d", answer.text)[0] for answer in numbers}) == 2


def test_staff_names_the_firm_at_the_telephone(town: Town) -> None:
    with_firms(town)
    shown = page(town, f"/intake?firm={WEST}", "dispatcher")
    assert f'value="{WEST}"' in shown.text
    given = {"channel": "telephone", "description": "posts", "firm": WEST}
    assert page(town, "/intake", "dispatcher", **given).status_code == 200
    cases = town.get(f"/firms/{WEST}", "dispatcher").json["cases"]
    assert len(cases) == 1
    number = cases[0]["number"]
    assert town.read(number, "dispatcher")["firm"] == {"code": WEST, "name": "西街汽车租赁"}
    assert "西街汽车租赁" in page(town, f"/cases/{number}", "dispatcher").text
    wrong = page(town, "/intake", "dispatcher", **given | {"firm": "none-such"})
    assert wrong.status_code == 422


def test_a_firm_follows_what_it_told_a_visitor_and_sees_its_meetings(
    firms: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    town = firms.town
    tied(town, "resident", EAST)
    need = {"category": "21001", "description": "冷链车没有停车位"}
    heard = town.post("/visits", {"firm": EAST, "met": ["owner"], "needs": [need]}, "dispatcher")
    number = heard.json["needs"][0]["number"]
    for step, given in (
        ("propose_joint", {"reason": "涉及多家"}),
        ("open_joint", {"unit": "property", "category": "21001", "limit_days": 20}),
    ):
        assert town.step(number, "dispatcher", step, **given).status_code == 200
    town.post(f"/cases/{number}/items", {"text": "划出两个卸货位", "unit": "office"}, "dispatcher")
    starts = (now() + timedelta(days=3)).isoformat()
    asked = body(title="冷链车停车会商", starts_at=starts, invited={"firms": [EAST]})
    assert town.post("/meetings", asked, "committee").status_code == 201
    as_role("resident", phone).goto(f"/firms/{EAST}")
    expect(phone.get_by_text("冷链车停车会商")).to_be_visible()
    expect(phone.get_by_text("划出两个卸货位")).to_be_visible()
    axe(phone, "firm-own")
    assert fits(phone)
    phone.locator(".heard-line", has_text=number).get_by_role("button").click()
    expect(phone.locator("main")).to_contain_text(number)
    expect(phone.locator(".shared-items")).to_contain_text("划出两个卸货位")
    tied(town, "resident", None)
