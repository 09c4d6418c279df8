"""Joint cases on pages: the list of items, what is in the way, who is called, who is told what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from gridgov.faces.auth import now
from tests.joint.test_items import FIRM, done, opened, put, worked
from tests.support.town import OUTSIDE, Town
from tests.web.conftest import Axe, Live, fits
from tests.web.test_queue import line_of

As = Callable[[str, Page], Page]
LONG = "申领充电桩用地许可，并与消防、供电两家核对间距要求后答复企业"


def page(town: Town, path: str, who: str = "dispatcher") -> Any:
    return town.client.get(path, headers=town.headers(who))


def send(town: Town, path: str, who: str = "dispatcher", **form: Any) -> Any:
    return town.client.post(path, data=form, headers=town.headers(who))


def suspended(town: Town, number: str, unit_hand: str = "handler") -> None:
    done(town.step(number, unit_hand, "accept"))
    until = (now() + timedelta(days=90)).date().isoformat()
    done(town.step(number, unit_hand, "ask_suspension", suspension_reason="policy_gap",
                   resume_on=until))  # fmt: skip
    done(town.step(number, "dispatcher", "suspend"))


def story(town: Town, **given: Any) -> dict[str, Any]:
    """Open a joint case with an item done, one suspended, one late to answer, one to dispatch."""
    taken = opened(town, description="电动汽车没有地方充电、停车", **given)
    number = taken["number"]
    first = done(put(town, number, text=LONG, unit="property"))["number"]
    second = done(put(town, number, text="给换电柜上保险", unit="property"))["number"]
    limit = {"kind": "working_days", "amount": 3}
    third = done(put(town, number, text="落实夜间停车区", unit="property", limit=limit,
                     co_units=["bureau", "party-office"]))["number"]  # fmt: skip
    fourth = done(put(town, number, text="编制驾驶员须知"))["number"]
    worked(town, first)
    suspended(town, second)
    done(town.step(third, "head-party", "join"))
    items = {"done": first, "hung": second, "called": third, "filed": fourth}
    return taken | {"items": items}


def row(text: str, number: str) -> str:
    begun = text.index(f'id="item-{number}"')
    return text[begun : text.index("</tbody>", begun)]


def test_each_item_stands_with_owner_limit_and_steps(shared_town: Town) -> None:
    made = story(shared_town)
    number, items = made["number"], made["items"]
    shown = page(shared_town, f"/cases/{number}", "head-office").text
    assert "1 of 4 done; 1 suspended (policy gap)" in shown
    assert "solved" in row(shown, items["done"])
    assert "policy gap" in row(shown, items["hung"])
    called = row(shown, items["called"])
    assert re.search(r"Unit bureau <span[^>]*>has not answered", called)
    assert re.search(r"Unit party-office .*has joined", called)
    steps = {name: set(re.findall(r'name="step" value="(\w+)"', row(shown, one)))
             for name, one in items.items()}  # fmt: skip
    assert steps == {
        "done": set(), "hung": {"urge", "ask_join", "drop_item"},
        "called": {"urge", "ask_join", "drop_item"},
        "filed": {"dispatch", "urge", "ask_join", "drop_item"},
    }  # fmt: skip
    handler = page(shared_town, f"/cases/{number}", "handler-office").text
    assert 'id="add-item"' not in handler
    assert 'id="closing"' not in handler


def test_the_lead_sees_what_is_in_the_way_of_closing(shared_town: Town) -> None:
    made = story(shared_town)
    number, items = made["number"], made["items"]

    def closing() -> str:
        shown = str(page(shared_town, f"/cases/{number}", "head-office").text)
        begun = shown.index('id="closing"')
        return shown[begun : shown.index("</div>", begun)]

    first = closing()
    assert "Still open (2):" in first
    assert f'href="#item-{items["hung"]}"' in first
    assert "the reporter does not know yet" in first
    for name in ("called", "filed"):
        version = str(shared_town.read(items[name], "head-office")["version"])
        form = {"step": "drop_item", "reason": "no longer needed", "version": version}
        answer = send(shared_town, f"/cases/{number}/items/{items[name]}/steps", "head-office",
                      **form)  # fmt: skip
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith(f"?item={items[name]}#item-{items[name]}")
    assert "Still open" not in closing()
    work = page(shared_town, "/work", "head-office").text
    assert f'href="/cases/{number}"' not in work
    done(shared_town.step(number, "handler-office", "progress", text="insurance has to wait"))
    assert "Nothing is in the way" in closing()
    ready = page(shared_town, "/work?pile=close", "head-office").text
    assert "Joint cases to close" in ready
    assert f'href="/cases/{number}"' in ready


def test_an_item_is_added_by_a_form_and_what_is_wrong_is_shown_again(shared_town: Town) -> None:
    number = opened(shared_town)["number"]
    path = f"/cases/{number}/items"
    wrong = send(shared_town, path, "head-office", text="a shed", amount="soon", kind="x",
                 co_units=["bureau"])  # fmt: skip
    assert wrong.status_code == 422
    assert "a shed" in wrong.text
    assert 'id="f-amount-wrong"' in wrong.text
    assert re.search(r'value="bureau" checked', wrong.text)
    made = send(shared_town, path, "head-office", text="a shed", unit="property", amount="5",
                kind="working_days", co_units=["bureau"])  # fmt: skip
    assert made.status_code == 303
    item = re.search(r"item-([\d-]+)$", made.headers["Location"])
    assert item
    shown = page(shared_town, made.headers["Location"].partition("#")[0], "head-office").text
    assert "Done: a shed" in shown
    assert "Unit property" in row(shown, item[1])
    assert send(shared_town, path, "handler-office", text="x").status_code == 404
    other = shared_town.report()["number"]
    step = {"step": "urge", "version": "1"}
    for one in (other, "nothing"):
        answer = send(shared_town, f"{path}/{one}/steps", "dispatcher", **step)
        assert answer.status_code == 404, answer.text
    stale = send(shared_town, f"{path}/{item[1]}/steps", "head-office", **step)
    assert stale.status_code == 409


def test_an_item_tells_whose_it_is(shared_town: Town) -> None:
    made = story(shared_town)
    item = made["items"]["called"]
    facts = page(shared_town, f"/cases/{item}", "handler").text
    assert re.search(rf"<dd>{made['number']}\s* · led by Unit office", facts)  # not for it to open
    assert "has not answered" in facts
    lead = page(shared_town, f"/cases/{item}", "head-office").text
    assert f'<a href="/cases/{made["number"]}#item-{item}">' in lead
    part = page(shared_town, f"/cases/{item}", "head-party").text
    assert "has joined" in part


def test_who_is_called_answers_from_their_work(shared_town: Town) -> None:
    number = opened(shared_town)["number"]
    item = done(put(shared_town, number, unit="property", co_units=["party-office"]))["number"]
    work = page(shared_town, "/work?pile=join", "head-party").text
    assert "To answer the call" in work
    assert f'href="/cases/{item}"' in work
    assert 'value="join"' in work
    version = str(shared_town.read(item, "head-party")["version"])
    answer = send(shared_town, f"/cases/{item}/steps", "head-party", step="join", version=version)
    assert answer.status_code == 303
    assert f'href="/cases/{item}"' not in page(shared_town, "/work?pile=join", "head-party").text


def test_the_dispatcher_decides_in_the_queue(shared_town: Town) -> None:
    number = shared_town.report(category="21001", reporter=FIRM)["number"]
    done(shared_town.step(number, "leader", "propose_joint", reason="too much for one"))
    line = line_of(page(shared_town, "/queue?category=21001&pile=decide").text, number)
    assert "joint handling." in line
    assert "Unit that leads" in line
    assert 'value="party-office"' in line  # whoever leads need not be suggested
    version = str(shared_town.read(number, "dispatcher")["version"])
    form = {"number": number, "step": "open_joint", "unit": "office", "version": version}
    assert send(shared_town, "/queue/step", **form).status_code == 303
    assert shared_town.read(number, "head-office")["joint"]["lead"]["code"] == "office"


def test_bundling_names_the_joint_cases_there_are(town: Town) -> None:
    own = town.report(reporter=FIRM)["number"]
    done(town.step(own, "leader", "file"))
    assert 'id="step-bundle"' not in page(town, f"/cases/{own}").text
    number = opened(town)["number"]
    assert f'<option value="{number}">' in page(town, f"/cases/{own}").text
    version = str(town.read(own, "dispatcher")["version"])
    answer = send(town, f"/cases/{own}/steps", step="bundle", target=number, version=version)
    assert answer.status_code == 303
    assert f'id="item-{own}"' in page(town, f"/cases/{number}").text


def test_the_list_and_its_numbers_are_the_committees(town: Town) -> None:
    def counts() -> tuple[int, int]:
        shown = page(town, "/committee", "committee").text
        led = re.search(r'href="/joint">[^<]*<span class="count">(\d+)<', shown)
        hung = re.search(r'shown=suspended">[^<]*<span class="count">(\d+)<', shown)
        assert led
        return int(led[1]), int(hung[1]) if hung else 0

    assert counts() == (0, 0)
    assert "No joint case is under way" in page(town, "/joint", "committee").text
    made = story(town)
    assert counts() == (1, 1)
    listed = page(town, "/joint", "committee").text
    assert listed.count('<li class="case-line') == 1
    assert "1 of 4 done" in listed
    hung = page(town, "/joint?shown=suspended", "committee").text
    assert "policy gap" in hung
    assert f'href="/cases/{made["items"]["hung"]}"' in hung
    assert made["number"] in hung
    assert "No joint case has ended" in page(town, "/joint?shown=ended", "head-office").text
    links = page(town, "/joint", "head-office").text
    assert 'href="/joint" aria-current="page"' in links
    assert 'href="/joint"' not in page(town, "/work", "handler").text
    # Whoever leads nothing sees none; whoever has an item alone sees it, and not the whole.
    assert made["number"] not in page(town, "/joint", "head").text
    paper = town.client.get("/figures/report.xlsx", headers=town.headers("committee"))
    assert {"Joint cases under way", "Suspended items of joint cases"} <= sheets(paper.data)


def sheets(data: bytes) -> set[str]:
    import io

    import openpyxl

    return {
        str(cell.value)
        for sheet in openpyxl.load_workbook(io.BytesIO(data))
        for cells in sheet.iter_rows(max_row=3)
        for cell in cells
    } | set(openpyxl.load_workbook(io.BytesIO(data)).sheetnames)


def follow(town: Town, taken: dict[str, Any]) -> str:
    form = {"number": taken["number"], "code": taken["query_code"]}
    client = town.app.test_client()
    assert client.post("/follow", data=form).status_code == 303
    english = {"Accept-Language": "en"}
    return str(client.get(f"/follow/{taken['number']}", headers=english).text)


def test_the_reporter_reads_who_does_what_and_nothing_of_others(town: Town) -> None:
    made = story(town)
    other = town.report(description="a secret of another firm", reporter=FIRM)
    done(town.step(other["number"], "leader", "file"))
    done(town.step(other["number"], "dispatcher", "bundle", target=made["number"]))
    done(town.step(made["items"]["filed"], "head-office", "drop_item", reason="the hub has one"))
    own = follow(town, made)
    assert "Unit office leads" in own
    assert re.search(r"Unit property has done it\.", own)
    assert "It has to wait: policy gap." in own
    assert "It was dropped from the list: the hub has one" in own
    assert 'class="count">1/4<' in own
    assert "secret" not in own
    assert other["number"] not in own
    theirs = follow(town, other)
    assert "Unit office leads" in theirs
    assert LONG not in theirs
    assert made["number"] not in theirs


def test_a_dropped_item_is_called_so_wherever_staff_read_of_it(town: Town) -> None:
    made = story(town)
    bundled = town.report(description="no shed", reporter=FIRM)
    own = bundled["number"]
    done(town.step(own, "leader", "file"))
    done(town.step(own, "dispatcher", "bundle", target=made["number"]))
    english = town.headers("head-office") | {"Accept-Language": "en"}
    for number in (made["items"]["filed"], own):
        done(town.step(number, "head-office", "drop_item", reason="the hub has one"))
        view = town.read(number, "head-office")
        assert (view["status"], view["status_name"]) == ("rejected", "Dropped from the list")
        table = row(town.client.get(f"/cases/{made['number']}", headers=english).text, number)
        assert "Dropped from the list" in table
        assert "Rejected" not in table
        again = town.step(number, "head-office", "drop_item", reason="once more")
        assert "Dropped from the list" in again.json["detail"]
    whole = town.read(made["number"], "head-office")["joint"]["summary"]["text"]
    assert whole.endswith("; 2 dropped")
    # Whoever reported it was refused, and may appeal.
    told = town.get(f"/cases/{own}", **{"X-Case-Code": bundled["query_code"]}).json
    assert told["status_name"] == "Rejected"


def test_one_answer_to_a_group_says_how_many_they_are(shared_town: Town) -> None:
    first, second = (shared_town.report(reporter=FIRM)["number"] for _ in range(2))
    done(shared_town.step(first, "leader", "merge", target=second))
    shown = page(shared_town, f"/cases/{second}").text
    assert "2 reporters; what one of them is answered, all are answered." in shown


def test_the_list_of_items_at_a_desk(live: Live, desk: Page, as_role: As, axe: Axe) -> None:
    made = story(live.town, at=OUTSIDE)  # far from what others look for near by
    as_role("head-office", desk).goto(f"/cases/{made['number']}")
    expect(desk.locator(".joint-sum")).to_contain_text("已落实 1/4，1 项挂账（政策空白）")
    assert desk.locator(".items .item").count() == 4
    axe(desk, "joint-case")
    assert fits(desk)
    last = desk.locator(f"#item-{made['items']['filed']}")
    last.locator("summary", has_text="派遣").click()
    last.get_by_label("承办单位", exact=True).select_option("property")
    axe(desk, "joint-case-open")
    last.get_by_role("button", name="派遣").click()
    expect(desk.locator(".items-part .notice.good").first).to_contain_text("编制驾驶员须知")
    expect(last).to_contain_text("待签收")
    desk.locator("#add-item > summary").click()
    axe(desk, "joint-case-add")
    as_role("committee", desk).goto("/joint")
    axe(desk, "joint")
    assert fits(desk)
    desk.get_by_role("link", name=re.compile("挂账事项")).first.click()
    axe(desk, "joint-hung")
    desk.goto("/committee")
    expect(desk.locator(".also")).to_contain_text("联办进行中")
    axe(desk, "joint-committee")


def test_the_list_of_items_on_a_phone_without_a_script(
    live: Live, phone: Page, as_role: As, axe: Axe
) -> None:
    made = story(live.town, at=OUTSIDE)  # far from what others look for near by
    as_role("head-office", phone).goto(f"/cases/{made['number']}")
    expect(phone.locator(".items thead")).to_be_hidden()
    axe(phone, "joint-case")
    assert fits(phone)
    # The same forms by a browser that runs no script.
    plain = phone.context.browser.new_context(
        base_url=live.address, locale="zh-CN", java_script_enabled=False
    )
    try:
        live.sign_in(plain, "head-office")
        page = plain.new_page()
        page.goto(f"/cases/{made['number']}")
        page.locator("#add-item > summary").click()
        page.get_by_label("要解决的问题").fill("申请夜间停车位")
        page.get_by_label("由哪家单位承办").select_option("property")
        page.get_by_role("button", name="列入清单").click()
        expect(page.locator(".items .item")).to_have_count(5)
        one = page.locator(".items .item").last
        one.locator("summary", has_text="移出清单").click()
        one.locator("textarea[name=reason]").fill("企业已自行解决")
        one.get_by_role("button").click()
        expect(page.locator(".items .item").last).to_contain_text("已移出清单")
    finally:
        plain.close()
    as_role("committee", phone).goto("/joint")
    axe(phone, "joint")
    assert fits(phone)
    done(put(live.town, made["number"], text="核对消防间距", co_units=["party-office"]))
    as_role("head-party", phone).goto("/work")
    called = phone.locator(".work-line", has_text="核对消防间距")
    expect(called.get_by_role("button")).to_contain_text("应哨")
    axe(phone, "joint-work")


def test_the_reporter_follows_on_a_phone(live: Live, phone: Page, axe: Axe) -> None:
    made = story(live.town, at=OUTSIDE)  # far from what others look for near by
    phone.goto("/follow")
    phone.locator("input[name=number]").fill(made["number"])
    phone.locator("input[name=code]").fill(made["query_code"])
    phone.locator("form[action='/follow'] button").click()
    expect(phone.locator("#shared-title")).to_contain_text("联合办理 1/4")
    axe(phone, "joint-follow")
    assert fits(phone)


def test_it_is_proposed_and_opened_by_forms(live: Live, desk: Page, as_role: As, axe: Axe) -> None:
    number = live.town.report(category=None, description="电动汽车充不上电", reporter=FIRM)[
        "number"
    ]
    as_role("dispatcher", desk).goto(f"/cases/{number}")
    desk.locator("#more-steps > summary").click()
    desk.locator("#step-propose_joint > summary").click()
    desk.locator("#step-propose_joint textarea").fill("消防、供电、用地分属三家")
    desk.locator("#step-propose_joint").get_by_role("button", name="提请联办").click()
    expect(desk.locator(".facts")).to_contain_text("联办。原因：消防、供电、用地分属三家。")
    form = desk.locator("#step-open_joint")
    form.locator("summary").click()
    form.get_by_label("牵头单位").select_option("office")
    form.locator("select[name=category]").select_option("21001")
    axe(desk, "joint-open")
    form.get_by_role("button", name="批准联办").click()
    expect(desk.locator(".case-head")).to_contain_text("联办件")
    expect(desk.locator("#items")).to_contain_text("问题清单还是空的")


def test_whoever_reported_it_by_account_reads_the_same(town: Town) -> None:
    number = town.report("resident", category="21001", description="no posts")["number"]
    done(town.step(number, "dispatcher", "propose_joint", reason="too much for one"))
    done(town.step(number, "committee", "open_joint", unit="office"))
    done(put(town, number, text="a licence", unit="property"))
    shown = page(town, f"/cases/{number}", "resident").text
    assert "Unit property has been given it." in shown
    assert 'id="items"' not in shown
    assert 'id="shared-title"' not in page(town, f"/cases/{number}", "dispatcher").text
