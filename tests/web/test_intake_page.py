"""Telephone and counter: by keyboard alone, with the place found and nothing taken in twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gridgov.cases.tables import Case
from gridgov.database import LonLat, transaction
from gridgov.park.tables import Cell
from gridgov.people.tables import Firm
from tests.support.town import IN_G1, IN_G2, Town
from tests.web.conftest import Axe, Live, fits

AsRole = Callable[[str, Page], Page]
NUMBER = re.compile(r"\d{6}-\d{5}-\d")


def page(town: Town, path: str, who: str) -> Any:
    return town.client.get(path, headers=town.headers(who))


def send(town: Town, who: str = "caller", **form: str) -> Any:
    form.setdefault("key", "a-key-of-the-form")
    return town.client.post("/intake", data=form, headers=town.headers(who))


def number_in(text: str) -> str:
    found = re.search(r'class="big-number">([\d-]+)<', text)
    assert found, text
    return found[1]


def firm(town: Town, name: str = "海曙云仓有限公司") -> None:
    """Put a firm into the second grid."""
    with town.app.app_context(), transaction() as session:
        if session.get(Firm, "cloud") is None:
            session.add(Firm(code="cloud", name=name, address="新星路 8 号", point=LonLat(*IN_G2)))


def test_what_a_caller_says_becomes_a_case_with_number_and_code(shared_town: Town) -> None:
    form = {
        "channel": "counter", "reporter.phone": "13800000000", "description": "lamp",
        "key": "k" * 9,
        "kind": "01001 anything", "when": "after 10 p.m.", "subject.kind": "unit",
        "subject.unit": "office", "location.lon": str(IN_G1[0]), "location.lat": str(IN_G1[1]),
        "location.coord_type": "cgcs2000", "location.address": "Night market",
    }  # fmt: skip
    answer = send(shared_town, **form)
    assert answer.status_code == 200
    number = number_in(answer.text)
    taken = shared_town.read(number, "dispatcher")
    assert taken["channel"] == "counter"
    assert taken["category"]["code"] == "01001"
    assert taken["answers"] == {"when": "after 10 p.m."}
    assert taken["grid"]["name"] == "Grid 1"
    assert taken["reporter"]["phone"] == "138****0000"
    assert page(shared_town, f"/cases/{number}", "head-office").status_code == 404
    # The page loaded again: the same case, once.
    assert number_in(send(shared_town, **form).text) == number


def test_who_stays_anonymous_leaves_no_contact(shared_town: Town) -> None:
    answer = send(
        shared_town, contact="anonymous", description="noise", key="k" * 10,
        **{"reporter.phone": "13800000000"},
    )  # fmt: skip
    taken = shared_town.read(number_in(answer.text), "dispatcher")
    assert taken["anonymous"]
    assert taken["reporter"] is None


def test_a_kind_by_part_of_its_name_or_the_form_again_with_all_that_was_typed(
    shared_town: Town,
) -> None:
    answer = send(shared_town, kind="category 21001", key="k" * 11)
    assert shared_town.read(number_in(answer.text), "dispatcher")["category"]["code"] == "21001"
    again = send(shared_town, kind="category", description="typed already", key="k" * 12)
    assert again.status_code == 422
    assert "typed already" in again.text
    assert 'href="#f-kind"' in again.text


def test_the_earlier_case_only_by_its_number_and_of_the_same_caller(shared_town: Town) -> None:
    by = "dispatcher"
    phone = {"reporter.phone": "13911112222"}
    first = number_in(send(shared_town, by, description="first", key="k" * 13, **phone).text)
    second = send(shared_town, by, description="second", earlier=first, key="k" * 14, **phone)
    assert f"The earlier report {first}" in second.text
    other = send(
        shared_town, by, description="third", earlier=first, key="k" * 15,
        **{"reporter.phone": "13933334444"},
    )  # fmt: skip
    assert "No earlier report of this caller" in other.text
    assert first not in other.text
    # Nothing else tells what somebody reported before.
    assert first not in send(shared_town, by, description="fourth", key="k" * 16, **phone).text
    # The rules let nobody else match callers; they are not asked for a number in vain.
    assert 'name="earlier"' in page(shared_town, "/intake", by).text
    assert 'name="earlier"' not in page(shared_town, "/intake", "caller").text


def test_a_call_is_merged_into_what_is_open_already(shared_town: Town) -> None:
    into = str(shared_town.report()["number"])
    answer = send(
        shared_town, "dispatcher", description="again", kind="01001", merge=into, key="k" * 17
    )
    number = number_in(answer.text)
    assert shared_town.read(number, "dispatcher")["merged_into"] == into
    # All or nothing: what may not be merged is not taken in either.
    with shared_town.app.app_context(), transaction(write=False) as session:
        before = session.scalar(sa.select(sa.func.count(Case.id)))
    refused = send(shared_town, description="again", kind="01001", merge=into, key="k" * 18)
    assert refused.status_code == 422
    with shared_town.app.app_context(), transaction(write=False) as session:
        assert session.scalar(sa.select(sa.func.count(Case.id))) == before


def test_places_are_landmarks_firms_and_earlier_ones(shared_town: Town) -> None:
    firm(shared_town)
    with shared_town.app.app_context(), transaction() as session:
        session.execute(
            sa.update(Cell).where(Cell.code.endswith("001")).values(landmark="新星路口")
        )
        from gridgov.epochs import bump

        bump(session, "map")
    lon, lat = IN_G1
    shared_town.report(location={"lon": lon, "lat": lat, "address": "新星路 12 号"})
    found = page(shared_town, "/intake/places?q=新星路", "caller").json["places"]
    assert [(one["words"], one["kind"], one["grid"]) for one in found] == [
        ("新星路口", "landmark", "Grid 1"),
        ("新星路 8 号 海曙云仓有限公司", "firm", "Grid 2"),
        ("新星路 12 号", "earlier", "Grid 1"),
    ]
    assert page(shared_town, "/intake/places?q=%25", "caller").json["places"] == []
    assert page(shared_town, "/intake/places?q=", "caller").json["places"] == []
    assert page(shared_town, "/intake/places?q=x", "leader").status_code == 403


def test_a_call_by_keyboard_alone(live: Live, desk: Page, as_role: AsRole, axe: Axe) -> None:
    firm(live.town)
    near = str(live.town.report(category="01002", at=IN_G2)["number"])
    as_role("dispatcher", desk).goto("/intake")
    axe(desk, "intake")
    keys = desk.keyboard
    expect(desk.locator("#f-reporter-phone")).to_be_focused()
    keys.type("13812345678")
    keys.press("Enter")
    keys.type("王女士")
    keys.press("Enter")
    keys.press("Tab")  # over the choice of contact
    expect(desk.get_by_label("在哪里")).to_be_focused()
    keys.type("海曙云")
    expect(desk.locator("#places li")).to_have_count(1)
    keys.press("ArrowDown")
    axe(desk, "intake-places")
    keys.press("Enter")
    expect(desk.locator("#grid")).to_contain_text("Grid 2")
    keys.press("Tab")
    keys.type("晚上 10 点后")
    keys.press("Tab")
    keys.type("路灯不亮,走路看不清")
    keys.press("Tab")
    keys.type("01002")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(desk.locator("#near")).to_contain_text(near)
    axe(desk, "intake-near")
    keys.press("Control+Enter")
    number = desk.locator(".taken .big-number").first.text_content() or ""
    assert NUMBER.fullmatch(number.strip())
    taken = live.town.read(number.strip(), "dispatcher")
    assert taken["text"] == "路灯不亮,走路看不清"
    assert taken["grid"]["name"] == "Grid 2"
    assert taken["reporter"]["phone"] == "138****5678"
    # A fresh form is ready for the next call.
    expect(desk.locator("#f-reporter-phone")).to_be_focused()
    expect(desk.locator("#f-reporter-phone")).to_have_value("")
    axe(desk, "intake-taken")


def test_a_call_is_merged_with_one_press(
    live: Live, phone: Page, as_role: AsRole, axe: Axe
) -> None:
    firm(live.town)
    near = str(live.town.report(category="02001", at=IN_G2)["number"])
    as_role("dispatcher", phone).goto("/intake")
    phone.get_by_label("在哪里").fill("海曙云")
    phone.locator("#places li").first.tap()
    phone.locator("#f-kind").fill("02001")
    phone.locator("#kinds li").first.tap()
    phone.get_by_label("什么事").fill("又有人说")
    axe(phone, "intake")
    phone.locator("#near").get_by_role("button").first.tap()
    expect(phone.locator(".taken")).to_contain_text(near)
    number = (phone.locator(".taken .big-number").first.text_content() or "").strip()
    assert live.town.read(number, "dispatcher")["status"] == "merged"
    assert fits(phone)
