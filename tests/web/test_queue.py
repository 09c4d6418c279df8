"""The dispatcher's queue: what comes first, why, by keyboard, many at once, fresh by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from gridgov.faces.auth import now
from tests.support.town import IN_G2, Town
from tests.web.conftest import Axe, Live, fits, shoot

AsRole = Callable[[str, Page], Page]


def filed(town: Town, category: str = "01001", **given: Any) -> str:
    number = str(town.report(category=category, **given)["number"])
    assert town.step(number, "dispatcher", "file", category=category).status_code == 200
    return number


def page(town: Town, path: str, who: str = "dispatcher") -> Any:
    return town.client.get(path, headers=town.headers(who))


def send(town: Town, path: str, who: str = "dispatcher", **form: Any) -> Any:
    return town.client.post(path, data=form, headers=town.headers(who))


def line_of(text: str, number: str) -> str:
    begun = text.index(f'id="case-{number}"')
    return text[begun : text.index("</li>", begun)]


def test_what_is_to_dispatch_names_a_unit_and_why_and_who_is_on_duty(shared_town: Town) -> None:
    number = filed(shared_town, description="派遣理由待看")
    line = line_of(page(shared_town, "/queue?q=派遣理由待看").text, number)
    assert "Unit property" in line
    assert "the category names it" in line
    assert "on duty: Name-handler" in line


def test_urgent_ones_come_first_then_what_is_asked_for(shared_town: Town) -> None:
    said = {"description": "先后次序待看"}
    urgent = str(shared_town.report(category="31001", **said)["number"])
    asked = filed(shared_town, **said)
    shared_town.step(asked, "dispatcher", "dispatch", unit="property")
    shared_town.step(asked, "handler", "accept")
    shared_town.step(asked, "handler", "ask_extension", reason="parts are late")
    waits = filed(shared_town, **said)
    shown = page(shared_town, "/queue?q=先后次序待看").text
    places = [shown.index(f'id="case-{number}"') for number in (urgent, asked, waits)]
    assert places == sorted(places)
    assert "an extension." in line_of(shown, asked)
    # By the pile alone, too.
    alone = page(shared_town, "/queue?q=先后次序待看&pile=decide").text
    assert f"case-{asked}" in alone
    assert f"case-{waits}" not in alone


def test_a_request_is_decided_in_the_list(shared_town: Town) -> None:
    number = filed(shared_town, description="退回请求待看")
    shared_town.step(number, "dispatcher", "dispatch", unit="property")
    shared_town.step(
        number, "handler", "ask_return",
        return_reason="not_ours", proposed_unit="office", text="The lamp is the park's.",
    )  # fmt: skip
    said = line_of(page(shared_town, "/queue?q=退回请求待看").text, number)
    assert "park&#39;s." in said
    assert ".." not in said
    assert "Unit property" not in said  # who asks is no part of what is asked
    version = shared_town.read(number, "dispatcher")["version"]
    form = {"number": number, "version": version, "back": "grid=330203008-01"}
    refused = send(shared_town, "/queue/step", step="refuse_return", **form)
    assert refused.status_code == 422
    assert "act-" + number + '-refuse_return" name' in refused.text
    granted = send(shared_town, "/queue/step", step="grant_return", **form)
    assert granted.headers["Location"].startswith("/queue?grid=330203008-01&done=")
    assert shared_town.read(number, "dispatcher")["status"] == "filed"


def test_a_clock_that_stands_has_nothing_left_to_show(shared_town: Town) -> None:
    number = filed(shared_town, description="停表案件待看")
    shared_town.step(number, "dispatcher", "dispatch", unit="property")
    shared_town.step(number, "handler", "accept")
    until = (now() + timedelta(days=90)).date().isoformat()
    hang = {"suspension_reason": "policy_gap", "resume_on": until}
    shared_town.step(number, "handler", "ask_suspension", **hang)
    assert shared_town.step(number, "dispatcher", "suspend").json["status"] == "suspended"
    assert "None" not in line_of(page(shared_town, "/queue?q=停表案件待看").text, number)


def test_filters_stand_in_the_address(shared_town: Town) -> None:
    said = {"description": "筛选结果待看"}
    here, there = filed(shared_town, **said), filed(shared_town, at=IN_G2, **said)

    def shown_by(query: str) -> str:
        return str(page(shared_town, f"/queue?q=筛选结果待看&{query}").text)

    for query, shown, hidden in (
        ("grid=330203008-01", here, there),
        ("grid=330203008-02", there, here),
    ):
        text = shown_by(query)
        assert f"case-{shown}" in text
        assert f"case-{hidden}" not in text
    assert f"case-{here}" not in shown_by("unit=office")
    assert f"case-{here}" not in shown_by("state=late")
    assert f"case-{here}" in shown_by("status=filed&category=01&channel=web")


def test_a_filter_is_kept_for_its_account_alone(shared_town: Town) -> None:
    kept = send(shared_town, "/queue/filters", name="West", back="grid=330203008-01")
    assert kept.status_code == 303
    shown = page(shared_town, "/queue").text
    assert '<a href="/queue?grid=330203008-01">West</a>' in shown
    assert ">West</a>" not in page(shared_town, "/queue", "district-dispatcher").text
    key = re.search(r'name="forget" value="(\d+)"', shown)
    assert key
    send(shared_town, "/queue/filters", "district-dispatcher", forget=key[1])
    assert ">West</a>" in page(shared_town, "/queue").text
    send(shared_town, "/queue/filters", forget=key[1])
    assert ">West</a>" not in page(shared_town, "/queue").text
    assert send(shared_town, "/queue/filters", name=" ").status_code == 422


def test_many_are_dispatched_and_what_is_refused_is_named(shared_town: Town) -> None:
    ready, new = filed(shared_town), str(shared_town.report()["number"])
    moved = filed(shared_town)
    other = str(shared_town.report(category=None)["number"])  # nobody has sorted it yet
    picked = [
        f"{number}:{shared_town.read(number, 'dispatcher')['version']}"
        for number in (ready, new, moved, other)
    ]
    shared_town.step(moved, "dispatcher", "comment", text="looked at")
    answer = send(shared_town, "/queue/bulk", bulk="dispatch", case=picked)
    assert "Done: 2. Refused: 2." in answer.text
    status = {
        number: shared_town.read(number, "dispatcher")["status"]
        for number in (ready, new, moved, other)
    }
    assert status == {
        ready: "dispatched", new: "dispatched", moved: "filed", other: "reported",
    }  # fmt: skip
    refused = answer.text[answer.text.index('class="refused"') :]
    refused = refused[: refused.index("</ul>")]
    assert moved in refused
    assert other in refused
    assert ready not in refused
    assert send(shared_town, "/queue/bulk", bulk="dispatch").status_code == 422
    assert send(shared_town, "/queue/bulk", bulk="reject", case=picked).status_code == 422


def test_many_are_urged_and_a_list_sent_twice_urges_once(shared_town: Town) -> None:
    numbers = [filed(shared_town), filed(shared_town)]
    picked = [f"{n}:{shared_town.read(n, 'dispatcher')['version']}" for n in numbers]
    for expected in ("Done: 2. Refused: 0.", "Done: 0. Refused: 2."):
        assert expected in send(shared_town, "/queue/bulk", bulk="urge", case=picked).text


def test_the_mark_changes_only_with_what_one_sees(shared_town: Town) -> None:
    number = filed(shared_town)

    def mark(path: str, who: str) -> str:
        answer = page(shared_town, path, who)
        assert answer.headers["ETag"]
        return str(answer.json["mark"])

    before = mark(f"/live/case/{number}", "dispatcher")
    head = shared_town.headers("dispatcher") | {"If-None-Match": f'"{before}"'}
    same = shared_town.client.get(f"/live/case/{number}", headers=head)
    assert same.status_code == 304
    shared_town.step(number, "dispatcher", "comment", text="seen")
    assert mark(f"/live/case/{number}", "dispatcher") != before
    assert page(shared_town, f"/live/case/{number}", "leader2").status_code == 404


def test_the_queue_is_not_for_others(shared_town: Town) -> None:
    assert page(shared_town, "/queue", "leader").status_code == 403
    assert page(shared_town, "/queue", "caller").status_code == 403


def test_a_dispatcher_works_by_keyboard_alone(
    live: Live, desk: Page, as_role: AsRole, axe: Axe
) -> None:
    number = filed(live.town, description="夜市街口路灯不亮")
    as_role("dispatcher", desk).goto("/queue?q=夜市街口")
    desk.keyboard.press("j")
    expect(desk.locator(f"#open-{number}")).to_be_focused()
    desk.keyboard.press("d")
    expect(desk.locator(f"#act-{number}-dispatch select")).to_have_value("property")
    expect(desk.locator(f"#act-{number}-dispatch select")).to_be_focused()
    axe(desk, "queue-dispatch")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status").filter(has_text=number)).to_be_visible()
    assert live.town.read(number, "dispatcher")["status"] == "dispatched"
    desk.wait_for_load_state("domcontentloaded")  # the page's own keys are there
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_be_visible()
    axe(desk, "queue-keys")


def test_many_by_keyboard(live: Live, desk: Page, as_role: AsRole, axe: Axe) -> None:
    numbers = {filed(live.town, description="批量路灯") for _ in range(3)}
    as_role("dispatcher", desk).goto("/queue?q=批量路灯")
    for _ in range(3):
        desk.keyboard.press("j")
        desk.keyboard.press("Space")
    expect(desk.locator("#ticked")).to_contain_text("3")
    axe(desk, "queue-ticked")
    desk.keyboard.press("D")
    expect(desk.get_by_text("已办理 3 件，未通过 0 件。")).to_be_visible()
    assert {live.town.read(one, "dispatcher")["status"] for one in numbers} == {"dispatched"}


def test_what_others_changed_shows_without_losing_what_is_typed(
    live: Live, desk: Page, as_role: AsRole
) -> None:
    mine = filed(live.town, description="活动看板")
    as_role("dispatcher", desk).goto("/queue?q=活动看板")
    desk.locator(f"#tick-{mine}").check()
    desk.locator(f"#act-{mine}-dispatch summary").click()
    typed = desk.locator(f"#act-{mine}-dispatch textarea, #act-{mine}-dispatch input[type=text]")
    typed.first.fill("请先联系")
    typed.first.focus()
    other = filed(live.town, description="活动看板")
    expect(desk.locator(f"#case-{other}")).to_be_visible()
    live.town.step(mine, "dispatcher", "comment", text="seen elsewhere")
    version = live.town.read(mine, "dispatcher")["version"]
    expect(desk.locator(f"#tick-{mine}")).to_have_value(f"{mine}:{version}")
    expect(typed.first).to_have_value("请先联系")
    expect(typed.first).to_be_focused()
    expect(desk.locator(f"#tick-{mine}")).to_be_checked()
    desk.locator(f"#act-{mine}-dispatch button.button").click()
    expect(desk.get_by_role("status").filter(has_text=mine)).to_be_visible()


def test_the_queue_as_it_looks(
    live: Live, desk: Page, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    live.town.report(category="31001", description="燃气味很浓" * 20)
    asked = filed(live.town)
    live.town.step(asked, "dispatcher", "dispatch", unit="property")
    live.town.step(asked, "handler", "accept")
    live.town.step(asked, "handler", "ask_extension", reason="等配件")
    filed(live.town, at=IN_G2)
    for one in (desk, phone):
        as_role("dispatcher", one).goto("/queue")
        axe(one, "queue")
        assert fits(one)
    desk.goto("/queue?q=没有这样的")
    expect(desk.get_by_text("没有符合条件的工单。")).to_be_visible()
    axe(desk, "queue-empty")
    phone.context.add_cookies([{"name": "large", "value": "1", "url": live.address}])
    phone.goto("/queue?pile=decide")
    shoot(phone, "queue-large")
    assert fits(phone)
