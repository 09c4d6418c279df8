"""A case and one's own work as pages: the steps of whoever looks, and nothing that they may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.town import Town
from tests.web.conftest import Axe, Live


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
    expect(phone.get_by_role("status")).to_contain_text("派遣")
    phone.locator("#step-dispatch summary").click()
    phone.locator("#step-dispatch select").select_option("property")
    phone.locator("#step-dispatch button").click()
    expect(phone.get_by_role("status")).to_contain_text("签收")


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
