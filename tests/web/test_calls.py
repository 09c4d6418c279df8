"""The callers' screen: who is next, the number only in a call, the answers in two taps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gridgov.callbacks.keep import keep
from gridgov.callbacks.tables import Callback
from gridgov.cases.tables import Case, Event
from gridgov.database import db, transaction
from gridgov.faces.auth import now
from tests.support.town import Town
from tests.web.conftest import Axe, Live

PHONE = "13812345678"


def to_ring(town: Town, *, later: bool = False) -> tuple[str, int]:
    """Bring a case to closed, and its callback to now, whatever the hour of the test is."""
    number = str(town.report(reporter={"name": "王小明", "phone": PHONE})["number"])
    for who, step, given in (
        ("leader", "file", {}),
        ("leader", "dispatch", {"unit": "property"}),
        ("handler", "accept", {}),
        ("handler", "progress", {"text": "明天上午来换灯"}),
        ("handler", "submit", {"outcome": "solved", "result": "已更换灯泡"}),
        ("member", "pass", {}),
    ):
        answer = town.step(number, who, step, **given)
        assert answer.status_code == 200, answer.json
    with town.app.app_context():
        keep(db.engine, town.app.extensions["gridgov"].settings, now())
        with transaction() as session:
            of_case = sa.select(Callback).join(Case).where(Case.number == number)
            found = session.scalars(of_case).one()
            found.next_from = now() + timedelta(days=1 if later else -1)
            return number, found.id


def page(town: Town, path: str = "/calls", who: str = "caller") -> Any:
    return town.client.get(path, headers={"Authorization": f"Bearer {town.tokens[who]}"})


def send(town: Town, path: str, who: str = "caller", **form: str) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    return town.client.post(path, data=form, headers=headers)


def events(town: Town, number: str, step: str) -> int:
    with town.app.app_context(), transaction(write=False) as session:
        of_case = sa.select(sa.func.count()).select_from(Event).join(Case)
        return session.scalar(of_case.where(Case.number == number, Event.step == step)) or 0


def test_a_caller_rings_and_notes_the_answers_in_two_taps(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number, _ = to_ring(live.town)
    to_ring(live.town, later=True)
    as_role("caller", phone).goto("/calls")
    expect(phone.get_by_text("138****5678").first).to_be_visible()
    expect(phone.locator("body")).not_to_contain_text(PHONE)
    axe(phone, "calls")
    phone.get_by_role("button", name="开始通话").click()
    expect(phone.get_by_role("link", name=PHONE)).to_be_visible()
    expect(phone.locator(".timeline")).to_contain_text("明天上午来换灯")
    axe(phone, "calls-begun")
    phone.locator("input[value=yes-yes]").check()
    phone.get_by_role("button", name="基本满意").click()
    expect(phone.get_by_role("status")).to_contain_text(number)
    assert live.town.read(number, "caller")["status"] == "evaluated"
    axe(phone, "calls-reached")


def test_a_caller_works_by_keys_alone(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    first, _ = to_ring(live.town)
    second, _ = to_ring(live.town)
    as_role("caller", desk).goto("/calls")
    axe(desk, "calls")
    desk.keyboard.press("c")
    expect(desk.get_by_role("link", name=PHONE)).to_be_visible()
    axe(desk, "calls-begun")
    desk.keyboard.press("4")
    desk.keyboard.press("d")
    expect(desk.get_by_role("status")).to_contain_text(first)
    desk.wait_for_load_state("domcontentloaded")  # the page's own keys are there
    desk.keyboard.press("c")
    expect(desk.get_by_role("link", name=PHONE)).to_be_visible()
    desk.wait_for_load_state("domcontentloaded")
    desk.keyboard.press("w")
    expect(desk.get_by_role("status")).to_contain_text(second)
    axe(desk, "calls-missed")
    assert live.town.read(first, "caller")["status"] == "evaluated"
    assert live.town.read(second, "caller")["status"] == "closed"


def test_the_number_is_shown_in_a_call_only_and_read_once(town: Town) -> None:
    number, key = to_ring(town)
    assert PHONE not in page(town).text
    assert events(town, number, "read_contact") == 0
    for _ in range(2):
        assert PHONE in send(town, f"/calls/{key}/call").text
    assert events(town, number, "read_contact") == 1
    assert PHONE not in page(town).text


def test_half_an_answer_is_asked_again_and_nothing_is_lost(town: Town) -> None:
    number, key = to_ring(town)
    send(town, f"/calls/{key}/call")
    version = str(town.read(number, "caller")["version"])
    given = {"number": number, "version": version, "text": "灯还是一闪一闪"}
    answer = send(town, f"/calls/{key}/answer", satisfaction="satisfied", **given)
    assert answer.status_code == 422
    assert "灯还是一闪一闪" in answer.text
    assert PHONE in answer.text
    assert events(town, number, "evaluate") == 0
    whole = {"said": "no-no", "satisfaction": "dissatisfied"}
    assert send(town, f"/calls/{key}/answer", **given, **whole).status_code == 303
    shown = page(town).text
    assert "1 次" in shown or "1 calls" in shown


def test_whom_another_rings_cannot_be_rung(town: Town) -> None:
    _, key = to_ring(town)
    with town.app.app_context(), transaction() as session:
        callback = session.get_one(Callback, key)
        callback.caller_code, callback.lease_ends = "leader", now() + timedelta(minutes=5)
    answer = send(town, f"/calls/{key}/call")
    assert answer.status_code == 422
    assert PHONE not in answer.text


@pytest.mark.parametrize("who", ["leader", "dispatcher", "system-admin"])
def test_it_is_for_callers(shared_town: Town, who: str) -> None:
    assert page(shared_town, who=who).status_code == 403
