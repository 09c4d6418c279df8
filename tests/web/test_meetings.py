"""Meetings on pages: planned, held, resolved, ticked; read on a phone, at a desk and on paper."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.joint.tables import Resolution
from tests.joint.conftest import body, hold, resolve, today
from tests.joint.test_meetings import paper, send
from tests.joint.test_resolutions import handled, set_back
from tests.storage.makers import photo
from tests.support.town import STREET, Town
from tests.web.conftest import Axe, Live, fits

As = Callable[[str, Page], Page]


def page(town: Town, path: str, who: str = "dispatcher") -> Any:
    return town.client.get(path, headers={"Authorization": f"Bearer {town.tokens[who]}"})


def post(town: Town, path: str, who: str = "dispatcher", **data: Any) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    return town.client.post(path, data=data, headers=headers)


def busy(town: Town) -> int:
    """Make a meeting of a street with something to decide; returns its key."""
    town.report(category="31001", description="有燃气味")
    first, second = town.report(description="路灯不亮"), town.report(description="灯坏了")
    for one in (first, second):
        town.step(one["number"], "leader", "file")
    town.step(second["number"], "leader", "merge", target=first["number"])
    earlier = resolve(town, hold(town, title="上次调度会", kind="dispatch")["id"])["id"]
    set_back(town, earlier, 8)
    key: int = hold(town)["id"]
    resolve(town, key, "committee", text="现场核查停车位", due=today(2))
    number = handled(town)
    resolve(town, key, "committee", kind="instruct", case=number, text="查清并答复")
    assert send(town, key, "dispatcher", paper()).status_code == 201
    return key


def test_the_dispatcher_plans_and_holds_one_without_a_script(
    live: Live, phone: Page, as_role: As, axe: Axe
) -> None:
    as_role("dispatcher", phone).goto("/meetings/new")
    phone.get_by_label("议题", exact=True).fill("电动车租赁会商")
    phone.get_by_label("地点").fill("三楼会议室")
    phone.get_by_label(re.compile("时间")).fill("2026-01-05T09:30")
    phone.locator("summary", has_text="承办单位").click()
    phone.get_by_label("Unit property", exact=True).check()
    phone.get_by_label("企业", exact=True).fill("绿驰租赁\n隔壁的小店")
    axe(phone, "meeting-plan")
    assert fits(phone)
    phone.get_by_role("button", name="保存安排").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("电动车租赁会商")
    expect(phone.locator(".who-list")).to_contain_text("绿驰租赁、隔壁的小店")
    phone.get_by_label("隔壁的小店").uncheck()
    phone.get_by_role("button", name="确认已召开").click()
    came = phone.locator(".who-list > div", has_text="参会")
    expect(came).to_contain_text("Unit property、绿驰租赁")
    expect(came).not_to_contain_text("隔壁的小店")


def test_the_agenda_the_papers_and_the_ticks(live: Live, desk: Page, as_role: As, axe: Axe) -> None:
    key = busy(live.town)
    as_role("committee", desk).goto(f"/meetings/{key}")
    expect(desk.locator("#a-urgent")).to_contain_text("特急")
    groups = desk.locator(".agenda > section", has=desk.locator("#a-groups"))
    expect(groups).to_contain_text("2 名诉求人")
    axe(desk, "meeting")
    assert fits(desk)
    desk.locator("#a-groups a").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("群诉")
    axe(desk, "meeting-section")
    desk.go_back()
    earlier = desk.locator("section", has=desk.locator("#s-earlier")).locator(".resolution").first
    earlier.get_by_text("勾销").click()
    earlier.get_by_label("简要说明").fill("意见书已出")
    earlier.get_by_role("button", name="已完成").click()
    expect(desk).to_have_url(re.compile(rf"/meetings/{key}#r\d+$"))
    with desk.expect_download():
        desk.get_by_role("link", name="PDF 1").click()


def test_a_meeting_fits_a_phone_and_paper(live: Live, phone: Page, as_role: As, axe: Axe) -> None:
    key = busy(live.town)
    as_role("head", phone).goto(f"/meetings/{key}")
    expect(phone.get_by_text("登记议定事项")).to_have_count(0)
    axe(phone, "meeting")
    assert fits(phone)
    phone.goto("/meetings")
    axe(phone, "meetings")
    assert fits(phone)
    phone.goto("/meetings/resolutions")
    one = phone.locator(".resolution", has_text="现场核查停车位").last
    one.get_by_text("报告进展").click()
    one.get_by_label("进展情况").fill("周三到场")
    axe(phone, "resolutions")
    assert fits(phone)
    one.get_by_role("button", name="提交进展").click()
    expect(phone.locator(".resolution", has_text="现场核查停车位").last).to_contain_text("周三到场")
    phone.goto(f"/meetings/{key}")
    phone.emulate_media(media="print")
    expect(phone.locator(".top")).to_be_hidden()
    expect(phone.locator("details.do").first).to_be_hidden()


def test_the_committees_page_counts_what_the_week_before_left(town: Town) -> None:
    def left() -> str:
        found = re.search(r"shown=before\">\s*[^<]*<span class=\"count\">(\d+)<", shown())
        assert found
        return found[1]

    def shown() -> str:
        answer = page(town, "/committee", "committee")
        assert answer.status_code == 200
        return str(answer.text)

    assert left() == "0"
    key = hold(town)["id"]
    old = resolve(town, key)["id"]
    resolve(town, key, text="本周的事")
    set_back(town, old, 8)
    assert left() == "1"
    listed = page(town, "/meetings/resolutions?shown=before", "committee").text
    assert listed.count('<li class="resolution') == 1
    post(town, f"/meetings/resolutions/{old}", do="done")
    assert left() == "0"


def test_what_cannot_be_taken_is_shown_again(town: Town) -> None:
    wrong = post(town, "/meetings/new", kind="consult", title="会商", area="330203")
    assert wrong.status_code == 422
    assert 'value="会商"' in wrong.text
    assert 'id="f-starts_at-wrong"' in wrong.text
    key = hold(town)["id"]
    again = post(town, f"/meetings/{key}/resolutions", text="先看看", unit="property", due="x")
    assert again.status_code == 422
    assert "先看看" in again.text
    assert 'id="f-due-wrong"' in again.text
    number = handled(town)
    data = {"text": "查清", "unit": "property", "due": today(1), "kind": "instruct", "case": number}
    assert post(town, f"/meetings/{key}/resolutions", **data).status_code == 403
    assert post(town, f"/meetings/{key}/hold", version="99").status_code == 409
    assert post(town, "/meetings/resolutions/999999", do="done").status_code == 404


def test_a_form_that_is_sent_once_more_plans_nothing_more(town: Town) -> None:
    """As who goes back and presses the button again; with other words it is another meeting."""
    form = page(town, "/meetings/new").text
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key is not None
    plan = {"key": key[1], "kind": "consult", "title": "会商", "place": "三楼", "area": STREET}
    plan["starts_at"] = f"{today(1)}T09:00"
    first = post(town, "/meetings/new", **plan).headers["Location"]
    assert post(town, "/meetings/new", **plan).headers["Location"] == first
    other = post(town, "/meetings/new", **plan | {"title": "再会商"}).headers["Location"]
    assert other != first
    assert len(town.get("/meetings", "dispatcher").json["meetings"]) == 2


def test_who_plans_for_a_time_that_is_past_reads_that_nobody_is_told(town: Town) -> None:
    assert "时间已过的，不通知受邀人" in page(town, "/meetings/new").text
    plan = {
        "kind": "consult",
        "title": "会商",
        "place": "三楼",
        "area": STREET,
        "units": "property",
    }
    past, ahead = (f"{today(days)}T09:00" for days in (-1, 1))
    said = "没有通知受邀人"
    key = re.escape("/meetings/") + r"\d+"
    written = post(town, "/meetings/new", **plan, starts_at=past).headers["Location"]
    assert said in page(town, written).text
    # Who comes back later knows; and of one that is ahead they are told.
    plain = re.match(key, written)
    assert plain is not None and said not in page(town, plain[0]).text
    called = post(town, "/meetings/new", **plan, starts_at=ahead).headers["Location"]
    assert said not in page(town, called).text
    moved = re.match(key, called)
    assert moved is not None
    changed = plan | {"starts_at": past, "version": "1"}
    again = post(town, f"{moved[0]}/plan", **changed).headers["Location"]
    assert said in page(town, again).text


@pytest.mark.parametrize("name", ["", "minutes.docx", "photo.jpg"])
def test_what_is_no_paper_is_refused_by_what_to_send(town: Town, name: str) -> None:
    key = hold(town)["id"]
    docx = BytesIO()
    with zipfile.ZipFile(docx, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
    data = {"minutes.docx": docx.getvalue(), "photo.jpg": photo()}.get(name, b"")
    answer = post(town, f"/meetings/{key}/minutes", file=(BytesIO(data), name))
    assert answer.status_code == 422
    assert "请上传 PDF 或 OFD 格式的纪要。" in answer.text


def test_a_plan_is_changed_by_its_form(town: Town) -> None:
    town.report()
    made = town.post("/meetings", body(invited={"firms": ["小店"]}), "dispatcher").json
    form = page(town, f"/meetings/{made['id']}/plan").text
    assert "小店" in form
    assert 'name="version" value="1"' in form
    data = {"kind": "forum", "title": "座谈", "place": "一楼", "area": made["area"]["code"],
            "starts_at": "2026-03-04T09:00", "version": "1"}  # fmt: skip
    changed = post(town, f"/meetings/{made['id']}/plan", **data)
    assert changed.status_code == 303
    assert town.get(f"/meetings/{made['id']}", "committee").json["starts_at"] == (
        "2026-03-04T01:00:00+00:00"
    )


@pytest.mark.parametrize("who", ["handler", "member", "caller", "gis", "security-admin"])
def test_it_does_not_exist_for_others(shared_town: Town, who: str) -> None:
    key = hold(shared_town)["id"]
    for path in (f"/meetings/{key}", "/meetings/new", f"/meetings/{key}/plan"):
        assert page(shared_town, path, who).status_code == 404, path
    # Any of the staff may be invited by name; who is not finds an empty list.
    listed = page(shared_town, "/meetings", who)
    assert listed.status_code == (404 if who == "security-admin" else 200)
    assert f"/meetings/{key}" not in listed.text


def test_guests_read_and_do_not_keep(shared_town: Town) -> None:
    key = hold(shared_town)["id"]
    assert page(shared_town, f"/meetings/{key}", "head").status_code == 200
    for path in ("/meetings/new", f"/meetings/{key}/plan"):
        assert page(shared_town, path, "head").status_code == 404
    assert post(shared_town, f"/meetings/{key}/hold", "head").status_code == 404
    assert page(shared_town, f"/meetings/{key}", "head-office").status_code == 404


def test_whoever_is_invited_finds_it_in_their_work_until_it_is_called_off(
    live: Live, phone: Page, as_role: As, axe: Axe
) -> None:
    starts = (now() + timedelta(days=2)).isoformat()
    invited = {"units": ["office"], "persons": ["member2"]}
    asked = body(title="停车难会商", starts_at=starts, invited=invited)
    key = live.town.post("/meetings", asked, "dispatcher").json["id"]
    for who in ("head-office", "member2"):
        as_role(who, phone).goto("/work")
        found = phone.locator("section", has=phone.get_by_role("heading", name="受邀参加的会议"))
        axe(phone, "work-invited")
        assert fits(phone)
        found.get_by_role("link", name="停车难会商").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text("停车难会商")
        expect(phone.get_by_text("取消会议", exact=True)).to_have_count(0)
    as_role("dispatcher", phone).goto(f"/meetings/{key}")
    phone.get_by_text("取消会议", exact=True).click()
    axe(phone, "meeting-cancel")
    phone.get_by_label("原因").fill("台风红色预警")
    phone.get_by_role("button", name="取消会议并通知受邀方").click()
    expect(phone.locator(".notice")).to_have_text("会议已取消：台风红色预警")
    for gone in ("#hold", "#resolve", "#cancel", "#s-agenda", "#minutes"):
        expect(phone.locator(gone)).to_have_count(0)
    axe(phone, "meeting-cancelled")
    phone.goto("/meetings?state=cancelled")
    expect(phone.locator(".case-line", has_text="停车难会商")).to_contain_text("已取消")
    assert fits(phone)
    as_role("head-office", phone).goto("/work")
    expect(phone.get_by_text("停车难会商")).to_have_count(0)


def test_it_is_called_off_with_a_reason_or_not_at_all(town: Town) -> None:
    key = town.post("/meetings", body(), "dispatcher").json["id"]
    without = post(town, f"/meetings/{key}/cancel", why="  ", version=1)
    assert without.status_code == 422
    assert 'href="#f-why"' in without.text and 'id="f-why"' in without.text
    assert post(town, f"/meetings/{key}/cancel", "committee", why="改期").status_code == 303
    assert post(town, f"/meetings/{key}/cancel", why="改期").status_code == 409
    assert "改期" in page(town, f"/meetings/{key}").text


def test_all_that_a_meeting_resolved_stands_on_its_page_and_what_is_left_is_counted_whole(
    town: Town,
) -> None:
    earlier, key, later = (hold(town)["id"] for _ in range(3))
    with town.app.app_context(), transaction() as session:
        session.add_all(
            Resolution(
                meeting_id=meeting, area_code=STREET, kind="own", text=f"of {meeting}: {number}.",
                unit_code="property", due=now().date(), decided_at=now(),
            )
            for meeting in (earlier, key, later)
            for number in range(52)
        )  # fmt: skip
    text = page(town, f"/meetings/{key}").text
    assert f"of {key}: 51." in text
    assert f"of {earlier}: 49." in text and f"of {earlier}: 50." not in text
    assert text.count('<span class="count">52</span>') == 2
    assert 'href="/meetings/resolutions"' in text.partition('id="s-earlier"')[2]
    # What was resolved since is no earlier one.
    assert f"of {later}: 0." not in text


def test_what_was_resolved_comes_up_at_the_next_meeting_done_or_not(town: Town) -> None:
    def sections(key: int) -> dict[str, str]:
        whole = page(town, f"/meetings/{key}").text
        parts = whole.split('aria-labelledby="s-')[1:]
        named = {part.partition('"')[0]: part.partition("</section>")[0] for part in parts}
        return {name: named[name] for name in ("earlier", "since") if name in named}

    def at(days: int, **given: Any) -> int:
        starts = (now() - timedelta(days=days)).isoformat()
        key: int = hold(town, starts_at=starts, **given)["id"]
        return key

    oldest, last, this = at(20), at(10), at(0)
    long_ago = resolve(town, oldest, text="早就办完的")["id"]
    resolve(town, oldest, text="一直没办的")
    done = resolve(town, last, text="上次定的已办")["id"]
    resolve(town, last, text="上次定的未办")
    case = handled(town)
    resolve(town, oldest, "committee", text="批示过的", kind="instruct", case=case)
    for key in (long_ago, done):
        ticked = town.post(f"/meetings/resolutions/{key}/tick", {"done": True}, "dispatcher")
        assert ticked.status_code == 200, ticked.json
    with town.app.app_context(), transaction() as session:
        before = sa.update(Resolution).where(Resolution.id == long_ago)
        session.execute(before.values(done_at=now() - timedelta(days=15)))
    assert town.step(case, "head", "answer", text="查清了").status_code == 200
    shown = sections(this)
    assert "上次定的未办" in shown["earlier"] and "一直没办的" in shown["earlier"]
    assert "上次定的已办" in shown["since"] and "批示过的" in shown["since"]
    assert "早就办完的" not in shown["since"] + shown["earlier"]
    # The one before it knew nothing of what came after; the first has none before it.
    assert "上次定的" not in "".join(sections(last).values())
    assert sections(oldest) == {}
    # Done by mistake, it is taken back from here.
    untick = post(
        town, f"/meetings/resolutions/{done}", do="not_done", version="2", meeting=str(this)
    )
    assert untick.status_code == 303
    assert "上次定的已办" in sections(this)["earlier"]
