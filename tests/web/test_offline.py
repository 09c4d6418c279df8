"""Without a network: what opens, what is kept, that it goes out once, and that nothing stays."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import abort
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from gridgov.web import offline
from tests.storage.makers import photo
from tests.support.town import IN_G1, Town
from tests.web.conftest import ARGS, CHROMIUM, PHONE, WAIT_MS, Axe, Live, opened_page
from tests.web.test_report import NUMBER, sent, stand

AsRole = Callable[[str, Page], Page]
MARK = "#queue-mark"
# A worker tells nobody when it has kept a page: looked for until it has.
WAITED = """async (path) => {
    const until = Date.now() + 30000;
    while (!(await caches.match(path))) {
        if (Date.now() > until) throw new Error(`${path} is not kept`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}"""
KEPT = "Boolean(await caches.match(path))"
LEFT = """async () => ({
    pages: (await caches.keys()).filter((one) => one.startsWith("pages-") && one !== "pages-"),
    items: await new Promise((resolve) => {
        const asked = indexedDB.open("gridgov");
        asked.onsuccess = () => {
            const names = [...asked.result.objectStoreNames];
            if (!names.length) return resolve([]);
            const all = asked.result.transaction("items").objectStore("items").getAll();
            all.onsuccess = () => (asked.result.close(), resolve(all.result));
        };
    }),
    storage: [localStorage.length, sessionStorage.length],
})"""


def ready(page: Page, *paths: str) -> None:
    """Wait until the worker is there and keeps these pages."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in paths:
        page.evaluate(WAITED, path)


def lamp(town: Town) -> str:
    """Report what comes first in anybody's list, of which a phone keeps some forty pages."""
    said = {"description": "路灯不亮", "category": "01001", "urgency": "urgent"}
    return str(town.report(**said, location=place())["number"])


def place() -> dict[str, float]:
    return {"lon": IN_G1[0], "lat": IN_G1[1]}


def said_cases(live: Live, words: str) -> list[Any]:
    found = live.town.get("/cases?limit=200", "dispatcher").json["cases"]
    return [one for one in found if one.get("text") == words]


def posts(context: BrowserContext) -> list[str]:
    """Return what is asked of the server by POST from now on, as it comes."""
    asked: list[str] = []
    context.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    return asked


def dispatched(live: Live) -> str:
    number = lamp(live.town)
    live.town.step(number, "leader", "file", category="01001")
    live.town.step(number, "leader", "dispatch", unit="property")
    return number


def test_a_report_made_offline_goes_out_on_reconnection(
    phone: Page, live: Live, as_role: AsRole, axe: Axe, tmp_path: Path
) -> None:
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())
    stand(phone)
    as_role("member", phone)
    phone.goto("/report")
    ready(phone, "/report", "/outbox", "/work")
    phone.context.set_offline(True)
    phone.goto("/report")
    expect(phone.locator(MARK)).to_have_text("离线")
    phone.locator("#photos").set_input_files(picture)
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice").nth(1).tap()
    phone.get_by_label("用您自己的话说").fill("断网时上报的路灯")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_contain_text("联网后自动发送")
    expect(phone.locator(MARK)).to_contain_text("还有 1 件未发送")
    axe(phone, "report-kept-offline")
    phone.locator("#kept a").tap()
    expect(phone.locator(".outbox-item.waiting")).to_contain_text("断网时上报的路灯")
    axe(phone, "outbox-waiting")
    assert not said_cases(live, "断网时上报的路灯")
    phone.context.set_offline(False)
    expect(phone.locator(".outbox-item.sent .big-number")).to_have_text(NUMBER)
    axe(phone, "outbox-sent")
    (case,) = said_cases(live, "断网时上报的路灯")
    files = live.town.get(f"/cases/{case['number']}/attachments", "dispatcher").json["attachments"]
    assert [file["media_type"] for file in files] == ["image/jpeg"]


def test_large_print_and_language_reach_what_is_shown_at_once(phone: Page, live: Live) -> None:
    phone.goto("/report")
    ready(phone, "/report")
    phone.goto("/follow")
    phone.get_by_role("button", name="大字版").tap()
    expect(phone.locator("html.large")).to_be_visible()
    phone.goto("/report")
    expect(phone.locator("html")).to_have_css("font-size", "22px")
    phone.get_by_role("button", name="English").tap()
    expect(phone.locator("h1")).to_have_text("Report a problem")
    ready(phone, "/report")  # and without a network it is there, and as it was chosen
    phone.context.set_offline(True)
    phone.goto("/report")
    expect(phone.locator("h1")).to_have_text("Report a problem")


def test_the_map_and_ones_own_list_open_offline(
    phone: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    number = lamp(live.town)
    as_role("leader", phone).goto("/work")
    ready(phone, "/work", f"/cases/{number}", "/report")
    phone.context.set_offline(True)
    phone.goto("/work")
    expect(phone.locator(f"a[href='/cases/{number}']")).to_be_visible()
    axe(phone, "work-offline")
    phone.goto(f"/cases/{number}")
    expect(phone.locator(".asked")).to_contain_text("路灯不亮")
    phone.goto("/report")
    phone.get_by_role("button", name="在地图上指").tap()
    expect(phone.locator("#map canvas").first).to_be_visible()
    phone.goto("/follow")
    expect(phone.locator("h1")).to_have_text("没有网络")
    axe(phone, "no-network")


def test_steps_made_offline_are_taken_in_order(
    phone: Page, live: Live, as_role: AsRole, axe: Axe, tmp_path: Path
) -> None:
    """Accepted, and a word left upon the same old page: the second goes on from the first."""
    picture = tmp_path / "done.jpg"
    picture.write_bytes(photo())
    number = dispatched(live)
    as_role("handler", phone).goto("/work")
    ready(phone, f"/cases/{number}")
    phone.context.set_offline(True)
    phone.goto(f"/cases/{number}")
    phone.locator("form[data-step=accept] button").tap()
    expect(phone.locator(MARK)).to_contain_text("还有 1 件未发送")
    phone.goto(f"/cases/{number}")
    expect(phone.locator(".not-sent")).to_contain_text("签收")
    if not phone.locator("#step-comment").is_visible():
        phone.locator(".more-steps > summary").tap()
    phone.locator("#step-comment > summary").tap()
    phone.locator("#step-comment textarea").fill("在路上了")
    phone.locator("#step-comment button[type=submit]").tap()
    expect(phone.locator(MARK)).to_contain_text("还有 2 件未发送")
    phone.context.set_offline(False)
    phone.goto(f"/cases/{number}")
    expect(phone.locator(MARK)).to_be_hidden()
    events = live.town.get(f"/cases/{number}/timeline", "leader").json["events"]
    steps = [one["step"] for one in events]
    assert steps[-2:] == ["accept", "comment"]
    # Now with a photo, and the network gone only once the page is there.
    phone.reload()
    phone.context.set_offline(True)
    phone.locator("#step-submit > summary").tap()
    phone.locator("#step-submit select[name=outcome]").select_option("solved")
    phone.locator("#step-submit textarea[name=result]").fill("换了灯泡")
    phone.locator("#step-submit input[type=file]").set_input_files(picture)
    phone.locator("#step-submit form button").last.tap()
    expect(phone.locator("[role=status]", has_text="联网后自动发送")).to_be_visible()
    axe(phone, "case-step-kept")
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_be_hidden()
    case = live.town.read(number, "leader")
    assert case["status"] in ("checking", "closed")
    assert case["result"] == "换了灯泡"


def test_accepted_and_settled_before_the_network_is_back(
    phone: Page, live: Live, as_role: AsRole, axe: Axe, tmp_path: Path
) -> None:
    """What follows a step that waits on the phone can be said upon it, and goes out behind it."""
    picture = tmp_path / "done.jpg"
    picture.write_bytes(photo())
    number = dispatched(live)
    as_role("handler", phone).goto("/work")
    ready(phone, f"/cases/{number}", "/outbox")
    phone.context.set_offline(True)
    phone.goto(f"/cases/{number}")
    expect(phone.locator("#step-submit")).to_have_count(0)
    phone.locator("form[data-step=accept] button").tap()
    expect(phone.locator("#step-submit")).to_be_visible()
    phone.goto(f"/cases/{number}")  # the page that was kept, opened anew
    expect(phone.locator(".not-sent")).to_contain_text("签收")
    expect(phone.locator("form[data-step=accept]")).to_be_hidden()
    phone.locator("#step-submit > summary").tap()
    phone.locator("#step-submit select[name=outcome]").select_option("solved")
    phone.locator("#step-submit textarea[name=result]").fill("没有网络时换好了")
    phone.locator("#step-submit input[type=file]").set_input_files(picture)
    axe(phone, "case-upon-what-waits")
    phone.locator("#step-submit form button:not(.phrase)").last.tap()
    expect(phone.locator(MARK)).to_contain_text("还有 2 件未发送")
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_be_hidden()
    case = live.town.read(number, "leader")
    assert case["status"] in ("checking", "closed")
    assert case["result"] == "没有网络时换好了"
    events = live.town.get(f"/cases/{number}/timeline", "leader").json["events"]
    steps = [one["step"] for one in events if one["step"] != "attach"]
    assert steps[-2:] == ["accept", "submit"]


def test_an_answer_that_is_lost_does_not_make_a_second_case(
    browser: Browser, live: Live, tmp_path: Path
) -> None:
    """The server has taken it, and nobody heard: of the case, then of its photo."""
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())
    lost: list[str] = []

    def taken_but_unanswered(route: Route) -> None:
        route.fetch()
        lost.append(route.request.url)
        route.abort("connectionreset")

    # Without a worker, whose own sending no test can stand in the way of.
    for phone in opened_page(browser, live, PHONE | {"service_workers": "block"}):
        live.sign_in(phone.context, "member")
        for address in ("**/api/v1/cases", "**/attachments"):
            phone.route(address, taken_but_unanswered, times=1)
        phone.goto("/report")
        phone.locator("#photos").set_input_files(picture)
        expect(phone.locator("#thumbs img")).to_be_visible()
        phone.get_by_label("用您自己的话说").fill("回答丢了一次")
        phone.get_by_role("button", name="提交").tap()
        expect(phone.locator("#kept")).to_be_visible()
        phone.goto("/outbox")
        expect(phone.locator(".outbox-item.sent")).to_be_visible()
    assert len(lost) == 2
    (case,) = said_cases(live, "回答丢了一次")
    files = live.town.get(f"/cases/{case['number']}/attachments", "dispatcher").json["attachments"]
    assert len(files) == 1


def test_two_tabs_send_a_thing_once(phone: Page, live: Live, as_role: AsRole) -> None:
    as_role("member", phone).goto("/report")
    other = phone.context.new_page()
    other.goto("/report")
    ready(phone, "/report", "/outbox")
    phone.context.set_offline(True)
    phone.get_by_label("用您自己的话说").fill("两个页面")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_be_visible()
    expect(other.locator(MARK)).to_contain_text("还有 1 件未发送")
    asked = posts(phone.context)
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_be_hidden()
    expect(other.locator(MARK)).to_be_hidden()
    # The worker may have been quicker than both; what it asks is not seen here.
    assert len(asked) <= 1
    assert len(said_cases(live, "两个页面")) == 1


def test_somebody_else_was_first(phone: Page, live: Live, as_role: AsRole, axe: Axe) -> None:
    number = dispatched(live)
    as_role("handler", phone).goto("/work")
    ready(phone, f"/cases/{number}", "/outbox")
    phone.context.set_offline(True)
    phone.goto(f"/cases/{number}")
    phone.locator("form[data-step=accept] button").tap()
    expect(phone.locator(MARK)).to_contain_text("未发送")
    live.town.step(number, "dispatcher", "comment", text="先看看")
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_contain_text("未被受理")
    phone.goto("/outbox")
    item = phone.locator(".outbox-item.conflict")
    expect(item).to_contain_text("您想做的")
    expect(item.locator(".sides")).to_contain_text("签收")
    expect(item.locator(".sides")).to_contain_text("待签收")
    axe(phone, "outbox-conflict")
    item.get_by_role("button", name="仍然办理").tap()
    expect(phone.locator(".outbox-item.sent")).to_be_visible()
    assert live.town.read(number, "leader")["status"] == "handling"


def test_what_is_refused_is_said_and_corrected(
    phone: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    as_role("member", phone).goto("/report")
    ready(phone, "/report", "/outbox")
    phone.context.set_offline(True)
    phone.evaluate("document.querySelector('[name=\"location.address\"]').maxLength = 400")
    phone.get_by_label("在哪里").fill("很" * 320)
    phone.get_by_label("用您自己的话说").fill("地址太长")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_contain_text("1 件未被受理")
    phone.goto("/outbox")
    expect(phone.locator(".outbox-item.refused .wrong")).to_be_visible()
    axe(phone, "outbox-refused")
    phone.get_by_role("link", name="修改").tap()
    expect(phone.get_by_label("用您自己的话说")).to_have_value("地址太长")
    phone.get_by_label("在哪里").fill("新星路")
    phone.get_by_role("button", name="提交").tap()
    sent(phone)
    phone.goto("/outbox")
    expect(phone.locator("#outbox-empty")).to_be_visible()
    assert len(said_cases(live, "地址太长")) == 1


def test_settled_before_the_report_is_out(phone: Page, live: Live, as_role: AsRole) -> None:
    stand(phone)
    as_role("member", phone).goto("/report")
    ready(phone, "/report", "/outbox")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="是", exact=True).tap()
    phone.locator(".tiles .choice").nth(2).tap()
    phone.get_by_label("用您自己的话说").fill("先报后办")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_be_visible()
    phone.goto("/outbox")
    phone.get_by_label("已经处理好了").fill("挪走了")
    phone.get_by_role("button", name="当场办结").tap()
    expect(phone.locator(".outbox-item.waiting")).to_have_count(2)
    phone.context.set_offline(False)
    expect(phone.locator(".outbox-item.sent")).to_have_count(2)
    (case,) = said_cases(live, "先报后办")
    assert live.town.read(case["number"], "leader")["status"] == "closed"


def test_signing_out_warns_and_leaves_nothing(
    phone: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    number = lamp(live.town)
    as_role("leader", phone).goto("/work")
    ready(phone, "/work", f"/cases/{number}", "/report")
    phone.route("**/api/v1/cases", lambda route: route.abort())
    phone.goto("/report")
    phone.get_by_label("用您自己的话说").fill("只在手机里")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_be_visible()
    phone.get_by_role("button", name="退出").tap()
    expect(phone.locator("dialog")).to_contain_text("删除后无法找回")
    axe(phone, "sign-out-warns")
    phone.get_by_role("button", name="先不退出").tap()
    assert phone.evaluate(LEFT)["items"]
    phone.get_by_role("button", name="退出").tap()
    phone.get_by_role("button", name="删除并退出").tap()
    expect(phone.locator(".who")).to_contain_text("登录")
    left = phone.evaluate(LEFT)
    assert left == {"pages": [], "items": [], "storage": [0, 0]}
    assert not phone.evaluate(f"async (path) => {KEPT}", f"/cases/{number}")
    assert not phone.context.cookies()


def test_anothers_pages_are_not_kept(phone: Page, live: Live, as_role: AsRole) -> None:
    """Who signs in on a phone after somebody whose session ended finds nothing of theirs."""
    number = lamp(live.town)
    as_role("leader", phone).goto("/work")
    ready(phone, "/work", f"/cases/{number}")
    as_role("handler", phone).goto("/work")
    ready(phone, "/report")
    assert len(phone.evaluate(LEFT)["pages"]) == 1
    assert not phone.evaluate(f"async (path) => {KEPT}", f"/cases/{number}")


def test_on_a_slow_line_nobody_stays_on_anothers_page(
    phone: Page, live: Live, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept is shown when the server is slow; not for longer than that, to another."""
    as_role("leader", phone).goto("/work")
    ready(phone, "/work")
    views, answers = live.town.app.view_functions, threading.Event()
    own = views["web.work"]

    def slow() -> Any:
        answers.wait(60)
        return own()

    monkeypatch.setitem(views, "web.work", slow)
    as_role("handler", phone).goto("/work")
    expect(phone.locator(".who")).to_contain_text("Name-leader")
    answers.set()
    expect(phone.locator(".who")).to_contain_text("Name-handler")


def test_an_ended_session_waits_and_another_sends_nothing_of_it(
    phone: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    as_role("member", phone).goto("/report")
    ready(phone, "/report", "/outbox")
    phone.context.set_offline(True)
    phone.get_by_label("用您自己的话说").fill("会话已失效")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.locator("#kept")).to_be_visible()
    phone.context.clear_cookies()
    phone.context.set_offline(False)
    expect(phone.locator(MARK)).to_contain_text("重新登录")
    axe(phone, "report-session-ended")
    as_role("leader", phone).goto("/outbox")
    phone.wait_for_load_state("networkidle")
    assert not said_cases(live, "会话已失效")
    # Whoever was here before is still on the kept form; it is not shown to the next for long.
    as_role("member", phone).goto("/report")
    expect(phone.locator(".who")).to_contain_text("Name-member")
    phone.goto("/outbox")
    expect(phone.locator(".outbox-item.sent")).to_be_visible()
    assert len(said_cases(live, "会话已失效")) == 1


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "profile"
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)


def test_a_killed_browser_loses_nothing(
    browser: Browser, profile: Path, live: Live, tmp_path: Path
) -> None:
    picture = tmp_path / "lamp.jpg"
    picture.write_bytes(photo())

    def launched() -> BrowserContext:
        context: BrowserContext = browser.browser_type.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGS, base_url=live.address,
            locale="zh-CN", **PHONE,
        )  # fmt: skip
        context.set_default_timeout(WAIT_MS)
        return context

    context = launched()
    page = context.new_page()
    page.goto("/report")
    ready(page, "/report", "/outbox")
    context.set_offline(True)
    page.locator("#photos").set_input_files(picture)
    page.get_by_label("用您自己的话说").fill("浏览器被关掉")
    page.get_by_role("button", name="提交").tap()
    expect(page.locator("#kept")).to_be_visible()
    # Every process of it ends at once, without any farewell.
    session = context.new_cdp_session(page)
    with pytest.raises(Exception, match="closed"):
        session.send("Browser.crash")
    context = launched()
    page = context.new_page()
    page.goto("/outbox")
    expect(page.locator(".outbox-item.sent .big-number")).to_have_text(NUMBER)
    number = page.locator(".outbox-item.sent .big-number").inner_text()
    context.close()
    assert len(said_cases(live, "浏览器被关掉")) == 1
    files = live.town.get(f"/cases/{number}/attachments", "dispatcher").json["attachments"]
    assert len(files) == 1


def test_a_browser_without_service_worker_keeps_the_queue(browser: Browser, live: Live) -> None:
    """WeChat's: pages need the network, but what was sent without one is kept and goes out."""
    for page in opened_page(browser, live, PHONE | {"service_workers": "block"}):
        page.goto("/report")
        page.context.set_offline(True)
        page.get_by_label("用您自己的话说").fill("微信里上报")
        page.get_by_role("button", name="提交").tap()
        expect(page.locator("#kept")).to_be_visible()
        page.close()
        page.context.set_offline(False)
        page = page.context.new_page()
        page.goto("/")
        page.goto("/outbox")
        expect(page.locator(".outbox-item.sent")).to_be_visible()
        assert len(said_cases(live, "微信里上报")) == 1


RENEWED = """async () => {
    const old = new Set(await caches.keys());
    const worker = await navigator.serviceWorker.getRegistration();
    await worker.update();
    const until = Date.now() + 30000;
    const there = async () =>
        (await caches.keys()).some((one) => one.startsWith("built-") && !old.has(one)) &&
        !worker.installing && !worker.waiting && worker.active.state === "activated";
    while (!(await there())) {
        if (Date.now() > until) throw new Error("no new worker");
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}"""
WITHOUT_LOCKS = "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined})"
HELD_BY_A_DEAD_TAB = """() => new Promise((resolve) => {
    const asked = indexedDB.open("gridgov");
    asked.onsuccess = () => {
        const made = asked.result.transaction("meta", "readwrite");
        made.objectStore("meta").put({id: "lease", holder: "gone", until: Date.now() + 90000});
        made.oncomplete = () => (asked.result.close(), resolve());
    };
})"""


TWICE_ONLINE = "for (const one of [1, 2]) dispatchEvent(new Event('online'))"


def test_where_there_are_no_locks_one_tab_sends_at_a_time(browser: Browser, live: Live) -> None:
    """By a lease in the database; that of a tab that died runs out, and the thing goes once."""
    for page in opened_page(browser, live, PHONE | {"service_workers": "block"}):
        page.context.add_init_script(WITHOUT_LOCKS)
        page.goto("/report")
        page.clock.install()
        other = page.context.new_page()
        other.goto("/report")
        asked = posts(page.context)
        page.context.set_offline(True)
        page.get_by_label("用您自己的话说").fill("没有锁的浏览器")
        page.get_by_role("button", name="提交").tap()
        expect(page.locator("#kept")).to_be_visible()
        asked.clear()  # what was tried without a network
        page.evaluate(HELD_BY_A_DEAD_TAB)
        page.context.set_offline(False)
        expect(page.locator(MARK)).to_have_text("还有 1 件未发送")
        assert not asked
        other.close()
        page.clock.fast_forward(120_000)
        page.evaluate(TWICE_ONLINE)
        expect(page.locator(MARK)).to_be_hidden()
        assert len(asked) == 1
        assert len(said_cases(live, "没有锁的浏览器")) == 1


def test_an_open_page_outlives_the_build_it_came_with(
    phone: Page, live: Live, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A new worker comes while the form stands open; what it has yet to load is still there."""
    views, shell = live.town.app.view_functions, offline._shell
    own, gone = views["web.static"], False

    def static(name: str) -> Any:
        if gone and name.endswith(".js"):
            abort(404)
        answer = own(name=name)
        answer.headers["Cache-Control"] = "no-store"  # a browser forgets what it likes
        return answer

    monkeypatch.setitem(views, "web.static", static)
    phone.goto("/report")
    ready(phone, "/report")
    phone.get_by_label("用您自己的话说").fill("升级时正在填")
    # Of the scripts of the old build, neither the server nor the new worker has any.
    gone = True
    newer = tmp_path / "worker.js"
    newer.write_text(offline.WORKER.read_text("utf-8") + "\n// another build\n")
    monkeypatch.setattr(offline, "WORKER", newer)
    monkeypatch.setattr(
        offline, "_shell", lambda: [one for one in shell() if not one.endswith(".js")]
    )
    phone.evaluate(RENEWED)
    phone.get_by_role("button", name="在地图上指").tap()
    expect(phone.locator("#map canvas").first).to_be_visible()
    phone.get_by_role("button", name="提交").tap()
    number, _ = sent(phone)
    assert [one["number"] for one in said_cases(live, "升级时正在填")] == [number]


def test_it_can_be_installed(shared_town: Town) -> None:
    manifest = shared_town.client.get("/manifest.webmanifest").json
    assert manifest["display"] == "standalone"
    assert {one["purpose"] for one in manifest["icons"]} == {"any", "maskable"}
    icon = shared_town.client.get(manifest["icons"][0]["src"])
    assert icon.mimetype == "image/svg+xml"
    worker = shared_town.client.get("/worker.js")
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in worker.headers["Content-Security-Policy"]
    assert "unsafe" not in worker.headers["Content-Security-Policy"]
    again = shared_town.client.get("/worker.js", headers={"If-None-Match": worker.headers["ETag"]})
    assert again.status_code == 304


def test_pages_say_whose_they_are(shared_town: Town) -> None:
    def whose(who: str | None) -> str:
        headers = {"Authorization": f"Bearer {shared_town.tokens[who]}"} if who else {}
        return str(shared_town.client.get("/report", headers=headers).headers["X-GridGov-Who"])

    assert whose(None) == ""
    assert whose("member") == whose("member")
    assert re.fullmatch(r"[0-9a-f]{16}", whose("member"))
    assert len({whose("member"), whose("leader"), whose(None)}) == 3
    assert "X-GridGov-Who" not in shared_town.client.get("/offline").headers
